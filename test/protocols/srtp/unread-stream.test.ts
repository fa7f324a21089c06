import { describe, expect, it } from 'vitest';
import { UnreadStream } from '../../../src/protocols/srtp/unread-stream.ts';

const rtp = Uint8Array.of(0x80, 8);

describe('a stream of which no packet can be read', () => {
  it.each([20, 60, 200])('every %i ms is unreadable after 2 s of it', (everyMs) => {
    const stream = new UnreadStream();
    const failedMs: number[] = [];
    for (let nowMs = 0; nowMs <= 4000; nowMs += everyMs) if (stream.failed(rtp, nowMs)) failedMs.push(nowMs);
    expect(failedMs[0]).toBe(everyMs * Math.ceil(2000 / everyMs));
  });

  it('comes in overs, whose pauses do not count', () => {
    const stream = new UnreadStream();
    const over = (startMs: number): boolean => {
      let unreadable = false;
      for (let ms = 0; ms <= 900; ms += 20) unreadable = stream.failed(rtp, startMs + ms);
      return unreadable;
    };
    expect([0, 10_000, 20_000].map(over)).toEqual([false, false, true]);
  });

  it('is none of single packets, of a burst read at once, nor of probes that are no RTP', () => {
    const single = new UnreadStream();
    const burst = new UnreadStream();
    const probes = new UnreadStream();
    for (let i = 0; i < 1000; i++) {
      expect(single.failed(rtp, 250 * i)).toBe(false);
      expect(burst.failed(rtp, 5)).toBe(false);
      expect(probes.failed(Uint8Array.of(0, 1), 20 * i)).toBe(false);
    }
  });
});
