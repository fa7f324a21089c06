import { describe, expect, it } from 'vitest';
import type { CallEvent, CallTerms, OutgoingCall, SpeakerWay } from '../../../src/protocols/sip/call-terms.ts';
import { formatVia, type NameAddr } from '../../../src/protocols/sip/header-values.ts';
import {
  readCSeq,
  readFrom,
  readPAssertedIdentities,
  readSessionExpires,
  readTo,
  readTopVia,
} from '../../../src/protocols/sip/headers.ts';
import type { SipRequest, SipResponse } from '../../../src/protocols/sip/message.ts';
import { respondTo } from '../../../src/protocols/sip/response.ts';
import { serialiseSipMessage } from '../../../src/protocols/sip/serialise.ts';
import { address, type LinkSettings, label, type Side, sdp, sdpMark, TwoAgents, uri } from './two-agents.ts';

const terms: CallTerms = { contactUser: 'escaut', sessionExpiresS: 1800, symmetric: false };

function outgoing(pair: TwoAgents, changes: Partial<OutgoingCall> = {}): OutgoingCall {
  return {
    uri: uri('sip:5300110@192.0.2.2'),
    hop: pair.hopTo('b'),
    from: address('<sip:escaut@escaut.invalid>'),
    offer: sdp('offer'),
    terms,
    ringMs: 15_000,
    ...changes,
  };
}

/** B answers every call at once, and every re-offer. */
function answering(side: Side, pair: TwoAgents, changes: Partial<CallTerms> = {}): void {
  pair.react[side] = (output, agent, nowMs) => {
    if (output.name !== 'call') return;
    if (output.event.name === 'incoming') agent.accept(output.call, sdp('answer'), { ...terms, ...changes }, nowMs);
    if (output.event.name === 'offered') agent.acceptOffer(output.call, sdp('second-answer'), nowMs);
  };
}

function establish(link: LinkSettings = {}, changes: Partial<OutgoingCall> = {}) {
  const pair = new TwoAgents(link);
  answering('a', pair);
  answering('b', pair);
  const call = pair.do('a', (agent, nowMs) => agent.place(outgoing(pair, changes), nowMs));
  pair.advance(1000);
  const incoming = pair.outputs.b.find((output) => output.name === 'call');
  return { pair, call, callee: incoming?.name === 'call' ? incoming.call : -1 };
}

const names = (events: readonly CallEvent[]) => events.map(({ name }) => name);
const endOf = (events: readonly CallEvent[]) =>
  events.flatMap((event) => (event.name === 'ended' ? [event.end] : []))[0];

/** A request as octets on the wire, under another method if wished. */
function textOf(request: SipRequest, method = request.method): string {
  return Buffer.from(serialiseSipMessage({ ...request, method }))
    .toString()
    .replace(/^(CSeq: [0-9]+ ).*$/m, `$1${method}`);
}

/** A call that stands, and requests of the caller within it, their CSeq so far ahead of its INVITE's. */
function answeredCall() {
  const { pair, call } = establish();
  const { headers } = pair.wire[0]!.message;
  const tag = readTo(pair.wire[1]!.message.headers)?.params.get('tag') ?? '';
  const within = (method: string, ahead: number): string =>
    inDialogText(headers.get('Call-ID')!, headers.get('From')!, tag, method, readCSeq(headers)!.sequence + ahead);
  return { pair, call, within };
}

/** After a minute of peace nothing is left of any call. */
function expectNothingLeft(pair: TwoAgents): void {
  pair.advance(70_000);
  for (const side of ['a', 'b'] as const) {
    expect(pair.agents[side].sizes).toEqual({ calls: 0, dialogs: 0, transactions: 0 });
    expect(pair.agents[side].deadlineMs).toBe(Infinity);
  }
}

describe('a call (RFC 3261 §13, §15)', () => {
  it('is offered, answered, acknowledged, and ended by BYE', () => {
    const { pair, call } = establish();
    expect(pair.flow()).toEqual(['INVITE', '200 INVITE', 'ACK']);
    const [established] = pair.events('a');
    expect(established?.name === 'established' && sdpMark(established.answer)).toBe('answer');
    expect(names(pair.events('b'))).toEqual(['incoming', 'established']);
    pair.do('a', (agent, nowMs) => agent.hangUp(call, nowMs));
    pair.advance(100);
    expect(pair.flow().slice(3)).toEqual(['BYE', '200 BYE']);
    expect(endOf(pair.events('a'))).toMatchObject({ by: 'us', why: 'hung-up' });
    expect(endOf(pair.events('b'))).toMatchObject({ by: 'them', why: 'hung-up' });
    expectNothingLeft(pair);
  });

  it('is ended by the far end, whose Reason header is told', () => {
    const { pair, callee } = establish();
    pair.do('b', (agent, nowMs) => agent.hangUp(callee, nowMs, 'site "closed"'));
    pair.advance(100);
    expect(endOf(pair.events('a'))).toEqual({ by: 'them', why: 'hung-up', text: 'site "closed"' });
    expectNothingLeft(pair);
  });

  it('is cancelled while it rings: CANCEL, 200, 487, ACK', () => {
    const pair = new TwoAgents();
    const call = pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.advance(500); // 100 Trying after 200 ms
    pair.do('a', (agent, nowMs) => agent.hangUp(call, nowMs));
    pair.advance(100);
    expect(pair.flow()).toEqual(['INVITE', '100 INVITE', 'CANCEL', '200 CANCEL', '487 INVITE', 'ACK']);
    expect(endOf(pair.events('a'))).toMatchObject({ by: 'us', why: 'cancelled' });
    expect(endOf(pair.events('b'))).toMatchObject({ by: 'them', why: 'cancelled' });
    expectNothingLeft(pair);
  });

  it('is cancelled before any answer: CANCEL waits for the first provisional one (§9.1)', () => {
    const pair = new TwoAgents();
    const call = pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.do('a', (agent, nowMs) => agent.hangUp(call, nowMs));
    expect(pair.flow()).toEqual(['INVITE']);
    pair.advance(400);
    expect(pair.flow()).toEqual(['INVITE', '100 INVITE', 'CANCEL', '200 CANCEL', '487 INVITE', 'ACK']);
    expectNothingLeft(pair);
  });

  it('that is answered while it is being cancelled is acknowledged and hung up', () => {
    const pair = new TwoAgents();
    answering('b', pair);
    const call = pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.do('a', (agent, nowMs) => agent.hangUp(call, nowMs));
    pair.advance(200);
    expect(pair.flow()).toEqual(['INVITE', '200 INVITE', 'ACK', 'BYE', '200 BYE']);
    expect(endOf(pair.events('b'))).toMatchObject({ by: 'them', why: 'hung-up' });
    expectNothingLeft(pair);
  });

  it('is refused with status, phrase and Retry-After as the far end gave them', () => {
    const pair = new TwoAgents();
    pair.react.b = (output, agent, nowMs) => {
      if (output.name === 'call' && output.event.name === 'incoming') {
        agent.refuse(output.call, { status: 486, headers: [['Retry-After', '7']] }, nowMs);
      }
    };
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.advance(100);
    expect(pair.flow()).toEqual(['INVITE', '486 INVITE', 'ACK']);
    expect(endOf(pair.events('a'))).toEqual({
      by: 'them',
      why: 'refused',
      status: 486,
      text: 'Busy Here',
      retryAfterS: 7,
    });
    expectNothingLeft(pair);
  });

  it('that rings longer than allowed is given up as no-answer, and cancelled', () => {
    const pair = new TwoAgents();
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair, { ringMs: 5000 }), nowMs));
    pair.advance(5100);
    expect(endOf(pair.events('a'))).toEqual({ by: 'us', why: 'no-answer' });
    expect(pair.flow('a').slice(0, 2)).toEqual(['INVITE', 'CANCEL']);
    expectNothingLeft(pair);
  });

  it('that nobody hears is given up as timeout after its time, and no longer repeated', () => {
    const pair = new TwoAgents({ loss: 1 });
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair, { ringMs: 8000 }), nowMs));
    pair.advance(60_000);
    expect(endOf(pair.events('a'))).toEqual({ by: 'us', why: 'timeout' });
    expect(pair.wire.map(({ atMs }) => atMs)).toEqual([0, 500, 1500, 3500, 7500]);
    expectNothingLeft(pair);
  });

  it('fails after 32 s without any answer when it may ring for longer (timer B)', () => {
    const pair = new TwoAgents({ loss: 1 });
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair, { ringMs: 100_000 }), nowMs));
    pair.advance(31_999);
    expect(pair.events('a')).toEqual([]);
    pair.advance(2);
    expect(endOf(pair.events('a'))).toEqual({ by: 'network', why: 'timeout' });
    expect(pair.wire.map(({ atMs }) => atMs)).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expectNothingLeft(pair);
  });

  it('fails at once when the transport cannot reach the far end', () => {
    const pair = new TwoAgents({ loss: 1 });
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.do('a', (agent, nowMs) => agent.unreachable(pair.hopTo('b'), nowMs));
    expect(endOf(pair.events('a'))).toEqual({ by: 'network', why: 'unreachable' });
    expectNothingLeft(pair);
  });

  it('without an offer gets ours in the 2xx, and their answer comes with the ACK (§13.2.1)', () => {
    const pair = new TwoAgents();
    answering('b', pair);
    const invite = inviteText({ body: '' });
    pair.inject('b', invite);
    const [ok] = pair.wire;
    expect(ok && label(ok.message)).toBe('200 INVITE');
    expect(sdpMark(ok?.message.body)).toBe('answer');
    const tag = readTo(ok!.message.headers)?.params.get('tag');
    pair.inject('b', ackText(tag ?? '', Buffer.from(sdp('late')).toString()));
    const established = pair.events('b').find(({ name }) => name === 'established');
    expect(established?.name === 'established' && sdpMark(established.answer)).toBe('late');
  });

  it('takes the session description of a 183 when the 2xx has none', () => {
    const pair = new TwoAgents();
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    const invite = pair.wire[0]!.message;
    if (invite.kind !== 'request') throw new Error('no INVITE');
    const contact = ['Contact', '<sip:far@192.0.2.2>'] as const;
    const type = ['Content-Type', 'application/sdp'] as const;
    pair.do('a', (agent, nowMs) => {
      agent.receive(
        respondTo(invite, { status: 183, headers: [contact, type], body: sdp('early') }, 'x'),
        pair.hopTo('b'),
        nowMs,
      );
      agent.receive(respondTo(invite, { status: 200, headers: [contact] }, 'x'), pair.hopTo('b'), nowMs);
    });
    const established = pair.events('a').find(({ name }) => name === 'established');
    expect(established?.name === 'established' && sdpMark(established.answer)).toBe('early');
  });

  it('is refused with 480 when our side has no word for it for 30 s', () => {
    const pair = new TwoAgents();
    pair.inject('b', inviteText());
    pair.advance(30_001);
    expect(pair.flow('b').slice(0, 2)).toEqual(['100 INVITE', '480 INVITE']);
    expectNothingLeft(pair);
  });
});

describe('loss, repetition and order', () => {
  it('a lost INVITE is repeated after 500 ms, and answered once', () => {
    const pair = new TwoAgents();
    answering('b', pair);
    pair.lose = ({ atMs }) => atMs === 0;
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.advance(1000);
    expect(pair.flow()).toEqual(['INVITE', 'INVITE', '200 INVITE', 'ACK']);
    expect(pair.wire[1]?.atMs).toBe(500);
    expect(names(pair.events('b'))).toEqual(['incoming', 'established']);
  });

  it('a lost 200 is repeated by the callee until the ACK comes, over TCP as well (§13.3.1.4)', () => {
    for (const transport of ['udp', 'tcp'] as const) {
      const pair = new TwoAgents({ transport });
      answering('b', pair);
      let losses = 2;
      pair.lose = ({ message }) => label(message) === '200 INVITE' && losses-- > 0;
      pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
      pair.advance(10_000);
      expect(pair.wire.filter(({ message }) => label(message) === '200 INVITE').map(({ atMs }) => atMs)).toEqual([
        10, 510, 1510,
      ]);
      expect(names(pair.events('a'))).toEqual(['established']);
      expect(names(pair.events('b'))).toEqual(['incoming', 'established']);
    }
  });

  it('a lost ACK is sent again for every repeat of the 200', () => {
    const pair = new TwoAgents();
    answering('b', pair);
    let losses = 2;
    pair.lose = ({ message }) => label(message) === 'ACK' && losses-- > 0;
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.advance(10_000);
    expect(pair.flow()).toEqual(['INVITE', '200 INVITE', 'ACK', '200 INVITE', 'ACK', '200 INVITE', 'ACK']);
    expect(names(pair.events('b'))).toEqual(['incoming', 'established']);
  });

  it('a 200 whose ACK never comes ends the call with BYE after 32 s', () => {
    const pair = new TwoAgents();
    answering('b', pair);
    pair.lose = ({ message }) => label(message) === 'ACK';
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.advance(32_100);
    expect(endOf(pair.events('b'))).toEqual({ by: 'network', why: 'unacknowledged' });
    expect(pair.flow('b').at(-1)).toBe('BYE');
    expectNothingLeft(pair);
  });

  it('BYE waits for the ACK when the callee hangs up first (§15)', () => {
    const pair = new TwoAgents({ delayMs: 100 });
    answering('b', pair);
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.advance(150);
    const callee = pair.outputs.b.find((output) => output.name === 'call');
    pair.do('b', (agent, nowMs) => agent.hangUp(callee?.name === 'call' ? callee.call : -1, nowMs));
    expect(pair.flow('b')).toEqual(['200 INVITE']);
    pair.advance(500);
    expect(pair.flow('b')).toEqual(['200 INVITE', 'BYE']);
    expectNothingLeft(pair);
  });

  it('a lost 486 is repeated by the callee until its ACK, and acknowledged each time', () => {
    const pair = new TwoAgents();
    pair.react.b = (output, agent, nowMs) => {
      if (output.name === 'call' && output.event.name === 'incoming') agent.refuse(output.call, { status: 486 }, nowMs);
    };
    let losses = 1;
    pair.lose = ({ message }) => label(message) === '486 INVITE' && losses-- > 0;
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.advance(2000);
    expect(pair.flow()).toEqual(['INVITE', '486 INVITE', 'INVITE', '486 INVITE', '486 INVITE', 'ACK', 'ACK']);
    expect(names(pair.events('a'))).toEqual(['ended']);
    expectNothingLeft(pair);
  });

  it('over TCP nothing but a 200 is repeated, and refusals leave no state behind', () => {
    const pair = new TwoAgents({ transport: 'tcp', loss: 1 });
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.advance(40_000);
    expect(pair.flow()).toEqual(['INVITE']);
    expectNothingLeft(pair);
  });

  it('stands at 30 % loss with duplicates and overtaking, and ends cleanly: 50 seeds', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const pair = new TwoAgents({ loss: 0.3, duplicate: 0.2, reorderMs: 40, seed });
      answering('b', pair);
      const call = pair.do('a', (agent, nowMs) => agent.place(outgoing(pair, { ringMs: 30_000 }), nowMs));
      pair.advance(30_000);
      expect(names(pair.events('a')), `seed ${seed}`).toContain('established');
      expect(names(pair.events('b')), `seed ${seed}`).toEqual(['incoming', 'established']);
      pair.do('a', (agent, nowMs) => agent.hangUp(call, nowMs));
      pair.advance(1000);
      expectNothingLeft(pair);
    }
  });

  it('an in-dialog request with an old CSeq is answered 500 (§12.2.2)', () => {
    const { pair } = establish();
    const first = pair.wire[0]!.message;
    const tag = readTo(pair.wire[1]!.message.headers)?.params.get('tag') ?? '';
    const sequence = readCSeq(first.headers)!.sequence;
    pair.inject('b', inDialogText(first.headers.get('Call-ID')!, first.headers.get('From')!, tag, 'OPTIONS', sequence));
    expect(pair.flow('b').at(-1)).toBe('500 OPTIONS');
  });

  it('a request within a call is obeyed from another port or transport of its far end, from another host never', () => {
    for (const source of [
      { transport: 'udp', address: '192.0.2.1', port: 40_001 },
      { transport: 'tcp', address: '192.0.2.1', port: 40_002, connection: 1 },
    ] as const) {
      const { pair, within } = answeredCall();
      pair.inject('b', within('BYE', 1), source);
      expect(endOf(pair.events('b'))).toMatchObject({ by: 'them', why: 'hung-up' });
    }
    const { pair, within } = answeredCall();
    pair.inject('b', within('BYE', 1), { transport: 'udp', address: '192.0.2.99', port: 5060 });
    expect(pair.flow('b').at(-1)).toBe('403 BYE');
    expect(names(pair.events('b'))).toEqual(['incoming', 'established']);
  });

  it('no CSeq that came another way than the call makes a request of the far end come too late', () => {
    const { pair, call, within } = answeredCall();
    const elsewhere = { transport: 'udp', address: '192.0.2.1', port: 40_001 } as const;
    const answers = [0x7fff_0000, 102, 1, 90, 500, 80].map((ahead) => {
      pair.inject('b', within('OPTIONS', ahead), elsewhere);
      return pair.flow('b').at(-1);
    });
    expect(answers).toEqual([500, 500, 200, 200, 500, 500].map((status) => `${status} OPTIONS`));
    pair.do('a', (agent, nowMs) => agent.hangUp(call, nowMs));
    pair.advance(100);
    expect(pair.flow().slice(-2)).toEqual(['BYE', '200 BYE']);
    expect(endOf(pair.events('b'))).toMatchObject({ by: 'them', why: 'hung-up' });
  });

  it('a far end that has come to another port goes on counting there', () => {
    const { pair, within } = answeredCall();
    const moved = { transport: 'udp', address: '192.0.2.1', port: 40_001 } as const;
    for (let ahead = 1; ahead < 300; ahead++) {
      pair.inject('b', within('OPTIONS', ahead), moved);
      expect(pair.flow('b').at(-1)).toBe('200 OPTIONS');
    }
  });

  it('CANCEL and ACK from another host than the caller’s change nothing', () => {
    const elsewhere = { transport: 'udp', address: '192.0.2.99', port: 5060 } as const;
    const pair = new TwoAgents();
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    pair.advance(300);
    const invite = pair.wire[0]!.message;
    const cancel = textOf({ ...invite, body: new Uint8Array(0) } as SipRequest, 'CANCEL');
    pair.inject('b', cancel, elsewhere);
    expect(pair.flow('b').at(-1)).toBe('403 CANCEL');
    expect(names(pair.events('b'))).toEqual(['incoming']);
    const [incoming] = pair.outputs.b.filter((output) => output.name === 'call');
    pair.lose = ({ message }) => message.kind === 'request' && message.method === 'ACK';
    pair.do('b', (agent, nowMs) => agent.accept(incoming!.call, sdp('answer'), terms, nowMs));
    pair.advance(100);
    const ack = pair.wire.find(({ message }) => message.kind === 'request' && message.method === 'ACK')!.message;
    pair.inject('b', textOf(ack as SipRequest), elsewhere);
    expect(names(pair.events('b'))).toEqual(['incoming']);
    pair.inject('b', textOf(ack as SipRequest));
    expect(names(pair.events('b'))).toEqual(['incoming', 'established']);
  });

  it('a request for a call that is not known is answered 481, its ACK is not', () => {
    const pair = new TwoAgents();
    pair.inject('b', inDialogText('none', '<sip:a@192.0.2.1>;tag=1', 'unknown', 'BYE', 2));
    pair.inject('b', inDialogText('none', '<sip:a@192.0.2.1>;tag=1', 'unknown', 'ACK', 1));
    expect(pair.flow('b')).toEqual(['481 BYE']);
  });
});

describe('forked calls (§13.2.2.4)', () => {
  it('keeps the first branch that answers, acknowledges the others and hangs up on them', () => {
    const pair = new TwoAgents({ loss: 0 });
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    const invite = pair.wire[0]!.message;
    if (invite.kind !== 'request') throw new Error('no INVITE');
    const branch = (tag: string, status: number, host: string) =>
      respondTo(invite, { status, headers: [['Contact', `<sip:${tag}@${host}>`]], body: new Uint8Array(0) }, tag);
    pair.do('a', (agent, nowMs) => {
      for (const tag of ['one', 'two', 'three']) agent.receive(branch(tag, 180, '192.0.2.2'), pair.hopTo('b'), nowMs);
      agent.receive(branch('two', 200, '192.0.2.2'), pair.hopTo('b'), nowMs);
      agent.receive(branch('one', 200, '192.0.2.2'), pair.hopTo('b'), nowMs);
      agent.receive(branch('one', 200, '192.0.2.2'), pair.hopTo('b'), nowMs); // a repeat
    });
    const sent = pair.wire.slice(1).map(({ message }) => [label(message), readTo(message.headers)?.params.get('tag')]);
    expect(sent).toEqual([
      ['ACK', 'two'],
      ['ACK', 'one'],
      ['BYE', 'one'],
      ['ACK', 'one'],
    ]);
    expect(names(pair.events('a'))).toEqual(['progress', 'progress', 'progress', 'established']);
  });

  it('two INVITEs of one call over different paths: the second is a merged request, 482 (§8.2.2.2)', () => {
    const pair = new TwoAgents();
    answering('b', pair);
    pair.inject('b', inviteText({ branch: 'z9hG4bKone' }));
    pair.inject('b', inviteText({ branch: 'z9hG4bKtwo' }));
    expect(pair.flow('b')).toEqual(['200 INVITE', '482 INVITE']);
  });
});

describe('routes (§12.2.1.1, §16.12.1)', () => {
  const routed = (route: string) => {
    const pair = new TwoAgents();
    const call = pair.do('a', (agent, nowMs) => agent.place(outgoing(pair), nowMs));
    const invite = pair.wire[0]!.message;
    if (invite.kind !== 'request') throw new Error('no INVITE');
    const ok = respondTo(
      invite,
      {
        status: 200,
        headers: [
          ['Record-Route', '<sip:second@192.0.2.12;lr>'],
          ['Record-Route', route],
          ['Contact', '<sip:far@192.0.2.99:5070>'],
        ],
      },
      'x',
    );
    pair.do('a', (agent, nowMs) => agent.receive(ok, pair.hopTo('b'), nowMs));
    pair.do('a', (agent, nowMs) => agent.hangUp(call, nowMs));
    return pair.outputs.a.flatMap((output) =>
      output.name === 'send' && output.message.kind === 'request' && output.message.method !== 'INVITE'
        ? [{ hop: output.hop.address, message: output.message }]
        : [],
    );
  };

  it('loose: Request-URI is the far end, Route lists the proxies in reverse, and the first is where it is sent', () => {
    for (const { hop, message } of routed('<sip:first@192.0.2.11;lr>')) {
      expect(message.uri).toMatchObject({ user: 'far', host: '192.0.2.99', port: 5070 });
      expect(message.headers.getAll('Route')).toEqual(['<sip:first@192.0.2.11;lr>', '<sip:second@192.0.2.12;lr>']);
      expect(hop).toBe('192.0.2.11');
    }
  });

  it('strict: Request-URI is the first proxy, and the far end stands last in Route', () => {
    const sent = routed('<sip:first@192.0.2.11;method=BYE?x=y>');
    expect(sent.map(({ message }) => message.method)).toEqual(['ACK', 'BYE']);
    for (const { hop, message } of sent) {
      expect(message.uri).toMatchObject({ user: 'first', host: '192.0.2.11' });
      expect(message.uri.kind === 'sip' && [message.uri.headers, message.uri.params.size]).toEqual([undefined, 0]);
      expect(message.headers.getAll('Route')).toEqual(['<sip:second@192.0.2.12;lr>', '<sip:far@192.0.2.99:5070>']);
      expect(hop).toBe('192.0.2.11');
    }
  });

  it('the far end follows a Contact that changes in a re-INVITE (target refresh)', () => {
    const { pair, call } = establish();
    pair.do('a', (agent, nowMs) => agent.offer(call, sdp('new'), nowMs));
    pair.advance(100);
    expect(pair.flow().slice(3)).toEqual(['INVITE', '200 INVITE', 'ACK']);
  });
});

describe('offers within a call (§14, RFC 3311)', () => {
  it('a re-INVITE carries our new offer, their answer comes back', () => {
    const { pair, call } = establish();
    pair.do('a', (agent, nowMs) => agent.offer(call, sdp('hold'), nowMs));
    pair.advance(100);
    const offered = pair.events('b').find(({ name }) => name === 'offered');
    expect(offered?.name === 'offered' && sdpMark(offered.offer)).toBe('hold');
    const answered = pair.events('a').find(({ name }) => name === 'answered');
    expect(answered?.name === 'answered' && sdpMark(answered.answer)).toBe('second-answer');
  });

  it('offers that cross are both answered 491; the caller waits 2.1–4 s, the callee 0–2 s, and both get through', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { pair, call, callee } = establish({ seed });
      const startMs = pair.nowMs;
      pair.do('a', (agent, nowMs) => agent.offer(call, sdp('from-a'), nowMs));
      pair.do('b', (agent, nowMs) => agent.offer(callee, sdp('from-b'), nowMs));
      pair.advance(100);
      expect(pair.flow().filter((each) => each === '491 INVITE')).toHaveLength(2);
      pair.advance(5000);
      const again = pair.wire.filter(({ atMs, message }) => atMs > startMs && label(message) === 'INVITE');
      const from = (side: Side) => again.filter((sent) => sent.from === side).map(({ atMs }) => atMs - startMs);
      expect(from('a')).toHaveLength(1);
      expect(from('b')).toHaveLength(1);
      expect(from('a')[0]).toBeGreaterThanOrEqual(2100);
      expect(from('a')[0]).toBeLessThanOrEqual(4050);
      expect(from('b')[0]).toBeLessThanOrEqual(2050);
      expect(names(pair.events('a')).filter((name) => name === 'answered')).toHaveLength(1);
      expect(names(pair.events('b')).filter((name) => name === 'answered')).toHaveLength(1);
    }
  });

  it('an offer that is turned down leaves the call as it was', () => {
    const { pair, call } = establish();
    pair.react.b = (output, agent, nowMs) => {
      if (output.name === 'call' && output.event.name === 'offered')
        agent.refuseOffer(output.call, { status: 488 }, nowMs);
    };
    pair.do('a', (agent, nowMs) => agent.offer(call, sdp('video'), nowMs));
    pair.advance(100);
    expect(pair.events('a').at(-1)).toEqual({ name: 'offer-refused', status: 488 });
    pair.do('a', (agent, nowMs) => agent.hangUp(call, nowMs));
    pair.advance(100);
    expect(pair.flow().slice(-2)).toEqual(['BYE', '200 BYE']);
  });

  it('a second re-INVITE before the first is answered gets 500 with Retry-After of 0–10 s (§14.2)', () => {
    const { pair, call } = establish();
    pair.react.b = () => undefined; // its owner takes its time
    pair.do('a', (agent, nowMs) => agent.offer(call, sdp('one'), nowMs));
    pair.advance(20);
    const reinvite = pair.wire.findLast(({ message }) => label(message) === 'INVITE')!.message;
    if (reinvite.kind !== 'request') throw new Error('no re-INVITE');
    const headers = reinvite.headers.clone();
    headers.set('CSeq', `${readCSeq(reinvite.headers)!.sequence + 1} INVITE`);
    headers.set('Via', formatVia({ ...readTopVia(headers)!, params: new Map([['branch', 'z9hG4bKother']]) }));
    pair.do('b', (agent, nowMs) => agent.receive({ ...reinvite, headers }, pair.hopTo('a'), nowMs));
    const refused = pair.wire.at(-1)!.message;
    expect(label(refused)).toBe('500 INVITE');
    expect(Number(refused.headers.get('Retry-After'))).toBeLessThanOrEqual(10);
  });

  it('a re-INVITE that the far end answers 481 ends the call; one that times out is followed by BYE', () => {
    const lost = establish();
    lost.pair.lose = ({ from }) => from === 'b';
    lost.pair.do('a', (agent, nowMs) => agent.offer(lost.call, sdp('x'), nowMs));
    lost.pair.advance(33_000);
    expect(endOf(lost.pair.events('a'))).toEqual({ by: 'network', why: 'timeout' });
    expect(lost.pair.flow('a')).toContain('BYE');
    expectNothingLeft(lost.pair);

    const { pair, call } = establish();
    pair.do('a', (agent, nowMs) => agent.offer(call, sdp('x'), nowMs));
    const reinvite = pair.wire.at(-1)!.message;
    if (reinvite.kind !== 'request') throw new Error('no re-INVITE');
    pair.do('a', (agent, nowMs) =>
      agent.receive(respondTo(reinvite, { status: 481 }, undefined), pair.hopTo('b'), nowMs),
    );
    expect(endOf(pair.events('a'))).toMatchObject({ why: 'lost', status: 481 });
  });

  it('UPDATE without a body is answered 200 and refreshes; INFO 200; INFO of a package 469; MESSAGE is somebody’s', () => {
    const { pair } = establish();
    const first = pair.wire[0]!.message;
    const tag = readTo(pair.wire[1]!.message.headers)?.params.get('tag') ?? '';
    const sequence = readCSeq(first.headers)!.sequence;
    const say = (method: string, step: number, extra = '') =>
      pair.inject(
        'b',
        inDialogText(first.headers.get('Call-ID')!, first.headers.get('From')!, tag, method, sequence + step, extra),
      );
    say('UPDATE', 1);
    say('INFO', 2);
    say('INFO', 3, 'Info-Package: foo\r\n');
    say('MESSAGE', 4);
    expect(pair.flow('b').slice(1)).toEqual(['200 UPDATE', '200 INFO', '469 INFO']);
  });
});

describe('session timers (RFC 4028)', () => {
  const short = { terms: { ...terms, sessionExpiresS: 90 } };

  it('the refresher sends UPDATE at half the interval, for hours', () => {
    const { pair } = establish({}, short);
    const granted = pair.wire[1]!.message;
    expect(readSessionExpires(granted.headers)).toEqual({ intervalS: 90, refresher: 'uas' });
    pair.advance(3_600_000);
    const updates = pair.wire.filter(({ message }) => label(message) === 'UPDATE');
    expect(updates).toHaveLength(79);
    expect(updates.every(({ from }) => from === 'b')).toBe(true);
    expect(endOf(pair.events('a'))).toBeUndefined();
    expect(endOf(pair.events('b'))).toBeUndefined();
  });

  it('the other side ends a call that is not refreshed, 30 s before its 90 s are over', () => {
    const { pair } = establish({}, short);
    const startMs = pair.nowMs;
    pair.lose = ({ from, message }) => from === 'b' && label(message) !== '200 BYE';
    pair.advance(61_000);
    const bye = pair.wire.find(({ from, message }) => from === 'a' && label(message) === 'BYE');
    expect(bye && Math.round((bye.atMs - 20) / 1000)).toBe(60);
    expect(startMs).toBe(1000);
    expect(endOf(pair.events('a'))).toEqual({ by: 'network', why: 'expired' });
  });

  it('422 is answered by the same INVITE with the interval that it asks for', () => {
    const pair = new TwoAgents();
    pair.do('a', (agent, nowMs) => agent.place(outgoing(pair, short), nowMs));
    const invite = pair.wire[0]!.message;
    if (invite.kind !== 'request') throw new Error('no INVITE');
    const refusal = respondTo(invite, { status: 422, headers: [['Min-SE', '300']] }, 'x');
    pair.do('a', (agent, nowMs) => agent.receive(refusal, pair.hopTo('b'), nowMs));
    const again = pair.wire.at(-1)!.message;
    expect(pair.flow('a')).toEqual(['INVITE', 'ACK', 'INVITE']);
    expect(again.headers.get('Session-Expires')).toBe('300');
    expect(again.headers.get('Min-SE')).toBe('300');
    expect(readCSeq(again.headers)!.sequence).toBe(readCSeq(invite.headers)!.sequence + 1);
    expect(again.headers.get('Call-ID')).toBe(invite.headers.get('Call-ID'));
  });

  it('an INVITE that asks for less than 90 s is answered 422 with Min-SE', () => {
    const pair = new TwoAgents();
    pair.inject('b', inviteText({ extra: 'Supported: timer\r\nSession-Expires: 60\r\n' }));
    expect(pair.flow('b')).toEqual(['422 INVITE']);
    expect(pair.wire[0]!.message.headers.get('Min-SE')).toBe('90');
  });

  it('refreshes by re-INVITE with the same description where UPDATE is not allowed', () => {
    const { pair } = establish({}, { terms: { ...terms, sessionExpiresS: 90 } });
    expect(pair.flow()).toHaveLength(3);
    const plain = new TwoAgents();
    plain.do('a', (agent, nowMs) => agent.place(outgoing(plain, short), nowMs));
    const invite = plain.wire[0]!.message;
    if (invite.kind !== 'request') throw new Error('no INVITE');
    const ok = respondTo(
      invite,
      {
        status: 200,
        headers: [
          ['Contact', '<sip:far@192.0.2.2>'],
          ['Session-Expires', '90;refresher=uac'],
        ],
      },
      'x',
    );
    plain.do('a', (agent, nowMs) => agent.receive(ok, plain.hopTo('b'), nowMs));
    plain.advance(45_001);
    const refresh = plain.wire.at(-1)!.message;
    expect(plain.flow('a')).toEqual(['INVITE', 'ACK', 'INVITE']);
    expect(sdpMark(refresh.body)).toBe('offer');
    expect(refresh.headers.get('Session-Expires')).toBe('90;refresher=uac');
  });
});

describe('who speaks (RFC 4916, RFC 3325)', () => {
  it('a changed From in UPDATE, or P-Asserted-Identity, is told once', () => {
    const { pair } = establish();
    const first = pair.wire[0]!.message;
    const tag = readTo(pair.wire[1]!.message.headers)?.params.get('tag') ?? '';
    const sequence = readCSeq(first.headers)!.sequence;
    const fromTag = /;tag=.*/.exec(first.headers.get('From')!)![0];
    const say = (step: number, from: string, extra = '') =>
      pair.inject(
        'b',
        inDialogText(first.headers.get('Call-ID')!, `${from}${fromTag}`, tag, 'UPDATE', sequence + step, extra),
      );
    say(1, '"Mouscron 31" <sip:5317031@192.0.2.1>');
    say(2, '"Mouscron 31" <sip:5317031@192.0.2.1>');
    say(3, '<sip:escaut@escaut.invalid>', 'P-Asserted-Identity: <tel:+3256863111>\r\n');
    const told = pair.events('b').flatMap((event) => (event.name === 'identity' ? [event.identity] : []));
    expect(told.map(({ displayName, uri: who }) => [displayName, who.kind === 'sip' ? who.user : who.scheme])).toEqual([
      ['Mouscron 31', '5317031'],
      [undefined, 'tel'],
    ]);
  });
});

describe('telling who speaks (RFC 4916 §4, RFC 3325)', () => {
  const mouscron = address('"Mouscron 31" <sip:5317031@escaut.invalid>');
  const escaut = address('"Escaut 12" <sip:5317012@escaut.invalid>');
  /** An established call whose far end's answer said so of itself, and what it is told. */
  const tellingTo = (abilities: Readonly<Record<string, string>>, tellSpeaker?: SpeakerWay) => {
    const pair = new TwoAgents();
    answering('a', pair);
    answering('b', pair);
    pair.lose = ({ message }) => label(message) === '200 INVITE';
    const way = tellSpeaker && { tellSpeaker };
    const call = pair.do('a', (agent, nowMs) => agent.place(outgoing(pair, { terms: { ...terms, ...way } }), nowMs));
    pair.advance(100);
    pair.lose = () => false;
    const answer = pair.wire[1]!.message as SipResponse;
    for (const [name, value] of Object.entries(abilities)) answer.headers.set(name, value);
    pair.inject('a', serialiseSipMessage(answer));
    pair.advance(100);
    const tell = (speaker: NameAddr) => {
      pair.do('a', (agent, nowMs) => agent.identify(call, speaker, nowMs));
      pair.advance(100);
    };
    const said = () =>
      pair.wire
        .slice(3)
        .filter(({ from, message }) => from === 'a' && message.kind === 'request' && message.method !== 'ACK')
        .map(({ message: { headers }, message }) => [
          label(message),
          readFrom(headers)?.displayName,
          readPAssertedIdentities(headers)[0]?.displayName,
        ]);
    return { pair, call, tell, said };
  };

  it('From and P-Asserted-Identity of an UPDATE, where the far end reads both; the tag stays', () => {
    const { pair, call, tell, said } = tellingTo({});
    tell(mouscron);
    tell(escaut);
    expect(said()).toEqual([
      ['UPDATE', 'Mouscron 31', 'Mouscron 31'],
      ['UPDATE', 'Escaut 12', 'Escaut 12'],
    ]);
    const tags = pair.wire.filter(({ from }) => from === 'a').map(({ message }) => message.headers.get('From')!);
    expect(new Set(tags.map((from) => /;tag=.*/.exec(from)![0])).size).toBe(1);
    const heard = pair.events('b').flatMap((event) => (event.name === 'identity' ? [event.identity.displayName] : []));
    expect(heard).toEqual(['Mouscron 31', 'Escaut 12']);
    pair.do('a', (agent, nowMs) => agent.hangUp(call, nowMs));
    expect(said().at(-1)).toEqual(['BYE', 'Escaut 12', undefined]); // what it took is our address from then on
  });

  it.each([
    ['no from-change: asserted only', { Supported: 'timer' }, 'auto', ['UPDATE', undefined, 'Mouscron 31']],
    ['no UPDATE: From of a re-INVITE', { Allow: 'INVITE, ACK, BYE' }, 'auto', ['INVITE', 'Mouscron 31', undefined]],
    ['asserted alone is wanted', {}, 'asserted', ['UPDATE', undefined, 'Mouscron 31']],
    ['From alone is wanted', {}, 'from', ['UPDATE', 'Mouscron 31', undefined]],
  ] as const)('%s', (_what, abilities, way, expected) => {
    const { tell, said } = tellingTo(abilities, way);
    tell(mouscron);
    expect(said()).toEqual([expected]);
  });

  it.each([
    ['it can read neither', { Allow: 'INVITE, ACK, BYE', Supported: 'timer' }, 'auto'],
    ['it is not wanted', {}, 'off'],
    ['From is wanted, and it cannot', { Supported: 'timer' }, 'from'],
  ] as const)('nothing is sent: %s', (_what, abilities, way) => {
    const { tell, said } = tellingTo(abilities, way);
    tell(mouscron);
    expect(said()).toEqual([]);
  });

  it('while one UPDATE is under way the last of the talkers waits for its end', () => {
    const { pair, call, said } = tellingTo({});
    for (const speaker of [mouscron, escaut, mouscron, escaut]) {
      pair.do('a', (agent, nowMs) => agent.identify(call, speaker, nowMs));
    }
    pair.advance(100);
    expect(said().map(([, name]) => name)).toEqual(['Mouscron 31', 'Escaut 12']);
  });

  it('three refusals in a row: it is told no more, and the call stands', () => {
    const { pair, call, tell, said } = tellingTo({});
    pair.lose = ({ from, message }) => from === 'a' && label(message) === 'UPDATE';
    const refuse = () => {
      const update = pair.wire.at(-1)!.message as SipRequest;
      const refusal = respondTo(update, { status: 403 }, 'b');
      pair.do('a', (agent, nowMs) => agent.receive(refusal, pair.hopTo('b'), nowMs));
    };
    for (const speaker of [mouscron, escaut, mouscron]) {
      pair.do('a', (agent, nowMs) => agent.identify(call, speaker, nowMs));
      refuse();
    }
    tell(escaut);
    expect(said()).toHaveLength(3);
    expect(pair.events('a', call).some(({ name }) => name === 'ended')).toBe(false);
  });

  it('an UPDATE that nobody answers ends no call: a re-INVITE asks for it, and no more is told', () => {
    const { pair, call, tell, said } = tellingTo({});
    pair.lose = ({ from, message }) => from === 'a' && label(message) === 'UPDATE';
    tell(mouscron);
    pair.advance(40_000);
    tell(escaut);
    const sent = said().map(([what]) => what);
    expect(sent.at(-1)).toBe('INVITE');
    expect(sent.slice(0, -1).every((what) => what === 'UPDATE')).toBe(true);
    expect(pair.events('a', call).some(({ name }) => name === 'ended')).toBe(false);
  });

  it('INFO names a talker by P-Asserted-Identity or another From; one that says nothing new names nobody', () => {
    const { pair } = establish();
    const first = pair.wire[0]!.message;
    const tag = readTo(pair.wire[1]!.message.headers)?.params.get('tag') ?? '';
    const sequence = readCSeq(first.headers)!.sequence;
    const own = first.headers.get('From')!;
    const fromTag = /;tag=.*/.exec(own)![0];
    const info = (step: number, from: string, extra = '') =>
      pair.inject('b', inDialogText(first.headers.get('Call-ID')!, from, tag, 'INFO', sequence + step, extra));
    info(1, own);
    info(2, own, 'P-Asserted-Identity: "BAC 2" <sip:590192102@inpt.invalid>\r\n');
    info(3, own);
    info(4, `"TV 41" <sip:590192141@inpt.invalid>${fromTag}`);
    const told = pair.events('b').flatMap((event) => (event.name === 'identity' ? [event.identity.displayName] : []));
    expect(told).toEqual(['BAC 2', 'TV 41']);
  });
});

describe('asking whether a call is still known', () => {
  it('OPTIONS goes within the dialog, and only to a far end whose Allow names it', () => {
    const { pair, call } = establish();
    pair.do('a', (agent, nowMs) => agent.probe(call, nowMs));
    pair.advance(100);
    expect(pair.flow().slice(3)).toEqual(['OPTIONS', '200 OPTIONS']);
  });

  it('481 to OPTIONS is verified by a re-INVITE: answered, the call goes on and is not probed again', () => {
    const { pair, call } = establish();
    pair.do('a', (agent, nowMs) => agent.probe(call, nowMs));
    const options = pair.wire.at(-1)!.message;
    if (options.kind !== 'request') throw new Error('no OPTIONS');
    pair.do('a', (agent, nowMs) =>
      agent.receive(respondTo(options, { status: 481 }, undefined), pair.hopTo('b'), nowMs),
    );
    pair.advance(100);
    expect(pair.flow('a').slice(2)).toEqual(['OPTIONS', 'INVITE', 'ACK']);
    pair.do('a', (agent, nowMs) => agent.probe(call, nowMs));
    expect(pair.flow('a').slice(2)).toEqual(['OPTIONS', 'INVITE', 'ACK']);
    expect(endOf(pair.events('a'))).toBeUndefined();
  });
});

function inviteText({
  branch = 'z9hG4bKx',
  extra = '',
  body = Buffer.from(sdp('their-offer')).toString(),
} = {}): string {
  return (
    'INVITE sip:5300110@192.0.2.2 SIP/2.0\r\n' +
    `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=${branch}\r\n` +
    'Max-Forwards: 70\r\nFrom: <sip:box@192.0.2.1>;tag=box\r\nTo: <sip:5300110@192.0.2.2>\r\n' +
    'Call-ID: text-call\r\nCSeq: 1 INVITE\r\nContact: <sip:box@192.0.2.1>\r\n' +
    `${extra}${body === '' ? '' : 'Content-Type: application/sdp\r\n'}Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

function ackText(tag: string, body: string): string {
  return (
    'ACK sip:escaut@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKack\r\nMax-Forwards: 70\r\n' +
    `From: <sip:box@192.0.2.1>;tag=box\r\nTo: <sip:5300110@192.0.2.2>;tag=${tag}\r\nCall-ID: text-call\r\nCSeq: 1 ACK\r\n` +
    `Content-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}

function inDialogText(
  callId: string,
  from: string,
  toTag: string,
  method: string,
  sequence: number,
  extra = '',
): string {
  return (
    `${method} sip:escaut@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${method}${sequence}\r\n` +
    `Max-Forwards: 70\r\nFrom: ${from}\r\nTo: <sip:5300110@192.0.2.2>;tag=${toTag}\r\n` +
    `Call-ID: ${callId}\r\nCSeq: ${sequence} ${method}\r\nContact: <sip:escaut@192.0.2.1>\r\n${extra}Content-Length: 0\r\n\r\n`
  );
}
