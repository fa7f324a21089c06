/** What auditors see of retention, from real folders and databases: what is kept, held, reported, and what goes next. */
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RetentionKeeper } from '../../src/store/retention-keeper.ts';
import { reportsFolder } from '../../src/store/retention-sweep.ts';
import { dayMs, nowUtcMs, RetentionRig } from './retention-rig.ts';

let rig: RetentionRig;
let keeper: RetentionKeeper;
const closing: (() => Promise<void>)[] = [];
const values = { voiceSharedGroup: 60, 'voiceNationalLeg.BE': 365, borderRecord: 1095, actionLog: 1095 };
const groups = {
  'xb-acc': { group: 'xb-acc', countries: ['BE', 'FR'] },
  line_ht: { group: 'line:ht', countries: [] },
};

beforeEach(async () => {
  rig = new RetentionRig();
  const [store, audit] = [await rig.store(), await rig.audit()];
  closing.push(
    () => store.close(),
    () => audit.close(),
  );
  keeper = new RetentionKeeper(
    { recordings: rig.recordings, stateFolder: rig.state, values },
    { store, audit, key: rig.key.privateKey, groups: () => groups },
  );
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  rig.close();
});

const dayAt = (ageDays: number) => new Date(nowUtcMs - ageDays * dayMs).toISOString().slice(0, 10);
const about = { reason: 'order 12', by: 'aud-be', country: 'BE', utcMs: nowUtcMs };

it('tells of each rule who has set it, and of each group the shortest of those that apply', async () => {
  const store = await rig.store();
  await store.setValue('voiceNationalLeg.FR', 30, 'aud-be, aud-fr', nowUtcMs);
  await store.close();
  const { rules, groups: kept } = await keeper.look(nowUtcMs);
  expect(rules).toEqual([
    { rule: 'voiceSharedGroup', days: 60, set: undefined },
    { rule: 'voiceNationalLeg.BE', days: 365, set: undefined },
    { rule: 'voiceNationalLeg.FR', days: 30, set: { by: 'aud-be, aud-fr', utcMs: nowUtcMs } },
    { rule: 'borderRecord', days: 1095, set: undefined },
    { rule: 'actionLog', days: 1095, set: undefined },
  ]);
  expect(kept).toEqual([
    { group: 'xb-acc', countries: ['BE', 'FR'], rule: 'voiceNationalLeg.FR', days: 30 },
    { group: 'line:ht', countries: [], rule: 'voiceSharedGroup', days: 60 },
  ]);
});

it('shows of another rule all that goes by it, also beside what goes or is held of the same day already', async () => {
  const entry = (id: number, group: string, ageDays: number) =>
    `${JSON.stringify({ id, kind: 'text', group, utcMs: nowUtcMs - ageDays * dayMs })}\n`;
  const entries = [entry(1, 'xb-acc', 5), entry(2, 'line:ht', 5), entry(3, 'line:ht', 5), entry(4, 'line:ht', 2)];
  appendFileSync(join(rig.state, 'timeline.jsonl'), entries.join(''));
  const store = await rig.store();
  await store.setValue('timeline', 30, 'aud-be, aud-fr', nowUtcMs);
  await store.setValue('timeline.FR', 3, 'aud-be, aud-fr', nowUtcMs);
  await store.close();
  const shown = async (rule: string, days: number) =>
    (await keeper.preview(rule, days, nowUtcMs)).goes.map(({ day, count, hold }) => ({ day, count, hold }));
  expect(await shown('timeline', 4)).toEqual([{ day: dayAt(5), count: 2, hold: undefined }]);
  const fromUtcMs = nowUtcMs - 6 * dayMs;
  const hold = await keeper.addHold({ ...about, fromUtcMs, toUtcMs: nowUtcMs, groups: ['xb-acc'] });
  expect(await shown('timeline', 4)).toEqual([{ day: dayAt(5), count: 2, hold: undefined }]);
  expect(await shown('timeline', 30)).toEqual([]);
  await keeper.liftHold(hold!, nowUtcMs);
  await keeper.addHold({ ...about, fromUtcMs, toUtcMs: nowUtcMs, groups: ['line:ht'] });
  expect(await shown('timeline', 4)).toEqual([{ day: dayAt(5), count: 2, hold: 2 }]);
});

it('says when documents go that were laid aside', async () => {
  for (const age of [55, 20]) {
    const stamp = new Date(nowUtcMs - age * dayMs).toISOString().slice(0, 19).replaceAll(':', '-');
    writeFileSync(join(rig.state, `emergencies.json.broken-${stamp}`), '{');
  }
  const { next } = await keeper.look(nowUtcMs);
  const line = { kind: 'laidAside', group: '', rule: 'voiceSharedGroup', days: 60, count: 1, hold: undefined };
  expect(next).toEqual([{ ...line, day: dayAt(55), goes: dayAt(-6) }]);
  rig.utcMs = nowUtcMs + 6 * dayMs;
  await rig.sweep();
  expect(rig.report.removed).toMatchObject([{ kind: 'laidAside', day: dayAt(55) }]);
});

it('says what goes within a week, on which day the sweep really removes it, and what a hold keeps', async () => {
  for (const age of [54, 53]) rig.recording(age, 'xb-acc');
  rig.recording(57, 'xb-acc', 12, 1);
  rig.recording(57, 'xb-acc', 13, 2);
  rig.recording(58, 'line_ht');
  const hold = await keeper.addHold({
    ...about,
    fromUtcMs: nowUtcMs - 59 * dayMs,
    toUtcMs: nowUtcMs,
    groups: ['line:ht'],
  });
  const { next } = await keeper.look(nowUtcMs);
  const voice = { kind: 'voice', rule: 'voiceSharedGroup', days: 60 };
  expect(next.filter(({ kind }) => kind === 'voice')).toEqual([
    { ...voice, group: 'line:ht', day: dayAt(58), count: 1, hold, goes: dayAt(-3) },
    { ...voice, group: 'xb-acc', day: dayAt(57), count: 2, hold: undefined, goes: dayAt(-4) },
    { ...voice, group: 'xb-acc', day: dayAt(54), count: 1, hold: undefined, goes: dayAt(-7) },
  ]);
  // The sweep is of the same mind: the day before it is there, on that day it goes.
  const file = rig.recording(57, 'xb-acc', 14, 3);
  for (const [inDays, isThere] of [
    [3, true],
    [4, false],
  ] as const) {
    rig.utcMs = nowUtcMs + inDays * dayMs;
    await rig.sweep();
    expect([inDays, rig.has(file)]).toEqual([inDays, isThere]);
  }
});

it('names what a sweep could not take yet for today, and border records by their close', async () => {
  rig.recording(100, 'xb-acc');
  const record = { record: 'B1', group: 'xb-acc', noticeUtcMs: 0, closedUtcMs: nowUtcMs - 1093 * dayMs };
  writeFileSync(
    join(rig.state, 'border-records.json'),
    JSON.stringify({ records: [record, { record: 'B2', group: 'xb-acc', noticeUtcMs: 0 }] }),
  );
  const { next } = await keeper.look(nowUtcMs);
  expect(next).toMatchObject([
    { kind: 'voice', day: dayAt(100), goes: dayAt(0), hold: undefined },
    { kind: 'borderRecord', day: dayAt(1093), goes: dayAt(-3), count: 1, rule: 'borderRecord' },
  ]);
});

it('shows the last reports with what they list, and finds one that was changed, taken out, or is no report', async () => {
  rig.recording(61, 'xb-acc');
  for (const days of [0, 1, 2]) {
    rig.utcMs = nowUtcMs + days * dayMs;
    await rig.sweep();
  }
  const seen = await keeper.look(nowUtcMs);
  expect([seen.reports.map(({ day }) => day), seen.reportFault]).toEqual([[dayAt(-2), dayAt(-1), dayAt(0)], undefined]);
  expect(seen.reports.at(-1)).toMatchObject({
    removed: [{ kind: 'voice', day: dayAt(61), group: 'xb-acc', rule: 'voiceSharedGroup', days: 60, count: 1 }],
    ...{ more: 0, spared: 0 },
  });
  const file = join(rig.state, reportsFolder, `${dayAt(-1)}.json`);
  appendFileSync(file, ' ');
  expect((await keeper.look(nowUtcMs)).reportFault).toBe(`${dayAt(-1)}: is not signed by this key`);
  writeFileSync(file, '{');
  expect(await keeper.look(nowUtcMs)).toMatchObject({ reportFault: `${dayAt(-1)}: is no report of that day` });
  rmSync(file);
  expect((await keeper.look(nowUtcMs)).reportFault).toBe(`${dayAt(-2)}: does not follow the report before it`);
  rmSync(join(rig.state, reportsFolder, `${dayAt(-2)}.json`));
  expect((await keeper.look(nowUtcMs)).reportFault).toBe(`${dayAt(-1)}: is missing, and the audit log names it`);
});

it('holds a group that is configured or recorded, and no other, until it is lifted', async () => {
  rig.recording(61, 'gone');
  const span = { fromUtcMs: 0, toUtcMs: nowUtcMs };
  expect(await keeper.addHold({ ...about, ...span, groups: ['line:ht', 'gone'] })).toBe(1);
  expect(await keeper.addHold({ ...about, ...span, groups: undefined })).toBe(2);
  expect(await keeper.addHold({ ...about, ...span, groups: ['xb-acc', 'xb-ac'] })).toBeUndefined();
  await keeper.liftHold(1, nowUtcMs);
  expect((await keeper.holds()).map(({ hold }) => hold)).toEqual([2]);
  expect((await keeper.look(nowUtcMs)).holds).toMatchObject([{ hold: 2, ...about }]);
});
