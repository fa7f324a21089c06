/**
 * `escaut audit`: prints the audit log of a gateway on this machine, or goes along its chain; the gateway may run. Of a
 * person who asks, the log says so before he reads a line.
 */
import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './command-line.ts';
import { openLog, outsideLaw, pages, personOf } from './command-log.ts';
import type { PlacesConfig } from './config/recorded-places.ts';
import type { Config } from './config/schema.ts';
import { aboutOf } from './evidence/incident-span.ts';
import { type LogEntry, readEntry } from './evidence/log-entry.ts';
import { defaultPermissions, refusalOf } from './operations/permissions.ts';
import { AuditStore, type AuditTables, type AuditWish } from './store/audit-store.ts';
import { isBegun, openToRead } from './store/database.ts';
import { databasePlace, placeWords, type StoreSettings } from './store/database-place.ts';

const pageRows = 1000;

/** @throws Error in words for an operator when there is no log */
export async function* auditLines(
  config: StoreSettings,
  wish: Omit<AuditWish, 'limit' | 'afterSeq'>,
): AsyncGenerator<string> {
  const store = await open(config);
  try {
    let afterSeq = 0;
    for (let page = await store.search({ ...wish, limit: pageRows }); page.length > 0; ) {
      for (const { seq, entry } of page) {
        yield entry;
        afterSeq = seq;
      }
      page = await store.search({ ...wish, limit: pageRows, afterSeq });
    }
  } finally {
    await store.close();
  }
}

type Search = Omit<Extract<Command, { name: 'audit' }>, 'name' | 'config' | 'verify' | 'by'> & { readonly by: string };

export interface AuditSearch {
  /** Why he may not; '': he may. */
  readonly refusal: string;
  /** As they stand in the log. */
  readonly entries: readonly string[];
  /** How many more there are that are about groups of another country's law than his. */
  readonly outsideLaw: number;
}

/** @throws CommandProblem where there is no such person, or no log */
export async function searchAudit(
  config: PlacesConfig & Pick<Config, 'gateway' | 'store' | 'people'>,
  { by, about, ...wish }: Search,
  utcMs: () => number,
): Promise<AuditSearch> {
  const person = personOf(config, by);
  const { store, write } = await openLog(config);
  try {
    const { fromUtcMs, toUtcMs, event } = wish;
    const said = {
      ...{ operator: person.display, role: person.role, controlRoom: person.controlRoom },
      ...(about !== undefined && { search: about }),
      ...(event !== undefined && { searchEvent: event }),
      ...(fromUtcMs !== undefined && { fromUtc: new Date(fromUtcMs).toISOString() }),
      ...(toUtcMs !== undefined && { toUtc: new Date(toUtcMs).toISOString() }),
    };
    const refusal = refusalOf(defaultPermissions, person, 'read_audit_log');
    if (refusal !== undefined) {
      await write(utcMs(), 'warn', 'permission.refused', { permission: 'read_audit_log', ...said, refusal });
      return {
        refusal: `refused: ${person.display} (${person.role}) may not read the audit log`,
        entries: [],
        outsideLaw: 0,
      };
    }
    await write(utcMs(), 'info', 'audit.searched', said);
    let isMeant = (_: LogEntry) => true;
    if (about !== undefined) {
      const hits: LogEntry[] = [];
      for await (const { entry } of pages(store, { event: 'hit.changed' })) hits.push(readEntry(entry));
      isMeant = aboutOf(about, hits);
    }
    const entries: string[] = [];
    const isOutside = outsideLaw(config, by);
    let hidden = 0;
    for await (const { entry } of pages(store, wish)) {
      const read = readEntry(entry);
      if (!isMeant(read)) continue;
      if (isOutside(read)) hidden += 1;
      else entries.push(entry);
    }
    return { refusal: '', entries, outsideLaw: hidden };
  } finally {
    await store.close();
  }
}

/** @throws Error in words for an operator when there is no log */
export async function auditVerdict(
  config: StoreSettings,
): Promise<{ readonly isWhole: boolean; readonly words: string }> {
  const { id, stateFolder } = config.gateway;
  const keyFile = join(stateFolder, id, 'signing-key.pub');
  const key = existsSync(keyFile) ? createPublicKey(readFileSync(keyFile)) : undefined;
  const store = await open(config);
  try {
    const { entries, checkpoints, signedTo, begin = 0, fault } = await store.verify(key);
    if (fault !== undefined) {
      return { isWhole: false, words: `broken at entry ${fault.seq} (${fault.fault}); ${entries} before it are whole` };
    }
    const signed = signedTo === undefined ? 'no entry is signed yet' : `signed up to entry ${signedTo}`;
    const unseen = key === undefined ? `; ${keyFile} is missing, so no signature was looked at` : '';
    const removed = begin === 0 ? '' : `; entries 1 to ${begin} were kept as long as they may be, and are gone`;
    const counts = `${entries - begin} entries, ${checkpoints} checkpoints`;
    return { isWhole: true, words: `whole: ${counts}, ${signed}${removed}${unseen}` };
  } finally {
    await store.close();
  }
}

async function open(config: StoreSettings): Promise<AuditStore> {
  const place = databasePlace(config, 'audit');
  if (!(await isBegun(place))) {
    throw new Error(`there is no audit log at ${placeWords(place)}: has this gateway been started here?`);
  }
  return AuditStore.reader(openToRead<AuditTables>(place), config.gateway.id);
}
