/**
 * The simulated networks as a child process, so that what they do costs the gateway nothing and a fault of theirs ends
 * only them.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import type { SomeEvents } from '../base/events.ts';

/** What it says last; see simulator/far-end.ts. */
const heardVoice = z.object({ carriedMs: z.number(), cutMs: z.number() });
const readyWithinMs = 10_000;
const stopWithinMs = 2000;

type SimulatorEvents = SomeEvents<
  'processes.simulatorStarted' | 'processes.simulatorStopped' | 'processes.simulatorEnded'
>;

export class SimulatorProcess {
  readonly #configFile: string;
  readonly #events: SimulatorEvents;
  #child: ChildProcess | undefined;

  constructor(configFile: string, events: SimulatorEvents) {
    this.#configFile = configFile;
    this.#events = events;
  }

  /** Resolves when its far ends listen. @throws GatewayError SIMULATOR_FAILED, e.g. when a port of theirs is taken. */
  async start(networks: number): Promise<void> {
    const entry = fileURLToPath(new URL('../simulator/main.ts', import.meta.url));
    const child = fork(entry, ['--config', this.#configFile], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child = child;
    await new Promise<void>((done, failed) => {
      const fail = (why: string) => failed(new GatewayError('SIMULATOR_FAILED', `simulated networks: ${why}`));
      const timer = setTimeout(() => fail(`not ready after ${readyWithinMs} ms`), readyWithinMs);
      child.once('message', () => {
        clearTimeout(timer);
        done();
      });
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        fail(`ended at once (${signal ?? `exit code ${code}`})`);
      });
    });
    child.once('exit', (exitCode, signal) => {
      if (this.#child === child) this.#events.processes.simulatorEnded({ exitCode, signal });
    });
    this.#events.processes.simulatorStarted({ pid: child.pid ?? 0, networks });
  }

  /** Lets it hang up and say what it heard; cuts it when that takes too long. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.once('message', (message) => {
      const report = heardVoice.safeParse(message);
      if (report.success) this.#events.processes.simulatorStopped(report.data);
    });
    const gone = new Promise<void>((done) => child.once('exit', () => done()));
    if (child.connected) child.send('stop');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
    await gone;
    clearTimeout(timer);
  }
}
