/**
 * Files of a folder as one archive, and out of it again, a part at a time: the headers of POSIX (ustar, IEEE Std 1003.1,
 * "pax"), regular files alone, so that any `tar` reads it. What another `tar` writes may have more in it, and is refused.
 */
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '../base/errors.ts';
import { BackupProblem } from './backup-form.ts';

const block = 512;
const chunkOctets = 1024 * 1024;
/** Eleven octal digits: 8 GiB. */
const octetsMax = 8 ** 11 - 1;

/** @throws BackupProblem where name or size do not go into one */
export function tarHeader(name: string, octets: number, utcMs: number): Buffer {
  const [prefix, rest] = splitName(name);
  if (octets > octetsMax) throw new BackupProblem(`${name} is too long for an archive: make a folder`);
  const head = Buffer.alloc(block);
  const octal = (value: number, at: number, digits: number) =>
    head.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'ascii');
  head.write(rest, 0, 'utf8');
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(octets, 124, 11);
  octal(Math.floor(utcMs / 1000), 136, 11);
  head.write('0', 156, 'ascii'); // a regular file
  head.write('ustar\x0000', 257, 'ascii');
  head.write(prefix, 345, 'utf8');
  head.write(`${sumOf(head).toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return head;
}

/** Undefined: the end. @throws BackupProblem where it is no header of ours */
export function readTarHeader(head: Uint8Array): { readonly name: string; readonly octets: number } | undefined {
  const bytes = Buffer.from(head);
  if (bytes.every((octet) => octet === 0)) return undefined;
  const text = (at: number, length: number) => bytes.toString('utf8', at, at + length).split('\0', 1)[0] ?? '';
  const octets = /^[0-7]{11}$/.test(text(124, 12)) ? Number.parseInt(text(124, 12), 8) : -1;
  const isOurs = text(257, 6) === 'ustar' && text(156, 1) === '0' && Number.parseInt(text(148, 8), 8) === sumOf(bytes);
  const prefix = text(345, 155);
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  const isWithin = name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  // Neither what is no UTF-8, by which several names would become one, nor what writes to a terminal.
  const isWord = !/[\p{Cc}\uFFFD]/u.test(name);
  if (bytes.length !== block || octets < 0 || !isOurs || !isWithin || !isWord)
    throw new BackupProblem('the archive is not as `escaut backup` writes it: unpack it, and give the folder');
  return { name, octets };
}

/** Those files of a folder, in that order; on the disk when it returns. @throws BackupProblem, Error of the system */
export function pack(folder: string, names: readonly string[], archive: string, utcMs: number): void {
  const target = openSync(archive, 'wx', 0o600);
  try {
    for (const name of names) {
      const source = openSync(join(folder, name), 'r');
      try {
        const { size } = fstatSync(source);
        put(target, tarHeader(name, size, utcMs));
        pour(source, target, size);
        put(target, Buffer.alloc((block - (size % block)) % block));
      } finally {
        closeSync(source);
      }
    }
    put(target, Buffer.alloc(2 * block));
    fsyncSync(target);
  } finally {
    closeSync(target);
  }
}

/** Into a folder that is there. @throws BackupProblem where it ends too soon or is none, Error of the system */
export function unpack(archive: string, folder: string): void {
  const source = openSync(archive, 'r');
  try {
    const head = Buffer.alloc(block);
    for (;;) {
      if (readSync(source, head) !== block) throw new BackupProblem('the archive is cut off');
      const entry = readTarHeader(head);
      if (entry === undefined) return;
      const target = openNew(join(folder, entry.name), entry.name);
      try {
        pour(source, target, entry.octets);
      } finally {
        closeSync(target);
      }
      readSync(source, head, 0, (block - (entry.octets % block)) % block, null);
    }
  } finally {
    closeSync(source);
  }
}

function openNew(file: string, name: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    const isTwice = ['EEXIST', 'ENOTDIR', 'EISDIR'].includes(systemCode(error) ?? '');
    throw isTwice ? new BackupProblem(`the archive has ${name} twice`) : error;
  }
}

function pour(source: number, target: number, octets: number): void {
  const chunk = Buffer.alloc(chunkOctets);
  for (let left = octets; left > 0; ) {
    const length = readSync(source, chunk, 0, Math.min(left, chunk.length), null);
    if (length === 0) throw new BackupProblem('the archive is cut off');
    put(target, chunk.subarray(0, length));
    left -= length;
  }
}

/** A disk that is nearly full takes a part, and says at the next what is wrong. */
function put(target: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(target, bytes, at);
}

/** The last 100 octets, and what is before them, up to 155. */
function splitName(name: string): readonly [string, string] {
  if (Buffer.byteLength(name) <= 100) return ['', name];
  for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) {
    const [prefix, rest] = [name.slice(0, at), name.slice(at + 1)];
    if (Buffer.byteLength(rest) <= 100 && Buffer.byteLength(prefix) <= 155) return [prefix, rest];
  }
  throw new BackupProblem(`${name} is too long a name for an archive: make a folder`);
}

/** Of all octets, those of the sum as blanks. */
function sumOf(head: Uint8Array): number {
  return head.reduce((sum, octet, at) => sum + (at >= 148 && at < 156 ? 32 : octet), 0);
}
