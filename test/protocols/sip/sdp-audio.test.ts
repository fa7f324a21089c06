import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSdp, type SessionDescription, writeSdp } from '../../../src/protocols/sip/sdp.ts';
import { type AudioAbilities, acceptAnswer, buildOffer, negotiateAudio } from '../../../src/protocols/sip/sdp-audio.ts';
import { parsedRequest, textOf, vectorOctets } from './messages.ts';

const ours: AudioAbilities = {
  origin: { username: '-', sessionId: '1', version: '1' },
  address: '192.0.2.1',
  port: 4000,
  codecs: ['PCMA', 'PCMU'],
  telephoneEvent: true,
  comfortNoise: true,
  ptimeMs: 20,
  rtcpMux: true,
  direction: 'sendrecv',
};

function offerOf(...media: string[]): SessionDescription {
  const head = ['v=0', 'o=- 7 7 IN IP4 198.51.100.1', 's=-', 'c=IN IP4 198.51.100.1', 't=0 0'];
  const reading = parseSdp(Buffer.from([...head, ...media].join('\r\n')));
  return reading.ok ? reading.description : expect.fail(reading.malformed);
}

function agree(offer: SessionDescription, over: Partial<AudioAbilities> = {}) {
  const result = negotiateAudio(offer, { ...ours, ...over });
  return result.ok ? result : expect.fail(result.reason);
}

function refusal(offer: SessionDescription, over: Partial<AudioAbilities> = {}) {
  const result = negotiateAudio(offer, { ...ours, ...over });
  return result.ok ? expect.fail('agreed') : [result.status, result.warning, result.reason];
}

const plain = 'm=audio 6000 RTP/AVP 0 8';

describe('answering (RFC 3264 §6)', () => {
  it('takes the codec that the offer names first, and says where we receive', () => {
    const { answer, audio } = agree(
      offerOf('m=audio 6000 RTP/AVP 18 0 8 101 13', 'a=rtpmap:101 telephone-event/8000', 'a=ptime:30'),
    );
    expect(textOf(writeSdp(answer)).trimEnd().split('\r\n')).toEqual([
      'v=0',
      'o=- 1 1 IN IP4 192.0.2.1',
      's=-',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'm=audio 4000 RTP/AVP 0 13 101',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:13 CN/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-16',
      'a=ptime:30',
      'a=sendrecv',
    ]);
    expect(audio).toEqual({
      mediaIndex: 0,
      remote: { address: '198.51.100.1', port: 6000 },
      remoteRtcp: { address: '198.51.100.1', port: 6001 },
      rtcpMux: false,
      codec: 'PCMU',
      payloadType: 0,
      telephoneEventPayloadType: 101,
      comfortNoisePayloadType: 13,
      ptimeMs: 30,
      send: true,
      receive: true,
    });
  });

  it('offers no telephone-event or comfort noise that was not offered or is not ours', () => {
    expect(agree(offerOf(plain)).answer.media[0]?.formats).toEqual(['0']);
    const both = offerOf('m=audio 6000 RTP/AVP 8 13 96', 'a=rtpmap:96 telephone-event/8000');
    expect(agree(both).audio).toMatchObject({ telephoneEventPayloadType: 96, comfortNoisePayloadType: 13 });
    expect(agree(both, { telephoneEvent: false, comfortNoise: false }).answer.media[0]?.formats).toEqual(['8']);
  });

  it('takes G.711 at a dynamic payload type, and none at another clock, in stereo or past 127', () => {
    expect(agree(offerOf('m=audio 6000 RTP/AVP 97', 'a=rtpmap:97 pcma/8000/1')).audio).toMatchObject({
      codec: 'PCMA',
      payloadType: 97,
    });
    for (const map of ['97 PCMA/16000', '97 PCMA/8000/2', '97 L16/8000']) {
      expect(refusal(offerOf('m=audio 6000 RTP/AVP 97', `a=rtpmap:${map}`))).toEqual([
        488,
        305,
        expect.stringMatching(/^no common codec/),
      ]);
    }
    expect(refusal(offerOf('m=audio 6000 RTP/AVP 128', 'a=rtpmap:128 PCMA/8000'))[1]).toBe(305);
  });

  it('takes G.722 with its clock of 8 kHz, static or dynamic, with comfort noise and events beside it', () => {
    const offer = offerOf('m=audio 6000 RTP/AVP 9 8 13 101', 'a=rtpmap:101 telephone-event/8000');
    expect(agree(offer, { codecs: ['PCMA', 'G722'] }).audio).toMatchObject({
      codec: 'G722',
      payloadType: 9,
      comfortNoisePayloadType: 13,
      telephoneEventPayloadType: 101,
    });
    const dynamic = offerOf('m=audio 6000 RTP/AVP 105 8', 'a=rtpmap:105 G722/8000');
    expect(agree(dynamic, { codecs: ['G722'] }).audio).toMatchObject({ codec: 'G722', payloadType: 105 });
    expect(agree(dynamic, { codecs: ['PCMA'] }).audio).toMatchObject({ codec: 'PCMA', payloadType: 8 });
  });

  it('takes Opus as RFC 7587 names it, with events of its clock and without comfort noise', () => {
    const offer = offerOf(
      'm=audio 6000 RTP/AVP 96 8 13 97 98',
      'a=rtpmap:96 opus/48000/2',
      'a=fmtp:96 maxplaybackrate=8000',
      'a=rtpmap:97 telephone-event/8000',
      'a=rtpmap:98 telephone-event/48000',
    );
    const { answer, audio } = agree(offer, { codecs: ['PCMA', 'opus'] });
    expect(audio).toMatchObject({ codec: 'opus', payloadType: 96, telephoneEventPayloadType: 98 });
    expect(audio.comfortNoisePayloadType).toBeUndefined();
    const [media] = answer.media;
    expect(media?.formats).toEqual(['96', '98']);
    expect(media?.rtpmaps.get('96')).toEqual({ encoding: 'opus', rateHz: 48_000, channels: 2 });
    expect([...(media?.fmtps ?? [])]).toEqual([
      ['96', 'maxplaybackrate=16000;sprop-maxcapturerate=16000;stereo=0'],
      ['98', '0-16'],
    ]);
    for (const map of ['96 opus/48000', '96 opus/8000/2', '96 opus/16000/1']) {
      const other = offerOf('m=audio 6000 RTP/AVP 96', `a=rtpmap:${map}`);
      expect(refusal(other, { codecs: ['opus'] })[1]).toBe(305);
    }
  });

  it('offers what is configured, in that order, with events for each clock', () => {
    const [media] = buildOffer({ ...ours, codecs: ['opus', 'G722', 'PCMA'] }).media;
    expect(media?.formats).toEqual(['111', '9', '8', '13', '101', '102']);
    expect(media?.rtpmaps.get('102')).toEqual({ encoding: 'telephone-event', rateHz: 48_000, channels: 1 });
    expect(media?.fmtps.get('111')).toBe('maxplaybackrate=16000;sprop-maxcapturerate=16000;stereo=0');
    expect(buildOffer({ ...ours, codecs: ['opus'] }).media[0]?.formats).toEqual(['111', '102']);
    const offer = buildOffer({ ...ours, codecs: ['opus', 'PCMA'] });
    const answered = offerOf(
      'm=audio 6000 RTP/AVP 111 102',
      'a=rtpmap:111 opus/48000/2',
      'a=rtpmap:102 telephone-event/48000',
    );
    expect(acceptAnswer(offer, answered)).toMatchObject({
      ok: true,
      audio: { codec: 'opus', payloadType: 111, telephoneEventPayloadType: 102 },
    });
    const other = offerOf('m=audio 6000 RTP/AVP 9');
    expect(acceptAnswer(offer, other)).toMatchObject({ ok: false, warning: 305 });
  });

  it('says of native TETRA speech that there is no codec, and takes G.711 beside it', () => {
    for (const encoding of ['TETRA', 'TETRA_ACELP', 'TETRA_ACELP_BB']) {
      const lines = ['m=audio 6000 RTP/AVP 98', `a=rtpmap:98 ${encoding}/8000`, 'a=ptime:60'];
      expect(refusal(offerOf(...lines))).toEqual([
        488,
        305,
        `no codec for native TETRA speech (audio/${encoding}): offer G.711`,
      ]);
    }
    const both = offerOf('m=audio 6000 RTP/AVP 98 8', 'a=rtpmap:98 TETRA/8000');
    expect(agree(both).audio).toMatchObject({ codec: 'PCMA', payloadType: 8 });
  });

  it('takes no payload type that reads as RTCP (RFC 5761 §4), and says so', () => {
    for (const type of [64, 72, 95]) {
      const alone = offerOf(`m=audio 6000 RTP/AVP ${type}`, `a=rtpmap:${type} PCMA/8000`);
      const reason = `payload type ${type} reads as RTCP (RFC 5761 §4): offer one of 96–127`;
      expect(refusal(alone)).toEqual([488, 305, reason]);
      const map = `a=rtpmap:${type} telephone-event/8000`;
      const { audio } = agree(offerOf(`m=audio 6000 RTP/AVP 8 ${type} 101`, map, 'a=rtpmap:101 telephone-event/8000'));
      expect(audio).toMatchObject({ payloadType: 8, telephoneEventPayloadType: 101 });
    }
    for (const type of [63, 96]) {
      const free = offerOf(`m=audio 6000 RTP/AVP ${type}`, `a=rtpmap:${type} PCMA/8000`);
      expect(agree(free).audio).toMatchObject({ codec: 'PCMA', payloadType: type });
    }
  });

  it('answers every other stream with port 0, in its place', () => {
    const { answer, audio } = agree(
      offerOf(
        'm=video 6010 RTP/AVP 31 34',
        'm=audio 6000 RTP/SAVP 8',
        'm=audio 6002 RTP/AVP 8',
        'm=application 5005 udp MCPTT',
      ),
    );
    expect(answer.media.map(({ type, port, protocol, formats }) => `${type} ${port} ${protocol} ${formats}`)).toEqual([
      'video 0 RTP/AVP 31',
      'audio 0 RTP/SAVP 8',
      'audio 4000 RTP/AVP 8',
      'application 0 udp MCPTT',
    ]);
    expect([audio.mediaIndex, audio.remote.port]).toEqual([2, 6002]);
  });

  it.each([
    [['m=video 6010 RTP/AVP 31'], 304],
    [['m=audio 0 RTP/AVP 8'], 304],
    [['m=audio 6000 RTP/AVP 18'], 305],
    [['m=audio 6000 RTP/SAVP 8'], 302],
    [['m=audio 6000 UDP/TLS/RTP/SAVPF 8'], 302],
    [['m=audio 6000 RTP/AVP 8', 'c=IN IP4 box.example.com'], 301],
    [['m=audio 6000 RTP/AVP 8', 'c=IN IP6 2001:db8::1'], 300],
    [['m=audio 6000 RTP/AVP 8', 'c=IN IP4 1.2.3'], 301],
  ])('refuses %j with 488 and warning %i', (media, warning) => {
    expect(refusal(offerOf(...media)).slice(0, 2)).toEqual([488, warning]);
  });

  it('refuses an SRTP offer where voice goes in the clear (vector s03)', () => {
    const reading = parseSdp(parsedRequest(vectorOctets('s03-reinvite-hold-srtp')).body);
    expect(reading.ok && refusal(reading.description)).toEqual([488, 302, 'transport RTP/SAVP not served']);
  });

  it('answers in IPv6 where both are', () => {
    const { answer, audio } = agree(offerOf('m=audio 6000 RTP/AVP 8', 'c=IN IP6 2001:db8::9'), {
      address: '2001:db8::1',
    });
    expect(answer.origin).toMatchObject({ family: 'IP6', address: '2001:db8::1' });
    expect(audio.remote).toEqual({ address: '2001:db8::9', port: 6000 });
  });

  it.each([
    // theirs, what we want, our answer, do we send, do we receive
    ['sendrecv', 'sendrecv', 'sendrecv', true, true],
    ['sendonly', 'sendrecv', 'recvonly', false, true],
    ['recvonly', 'sendrecv', 'sendonly', true, false],
    ['inactive', 'sendrecv', 'inactive', false, false],
    ['sendrecv', 'sendonly', 'sendonly', true, false],
    ['sendrecv', 'recvonly', 'recvonly', false, true],
    ['sendonly', 'sendonly', 'inactive', false, false],
    ['sendrecv', 'inactive', 'inactive', false, false],
  ] as const)('%s against our %s gives %s', (theirs, direction, answered, send, receive) => {
    const atMedia = agree(offerOf(plain, `a=${theirs}`), { direction });
    expect([atMedia.answer.media[0]?.direction, atMedia.audio.send, atMedia.audio.receive]).toEqual([
      answered,
      send,
      receive,
    ]);
    const atSession = agree(offerOf(`a=${theirs}`, plain), { direction });
    expect(atSession.audio).toEqual(atMedia.audio);
  });

  it('takes 0.0.0.0 for the hold that it was before RFC 3264, of whatever family we are', () => {
    const { answer, audio } = agree(offerOf(plain, 'c=IN IP4 0.0.0.0'));
    expect([answer.media[0]?.direction, audio.send, audio.receive]).toEqual(['recvonly', false, true]);
    expect(agree(offerOf(plain, 'c=IN IP4 0.0.0.0', 'a=sendonly'), { address: '2001:db8::1' }).audio.send).toBe(false);
    expect(agree(offerOf(plain, 'c=IN IP6 ::')).audio.send).toBe(false);
  });

  it.each([
    [[], 20],
    [['a=ptime:10'], 10],
    [['a=ptime:60'], 60],
    [['a=ptime:50'], 40],
    [['a=ptime:120'], 60],
    [['a=ptime:5'], 10],
    [['a=maxptime:10'], 10],
    [['a=ptime:40', 'a=maxptime:30'], 30],
    [['a=maxptime:150'], 20],
  ])('sends packets for %j of %i ms', (lines, ptimeMs) => {
    expect(agree(offerOf(plain, ...lines)).audio.ptimeMs).toBe(ptimeMs);
  });

  it('shares a port with RTCP where both can (RFC 5761), else sends it where it is wanted (RFC 3605)', () => {
    const muxed = agree(offerOf(plain, 'a=rtcp-mux'));
    expect([muxed.audio.rtcpMux, muxed.audio.remoteRtcp, muxed.answer.media[0]?.rtcpMux]).toEqual([
      true,
      undefined,
      true,
    ]);
    const unmuxed = agree(offerOf(plain, 'a=rtcp-mux'), { rtcpMux: false });
    expect([unmuxed.audio.rtcpMux, unmuxed.answer.media[0]?.rtcpMux]).toEqual([false, false]);
    const elsewhere = agree(offerOf(plain, 'a=rtcp:7000 IN IP4 198.51.100.2'));
    expect(elsewhere.audio.remoteRtcp).toEqual({ address: '198.51.100.2', port: 7000 });
    expect(agree(offerOf('m=audio 65535 RTP/AVP 8')).audio.remoteRtcp).toBeUndefined();
  });

  it('repeats the times of the offer', () => {
    const offer = { ...offerOf(plain), timing: '3338481189 3370017201' };
    expect(agree(offer).answer.timing).toBe('3338481189 3370017201');
  });
});

describe('offering', () => {
  it('lists our codecs in order, then comfort noise and telephone-event', () => {
    const [media] = buildOffer(ours).media;
    expect(media?.formats).toEqual(['8', '0', '13', '101']);
    expect([media?.port, media?.direction, media?.rtcpMux, media?.fmtps.get('101')]).toEqual([
      4000,
      'sendrecv',
      true,
      '0-16',
    ]);
    expect(
      buildOffer({ ...ours, codecs: ['PCMU'], comfortNoise: false, telephoneEvent: false }).media[0]?.formats,
    ).toEqual(['0']);
  });

  it('keeps every stream of the call in its place', () => {
    const { answer } = agree(offerOf('m=video 6010 RTP/AVP 31', plain));
    const again = buildOffer({ ...ours, direction: 'sendonly', origin: { ...ours.origin, version: '2' } }, answer);
    expect(again.media.map(({ type, port, direction }) => [type, port, direction])).toEqual([
      ['video', 0, undefined],
      ['audio', 4000, 'sendonly'],
    ]);
    expect(again.origin.version).toBe('2');
  });

  const offer = buildOffer(ours);

  it('reads the answer, with the payload types that the far end chose', () => {
    const answer = offerOf('m=audio 6000 RTP/AVP 0 96', 'a=rtpmap:96 telephone-event/8000', 'a=ptime:40', 'a=rtcp-mux');
    expect(acceptAnswer(offer, answer)).toEqual({
      ok: true,
      audio: {
        mediaIndex: 0,
        remote: { address: '198.51.100.1', port: 6000 },
        rtcpMux: true,
        codec: 'PCMU',
        payloadType: 0,
        telephoneEventPayloadType: 96,
        ptimeMs: 40,
        send: true,
        receive: true,
      },
    });
  });

  it('honours the direction of the answer', () => {
    const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'].map((direction) => {
      const result = acceptAnswer(offer, offerOf('m=audio 6000 RTP/AVP 8', `a=${direction}`));
      return result.ok && [result.audio.send, result.audio.receive];
    });
    expect(directions).toEqual([
      [true, true],
      [false, true],
      [true, false],
      [false, false],
    ]);
  });

  it.each([
    [['m=audio 0 RTP/AVP 8'], 'audio refused'],
    [['m=video 6000 RTP/AVP 8'], 'audio refused'],
    [['m=audio 6000 RTP/SAVP 8'], 'transport RTP/SAVP not offered'],
    [['m=audio 6000 RTP/AVP 18'], 'no codec of the offer in the answer'],
    [['m=audio 6000 RTP/AVP 8', 'c=IN IP4 box.example.com'], 'connection address is no IP address'],
    [['m=audio 6000 RTP/AVP 8', 'c=IN IP4 239.1.2.3/127'], 'connection address is not of one host'],
    [['m=audio 6000 RTP/AVP 8', 'c=IN IP4 255.255.255.255'], 'connection address is not of one host'],
    [['m=audio 6000 RTP/AVP 8', 'c=IN IP4 0.1.2.3'], 'connection address is not of one host'],
    [[], 'answer has not the streams of the offer'],
    [[plain, plain], 'answer has not the streams of the offer'],
  ])('refuses the answer %j: %s', (media, reason) => {
    expect(acceptAnswer(offer, offerOf(...media))).toMatchObject({ ok: false, status: 488, reason });
  });
});

it('both sides always agree on codec and direction', () => {
  const direction = fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'inactive');
  const abilities = fc
    .record({
      codecs: fc.constantFrom<AudioAbilities['codecs'][]>(
        ['PCMA'],
        ['opus', 'G722'],
        ['PCMU'],
        ['PCMA', 'PCMU'],
        ['PCMU', 'PCMA'],
      ),
      telephoneEvent: fc.boolean(),
      comfortNoise: fc.boolean(),
      rtcpMux: fc.boolean(),
      ptimeMs: fc.constantFrom(10, 20, 30, 40, 60),
      direction,
    })
    .map((over) => ({ ...ours, ...over }) as AudioAbilities);
  fc.assert(
    fc.property(abilities, abilities, (a, b) => {
      const offer = buildOffer(a);
      const answered = negotiateAudio(offer, b);
      const common = a.codecs.some((codec) => b.codecs.includes(codec));
      expect(answered.ok).toBe(common);
      if (!answered.ok) return;
      const wire = parseSdp(writeSdp(answered.answer));
      const accepted = wire.ok ? acceptAnswer(offer, wire.description) : expect.fail();
      if (!accepted.ok) expect.fail(accepted.reason);
      const { audio } = accepted;
      expect([audio.codec, audio.payloadType, audio.rtcpMux]).toEqual([
        answered.audio.codec,
        answered.audio.payloadType,
        answered.audio.rtcpMux,
      ]);
      expect([audio.send, audio.receive]).toEqual([answered.audio.receive, answered.audio.send]);
      const event = audio.codec === 'opus' ? 102 : 101; // at the clock of the voice
      expect(audio.telephoneEventPayloadType).toBe(a.telephoneEvent && b.telephoneEvent ? event : undefined);
    }),
  );
});
