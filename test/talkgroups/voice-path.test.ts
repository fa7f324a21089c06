import { describe, expect, it } from 'vitest';
import { levelDbov } from '../../src/media/level.ts';
import { activeLevelDbov, speech, tone } from '../media/signals.ts';
import { align, narrow, VirtualGroup } from './virtual-group.ts';

const french = narrow(speech('fr'));

describe('voice path, leg to leg', () => {
  it('forwards each packet in the turn in which it arrives: 0 ms added, nothing lost, level within 0.5 dB', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(tone(1000, -20, 8000, 8000));
    world.run(2000);
    expect(fr.voice).toHaveLength(50);
    expect(fr.voice.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 50 }, (_, i) => 1000 + 20 * i));
    expect(levelDbov(fr.heard().subarray(800))).toBeCloseTo(-20, 0);
    expect(be.voice).toHaveLength(0);
  });

  it('carries speech with the two conversions and codings as the only change', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr');
    be.talk(french);
    world.run(6000);
    const { lag, likeness } = align(fr.heard(), french, 40);
    expect(likeness).toBeGreaterThan(0.98);
    expect(lag).toBeLessThanOrEqual(8);
    expect(Math.abs(activeLevelDbov(fr.heard()) - activeLevelDbov(french))).toBeLessThan(0.5);
  });
});
