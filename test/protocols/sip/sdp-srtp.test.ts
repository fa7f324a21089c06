import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSdp, type SessionDescription, writeSdp } from '../../../src/protocols/sip/sdp.ts';
import { type AudioAbilities, acceptAnswer, buildOffer, negotiateAudio } from '../../../src/protocols/sip/sdp-audio.ts';
import { keySaltBytes, type SrtpSuite, srtpSuites } from '../../../src/protocols/srtp/crypto-suite.ts';
import { parsedRequest, vectorOctets } from './messages.ts';

const sha80 = 'AES_CM_128_HMAC_SHA1_80';
const sha32 = 'AES_CM_128_HMAC_SHA1_32';
const key = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';

const clear: AudioAbilities = {
  origin: { username: '-', sessionId: '1', version: '1' },
  address: '192.0.2.1',
  port: 4000,
  codecs: ['PCMA'],
  telephoneEvent: false,
  comfortNoise: false,
  ptimeMs: 20,
  rtcpMux: false,
  direction: 'sendrecv',
};

function secure(required: boolean, suites: readonly SrtpSuite[] = [sha80, sha32], fill = 1): AudioAbilities {
  const keys = suites.map((suite, index) => ({ suite, keySalt: Buffer.alloc(keySaltBytes(suite), fill + index) }));
  return { ...clear, srtp: { required, keys } };
}

function offerOf(...media: string[]): SessionDescription {
  const head = ['v=0', 'o=- 7 7 IN IP4 198.51.100.1', 's=-', 'c=IN IP4 198.51.100.1', 't=0 0'];
  const reading = parseSdp(Buffer.from([...head, ...media].join('\r\n')));
  return reading.ok ? reading.description : expect.fail(reading.malformed);
}

const outcome = (offer: SessionDescription, ours: AudioAbilities) => {
  const result = negotiateAudio(offer, ours);
  if (!result.ok) return [result.warning, result.reason];
  const { protocol, cryptos, port } = result.answer.media[result.audio.mediaIndex]!;
  return { protocol, cryptos, port, srtp: result.audio.srtp, mediaIndex: result.audio.mediaIndex };
};

describe('answering encrypted voice (RFC 4568 §5.1.2)', () => {
  const secureOffer = offerOf(
    'm=audio 6000 RTP/SAVP 8',
    `a=crypto:1 F8_128_HMAC_SHA1_80 inline:${key}`,
    `a=crypto:7 ${sha32} inline:${key}|2^20|1:4`,
    `a=crypto:8 ${sha80} inline:${key}`,
  );

  it('takes the first line of theirs that is of a suite of ours, with its tag and our key', () => {
    expect(outcome(secureOffer, secure(false))).toEqual({
      protocol: 'RTP/SAVP',
      port: 4000,
      mediaIndex: 0,
      cryptos: [`7 ${sha32} inline:${Buffer.alloc(30, 2).toString('base64')}`],
      srtp: {
        send: { suite: sha32, keySalt: Buffer.alloc(30, 2) },
        receive: { suite: sha32, keySalt: Buffer.from(key, 'base64'), mki: Buffer.from([0, 0, 0, 1]) },
      },
    });
  });

  it('holds the call of s03 as the far end wants it held', () => {
    const reading = parseSdp(parsedRequest(vectorOctets('s03-reinvite-hold-srtp')).body);
    const result = reading.ok ? negotiateAudio(reading.description, secure(true)) : expect.fail();
    if (!result.ok) expect.fail(result.reason);
    expect(result.audio).toMatchObject({ send: false, receive: true, srtp: { receive: { suite: sha80 } } });
    expect(result.answer.media[0]).toMatchObject({ protocol: 'RTP/SAVP', direction: 'recvonly' });
  });

  it('refuses it without a common suite, and where we do not encrypt', () => {
    expect(outcome(secureOffer, secure(false, ['AEAD_AES_256_GCM']))).toEqual([399, 'no common crypto suite']);
    expect(outcome(secureOffer, clear)).toEqual([302, 'transport RTP/SAVP not served']);
  });

  it('encrypts voice that is offered as plain RTP with keys beside it, and refuses plain RTP where it must not be', () => {
    const offer = offerOf('m=audio 6000 RTP/AVP 8', `a=crypto:1 ${sha80} inline:${key}`);
    expect(outcome(offer, secure(true))).toMatchObject({ protocol: 'RTP/AVP', srtp: { receive: { suite: sha80 } } });
    expect(outcome(offer, clear)).toMatchObject({ protocol: 'RTP/AVP', cryptos: [], srtp: undefined });
    const plain = offerOf('m=audio 6000 RTP/AVP 8');
    expect(outcome(plain, secure(false))).toMatchObject({ protocol: 'RTP/AVP', cryptos: [], srtp: undefined });
    expect(outcome(plain, secure(true))).toEqual([302, 'voice must be encrypted (RTP/SAVP)']);
  });

  it('takes the encrypted one of two streams, whichever stands first', () => {
    const streams = ['m=audio 6000 RTP/AVP 8', 'm=audio 6002 RTP/SAVP 8', `a=crypto:1 ${sha80} inline:${key}`];
    expect(outcome(offerOf(...streams), secure(false))).toMatchObject({ mediaIndex: 1, protocol: 'RTP/SAVP' });
    expect(outcome(offerOf(...streams), clear)).toMatchObject({ mediaIndex: 0, protocol: 'RTP/AVP' });
  });
});

describe('offering encrypted voice', () => {
  it('lists our suites in order: as RTP/SAVP where required, beside plain RTP where wished for', () => {
    const lines = [`1 ${sha80}`, `2 ${sha32}`];
    for (const [required, protocol] of [
      [true, 'RTP/SAVP'],
      [false, 'RTP/AVP'],
    ] as const) {
      const media = buildOffer(secure(required)).media[0]!;
      expect(media.protocol).toBe(protocol);
      expect(media.cryptos.map((value) => value.replace(/ inline:.*/, ''))).toEqual(lines);
    }
  });

  it.each([
    ['without keys to RTP/SAVP', true, ['m=audio 6000 RTP/SAVP 8']],
    ['in the clear to RTP/SAVP', true, ['m=audio 6000 RTP/AVP 8']],
    ['with another tag', true, ['m=audio 6000 RTP/SAVP 8', `a=crypto:3 ${sha80} inline:${key}`]],
    ['with the suite of another tag', true, ['m=audio 6000 RTP/SAVP 8', `a=crypto:1 ${sha32} inline:${key}`]],
    ['with two lines', true, ['m=audio 6000 RTP/SAVP 8', ...[1, 2].map((n) => `a=crypto:${n} ${sha80} inline:${key}`)]],
    ['with a broken line', false, ['m=audio 6000 RTP/AVP 8', 'a=crypto:1 x']],
  ])('refuses an answer %s', (_, required, media) => {
    expect(acceptAnswer(buildOffer(secure(required)), offerOf(...media)).ok).toBe(false);
  });

  it('takes an answer in the clear where encryption was only wished for', () => {
    const accepted = acceptAnswer(buildOffer(secure(false)), offerOf('m=audio 6000 RTP/AVP 8'));
    expect(accepted).toMatchObject({ ok: true });
    expect(accepted.ok && accepted.audio.srtp).toBeUndefined();
  });
});

it('both sides always agree on keys, and never on voice in the clear where one requires encryption', () => {
  const suites = fc.subarray([...srtpSuites], { minLength: 1 });
  const side = (fill: number) =>
    fc.oneof(
      fc.constant(clear),
      fc.tuple(fc.boolean(), suites).map(([required, list]) => secure(required, list, fill)),
    );
  fc.assert(
    fc.property(side(1), side(101), (a, b) => {
      const offer = buildOffer(a);
      const wire = parseSdp(writeSdp(offer));
      const answered = negotiateAudio(wire.ok ? wire.description : expect.fail(), b);
      const common = a.srtp?.keys.some(({ suite }) => b.srtp?.keys.some((other) => other.suite === suite)) ?? false;
      expect(answered.ok).toBe(common || !(a.srtp?.required === true || b.srtp?.required === true));
      if (!answered.ok) return;
      const accepted = acceptAnswer(offer, answered.answer);
      if (!accepted.ok) expect.fail(accepted.reason);
      expect(accepted.audio.srtp === undefined).toBe(!common);
      expect(accepted.audio.srtp?.send).toEqual(answered.audio.srtp?.receive);
      expect(accepted.audio.srtp?.receive).toEqual(answered.audio.srtp?.send);
    }),
  );
});
