/**
 * The gateway's side of the accounts' database: asks the thread that has it. Whoever asks while it cannot answer is told
 * so; nobody who has logged in notices.
 */
import {
  type AccountKeeper,
  AccountsAway,
  accountMethods,
  type PasskeyKeeper,
  passkeyMethods,
  type TokenKeeper,
  tokenMethods,
} from './account-methods.ts';
import { AskedThread } from './asked-thread.ts';
import type { DatabasePlace } from './database-place.ts';

export class AccountThread {
  readonly #thread: AskedThread;
  readonly keeper: AccountKeeper & PasskeyKeeper & TokenKeeper;

  /** Opened by the first question. */
  constructor(database: DatabasePlace) {
    this.#thread = new AskedThread({
      entry: new URL('account-worker.ts', import.meta.url),
      workerData: { database },
      of: 'the accounts',
      away: (reason) => new AccountsAway(reason),
    });
    const methods = [...accountMethods, ...passkeyMethods, ...tokenMethods];
    const asking = methods.map((method) => [method, (...args: unknown[]) => this.#thread.ask(method, args)]);
    this.keeper = Object.fromEntries(asking) as AccountKeeper & PasskeyKeeper & TokenKeeper;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
