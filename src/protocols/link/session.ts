/**
 * One connection of a link, for either side: who speaks first, what may be said when, whether the other lives, and the
 * events that outlive the connection. Pure: no clock, socket or logger.
 *
 *   gateway   opening ──Hello, admitted──▶ open ──Goodbye, silence, fault──▶ closed
 *   agent     opening ──Welcome──────────▶ open ──…
 *                └──Refused, nothing within 5 s──▶ closed
 *
 * Who is admitted is the owner's to say: `authenticate` asks it, `admit` or `refuse` answers.
 * Driven by: bridges/link/link-attachment.ts (gateway), simulator and tests (agent). Format: proto/link.proto.
 */
import { type Bucket, fullBucket, type RateLimit, take } from '../../base/rate-limit.ts';
import { acknowledged, arrival, type EventBox, keep, outgoing, renumbered, resumed } from './event-box.ts';
import {
  type Frame,
  type Hello,
  type LinkBody,
  type LinkEvent,
  type OutBody,
  type Welcome,
  writeFrame,
} from './frames.ts';

type Role = 'gateway' | 'agent';

export interface SessionState {
  readonly role: Role;
  readonly name: 'opening' | 'open' | 'closed';
  readonly sinceMs: number;
  readonly heardMs: number;
  readonly pingMs: number;
  readonly pingIntervalMs: number;
  readonly deadAfterMs: number;
  /** The gateway has a Hello and waits for its owner's word. */
  readonly asked: boolean;
  readonly box: EventBox;
  /** What we take of the other's events; refills. */
  readonly bucket: Bucket;
  /** Highest credit that we gave. */
  readonly given: number;
}

export type SessionEvent =
  | { readonly name: 'frame'; readonly frame: Frame }
  | { readonly name: 'malformed' }
  /** The owner's word on a Hello; `goesOn` when it is of the session whose box this is. */
  | {
      readonly name: 'admit';
      readonly welcome: NonNullable<OutBody['welcome']>;
      readonly goesOn: boolean;
      readonly lastTaken: number;
    }
  | { readonly name: 'refuse'; readonly refused: NonNullable<OutBody['refused']>; readonly reason: string }
  /** Says something that lives with the connection. */
  | { readonly name: 'say'; readonly body: OutBody }
  /** Says an event. */
  | { readonly name: 'report'; readonly body: OutBody }
  | { readonly name: 'leave'; readonly reason: string }
  | { readonly name: 'lost' }
  | { readonly name: 'tick' };

/** What the owner has to act on; pings, acknowledgements and events taken before do not reach it. */
export type Delivered = Exclude<
  LinkBody,
  Hello | LinkEvent | { name: 'ping' | 'pong' | 'goodbye' | 'refused' | 'unknown' }
>;

export type SessionAction =
  | { readonly name: 'send'; readonly octets: Uint8Array }
  | { readonly name: 'authenticate'; readonly hello: Hello }
  | { readonly name: 'deliver'; readonly body: Delivered }
  | { readonly name: 'take'; readonly data: LinkEvent }
  /** The other side has taken this event of ours. */
  | { readonly name: 'taken'; readonly body: OutBody }
  /** The other side's clock is ahead of ours by so much. */
  | { readonly name: 'clock'; readonly offsetMs: number; readonly roundTripMs: number }
  /** Close the connection when what was sent is out. `final`: the session ends with it. */
  | { readonly name: 'close'; readonly reason: string; readonly final: boolean }
  | { readonly name: 'count'; readonly what: 'malformed' | 'unknown' | 'repeated' | 'event-dropped' };

export interface Now {
  readonly nowMs: number;
  readonly utcMs: number;
}

type Step = { readonly state: SessionState; readonly actions: readonly SessionAction[] };
type On<E extends SessionEvent['name']> = (
  state: SessionState,
  event: Extract<SessionEvent, { name: E }>,
  now: Now,
) => Step;
type Table = { [S in SessionState['name']]: { [E in SessionEvent['name']]: On<E> } };

// biome-ignore format: a table
const transitions: Table = {
  //         frame           malformed         admit         refuse          say         report          leave         lost        tick
  opening: { frame: greet,   malformed: spoil, admit: admit, refuse: refuse, say: stay,  report: store,  leave: leave, lost: lose, tick: awaitGreeting },
  open:    { frame: receive, malformed: spoil, admit: stay,  refuse: stay,   say: say,   report: report, leave: leave, lost: lose, tick: watch },
  closed:  { frame: stay,    malformed: stay,  admit: stay,  refuse: stay,   say: stay,  report: store,  leave: stay,  lost: stay, tick: stay },
};

/** How long either side waits for the other's first message. */
export const greetingMsMax = 5000;
/** Events taken at once and per second: an agent that has more to say is held by credit, not cut. */
const eventRate: RateLimit = { burst: 64, perSecond: 50 };
const pingIntervalMsDefault = 500;
const deadAfterMsDefault = 2000;

/** A connection that has just come about; `box` is that of the session it may go on with. */
export function startSession(
  role: Role,
  box: EventBox,
  terms: { readonly pingIntervalMs: number; readonly deadAfterMs: number } | undefined,
  nowMs: number,
): SessionState {
  const { pingIntervalMs, deadAfterMs } = terms ?? {
    pingIntervalMs: pingIntervalMsDefault,
    deadAfterMs: deadAfterMsDefault,
  };
  return {
    role,
    name: 'opening',
    sinceMs: nowMs,
    heardMs: nowMs,
    pingMs: nowMs,
    pingIntervalMs,
    deadAfterMs,
    asked: false,
    box,
    bucket: fullBucket(eventRate, nowMs),
    given: 0,
  };
}

/** Feeds one event. Total: what a state has no rule for changes nothing. */
export function stepSession(state: SessionState, event: SessionEvent, now: Now): Step {
  const rule = transitions[state.name][event.name] as On<SessionEvent['name']>;
  return rule(state, event, now);
}

/** When a `tick` is owed; Infinity when nothing is pending. */
export function sessionDeadlineMs(state: SessionState): number {
  if (state.name === 'opening') return state.sinceMs + greetingMsMax;
  return state.name === 'open' ? Math.min(state.pingMs, state.heardMs + state.deadAfterMs) : Infinity;
}

function stay(state: SessionState): Step {
  return { state, actions: [] };
}

// ── Opening ────────────────────────────────────────────────────────────────────────────────────────────────────────

function greet(state: SessionState, { frame }: { readonly frame: Frame }, now: Now): Step {
  const { body } = frame;
  if (state.role === 'agent') {
    if (body?.name === 'welcome') return begin(state, body, frame, now);
    if (body?.name === 'refused') return close(state, `refused: ${body.reason} ${body.detail}`, true);
    return spoil(state);
  }
  if (body?.name !== 'hello' || state.asked) return spoil(state);
  // From now on it is the owner who is waited for.
  return {
    state: { ...state, asked: true, sinceMs: now.nowMs },
    actions: [{ name: 'authenticate', hello: body }],
  };
}

/** The agent's side of a Welcome. */
function begin(state: SessionState, welcome: Welcome, frame: Frame, now: Now): Step {
  const box = welcome.resumed ? resumed(state.box, welcome.lastTaken) : renumbered(state.box);
  const open: SessionState = {
    ...state,
    ...opened(now),
    box: { ...box, credit: Math.max(box.credit, frame.credit) },
    pingIntervalMs: welcome.pingIntervalMs || state.pingIntervalMs,
    deadAfterMs: welcome.deadAfterMs || state.deadAfterMs,
  };
  const { state: after, actions } = flush(granting(open, now));
  const taken = takenOf(state.box, box);
  return { state: after, actions: [{ name: 'deliver', body: welcome }, sendOf(after, {}), ...taken, ...actions] };
}

function admit(state: SessionState, event: Extract<SessionEvent, { name: 'admit' }>, now: Now): Step {
  const { goesOn, lastTaken, welcome } = event;
  const box = goesOn ? resumed(state.box, lastTaken) : renumbered(state.box);
  const open = granting({ ...state, ...opened(now), box }, now);
  const said = { welcome: { ...welcome, resumed: goesOn, lastTaken: box.taken } };
  return { state: open, actions: [sendOf(open, said), ...(goesOn ? takenOf(state.box, box) : [])] };
}

function opened({ nowMs }: Now): Pick<SessionState, 'name' | 'heardMs' | 'pingMs'> {
  return { name: 'open', heardMs: nowMs, pingMs: nowMs };
}

function refuse(state: SessionState, event: Extract<SessionEvent, { name: 'refuse' }>): Step {
  const { state: gone, actions } = close(state, event.reason, true);
  return { state: gone, actions: [sendOf(state, { refused: event.refused }), ...actions] };
}

function awaitGreeting(state: SessionState, _: unknown, { nowMs }: Now): Step {
  return nowMs - state.sinceMs < greetingMsMax ? stay(state) : close(state, 'no greeting in time', false);
}

// ── Open ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function receive(before: SessionState, { frame }: { readonly frame: Frame }, now: Now): Step {
  const box = acknowledged(before.box, frame.ack, frame.credit);
  if (box === undefined) return breach(before, 'acknowledges what was never sent');
  const state: SessionState = { ...before, heardMs: now.nowMs, box };
  const heard = frame.seq > 0 ? receiveEvent(state, frame, now) : receiveBody(state, frame.body, now);
  const taken = takenOf(before.box, box);
  if (heard.state.name !== 'open') return { state: heard.state, actions: [...taken, ...heard.actions] };
  const { state: after, actions } = flush(heard.state);
  return { state: after, actions: [...taken, ...heard.actions, ...actions] };
}

function receiveEvent(state: SessionState, frame: Frame, now: Now): Step {
  if (frame.seq > state.given) return breach(state, 'an event without credit');
  switch (arrival(state.box, frame.seq)) {
    case 'gap':
      return breach(state, 'a gap in the numbers of events');
    case 'again':
      return { state, actions: [{ name: 'count', what: 'repeated' }, sendOf(state, {})] };
    case 'new': {
      const bucket = take(state.bucket, eventRate, now.nowMs) ?? state.bucket;
      const next = granting({ ...state, bucket, box: { ...state.box, taken: frame.seq } }, now);
      const { body } = frame;
      const taken: SessionAction = isEvent(body) ? { name: 'take', data: body } : { name: 'count', what: 'unknown' };
      return { state: next, actions: [taken, sendOf(next, {})] };
    }
  }
}

function receiveBody(state: SessionState, body: LinkBody | undefined, now: Now): Step {
  if (body === undefined) return stay(state);
  switch (body.name) {
    case 'ping': {
      const receivedUtcUs = Math.round(now.utcMs * 1000);
      const pong = { sentUtcUs: body.sentUtcUs, receivedUtcUs, repliedUtcUs: receivedUtcUs };
      const next = granting(state, now);
      return { state: next, actions: [sendOf(next, { pong })] };
    }
    case 'pong':
      return { state, actions: [clockOf(body, now)] };
    case 'goodbye':
      return close(state, body.reason === '' ? 'the far end has left' : `the far end has left: ${body.reason}`, true);
    case 'unknown':
      return { state, actions: [{ name: 'count', what: 'unknown' }] };
    case 'hello':
    case 'welcome':
    case 'refused':
      return breach(state, `a second ${body.name}`);
    case 'status':
    case 'text':
    case 'position':
    case 'alarm':
    case 'receipt':
      return breach(state, 'an event without a number');
    default:
      return { state, actions: [{ name: 'deliver', body }] };
  }
}

function say(state: SessionState, { body }: { readonly body: OutBody }): Step {
  return { state, actions: [sendOf(state, body)] };
}

function report(state: SessionState, event: { readonly body: OutBody }): Step {
  const { state: kept, actions } = store(state, event);
  const { state: after, actions: sent } = flush(kept);
  return { state: after, actions: [...actions, ...sent] };
}

/** Kept for the next connection. */
function store(state: SessionState, { body }: { readonly body: OutBody }): Step {
  const box = keep(state.box, body);
  const actions: SessionAction[] = box.dropped > state.box.dropped ? [{ name: 'count', what: 'event-dropped' }] : [];
  return { state: { ...state, box }, actions };
}

function watch(state: SessionState, _: unknown, now: Now): Step {
  if (now.nowMs - state.heardMs >= state.deadAfterMs) {
    return close(state, `nothing heard for ${state.deadAfterMs} ms`, false);
  }
  if (now.nowMs < state.pingMs) return stay(state);
  const next = granting({ ...state, pingMs: now.nowMs + state.pingIntervalMs }, now);
  return { state: next, actions: [sendOf(next, { ping: { sentUtcUs: Math.round(now.utcMs * 1000) } })] };
}

// ── Ends ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function leave(state: SessionState, { reason }: { readonly reason: string }): Step {
  const { state: gone, actions } = close(state, reason, true);
  return {
    state: gone,
    actions: state.name === 'open' ? [sendOf(state, { goodbye: { reason } }), ...actions] : actions,
  };
}

function lose(state: SessionState): Step {
  return close(state, 'connection lost', false);
}

function spoil(state: SessionState): Step {
  const { state: gone, actions } = breach(state, 'a message that has no place here');
  return { state: gone, actions: [{ name: 'count', what: 'malformed' }, ...actions] };
}

/** Told before the connection is cut, so that the other's maker finds his fault. */
function breach(state: SessionState, detail: string): Step {
  const { state: gone, actions } = close(state, `protocol: ${detail}`, true);
  return { state: gone, actions: [sendOf(state, { fault: { detail } }), ...actions] };
}

function close(state: SessionState, reason: string, final: boolean): Step {
  return { state: { ...state, name: 'closed' }, actions: [{ name: 'close', reason, final }] };
}

// ── Small helpers ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Gives credit for as many events as the rate allows at once. */
function granting(state: SessionState, { nowMs }: Now): SessionState {
  const gained = (Math.max(0, nowMs - state.bucket.atMs) * eventRate.perSecond) / 1000;
  const room = Math.floor(Math.min(eventRate.burst, state.bucket.tokens + gained));
  return { ...state, given: Math.max(state.given, state.box.taken + room) };
}

/** Sends what credit allows. */
function flush(state: SessionState): Step {
  const { box, events } = outgoing(state.box);
  const after = { ...state, box };
  return { state: after, actions: events.map(({ seq, body }) => sendOf(after, body, seq)) };
}

function sendOf({ box, given }: SessionState, body: OutBody, seq = 0): SessionAction {
  return { name: 'send', octets: writeFrame({ seq, ack: box.taken, credit: given }, body) };
}

function clockOf(pong: Extract<LinkBody, { name: 'pong' }>, now: Now): SessionAction {
  const nowUs = now.utcMs * 1000;
  const { sentUtcUs, receivedUtcUs, repliedUtcUs } = pong;
  return {
    name: 'clock',
    offsetMs: (receivedUtcUs - sentUtcUs + (repliedUtcUs - nowUs)) / 2000,
    roundTripMs: Math.max(0, (nowUs - sentUtcUs - (repliedUtcUs - receivedUtcUs)) / 1000),
  };
}

/** Events of ours that the other side has taken since `before`. */
function takenOf(before: EventBox, { acked }: EventBox): readonly SessionAction[] {
  if (acked === before.acked) return [];
  return before.kept.filter(({ seq }) => seq <= acked).map(({ body }) => ({ name: 'taken', body }));
}

const eventNames = new Set<string | undefined>(['status', 'text', 'position', 'alarm', 'receipt']);

function isEvent(body: LinkBody | undefined): body is LinkEvent {
  return eventNames.has(body?.name);
}
