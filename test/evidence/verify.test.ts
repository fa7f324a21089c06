/** `escaut verify`: one changed octet anywhere in a package is found, and where it is. */
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zipEntryOf } from '../../src/evidence/incident-package.ts';
import { verifyCommand, verifyFolder, verifyZip } from '../../src/evidence/verify.mjs';
import { directory, localHeader } from '../../src/evidence/zip.ts';
import { type EvidenceRig, filesOf, pursuit } from './evidence-rig.ts';
import { type Place, placesOf } from './package-places.ts';

let rig: EvidenceRig;
let archive: Buffer;
let places: readonly Place[];
let fingerprint: string;
beforeAll(async () => {
  rig = await pursuit();
  archive = readFileSync((await rig.export()).out);
  places = placesOf(archive);
  const der = rig.key.publicKey.export({ format: 'der', type: 'spki' });
  fingerprint = createHash('sha256').update(der).digest('hex');
});
afterAll(() => rig.end());

function zipOf(files: ReadonlyMap<string, Uint8Array>): Buffer {
  const entries = [...files].map(([name, bytes]) => zipEntryOf(name, bytes));
  const parts = entries.map((entry) => Buffer.concat([localHeader(entry), files.get(entry.name)!]));
  return Buffer.concat([...parts, directory(entries)]);
}

function place(name: string): Place {
  return places.find((each) => each.name === name)!;
}

/** The file whose header, contents or line of the directory stands there; '' behind the last. */
function ownerAt(offset: number): string {
  const owner = places.find(({ begin, end }) => offset >= begin && offset < end);
  if (owner !== undefined) return owner.name;
  let end = places.at(-1)!.end;
  for (const { name } of places) {
    end += 46 + name.length;
    if (offset < end) return name;
  }
  return '';
}

function faultsOf(zip: Buffer) {
  return verifyZip(zip).faults;
}

const recording = () => places.find(({ name }) => name.endsWith('-2.opus'))!;
const anyOffset = () => fc.nat({ max: archive.length - 1 });

describe('a package', () => {
  it('is whole as it was written, zipped and unpacked', () => {
    expect(verifyZip(archive, fingerprint)).toMatchObject({ faults: [], fingerprint });
    const folder = unpack('whole', filesOf(archive));
    expect(verifyFolder(folder, fingerprint)).toMatchObject({ faults: [], fingerprint });
  });

  it('names the file in which an octet was changed, wherever it is', () => {
    fc.assert(
      fc.property(anyOffset(), fc.integer({ min: 1, max: 255 }), (offset, flip) => {
        const changed = Buffer.from(archive);
        changed[offset]! ^= flip;
        expect(faultsOf(changed).map(({ file }) => file)).toContain(ownerAt(offset));
      }),
      { numRuns: 300 },
    );
  });

  it('names it in each octet that is no voice and no page', () => {
    for (const [name, step] of [
      ['log/chain.json', 7],
      ['SHA256SUMS', 5],
      ['SHA256SUMS.sig', 1],
      ['signing-key.pub', 1],
    ] as const) {
      const { begin, end } = place(name);
      for (let offset = begin; offset < end; offset += step) {
        const changed = Buffer.from(archive);
        changed[offset]! ^= 0x01;
        const files = faultsOf(changed).map(({ file }) => file);
        expect(files, `${name}, octet ${offset - begin}`).toContain(name);
      }
    }
  }, 60_000);

  it('names the file in which octets were taken out or put in', () => {
    fc.assert(
      fc.property(anyOffset(), fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.boolean(), (offset, bytes, isIn) => {
        const { length } = bytes;
        const changed = isIn
          ? Buffer.concat([archive.subarray(0, offset), bytes, archive.subarray(offset)])
          : Buffer.concat([archive.subarray(0, offset), archive.subarray(offset + length)]);
        fc.pre(!changed.equals(archive));
        const named = new Set(faultsOf(changed).map(({ file }) => file));
        // Equal octets beside each other: where one was put in can be before or behind.
        const owners = [offset - length, offset, Math.min(offset + length, archive.length - 1)].map((at) =>
          ownerAt(Math.max(0, at)),
        );
        expect(
          [...named].some((file) => owners.includes(file)),
          `${owners}: ${[...named]}`,
        ).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('is no package when it is anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(faultsOf(Buffer.from(bytes))).not.toEqual([]);
      }),
    );
    expect(faultsOf(Buffer.concat([archive, Buffer.from('more')]))).toMatchObject([
      { file: '', words: expect.stringContaining('4 octets') },
    ]);
    for (const length of [0, 1, 30, 1000, archive.length - 1]) {
      expect(faultsOf(archive.subarray(0, length))).not.toEqual([]);
    }
  });

  it('says on which page of a recording, and at which second', () => {
    const { contents, end } = recording();
    const changed = Buffer.from(archive);
    changed[end - 20]! ^= 0x10;
    const [fault] = faultsOf(changed).filter(({ words }) => words.includes('page'));
    expect(fault).toMatchObject({ file: recording().name });
    expect(fault?.words).toMatch(/page 4, octet \d+, at 1\.0 s/);
    changed.set(archive.subarray(contents, end), contents);
    expect(faultsOf(changed)).toEqual([]);
  });

  it('says at which line of the log', () => {
    const { contents } = place('log/entries.jsonl');
    const third = archive.indexOf('\n', archive.indexOf('\n', contents) + 1) + 1;
    const changed = Buffer.from(archive);
    changed[third + 60]! ^= 0x02;
    const words = faultsOf(changed).map((fault) => fault.words);
    expect(words.some((each) => each.startsWith('line 3, entry '))).toBe(true);
    expect(words.filter((each) => each.startsWith('line '))).toHaveLength(1);
  });
});

describe('whoever makes a package anew', () => {
  /** All hashes right again, signed by that key. */
  function signedAnew(files: Map<string, Buffer>, key: KeyObject): Buffer {
    const own = new Map([...files].filter(([name]) => !name.startsWith('SHA256SUMS')));
    const sums = [...own].sort(([one], [other]) => (one < other ? -1 : 1));
    const list = sums.map(([name, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`).join('');
    const manifest = Buffer.from(`# escaut package 1\n${list}`);
    return zipOf(new Map([...own, ['SHA256SUMS', manifest], ['SHA256SUMS.sig', sign(null, manifest, key)]]));
  }

  it('is found by the log where he changed, left out or added a recording, though he has the key', () => {
    const { name } = recording();
    const changed = filesOf(archive);
    changed.get(name)![100]! ^= 1;
    expect(faultsOf(signedAnew(changed, rig.key.privateKey))).toMatchObject([
      { file: name, words: expect.stringContaining('of the log') },
    ]);
    const without = filesOf(archive);
    without.delete(name);
    expect(faultsOf(signedAnew(without, rig.key.privateKey))).toMatchObject([
      { file: name, words: expect.stringContaining('is missing') },
    ]);
  });

  it('is found by a log that he cut short, changed or began elsewhere', () => {
    const chain = JSON.parse(filesOf(archive).get('log/chain.json')!.toString()) as {
      hashBefore: string;
      checkpoints: unknown[];
    };
    const wrongs: [string, (files: Map<string, Buffer>) => void][] = [
      ['entries', (files) => cut(files, 'log/entries.jsonl')],
      ['hashes', (files) => cut(files, 'log/hashes.txt')],
      ['both', (files) => [cut(files, 'log/entries.jsonl'), cut(files, 'log/hashes.txt')]],
      [
        'begin',
        (files) => files.set('log/chain.json', Buffer.from(JSON.stringify({ ...chain, hashBefore: '00'.repeat(32) }))),
      ],
      ['unsigned', (files) => files.set('log/chain.json', Buffer.from(JSON.stringify({ ...chain, checkpoints: [] })))],
      ['form', (files) => files.set('log/chain.json', Buffer.from('[]'))],
      ['none', (files) => files.delete('log/entries.jsonl')],
    ];
    for (const [what, change] of wrongs) {
      const files = filesOf(archive);
      change(files);
      expect(faultsOf(signedAnew(files, rig.key.privateKey)), what).not.toEqual([]);
    }
  });

  it('is found by the log, and by the fingerprint, where he signs with a key of his own', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const files = filesOf(archive);
    files.set('signing-key.pub', Buffer.from(publicKey.export({ format: 'pem', type: 'spki' })));
    const { faults } = verifyZip(signedAnew(files, privateKey), fingerprint);
    expect(faults.map(({ file }) => file)).toContain('log/chain.json');
    expect(faults).toContainEqual({ file: 'signing-key.pub', words: expect.stringContaining('another key') });
  });

  function cut(files: Map<string, Buffer>, name: string): void {
    const text = files.get(name)!.toString();
    files.set(name, Buffer.from(text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)));
  }
});

describe('files', () => {
  it('that were added, renamed, or bear a name that leads elsewhere are named; nothing is written', () => {
    const hostile = ['../outside', '/etc/passwd', 'a/../../b', 'C:\\x', 'a\\..\\b', '..', 'a//b', 'x\u001b[2J'];
    for (const name of [...hostile, 'more.txt']) {
      const files = new Map([...filesOf(archive), [name, Buffer.from('x')]]);
      const faults = faultsOf(zipOf(files));
      expect(
        faults.some(({ words }) => words.includes('was added or renamed')),
        name,
      ).toBe(true);
      if (name !== 'more.txt')
        expect(
          faults.some(({ words }) => words.includes('a name that no file')),
          name,
        ).toBe(true);
    }
    const renamed = new Map(
      [...filesOf(archive)].map(([name, bytes]) => [name === recording().name ? `${name}x` : name, bytes]),
    );
    const words = faultsOf(zipOf(renamed)).map((fault) => `${fault.file} ${fault.words}`);
    expect(words).toContainEqual(expect.stringContaining(`${recording().name} is missing`));
    expect(words).toContainEqual(expect.stringContaining(`${recording().name}x was added or renamed`));
  });

  it('of a folder are looked at alike', () => {
    const files = filesOf(archive);
    const folder = unpack('changed', files);
    files.get('timeline.json')![30]! ^= 1;
    writeFileSync(join(folder, 'timeline.json'), files.get('timeline.json')!);
    writeFileSync(join(folder, 'more.txt'), 'x');
    rmSync(join(folder, 'gaps.json'));
    symlinkSync('/dev/zero', join(folder, 'link'));
    const named = verifyFolder(folder).faults.map(({ file }) => file);
    expect(named.sort()).toEqual(['gaps.json', 'link', 'more.txt', 'timeline.json']);
  });
});

describe('a hostile ZIP', () => {
  const name = (at: number) => `f${at}`;
  /** A line of the directory: the file is said to have so many octets. */
  function listed(file: string, octets: number): Buffer {
    const line = Buffer.concat([Buffer.alloc(46), Buffer.from(file, 'latin1')]);
    line.writeUInt32LE(0x0201_4b50, 0);
    line.writeUInt32LE(octets, 24);
    line.writeUInt16LE(file.length, 28);
    return line;
  }
  /** Nothing but a directory, behind octets that are no file. */
  function directoryOf(before: number, lines: readonly Buffer[]): Buffer {
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x0605_4b50, 0);
    end.writeUInt32LE(Buffer.concat(lines).length, 12);
    return Buffer.concat([Buffer.alloc(before), ...lines, end]);
  }
  const many = (count: number, make: (at: number) => Buffer) => Array.from({ length: count }, (_, at) => make(at));
  const header = (file: string, octets = 0) => localHeader({ ...zipEntryOf(file, new Uint8Array()), octets });
  /** Said to be deflated: what is in it would be gigabytes. */
  function bomb(): Buffer {
    const packed = header('SHA256SUMS', 1000);
    packed.writeUInt16LE(8, 8);
    packed.writeUInt32LE(0xffff_ffff, 22);
    return Buffer.concat([packed, Buffer.alloc(1000)]);
  }

  it.each([
    ['with more files than there can be', () => Buffer.concat(many(66_000, (at) => header(name(at))))],
    [
      'with more files in its directory',
      () =>
        directoryOf(
          9,
          many(66_000, (at) => listed(name(at), 0)),
        ),
    ],
    [
      'with files of more than 4 GiB',
      () =>
        directoryOf(
          9,
          many(3, (at) => listed(name(at), 0xffff_ffff)),
        ),
    ],
    [
      'whose files are nowhere',
      () =>
        directoryOf(
          4_000_000,
          many(20_000, (at) => listed(name(at), 0)),
        ),
    ],
    [
      'with the longest names',
      () =>
        directoryOf(
          9,
          many(100, () => listed('x'.repeat(0xffff), 0)),
        ),
    ],
    ['with one name often', () => Buffer.concat(many(20_000, () => header('SHA256SUMS')))],
    ['that would unpack to gigabytes', bomb],
  ])('%s is not whole, and said to be so within seconds and a screen or two', (_, make) => {
    const file = join(rig.folder, 'hostile.zip');
    writeFileSync(file, make());
    const said: string[] = [];
    const beganMs = performance.now();
    expect(verifyCommand(file, undefined, (line) => said.push(line))).toBe(1);
    expect(performance.now() - beganMs).toBeLessThan(8000);
    expect(said.length).toBeLessThan(250);
  });
});

describe('a hostile log, signed by a key of his own', () => {
  const hash = '0'.repeat(64);
  function said(entries: readonly string[], chain: object, groups: readonly string[]): readonly string[] {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const files = new Map([
      ['gaps.json', Buffer.from('[]')],
      ['incident.json', Buffer.from(JSON.stringify({ fromUtc: '2020-01-01', toUtc: '2030-01-01', groups }))],
      ['log/chain.json', Buffer.from(JSON.stringify({ gateway: 'x', firstSeq: 2, hashBefore: hash, ...chain }))],
      ['log/entries.jsonl', Buffer.from(entries.map((entry) => `${entry}\n`).join(''))],
      ['log/hashes.txt', Buffer.from(`${hash}\n`.repeat(entries.length))],
      ['signing-key.pub', Buffer.from(publicKey.export({ format: 'pem', type: 'spki' }))],
    ]);
    const sums = [...files].map(([name, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
    const manifest = Buffer.from(`# escaut package 1\n${sums.join('')}`);
    files.set('SHA256SUMS', manifest).set('SHA256SUMS.sig', sign(null, manifest, privateKey));
    const file = join(rig.folder, 'log.zip');
    writeFileSync(file, zipOf(files));
    const lines: string[] = [];
    expect(verifyCommand(file, undefined, (line) => lines.push(line))).toBe(1);
    return lines;
  }

  it('is said not to be whole within seconds, however many checkpoints it has', () => {
    const signature = Buffer.alloc(64, 7).toString('base64');
    const checkpoints = Array.from({ length: 200_000 }, (_, at) => ({ seq: at + 1, hash, utcMs: 1, signature }));
    const beganMs = performance.now();
    const lines = said(['{}'], { checkpoints }, []);
    expect(performance.now() - beganMs).toBeLessThan(8000);
    expect(lines.length).toBeLessThan(60);
    expect(lines.join('\n')).toContain('is not signed by signing-key.pub');
  });

  it('is said not to be whole within seconds, however many recordings and groups it has', () => {
    const groups = Array.from({ length: 400_000 }, (_, at) => `group-${at}`);
    const entries = Array.from({ length: 40_000 }, (_, at) => {
      const about = { file: `20250101T000000.000Z-${at}.opus`, sha256: hash, group: `another-${at}`, durationMs: 1 };
      return JSON.stringify({ seq: at + 2, event: 'recording.kept', about });
    });
    const beganMs = performance.now();
    said(entries, { checkpoints: [] }, groups);
    expect(performance.now() - beganMs).toBeLessThan(8000);
  });

  it('is judged, whatever stands in its files', () => {
    const odd = fc.oneof(fc.jsonValue(), fc.constantFrom(null, [], { length: 1e9 }, '__proto__', 2 ** 53, -1));
    const chain = fc.record({
      firstSeq: odd,
      hashBefore: odd,
      gateway: odd,
      checkpoints: fc.oneof(odd, fc.array(odd)),
    });
    const entry = fc.oneof(
      fc.string(),
      odd.map((each) => JSON.stringify(each)),
      fc.constant('['.repeat(20_000)),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), chain, fc.array(fc.string()), (entries, facts, groups) => {
        expect(said(entries, facts, groups)[0]).toMatch(/^NOT WHOLE: /);
      }),
    );
  });
});

describe('without us', () => {
  it('sha256sum and openssl say the same', () => {
    const folder = unpack('tools', filesOf(archive));
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder });
    const verifyArgs = [
      'pkeyutl',
      '-verify',
      '-pubin',
      '-inkey',
      'signing-key.pub',
      '-rawin',
      '-in',
      'SHA256SUMS',
      '-sigfile',
      'SHA256SUMS.sig',
    ];
    expect(execFileSync('openssl', verifyArgs, { cwd: folder, encoding: 'utf8' })).toContain('Verified Successfully');
    writeFileSync(join(folder, 'gaps.json'), '[]');
    expect(() =>
      execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: folder, stdio: 'pipe' }),
    ).toThrow();
  });

  it('the verifier runs alone, with the folder where it lies and with a package', () => {
    const folder = unpack('alone', filesOf(archive));
    const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: '/', env: {}, encoding: 'utf8' });
    expect(run(join(folder, 'verify.mjs'))).toMatch(/^whole: 14 files, 3 recordings/);
    const zip = join(rig.folder, 'alone.zip');
    writeFileSync(zip, archive);
    expect(run(join(folder, 'verify.mjs'), zip, '--fingerprint', fingerprint)).toMatch(/^whole: /);
  });
});

it('ends with 0, 1 or 2, and lets no package write to the terminal', () => {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const zip = join(rig.folder, 'command.zip');
  writeFileSync(zip, archive);
  expect(verifyCommand(zip, undefined, say)).toBe(0);
  expect(said.at(-1)).toContain('compare it');
  writeFileSync(zip, zipOf(new Map([...filesOf(archive), ['x\u001b[2J', Buffer.from('x')]])));
  expect(verifyCommand(zip, undefined, say)).toBe(1);
  expect(verifyCommand(join(rig.folder, 'none.zip'), undefined, say)).toBe(2);
  expect(said.join('')).not.toContain('\u001b');
});

function unpack(name: string, files: ReadonlyMap<string, Uint8Array>): string {
  const folder = join(rig.folder, name);
  for (const [file, bytes] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), bytes);
  }
  return folder;
}
