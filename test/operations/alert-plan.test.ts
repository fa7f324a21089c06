import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deadlineMs,
  openPlans,
  type PlanAction,
  type PlanEvent,
  type PlanFacts,
  type PlanState,
  step,
} from '../../src/operations/alert-plan.ts';
import type { Person } from '../../src/operations/terms.ts';

const minute = 60_000;
const chief: Person = { person: 'ccpd-sup', display: 'Chef', role: 'supervisor', controlRoom: 'cr-ccpd' };
const operator: Person = { person: 'ccpd-be-1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const border: PlanFacts = {
  plan: 'pf',
  openedBy: ['supervisor'],
  levels: [
    { level: 1, groups: ['cmd'], posts: [] },
    { level: 2, groups: ['cmd', 'north', 'south'], posts: ['PF-03', 'PF-14'] },
    { level: 3, groups: ['cmd', 'north', 'south'], posts: ['PF-03', 'PF-13', 'PF-14'] },
  ],
  requires: [],
  authorities: ['BE', 'FR'],
  expiresMs: 240 * minute,
  renewable: true,
};
const pursuit: PlanFacts = {
  plan: 'pours',
  openedBy: ['dispatcher', 'supervisor'],
  levels: [{ level: 1, groups: ['pours-1'], posts: [] }],
  requires: ['reason', 'origin', 'host'],
  authorities: [],
  expiresMs: 90 * minute,
  renewable: false,
};
const both = { BE: 'DirCo 18:43', FR: 'préfet délégué 18:44' };

class Desk {
  state: PlanState = openPlans([border, pursuit]);
  nowMs = 0;
  open: ReadonlySet<string> = new Set();

  feed(event: PlanEvent): readonly string[] {
    const { state, actions } = step(this.state, event, this.nowMs);
    this.state = state;
    return actions.flatMap(word);
  }

  activate(more: Partial<Extract<PlanEvent, { name: 'activate' }>> = {}) {
    const asked = { request: 1, person: chief, plan: 'pf', level: 1, add: [], details: {} };
    return this.feed({ name: 'activate', ...asked, authority: { BE: 'DirCo 18:43' }, open: this.open, ...more });
  }

  level(level: number, authority: Record<string, string> = both, person = chief) {
    return this.feed({ name: 'level', request: 2, person, plan: 'pf', level, authority, open: this.open });
  }

  get plan() {
    return this.state.active.get('pf');
  }
}

function word(action: PlanAction): readonly string[] {
  switch (action.name) {
    case 'answer':
      return [action.refusal === undefined ? 'done' : `refused ${action.refusal}`];
    case 'announce':
      return [`${action.what} on ${action.groups.join(' ')}`];
    case 'open':
      return [`open ${[action.group, ...action.add].join(' + ')}`];
    case 'join':
      return [`join ${[action.group, ...action.add].join(' + ')}`];
    case 'extend':
    case 'close':
      return [`${action.name} ${action.group}`];
    case 'ended':
      return ['ended'];
    default:
      return [];
  }
}

describe('activating a plan', () => {
  it('opens its groups, joins what is added to the first, and is announced', () => {
    const desk = new Desk();
    const details = { reason: 'vol aggravé', origin: 'cr-ht', host: 'cr-tn59', place: 'PF-04' };
    expect(desk.activate({ plan: 'pours', person: operator, add: ['as:5300110'], details, authority: {} })).toEqual([
      'open pours-1 + as:5300110',
      'activated on pours-1',
      'done',
    ]);
    expect(desk.activate({ plan: 'pours', person: operator, details })).toEqual(['refused already-active']);
  });

  it('leaves what is open as it is, and joins to it', () => {
    const desk = new Desk();
    desk.open = new Set(['pours-1']);
    const details = { reason: 'x', origin: 'a', host: 'b' };
    expect(desk.activate({ plan: 'pours', details, add: ['as:5300110'] })).toEqual([
      'join pours-1 + as:5300110',
      'activated on pours-1',
      'done',
    ]);
    expect(desk.feed({ name: 'end', request: 3, person: chief, plan: 'pours', authority: {} })).toEqual([
      'ended on pours-1',
      'ended',
      'done',
    ]);
  });

  it('is refused with its cause, and changes nothing', () => {
    const desk = new Desk();
    expect(desk.activate({ person: operator })).toEqual(['refused not-permitted']);
    expect(desk.activate({ plan: 'other' })).toEqual(['refused unknown-plan']);
    expect(desk.activate({ level: 9 })).toEqual(['refused unknown-level']);
    expect(desk.activate({ authority: { BE: ' ' } })).toEqual(['refused authority-missing']);
    expect(desk.activate({ level: 2 })).toEqual(['refused authority-missing']);
    expect(desk.activate({ plan: 'pours', details: { reason: 'x', origin: ' ', host: 'b' } })).toEqual([
      'refused detail-missing',
    ]);
    expect(desk.level(2)).toEqual(['refused not-active']);
    expect(desk.state.active.size).toBe(0);
  });
});

describe('as an exercise', () => {
  const training = (...groups: string[]) => ({ training: new Set(groups) });
  const details = { reason: 'x', origin: 'a', host: 'b' };

  it('opens what is not open, uses what is an exercise, and leaves alone what is real', () => {
    const desk = new Desk();
    desk.open = new Set(['north']);
    expect(desk.activate({ level: 2, authority: both, ...training('south') })).toEqual([
      'open cmd',
      'activated on cmd south',
      'done',
    ]);
    expect(desk.plan).toMatchObject({ exercise: true, opened: ['cmd'], apart: ['north'] });
    const end = { name: 'end', request: 3, person: chief, plan: 'pf', authority: {} } as const;
    expect(desk.feed(end)).toEqual(['ended on cmd south', 'close cmd', 'ended', 'done']);
  });

  it('is none where all its groups are real', () => {
    const desk = new Desk();
    desk.open = new Set(['cmd']);
    expect(desk.activate(training())).toEqual(['refused groups-in-use']);
    expect(desk.state.active.size).toBe(0);
    desk.open = new Set();
    desk.activate(training());
    desk.open = new Set(['cmd', 'north', 'south']);
    const level = { name: 'level', request: 2, person: chief, plan: 'pf', level: 2, authority: both } as const;
    expect(desk.feed({ ...level, open: desk.open, ...training() })).toEqual(['refused groups-in-use']);
    expect(desk.plan?.level).toBe(1);
  });

  it('joins nothing to a group that is real', () => {
    const desk = new Desk();
    desk.open = new Set(['cmd']);
    expect(desk.activate({ level: 2, authority: both, add: ['as:1'], ...training() })).toEqual([
      'open north + as:1',
      'open south',
      'activated on north south',
      'done',
    ]);
  });

  it('is over as soon as something real happens on one of its groups, which stays open', () => {
    const desk = new Desk();
    desk.activate({ level: 2, authority: both, ...training() });
    expect(desk.feed({ name: 'real', group: 'pours-1' })).toEqual([]);
    expect(desk.feed({ name: 'real', group: 'north' })).toEqual(['close cmd', 'close south', 'ended']);
    expect(desk.plan).toBeUndefined();
    desk.activate({ level: 2, authority: both });
    expect(desk.feed({ name: 'real', group: 'north' })).toEqual([]);
    expect(desk.plan).toBeDefined();
  });

  it('gives way to the plan for real, and not the other way round', () => {
    const desk = new Desk();
    desk.activate({ level: 2, authority: both, ...training() });
    expect(desk.activate({ level: 2, authority: both, ...training() })).toEqual(['refused already-active']);
    // For real its groups are not open: what is an exercise is opened anew.
    expect(desk.activate()).toEqual(['close north', 'close south', 'open cmd', 'activated on cmd', 'done']);
    expect(desk.plan).toMatchObject({ level: 1, opened: ['cmd'] });
    expect(desk.plan?.exercise).toBeUndefined();
    expect(desk.activate(training())).toEqual(['refused already-active']);
  });

  it('has its posts held by what is said in it, and a real one by what is said for real', () => {
    const desk = new Desk();
    desk.activate({ level: 2, authority: both, ...training() });
    desk.feed({ name: 'said', unit: 'Tournai 22', place: 'PF-14', manned: true });
    expect(desk.plan?.posts.get('PF-14')).toEqual({ manned: false });
    desk.feed({ name: 'said', unit: 'Tournai 22', place: 'PF-14', manned: true, exercise: true });
    expect(desk.plan?.posts.get('PF-14')).toEqual({ manned: true, unit: 'Tournai 22' });
  });

  it('is marked in everything that is written down of it', () => {
    const desk = new Desk();
    const marks = (event: PlanEvent) => {
      const { state, actions } = step(desk.state, event, desk.nowMs);
      desk.state = state;
      return actions.flatMap((each) => (each.name === 'record' ? [`${each.what} ${each.exercise}`] : []));
    };
    const asked = { request: 1, person: chief, plan: 'pours' };
    const open = new Set<string>();
    const activate = { ...asked, name: 'activate', level: 1, add: [], details, authority: {}, open } as const;
    expect(marks({ ...activate, ...training() })).toEqual(['activate true']);
    expect(marks({ ...asked, name: 'renew' })).toEqual(['renew true']);
    expect(marks({ name: 'real', group: 'pours-1' })).toEqual(['exercise-over true']);
    expect(marks({ ...activate, ...training() })).toEqual(['activate true']);
    expect(marks(activate)).toEqual(['exercise-over true', 'activate undefined']);
    expect(marks({ ...asked, name: 'end', authority: {} })).toEqual(['end undefined']);
  });
});

describe('levels', () => {
  it('open what they need and close what they no longer do, once both authorities are stated', () => {
    const desk = new Desk();
    desk.activate();
    desk.open = new Set(['cmd']);
    expect(desk.level(2, {})).toEqual(['refused authority-missing']);
    expect(desk.level(2, { FR: 'préfet 18:44' })).toEqual([
      'open north',
      'open south',
      'level on cmd north south',
      'done',
    ]);
    desk.open = new Set(['cmd', 'north', 'south']);
    expect(desk.level(1)).toEqual(['level on cmd', 'close north', 'close south', 'done']);
    expect(desk.plan).toMatchObject({ level: 1, opened: ['cmd'] });
  });

  it('keep what is known of the posts that stay', () => {
    const desk = new Desk();
    desk.activate({ level: 2, authority: both });
    desk.feed({
      name: 'post',
      request: 4,
      person: operator,
      plan: 'pf',
      place: 'PF-14',
      manned: true,
      unit: 'Tournai 22',
    });
    desk.level(3);
    expect([...(desk.plan?.posts ?? [])]).toEqual([
      ['PF-03', { manned: false }],
      ['PF-13', { manned: false }],
      ['PF-14', { manned: true, unit: 'Tournai 22' }],
    ]);
  });
});

describe('posts', () => {
  it('are held by what a unit says where it is, and released by it wherever it is then', () => {
    const desk = new Desk();
    desk.activate({ level: 2, authority: both });
    desk.feed({ name: 'said', unit: 'Tournai 22', place: 'PF-14', manned: true });
    expect(desk.plan?.posts.get('PF-14')).toEqual({ manned: true, unit: 'Tournai 22' });
    desk.feed({ name: 'said', unit: 'Tournai 22', place: 'PF-03', manned: false });
    expect(desk.plan?.posts.get('PF-14')).toEqual({ manned: false, unit: 'Tournai 22' });
    expect(desk.plan?.posts.get('PF-03')).toEqual({ manned: false });
    desk.feed({ name: 'said', unit: 'Tournai 22', place: 'PF-99', manned: true });
    expect(desk.plan?.posts.has('PF-99')).toBe(false);
  });

  it('are for those who lead units, and of the level alone', () => {
    const desk = new Desk();
    desk.activate({ level: 2, authority: both });
    const post = { name: 'post', request: 5, plan: 'pf', manned: true, unit: '' } as const;
    expect(desk.feed({ ...post, person: { ...operator, role: 'observer' }, place: 'PF-14' })).toEqual([
      'refused not-permitted',
    ]);
    expect(desk.feed({ ...post, person: operator, place: 'PF-13' })).toEqual(['refused unknown-post']);
    expect(desk.feed({ ...post, person: operator, place: 'PF-14' })).toEqual(['done']);
  });
});

describe('the end', () => {
  it('is announced and closes what the plan opened; by its time as by a person', () => {
    const desk = new Desk();
    desk.activate({ level: 2, authority: both });
    expect(deadlineMs(desk.state)).toBe(235 * minute);
    desk.nowMs = 235 * minute;
    desk.feed({ name: 'tick' });
    expect(desk.plan?.warned).toBe(true);
    desk.nowMs = deadlineMs(desk.state);
    expect(desk.feed({ name: 'tick' })).toEqual([
      'ended on cmd north south',
      'close cmd',
      'close north',
      'close south',
      'ended',
    ]);
    expect(desk.plan).toBeUndefined();
  });

  it('is put off by renewing where the plan allows it', () => {
    const desk = new Desk();
    desk.activate();
    desk.nowMs = 100 * minute;
    expect(desk.feed({ name: 'renew', request: 6, person: chief, plan: 'pf' })).toEqual(['extend cmd', 'done']);
    expect(desk.plan?.endsMs).toBe(340 * minute);
    desk.activate({ plan: 'pours', details: { reason: 'x', origin: 'a', host: 'b' } });
    expect(desk.feed({ name: 'renew', request: 7, person: chief, plan: 'pours' })).toEqual(['refused not-renewable']);
  });
});

describe('whatever comes', () => {
  it('every request is answered once, posts are those of the level, and no deadline stands in the past', () => {
    const person = fc.constantFrom(chief, operator, { ...operator, role: 'observer' as const });
    const plan = fc.constantFrom('pf', 'pours', 'x');
    const authority = fc.constantFrom({}, { BE: 'a' }, both);
    const level = fc.integer({ min: 0, max: 4 });
    const open = fc.constantFrom<ReadonlySet<string>>(new Set(), new Set(['cmd']), new Set(['cmd', 'north', 'south']));
    const asked = { request: fc.constant(1), person, plan };
    const events: fc.Arbitrary<PlanEvent> = fc.oneof(
      fc.record({
        ...asked,
        name: fc.constant('activate' as const),
        level,
        add: fc.constant([]),
        details: fc.constantFrom({}, { reason: 'x', origin: 'a', host: 'b' }),
        authority,
        open,
      }),
      fc.record({ ...asked, level, authority, open, training: open }).map(
        (each): PlanEvent => ({
          ...each,
          name: 'activate',
          add: [],
          details: { reason: 'x', origin: 'a', host: 'b' },
        }),
      ),
      fc.record({ ...asked, name: fc.constant('level' as const), level, authority, open }),
      fc.record({ name: fc.constant('real' as const), group: fc.constantFrom('cmd', 'north', 'pours-1') }),
      fc.record({ ...asked, name: fc.constant('renew' as const) }),
      fc.record({ ...asked, name: fc.constant('end' as const), authority }),
      fc.record({
        ...asked,
        name: fc.constant('post' as const),
        place: fc.constantFrom('PF-03', 'PF-13', 'x'),
        manned: fc.boolean(),
        unit: fc.constantFrom('', 'a'),
      }),
      fc.record({
        name: fc.constant('said' as const),
        unit: fc.constantFrom('a', 'b'),
        place: fc.constantFrom('PF-03', 'PF-14', 'x'),
        manned: fc.boolean(),
      }),
      fc.constant({ name: 'tick' as const }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(events, fc.nat(200 * minute)), { maxLength: 40 }), (all) => {
        let state = openPlans([border, pursuit]);
        let nowMs = 0;
        for (const [event, waitMs] of all) {
          nowMs += waitMs;
          const made = step(state, event, nowMs);
          state = made.state;
          const answers = made.actions.filter(({ name }) => name === 'answer');
          expect(answers).toHaveLength('request' in event ? 1 : 0);
          expect(deadlineMs(state)).toBeGreaterThan(nowMs);
          const active = state.active.get('pf');
          if (active === undefined) continue;
          const level = border.levels.find((each) => each.level === active.level);
          expect([...active.posts.keys()]).toEqual(level?.posts);
        }
      }),
    );
  });
});
