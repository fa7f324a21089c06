import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/web/link/backoff.ts';
import type { LinkAction, LinkEvent, LinkState } from '../../src/web/link/link-machine.ts';
import { answerMsMax, initialLink, pingWhileKeyedMs, stepLink } from '../../src/web/link/link-machine.ts';

/** A machine that is driven by events, its deadlines kept, its actions recorded by name. */
class Page {
  state: LinkState = initialLink;
  nowMs = 1000;
  said: LinkAction[] = [];

  feed(event: LinkEvent): LinkAction[] {
    const { state, actions } = stepLink(this.state, event, this.nowMs);
    this.state = state;
    this.said.push(...actions);
    return [...actions];
  }

  /** Lets time pass, ticking at every deadline on the way. */
  pass(ms: number): LinkAction[] {
    const untilMs = this.nowMs + ms;
    const actions: LinkAction[] = [];
    while (this.state.dueMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.state.dueMs);
      actions.push(...this.feed({ name: 'tick', chance: 0 }));
    }
    this.nowMs = untilMs;
    return actions;
  }
}

const welcome = { name: 'welcome', resumeToken: 'r', resumed: false, pingIntervalMs: 1000 } as const;

function livePage(seq = 5): Page {
  const page = new Page();
  page.feed({ name: 'start', token: 't', resumeToken: '' });
  page.feed({ name: 'opened' });
  page.feed(welcome);
  page.feed({ name: 'snapshot', seq });
  page.said = [];
  return page;
}

const names = (actions: readonly LinkAction[]): string[] => actions.map((action) => action.name);

describe('link machine: opening', () => {
  it('says Hello with the one-time token, keeps the resume token, and is live with the snapshot', () => {
    const page = new Page();
    expect(names(page.feed({ name: 'start', token: 't', resumeToken: '' }))).toEqual(['open']);
    expect(page.feed({ name: 'opened' })).toEqual([{ name: 'hello', token: 't', resumeToken: '', lastSeq: 0 }]);
    expect(page.feed(welcome)).toEqual([{ name: 'keepResumeToken', resumeToken: 'r' }]);
    expect(page.state.phase).toBe('greeting');
    expect(names(page.feed({ name: 'snapshot', seq: 5 }))).toEqual(['apply', 'live', 'ping']);
    expect(page.state).toMatchObject({ phase: 'live', lastSeq: 5, token: '' });
  });

  it('asks the gateway without any token as well: whoever has logged in has a cookie', () => {
    const page = new Page();
    expect(names(page.feed({ name: 'start', token: '', resumeToken: '' }))).toEqual(['open']);
    expect(page.feed({ name: 'opened' })).toEqual([{ name: 'hello', token: '', resumeToken: '', lastSeq: 0 }]);
    page.feed({ name: 'refused', reason: 'token', detail: 'log-in', chance: 0 });
    expect(page.state).toMatchObject({ phase: 'refused', refusal: { reason: 'token', detail: 'log-in' } });
    expect(page.pass(3_600_000)).toEqual([]);
  });

  it('gives an opening 5 s and an unanswered Hello another 5 s, then waits', () => {
    const page = new Page();
    page.feed({ name: 'start', token: 't', resumeToken: '' });
    expect(page.pass(answerMsMax - 1)).toEqual([]);
    page.feed({ name: 'opened' });
    expect(names(page.pass(answerMsMax))).toContain('close');
    expect(page.state.phase).toBe('waiting');
  });

  it('goes on as the session of this tab when the printed link was used before', () => {
    const page = new Page();
    page.feed({ name: 'start', token: 'used', resumeToken: 'r' });
    page.feed({ name: 'opened' });
    page.feed({ name: 'refused', reason: 'token', detail: '', chance: 0 });
    expect(names(page.pass(0))).toContain('open');
    expect(page.feed({ name: 'opened' })).toEqual([{ name: 'hello', token: '', resumeToken: 'r', lastSeq: 0 }]);
  });

  it('gives up and forgets the resume token when that is refused too', () => {
    const page = new Page();
    page.feed({ name: 'start', token: '', resumeToken: 'old' });
    page.feed({ name: 'opened' });
    const actions = page.feed({ name: 'refused', reason: 'token', detail: 'expired', chance: 0 });
    expect(actions).toContainEqual({ name: 'keepResumeToken', resumeToken: '' });
    expect(page.state).toMatchObject({ phase: 'refused', refusal: { reason: 'token', detail: 'expired' } });
    expect(page.pass(3_600_000)).toEqual([]);
  });

  it('tries again every few seconds while all consoles are taken', () => {
    const page = new Page();
    page.feed({ name: 'start', token: 't', resumeToken: '' });
    page.feed({ name: 'opened' });
    page.feed({ name: 'refused', reason: 'busy', detail: '', chance: 0 });
    expect(page.state.refusal?.reason).toBe('busy');
    expect(names(page.pass(3000))).toContain('open');
  });
});

describe('link machine: numbered deltas', () => {
  it('applies the next one, skips one seen before', () => {
    const page = livePage(5);
    expect(names(page.feed({ name: 'delta', seq: 6, chance: 0 }))).toEqual(['apply']);
    expect(page.feed({ name: 'delta', seq: 6, chance: 0 })).toEqual([]);
    expect(page.feed({ name: 'delta', seq: 3, chance: 0 })).toEqual([]);
    expect(page.state.lastSeq).toBe(6);
  });

  it('says Hello again at a gap, with the last number it has', () => {
    const page = livePage(5);
    expect(names(page.feed({ name: 'delta', seq: 7, chance: 0 }))).toEqual(['lost', 'close']);
    page.pass(250);
    expect(page.feed({ name: 'opened' })).toEqual([{ name: 'hello', token: '', resumeToken: 'r', lastSeq: 5 }]);
    page.feed({ ...welcome, resumed: true });
    expect(page.state.phase).toBe('live');
    expect(names(page.feed({ name: 'delta', seq: 6, chance: 0 }))).toEqual(['apply']);
  });

  it('takes a fresh snapshot when the missing deltas are gone', () => {
    const page = livePage(5);
    page.feed({ name: 'closed', chance: 0 });
    page.pass(250);
    page.feed({ name: 'opened' });
    page.feed(welcome);
    expect(page.state.phase).toBe('greeting');
    expect(names(page.feed({ name: 'snapshot', seq: 900 }))).toContain('apply');
    expect(page.state.lastSeq).toBe(900);
  });

  it('takes a snapshot in the middle, as a slow page gets it', () => {
    const page = livePage(5);
    expect(names(page.feed({ name: 'snapshot', seq: 40 }))).toEqual(['apply']);
    expect(names(page.feed({ name: 'delta', seq: 41, chance: 0 }))).toEqual(['apply']);
  });
});

describe('link machine: keep-alive', () => {
  it('pings every interval and measures the round trip', () => {
    const page = livePage();
    page.nowMs += 12;
    page.feed({ name: 'pong', nonce: 1, resumeToken: '' });
    expect(page.state.roundTripMs).toBe(12);
    expect(page.pass(1000)).toEqual([{ name: 'ping', nonce: 2, lastRoundTripMs: 12 }]);
  });

  it('is dead after 2 missed pongs: within 2 s at one ping a second', () => {
    const page = livePage();
    expect(names(page.pass(1999))).toEqual(['ping']);
    expect(names(page.pass(1))).toEqual(['lost', 'close']);
    expect(page.state.lostAtMs).toBe(page.nowMs);
  });

  it('finds a dead link within 2 s while the operator talks, however slow the pings are', () => {
    const page = new Page();
    page.feed({ name: 'start', token: 't', resumeToken: '' });
    page.feed({ name: 'opened' });
    page.feed({ ...welcome, pingIntervalMs: 5000 });
    page.feed({ name: 'snapshot', seq: 1 });
    page.feed({ name: 'pong', nonce: 1, resumeToken: '' });
    page.feed({ name: 'keyed', keyed: true });
    const actions = page.pass(3 * pingWhileKeyedMs);
    expect(names(actions)).toContain('lost');
  });

  it('lets a late pong answer for the pings before it', () => {
    const page = livePage();
    page.pass(1000);
    page.feed({ name: 'pong', nonce: 2, resumeToken: '' });
    expect(page.state.pings).toEqual([]);
    expect(page.feed({ name: 'pong', nonce: 1, resumeToken: '' })).toEqual([]);
  });
});

describe('link machine: loss and return', () => {
  it('keeps a token that comes with a pong in the place of the one before', () => {
    const page = livePage();
    page.pass(1000);
    expect(page.feed({ name: 'pong', nonce: 2, resumeToken: 'renewed' })).toEqual([
      { name: 'keepResumeToken', resumeToken: 'renewed' },
    ]);
    expect(page.state.resumeToken).toBe('renewed');
  });

  it('knows why the gateway took leave until it is live again', () => {
    const page = livePage();
    page.feed({ name: 'goodbye', reason: 'stopping', retryAfterMs: 1000, chance: 0 });
    page.feed({ name: 'closed', chance: 0 });
    expect(page.state).toMatchObject({ phase: 'waiting', parting: 'stopping' });
    page.pass(1000);
    page.feed({ name: 'opened' });
    page.feed({ name: 'welcome', resumeToken: 'next', resumed: false, pingIntervalMs: 1000 });
    page.feed({ name: 'snapshot', seq: 1 });
    expect(page.state).toMatchObject({ phase: 'live', parting: '', lastSeq: 1 });
  });

  it('keeps the instant of the loss through any number of attempts, and drops it when live', () => {
    const page = livePage();
    page.feed({ name: 'closed', chance: 0 });
    const lostAtMs = page.nowMs;
    for (let attempt = 0; attempt < 9; attempt++) {
      page.pass(3000);
      page.feed({ name: 'closed', chance: 0.5 });
    }
    expect(page.state.lostAtMs).toBe(lostAtMs);
    page.pass(3000);
    page.feed({ name: 'opened' });
    page.feed({ ...welcome, resumed: true });
    expect(page.state).toMatchObject({ phase: 'live', lostAtMs: undefined, attempt: 0 });
  });

  it('waits 0.25 s at first, 3 s at most, up to 30 % less by chance', () => {
    expect([0, 1, 2, 3, 4, 50].map((attempt) => backoffMs(attempt, 0))).toEqual([250, 500, 1000, 2000, 3000, 3000]);
    expect(backoffMs(0, 1)).toBe(175);
    expect(backoffMs(9, 1)).toBe(2100);
  });

  it('tries at once when the network is back', () => {
    const page = livePage();
    page.feed({ name: 'closed', chance: 0 });
    expect(names(page.feed({ name: 'retry' }))).toEqual(['open']);
  });

  it('comes back when the gateway that takes leave said so', () => {
    const page = livePage();
    page.feed({ name: 'goodbye', reason: 'stopping', retryAfterMs: 4000, chance: 0 });
    expect(page.pass(3999)).toEqual([]);
    expect(names(page.pass(1))).toEqual(['open']);
  });

  it('stays away when another page has taken the session, until it is told to take it back', () => {
    const page = livePage();
    page.feed({ name: 'goodbye', reason: 'replaced', retryAfterMs: 0, chance: 0 });
    expect(page.state).toMatchObject({ phase: 'refused', resumeToken: 'r' });
    expect(page.pass(60_000)).toEqual([]);
    expect(names(page.feed({ name: 'start', token: '', resumeToken: 'r' }))).toEqual(['open']);
  });

  it('breaks a link that carries bytes which are no message', () => {
    expect(names(livePage().feed({ name: 'malformed', chance: 0 }))).toEqual(['lost', 'close']);
  });
});

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const anyEvent: fc.Arbitrary<LinkEvent> = fc.oneof(
  fc.record({
    name: fc.constant('start' as const),
    token: fc.constantFrom('', 't'),
    resumeToken: fc.constantFrom('', 'r'),
  }),
  fc.record({ name: fc.constantFrom('opened' as const, 'retry' as const) }),
  fc.record({ name: fc.constantFrom('closed' as const, 'malformed' as const, 'tick' as const), chance }),
  fc.record({
    name: fc.constant('welcome' as const),
    resumeToken: fc.constant('r'),
    resumed: fc.boolean(),
    pingIntervalMs: fc.nat(10_000),
  }),
  fc.record({
    name: fc.constant('refused' as const),
    reason: fc.constantFrom('token' as const, 'version' as const, 'busy' as const, 'protocol' as const),
    detail: fc.string(),
    chance,
  }),
  fc.record({ name: fc.constant('snapshot' as const), seq: fc.nat(9) }),
  fc.record({ name: fc.constant('delta' as const), seq: fc.nat(9), chance }),
  fc.record({ name: fc.constant('pong' as const), nonce: fc.nat(9), resumeToken: fc.constantFrom('', 'renewed') }),
  fc.record({
    name: fc.constant('goodbye' as const),
    reason: fc.constantFrom('replaced', 'stopping'),
    retryAfterMs: fc.nat(100_000),
    chance,
  }),
  fc.record({ name: fc.constant('keyed' as const), keyed: fc.boolean() }),
);

describe('link machine: any sequence of events', () => {
  it('applies state only in order, pings only a live link, opens one socket at a time, and never hangs', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyEvent, fc.nat(4000)), { maxLength: 60 }), (steps) => {
        const page = new Page();
        let [socketOpen, told] = [false, 'lost'];
        for (const [event, waitMs] of steps) {
          const before = page.state;
          const check = (actions: readonly LinkAction[]): void => {
            for (const action of actions) {
              if (action.name === 'open') {
                expect(socketOpen).toBe(false);
                socketOpen = true;
              } else if (action.name === 'close') socketOpen = false;
              else if (action.name === 'lost' || action.name === 'live') {
                expect(action.name).not.toBe(told);
                told = action.name;
              } else if (action.name === 'hello' || action.name === 'ping') expect(socketOpen).toBe(true);
            }
            expect(page.state.phase === 'live').toBe(told === 'live');
            expect(page.state.pings.length).toBeLessThanOrEqual(2);
            if (page.state.phase !== 'idle' && page.state.phase !== 'refused')
              expect(page.state.dueMs).toBeLessThan(Infinity);
          };
          // A socket that closes by itself needs no close from us.
          if (event.name === 'closed' && socketOpen) socketOpen = true;
          const actions = page.feed(event);
          check(actions);
          if (event.name === 'delta' && names(actions).includes('apply')) expect(event.seq).toBe(before.lastSeq + 1);
          check(page.pass(waitMs));
        }
      }),
      { numRuns: 500 },
    );
  });
});
