#!/usr/bin/env node
/**
 * Verifies a package of evidence: `node verify.mjs PACKAGE [--fingerprint HEX]`. PACKAGE is the ZIP or the folder that it
 * was unpacked to; without one, the folder where this file lies. Needs Node 20 or later and nothing else: no other file,
 * no network. Nothing is unpacked, nothing is written. How it does it is said in words in docs/evidence.md, so that
 * others can write their own; it shares no code with what writes packages.
 *
 * Exit code 0: whole. 1: something is changed, missing, added or signed by another. 2: it could not be read.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What is wrong, and where.
 * @typedef {object} Fault
 * @property {string} file  in the package; '' where it is about none
 * @property {string} words
 */
/**
 * @typedef {object} Verdict
 * @property {readonly Fault[]} faults
 * @property {string} fingerprint  of the key, hexadecimal; '' without one
 * @property {string} summary  what was looked at
 */
/** @typedef {ReadonlyMap<string, Uint8Array>} Files */
/** @typedef {{ name: string, octets: number, crc: number }} Head */

const manifestName = 'SHA256SUMS';
const signatureName = 'SHA256SUMS.sig';
const keyName = 'signing-key.pub';
const manifestHead = '# escaut package 1';
/** Without these nothing can be said of an incident. */
const required = ['incident.json', 'gaps.json', 'log/chain.json', 'log/entries.jsonl', 'log/hashes.txt'];
/** Of one sort; whoever has more to say says how much. */
const faultsShown = 20;
/** Lines of what is wrong that go to a terminal. */
const linesShown = 200;
/** What a ZIP without extensions can say: files, octets of all of them. A hostile one says more. */
const entriesMax = 0xffff;
const octetsMax = 0xffff_ffff;
/** So often what follows is looked for elsewhere, through all of the archive: whoever moved more has changed it all. */
const searchesMax = 50;

/**
 * @param {Uint8Array} archive
 * @param {string} [fingerprint]
 * @returns {Verdict}
 */
export function verifyZip(archive, fingerprint) {
  const { files, faults } = readZip(Buffer.from(archive.buffer, archive.byteOffset, archive.length));
  return verifyFiles(files, faults, fingerprint);
}

/**
 * @param {string} folder
 * @param {string} [fingerprint]
 * @returns {Verdict}
 */
export function verifyFolder(folder, fingerprint) {
  /** @type {Map<string, Uint8Array>} */
  const files = new Map();
  /** @type {Fault[]} */
  const faults = [];
  const walk = (/** @type {string} */ at) => {
    for (const entry of readdirSync(join(folder, at), { withFileTypes: true })) {
      const name = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      else if (entry.isFile()) files.set(name, readFileSync(join(folder, name)));
      else faults.push({ file: name, words: 'is no file: a link or the like was put here' });
    }
  };
  walk('');
  return verifyFiles(files, faults, fingerprint);
}

/**
 * @param {Files} files
 * @param {readonly Fault[]} before
 * @param {string} [expected]
 * @returns {Verdict}
 */
function verifyFiles(files, before, expected) {
  const faults = [...before];
  const manifest = files.get(manifestName);
  if (manifest === undefined) {
    faults.push({ file: manifestName, words: 'is missing: without the list nothing can be verified' });
    return { faults, fingerprint: '', summary: 'no package of evidence' };
  }
  const { key, fingerprint } = readKey(files, faults);
  if (expected !== undefined && plainHex(expected) !== fingerprint) {
    faults.push({ file: keyName, words: `is another key than the one expected: its fingerprint is ${fingerprint}` });
  }
  const listed = readManifest(manifest, faults);
  lookAtFiles(files, listed, faults);
  lookAtSignature(files, manifest, key, faults);
  const log = lookAtLog(files, key, faults);
  lookAtRecordings(files, log.entries, faults);
  const recordings = [...files.keys()].filter((name) => name.endsWith('.opus')).length;
  const gaps = listIn(files, 'gaps.json').length;
  const signed = `entries ${log.first} to ${log.last} of the log, ${log.checkpoints} signed checkpoints`;
  const summary = `${listed.size} files, ${recordings} recordings, ${signed}, ${gaps} gaps listed in gaps.json`;
  return { faults, fingerprint, summary };
}

// ── The list, the files, the signature ─────────────────────────────────────────────────────────────────────────────

/**
 * @param {Files} files
 * @param {Fault[]} faults
 */
function readKey(files, faults) {
  const pem = files.get(keyName);
  if (pem === undefined) {
    faults.push({ file: keyName, words: 'is missing: the signature cannot be verified' });
    return { key: undefined, fingerprint: '' };
  }
  try {
    const key = createPublicKey(Buffer.from(pem));
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`is of type ${key.asymmetricKeyType}, not Ed25519`);
    return { key, fingerprint: sha256(key.export({ format: 'der', type: 'spki' })) };
  } catch (error) {
    faults.push({ file: keyName, words: `cannot be read as a key: ${wordsOf(error)}` });
    return { key: undefined, fingerprint: '' };
  }
}

/**
 * Names with their SHA-256 and line.
 * @param {Uint8Array} manifest
 * @param {Fault[]} faults
 */
function readManifest(manifest, faults) {
  /** @type {Map<string, { hash: string, line: number }>} */
  const listed = new Map();
  const lines = Buffer.from(manifest).toString('latin1').split('\n');
  if (lines.pop() !== '') faults.push({ file: manifestName, words: 'does not end with a line feed' });
  if (lines.shift() !== manifestHead) {
    faults.push({ file: manifestName, words: `line 1 is not "${manifestHead}"` });
  }
  let before = '';
  lines.forEach((text, index) => {
    const line = index + 2;
    const [, hash = '', name = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(text) ?? [];
    if (!isPlainName(name)) {
      faults.push({ file: manifestName, words: `line ${line} is no hash and name` });
    } else if (name <= before) {
      faults.push({ file: manifestName, words: `line ${line} is not in its order, or there twice` });
    }
    if (isPlainName(name)) listed.set(name, { hash, line });
    if (name > before) before = name;
  });
  return listed;
}

/**
 * @param {Files} files
 * @param {ReadonlyMap<string, { hash: string, line: number }>} listed
 * @param {Fault[]} faults
 */
function lookAtFiles(files, listed, faults) {
  for (const [name, { hash, line }] of listed) {
    const bytes = files.get(name);
    if (bytes === undefined) {
      faults.push({ file: name, words: `is missing; line ${line} of ${manifestName} names it` });
    } else if (sha256(bytes) !== hash) {
      faults.push({ file: name, words: `is not what line ${line} of ${manifestName} says${whereIn(name, bytes)}` });
    }
  }
  for (const name of required) {
    if (!files.has(name) && !listed.has(name)) faults.push({ file: name, words: 'is missing: every package has it' });
  }
  for (const name of files.keys()) {
    if (listed.has(name) || name === manifestName || name === signatureName) continue;
    faults.push({ file: name, words: `was added or renamed: ${manifestName} does not name it` });
  }
}

/**
 * @param {Files} files
 * @param {Uint8Array} manifest
 * @param {import('node:crypto').KeyObject | undefined} key
 * @param {Fault[]} faults
 */
function lookAtSignature(files, manifest, key, faults) {
  const signature = files.get(signatureName);
  if (signature === undefined) {
    faults.push({ file: signatureName, words: 'is missing: nothing says whose package this is' });
  } else if (key !== undefined && !verify(null, manifest, key, signature)) {
    const words = `is no signature of ${manifestName} by ${keyName}: one of the three was changed, or another key signed`;
    faults.push({ file: signatureName, words });
  }
}

/**
 * @param {string} name
 * @param {Uint8Array} bytes
 */
function whereIn(name, bytes) {
  if (!name.endsWith('.opus')) return '';
  const at = brokenPage(Buffer.from(bytes));
  if (at === undefined) return ': its pages are sound, so it was changed on purpose, or is another recording';
  return `: page ${at.page}, octet ${at.octet}, at ${at.second.toFixed(1)} s of it`;
}

// ── The log ────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * @param {Files} files
 * @param {import('node:crypto').KeyObject | undefined} key
 * @param {Fault[]} faults
 */
function lookAtLog(files, key, faults) {
  const none = { first: 0, last: 0, checkpoints: 0, entries: /** @type {string[]} */ ([]) };
  const chain = readChain(files, faults);
  const entries = linesIn(files, 'log/entries.jsonl', faults);
  const hashes = linesIn(files, 'log/hashes.txt', faults);
  if (chain === undefined || entries === undefined || hashes === undefined) return none;
  const { gateway, firstSeq, hashBefore, checkpoints } = chain;
  if (entries.length !== hashes.length) {
    faults.push({ file: 'log/hashes.txt', words: `has ${hashes.length} lines, log/entries.jsonl ${entries.length}` });
  }
  if (firstSeq === 1 && hashBefore !== sha256(Buffer.from(`escaut audit log 1\n${gateway}`))) {
    faults.push({ file: 'log/chain.json', words: 'does not begin as the log of that gateway does' });
  }
  /** @type {Fault[]} */
  const broken = [];
  let before = hashBefore;
  entries.forEach((entry, index) => {
    const seq = firstSeq + index;
    const at = `line ${index + 1}, entry ${seq}`;
    const hash = hashes[index] ?? '';
    const words =
      sha256(Buffer.concat([Buffer.from(before, 'hex'), Buffer.from(entry)])) === hash ? '' : 'breaks the chain';
    if (words !== '')
      broken.push({ file: 'log/entries.jsonl', words: `${at} ${words}: it, or its line of log/hashes.txt` });
    else if (seqIn(entry) !== seq) broken.push({ file: 'log/entries.jsonl', words: `${at} has another number` });
    before = hash;
  });
  faults.push(...few(broken, 'log/entries.jsonl'));
  const last = firstSeq + entries.length - 1;
  const hashAt = (/** @type {number} */ seq) => (seq === firstSeq - 1 ? hashBefore : hashes[seq - firstSeq]);
  let wrong = 0;
  for (const { seq, hash, utcMs, signature } of checkpoints) {
    const at = `the checkpoint at entry ${seq}`;
    if (wrong >= faultsShown) {
      faults.push({
        file: 'log/chain.json',
        words: `${at} and those behind it were not looked at: too many are wrong`,
      });
      break; // a signature takes long to verify
    }
    const faultsBefore = faults.length;
    const text = `escaut checkpoint 1\n${gateway}\n${seq}\n${hash}\n${utcMs}\n`;
    if (hashAt(seq) !== hash) faults.push({ file: 'log/chain.json', words: `${at} has another hash than the log` });
    if (key !== undefined && !verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'))) {
      faults.push({ file: 'log/chain.json', words: `${at} is not signed by ${keyName}` });
    }
    if (faults.length > faultsBefore) wrong++;
  }
  const isSigned = (/** @type {number} */ seq) => checkpoints.some((each) => each.seq === seq);
  if (!isSigned(last)) faults.push({ file: 'log/chain.json', words: `no checkpoint signs the end, entry ${last}` });
  if (firstSeq > 1 && !isSigned(firstSeq - 1)) {
    faults.push({ file: 'log/chain.json', words: `no checkpoint signs what stands before entry ${firstSeq}` });
  }
  return { first: firstSeq, last, checkpoints: checkpoints.length, entries };
}

/**
 * @param {Files} files
 * @param {Fault[]} faults
 * @returns {{ gateway: string, firstSeq: number, hashBefore: string, checkpoints: { seq: number, hash: string, utcMs: number, signature: string }[] } | undefined}
 */
function readChain(files, faults) {
  const chain = jsonIn(files, 'log/chain.json');
  const { gateway, firstSeq, hashBefore, checkpoints } = recordOf(chain);
  const isText = (/** @type {unknown} */ text) => typeof text === 'string';
  const isWhole =
    isText(gateway) &&
    Number.isSafeInteger(firstSeq) &&
    isText(hashBefore) &&
    Array.isArray(checkpoints) &&
    checkpoints.map(recordOf).every(({ seq, hash, utcMs, signature }) => {
      return Number.isSafeInteger(seq) && isText(hash) && Number.isSafeInteger(utcMs) && isText(signature);
    });
  if (isWhole) return /** @type {any} */ (chain);
  faults.push({ file: 'log/chain.json', words: 'is missing or does not have its form' });
  return undefined;
}

/**
 * What the log says of a recording holds without the list and its signature as well.
 * @param {Files} files
 * @param {readonly string[]} entries
 * @param {Fault[]} faults
 */
function lookAtRecordings(files, entries, faults) {
  const { fromUtc, toUtc, groups } = recordOf(jsonIn(files, 'incident.json'));
  const fromUtcMs = Date.parse(String(fromUtc));
  const toUtcMs = Date.parse(String(toUtc));
  const wanted = new Set(Array.isArray(groups) ? groups : []);
  const told = new Set(listIn(files, 'gaps.json').map((gap) => recordOf(gap).file));
  // A file that was amended is named again: its last entry holds.
  /** @type {Map<string, { seq: unknown, about: ReturnType<typeof recordOf> }>} */
  const kept = new Map();
  for (const entry of entries) {
    const { seq, event, about: told } = recordOf(parsed(entry));
    const about = recordOf(told);
    if (event === 'recording.kept' && typeof about.file === 'string') kept.set(about.file, { seq, about });
  }
  kept.delete('');
  for (const [file, { seq, about }] of kept) {
    const { sha256: hash, group, durationMs } = about;
    const name = `recordings/${file}`;
    const bytes = files.get(name);
    if (bytes !== undefined && sha256(bytes) !== hash) {
      faults.push({ file: name, words: `is not what entry ${seq} of the log says it was` });
    }
    const startUtcMs = startOf(file);
    const endUtcMs = startUtcMs + Number(durationMs);
    const isWanted = groups === 'all' || wanted.has(group);
    const isWithin = startUtcMs < toUtcMs && (startUtcMs >= fromUtcMs || endUtcMs > fromUtcMs);
    if (bytes === undefined && isWanted && isWithin && !told.has(file)) {
      faults.push({
        file: name,
        words: `is missing; entry ${seq} of the log names it, and gaps.json does not say why`,
      });
    }
  }
}

/** @param {string} file */
function startOf(file) {
  const [, year, month, day, hour, minute, second] =
    /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z-[\d-]+\.opus$/.exec(file) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

// ── ZIP ────────────────────────────────────────────────────────────────────────────────────────────────────────────
// Files stored as they are, one behind the other, then the directory: all between the files is settled by their names
// and contents, so it is written anew here and compared.

/**
 * @param {Buffer} archive
 * @returns {{ files: Files, faults: Fault[] }}
 */
function readZip(archive) {
  /** @type {Fault[]} */
  const faults = [];
  const walked = walkHeaders(archive);
  const listed = readDirectory(archive);
  const heads = headsOf(walked, listed);
  const octets = heads.reduce((sum, head) => sum + 30 + head.name.length + head.octets, 0);
  if (heads.length > entriesMax || octets > octetsMax) {
    faults.push({ file: '', words: 'says that it has more files, or longer ones, than a package can have' });
    return { files: new Map(), faults };
  }
  let searches = 0;
  /** @type {Map<string, Uint8Array>} */
  const files = new Map();
  let at = 0;
  for (const [index, head] of heads.entries()) {
    const next = heads[index + 1];
    const expected = localHeader(head);
    const off = differsAt(archive, at, expected);
    if (off !== undefined) faults.push({ file: head.name, words: `its header in the ZIP is changed at octet ${off}` });
    const begin = at + expected.length;
    let end = begin + head.octets;
    const behind = next === undefined ? directoryOf(heads).subarray(0, 46) : localHeader(next);
    if (differsAt(archive, end, behind) !== undefined && searches++ < searchesMax) {
      // Octets were put in or taken out: what follows stands elsewhere, if it is to be found at all.
      const found = archive.indexOf(behind, begin);
      if (found !== -1) end = found;
    }
    const bytes = archive.subarray(begin, Math.min(end, archive.length));
    if (bytes.length !== head.octets) {
      const words = `has ${bytes.length} octets in the ZIP, not ${head.octets}: some were put in or taken out`;
      faults.push({ file: head.name, words });
    } else if (crc32(bytes) !== head.crc) {
      faults.push({ file: head.name, words: 'does not have the checksum that the ZIP says' });
    }
    if (!isPlainName(head.name)) faults.push({ file: head.name, words: 'has a name that no file of a package has' });
    if (files.has(head.name)) faults.push({ file: head.name, words: 'is there twice' });
    files.set(head.name, bytes);
    at = end;
  }
  const off = differsAt(archive, at, directoryOf(heads));
  if (off !== undefined) {
    const words = `the directory at the end of the ZIP is changed at octet ${off}`;
    faults.push({ file: ownerOf(heads, off - at), words });
  }
  const end = at + directoryOf(heads).length;
  if (archive.length > end) {
    faults.push({ file: '', words: `${archive.length - end} octets were put behind the ZIP, from octet ${end}` });
  }
  if (heads.length === 0) faults.push({ file: '', words: 'is no ZIP' });
  return { files, faults };
}

/**
 * Headers say everything twice: where they differ, that which fits the contents and the list is taken for what was written.
 * @param {{ heads: Head[], isWhole: boolean }} walked
 * @param {Head[] | undefined} listed
 */
function headsOf({ heads, isWhole }, listed) {
  const other = listed ?? [];
  const base = isWhole || other.length < heads.length ? heads : other;
  return base.map((head, index) => {
    const twin = (base === heads ? other : heads)[index] ?? head;
    // Names are plain in what was written, and come in the order of writing: recordings, then by name, the list last.
    return isPlainName(head.name) || !isPlainName(twin.name) ? head : { ...head, name: twin.name };
  });
}

/** @param {Buffer} archive */
function walkHeaders(archive) {
  /** @type {Head[]} */
  const heads = [];
  let at = 0;
  while (heads.length <= entriesMax && at + 30 <= archive.length && archive.readUInt32LE(at) === 0x0403_4b50) {
    const begin = at + 30 + archive.readUInt16LE(at + 26);
    const octets = archive.readUInt32LE(at + 18);
    if (begin + octets > archive.length) return { heads, isWhole: false };
    const name = archive.toString('latin1', at + 30, begin);
    heads.push({ name, octets, crc: archive.readUInt32LE(at + 14) });
    at = begin + octets;
  }
  return { heads, isWhole: at + 4 <= archive.length && archive.readUInt32LE(at) === 0x0201_4b50 };
}

/**
 * @param {Buffer} archive
 * @returns {Head[] | undefined}
 */
function readDirectory(archive) {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end === -1 || end + 22 > archive.length) return undefined;
  /** @type {Head[]} */
  const heads = [];
  let at = end - archive.readUInt32LE(end + 12);
  while (heads.length <= entriesMax && at >= 0 && at + 46 <= end && archive.readUInt32LE(at) === 0x0201_4b50) {
    const behind = at + 46 + archive.readUInt16LE(at + 28);
    const name = archive.toString('latin1', at + 46, behind);
    heads.push({ name, octets: archive.readUInt32LE(at + 24), crc: archive.readUInt32LE(at + 16) });
    at = behind;
  }
  return heads;
}

/** @param {Head} head */
function localHeader({ name, octets, crc }) {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x0403_4b50, 0);
  writeHead(head, 4, name.length, octets, crc);
  return Buffer.concat([head, Buffer.from(name, 'latin1')]);
}

/** @param {readonly Head[]} heads */
function directoryOf(heads) {
  const parts = [];
  let at = 0;
  for (const { name, octets, crc } of heads) {
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x0201_4b50, 0);
    head.writeUInt16LE(20, 4);
    writeHead(head, 6, name.length, octets, crc);
    head.writeUInt32LE(at, 42);
    parts.push(head, Buffer.from(name, 'latin1'));
    at += 30 + name.length + octets;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(heads.length, 8);
  end.writeUInt16LE(heads.length, 10);
  end.writeUInt32LE(Buffer.concat(parts).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, end]);
}

/**
 * @param {Buffer} head
 * @param {number} at
 * @param {number} nameLength
 * @param {number} octets
 * @param {number} crc
 */
function writeHead(head, at, nameLength, octets, crc) {
  head.writeUInt16LE(20, at);
  head.writeUInt16LE(0x0021, at + 8);
  head.writeUInt32LE(crc, at + 10);
  head.writeUInt32LE(octets, at + 14);
  head.writeUInt32LE(octets, at + 18);
  head.writeUInt16LE(nameLength, at + 22);
}

/**
 * Of what file the directory speaks there.
 * @param {readonly Head[]} heads
 * @param {number} offset
 */
function ownerOf(heads, offset) {
  let end = 0;
  for (const { name } of heads) {
    end += 46 + name.length;
    if (offset < end) return name;
  }
  return '';
}

/**
 * The first octet that is another, counted from the beginning of the archive.
 * @param {Buffer} archive
 * @param {number} at
 * @param {Buffer} expected
 */
function differsAt(archive, at, expected) {
  if (archive.subarray(at, at + expected.length).equals(expected)) return undefined;
  for (let index = 0; index < expected.length; index++) if (archive[at + index] !== expected[index]) return at + index;
  return undefined;
}

// ── Ogg ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The first page of a recording that does not have its checksum (RFC 3533 §6).
 * @param {Buffer} file
 */
function brokenPage(file) {
  let octet = 0;
  let second = 0;
  for (let page = 1; octet < file.length; page++) {
    const segments = file[octet + 26] ?? 0;
    const table = file.subarray(octet + 27, octet + 27 + segments);
    const length = 27 + segments + table.reduce((sum, each) => sum + each, 0);
    const whole = Buffer.from(file.subarray(octet, octet + length));
    if (whole.length < 27 || whole.length < length || whole.toString('latin1', 0, 4) !== 'OggS')
      return { page, octet, second };
    const said = whole.readUInt32LE(22);
    whole.writeUInt32LE(0, 22);
    if (oggChecksum(whole) !== said) return { page, octet, second };
    second = Number(whole.readBigUInt64LE(6)) / 48_000;
    octet += length;
  }
  return undefined;
}

/** @param {Buffer} bytes */
function oggChecksum(bytes) {
  let crc = 0;
  for (const byte of bytes) crc = (crc << 8) ^ (oggTable[((crc >>> 24) ^ byte) & 0xff] ?? 0);
  return crc >>> 0;
}

const oggTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000_0000 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
  return value;
});

// ── Small things ───────────────────────────────────────────────────────────────────────────────────────────────────

const zipTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
  return value;
});

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (zipTable[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffff_ffff) >>> 0;
}

/** @param {Uint8Array} bytes */
function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * No folder above, no root, no drive, nothing that a shell or a terminal reads otherwise.
 * @param {string} name
 */
function isPlainName(name) {
  return /^[\w.-]+(?:\/[\w.-]+)*$/.test(name) && !name.split('/').some((part) => /^\.+$/.test(part));
}

/** @param {string} text */
function plainHex(text) {
  return text.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
}

/**
 * @param {Files} files
 * @param {string} name
 * @param {Fault[]} faults
 */
function linesIn(files, name, faults) {
  const bytes = files.get(name);
  if (bytes === undefined) return undefined;
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  if (lines.pop() !== '') faults.push({ file: name, words: 'does not end with a line feed' });
  return lines;
}

/** @param {string} text */
function parsed(text) {
  try {
    return /** @type {unknown} */ (JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * @param {Files} files
 * @param {string} name
 */
function jsonIn(files, name) {
  return parsed(Buffer.from(files.get(name) ?? []).toString('utf8'));
}

/**
 * @param {Files} files
 * @param {string} name
 * @returns {readonly unknown[]}
 */
function listIn(files, name) {
  const list = jsonIn(files, name);
  return Array.isArray(list) ? list : [];
}

/**
 * @param {unknown} value
 * @returns {Readonly<Record<string, unknown>>}
 */
function recordOf(value) {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** @param {string} entry */
function seqIn(entry) {
  return recordOf(parsed(entry)).seq;
}

/**
 * @param {readonly Fault[]} faults
 * @param {string} file
 * @returns {readonly Fault[]}
 */
function few(faults, file) {
  const more = faults.length - faultsShown;
  return more > 0 ? [...faults.slice(0, faultsShown), { file, words: `and ${more} more lines` }] : faults;
}

/** @param {unknown} error */
function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}

// ── The command ────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Says what was found; the exit code.
 * @param {string} path
 * @param {string | undefined} fingerprint
 * @param {(line: string) => void} say
 */
export function verifyCommand(path, fingerprint, say) {
  /** @type {Verdict} */
  let verdict;
  try {
    verdict = lstatSync(realpathSync(path)).isDirectory()
      ? verifyFolder(path, fingerprint)
      : verifyZip(readFileSync(path), fingerprint);
  } catch (error) {
    say(`${path} cannot be read: ${wordsOf(error)}`);
    return 2;
  }
  const { faults, summary } = verdict;
  for (const { file, words } of faults.slice(0, linesShown)) {
    say(`NOT WHOLE: ${shown(file === '' ? 'the package' : file)}: ${shown(words)}`);
  }
  say(faults.length === 0 ? `whole: ${summary}` : `not whole: ${faults.length} faults; ${summary}`);
  if (verdict.fingerprint !== '') {
    say(`fingerprint of the key: ${verdict.fingerprint.replaceAll(/(.{4})(?=.)/g, '$1 ')}`);
    if (fingerprint === undefined)
      say("compare it with the one that the gateway's operator gave you: a forger has a key too");
  }
  return faults.length === 0 ? 0 : 1;
}

/**
 * A name out of a hostile package commands no terminal.
 * @param {string} text
 */
function shown(text) {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}

const own = fileURLToPath(import.meta.url);
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === own) {
  const args = process.argv.slice(2);
  const at = args.indexOf('--fingerprint');
  const fingerprint = at === -1 ? undefined : (args.splice(at, 2)[1] ?? '');
  const [path = dirname(own), ...more] = args;
  if (more.length > 0 || path.startsWith('--')) {
    process.stdout.write('usage: node verify.mjs [PACKAGE] [--fingerprint HEX]\n');
    process.exitCode = 2;
  } else process.exitCode = verifyCommand(path, fingerprint, (line) => process.stdout.write(`${line}\n`));
}
