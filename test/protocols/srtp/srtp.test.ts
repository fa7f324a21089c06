import { createCipheriv, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveKey, deriveSessionKeys, keySaltBytes, srtpSuites } from '../../../src/protocols/srtp/crypto-suite.ts';
import { CounterModeCipher } from '../../../src/protocols/srtp/packet-cipher.ts';
import { ReplayWindow } from '../../../src/protocols/srtp/replay-window.ts';
import { readCrypto } from '../../../src/protocols/srtp/sdes.ts';
import { indexOf, SrtpReceiver, SrtpSender } from '../../../src/protocols/srtp/srtp.ts';
import { vector } from '../rtp/packets.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const out = Buffer.alloc(1600);
const sealed = (sender: SrtpSender, kind: 'Rtp' | 'Rtcp', packet: Uint8Array): Buffer =>
  Buffer.from(out.subarray(0, sender[`protect${kind}`](packet, packet.length, out)));
const opened = (receiver: SrtpReceiver, kind: 'Rtp' | 'Rtcp', packet: Uint8Array): Uint8Array => {
  const bytes = Buffer.from(packet);
  return bytes.subarray(0, receiver[`open${kind}`](bytes));
};

/** The key of s03 and of x01–x03, which libsrtp 2.5 made. */
const s03 = readCrypto('1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz')!;
const voice = (sequence: number, ssrc = 0x2060_0001, bytes = 160): Uint8Array => {
  const packet = Buffer.alloc(12 + bytes, 0xd5);
  packet.writeUInt16BE(0x8008, 0);
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE((sequence * 160) % 0x1_0000_0000, 4);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
};
const keyOf = (suite: (typeof srtpSuites)[number], fill = 7) => ({
  suite,
  keySalt: Buffer.alloc(keySaltBytes(suite), fill),
});

describe('SRTP keys (RFC 3711)', () => {
  const key = hex('e1f97a0d3e018be0d64fa32c06de4139');
  const salt = hex('0ec675ad498afeebb6960b3aabe6');

  it('derives the session keys of appendix B.3', () => {
    expect(text(deriveKey(key, salt, 0, 16))).toBe('c61e7a93744f39ee10734afe3ff7a087');
    expect(text(deriveKey(key, salt, 2, 14))).toBe('30cbbc08863d8c85d49db34a9ae1');
    expect(text(deriveKey(key, salt, 1, 94))).toBe(
      'cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578ef7227098' +
        '6371c10c9a369ac2f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2',
    );
  });

  it('has the keystream of appendix B.2, to its last block', () => {
    const keys = {
      encryption: hex('2b7e151628aed2a6abf7158809cf4f3c'),
      authentication: new Uint8Array(20),
      salt: hex('f0f1f2f3f4f5f6f7f8f9fafbfcfd'),
    };
    const packet = Buffer.alloc(1490);
    new CounterModeCipher(keys, 4).seal(packet, 0, 1480, 1480, 0, 0, 0);
    expect(text(packet.subarray(0, 48))).toBe(
      'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
    );
    const iv = hex('f0f1f2f3f4f5f6f7f8f9fafbfcfd0000');
    const whole = createCipheriv('aes-128-ctr', keys.encryption, iv).update(Buffer.alloc(1480));
    expect(packet.subarray(0, 1480).equals(whole)).toBe(true);
  });
});

describe('SRTP with AES-CM and HMAC-SHA1 (RFC 3711 §3.3, §3.4)', () => {
  it.each([
    ['Rtp', 'r03-pcma', 'x01-srtp-pcma'],
    ['Rtcp', 'm01-floor-request', 'x02-srtcp-floor-request'],
    ['Rtcp', 'm02-floor-granted', 'x03-srtcp-floor-granted'],
  ] as const)('%s: makes of %s the octets of libsrtp, and the other way', (kind, plain, secure) => {
    expect(text(sealed(new SrtpSender(s03), kind, vector(plain)))).toBe(text(vector(secure)));
    expect(text(opened(new SrtpReceiver(s03), kind, vector(secure)))).toBe(text(vector(plain)));
  });

  it('shortens the tag of RTP to 32 bits, not that of RTCP', () => {
    const sender = new SrtpSender({ ...s03, suite: 'AES_CM_128_HMAC_SHA1_32' });
    expect(text(sealed(sender, 'Rtp', vector('r03-pcma')))).toBe(text(vector('x01-srtp-pcma').subarray(0, -6)));
    expect(text(sealed(sender, 'Rtcp', vector('m01-floor-request')))).toBe(text(vector('x02-srtcp-floor-request')));
  });

  it('says the same as a plain HMAC and a cipher made for the one packet', () => {
    const { encryption, authentication, salt } = deriveSessionKeys(s03.suite, s03.keySalt, 'rtp');
    const sender = new SrtpSender(s03);
    sealed(sender, 'Rtp', voice(65_535));
    const next = voice(65_537); // roll-over counter 1, sequence number 1
    const expected = Buffer.from(next);
    const rolled = Buffer.from([...salt, 0, 0]);
    for (const [at, octet] of hex('20600001000000010001').entries()) rolled[4 + at]! ^= octet;
    createCipheriv('aes-128-ctr', encryption, rolled).update(next.subarray(12)).copy(expected, 12);
    const tag = createHmac('sha1', authentication).update(expected).update(hex('00000001')).digest().subarray(0, 10);
    expect(text(sealed(sender, 'Rtp', next))).toBe(text(Buffer.concat([expected, tag])));
  });
});

describe('SRTP with AES-GCM (RFC 7714)', () => {
  const salt = hex('51756964 2070726f 2071756f');
  const keys = (bytes: number) => {
    const session = {
      encryption: Uint8Array.from({ length: bytes }, (_, i) => i),
      authentication: new Uint8Array(),
      salt,
    };
    return { rtp: session, rtcp: session };
  };
  const packet = hex(
    '8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573',
  );
  const report = hex(
    '81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
  );
  const cases = [
    {
      suite: 'AEAD_AES_128_GCM',
      bytes: 16,
      rtp: '8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce',
      rtcp: '81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4',
    },
    {
      suite: 'AEAD_AES_256_GCM',
      bytes: 32,
      rtp: '8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13',
      rtcp: '81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4',
    },
  ] as const;

  it.each(cases)('$suite: has the packets of §16 and §17', ({ suite, bytes, rtp, rtcp }) => {
    const key = { suite, keySalt: new Uint8Array() };
    expect(text(sealed(new SrtpSender(key, keys(bytes)), 'Rtp', packet))).toBe(rtp);
    const receiver = new SrtpReceiver(key, keys(bytes));
    expect(text(opened(receiver, 'Rtp', hex(rtp)))).toBe(text(packet));
    expect(text(opened(receiver, 'Rtcp', hex(rtcp)))).toBe(text(report));
    const sender = new SrtpSender(key, keys(bytes));
    let last: Uint8Array = new Uint8Array();
    for (let index = 1; index <= 0x5d4; index++) last = sealed(sender, 'Rtcp', report);
    expect(text(last)).toBe(rtcp);
  });

  it('takes a report that is only authenticated (§17.3)', () => {
    const tagged =
      '81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef841dd9683dd78ec92ae58790125f62b3000005d4';
    const receiver = new SrtpReceiver({ suite: 'AEAD_AES_128_GCM', keySalt: new Uint8Array() }, keys(16));
    expect(text(opened(receiver, 'Rtcp', hex(tagged)))).toBe(text(report));
  });
});

describe.each(srtpSuites)('a call under %s', (suite) => {
  it('comes through three roll-overs of the sequence number with loss and disorder', () => {
    const [sender, receiver] = [new SrtpSender(keyOf(suite)), new SrtpReceiver(keyOf(suite))];
    const start = 65_000;
    let taken = 0;
    let sent = 0;
    for (let index = start; index < start + 3 * 65_536; index += 97) {
      const [early, late] = [voice(index, 1, 8), voice(index + 5, 1, 8)].map((each) => sealed(sender, 'Rtp', each));
      for (const [packet, plain] of [
        [late!, voice(index + 5, 1, 8)],
        [early!, voice(index, 1, 8)],
      ] as const) {
        sent += 1;
        if (text(opened(receiver, 'Rtp', packet)) === text(plain)) taken += 1;
      }
    }
    expect({ taken, forged: receiver.forged, replayed: receiver.replayed }).toEqual({
      taken: sent,
      forged: 0,
      replayed: 0,
    });
  });

  it('takes nothing twice, nothing older than 128 packets, and nothing with a changed octet', () => {
    const [sender, receiver] = [new SrtpSender(keyOf(suite)), new SrtpReceiver(keyOf(suite))];
    const packets = Array.from({ length: 200 }, (_, i) => sealed(sender, 'Rtp', voice(1000 + i)));
    for (const packet of packets.slice(50)) expect(opened(receiver, 'Rtp', packet)).toHaveLength(172);
    for (const packet of packets.slice(0, 72)) expect(opened(receiver, 'Rtp', packet)).toHaveLength(0);
    for (const packet of packets.slice(50)) expect(opened(receiver, 'Rtp', packet)).toHaveLength(0);
    expect(receiver.replayed).toBe(222);
    const next = sealed(sender, 'Rtp', voice(1200));
    for (let at = 0; at < next.length; at++) {
      const changed = Buffer.from(next);
      changed[at]! ^= 1;
      const before = text(changed);
      expect(receiver.openRtp(changed)).toBe(0);
      expect(text(changed)).toBe(before);
    }
    expect(opened(receiver, 'Rtp', next)).toHaveLength(172);
    const report = sealed(sender, 'Rtcp', vector('m02-floor-granted'));
    for (let at = 0; at < report.length; at++) {
      const changed = Buffer.from(report);
      changed[at]! ^= 1;
      expect(receiver.openRtcp(changed)).toBe(0);
    }
    expect(opened(receiver, 'Rtcp', report)).toHaveLength(32);
    expect(opened(receiver, 'Rtcp', report)).toHaveLength(0);
  });

  it('puts a key identifier into every packet and wants it in every packet', () => {
    const key = { ...keyOf(suite), mki: hex('00000001') };
    const [sender, receiver] = [new SrtpSender(key), new SrtpReceiver(key)];
    expect(text(opened(receiver, 'Rtp', sealed(sender, 'Rtp', voice(1))))).toBe(text(voice(1)));
    const report = vector('m01-floor-request');
    expect(text(opened(receiver, 'Rtcp', sealed(sender, 'Rtcp', report)))).toBe(text(report));
    const plain = new SrtpReceiver(keyOf(suite));
    expect(opened(plain, 'Rtp', sealed(sender, 'Rtp', voice(2)))).toHaveLength(0);
    const other = new SrtpSender({ ...key, mki: hex('00000002') });
    expect(opened(receiver, 'Rtp', sealed(other, 'Rtp', voice(3)))).toHaveLength(0);
  });

  it('finds a roll-over counter that grew while it was away, and searches no more than 32 times for forged ones', () => {
    const sender = new SrtpSender(keyOf(suite));
    for (let index = 0; index < 40 * 65_536; index += 30_000) sealed(sender, 'Rtp', voice(index, 1, 0));
    const packet = sealed(sender, 'Rtp', voice(40 * 65_536, 1));
    expect(opened(new SrtpReceiver(keyOf(suite)), 'Rtp', packet)).toHaveLength(172);
    const receiver = new SrtpReceiver(keyOf(suite));
    for (let i = 0; i < 32; i++) opened(receiver, 'Rtp', voice(i, 99));
    expect(receiver.forged).toBe(32);
    expect(opened(receiver, 'Rtp', packet)).toHaveLength(0);
  });

  it('takes any octets without a throw', () => {
    const receiver = new SrtpReceiver({ ...keyOf(suite), mki: hex('01') });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1600 }), (bytes) => {
        bytes[0] = (bytes[0] ?? 0) | 0x80;
        expect(receiver.openRtp(bytes)).toBe(0);
        expect(receiver.openRtcp(bytes)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('protects no packet that would not fit, is none, or has no room', () => {
    const sender = new SrtpSender(keyOf(suite));
    const long = voice(1, 1, 1487);
    expect(sender.protectRtp(long, long.length, out)).toBe(0);
    expect(sender.protectRtcp(long, long.length, out)).toBe(0);
    expect(sender.protectRtp(voice(1), 172, Buffer.alloc(172))).toBe(0);
    expect(sender.protectRtp(hex('8008'), 2, out)).toBe(0);
    expect(sender.protectRtcp(hex('80c8000100000'), 6, out)).toBe(0);
  });
});

describe('packet index (RFC 3711 appendix A)', () => {
  it('is the one nearest to the highest', () => {
    expect(indexOf(-1, 65_535)).toBe(65_535);
    expect(indexOf(65_535, 0)).toBe(65_536);
    expect(indexOf(65_536, 65_535)).toBe(65_535);
    expect(indexOf(5, 65_530)).toBeLessThan(0);
    expect(indexOf(2 ** 47, 3)).toBe(2 ** 47 + 3);
  });

  it('finds every index within 2^15 of the highest', () => {
    const near = fc.integer({ min: -32_767, max: 32_767 });
    fc.assert(
      fc.property(fc.integer({ min: 32_768, max: 2 ** 40 }), near, (highest, by) => {
        expect(indexOf(highest, (highest + by) % 65_536)).toBe(highest + by);
      }),
    );
  });
});

describe('replay window (RFC 3711 §3.3.2)', () => {
  it('says of any history what a list of all indices would', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 300 }), (history) => {
        const window = new ReplayWindow();
        const seen = new Set<number>();
        for (const index of history) {
          const highest = Math.max(-1, ...seen);
          expect(window.has(index)).toBe(seen.has(index) || index <= highest - 128);
          if (window.has(index)) continue;
          window.mark(index);
          seen.add(index);
        }
      }),
    );
  });
});
