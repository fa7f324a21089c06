/** Exercises beside what is real: who gives way to whom, what is said, and what a press on one does. */
import { describe, expect, it } from 'vitest';
import { deadlineMs, initialBridgings, step } from '../../src/operations/bridging.ts';
import { objections } from '../../src/operations/bridging-members.ts';
import {
  type BridgingAction,
  type BridgingEvent,
  type BridgingState,
  bridgingRules,
  type Fleet,
} from '../../src/operations/bridging-terms.ts';
import type { ExerciseName } from '../../src/operations/exercise.ts';
import type { Person } from '../../src/operations/terms.ts';

const minute = 60_000;
const chief: Person = { person: 'ccpd-sup', display: 'Chef de salle', role: 'supervisor', controlRoom: 'cr-ccpd' };
const dispatcher: Person = { person: 'ccpd-1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const gateway: Person = { person: 'gateway', display: 'Gateway', role: 'sys-admin', controlRoom: 'cr-ccpd' };

const groups = {
  pours: ['be:pours', 'fr:pours'],
  crise: ['be:crise', 'fr:crise'],
  tech: ['be:tech', 'fr:tech'],
};
const talkgroups = [...Object.values(groups).flat(), 'be:alerte', 'fr:roubaix'];
const fleet: Fleet = {
  groups: new Map(
    Object.entries(groups).map(([group, legs]) => {
      return [group, { group, mode: 'on-demand', legs, autoCloseMs: 90 * minute }] as const;
    }),
  ),
  talkgroups: new Map(
    talkgroups.map((talkgroup) => [talkgroup, { talkgroup, network: 'astrid', endToEndEncrypted: false }] as const),
  ),
};

class Desk {
  state: BridgingState = initialBridgings(fleet, gateway, bridgingRules, 0);
  nowMs = 0;
  actions: readonly BridgingAction[] = [];

  feed(event: BridgingEvent): readonly string[] {
    const { state, actions } = step(this.state, event, this.nowMs);
    this.state = state;
    this.actions = actions;
    return actions.flatMap(word);
  }

  train(group = 'pours', add: readonly string[] = [], more: { exercise?: ExerciseName; emergency?: boolean } = {}) {
    const asked = { request: 1, person: chief, group, reason: 'entraînement', add };
    return this.feed({ name: 'open', ...asked, exercise: 'under-way', ...more });
  }

  real(group = 'pours', add: readonly string[] = []) {
    return this.feed({ name: 'open', request: 2, person: dispatcher, group, reason: 'vol aggravé', add });
  }

  /** An exercise with all its legs up. */
  training(group: keyof typeof groups = 'pours', add: readonly string[] = []): this {
    this.train(group, add);
    return this.up(group, ...groups[group], ...add);
  }

  up(group: string, ...legs: readonly string[]): this {
    for (const talkgroup of legs) this.feed({ name: 'leg', group, talkgroup, up: true });
    return this;
  }

  ask(name: 'suspendExercise' | 'resumeExercise', group = 'pours') {
    return this.feed({ name, request: 3, person: chief, group });
  }

  talk(talking: boolean) {
    return this.feed({ name: 'talk', group: 'pours', talking });
  }

  press(open: boolean) {
    return this.feed({ name: 'emergency', group: 'pours', open });
  }

  until(ms: number): readonly string[] {
    const done: string[] = [];
    for (let dueMs = deadlineMs(this.state); dueMs <= ms; dueMs = deadlineMs(this.state)) {
      this.nowMs = dueMs;
      done.push(...this.feed({ name: 'tick' }));
    }
    this.nowMs = ms;
    return done;
  }

  exercise(group = 'pours'): string | undefined {
    return this.state.bridgings.get(group)?.exercise?.name;
  }

  members(group: string): readonly string[] {
    return [...(this.state.bridgings.get(group)?.members.keys() ?? [])];
  }

  get records(): readonly string[] {
    return this.actions.flatMap((each) => {
      return each.name === 'record' ? [`${each.what} ${each.group} ${each.exercise ?? 'real'}`] : [];
    });
  }
}

function word(action: BridgingAction): readonly string[] {
  switch (action.name) {
    case 'answer':
      return [action.refusal === undefined ? 'done' : `refused ${action.refusal.cause}`];
    case 'join':
    case 'leave':
      return [`${action.name} ${action.group} ${action.talkgroup}`];
    case 'announce':
      return [`say ${action.announcement} to ${action.talkgroups.join('+')}`];
    case 'exercise':
      return [action.underWay ? 'exercise' : 'real'];
    case 'openGroup':
      return [action.name];
    default:
      return [];
  }
}

describe('an exercise', () => {
  it('is a group that is opened as one, and is marked in all that is written down of it', () => {
    const desk = new Desk();
    expect(desk.train()).toEqual(['openGroup', 'join pours be:pours', 'join pours fr:pours', 'done']);
    expect(desk.exercise()).toBe('under-way');
    expect(desk.records).toEqual(['open pours under-way']);
    desk.feed({ name: 'close', request: 4, person: chief, group: 'pours', afterMs: 0 });
    expect(desk.records).toEqual(['closed pours under-way', 'close pours under-way']);
  });

  it('takes no talkgroup from anybody, neither from what is real nor from another exercise', () => {
    const desk = new Desk();
    desk.real('crise', ['be:alerte']);
    desk.train('tech', ['fr:roubaix']);
    for (const taken of ['be:alerte', 'fr:roubaix']) {
      expect(desk.train('pours', [taken])).toEqual(['refused in-other-group']);
      expect(objections(desk.state, 'pours', [taken], true)).toMatchObject([{ cause: 'in-other-group' }]);
    }
    desk.train('pours');
    const asked = { request: 5, person: chief, group: 'pours', reason: 'entraînement' };
    expect(desk.feed({ name: 'add', ...asked, talkgroup: 'be:alerte' })).toEqual(['refused in-other-group']);
    expect(desk.train('crise')).toEqual(['refused already-open']);
  });

  it('is said to be one while there is talk, and not to those who are silent', () => {
    const desk = new Desk().training();
    expect(desk.until(20 * minute)).toEqual([]);
    expect(desk.talk(true)).toEqual(['say exercise to be:pours+fr:pours']);
    expect(desk.talk(false)).toEqual([]);
    expect(desk.until(22 * minute - 1)).toEqual([]);
    expect(desk.until(22 * minute)).toEqual(['say exercise to be:pours+fr:pours']);
    expect(desk.until(28 * minute)).toEqual([]);
  });

  it('is not begun where a unit is in distress', () => {
    expect(new Desk().train('pours', [], { emergency: true })).toEqual(['refused emergency-open']);
  });
});

describe('what is real', () => {
  it('takes a talkgroup from an exercise, which goes on without it', () => {
    const desk = new Desk().training('pours', ['be:alerte']);
    expect(objections(desk.state, 'crise', ['be:alerte'])).toEqual([]);
    expect(desk.real('crise', ['be:alerte'])).toEqual([
      'openGroup',
      'join crise be:crise',
      'join crise fr:crise',
      'leave pours be:alerte',
      'join crise be:alerte',
      'done',
    ]);
    expect(desk.records).toEqual(['gave-way pours under-way', 'open crise real']);
    expect(desk.members('pours')).toEqual(['be:pours', 'fr:pours']);
    expect(desk.exercise()).toBe('under-way');
  });

  it('takes the group itself: whoever stays is told, and whoever only trained leaves', () => {
    const desk = new Desk().training('pours', ['be:alerte', 'fr:roubaix']);
    expect(desk.real('pours', ['fr:roubaix'])).toEqual([
      'real',
      'leave pours be:alerte',
      'say real to be:pours+fr:pours+fr:roubaix',
      'done',
      'say open to be:pours+fr:pours+fr:roubaix',
    ]);
    expect(desk.exercise()).toBeUndefined();
    expect(desk.state.bridgings.get('pours')).toMatchObject({
      name: 'open',
      by: dispatcher,
      reason: 'vol aggravé',
      endsMs: 90 * minute,
    });
    expect(desk.records).toEqual(['exercise-over pours real', 'open pours real']);
    expect(desk.real()).toEqual(['refused already-open']);
  });

  it('takes back what the exercise had given up, also from its last words', () => {
    const desk = new Desk().training('pours');
    desk.feed({ name: 'close', request: 4, person: chief, group: 'pours', afterMs: 0 });
    expect(desk.state.bridgings.get('pours')?.name).toBe('closing');
    desk.real();
    desk.feed({ name: 'announced', group: 'pours' });
    expect(desk.state.bridgings.get('pours')?.name).toBe('open');
  });

  it('does not take from a suspended exercise: that is real itself', () => {
    const desk = new Desk().training('pours', ['be:alerte']);
    desk.ask('suspendExercise');
    expect(desk.real('crise', ['be:alerte'])).toEqual(['refused in-other-group']);
  });
});

describe('a press on an exercise', () => {
  it('is real: it is suspended, and everybody hears that this is none, at once', () => {
    const desk = new Desk().training();
    desk.talk(true);
    expect(desk.press(true)).toEqual(['real', 'say real to be:pours+fr:pours']);
    expect(desk.records).toEqual(['exercise-suspended pours suspended']);
    expect(desk.exercise()).toBe('suspended');
    // Nor is the word said again, however long they talk.
    expect(desk.until(20 * minute)).toEqual([]);
  });

  it('keeps it suspended until a person goes on with it, which nobody can before it is over', () => {
    const desk = new Desk().training();
    desk.press(true);
    expect(desk.ask('resumeExercise')).toEqual(['refused emergency-open']);
    desk.press(false);
    expect(desk.exercise()).toBe('suspended');
    expect(desk.ask('resumeExercise')).toEqual(['exercise', 'say exercise to be:pours+fr:pours', 'done']);
    expect(desk.exercise()).toBe('under-way');
    expect(desk.ask('resumeExercise')).toEqual(['refused not-suspended']);
  });

  it('leaves nobody out when the group is opened for real meanwhile', () => {
    const desk = new Desk().training('pours', ['be:alerte']);
    desk.press(true);
    desk.real();
    expect(desk.members('pours')).toContain('be:alerte');
    expect(desk.exercise()).toBeUndefined();
  });

  it('in the last minute has its end said again, without the word', () => {
    const desk = new Desk().training();
    expect(desk.until(89 * minute)).toContain('say close to be:pours+fr:pours');
    expect(desk.ask('suspendExercise')).toEqual([
      'real',
      'say real to be:pours+fr:pours',
      'done',
      'say close to be:pours+fr:pours',
    ]);
  });
});

describe('a person', () => {
  it('says that something is real, once', () => {
    const desk = new Desk().training();
    expect(desk.ask('suspendExercise')).toContain('done');
    expect(desk.ask('suspendExercise')).toEqual(['refused already-suspended']);
  });

  it('cannot do so where there is no exercise', () => {
    const desk = new Desk();
    desk.real();
    expect(desk.ask('suspendExercise')).toEqual(['refused no-exercise']);
    expect(desk.ask('resumeExercise')).toEqual(['refused no-exercise']);
  });
});
