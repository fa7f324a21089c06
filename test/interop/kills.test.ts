/** kill −9 at random moments of traffic; the same 200 times over: `npm run bench -- kills` (docs/evidence.md). */
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { cutMsMax, killOften } from './support/kills.ts';

it.each([
  ['as they are', ''],
  ['encrypted', randomBytes(32).toString('hex')],
])(
  'loses nothing that was whole, and less than a second of what was said; recordings %s',
  async (_, master) => {
    const { faults, kills, cut, cutMsMost, entries } = await killOften(10, new SeededRandom(20_261_129), { master });
    expect(faults).toEqual([]);
    expect(kills).toBe(10);
    expect(cut).toBeGreaterThan(0);
    expect(cutMsMost).toBeLessThanOrEqual(cutMsMax);
    expect(entries).toBeGreaterThan(100);
  },
  60_000,
);
