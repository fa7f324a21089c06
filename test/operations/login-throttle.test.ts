import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  charged,
  forgottenAfterMs,
  type Guesses,
  type SubjectKind,
  uncharged,
  waitMs,
} from '../../src/operations/login-throttle.ts';

const kinds: readonly SubjectKind[] = ['account-at-address', 'address', 'account'];

/** Guesses as fast as they are looked at. */
function looked(kind: SubjectKind, forMs: number): number {
  let guesses: Guesses | undefined;
  let count = 0;
  for (let nowMs = 0; nowMs < forMs; count++) {
    guesses = charged(guesses, nowMs);
    nowMs += Math.max(1, waitMs(kind, guesses, nowMs));
  }
  return count;
}

describe('guessing', () => {
  it('costs nothing for a few, then twice as long each time, and never more than 15 min', () => {
    let guesses: Guesses | undefined;
    const waits = Array.from({ length: 16 }, () => {
      guesses = charged(guesses, 1000);
      return waitMs('account-at-address', guesses, 1000) / 1000;
    });
    expect(waits).toEqual([0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]);
  });

  it('gets nowhere in a day', () => {
    const day = 24 * 3_600_000;
    expect(looked('account-at-address', day)).toBeLessThan(120);
    expect(looked('address', day)).toBeLessThan(1600);
    expect(looked('account', day)).toBeLessThan(360);
  });

  it('at one address does not lock an account out at another within a few guesses', () => {
    let anywhere: Guesses | undefined;
    for (let guess = 0; guess < 40; guess++) anywhere = charged(anywhere, guess);
    expect(waitMs('account', anywhere, 40)).toBe(0);
  });

  it('never makes wait longer than the rule, whatever the clock does', () => {
    const times = fc.array(fc.integer({ min: 0, max: 2 * forgottenAfterMs }), { maxLength: 80 });
    fc.assert(
      fc.property(fc.constantFrom(...kinds), times, fc.nat(2 * forgottenAfterMs), (kind, at, nowMs) => {
        let guesses: Guesses | undefined;
        for (const each of at) guesses = charged(guesses, each);
        const wait = waitMs(kind, guesses, nowMs);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(15 * 60_000);
        expect(waitMs(kind, guesses, nowMs + wait)).toBe(0);
      }),
    );
  });

  it('waits no shorter for one more wrong guess', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.nat(100), (kind, wrong) => {
        const guesses = { wrong, lastMs: 0 };
        expect(waitMs(kind, charged(guesses, 0), 0)).toBeGreaterThanOrEqual(waitMs(kind, guesses, 0));
      }),
    );
  });

  it('is forgotten after a day, and a right one costs nothing', () => {
    const guesses = { wrong: 30, lastMs: 0 };
    expect(charged(guesses, forgottenAfterMs).wrong).toBe(1);
    expect(uncharged(charged(guesses, 5)).wrong).toBe(30);
  });
});
