/** Alert plans as persons activate them: what is opened, said, inserted, written down, kept. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { ActivePlan } from '../../../src/console/console-terms.ts';
import type { PlanOperation } from '../../../src/console/operation.ts';
import type { AnnouncementOrder } from '../../../src/gateway/operations/announcements.ts';
import type { Insertion } from '../../../src/gateway/operations/insertions.ts';
import { Plans } from '../../../src/gateway/operations/plans.ts';
import type { Person } from '../../../src/operations/terms.ts';
import { demoConfig } from '../demo-config.ts';

const utc = Date.UTC(2026, 0, 1);
const operator: Person = { person: 'ccpd-be-1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const chief: Person = { ...operator, person: 'ccpd-sup', display: 'Chef', role: 'supervisor' };
const localised = (name: string) => ({ fr: name, nl: name, en: name });
const border = {
  id: 'plan-pf',
  name: localised('Plan frontières'),
  openedBy: ['supervisor' as const],
  groups: [],
  levels: [
    { level: 1, name: localised('Préalerte'), groups: ['xb-acc'], posts: [] },
    { level: 2, name: localised('Surveillance'), groups: ['xb-acc', 'xb-pours-2'], posts: ['PF-04', 'PF-14'] },
  ],
  requires: [],
  authority: { BE: 'DirCo', FR: 'préfet' },
  announce: 'ann-plan-level',
  announceEnd: 'ann-plan-end',
  borderRecord: false,
  expiresMin: 240,
  renewable: true,
};
const hitPlan = {
  ...border,
  id: 'plan-anpr',
  levels: [],
  groups: ['xb-pours-2'],
  authority: {},
  requires: ['hit' as const],
};
const config = { ...demoConfig, alertPlans: [...demoConfig.alertPlans, border, hitPlan] };
const pursuit = {
  name: 'activatePlan',
  plan: 'plan-pours',
  level: 1,
  talkgroups: ['as:5300110'],
  details: { reason: 'vol aggravé', origin: 'cr-ht', host: 'cr-tn59', place: 'PF-04' },
  authority: {},
} as const;

class Stand {
  readonly clock: ManualClock;
  readonly done: string[] = [];
  readonly said: AnnouncementOrder[] = [];
  readonly inserted: Insertion[] = [];
  readonly shown: ActivePlan[] = [];
  readonly lines: object[] = [];
  open = new Set(['xb-acc']);
  kept: unknown;
  readonly plans: Plans;

  constructor(kept?: unknown, utcMs = utc) {
    this.clock = new ManualClock({ nowMs: 0, utcMs });
    this.kept = kept;
    const note = (word: string) => this.done.push(word);
    this.plans = new Plans(config, {
      clock: this.clock,
      events: { operations: { alertPlan: (at) => this.lines.push(at) }, state: { notKept: () => undefined } },
      console: { setPlan: (plan) => this.shown.push(plan), endPlan: (plan) => note(`end ${plan}`) },
      announcements: { say: (order) => this.said.push(order) },
      bridgings: {
        openFor: (_, group, { reason, add, durationMs }) =>
          note(`open ${[group, ...add].join('+')} for ${durationMs / 60_000} min: ${reason}`),
        joinFor: (_, group, talkgroup) => note(`join ${group}+${talkgroup}`),
        extendFor: (_, group) => note(`extend ${group}`),
        closeFor: (_, group) => note(`close ${group}`),
        openGroups: () => this.open,
        exercises: () => ({ underWay: new Set(), others: this.open }),
        inExercise: () => false,
        isOpen: (group) => this.open.has(group),
        hearing: (group) => [`of ${group}`],
      },
      borderBook: {
        open: (_, group, { origin, host, category, place }) =>
          note(`record ${group} ${origin} ${host} ${category} ${place}`),
      },
      insertions: { insert: (insertion) => this.inserted.push(insertion) },
      kept: {
        read: () => this.kept,
        write: (document) => {
          this.kept = JSON.parse(JSON.stringify(document));
          return undefined;
        },
      },
      hit: (id) => (id === '1' ? { vehicle: localised('Master blanche'), heading: 'Lille' } : undefined),
    });
  }

  does(person: Person, operation: PlanOperation): string {
    let answer = 'unanswered';
    this.plans.operate(person, operation, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }
}

describe('a plan', () => {
  it('opens its group with what is added, gives notice to the host, and tells those outside one way', () => {
    const stand = new Stand();
    expect(stand.does(operator, pursuit)).toBe('done');
    expect(stand.done).toEqual([
      'open xb-pours-2+as:5300110 for 90 min: Poursuite transfrontalière: vol aggravé',
      'record xb-pours-2 cr-ht cr-tn59 vol aggravé PF-04',
    ]);
    expect(stand.said).toEqual([]);
    expect(stand.inserted).toMatchObject([
      {
        talkgroup: 'in:590-131',
        id: 'ann-pours-start',
        fields: { group: 'FRBE POURS 2', origin: { fr: 'Hainaut', nl: 'Henegouwen' }, place: 'PF-04' },
      },
    ]);
    expect(stand.shown).toMatchObject([{ planId: 'plan-pours', level: 1, by: 'CCPD 1', endsUtcMs: utc + 90 * 60_000 }]);
    expect(stand.lines).toMatchObject([
      { what: 'activate', operator: 'CCPD 1', words: expect.arrayContaining(['cr-tn59']) },
    ]);
  });

  it('is announced with its level on its groups, on those that are being opened once they are', () => {
    const stand = new Stand();
    const authority = { BE: 'DirCo 18:43', FR: 'préfet 18:44' };
    const activate = { ...pursuit, plan: 'plan-pf', level: 2, talkgroups: [], details: {}, authority };
    expect(stand.does(operator, activate)).toBe('not-permitted');
    expect(stand.does(chief, activate)).toBe('done');
    expect(stand.said).toMatchObject([
      {
        group: 'xb-acc',
        id: 'ann-plan-level',
        fields: { level: '2', level_name: { fr: 'Surveillance' }, group: 'FRBE ACC' },
      },
    ]);
    stand.open.add('xb-pours-2');
    stand.plans.groupOpened('xb-pours-2');
    stand.plans.groupOpened('xb-pours-2');
    expect(stand.said.map(({ group }) => group)).toEqual(['xb-acc', 'xb-pours-2']);
    expect(stand.does(chief, { name: 'endPlan', plan: 'plan-pf', authority: {} })).toBe('done');
    expect(stand.said.slice(2).map(({ id, group }) => `${id} ${group}`)).toEqual([
      'ann-plan-end xb-acc',
      'ann-plan-end xb-pours-2',
    ]);
    expect(stand.done.slice(-2)).toEqual(['close xb-pours-2', 'end plan-pf']);
  });

  it('of a hit needs one that a person has confirmed, and says what may be said of it', () => {
    const stand = new Stand();
    const activate = { ...pursuit, plan: 'plan-anpr', talkgroups: [], details: { hit: '2' } };
    expect(stand.does(operator, activate)).toBe('not-permitted');
    expect(stand.does(chief, activate)).toBe('detail-missing');
    stand.open.add('xb-pours-2');
    expect(stand.does(chief, { ...activate, details: { hit: '1' } })).toBe('done');
    expect(stand.said).toMatchObject([{ fields: { vehicle: { fr: 'Master blanche' }, heading: 'Lille' } }]);
  });

  it('has its posts held by units that say so near to them, and by hand', () => {
    const stand = new Stand();
    const authority = { BE: 'a', FR: 'b' };
    stand.does(chief, { ...pursuit, plan: 'plan-pf', level: 2, talkgroups: [], details: {}, authority });
    stand.plans.postSaid('xb-acc', 'Tournai 22', true);
    stand.plans.positionSaid('Tournai 22', { latitudeDeg: 50.601, longitudeDeg: 3.281 });
    stand.plans.postSaid('xb-acc', 'Tournai 22', true);
    expect(stand.shown.at(-1)?.posts).toEqual([
      { place: 'PF-04', manned: false, unit: '' },
      { place: 'PF-14', manned: true, unit: 'Tournai 22' },
    ]);
    const post = { name: 'markPost', plan: 'plan-pf', place: 'PF-04', manned: true, unit: '' } as const;
    expect(stand.does(operator, post)).toBe('done');
    stand.plans.positionSaid('Tournai 22', { latitudeDeg: 50.9, longitudeDeg: 3.9 });
    stand.plans.postSaid('xb-acc', 'Tournai 22', false);
    expect(stand.shown.at(-1)?.posts).toMatchObject([{ manned: true }, { place: 'PF-14', manned: false }]);
  });

  it('is active again after a restart, and ends at its time', () => {
    const before = new Stand();
    before.does(operator, pursuit);
    const after = new Stand(before.kept, utc + 60 * 60_000);
    after.plans.start();
    expect(after.shown).toMatchObject([{ planId: 'plan-pours', by: 'CCPD 1', endsUtcMs: utc + 90 * 60_000 }]);
    expect(after.done).toEqual([]);
    after.clock.advance(30 * 60_000);
    expect(after.done).toEqual(['close xb-pours-2', 'end plan-pours']);
    const broken = new Stand({ version: 1, plans: [{ plan: 'x' }] });
    broken.plans.start();
    expect(broken.shown).toEqual([]);
  });
});
