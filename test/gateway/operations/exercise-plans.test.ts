/** Alert plans and hits of exercises as the parts of the gateway play them together: what is real is never touched. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { ActivePlan, BridgingView } from '../../../src/console/console-terms.ts';
import type { Operation } from '../../../src/console/operation.ts';
import { Operations } from '../../../src/gateway/operations/operations.ts';
import type { Person } from '../../../src/operations/terms.ts';
import type { VoiceCommand, VoiceEvent } from '../../../src/voice/contract.ts';
import { demoConfig } from '../demo-config.ts';
import { quietConsole, quietEvents, quietOlder } from './quiet-ports.ts';

const utc = Date.UTC(2026, 0, 1);
const minute = 60_000;
const operator: Person = { person: 'ccpd-be-1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const pours = 'xb-pours-2';
const north = 'xb-north';
const onDemand = demoConfig.sharedGroups.find(({ id }) => id === pours)!;
const [pursuit] = demoConfig.alertPlans;
const border = {
  ...pursuit!,
  id: 'plan-pf',
  requires: [],
  groups: ['xb-acc', north, pours],
  announce: 'ann-plan-level',
  announceEnd: 'ann-plan-end',
  borderRecord: false,
};
const ofHits = { ...pursuit!, id: 'plan-anpr', requires: ['hit' as const], borderRecord: false };
const northLegs = ['as:5400110', 'in:590-131'].map((talkgroup) => ({ ...onDemand.legs[0]!, talkgroup }));
const config = {
  ...demoConfig,
  alertPlans: [pursuit!, border, ofHits],
  sharedGroups: [...demoConfig.sharedGroups, { ...onDemand, id: north, short: 'FRBE NORD', legs: northLegs }],
};
const details = { reason: 'vol', origin: 'cr-ht', host: 'cr-tn59', place: 'PF-04' };

interface Line {
  readonly group?: string;
  readonly texts?: readonly string[];
  readonly exercise?: boolean;
}

class Stand {
  readonly clock: ManualClock;
  readonly commands: VoiceCommand[] = [];
  readonly views = new Map<string, BridgingView>();
  readonly plans = new Map<string, ActivePlan>();
  readonly records: (string | undefined)[] = [];
  readonly joined: string[] = [];
  readonly lines: (readonly [string, Line])[] = [];
  readonly kept: Record<string, unknown>;
  readonly operations: Operations;

  constructor(kept: Record<string, unknown> = {}, utcMs = utc) {
    this.clock = new ManualClock({ nowMs: 1000, utcMs });
    this.kept = structuredClone(kept);
    const log = (name: string) => (at: object) => void this.lines.push([name, { ...at }]);
    this.operations = new Operations(config, {
      clock: this.clock,
      events: {
        ...quietEvents,
        operations: {
          ...quietEvents.operations,
          alertPlan: log('plan'),
          hit: log('hit'),
          announcement: log('announcement'),
        },
      },
      console: {
        ...quietConsole,
        setBridging: (view) => void this.views.set(view.group, view),
        setPlan: (plan) => void this.plans.set(plan.planId ?? '', plan),
        endPlan: (plan) => void this.plans.delete(plan),
        setBorderRecord: ({ id, exercise, state }) => void this.records.push(`${id} ${exercise ?? false} ${state}`),
        identify: () => ({ callSign: 'BAC 2' }),
        talkerNow: () => ({ callSign: 'BAC 2', address: '590192102', networkId: 'inpt' }),
      },
      attachments: {
        sendText: () => 0,
        join: ({ plan: { leg } }) => void this.joined.push(leg),
        leave: () => undefined,
        prioritise: () => undefined,
      },
      rtc: {
        openGroup: () => undefined,
        joinLeg: () => undefined,
        leaveLeg: () => undefined,
        closeGroup: () => undefined,
      },
      speech: { speak: async () => ({ ok: true, samples: new Float32Array(3200).fill(0.1) }) },
      older: quietOlder,
      kept: (name) => ({
        read: () => this.kept[name],
        write: (document) => {
          this.kept[name] = JSON.parse(JSON.stringify(document));
          return undefined;
        },
      }),
      sendVoice: (command) => this.commands.push(command),
    });
    this.operations.start();
  }

  does(operation: Operation): string {
    let answer = 'unanswered';
    this.operations.operate(operator, operation, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }

  activate(plan: string, exercise: boolean, more: Readonly<Record<string, string>> = details): string {
    const asked = { name: 'activatePlan', plan, level: 1, talkgroups: [], details: more, authority: {} } as const;
    return this.does({ ...asked, ...(exercise && { exercise }) });
  }

  open(group: string, exercise: boolean): string {
    const chief: Person = { ...operator, role: 'supervisor' };
    const asked = { group, name: 'open', reason: 'essai', talkgroups: [], durationMs: 0, exercise } as const;
    let answer = 'unanswered';
    this.operations.operate(chief, asked, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }

  async up(group: string): Promise<void> {
    for (const { talkgroup } of this.views.get(group)?.members ?? []) {
      this.operations.legState(`${group}/${talkgroup}`, true, false);
    }
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }

  distress(group: string): void {
    const [member] = this.views.get(group)?.members ?? [];
    const holder = { party: `${group}/${member?.talkgroup}`, priority: 15, emergency: true, over: 1, sinceUtcMs: 0 };
    const event: VoiceEvent = { name: 'floor', floor: { group, holder, queue: [] } };
    this.operations.voiceEvent(event);
  }

  /** Everything that was sent to be said on a group, once it has been. */
  said(group: string): readonly string[] {
    for (const command of this.commands) {
      if (command.name !== 'announce' || command.group !== group) continue;
      const { announcement } = command;
      this.operations.voiceEvent({ name: 'announced', group, announcement, end: 'played' });
    }
    return this.lines.flatMap(([name, at]) => {
      return name === 'announcement' && at.group === group ? (at.texts ?? []) : [];
    });
  }

  of(name: string) {
    return this.lines.filter(([each]) => each === name).map(([, at]) => at);
  }
}

describe('an alert plan as an exercise', () => {
  it('opens its group as one, says the word before everything, and calls nobody outside of it', async () => {
    const stand = new Stand();
    expect(stand.activate('plan-pours', true)).toBe('done');
    expect(stand.views.get(pours)).toMatchObject({ exercise: 'under-way', state: 'opening' });
    expect(stand.plans.get('plan-pours')).toMatchObject({ exercise: true, groupIds: [pours] });
    expect(stand.records).toEqual(['X1 true notified']);
    await stand.up(pours);
    const said = stand.said(pours);
    expect(said.length).toBeGreaterThan(0);
    for (const text of said) expect(text).toMatch(/^Exercice\. Exercice\./);
    // The talkgroup that a real plan tells one way is not called.
    expect(stand.joined).toEqual([`${pours}/as:5990012`, `${pours}/in:590-912`]);
    expect(stand.commands.filter((command) => command.name === 'announce' && command.group !== pours)).toEqual([]);
    expect(stand.of('plan')).toEqual([expect.objectContaining({ what: 'activate', exercise: true })]);
  });

  it('for real does what it always did', async () => {
    const stand = new Stand();
    expect(stand.activate('plan-pours', false)).toBe('done');
    expect(stand.records).toEqual(['B1 false notified']);
    expect(stand.joined.some((leg) => leg.endsWith('in:590-131'))).toBe(true);
    expect(stand.views.get(pours)?.exercise).toBeUndefined();
    await stand.up(pours);
    for (const text of stand.said(pours)) expect(text).not.toContain('Exercice');
  });

  it('leaves alone what is open for real: nothing is said, joined or closed there', async () => {
    const stand = new Stand();
    stand.open(north, false);
    await stand.up(north);
    const before = stand.said(north).length;
    expect(stand.activate('plan-pf', true)).toBe('done');
    // xb-acc is permanent, so real.
    expect(stand.plans.get('plan-pf')).toMatchObject({ groupIds: [pours] });
    await stand.up(pours);
    expect(stand.said(pours)).toContainEqual(expect.stringMatching(/^Exercice\. Exercice\. Plan frontières/));
    expect(stand.does({ name: 'endPlan', plan: 'plan-pf', authority: {} })).toBe('done');
    await stand.up(pours);
    expect(stand.said(pours)).toContainEqual(expect.stringMatching(/^Exercice\. Exercice\. Fin du plan frontières/));
    for (const text of stand.said(pours)) expect(text).toMatch(/^Exercice\. Exercice\./);
    expect(stand.said(north)).toHaveLength(before);
    expect(stand.said('xb-acc')).toEqual([]);
    expect(stand.views.get(north)).toMatchObject({ state: 'open', ending: false });
    expect(stand.views.get(pours)?.endsUtcMs).toBe(utc + minute);
  });

  it('is over at a unit in distress; its group stays open and real, and is told nothing of the plan', async () => {
    const stand = new Stand();
    stand.activate('plan-pf', true);
    await stand.up(pours);
    stand.distress(pours);
    await stand.up(pours);
    expect(stand.plans.has('plan-pf')).toBe(false);
    expect(stand.views.get(pours)).toMatchObject({ exercise: 'suspended', state: 'open' });
    expect(stand.views.get(north)?.endsUtcMs).toBe(utc + minute);
    expect(stand.of('plan').at(-1)).toMatchObject({ what: 'exercise-over', exercise: true });
    const said = stand.said(pours);
    const real = said.findIndex((text) => text.startsWith('Situation réelle'));
    expect(real).toBeGreaterThan(-1);
    for (const text of said.slice(real)) expect(text).not.toMatch(/Exercice|Plan|plan/);
    expect(stand.activate('plan-pf', true)).toBe('done');
    expect(stand.plans.get('plan-pf')?.groupIds).toEqual([north]);
  });

  it('that becomes real before its group is up says nothing of the exercise on it', async () => {
    const stand = new Stand();
    stand.activate('plan-pf', true);
    stand.does({ group: pours, name: 'suspendExercise' });
    await stand.up(pours);
    for (const text of stand.said(pours)) expect(text).not.toMatch(/Exercice|Plan frontières/);
  });

  it('gives way to the same plan for real, whose groups become real and are told so', async () => {
    const stand = new Stand();
    stand.activate('plan-pours', true);
    await stand.up(pours);
    expect(stand.activate('plan-pours', false)).toBe('done');
    await stand.up(pours);
    expect(stand.plans.get('plan-pours')).toMatchObject({ exercise: false });
    expect(stand.views.get(pours)?.exercise).toBeUndefined();
    expect(stand.said(pours).some((text) => text.startsWith('Situation réelle'))).toBe(true);
    expect(stand.records.filter((each) => each?.endsWith('notified'))).toEqual([
      'X1 true notified',
      'B1 false notified',
    ]);
    expect(stand.activate('plan-pours', true)).toBe('already-active');
    stand.does({ name: 'endPlan', plan: 'plan-pours', authority: {} });
    expect(stand.views.get(pours)?.endsUtcMs).toBe(utc + minute);
  });

  it('wants a hit that was made up and confirmed; a real plan none of those', () => {
    const stand = new Stand();
    const hit = { name: 'enterExerciseHit', camera: 'E17', heading: '', vehicle: 'Audi grise', reason: 'vol' } as const;
    stand.does(hit);
    expect(stand.activate('plan-anpr', true, { hit: '1' })).toBe('detail-missing');
    stand.does({ name: 'validateHit', hit: 1, confirmed: true, checked: 'photo' });
    expect(stand.activate('plan-anpr', false, { hit: '1' })).toBe('detail-missing');
    expect(stand.activate('plan-anpr', true, { hit: '1' })).toBe('done');
    expect(stand.of('hit').every(({ exercise }) => exercise === true)).toBe(true);
  });

  it('has its end shown and told with the mark', () => {
    const stand = new Stand();
    stand.activate('plan-pours', true);
    stand.clock.advance(85 * minute);
    expect(stand.plans.get('plan-pours')).toMatchObject({ ending: true, exercise: true });
    stand.clock.advance(5 * minute);
    expect(stand.plans.size).toBe(0);
    expect(stand.of('plan').at(-1)).toEqual({ what: 'expired', plan: 'plan-pours', exercise: true });
  });

  it('is one again after a restart, and none if its group has become real meanwhile', async () => {
    const before = new Stand();
    before.activate('plan-pf', true);
    const after = new Stand(before.kept, utc + minute);
    expect(after.plans.get('plan-pf')).toMatchObject({ exercise: true, groupIds: [north, pours] });
    expect(after.views.get(pours)).toMatchObject({ exercise: 'under-way' });
    const { bridgings, ...kept } = before.kept;
    const { version, bridgings: all } = bridgings as { version: number; bridgings: { group: string }[] };
    const turned = all.map((each) => (each.group === pours ? { ...each, exercise: 'suspended' } : each));
    const real = new Stand({ ...kept, bridgings: { version, bridgings: turned } }, utc + minute);
    expect(real.plans.size).toBe(0);
    expect(real.views.get(pours)).toMatchObject({ exercise: 'suspended', ending: false });
    expect(real.views.get(north)?.endsUtcMs).toBe(utc + 2 * minute);
  });
});
