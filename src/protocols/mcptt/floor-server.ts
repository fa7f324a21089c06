/**
 * Floor control server towards one participant: carries the decisions of the group's own arbiter to the wire, and the
 * participant's wishes to the arbiter. It decides nothing about the floor. Pure.
 *
 *               ask … granted                    revoked
 *   idle, taken ─────────────▶ permitted ─────────────────▶ revoking
 *     ▲     │                      │ floor is another's        │
 *     │     │ sends without        ▼                           │
 *     │     └──────▶ sendsMedia  idle, taken ◀─ release, grace ┘
 *     └── media end ──────┘
 *
 * The arbiter (talkgroups/floor.ts) has the queue and T1, T2, T3; here are the timers that repeat what the wire may lose:
 * T7 Floor Idle, T8 Floor Revoke, T20 Floor Granted, and T4, after which a call without talk may end.
 *
 * Standard: 3GPP TS 24.380 §6.3.4, §6.3.5, §6.3.6, table 11.1.3-1; where we differ: docs/standards.md.
 * Driven by: bridges/mcptt/server-role.ts.
 */
import { type FieldOf, type FloorField, indicator } from './floor-fields.ts';
import { type Context as MachineContext, stepTable, type Table } from './floor-machine.ts';
import { ackOf, type FloorMessage, type FloorMessageName, fieldOf } from './floor-message.ts';
import type { Location } from './location.ts';

export interface ServerSettings {
  /** Of our messages: the floor control server's. */
  readonly ssrc: number;
  /** T4; Infinity: the call stays however long nobody talks. ms. */
  readonly inactivityMs: number;
  /** T7 and C7. */
  readonly idleAgainMs: number;
  readonly idlesMax: number;
  /** T8. */
  readonly revokeAgainMs: number;
  /** T20 and C20. */
  readonly grantAgainMs: number;
  readonly grantsMax: number;
  /** Media after the end of a talk are still under way for so long before they count as sent without permission; ms. */
  readonly tailMs: number;
  /** Whether Granted, Taken, Deny, Idle and Queue Position Info ask for a Floor Ack. */
  readonly wantsAck: boolean;
}

/** What the session has agreed on. */
export interface ServerTerms {
  readonly queueing: boolean;
  /** Highest priority of a request, 0–255. */
  readonly priorityMax: number;
  /** The participant may ask for the floor, as Floor Taken says. */
  readonly mayRequest: boolean;
}

export interface Request {
  /** 0–255, not above what was agreed. */
  readonly priority: number;
  /** Bits of `indicator`. */
  readonly mask: number;
  /** Who asks: his MCPTT ID, or the functional alias that stands for it. */
  readonly alias?: string;
  readonly location?: Location;
  /** Of one of several users behind a non-controlling function: which of them asks. Goes back in what answers him. */
  readonly track?: FieldOf<'trackInfo'>;
}

/** Who talks, for Floor Taken. */
export interface Talker {
  /** MCPTT ID. */
  readonly id: string;
  readonly mask: number;
}

interface Common {
  readonly terms: ServerTerms;
  /** Number of the next Floor Taken or Idle. */
  readonly number: number;
  /** Who talks, other than this participant. */
  readonly talker: Talker | undefined;
  /** Who talks over him (dual floor). */
  readonly overriding: Talker | undefined;
  /** The last request, which an answer of the arbiter is for. */
  readonly request: Request;
  /** SSRC of the participant, as its messages say. */
  readonly participant: number;
  readonly position: number;
  /** When media without permission began; Infinity while none come. */
  readonly mediaSinceMs: number;
}

type StartStop = { readonly name: 'startStop' };
/** Not permitted and initiating: the session's INVITE was taken as a request, and the arbiter has not answered. */
type Initiating = Common & { readonly name: 'initiating' };
type Idle = Common & {
  readonly name: 'idle';
  readonly sent: number;
  readonly againAtMs: number;
  readonly inactiveAtMs: number;
};
type Taken = Common & { readonly name: 'taken' };
type Permitted = Common & {
  readonly name: 'permitted';
  readonly seconds: number;
  readonly sent: number;
  readonly againAtMs: number;
};
type Revoking = Common & { readonly name: 'revoking'; readonly cause: number; readonly againAtMs: number };
type SendsMedia = Common & { readonly name: 'sendsMedia'; readonly againAtMs: number };
export type ServerState = StartStop | Initiating | Idle | Taken | Permitted | Revoking | SendsMedia;

export type ServerEvent =
  | { readonly name: 'connect'; readonly terms: ServerTerms; readonly request?: Request }
  | { readonly name: 'disconnect' }
  // From the participant.
  | { readonly name: 'request'; readonly request: Request; readonly participant: number }
  | { readonly name: 'release'; readonly track?: Request['track'] }
  | { readonly name: 'askPosition' }
  | { readonly name: 'cancel' }
  | { readonly name: 'ack'; readonly subtype: number }
  /** `unasked`: what comes is not let through. */
  | { readonly name: 'media'; readonly flowing: boolean; readonly unasked: boolean }
  // From the arbiter.
  | { readonly name: 'granted'; readonly seconds: number }
  | { readonly name: 'queued'; readonly position: number }
  | { readonly name: 'denied'; readonly cause: number }
  | { readonly name: 'revoked'; readonly cause: number }
  | { readonly name: 'released' }
  /** Who talks now; `mine`: this participant does. */
  | {
      readonly name: 'floor';
      readonly mine: boolean;
      readonly talker: Talker | undefined;
      readonly overriding: Talker | undefined;
    }
  | { readonly name: 'tick' };

export type ServerAction =
  | { readonly name: 'send'; readonly message: FloorMessage }
  | { readonly name: 'ask'; readonly request: Request }
  /** The participant wants nothing any more: neither the floor nor a place in the queue. */
  | { readonly name: 'letGo' }
  /** T4. */
  | { readonly name: 'inactive' };

export interface ServerStep {
  readonly state: ServerState;
  readonly actions: readonly ServerAction[];
}

type EventOf<E extends ServerEvent['name']> = Extract<ServerEvent, { name: E }>;
type Context = MachineContext<ServerSettings, ServerAction>;

// biome-ignore format: a table
const transitions: Table<ServerState, ServerEvent, Context> = {
  //            connect         disconnect        request       release           askPosition           cancel          ack             media            granted        queued        denied        revoked         released        floor         tick
  startStop:  { connect: begin, disconnect: stay, request: stay, release: stay,    askPosition: stay,    cancel: stay,   ack: stay,      media: stay,     granted: stay,  queued: stay,  denied: stay,  revoked: stay,   released: stay,  floor: stay,   tick: stay },
  initiating: { connect: stay,  disconnect: stop, request: ask,  release: letGo,   askPosition: sayPlace, cancel: cancel, ack: stay,     media: stay,     granted: grant, queued: queue, denied: deny,  revoked: stay,   released: tell,  floor: note,   tick: stay },
  idle:       { connect: stay,  disconnect: stop, request: ask,  release: letGo,   askPosition: sayPlace, cancel: cancel, ack: stay,     media: suspect,  granted: grant, queued: queue, denied: deny,  revoked: stay,   released: tell,  floor: tellNew, tick: repeatIdle },
  taken:      { connect: stay,  disconnect: stop, request: ask,  release: letGo,   askPosition: sayPlace, cancel: cancel, ack: stay,     media: suspect,  granted: grant, queued: queue, denied: deny,  revoked: unqueue, released: tell, floor: tellNew, tick: judge },
  permitted:  { connect: stay,  disconnect: stop, request: contest, release: endTalk, askPosition: sayPlace, cancel: cancel, ack: settle,   media: begun,    granted: again, queued: stay,  denied: deny,  revoked: revoke, released: stay,  floor: follow, tick: repeatGranted },
  revoking:   { connect: stay,  disconnect: stop, request: ask,  release: letGo,   askPosition: sayPlace, cancel: cancel, ack: stay,     media: stay,     granted: grant, queued: queue, denied: deny,  revoked: revoke, released: stay,  floor: follow, tick: repeatRevoke },
  sendsMedia: { connect: stay,  disconnect: stop, request: ask,  release: letGo,   askPosition: sayPlace, cancel: cancel, ack: stay,     media: quieten,  granted: grant, queued: queue, denied: deny,  revoked: stay,   released: obey,  floor: note,   tick: repeatRevoke },
};

export const serverAtRest: ServerState = { name: 'startStop' };

/** Reject causes of Floor Deny and Floor Revoke that are said here (§8.2.6.2, §8.2.10.2). */
const othersFloor = 1;
const noPermission = 3;
const preEmpted = 4;
const notInQueue = 254;
const idleMask = indicator.normal;
const nothingAsked: Request = { priority: 0, mask: idleMask };

/** Feeds one event. Total: no input can throw. */
export function stepServer(
  state: ServerState,
  event: ServerEvent,
  settings: ServerSettings,
  nowMs: number,
): ServerStep {
  return stepTable(transitions, state, event, settings, nowMs);
}

/** A message of the participant: acknowledged if it asks for that, and then its event. */
export function serverReceives(
  state: ServerState,
  message: FloorMessage,
  settings: ServerSettings,
  nowMs: number,
): ServerStep {
  if (state.name === 'startStop') return { state, actions: [] };
  const actions: ServerAction[] = [];
  if (message.ackWanted) actions.push({ name: 'send', message: ackOf(message, settings.ssrc, 2) });
  const event = eventOf(message, state.terms);
  if (event === undefined) return { state, actions };
  const step = stepServer(state, event, settings, nowMs);
  return { state: step.state, actions: [...actions, ...step.actions] };
}

/** When a `tick` is owed; Infinity when nothing is pending. */
export function serverDeadlineMs(state: ServerState, settings: ServerSettings): number {
  if (state.name === 'startStop') return Infinity;
  let atMs = state.name === 'taken' || state.name === 'idle' ? state.mediaSinceMs + settings.tailMs : Infinity;
  if ('againAtMs' in state) atMs = Math.min(atMs, state.againAtMs);
  if (state.name === 'idle') atMs = Math.min(atMs, state.inactiveAtMs);
  return atMs;
}

// ── Messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

function eventOf(message: FloorMessage, { priorityMax }: ServerTerms): ServerEvent | undefined {
  switch (message.name) {
    case 'request': {
      // His MCPTT ID, or what stands for it where that is kept from us.
      const alias = fieldOf(message, 'userId')?.id || fieldOf(message, 'functionalAlias')?.alias;
      const location = fieldOf(message, 'location')?.location;
      const track = fieldOf(message, 'trackInfo');
      const request: Request = {
        priority: Math.min(fieldOf(message, 'floorPriority')?.priority ?? 0, priorityMax),
        mask: fieldOf(message, 'floorIndicator')?.mask ?? idleMask,
        ...(alias !== undefined && { alias }),
        ...(location !== undefined && { location }),
        ...(track !== undefined && { track }),
      };
      return { name: 'request', request, participant: message.ssrc };
    }
    case 'release': {
      const track = fieldOf(message, 'trackInfo');
      return { name: 'release', ...(track !== undefined && { track }) };
    }
    case 'queuePositionRequest':
      return { name: 'askPosition' };
    case 'queuedFloorRequests':
      return (fieldOf(message, 'queuedRequestsPurpose')?.purpose ?? 0) === 0 ? { name: 'cancel' } : undefined;
    case 'ack':
      return { name: 'ack', subtype: fieldOf(message, 'messageType')?.subtype ?? 0 };
    default:
      return undefined;
  }
}

function send(name: FloorMessageName, fields: readonly FloorField[], { settings, actions }: Context): void {
  const message: FloorMessage = { name, ackWanted: settings.wantsAck, ssrc: settings.ssrc, fields };
  actions.push({ name: 'send', message });
}

/** To whom of several users an answer goes. */
function tracked({ track }: Request): readonly FloorField[] {
  return track === undefined ? [] : [track];
}

/** The session can queue, and so can whoever asks. */
function mayQueue({ terms, request }: Common): boolean {
  return terms.queueing && request.track?.queueing !== 0;
}

/** Kind of call, and whether queueing is in use. */
function marked(mask: number, { queueing }: ServerTerms): FloorField {
  return { name: 'floorIndicator', mask: queueing ? mask | indicator.queueing : mask & ~indicator.queueing };
}

/** Bits of a request that its grant repeats. */
const kindOfCall = indicator.normal | indicator.emergency | indicator.imminentPeril;

function sendGranted({ seconds, request, terms, participant }: Permitted, context: Context): void {
  send(
    'granted',
    [
      { name: 'duration', seconds },
      { name: 'floorPriority', priority: request.priority },
      { name: 'ssrc', ssrc: participant },
      ...tracked(request),
      marked(request.mask & kindOfCall || idleMask, terms),
    ],
    context,
  );
}

function sendTaken(state: Common, talker: Talker, bits: number, context: Context): void {
  send(
    'taken',
    [
      { name: 'grantedParty', id: talker.id },
      { name: 'permissionToRequest', permitted: state.terms.mayRequest },
      { name: 'sequenceNumber', number: state.number },
      marked(talker.mask | bits, state.terms),
    ],
    context,
  );
}

function sendIdle(state: Common, bits: number, context: Context): void {
  send('idle', [{ name: 'sequenceNumber', number: state.number }, marked(idleMask | bits, state.terms)], context);
}

/** The indicator is that of the talk that ends: of whoever takes the floor, Floor Taken says it. */
function sendRevoke(state: Common, cause: number, context: Context): void {
  const { request, terms } = state;
  send(
    'revoke',
    [{ name: 'rejectCause', cause }, ...tracked(request), marked(request.mask & kindOfCall || idleMask, terms)],
    context,
  );
}

function sendDeny(request: Request, cause: number, context: Context): void {
  send('deny', [{ name: 'rejectCause', cause }, ...tracked(request)], context);
}

function sendPlace(state: Common, position: number, context: Context): void {
  const { request, terms } = state;
  const queueInfo: FloorField = { name: 'queueInfo', position: Math.min(position, 255), priority: request.priority };
  send(
    'queuePositionInfo',
    [queueInfo, ...tracked(request), marked(request.mask & kindOfCall || idleMask, terms)],
    context,
  );
}

// ── Rules, in the table's order ──────────────────────────────────────────────────────────────────────────────────

type Connected = Exclude<ServerState, StartStop>;

function stay(state: ServerState): ServerState {
  return state;
}

function commonOf(state: Common): Common {
  const { terms, number, talker, overriding, request, participant, position, mediaSinceMs } = state;
  return { terms, number, talker, overriding, request, participant, position, mediaSinceMs };
}

/** The floor as it is follows as a `floor` event. */
function begin(_: StartStop, { terms, request }: EventOf<'connect'>, { actions }: Context): ServerState {
  const fresh: Common = {
    terms,
    number: 1,
    talker: undefined,
    overriding: undefined,
    request: request ?? nothingAsked,
    participant: 0,
    position: notInQueue,
    mediaSinceMs: Infinity,
  };
  if (request === undefined) return { ...fresh, name: 'taken' };
  actions.push({ name: 'ask', request });
  return { ...fresh, name: 'initiating' };
}

function stop(state: Connected, _: EventOf<'disconnect'>, { actions }: Context): ServerState {
  const asked = state.name === 'permitted' || state.name === 'revoking' || state.name === 'initiating';
  if (asked || state.position !== notInQueue) actions.push({ name: 'letGo' });
  return serverAtRest;
}

function ask<S extends Connected>(state: S, event: EventOf<'request'>, { actions }: Context): S {
  const { request, participant } = event;
  actions.push({ name: 'ask', request });
  return { ...state, request, participant };
}

/**
 * Of several users behind one participant another than the talker asks: to us they are one, so that who of them talks is
 * said here. A stronger request takes the floor over, an equal one does not.
 */
function contest(state: Permitted, event: EventOf<'request'>, context: Context): ServerState {
  const { request } = event;
  if (sameTrack(request.track, state.request.track)) return ask(state, event, context);
  if (!isStronger(request, state.request)) {
    sendDeny(request, othersFloor, context);
    return state;
  }
  sendRevoke(state, preEmpted, context);
  return ask(state, event, context);
}

/** The Release of another user than the talker, such as one that was pre-empted for him, leaves the floor where it is. */
function endTalk(state: Permitted, event: EventOf<'release'>, context: Context): Permitted {
  return event.track === undefined || sameTrack(event.track, state.request.track)
    ? letGo(state, event, context)
    : state;
}

function isStronger(a: Request, b: Request): boolean {
  const tier = ({ mask }: Request) =>
    (mask & indicator.emergency) !== 0 ? 2 : (mask & indicator.imminentPeril) !== 0 ? 1 : 0;
  return tier(a) !== tier(b) ? tier(a) > tier(b) : a.priority > b.priority;
}

function letGo<S extends Connected>(state: S, _: EventOf<'release'>, { actions }: Context): S {
  actions.push({ name: 'letGo' });
  return { ...state, position: notInQueue };
}

function sayPlace<S extends Connected>(state: S, _: EventOf<'askPosition'>, context: Context): S {
  sendPlace(state, state.position, context);
  return state;
}

function cancel<S extends Connected>(state: S, _: EventOf<'cancel'>, context: Context): S {
  const queued = state.position !== notInQueue;
  send(
    'queuedFloorRequests',
    [
      { name: 'queuedRequestsPurpose', purpose: 1 },
      { name: 'responseState', state: queued ? 0 : 3 },
    ],
    context,
  );
  if (!queued) return state;
  context.actions.push({ name: 'letGo' });
  return { ...state, position: notInQueue };
}

function grant(state: Connected, { seconds }: EventOf<'granted'>, context: Context): ServerState {
  const againAtMs = context.nowMs + context.settings.grantAgainMs;
  const common: Common = { ...commonOf(state), position: notInQueue, mediaSinceMs: Infinity };
  const permitted: Permitted = { ...common, name: 'permitted', seconds, sent: 1, againAtMs };
  sendGranted(permitted, context);
  return permitted;
}

/** The talker asked again: granted again, with what is left. */
function again(state: Permitted, { seconds }: EventOf<'granted'>, context: Context): ServerState {
  const permitted: Permitted = { ...state, seconds };
  sendGranted(permitted, context);
  return permitted;
}

function queue(state: Connected, { position }: EventOf<'queued'>, context: Context): ServerState {
  const placed: Connected = { ...state, position };
  // A pre-emptive request waits at the head of the queue for the grace of the talker, asked to or not (§6.3.4.4.7).
  if (mayQueue(state)) sendPlace(placed, position, context);
  return placed.name === 'initiating' ? tell(placed, { name: 'released' }, context) : placed;
}

function deny(state: Connected, { cause }: EventOf<'denied'>, context: Context): ServerState {
  sendDeny(state.request, cause, context);
  const free: Connected = { ...state, position: notInQueue };
  return free.name === 'initiating' ? tell(free, { name: 'released' }, context) : free;
}

function revoke(state: Permitted | Revoking, { cause }: EventOf<'revoked'>, context: Context): ServerState {
  sendRevoke(state, cause, context);
  return { ...commonOf(state), name: 'revoking', cause, againAtMs: context.nowMs + context.settings.revokeAgainMs };
}

/** Its place in the queue has been taken from it. */
function unqueue(state: Taken, { cause }: EventOf<'revoked'>, context: Context): ServerState {
  sendDeny(state.request, cause === noPermission ? cause : 255, context);
  return { ...state, position: notInQueue };
}

/** Says how the floor is. */
function tell(state: Common, _: EventOf<'released'>, context: Context): ServerState {
  const { settings, nowMs } = context;
  const told: Common = { ...commonOf(state), number: (state.number + 1) & 0xffff };
  if (state.talker === undefined) {
    sendIdle(state, 0, context);
    return {
      ...told,
      name: 'idle',
      sent: 1,
      againAtMs: nowMs + settings.idleAgainMs,
      inactiveAtMs: nowMs + settings.inactivityMs,
    };
  }
  sendTaken(state, state.talker, 0, context);
  return { ...told, name: 'taken' };
}

function note<S extends Connected>(state: S, { talker, overriding }: EventOf<'floor'>): S {
  return { ...state, talker, overriding };
}

/** Floor Taken and Idle, when they say something new; what stands over a talker is said with the bit of a dual floor. */
function tellNew(state: Idle | Taken, event: EventOf<'floor'>, context: Context): ServerState {
  if (event.mine) return state; // its Granted has been sent, or is about to be
  const changed = !sameTalker(event.talker, state.talker) || state.number === 1;
  const next = note(state, event);
  const told = changed ? tell(next, { name: 'released' }, context) : next;
  return tellOverride(told, state.overriding, context);
}

/** What the permitted participant is told: that his floor is another's or nobody's now, or who talks over him. */
function follow(state: Permitted | Revoking, event: EventOf<'floor'>, context: Context): ServerState {
  const next = note(state, { ...event, talker: event.mine ? state.talker : event.talker });
  if (event.mine) return tellOverride(next, state.overriding, context);
  return tell(next, { name: 'released' }, context);
}

function tellOverride(state: ServerState, before: Talker | undefined, context: Context): ServerState {
  if (state.name === 'startStop' || sameTalker(state.overriding, before)) return state;
  if (state.overriding === undefined) sendIdle(state, indicator.dualFloor, context);
  else sendTaken(state, state.overriding, indicator.dualFloor, context);
  return { ...state, number: (state.number + 1) & 0xffff };
}

// ── Media and time ───────────────────────────────────────────────────────────────────────────────────────────────

function suspect<S extends Idle | Taken>(state: S, { flowing, unasked }: EventOf<'media'>, { nowMs }: Context): S {
  if (!flowing || !unasked) return { ...state, mediaSinceMs: Infinity };
  return { ...state, mediaSinceMs: Math.min(state.mediaSinceMs, nowMs) };
}

/** What still comes after the tail is sent without permission (§6.3.5.7). */
function judge(state: Idle | Taken, _: EventOf<'tick'>, context: Context): ServerState {
  const { settings, nowMs } = context;
  if (nowMs < state.mediaSinceMs + settings.tailMs) return state;
  sendRevoke(state, noPermission, context);
  return { ...commonOf(state), name: 'sendsMedia', againAtMs: nowMs + settings.revokeAgainMs };
}

/** The first media of the talker: T20 has done its work. */
function begun(state: Permitted, { flowing }: EventOf<'media'>): Permitted {
  return flowing ? { ...state, againAtMs: Infinity } : state;
}

const grantedSubtype = 1;

function settle(state: Permitted, { subtype }: EventOf<'ack'>): Permitted {
  return subtype === grantedSubtype ? { ...state, againAtMs: Infinity } : state;
}

function quieten(state: SendsMedia, { flowing, unasked }: EventOf<'media'>, context: Context): ServerState {
  if (flowing && unasked) return state;
  return tell({ ...commonOf(state), mediaSinceMs: Infinity }, { name: 'released' }, context);
}

/** A Release takes it out of that state (§6.3.5.7): what still comes is judged anew. */
function obey(state: SendsMedia, event: EventOf<'released'>, context: Context): ServerState {
  return tell({ ...commonOf(state), mediaSinceMs: context.nowMs }, event, context);
}

/** T7, T4. */
function repeatIdle(state: Idle, event: EventOf<'tick'>, context: Context): ServerState {
  const { settings, nowMs, actions } = context;
  const judged = judge(state, event, context);
  if (judged.name !== 'idle') return judged;
  let next: Idle = judged;
  if (nowMs >= next.inactiveAtMs) {
    actions.push({ name: 'inactive' });
    next = { ...next, inactiveAtMs: Infinity };
  }
  if (nowMs < next.againAtMs) return next;
  if (next.sent >= settings.idlesMax) return { ...next, againAtMs: Infinity };
  // The same message again, so under the same number.
  sendIdle({ ...next, number: (next.number - 1) & 0xffff }, 0, context);
  return { ...next, sent: next.sent + 1, againAtMs: nowMs + settings.idleAgainMs };
}

/** T20. */
function repeatGranted(state: Permitted, _: EventOf<'tick'>, context: Context): ServerState {
  const { settings, nowMs } = context;
  if (nowMs < state.againAtMs) return state;
  if (state.sent >= settings.grantsMax) return { ...state, againAtMs: Infinity };
  sendGranted(state, context);
  return { ...state, sent: state.sent + 1, againAtMs: nowMs + settings.grantAgainMs };
}

/** T8. */
function repeatRevoke<S extends Revoking | SendsMedia>(state: S, _: EventOf<'tick'>, context: Context): S {
  if (context.nowMs < state.againAtMs) return state;
  sendRevoke(state, state.name === 'revoking' ? state.cause : noPermission, context);
  return { ...state, againAtMs: context.nowMs + context.settings.revokeAgainMs };
}

function sameTalker(a: Talker | undefined, b: Talker | undefined): boolean {
  return a?.id === b?.id && a?.mask === b?.mask;
}

function sameTrack(a: Request['track'], b: Request['track']): boolean {
  const key = (track: Request['track']): string => track?.references.join() ?? '';
  return key(a) === key(b);
}
