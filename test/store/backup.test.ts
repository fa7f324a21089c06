/** A backup of a gateway that writes, put back where there is nothing: all of it, and nothing that has to be gone. */

import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountStore } from '../../src/store/account-store.ts';
import { AuditStore, type AuditTables } from '../../src/store/audit-store.ts';
import { type BackupPlace, makeBackup, playedSha256 } from '../../src/store/backup.ts';
import { BackupProblem, unsealKey } from '../../src/store/backup-form.ts';
import { openDatabase, openToRead } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { type RestorePlace, restoreBackup } from '../../src/store/restore.ts';
import { removeHalfRestored } from '../../src/store/restore-places.ts';
import { signingKey } from '../../src/store/signing-key.ts';
import { unpack } from '../../src/store/tar.ts';
import { openRecording } from '../../src/voice/recording-keys.ts';
import { until } from '../interop/support/until.ts';
import { played } from './ogg-played.ts';
import { dayMs, nowUtcMs, RetentionRig } from './retention-rig.ts';
import { Traffic } from './traffic.ts';

let folder: string;
beforeEach(() => {
  // In memory where there is such a place: everything here waits for the disk.
  folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'backup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const values = { voiceSharedGroup: 60, 'voiceNationalLeg.BE': 365, borderRecord: 1095, actionLog: 1095 };
const groups = { 'xb-acc': { group: 'xb-acc', countries: ['BE', 'FR'] } };
const quiet = { utcMs: () => Date.now(), progress: () => undefined };
const restorePorts = { utcMs: () => Date.now(), progress: () => undefined, retention: () => ({ values, groups }) };

function placeIn(masters: Uint8Array[] = []): BackupPlace & RestorePlace {
  return {
    ...{ gateway: 'escaut-test', stateFolder: join(folder, 'state'), recordings: join(folder, 'recordings'), masters },
    ...{ reports: undefined, fingerprint: undefined },
  };
}

/** The audit log, and the recordings that it names. */
async function auditOf({ gateway, stateFolder }: BackupPlace) {
  const database = openToRead<AuditTables>(fileAt(join(stateFolder, 'escaut.db')));
  const audit = AuditStore.reader(database, gateway);
  const verdict = await audit.verify(signingKey(join(stateFolder, 'signing-key')).publicKey);
  const kept = await audit.search({ event: 'recording.kept', limit: 1000 });
  await database.destroy();
  return { verdict, named: kept.map(({ entry }) => JSON.parse(entry).about.file as string) };
}

function destroy({ stateFolder, recordings }: BackupPlace): void {
  for (const each of [stateFolder, recordings]) rmSync(each, { recursive: true, force: true });
}

describe.each([
  ['without a master key', undefined],
  ['with a master key', randomBytes(32)],
] as const)('a backup %s', (_, master) => {
  it('of a gateway that talks and logs is of one instant, and back it verifies and plays', async () => {
    const place = placeIn(master === undefined ? [] : [master]);
    const backup = join(folder, 'backup');
    const traffic = new Traffic(folder, 1, master?.toString('hex'));
    const whole = () => traffic.kept.filter(({ line }) => line <= traffic.safe);
    await until('overs are whole', () => whole().length > 2, 50_000);
    writeFileSync(join(place.stateFolder, 'border-records.json'), '{"records":[]}\n');
    const others = ['console-key', 'accounts-key', 'machine-key'].map((name) => {
      const other = randomBytes(32).toString('hex');
      writeFileSync(join(place.stateFolder, name), `${other}\n`);
      return other;
    });
    const before = whole();
    // What is safe may be put aside for a moment, where the machine is slow.
    const inLog = async () => (await auditOf(place)).named;
    await expect.poll(inLog).toEqual(expect.arrayContaining(before.map(({ file }) => file)));
    const made = await makeBackup(place, backup, quiet);
    const written = traffic.safe;
    await until('it goes on', () => traffic.safe > written, 50_000);
    await traffic.kill();
    expect(traffic.faults).toBe('');

    const key = readFileSync(join(place.stateFolder, 'signing-key'));
    const all = readdirSync(backup, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = all.map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
    // Who has the backup alone cannot sign in our name, where there is a master key.
    for (const secret of [key.subarray(0, 64), ...others])
      expect(texts.some((text) => text.includes(secret))).toBe(master === undefined);
    for (const secret of master === undefined ? [] : [master, Buffer.from(master.toString('hex'))])
      expect(texts.some((text) => text.includes(secret))).toBe(false);
    const { status } = spawnSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: backup });
    expect(status).toBe(0);

    destroy(place);
    const restored = await restoreBackup({ ...place, fingerprint: made.fingerprint }, backup, restorePorts);
    expect(restored).toMatchObject({ isSigned: true, changed: [], removed: 0, failed: [], about: made.about });
    expect(readFileSync(join(place.stateFolder, 'signing-key'))).toEqual(key);
    expect(readFileSync(join(place.stateFolder, 'machine-key'), 'utf8')).toBe(`${others.at(-1)}\n`);
    const { verdict, named } = await auditOf(place);
    expect(verdict.fault).toBeUndefined();
    expect(verdict.entries).toBeGreaterThan(made.about.log.entries);
    // What is in the log is in the folder, and the other way round, but for overs that were being said or had just ended.
    expect(named).toEqual(expect.arrayContaining(before.map(({ file }) => file)));
    for (const { file, sha256, durationMs } of traffic.kept.filter((each) => named.includes(each.file))) {
      expect(playedSha256(place.recordings, file, place.masters)).toBe(sha256);
      const { bytes } = openRecording(
        place.recordings,
        file,
        readFileSync(join(place.recordings, file)),
        place.masters,
      );
      expect(played(bytes)).toEqual({ ms: durationMs, isWhole: true, faults: 0 });
    }
    const there = readdirSync(place.recordings, { recursive: true }).map(String);
    const known = [...named, ...traffic.kept.map(({ file }) => file)]; // those that ended later stand in a later line
    const unnamed = there.filter((name) => name.endsWith('.opus') && !name.includes('first') && !known.includes(name));
    expect(unnamed.length).toBeLessThanOrEqual(6); // of each group one that nobody ended, and one that ended as it was killed
    // The gateway goes on from there.
    const again = new Traffic(folder, 2, master?.toString('hex'));
    await until('it logs', () => again.safe > 20, 50_000);
    await again.kill();
    expect(again.faults).toBe('');
  }, 180_000);
});

async function smallGateway(place = placeIn()): Promise<RetentionRig> {
  const rig = new RetentionRig(folder);
  const { privateKey } = signingKey(join(place.stateFolder, 'signing-key'));
  const audit = await AuditStore.open(
    openDatabase<AuditTables>(fileAt(join(place.stateFolder, 'escaut.db'))),
    'ccpd',
    privateKey,
  );
  await rig.log(audit, 'gateway.started', {});
  await audit.close();
  return rig;
}

describe('a backup', () => {
  const place = () => ({ ...placeIn(), gateway: 'ccpd' });

  it('has accounts, documents, reports and keys, and neither exports nor what is drawn from others', async () => {
    const rig = await smallGateway();
    await rig.sweep();
    const accounts = await AccountStore.open(openDatabase(fileAt(join(rig.state, 'accounts.db'))));
    await accounts.close();
    writeFileSync(join(rig.state, 'hits.json'), '{}');
    mkdirSync(join(rig.state, 'exports'));
    for (const name of ['exports/a.zip', 'recordings-index.db', 'hits.json.part'])
      writeFileSync(join(rig.state, name), 'x');
    await makeBackup(place(), join(folder, 'backup'), quiet);
    const names = readdirSync(join(folder, 'backup/state'), { recursive: true }).map(String).sort();
    expect(names).toEqual([
      ...['accounts.db', 'deletion-reports', 'deletion-reports/2026-11-29.json', 'deletion-reports/2026-11-29.sig'],
      ...['escaut.db', 'hits.json', 'retention.db', 'signing-key', 'signing-key.pub'],
    ]);
    expect(existsSync(join(folder, 'backup.part'))).toBe(false);
  });

  it('is one file where its name says so, and comes back from it', async () => {
    await smallGateway();
    const place = { ...placeIn(), gateway: 'ccpd' };
    const backup = join(folder, 'backup.tar');
    const made = await makeBackup(place, backup, quiet);
    expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual(['backup.tar']);
    destroy(place);
    const restored = await restoreBackup({ ...place, fingerprint: made.fingerprint }, backup, restorePorts);
    expect(restored).toMatchObject({ isSigned: true, failed: [], about: made.about });
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is put back, or a gateway started, without what a restore that was killed has left', async () => {
    await smallGateway();
    const backup = join(folder, 'backup.tar');
    await makeBackup(place(), backup, quiet);
    destroy(place());
    const left = () => {
      for (const name of ['.state.unpacked', '.state.restoring']) {
        mkdirSync(join(folder, name));
        unpack(backup, join(folder, name));
      }
      expect(existsSync(join(folder, '.state.unpacked/state/signing-key'))).toBe(true);
    };
    left();
    mkdirSync(join(folder, 'as a folder'));
    unpack(backup, join(folder, 'as a folder'));
    await restoreBackup(place(), join(folder, 'as a folder'), restorePorts);
    const hidden = () => readdirSync(folder).filter((name) => name.startsWith('.'));
    expect(hidden()).toEqual([]);
    left();
    expect(removeHalfRestored(place().stateFolder)).toBeUndefined();
    expect(hidden()).toEqual([]);
    expect(existsSync(join(place().stateFolder, 'signing-key'))).toBe(true);
  });

  it('writes over nothing, and lies in none of the folders that it is of', async () => {
    await smallGateway();
    mkdirSync(join(folder, 'backup'));
    await expect(makeBackup(place(), join(folder, 'backup'), quiet)).rejects.toThrow(/nothing is written over/);
    await expect(makeBackup(place(), join(folder, 'state/backup'), quiet)).rejects.toThrow(/must not lie within/);
    await expect(
      makeBackup({ ...place(), stateFolder: join(folder, 'none') }, join(folder, 'b'), quiet),
    ).rejects.toThrow(/has this gateway been started here/);
  });

  it('is put back only where there is nothing, of that gateway, and as it was signed', async () => {
    const rig = await smallGateway();
    rig.recording(1, 'xb-acc');
    const backup = join(folder, 'backup');
    const { fingerprint } = await makeBackup(place(), backup, quiet);
    const restore = (more: Partial<RestorePlace> = {}) => restoreBackup({ ...place(), ...more }, backup, restorePorts);
    await expect(restore()).rejects.toThrow(/is not empty/);
    destroy(place());
    mkdirSync(join(folder, 'recordings/lost+found'), { recursive: true }); // a disk of its own
    await expect(restore({ gateway: 'other' })).rejects.toThrow('the backup is of gateway ccpd');
    await expect(restore({ fingerprint: 'ab' })).rejects.toThrow(`whose fingerprint is ${fingerprint}`);
    for (const file of ['state/escaut.db', 'recordings', 'SHA256SUMS', 'backup.json', 'SHA256SUMS.sig']) {
      cpSync(backup, join(folder, 'copy'), { recursive: true });
      const path = join(folder, 'copy', file);
      const one =
        file === 'recordings'
          ? readdirSync(path, { recursive: true })
              .map(String)
              .find((name) => name.endsWith('.opus'))
          : '';
      const changed = join(path, one ?? '');
      const bytes = readFileSync(changed);
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
      writeFileSync(changed, bytes);
      await expect(restoreBackup(place(), join(folder, 'copy'), restorePorts)).rejects.toThrow(BackupProblem);
      // Nothing is left of it: the next one begins anew.
      expect(existsSync(place().stateFolder)).toBe(false);
      expect(readdirSync(join(folder, 'recordings'))).toEqual(['lost+found']);
      rmSync(join(folder, 'copy'), { recursive: true });
    }
    await expect(restore()).resolves.toMatchObject({ recordings: 1 });
  });

  it('of an enemy is refused in words: keys that are none, or of another kind', async () => {
    await smallGateway();
    const backup = join(folder, 'backup');
    await makeBackup({ ...place(), masters: [randomBytes(32)] }, backup, quiet);
    destroy(place());
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const sums = readFileSync(join(backup, 'SHA256SUMS'));
    const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' });
    for (const [key, signature] of [
      ['-----BEGIN PUBLIC KEY-----', randomBytes(64)],
      [pem(generateKeyPairSync('x25519').publicKey), randomBytes(64)],
      [pem(rsa.publicKey), sign(null, sums, rsa.privateKey)],
    ] as const) {
      writeFileSync(join(backup, 'signing-key.pub'), key);
      writeFileSync(join(backup, 'SHA256SUMS.sig'), signature);
      await expect(restoreBackup(place(), backup, restorePorts)).rejects.toThrow('no key of a gateway');
    }
    expect(() => unsealKey('{', [], 'gw', 'console-key')).toThrow(BackupProblem);
    expect(existsSync(place().stateFolder)).toBe(false);
  });

  it('has what makes room while it is made, in its document or among the older ones', async () => {
    const { state } = await smallGateway();
    mkdirSync(join(state, 'older'));
    writeFileSync(join(state, 'hits.json'), '{"hits":[{"hit":1}]}\n');
    writeFileSync(join(state, 'older/hits-2026-01-01.jsonl'), '{"name":"0","item":{"hit":0}}\n');
    const mover = new Worker(new URL('older-moved-child.ts', import.meta.url), { workerData: { state } });
    await once(mover, 'message');
    const ended = once(mover, 'exit');
    await makeBackup(place(), join(folder, 'backup'), quiet);
    await ended;
    const kept = (name: string) => readFileSync(join(folder, 'backup/state', name), 'utf8');
    expect(kept('hits.json') + kept('older/hits-2026-11-29.jsonl')).toContain('{"hit":1}');
    expect(readdirSync(join(folder, 'backup/state/older'))).toEqual(['hits-2026-11-29.jsonl']);
    const { status } = spawnSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: join(folder, 'backup') });
    expect(status).toBe(0);
    destroy(place());
    await restoreBackup(place(), join(folder, 'backup'), restorePorts);
    expect(readdirSync(join(state, 'older'))).toEqual(['hits-2026-11-29.jsonl']);
  });

  it('tells who restores without the master key which one it takes', async () => {
    await smallGateway();
    const backup = join(folder, 'backup');
    const { about } = await makeBackup({ ...place(), masters: [randomBytes(32)] }, backup, quiet);
    destroy(place());
    await expect(restoreBackup(place(), backup, restorePorts)).rejects.toThrow(`the master key ${about.keys.master}`);
  });

  it('says of a recording that was changed before that the log does not know it', async () => {
    const rig = await smallGateway();
    const file = rig.recording(1, 'xb-acc');
    const audit = await rig.audit();
    await rig.log(audit, 'recording.kept', { file, sha256: 'ab'.repeat(32) });
    await audit.close();
    await makeBackup(place(), join(folder, 'backup'), quiet);
    destroy(place());
    expect((await restoreBackup(place(), join(folder, 'backup'), restorePorts)).changed).toEqual([file]);
  });

  it('is not made of a log that is broken without saying so, and is not put back', async () => {
    const rig = await smallGateway();
    const audit = await rig.audit();
    await rig.log(audit, 'border.changed', { words: 'one' });
    await audit.close();
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(join(rig.state, 'escaut.db'));
    database.exec("DROP TRIGGER audit_entry_no_update; UPDATE audit_entry SET entry = replace(entry, 'one', 'two')");
    database.close();
    expect((await makeBackup(place(), join(folder, 'backup'), quiet)).fault).toBe('entry 2 (changed)');
    destroy(place());
    await expect(restoreBackup(place(), join(folder, 'backup'), restorePorts)).rejects.toThrow(/broken at entry 2/);
  });
});

describe('what retention has removed since a backup', () => {
  const place = (more: Partial<RestorePlace> = {}) => ({ ...placeIn(), gateway: 'ccpd', ...more });
  const at = (utcMs: number) => ({ ...restorePorts, utcMs: () => utcMs });
  const backup = () => join(folder, 'backup');

  it('is removed again by its time before the restore is done, and reported', async () => {
    const rig = await smallGateway();
    const [old, young] = [rig.recording(50, 'xb-acc'), rig.recording(5, 'xb-acc')];
    writeFileSync(
      join(rig.state, 'border-records.json'),
      JSON.stringify({
        records: [
          { record: 'B1', group: 'xb-acc', noticeUtcMs: nowUtcMs - 1090 * dayMs, closedUtcMs: nowUtcMs - 1090 * dayMs },
          { record: 'B2', group: 'xb-acc', noticeUtcMs: nowUtcMs, closedUtcMs: nowUtcMs },
        ],
      }),
    );
    await makeBackup(place(), backup(), { ...quiet, utcMs: () => nowUtcMs });
    destroy(place());
    const restored = await restoreBackup(place(), backup(), at(nowUtcMs + 20 * dayMs));
    expect([rig.has(old), rig.has(young), restored.removed]).toEqual([false, true, 2]);
    const { records } = JSON.parse(readFileSync(join(rig.state, 'border-records.json'), 'utf8'));
    expect(records.map(({ record }: { record: string }) => record)).toEqual(['B2']);
    rig.utcMs = nowUtcMs + 22 * dayMs;
    await rig.sweep();
    const kinds = rig.reports.flatMap(({ text }) => JSON.parse(text).removed.map(({ kind }: { kind: string }) => kind));
    expect(kinds.sort()).toEqual(['borderRecord', 'voice']);
    expect(await rig.reportFault()).toBeUndefined();
  });

  it('goes by the rules, the holds and the removals of later reports, which must be whole', async () => {
    const rig = await smallGateway();
    const gone = rig.recording(20, 'xb-acc');
    const held = rig.recording(70, 'xb-acc');
    const heldGroup = { groups: ['xb-acc'], reason: 'court', by: 'aud-fr', country: 'FR', utcMs: nowUtcMs };
    const span = { fromUtcMs: nowUtcMs - 71 * dayMs, toUtcMs: nowUtcMs - 69 * dayMs };
    const before = await rig.store();
    // One that was lifted since.
    await before.addHold({ ...heldGroup, fromUtcMs: nowUtcMs - 21 * dayMs, toUtcMs: nowUtcMs - 19 * dayMs });
    await before.close();
    await makeBackup(place(), backup(), { ...quiet, utcMs: () => nowUtcMs });
    const store = await rig.store();
    await store.liftHold(1, nowUtcMs);
    expect(await store.addHold({ ...heldGroup, ...span })).toBe(2);
    await store.setValue('voiceSharedGroup', 10, 'two auditors', nowUtcMs);
    await store.close();
    rig.utcMs = nowUtcMs + 3_600_000;
    await rig.sweep();
    expect([rig.has(gone), rig.has(held)]).toEqual([false, true]);
    const reports = join(folder, 'kept elsewhere');
    cpSync(join(rig.state, 'deletion-reports'), reports, { recursive: true });
    destroy(place());

    const restored = await restoreBackup(place({ reports }), backup(), at(rig.utcMs + 60_000));
    expect([rig.has(gone), rig.has(held), restored.reportedTo]).toEqual([false, true, '2026-11-29']);
    const again = await rig.store();
    expect(await again.values()).toMatchObject({ voiceSharedGroup: 10 });
    expect((await again.holds()).map(({ hold, reason }) => [hold, reason])).toEqual([[2, 'court']]);
    await again.close();

    destroy(place());
    const [name = ''] = readdirSync(reports).filter((each) => each.endsWith('.json'));
    appendFileSync(join(reports, name), ' ');
    await expect(restoreBackup(place({ reports }), backup(), at(rig.utcMs))).rejects.toThrow(/reports are not whole/);
    expect(rig.has(held)).toBe(false);
  });

  it('names, in the report of what it removes, backups that have it', async () => {
    const rig = await smallGateway();
    rig.recording(61, 'xb-acc');
    const audit = await rig.audit();
    await rig.log(audit, 'backup.made', { manifestSha256: 'aa', ofUtc: new Date(nowUtcMs - 60 * dayMs).toISOString() });
    await rig.log(audit, 'backup.made', { manifestSha256: 'bb', ofUtc: new Date(nowUtcMs - 90 * dayMs).toISOString() });
    await audit.close();
    await rig.sweep();
    expect(rig.report.copies).toEqual(['aa']);
  });
});
