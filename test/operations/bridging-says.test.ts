import { expect, it } from 'vitest';
import { initialBridgings, step } from '../../src/operations/bridging.ts';
import { hearing, planMayClose, planMayExtend } from '../../src/operations/bridging-says.ts';
import {
  type BridgingEvent,
  type BridgingState,
  bridgingRules,
  type Fleet,
} from '../../src/operations/bridging-terms.ts';
import type { Person } from '../../src/operations/terms.ts';

const person: Person = { person: 'ccpd-be-1', display: 'CCPD BE 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const facts = { mode: 'on-demand', legs: ['be:a', 'fr:a'], autoCloseMs: 60_000 } as const;
const fleet: Fleet = {
  groups: new Map([
    ['pours', { ...facts, group: 'pours', listenOnly: ['fr:a'] }],
    ['patr', { ...facts, group: 'patr', mode: 'scheduled' }],
  ]),
  talkgroups: new Map(
    ['be:a', 'fr:a', 'be:b'].map((id) => [id, { talkgroup: id, network: 'n', endToEndEncrypted: false }] as const),
  ),
};
const after = (...events: BridgingEvent[]): BridgingState =>
  events.reduce((state, event) => step(state, event, 0).state, initialBridgings(fleet, person, bridgingRules, 0));
const open = { name: 'open', request: 1, person, group: 'pours', reason: 'vol' } as const;

it('a plan has a say in what is of its kind: exercises, or what is real', () => {
  const [real, exercise] = [after(open), after({ ...open, exercise: 'under-way' })];
  const suspended = after({ ...open, exercise: 'under-way' }, { ...open, name: 'suspendExercise' });
  for (const may of [planMayExtend, (...at: Parameters<typeof planMayExtend>) => planMayClose(...at, 0)]) {
    expect([may(real, 'pours', false), may(real, 'pours', true)]).toEqual([true, false]);
    expect([may(exercise, 'pours', false), may(exercise, 'pours', true)]).toEqual([false, true]);
    expect([may(suspended, 'pours', false), may(suspended, 'pours', true)]).toEqual([true, false]);
  }
});

it('a plan does not close what is open by its schedule, until that is over', () => {
  const state = after({ name: 'schedule', group: 'patr', reason: 'accord', scheduledMs: 5000 });
  expect(planMayExtend(state, 'patr', false)).toBe(true);
  expect([4999, 5000].map((nowMs) => planMayClose(state, 'patr', false, nowMs))).toEqual([false, true]);
});

it('members that only listen hear nothing of emergencies, those that were added do', () => {
  expect(hearing(after(open, { ...open, name: 'add', talkgroup: 'be:b' }), 'pours')).toEqual(['be:a', 'be:b']);
  expect(hearing(after(), 'pours')).toEqual([]);
});
