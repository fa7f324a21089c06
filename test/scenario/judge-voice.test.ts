/** The judges over made-up runs: what they must let pass, and what they must not. */
import { describe, expect, it } from 'vitest';
import type { Facts, HeardPacket, SaidLine, ToldFact } from '../../scenario/facts.ts';
import {
  judgeDelay,
  judgeDenial,
  judgeIsolation,
  judgeLoops,
  judgeNational,
  judgeOneFloor,
  judgeOnset,
  judgeOwnEcho,
  judgeReach,
} from '../../scenario/judge-voice.ts';
import { alawOf } from '../../scenario/speech.ts';
import { resampled } from '../interop/support/sound.ts';
import { readWav, type Sound } from '../interop/support/wav.ts';

const french = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000);
const dutch = readWav(new URL('../vectors/speech-nl-8k.wav', import.meta.url));
const part = ({ samples }: Sound, fromS: number, toS: number): Sound => ({
  rateHz: 8000,
  samples: samples.slice(8000 * fromS, 8000 * toS),
});
const line = part(french, 0.5, 3.5);
const other = part(dutch, 1, 2.5);
const startMs = 1_000_000;

const said = (change: Partial<SaidLine> = {}): SaidLine => ({
  step: 0,
  by: 'tn-op-1',
  speech: line,
  startMs,
  endMs: startMs + 3000,
  group: 'xb',
  party: 'xb/in:1',
  talkgroup: 'in:1',
  members: ['in:1', 'as:1', 'ru:1'],
  sentMs: (sample) => startMs + sample / 8,
  played: new Map(),
  whole: true,
  ...change,
});

/** A sound as it comes to a talkgroup, packet by packet. */
function heard(talkgroup: string, { samples }: Sound, fromMs: number, gain = 1): readonly HeardPacket[] {
  const alaw = alawOf({ rateHz: 8000, samples: samples.map((sample) => gain * sample) });
  return Array.from({ length: Math.floor(alaw.length / 160) }, (_, packet) => ({
    atMs: fromMs + 20 * packet,
    talkgroup,
    attachment: 'a',
    timestamp: 160 * packet,
    alaw: alaw.subarray(160 * packet, 160 * (packet + 1)),
    carried: true,
    silent: false,
  }));
}

const factsOf = (change: Partial<Facts>): Facts => ({
  ...{ heard: [], told: [], said: [said()], shown: [], noticed: [], done: [], announced: [], log: [] },
  ...{ hits: [], seen: [], recorded: [], exported: [], verified: [], logSearches: [] },
  ...{ startMs, endMs: startMs + 60_000 },
  ...change,
});

const world = { setUpMs: (talkgroup: string) => (talkgroup === 'ru:1' ? 450 : 0), refusalDigits: () => ['2', '3'] };
const well = [...heard('as:1', line, startMs + 30), ...heard('ru:1', line, startMs + 460)];

describe('reach (A-01)', () => {
  it('passes where every other leg heard it at its level', () => {
    expect(judgeReach(said(), factsOf({ heard: well }), world)).toMatchObject({ result: 'passed' });
  });

  it.each([
    ['a leg heard nothing', heard('as:1', line, startMs + 30)],
    ['a leg heard half of it', [...heard('as:1', line, startMs), ...heard('ru:1', part(line, 0, 1.5), startMs)]],
    ['a leg heard it 6 dB fainter', [...heard('as:1', line, startMs), ...heard('ru:1', line, startMs, 0.5)]],
    ['a leg heard something else', [...heard('as:1', line, startMs), ...heard('ru:1', other, startMs)]],
    ['it came before the call was set up', well.map((packet) => ({ ...packet, carried: packet.talkgroup === 'as:1' }))],
  ])('fails where %s', (_, packets) => {
    expect(judgeReach(said(), factsOf({ heard: packets }), world)).toMatchObject({ result: 'failed' });
  });

  it('fails where there was nobody to hear it, or a console did not', () => {
    expect(judgeReach(said({ members: ['in:1'] }), factsOf({}), world)).toMatchObject({ result: 'failed' });
    const deaf = said({ played: new Map([['ccpd-be-1', other]]) });
    expect(judgeReach(deaf, factsOf({ heard: well }), world)).toMatchObject({ result: 'failed' });
  });

  it('does not ask of a network to hear while its own radio keys', () => {
    const interrupted = said({ step: 1, talkgroup: 'ru:1', startMs: startMs - 1000, endMs: startMs + 1000 });
    const heardElsewhere = heard('as:1', line, startMs + 30);
    const facts = factsOf({ said: [interrupted, said()], heard: heardElsewhere });
    expect(judgeReach(said(), facts, world)).toMatchObject({ result: 'passed' });
    expect(judgeReach(said(), factsOf({ heard: heardElsewhere }), world)).toMatchObject({ result: 'failed' });
  });
});

describe('delay and onset (A-02, A-03)', () => {
  it('measures the delay where networks have none of their own', () => {
    expect(judgeDelay(said(), factsOf({ heard: well }), world)).toEqual({
      result: 'passed',
      figure: 'p50 30.0 ms, p95 30.0 ms',
    });
    const late = heard('as:1', line, startMs + 230);
    expect(judgeDelay(said(), factsOf({ heard: late }), world)).toMatchObject({ result: 'failed' });
  });

  it('finds a first word that is missing on one leg alone', () => {
    expect(judgeOnset(said(), factsOf({ heard: well }), world)).toMatchObject({ result: 'passed' });
    const clipped = [...heard('as:1', line, startMs), ...heard('ru:1', part(line, 0.6, 3), startMs + 450)];
    expect(judgeOnset(said(), factsOf({ heard: clipped }), world)).toMatchObject({ result: 'failed' });
  });
});

describe('one floor and denial (A-07, A-08)', () => {
  const denied = said({
    ...{ step: 1, by: 'm31', speech: other, startMs: startMs + 400, endMs: startMs + 1900 },
    ...{ party: 'xb/as:1', talkgroup: 'as:1', whole: false },
  });
  const told = (afterMs: number): ToldFact => ({
    atMs: startMs + 400 + afterMs,
    talkgroup: 'as:1',
    name: 'digit',
    digit: '2',
  });
  const facts = (change: Partial<Facts>) =>
    factsOf({ said: [said(), denied], heard: well, told: [told(80)], ...change });

  it('passes where the holder alone was heard and the other was told', () => {
    expect(judgeOneFloor(denied, said(), facts({}))).toMatchObject({ result: 'passed' });
    expect(judgeDenial(denied, said(), facts({}), world)).toMatchObject({ result: 'passed' });
  });

  it('fails where both were mixed', () => {
    const mixed = Float32Array.from(line.samples, (sample, at) => 0.6 * sample + (other.samples[at - 3200] ?? 0));
    const heardMixed = heard('ru:1', { rateHz: 8000, samples: mixed }, startMs + 20);
    expect(judgeOneFloor(denied, said(), facts({ heard: heardMixed }))).toMatchObject({ result: 'failed' });
  });

  it('fails where the refused was told late, never, or is played afterwards', () => {
    expect(judgeDenial(denied, said(), facts({ told: [told(301)] }), world)).toMatchObject({ result: 'failed' });
    expect(judgeDenial(denied, said(), facts({ told: [] }), world)).toMatchObject({ result: 'failed' });
    const replayed = [...well, ...heard('ru:1', other, startMs + 4000)];
    expect(judgeDenial(denied, said(), facts({ heard: replayed }), world)).toMatchObject({ result: 'failed' });
  });
});

describe('isolation and loops (A-12, A-13)', () => {
  const national = said({ group: undefined as never, party: undefined as never, members: [], talkgroup: 'as:9' });

  it('lets nothing of a national group onto a leg or a screen', () => {
    expect(judgeNational(national, factsOf({}))).toMatchObject({ result: 'passed' });
    expect(judgeNational(national, factsOf({ heard: heard('ru:1', line, startMs + 100) }))).toMatchObject({
      result: 'failed',
    });
  });

  it('finds voice on a talkgroup that is in no group, unless an announcement was for it', () => {
    const leaked = factsOf({ heard: [...well, ...heard('ro:1', part(line, 0, 1), startMs)] });
    expect(judgeIsolation(factsOf({ heard: well }), new Set())).toMatchObject({ result: 'passed' });
    expect(judgeIsolation(leaked, new Set())).toEqual({
      result: 'failed',
      figure: '1000 ms outside over 1 line on ro:1',
    });
    expect(judgeIsolation(leaked, new Set(['ro:1']))).toMatchObject({ result: 'passed' });
  });

  it('takes the tone of a line that proves to have been cut for its group’s, and no other group’s', () => {
    const tone = heard('ru:1', part(line, 0, 0.1), startMs + 7500);
    const cut = (group: string) => ({ event: 'over.cut', group, time: new Date(startMs + 7400).toISOString() });
    const facts = (group: string) => factsOf({ heard: [...well, ...tone], log: [cut(group)] });
    expect(judgeIsolation(facts('xb'), new Set())).toMatchObject({ result: 'passed' });
    expect(judgeIsolation(facts('xb-2'), new Set())).toMatchObject({ result: 'failed' });
  });

  it('finds what comes back to its source, who keys by himself, and noise in the silence afterwards', () => {
    const silence = { fromMs: startMs + 10_000, toMs: startMs + 13_000 };
    expect(judgeLoops(factsOf({ heard: well }), silence)).toMatchObject({ result: 'passed' });
    const echo = factsOf({ heard: heard('in:1', line, startMs + 500) });
    expect(judgeOwnEcho(said(), echo)).toMatchObject({ result: 'failed' });
    expect(judgeLoops(echo, silence)).toMatchObject({ result: 'failed' });
    const ghost = { event: 'over.ended', party: 'xb/ru:1', time: new Date(startMs + 5000).toISOString() };
    expect(judgeLoops(factsOf({ log: [ghost] }), silence)).toMatchObject({ result: 'failed' });
    const late = factsOf({ heard: heard('ru:1', part(line, 0, 0.1), startMs + 11_000) });
    expect(judgeLoops(late, silence)).toMatchObject({ result: 'failed' });
  });
});
