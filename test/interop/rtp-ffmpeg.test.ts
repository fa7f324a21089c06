/**
 * RTP without signalling, unicast and multicast, with ffmpeg at every far end: each says speech in its codec, and all
 * others record what they get in theirs. On loopback; 127.0.0.2 is a stranger there.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LegMedia, StaticLine } from '../../src/voice/contract.ts';
import { type FfmpegLine, FfmpegRecorder, ffmpegSays } from './support/ffmpeg.ts';
import { show } from './support/figures.ts';
import { freeBlock, loopback } from './support/ports.ts';
import { resampled } from './support/sound.ts';
import { type Comparison, compareSpeech, traceOf } from './support/speech-compare.ts';
import { playing } from './support/until.ts';
import { readWav, type Sound } from './support/wav.ts';
import { VoiceRig } from './voice-rig.ts';

const wide = beginningOf(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)));
const french = resampled(wide, 8000);
const dutch = beginningOf(readWav(new URL('../vectors/speech-nl-8k.wav', import.meta.url)));

const codecs = { a: ['PCMA', 8], b: ['G722', 9], c: ['L16/16000', 96], d: ['opus', 97] } as const satisfies Record<
  string,
  readonly [LegMedia['codec'], number]
>;
type Name = keyof typeof codecs;
const names = Object.keys(codecs) as Name[];
/** Speech that is not there scores up to 0.45 by chance. */
const absent = 0.5;
const stranger = '127.0.0.2';

let rig: VoiceRig;
/** Where each far end sends, and where it is sent to. */
let toGateway: Record<Name, FfmpegLine>;
let fromGateway: Record<Name, FfmpegLine>;

beforeEach(async () => {
  rig = new VoiceRig();
  await rig.start();
});
afterEach(() => rig.stop());

/** Three seconds. */
function beginningOf({ rateHz, samples }: Sound): Sound {
  return { rateHz, samples: samples.slice(0, 3 * rateHz) };
}

async function open(multicast: boolean, sources: readonly string[]): Promise<void> {
  const port = await freeBlock(16);
  const lines = names.map((name, i) => {
    const [codec, payloadType] = codecs[name];
    const group = `239.255.${17 + i}.1`;
    const ours = { address: multicast ? group : loopback, port: port + 2 * i };
    const theirs = multicast ? ours : { address: loopback, port: port + 8 + 2 * i };
    const line: StaticLine = {
      sources,
      rtcp: false,
      ...(multicast && { multicast: { group, interface: loopback, ttl: 1, loopback: true } }),
    };
    rig.static(name, ours.port, line, { codec, payloadType, remote: theirs });
    return [name, { codec, payloadType, to: ours }, { codec, payloadType, to: theirs }] as const;
  });
  toGateway = Object.fromEntries(lines.map(([name, to]) => [name, to])) as Record<Name, FfmpegLine>;
  fromGateway = Object.fromEntries(lines.map(([name, , from]) => [name, from])) as Record<Name, FfmpegLine>;
  for (const name of names) await rig.until(() => rig.events.some((e) => e.name === 'legOpened' && e.leg === name));
}

function expectWhole(what: string, figures: Comparison): void {
  const { matches: _, ...shown } = figures;
  show(what, shown);
  expect(figures.coverAfterOnset).toBeGreaterThanOrEqual(0.99);
  expect(figures.longestGapMs).toBeLessThanOrEqual(100);
  expect(figures.onsetMissingMs).toBeLessThanOrEqual(50);
  expect(figures.tailMissingMs).toBeLessThanOrEqual(50);
  expect(Math.abs(figures.levelDb)).toBeLessThanOrEqual(1.5);
}

/** `name` says something, the others record. Returns what they heard. */
async function heardWhile(name: Name, say: () => Promise<unknown>): Promise<Record<string, Sound>> {
  const recorders = names
    .filter((each) => each !== name)
    .map((each) => [each, new FfmpegRecorder(fromGateway[each])] as const);
  await Promise.all(recorders.map(([, recorder]) => recorder.opened()));
  await say();
  await playing(700);
  return Object.fromEntries(
    await Promise.all(recorders.map(async ([each, recorder]) => [each, await recorder.stop()] as const)),
  );
}

describe.each([
  ['unicast', false, ['b', 'd']],
  ['multicast', true, names],
] as const)('ffmpeg at four far ends, %s', (way, multicast, talkers) => {
  it.each(talkers)('%s is heard by all others, in their codecs, whole and at its level', async (name) => {
    await open(multicast, [loopback]);
    const heard = await heardWhile(name, () => ffmpegSays(wide, toGateway[name]));
    for (const [other, recording] of Object.entries(heard)) {
      expectWhole(`${way} ${codecs[name][0]} → ${codecs[other as Name][0]}`, compareSpeech(french, recording));
    }
    expect(rig.events).toContainEqual({ name: 'legHeard', leg: name });
  });
});

describe('who is heard on a static line', () => {
  // A prefix among the sources makes the group be joined for all, so that it is ours to tell them apart.
  it.each([
    [false, [loopback]],
    [true, [loopback]],
    [true, [`${loopback}/32`]],
  ] as const)('a stranger is not, nor does he disturb (multicast: %s, sources: %s)', async (multicast, sources) => {
    await open(multicast, sources);
    const heard = await heardWhile('a', () =>
      Promise.all([
        ffmpegSays(dutch, toGateway.a, { from: stranger, ssrc: 7 }),
        ffmpegSays(wide, toGateway.a, { ssrc: 7 }),
      ]),
    );
    for (const recording of Object.values(heard)) {
      expectWhole(`beside a stranger, multicast ${multicast}`, compareSpeech(french, recording));
      expect(traceOf(dutch, recording).score).toBeLessThan(absent);
    }
    // Source-specific, the system itself keeps him out.
    const isSpecific = multicast && sources[0] === loopback;
    if (isSpecific) expect((await rig.statistics()).counters.strangers).toBe(0);
    else await rig.until(() => (rig.lastRow('a')?.strangers ?? 0) > 100);
  });

  it('a sender that begins anew is, with another SSRC or the same, from another port', async () => {
    await open(true, [loopback]);
    const recorder = new FfmpegRecorder(fromGateway.b);
    await recorder.opened();
    for (const ssrc of [7, 8, 8]) await ffmpegSays(dutch, toGateway.a, { ssrc });
    await playing(700);
    const recording = await recorder.stop();
    const third = Math.floor(recording.samples.length / 3);
    for (const part of [0, 1, 2]) {
      const samples = recording.samples.slice(part * third, (part + 1) * third);
      const figures = compareSpeech(dutch, { rateHz: 8000, samples });
      show(`begun anew, part ${part + 1}`, { cover: figures.cover, gapMs: figures.longestGapMs });
      expect(figures.cover).toBeGreaterThan(0.9);
    }
  });

  it('tells of packets that it was not set up for', async () => {
    await open(false, [loopback]);
    await ffmpegSays(dutch, { ...toGateway.a, codec: 'G722', payloadType: 9 });
    await rig.until(() => rig.last('legForeign') !== undefined);
    expect(rig.last('legForeign')).toEqual({ name: 'legForeign', leg: 'a', payloadType: 9, tetra: false });
    expect(rig.last('legHeard')).toBeUndefined();
  });
});
