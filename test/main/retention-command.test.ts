import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { auditLines } from '../../src/audit-command.ts';
import type { RetentionAct } from '../../src/command-line/retention.ts';
import { runRetentionCommand } from '../../src/retention-command.ts';
import { RetentionRig } from '../store/retention-rig.ts';

const rigs: RetentionRig[] = [];
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.close();
});

const atUtcMs = Date.UTC(2026, 10, 29, 14);
const person = { controlRoom: 'ccpd', language: 'fr', priority: 10 } as const;
const people = [
  { id: 'aud-be', display: 'Anna B.', role: 'auditor', country: 'BE', ...person },
  { id: 'aud-fr', display: 'Félix R.', role: 'auditor', country: 'FR', ...person },
  { id: 'ccpd-be-1', display: 'Dirk P.', role: 'dispatcher', country: 'BE', ...person },
] as const;

async function setUp() {
  const rig = new RetentionRig();
  rigs.push(rig);
  const gateway = { id: 'state', stateFolder: rig.folder, timezone: 'Europe/Brussels' };
  const retention = {
    voiceSharedGroupDays: 60,
    ...{ handOverDays: 30, timelineDays: 2, national: [] },
    voiceNationalLegDays: [{ country: 'FR', days: 60 }],
    ...{ borderRecordDays: 1095, actionLogDays: 1095 },
  };
  const groups = { sharedGroups: [{ id: 'xb-acc' }], directLines: [{ id: 'ht' }] };
  const recording = { folder: rig.recordings };
  const config = { gateway, people, retention, hits: { keptDays: 30 }, recording, ...groups } as unknown as Parameters<
    typeof runRetentionCommand
  >[0];
  const audit = await rig.audit();
  await rig.log(audit, 'gateway.started', {});
  await audit.close();
  const log = async (event: string) => {
    const entries: unknown[] = [];
    for await (const line of auditLines({ gateway: { id: 'state', stateFolder: rig.folder } }, { event }))
      entries.push(JSON.parse(line).about);
    return entries;
  };
  return { rig, log, run: (act: RetentionAct) => runRetentionCommand(config, act, () => atUtcMs) };
}

describe('escaut retention', () => {
  it('refuses a dispatcher in clear words, changes nothing and logs it (A-20)', async () => {
    const { run, log } = await setUp();
    const act = {
      act: 'set',
      rule: 'voiceSharedGroup',
      days: 1,
      by: 'ccpd-be-1',
      second: '',
      reason: 'why not',
    } as const;
    expect(await run(act)).toEqual({
      isDone: false,
      words: 'refused: Dirk P. (dispatcher) may not set how long evidence is kept; nothing has changed',
    });
    expect((await run({ act: 'show' })).words).toMatch(/voiceSharedGroup +60 days {2}configuration/);
    expect(await log('retention.changed')).toMatchObject([{ operator: 'Dirk P.', days: 1, refusal: 'role' }]);
  });

  it('lets two auditors set it', async () => {
    const { run, log } = await setUp();
    const deed = { by: 'aud-be', second: 'aud-fr', reason: 'law of 2026' };
    expect((await run({ act: 'set', rule: 'voiceNationalLeg.BE', days: 365, ...deed })).isDone).toBe(true);
    expect((await run({ act: 'set', rule: 'voiceSharedGroup', days: 30, ...deed })).words).toContain('(before: 60)');
    expect((await run({ act: 'show' })).words).toMatch(/voiceSharedGroup +30 days {2}set by two auditors/);
    expect(await log('retention.changed')).toMatchObject([{ second: 'Félix R.' }, { days: 30, reason: 'law of 2026' }]);
    expect((await run({ act: 'set', rule: 'voiceSharedGroup', days: 30, ...deed, second: '' })).words).toContain(
      '--second',
    );
  });

  it('holds what a court wants, and lifts it by two', async () => {
    const { run, log } = await setUp();
    const time = { fromUtcMs: atUtcMs - 3_600_000, toUtcMs: atUtcMs };
    const hold = { act: 'hold', by: 'aud-fr', reason: 'instruction 12/2026', ...time, groups: ['xb-acc'] } as const;
    expect((await run(hold)).words).toBe(
      'hold 1: 2026-11-29T13:00:00.000Z to 2026-11-29T14:00:00.000Z, xb-acc, by Félix R. (FR): instruction 12/2026',
    );
    expect((await run({ ...hold, by: 'ccpd-be-1' })).isDone).toBe(false);
    const lift = { act: 'lift', hold: 1, by: 'aud-be', second: 'aud-fr', reason: 'released' } as const;
    expect((await run({ ...lift, second: 'ccpd-be-1' })).isDone).toBe(false);
    expect((await run({ act: 'show' })).words).toContain('instruction 12/2026');
    expect((await run(lift)).isDone).toBe(true);
    await expect(run(lift)).rejects.toThrow('there is no hold 1');
    expect(await log('hold.set')).toMatchObject([{ hold: 1, operator: 'Félix R.' }, { refusal: 'role' }]);
    expect(await log('hold.lifted')).toMatchObject([{ refusal: 'second-person-may-not' }, { second: 'Félix R.' }]);
  });

  it('logs what is done once it is kept, and that it could not be', async () => {
    const { run, rig, log } = await setUp();
    await run({ act: 'hold', by: 'aud-fr', reason: 'instruction', fromUtcMs: 0, toUtcMs: atUtcMs });
    const database = new DatabaseSync(join(rig.state, 'retention.db'));
    const full = `BEGIN SELECT RAISE(ABORT, 'disk is full'); END`;
    database.exec(`CREATE TRIGGER lifts BEFORE UPDATE ON legal_hold ${full}`);
    database.exec(`CREATE TRIGGER sets BEFORE INSERT ON retention_value ${full}`);
    database.close();
    const deed = { by: 'aud-be', second: 'aud-fr', reason: 'released' };
    await expect(run({ act: 'lift', hold: 1, ...deed })).rejects.toThrow('disk is full');
    await expect(run({ act: 'set', rule: 'voiceSharedGroup', days: 30, ...deed })).rejects.toThrow('disk is full');
    expect(await log('hold.lifted')).toMatchObject([{ hold: 1, refusal: 'retention-away' }]);
    expect(await log('retention.changed')).toMatchObject([{ days: 30, refusal: 'retention-away' }]);
    expect((await run({ act: 'show' })).words).toMatch(/voiceSharedGroup +60 days[\s\S]*instruction/);
  });

  it("lifts the gateway's own hold by two of two countries alone", async () => {
    const { run, rig } = await setUp();
    const store = await rig.store();
    const about = { reason: 'clock was behind', by: 'gateway', country: '', utcMs: atUtcMs };
    await store.addHold({ fromUtcMs: atUtcMs - 3_600_000, toUtcMs: atUtcMs, groups: undefined, ...about });
    await store.close();
    expect((await run({ act: 'show' })).words).toContain('all groups, by gateway: clock was behind');
    const lift = { act: 'lift', hold: 1, by: 'aud-be', reason: 'looked through' } as const;
    expect((await run({ ...lift, second: '' })).isDone).toBe(false);
    expect((await run({ ...lift, second: 'aud-fr' })).isDone).toBe(true);
  });

  it('holds an incident by its name, and says where the log knows none', async () => {
    const { run, rig } = await setUp();
    const audit = await rig.audit();
    const opened = { what: 'open', group: 'xb-acc', record: 'B1' };
    await rig.log(audit, 'border.changed', opened, atUtcMs - 7_200_000);
    await audit.close();
    const hold = { act: 'hold', by: 'aud-fr', reason: 'instruction', incident: 'B1' } as const;
    expect((await run(hold)).words).toMatch(/^hold 1: 2026-11-29T11:59:00.000Z to .*, xb-acc, by/);
    await expect(run({ ...hold, incident: 'B9' })).rejects.toThrow('the log names no border record');
  });

  it('holds no group that there is not', async () => {
    const { run, rig, log } = await setUp();
    const time = { fromUtcMs: atUtcMs - 3_600_000, toUtcMs: atUtcMs };
    const hold = { act: 'hold', by: 'aud-fr', reason: 'instruction 12/2026', ...time } as const;
    await expect(run({ ...hold, groups: ['xb-acc', 'xb-ac'] })).rejects.toThrow('there is no group xb-ac,');
    expect(await log('hold.set')).toEqual([]);
    rig.recording(10, 'exercise/xb-old');
    expect((await run({ ...hold, groups: ['line:ht', 'xb-old'] })).isDone).toBe(true);
  });

  it('shows the last report, and whether all are whole', async () => {
    const { run, rig } = await setUp();
    await expect(run({ act: 'report' })).rejects.toThrow('there is no report yet');
    rig.recording(70, 'xb-acc');
    await rig.sweep();
    const { isDone, words } = await run({ act: 'report' });
    expect(isDone).toBe(true);
    expect(words).toMatch(/"count": 1[\s\S]*whole: 1 reports, signed, none is missing$/);
    writeFileSync(join(rig.state, 'deletion-reports', '2026-11-29.json'), '{}');
    expect(await run({ act: 'report' })).toMatchObject({
      isDone: false,
      words: expect.stringContaining('NOT WHOLE: 2026-11-29'),
    });
  });

  it('believes the clock when two say so', async () => {
    const { run, rig, log } = await setUp();
    expect((await run({ act: 'clock', by: 'aud-be', second: '', reason: 'seen' })).isDone).toBe(false);
    const store = await rig.store();
    expect(await store.clockMark()).toBeUndefined();
    expect((await run({ act: 'clock', by: 'aud-be', second: 'aud-fr', reason: 'seen' })).isDone).toBe(true);
    expect(await store.clockMark()).toBe(atUtcMs);
    await store.close();
    expect(await log('retention.clock-trusted')).toHaveLength(2);
  });
});

it('needs a gateway that was started here', async () => {
  const rig = new RetentionRig();
  rigs.push(rig);
  mkdirSync(rig.folder, { recursive: true });
  const config = {
    gateway: { id: 'state', stateFolder: rig.folder },
    people,
    retention: { voiceNationalLegDays: [], national: [] },
    hits: {},
  } as never;
  await expect(runRetentionCommand(config, { act: 'show' }, () => atUtcMs)).rejects.toThrow('there is no audit log');
  expect(existsSync(join(rig.folder, 'state')) ? readdirSync(join(rig.folder, 'state')) : []).toEqual([]);
});
