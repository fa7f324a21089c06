import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bootTime } from '../../src/base/boot-clock.ts';
import { ManualClock } from '../../src/base/clock.ts';
import type { OperationRefusal } from '../../src/console/ports.ts';
import { Retention, retentionGroups } from '../../src/gateway/retention.ts';
import { type Person, roles } from '../../src/operations/terms.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { RetentionStore, type RetentionTables } from '../../src/store/retention-store.ts';
import { demoConfig } from './demo-config.ts';

const folders: string[] = [];
const running: Retention[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const dayMs = 24 * 3_600_000;
const [someone] = demoConfig.people;
const personIn = (id: string, role: Person['role'], country: string) => ({
  ...someone!,
  id,
  display: id,
  role,
  country,
});
const people = [
  personIn('aud-be', 'auditor', 'BE'),
  personIn('aud-fr', 'auditor', 'FR'),
  ...roles.map((role) => personIn(role, role, 'FR')),
];

function setUp(clock = new ManualClock(), servers: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'retention-'));
  folders.push(folder);
  const recordings = join(folder, 'recordings');
  const config = {
    ...demoConfig,
    people,
    gateway: { ...demoConfig.gateway, stateFolder: join(folder, 'state') },
    recording: { ...demoConfig.recording, folder: recordings },
    clock: { servers },
  };
  const said: Record<string, unknown>[] = [];
  const alarms: boolean[] = [];
  const retention = new Retention(config, {
    clock,
    events: {
      retention: {
        changed: (at) => said.push(at),
        halted: (at) => said.push(at),
        back: () => said.push({ back: true }),
        failed: (at) => said.push(at),
        held: (at) => said.push(at),
        ...{ holdSet: (at) => said.push({ ...at }), holdLifted: (at) => said.push({ ...at }) },
      },
      consoles: { notPermitted: (at) => said.push({ ...at }) },
    },
    alarm: (isHalted) => alarms.push(isHalted),
    forget: () => true,
    words: { read: () => undefined, write: () => undefined },
    ...{ signedIn: () => undefined, incident: async () => undefined },
    swept: () => undefined,
  });
  running.push(retention);
  const ask = (id: string, days = 30, reason = 'law') => {
    const { display, role } = people.find((each) => each.id === id)!;
    const answers: (OperationRefusal | undefined)[] = [];
    const person = { person: id, display, role, controlRoom: 'ccpd' };
    retention.operate(person, { name: 'setRetention', rule: 'voiceSharedGroup', days, reason }, (each) => {
      answers.push(each);
    });
    expect(answers).toHaveLength(1);
    return answers[0]?.cause;
  };
  const record = (ageDays: number, group = 'xb-acc'): string => {
    const utc = new Date(Date.now() - ageDays * dayMs).toISOString();
    const file = join(recordings, utc.slice(0, 10), group, `${utc.replaceAll(/[-:]/g, '')}-1.opus`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'voice');
    return file;
  };
  /** Until it begins to look at what is kept, which others do not wait for. */
  const start = (): void => {
    retention.start();
    clock.advance(5000);
  };
  return { config, retention, start, said, alarms, ask, record };
}

describe('how long evidence is kept, asked for at consoles', () => {
  it.each(roles.filter((role) => role !== 'auditor'))('is refused to a %s, and that is logged', (role) => {
    const { ask, said } = setUp();
    expect(ask(role)).toBe('not-permitted');
    expect(ask('aud-be')).toBe('second-person-missing'); // it does not count as the first word
    expect(said[0]).toMatchObject({ rule: 'voiceSharedGroup', days: 30, operator: role, refusal: 'not-permitted' });
  });

  it('wants the same from a second person within ten minutes', () => {
    const clock = new ManualClock();
    const { ask, said } = setUp(clock);
    expect(ask('aud-be')).toBe('second-person-missing');
    expect(ask('aud-be')).toBe('second-person-missing');
    expect(ask('aud-fr', 31)).toBe('second-person-missing'); // not the same
    clock.advance(600_000);
    expect(ask('aud-fr')).toBe('second-person-missing');
    expect(said.every(({ refusal }) => refusal === 'second-person-missing')).toBe(true);
  });

  it('is set by two auditors, and what is too old then goes', async () => {
    const { ask, said, record } = setUp();
    const [old, young] = [record(50), record(20)];
    expect(ask('aud-be')).toBe('second-person-missing');
    expect(ask('aud-fr')).toBeUndefined();
    expect(said.at(-1)).toEqual({
      ...{ rule: 'voiceSharedGroup', days: 30, reason: 'law' },
      ...{ operator: 'aud-fr', role: 'auditor', controlRoom: 'ccpd' },
      ...{ second: 'aud-be', secondRole: 'auditor', secondControlRoom: someone!.controlRoom },
    });
    await vi.waitFor(() => expect(existsSync(old)).toBe(false), { timeout: 150_000 });
    expect(existsSync(young)).toBe(true);
  }, 180_000);
});

it('goes by the rules of a group that is new in the fleet data', async () => {
  const { config, retention, start, ask, record } = setUp();
  config.retention = { ...config.retention, voiceNationalLegDays: [{ country: 'FR', days: 30 }] };
  const older = (): Promise<void> => {
    const [old] = [record(40), record(1)]; // goes after all that is older
    return vi.waitFor(() => expect(existsSync(old)).toBe(false), { timeout: 80_000 });
  };
  start();
  await older();
  // Of Belgium alone; of a group that it does not know the law of France would hold as well.
  const [group] = config.sharedGroups;
  const belgian = config.talkgroups.filter(({ network }) => {
    return config.networks.some(({ id, country }) => id === network && country === 'BE');
  });
  const legs = belgian.slice(0, 1).map(({ id }) => ({ ...group!.legs[0]!, talkgroup: id }));
  config.sharedGroups = [...config.sharedGroups, { ...group!, id: 'xb-new', legs }];
  retention.fleetChanged();
  const file = record(50, 'xb-new');
  const isOver = older();
  expect([ask('aud-be', 60), ask('aud-fr', 60)]).toEqual(['second-person-missing', undefined]);
  await isOver;
  expect(existsSync(file)).toBe(true);
}, 180_000);

describe('holds at consoles', () => {
  it('are set, seen and lifted by way of the thread that sweeps, and keep what a sweep would take', async () => {
    const { retention, said, record, ask } = setUp(new ManualClock({ nowMs: 0, utcMs: Date.now() }));
    const as = (id: string): Person => ({ person: id, display: id, role: 'auditor', controlRoom: 'ccpd' });
    const day = new Date(Date.now() - 400 * dayMs).toISOString().slice(0, 10);
    const [fromUtcMs, toUtcMs] = [Date.parse(day), Date.parse(day) + dayMs];
    const set = await retention.office.hold(as('aud-be'), { reason: 'order 12', fromUtcMs, toUtcMs });
    expect(set).toEqual({ hold: 1, isWaiting: false });
    const [held = '', old = ''] = [record(400), record(380), record(1)];
    expect([ask('aud-be'), ask('aud-fr')]).toEqual(['second-person-missing', undefined]); // and a sweep at once
    await vi.waitFor(() => expect(existsSync(old)).toBe(false), { timeout: 150_000 });
    expect(existsSync(held)).toBe(true);
    expect(await retention.office.view(as('aud-fr'))).toMatchObject({
      view: { holds: [{ hold: 1, fromUtcMs, toUtcMs, by: 'aud-be', country: 'BE' }], next: [{ day, hold: 1 }] },
    });
    expect(await retention.office.lift(as('aud-fr'), 1, 'released')).toEqual({ hold: 1, isWaiting: true });
    expect(await retention.office.lift(as('aud-be'), 1, 'released')).toEqual({ hold: 1, isWaiting: false });
    expect(said.at(-1)).toMatchObject({ hold: 1, operator: 'aud-be', second: 'aud-fr' });
    const asked = retention.office.view(as('aud-fr'));
    await retention.stop();
    expect(await asked).toEqual({ refusal: 'away' });
  }, 180_000);
});

describe('what is too old', () => {
  it('stays while time servers say that the clock is wrong, and consoles say so', async () => {
    const { retention, start, said, alarms, record } = setUp(new ManualClock(), ['ntp1']);
    const [old] = [record(400), record(1)];
    retention.clockSaid({ state: 'off', offsetMs: 365 * dayMs, boundMs: 5, source: 'ntp1', sinceUtcMs: 0 });
    start();
    await vi.waitFor(() => expect(alarms).toEqual([true]), { timeout: 150_000 });
    expect(said).toEqual([{ reason: 'off' }]);
    expect(existsSync(old)).toBe(true);
    retention.clockSaid({ state: 'agreed', offsetMs: 1, boundMs: 5, source: 'ntp1', sinceUtcMs: 0 });
    await vi.waitFor(() => expect(existsSync(old)).toBe(false), { timeout: 150_000 });
    expect(alarms).toEqual([true, false]);
    expect(said).toEqual([{ reason: 'off' }, { back: true }]);
  }, 180_000);

  it('goes on the first day of a gateway that has recorded something: its clock is in no doubt', async () => {
    const { start, alarms, said, record } = setUp();
    const [old, today] = [record(400), record(0)];
    start();
    await vi.waitFor(() => expect(existsSync(old)).toBe(false), { timeout: 150_000 });
    expect(existsSync(today)).toBe(true);
    expect([alarms, said]).toEqual([[], []]); // neither halted nor held
  }, 180_000);

  it('is held where it was recorded a moment ago by a clock that was a year behind', async () => {
    const { config, retention, start, said, record } = setUp(new ManualClock(), ['ntp1']);
    const [named, old] = [record(365), record(100), record(1)];
    const { id, stateFolder } = config.gateway;
    const { boot, utcMs, sinceBootMs } = bootTime();
    const [fromUtcMs, toUtcMs] = [utcMs - 365 * dayMs - 60_000, utcMs - 365 * dayMs + 60_000];
    const store = await RetentionStore.open(
      openDatabase<RetentionTables>(fileAt(join(stateFolder, id, 'retention.db'))),
    );
    // A minute ago, by a clock that nobody sets.
    await store.keepStretch({ boot, fromUtcMs, toUtcMs, gapMs: toUtcMs - (sinceBootMs - 60_000), isVouched: false });
    await store.close();
    retention.clockSaid({ state: 'agreed', offsetMs: 1, boundMs: 5, source: 'ntp1', sinceUtcMs: 0 });
    start();
    retention.clockSaid({ state: 'agreed', offsetMs: 1, boundMs: 5, source: 'ntp1', sinceUtcMs: 0 });
    await vi.waitFor(() => expect(existsSync(old)).toBe(false), { timeout: 150_000 });
    expect(existsSync(named)).toBe(true);
    expect(said).toMatchObject([{ hold: 1, fromUtc: new Date(fromUtcMs).toISOString() }]);
  }, 180_000);

  it('stays where the clock is far ahead of what was recorded last', async () => {
    const { start, alarms, said, record } = setUp();
    const old = record(400);
    start();
    await vi.waitFor(() => expect(alarms).toEqual([true]), { timeout: 150_000 });
    expect(said).toEqual([{ reason: 'ahead' }]);
    expect(existsSync(old)).toBe(true);
  }, 180_000);
});

it('knows the countries of all networks that a group joins', () => {
  const groups = retentionGroups(demoConfig);
  expect(groups['xb-acc']).toMatchObject({ group: 'xb-acc', countries: ['BE', 'FR'] });
});
