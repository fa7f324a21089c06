/**
 * The gateway's side of the accounts' database: asks the thread that has it, and starts that anew when it died. Whoever
 * asks while it cannot answer is told so; nobody who has logged in notices.
 */
import { Worker } from 'node:worker_threads';
import { type AccountKeeper, AccountsAway, accountMethods } from './account-methods.ts';

interface Asked {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Questions that wait for an answer; more are refused. */
const askedMax = 500;

export class AccountThread {
  readonly #database: string;
  readonly #asked = new Map<number, Asked>();
  #worker: Worker | undefined;
  #ids = 0;
  readonly keeper: AccountKeeper;

  /** `database`: its file; it is opened by the first question. */
  constructor(database: string) {
    this.#database = database;
    const asking = accountMethods.map((method) => [method, (...args: unknown[]) => this.#ask(method, args)]);
    this.keeper = Object.fromEntries(asking) as AccountKeeper;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#refuseAll('the gateway stops');
  }

  #ask(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#asked.size >= askedMax) return Promise.reject(new AccountsAway('too many questions to the accounts'));
    const id = ++this.#ids;
    this.#worker ??= this.#start();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#asked.set(id, { resolve, reject });
    this.#worker.postMessage({ id, method, args });
    return promise;
  }

  #start(): Worker {
    const worker = new Worker(new URL('account-worker.ts', import.meta.url), {
      workerData: { database: this.#database },
    });
    worker.on('message', ({ id, value, fault }: { id: number; value?: unknown; fault?: string }) => {
      const asked = this.#asked.get(id);
      this.#asked.delete(id);
      if (fault === undefined) asked?.resolve(value);
      else asked?.reject(new AccountsAway(fault));
    });
    let reason = 'the thread of the accounts ended';
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
    for (const { reject } of this.#asked.values()) reject(new AccountsAway(reason));
    this.#asked.clear();
  }
}
