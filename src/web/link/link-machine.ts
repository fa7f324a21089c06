/**
 * The page's side of the console link. Pure: no socket, clock, storage or chance inside.
 *
 *   idle ──start──▶ connecting ──opened──▶ greeting ──welcome + snapshot | resumed──▶ live
 *                     ▲    │ closed           │ closed, refused busy                   │ closed, gap, 2 pongs missed
 *                     │    ▼                  ▼                                        ▼
 *                     └──────────────────── waiting (0.25 s … 3 s) ◀───────────────────┘
 *   refused: the gateway will not have this page (token, version, replaced); only a fresh link starts again.
 *
 * State messages are numbered. One that is not the next breaks the link on purpose: the Hello that follows carries the
 * last number applied and gets what is missing.
 *
 * Driven by: link/link-shell.ts. Wire: proto/console.proto.
 */
import { backoffMs } from './backoff.ts';

/** Time for the socket to open and for the gateway to answer Hello. */
export const answerMsMax = 5000;
/** While the operator talks a dead link must be noticed within 2 s, however slow the gateway likes its pings. */
export const pingWhileKeyedMs = 500;
/** Unanswered pings at which the link is dead. */
const missedPongsMax = 2;
const pingMsMax = 5000;
const pingMsMin = 250;

export type Phase = 'idle' | 'connecting' | 'greeting' | 'live' | 'waiting' | 'refused';
export type RefusalReason = 'token' | 'version' | 'busy' | 'protocol' | 'replaced' | 'unspecified';
export interface Refusal {
  readonly reason: RefusalReason;
  /** A word where people log in; else English for whoever makes a page, and not shown. */
  readonly detail: string;
}

export interface LinkState {
  readonly phase: Phase;
  /** One-time token of the printed link; empty once spent. */
  readonly token: string;
  readonly resumeToken: string;
  /** Number of the last state message applied; 0 for none. */
  readonly lastSeq: number;
  /** Failed attempts since the link was last live. */
  readonly attempt: number;
  /** When this phase ends by itself, on the caller's monotonic clock; Infinity for never. */
  readonly dueMs: number;
  /** Since when what is shown is no longer kept up to date; undefined while live and before the first time. */
  readonly lostAtMs: number | undefined;
  /** Why the gateway took leave (`stopping`, `slow-consumer` …); empty when the link just broke. */
  readonly parting: string;
  readonly refusal: Refusal | undefined;
  readonly pings: readonly { readonly nonce: number; readonly sentMs: number }[];
  readonly nextNonce: number;
  readonly pingIntervalMs: number;
  readonly keyed: boolean;
  readonly roundTripMs: number | undefined;
}

export type LinkEvent =
  | { readonly name: 'start'; readonly token: string; readonly resumeToken: string }
  | { readonly name: 'opened' }
  /** The socket failed to open, or broke. `chance` spreads the next attempt, uniform in [0, 1). */
  | { readonly name: 'closed'; readonly chance: number }
  | { readonly name: 'malformed'; readonly chance: number }
  | {
      readonly name: 'welcome';
      readonly resumeToken: string;
      readonly resumed: boolean;
      readonly pingIntervalMs: number;
    }
  | { readonly name: 'refused'; readonly reason: RefusalReason; readonly detail: string; readonly chance: number }
  | { readonly name: 'snapshot'; readonly seq: number }
  | { readonly name: 'delta'; readonly seq: number; readonly chance: number }
  /** With a `resumeToken` when the one before has grown old, else an empty one. */
  | { readonly name: 'pong'; readonly nonce: number; readonly resumeToken: string }
  | { readonly name: 'goodbye'; readonly reason: string; readonly retryAfterMs: number; readonly chance: number }
  | { readonly name: 'keyed'; readonly keyed: boolean }
  /** The browser says that it has a network again, or the operator asks to try at once. */
  | { readonly name: 'retry' }
  | { readonly name: 'tick'; readonly chance: number };

export type LinkAction =
  | { readonly name: 'open' }
  | { readonly name: 'close' }
  | { readonly name: 'hello'; readonly token: string; readonly resumeToken: string; readonly lastSeq: number }
  | { readonly name: 'ping'; readonly nonce: number; readonly lastRoundTripMs: number }
  /** The state message that was just fed is the next one: apply it. */
  | { readonly name: 'apply' }
  | { readonly name: 'keepResumeToken'; readonly resumeToken: string }
  /** Floor and voice of this page are no longer under the gateway's eye. */
  | { readonly name: 'lost' }
  | { readonly name: 'live' };

interface Step {
  readonly state: LinkState;
  readonly actions: readonly LinkAction[];
}
type On<E extends LinkEvent['name']> = (
  state: LinkState,
  event: Extract<LinkEvent, { name: E }>,
  nowMs: number,
) => Step;
type Table = { readonly [P in Phase]: { readonly [E in LinkEvent['name']]: On<E> } };

export const initialLink: LinkState = {
  phase: 'idle',
  token: '',
  resumeToken: '',
  lastSeq: 0,
  attempt: 0,
  dueMs: Infinity,
  lostAtMs: undefined,
  parting: '',
  refusal: undefined,
  pings: [],
  nextNonce: 1,
  pingIntervalMs: 1000,
  keyed: false,
  roundTripMs: undefined,
};

// biome-ignore format: a table is read by its columns
const transitions: Table = {
  idle:       { start: begin, opened: stay,  closed: stay,  malformed: stay,  welcome: stay,    refused: stay,   snapshot: stay,    delta: stay,      pong: stay,    goodbye: stay, keyed: key, retry: stay,  tick: stay },
  connecting: { start: begin, opened: greet, closed: lose,  malformed: lose,  welcome: stay,    refused: stay,   snapshot: stay,    delta: stay,      pong: stay,    goodbye: stay, keyed: key, retry: stay,  tick: loseLate },
  greeting:   { start: begin, opened: stay,  closed: lose,  malformed: lose,  welcome: welcome, refused: refuse, snapshot: goLive,  delta: stay,      pong: stay,    goodbye: part, keyed: key, retry: stay,  tick: loseLate },
  live:       { start: begin, opened: stay,  closed: lose,  malformed: lose,  welcome: stay,    refused: refuse, snapshot: replace, delta: inOrder,   pong: measure, goodbye: part, keyed: key, retry: stay,  tick: ping },
  waiting:    { start: begin, opened: stay,  closed: stay,  malformed: stay,  welcome: stay,    refused: stay,   snapshot: stay,    delta: stay,      pong: stay,    goodbye: stay, keyed: key, retry: again, tick: againLate },
  refused:    { start: begin, opened: stay,  closed: stay,  malformed: stay,  welcome: stay,    refused: stay,   snapshot: stay,    delta: stay,      pong: stay,    goodbye: stay, keyed: key, retry: stay,  tick: stay },
};

/** Feeds one event. Total: no input can throw. */
export function stepLink(state: LinkState, event: LinkEvent, nowMs: number): Step {
  const rule = transitions[state.phase][event.name] as On<LinkEvent['name']>;
  return rule(state, event, nowMs);
}

function stay(state: LinkState): Step {
  return { state, actions: [] };
}

function key(state: LinkState, event: { readonly keyed: boolean }, nowMs: number): Step {
  const keyed = { ...state, keyed: event.keyed };
  if (state.phase !== 'live' || !event.keyed) return stay(keyed);
  return stay({ ...keyed, dueMs: Math.min(state.dueMs, nowMs + pingWhileKeyedMs) });
}

/** A fresh page, or a fresh printed link opened in a page that stands. With neither token its cookie may let it in. */
function begin(state: LinkState, event: { readonly token: string; readonly resumeToken: string }, nowMs: number): Step {
  const { keyed } = state;
  const fresh = { ...initialLink, keyed, token: event.token, resumeToken: event.resumeToken };
  const leaving: LinkAction[] = state.phase === 'live' ? [{ name: 'lost' }, { name: 'close' }] : [];
  if (state.phase === 'connecting' || state.phase === 'greeting') leaving.push({ name: 'close' });
  const opening = connect(fresh, nowMs);
  return { state: opening.state, actions: [...leaving, ...opening.actions] };
}

function connect(state: LinkState, nowMs: number): Step {
  return { state: { ...state, phase: 'connecting', dueMs: nowMs + answerMsMax }, actions: [{ name: 'open' }] };
}

function greet(state: LinkState, _event: LinkEvent, nowMs: number): Step {
  const { token, resumeToken, lastSeq } = state;
  const hello: LinkAction =
    token === ''
      ? { name: 'hello', token: '', resumeToken, lastSeq }
      : { name: 'hello', token, resumeToken: '', lastSeq: 0 };
  return { state: { ...state, phase: 'greeting', dueMs: nowMs + answerMsMax }, actions: [hello] };
}

function welcome(state: LinkState, event: Extract<LinkEvent, { name: 'welcome' }>, nowMs: number): Step {
  const pingIntervalMs = Math.min(pingMsMax, Math.max(pingMsMin, event.pingIntervalMs || 1000));
  const known = { ...state, token: '', resumeToken: event.resumeToken, pingIntervalMs };
  const keep: LinkAction = { name: 'keepResumeToken', resumeToken: event.resumeToken };
  if (!event.resumed || state.lastSeq === 0) return { state: known, actions: [keep] };
  const live = enterLive(known, nowMs);
  return { state: live.state, actions: [keep, ...live.actions] };
}

function goLive(state: LinkState, event: { readonly seq: number }, nowMs: number): Step {
  if (state.resumeToken === '') return stay(state); // a snapshot before Welcome
  const live = enterLive({ ...state, lastSeq: event.seq }, nowMs);
  return { state: live.state, actions: [{ name: 'apply' }, ...live.actions] };
}

/** The first ping goes out at once: the latency is shown as soon as the link stands. */
function enterLive(state: LinkState, nowMs: number): Step {
  const live = {
    ...state,
    phase: 'live' as const,
    attempt: 0,
    lostAtMs: undefined,
    parting: '',
    refusal: undefined,
    pings: [],
    dueMs: nowMs,
  };
  const first = ping(live, { chance: 0 }, nowMs);
  return { state: first.state, actions: [{ name: 'live' }, ...first.actions] };
}

function replace(state: LinkState, event: { readonly seq: number }): Step {
  return { state: { ...state, lastSeq: event.seq }, actions: [{ name: 'apply' }] };
}

function inOrder(state: LinkState, event: Extract<LinkEvent, { name: 'delta' }>, nowMs: number): Step {
  const next = (state.lastSeq + 1) >>> 0;
  if (event.seq === next) return { state: { ...state, lastSeq: next }, actions: [{ name: 'apply' }] };
  if (event.seq < next) return stay(state); // seen already
  return lose(state, event, nowMs);
}

function ping(state: LinkState, event: { readonly chance: number }, nowMs: number): Step {
  if (nowMs < state.dueMs) return stay(state);
  if (state.pings.length >= missedPongsMax) return lose(state, event, nowMs);
  const everyMs = state.keyed ? Math.min(state.pingIntervalMs, pingWhileKeyedMs) : state.pingIntervalMs;
  return {
    state: {
      ...state,
      pings: [...state.pings, { nonce: state.nextNonce, sentMs: nowMs }],
      nextNonce: (state.nextNonce + 1) >>> 0 || 1,
      dueMs: nowMs + everyMs,
    },
    actions: [{ name: 'ping', nonce: state.nextNonce, lastRoundTripMs: Math.round(state.roundTripMs ?? 0) }],
  };
}

/** A pong also answers for the pings before it: the gateway lives. */
function measure(state: LinkState, event: Extract<LinkEvent, { name: 'pong' }>, nowMs: number): Step {
  const { resumeToken } = event;
  const measured = clocked(state, event.nonce, nowMs);
  if (resumeToken === '') return stay(measured);
  return { state: { ...measured, resumeToken }, actions: [{ name: 'keepResumeToken', resumeToken }] };
}

function clocked(state: LinkState, nonce: number, nowMs: number): LinkState {
  const index = state.pings.findIndex((sent) => sent.nonce === nonce);
  const sent = state.pings[index];
  if (sent === undefined) return state;
  return { ...state, pings: state.pings.slice(index + 1), roundTripMs: nowMs - sent.sentMs };
}

function lose(state: LinkState, event: { readonly chance: number }, nowMs: number): Step {
  return wait(state, nowMs + backoffMs(state.attempt, event.chance), nowMs);
}

function loseLate(state: LinkState, event: { readonly chance: number }, nowMs: number): Step {
  return nowMs < state.dueMs ? stay(state) : lose(state, event, nowMs);
}

function wait(state: LinkState, untilMs: number, nowMs: number): Step {
  const wasLive = state.phase === 'live';
  return {
    state: {
      ...state,
      phase: 'waiting',
      attempt: state.attempt + 1,
      dueMs: untilMs,
      lostAtMs: state.lostAtMs ?? (wasLive ? nowMs : undefined),
      pings: [],
      roundTripMs: undefined,
    },
    actions: wasLive ? [{ name: 'lost' }, { name: 'close' }] : [{ name: 'close' }],
  };
}

function again(state: LinkState, _event: LinkEvent, nowMs: number): Step {
  return connect(state, nowMs);
}

function againLate(state: LinkState, event: LinkEvent, nowMs: number): Step {
  return nowMs < state.dueMs ? stay(state) : again(state, event, nowMs);
}

function part(state: LinkState, event: Extract<LinkEvent, { name: 'goodbye' }>, nowMs: number): Step {
  if (event.reason === 'replaced') return giveUp(state, { reason: 'replaced', detail: '' }, nowMs);
  const pauseMs = Math.min(60_000, Math.max(event.retryAfterMs, backoffMs(state.attempt, event.chance)));
  return wait({ ...state, parting: event.reason }, nowMs + pauseMs, nowMs);
}

function refuse(state: LinkState, event: Extract<LinkEvent, { name: 'refused' }>, nowMs: number): Step {
  const refusal: Refusal = { reason: event.reason, detail: event.detail };
  const { reason } = event;
  if (reason === 'token' && state.token !== '' && state.resumeToken !== '') {
    // The printed link was opened before in this very tab: go on as that session.
    return wait({ ...state, token: '' }, nowMs, nowMs);
  }
  if (reason === 'token' || reason === 'version') return giveUp(state, refusal, nowMs);
  return wait({ ...state, refusal }, nowMs + backoffMs(Math.max(state.attempt, 4), event.chance), nowMs);
}

function giveUp(state: LinkState, refusal: Refusal, nowMs: number): Step {
  const { state: waiting, actions } = wait(state, Infinity, nowMs);
  const kept = refusal.reason === 'token' ? '' : state.resumeToken;
  const forget: LinkAction[] = refusal.reason === 'token' ? [{ name: 'keepResumeToken', resumeToken: '' }] : [];
  return {
    state: { ...waiting, phase: 'refused', refusal, token: '', resumeToken: kept },
    actions: [...actions, ...forget],
  };
}
