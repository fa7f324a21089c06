/**
 * kill −9 at random moments of traffic, again and again on the same folders: after each kill the chain of the audit log
 * is verified, every over that was told to be whole is there and decoded, and of those under way less than a second is
 * missing. Several lanes, each with folders of its own, since most of a kill is waiting for its moment.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Random } from '../../../src/base/random.ts';
import { AuditStore, type AuditTables } from '../../../src/store/audit-store.ts';
import { sha256Of } from '../../../src/store/backup-form.ts';
import { openToRead } from '../../../src/store/database.ts';
import { fileAt } from '../../../src/store/database-place.ts';
import { signingKey } from '../../../src/store/signing-key.ts';
import { openRecording } from '../../../src/voice/recording-keys.ts';
import { played } from '../../store/ogg-played.ts';
import { Traffic } from '../../store/traffic.ts';

export interface KillFigures {
  kills: number;
  entries: number;
  /** Overs that were whole, and milliseconds of them. */
  whole: number;
  wholeMs: number;
  /** Overs under way when it was killed. */
  cut: number;
  /** What was said of such an over and is not in its file, ms: the most, and all. */
  cutMsMost: number;
  cutMs: number;
  /** Empty: nothing was wrong. */
  readonly faults: string[];
}

/** Less than a second is lost of the last over. */
export const cutMsMax = 1000;
/** Kills come so long after the first word, ms: within the first over or several overs later. */
const [soonestMs, latestMs] = [0, 3000];

/** `master`: hexadecimal; '': recordings lie there as they are. */
export async function killOften(
  kills: number,
  random: Random,
  { lanes = 4, master = '' }: { readonly lanes?: number; readonly master?: string } = {},
): Promise<KillFigures> {
  const figures: KillFigures = {
    ...{ kills: 0, entries: 0, whole: 0, wholeMs: 0, cut: 0, cutMsMost: 0, cutMs: 0 },
    faults: [],
  };
  const moments = Array.from({ length: kills }, () => soonestMs + (latestMs - soonestMs) * random.fraction());
  const lane = async (index: number): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'kills-'));
    try {
      const own = moments.filter((_, at) => at % lanes === index);
      const safe = new Map<string, number>();
      for (const [at, momentMs] of own.entries()) {
        const run = at + 1;
        const traffic = new Traffic(folder, run, master);
        await traffic.began();
        await passed(momentMs);
        await traffic.kill();
        safe.set(`run ${run}`, traffic.safe);
        figures.kills += 1;
        judgeVoice(folder, run, traffic, master, figures);
        const entries = await judgeLog(folder, safe, figures);
        if (run === own.length) figures.entries += entries;
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, kills) }, (_, index) => lane(index)));
  return figures;
}

function judgeVoice(folder: string, run: number, traffic: Traffic, master: string, figures: KillFigures): void {
  const place = join(folder, 'recordings');
  const masters = master === '' ? [] : [Buffer.from(master, 'hex')];
  const blame = (words: string): void => void figures.faults.push(`kill ${run}: ${words}`);
  if (traffic.faults !== '') blame(traffic.faults.trim());
  const open = (file: string): Buffer => openRecording(place, file, readFileSync(join(place, file)), masters).bytes;
  for (const { file, sha256, durationMs } of traffic.kept) {
    try {
      const bytes = open(file);
      const { ms, isWhole, faults } = played(bytes);
      if (sha256Of(bytes) !== sha256) blame(`${file} is not what was told`);
      if (!isWhole || faults > 0 || ms !== durationMs) blame(`${file} plays ${ms} of ${durationMs} ms`);
      figures.whole += 1;
      figures.wholeMs += ms;
    } catch (error) {
      blame(`${file}: ${String(error)}`);
    }
  }
  const told = new Set(traffic.kept.map(({ file }) => file));
  const files = existsSync(place) ? readdirSync(place, { recursive: true }).map(String) : [];
  for (const [over, saidMs] of traffic.voice) {
    const file = files.find((name) => name.endsWith(`-${over}.opus`));
    if (file !== undefined && told.has(file)) continue;
    // One that has no file yet, or none that begins: all of it is what is cut off.
    const { ms, faults } = file === undefined ? { ms: 0, faults: 0 } : played(open(file));
    const cutMs = Math.max(0, saidMs - ms);
    if (faults > 0) blame(`${file} has ${faults} pages or packets that do not play`);
    if (cutMs > cutMsMax) blame(`over ${over}: ${cutMs} of ${saidMs} ms are cut off`);
    figures.cut += 1;
    figures.cutMs += cutMs;
    figures.cutMsMost = Math.max(figures.cutMsMost, cutMs);
  }
}

/** How many entries there are. */
async function judgeLog(folder: string, safe: ReadonlyMap<string, number>, { faults }: KillFigures): Promise<number> {
  const state = join(folder, 'state');
  const file = join(state, 'escaut.db');
  const isNothingSafe = [...safe.values()].every((line) => line === 0);
  // Killed before it had begun a log.
  if (isNothingSafe && !existsSync(file)) return 0;
  const database = openToRead<AuditTables>(fileAt(file));
  try {
    const { rows: tables } = await sql`SELECT name FROM sqlite_schema WHERE name = 'audit_entry'`.execute(database);
    if (isNothingSafe && tables.length === 0) return 0;
    const store = AuditStore.reader(database, 'escaut-test');
    const { fault, entries } = await store.verify(signingKey(join(state, 'signing-key')).publicKey);
    if (fault !== undefined) faults.push(`after kill ${safe.size}: entry ${fault.seq} is ${fault.fault}`);
    const rows = await database
      .selectFrom('audit_entry')
      .select(({ fn }) => ['run' as const, fn.max('line').as('line'), fn.countAll<number>().as('count')])
      .groupBy('run')
      .execute();
    for (const [run, line] of safe) {
      const row = rows.find((each) => each.run === run);
      if ((row?.line ?? 0) < line) faults.push(`${run}: ${line} lines were safe, and ${row?.line ?? 0} are there`);
      if (row?.count !== row?.line) faults.push(`${run}: lines are left out`);
    }
    return entries;
  } finally {
    await database.destroy();
  }
}
