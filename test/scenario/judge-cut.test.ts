import { describe, expect, it } from 'vitest';
import { besideWords } from '../../scenario/beside-words.ts';
import { cutToneIn, noteHz } from '../../scenario/cut-tone.ts';
import type { Facts, HeardPacket, RecordedFact, SaidLine } from '../../scenario/facts.ts';
import { judgeAllCuts, judgeCut } from '../../scenario/judge-cut.ts';
import { alawOf } from '../../scenario/speech.ts';
import { createFrame, frameRateHz, frameSamples } from '../../src/media/frame.ts';
import { levelDbov } from '../../src/media/level.ts';
import { CatchUp } from '../../src/media/time-stretch.ts';
import { resample } from '../../src/media/wav.ts';
import { cutTone, cutToneUnder } from '../../src/talkgroups/cut-tone.ts';
import { joined, resampled, silence } from '../interop/support/sound.ts';
import { alawSample, readWav, type Sound } from '../interop/support/wav.ts';
import { scaled, tone } from '../media/signals.ts';
import { factsWith, logged, shown, startMs } from './facts-of-test.ts';

const speechOf = (name: string): Sound => resampled(readWav(new URL(`../vectors/${name}.wav`, import.meta.url)), 8000);
const french = speechOf('speech-fr-16k');
const dutch = speechOf('speech-nl-8k');
/** As legs are joined: the tone is so much softer. */
const levelled = (samples: Float32Array) => scaled(samples, -20 - levelDbov(samples));
const frenchWide = levelled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)).samples);
const dutchWide = levelled(resample(dutch.samples, 8000, frameRateHz));
const at8k = (frames: readonly Float32Array[]) => resample(joined(...frames), frameRateHz, 8000);
const plain = at8k(cutTone);
const under = at8k(cutToneUnder);

function framesOf(samples: Float32Array): readonly Float32Array[] {
  return Array.from({ length: Math.floor(samples.length / frameSamples) }, (_, index) =>
    samples.subarray(index * frameSamples, (index + 1) * frameSamples),
  );
}

/** As a network hears it. */
function coded(...parts: readonly Float32Array[]): Sound {
  const samples = joined(...parts);
  return { rateHz: 8000, samples: Float32Array.from(alawOf({ rateHz: 8000, samples }), (octet) => alawSample(octet)) };
}

function mixed(one: Float32Array, other: Float32Array): Float32Array {
  return one.map((sample, index) => sample + (other[index] ?? 0));
}

describe('the tone of cut speech', () => {
  it('is found behind the last word, and how loud it is', () => {
    const found = cutToneIn(coded(french.samples.slice(0, 16_000), plain, silence(0.2)));
    expect(found?.atS).toBeCloseTo(2, 1);
    expect(found?.levelDbov).toBeGreaterThan(-26);
    expect(found?.levelDbov).toBeLessThan(-21);
  });

  it('is found in no speech, nor in one of its notes, nor in both the other way round', () => {
    const high = tone(1040, -23, 1280, 8000);
    const low = tone(520, -23, 1280, 8000);
    for (const other of [
      french.samples,
      dutch.samples,
      high,
      low,
      joined(low, high),
      joined(high, silence(0.2), low),
    ]) {
      expect(cutToneIn(coded(silence(0.1), other, silence(0.1)))).toBeUndefined();
    }
  });

  it('is found under words that are known, and not where they are alone', () => {
    const words = dutch.samples.slice(2400, 14_400);
    const heard = (samples: Float32Array) => coded(silence(0.061), scaled(samples, -1.6));
    expect(cutToneIn(heard(mixed(words, under)))).toBeUndefined();
    const toned = besideWords({ rateHz: 8000, samples: words }, heard(mixed(words, under)), 900, noteHz);
    expect(cutToneIn(toned ?? dutch)).toMatchObject({ atS: expect.closeTo(0, 1) });
    const alone = besideWords({ rateHz: 8000, samples: words }, heard(words), 900, noteHz);
    expect(alone).toBeDefined();
    expect(cutToneIn(alone ?? dutch)).toBeUndefined();
    expect(
      besideWords({ rateHz: 8000, samples: words }, coded(french.samples.slice(0, 12_000)), 900, noteHz),
    ).toBeUndefined();
  });

  /** As a network that has to set up hears words behind others that it has still to hear. */
  const hastened = (waiting: Float32Array, following: Float32Array): Sound => {
    const catchUp = new CatchUp({ backlogMsMax: 2000 });
    const out: Float32Array[] = [];
    const pull = () => {
      const frame = createFrame();
      if (catchUp.pull(frame)) out.push(frame);
    };
    for (const frame of framesOf(waiting)) catchUp.push(frame);
    for (const frame of framesOf(following)) {
      catchUp.push(frame);
      pull();
    }
    for (let turns = 100; turns > 0; turns--) pull();
    return coded(resample(joined(...out), frameRateHz, 8000));
  };

  it.each([0, 200, 450])('is found under words that wait for %i ms and are hastened, and only there', (ms) => {
    for (const [own, waited, beginMs] of [
      [frenchWide, dutchWide, 900],
      [dutchWide, frenchWide, 300],
    ] as const) {
      const words = own.slice(16 * beginMs, 16 * (beginMs + 2000));
      const said: Sound = { rateHz: 8000, samples: resample(words, frameRateHz, 8000) };
      const waiting = waited.slice(16_000, 16_000 + 16 * ms);
      const toned = besideWords(said, hastened(waiting, mixed(words, joined(...cutToneUnder))), 900, noteHz);
      expect(cutToneIn(toned ?? french), 'toned').toBeDefined();
      const alone = besideWords(said, hastened(waiting, words), 900, noteHz);
      expect(cutToneIn(alone ?? dutch), 'alone').toBeUndefined();
    }
  });
});

const config = { units: [{ id: 'tv41', callSign: 'TV 41' }] } as never;
const cutMs = 2000;
const line: SaidLine = {
  ...{ step: 3, by: 'tv41', speech: french, startMs, endMs: startMs + 4500, group: 'g', party: 'g/inpt' },
  ...{ talkgroup: 'inpt', members: ['inpt', 'as', 'ru'], played: new Map(), whole: false },
};

function packets(talkgroup: string, fromMs: number, { samples }: Sound): HeardPacket[] {
  return Array.from({ length: Math.floor(samples.length / 160) }, (_, index) => ({
    ...{ atMs: startMs + fromMs + 20 * index, talkgroup, attachment: talkgroup, timestamp: 160 * index },
    ...{ alaw: alawOf({ rateHz: 8000, samples: samples.slice(160 * index, 160 * index + 160) }), carried: true },
    silent: false,
  }));
}

const words: Sound = { rateHz: 8000, samples: french.samples.slice(0, 8 * cutMs) };
const toned: Sound = { rateHz: 8000, samples: joined(words.samples, plain) };
const cutLine = (end: string, late: boolean) =>
  logged(cutMs + (late ? 3000 : 0), 'over.cut', { group: 'g', party: 'g/inpt', over: 7, end, late });
const up = (talkgroup: string) =>
  logged(-1000, 'leg.changed', { leg: `g/${talkgroup}`, state: 'up', attachment: talkgroup });

function recording(sound: Sound, end: string): RecordedFact {
  return {
    step: 3,
    kept: logged(2100, 'recording.kept', { group: 'g', over: 7 }),
    tags: new Map([['END', end]]),
    sound,
  };
}

const whole: Partial<Facts> = {
  said: [line],
  heard: [...packets('as', 10, toned), ...packets('ru', 460, toned)],
  log: [up('as'), up('ru'), cutLine('pre-empted', false)],
  recorded: [recording(toned, 'pre-empted')],
  shown: [shown(0, 'op', 'g'), shown(cutMs + 200, 'op', 'g', { cut: 'TV 41 coupé : préemptée' })],
};

describe('speech that was cut (A-24)', () => {
  it('passes where all who heard it are told, its recording says so and consoles show it', () => {
    expect(judgeCut(line, factsWith(whole), config)).toEqual({
      result: 'passed',
      figure: 'pre-empted: tone on 2 of 2 legs; recording says END=pre-empted; 1 console within 200 ms',
    });
  });

  it.each<[string, Partial<Facts>]>([
    ['a leg does not hear the tone', { heard: [...packets('as', 10, toned), ...packets('ru', 460, words)] }],
    ['no leg is there', { log: [cutLine('pre-empted', false)] }],
    ['it was not found out', { log: [up('as'), up('ru')] }],
    ['the recording seems to have ended by itself', { recorded: [recording(toned, 'released')] }],
    ['the recording ends without the tone', { recorded: [recording(words, 'pre-empted')] }],
    ['there is no recording', { recorded: [] }],
    ['a console does not show it', { shown: [...(whole.shown ?? []), shown(0, 'op2', 'g')] }],
    ['a console shows another', { shown: [shown(cutMs + 200, 'op', 'g', { cut: 'BAC 2 coupé : préemptée' })] }],
    ['a console shows it late', { shown: [shown(cutMs + 5500, 'op', 'g', { cut: 'TV 41 coupé : préemptée' })] }],
  ])('fails where %s', (_, change) => {
    expect(judgeCut(line, factsWith({ ...whole, ...change }), config).result).toBe('failed');
  });

  it('asks neither whoever talks next for the tone, nor a leg that the fault took', () => {
    const next = logged(cutMs, 'floor.answered', { group: 'g', party: 'g/ru', result: 'granted' });
    const heard = packets('as', 10, toned);
    const taken = factsWith({ ...whole, heard, log: [...(whole.log ?? []), next] });
    expect(judgeCut(line, taken, config).figure).toContain('tone on 1 of 1 leg;');
    const outage = { attachments: ['inpt', 'ru'], cutMs: startMs + cutMs, healedMs: Number.POSITIVE_INFINITY };
    const late = factsWith({
      ...{ ...whole, heard: packets('as', cutMs + 3000, { rateHz: 8000, samples: plain }) },
      ...{ log: [up('as'), up('ru'), cutLine('left', true)], recorded: [recording(words, 'left')] },
      shown: [shown(cutMs + 3200, 'op', 'g', { cut: 'TV 41 coupé : liaison perdue' })],
    });
    expect(judgeCut(line, late, config, outage)).toEqual({
      result: 'passed',
      figure: 'left, 3.0 s after the fault: tone on 1 of 1 leg; recording says END=left; 1 console within 200 ms',
    });
  });

  it('throughout marks no line that its talker has ended', () => {
    const cut = [{ line }];
    const other: SaidLine = { ...line, step: 5, startMs: startMs + 20_000, endMs: startMs + 24_000, whole: true };
    const facts = factsWith({ ...whole, said: [line, other] });
    expect(judgeAllCuts(cut, facts, config).result).toBe('passed');
    expect(judgeAllCuts(cut, facts, config).figure).toContain('1 line cut, 0 of 1 others marked so');
    const log = [...facts.log, logged(22_000, 'over.cut', { group: 'g', party: 'g/inpt', over: 9, end: 'left' })];
    expect(judgeAllCuts(cut, { ...facts, log }, config)).toMatchObject({
      result: 'failed',
      figure: expect.stringContaining('1 of 1 others marked so (tv41)'),
    });
    expect(judgeAllCuts(cut, { ...facts, heard: [] }, config).result).toBe('failed');
  });
});
