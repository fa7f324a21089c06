import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelDbov } from '../../src/media/level.ts';
import { LookBack } from '../../src/media/look-back.ts';
import { VoiceActivity } from '../../src/media/voice-activity.ts';
import { framesOf, joined, scaled, speech } from './signals.ts';

const vox = () => new VoiceActivity({ thresholdDbov: -45, attackMs: 40, hangMs: 500 });

describe('voice activity (VOX)', () => {
  it('rises with the second loud frame when attack is 40 ms, and not on a click of 20 ms', () => {
    const activity = vox();
    expect([-20, -60, -20, -20].map((level) => activity.step(level, 20))).toEqual([
      undefined,
      undefined,
      undefined,
      'rise',
    ]);
  });

  it('rises on the first loud frame when attack is 0', () => {
    expect(new VoiceActivity({ thresholdDbov: -45, attackMs: 0, hangMs: 500 }).step(-45, 20)).toBe('rise');
  });

  it('falls after 500 ms below the threshold, and stays through a pause of 480 ms', () => {
    const activity = vox();
    for (let n = 0; n < 5; n++) activity.step(-20, 20);
    for (let n = 0; n < 24; n++) expect(activity.step(-60, 20)).toBeUndefined();
    expect(activity.step(-20, 20)).toBeUndefined();
    for (let n = 0; n < 24; n++) expect(activity.step(-60, 20)).toBeUndefined();
    expect(activity.step(-60, 20)).toBe('fall');
    expect(activity.active).toBe(false);
  });

  it('finds one over in Dutch speech with pauses between two silences', () => {
    const activity = new VoiceActivity({ thresholdDbov: -45, attackMs: 40, hangMs: 1000 });
    const silence = new Float32Array(32_000);
    const edges = framesOf(joined(silence, scaled(speech('nl'), -6), silence))
      .map((frame) => activity.step(levelDbov(frame), 20))
      .filter((edge) => edge !== undefined);
    expect(edges).toEqual(['rise', 'fall']);
  });

  it('alternates its edges and agrees with its state, whatever the levels', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -127, max: 0 }), fc.constantFrom(10, 20, 30, 60))), (steps) => {
        const activity = vox();
        let active = false;
        for (const [level, durationMs] of steps) {
          const edge = activity.step(level, durationMs);
          if (edge !== undefined) {
            expect(edge).toBe(active ? 'fall' : 'rise');
            active = !active;
          }
          expect(activity.active).toBe(active);
        }
      }),
    );
  });
});

describe('look-back', () => {
  const frame = (value: number) => new Float32Array(320).fill(value);

  it('gives the last 100 ms back, oldest first', () => {
    const lookBack = new LookBack(100);
    for (let n = 1; n <= 12; n++) lookBack.push(frame(n));
    const values = [];
    for (let kept = lookBack.pull(); kept !== undefined; kept = lookBack.pull()) values.push(kept[0]);
    expect(values).toEqual([8, 9, 10, 11, 12]);
  });

  it('keeps at most 2300 ms however much is asked, at least a frame however little', () => {
    const [long, short] = [new LookBack(5000), new LookBack(0)];
    for (let n = 0; n < 300; n++) {
      long.push(frame(n));
      short.push(frame(n));
    }
    expect([long.frames, short.frames]).toEqual([115, 1]);
  });

  it('keeps copies, and nothing after clear', () => {
    const lookBack = new LookBack(40);
    const reused = frame(1);
    lookBack.push(reused);
    reused.fill(9);
    expect(lookBack.pull()?.[0]).toBe(1);
    lookBack.push(reused);
    lookBack.clear();
    expect(lookBack.pull()).toBeUndefined();
  });

  it('with it, VOX cuts nothing of the first syllable', () => {
    const activity = vox();
    const lookBack = new LookBack(200);
    const silent = 50;
    const frames = framesOf(joined(new Float32Array(silent * 320), speech('fr')));
    let first = -1;
    for (const [n, one] of frames.entries()) {
      lookBack.push(one);
      if (activity.step(levelDbov(one), 20) === 'rise') {
        first = n - lookBack.frames + 1;
        break;
      }
    }
    expect(first).toBeLessThanOrEqual(silent);
    expect(first).toBeGreaterThan(silent - 10);
  });
});
