/** What commands do with a gateway's audit log while that gateway may run: they read it, and write who did what. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type PlacesConfig, placesOf } from './config/recorded-places.ts';
import type { Config } from './config/schema.ts';
import { type IncidentSpan, incidentEvents, incidentSpan, spanOfAll } from './evidence/incident-span.ts';
import { groupsOf, type LogEntry, readEntry } from './evidence/log-entry.ts';
import type { ExportFault } from './operations/export-fault.ts';
import { groupOutsideLaw, type Hearer } from './operations/recording-access.ts';
import type { Person } from './operations/terms.ts';
import { type ChainedEntry, commandRun } from './store/audit-chain.ts';
import { type AuditLine, AuditStore, type AuditTables, type AuditWish } from './store/audit-store.ts';
import { isBegun, longWaitMs, openDatabase } from './store/database.ts';
import { databasePlace, placeWords, type StoreSettings } from './store/database-place.ts';
import { type SigningKey, signingKey } from './store/signing-key.ts';

/** In words for whoever gave the command; `fault`: its code, where an export has one. */
export class CommandProblem extends Error {
  readonly fault: ExportFault | undefined;

  constructor(words: string, fault?: ExportFault) {
    super(words);
    this.fault = fault;
  }
}

export interface CommandLog {
  readonly store: AuditStore;
  readonly key: SigningKey;
  /** A line of its own run; safe and signed when it resolves. */
  readonly write: (
    utcMs: number,
    level: AuditLine['level'],
    event: string,
    fields: AuditLine['fields'],
  ) => Promise<void>;
}

const pageRows = 1000;

/** @throws CommandProblem where there is no log, or no key to sign it; `mayBegin`: where there is neither they are made */
export async function openLog(config: StoreSettings, mayBegin = false): Promise<CommandLog> {
  const { id, stateFolder } = config.gateway;
  const place = databasePlace(config, 'audit');
  const isThere = await isBegun(place);
  const begins = mayBegin && !isThere;
  if (!begins && !isThere) {
    const words = `there is no audit log at ${placeWords(place)}: has this gateway been started here?`;
    throw new CommandProblem(words, 'log-missing');
  }
  const keyFile = join(stateFolder, id, 'signing-key');
  if (!begins && !existsSync(keyFile))
    throw new CommandProblem(`${keyFile} is missing: nothing can be signed by this gateway`, 'signing-key');
  const key = signingKey(keyFile);
  if (key.fault !== undefined) throw new CommandProblem(`the signing key cannot be used: ${key.fault}`, 'signing-key');
  const store = await AuditStore.open(openDatabase<AuditTables>(place, longWaitMs), id, key.privateKey);
  const write: CommandLog['write'] = async (utcMs, level, event, fields) => {
    const run = `${commandRun}${randomBytes(8).toString('hex')}`;
    await store.append([{ run, line: 1, utcMs, upMs: 0, level, event, fields }]);
    await store.checkpoint(utcMs);
  };
  return { store, key, write };
}

/** @throws CommandProblem where nobody has that id */
export function personOf({ people }: Pick<Config, 'people'>, id: string): Person {
  const person = people.find((each) => each.id === id);
  if (person === undefined) throw new CommandProblem(`there is no person ${id} in the configuration`, 'unknown-person');
  const { display, role, controlRoom } = person;
  return { person: id, display, role, controlRoom };
}

/** The time of incidents by their names, set apart by commas. @throws CommandProblem for one that the log does not name */
export async function spanOfIncidents(store: AuditStore, names: string, nowUtcMs: number): Promise<IncidentSpan> {
  const entries: LogEntry[] = [];
  for (const event of incidentEvents) {
    for await (const { entry } of pages(store, { event })) entries.push(readEntry(entry));
  }
  entries.sort((one, other) => one.seq - other.seq);
  const spans = names.split(',').map((name) => {
    const span = incidentSpan(entries, name, nowUtcMs);
    if (span === undefined) {
      throw new CommandProblem(`the log names no border record, plan, hit or emergency ${name}`, 'unknown-incident');
    }
    return span;
  });
  return spanOfAll(spans);
}

/** With the country whose law he works under. @throws CommandProblem where nobody has that id */
export function hearerOf(config: Pick<Config, 'people'>, id: string): Hearer {
  const country = config.people.find((each) => each.id === id)?.country ?? '';
  return { ...personOf(config, id), country };
}

/** Whether an entry is about nothing but groups that a person's law does not give him. */
export function outsideLaw(config: PlacesConfig & Pick<Config, 'people'>, id: string): (entry: LogEntry) => boolean {
  const hearer = hearerOf(config, id);
  const places = new Map(placesOf(config).map((place) => [place.id, place]));
  return (entry) => groupOutsideLaw(hearer, groupsOf(entry), places) !== undefined;
}

export async function* pages(
  store: AuditStore,
  wish: Omit<AuditWish, 'limit' | 'afterSeq'>,
  afterSeq = 0,
): AsyncGenerator<ChainedEntry> {
  let after = afterSeq;
  for (;;) {
    const page = await store.search({ ...wish, afterSeq: after, limit: pageRows });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.seq;
  }
}
