/**
 * Agents that show a service token: whom to ask about, whom to let in, and when a session ends because its token has. Pure.
 *
 *   Hello ─ shown ─▶ waiting ─ verdict: it holds ─────────▶ let in ─ entered ─▶ watched ─ told: it has ended ─▶ ending
 *                       ├─ verdict: it does not, 2 s,         │       ▲ ├─ asked about every 2 s           │ look: leg by
 *                       │  too many wait ─▶ refused           │       │ └─ a warning a day near its end    ▼ leg, when quiet
 *                       └─ accounts away, and it was in by ───┘       └─ the accounts are away             end
 *                          this very token within a day
 *
 * A session that ends lets go of each leg when nobody is heard there and no emergency runs, and is over with its last one: an
 * agent with many talkgroups goes although on one of them there is always somebody who talks.
 * Driven by: link-gate.ts. A line is a connection, whatever the owner knows it by.
 */
import type { ServiceTokenFault, ServiceTokenVerdict, StandingToken } from '../../base/service-token.ts';
import type { LegId } from '../../voice/contract.ts';

export interface ShownToken extends StandingToken {
  /** Of the token, by which it is known again; the token itself is not kept. */
  readonly digest: string;
}

interface Confirmed extends ShownToken {
  readonly atMs: number;
}

interface Waiting {
  readonly digest: string;
  readonly untilMs: number;
}

interface Watched<L> extends ShownToken {
  readonly line: L;
  /** When it is asked about; while an answer is due, when that is late. */
  readonly askMs: number;
  readonly warnMs: number;
  /** Its token has ended, why. */
  readonly ending: ServiceTokenFault | undefined;
  readonly lookMs: number;
  /** Legs that are no longer its. */
  readonly letGo: ReadonlySet<LegId>;
}

export interface AdmissionState<L> {
  readonly waiting: ReadonlyMap<L, Waiting>;
  /** The session, if it was opened by a service token. */
  readonly session: Watched<L> | undefined;
  /** The last token that opened one, and when it was last known to hold. */
  readonly known: Confirmed | undefined;
}

export type AdmissionEvent<L> =
  /** A service token came with a Hello. */
  | { readonly name: 'shown'; readonly line: L; readonly digest: string }
  /** The answer to `ask`. */
  | { readonly name: 'verdict'; readonly line: L; readonly verdict: ServiceTokenVerdict }
  /** The session is this connection's now; without a token: by a secret of the configuration, or a certificate. */
  | { readonly name: 'entered'; readonly line: L; readonly token?: ShownToken }
  | { readonly name: 'gone'; readonly line: L }
  /** The answer to `inquire`. */
  | { readonly name: 'told'; readonly tokenId: string; readonly verdict: ServiceTokenVerdict }
  /** All legs of the session; needed: somebody is heard there, or an emergency runs. */
  | { readonly name: 'look'; readonly legs: readonly { readonly leg: LegId; readonly isNeeded: boolean }[] }
  | { readonly name: 'tick' };

export type AdmissionAction<L> =
  | { readonly name: 'ask'; readonly line: L }
  /** `isUnchecked`: the accounts are away; it was let in by this token before. */
  | { readonly name: 'admit'; readonly line: L; readonly token: ShownToken; readonly isUnchecked: boolean }
  | {
      readonly name: 'refuse';
      readonly line: L;
      readonly fault: ServiceTokenFault | 'token-busy';
      readonly tokenId?: string;
    }
  | { readonly name: 'inquire'; readonly tokenId: string }
  | { readonly name: 'warn'; readonly tokenId: string; readonly days: number }
  /** Said once: from now on `look` is owed. */
  | { readonly name: 'ending'; readonly tokenId: string; readonly fault: ServiceTokenFault }
  /** `look` is due. */
  | { readonly name: 'look' }
  | { readonly name: 'letGo'; readonly leg: LegId; readonly fault: ServiceTokenFault }
  | { readonly name: 'end'; readonly line: L; readonly fault: ServiceTokenFault };

export interface AdmissionStep<L> {
  readonly state: AdmissionState<L>;
  readonly actions: readonly AdmissionAction<L>[];
}

export interface AdmissionNow {
  readonly nowMs: number;
  readonly utcMs: number;
}

/** Connections that wait for a verdict at once; one with the session's last token has a place beside them. */
export const waitingMax = 8;
/** How long each does. An agent waits for Welcome longer. */
export const verdictMsMax = 2000;
/** With the time that an answer takes, a revocation is known well within 5 s. */
const askEveryMs = 2000;
const answerMsMax = 2000;
const lookEveryMs = 250;
/** While the accounts are away an agent may come back by what was known that long ago. */
export const knownForMs = 24 * 3_600_000;
const dayMs = 24 * 3_600_000;
export const warnDays = 14;

export function startAdmission<L>(): AdmissionState<L> {
  return { waiting: new Map(), session: undefined, known: undefined };
}

/** Feeds one event. Total: what it does not know, or comes too late, changes nothing. */
export function stepAdmission<L>(
  state: AdmissionState<L>,
  event: AdmissionEvent<L>,
  now: AdmissionNow,
): AdmissionStep<L> {
  switch (event.name) {
    case 'shown':
      return show(state, event, now);
    case 'verdict':
      return decide(state, event, now);
    case 'entered':
      return enter(state, event, now);
    case 'gone':
      return leave(state, event.line);
    case 'told':
      return hear(state, event, now);
    case 'look':
      return look(state, event.legs, now);
    case 'tick':
      return tick(state, now);
  }
}

/** When a `tick` is owed; Infinity when nothing is pending. */
export function admissionDeadlineMs<L>({ waiting, session }: AdmissionState<L>): number {
  let atMs = Infinity;
  for (const { untilMs } of waiting.values()) atMs = Math.min(atMs, untilMs);
  if (session === undefined) return atMs;
  return Math.min(atMs, session.ending === undefined ? Math.min(session.askMs, session.warnMs) : session.lookMs);
}

export function isEnding<L>({ session }: AdmissionState<L>): boolean {
  return session?.ending !== undefined;
}

/** Whether the session has let go of a leg for good. */
export function isLetGo<L>({ session }: AdmissionState<L>, leg: LegId): boolean {
  return session?.letGo.has(leg) === true;
}

// ── Who comes ──────────────────────────────────────────────────────────────────────────────────────────────────────

function show<L>(
  state: AdmissionState<L>,
  { line, digest }: { readonly line: L; readonly digest: string },
  { nowMs }: AdmissionNow,
): AdmissionStep<L> {
  if (state.waiting.has(line)) return stay(state);
  const ofKnown = (each: string) => each === state.known?.digest;
  const others = [...state.waiting.values()].filter((each) => ofKnown(each.digest) === ofKnown(digest)).length;
  if (others >= (ofKnown(digest) ? 1 : waitingMax)) return one(state, { name: 'refuse', line, fault: 'token-busy' });
  const waiting = new Map(state.waiting).set(line, { digest, untilMs: nowMs + verdictMsMax });
  return one({ ...state, waiting }, { name: 'ask', line });
}

function decide<L>(
  state: AdmissionState<L>,
  { line, verdict }: { readonly line: L; readonly verdict: ServiceTokenVerdict },
  now: AdmissionNow,
): AdmissionStep<L> {
  const asked = state.waiting.get(line);
  if (asked === undefined) return stay(state);
  const { digest } = asked;
  const waiting = new Map(state.waiting);
  waiting.delete(line);
  const left = { ...state, waiting };
  if (!('fault' in verdict)) {
    const { tokenId, expiresUtcMs } = verdict;
    return one(left, { name: 'admit', line, token: { digest, tokenId, expiresUtcMs }, isUnchecked: false });
  }
  const known = state.known?.digest === digest ? state.known : undefined;
  const { fault, tokenId } = verdict;
  if (fault !== 'token-away') {
    return one(known === undefined ? left : { ...left, known: undefined }, {
      ...{ name: 'refuse', line, fault },
      ...(tokenId !== undefined && { tokenId }),
    });
  }
  if (known === undefined || known.expiresUtcMs <= now.utcMs || now.nowMs - known.atMs > knownForMs)
    return one(left, { name: 'refuse', line, fault });
  const token: ShownToken = { digest, tokenId: known.tokenId, expiresUtcMs: known.expiresUtcMs };
  return one(left, { name: 'admit', line, token, isUnchecked: true });
}

function enter<L>(
  state: AdmissionState<L>,
  { line, token }: { readonly line: L; readonly token?: ShownToken },
  { nowMs }: AdmissionNow,
): AdmissionStep<L> {
  if (token === undefined) return { state: { ...state, session: undefined }, actions: [] };
  const session: Watched<L> = {
    ...{ ...token, line, askMs: nowMs, warnMs: nowMs, lookMs: Infinity },
    ...{ ending: undefined, letGo: new Set() },
  };
  // One that came in unchecked has been known for as long as before.
  const atMs = state.known?.digest === token.digest ? state.known.atMs : nowMs;
  return { state: { ...state, session, known: { ...token, atMs } }, actions: [] };
}

function leave<L>(state: AdmissionState<L>, line: L): AdmissionStep<L> {
  const waiting = new Map(state.waiting);
  waiting.delete(line);
  const session = state.session?.line === line ? undefined : state.session;
  return stay({ ...state, waiting, session });
}

// ── Whoever is in ──────────────────────────────────────────────────────────────────────────────────────────────────

function hear<L>(
  state: AdmissionState<L>,
  { tokenId, verdict }: { readonly tokenId: string; readonly verdict: ServiceTokenVerdict },
  { nowMs }: AdmissionNow,
): AdmissionStep<L> {
  const { session, known } = state;
  const isKnown = known?.tokenId === tokenId;
  const isSession = session?.tokenId === tokenId && session.ending === undefined;
  if (!('fault' in verdict)) {
    const { expiresUtcMs } = verdict;
    return stay({
      ...state,
      ...(isKnown && { known: { ...known, expiresUtcMs, atMs: nowMs } }),
      ...(isSession && { session: { ...session, expiresUtcMs, askMs: nowMs + askEveryMs } }),
    });
  }
  const { fault } = verdict;
  if (fault === 'token-away')
    return stay({ ...state, ...(isSession && { session: { ...session, askMs: nowMs + askEveryMs } }) });
  const after = { ...state, ...(isKnown && { known: undefined }) };
  if (!isSession) return stay(after);
  const ending: Watched<L> = { ...session, ending: fault, lookMs: nowMs + lookEveryMs };
  return {
    state: { ...after, session: ending },
    actions: [{ name: 'ending', tokenId, fault }, { name: 'look' }],
  };
}

function look<L>(
  state: AdmissionState<L>,
  legs: readonly { readonly leg: LegId; readonly isNeeded: boolean }[],
  { nowMs }: AdmissionNow,
): AdmissionStep<L> {
  const { session } = state;
  const fault = session?.ending;
  if (session === undefined || fault === undefined) return stay(state);
  const its = legs.filter(({ leg }) => !session.letGo.has(leg));
  const quiet = its.filter(({ isNeeded }) => !isNeeded).map(({ leg }) => leg);
  if (quiet.length === its.length) {
    // Said again should the owner not have ended it by then.
    return one(
      { ...state, session: { ...session, lookMs: nowMs + lookEveryMs } },
      { name: 'end', line: session.line, fault },
    );
  }
  const letGo = new Set([...session.letGo, ...quiet]);
  return {
    state: { ...state, session: { ...session, letGo, lookMs: nowMs + lookEveryMs } },
    actions: quiet.map((leg) => ({ name: 'letGo', leg, fault })),
  };
}

function tick<L>(before: AdmissionState<L>, now: AdmissionNow): AdmissionStep<L> {
  const actions: AdmissionAction<L>[] = [];
  let state = before;
  for (const [line, { untilMs }] of before.waiting) {
    if (untilMs > now.nowMs) continue;
    const late = decide(state, { line, verdict: { fault: 'token-away' } }, now);
    state = late.state;
    actions.push(...late.actions);
  }
  let { session } = state;
  if (session === undefined) return { state, actions };
  const { tokenId, ending } = session;
  if (ending !== undefined) {
    if (session.lookMs <= now.nowMs) {
      session = { ...session, lookMs: now.nowMs + lookEveryMs };
      actions.push({ name: 'look' });
    }
    return { state: { ...state, session }, actions };
  }
  if (session.askMs <= now.nowMs) {
    session = { ...session, askMs: now.nowMs + answerMsMax };
    actions.push({ name: 'inquire', tokenId });
  }
  if (session.warnMs <= now.nowMs) {
    const days = Math.floor((session.expiresUtcMs - now.utcMs) / dayMs);
    session = { ...session, warnMs: now.nowMs + dayMs };
    if (days < warnDays) actions.push({ name: 'warn', tokenId, days });
  }
  return { state: { ...state, session }, actions };
}

// ── Small helpers ──────────────────────────────────────────────────────────────────────────────────────────────────

function stay<L>(state: AdmissionState<L>): AdmissionStep<L> {
  return { state, actions: [] };
}

function one<L>(state: AdmissionState<L>, action: AdmissionAction<L>): AdmissionStep<L> {
  return { state, actions: [action] };
}
