import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeG711, encodeG711 } from '../../src/media/g711.ts';
import { LevelControl } from '../../src/media/level-control.ts';
import { activeLevelDbov, framesOf, joined, noise, scaled, speech, tone } from './signals.ts';

const settings = { automatic: true, targetDbov: -20, gainMaxDb: 15 };

interface Passage {
  readonly out: Float32Array;
  /** Gain after each frame, dB. */
  readonly gains: readonly number[];
}

function pass(control: LevelControl, pcm: Float32Array): Passage {
  const frames = framesOf(pcm);
  const gains = frames.map((frame) => {
    control.process(frame);
    return control.gainDb;
  });
  return { out: joined(...frames), gains };
}

/** Ten seconds of speech at an active level. */
function talk(language: 'fr' | 'nl', levelDbov: number): Float32Array {
  const pcm = joined(speech(language), speech(language)).subarray(0, 160_000);
  return scaled(pcm, levelDbov - activeLevelDbov(pcm));
}

/** As a leg delivers it. */
function throughAlaw(pcm: Float32Array): Float32Array {
  const coded = new Uint8Array(pcm.length);
  encodeG711('PCMA', pcm, pcm.length, coded, 0);
  const out = new Float32Array(pcm.length);
  decodeG711('PCMA', coded, 0, coded.length, out);
  return out;
}

/** The most by which the gain moves within any second. */
function movementDb(gains: readonly number[]): number {
  const seconds = Array.from({ length: Math.max(0, gains.length - 49) }, (_, at) => gains.slice(at, at + 50));
  return Math.max(...seconds.map((second) => Math.max(...second) - Math.min(...second)));
}

describe('level control on speech', () => {
  it.each(['fr', 'nl'] as const)(
    'brings %s legs at −35 and −12 dBov within 3 dB of each other after 5 s',
    (language) => {
      const quiet = pass(new LevelControl(settings), talk(language, -35));
      const loud = pass(new LevelControl(settings), talk(language, -12));
      const [quietDbov, loudDbov] = [quiet, loud].map(({ out }) => activeLevelDbov(out.subarray(80_000)));
      expect(Math.abs(quietDbov! - loudDbov!)).toBeLessThan(3);
      expect(Math.abs(quietDbov! + 20)).toBeLessThan(2.5);
      expect(Math.abs(loudDbov! + 20)).toBeLessThan(2.5);
    },
  );

  it.each([-23, -22, -20, -18, -17])('touches nominal speech of %d dBov by 3 dB at most', (levelDbov) => {
    for (const language of ['fr', 'nl'] as const) {
      const { gains } = pass(new LevelControl(settings), talk(language, levelDbov));
      expect(Math.max(...gains.map(Math.abs))).toBeLessThanOrEqual(3);
    }
  });

  it('brings A-law speech of −35 to −10 dBov, of either language and any beginning, within 3 dB of each other', () => {
    const levels: number[] = [];
    for (const language of ['fr', 'nl'] as const) {
      for (const from of [0, 32_000]) {
        const whole = speech(language);
        const turned = joined(whole.subarray(from), whole.subarray(0, from));
        const voice = scaled(joined(turned, turned, turned), -20 - activeLevelDbov(whole));
        for (let levelDbov = -35; levelDbov <= -10; levelDbov += 5) {
          const { out, gains } = pass(new LevelControl(settings), throughAlaw(scaled(voice, levelDbov + 20)));
          // All of it counts, said twice: its parts differ in level.
          levels.push(activeLevelDbov(out.subarray(whole.length)));
          expect(movementDb(gains.slice(250))).toBeLessThan(1);
        }
      }
    }
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(3);
    expect(Math.max(...levels.map((level) => Math.abs(level + 20)))).toBeLessThan(2);
  });

  it('does not pump: after 5 s the gain moves by less than 1 dB in any second, pauses included', () => {
    for (let levelDbov = -35; levelDbov <= -10; levelDbov += 5) {
      const { gains } = pass(new LevelControl(settings), joined(talk('nl', levelDbov), talk('nl', levelDbov)));
      expect(movementDb(gains.slice(250))).toBeLessThan(1);
    }
  });

  it('raises by 6 dB a second at most and lowers by 20', () => {
    for (const levelDbov of [-40, -3]) {
      const { gains } = pass(new LevelControl(settings), talk('fr', levelDbov));
      for (const [n, gain] of gains.entries()) {
        const step = gain - (gains[n - 1] ?? 0);
        expect(step).toBeLessThanOrEqual(0.12 + 1e-9);
        expect(step).toBeGreaterThanOrEqual(-0.4 - 1e-9);
      }
    }
  });

  it('stays within ±15 dB for speech at −45 and at −2 dBov', () => {
    expect(pass(new LevelControl(settings), talk('fr', -45)).gains.at(-1)).toBeLessThanOrEqual(15);
    expect(pass(new LevelControl(settings), talk('fr', -45)).gains.at(-1)).toBeGreaterThan(13);
    expect(pass(new LevelControl(settings), talk('fr', -2)).gains.at(-1)).toBeGreaterThanOrEqual(-15);
  });

  it('finds the level of a second talker who is 25 dB quieter on the same leg', () => {
    const control = new LevelControl(settings);
    pass(control, talk('nl', -10));
    control.startOver();
    const { out } = pass(control, talk('nl', -35));
    expect(Math.abs(activeLevelDbov(out.subarray(96_000)) + 20)).toBeLessThan(3);
  });

  it('keeps its gain from over to over, through silence of any length', () => {
    const control = new LevelControl(settings);
    const { gains } = pass(control, talk('fr', -32));
    const before = gains.at(-1)!;
    expect(before).toBeGreaterThan(9);
    control.startOver();
    const silent = pass(control, new Float32Array(160_000));
    expect(new Set(silent.gains)).toEqual(new Set([before]));
  });

  it('reports the level of active speech within 1.5 dB of what P.56 says', () => {
    const control = new LevelControl(settings);
    pass(control, talk('fr', -26));
    expect(Math.abs(control.speechLevelDbov! + 26)).toBeLessThan(1.5);
  });

  it('makes no step in the signal: the gain slides within the frame', () => {
    const control = new LevelControl(settings);
    const pcm = talk('fr', -40);
    const frames = framesOf(pcm);
    let last = 1;
    let largest = 0;
    for (const [n, frame] of frames.entries()) {
      control.process(frame);
      for (let i = 0; i < 320; i++) {
        const x = pcm[320 * n + i]!;
        if (Math.abs(x) < 1e-4) continue;
        const gain = frame[i]! / x;
        largest = Math.max(largest, Math.abs(gain / last - 1));
        last = gain;
      }
    }
    // A frame's 0.4 dB are 5 %, and what is nearly silent in between is skipped.
    expect(largest).toBeLessThan(0.02);
  });
});

describe('level control on what is no speech', () => {
  const dtmf = tone(770, -15, 160_000).map((x, i) => (Math.floor(i / 1600) % 2 === 0 ? x : 0));
  const beeps = tone(770, -15, 160_000).map((x, i) => (Math.floor((i + 77) / 800) % 2 === 0 ? x : 0));
  it.each([
    ['a line-up tone at −10 dBov', tone(1000, -10, 160_000)],
    ['a line-up tone at −40 dBov', tone(1000, -40, 160_000)],
    ['a hum of 85 Hz', tone(85, -15, 160_000)],
    ['white noise at −30 dBov', noise(-30, 160_000)],
    ['keyed tones of 100 ms', dtmf],
    ['beeps of 50 ms', beeps],
    ['silence', new Float32Array(160_000)],
  ])('passes %s bit for bit', (_name, pcm) => {
    const { out } = pass(new LevelControl(settings), pcm);
    expect(out).toEqual(pcm);
  });

  it('holds its gain within 0.5 dB on a tone or noise that follows speech', () => {
    for (const next of [tone(1000, -10, 160_000), noise(-30, 160_000)]) {
      const control = new LevelControl(settings);
      const before = pass(control, talk('fr', -30)).gains.at(-1)!;
      const { gains } = pass(control, next);
      expect(Math.max(...gains.map((gain) => Math.abs(gain - before)))).toBeLessThan(0.5);
    }
  });

  it('holds on the noise of a radio channel between the words', () => {
    const control = new LevelControl(settings);
    const before = pass(control, joined(talk('nl', -24), noise(-45, 16_000))).gains.at(-1)!;
    expect(pass(control, noise(-45, 160_000)).gains.every((gain) => gain === before)).toBe(true);
  });
});

describe('level control, switched off or abused', () => {
  it('measures but does not touch anything when not automatic', () => {
    const control = new LevelControl({ ...settings, automatic: false });
    const pcm = talk('fr', -35);
    expect(pass(control, pcm).out).toEqual(pcm);
    expect(control.speechLevelDbov).toBeCloseTo(-35, -0.5);
  });

  it('keeps its gain finite and in range on any level, full-scale squares and jumps included', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { maxLength: 400 }), (amplitudes) => {
        const control = new LevelControl(settings);
        for (const amplitude of amplitudes) control.process(new Float32Array(320).fill(amplitude));
        expect(Math.abs(control.gainDb)).toBeLessThanOrEqual(15);
      }),
      { numRuns: 50 },
    );
  });
});
