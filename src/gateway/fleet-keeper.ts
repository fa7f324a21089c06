/**
 * The fleet data of a gateway that runs: asks the thread that has it (fleet-worker.ts), looks every few seconds whether
 * another version has come to hold, by a door here or by `escaut fleet`, and says so.
 */
import { FleetAway, type FleetDesk, type FleetPort } from '../api/fleet-port.ts';
import { Alarm, type Clock } from '../base/clock.ts';
import type { Events } from '../base/events.ts';
import type { Editor } from '../operations/fleet-version.ts';
import { AskedThread } from '../store/asked-thread.ts';
import { deskMethods, type FleetNews, type FleetWorkerData } from './fleet-methods.ts';

export interface FleetKeeperPorts {
  readonly clock: Clock;
  readonly events: Pick<Events, 'fleetChanged' | 'fleetRefused' | 'fleetAway'>;
  /** Who asks, by the token of his cookie. */
  editor(token: string): { readonly editor: Editor; readonly isLocked: boolean } | undefined;
}

/** Between looks: a version holds at most so much later than its day says. */
const lookEveryMs = 5000;

export class FleetKeeper implements FleetPort {
  readonly desk: FleetDesk;
  readonly running: number;
  readonly #ports: FleetKeeperPorts;
  readonly #thread: AskedThread;
  readonly #alarm: Alarm;
  #isAway = false;
  #isStopped = false;

  constructor(work: FleetWorkerData, ports: FleetKeeperPorts) {
    this.#ports = ports;
    this.running = work.held;
    this.#thread = new AskedThread({
      entry: new URL('fleet-worker.ts', import.meta.url),
      workerData: work,
      of: 'the fleet data',
      away: (reason) => new FleetAway(reason),
      news: (news) => this.#hear(news as FleetNews),
    });
    const asking = deskMethods.map((method) => [method, (...args: unknown[]) => this.#thread.ask(method, args)]);
    this.desk = Object.fromEntries(asking) as FleetDesk;
    this.#alarm = new Alarm(ports.clock, () => void this.#look());
  }

  start(): void {
    void this.#look();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#alarm.clear();
    await this.#thread.close();
  }

  editor(token: string): ReturnType<FleetPort['editor']> {
    return this.#ports.editor(token);
  }

  async #look(): Promise<void> {
    try {
      await this.#thread.ask('look', []);
      this.#setAway(undefined);
    } catch (error) {
      if (!(error instanceof FleetAway)) throw error;
      if (!this.#isStopped) this.#setAway(error.message);
    }
    if (!this.#isStopped) this.#alarm.setAt(this.#ports.clock.nowMs() + lookEveryMs);
  }

  #setAway(reason: string | undefined): void {
    const isAway = reason !== undefined;
    if (isAway === this.#isAway) return;
    this.#isAway = isAway;
    this.#ports.events.fleetAway(isAway ? { reason } : {});
  }

  #hear(news: FleetNews): void {
    if (news.name === 'changed') this.#ports.events.fleetChanged(news.line);
    else this.#ports.events.fleetRefused(news.line);
  }
}
