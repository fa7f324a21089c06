import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReceiverStatistics, type RtpTiming } from '../../../src/protocols/rtp/receiver-statistics.ts';
import { packet } from './packets.ts';

const stranger = 0xbad00bad;

/** A talker of 50 packets a second, whose packet `n` is due at 20 n ms. */
class Talker {
  readonly statistics = new ReceiverStatistics({ clockRateHz: 8000 });
  readonly ssrc: number;
  readonly first: number;
  readonly firstTimestamp: number;

  constructor(first = 65_500, firstTimestamp = 0xffff_f000, ssrc = 0x20600001) {
    this.first = first;
    this.firstTimestamp = firstTimestamp;
    this.ssrc = ssrc;
  }

  packet(n: number) {
    return packet({ ssrc: this.ssrc, sequenceNumber: this.first + n, timestamp: this.firstTimestamp + 160 * n });
  }

  say(n: number, lateMs = 0) {
    return this.statistics.receive(this.packet(n), 20 * n + lateMs);
  }
}

describe('a sender that begins anew without a pause', () => {
  const relocking = () => {
    const statistics = new ReceiverStatistics({ clockRateHz: 8000, relockMin: 5 });
    const say = (ssrc: number, sequenceNumber: number, timestamp: number, nowMs: number) =>
      statistics.receive(packet({ ssrc, sequenceNumber, timestamp }), nowMs);
    for (let n = 0; n < 50; n++) say(1, 100 + n, 160 * n, 20 * n);
    return { statistics, say };
  };

  it('is heard from the 5th packet in a row on, with another numbering or SSRC', () => {
    for (const ssrc of [1, 2]) {
      const { say } = relocking();
      const verdicts = Array.from({ length: 7 }, (_, n) => say(ssrc, 40_000 + n, 9_000_000 + 160 * n, 1000 + 20 * n));
      expect(verdicts.slice(4)).toEqual(['restarted', 'accepted', 'accepted']);
      expect(new Set(verdicts.slice(0, 4))).toEqual(new Set([ssrc === 1 ? 'sequence' : 'ssrc']));
    }
  });

  it('is not, if its packets do not follow each other, or the stream goes on between them', () => {
    const { say } = relocking();
    for (let n = 0; n < 8; n++) expect(say(1, 40_000 + 3 * n, 0, 1000 + 10 * n)).toBe('sequence');
    for (let n = 0; n < 100; n++) {
      expect(say(1, 50_000 + n, 0, 1100 + 20 * n)).toBe('sequence');
      expect(say(1, 150 + n, 160 * (50 + n), 1100 + 20 * n)).toBe('accepted');
    }
  });

  it('is never heard where calls vouch for their far ends', () => {
    const talker = new Talker(100);
    for (let n = 0; n < 10; n++) talker.say(n);
    for (let n = 0; n < 9; n++) {
      const verdict = talker.statistics.receive(
        packet({ ssrc: talker.ssrc, sequenceNumber: 40_000 + n, timestamp: 0 }),
        200 + 20 * n,
      );
      expect(verdict).toBe('sequence');
    }
  });
});

describe('receiver statistics (RFC 3550 A.1, A.3, A.8)', () => {
  it('counts over the wrap-around of sequence number and timestamp', () => {
    const talker = new Talker();
    for (let n = 0; n < 100; n++) expect(talker.say(n)).toBe(n === 0 ? 'restarted' : 'accepted');
    expect(talker.statistics.extendedSequence).toBe(65_599);
    expect(talker.statistics.figures()).toEqual({
      ssrc: 0x20600001,
      fractionLost: 0,
      cumulativeLost: 0,
      extendedHighestSequence: 65_599,
      jitterTicks: 0,
    });
    expect(talker.statistics.octets).toBe(16_000);
  });

  it('numbers a packet from before the wrap-around below one from after it', () => {
    const talker = new Talker(65_535);
    talker.say(1);
    expect(talker.statistics.extendedSequence).toBe(0);
    expect(talker.say(0, 30)).toBe('accepted');
    expect(talker.statistics.extendedSequence).toBe(-1);
  });

  it('reports 5 lost of 20 as fraction 64/256, then 0 in the next interval, and keeps the sum', () => {
    const talker = new Talker(100);
    for (let n = 0; n < 20; n++) if (n % 4 !== 1) talker.say(n);
    expect(talker.statistics.figures()).toMatchObject({ fractionLost: 64, cumulativeLost: 5 });
    for (let n = 20; n < 40; n++) talker.say(n);
    expect(talker.statistics.figures()).toMatchObject({ fractionLost: 0, cumulativeLost: 5 });
    expect(talker.statistics.packetsLost).toBe(5);
  });

  it('lets duplicates make the loss negative, as the report carries it, but never the counter', () => {
    const talker = new Talker(100);
    for (let n = 0; n < 10; n++) {
      talker.say(n);
      talker.say(n);
    }
    expect(talker.statistics.figures()).toMatchObject({ fractionLost: 0, cumulativeLost: -10 });
    expect(talker.statistics.packetsLost).toBe(0);
  });

  it('measures a jitter of ±5 ms as 10 ms in the mean of A.8 and forgets it within 100 packets', () => {
    const talker = new Talker(0, 0);
    for (let n = 0; n < 400; n++) talker.say(n, n % 2 === 0 ? 5 : 15);
    expect(talker.statistics.jitterMs).toBeCloseTo(10, 1);
    expect(talker.statistics.figures()?.jitterTicks).toBe(79);
    for (let n = 400; n < 500; n++) talker.say(n, 10);
    expect(talker.statistics.jitterMs).toBeLessThan(0.1);
  });

  it('sees changes of jitter below 16 ticks, which an integer would round away', () => {
    const talker = new Talker(0, 0);
    for (let n = 0; n < 400; n++) talker.say(n, n % 2);
    expect(talker.statistics.jitterMs).toBeCloseTo(1, 2);
  });

  it('takes a pause in which the sender froze its timestamp for no jitter', () => {
    const talker = new Talker(0, 0);
    for (let n = 0; n < 50; n++) talker.say(n);
    for (let n = 50; n < 100; n++) expect(talker.say(n, 30_000)).toBe('accepted');
    expect(talker.statistics.jitterMs).toBe(0);
  });

  it('hears a stream from its 3rd sequential packet on when three are asked for', () => {
    const statistics = new ReceiverStatistics({ clockRateHz: 8000, sequentialMin: 3 });
    const verdicts = [10, 12, 13, 14, 15].map((sequenceNumber, n) =>
      statistics.receive(packet({ sequenceNumber, timestamp: 160 * n }), 20 * n),
    );
    expect(verdicts).toEqual(['probation', 'probation', 'probation', 'restarted', 'accepted']);
    expect(statistics.packets).toBe(2);
    expect(statistics.packetsLost).toBe(0);
  });
});

describe('numbering window', () => {
  it('refuses another SSRC while the talker talks, and the talker loses nothing', () => {
    const talker = new Talker();
    for (let n = 0; n < 500; n++) {
      expect(talker.say(n)).not.toBe('ssrc');
      const intruder = packet({ ssrc: stranger, sequenceNumber: n, timestamp: 160 * n });
      expect(talker.statistics.receive(intruder, 20 * n + 7)).toBe('ssrc');
    }
    expect(talker.statistics).toMatchObject({ rejectedSsrc: 500, packets: 500, packetsLost: 0, restarts: 0 });
  });

  it('refuses a known SSRC with another numbering, sequential or not, and is not reset by it', () => {
    const talker = new Talker(1000, 0);
    for (let n = 0; n < 300; n++) {
      expect(talker.say(n)).toBe(n === 0 ? 'restarted' : 'accepted');
      const spoofed = packet({ ssrc: talker.ssrc, sequenceNumber: 40_000 + n, timestamp: 160 * n });
      expect(talker.statistics.receive(spoofed, 20 * n + 3)).toBe('sequence');
    }
    expect(talker.statistics).toMatchObject({ rejectedSequence: 300, packets: 300, restarts: 0, packetsLost: 0 });
  });

  it('refuses a guessed sequence number whose timestamp does not fit', () => {
    const talker = new Talker(1000, 0);
    talker.say(0);
    const spoofed = packet({ ssrc: talker.ssrc, sequenceNumber: 1001, timestamp: 0x7000_0000 });
    expect(talker.statistics.receive(spoofed, 10)).toBe('timestamp');
    expect(talker.say(1)).toBe('accepted');
    expect(talker.statistics.rejectedTimestamp).toBe(1);
  });

  it('lets fewer than 1 in 10,000 blind guesses of a known SSRC through', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const talker = new Talker(7, 7);
        talker.say(0);
        let state = seed | 1;
        const chance = () => {
          state = Math.imul(state, 1664525) + 1013904223;
          return state >>> 0;
        };
        let heard = 0;
        for (let i = 0; i < 2000; i++) {
          const guess = packet({ ssrc: talker.ssrc, sequenceNumber: chance() >>> 16, timestamp: chance() });
          if (talker.statistics.receive(guess, 20) === 'accepted') heard += 1;
        }
        expect(heard).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it('takes another SSRC once the talker has been silent for more than 200 ms', () => {
    const talker = new Talker();
    talker.say(0);
    const next = (nowMs: number) =>
      talker.statistics.receive(packet({ ssrc: 5, sequenceNumber: 9, timestamp: 9 }), nowMs);
    expect(next(200)).toBe('ssrc');
    expect(next(201)).toBe('restarted');
    expect(talker.statistics).toMatchObject({ ssrc: 5, restarts: 1 });
  });

  it('takes another SSRC at once when the change was announced, and then no straggler of the old', () => {
    const talker = new Talker();
    talker.say(0);
    talker.statistics.announceChange();
    expect(talker.say(1)).toBe('accepted');
    expect(talker.statistics.receive(packet({ ssrc: 5, sequenceNumber: 9, timestamp: 9 }), 21)).toBe('restarted');
    expect(talker.say(2)).toBe('ssrc');
  });

  it('forgets an announced change when the stream goes on, so that nobody displaces the talker later', () => {
    const talker = new Talker(100, 0);
    talker.say(0);
    talker.statistics.announceChange();
    for (let n = 1; n <= 50; n++) expect(talker.say(n)).toBe('accepted');
    const intruder = packet({ ssrc: talker.ssrc, sequenceNumber: 20_000, timestamp: 9 });
    expect(talker.statistics.receive(intruder, 1001)).toBe('sequence');
    expect(talker.statistics.receive(intruder, 1300)).toBe('restarted');
    expect(talker.say(51, 340)).toBe('restarted');
    expect(talker.say(52, 340)).toBe('accepted');
  });

  it('hands a stream to nobody at its BYE while the talker goes on', () => {
    const talker = new Talker();
    talker.say(0);
    for (let n = 1; n < 300; n++) {
      talker.statistics.announceEnd();
      const intruder = packet({ ssrc: stranger, sequenceNumber: n, timestamp: 160 * n });
      expect(talker.statistics.receive(intruder, 20 * n - 10)).toBe('ssrc');
      expect(talker.say(n)).toBe('accepted');
    }
    expect(talker.statistics.restarts).toBe(0);
  });

  it('takes the next SSRC 61 ms after the last packet of a stream that said BYE, and then no straggler of it', () => {
    const talker = new Talker(100, 0);
    talker.say(0);
    talker.statistics.announceEnd();
    const next = (n: number, nowMs: number) =>
      talker.statistics.receive(packet({ ssrc: stranger, sequenceNumber: n, timestamp: 160 * n }), nowMs);
    expect(next(0, 60)).toBe('ssrc');
    expect(next(1, 61)).toBe('restarted');
    for (let n = 1; n <= 10; n++) {
      expect(talker.say(n, 62)).toBe('ssrc');
      expect(next(1 + n, 20 * n + 63)).toBe('accepted');
    }
  });

  it('gives the stream back to the talker who sends more than 10 packets after his BYE, and for good', () => {
    const talker = new Talker(100, 0);
    talker.say(0);
    talker.statistics.announceEnd();
    const intruder = (n: number, nowMs: number) =>
      talker.statistics.receive(packet({ ssrc: stranger, sequenceNumber: n, timestamp: 160 * n }), nowMs);
    expect(intruder(0, 70)).toBe('restarted');
    for (let n = 1; n <= 10; n++) expect(talker.say(n, 70)).toBe('ssrc');
    expect(talker.say(11, 70)).toBe('restarted');
    for (let n = 12; n < 100; n++) {
      expect(intruder(n, 20 * n + 65)).toBe('ssrc');
      expect(talker.say(n, 70)).toBe('accepted');
    }
  });

  it('gives the stream back to the talker who returns with his numbering, and keeps the intruder out', () => {
    const talker = new Talker(100, 0);
    for (let n = 0; n < 50; n++) talker.say(n);
    const intruder = (n: number, nowMs: number) =>
      talker.statistics.receive(packet({ ssrc: stranger, sequenceNumber: n, timestamp: 160 * n }), nowMs);
    expect(intruder(0, 1300)).toBe('restarted');
    expect(intruder(1, 1320)).toBe('accepted');
    expect(talker.say(50, 340)).toBe('restarted');
    expect(intruder(2, 1341)).toBe('ssrc');
    for (let n = 51; n < 100; n++) {
      expect(talker.say(n, 340)).toBe('accepted');
      expect(intruder(n, 20 * n + 341)).toBe('ssrc');
    }
  });

  it('accepts a telephone-event that keeps its timestamp for 5 s, and the voice after it', () => {
    const talker = new Talker(0, 0);
    talker.say(0);
    for (let n = 1; n < 250; n++) {
      const event = packet({ sequenceNumber: n, timestamp: 160, payloadType: 101 });
      expect(talker.statistics.receive(event, 20 * n, 'event')).toBe('accepted');
    }
    expect(talker.say(250)).toBe('accepted');
    const beside = packet({ sequenceNumber: 251, timestamp: 160, payloadType: 101 });
    expect(talker.statistics.receive(beside, 5020, 'event')).toBe('accepted');
  });

  it('accepts packets without voice whatever their timestamp, and judges the voice after them as before', () => {
    const talker = new Talker(0, 0);
    for (let n = 0; n < 3000; n++) {
      const verdict =
        n % 10 === 9
          ? talker.statistics.receive(
              packet({ sequenceNumber: n & 0xffff, timestamp: 7, payloadType: 123 }),
              20 * n,
              'none',
            )
          : talker.say(n);
      expect(verdict).toBe(n === 0 ? 'restarted' : 'accepted');
    }
  });

  it('judges no voice by the timestamps of packets without any, where those came first', () => {
    const statistics = new ReceiverStatistics({ clockRateHz: 8000 });
    for (let n = 0; n < 10; n++) {
      const bare = packet({ sequenceNumber: n, timestamp: 0, payloadType: 123 });
      expect(statistics.receive(bare, 200 * n, 'none')).toBe(n === 0 ? 'restarted' : 'accepted');
    }
    for (let n = 0; n < 10; n++) {
      const voice = packet({ sequenceNumber: 10 + n, timestamp: 3_000_000_000 + 160 * n });
      expect(statistics.receive(voice, 1810 + 20 * n)).toBe('accepted');
    }
    expect(statistics.receive(packet({ sequenceNumber: 20, timestamp: 100 }), 2010)).toBe('timestamp');
  });

  it('finds the talker again after a network outage of 30 s, with its loss counted', () => {
    const talker = new Talker(0, 0);
    for (let n = 0; n < 50; n++) talker.say(n);
    expect(talker.say(1550)).toBe('accepted');
    expect(talker.say(1551)).toBe('accepted');
    expect(talker.statistics.packetsLost).toBe(1500);
  });

  it('takes a jump of 50 packets in flow for loss, one of 60 for no part of the stream', () => {
    const talker = new Talker(0, 0);
    talker.say(0);
    const jumped = (sequenceNumber: number) =>
      talker.statistics.receive(packet({ ssrc: talker.ssrc, sequenceNumber, timestamp: 160 }), 20);
    expect([jumped(60), jumped(50)]).toEqual(['sequence', 'accepted']);
  });

  it('never throws and keeps its counters whole under any sequence of packets', () => {
    const step = fc.record({
      ssrc: fc.constantFrom(1, 2, 3),
      sequenceNumber: fc.integer({ min: 0, max: 65_535 }),
      timestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
      waitMs: fc.integer({ min: 0, max: 400 }),
      timing: fc.constantFrom<RtpTiming>('voice', 'event', 'none'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 4 }), (steps, sequentialMin) => {
        const statistics = new ReceiverStatistics({ clockRateHz: 8000, sequentialMin });
        let nowMs = 0;
        let heard = 0;
        let rejected = 0;
        for (const one of steps) {
          nowMs += one.waitMs;
          const verdict = statistics.receive(packet(one), nowMs, one.timing);
          if (verdict === 'accepted' || verdict === 'restarted') heard += 1;
          else if (verdict !== 'probation') rejected += 1;
          expect(statistics.packetsLost).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(statistics.jitterMs)).toBe(true);
        }
        expect(statistics.packets).toBe(heard);
        expect(statistics.rejectedSsrc + statistics.rejectedSequence + statistics.rejectedTimestamp).toBe(rejected);
      }),
    );
  });
});
