/** The thread that removes what has been kept as long as it may be: reading, hashing and disks take their time. */
import { createPrivateKey, randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { assert } from '../base/assert.ts';
import { type BootTime, bootTime } from '../base/boot-clock.ts';
import type { ClockQuality } from '../operations/clock-quality.ts';
import { type ClockStretch, judgeStretch } from '../operations/clock-stretch.ts';
import { type ClockDoubt, clockOffMsMax, doubtOf } from '../operations/clock-trust.ts';
import { commandRun } from './audit-chain.ts';
import { AuditStore, type AuditTables } from './audit-store.ts';
import { longWaitMs, openDatabase } from './database.ts';
import { databasePlaceSchema } from './database-place.ts';
import type { ItemKind } from './kept-items.ts';
import { daysIn } from './kept-recordings.ts';
import { RetentionKeeper } from './retention-keeper.ts';
import { type LegalHold, RetentionStore, type RetentionTables } from './retention-store.ts';
import { RetentionSweep, type SweepSettings } from './retention-sweep.ts';

export type RetentionOrder =
  | { readonly name: 'clock'; readonly quality: ClockQuality }
  /** By their folders, from now on. */
  | { readonly name: 'groups'; readonly groups: SweepSettings['groups'] }
  | { readonly name: 'set'; readonly rule: string; readonly days: number; readonly by: string }
  /** What was asked for is in no document any more. */
  | { readonly name: 'forgotten' }
  /** Answered beside the sweeps. */
  | { readonly name: 'ask'; readonly id: number; readonly question: RetentionQuestion };

export type RetentionQuestion =
  | { readonly name: 'look'; readonly nowUtcMs: number }
  | { readonly name: 'preview'; readonly rule: string; readonly days: number; readonly nowUtcMs: number }
  | { readonly name: 'holds' }
  | { readonly name: 'addHold'; readonly hold: Omit<LegalHold, 'hold'> }
  | { readonly name: 'liftHold'; readonly hold: number; readonly utcMs: number };

export type RetentionNews =
  /** Nothing is removed, for that reason; undefined: it is again. */
  | { readonly name: 'halted'; readonly reason: ClockDoubt | undefined }
  | { readonly name: 'failed'; readonly kind: string; readonly day: string; readonly reason: string }
  /** Set by itself: the clock was behind, so that the names of recordings say too old a time. UTC, ms */
  | { readonly name: 'held'; readonly hold: number; readonly fromUtcMs: number; readonly toUtcMs: number }
  | { readonly name: 'forget'; readonly kind: ItemKind; readonly names: readonly string[] }
  /** The rules that persons have changed, at the start and when they do. */
  | { readonly name: 'values'; readonly values: Readonly<Record<string, number>> }
  /** A sweep is over. */
  | { readonly name: 'swept' };

export type RetentionSaid =
  | RetentionNews
  /** To the question of that number; `fault`: none, and why. */
  | { readonly name: 'answer'; readonly id: number; readonly value?: unknown; readonly fault?: string };

const settings = z
  .object({
    gateway: z.string(),
    recordings: z.string(),
    masters: z.array(z.instanceof(Uint8Array)),
    stateFolder: z.string(),
    databases: z.object({ retention: databasePlaceSchema, audit: databasePlaceSchema }),
    values: z.record(z.string(), z.number()),
    groups: z.record(z.string(), z.object({ group: z.string(), countries: z.array(z.string()) })),
    key: z.string(),
    /** Time servers will say how right the clock is. */
    isMeasured: z.boolean(),
    sweepEveryMs: z.number(),
    /** When the gateway started: it may have recorded before this thread was there. */
    started: z.object({ boot: z.string(), utcMs: z.number(), sinceBootMs: z.number() }),
  })
  .parse(workerData);
const port = parentPort;
assert(port !== null, 'runs as a worker');
const tell = (news: RetentionSaid): void => port.postMessage(news);

const lookEveryMs = 10_000;
const keepStretchEveryMs = 60_000;
const key = createPrivateKey(settings.key);
const store = await RetentionStore.open(openDatabase<RetentionTables>(settings.databases.retention));
const audit = await AuditStore.open(
  openDatabase<AuditTables>(settings.databases.audit, longWaitMs),
  settings.gateway,
  key,
);
const sweep = new RetentionSweep(settings, {
  store,
  audit,
  key,
  utcMs: () => Date.now(),
  log: async (event, fields) => {
    const run = `${commandRun}${randomBytes(8).toString('hex')}`;
    await audit.append([{ run, line: 1, utcMs: Date.now(), upMs: 0, level: 'info', event, fields }]);
  },
  forget: (kind, names) => tell({ name: 'forget', kind, names }),
  failed: (what) => tell({ name: 'failed', ...what }),
});

let groups: SweepSettings['groups'] = settings.groups;
const keeper = new RetentionKeeper(settings, { store, audit, key, groups: () => groups });

/** Changes where the clock is set. */
const gapMs = (): number => Date.now() - performance.now();

let quality: ClockQuality | undefined;
/** When that was heard. */
let heardGapMs = 0;
let steadyMs = Number.NEGATIVE_INFINITY;
let offsetMs = gapMs();
let sweptMs = Number.NEGATIVE_INFINITY;
let said: ClockDoubt | undefined;

/** One thing after the other. */
let busy = Promise.resolve();
function queue(deed: () => Promise<void>): void {
  busy = busy.then(deed).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    tell({ name: 'failed', kind: 'all', day: '', reason });
  });
}

let stretch: ClockStretch | undefined = await store.stretch();
/** As it is on the disk. */
let kept = stretch;

/** Before anything is removed: what was recorded while the clock was behind is held. */
async function seeStretch(time: BootTime, isVouched: boolean, markUtcMs: number | undefined): Promise<void> {
  const { stretch: seen, behind } = judgeStretch(stretch, { ...time, isVouched, markUtcMs });
  if (behind !== undefined) {
    const about = { reason: 'clock was behind', by: 'gateway', country: '', utcMs: time.utcMs };
    const hold = await store.addHold({ ...behind, groups: undefined, ...about });
    tell({ name: 'held', hold, ...behind });
  }
  stretch = seen;
  const isKnown = kept?.fromUtcMs === seen.fromUtcMs && kept.boot === seen.boot && kept.isVouched === seen.isVouched;
  if (isKnown && seen.toUtcMs - (kept?.toUtcMs ?? 0) < keepStretchEveryMs) return;
  await store.keepStretch(seen);
  kept = seen;
}

async function look(): Promise<void> {
  const time = bootTime();
  const nowMs = performance.now();
  const { utcMs } = time;
  if (Math.abs(utcMs - nowMs - offsetMs) > clockOffMsMax) steadyMs = nowMs;
  offsetMs = utcMs - nowMs;
  // What was measured says nothing of a clock that was set since, and that is said only a while later.
  const movedMs = offsetMs - heardGapMs;
  const markUtcMs = (await store.clockMark()) ?? newestUtcMs();
  const facts = { utcMs, steadyMs: nowMs - steadyMs, quality, movedMs, markUtcMs };
  const doubt = doubtOf(facts);
  await seeStretch(time, doubt === undefined && quality !== undefined && 'offsetMs' in quality, markUtcMs);
  if (settings.isMeasured && quality === undefined) return; // it will be said in a moment
  if (doubt !== said) {
    said = doubt;
    tell({ name: 'halted', reason: doubt });
  }
  if (doubt !== undefined || nowMs - sweptMs < settings.sweepEveryMs) return;
  sweptMs = nowMs;
  await store.markClock(utcMs);
  await sweep.sweep(utcMs);
  tell({ name: 'swept' });
}

/** When something was recorded last, where nothing else tells: that day had begun, no more is sure of it. */
function newestUtcMs(): number | undefined {
  const newest = daysIn(settings.recordings).at(-1);
  return newest === undefined ? undefined : Date.parse(`${newest}T00:00:00Z`);
}

function answerTo(question: RetentionQuestion): Promise<unknown> {
  switch (question.name) {
    case 'look':
      return keeper.look(question.nowUtcMs);
    case 'preview':
      return keeper.preview(question.rule, question.days, question.nowUtcMs);
    case 'holds':
      return keeper.holds();
    case 'addHold':
      return keeper.addHold(question.hold);
    case 'liftHold':
      return keeper.liftHold(question.hold, question.utcMs);
  }
}

async function answer(id: number, question: RetentionQuestion): Promise<void> {
  try {
    tell({ name: 'answer', id, value: await answerTo(question) });
  } catch (error) {
    tell({ name: 'answer', id, fault: error instanceof Error ? error.message : String(error) });
  }
}

async function take(order: Exclude<RetentionOrder, { name: 'ask' }>): Promise<void> {
  switch (order.name) {
    case 'clock':
      return look();
    case 'groups':
      groups = order.groups;
      sweep.setGroups(groups);
      return;
    case 'set':
      tell({ name: 'values', values: await store.values() });
      sweptMs = Number.NEGATIVE_INFINITY;
      return look();
    case 'forgotten':
      return sweep.forgotten();
  }
}

port.on('message', (order: RetentionOrder) => {
  if (order.name === 'ask') {
    void answer(order.id, order.question);
    return;
  }
  if (order.name === 'set') {
    // At once, whatever sweep is under way: whoever looks next sees it.
    const isSet = store.setValue(order.rule, order.days, order.by, Date.now());
    isSet.catch(() => undefined); // told below, in its turn
    queue(() => isSet.then(() => take(order)));
    return;
  }
  if (order.name === 'clock') {
    quality = order.quality;
    heardGapMs = gapMs();
  }
  queue(() => take(order));
});
queue(async () => tell({ name: 'values', values: await store.values() }));
queue(async () => seeStretch(settings.started, false, (await store.clockMark()) ?? newestUtcMs()));
queue(look);
setInterval(() => queue(look), lookEveryMs);
