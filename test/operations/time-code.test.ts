import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  base32,
  newRecoveryCodes,
  newTimeSecret,
  otpauthUrl,
  readRecoveryCode,
  stepOfCode,
  timeCode,
} from '../../src/operations/time-code.ts';

/** Of RFC 6238 appendix B. */
const secret = Buffer.from('12345678901234567890');
const bytes = (count: number) => Uint8Array.from({ length: count }, (_, index) => (index * 37 + 11) & 255);

describe('codes of an authenticator', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %d s: %s (RFC 6238 appendix B)', (seconds, code) => {
    expect(timeCode(secret, Math.floor(seconds / 30))).toBe(code);
  });

  it('are good one step early and late, and once', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: -3, max: 3 }), (step, off) => {
        const code = timeCode(secret, step + 3 + off);
        const found = stepOfCode(secret, code, (step + 3) * 30_000, -1);
        if (Math.abs(off) <= 1) {
          expect(found).toBeDefined();
          expect(stepOfCode(secret, code, (step + 3) * 30_000, step + 4)).toBeUndefined();
        }
      }),
    );
    expect(stepOfCode(secret, '287082', 59_000, 1)).toBeUndefined();
    expect(stepOfCode(secret, '287 082', 59_000, 0)).toBe(1);
  });

  it.each(['', '28708', '2870820', 'x'.repeat(500), '２８７０８２'])('are not %j', (code) => {
    expect(stepOfCode(secret, code, 59_000, -1)).toBeUndefined();
  });

  it('come by a link that authenticators read', () => {
    expect(otpauthUrl(secret, 'Escaut CCPD', 'lotte')).toBe(
      'otpauth://totp/Escaut%20CCPD:lotte?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Escaut%20CCPD&algorithm=SHA1&digits=6&period=30',
    );
    expect(newTimeSecret(bytes)).toHaveLength(20);
  });
});

describe('codes on paper', () => {
  it('are read as they are written, and as people copy them', () => {
    const codes = newRecoveryCodes(bytes);
    expect(codes).toHaveLength(10);
    for (const code of codes) {
      expect(code).toMatch(/^(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}$/);
      expect(readRecoveryCode(code.toLowerCase().replaceAll('-', ' '))).toBe(code.replaceAll('-', ''));
    }
    expect(readRecoveryCode('ABCD')).toBeUndefined();
  });

  it.each([
    ['', ''],
    ['f', 'MY'],
    ['foobar', 'MZXW6YTBOI'],
  ])('base32 of %j (RFC 4648 §10)', (text, coded) => {
    expect(base32(Buffer.from(text))).toBe(coded);
  });
});
