/** Consoles while people, control rooms and priorities become others: real WebSockets on loopback. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConsoleBench, type Page } from '../interop/console-bench.ts';
import { operator, world } from './world-of-test.ts';

let bench: ConsoleBench;
const other = { ...operator, person: 'ccpd-2', display: 'CCPD 2' };

beforeEach(async () => {
  bench = new ConsoleBench({ people: [operator, other] });
  await bench.start();
});
afterEach(() => bench.stop());

const waitMs = 20_000;

async function open(link: string | undefined): Promise<Page> {
  const page = await bench.connect();
  const token = new URL(link ?? '').hash.replace('#token=', '');
  page.send({ hello: { versionMin: 1, versionMax: 1, token } });
  await page.until(({ snapshot }) => snapshot?.operator?.personId, waitMs);
  return page;
}

it('tells whoever sits at one who he is from now on, and the voice process what he may claim', async () => {
  const page = await open(bench.links[0]);
  const changed = { ...operator, display: 'CCPD un', controlRoom: 'cr-x', controlRoomName: 'CIC X', priority: 13 };
  bench.server.setWorld(world, [changed, other]);
  const shown = await page.until(
    ({ snapshot }) => (snapshot?.operator?.display === 'CCPD un' ? snapshot.operator : undefined),
    waitMs,
  );
  expect(shown).toMatchObject({ controlRoom: 'CIC X', controlRoomId: 'cr-x', priority: 13, role: operator.role });
  const said = bench.commands.flatMap((command) => (command.name === 'openConsole' ? [command.settings] : []));
  expect(said.map(({ priority }) => priority)).toEqual([operator.priority, 13]);
  // What he had at hand he has still: no group was left, no console closed.
  const names = bench.commands.map(({ name }) => name);
  expect(names).not.toContain('leaveGroup');
  expect(names).not.toContain('closeConsole');
});

it('says nothing to the voice process where nothing of it has changed', async () => {
  await open(bench.links[0]);
  const before = bench.commands.length;
  bench.server.setWorld(world, [{ ...operator, display: 'CCPD un' }, other]);
  expect(bench.commands.length).toBe(before);
});

it('prints a link for whoever is new, and sends away whoever is nobody any more', async () => {
  const page = await open(bench.links[1]);
  const before = bench.links.length;
  bench.server.setWorld(world, [operator, { ...operator, person: 'new', display: 'New' }]);
  expect(await page.until(({ refused }) => refused?.detail, waitMs)).toBe('disabled');
  expect(bench.links.length).toBe(before + 1);
  const newcomer = await open(bench.links.at(-1));
  expect(await newcomer.until(({ welcome }) => welcome?.operator?.personId, waitMs)).toBe('new');
});
