import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Concealment } from '../../src/media/concealment.ts';
import { createFrame } from '../../src/media/frame.ts';
import { levelDbov } from '../../src/media/level.ts';
import { framesOf, joined, levelAt, noise, scaled, speech, tone } from './signals.ts';

/** What is heard when the frames for which `lost` says so do not arrive. */
function heard(pcm: Float32Array, lost: (frame: number) => boolean, concealment = new Concealment()): Float32Array {
  const frames = framesOf(pcm);
  for (const [n, frame] of frames.entries()) {
    if (lost(n)) concealment.lost(frame);
    else concealment.good(frame);
  }
  return joined(...frames);
}

/** A voice-like sound: harmonics of `hz` with falling level. */
const voice = (hz: number, samples: number) => {
  const out = new Float32Array(samples);
  for (let n = 1; n * hz < 3400; n++) for (const [i, x] of tone(n * hz, -18 - 3 * n, samples).entries()) out[i]! += x;
  return out;
};

const errorDb = (a: Float32Array, b: Float32Array) => {
  let error = 0;
  let signal = 0;
  for (let i = 0; i < a.length; i++) {
    error += (a[i]! - b[i]!) ** 2;
    signal += b[i]! ** 2;
  }
  return 10 * Math.log10(error / signal);
};

const steepest = (pcm: Float32Array) => {
  let steep = 0;
  for (let i = 1; i < pcm.length; i++) steep = Math.max(steep, Math.abs(pcm[i]! - pcm[i - 1]!));
  return steep;
};

describe('packet loss concealment (after ITU-T G.711 Appendix I)', () => {
  it('does not touch voice without loss, and adds no delay', () => {
    const pcm = speech('fr');
    expect(heard(pcm, () => false)).toEqual(pcm);
  });

  it.each([80, 100, 137, 210, 330])('goes on with a vowel of %d Hz through one lost frame', (hz) => {
    const pcm = voice(hz, 320 * 30);
    const out = heard(pcm, (n) => n === 15);
    // −10 dB of error includes the fade that begins 10 ms into the loss.
    expect(errorDb(out.subarray(15 * 320, 16 * 320), pcm.subarray(15 * 320, 16 * 320))).toBeLessThan(-10);
    expect(steepest(out)).toBeLessThan(1.3 * steepest(pcm));
  });

  it('fades: the second lost frame is 2 to 8 dB down, the third 8 to 20, the fourth is silence', () => {
    const pcm = voice(120, 320 * 30);
    const frames = framesOf(heard(pcm, (n) => n >= 15));
    const levels = frames.slice(14, 20).map((frame) => levelDbov(frame));
    const drop = levels.map((level) => levels[0]! - level);
    expect(drop[1]).toBeLessThan(2);
    expect(drop[2]).toBeGreaterThan(2);
    expect(drop[2]).toBeLessThan(8);
    expect(drop[3]).toBeGreaterThan(8);
    expect(drop[3]).toBeLessThan(20);
    expect(levels[4]).toBe(-127);
  });

  it('counts what it made up and what it left silent', () => {
    const concealment = new Concealment();
    heard(voice(120, 320 * 30), (n) => n >= 10 && n < 20, concealment);
    expect(concealment).toMatchObject({ concealed: 3, silent: 7 });
  });

  it('stays at unity on the frame after the merge', () => {
    const pcm = speech('nl');
    const out = heard(pcm, (n) => n === 100);
    expect(out.subarray(102 * 320)).toEqual(pcm.subarray(102 * 320, 320 * Math.floor(pcm.length / 320)));
    expect(out.subarray(101 * 320 + 64, 102 * 320)).toEqual(pcm.subarray(101 * 320 + 64, 102 * 320));
  });

  it('makes no click: at every single loss in French speech the steepest step is no more than the speech has', () => {
    const pcm = scaled(speech('fr'), -6);
    const limit = steepest(pcm);
    for (let lost = 5; lost < 245; lost += 3) {
      const out = heard(pcm, (n) => n === lost);
      expect(steepest(out.subarray((lost - 1) * 320, (lost + 3) * 320))).toBeLessThan(1.2 * limit);
    }
  });

  it('keeps the level of speech within 3 dB through a lost frame, in 9 of 10 places', () => {
    const pcm = speech('fr');
    const original = framesOf(pcm).map((frame) => levelDbov(frame));
    let near = 0;
    let places = 0;
    for (let lost = 5; lost < 245; lost++) {
      if (original[lost]! < -35 || Math.abs(original[lost]! - original[lost - 1]!) > 3) continue;
      places += 1;
      const out = framesOf(heard(pcm.subarray(0, (lost + 2) * 320), (n) => n === lost));
      if (Math.abs(levelDbov(out[lost]!) - original[lost]!) < 3) near += 1;
    }
    expect(places).toBeGreaterThan(50);
    expect(near / places).toBeGreaterThan(0.9);
  });

  it('does not turn noise into a tone: no line stands 15 dB above the rest', () => {
    const out = heard(noise(-20, 320 * 30), (n) => n >= 15 && n < 17).subarray(15 * 320, 17 * 320);
    const lines = Array.from({ length: 70 }, (_, i) => levelAt(out, 150 + 50 * i, 16_000));
    const mean = lines.reduce((sum, line) => sum + line, 0) / lines.length;
    expect(Math.max(...lines) - mean).toBeLessThan(15);
  });

  it('makes silence of a loss in silence or before any voice', () => {
    const concealment = new Concealment();
    const out = createFrame().fill(0.5);
    concealment.lost(out);
    expect(levelDbov(out)).toBe(-127);
  });

  it('says nothing of the former talker after reset', () => {
    const concealment = new Concealment();
    for (const frame of framesOf(voice(120, 3200))) concealment.good(frame);
    concealment.reset();
    const out = createFrame();
    concealment.lost(out);
    expect(levelDbov(out)).toBe(-127);
  });

  it('never exceeds the level around the loss by more than 3 dB, whatever is lost', () => {
    const pcm = speech('nl').subarray(0, 320 * 200);
    const limit = 1.42 * pcm.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0);
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }), (losses) => {
        const out = heard(pcm, (n) => losses[n]!);
        expect(out.every((x) => Math.abs(x) <= limit)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
