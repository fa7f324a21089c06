import { expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { KeptAgain } from '../../src/store/kept-again.ts';

it('is on the disk as soon as that has room again, the latest of what was written, once', () => {
  const clock = new ManualClock();
  const disk: unknown[] = [];
  let fault: string | undefined;
  const write = (document: unknown) => {
    disk.push(document);
    return fault;
  };
  const told: boolean[] = [];
  const kept = new KeptAgain({ read: () => disk.at(-1), write }, clock, (isKept) => told.push(isKept));
  expect(kept.write(1)).toBeUndefined();
  expect(clock.plannedCalls).toBe(0);
  fault = 'ENOSPC';
  expect(kept.write(2)).toBe('ENOSPC');
  expect(kept.write(3)).toBe('ENOSPC');
  expect(kept.read(() => true)).toBe(3);
  disk.length = 0;
  clock.advance(60_000);
  fault = undefined;
  expect(told.splice(0)).toEqual([true, false, false, false, false, false, false, false, false]);
  clock.advance(10_000);
  expect(told).toEqual([true]);
  expect(disk).toEqual([3, 3, 3, 3, 3, 3, 3]);
  expect(clock.plannedCalls).toBe(0);
  expect(kept.read(() => true)).toBe(3);
});
