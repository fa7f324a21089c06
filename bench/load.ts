/** Runs one load against a gateway (or the bare reflector) and gathers delay, cost and soundness in one record. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { LoadPlan, LoadResult } from './far-end.ts';
import { cores, GatewayUnderTest, legPorts, loadConfig, type Ports, webRtcPorts } from './gateway-under-test.ts';

const REFLECT_PORT = 17000;
/** Memory is watched for half an hour, during which other benches may run. */
const lanes: Readonly<Record<'usual' | 'beside', Ports>> = {
  usual: { farSipPort: 18_060, sipPort: 18_070, httpPort: 18_080, legPorts, webRtcPorts },
  beside: {
    farSipPort: 18_160,
    sipPort: 18_170,
    httpPort: 18_180,
    legPorts: { from: 18_200, to: 18_499 },
    webRtcPorts: { from: 18_500, to: 18_599 },
  },
};
/** The far ends talk for so long before anything counts: compilers, caches and the level control settle. */
export const warmUpMs = 7000;

export interface Load {
  readonly groups: number;
  readonly legsPerGroup: number;
  readonly seconds: number;
  readonly overMs?: number;
  readonly talkingGroups?: number;
  readonly silentListeners?: boolean;
  readonly lane?: keyof typeof lanes;
  /** Work done beside the load while it is measured; ends when the signal says so. */
  readonly beside?: (gateway: GatewayUnderTest, httpPort: number, stop: AbortSignal) => Promise<void>;
}

export interface Cost {
  readonly cores: Readonly<Record<'voice' | 'main' | 'media', number>>;
  readonly rssMb: Readonly<Record<'voice' | 'main' | 'media', number>>;
}

export interface Measured extends LoadResult, Cost {
  /** Share of expected packets that listeners did not get. */
  readonly loss: number;
}

/** The load generator (far-end.ts) in its own process. */
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

export const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** A gateway whose legs' calls stand, and the far ends of those calls. */
export interface Stand {
  readonly gateway: GatewayUnderTest;
  readonly httpPort: number;
  /** Plays the load from the warm-up to its end. */
  run(): Promise<LoadResult>;
}

/** Brings up far ends and gateway, does `work` when all calls stand, and takes both down. */
export async function withStand<T>(load: Load, work: (stand: Stand) => Promise<T>): Promise<T> {
  const ports = lanes[load.lane ?? 'usual'];
  const far = new FarEndProcess();
  let gateway: GatewayUnderTest | undefined;
  try {
    await far.ask({ do: 'open', plan: planOf(load, ports.farSipPort) });
    const config = loadConfig({ groups: load.groups, legs: load.legsPerGroup, ...ports });
    gateway = await GatewayUnderTest.start(config, ports.httpPort);
    await untilCallsUp(far, load.groups * load.legsPerGroup);
    const run = async () => (await far.ask<{ result: LoadResult }>({ do: 'run' })).result;
    return await work({ gateway, httpPort: ports.httpPort, run });
  } finally {
    far.close();
    await gateway?.stop();
  }
}

export function measureGateway(load: Load): Promise<Measured> {
  return withStand(load, async ({ gateway, httpPort, run }) => {
    const stop = new AbortController();
    const running = run();
    await wait(warmUpMs);
    const beside = load.beside?.(gateway, httpPort, stop.signal);
    const from = gateway.usage();
    await wait(load.seconds * 1000 - 500);
    const to = gateway.usage();
    stop.abort();
    await beside;
    const result = await running;
    return { ...result, cores: cores(from, to), rssMb: to.rssMb, loss: 1 - result.heard / result.expected };
  });
}

/** A call that does not last, as where a port was taken, is tried again by the gateway: they count once they stay. */
async function untilCallsUp(far: FarEndProcess, calls: number): Promise<void> {
  let standing = 0;
  for (let tries = 0; tries < 1200; tries++) {
    const { callsUp } = await far.ask<{ callsUp: number }>({ do: 'state' });
    standing = callsUp === calls ? standing + 1 : 0;
    if (standing >= 15) return;
    await wait(100);
  }
  throw new Error(`not all of ${calls} calls stand after 120 s`);
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
    await far.ask({ do: 'open', plan: { ...planOf(load, 0), reflectPort: REFLECT_PORT } });
    const { result } = await far.ask<{ result: LoadResult }>({ do: 'run' });
    return result;
  } finally {
    far.close();
    reflector.kill('SIGKILL');
  }
}

/** What may cross the process channel: functions may not. */
function planOf(load: Load, sipPort: number): LoadPlan {
  const { groups, legsPerGroup, seconds, overMs, talkingGroups, silentListeners } = load;
  return {
    groups,
    legsPerGroup,
    seconds,
    sipPort,
    warmUpMs,
    ...(overMs === undefined ? {} : { overMs }),
    ...(talkingGroups === undefined ? {} : { talkingGroups }),
    ...(silentListeners === undefined ? {} : { silentListeners }),
  };
}

/** Cost of groups that exist and whose calls stand, but where nobody talks. */
export function measureIdle(groups: number, legsPerGroup: number, seconds: number): Promise<Cost> {
  return withStand({ groups, legsPerGroup, seconds }, async ({ gateway }) => {
    await wait(5000);
    const from = gateway.usage();
    await wait(seconds * 1000);
    const to = gateway.usage();
    return { cores: cores(from, to), rssMb: to.rssMb };
  });
}
