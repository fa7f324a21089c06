/**
 * What a page shows to have its console back, also after the gateway was restarted: text of the form
 *
 *   <console id>~<person>~<place>~<issued, s since 1970>~<HMAC-SHA256 of all before and of the gateway's id, base64url>
 *
 * Nothing of it is secret but the key: only who has that can write one, and what was altered is no token. Why signed
 * and not stored: docs/adr/0011-signed-resume-tokens.md. Pure.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { PersonId } from '../operations/terms.ts';
import type { ConsoleId } from '../talkgroups/terms.ts';

export interface ResumeClaim {
  readonly console: ConsoleId;
  readonly person: PersonId;
  /** Number that tells consoles of one person apart, from 1: he keeps it over a restart. */
  readonly place: number;
  readonly issuedUtcS: number;
}

export interface Signer {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Id of the gateway: two that share a key do not take each other's tokens. */
  readonly gateway: string;
}

const form = /^(console:[\w-]{1,32})~([\w.:@-]{1,64})~(\d{1,4})~(\d{1,11})~([\w-]{43})$/;

export function writeResumeToken(claim: ResumeClaim, signer: Signer): string {
  const said = `${claim.console}~${claim.person}~${claim.place}~${claim.issuedUtcS}`;
  return `${said}~${macOf(said, signer).toString('base64url')}`;
}

/** Undefined for whatever this gateway did not write. Compared in constant time. */
export function readResumeToken(token: string, signer: Signer): ResumeClaim | undefined {
  const [, console, person, place, issuedUtcS, mac] = form.exec(token) ?? [];
  if (console === undefined || person === undefined || mac === undefined) return undefined;
  const said = `${console}~${person}~${place}~${issuedUtcS}`;
  const shown = Buffer.from(mac, 'base64url');
  const right = macOf(said, signer);
  if (shown.length !== right.length || !timingSafeEqual(shown, right)) return undefined;
  return { console, person, place: Number(place), issuedUtcS: Number(issuedUtcS) };
}

function macOf(said: string, { key, gateway }: Signer): Buffer {
  return createHmac('sha256', key).update(`escaut resume 2\n${gateway}\n${said}`).digest();
}
