import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSdpBody } from '../../../src/protocols/sip/body.ts';
import {
  dialogKeyOf,
  dialogOfRequest,
  dialogOfResponse,
  nextRequest,
  takeRequest,
} from '../../../src/protocols/sip/dialog.ts';
import { readRoutes, readTo, readTopVia } from '../../../src/protocols/sip/headers.ts';
import type { Hop } from '../../../src/protocols/sip/hop.ts';
import type { SipRequest } from '../../../src/protocols/sip/message.ts';
import { parseSipMessage } from '../../../src/protocols/sip/parse.ts';
import { respondTo, responseHop, stampVia } from '../../../src/protocols/sip/response.ts';
import { parseSdp } from '../../../src/protocols/sip/sdp.ts';
import {
  answerSessionTimer,
  isTooSmall,
  raiseWish,
  startSessionTimer,
  timerOfResponse,
} from '../../../src/protocols/sip/session-timer.ts';
import { TwoAgents } from './two-agents.ts';

function request(text: string): SipRequest {
  const reading = parseSipMessage(Buffer.from(text.replaceAll(/\r?\n/g, '\r\n')));
  if (!reading.ok || reading.message.kind !== 'request') throw new Error('no request');
  return reading.message;
}

const invite = (changes: { via?: string; extra?: string } = {}) =>
  request(`INVITE sip:1@192.0.2.1 SIP/2.0
Via: ${changes.via ?? 'SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1'}
Record-Route: <sip:p1.example;lr>, <sip:p2.example;lr>
Max-Forwards: 70
From: "A" <sip:a@example.com>;tag=a1
To: <sip:1@192.0.2.1>
Call-ID: c1
CSeq: 7 INVITE
Contact: <sip:a@192.0.2.9:5070>
${changes.extra ?? ''}Content-Length: 0

`);
const source: Hop = { transport: 'udp', address: '198.51.100.4', port: 40_404 };

describe('dialogs (RFC 3261 §12)', () => {
  it('of a request: routes in order, their Contact as target, their tag and CSeq', () => {
    const dialog = dialogOfRequest(invite(), 'own');
    expect(dialog).toMatchObject({
      callId: 'c1',
      localTag: 'own',
      remoteTag: 'a1',
      remoteSequence: 7,
      localSequence: 0,
    });
    const { request: bye } = nextRequest(dialog!, 'BYE');
    expect(readRoutes(bye.headers).map(({ uri }) => uri.kind === 'sip' && uri.host)).toEqual([
      'p1.example',
      'p2.example',
    ]);
    expect(bye.headers.get('From')).toBe('<sip:1@192.0.2.1>;tag=own');
    expect(bye.headers.get('To')).toBe('"A" <sip:a@example.com>;tag=a1');
    expect(bye.headers.get('CSeq')).toBe('1 BYE');
  });

  it('of a response: routes reversed, and a far end without Contact or tag (RFC 2543) is still reached', () => {
    const ok = respondTo(
      invite(),
      {
        status: 200,
        headers: [
          ['Record-Route', '<sip:p1;lr>'],
          ['Record-Route', '<sip:p2;lr>'],
        ],
      },
      undefined,
    );
    const dialog = dialogOfResponse(invite(), ok);
    expect(dialog?.routeSet.map(({ uri }) => uri.kind === 'sip' && uri.host)).toEqual(['p2', 'p1']);
    expect(dialog).toMatchObject({ remoteTag: '', remoteTarget: { host: '192.0.2.1' }, localSequence: 7 });
    const { request: bye } = nextRequest(dialog!, 'BYE');
    expect(readTo(bye.headers)?.params.has('tag')).toBe(false);
  });

  it('takes only requests above the last CSeq', () => {
    const dialog = dialogOfRequest(invite(), 'own')!;
    expect(takeRequest(dialog, invite())).toBeUndefined();
    const next = request(
      'BYE sip:1@h SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bK2\nFrom: <sip:a@h>;tag=a1\nTo: <sip:1@h>;tag=own\nCall-ID: c1\nCSeq: 9 BYE\nContent-Length: 0\n\n',
    );
    expect(takeRequest(dialog, next)?.remoteSequence).toBe(9);
    expect(dialogKeyOf(next)).toBe('c1|own|a1');
  });
});

describe('the way back of responses (RFC 3261 §18.2, RFC 3581)', () => {
  it('notes the source where Via says another, and answers to the port that Via names', () => {
    const stamped = stampVia(invite(), source);
    expect(readTopVia(stamped.headers)?.params.get('received')).toBe('198.51.100.4');
    expect(responseHop(stamped, source)).toMatchObject({ address: '198.51.100.4', port: 5070 });
  });

  it('answers to the source port where rport is asked for', () => {
    const stamped = stampVia(invite({ via: 'SIP/2.0/UDP 192.0.2.9;rport;branch=z9hG4bK1, SIP/2.0/UDP other' }), source);
    const via = stamped.headers.getAll('Via');
    expect(via).toEqual(['SIP/2.0/UDP 192.0.2.9;rport=40404;branch=z9hG4bK1;received=198.51.100.4, SIP/2.0/UDP other']);
    expect(responseHop(stamped, source)).toEqual(source);
  });

  it('leaves a Via alone that says where it came from, and believes no received of the sender', () => {
    const plain = invite();
    expect(stampVia(plain, { ...source, address: '192.0.2.9' })).toBe(plain);
    const forged = invite({ via: 'SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1;received=203.0.113.66' });
    const stamped = stampVia(forged, { ...source, address: '192.0.2.9' });
    expect(readTopVia(stamped.headers)?.params.has('received')).toBe(false);
  });

  it('compares IPv6 by value, writes received without brackets (RFC 5118 §4.5)', () => {
    const v6 = invite({ via: 'SIP/2.0/UDP [2001:db8:0:0:0:0:0:9]:5070;branch=z9hG4bK1' });
    expect(stampVia(v6, { ...source, address: '2001:db8::9' })).toBe(v6);
    const other = stampVia(v6, { ...source, address: '2001:db8::a' });
    expect(readTopVia(other.headers)?.params.get('received')).toBe('2001:db8::a');
  });

  it('on a stream goes back on the stream, and never follows maddr', () => {
    const via = 'SIP/2.0/TCP 192.0.2.9:5070;branch=z9hG4bK1;maddr=203.0.113.1';
    const hop = responseHop(invite({ via }), { ...source, transport: 'tcp', connection: 3 });
    expect(hop).toEqual({ transport: 'tcp', address: '198.51.100.4', port: 5070, connection: 3 });
  });
});

describe('session timer answers (RFC 4028 §9, table 2)', () => {
  const timer = (extra: string) => answerSessionTimer(invite({ extra }), 1800);
  it.each([
    ['', undefined],
    ['Supported: timer\n', { intervalS: 1800, refresher: 'uas' }],
    ['Supported: timer\nSession-Expires: 600\n', { intervalS: 600, refresher: 'uas' }],
    ['Supported: timer\nSession-Expires: 600;refresher=uac\n', { intervalS: 600, refresher: 'uac' }],
    ['Supported: timer\nSession-Expires: 7200;refresher=uas\n', { intervalS: 1800, refresher: 'uas' }],
    ['Supported: timer\nSession-Expires: 7200\nMin-SE: 3600\n', { intervalS: 3600, refresher: 'uas' }],
    ['Session-Expires: 600\n', { intervalS: 600, refresher: 'uas' }],
  ])('%j', (extra, expected) => {
    expect(timer(extra)).toEqual(expected);
  });

  it('422 only to who understands timers; his raise is taken once', () => {
    expect(isTooSmall(invite({ extra: 'Supported: timer\nSession-Expires: 89\n' }))).toBe(true);
    expect(isTooSmall(invite({ extra: 'Session-Expires: 89\n' }))).toBe(false);
    const refusal = respondTo(invite(), { status: 422, headers: [['Min-SE', '3600']] }, 'x');
    const raised = raiseWish({ intervalS: 1800, minS: 0 }, refusal);
    expect(raised).toEqual({ intervalS: 1800, minS: 3600 });
    expect(raiseWish(raised!, refusal)).toBeUndefined();
  });

  it('refreshes at half, ends 32 s or a third before the end, and takes nothing below 90 s seriously', () => {
    expect(startSessionTimer(1800, true, 0)).toMatchObject({ refreshAtMs: 900_000, expireAtMs: 1_768_000 });
    expect(startSessionTimer(90, false, 0)).toMatchObject({ refreshAtMs: Infinity, expireAtMs: 60_000 });
    expect(startSessionTimer(1, true, 0)).toMatchObject({ intervalS: 90 });
    expect(timerOfResponse(respondTo(invite(), { status: 200 }, 'x'), 0)).toBeUndefined();
  });
});

describe('session descriptions in bodies', () => {
  const withBody = (type: string, body: string, extra = '') =>
    readSdpBody({
      ...invite({ extra: `Content-Type: ${type}\n${extra}` }),
      body: Buffer.from(body.replaceAll('\n', '\r\n')),
    });

  it('alone, in multipart/mixed, and as none', () => {
    expect(withBody('application/sdp', 'v=0').kind).toBe('sdp');
    const parts = '--b1\nContent-Type: text/plain\n\nhello\n--b1\nContent-Type: application/sdp;x=y\n\nv=0\n--b1--\n';
    const found = withBody('multipart/mixed;boundary="b1"', parts);
    expect(found.kind === 'sdp' && Buffer.from(found.sdp).toString()).toBe('v=0');
    expect(readSdpBody(invite()).kind).toBe('none');
  });

  it('other types, codings and parts are not understood, unless they are optional', () => {
    expect(withBody('text/plain', 'hello').kind).toBe('unsupported');
    expect(withBody('text/plain', 'hello', 'Content-Disposition: render;handling=optional\n').kind).toBe('none');
    expect(withBody('application/sdp', 'v=0', 'Content-Encoding: gzip\n').kind).toBe('unsupported');
    expect(withBody('multipart/mixed;boundary=b1', '--b1\nContent-Type: text/plain\n\nx\n--b1--').kind).toBe(
      'unsupported',
    );
  });
});

describe('reference messages (vectors s01–s03)', () => {
  const vector = (name: string) =>
    Buffer.from(
      readFileSync(new URL(`../../vectors/${name}.hex`, import.meta.url), 'utf8').replaceAll(/#.*|\s/g, ''),
      'hex',
    );
  const answers = (name: string) => {
    const pair = new TwoAgents();
    pair.react.b = (output, agent, nowMs) => {
      if (output.name !== 'call' || output.event.name !== 'incoming') return;
      const offer = output.event.offer && parseSdp(output.event.offer);
      const terms = { contactUser: 'x', sessionExpiresS: 1800, symmetric: false };
      if (offer?.ok) agent.accept(output.call, output.event.offer ?? new Uint8Array(0), terms, nowMs);
    };
    pair.inject('b', vector(name), { transport: 'udp', address: '192.0.2.10', port: 5060 });
    return pair;
  };

  it('s01, INVITE of ED-137: its offer of PCMA and R2S is read, and answered', () => {
    const pair = answers('s01-invite-ed137');
    expect(pair.flow('b')).toEqual(['200 INVITE']);
    const incoming = pair.events('b')[0];
    const offer = incoming?.name === 'incoming' && incoming.offer ? parseSdp(incoming.offer) : undefined;
    expect(offer?.ok && offer.description.media[0]).toMatchObject({ port: 5010, formats: ['8', '123'] });
  });

  it('s02, INVITE of MCPTT: the description is found in multipart/mixed, the session timer granted as asked', () => {
    const pair = answers('s02-invite-mcptt');
    expect(pair.flow('b')).toEqual(['200 INVITE']);
    expect(pair.wire[0]?.message.headers.get('Session-Expires')).toBe('1800;refresher=uac');
    expect(pair.wire[0]?.message.headers.get('Require')).toBe('timer');
    const incoming = pair.events('b')[0];
    const offer = incoming?.name === 'incoming' && incoming.offer ? parseSdp(incoming.offer) : undefined;
    expect(offer?.ok && offer.description.media.map(({ type }) => type)).toEqual(['audio', 'application']);
  });

  it('s03, a re-INVITE for a call that is not known: 481', () => {
    expect(answers('s03-reinvite-hold-srtp').flow('b')).toEqual(['481 INVITE']);
  });
});
