/** A backup of a gateway whose tables are on a PostgreSQL server, put back on another that has nothing. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { AccountStore, type AccountTables } from '../../src/store/account-store.ts';
import { AuditStore, type AuditTables } from '../../src/store/audit-store.ts';
import { type BackupPlace, makeBackup, playedSha256 } from '../../src/store/backup.ts';
import { isBegun, openDatabase, openToRead } from '../../src/store/database.ts';
import { type RestorePlace, restoreBackup } from '../../src/store/restore.ts';
import { dumpName, type ServerTables } from '../../src/store/server-backup.ts';
import { signingKey } from '../../src/store/signing-key.ts';
import { until } from '../interop/support/until.ts';
import { PostgresServer } from './postgres-server.ts';
import { Traffic } from './traffic.ts';

const [old, fresh] = [new PostgresServer(), new PostgresServer()];
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'server-backup-'));
const backup = join(folder, 'backup');
const master = randomBytes(32);
const path = process.env.PATH ?? '';
beforeAll(async () => {
  await Promise.all([old.start(), fresh.start()]);
}, 60_000);
afterEach(() => {
  process.env.PATH = path;
});
afterAll(async () => {
  await Promise.all([old.end(), fresh.end()]);
  rmSync(folder, { recursive: true });
});

const values = { voiceSharedGroup: 60, 'voiceNationalLeg.BE': 365, borderRecord: 1095, actionLog: 1095 };
const groups = { 'xb-acc': { group: 'xb-acc', countries: ['BE', 'FR'] } };
const quiet = { utcMs: () => Date.now(), progress: () => undefined };
const restorePorts = { ...quiet, retention: () => ({ values, groups }) };

/** With a name that is no pattern and has to be quoted. */
function tablesOn(server: PostgresServer): ServerTables {
  const of = (name: string) => server.place(`${name}_Escaut-test`);
  return { audit: of('audit'), accounts: of('accounts'), fleet: of('fleet'), retention: of('retention') };
}

function placeOn(server: PostgresServer): BackupPlace & RestorePlace {
  return {
    ...{ gateway: 'escaut-test', stateFolder: join(folder, 'state'), recordings: join(folder, 'recordings') },
    ...{ masters: [master], reports: undefined, fingerprint: undefined, server: tablesOn(server) },
  };
}

async function auditOf(server: PostgresServer) {
  const place = placeOn(server);
  const database = openToRead<AuditTables>(tablesOn(server).audit);
  const audit = AuditStore.reader(database, place.gateway);
  const { fault, entries } = await audit.verify(signingKey(join(place.stateFolder, 'signing-key')).publicKey);
  expect(fault).toBeUndefined();
  const kept = (await audit.search({ event: 'recording.kept', limit: 1000 })).map(
    ({ entry }) => JSON.parse(entry).about as { readonly file: string; readonly sha256: string },
  );
  await database.destroy();
  return { entries, kept };
}

it('of a gateway that talks and logs is of one instant, and back on a server that has nothing it verifies and plays', async () => {
  const place = placeOn(old);
  const accounts = await AccountStore.open(openDatabase<AccountTables>(tablesOn(old).accounts));
  await accounts.ensure('lotte');
  await accounts.close();
  const traffic = new Traffic(folder, 1, master.toString('hex'), tablesOn(old).audit);
  const whole = () => traffic.kept.filter(({ line }) => line <= traffic.safe);
  await until('overs are whole', () => whole().length > 2, 50_000);
  writeFileSync(join(place.stateFolder, 'border-records.json'), '{"records":[]}\n');
  const before = whole();
  // What is safe may be put aside for a moment, where the machine is slow.
  const inLog = async () => (await auditOf(old)).kept.map(({ file }) => file);
  await expect.poll(inLog).toEqual(expect.arrayContaining(before.map(({ file }) => file)));
  const made = await makeBackup(place, backup, quiet);
  const written = traffic.safe;
  await until('it goes on', () => traffic.safe > written, 50_000);
  await traffic.kill();
  expect(traffic.faults).toBe('');
  expect(made.fault).toBeUndefined();
  expect(spawnSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: backup }).status).toBe(0);
  expect(readdirSync(join(backup, 'state'))).toContain(dumpName);

  for (const each of [place.stateFolder, place.recordings]) rmSync(each, { recursive: true });
  const on = placeOn(fresh);
  const restored = await restoreBackup({ ...on, fingerprint: made.fingerprint }, backup, restorePorts);
  expect(restored).toMatchObject({ isSigned: true, changed: [], removed: 0, failed: [], about: made.about });
  expect(readdirSync(on.stateFolder)).not.toContain(dumpName);
  const { entries, kept } = await auditOf(fresh);
  expect(entries).toBeGreaterThan(made.about.log.entries);
  expect(kept.map(({ file }) => file)).toEqual(expect.arrayContaining(before.map(({ file }) => file)));
  // What is in the log is in the folder, and the other way round, but for the overs that were being said.
  for (const { file, sha256 } of kept) expect(playedSha256(on.recordings, file, [master])).toBe(sha256);
  const there = readdirSync(on.recordings, { recursive: true }).map(String);
  const known = new Set([...kept, ...traffic.kept].map(({ file }) => file)); // those that ended later stand in a later line
  const unnamed = there.filter((name) => name.endsWith('.opus') && !name.includes('first') && !known.has(name));
  expect(unnamed.length).toBeLessThanOrEqual(6);
  const people = await AccountStore.open(openDatabase<AccountTables>(tablesOn(fresh).accounts));
  expect((await people.accounts()).map(({ person }) => person)).toEqual(['lotte']);
  await people.close();
  // The gateway goes on from there.
  const again = new Traffic(folder, 2, master.toString('hex'), tablesOn(fresh).audit);
  await expect.poll(async () => (await auditOf(fresh)).entries).toBeGreaterThan(entries);
  await again.kill();
}, 180_000);

it('goes only where there is nothing, and to where its tables were', async () => {
  for (const each of ['state', 'recordings']) rmSync(join(folder, each), { recursive: true });
  const restore = (place: RestorePlace) => restoreBackup(place, backup, restorePorts);
  await expect(restore(placeOn(fresh))).rejects.toThrow(/audit_Escaut-test is on 127.* already/);
  await expect(restore({ ...placeOn(fresh), server: undefined })).rejects.toThrow('store.url');
});

it('leaves nothing on the server where something else fails', async () => {
  const empty = new PostgresServer();
  await empty.start();
  try {
    const failing = () => {
      throw new Error('the fleet data does not fit');
    };
    const place = placeOn(empty);
    const restore = restoreBackup(place, backup, { ...restorePorts, retention: failing });
    await expect(restore).rejects.toThrow('the fleet data does not fit');
    for (const each of Object.values(tablesOn(empty))) expect(await isBegun(each)).toBe(false);
    expect(existsSync(place.stateFolder)).toBe(false);
    const dump = join(backup, 'state', dumpName);
    const bytes = readFileSync(dump);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    writeFileSync(dump, bytes);
    await expect(restoreBackup(place, backup, restorePorts)).rejects.toThrow('state/server.dump has been changed');
    for (const each of Object.values(tablesOn(empty))) expect(await isBegun(each)).toBe(false);
  } finally {
    await empty.end();
  }
});

it.each([
  ['is missing', '', /^pg_dump is missing on this machine: install postgresql-client-\d+ or later$/],
  [
    'is older than the server',
    '#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n',
    /^pg_dump is of PostgreSQL 9, and the server of \d+: install postgresql-client-\d+ or later$/,
  ],
])('is not made where pg_dump %s, which is said', async (_, program, words) => {
  const programs = mkdtempSync(join(folder, 'programs-'));
  if (program !== '') writeFileSync(join(programs, 'pg_dump'), program, { mode: 0o755 });
  process.env.PATH = programs;
  mkdirSync(join(folder, 'state'), { recursive: true });
  await expect(makeBackup(placeOn(fresh), join(folder, 'another'), quiet)).rejects.toThrow(words);
  expect(existsSync(join(folder, 'another.part'))).toBe(false);
});
