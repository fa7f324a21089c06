/** Ports for the programs of one test: a gateway that is not up yet must not find another's port among its own. */
import { expect, it } from 'vitest';
import { freeBlock } from './support/ports.ts';

it('gives no port twice, also while nobody holds it', async () => {
  const size = 160;
  const ports: number[] = [];
  for (let block = 0; block < 12; block++) {
    const first = await freeBlock(size);
    ports.push(...Array.from({ length: size }, (_, index) => first + index));
  }
  expect(new Set(ports).size).toBe(ports.length);
});
