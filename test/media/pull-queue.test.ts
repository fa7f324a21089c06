import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrame } from '../../src/media/frame.ts';
import { levelDbov } from '../../src/media/level.ts';
import { PullQueue } from '../../src/media/pull-queue.ts';
import { framesOf, joined, speech, tone } from './signals.ts';

interface Run {
  readonly queue: PullQueue;
  readonly out: Float32Array[];
  readonly misses: number;
  readonly depthMsMax: number;
}

/** Frames come every 20 ms by the source's clock, off by `skewPpm`, each late by `jitterMs(n)`; pulled by ours. */
function run(
  frames: readonly Float32Array[],
  count: number,
  skewPpm: number,
  jitterMs: (n: number) => number,
  keep = true,
): Run {
  const queue = new PullQueue();
  const out: Float32Array[] = [];
  const period = 20 * (1 + skewPpm / 1e6);
  let misses = 0;
  let depthMsMax = 0;
  let came = 0;
  let flowing = false;
  for (let pulls = 0; came < count; pulls++) {
    const nowMs = 20 * pulls + 7;
    while (came < count && came * period + jitterMs(came) <= nowMs) queue.push(frames[came++ % frames.length]!);
    const frame = createFrame();
    if (queue.pull(frame)) {
      flowing = true;
      if (keep) out.push(frame);
    } else if (flowing) misses += 1;
    if (pulls > 100) depthMsMax = Math.max(depthMsMax, queue.depthMs);
  }
  return { queue, out, misses, depthMsMax };
}

const steady = () => 0;

describe('pull queue', () => {
  it('waits for a second frame, then gives every frame bit for bit', () => {
    const frames = framesOf(speech('fr')).slice(0, 52);
    const { out, queue } = run(frames, frames.length, 0, steady);
    expect(out).toHaveLength(51);
    expect(joined(...out)).toEqual(joined(...frames.slice(0, 51)));
    expect(queue).toMatchObject({ inserted: 0, removedMs: 0, overflowSamples: 0 });
  });

  it('keeps 10 ms in spare on a steady line, once it has watched it for a second', () => {
    const frames = framesOf(speech('fr'));
    const { queue } = run(frames, 200, 0, steady);
    expect(queue.depthMs).toBeGreaterThanOrEqual(7.5);
    expect(queue.depthMs).toBeLessThanOrEqual(12.5);
    expect(queue.inserted).toBe(0);
  });

  it.each([200, -200])(
    'follows a clock that is %d ppm off for an hour, within 80 ms of depth, and misses nothing',
    (skewPpm) => {
      const { queue, misses, depthMsMax } = run(framesOf(speech('nl')), 180_000, skewPpm, steady, false);
      expect(misses).toBe(0);
      expect(depthMsMax).toBeLessThan(80);
      expect(queue.overflowSamples).toBe(0);
      // 200 ppm of an hour are 720 ms.
      if (skewPpm > 0) expect(queue.inserted * 20 - queue.removedMs).toBeGreaterThan(600);
      else expect(queue.removedMs - queue.inserted * 20).toBeGreaterThan(600);
      expect(queue.inserted * 20).toBeLessThan(1500);
      expect(queue.removedMs).toBeLessThan(1500);
    },
  );

  it('rides out 30 ms of jitter after the first second, then makes up less than 1 frame in 100', () => {
    let state = 7;
    const late = Array.from({ length: 3000 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (30 * state) / 0x1_0000_0000;
    });
    const { queue, misses, depthMsMax } = run(framesOf(speech('fr')), 3000, 0, (n) => late[n]!);
    expect(misses).toBe(0);
    expect(queue.inserted).toBeLessThan(60);
    expect(depthMsMax).toBeLessThan(120);
  });

  it('makes no click while it follows a faster clock: a tone stays a tone', () => {
    const { out } = run(framesOf(tone(300, -20, 16_000 * 4)), 199, -3000, steady);
    const heard = joined(...out);
    let steepest = 0;
    for (let i = 1; i < heard.length; i++) steepest = Math.max(steepest, Math.abs(heard[i]! - heard[i - 1]!));
    expect(steepest).toBeLessThan(1.2 * 2 * 0.1414 * Math.sin((Math.PI * 300) / 16_000));
  });

  it('stops giving when nothing came for 200 ms, having faded out within 60', () => {
    const queue = new PullQueue();
    for (const frame of framesOf(tone(300, -20, 1280))) queue.push(frame);
    const levels: number[] = [];
    const frame = createFrame();
    while (queue.pull(frame)) levels.push(levelDbov(frame));
    expect(levels).toHaveLength(4 + 10);
    expect(levels[3]).toBeCloseTo(-20, 0);
    expect(levels[7]).toBe(-127);
  });

  it('keeps to its bound of 160 ms and counts what it drops', () => {
    const queue = new PullQueue();
    for (let n = 0; n < 20; n++) queue.push(createFrame());
    expect(queue.depthMs).toBe(160);
    expect(queue.overflowSamples).toBe(12 * 320);
  });

  it('begins anew after clear', () => {
    const queue = new PullQueue();
    for (let n = 0; n < 3; n++) queue.push(tone(300, -20, 320));
    queue.clear();
    expect(queue.pull(createFrame())).toBe(false);
    queue.push(tone(300, -20, 320));
    expect(queue.pull(createFrame())).toBe(false);
  });

  it('gives finite samples and keeps its bound, whatever the order of push and pull', () => {
    const frames = framesOf(speech('nl').subarray(0, 32_000));
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (pushes) => {
        const queue = new PullQueue();
        const out = createFrame();
        for (const [n, push] of pushes.entries()) {
          if (push) queue.push(frames[n % frames.length]!);
          else queue.pull(out);
          expect(queue.depthMs).toBeLessThanOrEqual(160);
          expect(out.every((x) => Math.abs(x) < 2)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
