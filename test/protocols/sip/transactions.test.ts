import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SipResponse } from '../../../src/protocols/sip/message.ts';
import { SipHeaders } from '../../../src/protocols/sip/message.ts';
import { rfcTimers, type TransactionContext } from '../../../src/protocols/sip/timers.ts';
import {
  type ClientEvent,
  clientDeadlineMs,
  startClient,
  stepClient,
} from '../../../src/protocols/sip/transaction-client.ts';
import {
  type InviteClientEvent,
  inviteClientDeadlineMs,
  startInviteClient,
  stepInviteClient,
} from '../../../src/protocols/sip/transaction-invite-client.ts';
import {
  type InviteServerEvent,
  inviteServerDeadlineMs,
  startInviteServer,
  stepInviteServer,
} from '../../../src/protocols/sip/transaction-invite-server.ts';
import {
  type ServerEvent,
  serverDeadlineMs,
  startServer,
  stepServer,
} from '../../../src/protocols/sip/transaction-server.ts';

const udp: TransactionContext = { timers: rfcTimers, reliable: false };
const tcp: TransactionContext = { timers: rfcTimers, reliable: true };

function response(status: number): SipResponse {
  return { kind: 'response', status, reason: '', headers: new SipHeaders(), body: new Uint8Array(0) };
}

interface Run<Event> {
  readonly state: () => string;
  readonly feed: (event: Event) => string[];
  /** Runs timers until `untilMs`; what each brought about, with its time. */
  readonly play: (untilMs: number) => [atMs: number, action: string][];
  readonly deadlineMs: () => number;
}

/** A machine with its clock: the four have the same shape. */
function run<State extends { readonly name: string }, Event extends { readonly name: string }>(
  first: { readonly state: State; readonly actions: readonly { readonly name: string }[] },
  step: (
    state: State,
    event: Event | { name: 'tick' },
    context: TransactionContext,
    nowMs: number,
  ) => { readonly state: State; readonly actions: readonly { readonly name: string }[] },
  deadlineMs: (state: State) => number,
  context: TransactionContext,
): Run<Event> {
  let { state } = first;
  let nowMs = 0;
  const feed = (event: Event | { name: 'tick' }) => {
    const next = step(state, event, context, nowMs);
    state = next.state;
    return next.actions.map(({ name }) => name);
  };
  return {
    state: () => state.name,
    feed,
    deadlineMs: () => deadlineMs(state),
    play(untilMs) {
      const log: [number, string][] = [];
      while (deadlineMs(state) <= untilMs) {
        nowMs = deadlineMs(state);
        for (const action of feed({ name: 'tick' })) log.push([nowMs, action]);
      }
      nowMs = untilMs;
      return log;
    },
  };
}

const inviteClient = (context: TransactionContext) =>
  run<ReturnType<typeof startInviteClient>['state'], InviteClientEvent>(
    startInviteClient(context, 0),
    (state, event, each, nowMs) => stepInviteClient(state, event as InviteClientEvent, each, nowMs),
    inviteClientDeadlineMs,
    context,
  );
const client = (context: TransactionContext) =>
  run<ReturnType<typeof startClient>['state'], ClientEvent>(
    startClient(context, 0),
    (state, event, each, nowMs) => stepClient(state, event as ClientEvent, each, nowMs),
    clientDeadlineMs,
    context,
  );
const inviteServer = (context: TransactionContext) =>
  run<ReturnType<typeof startInviteServer>, InviteServerEvent>(
    { state: startInviteServer(0), actions: [] },
    (state, event, each, nowMs) => stepInviteServer(state, event as InviteServerEvent, each, nowMs),
    inviteServerDeadlineMs,
    context,
  );
const server = (context: TransactionContext) =>
  run<ReturnType<typeof startServer>, ServerEvent>(
    { state: startServer(context, 0), actions: [] },
    (state, event, each, nowMs) => stepServer(state, event as ServerEvent, each, nowMs),
    serverDeadlineMs,
    context,
  );

const provisional = { name: 'provisional', response: response(180) } as const;
const success = { name: 'success', response: response(200) } as const;
const failure = { name: 'failure', response: response(486) } as const;
const respond = (status: number) => ({ name: 'respond', response: response(status) }) as const;

describe('INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §7.2)', () => {
  it('over UDP repeats at 0.5, 1.5, 3.5 … s and gives up at 32 s (timers A, B)', () => {
    const machine = inviteClient(udp);
    expect(machine.play(100_000)).toEqual([
      [500, 'sendRequest'],
      [1500, 'sendRequest'],
      [3500, 'sendRequest'],
      [7500, 'sendRequest'],
      [15_500, 'sendRequest'],
      [31_500, 'sendRequest'],
      [32_000, 'timeout'],
    ]);
    expect(machine.state()).toBe('terminated');
  });

  it('over TCP repeats nothing and gives up at 32 s', () => {
    expect(inviteClient(tcp).play(100_000)).toEqual([[32_000, 'timeout']]);
  });

  it('is silent once it rings, without any limit of its own', () => {
    const machine = inviteClient(udp);
    expect(machine.feed(provisional)).toEqual(['deliver']);
    expect(machine.deadlineMs()).toBe(Infinity);
    expect(machine.feed(provisional)).toEqual(['deliver']);
  });

  it('acknowledges a refusal, and each repeat of it for 32 s over UDP (timer D)', () => {
    const machine = inviteClient(udp);
    expect(machine.feed(failure)).toEqual(['sendAck', 'deliver']);
    machine.play(31_999);
    expect(machine.feed(failure)).toEqual(['sendAck']);
    machine.play(32_000);
    expect(machine.state()).toBe('terminated');
  });

  it('over TCP a refusal ends it at once', () => {
    const machine = inviteClient(tcp);
    expect(machine.feed(failure)).toEqual(['sendAck', 'deliver']);
    expect(machine.state()).toBe('terminated');
  });

  it('passes every 2xx on for 32 s, on both transports (timer M)', () => {
    for (const context of [udp, tcp]) {
      const machine = inviteClient(context);
      expect(machine.feed(success)).toEqual(['deliver']);
      machine.play(31_999);
      expect(machine.feed(success)).toEqual(['deliver']);
      expect(machine.feed(failure)).toEqual([]);
      machine.play(32_000);
      expect(machine.state()).toBe('terminated');
    }
  });

  it('cancelled while ringing, it waits for 487 for 32 s and no longer (§9.1)', () => {
    const machine = inviteClient(udp);
    machine.feed(provisional);
    machine.feed({ name: 'cancelled' });
    expect(machine.play(40_000)).toEqual([[32_000, 'timeout']]);
  });
});

describe('client transaction of other methods (§17.1.2)', () => {
  it('over UDP repeats at 0.5, 1.5, 3.5, 7.5, 11.5 … s, gives up at 32 s (timers E, F)', () => {
    expect(
      client(udp)
        .play(100_000)
        .map(([atMs]) => atMs),
    ).toEqual([500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500, 32_000]);
  });

  it('after a provisional answer repeats every 4 s', () => {
    const machine = client(udp);
    machine.feed(provisional);
    expect(machine.play(10_000).map(([atMs]) => atMs)).toEqual([500, 4500, 8500]);
  });

  it('absorbs repeats of the final answer for 5 s over UDP, none over TCP (timer K)', () => {
    const machine = client(udp);
    expect(machine.feed({ name: 'final', response: response(200) })).toEqual(['deliver']);
    expect(machine.feed({ name: 'final', response: response(200) })).toEqual([]);
    expect(machine.deadlineMs()).toBe(5000);
    const stream = client(tcp);
    stream.feed({ name: 'final', response: response(200) });
    expect(stream.state()).toBe('terminated');
  });
});

describe('INVITE server transaction (§17.2.1, RFC 6026 §7.1)', () => {
  it('says 100 after 200 ms, or at once to a repeat, and repeats its last answer to repeats', () => {
    expect(inviteServer(udp).play(300)).toEqual([[200, 'sendTrying']]);
    const machine = inviteServer(udp);
    expect(machine.feed({ name: 'repeat' })).toEqual(['sendTrying']);
    expect(machine.play(10_000)).toEqual([]);
    machine.feed(respond(180));
    expect(machine.feed({ name: 'repeat' })).toEqual(['send']);
  });

  it('repeats a refusal at 0.5, 1.5, 3.5, 7.5 … s over UDP until 32 s (timers G, H), never over TCP', () => {
    const machine = inviteServer(udp);
    machine.feed(respond(486));
    expect(machine.play(100_000).map(([atMs]) => atMs)).toEqual([
      500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect(machine.state()).toBe('terminated');
    const stream = inviteServer(tcp);
    stream.feed(respond(486));
    expect(stream.play(31_999)).toEqual([]);
    expect(stream.state()).toBe('completed');
  });

  it('the ACK of a refusal stops the repeats; further ones are absorbed for 5 s (timer I)', () => {
    const machine = inviteServer(udp);
    machine.feed(respond(486));
    machine.feed({ name: 'ack', request: {} as never });
    expect(machine.state()).toBe('confirmed');
    expect(machine.play(5000)).toEqual([]);
    expect(machine.state()).toBe('terminated');
  });

  it('after a 2xx absorbs repeats of the INVITE for 32 s, passes 2xx of the call down and ACKs up (timer L)', () => {
    const machine = inviteServer(udp);
    expect(machine.feed(respond(200))).toEqual(['send']);
    expect(machine.feed({ name: 'repeat' })).toEqual([]);
    expect(machine.feed(respond(200))).toEqual(['send']);
    expect(machine.feed(respond(486))).toEqual([]);
    expect(machine.feed({ name: 'ack', request: {} as never })).toEqual(['deliverAck']);
    expect(machine.deadlineMs()).toBe(32_000);
  });
});

describe('server transaction of other methods (§17.2.2, RFC 4320)', () => {
  it('repeats its final answer to repeats for 32 s over UDP, and is forgotten at once over TCP (timer J)', () => {
    const machine = server(udp);
    expect(machine.feed({ name: 'repeat' })).toEqual([]);
    expect(machine.feed(respond(200))).toEqual(['send']);
    expect(machine.feed({ name: 'repeat' })).toEqual(['send']);
    expect(machine.deadlineMs()).toBe(32_000);
    const stream = server(tcp);
    stream.feed(respond(200));
    expect(stream.state()).toBe('terminated');
  });

  it('sends no provisional answer but 100, and no 408 for what nobody answered', () => {
    const machine = server(udp);
    expect(machine.feed(respond(180))).toEqual([]);
    expect(machine.feed(respond(100))).toEqual(['send']);
    expect(machine.play(100_000)).toEqual([]);
    expect(machine.state()).toBe('terminated');
  });
});

describe('all four', () => {
  const statuses = fc.constantFrom(100, 180, 200, 299, 302, 401, 487, 503, 600);
  const events = fc.record({
    name: fc.constantFrom(
      'provisional',
      'success',
      'failure',
      'final',
      'cancelled',
      'repeat',
      'ack',
      'respond',
      'unreachable',
      'tick',
    ),
    status: statuses,
    afterMs: fc.integer({ min: 0, max: 3000 }),
  });
  const kinds = {
    inviteClient: {
      make: inviteClient,
      knows: ['provisional', 'success', 'failure', 'cancelled', 'unreachable', 'tick'],
    },
    client: { make: client, knows: ['provisional', 'final', 'unreachable', 'tick'] },
    inviteServer: { make: inviteServer, knows: ['repeat', 'ack', 'respond', 'unreachable', 'tick'] },
    server: { make: server, knows: ['repeat', 'respond', 'unreachable', 'tick'] },
  } as const;

  it('end within 64·T1 of the last event, whatever happens in whatever order, and say nothing after', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])),
        fc.boolean(),
        fc.array(events, { maxLength: 40 }),
        (kind, reliable, sequence) => {
          const { make, knows } = kinds[kind];
          const machine = make(reliable ? tcp : udp) as Run<{ name: string }>;
          let nowMs = 0;
          for (const { name, status, afterMs } of sequence) {
            nowMs += afterMs;
            machine.play(nowMs);
            const ended = machine.state() === 'terminated';
            if (!(knows as readonly string[]).includes(name)) continue;
            const actions = machine.feed({ name, response: response(status), request: {} } as never);
            if (ended) expect(actions).toEqual([]);
          }
          // The two states without a limit of their own: ringing, and an INVITE that nobody has answered yet.
          if (kind === 'inviteClient') machine.feed({ name: 'cancelled' } as never);
          if (kind === 'inviteServer') machine.feed({ name: 'respond', response: response(480) } as never);
          machine.play(nowMs + 64_000);
          expect(machine.state()).toBe('terminated');
          expect(machine.deadlineMs()).toBe(Infinity);
        },
      ),
      { numRuns: 500 },
    );
  });
});
