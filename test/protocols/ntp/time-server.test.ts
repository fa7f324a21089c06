import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NtpReading, timestampOf } from '../../../src/protocols/ntp/ntp-message.ts';
import {
  newTimeServer,
  readServer,
  stepTimeServer,
  type TimeServer,
  type TimeServerEvent,
} from '../../../src/protocols/ntp/time-server.ts';

const startUtcMs = Date.UTC(2026, 10, 29, 2, 14);

/** Our two clocks, and a server that has the right time, behind a network. All in ms. */
class Bench {
  nowMs = 0;
  /** By how much our wall clock is ahead. */
  aheadMs: number;
  /** The right time goes on so much from our monotonic clock: what our clocks were slewed by. */
  slewedMs = 0;
  server: TimeServer = newTimeServer(0);

  constructor(aheadMs = 0) {
    this.aheadMs = aheadMs;
  }

  get at() {
    return { nowMs: this.nowMs, utcMs: startUtcMs + this.nowMs + this.aheadMs };
  }

  feed(event: TimeServerEvent): bigint | undefined {
    const { server, ask } = stepTimeServer(this.server, event, this.at);
    this.server = server;
    return ask;
  }

  /** Waits until it is due, and says how long that was. */
  due(): number {
    const waitedMs = Math.max(0, this.server.dueMs - this.nowMs);
    this.nowMs += waitedMs;
    this.feed({ name: 'tick', nonce: 7n });
    return Math.round(waitedMs);
  }

  /** The server answers what was asked, which took so long there and back. */
  answer(thereMs: number, backMs: number, root: { delayMs?: number; dispersionMs?: number } = {}): void {
    const right = () => timestampOf(startUtcMs + this.nowMs - this.slewedMs);
    this.nowMs += thereMs;
    const receive = right();
    this.nowMs += 0.05;
    const transmit = right();
    this.nowMs += backMs;
    const { delayMs = 0, dispersionMs = 0 } = root;
    const said = { stratum: 2, rootDelayMs: delayMs, rootDispersionMs: dispersionMs, receive, transmit };
    this.feed({ name: 'answer', reading: { is: 'time', ...said } });
  }

  /** Is asked when due and answers, so many times. */
  turns(count: number): void {
    for (let turn = 0; turn < count; turn++) {
      this.due();
      this.answer(1, 1);
    }
  }

  get reading() {
    return readServer(this.server, this.at);
  }
}

describe('one time server (RFC 5905)', () => {
  it('says how far ahead our clock is, and by how much that may be wrong (§8)', () => {
    const bench = new Bench(120);
    bench.due();
    bench.answer(4, 4, { delayMs: 10, dispersionMs: 2 });
    expect(bench.reading?.offsetMs).toBeCloseTo(120, 2);
    expect(bench.reading?.delayMs).toBeCloseTo(8, 2);
    // Half of the way, half of the root's delay, its dispersion, and a millisecond of ours.
    expect(bench.reading?.boundMs).toBeCloseTo(4 + 5 + 2 + 1, 2);
  });

  it('is wrong by half the difference of the ways, which the bound covers', () => {
    const bench = new Bench(-30);
    bench.due();
    bench.answer(40, 2);
    expect(bench.reading?.offsetMs).toBeCloseTo(-30 - 19, 2);
    expect(bench.reading?.boundMs).toBeGreaterThan(19);
  });

  it('holds the truth within its bound, whatever the ways and however the wall clock is set', () => {
    const wayMs = fc.double({ min: 0, max: 400, noNaN: true });
    const turn = fc.record({
      thereMs: wayMs,
      backMs: wayMs,
      stepMs: fc.oneof(fc.constant(0), fc.integer({ min: -5000, max: 5000 })),
      isLost: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 10_000 }), fc.array(turn, { maxLength: 30 }), (aheadMs, turns) => {
        const bench = new Bench(aheadMs);
        for (const { thereMs, backMs, stepMs, isLost } of turns) {
          bench.due();
          if (!isLost && bench.server.name === 'asking') bench.answer(thereMs, backMs);
          bench.aheadMs += stepMs;
          const { reading } = bench;
          if (reading === undefined) continue;
          expect(Math.abs(reading.offsetMs - bench.aheadMs)).toBeLessThanOrEqual(reading.boundMs);
        }
      }),
    );
  });

  it('counts the surest of the last eight answers, and trusts it less as it ages (§10)', () => {
    const bench = new Bench(20);
    bench.turns(1);
    const sureMs = bench.reading?.boundMs ?? 0;
    for (let more = 0; more < 7; more++) {
      bench.due();
      bench.answer(30, 5);
    }
    expect(bench.reading?.offsetMs).toBeCloseTo(20, 2);
    expect(bench.reading?.boundMs).toBeGreaterThan(sureMs);
    bench.due();
    bench.answer(30, 5);
    expect(bench.server.samples).toHaveLength(8);
    expect(bench.reading?.offsetMs).toBeCloseTo(20 - 12.5, 1);
  });

  it('leaves old answers behind when the clock was slewed meanwhile', () => {
    const bench = new Bench(80);
    bench.turns(2);
    bench.slewedMs = -70;
    bench.due();
    bench.answer(2, 2);
    expect(bench.reading?.offsetMs).toBeCloseTo(10, 2);
    expect(bench.server.samples).toHaveLength(1);
  });

  it('takes no answer during which our clock was set', () => {
    const bench = new Bench();
    bench.due();
    bench.aheadMs = 500;
    bench.answer(1, 1);
    expect(bench.server.name).toBe('resting');
    expect(bench.reading).toBeUndefined();
  });

  it('measures from when the request has left', () => {
    const bench = new Bench();
    bench.due();
    bench.nowMs += 40;
    bench.feed({ name: 'sent' });
    bench.answer(1, 1);
    expect(bench.reading?.delayMs).toBeCloseTo(2, 2);
  });

  it('does not use a server whose own doubt is above 1.5 s (§13)', () => {
    const bench = new Bench();
    bench.due();
    bench.answer(1, 1, { dispersionMs: 1600 });
    expect(bench.reading).toBeUndefined();
  });

  it('asks four times within 6 s, then after 64, 128, 256, 256 s', () => {
    const bench = new Bench();
    const waits = Array.from({ length: 8 }, () => {
      const waitedMs = bench.due();
      bench.answer(1, 1);
      return waitedMs;
    });
    expect(waits).toEqual([0, 2000, 2000, 2000, 64_000, 128_000, 256_000, 256_000]);
  });

  it('waits 3 s for an answer, and asks a silent server up to 1024 s apart', () => {
    const bench = new Bench();
    const waits = Array.from({ length: 10 }, (_, turn) => {
      const waitedMs = bench.due();
      expect(bench.due()).toBe(3000);
      expect(bench.server.silent).toBe(turn + 1);
      return waitedMs;
    });
    expect(waits.slice(4)).toEqual([64_000, 128_000, 256_000, 512_000, 1_024_000, 1_024_000]);
  });

  it('asks again after 64 s when one that answered falls silent', () => {
    const bench = new Bench();
    bench.turns(7);
    bench.due();
    bench.due();
    expect(bench.server.silent).toBe(1);
    expect(bench.due()).toBe(64_000);
  });

  it('asks half as often where it is told to (RATE), and never again after DENY or RSTR (§7.4)', () => {
    const slower = new Bench();
    slower.due();
    slower.feed({ name: 'answer', reading: { is: 'kiss', code: 'RATE' } });
    expect(slower.due()).toBe(128_000);
    slower.answer(1, 1);
    expect(slower.due()).toBeGreaterThanOrEqual(128_000);
    for (let turn = 0; turn < 9; turn++) {
      slower.feed({ name: 'answer', reading: { is: 'kiss', code: 'RATE' } });
      slower.due();
    }
    expect(slower.server.pollMsMin).toBe(1_024_000);
    for (const code of ['DENY', 'RSTR']) {
      const dismissed = new Bench();
      dismissed.due();
      dismissed.feed({ name: 'answer', reading: { is: 'kiss', code } });
      expect(dismissed.server).toMatchObject({ name: 'dismissed', dueMs: Infinity });
    }
  });

  it('waits on when something else comes than the answer, and takes an answer once', () => {
    const bench = new Bench(5);
    bench.due();
    bench.feed({ name: 'answer', reading: { is: 'wrong', what: 'origin' } });
    expect(bench.server.name).toBe('asking');
    bench.answer(1, 1);
    bench.answer(1, 1);
    expect(bench.server.samples).toHaveLength(1);
  });

  it('asks within 64 s after the wall clock was set', () => {
    const bench = new Bench();
    bench.turns(7);
    bench.feed({ name: 'stepped' });
    expect(bench.due()).toBe(64_000);
  });

  it('never asks oftener than every 2 s, nor waits longer than 1024 s, whatever comes', () => {
    const readings: readonly NtpReading[] = [
      { is: 'unsynchronised' },
      { is: 'wrong', what: 'mode' },
      { is: 'kiss', code: 'RATE' },
      { is: 'kiss', code: '' },
      { is: 'time', stratum: 1, rootDelayMs: 0, rootDispersionMs: 0, receive: 1n, transmit: 2n },
    ];
    const events: readonly TimeServerEvent[] = [
      { name: 'tick', nonce: 1n },
      { name: 'sent' },
      { name: 'unreachable' },
      { name: 'stepped' },
      ...readings.map((reading) => ({ name: 'answer', reading }) as const),
    ];
    const turn = fc.tuple(fc.constantFrom(...events), fc.nat({ max: 70_000 }));
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 80 }), (turns) => {
        const bench = new Bench();
        let askedMs = -Infinity;
        for (const [event, waitMs] of turns) {
          bench.nowMs += waitMs;
          if (bench.feed(event) !== undefined) {
            expect(bench.nowMs - askedMs).toBeGreaterThanOrEqual(2000);
            askedMs = bench.nowMs;
          }
          expect(bench.server.dueMs - bench.nowMs).toBeLessThanOrEqual(1_024_000);
          expect(bench.server.samples.length).toBeLessThanOrEqual(8);
        }
      }),
    );
  });
});
