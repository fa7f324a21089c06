/** Guesses of whoever logs in, by the rules of operations/login-throttle.ts: held here and written through. */
import { charged, type Guesses, type SubjectKind, uncharged, waitMs } from '../operations/login-throttle.ts';
import type { AccountKeeper } from '../store/account-methods.ts';
import type { KeptGuesses } from '../store/account-store.ts';
import { hashOf } from './login-tokens.ts';

export type Subject = readonly [SubjectKind, string];

/** Subjects whose guesses are held; beyond that the one that guessed longest ago is forgotten. */
const subjectsMax = 10_000;

export class LoginGuesses {
  readonly #guesses = new Map<string, Guesses>();
  readonly #keeper: Pick<AccountKeeper, 'keepGuesses' | 'forgetGuesses'>;
  readonly #utcMs: () => number;
  readonly #failed: (error: unknown) => void;

  /** `failed`: it could not be written; it holds here. */
  constructor(
    keeper: Pick<AccountKeeper, 'keepGuesses' | 'forgetGuesses'>,
    utcMs: () => number,
    failed: (error: unknown) => void,
  ) {
    this.#keeper = keeper;
    this.#utcMs = utcMs;
    this.#failed = failed;
  }

  load(kept: readonly KeptGuesses[]): void {
    for (const { kind, subject, wrong, lastMs } of kept) this.#guesses.set(`${kind} ${subject}`, { wrong, lastMs });
  }

  /** 0: charged, and may be looked at. Else how long to wait, and nothing was charged. */
  charge(subjects: readonly Subject[]): number {
    const utcMs = this.#utcMs();
    const waits = subjects.map(([kind, subject]) => waitMs(kind, this.#guesses.get(`${kind} ${subject}`), utcMs));
    const wait = Math.max(...waits);
    if (wait > 0) return wait;
    for (const subject of subjects) this.#note(subject, charged(this.#guesses.get(subject.join(' ')), utcMs));
    return 0;
  }

  /** It was not looked at, or is no guess: as if it had not been made. */
  giveBack(subjects: readonly Subject[]): void {
    for (const subject of subjects) {
      const guesses = this.#guesses.get(subject.join(' '));
      if (guesses !== undefined) this.#note(subject, uncharged(guesses));
    }
  }

  /** It was right. */
  forgive(subjects: readonly Subject[]): void {
    for (const subject of subjects) {
      const key = subject.join(' ');
      const guesses = this.#guesses.get(key);
      if (guesses === undefined) continue;
      if (subject[0] !== 'account-at-address') this.#note(subject, uncharged(guesses));
      else {
        this.#guesses.delete(key);
        this.#keeper.forgetGuesses(...subject).catch(this.#failed);
      }
    }
  }

  #note([kind, subject]: Subject, guesses: Guesses): void {
    const key = `${kind} ${subject}`;
    this.#guesses.delete(key);
    this.#guesses.set(key, guesses);
    this.#keeper.keepGuesses({ kind, subject, ...guesses }).catch(this.#failed);
    if (this.#guesses.size <= subjectsMax) return;
    const [oldest = ''] = this.#guesses.keys();
    this.#guesses.delete(oldest);
    const [oldKind = '', ...rest] = oldest.split(' ');
    this.#keeper.forgetGuesses(oldKind as SubjectKind, rest.join(' ')).catch(this.#failed);
  }
}

/** Whom a guess by that name, from that address, is charged to. */
export function subjectsOf(name: string, address: string): readonly Subject[] {
  const account = hashOf(name.trim().toLowerCase()).slice(0, 32);
  return [
    ['account-at-address', `${account} ${address}`],
    ['address', address],
    ['account', account],
  ];
}
