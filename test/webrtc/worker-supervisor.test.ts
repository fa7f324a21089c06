import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  initialSupervisor,
  type SupervisorAction,
  type SupervisorEvent,
  type SupervisorState,
  stepSupervisor,
  supervisorDeadlineMs,
} from '../../src/webrtc/worker-supervisor.ts';

/** Drives a supervisor on virtual time and keeps what it wanted. */
class Bench {
  state: SupervisorState = initialSupervisor(0);
  nowMs = 0;
  readonly actions: (SupervisorAction & { readonly atMs: number })[] = [];

  feed(event: SupervisorEvent): readonly SupervisorAction[] {
    const { state, actions } = stepSupervisor(this.state, event, this.nowMs);
    this.state = state;
    for (const action of actions) this.actions.push({ ...action, atMs: this.nowMs });
    return actions;
  }

  /** Lets time pass with a tick at each deadline, `lateMs` after it. */
  pass(ms: number, lateMs = 0): void {
    const untilMs = this.nowMs + ms;
    while (supervisorDeadlineMs(this.state) + lateMs <= untilMs) {
      this.nowMs = supervisorDeadlineMs(this.state) + lateMs;
      this.feed({ name: 'tick' });
    }
    this.nowMs = untilMs;
  }

  names(): string[] {
    return this.actions.map((action) => action.name);
  }

  /** A worker that is up. */
  static up(): Bench {
    const bench = new Bench();
    bench.feed({ name: 'tick' });
    bench.feed({ name: 'started', generation: 1 });
    return bench;
  }
}

describe('supervisor of a media worker', () => {
  it('starts its worker at the first tick and announces it once it stands', () => {
    const bench = Bench.up();
    expect(bench.names()).toEqual(['start', 'up']);
  });

  it('starts another within the same instant when a worker dies for the first time', () => {
    const bench = Bench.up();
    bench.pass(400);
    bench.feed({ name: 'died', generation: 1 });
    bench.pass(0);
    expect(bench.actions.slice(-2)).toEqual([
      { name: 'lost', generation: 1, reason: 'died', atMs: 400 },
      { name: 'start', generation: 2, atMs: 400 },
    ]);
  });

  it('asks every 500 ms and gives a worker up that does not answer within 1 s', () => {
    const bench = Bench.up();
    bench.pass(1500);
    expect(bench.actions.slice(2)).toEqual([
      { name: 'ping', generation: 1, atMs: 500 },
      { name: 'kill', generation: 1, atMs: 1500 },
      { name: 'lost', generation: 1, reason: 'unresponsive', atMs: 1500 },
      { name: 'start', generation: 2, atMs: 1500 },
    ]);
  });

  it('keeps a worker that answers', () => {
    const bench = Bench.up();
    for (let second = 0; second < 60; second++) {
      bench.pass(500);
      bench.feed({ name: 'pong', generation: 1 });
    }
    expect(new Set(bench.names())).toEqual(new Set(['start', 'up', 'ping']));
    expect(bench.names().filter((name) => name === 'ping')).toHaveLength(60);
  });

  it('gives the worker half a second more, once, when we ourselves were held up', () => {
    const bench = Bench.up();
    bench.pass(500);
    bench.nowMs = 1500 + 700; // our own loop stood still
    expect(bench.feed({ name: 'tick' })).toEqual([]);
    bench.pass(499);
    expect(bench.names()).not.toContain('kill');
    bench.pass(1);
    expect(bench.names()).toContain('kill');
  });

  it('pauses 0, 100, 500, 1000, 2000, then 5000 ms between starts of a worker that keeps dying, and never gives up', () => {
    const bench = new Bench();
    bench.feed({ name: 'tick' });
    for (let death = 0; death < 9; death++) {
      bench.feed({ name: 'failed', generation: bench.state.generation });
      bench.pass(supervisorDeadlineMs(bench.state) - bench.nowMs);
    }
    const starts = bench.actions.filter((action) => action.name === 'start').map((action) => action.atMs);
    const pauses = starts.slice(1).map((atMs, index) => atMs - starts[index]!);
    expect(pauses).toEqual([0, 100, 500, 1000, 2000, 5000, 5000, 5000, 5000]);
  });

  it('forgets deaths that are a minute old', () => {
    const bench = Bench.up();
    bench.feed({ name: 'died', generation: 1 });
    bench.pass(0);
    bench.feed({ name: 'started', generation: 2 });
    for (let half = 0; half < 121; half++) {
      bench.pass(500);
      bench.feed({ name: 'pong', generation: 2 });
    }
    const diedMs = bench.nowMs;
    bench.feed({ name: 'died', generation: 2 });
    bench.pass(0);
    expect(bench.actions.at(-1)).toEqual({ name: 'start', generation: 3, atMs: diedMs });
  });

  it('ends a worker that comes up after it was given up, and takes no notice of it otherwise', () => {
    const bench = new Bench();
    bench.feed({ name: 'tick' });
    bench.pass(10_000); // too slow
    expect(bench.names()).toEqual(['start', 'kill', 'start']);
    expect(bench.feed({ name: 'started', generation: 1 })).toEqual([{ name: 'kill', generation: 1 }]);
    expect(bench.feed({ name: 'died', generation: 1 })).toEqual([]);
  });

  it('does nothing more once stopped', () => {
    const bench = Bench.up();
    expect(bench.feed({ name: 'stop' })).toEqual([{ name: 'kill', generation: 1 }]);
    bench.pass(100_000);
    bench.feed({ name: 'died', generation: 1 });
    expect(bench.names()).toEqual(['start', 'up', 'kill']);
  });

  it('on any events: at most one worker in use, every loss after its rise, generations only grow, no storm', () => {
    const event = fc.oneof(
      fc.record({ name: fc.constantFrom('started', 'failed', 'died', 'pong'), behind: fc.nat(2) }),
      fc.record({ name: fc.constant('wait'), ms: fc.nat(20_000) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const bench = new Bench();
        for (const one of events) {
          if ('ms' in one) bench.pass(one.ms);
          else {
            const name = one.name as 'started' | 'failed' | 'died' | 'pong';
            bench.feed({ name, generation: Math.max(0, bench.state.generation - one.behind) });
          }
        }
        let using: number | undefined;
        let started = 0;
        for (const action of bench.actions) {
          if (action.name === 'start') {
            expect(action.generation).toBe(++started);
            expect(using).toBeUndefined();
          }
          if (action.name === 'up') {
            expect(using).toBeUndefined();
            expect(action.generation).toBe(started);
            using = action.generation;
          }
          if (action.name === 'lost') {
            expect(using).toBe(action.generation);
            using = undefined;
          }
        }
        const starts = bench.actions.filter((action) => action.name === 'start').map((action) => action.atMs);
        for (const [index, atMs] of starts.entries()) {
          // More than six starts within five seconds would be a storm.
          if (index >= 6) expect(atMs - starts[index - 6]!).toBeGreaterThanOrEqual(3600);
        }
      }),
      { numRuns: 500 },
    );
  });
});
