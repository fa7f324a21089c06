import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sealer } from '../../src/media/sealed-file.ts';
import {
  dayKey,
  destroyKeys,
  KeyMissing,
  lockedKeys,
  masterId,
  openRecording,
  rewrapKeys,
} from '../../src/voice/recording-keys.ts';

const day = '2026-11-29';
const file = `${day}/xb-acc/20261129T021500.000Z-7.opus`;
const [former, master] = [randomBytes(32), randomBytes(32)];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function record(masters: readonly Uint8Array[], words = 'voice'): void {
  const sealer = new Sealer(dayKey(folder, day, masters)!, randomBytes(16), file);
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), Buffer.concat([sealer.header, sealer.data(Buffer.from(words)), sealer.end()]));
}
const open = (masters: readonly Uint8Array[]) => openRecording(folder, file, readFileSync(join(folder, file)), masters);
const keys = () => readdirSync(join(folder, day)).filter((name) => name.endsWith('.key'));

describe('the key of a day', () => {
  it('is one, for the gateway’s user alone, and stands nowhere as it is', () => {
    const { key } = dayKey(folder, day, [master])!;
    expect(dayKey(folder, day, [master])?.key).toEqual(key);
    expect(keys()).toHaveLength(1);
    const path = join(folder, day, keys()[0]!);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain(Buffer.from(key).toString('hex'));
    expect(text).not.toContain(Buffer.from(key).toString('base64'));
    expect(dayKey(folder, '2026-11-30', [master])?.key).not.toEqual(key);
  });

  it('is none without a master key: files lie as they are', () => {
    expect(dayKey(folder, day, [])).toBeUndefined();
    expect(openRecording(folder, file, Buffer.from('OggS'), [])).toEqual({ bytes: Buffer.from('OggS') });
  });

  it('is made beside one that no master key opens, so that what is said is recorded', () => {
    record([former]);
    expect(lockedKeys(folder, day, [master])).toHaveLength(1);
    expect(dayKey(folder, day, [master])).toBeDefined();
    expect(keys()).toHaveLength(2);
    expect(open([master, former]).bytes.toString()).toBe('voice');
  });

  it('of another day, or changed, is not taken', () => {
    record([master]);
    mkdirSync(join(folder, '2026-11-30'));
    const [name = ''] = keys();
    renameSync(join(folder, day, name), join(folder, '2026-11-30', name));
    expect(lockedKeys(folder, '2026-11-30', [master])).toHaveLength(1);
    writeFileSync(join(folder, day, name), '{');
    expect(() => open([master])).toThrow(KeyMissing);
  });
});

describe('a master key that is changed', () => {
  it('wraps anew what the former wrapped, which then opens nothing', () => {
    record([former]);
    expect(open([master, former]).bytes.toString()).toBe('voice');
    expect(rewrapKeys(folder, day, [master, former])).toBe(1);
    expect(rewrapKeys(folder, day, [master, former])).toBe(0);
    expect(open([master]).bytes.toString()).toBe('voice');
    expect(() => open([former])).toThrow(`it needs the master key ${masterId(master)}`);
    expect(keys()).toHaveLength(1);
  });
});

describe('a recording that cannot be opened', () => {
  it('says which key is missing', () => {
    record([master]);
    expect(() => open([])).toThrow(`${file} is encrypted: recording.masterKey is not given`);
    expect(() => open([former])).toThrow(`those given are ${masterId(former)}`);
  });

  it('is gone for good when the key of its day is destroyed', () => {
    record([master]);
    const path = join(folder, day, keys()[0]!);
    const before = readFileSync(path);
    expect(destroyKeys(folder, day)).toBe(1);
    expect(keys()).toEqual([]);
    expect(before.length).toBeGreaterThan(0);
    expect(() => open([master])).toThrow(/its key .* is not there/);
  });
});
