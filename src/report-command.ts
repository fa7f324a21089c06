/** `escaut report`: the register of what is kept of persons, and who looked at it in a month, as Markdown (docs/evidence.md). */
import type { ReportAct } from './command-line/retention.ts';
import { type CommandLog, CommandProblem, hearerOf, openLog, outsideLaw, pages } from './command-log.ts';
import type { PlacesConfig } from './config/recorded-places.ts';
import { recordingMasters } from './config/recording-schema.ts';
import { retentionValues } from './config/retention-schema.ts';
import type { Config } from './config/schema.ts';
import { accessEvents, accessReport, dataRegister } from './evidence/data-register.ts';
import { type LogEntry, readEntry } from './evidence/log-entry.ts';
import { defaultPermissions, refusalOf } from './operations/permissions.ts';
import type { Hearer } from './operations/recording-access.ts';
import { isBegun, openDatabase } from './store/database.ts';
import { type DatabasePlace, databasePlace } from './store/database-place.ts';
import { RetentionStore, type RetentionTables } from './store/retention-store.ts';

type Part = PlacesConfig &
  Pick<Config, 'gateway' | 'store' | 'people' | 'recording' | 'retention' | 'hits' | 'organisations'>;

/** @throws CommandProblem where there is no log, and errors of the system */
export async function reportText(config: Part, command: ReportAct, utcMs: number): Promise<string> {
  return command.act === 'register' ? register(config, utcMs) : access(config, command, utcMs);
}

async function register(config: Part, madeUtcMs: number): Promise<string> {
  const { gateway, recording, networks, organisations } = config;
  const place = databasePlace(config, 'retention');
  const set = (await isBegun(place)) ? await setIn(place) : { values: {}, holds: 0 };
  return dataRegister({
    ...{ gateway: gateway.id, name: gateway.name.en, madeUtcMs },
    values: { ...retentionValues(config), ...set.values },
    holds: set.holds,
    isRecorded: recording.enabled,
    isEncrypted: recordingMasters(recording).length > 0,
    countries: [...new Set(networks.map(({ country }) => country))],
    organisations: organisations.map(({ name }) => name),
  });
}

async function setIn(place: DatabasePlace) {
  const store = await RetentionStore.open(openDatabase<RetentionTables>(place));
  try {
    return { values: await store.values(), holds: (await store.holds()).length };
  } finally {
    await store.close();
  }
}

/** Of a person who asks, that is logged, and he gets what his law gives him. */
async function access(
  config: Part,
  { month, by }: Extract<ReportAct, { act: 'access' }>,
  nowUtcMs: number,
): Promise<string> {
  const log = await openLog(config);
  const [year = 0, index = 1] = month.split('-').map(Number);
  const span = { fromUtcMs: Date.UTC(year, index - 1), toUtcMs: Date.UTC(year, index) };
  const entries: LogEntry[] = [];
  const isOutside = by === undefined ? () => false : outsideLaw(config, by);
  try {
    if (by !== undefined) await logAsked(log, hearerOf(config, by), month, nowUtcMs);
    for (const event of accessEvents) {
      for await (const { entry } of pages(log.store, { event, ...span })) entries.push(readEntry(entry));
    }
  } finally {
    await log.store.close();
  }
  const his = entries.filter((entry) => !isOutside(entry)).sort((one, other) => one.seq - other.seq);
  return accessReport(config.gateway.id, month, his, entries.length - his.length);
}

/** @throws CommandProblem where he may not */
async function logAsked({ write }: CommandLog, person: Hearer, month: string, utcMs: number): Promise<void> {
  const { display: operator, role, controlRoom } = person;
  const said = { operator, role, controlRoom, searchEvent: `report access ${month}` };
  const permission = 'read_audit_log';
  const refusal = refusalOf(defaultPermissions, person, permission);
  if (refusal === undefined) return write(utcMs, 'info', 'audit.searched', said);
  await write(utcMs, 'warn', 'permission.refused', { permission, ...said, refusal });
  throw new CommandProblem(`refused: ${operator} (${role}) may not read the audit log`);
}
