/**
 * Keys of recordings: one a day, in the day's folder, wrapped by a master key that is not on this disk. Whoever has the
 * folder has nothing; a day whose key is destroyed is gone, in every copy of its files.
 *
 *   <day>/<key id>.key   {"form":"escaut day key 1","master":…,"wrapped":base64( nonce ‖ tag ‖ AES-256-GCM of the key )}
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { systemCode } from '../base/errors.ts';
import { type DayKey, isSealed, sealKeyId, type Unsealed, unseal } from '../media/sealed-file.ts';

const form = 'escaut day key 1';
const keySchema = z.object({ form: z.literal(form), master: z.string(), wrapped: z.base64() });
const keyName = /^([0-9a-f]{16})\.key$/;
const [nonceBytes, tagBytes] = [12, 16];

/** What the recording is sealed with is not at hand, or is none of ours. In words for an operator. */
export class KeyMissing extends Error {}

/** Master keys, 32 octets each: the first wraps, the others unwrap what was wrapped before they were changed. */
export type MasterKeys = readonly Uint8Array[];

/** In which the voice process is given them: hexadecimal, a blank between. */
export const mastersVariable = 'ESCAUT_RECORDING_KEYS';

/** Told apart without being told: 16 hexadecimal digits. */
export function masterId(master: Uint8Array): string {
  return createHash('sha256').update('escaut master key 1\n').update(master).digest('hex').slice(0, 16);
}

/** The key with which recordings of that day are sealed, made where there is none. @throws Error of the system */
export function dayKey(folder: string, day: string, masters: MasterKeys): DayKey | undefined {
  const [master] = masters;
  if (master === undefined) return undefined;
  for (const id of keyIds(folder, day)) {
    const key = openKey(folder, day, id, masters);
    if (key !== undefined) return { id, key };
  }
  // Also beside one that no master key opens: what is said is recorded all the same.
  const made = { id: randomBytes(8).toString('hex'), key: randomBytes(32) };
  writeKey(folder, day, made, master);
  return made;
}

/** What is in a recording. @throws KeyMissing, Error of the system */
export function openRecording(folder: string, file: string, bytes: Buffer, masters: MasterKeys): Unsealed {
  if (!isSealed(bytes)) return { bytes };
  const [day = ''] = file.split('/');
  const id = sealKeyId(bytes);
  const key = openKey(folder, day, id, masters);
  if (key !== undefined) return unseal(bytes, key, file);
  const master = readKey(folder, day, id)?.master;
  if (master === undefined) throw new KeyMissing(`${file} is encrypted, and its key ${day}/${id}.key is not there`);
  throw new KeyMissing(
    masters.length === 0
      ? `${file} is encrypted: recording.masterKey is not given`
      : `${file} is encrypted: it needs the master key ${master}, and those given are ${masters.map(masterId).join(', ')}`,
  );
}

/** Keys of that day that none of these opens. */
export function lockedKeys(folder: string, day: string, masters: MasterKeys): readonly string[] {
  return keyIds(folder, day).filter((id) => openKey(folder, day, id, masters) === undefined);
}

/** Wraps by the first master key what another of them has wrapped. How many. @throws Error of the system */
export function rewrapKeys(folder: string, day: string, masters: MasterKeys): number {
  const [master] = masters;
  if (master === undefined) return 0;
  let count = 0;
  for (const id of keyIds(folder, day)) {
    const key = openKey(folder, day, id, masters);
    if (key === undefined || readKey(folder, day, id)?.master === masterId(master)) continue;
    writeKey(folder, day, { id, key }, master);
    count += 1;
  }
  return count;
}

/** Nobody reads that day's recordings any more. How many there were. @throws Error of the system */
export function destroyKeys(folder: string, day: string): number {
  const ids = keyIds(folder, day);
  for (const id of ids) {
    const path = pathOf(folder, day, id);
    const descriptor = openSync(path, 'r+');
    try {
      writeSync(descriptor, randomBytes(statSync(path).size));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    rmSync(path);
  }
  return ids.length;
}

function keyIds(folder: string, day: string): readonly string[] {
  try {
    return readdirSync(join(folder, day)).flatMap((name) => keyName.exec(name)?.[1] ?? []);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return [];
  }
}

/** Undefined: it is not there, or none of these opens it. */
export function openKey(folder: string, day: string, id: string, masters: MasterKeys): Uint8Array | undefined {
  const kept = readKey(folder, day, id);
  const master = masters.find((each) => masterId(each) === kept?.master);
  if (kept === undefined || master === undefined) return undefined;
  const all = Buffer.from(kept.wrapped, 'base64');
  if (all.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', master, all.subarray(0, nonceBytes)).setAAD(aad(day, id));
  decipher.setAuthTag(all.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(all.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch {
    return undefined; // changed, or of another day
  }
}

function readKey(folder: string, day: string, id: string): z.infer<typeof keySchema> | undefined {
  try {
    return keySchema.safeParse(JSON.parse(readFileSync(pathOf(folder, day, id), 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** On the disk when it returns: what is sealed with it is worth nothing without. */
function writeKey(folder: string, day: string, { id, key }: DayKey, master: Uint8Array): void {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', master, nonce).setAAD(aad(day, id));
  const sealed = Buffer.concat([cipher.update(key), cipher.final()]);
  const wrapped = Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  mkdirSync(join(folder, day), { recursive: true, mode: 0o700 });
  const path = pathOf(folder, day, id);
  writeFileSync(`${path}.part`, `${JSON.stringify({ form, master: masterId(master), wrapped })}\n`, {
    ...{ mode: 0o600, flush: true },
  });
  renameSync(`${path}.part`, path);
  const descriptor = openSync(join(folder, day), 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function aad(day: string, id: string): Uint8Array {
  return Buffer.from(`${form}\n${day}\n${id}`);
}

function pathOf(folder: string, day: string, id: string): string {
  return join(folder, day, `${id}.key`);
}
