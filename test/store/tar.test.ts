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
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

describe('an archive of an enemy', () => {
  const blocksOf = (octets: Uint8Array) => Buffer.concat([octets, Buffer.alloc((512 - (octets.length % 512)) % 512)]);
  const entry = (name: string, text = 'x') =>
    Buffer.concat([tarHeader(name, text.length, 0), blocksOf(Buffer.from(text))]);
  /** With a field put otherwise, and a sum that is right again. */
  function forged(put: (head: Buffer) => void): Buffer {
    const head = tarHeader('state/a', 1, 0);
    put(head);
    head.fill(' ', 148, 156);
    const sum = head.reduce((all, octet) => all + octet, 0);
    head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
    return Buffer.concat([head, blocksOf(Buffer.from('x'))]);
  }
  const named = (name: string) => forged((head) => void head.fill(0, 0, 100).write(name, 0, 'latin1'));
  const end = Buffer.alloc(1024);
  function opened(...parts: Uint8Array[]): string[] {
    const [archive, out] = [join(folder, 'enemy.tar'), join(folder, 'out', 'deep')];
    writeFileSync(archive, Buffer.concat(parts));
    mkdirSync(out, { recursive: true });
    unpack(archive, out);
    return readdirSync(join(folder, 'out'), { recursive: true }).map(String).sort();
  }

  it.each([...'1234567xgLKS\0'])('with an entry of kind %j is refused', (kind) => {
    expect(() =>
      opened(
        forged((head) => void head.write(kind, 156, 'latin1')),
        end,
      ),
    ).toThrow(BackupProblem);
  });

  it.each(['/etc/x', '../x', 'a/../../x', './x', 'a//x', '.', '..', 'a/', '', '\xff\xfe', 'a\nb', '\x1b[2J'])(
    'with the name %j is refused',
    (name) => {
      expect(() => opened(named(name), end)).toThrow(BackupProblem);
      expect(readdirSync(join(folder, 'out'))).toEqual(['deep']);
    },
  );

  it('whose prefix leads out is refused', () => {
    for (const prefix of ['..', '/', 'a/..', '.']) {
      expect(() =>
        opened(
          forged((head) => void head.write(prefix, 345, 'latin1')),
          end,
        ),
      ).toThrow(BackupProblem);
    }
  });

  it('with one name twice, or a file that is a folder as well, is refused in words', () => {
    expect(() => opened(entry('a'), entry('a', 'other'), end)).toThrow(BackupProblem);
    rmSync(join(folder, 'out'), { recursive: true });
    expect(() => opened(entry('b'), entry('b/c'), end)).toThrow(BackupProblem);
    rmSync(join(folder, 'out'), { recursive: true });
    expect(() => opened(entry('d/e'), entry('d'), end)).toThrow(BackupProblem);
  });

  it('with a length that is none, or more than there is, is refused without the room for it', () => {
    for (const length of ['77777777777', '-0000000001', '0x000000010', '           ', '0000000001 ']) {
      expect(() =>
        opened(
          forged((head) => void head.write(length, 124, 'latin1')),
          end,
        ),
      ).toThrow(BackupProblem);
      rmSync(join(folder, 'out'), { recursive: true });
    }
    // Of GNU: more than eight octal digits, as a number.
    expect(() =>
      opened(
        forged((head) => void head.writeUInt32BE(0x80_00_00_01, 124)),
        end,
      ),
    ).toThrow(BackupProblem);
  });

  it('cut anywhere is refused in words, but for the end of its end', () => {
    const whole = Buffer.concat([entry('a/b', 'x'.repeat(700)), entry('c'), end]);
    fc.assert(
      fc.property(fc.nat(whole.length), (length) => {
        rmSync(join(folder, 'out'), { recursive: true, force: true });
        if (length >= whole.length - 512) expect(opened(whole.subarray(0, length))).toContain('deep/c');
        else expect(() => opened(whole.subarray(0, length))).toThrow(BackupProblem);
      }),
    );
  });
});
