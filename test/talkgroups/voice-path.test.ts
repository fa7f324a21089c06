import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { levelDbov } from '../../src/media/level.ts';
import { activeLevelDbov, levelAt, scaled, speech, tone } from '../media/signals.ts';
import { type Arrival, align, type Network, narrow, VirtualGroup } from './virtual-group.ts';

const french = narrow(speech('fr'));
const dutch = narrow(speech('nl'));
const tone1k = (seconds: number): Float32Array => tone(1000, -20, 8000 * seconds, 8000);

/** Sequence numbers run on by one, whatever happens. */
function expectContiguous(arrivals: readonly Arrival[]): void {
  for (let i = 1; i < arrivals.length; i++) {
    expect((arrivals[i]!.sequence - arrivals[i - 1]!.sequence) & 0xffff).toBe(1);
  }
}

/** Gaps between packets in RTP time, ms. */
function gapsMs(arrivals: readonly Arrival[]): number[] {
  const gaps: number[] = [];
  for (let i = 1; i < arrivals.length; i++) {
    const step = (arrivals[i]!.timestamp - arrivals[i - 1]!.timestamp) >>> 0;
    const gap = (step - arrivals[i - 1]!.payload.length) / 8;
    if (gap !== 0) gaps.push(gap);
  }
  return gaps;
}

describe('voice path, leg to leg', () => {
  it('forwards each packet in the turn in which it arrives: 0 ms added, nothing lost, level within 0.5 dB', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(tone1k(1));
    world.run(2000);
    expect(fr.voice).toHaveLength(50);
    expect(fr.voice.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 50 }, (_, i) => 1000 + 20 * i));
    expect(levelDbov(fr.heard().subarray(800))).toBeCloseTo(-20, 0);
    expect(be.voice).toHaveLength(0);
  });

  it('carries speech with two conversions and codings as the only change', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(french);
    world.run(6000);
    const { lag, likeness } = align(fr.heard(), french, 40);
    expect(likeness).toBeGreaterThan(0.9);
    expect(lag).toBeLessThanOrEqual(8);
    expect(Math.abs(activeLevelDbov(fr.heard()) - activeLevelDbov(french))).toBeLessThan(0.5);
  });

  it('reaches two other legs of other codecs alike, and never the talker itself', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr', {}, { codec: 'PCMU', payloadType: 0 });
    const gn = world.leg('gn');
    be.talk(tone1k(1));
    world.run(2000);
    for (const far of [fr, gn]) {
      expect(far.voice).toHaveLength(50);
      expect(levelAt(far.heard().subarray(800, 7200), 1000, 8000)).toBeCloseTo(-20, 0);
    }
    expect(be.arrivals).toHaveLength(0);
  });

  it('brings a quiet and a loud network within 3 dB of each other (A-01)', () => {
    const world = new VirtualGroup();
    const automatic = { level: { automatic: true, targetDbov: -20, gainMaxDb: 15 } };
    const quiet = world.leg('quiet', automatic);
    const loud = world.leg('loud', automatic);
    const listener = world.leg('x', automatic);
    const levels = [quiet, loud].map((talker, i) => {
      const level = activeLevelDbov(french);
      talker.talk(scaled(french, (i === 0 ? -32 : -12) - level));
      world.run(6000);
      talker.talk(scaled(french, (i === 0 ? -32 : -12) - level));
      const from = listener.voice.length;
      world.run(6000);
      const heard = listener.voice.slice(from);
      listener.arrivals.splice(0, listener.arrivals.length, ...heard);
      return activeLevelDbov(listener.heard());
    });
    expect(Math.abs(levels[0]! - levels[1]!)).toBeLessThan(3);
    expect(Math.abs(levels[0]! + 20)).toBeLessThan(3);
  });

  it('numbers an over from its marker on without a gap, and lets timestamps follow real time between overs', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(tone1k(1));
    world.run(5000);
    be.talk(tone1k(1));
    world.run(2000);
    expectContiguous(fr.voice);
    expect(fr.voice.filter(({ marker }) => marker).map(({ sequence }) => sequence)).toEqual([
      fr.voice[0]!.sequence,
      fr.voice[50]!.sequence,
    ]);
    expect(gapsMs(fr.voice)).toEqual([4000]);
    expect(new Set(fr.voice.map(({ ssrc }) => ssrc)).size).toBe(1);
  });

  it.each([10, 30, 40, 60])('takes packets of %i ms and sends such packets', (ptimeMs) => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr', {}, { ptimeMs });
    be.talk(tone1k(2.4), { ptimeMs });
    world.run(4000);
    expect(new Set(fr.voice.map(({ payload }) => payload.length))).toEqual(new Set([8 * ptimeMs]));
    expect(gapsMs(fr.voice)).toEqual([]);
    expectContiguous(fr.voice);
    expect(fr.heard().length / 8).toBeGreaterThanOrEqual(2400);
    expect(levelAt(fr.heard().subarray(800, 18_000), 1000, 8000)).toBeCloseTo(-20, 0);
    expect(world.overs[0]?.lostMs).toEqual({ fr: 0 });
  });

  it('starts a call with an SSRC, a number and a timestamp of its own', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(tone1k(0.2));
    world.run(1000);
    fr.connect();
    be.talk(tone1k(0.2));
    world.run(1000);
    expect(new Set(fr.voice.map(({ ssrc }) => ssrc)).size).toBe(2);
  });
});

describe('voice path, impaired network', () => {
  const lossy = (percent: number, seed = 5): Network =>
    (() => {
      const random = new SeededRandom(seed);
      return () => (random.fraction() * 100 < percent ? [] : [0]);
    })();

  it.each([
    [1, 0.99, 40],
    [5, 0.97, 100],
    [20, 0.93, 200],
  ])('at %i percent loss covers %f of the tone, with no gap above %i ms', (percent, cover, gapMs) => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(tone1k(20), { network: lossy(percent) });
    world.run(22_000);
    const heard = fr.heard();
    let covered = 0;
    let gap = 0;
    let longest = 0;
    for (let at = 0; at + 160 <= heard.length; at += 160) {
      const present = levelDbov(heard.subarray(at, at + 160)) > -35;
      covered += present ? 1 : 0;
      gap = present ? 0 : gap + 20;
      longest = Math.max(longest, gap);
    }
    expect(covered / (heard.length / 160)).toBeGreaterThanOrEqual(cover);
    expect(longest).toBeLessThanOrEqual(gapMs);
    expectContiguous(fr.voice);
    expect(world.overs).toHaveLength(1);
    expect(world.overs[0]!.packetsLost).toBeGreaterThan(0);
  });

  it('conceals three lost packets 30 ms after the fourth arrived, in their places', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(tone1k(1), { network: (i) => (i >= 20 && i < 23 ? [] : [0]) });
    world.run(2000);
    expect(fr.voice).toHaveLength(50);
    expect(gapsMs(fr.voice)).toEqual([]);
    expect(fr.voice.slice(20, 24).map(({ atMs }) => atMs - 1000)).toEqual([490, 490, 490, 490]);
  });

  it('leaves what is lost beyond 60 ms as a gap in time', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(tone1k(1), { network: (i) => (i >= 20 && i < 28 ? [] : [0]) });
    world.run(2000);
    expect(gapsMs(fr.voice)).toEqual([100]);
    expectContiguous(fr.voice);
  });

  it('mends the order of packets that overtake each other by 30 ms, without standing delay', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(french, { network: (i) => [i % 10 === 4 ? 25 : 0] });
    world.run(6000);
    expect(align(fr.heard(), french, 40).likeness).toBeGreaterThan(0.9);
    expect(gapsMs(fr.voice)).toEqual([]);
    const late = fr.voice.filter(({ atMs }, i) => atMs - (1000 + 20 * i) > 25);
    expect(late).toHaveLength(0);
  });

  it('hears duplicates once', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(tone1k(1), { network: (i) => (i % 3 === 0 ? [0, 3] : [0]) });
    world.run(2000);
    expect(fr.voice).toHaveLength(50);
    expect(gapsMs(fr.voice)).toEqual([]);
  });

  it('holds bar 19 and its goal: loss 10 %, jitter 20 ms, reorder 2 %, duplicates 1 %', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    const random = new SeededRandom(11);
    be.talk(tone1k(25), {
      network: () => {
        if (random.fraction() < 0.1) return [];
        const delayMs = 20 * random.fraction() + (random.fraction() < 0.02 ? 30 : 0);
        return random.fraction() < 0.01 ? [delayMs, delayMs + 5] : [delayMs];
      },
    });
    world.run(27_000);
    const heard = fr.heard();
    const windows = Math.floor(heard.length / 160);
    const covered = Array.from({ length: windows }, (_, w) => levelDbov(heard.subarray(160 * w, 160 * w + 160)) > -35);
    expect(covered.filter(Boolean).length / windows).toBeGreaterThanOrEqual(0.97);
    expect(world.overs).toHaveLength(1);
    expect(world.overs[0]!.end).toBe('released');
  });
});

describe('voice path, hostile network', () => {
  it('hears nothing of packets with another SSRC while the stream lives', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(tone1k(5));
    for (let i = 0; i < 250; i++) {
      const forged = be.packet(tone(2300, -3, 160, 8000));
      be.sequence -= 1;
      be.timestamp -= 160;
      forged[11] = 0x99;
      be.sendAt(1010 + 20 * i, forged);
    }
    world.run(6000);
    expect(levelAt(fr.heard().subarray(800), 1000, 8000)).toBeCloseTo(-20, 0);
    expect(levelAt(fr.heard(), 2300, 8000)).toBeLessThan(-60);
    expect(be.leg.inbound.input.rejected).toBe(250);
  });

  it('hears nothing of packets with the right SSRC and numbers far off', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(tone1k(5));
    for (let i = 0; i < 250; i++) {
      const forged = be.packet(tone(2300, -3, 160, 8000));
      be.sequence -= 1;
      be.timestamp -= 160;
      forged[2] = 0x80 + (i & 0x3f);
      be.sendAt(1010 + 20 * i, forged);
    }
    world.run(6000);
    expect(levelAt(fr.heard(), 2300, 8000)).toBeLessThan(-60);
    expect(fr.voice.length).toBeGreaterThanOrEqual(250);
  });

  it('is heard on in time where a sender numbers anew within his over', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', { keyIn: { mode: 'presence', releaseAfterMs: 800, dtxHoldMs: 800 } });
    const fr = world.leg('fr');
    be.talk(tone1k(1));
    world.run(1000);
    world.run(300);
    be.ssrc = 0x4321;
    be.sequence = 40_000;
    be.timestamp = 0x9000_0000;
    be.talk(tone1k(1));
    world.run(2000);
    expect(world.overs).toHaveLength(1);
    const ticks = fr.voice.slice(1).map(({ timestamp }, i) => (timestamp - fr.voice[i]!.timestamp) | 0);
    const late = fr.voice.slice(1).map(({ atMs }, i) => atMs - fr.voice[i]!.atMs);
    expect(Math.min(...ticks)).toBe(160);
    expect(Math.max(...ticks.map((each, i) => Math.abs(each - 8 * late[i]!)))).toBeLessThanOrEqual(160);
    expect(levelAt(fr.heard().subarray(8 * 1400, 8 * 2200), 1000, 8000)).toBeCloseTo(-20, 0);
  });

  it('hears a key again where the sender’s numbering began anew', () => {
    const world = new VirtualGroup();
    const keyIn = { mode: 'telephone-event', on: '*', off: '#', releaseAfterMs: 900 } as const;
    const be = world.leg('be', { keyIn }, { telephoneEventPayloadType: 101 });
    world.leg('fr');
    be.key('*');
    world.run(300);
    be.talk(tone1k(1));
    world.run(1000);
    expect(world.holder).toBe('be');
    world.run(1500);
    expect(world.holder).toBeUndefined();
    be.ssrc = 0x4321;
    be.timestamp = 5000; // the very time of the first key
    be.sequence = 1000;
    be.key('*');
    world.run(200);
    expect(world.holder).toBe('be');
  });

  it('survives 10,000 random datagrams, and the call beside them goes on', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    const random = new SeededRandom(3);
    be.talk(dutch);
    for (let i = 0; i < 5000; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(40 * random.fraction()) }, () => 256 * random.fraction());
      if (bytes.length > 1) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
      const at = 1000 + 8000 * random.fraction();
      world.clock.callAt(at, () => world.group.onLegDatagram(be.leg, bytes, world.nowMs));
      world.clock.callAt(at, () => world.group.onLegReport(be.leg, bytes, world.nowMs));
    }
    world.run(9000);
    expect(align(fr.heard(), dutch, 40).likeness).toBeGreaterThan(0.9);
  });
});
