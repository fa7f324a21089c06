/** A gateway's fleet data over its real thread, database and files; what is in use is the test's. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { ManualClock } from '../../src/base/clock.ts';
import { readFleetFile } from '../../src/config/fleet-file.ts';
import type { InUse } from '../../src/config/fleet-plan.ts';
import type { FleetSections } from '../../src/config/live-config.ts';
import { FleetKeeper } from '../../src/gateway/fleet-keeper.ts';
import type { Editor } from '../../src/operations/fleet-version.ts';
import { fileAt } from '../../src/store/database-place.ts';

const root = join(import.meta.dirname, '../..');
const example = readFileSync(join(root, 'config/example.yaml'), 'utf8');
const opoBe: Editor = { person: 'opo-be', display: 'OPO', role: 'fleet-admin', controlRoom: 'cr-ccpd', country: 'BE' };
const opoFr: Editor = { ...opoBe, person: 'opo-fr', country: 'FR' };
const nothing: InUse = { groups: new Set(), talkgroups: new Set(), plans: new Set(), controlRooms: new Set() };
type Raw = Record<string, Record<string, unknown>[]>;

let folder: string;
let clock: ManualClock;
let keeper: FleetKeeper;
let inUse: InUse;
let taken: FleetSections[];
/** Lines of the log. */
let said: Record<string, unknown>[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-keeper-'));
  clock = new ManualClock({ nowMs: 0, utcMs: Date.UTC(2026, 10, 29) });
  [inUse, taken, said] = [nothing, [], []];
  keeper = open(0);
  keeper.start();
});
afterEach(async () => {
  await keeper.stop();
  rmSync(folder, { recursive: true });
});

let isNearlyFull = false;

function open(held: number, fileText = example): FleetKeeper {
  const say = (event: string) => (at: object) => void said.push({ event, ...at });
  return new FleetKeeper(
    {
      file: join(root, 'config/example.yaml'),
      fileText,
      workingFolder: root,
      folder,
      database: fileAt(join(folder, 'fleet.db')),
      held,
    },
    {
      clock,
      events: {
        fleet: { changed: say('changed'), refused: say('refused'), away: say('away'), taken: say('taken') },
      },
      isDiskNearlyFull: () => isNearlyFull,
      editor: () => undefined,
      accounts: { list: () => Promise.resolve([]), act: () => Promise.reject(new Error('nobody asks')) },
      listening: { texts: [], listen: () => Promise.reject(new Error('nobody listens')) },
      inUse: () => inUse,
      shadows: () => ({ utcMs: 0, shadows: [] }),
      take: (sections) => taken.push(sections),
    },
  );
}

async function change(edit: (fleet: Raw) => void): Promise<number> {
  const { active } = await keeper.desk.fleet();
  const fleet = parse((await keeper.desk.text(active)) ?? '') as Raw;
  edit(fleet);
  const outcome = await keeper.desk.propose({ by: opoBe, text: stringify(fleet), reason: 'request' });
  if (!('version' in outcome)) throw new Error(JSON.stringify(outcome));
  const { number, name } = outcome.version;
  if (name === 'proposed') await keeper.desk.decide({ name: 'approve', by: opoFr, version: number });
  return number;
}
/** Looks until it is so; each look is 5 s of the gateway's time. */
const becomes = (check: () => void) =>
  vi.waitFor(
    () => {
      clock.advance(5000);
      check();
    },
    { timeout: 40_000, interval: 50 },
  );
const onDemand = (fleet: Raw) => fleet.sharedGroups?.find(({ mode }) => mode === 'on-demand') ?? {};
const idOf = (fleet: Raw) => `${onDemand(fleet).id}`;

it('takes over what is not in use, and writes it where the next start finds it', async () => {
  const version = await change((fleet) => fleet.units?.splice(0, 1));
  await becomes(() => expect(keeper.running).toBe(version));
  expect(taken.at(-1)?.units).toHaveLength((parse(example) as { units: unknown[] }).units.length - 1);
  expect(said).toContainEqual({ event: 'taken', version, taken: 1, waits: '', restart: '' });
  const held = readFleetFile(readFileSync(join(folder, 'fleet.yaml'), 'utf8'));
  expect(held?.version).toBe(version);
}, 90_000);

it('takes nothing new while the disk is nearly full, and says so in the log', async () => {
  const { people } = parse(example) as {
    people: { id: string; display: string; role: string; controlRoom: string; country: string }[];
  };
  const { id: person, ...rest } = people.find(({ role }) => role === 'fleet-admin') ?? people[0]!;
  const by = { person, ...rest } as Parameters<typeof keeper.desk.back>[0];
  isNearlyFull = true;
  expect(await keeper.desk.propose({ by, text: example, reason: 'more' })).toEqual({ refusal: 'disk-nearly-full' });
  expect(await keeper.desk.back(by, 0, 'back')).toEqual({ refusal: 'disk-nearly-full' });
  expect(await keeper.desk.decide({ name: 'approve', version: 1, by })).toEqual({ refusal: 'disk-nearly-full' });
  expect(said).toContainEqual(
    expect.objectContaining({ event: 'refused', what: 'propose', refusal: 'disk-nearly-full' }),
  );
  isNearlyFull = false;
  expect(await keeper.desk.back(by, 0, 'back')).not.toEqual({ refusal: 'disk-nearly-full' });
}, 90_000);

it('leaves an open group as it is until it is closed, and the rest does not wait for it', async () => {
  const group = idOf(parse(example) as Raw);
  inUse = { ...nothing, groups: new Set([group]) };
  const version = await change((fleet) => {
    onDemand(fleet).autoCloseMin = 77;
    fleet.units?.splice(0, 1);
  });
  await becomes(() => expect(keeper.running).toBe(version));
  const minutesOf = (sections: FleetSections | undefined) =>
    sections?.sharedGroups.find(({ id }) => id === group)?.autoCloseMin;
  expect(minutesOf(taken.at(-1))).not.toBe(77);
  expect(said).toContainEqual({
    event: 'taken',
    version,
    taken: 1,
    waits: `sharedGroups ${group} (open)`,
    restart: '',
  });
  expect(keeper.owed).toMatchObject([{ item: group, when: 'waits', why: 'open' }]);

  inUse = nothing;
  await becomes(() => expect(keeper.owed).toEqual([]));
  expect(minutesOf(taken.at(-1))).toBe(77);
}, 90_000);

it('takes over what the command has made to hold beside it', async () => {
  const beside = keeper;
  const other = open(0);
  keeper = other;
  const version = await change((fleet) => fleet.places?.splice(0, 1));
  keeper = beside;
  await other.stop();
  taken = [];
  await becomes(() => expect(keeper.running).toBe(version));
  expect(taken).toHaveLength(1);
}, 90_000);

it('works on with what it has where that cannot be compared with what holds, and says so once', async () => {
  const version = await change((fleet) => fleet.units?.splice(0, 1));
  await becomes(() => expect(taken).toHaveLength(1));
  await keeper.stop();
  [taken, said] = [[], []];
  const fleet = parse(example) as Raw;
  fleet.units?.push(fleet.units[0] ?? {}); // twice, which no check lets pass
  keeper = open(0, stringify(fleet, { aliasDuplicateObjects: false }));
  keeper.start();
  const told = () => said.filter(({ event }) => event === 'taken');
  await becomes(() => expect(told()).toEqual([{ event: 'taken', version, taken: 0, waits: '', restart: 'all of it' }]));
  for (let looks = 0; looks < 3; looks++) {
    clock.advance(5000);
    await keeper.desk.fleet(); // answered after the look
  }
  expect([keeper.running, taken, told().length]).toEqual([0, [], 1]);
}, 180_000);

it('waits for the day of a version', async () => {
  const fleet = parse((await keeper.desk.text(0)) ?? '') as Raw;
  // By the thread's own wall clock; on a machine that does other things proposing alone may outlast the first of these.
  for (const waitMs of [1500, 6000, 20_000]) {
    fleet.units?.splice(0, 1);
    const fromUtcMs = Date.now() + waitMs;
    const outcome = await keeper.desk.propose({ by: opoBe, text: stringify(fleet), reason: 'request', fromUtcMs });
    if (!('version' in outcome)) throw new Error(JSON.stringify(outcome));
    const { name, number } = outcome.version;
    if (name === 'active') continue;
    expect(name).toBe('approved');
    await becomes(() => expect(keeper.running).toBe(number));
    expect(Date.now()).toBeGreaterThanOrEqual(fromUtcMs);
    return;
  }
  expect.fail('no version was proposed before its day');
}, 90_000);

it('goes on with what holds when its thread cannot answer, and says so once', async () => {
  await keeper.stop();
  const whole = folder;
  folder = join(folder, 'a-file');
  writeFileSync(folder, '');
  keeper = open(0);
  keeper.start();
  await becomes(() => expect(said.filter(({ event }) => event === 'away')).toHaveLength(1));
  await expect(keeper.desk.fleet()).rejects.toThrow();
  folder = whole;
}, 90_000);
