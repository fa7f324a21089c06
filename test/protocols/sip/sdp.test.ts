import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSdp, type SessionDescription, writeSdp } from '../../../src/protocols/sip/sdp.ts';
import { parsedRequest, textOf, vectorOctets } from './messages.ts';

function described(lines: readonly string[], end = '\r\n'): SessionDescription {
  const reading = parseSdp(Buffer.from(lines.map((line) => line + end).join('')));
  if (!reading.ok) throw new Error(`${reading.malformed} in line ${reading.line}`);
  return reading.description;
}

const head = ['v=0', 'o=gw 1 2 IN IP4 192.0.2.10', 's=-', 'c=IN IP4 192.0.2.10', 't=0 0'];

describe('reading', () => {
  it('of an SRTP hold (vector s03)', () => {
    const reading = parseSdp(parsedRequest(vectorOctets('s03-reinvite-hold-srtp')).body);
    expect(reading).toMatchObject({
      ok: true,
      description: {
        origin: { username: 'gw', sessionId: '1', version: '2', family: 'IP4', address: '192.0.2.10' },
        connection: { family: 'IP4', address: '192.0.2.10' },
        media: [
          {
            type: 'audio',
            port: 5012,
            protocol: 'RTP/SAVP',
            formats: ['8', '101'],
            direction: 'sendonly',
            ptimeMs: 20,
            rtcpMux: true,
            cryptos: ['1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4'],
            fmtps: new Map([['101', '0-15']]),
          },
        ],
      },
    });
  });

  it('of an ED-137 offer keeps what it does not know (vector s01)', () => {
    const reading = parseSdp(parsedRequest(vectorOctets('s01-invite-ed137')).body);
    const [media] = reading.ok ? reading.description.media : [];
    expect(media?.rtpmaps.get('123')).toEqual({ encoding: 'R2S', rateHz: 8000, channels: 1 });
    expect(media?.attributes).toContainEqual({ name: 'R2S-KeepAlivePeriod', value: '200' });
    expect(media?.attributes).toContainEqual({ name: 'fid', value: '118.000' });
  });

  it.each(['\r\n', '\n', '\r'])('with line ends %j', (end) => {
    expect(described([...head, 'm=audio 4000 RTP/AVP 8'], end).media).toHaveLength(1);
  });

  it('gives each stream its own connection, direction, bandwidth and times', () => {
    const { media, direction, bandwidths } = described([
      ...head.slice(0, 3),
      'b=CT:256',
      't=0 0',
      'a=recvonly',
      'm=audio 4000/2 RTP/AVP 8 0 101',
      'c=IN IP6 2001:db8::1',
      'b=AS:64',
      'a=rtpmap:101 telephone-event/8000',
      'a=ptime:20',
      'a=maxptime:60',
      'a=rtcp:4009 IN IP4 192.0.2.11',
      'm=video 0 RTP/AVP 31',
      'c=IN IP4 224.2.1.1/127/3',
    ]);
    expect([direction, bandwidths]).toEqual(['recvonly', [{ type: 'CT', value: 256 }]]);
    expect(media[0]).toMatchObject({
      port: 4000,
      connection: { family: 'IP6', address: '2001:db8::1' },
      bandwidths: [{ type: 'AS', value: 64 }],
      ptimeMs: 20,
      maxptimeMs: 60,
      rtcp: { port: 4009, connection: { family: 'IP4', address: '192.0.2.11' } },
    });
    expect(media[1]).toMatchObject({ port: 0, connection: { address: '224.2.1.1' } });
    expect(media[1]?.direction).toBeUndefined();
  });

  it('passes over attributes that are broken', () => {
    const { media } = described([
      ...head,
      'm=audio 4000 RTP/AVP 8',
      'a=rtpmap:8',
      'a=rtpmap:8 PCMA/fast',
      'a=fmtp:8',
      'a=ptime:soon',
      'a=ptime:0',
      'a=ptime:-20',
      'a=rtcp:99999',
      'b=AS:lots',
      'x',
      '',
      'q=1',
    ]);
    expect(media[0]).toMatchObject({ rtpmaps: new Map(), fmtps: new Map(), bandwidths: [], attributes: [] });
    expect([media[0]?.ptimeMs, media[0]?.rtcp]).toEqual([undefined, undefined]);
  });

  it.each([
    [[''], 'not-sdp', 1],
    [['<xml/>'], 'not-sdp', 1],
    [['v=1', ...head.slice(1)], 'not-sdp', 1],
    [['v=0', 's=-'], 'origin', 3],
    [['v=0', 'o=a b'], 'origin', 2],
    [['v=0', 'o=- 1 1 IN IP5 h'], 'origin', 2],
    [[...head, 'c=IN IP4'], 'connection', 6],
    [[...head, 'c=ATM NSAP x'], 'connection', 6],
    [[...head, 'm=audio'], 'media', 6],
    [[...head, 'm=audio 1 RTP/AVP'], 'media', 6],
    [[...head, 'm=audio -1 RTP/AVP 0'], 'media', 6],
    [[...head, 'm=audio 65536 RTP/AVP 0'], 'media', 6],
    [[...head, `m=audio 1 RTP/AVP${' 0'.repeat(65)}`], 'media', 6],
    [[...head, ...Array<string>(33).fill('m=audio 1 RTP/AVP 0')], 'media', 38],
    [[...head, ...Array<string>(1000).fill('a=x')], 'too-large', 1000],
  ])('of %.60j fails: %s in line %i', (lines, malformed, line) => {
    const octets = Buffer.from(lines.map((each) => `${each}\r\n`).join(''));
    expect(parseSdp(octets)).toEqual({ ok: false, malformed, line });
  });

  it('of any octets gives a description or a reason', () => {
    const line = fc.oneof(
      fc.constantFrom(...head, 'm=audio 4000 RTP/AVP 8', 'a=rtpmap:8 PCMA/8000', 'a=sendonly', 'a=rtcp-mux', 'b=AS:1'),
      fc
        .tuple(
          fc.constantFrom('v', 'o', 's', 'c', 't', 'm', 'a', 'b', 'z', ''),
          fc.constantFrom('=', '', ' =', ':'),
          fc.string(),
        )
        .map((each) => each.join('')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const reading = parseSdp(Buffer.from(['v=0', ...lines].join('\r\n')));
        if (!reading.ok) return;
        const again = parseSdp(writeSdp(reading.description));
        expect(again).toEqual(reading);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('writing', () => {
  it('puts the lines in the order of RFC 8866 §5', () => {
    const text = [
      ...head.slice(0, 4),
      'b=CT:256',
      't=0 0',
      'a=group:x',
      'm=audio 4000 RTP/AVP 8 101',
      'c=IN IP4 192.0.2.11',
      'b=AS:64',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-16',
      'a=ptime:20',
      'a=maxptime:60',
      'a=rtcp:4009 IN IP4 192.0.2.11',
      'a=rtcp-mux',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x',
      'a=bss:RSSI',
      'a=sendonly',
      '',
    ].join('\r\n');
    expect(textOf(writeSdp(described(text.trimEnd().split('\r\n'))))).toBe(text);
  });

  it('lets no value write a line of its own', () => {
    const evil = { ...described(head), name: 'x\r\nm=audio 1 RTP/AVP 0' };
    expect(described(textOf(writeSdp(evil)).trimEnd().split('\r\n'))).toMatchObject({ media: [] });
  });
});
