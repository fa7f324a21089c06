/** Starts the thread that removes what has been kept as long as it may be, and starts it anew when it dies. */
import { Worker } from 'node:worker_threads';
import type { BootTime } from '../base/boot-clock.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import type { DatabasePlace } from './database-place.ts';
import type { RetentionDesk, RetentionPreview, RetentionSeen } from './retention-keeper.ts';
import type { LegalHold } from './retention-store.ts';
import type { SweepSettings } from './retention-sweep.ts';
import type { RetentionNews, RetentionOrder, RetentionQuestion, RetentionSaid } from './retention-worker.ts';

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
/** Few persons may ask. */
const askedMax = 32;

/** The thread cannot be asked, or its databases and folders cannot be read. */
export class RetentionAway extends Error {}

interface Asked {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Each question rejects with RetentionAway. */
export class RetentionThread implements RetentionDesk {
  #settings: RetentionThreadSettings;
  readonly #clock: Clock;
  readonly #heed: (news: RetentionNews) => void;
  #worker: Worker | undefined;
  #restart: Cancel | undefined;
  readonly #asked = new Map<number, Asked>();
  #ids = 0;

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

  look(nowUtcMs: number): Promise<RetentionSeen> {
    return this.#ask({ name: 'look', nowUtcMs }) as Promise<RetentionSeen>;
  }

  preview(rule: string, days: number, nowUtcMs: number): Promise<RetentionPreview> {
    return this.#ask({ name: 'preview', rule, days, nowUtcMs }) as Promise<RetentionPreview>;
  }

  holds(): Promise<readonly LegalHold[]> {
    return this.#ask({ name: 'holds' }) as Promise<readonly LegalHold[]>;
  }

  addHold(hold: Omit<LegalHold, 'hold'>): Promise<number | undefined> {
    return this.#ask({ name: 'addHold', hold }) as Promise<number | undefined>;
  }

  liftHold(hold: number, utcMs: number): Promise<boolean> {
    return this.#ask({ name: 'liftHold', hold, utcMs }) as Promise<boolean>;
  }

  /** What is cut off is finished by the next. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#restart?.();
    this.#refuseAll();
    await worker?.terminate();
  }

  #ask(question: RetentionQuestion): Promise<unknown> {
    if (this.#worker === undefined) return Promise.reject(new RetentionAway('the thread of retention is not there'));
    if (this.#asked.size >= askedMax) return Promise.reject(new RetentionAway('too many questions at once'));
    const id = ++this.#ids;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#asked.set(id, { resolve, reject });
    this.order({ name: 'ask', id, question });
    return promise;
  }

  #take(news: RetentionSaid): void {
    if (news.name !== 'answer') {
      this.#heed(news);
      return;
    }
    const asked = this.#asked.get(news.id);
    this.#asked.delete(news.id);
    if (news.fault === undefined) asked?.resolve(news.value);
    else asked?.reject(new RetentionAway(news.fault));
  }

  #refuseAll(): void {
    for (const { reject } of this.#asked.values()) reject(new RetentionAway('the thread of retention ended'));
    this.#asked.clear();
  }

  #start(): void {
    const worker = new Worker(new URL('retention-worker.ts', import.meta.url), { workerData: this.#settings });
    this.#worker = worker;
    worker.on('message', (news: RetentionSaid) => this.#take(news));
    worker.on('error', ({ message }) => this.#heed({ name: 'failed', kind: 'all', day: '', reason: message }));
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#refuseAll();
      this.#restart = this.#clock.callAt(this.#clock.nowMs() + restartAfterMs, () => this.#start());
    });
  }
}
