/** A gateway's folders with recordings of many days, and a sweep over them in a time of its own. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { commandRun } from '../../src/store/audit-chain.ts';
import { AuditStore, type AuditTables } from '../../src/store/audit-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { type KeptReport, reportFault } from '../../src/store/deletion-report.ts';
import type { RetentionGroups } from '../../src/store/retention-kept.ts';
import { RetentionStore, type RetentionTables } from '../../src/store/retention-store.ts';
import { RetentionSweep, reportDays, reportsFolder, type SweepPorts } from '../../src/store/retention-sweep.ts';
import { signingKey } from '../../src/store/signing-key.ts';

export const dayMs = 24 * 3_600_000;
export const nowUtcMs = Date.UTC(2026, 10, 29, 14);
const values = { voiceSharedGroup: 60, 'voiceNationalLeg.BE': 365, borderRecord: 1095, actionLog: 1095 };

export class RetentionRig {
  readonly folder: string;
  utcMs = nowUtcMs;
  masters: Uint8Array[] = [];
  readonly failed: unknown[] = [];
  readonly asked: string[][] = [];
  /** Of the configuration. */
  values: Readonly<Record<string, number>> = values;
  groups: RetentionGroups = {
    'xb-acc': { group: 'xb-acc', countries: ['BE', 'FR'] },
    line_ht: { group: 'line:ht', countries: [] },
  };

  constructor(folder = mkdtempSync(join(tmpdir(), 'retention-'))) {
    this.folder = folder;
  }

  get recordings(): string {
    return join(this.folder, 'recordings');
  }

  get state(): string {
    return join(this.folder, 'state');
  }

  get key() {
    return signingKey(join(this.state, 'signing-key'));
  }

  async audit(): Promise<AuditStore> {
    return AuditStore.open(
      openDatabase<AuditTables>(fileAt(join(this.state, 'escaut.db'))),
      'ccpd',
      this.key.privateKey,
    );
  }

  async store(): Promise<RetentionStore> {
    return RetentionStore.open(openDatabase<RetentionTables>(fileAt(join(this.state, 'retention.db'))));
  }

  /** Of so many days ago, at an hour of that day. Its name. */
  recording(ageDays: number, group: string, hour = 12, over = 1): string {
    const utc = new Date(Math.floor(nowUtcMs / dayMs - ageDays) * dayMs + hour * 3_600_000).toISOString();
    const file = `${utc.slice(0, 10)}/${group}/${utc.replaceAll(/[-:]/g, '')}-${over}.opus`;
    mkdirSync(dirname(join(this.recordings, file)), { recursive: true });
    writeFileSync(join(this.recordings, file), `voice of ${file}`);
    return file;
  }

  has(file: string): boolean {
    return existsSync(join(this.recordings, file));
  }

  /** As docs/evidence.md has it, by whoever knows the files. */
  listSha256(files: readonly string[]): string {
    const lines = files.toSorted().map((file) => `${sha256(`voice of ${file}`)}  ${file}\n`);
    return sha256(lines.join(''));
  }

  async sweep(more: Partial<SweepPorts> = {}): Promise<void> {
    const [store, audit] = [await this.store(), await this.audit()];
    const settings = {
      ...{
        gateway: 'ccpd',
        recordings: this.recordings,
        masters: this.masters,
        stateFolder: this.state,
        values: this.values,
      },
      groups: this.groups,
    };
    const sweep = new RetentionSweep(settings, {
      ...{ store, audit, key: this.key.privateKey },
      utcMs: () => this.utcMs,
      log: (event, fields) => this.log(audit, event, fields),
      forget: (_kind, names) => this.asked.push([...names]),
      failed: (what) => this.failed.push(what),
      ...more,
    });
    try {
      await sweep.sweep(this.utcMs);
    } finally {
      await store.close();
      await audit.close();
    }
  }

  async log(audit: AuditStore, event: string, fields: Readonly<Record<string, unknown>>, utcMs = this.utcMs) {
    const run = `${commandRun}${randomBytes(8).toString('hex')}`;
    await audit.append([{ run, line: 1, utcMs, upMs: 0, level: 'info', event, fields }]);
  }

  get reports(): readonly KeptReport[] {
    const folder = join(this.state, reportsFolder);
    return reportDays(folder).map((day) => ({
      day,
      text: readFileSync(join(folder, `${day}.json`), 'utf8'),
      signature: readFileSync(join(folder, `${day}.sig`)),
    }));
  }

  // biome-ignore lint/suspicious/noExplicitAny: a report as anybody reads it
  get report(): any {
    return JSON.parse(this.reports.at(-1)?.text ?? 'null');
  }

  async reportFault(): Promise<string | undefined> {
    const audit = await this.audit();
    const entries = await audit.search({ event: 'retention.reported', limit: 1000 });
    await audit.close();
    const said = entries.map(({ entry }) => JSON.parse(entry).about as { day: string; sha256: string });
    return reportFault(this.reports, this.key.publicKey, new Map(said.map(({ day, sha256: sum }) => [day, sum])));
  }

  get days(): readonly string[] {
    return existsSync(this.recordings) ? readdirSync(this.recordings).sort() : [];
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
