/** An archive of a backup, against the system's own tar. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BackupProblem } from '../../src/store/backup-form.ts';
import { pack, readTarHeader, tarHeader, unpack } from '../../src/store/tar.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tar-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const long = `recordings/2026-11-29/exercise/${'é'.repeat(40)}/20261129T021500.123Z-482060369.opus`;
const files = new Map([
  ['SHA256SUMS', Buffer.from('sums\n')],
  ['state/empty', Buffer.alloc(0)],
  ['state/block', Buffer.alloc(512, 7)],
  [long, Buffer.alloc(1_500_001, 9)],
]);

function packed(): string {
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, 'in', name)), { recursive: true });
    writeFileSync(join(folder, 'in', name), bytes);
  }
  const archive = join(folder, 'x.tar');
  pack(join(folder, 'in'), [...files.keys()], archive, Date.UTC(2026, 10, 30));
  return archive;
}

it.each(['tar', 'escaut'] as const)('comes out as it went in, by %s', (by) => {
  const archive = packed();
  const out = join(folder, 'out');
  mkdirSync(out);
  if (by === 'escaut') unpack(archive, out);
  else expect(spawnSync('tar', ['-xf', archive, '-C', out]).status).toBe(0);
  const names = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(names).toHaveLength(files.size);
  for (const [name, bytes] of files) expect(readFileSync(join(out, name)).equals(bytes)).toBe(true);
});

it('is refused where it is cut off, or is what another program wrote otherwise', () => {
  const archive = packed();
  truncateSync(archive, 900_000);
  mkdirSync(join(folder, 'cut'));
  expect(() => unpack(archive, join(folder, 'cut'))).toThrow('the archive is cut off');
  const other = join(folder, 'other.tar');
  expect(spawnSync('tar', ['-cf', other, '-C', join(folder, 'in'), '.']).status).toBe(0);
  mkdirSync(join(folder, 'no'));
  expect(() => unpack(other, join(folder, 'no'))).toThrow('unpack it, and give the folder');
  expect(existsSync(join(folder, 'no', 'SHA256SUMS'))).toBe(false);
});

it('has headers that lead out of no folder, whatever they are of, and refuses what is none', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'Z', '9', '-', '.', 'é'), minLength: 1, maxLength: 20 });
  const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(name, fc.integer({ min: 0, max: 8 ** 11 - 1 }), (given, octets) => {
      const head = tarHeader(given, octets, 0);
      const isWithin = given.split('/').every((each) => each !== '.' && each !== '..');
      if (isWithin) expect(readTarHeader(head)).toEqual({ name: given, octets });
      else expect(() => readTarHeader(head)).toThrow(BackupProblem);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 512, maxLength: 512 }), (bytes) => {
      if (bytes.some((octet) => octet !== 0)) expect(() => readTarHeader(bytes)).toThrow(BackupProblem);
    }),
  );
});
