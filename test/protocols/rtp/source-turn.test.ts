import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restartPackets, SourceTurn } from '../../../src/protocols/rtp/source-turn.ts';

const be = '192.0.2.10';
const fr = '192.0.2.20';

describe('the turn of senders on a static stream', () => {
  it('is of whoever comes first, as long as he goes on; a second one waits and is counted', () => {
    const turn = new SourceTurn();
    expect(turn.take(be, 5004, 1, 0)).toBe('new');
    for (let n = 1; n < 100; n++) {
      expect(turn.take(be, 5004, 1, 20 * n)).toBe('same');
      expect(turn.take(fr, 5004, 2, 20 * n + 1)).toBe('waits');
    }
    expect(turn.waited).toBe(99);
  });

  it('tells two senders of one SSRC apart by their addresses', () => {
    const turn = new SourceTurn();
    turn.take(be, 5004, 7, 0);
    expect(turn.take(fr, 5004, 7, 20)).toBe('waits');
    expect(turn.take(be, 5004, 7, 20)).toBe('same');
  });

  it('passes when the one heard has been silent for more than 200 ms', () => {
    const turn = new SourceTurn();
    turn.take(be, 5004, 1, 0);
    expect(turn.take(fr, 5004, 2, 200)).toBe('waits');
    expect(turn.take(fr, 5004, 2, 201)).toBe('new');
    expect(turn.take(be, 5004, 1, 210)).toBe('waits');
  });

  it('is kept by a sender who begins anew with another SSRC or port: from the 5th of its packets on', () => {
    for (const [port, ssrc] of [
      [5004, 2],
      [6000, 1],
    ] as const) {
      const turn = new SourceTurn();
      turn.take(be, 5004, 1, 0);
      const turns = Array.from({ length: 6 }, (_, n) => turn.take(be, port, ssrc, 20 + 20 * n));
      expect(turns).toEqual(['waits', 'waits', 'waits', 'waits', 'new', 'same']);
      expect(restartPackets).toBe(5);
    }
  });

  it('is not taken by a second stream of the same address while the first goes on', () => {
    const turn = new SourceTurn();
    turn.take(be, 5004, 1, 0);
    for (let n = 1; n < 50; n++) {
      expect(turn.take(be, 5004, 2, 20 * n - 10)).toBe('waits');
      expect(turn.take(be, 5004, 1, 20 * n)).toBe('same');
    }
  });

  it('never changes within 200 ms to another address, whatever comes', () => {
    const packet = fc.record({
      address: fc.constantFrom(be, fr),
      port: fc.constantFrom(1, 2),
      ssrc: fc.constantFrom(1, 2),
      waitMs: fc.nat({ max: 250 }),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 200 }), (packets) => {
        const turn = new SourceTurn();
        let nowMs = 0;
        let heardMs = -Infinity;
        let heard = '';
        for (const { address, port, ssrc, waitMs } of packets) {
          nowMs += waitMs;
          const result = turn.take(address, port, ssrc, nowMs);
          if (result === 'waits') continue;
          if (address !== heard) expect(nowMs - heardMs).toBeGreaterThan(200);
          heard = address;
          heardMs = nowMs;
        }
      }),
    );
  });
});
