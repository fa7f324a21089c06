import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventBox, emptyBox, hasRoom, keep, keptMax } from '../../../src/protocols/link/event-box.ts';
import { type OutBody, readFrame, writeFrame } from '../../../src/protocols/link/frames.ts';
import {
  greetingMsMax,
  type SessionAction,
  type SessionEvent,
  type SessionState,
  sessionDeadlineMs,
  startSession,
  stepSession,
} from '../../../src/protocols/link/session.ts';

const terms = { pingIntervalMs: 500, deadAfterMs: 2000 };

/** One side, on a clock of the test's. Octets that it sends wait in `out`. */
class Side {
  state: SessionState;
  out: Uint8Array[] = [];
  readonly actions: SessionAction[] = [];
  readonly taken: number[] = [];
  readonly clockAheadMs: number;

  constructor(role: 'gateway' | 'agent', box: EventBox = emptyBox, nowMs = 0, clockAheadMs = 0) {
    this.state = startSession(role, box, role === 'gateway' ? terms : undefined, nowMs);
    this.clockAheadMs = clockAheadMs;
  }

  feed(event: SessionEvent, nowMs: number): void {
    const { state, actions } = stepSession(this.state, event, { nowMs, utcMs: 1_000_000 + nowMs + this.clockAheadMs });
    this.state = state;
    for (const action of actions) {
      this.actions.push(action);
      if (action.name === 'send') this.out.push(action.octets);
      if (action.name === 'take' && action.data.name === 'status') this.taken.push(action.data.code);
    }
  }

  hear(octets: Uint8Array, nowMs: number): void {
    const frame = readFrame(octets);
    this.feed(frame === undefined ? { name: 'malformed' } : { name: 'frame', frame }, nowMs);
  }

  find<N extends SessionAction['name']>(name: N): Extract<SessionAction, { name: N }>[] {
    return this.actions.filter((action): action is Extract<SessionAction, { name: N }> => action.name === name);
  }
}

const frameOf = (body: OutBody, numbers = { seq: 0, ack: 0, credit: 0 }) => writeFrame(numbers, body);
const hello = { hello: { versionMin: 1, versionMax: 1, agent: 'a' } };

/** Carries everything that waits, both ways, until nothing does. */
function settle(gateway: Side, agent: Side, nowMs: number): void {
  while (gateway.out.length + agent.out.length > 0) {
    for (const octets of agent.out.splice(0)) gateway.hear(octets, nowMs);
    for (const octets of gateway.out.splice(0)) agent.hear(octets, nowMs);
  }
}

function open(gateway: Side, agent: Side, nowMs: number, goesOn = false): void {
  gateway.hear(frameOf(hello), nowMs);
  gateway.feed({ name: 'admit', welcome: { version: 1, ...terms }, goesOn, lastTaken: agent.state.box.taken }, nowMs);
  settle(gateway, agent, nowMs);
}

function pair(clockAheadMs = 0): { gateway: Side; agent: Side } {
  const gateway = new Side('gateway');
  const agent = new Side('agent', emptyBox, 0, clockAheadMs);
  open(gateway, agent, 0);
  return { gateway, agent };
}

describe('a link session', () => {
  it('opens with Hello and Welcome', () => {
    const { gateway, agent } = pair();
    expect(gateway.state.name).toBe('open');
    expect(agent.state.name).toBe('open');
    expect(gateway.find('authenticate')[0]?.hello.agent).toBe('a');
  });

  it('ends when nothing is said within 5 s', () => {
    const gateway = new Side('gateway');
    expect(sessionDeadlineMs(gateway.state)).toBe(greetingMsMax);
    gateway.feed({ name: 'tick' }, greetingMsMax);
    expect(gateway.find('close')).toMatchObject([{ reason: 'no greeting in time', final: false }]);
  });

  it('gives its owner as long again for his word on a Hello', () => {
    const gateway = new Side('gateway');
    gateway.hear(frameOf(hello), greetingMsMax - 1);
    gateway.feed({ name: 'tick' }, greetingMsMax);
    expect(gateway.find('close')).toEqual([]);
    expect(sessionDeadlineMs(gateway.state)).toBe(2 * greetingMsMax - 1);
  });

  it.each([
    ['anything before Hello', frameOf({ ping: {} })],
    ['no protobuf', Uint8Array.of(0xff, 0xff, 0xff)],
  ])('ends at %s', (_, octets) => {
    const gateway = new Side('gateway');
    gateway.hear(octets, 10);
    expect(gateway.state.name).toBe('closed');
  });

  it('tells a refused agent why, and is over', () => {
    const gateway = new Side('gateway');
    gateway.hear(frameOf(hello), 0);
    gateway.feed({ name: 'refuse', refused: { reason: 2 }, reason: 'credentials' }, 0);
    expect(readFrame(gateway.out[0]!)?.body).toMatchObject({ name: 'refused', reason: 2 });
    expect(gateway.state.name).toBe('closed');
  });

  it('pings every 500 ms, and is dead after 2000 ms of silence', () => {
    const { gateway } = pair();
    gateway.out = [];
    let nowMs = 0;
    while (gateway.state.name === 'open') {
      nowMs = sessionDeadlineMs(gateway.state);
      gateway.feed({ name: 'tick' }, nowMs);
    }
    expect(nowMs).toBe(2000);
    expect(gateway.out).toHaveLength(4);
    expect(gateway.find('close')[0]).toMatchObject({ final: false, reason: 'nothing heard for 2000 ms' });
  });

  it('measures the other side’s clock', () => {
    const { gateway, agent } = pair(7000);
    gateway.feed({ name: 'tick' }, 500);
    for (const octets of gateway.out.splice(0)) agent.hear(octets, 510);
    for (const octets of agent.out.splice(0)) gateway.hear(octets, 520);
    expect(gateway.find('clock')[0]).toMatchObject({ offsetMs: 7000, roundTripMs: 20 });
  });

  it.each([
    ['a second Hello', frameOf(hello)],
    ['an event without a number', frameOf({ status: { code: 1 } })],
    ['a gap in the numbers', frameOf({ status: { code: 1 } }, { seq: 2, ack: 0, credit: 0 })],
    ['an event beyond its credit', frameOf({ status: { code: 1 } }, { seq: 65, ack: 0, credit: 0 })],
    ['an acknowledgement of nothing', frameOf({}, { seq: 0, ack: 1, credit: 0 })],
  ])('is cut, and told why, at %s', (_, octets) => {
    const { gateway } = pair();
    gateway.out = [];
    gateway.hear(octets, 10);
    expect(gateway.find('close')[0]?.reason).toMatch(/^protocol: /);
    expect(readFrame(gateway.out[0]!)?.body?.name).toBe('fault');
  });

  it('skips what a later version says, and counts a skipped event as taken', () => {
    const { gateway } = pair();
    gateway.hear(Buffer.from('08019a060101', 'hex'), 10);
    expect(gateway.state).toMatchObject({ name: 'open', box: { taken: 1 } });
  });

  it('holds 64 events at once by credit, and lets 50 a second follow', () => {
    const { gateway, agent } = pair();
    for (let code = 0; code < 100; code++) agent.feed({ name: 'report', body: { status: { code } } }, 0);
    settle(gateway, agent, 0);
    expect(gateway.taken).toHaveLength(64);
    for (let nowMs = 500; nowMs <= 1000; nowMs += 500) {
      gateway.feed({ name: 'tick' }, nowMs);
      settle(gateway, agent, nowMs);
    }
    expect(gateway.taken).toEqual(Array.from({ length: 100 }, (__, code) => code));
    expect(agent.state.box.kept).toEqual([]);
  });

  it('keeps 256 events while there is no connection, and counts what it drops', () => {
    const agent = new Side('agent');
    for (let code = 0; code < keptMax + 3; code++) agent.feed({ name: 'report', body: { status: { code } } }, 0);
    expect(agent.state.box).toMatchObject({ dropped: 3, last: keptMax });
    expect(agent.find('count')).toHaveLength(3);
  });

  it('answers nothing once it is closed, whatever comes', () => {
    const { gateway } = pair();
    gateway.feed({ name: 'leave', reason: 'done' }, 1);
    expect(readFrame(gateway.out.at(-1)!)?.body?.name).toBe('goodbye');
    const before = gateway.actions.length;
    gateway.hear(frameOf({ ping: {} }), 2);
    gateway.feed({ name: 'tick' }, 9999);
    gateway.feed({ name: 'say', body: { ping: {} } }, 9999);
    expect(gateway.actions).toHaveLength(before);
    expect(sessionDeadlineMs(gateway.state)).toBe(Infinity);
  });
});

describe('events over reconnects', () => {
  it('each arrive once and in order, wherever the stream was cut', () => {
    // A step: so many events said, then so many messages carried each way before the connection breaks (none: it lasts).
    const leg = fc.record({ said: fc.nat(12), up: fc.nat(12), down: fc.nat(12), forgets: fc.boolean() });
    fc.assert(
      fc.property(fc.array(leg, { maxLength: 12 }), (legs) => {
        let nowMs = 0;
        let { gateway, agent } = pair();
        const taken: number[] = [];
        let said = 0;
        for (const { said: more, up, down } of legs) {
          for (let count = 0; count < more; count++)
            agent.feed({ name: 'report', body: { status: { code: ++said } } }, nowMs);
          for (const octets of agent.out.splice(0).slice(0, up)) gateway.hear(octets, nowMs);
          for (const octets of gateway.out.splice(0).slice(0, down)) agent.hear(octets, nowMs);
          taken.push(...gateway.taken.splice(0));
          for (const side of [gateway, agent]) side.feed({ name: 'lost' }, nowMs);
          nowMs += 3000;
          gateway = new Side('gateway', gateway.state.box, nowMs);
          agent = new Side('agent', agent.state.box, nowMs);
          open(gateway, agent, nowMs, true);
        }
        for (let turn = 0; turn < 10; turn++) {
          nowMs += 500;
          gateway.feed({ name: 'tick' }, nowMs);
          settle(gateway, agent, nowMs);
        }
        taken.push(...gateway.taken);
        expect(taken).toEqual(Array.from({ length: said }, (__, index) => index + 1));
        expect(agent.state.box.kept).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('are said to be taken once each, whether in a connection or by what the other side says of the last', () => {
    const { gateway, agent } = pair();
    const codes = (side: Side) => side.find('taken').map(({ body }) => body.status?.code);
    for (const code of [1, 2]) gateway.feed({ name: 'report', body: { status: { code } } }, 0);
    settle(gateway, agent, 0);
    expect(codes(gateway)).toEqual([1, 2]);
    gateway.feed({ name: 'report', body: { status: { code: 3 } } }, 0);
    for (const octets of gateway.out.splice(0)) agent.hear(octets, 0);
    agent.out = []; // the connection breaks with its word under way
    gateway.feed({ name: 'lost' }, 10);
    gateway.feed({ name: 'report', body: { status: { code: 4 } } }, 20);
    const again = new Side('gateway', gateway.state.box, 100);
    const agentAgain = new Side('agent', agent.state.box, 100);
    open(again, agentAgain, 100, true);
    expect(codes(again)).toEqual([3, 4]);
    expect([...agent.taken, ...agentAgain.taken]).toEqual([1, 2, 3, 4]);
  });

  it('leave the last places to what is urgent', () => {
    let box = emptyBox;
    while (hasRoom(box, false)) box = keep(box, { status: { code: 1 } });
    expect(box.kept).toHaveLength(keptMax - 32);
    while (hasRoom(box, true)) box = keep(box, { alarm: { raised: true } });
    expect(box).toMatchObject({ last: keptMax, dropped: 0 });
  });

  it('are numbered anew, and not lost, when the gateway has forgotten the session', () => {
    const { agent } = pair();
    for (const code of [1, 2, 3]) agent.feed({ name: 'report', body: { status: { code } } }, 0);
    const gateway = new Side('gateway', emptyBox, 100);
    const again = new Side('agent', agent.state.box, 100);
    open(gateway, again, 100);
    expect(gateway.taken).toEqual([1, 2, 3]);
  });
});
