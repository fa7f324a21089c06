import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameAssembler } from '../../src/media/frame-assembler.ts';

const ramp = (from: number, samples: number) => Float32Array.from({ length: samples }, (_, i) => from + i);

describe('frame assembler', () => {
  it('makes three frames of a 60 ms packet, one of two 10 ms packets, two and three halves of 30 ms packets', () => {
    const assembler = new FrameAssembler(320);
    const frames = (samples: number) => {
      assembler.push(ramp(0, samples), samples);
      let count = 0;
      while (assembler.pull() !== undefined) count += 1;
      return count;
    };
    expect(frames(960)).toBe(3);
    expect([frames(160), frames(160)]).toEqual([0, 1]);
    expect([frames(480), frames(480)]).toEqual([1, 2]);
    expect(assembler.samples).toBe(0);
  });

  it('fills the last frame of an over with silence', () => {
    const assembler = new FrameAssembler(320);
    assembler.push(ramp(1, 100), 100);
    expect(assembler.pull()).toBeUndefined();
    const last = assembler.flush();
    expect(last?.slice(98, 102)).toEqual(Float32Array.of(99, 100, 0, 0));
    expect(assembler.flush()).toBeUndefined();
  });

  it('drops and counts what its bound of 8 frames cannot hold', () => {
    const assembler = new FrameAssembler(320);
    assembler.push(new Float32Array(3000), 3000);
    expect(assembler).toMatchObject({ samples: 2560, overflowSamples: 440 });
  });

  it('loses, doubles and reorders no sample, whatever the packet lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 960 }), { maxLength: 60 }), (lengths) => {
        const assembler = new FrameAssembler(320);
        let pushed = 0;
        let pulled = 0;
        for (const length of lengths) {
          assembler.push(ramp(pushed, length), length);
          pushed += length;
          for (let frame = assembler.pull(); frame !== undefined; frame = assembler.pull()) {
            expect(frame).toEqual(ramp(pulled, 320));
            pulled += 320;
          }
          expect(assembler.samples).toBe(pushed - pulled);
          expect(assembler.samples).toBeLessThan(320);
        }
        expect(assembler.overflowSamples).toBe(0);
      }),
    );
  });
});
