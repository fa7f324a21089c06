/** kill −9 of the whole gateway; 200 times: `npm run bench -- gateway-kills` (docs/evidence.md). */
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { show } from './support/figures.ts';
import { cutMsMost, killGatewayOften } from './support/gateway-kills.ts';

const kills = 3;

it('loses nothing that was whole, and at most a second of what was said', async () => {
  const master = randomBytes(32).toString('hex');
  const { faults, ...figures } = await killGatewayOften(kills, new SeededRandom(3), {
    ...{ groups: 4, latestMs: 3500, master },
  });
  show('kills of a whole gateway', { ...figures });
  expect(faults).toEqual([]);
  expect(figures.kills).toBe(kills);
  expect(figures.whole).toBeGreaterThan(3);
  expect(figures.cut).toBeGreaterThan(0);
  expect(figures.cutMsMost).toBeLessThanOrEqual(cutMsMost);
}, 60_000);
