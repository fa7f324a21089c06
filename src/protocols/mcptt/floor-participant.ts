/**
 * Floor participant: how we ask the far end's floor control server for the floor, where the group is homed there. Pure.
 *
 *                 push             granted
 *   noPermission ─────▶ pendingRequest ─────▶ hasPermission
 *        ▲  ▲              │    │ queue position   │ release, revoke
 *        │  └─ deny, T101 ─┘    ▼                  ▼
 *        │       deny, idle   queued ─ release ▶ pendingRelease
 *        │◀───────────────────────┘                │
 *        └────────────── idle, taken, media, T100 ─┘
 *
 * The "user" of the standard is the shared group: what is granted after a wait in the queue is offered to it (T132), since
 * its talker may have gone meanwhile. A push while we let go is made good as soon as that is done.
 *
 * Standard: 3GPP TS 24.380 §6.2.4, table 11.1.1-1; where we differ: docs/standards.md.
 * Driven by: bridges/mcptt/participant-role.ts.
 */
import { type FloorField, indicator } from './floor-fields.ts';
import { type Context as MachineContext, stepTable, type Table } from './floor-machine.ts';
import { ackOf, type FloorMessage, type FloorMessageName, fieldOf, indicates } from './floor-message.ts';
import type { Location } from './location.ts';

export interface ParticipantSettings {
  /** Of our messages, as in the RTCP header. */
  readonly ssrc: number;
  /** T100, T101 and T104: when a message without an answer is sent again; ms. */
  readonly releaseMs: number;
  readonly requestMs: number;
  readonly positionMs: number;
  /** C100, C101, C104: so often at most. */
  readonly releasesMax: number;
  readonly requestsMax: number;
  readonly positionsMax: number;
  /** T103: the talker's media stay away for so long; ms. */
  readonly mediaEndMs: number;
  /** T132: what was granted after a wait is given back unless wanted within; ms. */
  readonly offerMs: number;
}

/** What a request says. */
export interface Wish {
  /** 0–255. */
  readonly priority: number;
  /** Bits of `indicator`. */
  readonly mask: number;
  /** Who talks, in the field that names him. */
  readonly talker?: Extract<FloorField, { name: 'userId' | 'functionalAlias' }>;
}

interface Common {
  /** Of the last Floor Taken or Idle; undefined before the first. */
  readonly number: number | undefined;
  /** Who else talks, as far as we know. */
  readonly talker: OtherTalker | undefined;
  /** Over whom he talks: of a dual floor, or of several talkers. */
  readonly beneath: OtherTalker | undefined;
  /** The last Floor Taken let nobody ask for the floor: a broadcast group call. */
  readonly closed: boolean;
  /** T103; Infinity while media flow or nobody talks. */
  readonly mediaEndAtMs: number;
}

type StartStop = { readonly name: 'startStop' };
type NoPermission = Common & { readonly name: 'noPermission' };
type PendingRequest = Common & {
  readonly name: 'pendingRequest';
  readonly wish: Wish;
  readonly sent: number;
  readonly againAtMs: number;
};
type HasPermission = Common & { readonly name: 'hasPermission'; readonly wish: Wish };
type PendingRelease = Common & {
  readonly name: 'pendingRelease';
  readonly sent: number;
  readonly againAtMs: number;
  /** Wished for since. */
  readonly next: Wish | undefined;
};
type Queued = Common & {
  readonly name: 'queued';
  readonly wish: Wish;
  /** Times that our place was asked for without an answer, and when it is asked for again (T104). */
  readonly asked: number;
  readonly againAtMs: number;
  /** T132; Infinity until granted. */
  readonly offerEndMs: number;
};
export type ParticipantState = StartStop | NoPermission | PendingRequest | HasPermission | PendingRelease | Queued;

export type ParticipantEvent =
  /** The session stands. `wish`: its INVITE was taken as a request; `granted`: and its answer granted it. */
  | { readonly name: 'connect'; readonly wish?: Wish; readonly granted: boolean }
  | { readonly name: 'disconnect' }
  | { readonly name: 'push'; readonly wish: Wish }
  | { readonly name: 'release' }
  | { readonly name: 'granted' }
  | { readonly name: 'deny'; readonly cause: number }
  | { readonly name: 'revoke'; readonly cause: number }
  | { readonly name: 'queuePosition'; readonly position: number }
  /** Our request was taken out of the queue by somebody else. */
  | { readonly name: 'dequeued' }
  /** `beside`: in a dual floor, that somebody else's override ended. */
  | { readonly name: 'idle'; readonly beside: boolean }
  /** `closed`: nobody may ask for the floor meanwhile. */
  | { readonly name: 'taken'; readonly talker: OtherTalker; readonly closed: boolean }
  /** One of several talkers has ended. */
  | { readonly name: 'left'; readonly id: string }
  /** Voice of the far end begins or ends. */
  | { readonly name: 'media'; readonly flowing: boolean }
  | { readonly name: 'tick' };

export interface OtherTalker {
  /** MCPTT ID; empty where privacy asks for it. */
  readonly id: string;
  readonly mask: number;
  readonly location?: Location;
}

export type ParticipantAction =
  | { readonly name: 'send'; readonly message: FloorMessage }
  /** We may talk, or may not (any more); `cause` as the server gave it, 0 for no answer. */
  | { readonly name: 'talk'; readonly allowed: true }
  | { readonly name: 'talk'; readonly allowed: false; readonly cause: number }
  /** Granted after a wait: push if it is still wanted. */
  | { readonly name: 'offered' }
  | { readonly name: 'queued'; readonly position: number }
  | { readonly name: 'talker'; readonly talker: OtherTalker }
  | { readonly name: 'talkerEnded' };

export interface ParticipantStep {
  readonly state: ParticipantState;
  readonly actions: readonly ParticipantAction[];
}

type EventOf<E extends ParticipantEvent['name']> = Extract<ParticipantEvent, { name: E }>;
type Context = MachineContext<ParticipantSettings, ParticipantAction>;

// biome-ignore format: a table
const transitions: Table<ParticipantState, ParticipantEvent, Context> = {
  //                connect         disconnect        push               release           granted          deny           revoke            queuePosition        dequeued        idle               taken              left               media             tick
  startStop:      { connect: begin, disconnect: stay, push: cannot,      release: stay,    granted: stay,   deny: stay,    revoke: stay,     queuePosition: stay,  dequeued: stay, idle: stay,        taken: stay,       left: stay,        media: stay,      tick: stay },
  noPermission:   { connect: stay,  disconnect: stop, push: request,     release: stay,    granted: refuse, deny: stay,    revoke: stay,     queuePosition: stay,  dequeued: stay, idle: fallSilent,  taken: hear,       left: lose,        media: follow,    tick: passTime },
  pendingRequest: { connect: stay,  disconnect: stop, push: askAnew,     release: giveUp,  granted: take,   deny: accept,  revoke: giveBack, queuePosition: wait,  dequeued: stay, idle: fallSilent,  taken: hear,       left: lose,        media: follow,    tick: askAgain },
  hasPermission:  { connect: stay,  disconnect: stop, push: strengthen,  release: giveUp,  granted: confirm, deny: stay,    revoke: giveBack, queuePosition: stay,  dequeued: stay, idle: losePermission, taken: hear,    left: lose,        media: follow,    tick: passTime },
  pendingRelease: { connect: stay,  disconnect: stop, push: remember,    release: forget,  granted: stay,   deny: stay,    revoke: stay,     queuePosition: stay,  dequeued: stay, idle: leftByIdle,  taken: leftByTaken, left: lose,       media: leftByMedia, tick: releaseAgain },
  queued:         { connect: stay,  disconnect: stop, push: takeOrAsk,   release: giveUp,  granted: offer,  deny: accept,  revoke: giveBack, queuePosition: place, dequeued: leaveQueue, idle: loseQueue, taken: hear,    left: lose,        media: follow,    tick: waitOn },
};

export const participantAtRest: ParticipantState = { name: 'startStop' };

/** Feeds one event. Total: no input can throw. */
export function stepParticipant(
  state: ParticipantState,
  event: ParticipantEvent,
  settings: ParticipantSettings,
  nowMs: number,
): ParticipantStep {
  return stepTable(transitions, state, event, settings, nowMs);
}

/** A message of the server: acknowledged if it asks for that, and then its event. What is not for a participant is nothing. */
export function participantReceives(
  state: ParticipantState,
  message: FloorMessage,
  settings: ParticipantSettings,
  nowMs: number,
): ParticipantStep {
  if (state.name === 'startStop') return { state, actions: [] };
  const actions: ParticipantAction[] = [];
  if (message.ackWanted) actions.push({ name: 'send', message: ackOf(message, settings.ssrc, 0) });
  const numbered = noteNumber(state, message);
  const event = numbered === undefined ? undefined : eventOf(message);
  if (numbered === undefined || event === undefined) return { state, actions };
  const step = stepParticipant(numbered, event, settings, nowMs);
  return { state: step.state, actions: [...actions, ...step.actions] };
}

/** When a `tick` is owed; Infinity when nothing is pending. */
export function participantDeadlineMs(state: ParticipantState): number {
  if (state.name === 'startStop') return Infinity;
  let atMs = state.mediaEndAtMs;
  if ('againAtMs' in state) atMs = Math.min(atMs, state.againAtMs);
  if ('offerEndMs' in state) atMs = Math.min(atMs, state.offerEndMs);
  return atMs;
}

/** Nobody else talks. */
const nobody = { talker: undefined, beneath: undefined, closed: false, mediaEndAtMs: Infinity } as const;

/** Purpose of Queued Floor Requests that tells us of a cancelling. */
const cancelledByOther = 2;
/** Reject cause of what is not asked for, since nobody may. */
const receiveOnly = 5;

// ── Messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** State with the number of a Floor Taken or Idle noted; undefined when the message is older than one heard before. */
function noteNumber(state: ParticipantState, message: FloorMessage): ParticipantState | undefined {
  const number = fieldOf(message, 'sequenceNumber')?.number;
  if (state.name === 'startStop' || number === undefined) return state;
  if (state.number !== undefined && ((number - state.number) & 0xffff) >= 0x8000) return undefined;
  return { ...state, number };
}

function eventOf(message: FloorMessage): ParticipantEvent | undefined {
  const cause = fieldOf(message, 'rejectCause')?.cause ?? 255;
  switch (message.name) {
    case 'granted':
      return { name: 'granted' };
    case 'deny':
      return { name: 'deny', cause };
    case 'revoke':
      return { name: 'revoke', cause };
    case 'queuePositionInfo':
      return { name: 'queuePosition', position: fieldOf(message, 'queueInfo')?.position ?? 255 };
    case 'idle':
      return { name: 'idle', beside: indicates(message, indicator.dualFloor) };
    case 'queuedFloorRequests':
      return fieldOf(message, 'queuedRequestsPurpose')?.purpose === cancelledByOther ? { name: 'dequeued' } : undefined;
    case 'releaseMultiTalker':
      return { name: 'left', id: fieldOf(message, 'userId')?.id ?? '' };
    case 'taken': {
      const location = fieldOf(message, 'location')?.location ?? fieldOf(message, 'locations')?.locations.at(-1);
      const id = talkerOf(message);
      const mask = fieldOf(message, 'floorIndicator')?.mask ?? 0;
      const closed = fieldOf(message, 'permissionToRequest')?.permitted === false;
      return { name: 'taken', talker: { id, mask, ...(location !== undefined && { location }) }, closed };
    }
    default:
      return undefined;
  }
}

/** Of several the last; by his functional alias where his MCPTT ID is kept from us. */
function talkerOf(message: FloorMessage): string {
  const ids = [
    fieldOf(message, 'grantedParty')?.id,
    fieldOf(message, 'grantedUsers')?.ids.at(-1),
    fieldOf(message, 'functionalAlias')?.alias,
    fieldOf(message, 'functionalAliases')?.aliases.at(-1),
  ];
  return ids.find((id) => id !== undefined && id !== '') ?? '';
}

function send(name: FloorMessageName, fields: readonly FloorField[], { settings, actions }: Context): void {
  actions.push({ name: 'send', message: { name, ackWanted: false, ssrc: settings.ssrc, fields } });
}

function sendRequest({ priority, mask, talker }: Wish, context: Context): void {
  const fields: FloorField[] = [
    { name: 'floorPriority', priority },
    { name: 'floorIndicator', mask },
  ];
  if (talker !== undefined) fields.push(talker);
  send('request', fields, context);
}

// ── Rules, in the table's order ──────────────────────────────────────────────────────────────────────────────────

type Connected = Exclude<ParticipantState, StartStop>;

function stay(state: ParticipantState): ParticipantState {
  return state;
}

function commonOf({ number, talker, beneath, closed, mediaEndAtMs }: Common): Common {
  return { number, talker, beneath, closed, mediaEndAtMs };
}

function begin(_: StartStop, { wish, granted }: EventOf<'connect'>, context: Context): ParticipantState {
  const fresh: Common = { number: undefined, ...nobody };
  if (wish === undefined) return { ...fresh, name: 'noPermission' };
  if (granted) return take({ ...fresh, wish }, { name: 'granted' }, context);
  return { ...fresh, name: 'pendingRequest', wish, sent: 1, againAtMs: context.nowMs + context.settings.requestMs };
}

function stop(state: Connected, _: EventOf<'disconnect'>, { actions }: Context): ParticipantState {
  if (state.talker !== undefined) actions.push({ name: 'talkerEnded' });
  if (state.name !== 'noPermission') actions.push({ name: 'talk', allowed: false, cause: 0 });
  return participantAtRest;
}

/** No session, no floor. */
function cannot(state: StartStop, _: EventOf<'push'>, { actions }: Context): ParticipantState {
  actions.push({ name: 'talk', allowed: false, cause: 0 });
  return state;
}

/** An emergency is asked for all the same: whether it may be is the server's to say. */
function request(state: Common, { wish }: EventOf<'push'>, context: Context): ParticipantState {
  if (state.closed && (wish.mask & indicator.emergency) === 0) {
    context.actions.push({ name: 'talk', allowed: false, cause: receiveOnly });
    return { ...commonOf(state), name: 'noPermission' };
  }
  sendRequest(wish, context);
  const againAtMs = context.nowMs + context.settings.requestMs;
  return { ...commonOf(state), name: 'pendingRequest', wish, sent: 1, againAtMs };
}

/** Granted what nobody wished for (any more): given back. */
function refuse(state: NoPermission, _: EventOf<'granted'>, context: Context): ParticipantState {
  return letGo(state, undefined, context);
}

/** The wish has changed while it is asked for: said at once, counted as one more. */
function askAnew(state: PendingRequest, { wish }: EventOf<'push'>, context: Context): ParticipantState {
  if (sameWish(wish, state.wish)) return state;
  return request(state, { name: 'push', wish }, context);
}

function take(state: Common & { readonly wish: Wish }, _: EventOf<'granted'>, { actions }: Context): ParticipantState {
  actions.push({ name: 'talk', allowed: true });
  return { ...commonOf(state), name: 'hasPermission', wish: state.wish };
}

function accept(state: PendingRequest | Queued, { cause }: EventOf<'deny'>, { actions }: Context): ParticipantState {
  actions.push({ name: 'talk', allowed: false, cause });
  return { ...commonOf(state), name: 'noPermission' };
}

function wait(state: PendingRequest, { position }: EventOf<'queuePosition'>, { actions }: Context): ParticipantState {
  actions.push({ name: 'queued', position });
  const { wish } = state;
  return { ...commonOf(state), name: 'queued', wish, asked: 0, againAtMs: Infinity, offerEndMs: Infinity };
}

/** T101. */
function askAgain(state: PendingRequest, _: EventOf<'tick'>, context: Context): ParticipantState {
  const { settings, nowMs, actions } = context;
  const timed = lapse(state, context);
  if (nowMs < state.againAtMs) return timed;
  if (state.sent >= settings.requestsMax) {
    actions.push({ name: 'talk', allowed: false, cause: 0 });
    return { ...commonOf(timed), name: 'noPermission' };
  }
  sendRequest(state.wish, context);
  return { ...timed, sent: state.sent + 1, againAtMs: nowMs + settings.requestMs };
}

/** The talk under way has become an emergency, or stronger otherwise: the server is asked anew, and talk goes on. */
function strengthen(state: HasPermission, { wish }: EventOf<'push'>, context: Context): ParticipantState {
  if (sameWish(wish, state.wish)) return confirm(state, { name: 'granted' }, context);
  sendRequest(wish, context);
  return { ...state, wish };
}

/** Whoever asks again may have missed the first answer: after a stall a leg keys anew, and waits for it. */
function confirm(state: HasPermission, _: EventOf<'granted'>, { actions }: Context): HasPermission {
  actions.push({ name: 'talk', allowed: true });
  return state;
}

function giveUp(state: PendingRequest | HasPermission | Queued, _: EventOf<'release'>, context: Context) {
  return letGo(state, undefined, context);
}

function giveBack(state: PendingRequest | HasPermission | Queued, { cause }: EventOf<'revoke'>, context: Context) {
  context.actions.push({ name: 'talk', allowed: false, cause });
  return letGo(state, undefined, context);
}

function letGo(state: Common, next: Wish | undefined, context: Context): PendingRelease {
  send('release', [], context);
  const againAtMs = context.nowMs + context.settings.releaseMs;
  return { ...commonOf(state), name: 'pendingRelease', sent: 1, againAtMs, next };
}

/** The server holds the floor free: our permission has ended with the pause that made it so. */
function losePermission(state: HasPermission, event: EventOf<'idle'>, context: Context): ParticipantState {
  const silent = fallSilent(state, event, context);
  if (event.beside) return silent;
  context.actions.push({ name: 'talk', allowed: false, cause: 0 });
  return { ...commonOf(silent), name: 'noPermission' };
}

function remember(state: PendingRelease, { wish }: EventOf<'push'>): ParticipantState {
  return { ...state, next: wish };
}

function forget(state: PendingRelease): ParticipantState {
  return { ...state, next: undefined };
}

function leftByIdle(state: PendingRelease, event: EventOf<'idle'>, context: Context): ParticipantState {
  return afterRelease(fallSilent(state, event, context), context);
}

function leftByTaken(state: PendingRelease, event: EventOf<'taken'>, context: Context): ParticipantState {
  return afterRelease(hear(state, event, context), context);
}

function leftByMedia(state: PendingRelease, event: EventOf<'media'>, context: Context): ParticipantState {
  const followed = follow(state, event, context);
  return event.flowing ? afterRelease(followed, context) : followed;
}

/** T100. */
function releaseAgain(state: PendingRelease, _: EventOf<'tick'>, context: Context): ParticipantState {
  const { settings, nowMs } = context;
  const timed = lapse(state, context);
  if (nowMs < state.againAtMs) return timed;
  if (state.sent >= settings.releasesMax) return afterRelease(timed, context);
  send('release', [], context);
  return { ...timed, sent: state.sent + 1, againAtMs: nowMs + settings.releaseMs };
}

function afterRelease(state: PendingRelease, context: Context): ParticipantState {
  const { next } = state;
  const free: NoPermission = { ...commonOf(state), name: 'noPermission' };
  return next === undefined ? free : request(free, { name: 'push', wish: next }, context);
}

/** What was offered is taken; else the wish is repeated: where are we in the queue, or, if it is stronger, ask with it. */
function takeOrAsk(state: Queued, { wish }: EventOf<'push'>, context: Context): ParticipantState {
  if (state.offerEndMs !== Infinity) return take(state, { name: 'granted' }, context);
  if (!sameWish(wish, state.wish)) {
    sendRequest(wish, context);
    return { ...state, wish };
  }
  if (state.againAtMs !== Infinity) return state;
  send('queuePositionRequest', [], context);
  return { ...state, asked: 1, againAtMs: context.nowMs + context.settings.positionMs };
}

function offer(state: Queued, _: EventOf<'granted'>, { settings, nowMs, actions }: Context): ParticipantState {
  if (state.offerEndMs !== Infinity) return state;
  actions.push({ name: 'offered' });
  return { ...state, asked: 0, againAtMs: Infinity, offerEndMs: nowMs + settings.offerMs };
}

function place(state: Queued, { position }: EventOf<'queuePosition'>, { actions }: Context): ParticipantState {
  actions.push({ name: 'queued', position });
  return { ...state, asked: 0, againAtMs: Infinity };
}

function loseQueue(state: Queued, event: EventOf<'idle'>, context: Context): ParticipantState {
  const silent = fallSilent(state, event, context);
  if (event.beside) return silent;
  context.actions.push({ name: 'talk', allowed: false, cause: 0 });
  return { ...commonOf(silent), name: 'noPermission' };
}

function leaveQueue(state: Queued, _: EventOf<'dequeued'>, { actions }: Context): ParticipantState {
  actions.push({ name: 'talk', allowed: false, cause: 0 });
  return { ...commonOf(state), name: 'noPermission' };
}

/** T132, T104. */
function waitOn(state: Queued, _: EventOf<'tick'>, context: Context): ParticipantState {
  const { settings, nowMs, actions } = context;
  const timed = lapse(state, context);
  if (nowMs >= state.offerEndMs) {
    actions.push({ name: 'talk', allowed: false, cause: 0 });
    return letGo(timed, undefined, context);
  }
  if (nowMs < state.againAtMs) return timed;
  if (state.asked >= settings.positionsMax) {
    actions.push({ name: 'talk', allowed: false, cause: 0 });
    return { ...commonOf(timed), name: 'noPermission' };
  }
  send('queuePositionRequest', [], context);
  return { ...timed, asked: state.asked + 1, againAtMs: nowMs + settings.positionMs };
}

// ── Others' talk ─────────────────────────────────────────────────────────────────────────────────────────────────

function hear<S extends Connected>(
  state: S,
  { talker, closed }: EventOf<'taken'>,
  { settings, nowMs, actions }: Context,
): S {
  actions.push({ name: 'talker', talker });
  const isBeside = (talker.mask & (indicator.dualFloor | indicator.multiTalker)) !== 0;
  const before = talker.id === state.talker?.id ? state.beneath : state.talker;
  const beneath = isBeside ? before : undefined;
  return { ...state, talker, beneath, closed, mediaEndAtMs: nowMs + settings.mediaEndMs };
}

/** Who was talked over talks on when an override ends (§6.3.6). */
function fallSilent<S extends Connected>(state: S, { beside }: EventOf<'idle'>, context: Context): S {
  const { beneath, closed } = state;
  if (beside && beneath !== undefined) {
    return { ...hear(state, { name: 'taken', talker: beneath, closed }, context), beneath: undefined };
  }
  if (state.talker !== undefined) context.actions.push({ name: 'talkerEnded' });
  return { ...state, ...nobody };
}

function lose<S extends Connected>(state: S, { id }: EventOf<'left'>, context: Context): S {
  if (id === state.talker?.id) return fallSilent(state, { name: 'idle', beside: true }, context);
  return id === state.beneath?.id ? { ...state, beneath: undefined } : state;
}

/** T103 waits while media flow. */
function follow<S extends Connected>(state: S, { flowing }: EventOf<'media'>, { settings, nowMs }: Context): S {
  if (state.talker === undefined) return state;
  return { ...state, mediaEndAtMs: flowing ? Infinity : nowMs + settings.mediaEndMs };
}

function passTime<S extends Connected>(state: S, _: EventOf<'tick'>, context: Context): S {
  return lapse(state, context);
}

/** T103. */
function lapse<S extends Connected>(state: S, { nowMs, actions }: Context): S {
  if (nowMs < state.mediaEndAtMs) return state;
  actions.push({ name: 'talkerEnded' });
  return { ...state, ...nobody };
}

function sameWish(a: Wish, b: Wish): boolean {
  return a.priority === b.priority && a.mask === b.mask;
}
