/** The morning proof as the gateway does it: legs and tones, the report on disk, alarms, and what was not done. */
import { describe, expect, it } from 'vitest';
import { proofReportSchema } from '../../../src/api/proof-schemas.ts';
import { ManualClock } from '../../../src/base/clock.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import type { Config } from '../../../src/config/schema.ts';
import { type ProofPorts, Proofs } from '../../../src/gateway/operations/proofs.ts';
import type { Person } from '../../../src/operations/terms.ts';
import type { VoiceCommand } from '../../../src/voice/contract.ts';
import { demoConfig } from '../demo-config.ts';

const tech: Person = { person: 'tech', display: 'Tech', role: 'technician', controlRoom: '' };
const morningProof: NonNullable<Config['morningProof']> = {
  ...{
    group: 'xb-tech',
    at: '05:30',
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    timezone: 'Europe/Brussels',
  },
  ...{ waitMin: 15, levelDbov: -16, toleranceDb: 3, oneWayMsMax: 600, withoutAnswer: [], identities: [] },
};
const base = demoConfig.sharedGroups[0]!;
const config: Config = {
  ...demoConfig,
  morningProof,
  sharedGroups: [
    ...demoConfig.sharedGroups.filter(({ id }) => id !== 'xb-tech'),
    { ...base, id: 'xb-tech', short: 'FRBE TECH', use: 'test', mode: 'on-demand' },
  ],
};
const legs = base.legs.map(({ talkgroup }) => talkgroup);
/** 04:30 UTC is 05:30 there. */
const eveMs = Date.parse('2026-11-29T20:00Z');
const dueMs = Date.parse('2026-11-30T04:30Z');
const hourMs = 3_600_000;

function stand(from = eveMs, document: unknown = undefined, openGroup: string | undefined = undefined) {
  const clock = new ManualClock({ nowMs: 0, utcMs: from });
  const commands: VoiceCommand[] = [];
  const joined = new Set<string>();
  const said: [string, object][] = [];
  const alarms = new Set<string>();
  const world = {
    ...{ openGroup, document, answers: (_leg: string): number | undefined => -16 },
    /** Why no call comes up. */
    fault: undefined as { readonly reason: string; readonly fault: string } | undefined,
  };
  const note = (event: string) => (about: object) => void said.push([event, about]);
  const ports: ProofPorts = {
    clock,
    random: new SeededRandom(1),
    events: {
      proofs: {
        begun: note('begun'),
        line: note('line'),
        done: note('done'),
        missed: note('missed'),
        refused: note('refused'),
      },
      state: { notKept: note('not kept') },
    },
    console: {
      raiseAlarm: (code) => void alarms.add(code),
      clearAlarm: (code) => void alarms.delete(code),
    },
    attachments: {
      join: ({ need, plan }) => {
        expect([plan.mayTalk, need.priority]).toEqual([false, -1]);
        joined.add(need.leg);
        clock.callAt(clock.nowMs() + 100, () => proofs.legState(need.leg, world.fault === undefined));
      },
      leave: (leg) => void joined.delete(leg),
      report: () =>
        ({ legs: [...joined].map((id) => ({ id, ...world.fault })) }) as unknown as ReturnType<
          ProofPorts['attachments']['report']
        >,
    },
    kept: {
      read: () => world.document,
      write: (next) => {
        world.document = JSON.parse(JSON.stringify(next));
        return undefined;
      },
    },
    sendVoice: (command) => {
      commands.push(command);
      if (command.name !== 'prove') return;
      const { group, order } = command;
      const levelDbov = world.answers(order.leg);
      const heard = levelDbov === undefined ? [] : [{ leg: order.leg, levelDbov, delayMs: 100, whole: 1 }];
      clock.callAt(clock.nowMs() + 4000, () =>
        proofs.voiceEvent({ name: 'proved', group, proof: order.proof, end: 'done', heard }),
      );
    },
    groupOf: (talkgroup) => (world.openGroup !== undefined && legs.includes(talkgroup) ? world.openGroup : undefined),
    isJoined: (group) => group === world.openGroup,
  };
  const proofs = new Proofs(config, ports);
  const reports = () => proofs.view(tech).history.map(({ number }) => proofs.report(number)!);
  return { clock, commands, joined, said, alarms, world, proofs, reports };
}

const runTo = (clock: ManualClock, utcMs: number): void => clock.advance(utcMs - clock.utcMs());

describe('the morning proof', () => {
  it('runs at its local time, leaves nothing called, and keeps its report', () => {
    const { clock, joined, said, alarms, proofs, commands, world, reports } = stand();
    proofs.start();
    expect(proofs.view(undefined).nextUtcMs).toBe(dueMs);
    runTo(clock, dueMs - 1);
    expect(commands).toEqual([]);
    runTo(clock, dueMs + 500);
    expect(joined.size).toBe(legs.length);
    runTo(clock, dueMs + hourMs);
    expect(joined.size).toBe(0);
    expect(commands.at(-1)).toMatchObject({ name: 'closeGroup' });
    expect(said.filter(([event]) => event !== 'line').map(([event]) => event)).toEqual(['begun', 'done']);
    expect(reports()).toMatchObject([{ number: 1, kind: 'morning', dueUtcMs: dueMs, verdict: 'green' }]);
    expect(alarms).toEqual(new Set());
    const again = stand(dueMs + hourMs, world.document);
    again.proofs.start();
    again.clock.advance(hourMs);
    expect(again.said).toEqual([]);
    expect(again.reports()).toHaveLength(1);
  });

  it('has its talkgroups in use until it is over, so that none becomes another group’s while it is sounded', () => {
    const { clock, proofs } = stand();
    proofs.start();
    expect(proofs.inUse).toEqual({ groups: [], talkgroups: [] });
    runTo(clock, dueMs + 500);
    expect(proofs.inUse.groups).toHaveLength(1);
    expect(new Set(proofs.inUse.talkgroups)).toEqual(new Set(legs));
    runTo(clock, dueMs + hourMs);
    expect(proofs.inUse).toEqual({ groups: [], talkgroups: [] });
  });

  it('says of a call that does not come up why, in words and by the code of its leg', () => {
    const { clock, world, proofs, reports } = stand();
    world.fault = { reason: 'no attachment of astrid that works has a channel for it', fault: 'no-channel' };
    proofs.start();
    runTo(clock, dueMs + hourMs);
    expect(reports()[0]?.results).toHaveLength(legs.length);
    for (const result of reports()[0]?.results ?? [])
      expect(result).toMatchObject({ causes: ['not-up'], ...world.fault });
    expect(proofs.view(tech).progress?.steps).toContainEqual(
      expect.objectContaining({ step: 'not-answered', ...world.fault }),
    );
  });

  it('raises an alarm where a line is red, also after a restart, until a proof is green', () => {
    const { clock, said, alarms, proofs, world } = stand();
    world.answers = (leg) => (leg.endsWith(legs[0] ?? '') ? undefined : -16);
    proofs.start();
    runTo(clock, dueMs + hourMs);
    expect(alarms).toEqual(new Set(['proof-red']));
    expect(said.at(-1)).toMatchObject(['done', { verdict: 'red' }]);
    const again = stand(dueMs + hourMs, world.document);
    again.proofs.start();
    expect(again.alarms).toEqual(new Set(['proof-red']));
    expect(again.proofs.run(tech, undefined)).toBeUndefined();
    again.clock.advance(hourMs);
    expect(again.reports()[0]).toMatchObject({ kind: 'hand', by: 'Tech', verdict: 'green' });
    expect(again.alarms).toEqual(new Set());
  });

  it('says that it did not take place when the gateway was not there', () => {
    const before = stand();
    before.proofs.start();
    before.proofs.stop();
    const { clock, said, alarms, proofs, reports } = stand(dueMs + 2 * hourMs, before.world.document);
    proofs.start();
    expect(said).toEqual([['missed', { due: '2026-11-30T04:30:00.000Z' }]]);
    expect(alarms).toEqual(new Set(['proof-undone']));
    expect(reports()).toMatchObject([{ missed: true, verdict: 'unproven', results: [] }]);
    clock.advance(hourMs);
    expect(said).toHaveLength(1);
  });

  it('is taken up again when the gateway was stopped in it', () => {
    const { clock, proofs, world, reports } = stand();
    proofs.start();
    runTo(clock, dueMs + 3000);
    proofs.stop();
    expect(reports()).toEqual([]);
    const again = stand(dueMs + 10_000, world.document);
    again.proofs.start();
    again.clock.advance(hourMs);
    expect(again.reports()).toMatchObject([{ kind: 'morning', dueUtcMs: dueMs, verdict: 'green' }]);
  });

  it('sounds nothing while the group is open, gives way when it is opened, and says that it was busy', () => {
    const { clock, joined, alarms, commands, proofs, world, reports } = stand();
    proofs.start();
    runTo(clock, dueMs + 3000);
    expect(joined.size).toBe(legs.length);
    world.openGroup = 'xb-tech';
    clock.advance(500);
    expect(joined.size).toBe(0);
    const sent = commands.length;
    runTo(clock, dueMs + hourMs);
    expect(commands).toHaveLength(sent);
    expect(reports()[0]?.results.map(({ causes }) => causes)).toContainEqual(['busy']);
    const { busy } = reports()[0]?.results.find(({ causes }) => causes[0] === 'busy') ?? {};
    expect(busy).toEqual({ code: 'group-open', group: config.sharedGroups.find(({ id }) => id === 'xb-tech')?.short });
    expect(proofReportSchema.parse(reports()[0])).toEqual(reports()[0]);
    expect(alarms).toEqual(new Set(['proof-undone']));
  });

  it('goes on when the voice process is another', () => {
    const { clock, proofs, reports } = stand();
    proofs.start();
    runTo(clock, dueMs + 3000);
    proofs.voiceEvent({ name: 'ready' });
    runTo(clock, dueMs + hourMs);
    expect(reports()[0]).toMatchObject({ verdict: 'unproven' });
    expect(reports()[0]?.results[0]?.causes).toEqual(['stopped']);
  });

  it('forgets reports after 30 days', () => {
    const { clock, proofs, reports } = stand();
    proofs.start();
    clock.advance(45 * 24 * hourMs);
    expect(reports()).toHaveLength(31);
  });
});

describe('by hand', () => {
  it('calls one attachment alone, and says step by step what becomes of it', () => {
    const { clock, joined, proofs, alarms, world, reports } = stand();
    proofs.start();
    world.answers = () => undefined;
    const [attachment] = config.attachments.filter(({ enabled }) => enabled);
    expect(proofs.run(tech, attachment?.id)).toBeUndefined();
    expect(joined.size).toBe(1);
    expect(proofs.run(tech, undefined)).toBe('under-way');
    clock.advance(60_000);
    expect(proofs.view(tech).progress?.steps.map(({ step }) => step)).toEqual([
      'called',
      'answered',
      'sounding',
      'not-heard',
      'ended',
    ]);
    expect(reports()).toMatchObject([{ kind: 'call', verdict: 'red' }]);
    expect(alarms).toEqual(new Set());
  });

  it('is for those alone who may open groups for tests or see to attachments', () => {
    const { proofs, said, world } = stand();
    proofs.start();
    for (const role of ['auditor', 'observer', 'fleet-admin'] as const)
      expect(proofs.run({ ...tech, role }, undefined)).toBe('not-permitted');
    expect(said).toHaveLength(3);
    expect(proofs.run(tech, 'nowhere')).toBe('attachment-unknown');
    world.openGroup = 'xb-tech';
    expect(proofs.run({ ...tech, role: 'sys-admin' }, undefined)).toBe('group-in-use');
  });
});
