/** Starts the thread that removes what has been kept as long as it may be, and starts it anew when it dies. */
import { Worker } from 'node:worker_threads';
import type { BootTime } from '../base/boot-clock.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import type { DatabasePlace } from './database-place.ts';
import type { SweepSettings } from './retention-sweep.ts';
import type { RetentionNews, RetentionOrder } from './retention-worker.ts';

export interface RetentionThreadSettings extends SweepSettings {
  readonly databases: { readonly retention: DatabasePlace; readonly audit: DatabasePlace };
  /** Private Ed25519 key, PEM. */
  readonly key: string;
  readonly isMeasured: boolean;
  readonly sweepEveryMs: number;
  /** When the gateway started. */
  readonly started: BootTime;
}

const restartAfterMs = 10_000;

export class RetentionThread {
  #settings: RetentionThreadSettings;
  readonly #clock: Clock;
  readonly #heed: (news: RetentionNews) => void;
  #worker: Worker | undefined;
  #restart: Cancel | undefined;

  constructor(settings: RetentionThreadSettings, clock: Clock, heed: (news: RetentionNews) => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#heed = heed;
    this.#start();
  }

  order(order: RetentionOrder): void {
    this.#worker?.postMessage(order);
  }

  /** Also for a thread that takes the place of this one. */
  setGroups(groups: SweepSettings['groups']): void {
    this.#settings = { ...this.#settings, groups };
    this.order({ name: 'groups', groups });
  }

  /** What is cut off is finished by the next. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#restart?.();
    await worker?.terminate();
  }

  #start(): void {
    const worker = new Worker(new URL('retention-worker.ts', import.meta.url), { workerData: this.#settings });
    this.#worker = worker;
    worker.on('message', this.#heed);
    worker.on('error', ({ message }) => this.#heed({ name: 'failed', kind: 'all', day: '', reason: message }));
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#restart = this.#clock.callAt(this.#clock.nowMs() + restartAfterMs, () => this.#start());
    });
  }
}
