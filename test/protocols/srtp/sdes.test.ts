import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSipMessage } from '../../../src/protocols/sip/parse.ts';
import { parseSdp } from '../../../src/protocols/sip/sdp.ts';
import { keySaltBytes, srtpSuites } from '../../../src/protocols/srtp/crypto-suite.ts';
import { chooseCrypto, readCrypto, writeCrypto } from '../../../src/protocols/srtp/sdes.ts';
import { vector } from '../rtp/packets.ts';

const key = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';

describe('a=crypto (RFC 4568 §6, §9.2)', () => {
  it('is read from the held call of s03, with lifetime and key identifier', () => {
    const reading = parseSipMessage(vector('s03-reinvite-hold-srtp'));
    const sdp = reading.ok ? parseSdp(reading.message.body) : undefined;
    const media = sdp?.ok === true ? sdp.description.media[0] : undefined;
    expect(media).toMatchObject({ protocol: 'RTP/SAVP', direction: 'sendonly' });
    expect(readCrypto(media?.cryptos[0] ?? '')).toEqual({
      tag: 1,
      suite: 'AES_CM_128_HMAC_SHA1_80',
      keySalt: Buffer.from('59535f5f5f73656d63746c202829207b093232303b7d0a7d0a756e6c6573', 'hex'),
      mki: Buffer.from([0, 0, 0, 1]),
    });
  });

  it('is written as it is read, for every suite', () => {
    for (const suite of srtpSuites) {
      const line = { tag: 3, suite, keySalt: Buffer.alloc(keySaltBytes(suite), 0xa5) };
      expect(readCrypto(writeCrypto(line))).toEqual(line);
    }
  });

  it.each([
    `1 AES_CM_128_HMAC_SHA1_80 inline:${key}`,
    `01  aes_cm_128_hmac_sha1_32  inline:${key}|2^31`,
    `999999999 AES_CM_128_HMAC_SHA1_80 inline:${key}|1048576|7:1 WSH=64`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^48 -X=1`,
  ])('is taken: %s', (value) => {
    expect(readCrypto(value)).toBeDefined();
  });

  it.each([
    ['an unknown suite', `1 F8_128_HMAC_SHA1_80 inline:${key}`],
    ['a short key', `1 AES_CM_128_HMAC_SHA1_80 inline:${key.slice(4)}`],
    ['the key of another suite', `1 AEAD_AES_256_GCM inline:${key}`],
    ['two keys', `1 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^20|1:4;inline:${key}|2^20|2:4`],
    ['a key derivation rate', `1 AES_CM_128_HMAC_SHA1_80 inline:${key} KDR=1`],
    ['voice in the clear', `1 AES_CM_128_HMAC_SHA1_80 inline:${key} UNENCRYPTED_SRTP`],
    ['no authentication', `1 AES_CM_128_HMAC_SHA1_80 inline:${key} UNAUTHENTICATED_SRTP`],
    ['an identifier that does not fit its octets', `1 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^20|256:1`],
    ['an identifier of no octets', `1 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^20|0:0`],
    ['a key from elsewhere', '1 AES_CM_128_HMAC_SHA1_80 uri:https://keys.example'],
    ['a tag of ten digits', `1234567890 AES_CM_128_HMAC_SHA1_80 inline:${key}`],
  ])('is passed over: %s', (_, value) => {
    expect(readCrypto(value)).toBeUndefined();
  });

  it('is chosen by the far end’s order among our suites', () => {
    const lines = [`1 AEAD_AES_128_GCM inline:${'A'.repeat(38)}`, `2 AES_CM_128_HMAC_SHA1_32 inline:${key}`];
    lines.push(`3 AES_CM_128_HMAC_SHA1_80 inline:${key}`);
    expect(chooseCrypto(lines, srtpSuites)?.tag).toBe(1);
    expect(chooseCrypto(lines, ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'])?.tag).toBe(2);
    expect(chooseCrypto(lines, ['AEAD_AES_256_GCM'])).toBeUndefined();
  });

  it('takes any text without a throw and in linear time', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: 'binary' }), (value) => {
        readCrypto(value);
        readCrypto(`1 AES_CM_128_HMAC_SHA1_80 inline:${key}${value}`);
      }),
      { numRuns: 1000 },
    );
    const times = Array.from({ length: 5 }, () => {
      const startMs = performance.now();
      readCrypto(`1 AES_CM_128_HMAC_SHA1_80 inline:${key}${' a'.repeat(30_000)}`);
      readCrypto(`1 AES_CM_128_HMAC_SHA1_80${' \t'.repeat(30_000)}`);
      return performance.now() - startMs;
    });
    // The quickest of five: the machine may have stalled in any one.
    expect(Math.min(...times)).toBeLessThan(50);
  });
});
