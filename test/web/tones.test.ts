import { describe, expect, it } from 'vitest';
import { toneLevelDbfs, toneMs, tones } from '../../src/web/audio/tones.ts';
import type { Tone } from '../../src/web/ptt/ptt-machine.ts';

const names = Object.keys(tones) as Tone[];
/** What an ear keeps of a tone: where it begins, and its turns, each by half tones and by its beat. */
function shapeOf(tone: Tone) {
  const notes = tones[tone];
  const [first] = notes;
  const steps = notes.slice(1).map(({ frequencyHz, startMs }, i) => ({
    halfTones: 12 * Math.log2(frequencyHz / (notes[i]?.frequencyHz ?? 0)),
    beatMs: startMs - (notes[i]?.startMs ?? 0),
  }));
  return { pitch: 12 * Math.log2((first?.frequencyHz ?? 0) / 440), notes: notes.length, steps };
}

/** By what two tones are told apart without looking. */
function differences(a: Tone, b: Tone): string[] {
  const [x, y] = [shapeOf(a), shapeOf(b)];
  const told: string[] = [];
  if (x.notes !== y.notes) told.push('number of notes');
  if (Math.abs(x.pitch - y.pitch) >= 3) told.push('pitch');
  if (x.steps.some(({ halfTones }, i) => Math.abs(halfTones - (y.steps[i]?.halfTones ?? 0)) >= 2)) told.push('melody');
  if (x.steps.some(({ halfTones }, i) => Math.sign(halfTones) !== Math.sign(y.steps[i]?.halfTones ?? 0)))
    told.push('direction');
  if (x.steps.some(({ beatMs }, i) => Math.abs(beatMs - (y.steps[i]?.beatMs ?? 0)) >= 60)) told.push('rhythm');
  if (Math.max(toneMs(a), toneMs(b)) >= 1.6 * Math.min(toneMs(a), toneMs(b))) told.push('length');
  return told;
}

describe('tones of the console', () => {
  it('are told apart by two at least of: number of notes, pitch, melody, its direction, rhythm, length', () => {
    for (const a of names) {
      for (const b of names) {
        // The one is the other, going on.
        if (a >= b || [a, b].join() === 'emergency,emergencyAgain') continue;
        expect([a, b, differences(a, b).length >= 2]).toEqual([a, b, true]);
      }
    }
  });

  it('lie where small loudspeakers and older ears hear them, and no note is shorter than 45 ms', () => {
    for (const { frequencyHz, durationMs } of Object.values(tones).flat()) {
      expect(frequencyHz).toBeGreaterThanOrEqual(290);
      expect(frequencyHz).toBeLessThanOrEqual(2000);
      expect(durationMs).toBeGreaterThanOrEqual(45);
    }
  });

  it('have no peak above −20 dBFS: no note begins before the last one has ended; and none below −30 dBFS', () => {
    for (const name of names) {
      let endMs = 0;
      for (const { startMs, durationMs, softerDb = 0 } of tones[name]) {
        expect(startMs).toBeGreaterThanOrEqual(endMs);
        endMs = startMs + durationMs;
        expect(softerDb).toBeGreaterThanOrEqual(0);
        expect(toneLevelDbfs - softerDb).toBeGreaterThanOrEqual(-30);
      }
    }
    expect(toneLevelDbfs).toBeLessThanOrEqual(-20);
  });

  it('of talk are over before a word is: permit within 150 ms, all others within 1 s', () => {
    for (const name of names) expect(toneMs(name)).toBeLessThanOrEqual(name === 'permit' ? 150 : 1000);
  });

  it('leave most of the time to the voice of who calls: the alarm that goes on takes 15 % of it', () => {
    expect(toneMs('emergencyAgain') / 2000).toBeLessThanOrEqual(0.15);
  });
});
