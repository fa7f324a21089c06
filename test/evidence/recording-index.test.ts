/** The index of recordings over a real audit log: what is found, page by page, and that it is no more than the log. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasRecording } from '../../src/evidence/recording-files.ts';
import { type IndexTables, pageRecordings, RecordingIndex } from '../../src/evidence/recording-index.ts';
import type { RecordingWish } from '../../src/operations/recording-search.ts';
import { AuditStore, type AuditTables } from '../../src/store/audit-store.ts';
import { openDatabase, openToRead } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { beganUtcMs, EvidenceRig, pursuit } from './evidence-rig.ts';

let rig: EvidenceRig;
const opened: RecordingIndex[] = [];
let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
});
afterEach(async () => {
  for (const index of opened.splice(0)) await index.close();
  rig.end();
});

const file = () => join(rig.folder, 'index.db');
async function open(): Promise<RecordingIndex> {
  const log = openToRead<AuditTables>(fileAt(join(rig.folder, 'state', 'ccpd', 'escaut.db')));
  const index = await RecordingIndex.open(openDatabase<IndexTables>(fileAt(file())), {
    log: AuditStore.reader(log, 'ccpd'),
    nowMs: () => nowMs++,
    isKept: (name) => hasRecording(rig.recordings, name),
  });
  opened.push(index);
  return index;
}
const everything: RecordingWish = {
  fromUtcMs: beganUtcMs - 60_000,
  toUtcMs: beganUtcMs + 3_600_000,
  groups: ['xb-acc', 'xb-patr'],
  unit: '',
  operator: '',
  priorityMin: 0,
  emergencyOnly: false,
};
async function found(index: RecordingIndex, wish: Partial<RecordingWish> = {}): Promise<readonly number[]> {
  const isCurrent = await index.catchUp(1e9);
  return (await index.search({ ...everything, ...wish }, isCurrent)).found.map(({ over }) => over);
}

describe('what is found', () => {
  beforeEach(async () => {
    rig = await pursuit();
  });

  it('is by time, the newest first, with who talked and how it ended', async () => {
    const index = await open();
    expect(await found(index)).toEqual([3, 2, 1]);
    const [, second] = (await index.search(everything, true)).found;
    expect(second).toMatchObject({
      ...{ group: 'xb-acc', callSign: 'Mouscron 12', address: '2060001', startUtcMs: beganUtcMs + 20_000 },
      ...{ durationMs: 1200, end: 'released', isKept: true, missing: '', exercise: false },
    });
  });

  it('was removed by retention where the log says so, and is only gone where more is than it says', async () => {
    const index = await open();
    await index.catchUp(1e9);
    rmSync(rig.recordings, { recursive: true });
    const gone = async () => {
      await index.catchUp(1e9);
      const { found: all } = await index.search(everything, true);
      return all.map(({ over, removedUtcMs, removedReport }) => [over, removedUtcMs, removedReport]);
    };
    expect(await gone()).toEqual([3, 2, 1].map((over) => [over, 0, '']));
    const say = async (event: string, fields: object, line: number) => {
      const store = await rig.store();
      const at = { run: 'run-9', line, utcMs: beganUtcMs + 5e9 + line, upMs: 0, level: 'info' } as const;
      await store.append([{ ...at, event, fields: { ...fields } }]);
      await store.close();
    };
    const voice = { kind: 'voice', day: '2026-11-29' };
    await say('retention.removed', { ...voice, removal: 4, group: 'xb-acc', count: 1 }, 1);
    await say('retention.removed', { ...voice, removal: 5, group: 'xb-patr', count: 1 }, 2);
    expect(await gone()).toEqual([
      [3, beganUtcMs + 5e9 + 2, ''],
      [2, 0, ''],
      [1, 0, ''],
    ]);
    await say('retention.reported', { day: '2027-01-26' }, 3);
    await say('retention.removed', { ...voice, removal: 6, group: 'xb-acc', count: 1 }, 4);
    await say('retention.reported', { day: '2027-01-27' }, 5);
    expect(await gone()).toEqual([
      [3, beganUtcMs + 5e9 + 2, '2027-01-26 no. 5'],
      [2, beganUtcMs + 5e9 + 4, '2027-01-27 no. 6'],
      [1, beganUtcMs + 5e9 + 4, '2027-01-27 no. 6'],
    ]);
  });

  it('is of these groups, this unit, this time alone', async () => {
    const index = await open();
    expect(await found(index, { groups: ['xb-patr'] })).toEqual([3]);
    expect(await found(index, { unit: 'mouscron' })).toEqual([3, 2, 1]);
    expect(await found(index, { unit: '60001' })).toEqual([3, 2, 1]);
    expect(await found(index, { unit: 'lille' })).toEqual([]);
    expect(await found(index, { unit: "%' OR 1=1 --" })).toEqual([]);
    expect(await found(index, { operator: 'mouscron' })).toEqual([]);
    expect(await found(index, { emergencyOnly: true })).toEqual([]);
    expect(await found(index, { priorityMin: 1 })).toEqual([]);
    // Something of the second one was said in that second, nothing of the others.
    expect(await found(index, { fromUtcMs: beganUtcMs + 21_000, toUtcMs: beganUtcMs + 22_000 })).toEqual([2]);
  });

  it('has the time and the groups of an incident that has a name', async () => {
    const index = await open();
    await index.catchUp(1e9);
    expect(await index.incident(['B1'], beganUtcMs + 3_600_000)).toEqual({
      ...{ fromUtcMs: beganUtcMs - 30_000, toUtcMs: beganUtcMs + 460_000, groups: ['xb-acc'] },
    });
    expect(await index.incident(['B1', 'B9'], beganUtcMs)).toBeUndefined();
  });

  it('says of one whose file is gone that it cannot be heard, and still that it was', async () => {
    const index = await open();
    await found(index);
    rmSync(rig.recordings, { recursive: true });
    expect((await index.search(everything, true)).found.map(({ isKept }) => isKept)).toEqual([false, false, false]);
  });
});

describe('what the log says in its own order', () => {
  beforeEach(() => {
    rig = new EvidenceRig();
  });

  it('joins a recording that was told before its over had ended, and one that was told after', async () => {
    const about = { group: 'xb-acc', party: 'console:1-1', end: 'pre-empted', callSign: 'Sophie L.' };
    rig.over({ group: 'xb-acc', over: 1, atMs: 0, isEnded: false, log: { party: 'console:1-1' } });
    rig.say({ atMs: 9000, event: 'over.ended', about: { ...about, over: 1, priority: 10, emergency: true } });
    rig.say({ atMs: 11_000, event: 'over.ended', about: { ...about, over: 2, durationMs: 500, priority: 9 } });
    rig.over({ group: 'xb-acc', over: 2, atMs: 12_000, isEnded: false, log: { party: 'console:1-1' } });
    await rig.write();
    const index = await open();
    expect(await found(index, { operator: 'sophie' })).toEqual([2, 1]);
    expect(await found(index, { unit: 'sophie' })).toEqual([]);
    expect(await found(index, { priorityMin: 10 })).toEqual([1]);
    expect(await found(index, { emergencyOnly: true })).toEqual([1]);
  });

  it('shows an over of which nothing is recorded, and why', async () => {
    rig.say({ atMs: 1000, event: 'over.ended', about: { group: 'xb-acc', over: 1, party: 'be', durationMs: 900 } });
    const gap = { group: 'xb-acc', over: 1, party: 'be', reason: 'ENOSPC' };
    rig.say({ atMs: 2000, event: 'recording.missing', about: gap });
    const from = new Date(beganUtcMs + 3000).toISOString();
    const to = new Date(beganUtcMs + 4000).toISOString();
    rig.say({ atMs: 5000, event: 'recording.missing', about: { ...gap, over: 2, from, to, reason: 'died' } });
    await rig.write();
    const index = await open();
    expect(await found(index)).toEqual([2, 1]);
    const page = await index.search(everything, true);
    expect(page.found.map(({ missing, isKept }) => [missing, isKept])).toEqual([
      ['died', false],
      ['ENOSPC', false],
    ]);
  });

  it('has both files of an over that turned real, each with its talker, and the end of one that was cut late', async () => {
    const kept = (name: string, exercise: boolean) => {
      const about = { group: 'xb-acc', over: 7, party: 'be', file: name, durationMs: 1000, exercise };
      rig.say({ atMs: 3000, event: 'recording.kept', about });
    };
    kept('2026-11-29/exercise/xb-acc/20261129T021401.000Z-7.opus', true);
    kept('2026-11-29/xb-acc/20261129T021402.000Z-7.opus', false);
    const ended = { group: 'xb-acc', over: 7, party: 'be', end: 'released', callSign: 'Mouscron 12' };
    rig.say({ atMs: 4000, event: 'over.ended', about: ended });
    rig.say({ atMs: 5000, event: 'over.cut', about: { group: 'xb-acc', over: 7, end: 'left' } });
    await rig.write();
    const index = await open();
    await index.catchUp(1e9);
    const page = await index.search(everything, true);
    expect(page.found.map(({ exercise, callSign, end }) => [exercise, callSign, end])).toEqual([
      [false, 'Mouscron 12', 'left'],
      [true, 'Mouscron 12', 'left'],
    ]);
  });

  it('goes page by page without leaving one out or showing one twice', async () => {
    const all = 2 * pageRecordings + 7;
    for (let over = 1; over <= all; over++) rig.over({ group: 'xb-acc', over, atMs: 1000 * (over >> 2), packets: 2 });
    await rig.write();
    const index = await open();
    const isCurrent = await index.catchUp(1e9);
    const seen: number[] = [];
    for (let before: RecordingWish['before']; ; ) {
      const page = await index.search({ ...everything, before }, isCurrent);
      seen.push(...page.found.map(({ over }) => over));
      before = page.found.at(-1);
      if (!page.more) break;
    }
    expect(seen).toHaveLength(all);
    expect(new Set(seen).size).toBe(all);
  });

  it('says that it is behind while a long log is read, and goes on from there, also after a restart', async () => {
    const store = await rig.store();
    const lines = Array.from({ length: 1500 }, (_, index) => ({
      ...({
        run: 'run-1',
        line: index + 1,
        utcMs: beganUtcMs + index,
        upMs: index,
        level: 'info',
        event: 'over.ended',
      } as const),
      fields: { group: 'xb-acc', over: index + 1, party: 'be' },
    }));
    await store.append(lines);
    await store.close();
    const index = await open();
    expect(await index.catchUp(0)).toBe(false);
    expect((await index.search(everything, false)).isBehind).toBe(true);
    const again = await open();
    expect(await again.catchUp(1e9)).toBe(true);
    expect((await again.search(everything, true)).found[0]?.over).toBe(1500);
  });
});

it('lets go of what the log lets go of', async () => {
  rig = await pursuit();
  const index = await open();
  expect(await found(index)).toEqual([3, 2, 1]);
  const store = await rig.store();
  const second = (await store.search({ event: 'recording.kept', limit: 9 })).at(1)?.seq ?? 0;
  const line = { run: 'run-2', line: 1, utcMs: beganUtcMs, upMs: 0, level: 'info', event: 'audit.shortened' } as const;
  await store.append([{ ...line, fields: { toSeq: second, hash: '' } }]);
  await store.close();
  expect(await found(index)).toEqual([3]);
});

describe('an index that does not fit', () => {
  it('is made anew: another log in its place', async () => {
    rig = await pursuit();
    expect(await found(await open())).toEqual([3, 2, 1]);
    const other = new EvidenceRig();
    for (let over = 11; over < 40; over++) other.over({ group: 'xb-acc', over, atMs: 1000 * over });
    await other.write();
    const first = rig;
    rig = other;
    const log = openToRead<AuditTables>(fileAt(join(other.folder, 'state', 'ccpd', 'escaut.db')));
    const index = await RecordingIndex.open(openDatabase<IndexTables>(fileAt(join(first.folder, 'index.db'))), {
      ...{ log: AuditStore.reader(log, 'ccpd'), nowMs: () => 0, isKept: () => true },
    });
    opened.push(index);
    await index.catchUp(1e9);
    expect((await index.search(everything, true)).found.map(({ over }) => over)).not.toContain(3);
    for (const each of opened.splice(0)) await each.close();
    first.end();
  });
});
