/**
 * Who may open a console: holders of the printed one-time link, and pages that come back with the token they got.
 * Pure but for the tokens, which it asks for.
 *
 * Tokens are kept and compared as digests only. A one-time token is compared in constant time, and at most ten wrong
 * ones of a client are evaluated in ten minutes; a resume token is found by its digest, and its 256 bits are beyond
 * guessing, so that wrong guesses of a stranger behind the same proxy lock nobody out.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ConsoleId } from '../talkgroups/terms.ts';
import type { Hello } from './wire.ts';

/** The protocol's version that we speak; the page names a range. */
export const protocolVersion = 1;

export type Verdict =
  /** `returned`: whoever this console was given to before. */
  | { readonly verdict: 'opened' | 'returned'; readonly console: ConsoleId; readonly resumeToken: string }
  | { readonly verdict: 'refused'; readonly reason: 'TOKEN' | 'VERSION'; readonly detail: string };

export interface AdmissionOptions {
  /** Consoles that can come back; beyond that the one that was away longest is forgotten. */
  readonly credentialsMax: number;
  /** A text that nobody can guess, URL-safe. */
  readonly newToken: () => string;
}

interface Kept {
  readonly console: ConsoleId;
  seenMs: number;
}

const resumeMs = 12 * 3600 * 1000;
const wrongMax = 10;
const wrongWindowMs = 10 * 60 * 1000;
/** Clients whose wrong guesses are remembered. */
const clientsMax = 4096;

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #wrong = new Map<string, { count: number; readonly sinceMs: number }>();
  #link: string;
  #opened = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#link = options.newToken();
  }

  /** The one-time token for the next link; another one once it was used. */
  get linkToken(): string {
    return this.#link;
  }

  /** `client` is whoever may be counted together, e.g. an address. `nowMs` is monotonic. */
  admit(hello: Hello, client: string, nowMs: number): Verdict {
    if (hello.versionMin > protocolVersion || hello.versionMax < protocolVersion) {
      return refused('VERSION', `this gateway speaks version ${protocolVersion}`);
    }
    this.#forgetOld(nowMs);
    return hello.token === '' ? this.#return(hello.resumeToken, client, nowMs) : this.#open(hello.token, client, nowMs);
  }

  /** Whoever has just been seen can come back for another 12 hours. */
  seen(resumeToken: string, nowMs: number): void {
    const kept = this.#kept.get(digestOf(resumeToken));
    if (kept !== undefined) kept.seenMs = nowMs;
  }

  #return(resumeToken: string, client: string, nowMs: number): Verdict {
    const kept = this.#kept.get(digestOf(resumeToken));
    if (kept === undefined) return this.#wrongToken(client, nowMs);
    kept.seenMs = nowMs;
    return { verdict: 'returned', console: kept.console, resumeToken };
  }

  #open(token: string, client: string, nowMs: number): Verdict {
    const wrong = this.#wrong.get(client);
    if (wrong !== undefined && wrong.count >= wrongMax)
      return refused('TOKEN', 'too many wrong tokens; wait ten minutes');
    if (!timingSafeEqual(sha256(token), sha256(this.#link))) return this.#wrongToken(client, nowMs);
    this.#link = this.#options.newToken();
    const resumeToken = this.#options.newToken();
    const console = `console:${++this.#opened}`;
    this.#kept.set(digestOf(resumeToken), { console, seenMs: nowMs });
    this.#forgetBeyondMax();
    return { verdict: 'opened', console, resumeToken };
  }

  #wrongToken(client: string, nowMs: number): Verdict {
    const wrong = this.#wrong.get(client);
    if (wrong !== undefined) wrong.count++;
    else {
      if (this.#wrong.size >= clientsMax) this.#wrong.delete(this.#wrong.keys().next().value ?? '');
      this.#wrong.set(client, { count: 1, sinceMs: nowMs });
    }
    return refused('TOKEN', 'unknown, used or expired token');
  }

  #forgetOld(nowMs: number): void {
    for (const [digest, kept] of this.#kept) if (nowMs - kept.seenMs > resumeMs) this.#kept.delete(digest);
    for (const [client, wrong] of this.#wrong) if (nowMs - wrong.sinceMs > wrongWindowMs) this.#wrong.delete(client);
  }

  #forgetBeyondMax(): void {
    if (this.#kept.size <= this.#options.credentialsMax) return;
    const [longestAway] = [...this.#kept].sort((a, b) => a[1].seenMs - b[1].seenMs);
    if (longestAway !== undefined) this.#kept.delete(longestAway[0]);
  }
}

function refused(reason: 'TOKEN' | 'VERSION', detail: string): Verdict {
  return { verdict: 'refused', reason, detail };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function digestOf(token: string): string {
  return sha256(token).toString('base64');
}
