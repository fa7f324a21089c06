import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lastingKey } from '../../src/store/lasting-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'escaut-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('a key that outlives the process', () => {
  it('is made once, 32 bytes, in a folder and a file for its user alone', () => {
    const file = join(folder, 'state', 'ccpd-trn', 'console-key');
    const { key, fault } = lastingKey(file);
    expect([key.length, fault]).toEqual([32, undefined]);
    expect(lastingKey(file).key).toEqual(key);
    expect([modeOf(join(folder, 'state/ccpd-trn')), modeOf(file)]).toEqual([0o700, 0o600]);
    expect(readdirSync(join(folder, 'state/ccpd-trn'))).toEqual(['console-key']);
  });

  it("is closed to others again when somebody opened it, and differs from every other gateway's", () => {
    const file = join(folder, 'opened');
    const { key } = lastingKey(file);
    chmodSync(file, 0o644);
    expect(lastingKey(file).key).toEqual(key);
    expect(modeOf(file)).toBe(0o600);
    expect(lastingKey(join(folder, 'other')).key).not.toEqual(key);
  });

  it('takes the place of a file that a full disk has left empty or cut', () => {
    for (const [index, text] of ['', 'abc', `${'0'.repeat(63)}x\n`].entries()) {
      const file = join(folder, `cut-${index}`);
      writeFileSync(file, text);
      const { key, fault } = lastingKey(file);
      expect(fault).toBeUndefined();
      expect(lastingKey(file).key).toEqual(key);
    }
  });

  it('lives as long as the process where nothing can be written, and says why', () => {
    writeFileSync(join(folder, 'no-folder'), '');
    const { key, fault } = lastingKey(join(folder, 'no-folder', 'console-key'));
    expect(key).toHaveLength(32);
    expect(fault).toMatch(/no-folder\/console-key: E(NOTDIR|EXIST)$/);
    mkdirSync(join(folder, 'is-folder'));
    expect(lastingKey(join(folder, 'is-folder')).fault).toMatch(/EISDIR$/);
  });
});
