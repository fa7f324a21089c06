/**
 * The three ways that voice takes through the gateway, on networks that lose, reorder and repeat packets and with
 * clocks that drift. What listeners heard is compared with what was said: level, delay, gaps, likeness.
 *
 * cover    share of the active windows of 20 ms (within 20 dB of the speech's level) that are heard at most 15 dB too
 *          faint in their place; what stands in for a lost packet counts as heard
 * likeness correlation over the whole of it; a lost packet counts in full, whatever stands in for it
 * delay    arrival of each packet − the moment at which what it says was spoken, filters and look-ahead included
 */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { activeLevelDbov, joined, levelAt, speech, tone } from '../media/signals.ts';
import { type Arrival, align, type Network, narrow, VirtualGroup } from './virtual-group.ts';

interface Impairment {
  readonly lossPercent?: number;
  readonly jitterMs?: number;
  readonly reorderPercent?: number;
  readonly duplicatePercent?: number;
}

/** A packet that is overtaken comes this much later. */
const overtakenMs = 30;

function networkOf(impairment: Impairment, seed = 5): Network {
  const { lossPercent = 0, jitterMs = 0, reorderPercent = 0, duplicatePercent = 0 } = impairment;
  const random = new SeededRandom(seed);
  const happens = (percent: number) => 100 * random.fraction() < percent;
  return () => {
    if (happens(lossPercent)) return [];
    const delayMs = jitterMs * random.fraction() + (happens(reorderPercent) ? overtakenMs : 0);
    return happens(duplicatePercent) ? [delayMs, delayMs + 5] : [delayMs];
  };
}

/** What one listener got: packets, and what they say at 8 kHz from the first of them on. */
interface Hearing {
  readonly packets: readonly Arrival[];
  readonly ticksPerMs: number;
  readonly pcm: Float32Array;
}

interface Said {
  readonly world: VirtualGroup;
  readonly startMs: number;
  readonly hearings: readonly Hearing[];
}

type Way = (said: Float32Array, network: Network) => Said;

const roomMs = 2000;

const legToLeg: Way = (said, network) => {
  const world = new VirtualGroup();
  const [be, fr] = [world.leg('be'), world.leg('fr')];
  be.talk(narrow(said), { network });
  world.run(said.length / 16 + roomMs);
  return { world, startMs: 1000, hearings: [{ packets: fr.voice, ticksPerMs: 8, pcm: fr.heard() }] };
};

const legToConsole: Way = (said, network) => {
  const world = new VirtualGroup();
  const be = world.leg('be');
  const router = world.feed([be]);
  be.talk(narrow(said), { network });
  world.run(said.length / 16 + roomMs);
  const hearing = { packets: router.stream('be'), ticksPerMs: 48, pcm: narrow(router.heard('be')) };
  return { world, startMs: 1000, hearings: [hearing] };
};

/** To a leg of each codec. */
const consoleToLegs: Way = (said, network) => {
  const world = new VirtualGroup();
  const legs = [world.leg('fr'), world.leg('gn', {}, { codec: 'PCMU', payloadType: 0 })];
  const operator = world.console('console:1');
  operator.request();
  operator.speak(said, { network });
  world.run(said.length / 16 + 300);
  operator.release();
  world.run(roomMs - 300);
  const hearings = legs.map((leg) => ({ packets: leg.voice, ticksPerMs: 8, pcm: leg.heard() }));
  return { world, startMs: 1000, hearings };
};

interface Judgement {
  readonly cover: number;
  readonly longestGapMs: number;
  readonly likeness: number;
  /** Of the active windows. */
  readonly levelDbov: number;
  readonly delayMs: { readonly p50: number; readonly max: number };
}

const windowSamples = 160;
const powerOf = (pcm: Float32Array, at: number): number => {
  let sum = 0;
  for (let i = Math.max(0, at); i < Math.min(pcm.length, at + windowSamples); i++) sum += pcm[i]! ** 2;
  return sum / windowSamples;
};
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function judge(said: Float32Array, startMs: number, { packets, ticksPerMs, pcm }: Hearing): Judgement {
  const first = packets[0]!;
  const { lag, likeness } = align(pcm, said, 200);
  const powers = Array.from({ length: said.length / windowSamples }, (_, n) => powerOf(said, n * windowSamples));
  const loudest = [...powers].sort((a, b) => b - a).slice(0, powers.length / 4);
  const least = (sumOf(loudest) / loudest.length) * 10 ** (-20 / 10);
  const active = [...powers.keys()].filter((n) => powers[n]! > least);
  const heard = active.map((n) => powerOf(pcm, n * windowSamples + lag));
  const gain = sumOf(heard) / sumOf(active.map((n) => powers[n]!));
  const covered = active.filter((n, i) => heard[i]! > powers[n]! * gain * 10 ** (-15 / 10));
  const missing = active.filter((n) => !covered.includes(n));
  let longest = 0;
  for (let at = 0, run = 0; at < missing.length; at++) {
    run = missing[at] === missing[at - 1]! + 1 ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  const delays = packets
    .map(({ atMs, timestamp }) => atMs - startMs + lag / 8 - ((timestamp - first.timestamp) | 0) / ticksPerMs)
    .sort((a, b) => a - b);
  return {
    cover: covered.length / active.length,
    longestGapMs: 20 * longest,
    likeness,
    levelDbov: 10 * Math.log10(sumOf(heard) / heard.length),
    delayMs: { p50: delays[delays.length >> 1]!, max: delays.at(-1)! },
  };
}

const spoken = joined(speech('fr'), speech('nl'));
const spokenNarrow = narrow(spoken);

const ways = [
  ['leg to leg', legToLeg, { likeness: 0.91, delayMs: 1, levelDbov: activeLevelDbov(spoken), levelDb: 1 }],
  ['leg to console', legToConsole, { likeness: 0.86, delayMs: 7, levelDbov: activeLevelDbov(spoken), levelDb: 1 }],
  // A microphone is brought to −20 dBov.
  ['console to legs', consoleToLegs, { likeness: 0.94, delayMs: 7, levelDbov: -20, levelDb: 2.5 }],
] as const;

/** Bar 19 of the quality bars, and its goal. */
const bar19: Impairment = { lossPercent: 5, jitterMs: 20, reorderPercent: 2, duplicatePercent: 1 };
const goal19: Impairment = { ...bar19, lossPercent: 10 };

interface Bar {
  readonly cover: number;
  readonly gapMs: number;
  /** How much of the likeness on a clean network may be missing. */
  readonly unlike: number;
  /** Delay on top of the clean network's: at the median, and of any packet. */
  readonly laterMs: number;
  readonly latestMs: number;
}

const impairments: readonly (readonly [string, Impairment, Bar])[] = [
  ['a clean network', {}, { cover: 1, gapMs: 0, unlike: 0, laterMs: 0, latestMs: 0 }],
  ['1 % loss', { lossPercent: 1 }, { cover: 0.99, gapMs: 20, unlike: 0.04, laterMs: 0, latestMs: 50 }],
  ['5 % loss', { lossPercent: 5 }, { cover: 0.99, gapMs: 40, unlike: 0.06, laterMs: 0, latestMs: 90 }],
  ['20 % loss', { lossPercent: 20 }, { cover: 0.96, gapMs: 60, unlike: 0.15, laterMs: 0, latestMs: 90 }],
  ['10 % overtaken', { reorderPercent: 10 }, { cover: 1, gapMs: 0, unlike: 0, laterMs: 0, latestMs: 30 }],
  ['30 % duplicates', { duplicatePercent: 30 }, { cover: 1, gapMs: 0, unlike: 0, laterMs: 0, latestMs: 0 }],
  ['bar 19', bar19, { cover: 0.97, gapMs: 60, unlike: 0.06, laterMs: 20, latestMs: 110 }],
  ['the goal of bar 19', goal19, { cover: 0.97, gapMs: 60, unlike: 0.08, laterMs: 20, latestMs: 110 }],
];

describe.each(ways)('speech from %s', (_name, way, clean) => {
  it.each(impairments)('holds on %s', (_network, impairment, bar) => {
    const { world, startMs, hearings } = way(spoken, networkOf(impairment));
    for (const hearing of hearings) {
      const heard = judge(spokenNarrow, startMs, hearing);
      expect(heard.cover).toBeGreaterThanOrEqual(bar.cover);
      expect(heard.longestGapMs).toBeLessThanOrEqual(bar.gapMs);
      expect(heard.likeness).toBeGreaterThan(clean.likeness - bar.unlike);
      expect(Math.abs(heard.levelDbov - clean.levelDbov)).toBeLessThan(clean.levelDb);
      expect(heard.delayMs.p50).toBeLessThanOrEqual(clean.delayMs + bar.laterMs);
      expect(heard.delayMs.max).toBeLessThanOrEqual(clean.delayMs + bar.latestMs);
      const { packets } = hearing;
      const numbers = packets.map(({ sequence }) => (sequence - packets[0]!.sequence) & 0xffff);
      expect(numbers).toEqual(packets.map((_, i) => i));
    }
    expect(world.overs).toHaveLength(1);
  });
});

const hourMs = 3_600_000;
const pieceMs = 5000;
const toneHz = 1000;
const pieceNarrow = tone(toneHz, -20, 8 * pieceMs, 8000);

/** Stretches of the hour that are listened to: coding all of it would take a minute and say no more. */
const stretches = [0, hourMs / 2, hourMs - 10_000].map((fromMs) => ({ fromMs: 1000 + fromMs, toMs: 11_000 + fromMs }));

/** A way on which a tone is said piece by piece. */
interface Line {
  readonly world: VirtualGroup;
  readonly ticksPerMs: number;
  readonly say: (clock: number) => void;
  readonly listen: (listens: boolean) => void;
  readonly packets: () => readonly Arrival[];
  readonly heard: (fromMs: number, toMs: number) => Float32Array;
}

const longOver = { talkLimitMs: 2 * hourMs, talkWarnMs: 2 * hourMs };

const lines: readonly (readonly [string, () => Line])[] = [
  [
    'leg to leg',
    () => {
      const world = new VirtualGroup(longOver);
      const [be, fr] = [world.leg('be'), world.leg('fr')];
      return {
        world,
        ticksPerMs: 8,
        say: (clock) => be.talk(pieceNarrow, { clock }),
        listen: () => undefined,
        packets: () => fr.voice,
        heard: (fromMs, toMs) => fr.heard(fromMs, toMs),
      };
    },
  ],
  [
    'leg to console',
    () => {
      const world = new VirtualGroup(longOver);
      const be = world.leg('be');
      const router = world.feed([be]);
      return {
        world,
        ticksPerMs: 48,
        say: (clock) => be.talk(pieceNarrow, { clock }),
        listen: (listens) => {
          router.feed.active = listens;
        },
        packets: () => router.stream('be'),
        heard: (fromMs, toMs) => narrow(router.heard('be', fromMs, toMs)),
      };
    },
  ],
  [
    'console to leg',
    () => {
      const world = new VirtualGroup(longOver);
      const fr = world.leg('fr');
      const operator = world.console('console:1');
      operator.request();
      // The second piece, which begins as it ends, can be said again and again.
      const packets = operator.encode(tone(toneHz, -20, 2 * 16 * pieceMs)).slice(pieceMs / 20);
      return {
        world,
        ticksPerMs: 8,
        say: (clock) => operator.send(packets, { clock }),
        listen: () => undefined,
        packets: () => fr.voice,
        heard: (fromMs, toMs) => fr.heard(fromMs, toMs),
      };
    },
  ],
];

/** What of a second is not the tone, in its loudest window of 20 ms, dB below the tone: a click, a hole, a jump. */
function impurityDb(second: Float32Array): number {
  let [re, im] = [0, 0];
  const turn = (2 * Math.PI * toneHz) / 8000;
  for (let i = 0; i < second.length; i++) {
    re += (2 / second.length) * second[i]! * Math.cos(turn * i);
    im += (2 / second.length) * second[i]! * Math.sin(turn * i);
  }
  const rest = second.map((x, i) => x - re * Math.cos(turn * i) - im * Math.sin(turn * i));
  const loudest = Math.max(...Array.from({ length: 50 }, (_, n) => powerOf(rest, n * windowSamples)));
  return 10 * Math.log10(loudest / ((re * re + im * im) / 2));
}

describe.each(lines)('an hour from %s', (_name, open) => {
  const ofClock = 'of a clock that is off by 200 ppm: no drift, no click (factor %f)';
  it.each([1.0002, 0.9998])(ofClock, { timeout: 60_000 }, (clock) => {
    const { world, ticksPerMs, say, listen, packets, heard } = open();
    for (let saidMs = 0; saidMs < hourMs + pieceMs; saidMs += pieceMs) {
      listen(stretches.some(({ fromMs, toMs }) => world.nowMs < toMs && world.nowMs + pieceMs > fromMs));
      say(clock);
      world.run(pieceMs / clock);
    }
    world.run(1500);
    expect(world.overs).toHaveLength(1);
    const first = packets()[0]!;
    for (const { fromMs, toMs } of stretches) {
      const listened = packets().filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
      expect(Math.abs(listened.length - (500 * (toMs - fromMs)) / 10_000)).toBeLessThanOrEqual(1);
      // Each packet arrives when the talker, by his own clock, has said it.
      const driftsMs = listened.map(
        ({ atMs, timestamp }) => atMs - first.atMs - ((timestamp - first.timestamp) >>> 0) / ticksPerMs / clock,
      );
      expect(Math.max(...driftsMs.map(Math.abs))).toBeLessThan(0.1);
      const pcm = heard(fromMs, toMs);
      for (let second = 1; second < 9; second++) {
        const part = pcm.subarray(8000 * second, 8000 * (second + 1));
        expect(Math.abs(levelAt(part, toneHz, 8000) + 20)).toBeLessThan(0.5);
        expect(impurityDb(part)).toBeLessThan(-26);
      }
    }
  });
});
