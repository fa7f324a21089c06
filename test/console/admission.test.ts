import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Admission, type Instant } from '../../src/console/admission.ts';
import { readResumeToken, writeResumeToken } from '../../src/console/resume-token.ts';
import { ReturnLimit } from '../../src/console/return-limit.ts';

const hourMs = 3600 * 1000;
const utc = Date.UTC(2030, 2, 14, 22, 41);
const signer = { key: Buffer.alloc(32, 7), gateway: 'ccpd-trn' };

/** Wall clock and monotonic clock of one process that began at `utc`. */
const at = (nowMs: number): Instant => ({ nowMs, utcMs: utc + nowMs });

function desk(change: { credentialsMax?: number; run?: string; key?: Buffer; byLogin?: boolean } = {}): Admission {
  const { credentialsMax = 8, run = 'r1-', key, byLogin = false } = change;
  let made = 0;
  const newToken = () => `${run}token-${++made}`;
  return new Admission({
    people: ['ccpd-1', 'ccpd-2'],
    credentialsMax,
    run,
    newToken,
    byLogin,
    signer: key === undefined ? signer : { ...signer, key },
  });
}

function hello(change: { token?: string; resumeToken?: string; versionMin?: number; versionMax?: number }) {
  return { name: 'hello' as const, versionMin: 1, versionMax: 1, token: '', resumeToken: '', lastSeq: 0, ...change };
}

/** Lets one in by the printed link and gives it its token. */
function open(admission: Admission, now: Instant, place = 1): string {
  const opened = admission.admit(hello({ token: admission.linkToken('ccpd-1') ?? '' }), 'a', now);
  return opened.verdict === 'opened' ? admission.issue(opened.console, 'ccpd-1', place, now) : '';
}

describe('admission of consoles', () => {
  it('opens one console with the printed token, and puts another token in its place', () => {
    const admission = desk();
    const token = admission.linkToken('ccpd-1') ?? '';
    expect(admission.admit(hello({ token }), 'a', at(0))).toEqual({
      verdict: 'opened',
      console: 'console:r1-1',
      person: 'ccpd-1',
    });
    expect(admission.linkToken('ccpd-1')).not.toBe(token);
    expect(admission.admit(hello({ token }), 'a', at(0))).toMatchObject({ verdict: 'refused', reason: 'TOKEN' });
  });

  it('lets in who has come to be among the people, and nobody who is no more', () => {
    const admission = desk({ byLogin: true });
    const verdict = (person: string) => admission.admit(hello({}), 'a', at(0), person).verdict;
    expect([verdict('ccpd-1'), verdict('new')]).toEqual(['opened', 'refused']);
    const links = desk();
    const link = links.linkToken('ccpd-2');
    for (const each of [admission, links]) each.setPeople(['ccpd-2', 'new']);
    expect([verdict('ccpd-1'), verdict('ccpd-2'), verdict('new')]).toEqual(['refused', 'opened', 'opened']);
    expect(links.linkToken('ccpd-2')).toBe(link);
  });

  it('gives each person a link of his own, and lets nobody back who is no longer among them', () => {
    const admission = desk();
    const [first, second] = ['ccpd-1', 'ccpd-2'].map((person) => admission.linkToken(person) ?? '');
    const opened = admission.admit(hello({ token: second ?? '' }), 'a', at(0));
    expect(opened).toMatchObject({ verdict: 'opened', person: 'ccpd-2' });
    expect(admission.linkToken('ccpd-1')).toBe(first);
    expect(admission.linkToken('nobody')).toBeUndefined();
    const resumeToken = admission.issue('console:r1-1', 'gone', 1, at(0));
    expect(admission.admit(hello({ resumeToken }), 'a', at(0))).toMatchObject({ verdict: 'refused', reason: 'TOKEN' });
  });

  it('lets in whoever has logged in and nobody else, where people log in', () => {
    const admission = desk({ byLogin: true });
    const token = admission.linkToken('ccpd-1') ?? '';
    expect(admission.admit(hello({ token }), 'a', at(0))).toMatchObject({ verdict: 'refused', reason: 'TOKEN' });
    const first = admission.admit(hello({}), 'a', at(0), 'ccpd-1');
    expect(first).toMatchObject({ verdict: 'opened', person: 'ccpd-1' });
    const console = first.verdict === 'opened' ? first.console : '';
    const resumeToken = admission.issue(console, 'ccpd-1', 1, at(0));
    expect(admission.admit(hello({ resumeToken }), 'a', at(1), 'ccpd-1')).toMatchObject({
      verdict: 'returned',
      console,
    });
    // What is left in a tab is of no use to whoever logs in next, nor to nobody.
    const next = admission.admit(hello({ resumeToken }), 'a', at(1), 'ccpd-2');
    expect(next).toMatchObject({ verdict: 'opened', person: 'ccpd-2' });
    expect(admission.admit(hello({ resumeToken }), 'a', at(1))).toMatchObject({ verdict: 'refused', reason: 'TOKEN' });
    expect(admission.admit(hello({}), 'a', at(1), 'nobody')).toMatchObject({ verdict: 'refused', reason: 'TOKEN' });
  });

  it('knows a console that comes back within 12 h of when it was last seen, whatever the wall clock does', () => {
    const admission = desk();
    const resumeToken = open(admission, at(0));
    const back = { verdict: 'returned', console: 'console:r1-1', person: 'ccpd-1', place: 1 };
    const dayLater = (nowMs: number): Instant => ({ nowMs, utcMs: utc + nowMs + 24 * hourMs });
    expect(admission.admit(hello({ resumeToken }), 'b', dayLater(12 * hourMs))).toEqual(back);
    admission.seen('console:r1-1', 20 * hourMs);
    expect(admission.admit(hello({ resumeToken }), 'b', at(32 * hourMs))).toEqual(back);
    expect(admission.admit(hello({ resumeToken }), 'b', at(44 * hourMs))).toMatchObject({ verdict: 'refused' });
  });

  it('knows it after a restart too, by its signature alone, for 12 h from when the token was written', () => {
    const resumeToken = open(desk(), at(0), 3);
    const later = (nowMs: number) => desk({ run: 'r2-' }).admit(hello({ resumeToken }), 'a', at(nowMs));
    expect(later(12 * hourMs)).toEqual({ verdict: 'returned', console: 'console:r1-1', person: 'ccpd-1', place: 3 });
    expect(later(12 * hourMs + 1000)).toMatchObject({ verdict: 'refused', reason: 'TOKEN' });
  });

  it('takes no token of another key, of another gateway, or from far ahead of the clock', () => {
    const resumeToken = open(desk(), at(0));
    expect(desk({ key: Buffer.alloc(32, 8) }).admit(hello({ resumeToken }), 'a', at(0))).toMatchObject({
      verdict: 'refused',
    });
    expect(readResumeToken(resumeToken, { ...signer, gateway: 'other' })).toBeUndefined();
    expect(desk().admit(hello({ resumeToken }), 'a', at(-13 * hourMs))).toMatchObject({ verdict: 'refused' });
  });

  it('renews a token that is an hour old, or that a clock set back or ahead has made strange', () => {
    const admission = desk();
    const before = open(admission, at(0));
    expect([0, hourMs, hourMs + 1, -hourMs - 1].map((ms) => admission.isRenewalDue('console:r1-1', utc + ms))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    const renewed = admission.issue('console:r1-1', 'ccpd-1', 1, at(2 * hourMs));
    for (const resumeToken of [before, renewed]) {
      expect(admission.admit(hello({ resumeToken }), 'a', at(2 * hourMs)).verdict).toBe('returned');
    }
  });

  it('lets the right token in however many wrong ones came from the same address, link and return alike', () => {
    const admission = desk();
    const resumeToken = open(admission, at(0));
    for (let guess = 0; guess < 100; guess++) {
      admission.admit(hello({ token: `wrong-${guess}` }), 'proxy', at(0));
      admission.admit(hello({ resumeToken: `wrong-${guess}` }), 'proxy', at(0));
    }
    expect(admission.admit(hello({ resumeToken }), 'proxy', at(1)).verdict).toBe('returned');
    expect(admission.admit(hello({ token: admission.linkToken('ccpd-1') ?? '' }), 'proxy', at(1)).verdict).toBe(
      'opened',
    );
  });

  it('says of the 11th wrong token of a client within 10 minutes that it is no news', () => {
    const admission = desk();
    const guess = (client: string, nowMs: number) => admission.admit(hello({ token: 'wrong' }), client, at(nowMs));
    for (let count = 0; count < 10; count++) expect(guess('thief', 0)).toMatchObject({ repeated: false });
    expect(guess('thief', 599_000)).toMatchObject({ verdict: 'refused', reason: 'TOKEN', repeated: true });
    expect(guess('operator', 599_000)).toMatchObject({ repeated: false });
    expect(guess('thief', 600_001)).toMatchObject({ repeated: false });
  });

  it('refuses a page whose versions do not include ours, and an empty Hello', () => {
    const admission = desk();
    const token = admission.linkToken('ccpd-1') ?? '';
    const verdict = (versionMin: number, versionMax: number) =>
      admission.admit(hello({ token, versionMin, versionMax }), 'a', at(0));
    expect(verdict(2, 3)).toMatchObject({ reason: 'VERSION' });
    expect(verdict(0, 0)).toMatchObject({ reason: 'VERSION' });
    expect(admission.admit(hello({}), 'a', at(0))).toMatchObject({ reason: 'TOKEN' });
    expect(verdict(1, 9)).toMatchObject({ verdict: 'opened' });
  });

  it('remembers the last tokens of a bounded number of consoles, those seen last', () => {
    const admission = desk({ credentialsMax: 2 });
    const tokens = [0, 1, 2].map((ms) => open(admission, at(ms)));
    const late = { nowMs: 4, utcMs: utc + 20 * hourMs };
    const verdicts = tokens.map((resumeToken) => admission.admit(hello({ resumeToken }), 'a', late).verdict);
    expect(verdicts).toEqual(['refused', 'returned', 'returned']);
  });
});

describe('resume token', () => {
  const claim = { console: 'console:9f2c-12', person: 'ccpd-1', place: 3, issuedUtcS: 1_900_000_000 };

  it('is read as it was written, and not at all when a character of it differs', () => {
    const token = writeResumeToken(claim, signer);
    expect(readResumeToken(token, signer)).toEqual(claim);
    fc.assert(
      fc.property(
        fc.nat(token.length - 1),
        fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme-ascii' }),
        (i, c) => {
          const altered = token.slice(0, i) + c + token.slice(i + 1);
          const reading = readResumeToken(altered, signer);
          // The last character of base64url carries two bits that say nothing.
          return (
            altered === token || reading === undefined || (i === token.length - 1 && reading.place === claim.place)
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is read out of no other text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => readResumeToken(text, signer) === undefined));
  });

  it('puts off whoever comes back without end, him alone, and lets him in again in time', () => {
    const admission = desk();
    const [loop, other] = [open(admission, at(0)), open(admission, at(0), 2)];
    const back = (resumeToken: string, nowMs: number) => admission.admit(hello({ resumeToken }), 'a', at(nowMs));
    for (let time = 0; time < 20; time++) expect(back(loop, 0).verdict).toBe('returned');
    expect(back(loop, 500)).toEqual({ verdict: 'tooOften', retryAfterMs: 1500, repeated: false });
    for (let nowMs = 501; nowMs < 2000; nowMs++) expect(back(loop, nowMs)).toMatchObject({ repeated: true });
    expect(back(other, 1999).verdict).toBe('returned');
    expect(back(loop, 2000).verdict).toBe('returned');
    expect(back(loop, 2001)).toMatchObject({ verdict: 'tooOften', repeated: false });
  });

  it('puts off whoever has logged in and opens consoles without end', () => {
    const admission = desk({ byLogin: true });
    const enter = (person: string) => admission.admit(hello({}), 'a', at(0), person).verdict;
    const verdicts = Array.from({ length: 25 }, () => enter('ccpd-1'));
    expect(verdicts.filter((verdict) => verdict === 'opened')).toHaveLength(20);
    expect(enter('ccpd-2')).toBe('opened');
  });

  it('remembers so many returning consoles and no more: whoever came longest ago is forgotten', () => {
    const limit = new ReturnLimit(2);
    const often = (who: string) => Array.from({ length: 21 }, () => limit.refuse(who, 0)).at(-1);
    expect(often('a')).toBeDefined();
    expect(limit.refuse('b', 0)).toBeUndefined();
    expect(limit.refuse('a', 0)).toBeDefined();
    expect(limit.refuse('c', 0)).toBeUndefined(); // in the place of b
    expect(limit.refuse('a', 0)).toBeDefined();
  });
});
