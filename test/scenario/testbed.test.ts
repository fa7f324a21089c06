import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { cutOff, readTestbed } from '../../scenario/testbed.ts';
import { loadConfig } from '../../src/config/load.ts';

const folder = new URL('../../config/scenarios/', import.meta.url);
const testbed = readTestbed(parse(readFileSync(new URL('testbed.yaml', folder), 'utf8')));

it('places every attachment of the border area, and every person’s radio', () => {
  const file = new URL('border.yaml', folder).pathname;
  const { config } = loadConfig({ file, environment: {}, workingFolder: folder.pathname });
  expect(Object.keys(testbed.attachments).sort()).toEqual(config.attachments.map(({ id }) => id).sort());
  const units = new Set(config.units.map(({ id }) => id));
  expect(Object.values(testbed.desks).filter((unit) => !units.has(unit))).toEqual([]);
});

it('cuts off the sites that no link leads to', () => {
  expect([...cutOff(testbed, new Set())]).toEqual([]);
  expect([...cutOff(testbed, new Set(['wan-trn-lil']))]).toEqual([]); // by way of Villeneuve-d'Ascq
  expect([...cutOff(testbed, new Set(['wan-trn-lil', 'wan-lil-vda']))].sort()).toEqual([
    'in-lil-1',
    'ro-dkk-1',
    'ro-lil-1',
  ]);
});
