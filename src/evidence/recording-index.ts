/**
 * What is recorded, to be searched: drawn out of the audit log, entry by entry as far as that has come, into a database of
 * its own. It holds nothing that the log has not: what is removed there goes here too, and where it does not fit the log or
 * this version it is made anew.
 *
 *   audit log ─recording.kept, recording.missing, over.ended, over.cut─▶ recording ─▶ pages
 *             ─retention.removed, retention.reported─▶ removal ─▶ who removed what is gone
 *             ─what names an incident─▶ incident_entry ─▶ time and groups of an incident
 */
import { type Generated, type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { FoundPage, FoundRecording, IncidentTime, RecordingWish } from '../operations/recording-search.ts';
import type { ChainedEntry } from '../store/audit-chain.ts';
import type { AuditStore } from '../store/audit-store.ts';
import { incidentEvents, incidentSpan, spanOfAll } from './incident-span.ts';
import { groupOf, type LogEntry, numberOf, readEntry, textOf } from './log-entry.ts';
import { readFileName } from './recorded.ts';
import { placeOf, placeRemovalIn, type RemovedBy, removedBy } from './removed.ts';

interface RecordingTable {
  id: Generated<number>;
  over: number;
  group_id: string;
  party: string;
  /** Empty: there is none. */
  file: string;
  start_ms: number;
  duration_ms: number;
  end: string;
  missing: string;
  call_sign: string;
  address: string;
  /** Both in lower case. */
  name_key: string;
  priority: number;
  emergency: number;
  exercise: number;
  lost_ms: number;
  packets_lost: number;
  /** Of the entry that named it first. */
  seq: number;
}

export interface IndexTables {
  recording: RecordingTable;
  incident_entry: { seq: number; entry: string };
  /** What retention removed of a day and group; `report`: day of the report, empty as long as there is none. */
  removal: { seq: number; place: string; count: number; utc_ms: number; removal: number; report: string };
  index_end: { seq: number; hash: string };
}

type RecordingRow = Selectable<RecordingTable>;
type Fields = Omit<RecordingRow, 'id'>;

/** To be raised with the form of the tables, or with what is drawn out of the log. */
const version = 2;
const pageEntries = 1000;
export const pageRecordings = 50;
/** An over that began so long before a time does not reach into it. */
const overMsMax = 3_600_000;
const ofIncidents: ReadonlySet<string> = new Set(incidentEvents);

export interface IndexPorts {
  /** Where the log is asked. */
  readonly log: Pick<AuditStore, 'search'>;
  /** Monotonic, ms. */
  nowMs(): number;
  /** Whether the file can be heard. */
  isKept(file: string): boolean;
}

export class RecordingIndex {
  readonly #database: Kysely<IndexTables>;
  readonly #ports: IndexPorts;
  #end: { readonly seq: number; readonly hash: string };

  private constructor(database: Kysely<IndexTables>, ports: IndexPorts, end: { seq: number; hash: string }) {
    this.#database = database;
    this.#ports = ports;
    this.#end = end;
  }

  static async open(database: Kysely<IndexTables>, ports: IndexPorts): Promise<RecordingIndex> {
    await sql`PRAGMA secure_delete = ON`.execute(database); // what goes is written over
    const { rows } = await sql<{ user_version: number }>`PRAGMA user_version`.execute(database);
    const isOurs = rows[0]?.user_version === version;
    const end = isOurs ? await database.selectFrom('index_end').selectAll().executeTakeFirst() : undefined;
    if (end !== undefined && (await isInLog(ports.log, end))) return new RecordingIndex(database, ports, end);
    await makeTables(database);
    return new RecordingIndex(database, ports, { seq: 0, hash: '' });
  }

  async close(): Promise<void> {
    await this.#database.destroy();
  }

  /** Takes in what the log has got since, for so long at most; false: there is more. */
  async catchUp(msMax: number): Promise<boolean> {
    const untilMs = this.#ports.nowMs() + msMax;
    for (;;) {
      const entries = await this.#ports.log.search({ afterSeq: this.#end.seq, limit: pageEntries });
      const last = entries.at(-1);
      if (last !== undefined) {
        await this.#database.transaction().execute((transaction) => take(transaction, entries, last));
        this.#end = { seq: last.seq, hash: last.hash };
        const isShortened = entries.some(({ entry }) => readEntry(entry).event === 'audit.shortened');
        if (isShortened) await sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(this.#database); // it has what went
      }
      if (entries.length < pageEntries) return true;
      if (this.#ports.nowMs() >= untilMs) return false;
    }
  }

  async search(wish: RecordingWish, isCurrent: boolean): Promise<FoundPage> {
    const { fromUtcMs, toUtcMs, groups, unit, operator, priorityMin, emergencyOnly, before } = wish;
    let query = this.#database
      .selectFrom('recording')
      .selectAll()
      .where('group_id', 'in', [...groups])
      .where('start_ms', '<', toUtcMs)
      .where('start_ms', '>=', fromUtcMs - overMsMax)
      .where(({ eb, or }) => or([eb('start_ms', '>=', fromUtcMs), eb(sql`start_ms + duration_ms`, '>', fromUtcMs)]));
    if (unit !== '') query = query.where('party', 'not like', 'console:%').where(named(unit));
    if (operator !== '') query = query.where('party', 'like', 'console:%').where(named(operator));
    if (priorityMin > 0) query = query.where('priority', '>=', priorityMin);
    if (emergencyOnly) query = query.where('emergency', '=', 1);
    if (before !== undefined) {
      const { startUtcMs, id } = before;
      query = query.where(({ eb, or, and }) =>
        or([eb('start_ms', '<', startUtcMs), and([eb('start_ms', '=', startUtcMs), eb('id', '<', id)])]),
      );
    }
    const newestFirst = query.orderBy('start_ms', 'desc').orderBy('id', 'desc');
    const rows = await newestFirst.limit(pageRecordings + 1).execute();
    return {
      found: await this.#allShown(rows.slice(0, pageRecordings)),
      more: rows.length > pageRecordings,
      isBehind: !isCurrent,
    };
  }

  /** Undefined: there is no such recording. */
  async recording(id: number): Promise<(FoundRecording & { readonly file: string }) | undefined> {
    const row = await this.#database.selectFrom('recording').selectAll().where('id', '=', id).executeTakeFirst();
    const [shown] = row === undefined ? [] : await this.#allShown([row]);
    return row === undefined || shown === undefined ? undefined : { ...shown, file: row.file };
  }

  /** By names as `escaut export --incident` takes them; undefined: the log does not name one of them. */
  async incident(names: readonly string[], nowUtcMs: number): Promise<IncidentTime | undefined> {
    const rows = await this.#database.selectFrom('incident_entry').selectAll().orderBy('seq').execute();
    const entries = rows.map(({ entry }) => readEntry(entry));
    const spans = names.map((name) => incidentSpan(entries, name, nowUtcMs));
    const known = spans.filter((span) => span !== undefined);
    if (known.length === 0 || known.length < spans.length) return undefined;
    const { fromUtcMs, toUtcMs, groups } = spanOfAll(known);
    return { fromUtcMs, toUtcMs, groups: [...groups].sort() };
  }

  async #allShown(rows: readonly RecordingRow[]): Promise<readonly FoundRecording[]> {
    const places = new Map<string, RemovedBy | undefined>();
    const shown: FoundRecording[] = [];
    for (const row of rows) {
      const isKept = row.file !== '' && this.#ports.isKept(row.file);
      const place = row.file === '' || isKept ? '' : placeOf(row.file);
      if (place !== '' && !places.has(place)) places.set(place, await this.#removedFrom(place));
      shown.push(shownOf(row, isKept, places.get(place)));
    }
    return shown;
  }

  /** Undefined: what is gone of that day and group is not gone by retention alone. */
  async #removedFrom(place: string): Promise<RemovedBy | undefined> {
    const removals = await this.#database
      .selectFrom('removal')
      .selectAll()
      .where('place', '=', place)
      .orderBy('seq')
      .execute();
    if (removals.length === 0) return undefined;
    const named = this.#database.selectFrom('recording').select('file').where('file', '>', `${place}/`);
    const files = await named.where('file', '<', `${place}0`).execute(); // 0 follows the slash
    const gone = files.filter(({ file }) => placeOf(file) === place && !this.#ports.isKept(file)).length;
    return removedBy(
      removals.map(({ utc_ms: utcMs, ...each }) => ({ ...each, utcMs })),
      gone,
    );
  }
}

function shownOf(row: RecordingRow, isKept: boolean, removed: RemovedBy | undefined): FoundRecording {
  return {
    ...{ id: row.id, over: row.over, group: row.group_id, party: row.party },
    ...{ startUtcMs: row.start_ms, durationMs: row.duration_ms, end: row.end, missing: row.missing },
    ...{ callSign: row.call_sign, address: row.address, priority: row.priority },
    ...{ emergency: row.emergency === 1, exercise: row.exercise === 1 },
    ...{ lostMs: row.lost_ms, packetsLost: row.packets_lost },
    ...{ isKept, removedUtcMs: removed?.utcMs ?? 0 },
    removedReport: removed === undefined || removed.report === '' ? '' : `${removed.report} no. ${removed.removal}`,
  };
}

function named(part: string) {
  return sql<boolean>`instr(name_key, ${part}) > 0`;
}

async function isInLog(log: IndexPorts['log'], { seq, hash }: { seq: number; hash: string }): Promise<boolean> {
  if (seq === 0) return true;
  const [entry] = await log.search({ afterSeq: seq - 1, lastSeq: seq, limit: 1 });
  return entry?.hash === hash;
}

async function makeTables(database: Kysely<IndexTables>): Promise<void> {
  const { schema } = database;
  for (const table of ['recording', 'incident_entry', 'removal', 'index_end'])
    await schema.dropTable(table).ifExists().execute();
  let recording = schema.createTable('recording').addColumn('id', 'integer', (column) => column.primaryKey());
  for (const name of [
    'over',
    'start_ms',
    'duration_ms',
    'priority',
    'emergency',
    'exercise',
    'lost_ms',
    'packets_lost',
    'seq',
  ])
    recording = recording.addColumn(name, 'integer', (column) => column.notNull());
  for (const name of ['group_id', 'party', 'file', 'end', 'missing', 'call_sign', 'address', 'name_key'])
    recording = recording.addColumn(name, 'text', (column) => column.notNull());
  await recording.execute();
  await schema.createIndex('recording_start').on('recording').columns(['start_ms', 'id']).execute();
  await schema.createIndex('recording_over').on('recording').column('over').execute();
  await schema
    .createTable('incident_entry')
    .addColumn('seq', 'integer', (column) => column.primaryKey())
    .addColumn('entry', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('recording_file').on('recording').column('file').execute();
  await schema
    .createTable('removal')
    .addColumn('seq', 'integer', (column) => column.primaryKey())
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addColumn('utc_ms', 'bigint', (column) => column.notNull())
    .addColumn('removal', 'integer', (column) => column.notNull())
    .addColumn('report', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('removal_place').on('removal').column('place').execute();
  await schema
    .createTable('index_end')
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await database.insertInto('index_end').values({ seq: 0, hash: '' }).execute();
  await sql.raw(`PRAGMA user_version = ${version}`).execute(database);
}

async function take(
  database: Transaction<IndexTables>,
  entries: readonly ChainedEntry[],
  { seq, hash }: ChainedEntry,
): Promise<void> {
  for (const { entry: text } of entries) {
    const entry = readEntry(text);
    if (ofIncidents.has(entry.event)) {
      await database.insertInto('incident_entry').values({ seq: entry.seq, entry: text }).execute();
    } else if (entry.event === 'retention.removed') await takeRemoval(database, entry);
    else if (entry.event === 'retention.reported') {
      await database
        .updateTable('removal')
        .set({ report: textOf(entry, 'day') })
        .where('report', '=', '')
        .execute();
    } else if (entry.event === 'audit.shortened') await shorten(database, numberOf(entry, 'toSeq') ?? 0);
    else await takeRecording(database, entry);
  }
  await database.updateTable('index_end').set({ seq, hash }).execute();
}

async function takeRemoval(database: Transaction<IndexTables>, entry: LogEntry): Promise<void> {
  const removed = placeRemovalIn(entry);
  if (removed === undefined) return;
  const { utcMs: utc_ms, ...said } = removed;
  await database
    .insertInto('removal')
    .values({ ...said, utc_ms, seq: entry.seq })
    .execute();
}

/** The log lets go of its entries up to there. */
async function shorten(database: Transaction<IndexTables>, toSeq: number): Promise<void> {
  await database.deleteFrom('recording').where('seq', '<=', toSeq).execute();
  await database.deleteFrom('incident_entry').where('seq', '<=', toSeq).execute();
  await database.deleteFrom('removal').where('seq', '<=', toSeq).execute();
}

async function takeRecording(database: Transaction<IndexTables>, entry: LogEntry): Promise<void> {
  const over = numberOf(entry, 'over');
  if (over === undefined) return;
  const ofOver = database.selectFrom('recording').selectAll().where('over', '=', over).orderBy('id');
  const change = (said: Partial<Fields>, id?: number) => {
    const update = database.updateTable('recording').set(said).where('over', '=', over);
    return (id === undefined ? update : update.where('id', '=', id)).execute();
  };
  switch (entry.event) {
    case 'recording.kept': {
      const known = await ofOver.execute();
      const kept = keptIn(entry, over);
      const same = known.find(({ file }) => file === kept.file || file === '');
      const said = kept.end === '' ? { ...kept, end: (same ?? known[0])?.end ?? '' } : kept;
      if (same !== undefined) await change(said.file === '' ? { missing: said.missing } : said, same.id);
      else {
        // The over goes on in another file: what is said of it holds for that too.
        const { id: _, ...about } = known[0] ?? { id: 0, ...untold };
        await database
          .insertInto('recording')
          .values({ ...about, ...said, seq: entry.seq })
          .execute();
      }
      return;
    }
    case 'over.ended': {
      const said = endedIn(entry);
      const [known] = await ofOver.execute();
      if (known !== undefined) {
        await change(said);
        await database
          .updateTable('recording')
          .set({ end: textOf(entry, 'end') })
          .where('over', '=', over)
          .where('end', '=', '')
          .execute();
        return;
      }
      const durationMs = numberOf(entry, 'durationMs') ?? 0;
      const times = { start_ms: Math.round(entry.utcMs - durationMs), duration_ms: Math.round(durationMs) };
      const about = { group_id: groupOf(entry), party: textOf(entry, 'party'), end: textOf(entry, 'end') };
      await database
        .insertInto('recording')
        .values({ ...untold, ...said, ...times, ...about, over, seq: entry.seq })
        .execute();
      return;
    }
    case 'over.cut':
      await change({ end: textOf(entry, 'end') });
      return;
    case 'recording.missing': {
      const missing = textOf(entry, 'reason');
      if ((await ofOver.execute()).length > 0) {
        await change({ missing });
        return;
      }
      const start_ms = Date.parse(textOf(entry, 'from')) || entry.utcMs;
      const duration_ms = Math.max(0, (Date.parse(textOf(entry, 'to')) || start_ms) - start_ms);
      const about = { group_id: groupOf(entry), party: textOf(entry, 'party'), exercise: flag(entry, 'exercise') };
      const values = { ...untold, ...about, ...namesIn(entry), over, missing, start_ms, duration_ms, seq: entry.seq };
      await database.insertInto('recording').values(values).execute();
      return;
    }
  }
}

const untold: Fields = {
  ...{ over: 0, group_id: '', party: '', file: '', start_ms: 0, duration_ms: 0, end: '', missing: '' },
  ...{
    call_sign: '',
    address: '',
    name_key: '',
    priority: 0,
    emergency: 0,
    exercise: 0,
    lost_ms: 0,
    packets_lost: 0,
    seq: 0,
  },
};

function keptIn(entry: LogEntry, over: number) {
  const file = textOf(entry, 'file');
  const durationMs = numberOf(entry, 'durationMs') ?? 0;
  return {
    ...{ over, file, group_id: groupOf(entry), party: textOf(entry, 'party') },
    start_ms: readFileName(file)?.startUtcMs ?? Math.round(entry.utcMs - durationMs),
    duration_ms: Math.round(durationMs),
    ...{ end: textOf(entry, 'end'), missing: textOf(entry, 'missing'), exercise: flag(entry, 'exercise') },
  };
}

function endedIn(entry: LogEntry): Partial<Fields> {
  return {
    ...namesIn(entry),
    priority: numberOf(entry, 'priority') ?? 0,
    emergency: flag(entry, 'emergency'),
    lost_ms: Math.round(numberOf(entry, 'lostMs') ?? 0),
    packets_lost: Math.round(numberOf(entry, 'packetsLost') ?? 0),
  };
}

function namesIn(entry: LogEntry): Pick<Fields, 'call_sign' | 'address' | 'name_key'> {
  const [callSign, address] = [textOf(entry, 'callSign'), textOf(entry, 'talker')];
  return { call_sign: callSign, address, name_key: `${callSign} ${address}`.toLowerCase() };
}

function flag({ about }: LogEntry, name: string): number {
  return about[name] === true ? 1 : 0;
}
