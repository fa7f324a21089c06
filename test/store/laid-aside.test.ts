/** Documents that could not be read are laid aside, go when the days of what they are of are over, and are in the report. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeptFile } from '../../src/store/kept-file.ts';
import { laidAsideIn } from '../../src/store/laid-aside.ts';
import { dayMs, nowUtcMs, RetentionRig } from './retention-rig.ts';

let rig: RetentionRig;
beforeEach(() => {
  rig = new RetentionRig();
  // The shortest of all is that of a country.
  rig.values = {
    voiceSharedGroup: 60,
    borderRecord: 90,
    'borderRecord.FR': 40,
    hit: 20,
    handOver: 30,
    'timeline.BE': 10,
  };
  mkdirSync(rig.state, { recursive: true });
});
afterEach(() => rig.close());

const text = '{"hits": [{"reference": "SECRET-1"';
/** As the gateway lays one aside that has no form. Its name. */
function broken(document: string, ageDays: number): string {
  writeFileSync(join(rig.state, `${document}.json`), text);
  return aside(document, ageDays);
}
/** Whatever is there in its place. */
function aside(document: string, ageDays: number): string {
  const file = join(rig.state, `${document}.json`);
  let copy: string | undefined;
  const ports = {
    utcMs: () => nowUtcMs - ageDays * dayMs,
    broken: (of: { copy: string | undefined }) => (copy = of.copy),
  };
  expect(new KeptFile(file, ports).read(() => true)).toBeUndefined();
  return copy!.slice(rig.state.length + 1);
}
const there = () => readdirSync(rig.state).filter((name) => name.includes('.broken-'));
const dayOf = (ageDays: number) => new Date(nowUtcMs - ageDays * dayMs).toISOString().slice(0, 10);

it('go by the rule of what they are of, any other by the shortest of all, and the report has a line each', async () => {
  const kept = [
    broken('border-records', 39),
    broken('hits', 19),
    broken('hand-over-sheet-4', 29),
    broken('emergencies', 9),
  ];
  const gone = [
    broken('border-records', 42),
    broken('hits', 22),
    broken('hand-over-sheet-4', 32),
    broken('emergencies', 12),
  ];
  // Nobody's, or not laid aside.
  const others = ['hits.json.broken-yesterday', 'notes.txt', 'hits.json'];
  for (const name of others) writeFileSync(join(rig.state, name), '{"hits": []}');
  await rig.sweep();
  expect(there().toSorted()).toEqual([...kept, others[0]].toSorted());
  for (const name of others) expect(existsSync(join(rig.state, name))).toBe(true);
  expect(gone.filter((name) => existsSync(join(rig.state, name)))).toEqual([]);
  const line = { kind: 'laidAside', group: '', count: 1, octets: text.length };
  const laid = rig.report.removed.filter(({ kind }: { kind: string }) => kind === 'laidAside');
  expect(laid).toHaveLength(4);
  for (const each of [
    { ...line, day: dayOf(42), rule: 'borderRecord.FR', days: 40 },
    { ...line, day: dayOf(22), rule: 'hit', days: 20 },
    { ...line, day: dayOf(32), rule: 'handOver', days: 30 },
    { ...line, day: dayOf(12), rule: 'timeline.BE', days: 10 },
  ])
    expect(laid).toContainEqual(expect.objectContaining(each));
  const sum = createHash('sha256').update(text).digest('hex');
  const list = createHash('sha256').update(`${sum}  ${gone[1]}\n`).digest('hex');
  expect(laid.find(({ rule }: { rule: string }) => rule === 'hit').sha256).toBe(list);
  const said = rig.report.kinds.find(({ data }: { data: string }) => data === 'laid-aside');
  expect(said).toMatchObject({ removed: 4, from: dayOf(42), to: dayOf(12) });
  expect(await rig.reportFault()).toBeUndefined();
  expect(rig.failed).toEqual([]);
});

it('go as a whole where a folder or a link had taken the place, and nothing is followed', async () => {
  const elsewhere = join(rig.folder, 'elsewhere.txt');
  writeFileSync(elsewhere, 'of somebody else');
  mkdirSync(join(rig.state, 'hits.json/within'), { recursive: true });
  writeFileSync(join(rig.state, 'hits.json/b.txt'), text);
  writeFileSync(join(rig.state, 'hits.json/within/a.txt'), 'SECRET-2');
  symlinkSync(elsewhere, join(rig.state, 'hits.json/within/link'));
  const folder = aside('hits', 22);
  mkdirSync(join(rig.state, 'hits.json'));
  const young = aside('hits', 19);
  mkdirSync(join(rig.state, 'empty.json'));
  const empty = aside('empty', 12);
  symlinkSync(join(rig.folder, 'nowhere'), join(rig.state, 'emergencies.json.broken-2026-01-01T00-00-00'));
  await rig.sweep();
  expect(there()).toEqual([young]);
  expect(readFileSync(elsewhere, 'utf8')).toBe('of somebody else');
  const removed = rig.report.removed.filter(({ kind }: { kind: string }) => kind === 'laidAside');
  expect(removed).toHaveLength(3);
  const sha256 = (of: string) => createHash('sha256').update(of).digest('hex');
  const list = [`${sha256(text)}  b.txt`, `${sha256('SECRET-2')}  within/a.txt`, `${sha256(elsewhere)}  within/link`];
  const octets = text.length + 'SECRET-2'.length + elsewhere.length;
  const line = {
    rule: 'hit',
    day: dayOf(22),
    octets,
    sha256: sha256(`${sha256(`${list.join('\n')}\n`)}  ${folder}\n`),
  };
  expect(removed).toContainEqual(expect.objectContaining(line));
  expect(empty).toContain(dayOf(12));
  expect(rig.failed).toEqual([]);
});

it('stay while anything is held that they may tell of, and go when the hold is lifted', async () => {
  const [old, young] = [broken('hits', 50), broken('emergencies', 45)];
  const store = await rig.store();
  const about = { reason: 'court', by: 'Anna B.', country: 'BE', utcMs: nowUtcMs };
  const [fromUtcMs, toUtcMs] = [nowUtcMs - 48 * dayMs, nowUtcMs - 47 * dayMs];
  await store.addHold({ fromUtcMs, toUtcMs, groups: ['xb-acc'], ...about });
  await rig.sweep();
  // What was laid aside before the time of the hold tells nothing of it.
  expect(there()).toEqual([young]);
  expect(rig.report.spared).toContainEqual({ kind: 'laidAside', day: dayOf(45), group: '', count: 1, hold: 1 });
  expect(rig.report.removed).toContainEqual(expect.objectContaining({ kind: 'laidAside', day: dayOf(50) }));
  await store.liftHold(1, nowUtcMs);
  await store.close();
  rig.utcMs += dayMs;
  await rig.sweep();
  expect([old, young].filter((name) => existsSync(join(rig.state, name)))).toEqual([]);
});

it('stay when a hold is set between plan and removal, and are finished where a kill came between', async () => {
  const names = [broken('hits', 50), broken('emergencies', 45)];
  const store = await rig.store();
  for (const [at, file] of names.entries()) {
    const plan = { kind: 'laidAside', day: dayOf([50, 45][at]!), group: '', rule: 'hit', days: 20 } as const;
    await store.plan({ ...plan, files: [{ file, octets: text.length, sha256: 'aa' }] });
  }
  const about = { reason: 'court', by: 'Anna B.', country: 'BE', utcMs: nowUtcMs, groups: undefined };
  await store.addHold({ fromUtcMs: nowUtcMs - 48 * dayMs, toUtcMs: nowUtcMs, ...about });
  await rig.sweep();
  expect(there()).toEqual([names[1]]);
  expect(await store.pending()).toEqual([]);
  await store.close();
  expect(rig.report.removed).toMatchObject([{ kind: 'laidAside', day: dayOf(50), count: 1 }]);
  expect(readFileSync(join(rig.state, names[1]!), 'utf8')).toBe(text);
});

it('are found by the time in their names, whatever the disk says of them', () => {
  const file = broken('hits', 3);
  expect(laidAsideIn(rig.state)).toEqual([
    {
      file,
      kept: {
        ...{ kind: 'laidAside', about: 'hit', group: undefined, countries: undefined, fromUtcMs: 0 },
        toUtcMs: nowUtcMs - 3 * dayMs,
      },
    },
  ]);
  expect(laidAsideIn(join(rig.state, 'nowhere'))).toEqual([]);
});
