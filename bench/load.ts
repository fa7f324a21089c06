/** Runs one load against a gateway (or the bare reflector) and gathers delay, cost and soundness in one record. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { LoadPlan, LoadResult } from './far-end.ts';
import { cores, GatewayUnderTest, loadConfig } from './gateway-under-test.ts';

const FAR_SIP_PORT = 18060;
const SIP_PORT = 18070;
const HTTP_PORT = 18080;
const REFLECT_PORT = 27000;

export interface Load {
  readonly groups: number;
  readonly legsPerGroup: number;
  readonly seconds: number;
  readonly overMs?: number;
  /** Work done beside the load while it is measured; ends when the signal says so. */
  readonly beside?: (gateway: GatewayUnderTest, httpPort: number, stop: AbortSignal) => Promise<void>;
}

export interface Measured extends LoadResult {
  readonly cores: Readonly<Record<'voice' | 'main' | 'media', number>>;
  readonly rssMb: Readonly<Record<'voice' | 'main' | 'media', number>>;
  /** Share of expected packets that listeners did not get. */
  readonly loss: number;
}

class FarEndProcess {
  readonly #child = fork(join(import.meta.dirname, 'far-end.ts'), { stdio: 'inherit' });

  ask<Reply>(question: object): Promise<Reply> {
    return new Promise((done, failed) => {
      const ended = () => failed(new Error('the far-end process ended'));
      this.#child.once('exit', ended);
      this.#child.once('message', (reply) => {
        this.#child.off('exit', ended);
        done(reply as Reply);
      });
      this.#child.send(question);
    });
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

export async function measureGateway(load: Load): Promise<Measured> {
  const plan: LoadPlan = { ...load, sipPort: FAR_SIP_PORT };
  const far = new FarEndProcess();
  let gateway: GatewayUnderTest | undefined;
  try {
    await far.ask({ do: 'open', plan: planOf(plan) });
    const config = loadConfig({
      groups: load.groups,
      legs: load.legsPerGroup,
      farSipPort: FAR_SIP_PORT,
      sipPort: SIP_PORT,
      httpPort: HTTP_PORT,
    });
    gateway = await GatewayUnderTest.start(config, HTTP_PORT);
    await untilCallsUp(far, load.groups * load.legsPerGroup);
    const stop = new AbortController();
    const run = far.ask<{ result: LoadResult }>({ do: 'run' });
    await wait(4000);
    const beside = load.beside?.(gateway, HTTP_PORT, stop.signal);
    const from = gateway.usage();
    await wait(load.seconds * 1000 - 500);
    const to = gateway.usage();
    stop.abort();
    await beside;
    const { result } = await run;
    return { ...result, cores: cores(from, to), rssMb: to.rssMb, loss: 1 - result.heard / result.expected };
  } finally {
    far.close();
    await gateway?.stop();
  }
}

async function untilCallsUp(far: FarEndProcess, calls: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { callsUp } = await far.ask<{ callsUp: number }>({ do: 'state' });
    if (callsUp >= calls) {
      await wait(1000); // ACKs and the voice process' sockets
      return;
    }
    await wait(100);
  }
  throw new Error(`not all of ${calls} calls stand after 60 s`);
}

/** The same load through a process that only copies packets. */
export async function measureReflector(load: Load): Promise<LoadResult> {
  const reflector = fork(
    join(import.meta.dirname, 'reflector.ts'),
    [load.groups, load.legsPerGroup, REFLECT_PORT].map(String),
    { stdio: 'inherit' },
  );
  await new Promise((done) => reflector.once('message', done));
  const far = new FarEndProcess();
  try {
    await far.ask({ do: 'open', plan: { ...planOf({ ...load, sipPort: 0 }), reflectPort: REFLECT_PORT } });
    const { result } = await far.ask<{ result: LoadResult }>({ do: 'run' });
    return result;
  } finally {
    far.close();
    reflector.kill('SIGKILL');
  }
}

/** What may cross the process channel: functions may not. */
function planOf(plan: LoadPlan): LoadPlan {
  const { groups, legsPerGroup, seconds, sipPort, overMs } = plan;
  return { groups, legsPerGroup, seconds, sipPort, ...(overMs === undefined ? {} : { overMs }) };
}

/** Cost of groups that exist and whose calls stand, but where nobody talks. */
export async function measureIdle(
  groups: number,
  legsPerGroup: number,
  seconds: number,
): Promise<Omit<Measured, keyof LoadResult>> {
  const far = new FarEndProcess();
  let gateway: GatewayUnderTest | undefined;
  try {
    await far.ask({ do: 'open', plan: { groups, legsPerGroup, seconds, sipPort: FAR_SIP_PORT } });
    gateway = await GatewayUnderTest.start(
      loadConfig({ groups, legs: legsPerGroup, farSipPort: FAR_SIP_PORT, sipPort: SIP_PORT, httpPort: HTTP_PORT }),
      HTTP_PORT,
    );
    await untilCallsUp(far, groups * legsPerGroup);
    await wait(5000);
    const from = gateway.usage();
    await wait(seconds * 1000);
    const to = gateway.usage();
    return { cores: cores(from, to), rssMb: to.rssMb, loss: 0 };
  } finally {
    far.close();
    await gateway?.stop();
  }
}
