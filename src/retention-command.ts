/**
 * `escaut retention`: how long evidence of a gateway on this machine is kept, what is held for a court, and what has been
 * deleted; the gateway may run, and heeds what was done at its next sweep, within ten minutes (docs/evidence.md).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RetentionAct } from './command-line/retention.ts';
import { CommandProblem, hearerOf, openLog, pages, spanOfIncidents } from './command-log.ts';
import { retentionValues } from './config/retention-schema.ts';
import type { Config } from './config/schema.ts';
import { readEntry, textOf } from './evidence/log-entry.ts';
import { countriesOf } from './gateway/retention-office.ts';
import {
  changeRefused,
  deedRefused,
  holdRefused,
  type RetentionPerson,
  type RetentionRefusal,
} from './operations/retention.ts';
import type { AuditStore } from './store/audit-store.ts';
import { openDatabase } from './store/database.ts';
import { databasePlace } from './store/database-place.ts';
import { type KeptReport, reportFault } from './store/deletion-report.ts';
import { isRecorded } from './store/retention-kept.ts';
import { type LegalHold, RetentionStore, type RetentionTables } from './store/retention-store.ts';
import { reportDays, reportsFolder } from './store/retention-sweep.ts';

export interface RetentionAnswer {
  readonly isDone: boolean;
  readonly words: string;
}

type Part = Pick<
  Config,
  'gateway' | 'store' | 'people' | 'retention' | 'hits' | 'recording' | 'sharedGroups' | 'directLines'
>;
type Act<Name> = Extract<RetentionAct, { act: Name }>;
type Log = Awaited<ReturnType<typeof openLog>>;

interface Desk {
  readonly config: Part;
  readonly store: RetentionStore;
  readonly log: Log;
  readonly utcMs: number;
}

/** @throws CommandProblem where there is no such person, no log, or no such hold or report, and errors of the system */
export async function runRetentionCommand(
  config: Part,
  command: RetentionAct,
  utcMs: () => number,
): Promise<RetentionAnswer> {
  const log = await openLog(config);
  const store = await RetentionStore.open(openDatabase<RetentionTables>(databasePlace(config, 'retention')));
  const desk = { config, store, log, utcMs: utcMs() };
  try {
    switch (command.act) {
      case 'show':
        return done(await shown(desk));
      case 'report':
        return await report(desk, command);
      case 'set':
        return await set(desk, command);
      case 'hold':
        return await hold(desk, command);
      case 'lift':
        return await lift(desk, command);
      case 'clock':
        return await trustClock(desk, command);
    }
  } finally {
    await store.close();
    await log.store.close();
  }
}

async function set(desk: Desk, { rule, days, ...command }: Act<'set'>): Promise<RetentionAnswer> {
  const { config, store, utcMs } = desk;
  const deed = deedOf(config, command);
  const values = { ...retentionValues(config), ...(await store.values()) };
  const refusal = changeRefused({ rule, days }, values, deed);
  const said = { rule, days, reason: command.reason, ...personsOf(deed) };
  if (refusal !== undefined) {
    await record(desk, 'retention.changed', said, refusal);
    return refused(refusal, deed.by);
  }
  await kept(desk, 'retention.changed', said, async () => {
    await store.setValue(rule, days, namesOf(deed), utcMs);
    return true;
  });
  const before = values[rule] === undefined ? '' : ` (before: ${values[rule]})`;
  return done(`${rule} is kept for ${days} days from the next sweep on${before}`);
}

async function hold(desk: Desk, command: Act<'hold'>): Promise<RetentionAnswer> {
  const { config, store, log, utcMs } = desk;
  const by = hearerOf(config, command.by);
  const { reason, incident } = command;
  const refusal = holdRefused(by, reason);
  const unknown = command.groups?.find((group) => !isGroup(config, group));
  if (refusal === undefined && unknown !== undefined)
    throw new CommandProblem(`there is no group ${unknown}, and no recording of one: nothing would be held`);
  const span = refusal === undefined ? await spanOf(log.store, command, utcMs) : undefined;
  const said = {
    reason,
    ...personFields(by),
    ...(incident !== undefined && { incident }),
    ...(span !== undefined && { fromUtc: utc(span.fromUtcMs), toUtc: utc(span.toUtcMs), groups: span.groups ?? 'all' }),
  };
  if (refusal !== undefined || span === undefined) {
    await record(desk, 'hold.set', said, refusal);
    return refused(refusal ?? 'role', by);
  }
  const number = await store.addHold({ ...span, reason, by: by.display, country: by.country, utcMs });
  await record(desk, 'hold.set', { hold: number, ...said });
  return done(
    `hold ${number}: ${holdWords({ ...span, hold: number, reason, by: by.display, country: by.country, utcMs })}`,
  );
}

function isGroup({ sharedGroups, directLines, recording: { folder } }: Part, group: string): boolean {
  if (sharedGroups.some(({ id }) => id === group) || directLines.some(({ id }) => `line:${id}` === group)) return true;
  return isRecorded(folder, group);
}

/** A whole day at most before and behind: an over may reach in, and it ends with a report of that day. */
async function spanOf(
  store: AuditStore,
  { fromUtcMs, toUtcMs, groups, incident }: Act<'hold'>,
  nowUtcMs: number,
): Promise<Pick<LegalHold, 'fromUtcMs' | 'toUtcMs' | 'groups'>> {
  if (incident === undefined) return { fromUtcMs: fromUtcMs ?? 0, toUtcMs: toUtcMs ?? nowUtcMs, groups };
  const span = await spanOfIncidents(store, incident, nowUtcMs);
  const chosen = groups ?? (span.groups.size === 0 ? undefined : [...span.groups]);
  return { fromUtcMs: fromUtcMs ?? span.fromUtcMs, toUtcMs: toUtcMs ?? span.toUtcMs, groups: chosen };
}

async function lift(desk: Desk, { hold: number, ...command }: Act<'lift'>): Promise<RetentionAnswer> {
  const { config, store, utcMs } = desk;
  const known = (await store.holds()).find((each) => each.hold === number);
  if (known === undefined) throw new CommandProblem(`there is no hold ${number}, or it has been lifted`);
  const deed = { ...deedOf(config, command), country: known.country };
  const refusal = deedRefused(deed);
  const said = { hold: number, reason: command.reason, ...personsOf(deed) };
  if (refusal !== undefined) {
    await record(desk, 'hold.lifted', said, refusal);
    return refused(refusal, deed.by);
  }
  if (!(await kept(desk, 'hold.lifted', said, () => store.liftHold(number, utcMs))))
    throw new CommandProblem(`hold ${number} has been lifted meanwhile`);
  return done(`hold ${number} is lifted: what is too old goes with the next sweep`);
}

async function trustClock(desk: Desk, command: Act<'clock'>): Promise<RetentionAnswer> {
  const { config, store, utcMs } = desk;
  const deed = { ...deedOf(config, command), country: undefined };
  const refusal = deedRefused(deed);
  const said = { clockUtc: utc(utcMs), reason: command.reason, ...personsOf(deed) };
  await record(desk, 'retention.clock-trusted', said, refusal);
  if (refusal !== undefined) return refused(refusal, deed.by);
  await store.markClock(utcMs);
  return done(`${utc(utcMs)} is believed, unless a time server says otherwise`);
}

async function shown({ config, store }: Desk): Promise<string> {
  const configured = retentionValues(config);
  const set = await store.values();
  const rules = Object.entries({ ...configured, ...set }).map(([rule, days]) => {
    const by = set[rule] === undefined ? 'configuration' : 'set by two auditors';
    return `  ${rule.padEnd(22)}${String(days).padStart(6)} days  ${by}`;
  });
  const holds = (await store.holds()).map((each) => `  ${each.hold}  ${holdWords(each)}`);
  const pending = await store.pending();
  const reports = reportDays(folderOf(config));
  return [
    'kept:',
    ...rules,
    holds.length === 0 ? 'nothing is held' : 'held:',
    ...holds,
    ...pending.map(({ kind, day, group }) => `not gone yet: ${kind} ${group} of ${day}`),
    `last report: ${reports.at(-1) ?? 'none yet'}`,
  ].join('\n');
}

async function report({ config, log }: Desk, { day: asked }: Act<'report'>): Promise<RetentionAnswer> {
  const folder = folderOf(config);
  const days = reportDays(folder);
  const day = asked ?? days.at(-1);
  if (day === undefined || !days.includes(day))
    throw new CommandProblem(`there is no report${asked === undefined ? ' yet' : ` of ${asked}`}`);
  const reports = days.map((each): KeptReport => {
    const signature = join(folder, `${each}.sig`);
    const bytes = existsSync(signature) ? readFileSync(signature) : undefined;
    return { day: each, text: readFileSync(join(folder, `${each}.json`), 'utf8'), signature: bytes };
  });
  const logged = new Map<string, string>();
  for await (const { entry } of pages(log.store, { event: 'retention.reported' })) {
    const said = readEntry(entry);
    logged.set(textOf(said, 'day'), textOf(said, 'sha256'));
  }
  const fault = reportFault(reports, log.key.publicKey, logged);
  const text = reports.find((each) => each.day === day)?.text ?? '';
  const verdict =
    fault === undefined ? `whole: ${days.length} reports, signed, none is missing` : `NOT WHOLE: ${fault}`;
  return { isDone: fault === undefined, words: `${text}${verdict}` };
}

// ── Persons and words ────────────────────────────────────────────────────────────────────────────────────────────────

function deedOf(config: Part, { by, second, reason }: Pick<Act<'clock'>, 'by' | 'second' | 'reason'>) {
  return {
    by: hearerOf(config, by),
    second: second === '' ? undefined : hearerOf(config, second),
    reason,
    countries: countriesOf(config),
  };
}

type Deed = ReturnType<typeof deedOf>;

function personFields({ display, role, controlRoom }: RetentionPerson) {
  return { operator: display, role, controlRoom };
}

function personsOf({ by, second }: Deed) {
  if (second === undefined) return personFields(by);
  const { display, role, controlRoom } = second;
  return { ...personFields(by), second: display, secondRole: role, secondControlRoom: controlRoom };
}

function namesOf({ by, second }: Deed): string {
  return `${by.display}, ${second?.display ?? ''}`;
}

async function record(
  { log, utcMs }: Desk,
  event: string,
  fields: Readonly<Record<string, unknown>>,
  refusal?: RetentionRefusal | 'retention-away',
): Promise<void> {
  const said = refusal === undefined ? fields : { ...fields, refusal };
  await log.write(utcMs, refusal === undefined ? 'info' : 'warn', event, said);
}

/** Logged once it is on the disk; where it cannot be, that is what is logged. False: nothing was left to do. */
async function kept(
  desk: Desk,
  event: string,
  fields: Readonly<Record<string, unknown>>,
  deed: () => Promise<boolean>,
): Promise<boolean> {
  let isDone: boolean;
  try {
    isDone = await deed();
  } catch (error) {
    await record(desk, event, fields, 'retention-away');
    throw error;
  }
  if (isDone) await record(desk, event, fields);
  return isDone;
}

const refusalWords: Readonly<Record<RetentionRefusal, (by: RetentionPerson) => string>> = {
  role: ({ display, role }) => `${display} (${role}) may not set how long evidence is kept`,
  'not-own-control-room': ({ display }) => `${display} may not do that for another control room`,
  'not-opened-by-role': ({ display }) => `${display} may not do that`,
  'test-groups-only': ({ display }) => `${display} may not do that`,
  'second-person-missing': () => 'a second auditor has to stand by (--second)',
  'second-person-is-the-first': () => '--by and --second must be two persons',
  'second-person-may-not': () => 'the second person may not set how long evidence is kept, so cannot stand by',
  'second-person-other-country': () =>
    'one of the two has to be of the country that it is about; of all: they are of two countries',
  'no-reason': () => 'a reason is needed (--reason)',
  'unknown-rule': () => 'there is no such rule: see `escaut retention show`',
  'days-out-of-range': () => 'that number of days is not possible',
};

function refused(refusal: RetentionRefusal, by: RetentionPerson): RetentionAnswer {
  return { isDone: false, words: `refused: ${refusalWords[refusal](by)}; nothing has changed` };
}

function holdWords({ fromUtcMs, toUtcMs, groups, reason, by, country }: LegalHold): string {
  return `${utc(fromUtcMs)} to ${utc(toUtcMs)}, ${groups?.join(', ') ?? 'all groups'}, by ${by}${country === '' ? '' : ` (${country})`}: ${reason}`;
}

function folderOf({ gateway: { id, stateFolder } }: Part): string {
  return join(stateFolder, id, reportsFolder);
}

function utc(utcMs: number): string {
  return new Date(utcMs).toISOString();
}

function done(words: string): RetentionAnswer {
  return { isDone: true, words };
}
