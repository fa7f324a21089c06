import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../src/base/random.ts';
import type { CallId, CallTerms } from '../../../src/protocols/sip/call-terms.ts';
import type { Hop } from '../../../src/protocols/sip/hop.ts';
import type { SipMessage } from '../../../src/protocols/sip/message.ts';
import { parseSipMessage } from '../../../src/protocols/sip/parse.ts';
import { respondTo } from '../../../src/protocols/sip/response.ts';
import { serialiseSipMessage } from '../../../src/protocols/sip/serialise.ts';
import { UserAgent } from '../../../src/protocols/sip/user-agent.ts';
import { address, sdp, uri } from './two-agents.ts';

const source: Hop = { transport: 'udp', address: '192.0.2.2', port: 5060 };
const terms: CallTerms = {
  contactUser: 'gw',
  sessionExpiresS: 90,
  symmetric: false,
  credentials: { username: 'u', password: 'p' },
};
const limits = { callsMax: 20, transactionsMax: 40 };

/** What may happen to a user agent: messages of a hostile or confused far end, its owner's wishes, time. */
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      method: fc.constantFrom(
        'INVITE',
        'INVITE',
        'INVITE',
        'CANCEL',
        'BYE',
        'OPTIONS',
        'INFO',
        'REGISTER',
        'PRACK',
        'FROB',
      ),
      branch: fc.integer({ min: 0, max: 200 }),
      callId: fc.integer({ min: 0, max: 9 }),
      sequence: fc.integer({ min: 0, max: 4 }),
      body: fc.constantFrom('none', 'sdp', 'sdp', 'sdp', 'sdp', 'text'),
      extra: fc.constantFrom(
        '',
        '',
        '',
        'Supported: timer\r\nSession-Expires: 60\r\n',
        'Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n',
        'Require: 100rel\r\n',
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('within' as const),
      method: fc.constantFrom('INVITE', 'ACK', 'ACK', 'ACK', 'BYE', 'OPTIONS', 'UPDATE', 'INFO', 'CANCEL'),
      /** Of which of the messages that we have sent, counted from the last, it takes its dialog. */
      of: fc.integer({ min: 0, max: 6 }),
      branch: fc.integer({ min: 0, max: 200 }),
      /** Above the last CSeq, or an old one. */
      ahead: fc.integer({ min: -1, max: 2 }),
      body: fc.constantFrom('none', 'sdp', 'text'),
      extra: fc.constantFrom('', '', 'Session-Expires: 90;refresher=uac\r\n', 'P-Asserted-Identity: <tel:+3256>\r\n'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('response' as const),
      /** To which of the requests that we have sent, counted from the last. */
      to: fc.nat({ max: 3 }),
      status: fc.constantFrom(200, 200, 200, 200, 100, 180, 183, 302, 401, 407, 408, 422, 481, 487, 488, 491, 500, 503),
      tag: fc.constantFrom('x', 'x', 'x', 'y', 'z'),
      body: fc.boolean(),
      headers: fc.constantFrom<(readonly [string, string])[]>(
        [['Allow', 'INVITE, ACK, BYE, OPTIONS, UPDATE']],
        [['Min-SE', '200']],
        [['WWW-Authenticate', 'Digest realm="r", nonce="n", stale=true']],
        [['Session-Expires', '1;refresher=uac']],
        [['Record-Route', '<sip:192.0.2.77>']],
        [['Contact', '<tel:+3256>']],
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('wish' as const),
      what: fc.constantFrom(
        'place',
        'accept',
        'accept',
        'refuse',
        'offer',
        'acceptOffer',
        'refuseOffer',
        'hangUp',
        'probe',
        'options',
        'register',
      ),
      /** Which call, counted from the last that we heard of. */
      call: fc.nat({ max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      ms: fc.constantFrom(0, 1, 100, 500, 4000, 33_000, 100_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unreachable' as const) }) },
);

/** Calls that stand when the disorder begins. */
const preludes: Record<'none' | 'ours' | 'theirs', readonly Step[]> = {
  none: [],
  ours: [
    { do: 'wish', what: 'place', call: 0 },
    {
      do: 'response',
      to: 0,
      status: 200,
      tag: 'x',
      body: true,
      headers: [
        ['Allow', 'INVITE, ACK, BYE, OPTIONS, UPDATE'],
        ['Session-Expires', '90;refresher=uac'],
      ],
    },
  ],
  theirs: [
    { do: 'request', method: 'INVITE', branch: 1, callId: 1, sequence: 1, body: 'sdp', extra: '' },
    { do: 'wish', what: 'accept', call: 0 },
    { do: 'within', method: 'ACK', of: 0, branch: 2, ahead: 0, body: 'none', extra: '' },
  ],
};

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Run {
  readonly agent: UserAgent;
  readonly #random: SeededRandom;
  nowMs = 0;
  sent: SipMessage[] = [];
  ended = new Map<CallId, number>();
  seen = new Set<CallId>();
  #count = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.agent = new UserAgent({
      localFor: () => ({ address: '192.0.2.1', port: 5060 }),
      hopTo: () => undefined,
      token: () => `t${++this.#count}`,
      fraction: () => this.#random.fraction(),
      ...limits,
    });
  }

  do(each: Step): void {
    const { agent, nowMs } = this;
    if (each.do === 'time') this.pass(each.ms);
    else if (each.do === 'unreachable') agent.unreachable(source, nowMs);
    else if (each.do === 'request') this.#receive(this.#outside(each));
    else if (each.do === 'within') this.#receive(this.#within(each));
    else if (each.do === 'response') this.#answer(each);
    else this.#wish(each.what, each.call);
    this.drain();
  }

  /** Time passes timer by timer; no machine may ask for the same instant for ever. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let ticks = 0; this.agent.deadlineMs <= untilMs; ticks++) {
      expect(ticks).toBeLessThan(20_000);
      this.nowMs = Math.max(this.nowMs, this.agent.deadlineMs);
      this.agent.tick(this.nowMs);
      this.drain();
    }
    this.nowMs = untilMs;
  }

  drain(): void {
    for (let outputs = this.agent.take(); outputs.length > 0; outputs = this.agent.take()) {
      for (const output of outputs) {
        if (output.name === 'send') {
          // Whatever goes out can be read again.
          const reading = parseSipMessage(serialiseSipMessage(output.message));
          expect(reading.ok, reading.ok ? '' : reading.detail).toBe(true);
          this.sent.push(output.message);
        } else if (output.name === 'call') {
          this.seen.add(output.call);
          // Nothing is told of a call after its end.
          expect(this.ended.has(output.call)).toBe(false);
          if (output.event.name === 'ended') this.ended.set(output.call, this.nowMs);
        } else if (output.name === 'register') {
          this.agent.respond(output.transaction, output.request, { status: 403 }, this.nowMs);
        }
      }
    }
    const { calls, transactions, dialogs } = this.agent.sizes;
    expect(calls).toBeLessThanOrEqual(limits.callsMax + 9);
    expect(transactions).toBeLessThanOrEqual(2 * limits.transactionsMax);
    expect(dialogs).toBeLessThanOrEqual(9 * (limits.callsMax + 9));
  }

  #wish(what: string, index: number): void {
    const { agent, nowMs } = this;
    const call = [...this.seen].at(-1 - index) ?? index;
    const from = address('<sip:gw@escaut.invalid>');
    if (what === 'place') {
      if (agent.sizes.calls >= limits.callsMax) return;
      this.seen.add(
        agent.place({ uri: uri('sip:1@192.0.2.2'), hop: source, from, offer: sdp('o'), terms, ringMs: 9000 }, nowMs),
      );
    } else if (what === 'accept') agent.accept(call, sdp('a'), terms, nowMs);
    else if (what === 'refuse') agent.refuse(call, { status: 486 }, nowMs);
    else if (what === 'offer') agent.offer(call, sdp('o2'), nowMs);
    else if (what === 'acceptOffer') agent.acceptOffer(call, sdp('a2'), nowMs);
    else if (what === 'refuseOffer') agent.refuseOffer(call, { status: 488 }, nowMs);
    else if (what === 'hangUp') agent.hangUp(call, nowMs);
    else if (what === 'probe') agent.probe(call, nowMs);
    else {
      const method = what === 'options' ? 'OPTIONS' : 'REGISTER';
      agent.request(
        {
          method,
          uri: uri('sip:192.0.2.2'),
          hop: source,
          from,
          ...(terms.credentials && { credentials: terms.credentials }),
        },
        nowMs,
      );
    }
  }

  #answer(each: Extract<Step, { do: 'response' }>): void {
    const requests = this.sent.flatMap((message) => (message.kind === 'request' ? [message] : []));
    const request = requests.at(-1 - each.to);
    if (request === undefined) return;
    const body = each.body ? sdp('their-answer') : undefined;
    const type: (readonly [string, string])[] = body ? [['Content-Type', 'application/sdp']] : [];
    const headers = [['Contact', '<sip:far@192.0.2.2>'] as const, ...each.headers, ...type];
    this.#receive(
      serialiseSipMessage(respondTo(request, { status: each.status, headers, ...(body && { body }) }, each.tag)),
    );
  }

  #outside(each: Extract<Step, { do: 'request' }>): string {
    const callId = `c${each.callId}`;
    return requestText({ ...each, callId, from: '<sip:far@192.0.2.2>;tag=x', to: '<sip:gw@192.0.2.1>' });
  }

  #within(each: Extract<Step, { do: 'within' }>): string {
    const message = this.sent.at(-1 - each.of);
    if (message === undefined) return '';
    const [from = '', to = ''] = [message.headers.get('From'), message.headers.get('To')];
    const [theirs, ours] = message.kind === 'request' ? [to, from] : [from, to];
    const last = Number(message.headers.get('CSeq')?.split(' ')[0]);
    const sequence = each.method === 'ACK' ? last : Math.max(0, last + each.ahead);
    return requestText({ ...each, sequence, callId: message.headers.get('Call-ID') ?? '', from: theirs, to: ours });
  }

  #receive(octets: Uint8Array | string): void {
    const reading = parseSipMessage(Buffer.from(octets));
    if (reading.ok) this.agent.receive(reading.message, source, this.nowMs);
  }
}

function requestText(parts: {
  readonly method: string;
  readonly branch: number;
  readonly callId: string;
  readonly sequence: number;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly extra: string;
}): string {
  const { method, branch, callId, sequence, from, to, extra } = parts;
  const body = parts.body === 'none' ? '' : parts.body === 'sdp' ? Buffer.from(sdp('theirs')).toString() : 'hello';
  const type = body === '' ? '' : `Content-Type: ${parts.body === 'sdp' ? 'application/sdp' : 'text/plain'}\r\n`;
  return (
    `${method} sip:gw@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=${branch % 10 === 0 ? 'old' : 'z9hG4bK'}${branch}\r\n` +
    `Max-Forwards: 70\r\nFrom: ${from}\r\nTo: ${to}\r\nCall-ID: ${callId}\r\nCSeq: ${sequence} ${method}\r\n` +
    `Contact: <sip:far@192.0.2.2>\r\n${extra}${type}Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

describe('user agent, whatever happens', () => {
  it('never throws, keeps its bounds, tells each call’s end once and nothing after, and comes to rest', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<keyof typeof preludes>('none', 'ours', 'theirs'),
        fc.array(step, { maxLength: 100, size: 'max' }),
        fc.integer({ min: 1, max: 1000 }),
        (prelude, steps, seed) => {
          const run = new Run(seed);
          for (const each of [...preludes[prelude], ...steps]) run.do(each);
          // Its owner lets everything go; then within two minutes nothing is left and no timer runs.
          for (const call of run.seen) run.agent.hangUp(call, run.nowMs);
          run.drain();
          run.pass(70_000);
          for (const call of run.seen) run.agent.hangUp(call, run.nowMs);
          run.drain();
          run.pass(70_000);
          expect(run.agent.sizes).toEqual({ calls: 0, dialogs: 0, transactions: 0 });
          expect(run.agent.deadlineMs).toBe(Infinity);
          expect([...run.seen].filter((call) => !run.ended.has(call))).toEqual([]);
        },
      ),
      { numRuns: 250 },
    );
  }, 60_000);
});
