/** A gateway's folders as they lie after an incident, without a gateway: log, key, recordings, border records. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ExportPorts, exportIncident } from '../../src/export-command.ts';
import { writeOggOpus } from '../../src/media/ogg-opus.ts';
import { AuditStore, type AuditTables } from '../../src/store/audit-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { signingKey } from '../../src/store/signing-key.ts';
import { placesOf } from './package-places.ts';

export const beganUtcMs = Date.UTC(2026, 10, 29, 2, 14);
const exportedUtcMs = beganUtcMs + 3_600_000;

export interface Said {
  /** Since the incident began. */
  readonly atMs: number;
  readonly event: string;
  readonly about?: Readonly<Record<string, unknown>>;
  readonly run?: string;
}

const person = { country: 'BE', language: 'fr', priority: 10 } as const;
const people = [
  { id: 'ccpd-sup', display: 'Sophie L.', role: 'supervisor', controlRoom: 'ccpd', ...person },
  { id: 'tn-sup', display: 'Tom N.', role: 'supervisor', controlRoom: 'tournai', ...person },
  { id: 'aud-be', display: 'Anna B.', role: 'auditor', controlRoom: 'ccpd', ...person },
  { id: 'disp', display: 'Dirk P.', role: 'dispatcher', controlRoom: 'ccpd', ...person },
  { id: 'fleet', display: 'Flora A.', role: 'fleet-admin', controlRoom: 'ccpd', ...person },
  { id: 'sys', display: 'Simon V.', role: 'sys-admin', controlRoom: 'ccpd', ...person },
  { id: 'tech', display: 'Théo M.', role: 'technician', controlRoom: 'ccpd', ...person },
  { id: 'obs', display: 'Olga W.', role: 'observer', controlRoom: 'ccpd', ...person },
] as const;

const packet = (index: number): Uint8Array => {
  return Uint8Array.from({ length: 40 }, (_, at) => (at === 0 ? 0x48 : (index * 31 + at * 7) & 0xff));
};

export class EvidenceRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  readonly recordings = join(this.folder, 'recordings');
  readonly #said: Said[] = [];
  #packages = 0;

  readonly config = {
    gateway: { id: 'ccpd', stateFolder: join(this.folder, 'state'), timezone: 'Europe/Brussels' },
    people,
    recording: { enabled: true, folder: this.recordings, formerMasterKeys: [] },
    sharedGroups: [
      { id: 'xb-acc', monitoredBy: [], legs: [] as { talkgroup: string }[] },
      { id: 'xb-patr', monitoredBy: [], legs: [] as { talkgroup: string }[] },
    ],
    ...{ directLines: [], controlRooms: [], talkgroups: [], networks: [] },
    // No more of a configuration is asked for.
  } as unknown as Parameters<typeof exportIncident>[0];

  say(...said: readonly Said[]): void {
    this.#said.push(...said);
  }

  /**
   * An over with its recording; `log`: what the log says of the file beside what it is. `isAmended`: it has said that
   * of a file before, and what is true afterwards.
   */
  over(at: {
    group: string;
    over: number;
    atMs: number;
    packets?: number;
    isKept?: boolean;
    isLogged?: boolean;
    isEnded?: boolean;
    isAmended?: boolean;
    log?: Readonly<Record<string, unknown>>;
  }): string {
    const { group, over, atMs, packets = 60, isKept = true, isLogged = true, isEnded = true, isAmended, log } = at;
    const startUtcMs = beganUtcMs + atMs;
    const utc = new Date(startUtcMs).toISOString();
    const file = `${utc.slice(0, 10)}/${group}/${utc.replaceAll(/[-:]/g, '')}-${over}.opus`;
    const voice = Array.from({ length: packets }, (_, index) => ({ atMs: index * 20, bytes: packet(index + over) }));
    const bytes = writeOggOpus(voice, [`GROUP=${group}`]);
    const durationMs = packets * 20;
    if (isKept) {
      mkdirSync(dirname(join(this.recordings, file)), { recursive: true });
      writeFileSync(join(this.recordings, file), bytes);
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const kept = { group, over, party: 'be', file, octets: bytes.length, sha256, durationMs, exercise: false };
    const ended = {
      group,
      over,
      party: 'be',
      end: 'released',
      durationMs,
      lostMs: 0,
      talker: '2060001',
      callSign: 'Mouscron 12',
    };
    const endMs = atMs + durationMs;
    if (isEnded) this.say({ atMs: endMs, event: 'over.ended', about: ended });
    if (isLogged) this.say({ atMs: endMs + 10, event: 'recording.kept', about: { ...kept, ...log } });
    if (isAmended) this.say({ atMs: endMs + 4000, event: 'recording.kept', about: { ...kept, amended: true } });
    return file;
  }

  records(records: readonly Readonly<Record<string, unknown>>[]): void {
    const file = join(this.folder, 'state', 'ccpd', 'border-records.json');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ version: 1, counted: {}, records }));
  }

  get key() {
    return signingKey(join(this.folder, 'state', 'ccpd', 'signing-key'));
  }

  async store(): Promise<AuditStore> {
    const file = join(this.folder, 'state', 'ccpd', 'escaut.db');
    return AuditStore.open(openDatabase<AuditTables>(fileAt(file)), 'ccpd', this.key.privateKey);
  }

  /** What has been said stands in the log, by time. */
  async write(): Promise<void> {
    const store = await this.store();
    const lines = new Map<string, number>();
    this.#said.sort((one, other) => one.atMs - other.atMs);
    for (const { atMs, event, about = {}, run = 'run-1' } of this.#said) {
      const line = (lines.get(run) ?? 0) + 1;
      lines.set(run, line);
      await store.append([
        { run, line, utcMs: beganUtcMs + atMs, upMs: 1e6 + atMs, level: 'info', event, fields: about },
      ]);
      if (line % 5 === 0) await store.checkpoint(beganUtcMs + atMs);
    }
    await store.close();
  }

  async export(command: Partial<Parameters<typeof exportIncident>[1]> = {}, ports: Partial<ExportPorts> = {}) {
    const out = join(this.folder, `package-${this.#packages++}.zip`);
    const period = { fromUtcMs: beganUtcMs, toUtcMs: beganUtcMs + 600_000 };
    const asked = { name: 'export', out, reason: 'enquête 12/2026', by: 'ccpd-sup', second: 'tn-sup' } as const;
    const times = command.incident === undefined ? period : {};
    const wish = { ...asked, ...times, ...command };
    return { out, ...(await exportIncident(this.config, wish, () => exportedUtcMs, ports)) };
  }

  end(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** A short pursuit: three overs, a border record, and words that would be markup. */
export async function pursuit(): Promise<EvidenceRig> {
  const rig = new EvidenceRig();
  rig.say({ atMs: -60_000, event: 'gateway.starting' }, { atMs: -1000, event: 'gateway.started' });
  const clock = { state: 'agreed', offsetMs: 0.4, boundMs: 6.1, source: 'ntp1' };
  rig.say({ atMs: -500, event: 'clock.quality', about: clock });
  rig.say({ atMs: 5000, event: 'bridging.changed', about: { what: 'open', group: 'xb-acc', operator: 'Dirk P.' } });
  rig.over({ group: 'xb-acc', over: 1, atMs: 10_000 });
  rig.over({ group: 'xb-acc', over: 2, atMs: 20_000 });
  rig.over({ group: 'xb-patr', over: 3, atMs: 25_000, packets: 30 });
  const record = { group: 'xb-acc', record: 'B1', callSign: 'Mouscron 12' };
  rig.say({ atMs: 30_000, event: 'border.changed', about: { what: 'openAndCross', ...record, operator: 'Dirk P.' } });
  const words = '</script><img src=x onerror="globalThis.hurt=1"> “é” \u2028 &amp;';
  rig.say({
    atMs: 31_000,
    event: 'emergency.changed',
    about: { what: 'acknowledge', emergency: 4, group: 'xb-acc', words },
  });
  rig.say({ atMs: 400_000, event: 'bridging.changed', about: { what: 'close', group: 'xb-acc', operator: 'Dirk P.' } });
  rig.say({ atMs: 900_000, event: 'console.closed' });
  rig.records([
    { record: 'B1', group: 'xb-acc', name: 'closed', noticeUtcMs: beganUtcMs + 30_000, category: '<b>theft</b>' },
  ]);
  await rig.write();
  return rig;
}

export function filesOf(zip: Buffer): Map<string, Buffer> {
  return new Map(placesOf(zip).map(({ name, contents, end }) => [name, Buffer.from(zip.subarray(contents, end))]));
}
