/**
 * What a backup is: a folder of files as they are, a list of their sums that `sha256sum` reads, and its signature
 * (docs/backup.md). Pure.
 */
import { createHash, hkdfSync, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { type MasterKeys, masterId } from '../voice/recording-keys.ts';
import { seal, unseal } from './seal.ts';

/** In words for whoever gave the command. */
export class BackupProblem extends Error {}

export const backupNames = {
  about: 'backup.json',
  sums: 'SHA256SUMS',
  signature: 'SHA256SUMS.sig',
  publicKey: 'signing-key.pub',
  state: 'state/',
  recordings: 'recordings/',
} as const;

/** Secret keys of the state folder. */
export const keyFiles: readonly string[] = ['signing-key', 'console-key', 'accounts-key', 'machine-key'];
export const sealedEnd = '.sealed';

const aboutSchema = z.object({
  form: z.literal('escaut backup 1'),
  gateway: z.string(),
  /** The point in time that the backup is of, by the clock of the machine. */
  utc: z.iso.datetime(),
  /** Of the audit log; entries 0: nothing was in it. */
  log: z.object({
    entries: z.int().min(0),
    hash: z.string(),
    /** Entries up to this one are gone, as their time was over. */
    begin: z.int().min(0),
    signedTo: z.int().min(0),
  }),
  /** `master`: by which the keys of the state folder are encrypted; without it they are as they were. */
  keys: z.object({ master: z.string().optional() }),
});
export type BackupAbout = z.infer<typeof aboutSchema>;

export function aboutText(about: BackupAbout): string {
  return `${JSON.stringify(about, undefined, 1)}\n`;
}

/** @throws BackupProblem */
export function readAbout(text: string): BackupAbout {
  try {
    return aboutSchema.parse(JSON.parse(text));
  } catch {
    throw new BackupProblem(`${backupNames.about} is none of a backup that this version knows`);
  }
}

export interface SummedFile {
  readonly file: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

const sumsHead = '# escaut backup 1\n';

export function sumsText(files: readonly SummedFile[]): string {
  const inOrder = [...files].sort((one, other) => (one.file < other.file ? -1 : 1));
  return sumsHead + inOrder.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join('');
}

/** None leads out of the folder. @throws BackupProblem */
export function readSums(text: string): readonly SummedFile[] {
  if (!text.startsWith(sumsHead) || !text.endsWith('\n'))
    throw new BackupProblem(`${backupNames.sums} is none of ours`);
  const seen = new Set<string>();
  return text
    .slice(sumsHead.length, -1)
    .split('\n')
    .map((line) => {
      const [, sha256 = '', file = ''] = /^([0-9a-f]{64}) {2}([^\0\\]{1,1024})$/.exec(line) ?? [];
      const isWithin = file.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
      if (!isWithin || seen.has(file)) throw new BackupProblem(`${backupNames.sums} has a line that is none: ${line}`);
      seen.add(file);
      return { file, sha256 };
    });
}

export function signSums(text: string, key: KeyObject): Buffer {
  return sign(null, Buffer.from(text), key);
}

export function isSignedSums(text: string, signature: Uint8Array, key: KeyObject): boolean {
  return verify(null, Buffer.from(text), key, signature);
}

export function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

// ── Keys of the state folder, which whoever finds a backup shall not have ────────────────────────────────────────────

const sealedSchema = z.object({ form: z.literal('escaut sealed key 1'), master: z.string(), sealed: z.base64() });

/** By the master key of recordings, which is in no backup. `name`: of the key's file. */
export function sealKey(key: Uint8Array, master: Uint8Array, gateway: string, name: string): string {
  const sealed = seal(key, keyOf(master), `${gateway}\n${name}`);
  return `${JSON.stringify({ form: 'escaut sealed key 1', master: masterId(master), sealed })}\n`;
}

/** @throws BackupProblem that names the master key which it needs */
export function unsealKey(text: string, masters: MasterKeys, gateway: string, name: string): Uint8Array {
  const known = sealedSchema.safeParse(jsonOf(text)).data;
  if (known === undefined) throw new BackupProblem(`${name}${sealedEnd} is no sealed key`);
  const master = masters.find((each) => masterId(each) === known.master);
  if (master === undefined)
    throw new BackupProblem(
      `the backup's keys are encrypted: recording.masterKey or formerMasterKeys must have the master key ${known.master}`,
    );
  const key = unseal(known.sealed, keyOf(master), `${gateway}\n${name}`);
  if (key === undefined) throw new BackupProblem(`${name}${sealedEnd} is another gateway's, or was changed`);
  return key;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keyOf(master: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', master, '', 'escaut keys of a backup 1', 32));
}
