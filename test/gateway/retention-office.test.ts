/** Holds at a console: who may, with whom, what the log says, and what auditors see; databases and folders are real. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HoldWish } from '../../src/api/retention-schemas.ts';
import { changeSchema, retentionSchema } from '../../src/api/retention-schemas.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { RetentionOffice } from '../../src/gateway/retention-office.ts';
import { type Person, roles } from '../../src/operations/terms.ts';
import { RecordingsAway } from '../../src/store/recordings-thread.ts';
import { RetentionKeeper } from '../../src/store/retention-keeper.ts';
import { RetentionAway } from '../../src/store/retention-thread.ts';
import { RetentionRig } from '../store/retention-rig.ts';
import { demoConfig } from './demo-config.ts';

const [someone] = demoConfig.people;
const people = [
  ...[
    { id: 'aud-be', role: 'auditor', country: 'BE' } as const,
    { id: 'aud-be-2', role: 'auditor', country: 'BE' } as const,
    { id: 'aud-fr', role: 'auditor', country: 'FR' } as const,
    { id: 'aud-fr-2', role: 'auditor', country: 'FR' } as const,
  ],
  ...roles.map((role) => ({ id: role, role, country: 'FR' })),
].map((each) => ({ ...someone!, display: `Mr ${each.id}`, controlRoom: 'ccpd', ...each }));
const personOf = (id: string): Person => {
  const { display, role, controlRoom } = people.find((each) => each.id === id)!;
  return { person: id, display, role, controlRoom };
};

let rig: RetentionRig;
let office: RetentionOffice;
/** A gateway that is started anew on the same folders. */
let restart: () => void;
let isSetting: boolean;
let document: unknown;
let inForce: Readonly<Record<string, number>>;
let clock: ManualClock;
let isAway: boolean;
let database: DatabaseSync;
let halted: string | undefined;
let incident: () => Promise<{ fromUtcMs: number; toUtcMs: number; groups: string[] } | undefined>;
const said: Record<string, unknown>[] = [];
/** What is on its way to the database. */
const stored: Promise<unknown>[] = [];
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  rig = new RetentionRig();
  clock = new ManualClock({ nowMs: 1000, utcMs: Date.UTC(2026, 10, 29, 14) });
  isAway = false;
  isSetting = true;
  document = undefined;
  inForce = { voiceSharedGroup: 60, actionLog: 1095 };
  halted = undefined;
  incident = async () => undefined;
  said.length = 0;
  const [store, audit] = [await rig.store(), await rig.audit()];
  closing.push(
    () => store.close(),
    () => audit.close(),
    async () => database.close(),
  );
  database = new DatabaseSync(join(rig.state, 'retention.db'));
  const [group] = demoConfig.sharedGroups;
  const keeper = new RetentionKeeper(
    { recordings: rig.recordings, stateFolder: rig.state, values: { voiceSharedGroup: 60, actionLog: 1095 } },
    {
      ...{ store, audit, key: rig.key.privateKey },
      groups: () => ({ [group!.id]: { group: group!.id, countries: ['BE'] } }),
    },
  );
  const note = (event: string) => (at: object) => void said.push({ event, ...at });
  restart = () => {
    office = new RetentionOffice(
      { ...demoConfig, people },
      {
        clock,
        events: {
          retention: { changed: note('retention.changed'), holdSet: note('hold.set'), holdLifted: note('hold.lifted') },
          consoles: { notPermitted: note('permission.refused') },
        },
        desk: () => {
          if (isAway) throw new RetentionAway('no disk');
          // As the thread says what a database says.
          const away = (error: Error) => Promise.reject(new RetentionAway(error.message));
          return {
            look: (utcMs) => keeper.look(utcMs),
            preview: (rule, days, utcMs) => keeper.preview(rule, days, utcMs),
            holds: () => keeper.holds(),
            addHold: (wish) => keeper.addHold(wish),
            liftHold: (number, utcMs) => keeper.liftHold(number, utcMs).catch(away),
          };
        },
        signedIn: () => undefined,
        halted: () => halted,
        incident: () => incident(),
        values: () => inForce,
        set: (rule, days, by) => {
          if (isSetting) {
            inForce = { ...inForce, [rule]: days };
            stored.push(store.setValue(rule, days, by, clock.utcMs()));
          }
          return isSetting;
        },
        words: {
          read: (isWhole) => (isWhole(document) ? document : undefined),
          write: (next) => {
            document = JSON.parse(JSON.stringify(next));
            return undefined;
          },
        },
      },
    );
  };
  restart();
});
afterEach(async () => {
  await Promise.all(stored.splice(0));
  for (const close of closing.splice(0)) await close();
  rig.close();
});

const hold = (by: string, wish: Partial<HoldWish> = {}) => office.hold(personOf(by), { reason: 'order 12', ...wish });
const lift = (by: string, number = 1) => office.lift(personOf(by), number, 'released');
const view = async (by = 'aud-be') => {
  const outcome = await office.view(personOf(by));
  if ('refusal' in outcome) throw new Error(outcome.refusal);
  return outcome.view;
};
const others = roles.filter((role) => role !== 'auditor');

describe('a hold', () => {
  it('is set by one auditor, is seen with who, why and what, and stands in the log', async () => {
    const [group] = demoConfig.sharedGroups;
    const wish = { fromUtcMs: Date.UTC(2026, 9, 1), toUtcMs: Date.UTC(2026, 9, 2), groups: [group!.id] };
    expect(await hold('aud-be', wish)).toEqual({ hold: 1, isWaiting: false });
    const shown = await view();
    expect(retentionSchema.parse(shown)).toEqual(shown);
    const about = { by: 'Mr aud-be', country: 'BE', reason: 'order 12', sinceUtcMs: clock.utcMs() };
    expect(shown).toMatchObject({ holds: [{ hold: 1, ...wish, ...about }], mayHold: true });
    expect(shown.groups).toMatchObject([{ group: group!.id, short: group!.short, rule: 'voiceSharedGroup', days: 60 }]);
    expect(shown.rules[0]).toEqual({ rule: 'voiceSharedGroup', days: 60, keptFrom: '2026-09-30' });
    expect(said).toEqual([
      {
        ...{ event: 'hold.set', hold: 1, reason: 'order 12', operator: 'Mr aud-be', role: 'auditor' },
        ...{ controlRoom: 'ccpd', groups: [group!.id] },
        ...{ fromUtc: '2026-10-01T00:00:00.000Z', toUtc: '2026-10-02T00:00:00.000Z' },
      },
    ]);
  });

  it('takes the time and groups of an incident, unless they are said', async () => {
    const [group] = demoConfig.sharedGroups;
    incident = async () => ({ fromUtcMs: 1000, toUtcMs: 2000, groups: [group!.id] });
    await hold('aud-fr', { incident: 'B1' });
    incident = async () => ({ fromUtcMs: 1000, toUtcMs: 2000, groups: [] });
    await hold('aud-fr', { incident: 'B1', toUtcMs: 3000 });
    const [one, other] = (await view()).holds;
    expect(one).toMatchObject({ fromUtcMs: 1000, toUtcMs: 2000, groups: [group!.id] });
    expect(other).toMatchObject({ fromUtcMs: 1000, toUtcMs: 3000 });
    expect(other).not.toHaveProperty('groups');
    expect(said[0]).toMatchObject({ incident: 'B1' });
  });

  it('is refused where it would hold nothing, and while nothing can be read', async () => {
    expect(await hold('aud-be', { groups: ['xb-mistyped'] })).toEqual({ refusal: 'group-unknown' });
    expect(await hold('aud-be', { incident: 'B9' })).toEqual({ refusal: 'incident-unknown' });
    expect(await hold('aud-be', { incident: Array(21).fill('B1').join(',') })).toEqual({ refusal: 'incident-unknown' });
    expect(await hold('aud-be', { fromUtcMs: 5, toUtcMs: 5 })).toEqual({ refusal: 'no-time' });
    expect(await hold('aud-be', { reason: ' ' })).toEqual({ refusal: 'no-reason' });
    incident = async () => {
      throw new RecordingsAway('no log');
    };
    expect(await hold('aud-be', { incident: 'B1' })).toEqual({ refusal: 'away' });
    expect((await view()).holds).toEqual([]);
    isAway = true;
    expect(await hold('aud-be')).toEqual({ refusal: 'away' });
    expect(await lift('aud-be')).toEqual({ refusal: 'away' });
    expect(await office.view(personOf('aud-be'))).toEqual({ refusal: 'away' });
  });

  it.each(others)('is neither set nor lifted nor seen by a %s, and that is logged', async (role) => {
    await hold('aud-be');
    said.length = 0;
    expect(await hold(role)).toEqual({ refusal: 'not-permitted' });
    expect(await lift(role)).toEqual({ refusal: 'not-permitted' });
    expect(await office.view(personOf(role))).toEqual({ refusal: 'not-permitted' });
    expect(said).toMatchObject([
      { event: 'hold.set', role, refusal: 'not-permitted' },
      { event: 'hold.lifted', hold: 1, role, refusal: 'not-permitted' },
      { event: 'permission.refused', role, permission: 'set_retention' },
    ]);
    expect(await lift('aud-fr')).toEqual({ hold: 1, isWaiting: true }); // his word did not count
    expect((await view()).holds).toHaveLength(1);
  });
});

describe('a rule', () => {
  const change = (by: string, rule = 'voiceSharedGroup', days = 30) =>
    office.change(personOf(by), { rule, days, reason: 'law of 2026' });
  const preview = async (rule: string, days: number) => {
    const outcome = await office.preview(personOf('aud-be'), rule, days);
    return 'view' in outcome ? outcome.view : outcome.refusal;
  };

  it('is set by two who ask for the same, also where the gateway was started anew between their words', async () => {
    expect(change('aud-be')).toEqual({ isWaiting: true });
    const asked = { rule: 'voiceSharedGroup', days: 30, reason: 'law of 2026', by: 'Mr aud-be' };
    const untilUtcMs = clock.utcMs() + 600_000;
    expect((await view('aud-fr')).asked).toEqual([{ ...asked, isOwn: false, untilUtcMs }]);
    clock.advance(60_000);
    restart();
    expect((await view('aud-be')).asked).toEqual([{ ...asked, isOwn: true, untilUtcMs }]);
    expect(change('aud-fr', 'voiceSharedGroup', 31)).toEqual({ isWaiting: true }); // not the same
    expect(change('aud-fr')).toEqual({ isWaiting: false });
    expect((await view()).rules[0]).toMatchObject({ days: 30, setBy: 'Mr aud-fr, Mr aud-be' });
    expect(said.at(-1)).toMatchObject({ event: 'retention.changed', days: 30, second: 'Mr aud-be' });
    restart();
    expect((await view()).asked).toMatchObject([{ days: 31 }]);
    clock.advance(600_000);
    restart();
    expect((await view()).asked).toEqual([]);
  });

  it('keeps the first word to lift a hold over a restart, and not that of somebody who is no auditor any more', async () => {
    await hold('aud-be');
    expect(await lift('aud-fr')).toEqual({ hold: 1, isWaiting: true });
    restart();
    expect((await view()).holds[0]?.lift).toMatchObject({ by: 'Mr aud-fr' });
    const fr = people.find(({ id }) => id === 'aud-fr')!;
    Object.assign(fr, { role: 'dispatcher' });
    expect(await lift('aud-be')).toEqual({ refusal: 'second-person-may-not' });
    Object.assign(fr, { role: 'auditor' });
    expect(await lift('aud-be')).toEqual({ hold: 1, isWaiting: false });
  });

  it('counts no word of somebody who has been disabled since, also after a restart', async () => {
    await hold('aud-be');
    change('aud-fr');
    change('aud-be', 'actionLog', 400);
    expect(await lift('aud-fr')).toEqual({ hold: 1, isWaiting: true });
    office.left('aud-fr');
    expect((await view()).asked).toMatchObject([{ rule: 'actionLog', by: 'Mr aud-be' }]);
    restart();
    expect(change('aud-be')).toEqual({ isWaiting: true });
    expect(await lift('aud-be')).toEqual({ hold: 1, isWaiting: true });
    expect(inForce.voiceSharedGroup).toBe(60);
    expect((await view()).holds).toHaveLength(1);
  });

  it('shows first what would go, and which law decides then', async () => {
    rig.recording(40, demoConfig.sharedGroups[0]!.id);
    rig.recording(70, demoConfig.sharedGroups[0]!.id); // goes anyway
    const shown = await preview('voiceSharedGroup', 30);
    expect(changeSchema.parse(shown)).toEqual(shown);
    expect(shown).toMatchObject({
      daysBefore: 60,
      goes: [{ kind: 'voice', count: 1, rule: 'voiceSharedGroup', days: 30 }],
      groups: [{ daysBefore: 60, days: 30 }],
    });
    expect(await preview('voiceSharedGroup', 40)).toMatchObject({ goes: [] });
    expect(await preview('voiceNationalLeg.BE', 90)).toMatchObject({
      groups: [{ days: 60, rule: 'voiceSharedGroup' }],
    });
    expect(await preview('voiceNationalLeg.BE', 90)).not.toHaveProperty('daysBefore');
    for (const days of [0, 1.5, 40_000]) expect(await preview('voiceSharedGroup', days)).toBe('days-out-of-range');
    expect(await preview('plates', 3)).toBe('unknown-rule');
  });

  it('stays where it cannot be set, and for whoever may not', async () => {
    change('aud-be');
    isSetting = false;
    expect(change('aud-fr')).toEqual({ refusal: 'away' });
    for (const role of others) {
      expect(change(role)).toEqual({ refusal: 'not-permitted' });
      expect(await office.preview(personOf(role), 'voiceSharedGroup', 3)).toEqual({ refusal: 'not-permitted' });
    }
    expect(inForce.voiceSharedGroup).toBe(60);
  });
});

/** One person with several sessions, by page and program, over restarts, and whatever is asked besides. */
it('is changed by two persons of two countries within ten minutes of one another, and by nobody alone', () => {
  /** Mostly what may be, so that it comes to be set. */
  const mostly = <Value>(usual: fc.Arbitrary<Value>, other: fc.Arbitrary<Value>) =>
    fc.oneof({ arbitrary: usual, weight: 9 }, { arbitrary: other, weight: 1 });
  const asking = fc.record({
    by: mostly(
      fc.constantFrom('aud-be', 'aud-be-2', 'aud-fr', 'aud-fr-2'),
      fc.constantFrom('supervisor', 'sys-admin', 'fleet-admin'),
    ),
    rule: mostly(
      fc.constantFrom('voiceSharedGroup', 'actionLog'),
      fc.constantFrom('__proto__', 'toString', 'hit.fr', 'voiceSharedGroup.be', 'hit.BE.FR'),
    ),
    days: mostly(fc.constantFrom(30, 31), fc.constantFrom(0, -0, 1.5, Infinity, NaN, -1, 1e21, 36_601)),
    reason: mostly(fc.constant('law'), fc.constantFrom(' ', '')),
    laterMs: mostly(fc.constantFrom(0, 1000, 200_000), fc.constantFrom(599_999, 600_000)),
    isAnew: mostly(fc.constant(false), fc.constant(true)),
  });
  let sets = 0;
  fc.assert(
    fc.property(fc.array(asking, { maxLength: 25 }), (all) => {
      [document, inForce] = [undefined, { voiceSharedGroup: 60, actionLog: 1095 }];
      restart();
      /** Who has asked for it, and when, since it was set. */
      const words = new Map<string, { by: string; atMs: number }[]>();
      for (const { by, rule, days, reason, laterMs, isAnew } of all) {
        clock.advance(laterMs);
        if (isAnew) restart();
        const outcome = office.change(personOf(by), { rule, days, reason });
        const asked = words.get(`${rule}=${days}`) ?? [];
        if (!('isWaiting' in outcome)) continue;
        expect(reason).toBe('law'); // of the first as well: his word stays for ten minutes
        expect([by.slice(0, 4), Object.hasOwn(inForce, rule), [30, 31].includes(days)]).toEqual(['aud-', true, true]);
        if (outcome.isWaiting) words.set(`${rule}=${days}`, [...asked, { by, atMs: clock.nowMs() }]);
        else {
          sets++;
          words.delete(`${rule}=${days}`);
          const isSeconded = asked.some((first) => {
            const isOtherCountry = first.by.slice(0, 6) !== by.slice(0, 6);
            return isOtherCountry && clock.nowMs() - first.atMs < 600_000;
          });
          expect(isSeconded).toBe(true);
        }
      }
    }),
  );
  expect(sets).toBeGreaterThan(0);
});

describe('lifting one', () => {
  it('wants two persons, one of the country that set it, within ten minutes; whoever looks sees the first word', async () => {
    await hold('aud-be');
    expect(await lift('aud-fr')).toEqual({ hold: 1, isWaiting: true });
    expect(await lift('aud-fr')).toEqual({ hold: 1, isWaiting: true });
    const until = { by: 'Mr aud-fr', untilUtcMs: clock.utcMs() + 600_000 };
    expect((await view('aud-fr')).holds[0]?.lift).toEqual({ ...until, isOwn: true });
    expect((await view('aud-be')).holds[0]?.lift).toEqual({ ...until, isOwn: false });
    expect(await lift('aud-fr-2')).toEqual({ refusal: 'second-person-other-country' });
    clock.advance(600_000);
    expect((await view()).holds[0]).not.toHaveProperty('lift');
    expect(await lift('aud-be')).toEqual({ hold: 1, isWaiting: true });
    expect(await lift('aud-fr')).toEqual({ hold: 1, isWaiting: false });
    expect((await view()).holds).toEqual([]);
    expect(said.at(-1)).toEqual({
      ...{ event: 'hold.lifted', hold: 1, reason: 'released' },
      ...{ operator: 'Mr aud-fr', role: 'auditor', controlRoom: 'ccpd' },
      ...{ second: 'Mr aud-be', secondRole: 'auditor', secondControlRoom: 'ccpd' },
    });
    expect(await lift('aud-be')).toEqual({ refusal: 'hold-unknown' });
  });

  it('is logged once it is kept: where it cannot be the log says so, the hold stands, and the first word too', async () => {
    await hold('aud-be');
    await lift('aud-fr');
    database.exec(`CREATE TRIGGER full BEFORE UPDATE ON legal_hold BEGIN SELECT RAISE(ABORT, 'disk is full'); END`);
    expect(await lift('aud-be')).toEqual({ refusal: 'away' });
    const persons = { operator: 'Mr aud-be', second: 'Mr aud-fr' };
    expect(said.at(-1)).toMatchObject({ event: 'hold.lifted', hold: 1, ...persons, refusal: 'retention-away' });
    expect((await view()).holds[0]?.lift).toMatchObject({ by: 'Mr aud-fr' });
    database.exec('DROP TRIGGER full');
    // Two of them press at once: it is lifted, and said, once.
    const both = await Promise.all([lift('aud-be'), lift('aud-be-2')]);
    expect(both).toEqual(expect.arrayContaining([{ hold: 1, isWaiting: false }, { refusal: 'hold-unknown' }]));
    const done = said.filter(({ event, refusal }) => event === 'hold.lifted' && refusal === undefined);
    expect(done).toMatchObject([{ hold: 1, second: 'Mr aud-fr' }]);
  });

  it('counts a word for one hold for no other', async () => {
    await hold('aud-be');
    await hold('aud-be');
    expect(await lift('aud-fr', 1)).toMatchObject({ isWaiting: true });
    expect(await lift('aud-be', 2)).toMatchObject({ isWaiting: true });
    expect(await lift('aud-be-2', 2)).toEqual({ hold: 2, isWaiting: false }); // both are of its country
    expect((await view()).holds.map((each) => each.hold)).toEqual([1]);
  });
});

it('says why nothing is removed', async () => {
  expect(await view()).not.toHaveProperty('halted');
  halted = 'behind';
  expect(await view()).toMatchObject({ halted: 'behind' });
});
