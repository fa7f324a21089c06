/** A disk that is nearly full, on a file system of its own; where the machine lets nobody mount one, by the bound alone. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { DiskWatch } from '../../src/gateway/disk-watch.ts';
import { diskRefusal, freeMiB, isNearlyFull } from '../../src/store/disk-space.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-watch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** In a name space of its own, so that nothing of it is left. */
const mounting = ['-Urm', 'sh', '-c', 'mount -t tmpfs -o size=12m none "$0" && exec "$@"'];
const canMount = spawnSync('unshare', [...mounting, tmpdir(), 'true']).status === 0;

describe('a disk that is nearly full', () => {
  it.runIf(canMount)(
    'is said at the next look and taken back by itself, and the log goes on into the reserve',
    () => {
      const child = [process.execPath, 'test/gateway/disk-watch-child.ts', folder];
      const { stdout, stderr } = spawnSync('unshare', [...mounting, folder, ...child]);
      expect(stderr.toString()).toBe('');
      const said = JSON.parse(stdout.toString());
      expect(said).toMatchObject({ before: false, between: true, faults: [] });
      expect(said.said).toEqual([
        ...['full state', 'raised', 'full recordings', 'raised'],
        ...['roomy state', 'raised', 'roomy recordings', 'cleared'],
      ]);
      expect(said.report).toMatchObject({
        boundMiB: 4,
        disks: [{ of: 'state', nearlyFull: true }, { of: 'recordings' }],
      });
      // Two disks, a look a second each: one that was under way may have seen it as it was before.
      expect(said.raisedLooks).toBeLessThanOrEqual(3);
      expect(said.clearedLooks).toBeLessThanOrEqual(4);
    },
    30_000,
  );

  it('is known by what is really free, also of a folder that is not there yet', async () => {
    const free = freeMiB(join(folder, 'a/b'));
    expect(free).toBeGreaterThan(0);
    expect(diskRefusal(folder, 0)).toBeUndefined();
    expect(diskRefusal(folder, free + 1_000_000)).toMatch(/nearly full \(\d+ MiB free, gateway.diskReserveMiB is/);
    const raised: boolean[] = [];
    const watch = new DiskWatch({ state: folder }, free + 1_000_000, {
      clock: new SystemClock(),
      events: { machine: { diskNearlyFull: () => undefined, diskRoomy: () => undefined } },
      meter: { set: () => undefined },
      alarm: (isRaised) => raised.push(isRaised),
    });
    await watch.start();
    watch.stop();
    expect([watch.isNearlyFull, raised]).toEqual([true, [true]]);
  });

  it('does not flap at the bound, and without a bound is never', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 2000, noNaN: true })), (frees) => {
        let is = false;
        for (const free of frees) {
          const was: boolean = is;
          is = isNearlyFull(was, free, 500);
          if (is !== was) expect(is ? free < 500 : free >= 550).toBe(true);
          expect(isNearlyFull(false, free, 0)).toBe(false);
        }
      }),
    );
  });
});
