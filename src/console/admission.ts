/**
 * Who may open a console: holders of the printed one-time link, and pages that come back with the token they got; where
 * people log in, whoever has, and nobody else. Pure but for the tokens of links, which it asks for.
 *
 * The right token is looked at before anything else, in constant time: however many wrong ones a neighbour behind the
 * same proxy has tried, it lets its holder in. Wrong ones are beyond guessing (256 bits); they are counted by client so
 * that a stranger who goes on trying fills no log.
 *
 * Nobody comes back without end: return-limit.ts.
 *
 * A resume token that this process wrote last for a console holds for 12 h of the monotonic clock from when the console
 * was last seen. Any other one, of before a restart or before a renewal, holds for 12 h of the wall clock from its issue.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { PersonId } from '../operations/terms.ts';
import type { ConsoleId } from '../talkgroups/terms.ts';
import { readResumeToken, type Signer, writeResumeToken } from './resume-token.ts';
import { ReturnLimit, type TooOften } from './return-limit.ts';
import type { Hello } from './wire.ts';

/** The protocol's version that we speak; the page names a range. */
export const protocolVersion = 1;

export type Verdict =
  /** He is known, and comes back again and again. */
  | (TooOften & { readonly verdict: 'tooOften' })
  /** `person`: whose link it was. */
  | { readonly verdict: 'opened'; readonly console: ConsoleId; readonly person: PersonId }
  /** `returned`: whoever this console was given to before, and the place that he had. */
  | { readonly verdict: 'returned'; readonly console: ConsoleId; readonly person: PersonId; readonly place: number }
  | {
      readonly verdict: 'refused';
      readonly reason: 'TOKEN' | 'VERSION';
      readonly detail: string;
      /** This client has shown so many wrong tokens that another one is no news. */
      readonly repeated: boolean;
    };

type Known = Extract<Verdict, { verdict: 'opened' | 'returned' }>;

export interface AdmissionOptions {
  /** Who may open consoles; nobody else comes back to one. */
  readonly people: readonly PersonId[];
  /** Consoles whose last token is remembered; beyond that the one that was away longest is forgotten. */
  readonly credentialsMax: number;
  readonly signer: Signer;
  /** Goes into the ids of this run's consoles, so that they differ from those of the run before; letters and digits. */
  readonly run: string;
  /** People log in: no link opens anything, and a token that lets a console come back does so for its own person alone. */
  readonly byLogin?: boolean;
  /** A text that nobody can guess, URL-safe. */
  readonly newToken: () => string;
}

/** Now, on both clocks: monotonic for what lasts, wall clock for what outlives the process. */
export interface Instant {
  readonly nowMs: number;
  readonly utcMs: number;
}

interface Kept {
  readonly issuedUtcS: number;
  seenMs: number;
}

const resumeMs = 12 * 3600 * 1000;
/** An older token is renewed while its console is here, so that a restart finds it fresh. */
const renewMs = 3600 * 1000;
const wrongMax = 10;
const wrongWindowMs = 10 * 60 * 1000;
/** Clients whose wrong guesses are remembered. */
const clientsMax = 4096;

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #kept = new Map<ConsoleId, Kept>();
  readonly #wrong = new Map<string, { count: number; readonly sinceMs: number }>();
  /** The one-time token of each person's next link. */
  readonly #links: Map<PersonId, string>;
  readonly #returns: ReturnLimit;
  #opened = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#returns = new ReturnLimit(options.credentialsMax + options.people.length);
    this.#links = new Map(options.people.map((person) => [person, options.newToken()]));
  }

  /** The one-time token for a person's next link; another one once it was used. */
  linkToken(person: PersonId): string | undefined {
    return this.#links.get(person);
  }

  /** Who may open consoles from now on; whoever stays keeps his link. Returns those who have one that is new. */
  setPeople(people: readonly PersonId[]): readonly PersonId[] {
    const may = new Set(people);
    for (const person of this.#links.keys()) if (!may.has(person)) this.#links.delete(person);
    const newcomers = [...may].filter((person) => !this.#links.has(person));
    for (const person of newcomers) this.#links.set(person, this.#options.newToken());
    return newcomers;
  }

  /** `client` is whoever may be counted together, e.g. an address. `signedIn`: who has logged in there. */
  admit(hello: Hello, client: string, now: Instant, signedIn?: PersonId): Verdict {
    if (hello.versionMin > protocolVersion || hello.versionMax < protocolVersion) {
      const detail = `this gateway speaks version ${protocolVersion}`;
      return { verdict: 'refused', reason: 'VERSION', detail, repeated: false };
    }
    this.#forgetOld(now.nowMs);
    const found =
      this.#options.byLogin === true
        ? this.#openSignedIn(hello.resumeToken, signedIn, now)
        : hello.token === ''
          ? this.#return(hello.resumeToken, now)
          : this.#open(hello.token);
    if (found === undefined) return this.#refuse(client, now.nowMs);
    const often = this.#tooOften(found, now.nowMs);
    return often === undefined ? found : { verdict: 'tooOften', ...often };
  }

  /** A token with which the console comes back from now on; those before hold until they expire. */
  issue(console: ConsoleId, person: PersonId, place: number, { nowMs, utcMs }: Instant): string {
    const issuedUtcS = Math.floor(utcMs / 1000);
    this.#kept.set(console, { issuedUtcS, seenMs: nowMs });
    this.#forgetBeyondMax();
    return writeResumeToken({ console, person, place, issuedUtcS }, this.#options.signer);
  }

  /** Whether the console's token is so old, or so far ahead of a clock that was set back, that another one is due. */
  isRenewalDue(console: ConsoleId, utcMs: number): boolean {
    const kept = this.#kept.get(console);
    return kept === undefined || Math.abs(utcMs - kept.issuedUtcS * 1000) > renewMs;
  }

  /** Whoever has just been seen can come back for another 12 hours. */
  seen(console: ConsoleId, nowMs: number): void {
    const kept = this.#kept.get(console);
    if (kept !== undefined) kept.seenMs = nowMs;
  }

  /** A printed link opens but once; whoever has logged in opens as he likes. */
  #tooOften(found: Known, nowMs: number): TooOften | undefined {
    if (found.verdict === 'returned') return this.#returns.refuse(found.console, nowMs);
    return this.#options.byLogin === true ? this.#returns.refuse(found.person, nowMs) : undefined;
  }

  #return(resumeToken: string, { nowMs, utcMs }: Instant): Known | undefined {
    const claim = readResumeToken(resumeToken, this.#options.signer);
    if (claim === undefined) return undefined;
    const { console, person, place, issuedUtcS } = claim;
    if (!this.#links.has(person)) return undefined;
    const kept = this.#kept.get(console);
    const newest = kept?.issuedUtcS === issuedUtcS;
    const fresh = newest ? nowMs - kept.seenMs <= resumeMs : Math.abs(utcMs - issuedUtcS * 1000) <= resumeMs;
    return fresh ? { verdict: 'returned', console, person, place } : undefined;
  }

  #openSignedIn(resumeToken: string, person: PersonId | undefined, now: Instant): Known | undefined {
    if (person === undefined || !this.#links.has(person)) return undefined;
    const returned = this.#return(resumeToken, now);
    return returned?.verdict === 'returned' && returned.person === person ? returned : this.#opening(person);
  }

  #open(token: string): Known | undefined {
    const shown = sha256(token);
    const [person] = [...this.#links].find(([, link]) => timingSafeEqual(shown, sha256(link))) ?? [];
    if (person === undefined) return undefined;
    this.#links.set(person, this.#options.newToken());
    return this.#opening(person);
  }

  #opening(person: PersonId): Known {
    return { verdict: 'opened', console: `console:${this.#options.run}${++this.#opened}`, person };
  }

  #refuse(client: string, nowMs: number): Verdict {
    const wrong = this.#wrong.get(client) ?? { count: 0, sinceMs: nowMs };
    wrong.count++;
    if (!this.#wrong.has(client) && this.#wrong.size >= clientsMax) {
      this.#wrong.delete(this.#wrong.keys().next().value ?? '');
    }
    this.#wrong.set(client, wrong);
    const detail = this.#options.byLogin === true ? 'log-in' : 'unknown, used or expired token';
    return { verdict: 'refused', reason: 'TOKEN', detail, repeated: wrong.count > wrongMax };
  }

  #forgetOld(nowMs: number): void {
    for (const [console, kept] of this.#kept) if (nowMs - kept.seenMs > resumeMs) this.#kept.delete(console);
    for (const [client, wrong] of this.#wrong) if (nowMs - wrong.sinceMs > wrongWindowMs) this.#wrong.delete(client);
  }

  #forgetBeyondMax(): void {
    if (this.#kept.size <= this.#options.credentialsMax) return;
    const [longestAway] = [...this.#kept].sort((a, b) => a[1].seenMs - b[1].seenMs);
    if (longestAway !== undefined) this.#kept.delete(longestAway[0]);
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
