/** `escaut report`: the register of what is kept of persons, and who looked at it in a month, as Markdown (docs/evidence.md). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportAct } from './command-line.ts';
import { openLog, pages } from './command-log.ts';
import { recordingMasters } from './config/recording-schema.ts';
import { retentionValues } from './config/retention-schema.ts';
import type { Config } from './config/schema.ts';
import { accessEvents, accessReport, dataRegister } from './evidence/data-register.ts';
import { type LogEntry, readEntry } from './evidence/log-entry.ts';
import { openDatabase } from './store/database.ts';
import { RetentionStore, type RetentionTables } from './store/retention-store.ts';

type Part = Pick<Config, 'gateway' | 'recording' | 'retention' | 'hits' | 'networks' | 'organisations'>;

/** @throws CommandProblem where there is no log, and errors of the system */
export async function reportText(config: Part, command: ReportAct, utcMs: number): Promise<string> {
  return command.act === 'register' ? register(config, utcMs) : access(config, command.month);
}

async function register(config: Part, madeUtcMs: number): Promise<string> {
  const { gateway, recording, retention, hits, networks, organisations } = config;
  const file = join(gateway.stateFolder, gateway.id, 'retention.db');
  const set = existsSync(file) ? await setIn(file) : { values: {}, holds: 0 };
  return dataRegister({
    ...{ gateway: gateway.id, name: gateway.name.en, madeUtcMs, hitDays: hits.keptDays },
    values: { ...retentionValues(retention), ...set.values },
    holds: set.holds,
    isRecorded: recording.enabled,
    isEncrypted: recordingMasters(recording).length > 0,
    countries: [...new Set(networks.map(({ country }) => country))],
    organisations: organisations.map(({ name }) => name),
  });
}

async function setIn(file: string) {
  const store = await RetentionStore.open(openDatabase<RetentionTables>(file));
  try {
    return { values: await store.values(), holds: (await store.holds()).length };
  } finally {
    await store.close();
  }
}

async function access({ gateway }: Part, month: string): Promise<string> {
  const log = await openLog(gateway);
  const [year = 0, index = 1] = month.split('-').map(Number);
  const span = { fromUtcMs: Date.UTC(year, index - 1), toUtcMs: Date.UTC(year, index) };
  const entries: LogEntry[] = [];
  try {
    for (const event of accessEvents) {
      for await (const { entry } of pages(log.store, { event, ...span })) entries.push(readEntry(entry));
    }
  } finally {
    await log.store.close();
  }
  return accessReport(
    gateway.id,
    month,
    entries.sort((one, other) => one.seq - other.seq),
  );
}
