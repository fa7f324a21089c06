/**
 * A thread that is asked and answers, and is started anew when it died: for what waits for the disk or thinks long, and
 * shall hold up nothing else. Begun by the first question.
 */
import { Worker } from 'node:worker_threads';

export interface AskedThreadOptions {
  readonly entry: URL;
  readonly workerData: unknown;
  /** In its errors: `the thread of …`. */
  readonly of: string;
  /** What whoever asks is told when it cannot answer. */
  readonly away: (reason: string) => Error;
  /** Questions that wait for an answer; more are refused. Default: 500. */
  readonly askedMax?: number;
  /** What it says without being asked. */
  readonly news?: (news: unknown) => void;
}

interface Asked {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Said {
  readonly id?: number;
  readonly value?: unknown;
  readonly fault?: string;
  readonly news?: unknown;
}

const usualMax = 500;

export class AskedThread {
  readonly #options: AskedThreadOptions;
  readonly #asked = new Map<number, Asked>();
  #worker: Worker | undefined;
  #ids = 0;

  constructor(options: AskedThreadOptions) {
    this.#options = options;
  }

  ask(method: string, args: readonly unknown[]): Promise<unknown> {
    const { of, away, askedMax = usualMax } = this.#options;
    if (this.#asked.size >= askedMax) return Promise.reject(away(`too many questions to the thread of ${of}`));
    const id = ++this.#ids;
    this.#worker ??= this.#start();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#asked.set(id, { resolve, reject });
    this.#worker.postMessage({ id, method, args });
    return promise;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#refuseAll('the gateway stops');
  }

  #start(): Worker {
    const { entry, workerData, of, away, news: hear } = this.#options;
    const worker = new Worker(entry, { workerData });
    worker.on('message', ({ id, value, fault, news }: Said) => {
      if (id === undefined) {
        hear?.(news);
        return;
      }
      const asked = this.#asked.get(id);
      this.#asked.delete(id);
      if (fault === undefined) asked?.resolve(value);
      else asked?.reject(away(fault));
    });
    let reason = `the thread of ${of} ended`;
    worker.on('error', (error) => {
      reason = error.message;
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#refuseAll(reason);
    });
    return worker;
  }

  #refuseAll(reason: string): void {
    for (const { reject } of this.#asked.values()) reject(this.#options.away(reason));
    this.#asked.clear();
  }
}
