import { createPublicKey, sign, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { signingKey } from '../../src/store/signing-key.ts';

it('is the same after a restart, with its public half in a file for those who verify', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signing-'));
  const file = join(folder, 'signing-key');
  const first = signingKey(file);
  const second = signingKey(file);
  expect(second.fault).toBeUndefined();
  const text = Buffer.from('said');
  const published = createPublicKey(readFileSync(`${file}.pub`));
  expect(verify(null, text, published, sign(null, text, first.privateKey))).toBe(true);
  expect(verify(null, text, second.publicKey, sign(null, text, first.privateKey))).toBe(true);
  rmSync(folder, { recursive: true });
});

it('lives as long as the process where there is no place for it, and says why', () => {
  const { fault, privateKey, publicKey } = signingKey('/dev/null/signing-key');
  expect(fault).toMatch(/ENOTDIR|EEXIST/);
  const text = Buffer.from('said');
  expect(verify(null, text, publicKey, sign(null, text, privateKey))).toBe(true);
});
