/** What is at hand no more goes like what is: once, by its own rule, and nothing else in its place. */
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { forgetItems } from '../../src/store/kept-items.ts';
import { OlderItems } from '../../src/store/older-items.ts';
import { dayMs, nowUtcMs, RetentionRig } from './retention-rig.ts';

let rig: RetentionRig;
beforeEach(() => {
  rig = new RetentionRig(existsSync('/dev/shm') ? mkdtempSync('/dev/shm/retention-') : undefined);
  rig.values = { voiceSharedGroup: 60, timeline: 2, hit: 30, borderRecord: 1095, actionLog: 1095 };
  mkdirSync(rig.state, { recursive: true });
});
afterEach(() => rig.close());

const hit = (number: number, ageDays: number) => ({ hit: number, sinceUtcMs: nowUtcMs - ageDays * dayMs });
const atHand = (...hits: unknown[]) => writeFileSync(join(rig.state, 'hits.json'), JSON.stringify({ hits }));
const older = (item: ReturnType<typeof hit>) => {
  const ports = { clock: new ManualClock(), kept: () => undefined, lost: () => undefined };
  new OlderItems(rig.state, 'hits', ports).put([{ name: `${item.hit}`, utcMs: item.sinceUtcMs, item }]);
};
const day = (ageDays: number) => new Date(nowUtcMs - ageDays * dayMs).toISOString().slice(0, 10);
const forget = { forget: (_: string, names: readonly string[]) => forgetItems(rig.state, 'hit', names) };

it('is planned once, whether it made room between the plan and its end, and stands in one report', async () => {
  atHand(hit(17, 40));
  await rig.sweep();
  expect(rig.asked).toEqual([['17']]);
  // Killed before it let go; the next start made room.
  older(hit(17, 40));
  atHand();
  await rig.sweep();
  const store = await rig.store();
  expect(await store.pending()).toHaveLength(1);
  await store.close();
  for (let time = 0; time < 2; time++) await rig.sweep(forget);
  rig.utcMs += dayMs;
  await rig.sweep(forget);
  expect(rig.report.removed).toMatchObject([{ kind: 'hit', day: day(40), count: 1 }]);
});

it('does not take a young one along whose number it had, where a document was lost meanwhile', async () => {
  atHand(hit(17, 40));
  await rig.sweep();
  atHand(hit(17, 0));
  await rig.sweep();
  expect(rig.asked).toEqual([['17']]);
  const store = await rig.store();
  expect(await store.pending()).toEqual([]);
  await store.close();
});

it('is not gone because it cannot be read', async () => {
  const file = join(rig.state, 'timeline.jsonl');
  const entry = { id: 1, kind: 'leg', group: '', what: 'cut', utcMs: nowUtcMs - 40 * dayMs };
  writeFileSync(file, `${JSON.stringify(entry)}\n`);
  await rig.sweep();
  expect(rig.asked).toEqual([['1']]);
  renameSync(file, `${file}.away`);
  mkdirSync(file);
  await rig.sweep();
  expect(rig.failed).toMatchObject([{ kind: 'timeline', reason: 'EISDIR' }]);
  const store = await rig.store();
  expect(await store.pending()).toHaveLength(1);
  await store.close();
  expect(() => forgetItems(rig.state, 'timeline', ['1'])).toThrow('EISDIR');
});

it('is read of days alone of which a rule of its kind may remove something', async () => {
  mkdirSync(join(rig.state, `older/border-records-${day(1000)}.jsonl`), { recursive: true });
  await rig.sweep();
  expect(rig.failed).toEqual([]);
  mkdirSync(join(rig.state, `older/border-records-${day(1100)}.jsonl`));
  await rig.sweep();
  expect(rig.failed).toMatchObject([{ kind: 'borderRecord', reason: 'EISDIR' }]);
});

it('is read a day at a time: a year that stays needs no more memory than a day', async () => {
  mkdirSync(join(rig.state, 'older'));
  const what = { group: '', kind: 'leg', what: 'cut', who: { name: 'Mouscron 31', of: 'ZP Mouscron', country: 'BE' } };
  const lines = Array.from({ length: 2000 }, (_, id) => ({ name: `${id}`, item: { id, utcMs: id, ...what } }));
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  for (let age = 0; age < 100; age++) writeFileSync(join(rig.state, `older/timeline-${day(age)}.jsonl`), text);
  const reader = new Worker(new URL('older-read-child.ts', import.meta.url), {
    workerData: { state: rig.state },
    resourceLimits: { maxOldGenerationSizeMb: 32 },
  });
  expect(await once(reader, 'message')).toEqual([0]);
});
