/** The instrument that judges what listeners heard, on copies of speech that are impaired in known ways. */
import { describe, expect, it } from 'vitest';
import { SearchedRecording } from './support/correlation.ts';
import { joined, resampled, scaled, silence } from './support/sound.ts';
import { compareSpeech, traceOf } from './support/speech-compare.ts';
import { readWav, type Sound } from './support/wav.ts';

const rateHz = 8000;
const speech = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), rateHz);
const other = readWav(new URL('../vectors/speech-nl-8k.wav', import.meta.url));
/** In this speech an active window follows on the other from 1.3 to 1.84 s; the first is at 80 ms, the last at 4980. */
const steadyMs = 1300;
const recorded = (...parts: readonly Float32Array[]): Sound => ({ rateHz, samples: joined(...parts) });
const samplesOf = (ms: number) => (ms * rateHz) / 1000;
const without = (fromMs: number, ms: number) => {
  const samples = speech.samples.slice();
  samples.fill(0, samplesOf(fromMs), samplesOf(fromMs + ms));
  return samples;
};
const noise = (samples: number, level: number) => {
  let state = 1;
  return Float32Array.from({ length: samples }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (level * state) / 0x8000_0000;
  });
};

describe('comparison of speech', () => {
  it('finds all of it, at its delay and level, whatever surrounds it', () => {
    const heard = compareSpeech(speech, recorded(silence(1.234), scaled(speech.samples, -6), silence(2)));
    expect(heard).toMatchObject({ cover: 1, longestGapMs: 0, onsetMissingMs: 0, tailMissingMs: 0, delayMs: 1234 });
    expect(heard.levelDb).toBeCloseTo(-6, 1);
    expect(heard.correlation).toBeGreaterThan(0.999);
  });

  it('finds it in noise 15 dB below it', () => {
    const clean = recorded(silence(0.5), speech.samples, silence(1)).samples;
    const hiss = noise(clean.length, 0.02);
    const heard = compareSpeech(speech, { rateHz, samples: clean.map((sample, i) => sample + hiss[i]!) });
    expect(heard.cover).toBeGreaterThan(0.85);
    expect(heard.delayMs).toBeCloseTo(500, 0);
  });

  it.each([20, 40, 60, 100, 200, 500])('sees %i ms of silence in its place within it', (ms) => {
    const heard = compareSpeech(speech, recorded(silence(0.3), without(steadyMs, ms), silence(1)));
    expect(heard.longestGapMs).toBeGreaterThanOrEqual(ms);
    expect(heard.longestGapMs).toBeLessThanOrEqual(ms + 40);
    expect(heard.cover).toBeLessThan(1);
    expect(heard.delayMs).toBeCloseTo(300, 1);
  });

  it.each([40, 100, 200, 1000])('sees that %i ms are missing at its beginning, and at its end', (ms) => {
    for (const changeMsMax of [450, 900]) {
      const late = compareSpeech(speech, recorded(silence(0.3), without(0, 80 + ms), silence(1)), changeMsMax);
      expect(Math.abs(late.onsetMissingMs - ms)).toBeLessThanOrEqual(40);
      const behind = recorded(other.samples, speech.samples.slice(samplesOf(80 + ms)), silence(1));
      expect(Math.abs(compareSpeech(speech, behind, changeMsMax).onsetMissingMs - ms)).toBeLessThanOrEqual(40);
      const early = compareSpeech(speech, recorded(silence(0.3), without(5000 - ms, ms), silence(1)), changeMsMax);
      expect(Math.abs(early.tailMissingMs - ms)).toBeLessThanOrEqual(40);
    }
  });

  it('follows a delay that changes: 120 ms more in its midst, then 80 ms less', () => {
    const cut = (fromMs: number, toMs?: number) =>
      speech.samples.slice(samplesOf(fromMs), toMs === undefined ? undefined : samplesOf(toMs));
    const heard = compareSpeech(
      speech,
      recorded(silence(0.3), cut(0, steadyMs), silence(0.12), cut(steadyMs), silence(1)),
    );
    expect(heard.delayFirstMs).toBeCloseTo(300, 1);
    expect(heard.delayLastMs).toBeCloseTo(420, 1);
    expect(heard.cover).toBeGreaterThan(0.98);
    const shorter = compareSpeech(speech, recorded(silence(0.3), cut(0, steadyMs), cut(steadyMs + 80), silence(1)));
    expect(shorter.delayLastMs).toBeCloseTo(220, 1);
    expect(shorter.longestGapMs).toBeGreaterThanOrEqual(40);
    expect(shorter.longestGapMs).toBeLessThanOrEqual(120);
  });

  it.each([1.1, 1.25])(
    'follows speech that is played %d times as fast with its pitch kept, and finds it all',
    (speed) => {
      const part: Sound = { rateHz, samples: speech.samples.slice(0, 2 * rateHz) };
      const heard = compareSpeech(part, recorded(silence(0.8), hastened(part.samples, speed), silence(1)));
      expect(heard.delayFirstMs - heard.delayLastMs).toBeGreaterThan(0.7 * 2000 * (1 - 1 / speed));
      expect(heard.onsetMissingMs).toBeLessThanOrEqual(40);
      expect(heard.tailMissingMs).toBeLessThanOrEqual(20);
      expect(heard.longestGapMs).toBeLessThanOrEqual(40);
      expect(heard.cover).toBeGreaterThan(0.95);
    },
  );

  it('follows speech that is hastened from beginning to end, in which no half second is as it was', () => {
    const heard = compareSpeech(speech, recorded(silence(0.8), hastened(speech.samples, 1.35), silence(1)), 1400);
    expect(heard.cover).toBeGreaterThan(0.95);
    expect(heard.onsetMissingMs).toBeLessThanOrEqual(40);
    expect(compareSpeech(other, recorded(hastened(speech.samples, 1.35)), 1400).cover).toBeLessThan(0.1);
  });

  it('sees in hastened speech that a syllable is missing, or is another', () => {
    const fast = hastened(speech.samples, 1.35);
    const missing = { from: samplesOf(1000), to: samplesOf(1200) };
    for (const instead of [silence(0.2), other.samples.slice(8000, 9600)]) {
      const heard = recorded(fast.slice(0, missing.from), instead, fast.slice(missing.to), silence(1));
      expect(compareSpeech(speech, heard, 1400).longestGapMs).toBeGreaterThanOrEqual(200);
    }
  });

  it('notices 1 % of packets lost: cover falls by about that, the longest gap is one or two windows', () => {
    const samples = speech.samples.slice();
    const windows = Math.floor(samples.length / 160);
    let lost = 0;
    for (let index = 50; index < windows; index += 100) {
      samples.fill(0, 160 * index, 160 * (index + 1));
      lost += 1;
    }
    const heard = compareSpeech(speech, recorded(silence(0.3), samples, silence(1)));
    expect(1 - heard.cover).toBeLessThanOrEqual((3 * lost) / windows);
    expect(heard.longestGapMs).toBeLessThanOrEqual(40);
  });

  it('finds nothing in silence, in noise, or in the speech of another', () => {
    for (const samples of [silence(8), noise(8 * rateHz, 0.1), other.samples]) {
      const heard = compareSpeech(speech, { rateHz, samples });
      expect(heard.cover).toBeLessThan(0.02);
      expect(traceOf(speech, { rateHz, samples }).score).toBeLessThan(0.45);
      // A half second and 20 ms: what is left over of the speech is no pattern of its own.
      const short: Sound = { rateHz, samples: speech.samples.slice(steadyMs * 8, steadyMs * 8 + 4160) };
      expect(traceOf(short, { rateHz, samples }).score).toBeLessThan(0.45);
    }
  });

  it('finds a trace of one talker under another who is 20 dB louder', () => {
    const both = other.samples.map((sample, i) => sample + 0.1 * (speech.samples[i] ?? 0));
    const under = compareSpeech(speech, { rateHz, samples: both });
    expect(under.cover).toBeLessThan(0.5);
    expect(traceOf(other, { rateHz, samples: both }).score).toBeGreaterThan(0.95);
    expect(traceOf(speech, { rateHz, samples: scaled(speech.samples, -30) }).score).toBeGreaterThan(0.95);
  });

  it('searches many places at once as it does one by one, to the ends of a recording', () => {
    const recording = new SearchedRecording(joined(other.samples.subarray(0, 9000), silence(0.2)));
    const places = recording.samples.length + 400;
    for (const length of [64, 160, 320, 4000]) {
      const pattern = speech.samples.subarray(samplesOf(steadyMs), samplesOf(steadyMs) + length);
      const together = recording.scores(pattern, -200, places);
      for (let at = 0; at < places; at += 50) {
        const alone = recording.scores(pattern, at - 200, 50);
        for (const [n, score] of alone.entries()) expect(together[at + n] ?? 0).toBeCloseTo(score, 9);
      }
    }
  });

  it('resamples from 48 kHz and back without harm', () => {
    const wide = resampled(speech, 48_000);
    const heard = compareSpeech(speech, resampled({ rateHz: 48_000, samples: wide.samples }, rateHz));
    expect(heard.delayMs).toBe(0);
    expect(heard.cover).toBeGreaterThan(0.99);
    expect(Math.abs(heard.levelDb)).toBeLessThan(0.3);
    expect(heard.correlation).toBeGreaterThan(0.98);
  });
});

/** Leaves out what repeats, 5 to 15 ms at a time, with a cross-fade of 5 ms: as WSOLA does. */
function hastened(samples: Float32Array, speed: number): Float32Array {
  const out: number[] = [];
  const fade = samplesOf(5);
  let at = 0;
  while (at + samplesOf(30) < samples.length) {
    const owed = at - out.length * speed;
    if (owed >= 0) {
      out.push(...samples.subarray(at, at + samplesOf(20)));
      at += samplesOf(20);
      continue;
    }
    let lag = 0;
    let best = Number.NEGATIVE_INFINITY;
    for (let candidate = samplesOf(5); candidate <= samplesOf(15); candidate++) {
      let [product, a, b] = [0, 1e-9, 1e-9];
      for (let i = 0; i < samplesOf(10); i++) {
        product += samples[at + i]! * samples[at + candidate + i]!;
        a += samples[at + i]! ** 2;
        b += samples[at + candidate + i]! ** 2;
      }
      if (product / Math.sqrt(a * b) > best) [best, lag] = [product / Math.sqrt(a * b), candidate];
    }
    for (let i = 0; i < fade; i++) {
      out.push((samples[at + i]! * (fade - i) + samples[at + lag + i]! * i) / fade);
    }
    at += lag + fade;
  }
  return Float32Array.from([...out, ...samples.subarray(at)]);
}
