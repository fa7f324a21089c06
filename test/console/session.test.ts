import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  openSession,
  type SessionAction,
  type SessionEvent,
  type SessionState,
  sessionDeadlineMs,
  stepSession,
} from '../../src/console/session.ts';
import { type ClientMessage, floorResult } from '../../src/console/wire.ts';
import type { FloorAnswer } from '../../src/talkgroups/terms.ts';

const groups = new Set(['acc', 'patr']);
/** Of all groups there are, open or not. */
const all = new Set(['acc', 'patr', 'pours', 'other']);
const rights = { hears: all, talks: all, leads: all };

/** Drives a session on virtual time. */
class Bench {
  state: SessionState;
  nowMs = 0;
  actions: SessionAction[] = [];

  constructor(microphone = true) {
    this.state = openSession(groups, rights, 0);
    if (microphone) this.feed({ name: 'microphone', present: true });
    this.actions = [];
  }

  feed(event: SessionEvent): readonly SessionAction[] {
    const { state, actions } = stepSession(this.state, event, this.nowMs);
    this.state = state;
    this.actions.push(...actions);
    return actions;
  }

  says(message: ClientMessage): readonly SessionAction[] {
    return this.feed({ name: 'message', message });
  }

  answers(group: string, answer: FloorAnswer, requestId?: number): readonly SessionAction[] {
    return this.feed({ name: 'answer', group, requestId, answer });
  }

  /** Lets time pass, with a ping every `pingMs` unless the page is silent. */
  pass(ms: number, pingMs = Infinity): readonly SessionAction[] {
    const before = this.actions.length;
    const untilMs = this.nowMs + ms;
    for (let pingAtMs = this.nowMs + pingMs; ; ) {
      const nextMs = Math.min(pingAtMs, sessionDeadlineMs(this.state));
      if (nextMs > untilMs) break;
      this.nowMs = nextMs;
      if (nextMs === pingAtMs) {
        pingAtMs += pingMs;
        this.says({ name: 'ping', nonce: 1 });
      } else this.feed({ name: 'tick' });
    }
    this.nowMs = untilMs;
    return this.actions.slice(before);
  }

  static talking(): Bench {
    const bench = new Bench();
    bench.says({ name: 'floorRequest', group: 'acc', requestId: 1 });
    bench.answers('acc', { result: 'granted', talkLimitMs: 30_000 }, 1);
    bench.actions = [];
    return bench;
  }
}

const floorAnswer = (action: SessionAction | undefined) =>
  action?.name === 'say' ? action.body.floorAnswer : undefined;

describe('groups that are opened and closed', () => {
  it('are heard from their opening on, and give back what was held when they close', () => {
    const bench = new Bench();
    expect(bench.feed({ name: 'groups', groups: new Set(['acc', 'patr', 'pours']) })).toEqual([
      { name: 'monitor', group: 'pours', listen: true },
    ]);
    bench.says({ name: 'floorRequest', group: 'pours', requestId: 1 });
    expect(bench.feed({ name: 'groups', groups })).toMatchObject([
      { name: 'releaseFloor', group: 'pours' },
      { name: 'say', body: { floorAnswer: { groupId: 'pours', requestId: 1, cause: 'left' } } },
      { name: 'monitor', group: 'pours', listen: false },
    ]);
    expect(bench.says({ name: 'monitor', group: 'pours', listen: true })).toEqual([{ name: 'count', what: 'ignored' }]);
  });

  it('change nothing that the operator chose of others', () => {
    const bench = new Bench();
    bench.says({ name: 'monitor', group: 'acc', listen: false });
    bench.feed({ name: 'groups', groups: new Set(['acc', 'patr', 'pours']) });
    expect([...bench.state.monitored]).toEqual(['patr', 'pours']);
    bench.feed({ name: 'groups', groups: new Set(['acc', 'patr']) });
    expect([...bench.state.monitored]).toEqual(['patr']);
  });

  it('are asked for by the page, whose number comes back with the answer', () => {
    const operation = { name: 'keep', group: 'acc' } as const;
    expect(new Bench().says({ name: 'operate', requestId: 9, operation })).toEqual([
      { name: 'operate', requestId: 9, operation },
    ]);
  });
});

describe('session of a console', () => {
  it('asks the voice process for the floor and tells each of its answers', () => {
    const bench = new Bench();
    expect(bench.says({ name: 'floorRequest', group: 'acc', requestId: 5 })).toEqual([
      { name: 'requestFloor', group: 'acc', requestId: 5 },
    ]);
    const told = [
      bench.answers('acc', { result: 'queued', position: 2 }, 5),
      bench.answers('acc', { result: 'granted', talkLimitMs: 30_000 }, 5),
      bench.answers('acc', { result: 'warned', remainingMs: 10_000 }),
      bench.answers('acc', { result: 'revoked', cause: 'talk-limit' }),
    ].map(([action]) => floorAnswer(action));
    expect(told).toEqual([
      { groupId: 'acc', requestId: 5, result: floorResult.QUEUED, queuePosition: 2 },
      { groupId: 'acc', requestId: 5, result: floorResult.GRANTED, talkLimitMs: 30_000 },
      { groupId: 'acc', requestId: 5, result: floorResult.WARNED, remainingMs: 10_000 },
      { groupId: 'acc', requestId: 5, result: floorResult.REVOKED, cause: 'talk-limit' },
    ]);
  });

  it('denies at once without microphone, and on a group that it does not hear', () => {
    const mute = new Bench(false);
    const cause = (actions: readonly SessionAction[]) => floorAnswer(actions[0])?.cause;
    expect(cause(mute.says({ name: 'floorRequest', group: 'acc', requestId: 1 }))).toBe('no-microphone');
    const bench = new Bench();
    expect(cause(bench.says({ name: 'floorRequest', group: 'elsewhere', requestId: 1 }))).toBe('not-member');
    bench.says({ name: 'monitor', group: 'acc', listen: false });
    expect(cause(bench.says({ name: 'floorRequest', group: 'acc', requestId: 1 }))).toBe('not-member');
  });

  it('gives the floor back the moment that the link is lost', () => {
    const bench = Bench.talking();
    expect(bench.feed({ name: 'linkLost' })).toEqual([{ name: 'releaseFloor', group: 'acc', lost: true }]);
    expect(bench.state.name).toBe('detached');
  });

  it('gives the floor back when the microphone is lost, and says why', () => {
    const bench = Bench.talking();
    const [release, told] = bench.feed({ name: 'microphone', present: false });
    expect(release).toEqual({ name: 'releaseFloor', group: 'acc', lost: true });
    expect(floorAnswer(told)).toMatchObject({ result: floorResult.REVOKED, cause: 'no-microphone' });
  });

  it('gives the floor back after 2000 ms without a word from its page, and keeps it while it pings each second', () => {
    const quiet = Bench.talking();
    expect(quiet.pass(1999)).toEqual([]);
    expect(quiet.pass(1)[0]).toEqual({ name: 'releaseFloor', group: 'acc', lost: true });
    const alive = Bench.talking();
    expect(alive.pass(30_000, 1000).every((action) => action.name === 'pong')).toBe(true);
  });

  it('cuts a link that is silent for 8000 ms', () => {
    const bench = new Bench();
    expect(bench.pass(7999)).toEqual([]);
    expect(bench.pass(1)).toEqual([{ name: 'closeLink', reason: 'silent' }]);
    expect(bench.state.name).toBe('detached');
  });

  it('waits 60 s for its page to come back, then ends', () => {
    const bench = new Bench();
    bench.feed({ name: 'linkLost' });
    expect(bench.pass(59_999)).toEqual([]);
    expect(bench.pass(1)).toEqual([{ name: 'end' }]);
  });

  it('says retry-later when the voice process does not answer within 2000 ms, and takes the request back', () => {
    const bench = new Bench();
    bench.says({ name: 'floorRequest', group: 'acc', requestId: 4 });
    const [release, told] = bench.pass(2000, 900).filter((action) => action.name !== 'pong');
    expect(release).toEqual({ name: 'releaseFloor', group: 'acc' });
    expect(floorAnswer(told)).toMatchObject({ requestId: 4, result: floorResult.DENIED, cause: 'retry-later' });
  });

  it('sends a grant straight back that comes after the key was released', () => {
    const bench = new Bench();
    bench.says({ name: 'floorRequest', group: 'acc', requestId: 1 });
    bench.says({ name: 'floorRelease', group: 'acc', requestId: 1 });
    expect(bench.answers('acc', { result: 'granted', talkLimitMs: 1 }, 1)[0]).toEqual({
      name: 'releaseFloor',
      group: 'acc',
    });
  });

  it('does not take the end of the talk before for the end of the one just asked for', () => {
    const bench = Bench.talking();
    bench.says({ name: 'floorRelease', group: 'acc', requestId: 1 });
    bench.says({ name: 'floorRequest', group: 'acc', requestId: 2 });
    expect(bench.answers('acc', { result: 'released' })).toEqual([{ name: 'count', what: 'stale-answer' }]);
    expect(floorAnswer(bench.answers('acc', { result: 'granted', talkLimitMs: 9 }, 2)[0])).toMatchObject({
      requestId: 2,
      result: floorResult.GRANTED,
    });
  });

  it('tells the page that its floor is gone when the voice process starts afresh', () => {
    const bench = Bench.talking();
    expect(floorAnswer(bench.feed({ name: 'voiceLost' })[0])).toMatchObject({ cause: 'cancelled' });
    expect(bench.state.holds.size).toBe(0);
  });

  it('cuts a page that sends more than 300 messages at once or 50 a second', () => {
    const bench = new Bench();
    for (let count = 0; count < 300; count++) bench.says({ name: 'ping', nonce: count });
    expect(bench.says({ name: 'ping', nonce: 0 })).toEqual([{ name: 'closeLink', reason: 'rate' }]);
    const asking = new Bench();
    const ask = () => asking.says({ name: 'capacity', requestId: 1, groups: [] });
    for (let asked = 0; asked < 30; asked++) expect(ask()).toMatchObject([{ name: 'capacity' }]);
    expect(ask()).toEqual([{ name: 'closeLink', reason: 'rate' }]);
    const steady = new Bench();
    steady.pass(60_000, 20.1);
    expect(steady.state.name).toBe('attached');
  });

  it('cuts a page that is refused in a loop: 50 at once, then 8 a second', () => {
    const bench = new Bench();
    const ask = () => {
      bench.says({ name: 'ping', nonce: 1 });
      return bench.feed({ name: 'refused' });
    };
    for (let asked = 0; asked < 50; asked++) expect(ask()).toEqual([]);
    expect(bench.feed({ name: 'refused' })).toEqual([{ name: 'closeLink', reason: 'rate' }]);
  });

  it('lets a page ask for 30 sheets at once', () => {
    const bench = new Bench();
    const ask = () => bench.says({ name: 'sheet', requestId: 1, shift: 1 });
    for (let asked = 0; asked < 30; asked++) expect(ask()).toMatchObject([{ name: 'sheet' }]);
    expect(ask()).toEqual([{ name: 'closeLink', reason: 'rate' }]);
  });

  it('lets 16 WebRTC requests wait and refuses the next', () => {
    const bench = new Bench();
    for (let requestId = 1; requestId <= 16; requestId++) {
      expect(bench.says({ name: 'rtc', requestId, request: { name: 'ready' } })[0]?.name).toBe('rtc');
    }
    const [refused] = bench.says({ name: 'rtc', requestId: 17, request: { name: 'ready' } });
    expect(refused).toEqual({ name: 'say', body: { rtcResponse: { requestId: 17, error: 'busy' } } });
    bench.feed({ name: 'rtcAnswered' });
    expect(bench.says({ name: 'rtc', requestId: 18, request: { name: 'ready' } })[0]?.name).toBe('rtc');
  });

  it('refuses and cuts what it cannot read, and a second Hello', () => {
    const hello: ClientMessage = {
      name: 'hello',
      versionMin: 1,
      versionMax: 1,
      token: '',
      resumeToken: '',
      lastSeq: 0,
    };
    for (const act of [(bench: Bench) => bench.feed({ name: 'malformed' }), (bench: Bench) => bench.says(hello)]) {
      const names = act(new Bench()).map((action) => action.name);
      expect(names).toContain('say');
      expect(names.at(-1)).toBe('closeLink');
    }
  });

  it('on any events: no floor stays held that nobody sees, every message is answered or counted, all within bounds', () => {
    // Weighted so that most of a run is spent attached, with floors asked for and granted.
    const group = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('acc', 'patr') }, fc.constant('elsewhere'));
    const requestId = fc.nat(2);
    const message: fc.Arbitrary<ClientMessage> = fc.oneof(
      fc.record({ name: fc.constant('ping' as const), nonce: fc.nat() }),
      { weight: 4, arbitrary: fc.record({ name: fc.constant('floorRequest' as const), group, requestId }) },
      { weight: 2, arbitrary: fc.record({ name: fc.constant('floorRelease' as const), group, requestId }) },
      fc.record({ name: fc.constant('monitor' as const), group, listen: fc.boolean() }),
      fc.record({
        name: fc.constant('rtc' as const),
        requestId,
        request: fc.constantFrom({ name: 'ready' as const }, { name: 'closeProducer' as const }),
      }),
      fc.record({ name: fc.constant('unknown' as const), requestId }),
    );
    const answer: fc.Arbitrary<FloorAnswer> = fc.constantFrom(
      { result: 'granted', talkLimitMs: 1 },
      { result: 'granted', talkLimitMs: 1 },
      { result: 'queued', position: 1 },
      { result: 'denied', cause: 'busy' },
      { result: 'revoked', cause: 'pre-empted' },
      { result: 'warned', remainingMs: 1 },
      { result: 'released' },
    );
    const answered = fc.record({
      name: fc.constant('answer' as const),
      group,
      requestId: fc.option(requestId, { nil: undefined }),
      answer,
    });
    const event: fc.Arbitrary<SessionEvent | { readonly name: 'wait'; readonly ms: number }> = fc.oneof(
      { weight: 12, arbitrary: message.map((one) => ({ name: 'message' as const, message: one })) },
      { weight: 8, arbitrary: answered },
      { weight: 3, arbitrary: fc.record({ name: fc.constant('wait' as const), ms: fc.nat(2500) }) },
      { weight: 3, arbitrary: fc.constant<SessionEvent>({ name: 'link' }) },
      fc.record({ name: fc.constant('wait' as const), ms: fc.nat(70_000) }),
      fc.record({ name: fc.constant('microphone' as const), present: fc.boolean() }),
      fc.constantFrom<SessionEvent>(
        { name: 'linkLost' },
        { name: 'malformed' },
        { name: 'message', message: { name: 'goodbye', reason: '' } },
        { name: 'rtcAnswered' },
        { name: 'refused' },
        { name: 'groups', groups: new Set(['acc']) },
        { name: 'groups', groups },
        { name: 'voiceLost' },
      ),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const bench = new Bench();
        /** Floors that the voice process holds or keeps a place for, for this console. */
        const held = new Set<string>();
        const follow = (actions: readonly SessionAction[]): void => {
          for (const action of actions) if (action.name === 'releaseFloor') held.delete(action.group);
        };
        for (const one of events) {
          if (one.name === 'wait') {
            follow(bench.pass(one.ms));
          } else {
            if (one.name === 'answer') {
              if (one.answer.result === 'granted' || one.answer.result === 'queued') held.add(one.group);
              else if (one.answer.result !== 'warned') held.delete(one.group);
            }
            if (one.name === 'voiceLost') held.clear();
            const attached = bench.state.name === 'attached';
            const actions = bench.feed(one);
            follow(actions);
            if (attached && one.name === 'message') expect(actions.length).toBeGreaterThan(0);
          }
          if (bench.state.name !== 'attached') {
            expect(held).toEqual(new Set());
            expect(bench.state.holds.size).toBe(0);
          }
          for (const own of bench.state.holds.keys()) expect(bench.state.monitored).toContain(own);
          expect(bench.state.holds.size).toBeLessThanOrEqual(2);
          expect(bench.state.rtcPending).toBeLessThanOrEqual(16);
          expect([...bench.state.monitored].every((own) => groups.has(own))).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what a person may', () => {
  it('is to hear the groups of his control room as they open, and others when he asks', () => {
    const hears = new Set(['acc', 'pours']);
    let state = openSession(groups, { hears, talks: all, leads: all }, 0);
    expect([...state.monitored]).toEqual(['acc']);
    state = stepSession(state, { name: 'groups', groups: all }, 0).state;
    expect([...state.monitored]).toEqual(['acc', 'pours']);
    state = stepSession(
      state,
      { name: 'message', message: { name: 'monitor', group: 'other', listen: true } },
      0,
    ).state;
    expect([...state.monitored]).toEqual(['acc', 'pours', 'other']);
  });

  it('is not to talk where his role does not let him: he is told, and it is reported', () => {
    const quiet = openSession(groups, { hears: all, talks: new Set(['patr']), leads: all }, 0);
    const { state } = stepSession(quiet, { name: 'microphone', present: true }, 0);
    const ask = (group: string) =>
      stepSession(state, { name: 'message', message: { name: 'floorRequest', group, requestId: 7 } }, 0).actions;
    expect(ask('acc')).toEqual([
      {
        name: 'say',
        body: { floorAnswer: { groupId: 'acc', requestId: 7, result: floorResult.DENIED, cause: 'not-permitted' } },
      },
      { name: 'talkNotPermitted', group: 'acc' },
    ]);
    expect(ask('patr')).toEqual([{ name: 'requestFloor', group: 'patr', requestId: 7 }]);
  });
});
