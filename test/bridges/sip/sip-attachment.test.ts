import { afterEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../src/base/random.ts';
import { readCSeq, readFrom, readPAssertedIdentities, readTo, readTopVia } from '../../../src/protocols/sip/headers.ts';
import type { SipRequest } from '../../../src/protocols/sip/message.ts';
import { parseSdp } from '../../../src/protocols/sip/sdp.ts';
import { plan } from '../attachment-stand.ts';
import { FarEnd } from './far-end.ts';
import { gatewayAt, SipStand, type StandOptions } from './stand.ts';

const number = '5300110';
let stand: SipStand;
afterEach(() => stand.close());

/** A stand whose leg has been opened and left alone for 3 s. */
async function opened(options: StandOptions = {}, prepare: (stand: SipStand) => void = () => undefined) {
  stand = await SipStand.make(options);
  prepare(stand);
  stand.attachment.start();
  stand.attachment.openLeg(plan);
  await stand.advance(3000);
  return stand;
}

/** A stand whose far end has called and stands. */
async function called(options: StandOptions = {}) {
  await opened({ ...options, sip: { mode: 'accept', ...options.sip } });
  stand.box.call(number, gatewayAt);
  await stand.advance(100);
  return stand;
}

const invites = () =>
  stand.box.received.filter(
    (message): message is SipRequest => message.kind === 'request' && message.method === 'INVITE',
  );
const line = (event: string) => stand.lines.filter((each) => each.event === event).map(({ fields }) => fields);

describe('a leg that is listened to alone', () => {
  it('says in its call that nothing will come from us, and connects so', async () => {
    stand = await SipStand.make();
    stand.attachment.start();
    stand.attachment.openLeg({ ...plan, isShadow: true });
    await stand.advance(3000);
    const offer = parseSdp(invites()[0]?.body ?? new Uint8Array());
    expect(offer.ok && offer.description.media[0]?.direction).toBe('recvonly');
    const connected = stand.commands.find(({ name }) => name === 'connectLeg');
    expect(connected).toMatchObject({ media: { send: false, receive: true } });
  });
});

describe('who of the others talks', () => {
  const other = 'xb-pours-1/in:590911';
  const holder = (party: string) => ({ party, priority: 5, emergency: false, over: 1, sinceUtcMs: 0 });
  const floor = (party?: string, overriding?: string) =>
    stand.attachment.voiceEvent({
      name: 'floor',
      floor: {
        group: plan.group,
        queue: [],
        ...(party !== undefined && { holder: holder(party) }),
        ...(overriding !== undefined && { overriding: holder(overriding) }),
      },
    });
  const told = () =>
    stand.box.received.flatMap((message) => {
      if (message.kind !== 'request' || message.method !== 'UPDATE') return [];
      const from = readFrom(message.headers);
      expect(readPAssertedIdentities(message.headers)[0]?.displayName).toBe(from?.displayName);
      return [[from?.displayName, from?.uri.kind === 'sip' && from.uri.user]];
    });

  it('is told in a call of ours or theirs, in the letters and the length of the network; then the group again', async () => {
    for (const open of [opened, called]) {
      await open();
      stand.attachment.nameTalker({ party: other, address: '590 1 92 102', name: 'Douane Baisieux 3' });
      expect(told()).toEqual([]); // nobody talks
      floor(other);
      await stand.advance(100);
      floor();
      await stand.advance(4000);
      expect(told()).toEqual([['Douane Bai 3', '590192102']]);
      await stand.advance(2000);
      expect(told().at(-1)).toEqual(['FRBE POURS 1', 'escaut']);
      if (open === opened) await stand.close();
    }
  });

  it('comes once when quick overs follow each other, and anew in the next call', async () => {
    await opened();
    const names = ['Tournai 22', 'Mouscron 31', 'Kortrijk 7', 'Escaut 12'];
    for (const [index, name] of names.entries()) {
      stand.attachment.nameTalker({ party: `x/${index}`, address: '', name });
      floor(`x/${index}`);
      await stand.advance(200);
    }
    await stand.advance(1000);
    expect(told().map(([name]) => name)).toEqual(['Tournai 22', 'Escaut 12']);
    stand.box.hangUp(stand.box.only);
    await stand.advance(10_000);
    expect(stand.states.at(-1)).toBe('up');
    expect(told().map(([name]) => name)).toEqual(['Tournai 22', 'Escaut 12', 'Escaut 12']);
  });

  it('is the one who breaks in while two are mixed, and nobody of its own', async () => {
    await opened();
    stand.attachment.nameTalker({ party: other, address: '4711', name: 'BAC 2' });
    stand.attachment.nameTalker({ party: plan.leg, address: '5317031', name: 'Mouscron 31' });
    stand.attachment.nameTalker({ party: 'console:1', address: '', name: 'CCPD Tournai' });
    floor(plan.leg);
    await stand.advance(2000);
    expect(told()).toEqual([]);
    floor(other, 'console:1');
    await stand.advance(2000);
    floor(other);
    await stand.advance(2000);
    expect(told()).toEqual([
      ['CCPD Tournai', 'escaut'],
      ['BAC 2', '4711'],
    ]);
  });

  it('who is named late is told late, and whoever cannot be named is told as he is', async () => {
    await opened();
    stand.attachment.nameTalker({ party: other, address: '', name: 'INPT (police nationale)' });
    floor(other);
    await stand.advance(1500);
    stand.attachment.nameTalker({ party: other, address: '4711', name: 'BAC 2' });
    await stand.advance(1500);
    expect(told()).toEqual([
      ['INPT (police', 'escaut'],
      ['BAC 2', '4711'],
    ]);
  });

  it('is nobody’s business where it is off', async () => {
    await opened({ sip: { tellTalker: { by: 'off' } } });
    stand.attachment.nameTalker({ party: other, address: '4711', name: 'BAC 2' });
    floor(other);
    await stand.advance(3000);
    expect(told()).toEqual([]);
  });

  it('a talker of theirs who calls himself anonymous is nobody (RFC 3323)', async () => {
    await called();
    const say = (identity: string) => stand.box.identify(stand.box.only, identity);
    say('"Mouscron 31" <sip:5317031@astrid.invalid>');
    await stand.advance(100);
    say('"Anonymous" <sip:anonymous@anonymous.invalid>');
    await stand.advance(100);
    expect(stand.talkers.map(({ address }) => address)).toEqual(['5317031', '']);
  });
});

describe('a call of ours', () => {
  it('goes to the number without spaces at the peer, shows the group’s name, and offers our codecs in order', async () => {
    await opened({ sip: { codecs: ['PCMU', 'PCMA'] } });
    const [invite] = invites();
    expect(invite?.uri).toMatchObject({ user: '5300110', host: '192.0.2.10', port: 5060 });
    expect(readFrom(invite!.headers)).toMatchObject({
      displayName: 'FRBE POURS 1',
      uri: { user: 'escaut', host: 'escaut.invalid' },
    });
    expect(invite!.headers.get('Session-Expires')).toBe('1800');
    const offer = parseSdp(invite!.body);
    expect(offer.ok && offer.description.media[0]).toMatchObject({
      port: 40_000,
      formats: ['0', '8', '13', '101'],
      ptimeMs: 20,
    });
  });

  it('follows the callee template, and answers a challenge with the configured credentials', async () => {
    await opened(
      { sip: { callee: 'sip:tg-{number}@radio.example', username: 'gw', registerWith: undefined }, password: 'pw' },
      (s) => {
        s.box.onCall = (request) =>
          request.headers.has('Authorization')
            ? 'accept'
            : {
                status: 401,
                headers: [['WWW-Authenticate', 'Digest realm="radio", nonce="n1", algorithm=SHA-256, qop="auth"']],
              };
      },
    );
    expect(stand.heardByBox).toEqual(['INVITE', 'ACK', 'INVITE', 'ACK']);
    expect(invites()[0]?.uri).toMatchObject({ user: 'tg-5300110', host: 'radio.example' });
    expect(invites()[1]?.headers.get('Authorization')).toMatch(
      /username="gw".*realm="radio".*algorithm=SHA-256.*nc=00000001/,
    );
    expect(stand.states.at(-1)).toBe('up');
  });

  it('connects the voice process to what the far end answered', async () => {
    await opened();
    expect(stand.connects).toEqual([
      expect.objectContaining({
        remote: { address: '192.0.2.10', port: 7000 },
        remoteRtcp: { address: '192.0.2.10', port: 7001 },
        codec: 'PCMA',
        payloadType: 8,
        telephoneEventPayloadType: 101,
        ptimeMs: 20,
        send: true,
        receive: true,
        latch: false,
        rtpTimeoutMs: 'auto',
      }),
    ]);
  });

  it.each([
    [486, 'passing', /refused: 486 \(Busy Here\)/],
    [404, 'lasting', /number is not known there: 404/],
    [488, 'lasting', /no common media: 488/],
    [403, 'lasting', /call is forbidden: 403/],
  ] as const)('refused with %i (%s) says so, and tries again', async (status, kind, reason) => {
    await opened({}, (s) => {
      s.box.onCall = () => ({ status });
    });
    await stand.advance(27_000);
    expect(stand.reason).toMatch(reason);
    // Passing: 1, 2, 4, 8 s, each ±20 %. Lasting: 25 s ±20 %.
    expect(invites().length).toBeGreaterThanOrEqual(kind === 'passing' ? 5 : 1);
    expect(invites().length).toBeLessThanOrEqual(kind === 'passing' ? 6 : 2);
    await stand.advance(90_000);
    expect(invites().length).toBeGreaterThanOrEqual(4);
  });

  it('waits as long as Retry-After says, 30 s at most', async () => {
    for (const [retryAfterS, waitedMs] of [
      [12, 12_000],
      [3600, 30_000],
    ] as const) {
      await opened({}, (s) => {
        s.box.onCall = () => ({ status: 503, headers: [['Retry-After', String(retryAfterS)]] });
      });
      await stand.advance(waitedMs - 3100);
      expect(invites()).toHaveLength(1);
      await stand.advance(200);
      expect(invites()).toHaveLength(2);
      await stand.close();
    }
  });

  it('with the wrong password is refused once a try, and tried seldom', async () => {
    await opened({ sip: { username: 'gw' }, password: 'wrong' }, (s) => {
      s.box.onCall = () => ({ status: 401, headers: [['WWW-Authenticate', 'Digest realm="radio", nonce="n"']] });
    });
    expect(stand.heardByBox).toEqual(['INVITE', 'ACK', 'INVITE', 'ACK']);
    expect(stand.reason).toMatch(/credentials are refused: 401/);
    await stand.advance(15_000);
    expect(invites()).toHaveLength(2);
  });

  it('that rings for 15 s is cancelled', async () => {
    await opened({}, (s) => {
      s.box.onCall = () => 'ring';
    });
    await stand.advance(12_500);
    expect(stand.heardByBox).toContain('CANCEL');
    expect(line('callEnded')[0]).toMatchObject({ direction: 'out', result: 'timed-out' });
    expect(stand.reports.some(({ reason }) => reason === 'rings without being answered')).toBe(true);
  });

  it('over IPv6 has brackets where they belong, in URI, Via, Contact and SDP', async () => {
    await opened({ v6: true, sip: { peer: 'sip:[2001:db8::10]' } });
    const [invite] = invites();
    expect(invite?.uri).toMatchObject({ host: '[2001:db8::10]', port: 5060 });
    expect(readTopVia(invite!.headers)).toMatchObject({ host: '[2001:db8::1]', port: 5060 });
    expect(invite!.headers.get('Contact')).toBe('<sip:5300110@[2001:db8::1]:5060>');
    expect(Buffer.from(invite!.body).toString()).toMatch(/^c=IN IP6 2001:db8::1$/m);
    expect(stand.connects).toMatchObject([{ remote: { address: '2001:db8::10', port: 7000 } }]);
    expect(stand.states.at(-1)).toBe('up');
  });

  it('to a name waits for nobody: down with the reason while it is not resolved, called as soon as it is', async () => {
    let resolves = false;
    const lookup = async () => {
      if (!resolves) throw new Error('no name server');
      return ['192.0.2.10'];
    };
    await opened({ lookup, sip: { peer: 'sip:box.example' } });
    expect(stand.reports[1]?.reason).toBe('no address is known for sip:box.example');
    await stand.advance(60_000);
    resolves = true;
    for (let turn = 0; turn < 6; turn++) await stand.advance(1000);
    expect(stand.states.at(-1)).toBe('up');
    expect(invites()[0]?.uri).toMatchObject({ host: '192.0.2.10' });
  });

  it('whose answer has no codec of ours is hung up, with the reason', async () => {
    await opened({}, (s) => {
      const original = s.box.sdp.bind(s.box);
      s.box.sdp = () => original({ codecs: '3' });
    });
    expect(stand.heardByBox.slice(0, 3)).toEqual(['INVITE', 'ACK', 'BYE']);
    expect(stand.reason).toMatch(/no codec of the offer/);
    expect(stand.connects).toEqual([]);
  });
});

describe('changes within a call', () => {
  it('new keys of the far end reach the voice, ours stay, and the leg stays up (RFC 4568 §7.1.4)', async () => {
    await opened({ sip: { mode: 'accept', srtp: 'required' } });
    const secured = (fill: number) =>
      Buffer.from(
        `${Buffer.from(stand.box.sdp()).toString().replace('RTP/AVP', 'RTP/SAVP')}` +
          `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${Buffer.alloc(30, fill).toString('base64')}|2^20\r\n`,
      );
    stand.box.call(number, gatewayAt, 'box', secured(1));
    await stand.advance(100);
    stand.box.reoffer(stand.box.only, secured(2));
    await stand.advance(100);
    const keys = stand.connects.map(({ srtp }) => srtp);
    expect(keys.map((each) => each?.receive.keySalt)).toEqual(
      [1, 2].map((fill) => Buffer.alloc(30, fill).toString('base64')),
    );
    expect(keys[1]?.send).toEqual(keys[0]?.send);
    expect(stand.connects[1]).toEqual({ ...stand.connects[0], srtp: keys[1] });
    expect(stand.states.filter((state) => state === 'up')).toHaveLength(1);
    expect(stand.states.at(-1)).toBe('up');
  });

  const elsewhere = '192.0.2.99';
  const rtcpElsewhere = (sdp: Uint8Array) =>
    Buffer.from(Buffer.from(sdp).toString().replace('a=ptime', `a=rtcp:7001 IN IP4 ${elsewhere}\r\na=ptime`));

  it('voice or RTCP that should go to somebody else’s host is refused, in an offer, an answer and a re-offer', async () => {
    await opened({ sip: { mode: 'accept' } });
    for (const offer of [stand.box.sdp({ address: elsewhere }), rtcpElsewhere(stand.box.sdp())]) {
      stand.box.call(number, gatewayAt, 'box', offer);
      await stand.advance(100);
      const refusal = stand.box.received.at(-1);
      expect(refusal).toMatchObject({ kind: 'response', status: 488 });
      expect(refusal?.headers.get('Warning')).toContain("is not the far end's (mediaHosts)");
    }
    expect(stand.connects).toEqual([]);
    stand.box.call(number, gatewayAt);
    await stand.advance(100);
    stand.box.reoffer(stand.box.only, stand.box.sdp({ address: elsewhere }));
    await stand.advance(100);
    expect(stand.heardByBox.at(-1)).toBe('488');
    expect(stand.states.at(-1)).toBe('up');
    expect(stand.connects.map(({ remote }) => remote.address)).toEqual(['192.0.2.10']);
    await stand.close();

    await opened({}, (s) => {
      s.box.sdp = () =>
        Buffer.from(
          Buffer.from(FarEnd.prototype.sdp.call(s.box))
            .toString()
            .replace(/^c=.*$/m, `c=IN IP4 ${elsewhere}`),
        );
    });
    expect(stand.reason).toContain("is not the far end's (mediaHosts)");
    expect(stand.attachment.details().legFaults.get(plan.leg)).toEqual({ code: 'foreign-address' });
    expect(stand.connects).toEqual([]);
  });

  it('unless the configuration says that its voice is there, as an address or a prefix', async () => {
    for (const mediaHosts of [[elsewhere], ['192.0.2.96/28', '2001:db8::/32']]) {
      await opened({ sip: { mode: 'accept', mediaHosts } });
      stand.box.call(number, gatewayAt, 'box', stand.box.sdp({ address: elsewhere }));
      await stand.advance(100);
      expect(stand.connects.map(({ remote }) => remote.address)).toEqual([elsewhere]);
      if (mediaHosts.length === 1) await stand.close();
    }
  });

  it('of a far end behind NAT the address that it names is replaced by that of its SIP', async () => {
    await opened({ sip: { mode: 'accept', latch: true } });
    stand.box.call(number, gatewayAt, 'box', rtcpElsewhere(stand.box.sdp({ address: '10.0.0.5' })));
    await stand.advance(100);
    expect(stand.connects).toMatchObject([
      { latch: true, remote: { address: '192.0.2.10', port: 7000 }, remoteRtcp: { address: '192.0.2.10', port: 7001 } },
    ]);
  });

  it('hold stops sending, resume starts it again, at the same stream', async () => {
    await called();
    stand.box.reoffer(stand.box.only, stand.box.sdp({ direction: 'sendonly' }));
    await stand.advance(100);
    stand.box.reoffer(stand.box.only, stand.box.sdp());
    await stand.advance(100);
    expect(stand.connects.map(({ send, receive }) => [send, receive])).toEqual([
      [true, true],
      [false, true],
      [true, true],
    ]);
    expect(stand.states.at(-1)).toBe('up');
  });

  it('the hold of old, to address 0.0.0.0, keeps the address of the stream', async () => {
    await called();
    stand.box.reoffer(stand.box.only, stand.box.sdp({ address: '0.0.0.0' }));
    await stand.advance(100);
    expect(stand.connects.at(-1)).toMatchObject({ remote: { address: '192.0.2.10', port: 7000 }, send: false });
  });

  it('a new address and codec are followed', async () => {
    await called();
    stand.box.reoffer(stand.box.only, stand.box.sdp({ port: 9000, codecs: '0' }));
    await stand.advance(100);
    expect(stand.connects.at(-1)).toMatchObject({ remote: { port: 9000 }, codec: 'PCMU', payloadType: 0 });
  });

  it('an offer without a common codec is refused with 488 and a Warning, and the call goes on', async () => {
    await called();
    stand.box.reoffer(stand.box.only, stand.box.sdp({ codecs: '18' }));
    await stand.advance(100);
    const refusal = stand.box.received.find((message) => message.kind === 'response' && message.status === 488);
    expect(refusal?.headers.get('Warning')).toMatch(/^305 escaut.invalid "/);
    expect(stand.connects).toHaveLength(1);
    expect(stand.states.at(-1)).toBe('up');
  });

  it('an offer of an address and port of ours, of a leg, of SIP or another, is refused', async () => {
    await called();
    stand.ownSockets.add(gatewayAt.address, 44_000);
    const own = [40_000, 39_999, gatewayAt.port, gatewayAt.port - 1, 44_000];
    for (const port of own) {
      stand.box.reoffer(stand.box.only, stand.box.sdp({ address: gatewayAt.address, port }));
      await stand.advance(100);
    }
    const refusals = stand.box.received.filter((message) => message.kind === 'response' && message.status === 488);
    expect(refusals.map(({ headers }) => headers.get('Warning'))).toEqual(
      own.map(() => expect.stringContaining('are our own')),
    );
    expect(stand.connects).toHaveLength(1);
    expect(stand.states.at(-1)).toBe('up');
  });

  it('a refresh that changes nothing leaves the voice process alone, and our description’s version as it was', async () => {
    await called();
    const sdp = stand.box.sdp();
    stand.box.reoffer(stand.box.only, sdp);
    await stand.advance(100);
    stand.box.reoffer(stand.box.only, sdp);
    await stand.advance(100);
    expect(stand.connects).toHaveLength(1);
    const versions = stand.box.received
      .filter((message) => message.kind === 'response' && message.body.length > 0)
      .map(({ body }) => /^o=\S+ \S+ (\S+)/m.exec(Buffer.from(body).toString())?.[1]);
    expect(versions).toEqual(['1', '1', '1']);
  });
});

describe('a call of theirs', () => {
  it('is for the leg whose number the Request-URI has, or else To; other numbers get 404', async () => {
    await opened({ sip: { mode: 'accept' } });
    stand.box.call('999', gatewayAt);
    await stand.advance(100);
    expect(stand.heardByBox).toEqual(['404']);
    stand.box.send(inviteText({ uri: 'sip:gateway@192.0.2.1', to: '<tel:530-0110>' }), gatewayAt);
    await stand.advance(100);
    expect(stand.heardByBox[1]).toBe('200');
  });

  it('without any codec of ours is refused with 488', async () => {
    await opened({ sip: { mode: 'accept' } });
    stand.box.call(number, gatewayAt, 'box', stand.box.sdp({ codecs: '9 18' }));
    await stand.advance(100);
    expect(stand.heardByBox).toEqual(['488']);
  });

  it.each([
    ['native speech of TETRA', 'TETRA/8000', 'no codec for native TETRA speech (audio/TETRA): offer G.711'],
    ['AMR-WB alone', 'AMR-WB/16000', 'no common codec (offered AMR-WB/16000)'],
  ])('with %s is refused by name: in its answer, the log and the status, there once', async (_, map, reason) => {
    await opened({ sip: { mode: 'accept' } });
    const offer = Buffer.from(`${stand.box.sdp({ codecs: '98' })}a=rtpmap:98 ${map}\r\n`);
    for (let attempt = 0; attempt < 3; attempt++) {
      stand.box.call(number, gatewayAt, 'box', offer);
      await stand.advance(1100);
    }
    const refusal = stand.box.received.find((message) => message.kind === 'response' && message.status === 488);
    expect(refusal?.headers.get('Warning')).toBe(`305 escaut.invalid "${reason}"`);
    expect(line('sipRefused')).toContainEqual({ method: 'INVITE', remote: 'udp:192.0.2.10:5060', reason });
    const said = `its call was refused: ${reason}; waiting for the far end to call`;
    expect(stand.reports.filter((each) => each.reason === said)).toHaveLength(1);
    expect(stand.attachment.details().legFaults.get(plan.leg)).toEqual({ code: 'no-common-codec' });
    stand.box.call(number, gatewayAt, 'box', stand.box.sdp());
    await stand.advance(100);
    expect(stand.states.at(-1)).toBe('up');
    expect(stand.attachment.details().legFaults.size).toBe(0);
  });

  it('is refused where we call', async () => {
    await opened();
    stand.box.call(number, gatewayAt);
    await stand.advance(100);
    expect(stand.heardByBox.at(-1)).toBe('403');
  });

  it('from the same caller replaces the first, which a box that was restarted has forgotten', async () => {
    await called();
    stand.box.switchOff();
    stand.box.switchOn();
    stand.box.rtpPort = 7100;
    stand.box.call(number, gatewayAt);
    await stand.advance(300);
    expect(stand.connects.at(-1)?.remote.port).toBe(7100);
    expect(stand.states.at(-1)).toBe('up');
    expect(stand.commands.map(({ name }) => name)).not.toContain('disconnectLeg');
  });

  it('from another caller while the first stands is refused with 486', async () => {
    await called();
    stand.box.call(number, gatewayAt, 'somebody-else');
    await stand.advance(100);
    expect(stand.heardByBox.filter((each) => each === '486')).toHaveLength(1);
    expect(stand.box.standing.size).toBe(1);
  });

  it('needs credentials where the configuration asks for them: 401, then the right ones, SHA-256 or MD5', async () => {
    for (const algorithm of ['SHA-256', 'MD5'] as const) {
      await opened({
        sip: { mode: 'accept', challengeIncoming: true, username: 'box' },
        password: 'secret',
        digestAlgorithms: [algorithm],
      });
      const knowing = new FarEnd(
        stand.network,
        { address: '192.0.2.10', port: 5062 },
        { username: 'box', password: 'secret' },
      );
      knowing.call(number, gatewayAt);
      await stand.advance(100);
      const statuses = knowing.received.map((message) =>
        message.kind === 'response' ? message.status : message.method,
      );
      expect(statuses).toEqual([401, 200]);
      expect(knowing.received[0]?.headers.get('WWW-Authenticate')).toContain(`algorithm=${algorithm}`);
      expect(stand.states.at(-1)).toBe('up');
      knowing.switchOff();
      await stand.close();
    }
  });

  it('with the wrong password stays out, and after ten guesses the right one from there does too', async () => {
    await opened({ sip: { mode: 'accept', challengeIncoming: true, username: 'box' }, password: 'secret' });
    const guesser = new FarEnd(
      stand.network,
      { address: '192.0.2.10', port: 5062 },
      { username: 'box', password: 'guess' },
    );
    for (let guess = 0; guess < 10; guess++) {
      guesser.call(number, gatewayAt);
      await stand.advance(100);
    }
    const knowing = new FarEnd(
      stand.network,
      { address: '192.0.2.10', port: 5064 },
      { username: 'box', password: 'secret' },
    );
    knowing.call(number, gatewayAt);
    await stand.advance(100);
    expect(knowing.received.map((message) => message.kind === 'response' && message.status)).toEqual([401, 401]);
    expect(stand.states).not.toContain('up');
    guesser.switchOff();
    knowing.switchOff();
  });
});

describe('whether the far end lives', () => {
  it('a silent one is noticed within 4 s, whenever it falls silent', async () => {
    for (const offsetMs of [0, 500, 1000, 1500, 1999]) {
      await opened();
      await stand.advance(offsetMs);
      stand.network.silentWhenAbsent = true;
      stand.box.switchOff();
      const sinceMs = stand.clock.nowMs();
      await stand.advance(6000);
      const down = stand.reports.find(({ state }) => state === 'down');
      expect(down?.reason).toBe('does not answer OPTIONS');
      expect(down!.sinceMs - sinceMs).toBeLessThanOrEqual(4010);
      await stand.close();
    }
  });

  it('one whose host says "port unreachable" is noticed with the next packet', async () => {
    await opened();
    stand.box.switchOff();
    const sinceMs = stand.clock.nowMs();
    await stand.advance(2100);
    const down = stand.reports.find(({ state }) => state === 'down');
    expect(down?.reason).toMatch(/port is closed/);
    expect(down!.sinceMs - sinceMs).toBeLessThanOrEqual(2050);
  });

  it('one that returns is called at once: within 2.1 s of its return, whatever the backoff had grown to', async () => {
    await opened();
    stand.network.silentWhenAbsent = true;
    stand.box.switchOff();
    await stand.advance(300_000);
    stand.box.switchOn();
    await stand.advance(2100);
    expect(stand.states.at(-1)).toBe('up');
  });

  it('one that never answers OPTIONS is not held dead for that', async () => {
    await opened({}, (s) => {
      s.box.deafToOptions = true;
    });
    await stand.advance(600_000);
    expect(stand.states).toEqual(['connecting', 'up']);
  });

  it('one that was restarted within 300 ms and answers OPTIONS has forgotten the call: noticed within 6 s', async () => {
    await opened();
    stand.box.switchOff();
    await stand.advance(100);
    stand.box.switchOn();
    await stand.advance(6000);
    expect(stand.states.slice(2)).toEqual(['down', 'connecting', 'up']);
    expect(stand.reports.find(({ state }) => state === 'down')?.reason).toMatch(/no longer knows the call/);
  });

  it('10 % loss both ways for 20 minutes is no death', async () => {
    await opened({ seed: 5 }, (s) => {
      s.network.loss = 0.1;
    });
    await stand.advance(1_200_000);
    expect(stand.states.filter((state) => state === 'down')).toEqual([]);
  });

  it('the legs of one attachment fall and rise together', async () => {
    await opened();
    for (let leg = 1; leg < 8; leg++) stand.attachment.openLeg({ ...plan, leg: `g/${leg}`, number: `53001${leg}0` });
    await stand.advance(1000);
    stand.box.switchOff();
    await stand.advance(4500);
    expect(stand.attachment.legs().every(({ state }) => state !== 'up')).toBe(true);
    expect(line('attachmentDown')).toHaveLength(1);
    stand.box.switchOn();
    await stand.advance(2500);
    expect(stand.attachment.legs().map(({ state }) => state)).toEqual(Array(8).fill('up'));
    expect(line('attachmentUp')).toHaveLength(2);
  });

  it('every leg lives again within 30 s after faults stop: 25 random histories (I9)', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const random = new SeededRandom(seed);
      await opened({ seed });
      for (let fault = 0; fault < 12; fault++) {
        const kind = Math.floor(random.fraction() * 7);
        if (kind === 0) stand.box.switchOff();
        else if (kind === 1) stand.box.switchOn();
        else if (kind === 2) stand.network.cut.add('192.0.2.10');
        else if (kind === 3) stand.network.cut.clear();
        else if (kind === 4) stand.network.loss = random.fraction() * 0.7;
        else if (kind === 5) stand.box.onCall = () => ({ status: random.fraction() < 0.5 ? 486 : 503 });
        else stand.network.silentWhenAbsent = random.fraction() < 0.5;
        await stand.advance(random.fraction() * 20_000);
      }
      stand.network.cut.clear();
      stand.network.loss = 0;
      stand.box.onCall = () => 'accept';
      stand.box.switchOn();
      await stand.advance(30_000);
      expect(stand.states.at(-1), `seed ${seed}: ${stand.reason}`).toBe('up');
      await stand.advance(60_000);
      expect(stand.states.at(-1), `seed ${seed}: ${stand.reason}`).toBe('up');
      expect(stand.bridge.sizes.calls, `seed ${seed}`).toBe(1);
      expect(stand.ports.inUse).toBe(1);
      await stand.close();
    }
  });
});

describe('who talks', () => {
  it('connected: the From of an UPDATE, told with its display name', async () => {
    await called();
    const invite = stand.box.received.find((message) => message.kind === 'response' && message.status === 200)!;
    const text = (method: string, from: string) =>
      `${method} sip:5300110@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKu1\r\n` +
      `From: ${from};tag=${readFrom(invite.headers)?.params.get('tag')}\r\nTo: ${invite.headers.get('To')}\r\n` +
      `Call-ID: ${invite.headers.get('Call-ID')}\r\nCSeq: 2000 ${method}\r\nContact: <sip:box@192.0.2.10>\r\nContent-Length: 0\r\n\r\n`;
    stand.box.send(text('UPDATE', '"Mouscron 31" <sip:590%201%2092%20102@astrid.example>'), gatewayAt);
    await stand.advance(100);
    expect(stand.talkers).toEqual([{ leg: plan.leg, address: '590 1 92 102', display: 'Mouscron 31' }]);
  });

  it('caller: the From of the call; none: nobody', async () => {
    await called({ sip: { talkerIdentity: 'caller' } });
    expect(stand.talkers).toEqual([{ leg: plan.leg, address: 'box' }]);
    await stand.close();
    await called({ sip: { talkerIdentity: 'none' } });
    expect(stand.talkers).toEqual([]);
  });

  it('rtcp: what the voice process read in SDES', async () => {
    await called({ sip: { talkerIdentity: 'rtcp' } });
    stand.attachment.voiceEvent({ name: 'identity', leg: plan.leg, address: '5317031' });
    expect(stand.talkers).toEqual([{ leg: plan.leg, address: '5317031' }]);
  });
});

describe('registering', () => {
  const credentials = { username: 'box7', password: 'keep it to yourself' };
  const registering: StandOptions = {
    sip: { mode: 'register-and-accept', peer: 'sip:box7@boxes.invalid', username: 'box7' },
    password: credentials.password,
  };

  it('a box may be anywhere when it shows its credentials: 401, 200, and its calls are taken', async () => {
    await opened(registering);
    const box = new FarEnd(stand.network, { address: '198.51.100.7', port: 5999 }, credentials);
    box.call(number, gatewayAt);
    await stand.advance(100);
    box.register(gatewayAt, 'box7', 60, credentials);
    await stand.advance(100);
    box.call(number, gatewayAt);
    await stand.advance(100);
    const statuses = box.received.flatMap((message) => (message.kind === 'response' ? [message.status] : []));
    expect(statuses).toEqual([403, 401, 200, 200]);
    expect(box.responses[0]?.headers.get('Contact')).toBe('<sip:box7@198.51.100.7:5999>;expires=60');
    expect(stand.states.at(-1)).toBe('up');
    box.switchOff();
  });

  it('wrong passwords and unknown names get the same 401', async () => {
    await opened(registering);
    for (const [user, password] of [
      ['box7', 'wrong'],
      ['nobody', 'whatever'],
    ] as const) {
      const box = new FarEnd(stand.network, { address: '198.51.100.7', port: 5999 });
      box.register(gatewayAt, user, 60, { username: user, password }, `r-${user}`);
      await stand.advance(100);
      const [refusal] = box.responses;
      expect([refusal?.status, refusal?.headers.has('WWW-Authenticate')]).toEqual([401, true]);
      box.switchOff();
    }
    expect(stand.attachment.status().state).toBe('unknown');
  });

  it('a registration that runs out takes the leg down, with the reason', async () => {
    await opened(registering);
    const box = new FarEnd(stand.network, { address: '198.51.100.7', port: 5999 }, credentials);
    box.register(gatewayAt, 'box7', 30, credentials);
    await stand.advance(100);
    box.call(number, gatewayAt);
    await stand.advance(29_000);
    expect(stand.states.at(-1)).toBe('up');
    await stand.advance(1000);
    expect(stand.reason).toBe('its registration has run out; waiting for the far end to call');
    box.switchOff();
  });

  const registers = () =>
    stand.box.received.filter(
      (message): message is SipRequest => message.kind === 'request' && message.method === 'REGISTER',
    );

  it('we register where the far end wants it, at 80 % of the time anew, and take it back when we stop', async () => {
    await opened({ sip: { registerWith: 'sip:192.0.2.10', username: 'gw' }, password: 'pw' }, (s) => {
      s.box.onRegister = (request) =>
        request.headers.has('Authorization')
          ? { status: 200, headers: [['Contact', request.headers.get('Contact') ?? '']] }
          : { status: 401, headers: [['WWW-Authenticate', 'Digest realm="radio", nonce="n", qop="auth"']] };
    });
    expect(registers()).toHaveLength(2);
    expect(registers()[0]?.uri).toMatchObject({ kind: 'sip', host: '192.0.2.10' });
    expect(registers()[0]?.headers.get('Contact')).toBe('<sip:gw@192.0.2.1:5060>;expires=120');
    expect(readTo(registers()[0]!.headers)?.uri).toMatchObject({ user: 'gw', host: '192.0.2.10' });
    expect(line('registrationChanged')).toEqual([{ attachment: 'as-1', state: 'registered' }]);
    await stand.advance(94_000);
    expect(new Set(registers().map(({ headers }) => headers.get('Call-ID'))).size).toBe(1);
    expect(registers()).toHaveLength(4);
    const sequences = registers().map(({ headers }) => readCSeq(headers)!.sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    const stopped = stand.attachment.stop();
    await stand.advance(100);
    await stopped;
    expect(registers().at(-1)?.headers.get('Expires')).toBe('0');
  });

  it('the registrar may be on another host than the peer, whose answers are taken for what they are', async () => {
    let registrar: FarEnd | undefined;
    await opened({ sip: { registerWith: 'sip:192.0.2.77', username: 'gw' }, password: 'pw' }, (s) => {
      registrar = new FarEnd(s.network, { address: '192.0.2.77', port: 5060 });
      registrar.onRegister = () => ({ status: 200 });
    });
    expect(line('registrationChanged')).toEqual([{ attachment: 'as-1', state: 'registered' }]);
    expect(stand.counts.get('sip_messages_dropped_total stranger')).toBeUndefined();
    expect(registrar?.received).toHaveLength(1);
  });

  it('a password that is wrong is told in words, even after a silence, until it is right', async () => {
    let right = false;
    await opened({ sip: { registerWith: 'sip:192.0.2.10', username: 'gw' }, password: 'pw' }, (s) => {
      s.box.switchOff();
      s.network.silentWhenAbsent = true;
      s.box.onRegister = () =>
        right
          ? { status: 200 }
          : { status: 401, headers: [['WWW-Authenticate', 'Digest realm="radio", nonce="n", qop="auth"']] };
    });
    await stand.advance(40_000);
    stand.box.switchOn();
    await stand.advance(40_000);
    const why = 'wrong user name or password (401 Unauthorized)';
    expect(line('registrationChanged')).toMatchObject([{ reason: 'no answer' }, { state: 'refused', reason: why }]);
    expect(stand.attachment.status()).toMatchObject({ state: 'up', reason: `registration refused: ${why}` });
    expect(stand.attachmentReports.at(-1)?.reason).toBe(`registration refused: ${why}`);
    right = true;
    await stand.advance(31_000);
    expect(stand.attachment.status().reason).toBeUndefined();
  });

  it('asks for longer when the registrar says 423, and backs off when it refuses', async () => {
    await opened({ sip: { registerWith: 'sip:192.0.2.10', username: 'gw' } }, (s) => {
      s.box.onRegister = (request) =>
        Number(request.headers.get('Expires')) < 600
          ? { status: 423, headers: [['Min-Expires', '600']] }
          : { status: 500 };
    });
    expect(
      registers()
        .map(({ headers }) => headers.get('Expires'))
        .slice(0, 3),
    ).toEqual(['120', '600', '600']);
    expect(line('registrationChanged')).toEqual([
      { attachment: 'as-1', state: 'refused', reason: '500 Server Internal Error' },
    ]);
    await stand.advance(120_000);
    // 1, 2, 4, 8, 16, 30, 30 … s apart.
    expect(registers().length).toBeGreaterThanOrEqual(8);
    expect(registers().length).toBeLessThanOrEqual(11);
  });
});

describe('stopping', () => {
  it('hangs up every leg and says so to the voice process; far ends that answer make it quick', async () => {
    await opened();
    stand.attachment.openLeg({ ...plan, leg: 'g/2', number: '2' });
    await stand.advance(100);
    const stopped = stand.attachment.stop();
    let done = false;
    void stopped.then(() => {
      done = true;
    });
    await stand.advance(50);
    expect(done).toBe(true);
    const byes = stand.box.received.filter((message) => message.kind === 'request' && message.method === 'BYE');
    expect(byes.map(({ headers }) => headers.get('Reason'))).toEqual(Array(2).fill('SIP;text="leg is closed"'));
    expect(stand.commands.slice(-4).map(({ name }) => name)).toEqual([
      'disconnectLeg',
      'closeLeg',
      'disconnectLeg',
      'closeLeg',
    ]);
    expect(stand.ports.inUse).toBe(0);
  });
});

describe('strangers', () => {
  const stranger = { transport: 'udp', address: '203.0.113.9', port: 4444 } as const;
  const knock = (text: string) => stand.network.carry(Buffer.from(text), stranger, gatewayAt, () => undefined);
  const answers = () => {
    const received: Buffer[] = [];
    stand.network.place('udp', stranger, { receive: (octets) => void received.push(Buffer.from(octets)) });
    return received;
  };

  it('get one 403 a request, never a second, no longer than what they sent, and leave nothing behind', async () => {
    await opened();
    await stand.advance(60_000); // until as many OPTIONS are remembered as ever are
    const before = stand.bridge.sizes.transactions;
    const received = answers();
    const text = inviteText({ from: '203.0.113.9:4444' });
    knock(text);
    await stand.advance(60_000);
    expect(received).toHaveLength(1);
    expect(received[0]!.toString()).toMatch(/^SIP\/2\.0 403 /);
    expect(received[0]!.length).toBeLessThanOrEqual(text.length);
    expect(stand.bridge.sizes.transactions).toBeLessThanOrEqual(before + 2);
  });

  it('2,000 INVITE/s for 30 s from one address and from thousands: refusals bounded, the leg and its OPTIONS untouched', async () => {
    await opened();
    const received = answers();
    const sentBefore = stand.network.sent;
    for (let index = 0; index < 60_000; index++) {
      const address = index % 2 === 0 ? stranger.address : `198.18.${(index >> 8) & 255}.${index & 255}`;
      const text = inviteText({ branch: `z9hG4bK${index}`, from: `${address}:4444` });
      stand.network.carry(Buffer.from(text), { ...stranger, address }, gatewayAt, () => undefined);
      if (index % 100 === 99) stand.clock.advance(50);
    }
    expect(received.length).toBeLessThanOrEqual(10 + 5 * 31);
    // 50 answers a second and 100 at once at most, besides the legs' own OPTIONS.
    expect(stand.network.sent - sentBefore - 60_000).toBeLessThanOrEqual(100 + 50 * 31 + 200);
    expect(stand.states).toEqual(['connecting', 'up']);
    expect(stand.bridge.sizes.calls).toBe(1);
    expect(stand.counts.get('sip_messages_dropped_total stranger')).toBe(60_000);
    expect(line('sipRefused').length).toBeLessThanOrEqual(32);
  });

  it('2,000 INVITE/s for 30 s from another port of the far end’s own address: the leg and its OPTIONS untouched', async () => {
    await opened();
    const neighbour = { ...stranger, address: '192.0.2.10' };
    const sentBefore = stand.network.sent;
    for (let index = 0; index < 60_000; index++) {
      const uri = index % 2 === 0 ? 'sip:5300110@192.0.2.1' : 'sip:999@192.0.2.1';
      const text = inviteText({ branch: `z9hG4bK${index}`, from: '192.0.2.10:4444', uri, to: `<${uri}>` });
      stand.network.carry(Buffer.from(text), neighbour, gatewayAt, () => undefined);
      if (index % 100 === 99) stand.clock.advance(50);
    }
    expect(stand.states).toEqual(['connecting', 'up']);
    expect(stand.bridge.sizes.transactions).toBeLessThan(2000);
    // One refusal each for those that are looked at, besides the OPTIONS of the leg.
    expect(stand.network.sent - sentBefore - 60_000).toBeLessThan(500 + 200 * 31 + 200);
    await stand.advance(70_000);
    expect(stand.bridge.sizes).toMatchObject({ calls: 1, dialogs: 1 });
    expect(stand.bridge.sizes.transactions).toBeLessThan(20);
  });

  it('responses, ACKs and noise get nothing', async () => {
    await opened();
    const received = answers();
    for (const text of ['SIP/2.0 200 OK\r\n\r\n', 'hello', '\r\n\r\n', inviteText({ method: 'ACK' })]) knock(text);
    await stand.advance(1000);
    expect(received).toEqual([]);
  });

  it('a malformed request of a far end of ours is answered 400, a stranger’s is not', async () => {
    await opened();
    const received = answers();
    const broken = inviteText({}).replace('Max-Forwards: 70', 'Max-Forwards: many');
    knock(broken);
    stand.box.send(broken, gatewayAt);
    await stand.advance(100);
    expect(received).toEqual([]);
    expect(stand.heardByBox.at(-1)).toBe('400');
  });
});

function inviteText({
  method = 'INVITE',
  uri = 'sip:5300110@192.0.2.1',
  to = '<sip:5300110@192.0.2.1>',
  branch = 'z9hG4bKstranger',
  from = '192.0.2.10:5060',
} = {}): string {
  const body = 'v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 7000 RTP/AVP 8\r\n';
  return (
    `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP ${from};branch=${branch}\r\nMax-Forwards: 70\r\n` +
    `From: <sip:box@192.0.2.10>;tag=${branch}\r\nTo: ${to}\r\nCall-ID: ${branch}\r\nCSeq: 1 ${method}\r\n` +
    `Contact: <sip:box@192.0.2.10>\r\nContent-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}
