import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import {
  closedLeg,
  type LegFailure,
  type LegMachineEvent,
  legDeadlineMs,
  stepLeg,
} from '../../../src/bridges/leg-machine.ts';
import { PortAllocator } from '../../../src/bridges/port-allocator.ts';
import { Gatekeeper } from '../../../src/bridges/sip/admission.ts';
import { failureOf } from '../../../src/bridges/sip/call-failure.ts';
import {
  type LivenessEvent,
  livenessDeadlineMs,
  startLiveness,
  stepLiveness,
} from '../../../src/bridges/sip/liveness.ts';
import { NameCache } from '../../../src/bridges/sip/name-cache.ts';
import type { Hop } from '../../../src/protocols/sip/hop.ts';

describe('liveness', () => {
  const intervalMs = 2000;
  /** Plays time; the far end answers each question after `answerMs` while it lives, and is gone from `diesAtMs` on. */
  const play = (answerMs: number, diesAtMs: number, untilMs: number) => {
    let state = startLiveness(0);
    const log: [atMs: number, what: string][] = [];
    let answers: number[] = [];
    for (let nowMs = 0; nowMs <= untilMs; ) {
      const nextMs = Math.min(livenessDeadlineMs(state), ...answers);
      if (nextMs > untilMs) break;
      nowMs = Math.max(nowMs, nextMs);
      const event: LivenessEvent = answers.includes(nowMs) ? { name: 'answered' } : { name: 'tick' };
      answers = answers.filter((atMs) => atMs !== nowMs);
      const step = stepLiveness(state, event, intervalMs, nowMs);
      state = step.state;
      for (const action of step.actions) {
        if (action.name === 'ask' && nowMs < diesAtMs) answers.push(nowMs + answerMs);
        if (action.name === 'alive' || action.name === 'dead') log.push([nowMs, action.name]);
      }
    }
    return log;
  };

  it('asks every 2 s, counts 1 s of silence twice: dead 4 s after the last answer at most, whenever that was', () => {
    for (let diesAtMs = 100; diesAtMs < 4100; diesAtMs += 50) {
      const dead = play(20, diesAtMs, 20_000).find(([, what]) => what === 'dead');
      expect(dead![0] - diesAtMs).toBeLessThanOrEqual(4020);
    }
  });

  it('a far end that answers after 900 ms lives', () => {
    expect(play(900, Infinity, 60_000)).toEqual([[900, 'alive']]);
  });

  it('silence alone kills nobody who never answered; silence to a call does', () => {
    expect(play(0, 0, 60_000)).toEqual([]);
    const { actions } = stepLiveness(startLiveness(0), { name: 'silent' }, intervalMs, 0);
    expect(actions).toEqual([{ name: 'dead', reason: 'does not answer' }]);
  });

  it('alive and dead alternate, and a tick is always owed, whatever happens', () => {
    const event = fc.oneof(
      fc.constantFrom<LivenessEvent>(
        { name: 'answered' },
        { name: 'heard' },
        { name: 'silent' },
        { name: 'unreachable', reason: 'x' },
      ),
      fc.constant<LivenessEvent>({ name: 'tick' }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat({ max: 3000 })), { size: 'max', maxLength: 60 }), (events) => {
        let state = startLiveness(0);
        let nowMs = 0;
        let last = '';
        for (const [each, afterMs] of events) {
          nowMs = each.name === 'tick' ? Math.max(nowMs, livenessDeadlineMs(state)) : nowMs + afterMs;
          const step = stepLiveness(state, each, intervalMs, nowMs);
          state = step.state;
          for (const { name } of step.actions) {
            if (name !== 'alive' && name !== 'dead') continue;
            expect(name).not.toBe(last);
            last = name;
          }
          expect(livenessDeadlineMs(state)).toBeLessThanOrEqual(nowMs + intervalMs + 1000);
        }
      }),
    );
  });
});

describe('leg machine', () => {
  const passing: LegFailure = { reason: 'busy', kind: 'passing' };
  const run = (weCall: boolean, fraction = 0.5) => {
    let state = closedLeg;
    let nowMs = 0;
    const log: string[] = [];
    return {
      feed(event: LegMachineEvent, atMs = nowMs) {
        nowMs = atMs;
        const step = stepLeg(state, event, { weCall, fraction }, nowMs);
        state = step.state;
        for (const action of step.actions) log.push(action.name === 'report' ? action.state : action.name);
        return step;
      },
      wait: () => legDeadlineMs(state) - nowMs,
      dueMs: () => legDeadlineMs(state),
      state: () => state.name,
      log,
    };
  };

  it('tries again after 1, 2, 4, 8, 16, 25 s, spread by ±20 % and never more than 30 s', () => {
    for (const [fraction, factor] of [
      [0, 0.8],
      [0.5, 1],
      [0.999_999, 1.2],
    ] as const) {
      const leg = run(true, fraction);
      leg.feed({ name: 'open' });
      for (const waitMs of [1000, 2000, 4000, 8000, 16_000, 25_000, 25_000]) {
        leg.feed({ name: 'failed', failure: passing });
        expect(leg.wait()).toBeCloseTo(Math.min(30_000, waitMs * factor), 0);
        leg.feed({ name: 'tick' }, leg.dueMs());
        expect(leg.state()).toBe('connecting');
      }
    }
  });

  it('forgets its failures after a call that stood for 10 s, not after a shorter one', () => {
    const leg = run(true);
    leg.feed({ name: 'open' });
    for (let failure = 0; failure < 4; failure++) {
      leg.feed({ name: 'failed', failure: passing });
      leg.feed({ name: 'tick' }, (failure + 1) * 100_000);
    }
    leg.feed({ name: 'established' }, 500_000);
    leg.feed({ name: 'failed', failure: passing }, 505_000);
    expect(leg.wait()).toBe(16_000);
    leg.feed({ name: 'tick' }, 600_000);
    leg.feed({ name: 'established' }, 600_000);
    leg.feed({ name: 'failed', failure: passing }, 610_000);
    expect(leg.wait()).toBe(1000);
  });

  it('calls at once when the far end is heard of again, if that was what ailed it', () => {
    const leg = run(true);
    leg.feed({ name: 'open' });
    leg.feed({ name: 'peer-dead', reason: 'silent' });
    leg.feed({ name: 'peer-alive' });
    expect(leg.log).toEqual(['connecting', 'call', 'hang-up', 'down', 'connecting', 'call']);
    const refused = run(true);
    refused.feed({ name: 'open' });
    refused.feed({ name: 'failed', failure: { reason: 'wrong password', kind: 'lasting' } });
    refused.feed({ name: 'peer-alive' });
    expect(refused.state()).toBe('down');
  });

  it('a call that went out to a dead far end is made anew when it returns; one that was heard is left alone', () => {
    const unheard = run(true);
    unheard.feed({ name: 'open' });
    unheard.feed({ name: 'peer-alive' }, 999);
    unheard.feed({ name: 'peer-alive' }, 1000);
    expect(unheard.log).toEqual(['connecting', 'call', 'hang-up', 'call']);
    const heard = run(true);
    heard.feed({ name: 'open' });
    heard.feed({ name: 'heard' });
    heard.feed({ name: 'peer-alive' }, 5000);
    expect(heard.log).toEqual(['connecting', 'call']);
  });

  it('whatever happens: reports alternate truly, it never calls where the far end calls, and close ends it', () => {
    const failure = fc.record({
      reason: fc.constant('x'),
      kind: fc.constantFrom('unreachable' as const, 'passing' as const, 'lasting' as const),
      retryAfterMs: fc.nat({ max: 10_000_000 }),
    });
    const event = fc.oneof(
      fc.constantFrom<LegMachineEvent>(
        { name: 'open' },
        { name: 'heard' },
        { name: 'established' },
        { name: 'peer-alive' },
        { name: 'peer-dead', reason: 'x' },
        { name: 'close' },
        { name: 'tick' },
      ),
      failure.map<LegMachineEvent>((each) => ({ name: 'failed', failure: each })),
    );
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.tuple(event, fc.nat({ max: 40_000 })), { size: 'max', maxLength: 60 }),
        (weCall, events) => {
          const leg = run(weCall);
          let nowMs = 0;
          for (const [each, afterMs] of events) {
            nowMs += afterMs;
            leg.feed(each, nowMs);
            if (leg.wait() < Infinity) expect(leg.wait()).toBeLessThanOrEqual(30_000);
          }
          leg.feed({ name: 'close' }, nowMs);
          expect(leg.state()).toBe('closed');
          expect(leg.wait()).toBe(Infinity);
          if (!weCall) expect(leg.log).not.toContain('call');
          const reports = leg.log.filter((each) => each !== 'call' && each !== 'hang-up');
          for (const [at, each] of reports.entries()) if (at > 0) expect(each).not.toBe(reports[at - 1]);
        },
      ),
    );
  });
});

describe('what the end of a call means', () => {
  it.each([
    [
      { by: 'them', why: 'refused', status: 404, text: 'Not Found' },
      'lasting',
      'number is not known there: 404 (Not Found)',
    ],
    [{ by: 'them', why: 'refused', status: 302 }, 'lasting', 'call is redirected: 302'],
    [{ by: 'them', why: 'refused', status: 486, text: 'Busy' }, 'passing', 'refused: 486 (Busy)'],
    [{ by: 'network', why: 'timeout' }, 'unreachable', 'no answer'],
    [{ by: 'them', why: 'hung-up', text: 'bye' }, 'passing', 'far end hung up (bye)'],
    [{ by: 'them', why: 'lost', status: 481 }, 'passing', 'far end no longer knows the call'],
  ] as const)('%j: %s', (end, kind, reason) => {
    expect(failureOf(end)).toEqual({ kind, reason });
  });

  it('carries the far end’s own wish of when to try again', () => {
    expect(failureOf({ by: 'them', why: 'refused', status: 503, retryAfterS: 7 })).toMatchObject({
      retryAfterMs: 7000,
    });
  });
});

describe('admission', () => {
  const at = (address: string, port = 5060): Hop => ({ transport: 'udp', address, port });
  const judged = (gate: Gatekeeper, source: Hop, times: number, nowMs: number, as: string) =>
    Array.from({ length: times }, () => gate.judge(source, nowMs)).filter((each) => each === as).length;

  it('lets far ends in always; strangers 10 at once and 5 a second each, 100 at once and 50 a second together', () => {
    const gate = new Gatekeeper();
    gate.add(at('192.0.2.10'));
    expect(judged(gate, at('203.0.113.1'), 100, 0, 'stranger')).toBe(10);
    expect(judged(gate, at('203.0.113.1'), 100, 1000, 'stranger')).toBe(5);
    let others = 0;
    for (let host = 0; host < 500; host++) others += judged(gate, at(`198.18.0.${host}`), 1, 1000, 'stranger');
    expect(others).toBe(100 - 5);
    expect(judged(gate, at('192.0.2.10'), 10_000, 1000, 'peer')).toBe(10_000);
    expect(judged(gate, at('198.51.100.1'), 100, 2000, 'stranger')).toBe(10);
  });

  it('others at a far end’s address get 500 at once and 200 a second, and never what is the far end’s', () => {
    const gate = new Gatekeeper();
    gate.add(at('192.0.2.10'));
    expect(judged(gate, at('192.0.2.10', 4444), 5000, 0, 'neighbour')).toBe(500);
    expect(judged(gate, at('192.0.2.10', 4445), 5000, 1000, 'neighbour')).toBe(200);
    expect(judged(gate, at('192.0.2.10'), 10, 1000, 'peer')).toBe(10);
  });

  it('counts who named a far end: it stays one until the last lets go', () => {
    const gate = new Gatekeeper();
    gate.add(at('a'));
    gate.add(at('a'));
    gate.remove(at('a'));
    expect(gate.judge(at('a'), 0)).toBe('peer');
    gate.remove(at('a'));
    gate.remove(at('a'));
    expect(gate.isPeer('a')).toBe(false);
  });
});

describe('port allocator', () => {
  it('gives even ports whose odd neighbour is in the range too', () => {
    const ports = new PortAllocator({ from: 40_001, to: 40_006 });
    expect([ports.take(0), ports.take(0), ports.take(0)]).toEqual([40_002, 40_004, undefined]);
  });

  it('lets a pair rest for a minute, and gives the one that rested longest when nothing else is left', () => {
    const ports = new PortAllocator({ from: 40_000, to: 40_005 });
    const [a, b, c] = [ports.take(0), ports.take(0), ports.take(0)] as [number, number, number];
    ports.giveBack(b, 1000);
    ports.giveBack(a, 2000);
    expect(ports.take(3000)).toBe(b);
    ports.giveBack(c, 3000);
    ports.giveBack(b, 4000);
    expect(ports.take(90_000)).toBeDefined();
    expect(ports.inUse).toBe(1);
  });

  it('never gives a port twice, whatever is taken and given back', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 50_000 })), { maxLength: 200 }), (steps) => {
        const ports = new PortAllocator({ from: 40_000, to: 40_019 });
        const mine: number[] = [];
        let nowMs = 0;
        for (const [take, afterMs] of steps) {
          nowMs += afterMs;
          const port = take ? ports.take(nowMs) : undefined;
          if (port !== undefined) {
            expect(mine).not.toContain(port);
            mine.push(port);
          } else if (!take) ports.giveBack(mine.shift() ?? 1, nowMs);
          if (take && mine.length < 10) expect(port).toBeDefined();
        }
      }),
    );
  });
});

describe('name cache', () => {
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };

  it('answers literals at once, names when they are known, and keeps the old address while the server is dead', async () => {
    const clock = new ManualClock();
    const answers: (readonly string[] | Error)[] = [
      ['192.0.2.1'],
      new Error('dead'),
      ['192.0.2.9', '192.0.2.1'],
      ['192.0.2.9'],
    ];
    const asked: number[] = [];
    const names = new NameCache(clock, async () => {
      asked.push(clock.nowMs());
      const answer = answers.shift() ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    });
    const changes: (string | undefined)[] = [];
    names.keep('box.example', [4], () => changes.push(names.addressOf('box.example')));
    expect(names.addressOf('192.0.2.77')).toBe('192.0.2.77');
    expect(names.addressOf('box.example')).toBeUndefined();
    await settle();
    expect(names.addressOf('box.example')).toBe('192.0.2.1');
    for (let turn = 0; turn < 30; turn++) {
      clock.advance(5000);
      await settle();
    }
    expect(asked.slice(0, 4)).toEqual([0, 60_000, 65_000, 125_000]);
    expect(changes).toEqual(['192.0.2.1', '192.0.2.9']);
    names.close();
    expect(clock.plannedCalls).toBe(0);
  });

  it('asks for all names at once: a dead one delays no other', async () => {
    const names = new NameCache(new ManualClock(), (name) =>
      name === 'dead.example' ? new Promise(() => undefined) : Promise.resolve(['192.0.2.5']),
    );
    names.keep('dead.example', [4], () => undefined);
    names.keep('live.example', [4], () => undefined);
    await settle();
    expect(names.addressOf('live.example')).toBe('192.0.2.5');
  });
});
