/** Admission by service tokens over random histories: answers late or never, the accounts away, tokens that end, talk. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceTokenVerdict } from '../../../src/base/service-token.ts';
import {
  type AdmissionAction,
  type AdmissionEvent,
  type AdmissionState,
  admissionDeadlineMs,
  isEnding,
  isLetGo,
  knownForMs,
  startAdmission,
  stepAdmission,
  verdictMsMax,
  waitingMax,
  warnDays,
} from '../../../src/bridges/link/link-admission.ts';

type Line = number;
const dayMs = 24 * 3_600_000;
const legs = ['a', 'b', 'c'];
const expiresUtcMs = 400 * dayMs;
const holds = (token: number): ServiceTokenVerdict => ({ holder: 'l', tokenId: `t-${token}`, expiresUtcMs });

/** The owner: performs at once what it is told to, and holds each promise of the machine against the truth. */
class Owner {
  nowMs = 0;
  state: AdmissionState<Line> = startAdmission();
  readonly needed = new Set<string>();
  readonly said: AdmissionAction<Line>[] = [];
  /** When each Hello that is not yet answered came, and with which token. */
  readonly open = new Map<Line, { readonly token: number; readonly sinceMs: number }>();
  session: Line | undefined;
  #verdict: ServiceTokenVerdict | undefined;

  feed(event: AdmissionEvent<Line>): void {
    this.#verdict = event.name === 'verdict' ? event.verdict : undefined;
    const { state, actions } = stepAdmission(this.state, event, { nowMs: this.nowMs, utcMs: this.nowMs });
    this.state = state;
    expect(state.waiting.size).toBeLessThanOrEqual(waitingMax + 1);
    for (const action of actions) this.#perform(action);
  }

  show(line: Line, token: number): void {
    if (this.open.has(line) || this.session === line) return;
    this.open.set(line, { token, sinceMs: this.nowMs });
    this.feed({ name: 'shown', line, digest: `d${token}` });
  }

  leave(line: Line): void {
    this.open.delete(line);
    if (this.session === line) this.session = undefined;
    this.feed({ name: 'gone', line });
  }

  look(): void {
    this.feed({ name: 'look', legs: legs.map((leg) => ({ leg, isNeeded: this.needed.has(leg) })) });
  }

  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let turns = 0; admissionDeadlineMs(this.state) <= untilMs; turns++) {
      this.nowMs = Math.max(this.nowMs, admissionDeadlineMs(this.state));
      this.feed({ name: 'tick' });
      expect(turns).toBeLessThan(1000); // each tick moves a deadline on
    }
    this.nowMs = untilMs;
    for (const { sinceMs } of this.open.values()) expect(this.nowMs - sinceMs).toBeLessThan(verdictMsMax);
  }

  #perform(action: AdmissionAction<Line>): void {
    this.said.push(action);
    switch (action.name) {
      case 'admit': {
        const asked = this.open.get(action.line);
        expect(asked).toBeDefined();
        expect(action.token).toMatchObject({ digest: `d${asked?.token}`, tokenId: `t-${asked?.token}` });
        const verdict = this.#verdict;
        if (!action.isUnchecked) expect(verdict).toMatchObject({ tokenId: action.token.tokenId });
        else if (verdict !== undefined) expect(verdict).toMatchObject({ fault: 'token-away' });
        this.open.delete(action.line);
        const old = this.session;
        if (old !== undefined) this.leave(old);
        this.session = action.line;
        this.feed({ name: 'entered', line: action.line, token: action.token });
        break;
      }
      case 'refuse':
        expect(this.open.has(action.line)).toBe(true);
        this.open.delete(action.line);
        break;
      case 'look':
        this.look();
        break;
      case 'letGo':
        expect(this.needed.has(action.leg)).toBe(false);
        expect(isEnding(this.state)).toBe(true);
        break;
      case 'end':
        expect(action.line).toBe(this.session);
        for (const leg of this.needed) expect(isLetGo(this.state, leg)).toBe(true);
        this.leave(action.line);
        break;
      default:
        break;
    }
  }
}

const line = fc.nat({ max: 14 });
/** One of those that wait, or anybody. */
const asked = fc.option(fc.nat({ max: 8 }), { nil: undefined, freq: 8 });
const token = fc.nat({ max: 3 });
const fault = fc.constantFrom('token', 'token-away', 'token-expired', 'token-revoked', 'token-scope');
const move = fc.oneof(
  fc.record({ do: fc.constant('show' as const), line, token }),
  fc.record({ do: fc.constant('judge' as const), line, asked }),
  fc.record({ do: fc.constant('fail' as const), line, asked, fault }),
  fc.record({
    do: fc.constant('tell' as const),
    token: fc.option(token, { nil: undefined, freq: 1 }),
    fault: fc.option(fault, { nil: undefined }),
  }),
  fc.record({ do: fc.constant('secret' as const), line }),
  fc.record({ do: fc.constant('leave' as const), line }),
  fc.record({ do: fc.constant('talk' as const), leg: fc.constantFrom(...legs), on: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 100, 1999, 2000, 7000) }),
);

type Move = typeof move extends fc.Arbitrary<infer Each> ? Each : never;

function play(owner: Owner, move: Move): void {
  switch (move.do) {
    case 'show':
      owner.show(move.line, move.token);
      break;
    case 'judge':
    case 'fail': {
      const waiting = [...owner.open.keys()];
      const line = (move.asked === undefined ? undefined : waiting[move.asked % waiting.length]) ?? move.line;
      const token = owner.open.get(line)?.token ?? 0;
      owner.feed({ name: 'verdict', line, verdict: move.do === 'judge' ? holds(token) : { fault: move.fault } });
      break;
    }
    case 'tell': {
      // Mostly of the session's token.
      const tokenId = move.token === undefined ? (owner.state.session?.tokenId ?? 't-0') : `t-${move.token}`;
      const verdict = move.fault === undefined ? holds(Number(tokenId.slice(2))) : { fault: move.fault, tokenId };
      owner.feed({ name: 'told', tokenId, verdict });
      break;
    }
    case 'secret':
      if (owner.open.has(move.line)) break;
      if (owner.session !== undefined) owner.leave(owner.session);
      owner.session = move.line;
      owner.feed({ name: 'entered', line: move.line });
      break;
    case 'leave':
      owner.leave(move.line);
      break;
    case 'talk':
      if (move.on && !isLetGo(owner.state, move.leg)) owner.needed.add(move.leg);
      else owner.needed.delete(move.leg);
      if (isEnding(owner.state)) owner.look();
      break;
    case 'wait':
      owner.advance(move.ms);
      break;
  }
}

describe('admission by service tokens', () => {
  it('answers every Hello once and in time, lets in by a right verdict alone, and cuts nobody who talks', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 120 }), (history) => {
        const owner = new Owner();
        for (const each of history) play(owner, each);
        // Whatever was, it comes to rest: all are answered, and a session whose token has ended is over when nobody talks.
        owner.needed.clear();
        owner.advance(verdictMsMax);
        expect(owner.open.size).toBe(0);
        expect(isEnding(owner.state)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  const opened = (): Owner => {
    const owner = new Owner();
    owner.show(0, 0);
    owner.feed({ name: 'verdict', line: 0, verdict: holds(0) });
    owner.said.splice(0);
    return owner;
  };

  it('asks about a session every 2 s, once at a time, and ends it when it is told so', () => {
    const owner = opened();
    owner.advance(0);
    expect(owner.said).toEqual([{ name: 'inquire', tokenId: 't-0' }]);
    owner.feed({ name: 'told', tokenId: 't-0', verdict: holds(0) });
    owner.advance(1999);
    expect(owner.said).toHaveLength(1);
    owner.advance(1);
    expect(owner.said).toHaveLength(2);
    owner.needed.add('a');
    owner.feed({ name: 'told', tokenId: 't-0', verdict: { fault: 'token-revoked', tokenId: 't-0' } });
    const told = owner.said.slice(2).filter(({ name }) => name !== 'look');
    expect(told.map((each) => ('leg' in each ? `${each.name} ${each.leg}` : each.name))).toEqual([
      ...['ending', 'letGo b', 'letGo c'],
    ]);
    owner.advance(60_000); // an over is never too long
    expect(owner.session).toBe(0);
    owner.needed.clear();
    owner.advance(250);
    expect(owner.session).toBeUndefined();
  });

  it('leaves a session to its new token when the old one is revoked', () => {
    const owner = opened();
    owner.show(1, 1);
    owner.feed({ name: 'verdict', line: 1, verdict: holds(1) });
    owner.feed({ name: 'told', tokenId: 't-0', verdict: { fault: 'token-revoked', tokenId: 't-0' } });
    owner.advance(60_000);
    expect(owner.session).toBe(1);
  });

  const away = { fault: 'token-away' } as const;
  it.each([
    ['who was in within a day', 0, knownForMs, true],
    ['who was in longer ago', 0, knownForMs + 1, false],
    ['anybody else', 1, 0, false],
  ])('while the accounts are away lets in again %s: %i %i %s', (_, shown, ms, isIn) => {
    const owner = opened();
    owner.leave(0);
    owner.nowMs += ms;
    owner.show(1, shown);
    owner.feed({ name: 'verdict', line: 1, verdict: away });
    expect(owner.session === 1).toBe(isIn);
    expect(owner.said.at(-1)).toMatchObject(isIn ? { name: 'admit', isUnchecked: true } : { name: 'refuse' });
  });

  it('does not when that token was known to have ended, or its days are over', () => {
    const owner = opened();
    owner.feed({ name: 'told', tokenId: 't-0', verdict: { fault: 'token-revoked', tokenId: 't-0' } });
    owner.show(1, 0);
    owner.feed({ name: 'verdict', line: 1, verdict: away });
    expect(owner.said.at(-1)).toMatchObject({ name: 'refuse', fault: 'token-away' });
    const other = new Owner();
    other.show(0, 0);
    const verdict = { holder: 'l', tokenId: 't-0', expiresUtcMs: 1000 };
    other.feed({ name: 'verdict', line: 0, verdict });
    other.leave(0);
    other.nowMs = 1000;
    other.show(1, 0);
    other.feed({ name: 'verdict', line: 1, verdict: away });
    expect(other.said.at(-1)).toMatchObject({ name: 'refuse', fault: 'token-away' });
  });

  it('has a place for the agent that was in behind strangers who fill all others', () => {
    const owner = opened();
    owner.leave(0);
    for (let each = 1; each <= waitingMax + 1; each++) owner.show(each, 2);
    expect(owner.said.at(-1)).toEqual({ name: 'refuse', line: waitingMax + 1, fault: 'token-busy' });
    owner.show(20, 0);
    expect(owner.said.at(-1)).toEqual({ name: 'ask', line: 20 });
    owner.advance(verdictMsMax);
    expect(owner.session).toBe(20);
  });

  it('warns once a day in the last two weeks of a token', () => {
    const owner = opened();
    owner.nowMs = expiresUtcMs - warnDays * dayMs;
    owner.state = { ...owner.state, session: { ...owner.state.session!, warnMs: owner.nowMs } };
    owner.feed({ name: 'tick' });
    for (let day = 1; day <= 3; day++) {
      owner.nowMs += dayMs;
      owner.feed({ name: 'tick' });
    }
    const warned = owner.said.flatMap((each) => (each.name === 'warn' ? [each.days] : []));
    expect(warned).toEqual([13, 12, 11]);
  });
});
