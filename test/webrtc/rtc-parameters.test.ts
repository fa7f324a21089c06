import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDtlsParameters, readRtpCapabilities, readRtpParameters } from '../../src/webrtc/rtc-parameters.ts';
import chromium from './fixtures/chromium-parameters.json' with { type: 'json' };
import { mutated } from './mutate.ts';

const runs = { numRuns: 2000 };

describe('DTLS parameters of a page (RFC 8122 §5)', () => {
  const fingerprint = (algorithm: string, bytes: number): string =>
    JSON.stringify({ role: 'client', fingerprints: [{ algorithm, value: Array(bytes).fill('ab').join(':') }] });

  it("reads Chromium's", () => {
    expect(readDtlsParameters(JSON.stringify(chromium.dtlsParameters))).toEqual({
      ok: true,
      value: chromium.dtlsParameters,
    });
  });

  it('puts the fingerprint in capitals, since the worker compares text', () => {
    const reading = readDtlsParameters(fingerprint('sha-256', 32));
    expect(reading.ok && reading.value.fingerprints[0]?.value.slice(0, 5)).toBe('AB:AB');
  });

  it.each([
    ['sha-256', 32, true],
    ['sha-256', 31, false],
    ['sha-256', 33, false],
    ['sha-256', 20, false],
    ['sha-384', 48, true],
    ['sha-512', 64, true],
    ['sha-512', 32, false],
    ['sha-1', 20, false],
    ['md5', 16, false],
  ])('takes a %s fingerprint of %i bytes: %s', (algorithm, bytes, ok) => {
    expect(readDtlsParameters(fingerprint(algorithm, bytes)).ok).toBe(ok);
  });

  it('refuses no fingerprint, more than four, a strange role and what is no hex', () => {
    const one = chromium.dtlsParameters.fingerprints[0]!;
    for (const wrong of [
      { role: 'client', fingerprints: [] },
      { role: 'client', fingerprints: Array(5).fill(one) },
      { role: 'actpass', fingerprints: [one] },
      { role: 'client', fingerprints: [{ ...one, value: one.value.replace('C', 'G') }] },
      { role: 'client' },
      [],
      null,
      7,
    ]) {
      expect(readDtlsParameters(JSON.stringify(wrong)).ok, JSON.stringify(wrong)).toBe(false);
    }
  });
});

describe("a microphone's RTP parameters (RFC 7587)", () => {
  const rtp = chromium.rtpParameters;
  const reads = (change: object): boolean => readRtpParameters(JSON.stringify({ ...rtp, ...change })).ok;
  const codec = rtp.codecs[0]!;

  it("rebuilds Chromium's: Opus, one SSRC, the known extensions", () => {
    const reading = readRtpParameters(JSON.stringify(rtp));
    expect(reading).toMatchObject({
      ok: true,
      value: {
        mid: '0',
        codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }],
        encodings: [{ ssrc: rtp.encodings[0]!.ssrc, dtx: false }],
        rtcp: { cname: rtp.rtcp.cname },
      },
    });
    expect(reading.ok && reading.value.headerExtensions?.map((entry) => entry.id)).toEqual([4, 2, 3, 1]);
  });

  it('leaves out what a worker could stumble over: codecPayloadType, rid, rtx, scalabilityMode, msid', () => {
    const encodings = [{ ssrc: 5, codecPayloadType: 99, rid: 'x', rtx: { ssrc: 6 }, scalabilityMode: 'L3T3' }];
    const reading = readRtpParameters(JSON.stringify({ ...rtp, encodings }));
    expect(reading.ok && reading.value.encodings).toEqual([{ ssrc: 5, dtx: false }]);
    expect(reading.ok && reading.value.msid).toBeUndefined();
  });

  it('refuses any other codec, a second codec, mono Opus and 8 kHz', () => {
    expect(reads({ codecs: [{ ...codec, mimeType: 'audio/PCMA' }] })).toBe(false);
    expect(reads({ codecs: [codec, { ...codec, payloadType: 112 }] })).toBe(false);
    expect(reads({ codecs: [{ ...codec, channels: 1 }] })).toBe(false);
    expect(reads({ codecs: [{ ...codec, clockRate: 8000 }] })).toBe(false);
    expect(reads({ codecs: [] })).toBe(false);
  });

  it.each([
    [0, false],
    [34, false],
    [35, true],
    [63, true],
    [64, false], // 64–95 read as RTCP (RFC 5761)
    [95, false],
    [96, true],
    [127, true],
    [128, false],
    [111.5, false],
  ])('takes payload type %d: %s', (payloadType, ok) => {
    expect(reads({ codecs: [{ ...codec, payloadType }] })).toBe(ok);
  });

  it('wants exactly one encoding with an SSRC from 1 to 2^32−1', () => {
    for (const ssrc of [1, 2 ** 32 - 1]) expect(reads({ encodings: [{ ssrc }] })).toBe(true);
    for (const ssrc of [0, -1, 2 ** 32, 1.5, '7']) expect(reads({ encodings: [{ ssrc }] })).toBe(false);
    expect(reads({ encodings: [{}] })).toBe(false);
    expect(reads({ encodings: [{ ssrc: 1 }, { ssrc: 2 }] })).toBe(false);
  });

  it('refuses extension ids 0, 15 and 256, and one id twice', () => {
    const uri = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
    for (const id of [0, 15, 256]) expect(reads({ headerExtensions: [{ uri, id }] })).toBe(false);
    expect(reads({ headerExtensions: [1, 1].map((id) => ({ uri, id })) })).toBe(false);
    expect(reads({ headerExtensions: [{ uri, id: 1, encrypt: true }] })).toBe(false);
  });

  it('refuses a CNAME beyond 255 characters or with control characters', () => {
    expect(reads({ rtcp: { cname: 'c'.repeat(255) } })).toBe(true);
    expect(reads({ rtcp: { cname: 'c'.repeat(256) } })).toBe(false);
    expect(reads({ rtcp: { cname: 'a\r\nb' } })).toBe(false);
  });
});

describe('RTP capabilities of a page', () => {
  it("finds Opus in Chromium's", () => {
    expect(readRtpCapabilities(JSON.stringify(chromium.rtpCapabilities))).toMatchObject({
      ok: true,
      value: {
        codecs: [{ mimeType: 'audio/opus', rtcpFeedback: [{ type: 'nack' }, { type: 'transport-cc' }] }],
      },
    });
  });

  it('refuses a page without Opus', () => {
    expect(readRtpCapabilities(JSON.stringify({ codecs: [] })).ok).toBe(false);
  });
});

describe('readers of browser parameters on hostile text', () => {
  it('never throw and never let a number leave its range', () => {
    fc.assert(
      fc.property(mutated(chromium.rtpParameters), (json) => {
        const reading = readRtpParameters(json);
        if (!reading.ok) return reading.malformed.length > 0;
        const { codecs, encodings, headerExtensions } = reading.value;
        const keys = new Set(Object.keys(encodings?.[0] ?? {}));
        return (
          codecs.length === 1 &&
          codecs[0]!.mimeType === 'audio/opus' &&
          Number.isInteger(codecs[0]!.payloadType) &&
          codecs[0]!.payloadType < 128 &&
          Number.isInteger(encodings?.[0]?.ssrc) &&
          !['rid', 'rtx', 'codecPayloadType', 'scalabilityMode'].some((key) => keys.has(key)) &&
          (headerExtensions ?? []).every(({ id }) => id >= 1 && id <= 255)
        );
      }),
      runs,
    );
    fc.assert(
      fc.property(mutated(chromium.dtlsParameters), (json) => typeof readDtlsParameters(json).ok === 'boolean'),
      runs,
    );
    fc.assert(
      fc.property(mutated(chromium.rtpCapabilities), (json) => typeof readRtpCapabilities(json).ok === 'boolean'),
      runs,
    );
  });

  it('refuse text beyond 64 KiB, nesting 30,000 deep and what is no JSON', () => {
    for (const text of [
      ' '.repeat(65_537),
      '['.repeat(30_000),
      '',
      '{',
      'undefined',
      `{"codecs":${'['.repeat(30_000)}`,
    ]) {
      for (const reader of [readDtlsParameters, readRtpParameters, readRtpCapabilities])
        expect(reader(text).ok).toBe(false);
    }
  });
});
