/** How a gateway that runs takes over another version of its fleet data. */
import { assert, constantFrom, integer, property, record, subarray, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fleetSections } from '../../src/config/config-source.ts';
import type { FleetData } from '../../src/config/fleet-diff.ts';
import { type FleetStep, fleetSteps, type InUse, meanwhile, waitingWhole } from '../../src/config/fleet-plan.ts';

type Item = Readonly<Record<string, unknown>>;
type Small = Readonly<Record<(typeof fleetSections)[number], readonly Item[]>>;
const nothing: InUse = { groups: new Set(), talkgroups: new Set(), plans: new Set(), controlRooms: new Set() };

function dataOf(small: Small): FleetData {
  return { ...small, announcements: { texts: [] }, networks: [] } as unknown as FleetData;
}

const rooms = ['r0', 'r1'] as const;
const talkgroups = ['t0', 't1', 't2', 't3'] as const;
const groups = ['g0', 'g1', 'g2'] as const;
const plans = ['p0', 'p1'] as const;

/** Fleet data in which every reference finds its item: what is referred to is there because it is referred to. */
const small = tuple(
  subarray([...groups]),
  subarray([...plans]),
  record({
    legs: tuple(...groups.map(() => subarray([...talkgroups], { minLength: 1 }))),
    opened: tuple(...plans.map(() => subarray([...groups]))),
    modes: tuple(...groups.map(() => constantFrom('on-demand', 'on-demand', 'permanent'))),
    changes: tuple(...[0, 1, 2, 3, 4].map(() => integer({ min: 0, max: 1 }))),
    shadows: tuple(...groups.map(() => subarray([...talkgroups]))),
    loose: subarray([...talkgroups]),
    unit: constantFrom('m31', 'm32'),
    room: subarray([...rooms], { minLength: 1 }),
  }),
).map(([groupIds, planIds, { legs, shadows, opened, modes, changes, loose, unit, room }]): Small => {
  const held = planIds.map((id) => ({
    id,
    name: { fr: `${changes[3]}` },
    groups: (opened[plans.indexOf(id as 'p0')] ?? []).filter((group) => groupIds.includes(group)),
    expiresMin: changes[4],
  }));
  const shared = groupIds.map((id) => {
    const at = groups.indexOf(id as 'g0');
    const own = (legs[at] ?? []).map((talkgroup) => ({ talkgroup, priorityMax: changes[0] }));
    const listened = (shadows[at] ?? []).filter((id) => legs[at]?.includes(id) === false);
    const shadowLegs = listened.map((talkgroup) => ({ talkgroup, priorityMax: changes[0] }));
    return { id, name: { fr: `${changes[1]}` }, mode: modes[at], legs: own, shadowLegs, monitoredBy: room };
  });
  const named = shared.flatMap(({ legs: own, shadowLegs }) => [...own, ...shadowLegs]);
  const needed = new Set([...loose, ...named.map(({ talkgroup }) => talkgroup)]);
  return {
    controlRooms: room.map((id) => ({ id })),
    people: room.map((id) => ({ id: `of-${id}`, controlRoom: id })),
    organisations: [],
    units: [{ id: unit, callSign: `${changes[1]}` }],
    statuses: [],
    places: [],
    talkgroups: talkgroups.filter((id) => needed.has(id)).map((id) => ({ id, number: `${changes[2]}${id}` })),
    sharedGroups: shared,
    alertPlans: held,
  };
});
const use = record({ open: subarray([...groups]), underWay: subarray([...plans]), here: subarray([...rooms]) });
type Use = Readonly<Record<'open' | 'underWay' | 'here', readonly string[]>>;
const unused: Use = { open: [], underWay: [], here: [] };

/** What can be in use: groups that there are, all that is joined to them, plans and control rooms that there are. */
function inUseOf(data: Small, { open, underWay, here }: Use): InUse {
  const joined = data.sharedGroups.filter(({ id }) => open.includes(`${id}`));
  return {
    ...nothing,
    groups: new Set(joined.map(({ id }) => `${id}`)),
    talkgroups: new Set(joined.flatMap(({ legs }) => (legs as Item[]).map(({ talkgroup }) => `${talkgroup}`))),
    plans: new Set(data.alertPlans.flatMap(({ id }) => (underWay.includes(`${id}`) ? [`${id}`] : []))),
    controlRooms: new Set(data.controlRooms.flatMap(({ id }) => (here.includes(`${id}`) ? [`${id}`] : []))),
  };
}

function taken(before: Small, after: Small, inUse: InUse): { steps: readonly FleetStep[]; merged: Small } {
  const steps = fleetSteps(dataOf(before), dataOf(after), inUse);
  const merged = meanwhile(before, after, steps);
  return { steps, merged: Object.fromEntries(fleetSections.map((each) => [each, merged[each] ?? []])) as Small };
}
const idsOf = (items: readonly Item[]) => new Set(items.map(({ id }) => `${id}`));
/** But for how it is called, and who is only listened to. */
const inWork = ({ name: _, shadowLegs: _shadows, ...item }: Item): Item => item;
const named = (items: readonly Item[], id: string) => items.find((each) => each.id === id);

describe('taking over another version', () => {
  it('touches nothing that is in use but its name', () => {
    assert(
      property(small, small, use, (before, after, used) => {
        const inUse = inUseOf(before, used);
        const { merged } = taken(before, after, inUse);
        for (const [ids, section] of [
          [inUse.groups, 'sharedGroups'],
          [inUse.plans, 'alertPlans'],
        ] as const) {
          for (const id of ids) {
            const was = named(before[section], id) ?? {};
            const { legs = [], ...now } = inWork(named(merged[section], id) ?? {});
            const { legs: joined = [], ...then } = inWork(was);
            expect(now).toEqual(then);
            // A permanent group may get a leg that was a shadow before; it loses none, and none is another.
            const isNew = (leg: Item) => !(joined as Item[]).some(({ talkgroup }) => talkgroup === leg.talkgroup);
            expect((legs as Item[]).filter((leg) => !isNew(leg))).toEqual(joined);
            const promoted = (legs as Item[]).filter(isNew).map(({ talkgroup }) => talkgroup);
            const shadows = ((was.shadowLegs ?? []) as Item[]).map(({ talkgroup }) => talkgroup);
            expect(shadows).toEqual(expect.arrayContaining(promoted));
            if (was.mode !== 'permanent') expect(promoted).toEqual([]);
          }
        }
        for (const id of inUse.talkgroups) {
          expect(named(merged.talkgroups, id)).toEqual(named(before.talkgroups, id));
        }
        for (const id of inUse.controlRooms) expect(named(merged.controlRooms, id)).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it('leaves no reference without its item', () => {
    assert(
      property(small, small, use, (before, after, used) => {
        const { merged } = taken(before, after, inUseOf(before, used));
        const [known, shared, there] = [merged.talkgroups, merged.sharedGroups, merged.controlRooms].map(idsOf);
        for (const { legs, shadowLegs, monitoredBy } of merged.sharedGroups) {
          for (const { talkgroup } of [...(legs as Item[]), ...(shadowLegs as Item[])])
            expect(known).toContain(talkgroup);
          for (const room of monitoredBy as string[]) expect(there).toContain(room);
        }
        for (const { groups: opened } of merged.alertPlans) {
          for (const group of opened as string[]) expect(shared).toContain(group);
        }
        for (const { controlRoom } of merged.people) expect(there).toContain(controlRoom);
      }),
      { numRuns: 500 },
    );
  });

  it('has each item as it was or as it shall be, and says of each what does not hold yet', () => {
    assert(
      property(small, small, use, (before, after, used) => {
        const { merged, steps } = taken(before, after, inUseOf(before, used));
        for (const section of fleetSections) {
          for (const id of new Set([...idsOf(before[section]), ...idsOf(after[section])])) {
            const step = steps.find((each) => each.section === section && each.item === id);
            const want = step === undefined || step.when === 'at-once' ? after : before;
            expect(named(merged[section], id)).toEqual(named(want[section], id));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is complete once nothing is in use', () => {
    assert(
      property(small, small, use, (before, after, used) => {
        const first = taken(before, after, inUseOf(before, used)).merged;
        const last = taken(first, after, inUseOf(first, unused));
        expect(last.steps.filter(({ when }) => when === 'waits')).toEqual([]);
        expect(last.merged).toEqual(after);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is told of a change', () => {
  const empty: Small = {
    ...{ controlRooms: [{ id: 'r0' }], people: [{ id: 'lotte', controlRoom: 'r0' }], organisations: [], units: [] },
    ...{ statuses: [], places: [], talkgroups: [{ id: 't0', number: '1' }], alertPlans: [] },
    sharedGroups: [
      {
        id: 'g0',
        name: { fr: 'un' },
        mode: 'on-demand',
        legs: [{ talkgroup: 't0' }],
        shadowLegs: [{ talkgroup: 't1' }],
      },
    ],
  };
  const stepsOf = (after: Partial<Small>, inUse: Partial<InUse> = {}) =>
    fleetSteps(dataOf(empty), dataOf({ ...empty, ...after }), { ...nothing, ...inUse }).map(
      ({ section, item, when, why }) => [section, item, when, why].filter((word) => word !== undefined).join(' '),
    );

  it.each([
    ['a unit', { units: [{ id: 'm31' }] }, {}, 'units m31 at-once'],
    ['a group that is closed', { sharedGroups: [] }, {}, 'sharedGroups g0 at-once'],
    ['a group that is open', { sharedGroups: [] }, { groups: new Set(['g0']) }, 'sharedGroups g0 waits open'],
    [
      'the name of one that is open',
      { sharedGroups: [{ ...empty.sharedGroups[0], name: { fr: 'deux' } }] },
      { groups: new Set(['g0']) },
      'sharedGroups g0 at-once',
    ],
    [
      'a group that shall be permanent',
      { sharedGroups: [{ ...empty.sharedGroups[0], mode: 'permanent' }] },
      {},
      'sharedGroups g0 at-once',
    ],
    [
      'a group that shall be permanent with a talkgroup that another has',
      { sharedGroups: [{ ...empty.sharedGroups[0], mode: 'permanent' }] },
      { talkgroups: new Set(['t0']) },
      'sharedGroups g0 waits open',
    ],
    [
      'a talkgroup that is listened to beside one that is open',
      { sharedGroups: [{ ...empty.sharedGroups[0], shadowLegs: [{ talkgroup: 't2' }] }] },
      { groups: new Set(['g0']) },
      'sharedGroups g0 at-once',
    ],
    [
      'a shadow that shall be a leg of one that is open',
      {
        sharedGroups: [{ ...empty.sharedGroups[0], shadowLegs: [], legs: [{ talkgroup: 't0' }, { talkgroup: 't1' }] }],
      },
      { groups: new Set(['g0']) },
      'sharedGroups g0 waits open',
    ],
    [
      'a number',
      { talkgroups: [{ id: 't0', number: '2' }] },
      { talkgroups: new Set(['t0']) },
      'talkgroups t0 waits open',
    ],
    ['a new control room', { controlRooms: [{ id: 'r0' }, { id: 'r1' }] }, {}, 'controlRooms r1 at-once'],
    [
      'a control room that is called otherwise',
      { controlRooms: [{ id: 'r0', callSign: 'CIC' }] },
      {},
      'controlRooms r0 at-once',
    ],
    ['a control room that goes', { controlRooms: [] }, {}, 'controlRooms r0 at-once'],
    [
      'one that goes and is not left yet',
      { controlRooms: [] },
      { controlRooms: new Set(['r0']) },
      'controlRooms r0 waits control-room',
    ],
    ['a person', { people: [] }, {}, 'people lotte at-once'],
  ] as const)('%s', (_what, after, inUse, said) => {
    expect(stepsOf(after, inUse)).toEqual([said]);
  });

  it('a shadow of a permanent group on which there is talk becomes a leg at once, and all else waits', () => {
    const shared = { ...empty.sharedGroups[0], mode: 'permanent' };
    const stepsTo = (after: Item, inUse: InUse = { ...nothing, groups: new Set(['g0']) }) =>
      fleetSteps(
        dataOf({ ...empty, sharedGroups: [shared] }),
        dataOf({ ...empty, sharedGroups: [{ ...shared, ...after }] }),
        inUse,
      ).map(({ when, why }) => why ?? when);
    const both = [{ talkgroup: 't0' }, { talkgroup: 't1' }];
    expect(stepsTo({ legs: both, shadowLegs: [] })).toEqual(['at-once']);
    expect(stepsTo({ legs: [...both, { talkgroup: 't3' }], shadowLegs: [] })).toEqual(['talk']);
    expect(stepsTo({ legs: [{ talkgroup: 't1' }], shadowLegs: [] })).toEqual(['talk']);
    expect(stepsTo({ priority: 3, shadowLegs: [] })).toEqual(['talk']);
    expect(stepsTo({ priority: 3, shadowLegs: [] }, nothing)).toEqual(['at-once']);
  });

  it('what rests on something that has to wait waits with it', () => {
    const gone = stepsOf({ sharedGroups: [], talkgroups: [] }, { groups: new Set(['g0']) });
    expect(gone).toContain('talkgroups t0 waits with-another');
  });

  it('all of it waits where what would hold meanwhile is not valid', () => {
    const steps = fleetSteps(dataOf(empty), dataOf({ ...empty, units: [{ id: 'm31' }] }), nothing);
    expect(waitingWhole(steps)).toMatchObject([{ item: 'm31', when: 'waits', why: 'with-another' }]);
  });
});
