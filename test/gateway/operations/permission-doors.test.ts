/**
 * Every role at every door of the console link: whatever a person asks, his role decides first; a refusal changes
 * nothing and stands in the log. Whether he may talk is decided by his session: test/console/session.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { Operation } from '../../../src/console/wire.ts';
import { Operations, type OperationsPorts } from '../../../src/gateway/operations/operations.ts';
import { type Person, roles } from '../../../src/operations/terms.ts';
import { demoConfig } from '../demo-config.ts';

const pours = 'xb-pours-2';
const tech = 'xb-tech';
/** Exercises: one is under way, the other suspended. */
const training = 'xb-training';
const suspended = 'xb-suspended';
const acc = 'xb-acc';
const notice = { origin: 'cr-ht', host: 'cr-tn59', category: 'vol', basis: 'pursuit' } as const;
const details = { reason: 'vol', origin: 'cr-ht', host: 'cr-tn59', place: 'PF-04' };

const onDemand = demoConfig.sharedGroups.find(({ id }) => id === pours)!;
const [someone] = demoConfig.people;
const config = {
  ...demoConfig,
  people: [...demoConfig.people, { ...someone!, id: 'ht-op-2', role: 'dispatcher' as const, controlRoom: 'cr-ht' }],
  sharedGroups: [
    ...demoConfig.sharedGroups,
    { ...onDemand, id: tech, use: 'test' as const, legs: [] },
    { ...onDemand, id: training, legs: [] },
    { ...onDemand, id: suspended, legs: [] },
  ],
};
const opening = (group: string) => {
  return { name: 'open', group, reason: 'vol', talkgroups: [], durationMs: 0 } as const;
};

/** Who may, in the order of `roles`: dispatcher, supervisor, fleet-admin, sys-admin, technician, auditor, observer. */
const doors: readonly (readonly [string, string, Operation])[] = [
  ['open a group', 'yy-----', opening(pours)],
  ['open an exercise', '-y-----', { ...opening(pours), exercise: true }],
  ['open an exercise on a group for tests', 'yy--y--', { ...opening(tech), exercise: true }],
  ['say that an exercise is real', 'yy-----', { name: 'suspendExercise', group: training }],
  ['go on with an exercise', '-y-----', { name: 'resumeExercise', group: suspended }],
  ['join a talkgroup', 'yy-----', { name: 'add', group: acc, talkgroup: 'in:590-131', reason: 'vol', durationMs: 0 }],
  ['give notice', 'yy-----', { name: 'openRecord', group: acc, ...notice, place: 'PF-04' }],
  [
    'mark a crossing',
    'yy-----',
    { name: 'markCrossing', group: acc, record: '', ...notice, unit: 'M 31', place: 'PF-04', from: 'BE', to: 'FR' },
  ],
  [
    'activate a plan',
    'yy-----',
    { name: 'activatePlan', plan: 'plan-pours', level: 1, talkgroups: [], details, authority: {} },
  ],
  [
    'activate a plan as an exercise',
    'yy-----',
    { name: 'activatePlan', plan: 'plan-pours', level: 1, talkgroups: [], details, authority: {}, exercise: true },
  ],
  [
    'make a hit up',
    'yy-----',
    { name: 'enterExerciseHit', camera: 'E17', heading: '', vehicle: 'grey Audi', reason: 'theft' },
  ],
  ['write to a group', 'yy-----', { name: 'sendText', group: acc, text: 'RDV PF-04' }],
  ['write to an exercise', 'yy-----', { name: 'sendText', group: training, text: 'RDV PF-04' }],
  ['write to a suspended exercise', 'yy-----', { name: 'sendText', group: suspended, text: 'RDV PF-04' }],
  ['cut a talker off', '-y-----', { name: 'removeTalker', group: tech, over: 2, reason: 'stuck key' }],
  ['hand a shift over', 'yy-----', { name: 'offerShift', to: 'ht-op-2', note: '' }],
  ['acknowledge an emergency', 'yy-----', { name: 'acknowledgeEmergency', emergency: 1 }],
];

function stand() {
  const lines: string[] = [];
  const log = (line: object) => void lines.push(JSON.stringify(line));
  const silent = new Proxy({}, { get: () => log });
  const done: string[] = [];
  const ports = {
    clock: new ManualClock({ nowMs: 0, utcMs: Date.UTC(2026, 0, 1) }),
    events: silent as OperationsPorts['events'],
    console: {
      setBridging: ({ state }: { state: string }) => void done.push(`bridging ${state}`),
      identify: () => ({}),
      talkerOf: () => undefined,
      talkerNow: () => ({ address: '5317031', networkId: 'astrid' }),
      isNamedAnew: () => true,
      setEmergency: ({ state }: { state?: string | null }) => void done.push(`emergency ${state}`),
      clearEmergency: () => undefined,
      setBorderRecord: () => void done.push('record'),
      setPlan: () => void done.push('plan'),
      endPlan: () => undefined,
      setSchedule: () => undefined,
      setHits: () => undefined,
      setHandOver: () => void done.push('shift'),
      sheetOf: () => ({}),
      setHit: () => void done.push('hit'),
    },
    attachments: {
      join: () => undefined,
      leave: () => undefined,
      prioritise: () => undefined,
      sendText: () => done.push('text'),
    },
    rtc: {
      openGroup: () => undefined,
      joinLeg: () => undefined,
      leaveLeg: () => undefined,
      closeGroup: () => undefined,
    },
    speech: { speak: async () => ({ ok: false, reason: 'test' }) },
    kept: () => ({ read: () => undefined, write: () => undefined }),
    sendVoice: ({ name }: { name: string }) => name === 'removeTalker' && done.push(name),
  };
  const operations = new Operations(config, ports as unknown as OperationsPorts);
  const holder = { party: `${acc}/as:5990001`, priority: 15, emergency: true, over: 1, sinceUtcMs: 0 };
  operations.voiceEvent({ name: 'floor', floor: { group: acc, holder, queue: [] } });
  const calm = { ...holder, party: `${tech}/as:5990001`, emergency: false, over: 2 };
  operations.voiceEvent({ name: 'floor', floor: { group: tech, holder: calm, queue: [] } });
  const supervisor: Person = { person: 's', display: 'Chief', role: 'supervisor', controlRoom: 'cr-ccpd' };
  for (const group of [training, suspended]) {
    operations.operate(supervisor, { ...opening(group), exercise: true }, () => undefined);
  }
  operations.operate(supervisor, { name: 'suspendExercise', group: suspended }, () => undefined);
  lines.length = 0;
  done.length = 0;
  return { operations, lines, done };
}

describe('every role at every door', () => {
  const cases = doors.flatMap(([door, may, operation]) => {
    return roles.map((role, index) => [role, door, may[index] === 'y', operation] as const);
  });

  it.each(cases)('%s: %s', (role, _door, may, operation) => {
    const { operations, lines, done } = stand();
    // Of the control room that answers for the unit in distress, so that the role alone decides.
    const person: Person = { person: 'p', display: 'Somebody', role, controlRoom: 'cr-ht' };
    let answered: string | undefined = 'unanswered';
    operations.operate(person, operation, (refusal) => {
      answered = refusal?.cause;
    });
    if (may) {
      expect(answered).toBeUndefined();
      expect(done.length).toBeGreaterThan(0);
      return;
    }
    expect(answered).toBe('not-permitted');
    expect(done).toEqual([]);
    expect(lines.some((line) => line.includes('"refusal"') && line.includes('Somebody') && line.includes(role))).toBe(
      true,
    );
  });
});
