import { describe, expect, it } from 'vitest';
import type { CallTerms } from '../../../src/protocols/sip/call-terms.ts';
import { DigestServer } from '../../../src/protocols/sip/digest-server.ts';
import type { SipRequest } from '../../../src/protocols/sip/message.ts';
import { respondTo } from '../../../src/protocols/sip/response.ts';
import { address, label, sdp, TwoAgents, uri } from './two-agents.ts';

const credentials = { username: 'gw', password: 'pw' };
const terms: CallTerms = { contactUser: 'x', sessionExpiresS: 1800, symmetric: false, credentials };

/** A calls; the answers to what it sends are the test's. */
function calling() {
  const pair = new TwoAgents();
  pair.lose = () => true;
  const call = pair.do('a', (agent, nowMs) =>
    agent.place(
      {
        uri: uri('sip:1@192.0.2.2'),
        hop: pair.hopTo('b'),
        from: address('<sip:gw@h>'),
        offer: sdp('o'),
        terms,
        ringMs: 30_000,
      },
      nowMs,
    ),
  );
  const last = (): SipRequest => {
    const message = pair.wire.findLast(
      (sent) => sent.message.kind === 'request' && sent.message.method !== 'ACK',
    )?.message;
    if (message?.kind !== 'request') throw new Error('nothing sent');
    return message;
  };
  const answer = (status: number, headers: readonly (readonly [string, string])[] = []) =>
    pair.do('a', (agent, nowMs) =>
      agent.receive(
        respondTo(last(), { status, headers: [['Contact', '<sip:b@192.0.2.2>'], ...headers] }, 'x'),
        pair.hopTo('b'),
        nowMs,
      ),
    );
  return { pair, call, last, answer };
}

const www = (rest: string) => ['WWW-Authenticate', `Digest realm="far", ${rest}`] as const;
const proxy = (rest: string) => ['Proxy-Authenticate', `Digest realm="proxy", ${rest}`] as const;
const ended = (pair: TwoAgents) =>
  pair.events('a').flatMap((event) => (event.name === 'ended' ? [event.end.status] : []))[0];

describe('credentials in calls (RFC 3261 §22)', () => {
  it('a proxy asks first, then the far end: each gets its own, and the ACK carries them too', () => {
    const { pair, last, answer } = calling();
    answer(407, [proxy('nonce="p1", qop="auth"')]);
    answer(401, [www('nonce="w1", qop="auth"')]);
    expect(last().headers.get('Proxy-Authorization')).toMatch(/realm="proxy", nonce="p1"/);
    expect(last().headers.get('Authorization')).toMatch(/realm="far", nonce="w1"/);
    answer(200);
    const ack = pair.wire.at(-1)!.message;
    expect(label(ack)).toBe('ACK');
    expect(ack.headers.get('Authorization')).toBe(last().headers.get('Authorization'));
  });

  it('a stale nonce is answered again; a fresh one refused means a wrong password, and the end', () => {
    const { pair, answer } = calling();
    answer(401, [www('nonce="w1"')]);
    answer(401, [www('nonce="w2", stale=true')]);
    expect(pair.flow('a').filter((each) => each === 'INVITE')).toHaveLength(3);
    answer(401, [www('nonce="w3"')]);
    expect(ended(pair)).toBe(401);
  });

  it('no more than four times, however often the nonce is called stale', () => {
    const { pair, answer } = calling();
    for (let challenge = 0; challenge < 5; challenge++) answer(401, [www(`nonce="w${challenge}", stale=true`)]);
    expect(pair.flow('a').filter((each) => each === 'INVITE')).toHaveLength(5);
    expect(ended(pair)).toBe(401);
  });

  it('the uses of one nonce are counted over requests, re-INVITE and BYE included', () => {
    const { pair, call, last, answer } = calling();
    const ask = [www('nonce="same", qop="auth"')];
    answer(401, ask);
    answer(200);
    pair.do('a', (agent, nowMs) => agent.offer(call, sdp('o2'), nowMs));
    answer(401, ask);
    expect(last().method).toBe('INVITE');
    expect(last().headers.get('Authorization')).toMatch(/nc=00000002/);
    answer(200);
    pair.do('a', (agent, nowMs) => agent.hangUp(call, nowMs));
    answer(401, ask);
    expect(last().method).toBe('BYE');
    expect(last().headers.get('Authorization')).toMatch(/nc=00000003/);
    answer(200);
    expect(pair.events('a').at(-1)).toMatchObject({ name: 'ended', end: { why: 'hung-up' } });
  });

  it('a challenge of an algorithm that we do not know, or without credentials of ours, is a refusal', () => {
    const { pair, answer } = calling();
    answer(401, [www('nonce="w", algorithm=SHA3-512')]);
    expect(ended(pair)).toBe(401);
  });

  it.each(['MD5', 'SHA-256', 'SHA-512-256'] as const)('what we answer to %s, our own server lets pass', (algorithm) => {
    const server = new DigestServer({
      realm: 'far',
      secret: Buffer.alloc(32, 1),
      algorithms: [algorithm],
      nonceLifetimeMs: 60_000,
      noncesMax: 10,
      guessesMax: 3,
      guessWindowMs: 60_000,
    });
    const { last, answer } = calling();
    answer(
      401,
      server.challenge(0, false).map((value) => ['WWW-Authenticate', value] as const),
    );
    const passwordOf = (name: string) => (name === 'gw' ? 'pw' : undefined);
    expect(server.verify(last(), '192.0.2.1', passwordOf, 1000)).toEqual({ result: 'passed', username: 'gw' });
  });
});
