import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReorderWindow } from '../../../src/protocols/rtp/reorder-window.ts';
import { packet } from './packets.ts';

/** Feeds sequence numbers at given times; collects what comes out as `sequence` or `sequence/lostBefore`. */
class Line {
  readonly window = new ReorderWindow();
  readonly out: string[] = [];

  say(sequence: number, nowMs: number): string {
    const fate = this.window.push(packet({ sequenceNumber: sequence, timestamp: 160 * sequence }), sequence, nowMs);
    this.drain(nowMs);
    return fate;
  }

  drain(nowMs: number): void {
    for (let p = this.window.pull(nowMs); p !== undefined; p = this.window.pull(nowMs)) {
      expect(p.timestamp).toBe((160 * p.sequenceNumber) >>> 0);
      this.out.push(
        this.window.lostBefore === 0 ? `${p.sequenceNumber}` : `${p.sequenceNumber}/${this.window.lostBefore}`,
      );
    }
  }
}

describe('reorder window', () => {
  it('passes packets in order at once and holds nothing', () => {
    const line = new Line();
    for (let n = 0; n < 100; n++) expect(line.say(n, 20 * n)).toBe('ready');
    expect(line.out).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`));
    expect(line.window.deadlineMs).toBe(Infinity);
  });

  it('mends two swapped packets when the missing one comes', () => {
    const line = new Line();
    expect([line.say(0, 0), line.say(2, 20), line.say(1, 25), line.say(3, 60)]).toEqual([
      'ready',
      'held',
      'ready',
      'ready',
    ]);
    expect(line.out).toEqual(['0', '1', '2', '3']);
    expect(line.window).toMatchObject({ lost: 0, reordered: 1, late: 0 });
  });

  it('gives a hole up 30 ms after the first packet behind it, and says so', () => {
    const line = new Line();
    line.say(0, 0);
    line.say(3, 60);
    expect(line.window.deadlineMs).toBe(90);
    line.drain(89);
    expect(line.out).toEqual(['0']);
    line.drain(90);
    expect(line.out).toEqual(['0', '3/2']);
    expect(line.window).toMatchObject({ lost: 2, reordered: 0, deadlineMs: Infinity });
  });

  it('gives a hole up when three packets wait behind it', () => {
    const line = new Line();
    for (const n of [0, 2, 3]) line.say(n, n);
    expect(line.out).toEqual(['0']);
    line.say(4, 5);
    expect(line.out).toEqual(['0', '2/1', '3', '4']);
  });

  it('drops duplicates, passed or held, and packets that come after their place was given up', () => {
    const line = new Line();
    line.say(0, 0);
    expect(line.say(0, 1)).toBe('duplicate');
    line.say(2, 2);
    expect(line.say(2, 3)).toBe('duplicate');
    line.drain(32);
    expect(line.say(1, 33)).toBe('late');
    expect(line.out).toEqual(['0', '2/1']);
    expect(line.window).toMatchObject({ duplicates: 2, late: 1, lost: 1 });
  });

  it('sees no loss in a jump of the timestamp alone (DTX, a pause between overs)', () => {
    const window = new ReorderWindow();
    window.push(packet({ sequenceNumber: 7, timestamp: 1000 }), 7, 0);
    window.pull(0);
    window.push(packet({ sequenceNumber: 8, timestamp: 900_000, marker: true }), 8, 60_000);
    expect(window.pull(60_000)?.sequenceNumber).toBe(8);
    expect(window.lostBefore).toBe(0);
  });

  it('begins anew after reset, also at sequence number 0 and below it', () => {
    const line = new Line();
    line.say(500, 0);
    line.say(502, 0);
    line.window.reset();
    expect(line.say(0, 1)).toBe('ready');
    expect(line.window.push(packet({ sequenceNumber: 65_535, timestamp: 0 }), -1, 2)).toBe('late');
  });

  it('keeps copies of what it holds, so that the caller may reuse its packet', () => {
    const window = new ReorderWindow();
    const reused = packet({ sequenceNumber: 1, timestamp: 0, payload: Uint8Array.of(1) });
    window.push(reused, 1, 0);
    window.pull(0);
    reused.read(packet({ sequenceNumber: 3, timestamp: 0, payload: Uint8Array.of(3) }).bytes);
    window.push(reused, 3, 1);
    reused.read(packet({ sequenceNumber: 2, timestamp: 0, payload: Uint8Array.of(2) }).bytes);
    window.push(reused, 2, 2);
    expect(window.pull(2)?.sequenceNumber).toBe(2);
    const held = window.pull(2);
    expect(held?.bytes[held.payloadOffset]).toBe(3);
  });

  it('does not hold datagrams beyond 1500 octets, and counts them', () => {
    const window = new ReorderWindow();
    window.push(packet({ sequenceNumber: 1, timestamp: 0 }), 1, 0);
    window.pull(0);
    const long = packet({ sequenceNumber: 3, timestamp: 0, payload: new Uint8Array(1500) });
    expect(window.push(long, 3, 0)).toBe('oversize');
    expect(window.oversize).toBe(1);
  });

  it('puts out each packet at most once, in rising order, within 30 ms, and accounts for each that it got', () => {
    const step = fc.tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: 0, max: 25 }));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 150 }), (steps) => {
        const window = new ReorderWindow();
        const arrived = new Map<number, number>();
        const out: number[] = [];
        let sequence = 1000;
        let nowMs = 0;
        let lostBefore = 0;
        const drain = () => {
          for (let p = window.pull(nowMs); p !== undefined; p = window.pull(nowMs)) {
            out.push(p.sequenceNumber);
            lostBefore += window.lostBefore;
            expect(nowMs - arrived.get(p.sequenceNumber)!).toBeLessThanOrEqual(30);
          }
        };
        for (const [jump, waitMs] of steps) {
          while (window.deadlineMs <= nowMs + waitMs) {
            const deadlineMs = window.deadlineMs;
            nowMs += Math.max(0, deadlineMs - nowMs);
            drain();
            expect(window.deadlineMs).toBeGreaterThan(nowMs);
          }
          nowMs += waitMs;
          sequence += jump;
          const fate = window.push(packet({ sequenceNumber: sequence, timestamp: 0 }), sequence, nowMs);
          if (fate === 'ready' || fate === 'held') {
            expect(arrived.has(sequence)).toBe(false);
            arrived.set(sequence, nowMs);
          }
          drain();
        }
        while (window.deadlineMs < Infinity) {
          nowMs = Math.max(nowMs, window.deadlineMs);
          drain();
        }
        expect(out).toEqual([...out].sort((a, b) => a - b));
        expect(new Set(out).size).toBe(out.length);
        expect(out.length).toBe(arrived.size);
        expect(window.lost).toBe(lostBefore);
        expect(out.length + window.duplicates + window.late).toBe(steps.length);
        expect(out.at(-1)! - out[0]! + 1).toBe(out.length + lostBefore);
      }),
    );
  });
});
