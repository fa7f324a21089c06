/** `escaut backup` and `escaut restore` by a configuration file, as they are typed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { auditLines } from '../../src/audit-command.ts';
import { progressOn, runBackup, runRestore } from '../../src/backup-command.ts';
import { openLog } from '../../src/command-log.ts';
import { loadConfig } from '../../src/config/load.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'escaut-backup-command-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('says what was backed up and put back, in the log too, and ends with 1 where it was not', async () => {
  const networks = 'networks: [{id: be, name: ASTRID, technology: tetra, country: BE}]';
  const text = `version: 1\ngateway: {id: gw, name: {fr: a, nl: b, en: c}, stateFolder: state}\n${networks}\n`;
  writeFileSync(join(folder, 'escaut.yaml'), text);
  const gateway = { id: 'gw', stateFolder: join(folder, 'state') };
  const { store, write } = await openLog({ gateway }, true);
  await write(Date.now(), 'info', 'gateway.started', {});
  await store.close();
  const around = { file: 'escaut.yaml', environment: {}, workingFolder: folder };
  const loaded = () => loadConfig(around);
  const backUp = () =>
    runBackup(
      around,
      loaded(),
      { path: 'b' },
      () => Date.now(),
      () => undefined,
    );
  const restore = () =>
    runRestore(
      around,
      loaded(),
      { path: 'b' },
      () => Date.now(),
      () => undefined,
    );
  const made = await backUp();
  expect(made.words).toMatch(/^b: as of \S+: 0 recordings, 1 entries of the log.*\n.*as they are.*\nfingerprint/s);
  await expect(backUp()).rejects.toThrow(/nothing is written over/);
  const main = join(import.meta.dirname, '../../src/main.ts');
  const refused = spawnSync(process.execPath, [main, 'restore', 'b', '--config', 'escaut.yaml'], { cwd: folder });
  expect([refused.status, refused.stderr.toString()]).toEqual([1, expect.stringMatching(/is not empty/)]);
  const key = readFileSync(join(folder, 'state/gw/signing-key'));
  rmSync(join(folder, 'state'), { recursive: true });
  const { isDone, words } = await restore();
  expect(isDone).toBe(true);
  expect(words).toMatch(/the audit log is whole: 1 entries.*no deletion report of after the backup/s);
  expect(readFileSync(join(folder, 'state/gw/signing-key'))).toEqual(key);
  const lines: string[] = [];
  for await (const line of auditLines({ gateway }, {})) lines.push(JSON.parse(line).event);
  expect(lines).toEqual(['gateway.started', 'backup.restored', 'retention.reported']);
}, 30_000);

it('says of a server that is away which it is, and backs up no part of it', async () => {
  const { config, text } = loadConfig({
    file: 'config/example.yaml',
    environment: {},
    secretsRequired: false,
    workingFolder: join(import.meta.dirname, '../..'),
  });
  const onServer = { config: { ...config, store: { url: 'postgresql://u@127.0.0.1:1/x' } }, text };
  const around = { file: 'x.yaml', environment: {}, workingFolder: folder };
  const act = { path: 'b' };
  const now = () => 0;
  const show = () => undefined;
  await expect(runBackup(around, onServer, act, now, show)).rejects.toThrow('store.url, 127.0.0.1:1');
  expect(existsSync(join(folder, 'b'))).toBe(false);
});

it('shows how far it is: one line at a terminal, elsewhere one in ten seconds', () => {
  for (const [isTTY, said] of [
    [true, ['\r\x1b[Kfiles: 0 of 9', '\r\x1b[Kfiles: 2 of 9', '\r\x1b[K']],
    [false, ['files: 0 of 9\n', 'files: 8 of 9\n']],
  ] as const) {
    const written: string[] = [];
    let nowMs = 0;
    const stream = { isTTY, write: (text: string) => written.push(text) > 0 };
    const show = progressOn(stream as unknown as NodeJS.WriteStream, () => nowMs);
    show('files', 0, 9);
    for (const [atMs, done] of [
      [50, 1],
      [150, 2],
    ] as const) {
      nowMs = atMs;
      show('files', done, 9);
    }
    nowMs = isTTY ? 200 : 11_000;
    show('files', 8, 9);
    show('files', 9, 9);
    expect(written.filter((text) => !isTTY || !text.includes('8 of'))).toEqual(said);
  }
});
