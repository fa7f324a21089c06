import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelsNeeded, deadlineMs, initialBridgings, step } from '../../src/operations/bridging.ts';
import { objections } from '../../src/operations/bridging-members.ts';
import { inUse } from '../../src/operations/bridging-says.ts';
import {
  type BridgingAction,
  type BridgingEvent,
  type BridgingState,
  bridgingRules,
  type Fleet,
  type GroupFacts,
  type TalkgroupFacts,
} from '../../src/operations/bridging-terms.ts';
import type { Person } from '../../src/operations/terms.ts';

const minute = 60_000;
const ccpd: Person = { person: 'ccpd-be-1', display: 'CCPD BE 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const lille: Person = { person: 'tn-op-1', display: 'Lille 1', role: 'dispatcher', controlRoom: 'cr-tn59' };
const gateway: Person = { person: 'gateway', display: 'Gateway', role: 'sys-admin', controlRoom: 'cr-ccpd' };

const talkgroup = (id: string, more: Partial<TalkgroupFacts> = {}): TalkgroupFacts => ({
  talkgroup: id,
  network: id.startsWith('be') ? 'astrid' : 'inpt',
  endToEndEncrypted: false,
  ...more,
});
const group = (id: string, legs: readonly string[], more: Partial<GroupFacts> = {}): GroupFacts => ({
  group: id,
  mode: 'on-demand',
  legs,
  autoCloseMs: 90 * minute,
  ...more,
});
const fleet: Fleet = {
  groups: new Map(
    [
      group('pours', ['be:pours', 'fr:pours']),
      group('crise', ['be:crise', 'fr:crise']),
      group('acc', ['be:acc', 'fr:acc'], { mode: 'permanent' }),
      group('trip', ['be:trip'], { mode: 'disabled' }),
      group('patr', ['be:patr', 'fr:patr', 'fr:pours'], { mode: 'scheduled' }),
    ].map((facts) => [facts.group, facts]),
  ),
  talkgroups: new Map(
    [
      ...['be:pours', 'fr:pours', 'be:crise', 'fr:crise', 'be:acc', 'fr:acc', 'be:trip'].map((id) => talkgroup(id)),
      talkgroup('be:patr'),
      talkgroup('fr:patr'),
      talkgroup('be:alerte'),
      talkgroup('be:alarm'),
      talkgroup('fr:pj', { endToEndEncrypted: true }),
      talkgroup('fr:paf', { consentOf: 'cr-tn59' }),
    ].map((facts) => [facts.talkgroup, facts]),
  ),
};

/** Bridgings under test: events in, and everything that is to be done as short words in the order it happened. */
class Desk {
  state: BridgingState;
  nowMs = 0;
  constructor(rules = bridgingRules) {
    this.state = initialBridgings(fleet, gateway, rules, 0);
  }

  feed(event: BridgingEvent): readonly string[] {
    const { state, actions } = step(this.state, event, this.nowMs);
    this.state = state;
    return actions.flatMap(word);
  }

  open(add: readonly string[] = [], more: { reason?: string; durationMs?: number; group?: string } = {}) {
    const { reason = 'vol aggravé', group: name = 'pours', ...rest } = more;
    return this.feed({ name: 'open', request: 1, person: ccpd, group: name, reason, add, ...rest });
  }

  add(id: string, more: { group?: string; durationMs?: number; person?: Person } = {}) {
    const { group: name = 'pours', person = ccpd, ...rest } = more;
    return this.feed({ name: 'add', request: 2, person, group: name, talkgroup: id, reason: 'renfort', ...rest });
  }

  leg(id: string, up = true, name = 'pours') {
    return this.feed({ name: 'leg', group: name, talkgroup: id, up });
  }

  /** Lets time pass, with every tick that falls due on the way. */
  until(ms: number): readonly string[] {
    const done: string[] = [];
    for (let dueMs = deadlineMs(this.state); dueMs <= ms; dueMs = deadlineMs(this.state)) {
      this.nowMs = Math.max(this.nowMs, dueMs);
      done.push(...this.feed({ name: 'tick' }));
    }
    this.nowMs = ms;
    return done;
  }

  /** Open, with both own legs up. */
  ready(add: readonly string[] = [], durationMs?: number): this {
    this.open(add, durationMs === undefined ? {} : { durationMs });
    for (const id of ['be:pours', 'fr:pours', ...add]) this.leg(id);
    return this;
  }

  get names(): Record<string, string> {
    return Object.fromEntries([...this.state.bridgings.values()].map((each) => [each.group, each.name]));
  }
}

function word(action: BridgingAction): readonly string[] {
  switch (action.name) {
    case 'answer':
      return [action.refusal === undefined ? 'done' : `refused ${action.refusal.cause}`];
    case 'join':
    case 'leave':
      return [`${action.name} ${action.talkgroup}`];
    case 'announce':
      return [`announce ${action.announcement} to ${action.talkgroups.join('+')}`];
    case 'askConsent':
      return [`ask ${action.of} for ${action.talkgroup}`];
    case 'openGroup':
    case 'closeGroup':
    case 'askWhetherToClose':
      return [action.name];
    default:
      return [];
  }
}

describe('a permanent group that is given more legs', () => {
  it('is joined by them at once, says nothing, and keeps what an operator had joined', () => {
    const desk = new Desk();
    desk.add('be:patr', { group: 'acc', durationMs: 60 * minute });
    const acc = group('acc', ['be:acc', 'fr:acc', 'fr:patr', 'be:patr', 'fr:pj'], { mode: 'permanent' });
    desk.state = { ...desk.state, fleet: { ...fleet, groups: new Map(fleet.groups).set('acc', acc) } };
    const done = desk.feed({ name: 'own', group: 'acc' });
    expect(done.filter((each) => each.startsWith('join'))).toEqual(['join fr:patr']); // R1: never fr:pj
    expect(desk.leg('fr:patr', true, 'acc').filter((each) => each.startsWith('announce'))).toEqual([]);
    expect(desk.until(120 * minute).filter((each) => each.startsWith('leave'))).toEqual([]);
    expect(desk.feed({ name: 'own', group: 'acc' }).filter((each) => each.startsWith('join'))).toEqual([]);
  });
});

describe('a permanent group that the fleet data changes', () => {
  const permanent = (id: string, legs: readonly string[]) => group(id, legs, { mode: 'permanent' });
  /** As the caller does it: groups that go first. */
  function take(desk: Desk, ...facts: readonly GroupFacts[]): readonly string[] {
    const groups = new Map([...fleet.groups, ...facts.map((each) => [each.group, each] as const)]);
    desk.state = { ...desk.state, fleet: { ...fleet, groups } };
    return facts.flatMap(({ group: name }) => desk.feed({ name: 'own', group: name }));
  }

  it('comes without a word on the air, and is open once two sides are up', () => {
    const desk = new Desk();
    expect(take(desk, permanent('crise', ['be:crise', 'fr:crise']))).toEqual([
      ...['openGroup', 'join be:crise', 'join fr:crise'],
    ]);
    expect([...desk.leg('be:crise', true, 'crise'), ...desk.leg('fr:crise', true, 'crise')]).toEqual([]);
    expect(desk.names.crise).toBe('open');
    expect(deadlineMs(desk.state)).toBe(Infinity);
  });

  it('goes without a word on the air', () => {
    const desk = new Desk();
    expect(take(desk, group('acc', ['be:acc', 'fr:acc']))).toEqual(['leave be:acc', 'leave fr:acc', 'closeGroup']);
    expect(desk.names).toEqual({});
    expect(desk.open([], { group: 'acc' })).toContain('openGroup');
  });

  it('loses a leg, which another has at once, and calls anew what is another', () => {
    const desk = new Desk();
    expect(take(desk, permanent('acc', ['be:acc']), permanent('crise', ['fr:acc', 'fr:crise']))).toEqual([
      ...['leave fr:acc', 'openGroup', 'join fr:acc', 'join fr:crise'],
    ]);
    expect(desk.feed({ name: 'own', group: 'acc', anew: ['be:acc'] })).toEqual(['leave be:acc', 'join be:acc']);
  });

  it('has what another lets go of in the same turn, in whichever order they are told', () => {
    const desk = new Desk();
    const told = take(desk, permanent('crise', ['fr:acc', 'fr:crise']), permanent('acc', ['be:acc']));
    expect(told.filter((each) => /fr:acc/.test(each))).toEqual(['leave fr:acc', 'join fr:acc']);
  });

  it('leaves what people have opened as it is', () => {
    const desk = new Desk().ready();
    expect(take(desk, group('pours', ['be:pours'], { mode: 'disabled' }))).toEqual([]);
    expect(desk.names.pours).toBe('open');
  });

  it('is in use while there is talk, for 10 s after it, in an emergency, and while anybody has joined something', () => {
    const desk = new Desk();
    const used = () => {
      const { groups, talkgroups } = inUse(desk.state, desk.nowMs);
      return [...groups, ...talkgroups].join(' ');
    };
    desk.nowMs = 10_000;
    expect(used()).toBe('');
    desk.feed({ name: 'talk', group: 'acc', talking: true });
    desk.nowMs = 40_000;
    expect(used()).toBe('acc be:acc fr:acc');
    desk.feed({ name: 'talk', group: 'acc', talking: false });
    desk.nowMs = 49_999;
    expect(used()).toBe('acc be:acc fr:acc');
    desk.nowMs = 50_000;
    expect(used()).toBe('');
    desk.feed({ name: 'emergency', group: 'acc', open: true });
    expect(used()).toBe('acc be:acc fr:acc');
    desk.feed({ name: 'emergency', group: 'acc', open: false });
    desk.add('be:patr', { group: 'acc', durationMs: 60 * minute });
    desk.nowMs = 20 * minute;
    expect(used()).toBe('acc be:acc fr:acc be:patr');
    expect([...inUse(desk.state, desk.nowMs).controlRooms]).toEqual(['cr-ccpd']);
  });

  it('names the room whose consent is awaited', () => {
    const desk = new Desk().ready();
    desk.add('fr:paf');
    expect([...inUse(desk.state, desk.nowMs).controlRooms].sort()).toEqual(['cr-ccpd', 'cr-tn59']);
  });
});

describe('opening', () => {
  it('joins the own legs and those added, and is open once two sides are up', () => {
    const desk = new Desk();
    expect(desk.open(['be:alerte'])).toEqual(['openGroup', 'join be:pours', 'join fr:pours', 'join be:alerte', 'done']);
    expect(desk.names.pours).toBe('opening');
    expect(desk.leg('be:alerte')).toEqual([]);
    expect(desk.names.pours).toBe('opening');
    expect(desk.leg('fr:pours')).toEqual(['announce open to fr:pours+be:alerte']);
    expect(desk.names.pours).toBe('open');
    expect(desk.leg('be:pours')).toEqual(['announce open to be:pours']);
  });

  it('greets a leg once, not each time that it comes back', () => {
    const desk = new Desk().ready();
    desk.leg('fr:pours', false);
    expect(desk.leg('fr:pours')).toEqual([]);
  });

  it.each([
    ['an unknown group', { group: 'nowhere' }, [], 'unknown-group'],
    ['a disabled group', { group: 'trip' }, [], 'group-disabled'],
    ['a permanent group', { group: 'acc' }, [], 'already-open'],
    ['no reason', { reason: '  ' }, [], 'no-reason'],
    ['no end', { durationMs: Infinity }, [], 'no-end'],
    ['an end in the past', { durationMs: 0 }, [], 'no-end'],
    ['an encrypted talkgroup (R1)', {}, ['fr:pj'], 'end-to-end-encrypted'],
    ['a talkgroup of another group (R4)', {}, ['be:acc'], 'in-other-group'],
    ['a talkgroup twice', {}, ['be:alerte', 'be:alerte'], 'already-member'],
    ['an unknown talkgroup', {}, ['be:lerte'], 'unknown-talkgroup'],
  ])('refuses %s, and changes nothing', (_, more, add, cause) => {
    const desk = new Desk();
    const before = desk.state;
    expect(desk.open(add, more)).toEqual([`refused ${cause}`]);
    expect(desk.state).toEqual(before);
  });

  it('refuses more members than a group may have', () => {
    const desk = new Desk({ ...bridgingRules, membersMax: 3 }).ready(['be:alerte']);
    expect(desk.add('be:alarm')).toEqual(['refused too-many-members']);
  });

  it('says before whether it could be, and what it would take', () => {
    const desk = new Desk();
    expect(objections(desk.state, 'pours', ['fr:pj', 'be:acc'])).toEqual([
      { cause: 'end-to-end-encrypted', talkgroup: 'fr:pj' },
      { cause: 'in-other-group', talkgroup: 'be:acc', group: 'acc' },
    ]);
    expect(channelsNeeded(desk.state, 'pours', ['be:alerte'])).toEqual(
      new Map([
        ['astrid', 2],
        ['inpt', 1],
      ]),
    );
  });

  it('is refused while it is open, and its talkgroups cannot be in a second one (R4)', () => {
    const desk = new Desk().ready(['be:alerte']);
    expect(desk.open()).toEqual(['refused already-open']);
    expect(desk.open(['be:alerte'], { group: 'crise' })).toEqual(['refused in-other-group']);
  });
});

describe('members', () => {
  it('come and go while it is open', () => {
    const desk = new Desk().ready();
    expect(desk.add('be:alarm')).toEqual(['join be:alarm', 'done']);
    expect(desk.leg('be:alarm')).toEqual(['announce open to be:alarm']);
    expect(desk.feed({ name: 'remove', request: 3, person: ccpd, group: 'pours', talkgroup: 'be:alarm' })).toEqual([
      'leave be:alarm',
      'done',
    ]);
    expect(desk.add('be:alarm', { group: 'acc' })).toEqual(['join be:alarm', 'done']);
  });

  it('of their own stay with the group', () => {
    const desk = new Desk().ready();
    expect(desk.feed({ name: 'remove', request: 3, person: ccpd, group: 'pours', talkgroup: 'be:pours' })).toEqual([
      'refused own-leg',
    ]);
  });

  it('of a permanent group end by themselves', () => {
    const desk = new Desk();
    desk.add('be:alerte', { group: 'acc', durationMs: 5 * minute });
    desk.leg('be:alerte', true, 'acc');
    expect(desk.until(4 * minute)).toEqual(['announce close to be:alerte']);
    expect(desk.until(5 * minute)).toEqual(['leave be:alerte']);
    expect(desk.state.bridgings.get('acc')?.members.size).toBe(2);
  });

  it('are joined with the consent of their owner, and leave at once when he takes it back', () => {
    const desk = new Desk().ready();
    const consent = (person: Person, given: boolean) =>
      desk.feed({ name: 'consent', request: 4, person, group: 'pours', talkgroup: 'fr:paf', given });
    expect(desk.add('fr:paf')).toEqual(['ask cr-tn59 for fr:paf', 'done']);
    expect(consent(ccpd, true)).toEqual(['refused not-owner']);
    expect(consent(lille, true)).toEqual(['join fr:paf', 'done']);
    expect(consent(lille, false)).toEqual(['leave fr:paf', 'done']);
  });

  it('need no consent of the owner who joins them himself', () => {
    expect(new Desk().ready().add('fr:paf', { person: lille })).toEqual(['join fr:paf', 'done']);
  });

  it('hear nothing before that, whatever the last word of a leg of before was', () => {
    const desk = new Desk().ready();
    desk.add('fr:paf');
    expect(desk.leg('fr:paf')).toEqual([]);
    expect(desk.until(90 * minute).filter((each) => each.includes('fr:paf'))).toEqual([]);
    expect(desk.names).toMatchObject({ pours: 'closing' });
  });

  it('never joined leave without a word when consent is refused', () => {
    const desk = new Desk().ready();
    desk.add('fr:paf');
    expect(
      desk.feed({ name: 'consent', request: 4, person: lille, group: 'pours', talkgroup: 'fr:paf', given: false }),
    ).toEqual(['done']);
  });
});

describe('the end', () => {
  it('is announced a minute before, and told when it has come', () => {
    const desk = new Desk().ready();
    expect(desk.until(89 * minute - 1)).toEqual(['askWhetherToClose']);
    expect(desk.until(89 * minute)).toEqual(['announce close to be:pours+fr:pours']);
    expect(desk.until(90 * minute)).toEqual(['announce closed to be:pours+fr:pours']);
    expect(desk.names.pours).toBe('closing');
    expect(desk.feed({ name: 'announced', group: 'pours' })).toEqual([
      'leave be:pours',
      'leave fr:pours',
      'closeGroup',
    ]);
    expect(desk.names).toEqual({ acc: 'opening' });
  });

  it('comes though the announcement never ends', () => {
    const desk = new Desk().ready([], 2 * minute);
    desk.until(2 * minute);
    expect(desk.until(2 * minute + 14_999)).toEqual([]);
    expect(desk.until(2 * minute + 15_000)).toEqual(['leave be:pours', 'leave fr:pours', 'closeGroup']);
  });

  it('can be put off, and is announced anew', () => {
    const desk = new Desk().ready([], 2 * minute);
    desk.until(minute);
    desk.feed({ name: 'extend', request: 5, person: ccpd, group: 'pours', durationMs: 10 * minute });
    expect(desk.until(9 * minute)).toEqual([]);
    expect(desk.until(10 * minute)).toEqual(['announce close to be:pours+fr:pours']);
  });

  it('comes at once by hand, or in a minute', () => {
    const close = { name: 'close', request: 6, person: ccpd, group: 'pours' } as const;
    const desk = new Desk().ready();
    expect(desk.feed({ ...close, afterMs: minute })).toEqual(['done', 'announce close to be:pours+fr:pours']);
    expect(desk.feed({ ...close, afterMs: 0 })).toEqual(['announce closed to be:pours+fr:pours', 'done']);
    expect(desk.feed({ ...close, afterMs: 0 })).toEqual(['refused closing']);
  });

  it('of what no leg has heard needs no announcement', () => {
    const desk = new Desk();
    desk.open();
    expect(desk.feed({ name: 'close', request: 6, person: ccpd, group: 'pours', afterMs: 0 })).toEqual([
      'leave be:pours',
      'leave fr:pours',
      'closeGroup',
      'done',
    ]);
  });

  it('waits for the over under way, for a minute at most', () => {
    const desk = new Desk().ready([], 2 * minute);
    desk.until(minute);
    desk.feed({ name: 'talk', group: 'pours', talking: true });
    expect(desk.until(2 * minute + 5000)).toEqual([]);
    expect(desk.feed({ name: 'talk', group: 'pours', talking: false })).toEqual([
      'announce closed to be:pours+fr:pours',
    ]);

    const endless = new Desk().ready([], 2 * minute);
    endless.feed({ name: 'talk', group: 'pours', talking: true });
    endless.until(2 * minute);
    expect(endless.until(3 * minute)).toEqual(['announce closed to be:pours+fr:pours']);
  });

  it('is taken back by a press during the last words, and everybody is told that the group is open', () => {
    const desk = new Desk().ready([], 2 * minute);
    expect(desk.until(2 * minute)).toContain('announce closed to be:pours+fr:pours');
    expect(desk.feed({ name: 'emergency', group: 'pours', open: true })).toEqual([
      'announce open to be:pours+fr:pours',
    ]);
    desk.feed({ name: 'announced', group: 'pours' });
    expect(desk.until(10 * minute)).toEqual([]);
    expect(desk.names.pours).toBe('open');
    expect(desk.feed({ name: 'emergency', group: 'pours', open: false })).toEqual([
      'announce close to be:pours+fr:pours',
    ]);
    expect(desk.until(11 * minute)).toEqual(['announce closed to be:pours+fr:pours']);
  });

  it('that a person orders waits for an emergency as well', () => {
    const desk = new Desk().ready();
    desk.feed({ name: 'emergency', group: 'pours', open: true });
    expect(desk.feed({ name: 'close', request: 3, person: ccpd, group: 'pours', afterMs: 0 })).toEqual(['done']);
    expect(desk.until(10 * minute)).toEqual([]);
    expect(desk.feed({ name: 'emergency', group: 'pours', open: false })).toEqual([
      'announce close to be:pours+fr:pours',
    ]);
    expect(desk.until(11 * minute)).toEqual(['announce closed to be:pours+fr:pours']);
  });

  it('waits for an emergency, and is then announced in full', () => {
    const desk = new Desk().ready([], 2 * minute);
    desk.feed({ name: 'emergency', group: 'pours', open: true });
    expect(desk.until(10 * minute)).toEqual([]);
    expect(desk.feed({ name: 'emergency', group: 'pours', open: false })).toEqual([
      'announce close to be:pours+fr:pours',
    ]);
    expect(desk.until(11 * minute)).toEqual(['announce closed to be:pours+fr:pours']);
  });
});

describe('silence', () => {
  it('of half an hour is asked about once, until somebody speaks or says to keep it', () => {
    const desk = new Desk().ready();
    expect(desk.until(30 * minute)).toEqual(['askWhetherToClose']);
    expect(desk.until(40 * minute)).toEqual([]);
    desk.feed({ name: 'keep', request: 7, person: ccpd, group: 'pours' });
    expect(desk.until(70 * minute)).toEqual(['askWhetherToClose']);
  });

  it('of a permanent group means nothing', () => {
    expect(new Desk().until(1000 * minute)).toEqual([]);
  });
});

describe('a schedule', () => {
  /** The window is so long from now. */
  const window = (desk: Desk, lastsMs: number, more: { endsMs?: number; group?: string } = {}) => {
    const { group: name = 'patr', ...rest } = more;
    return desk.feed({ name: 'schedule', group: name, reason: 'accord', scheduledMs: desk.nowMs + lastsMs, ...rest });
  };
  const patrol = () => {
    const desk = new Desk();
    window(desk, 8 * 60 * minute);
    for (const leg of ['be:patr', 'fr:patr', 'fr:pours']) {
      desk.feed({ name: 'leg', group: 'patr', talkgroup: leg, up: true });
    }
    return desk;
  };
  const asked = { request: 7, person: lille, group: 'patr' } as const;
  const end = (desk: Desk) => desk.state.bridgings.get('patr')?.endsMs;

  it('opens its group in the name of the gateway, asks nobody whether to close, and closes it announced', () => {
    const desk = patrol();
    const { by, reason, scheduledMs } = desk.state.bridgings.get('patr')!;
    expect([by, reason, scheduledMs]).toEqual([gateway, 'accord', 8 * 60 * minute]);
    const words = desk.until(8 * 60 * minute).join(' ');
    expect(words).not.toContain('askWhetherToClose');
    expect(words).toMatch(/announce close .*announce closed/);
  });

  it('takes nothing away from another group: it says who has it, and joins it once it is free', () => {
    const desk = new Desk();
    desk.open();
    const { actions } = step(
      desk.state,
      { name: 'schedule', group: 'patr', reason: '', scheduledMs: 60 * minute },
      desk.nowMs,
    );
    expect(actions).toContainEqual({
      name: 'record',
      what: 'lacking',
      group: 'patr',
      talkgroup: 'fr:pours',
      elsewhere: 'pours',
    });
    window(desk, 60 * minute);
    expect([...desk.state.bridgings.get('patr')!.lacking]).toEqual([['fr:pours', 'pours']]);
    expect([...desk.state.bridgings.get('patr')!.members.keys()]).toEqual(['be:patr', 'fr:patr']);
    const words = desk.feed({ ...asked, name: 'close', group: 'pours', afterMs: 0 });
    expect(words.filter((each) => each.endsWith('fr:pours'))).toEqual(['leave fr:pours', 'join fr:pours']);
    expect(desk.state.bridgings.get('patr')!.lacking.size).toBe(0);
  });

  it('keeps a group open that a person had opened before, and whoever opened it stays its person', () => {
    const desk = new Desk();
    desk.open([], { group: 'patr', durationMs: 30 * minute });
    desk.nowMs = 29.5 * minute;
    desk.feed({ name: 'tick' });
    window(desk, 60 * minute);
    const { by, endsMs, warned } = desk.state.bridgings.get('patr')!;
    expect([by, endsMs, warned]).toEqual([ccpd, 89.5 * minute, false]);
    // A later end of the person's own counts.
    const long = new Desk();
    long.open([], { group: 'patr', durationMs: 90 * minute });
    window(long, 60 * minute);
    expect(end(long)).toBe(90 * minute);
  });

  it('said again changes nothing, and follows the clocks of the place while its end is the schedule’s', () => {
    const desk = patrol();
    expect(window(desk, 8 * 60 * minute)).toEqual([]);
    expect(window(desk, 8 * 60 * minute + 900)).toEqual([]);
    window(desk, 7 * 60 * minute);
    expect(end(desk)).toBe(7 * 60 * minute);
    desk.feed({ ...asked, name: 'extend', durationMs: 9 * 60 * minute });
    window(desk, 8 * 60 * minute);
    expect(end(desk)).toBe(9 * 60 * minute);
  });

  it('is put off by a person and never brought forward, and closed by one', () => {
    const desk = patrol();
    desk.feed({ ...asked, name: 'extend', durationMs: 30 * minute });
    expect(end(desk)).toBe(8 * 60 * minute);
    desk.feed({ ...asked, name: 'close', afterMs: minute });
    expect(end(desk)).toBe(minute);
    desk.feed({ ...asked, name: 'extend', durationMs: 30 * minute });
    expect(end(desk)).toBe(8 * 60 * minute);
  });

  it('of a restart has the end that a person gave it', () => {
    const desk = new Desk();
    window(desk, -minute, { endsMs: 20 * minute });
    expect(end(desk)).toBe(20 * minute);
  });

  it('means nothing to other groups, in the last words, and once it is over', () => {
    const desk = new Desk();
    for (const name of ['pours', 'acc', 'trip', 'nowhere'])
      expect(window(desk, 60 * minute, { group: name })).toEqual([]);
    expect(window(desk, 0)).toEqual([]);
    const open = patrol();
    open.feed({ ...asked, name: 'close', afterMs: 0 });
    expect(window(open, 60 * minute)).toEqual([]);
  });
});

// ── Any history ──────────────────────────────────────────────────────────────────────────────────────────────────────

const anyGroup = fc.constantFrom(...fleet.groups.keys(), 'nowhere');
const anyTalkgroup = fc.constantFrom(...fleet.talkgroups.keys(), 'nothing');
const anyDuration = fc.constantFrom(-1, 0, 30_000, 2 * minute, 90 * minute, Infinity, Number.NaN);
const asked = { request: fc.nat(), person: fc.constantFrom(ccpd, lille), group: anyGroup };
const anyEvent: fc.Arbitrary<BridgingEvent> = fc.oneof(
  fc.record(
    {
      name: fc.constant('open' as const),
      ...asked,
      reason: fc.constantFrom('', 'vol'),
      add: fc.array(anyTalkgroup, { maxLength: 3 }),
      durationMs: anyDuration,
      exercise: fc.constantFrom('under-way' as const, 'suspended' as const),
      emergency: fc.boolean(),
    },
    { requiredKeys: ['name', 'request', 'person', 'group', 'reason', 'add', 'durationMs'] },
  ),
  fc.record({
    name: fc.constant('add' as const),
    ...asked,
    reason: fc.constantFrom('', 'vol'),
    talkgroup: anyTalkgroup,
    durationMs: anyDuration,
  }),
  fc.record({ name: fc.constant('remove' as const), ...asked, talkgroup: anyTalkgroup }),
  fc.record({ name: fc.constant('extend' as const), ...asked, durationMs: anyDuration }),
  fc.record({
    name: fc.constant('close' as const),
    ...asked,
    afterMs: fc.constantFrom(-1, 0, 30_000, minute, Infinity),
  }),
  fc.record({ name: fc.constant('keep' as const), ...asked }),
  fc.record({ name: fc.constantFrom('suspendExercise' as const, 'resumeExercise' as const), ...asked }),
  fc.record({ name: fc.constant('consent' as const), ...asked, talkgroup: anyTalkgroup, given: fc.boolean() }),
  fc.record({ name: fc.constant('leg' as const), group: anyGroup, talkgroup: anyTalkgroup, up: fc.boolean() }),
  fc.record({
    name: fc.constant('schedule' as const),
    group: anyGroup,
    reason: fc.constant('accord'),
    scheduledMs: fc.constantFrom(0, minute, 30 * minute, 200 * minute),
  }),
  fc.record({ name: fc.constant('talk' as const), group: anyGroup, talking: fc.boolean() }),
  fc.record({ name: fc.constant('emergency' as const), group: anyGroup, open: fc.boolean() }),
  fc.record({ name: fc.constant('announced' as const), group: anyGroup }),
);

it('holds the rules whatever happens', () => {
  const history = fc.array(fc.tuple(anyEvent, fc.constantFrom(0, 1, 20_000, 5 * minute)), { maxLength: 60 });
  fc.assert(
    fc.property(history, (events) => {
      let state = initialBridgings(fleet, gateway, bridgingRules, 0);
      let nowMs = 0;
      /** Talkgroup → the group that it is joined to, as whoever performs the actions sees it. */
      const joined = new Map<string, string>([
        ['be:acc', 'acc'],
        ['fr:acc', 'acc'],
      ]);
      const performed = (event: BridgingEvent): void => {
        const done = step(state, event, nowMs);
        const answers = done.actions.filter(({ name }) => name === 'answer');
        expect(answers).toHaveLength('request' in event ? 1 : 0);
        const refused = answers.some((action) => action.name === 'answer' && action.refusal !== undefined);
        if (refused) expect(done.state.bridgings).toEqual(state.bridgings);
        for (const action of done.actions) {
          if (action.name === 'join') {
            expect(joined.has(action.talkgroup)).toBe(false); // R4
            expect(action.talkgroup).not.toBe('fr:pj'); // R1
            joined.set(action.talkgroup, action.group);
          }
          if (action.name === 'leave') {
            expect(joined.get(action.talkgroup)).toBe(action.group);
            joined.delete(action.talkgroup);
          }
          if (action.name === 'announce') {
            for (const talkgroup of action.talkgroups) expect(joined.get(talkgroup)).toBe(action.group);
          }
        }
        // An exercise takes nothing from anybody, and none is under way where somebody is in distress.
        const train = 'request' in event && done.state.bridgings.get(event.group)?.exercise?.name === 'under-way';
        for (const before of state.bridgings.values()) {
          if (train && before.group !== event.group) expect(done.state.bridgings.get(before.group)).toBe(before);
        }
        for (const { emergency, exercise } of done.state.bridgings.values()) {
          if (emergency) expect(exercise?.name).not.toBe('under-way');
        }
        for (const action of done.actions) {
          if (action.name !== 'announce') continue;
          const underWay = done.state.bridgings.get(action.group)?.exercise?.name === 'under-way';
          if (action.announcement === 'exercise') expect(underWay).toBe(true);
          if (action.announcement === 'real') expect(underWay).toBe(false);
        }
        state = done.state;
        expect(deadlineMs(state)).toBeGreaterThan(nowMs);
      };
      for (const [event, laterMs] of events) {
        performed(event);
        const untilMs = nowMs + laterMs;
        for (let dueMs = deadlineMs(state); dueMs <= untilMs; dueMs = deadlineMs(state)) {
          nowMs = dueMs;
          performed({ name: 'tick' });
        }
        nowMs = untilMs;
        for (const bridging of state.bridgings.values()) {
          if (fleet.groups.get(bridging.group)?.mode !== 'permanent') {
            expect(bridging.reason).not.toBe(''); // R2
            expect(bridging.endsMs).toBeLessThan(Infinity);
          }
          for (const [id, elsewhere] of bridging.lacking) {
            expect(state.bridgings.get(elsewhere)?.members.has(id)).toBe(true);
            expect(bridging.members.has(id)).toBe(false);
          }
          for (const [id, member] of bridging.members) {
            expect(joined.get(id)).toBe(member.consent === 'awaited' ? undefined : bridging.group);
          }
        }
      }
      // Whatever is open closes by itself when nothing is said or done any more.
      for (const id of fleet.groups.keys()) {
        performed({ name: 'emergency', group: id, open: false });
        performed({ name: 'talk', group: id, talking: false });
      }
      for (let dueMs = deadlineMs(state); dueMs < Infinity; dueMs = deadlineMs(state)) {
        nowMs = dueMs;
        performed({ name: 'tick' });
      }
      expect([...state.bridgings.keys()]).toEqual(['acc']);
      expect([...joined.keys()].sort()).toEqual(['be:acc', 'fr:acc']);
    }),
    { numRuns: 300 },
  );
});
