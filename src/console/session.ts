/**
 * One console's session: what its page may do at each point, what it holds of the floors, and when it is given up.
 * Pure: no socket, clock or logger.
 *
 *   attached ──link lost, goodbye──▶ detached ──60 s──▶ ended
 *      ▲  └──link silent for 8 s──────▶│
 *      └──────────link──────────────────┘
 *
 * A floor is held only under our eyes: it is given back the moment that the link or the microphone is lost, and when
 * the page says nothing for 2 s while it holds one (it pings at least once a second).
 *
 * Driven by: console/seats.ts; performed by console/page-actions.ts. Wire: proto/console.proto.
 */

import { type Bucket, fullBucket, type RateLimit, take } from '../base/rate-limit.ts';
import type { RtcRequest } from '../base/rtc-port.ts';
import type { FloorAnswer, GroupId } from '../talkgroups/terms.ts';
import type { IntercomOperation, Operation, RetentionOperation } from './operation.ts';
import type { RecordingsWish } from './recordings-wire.ts';
import {
  type ClientMessage,
  floorResult,
  type RecallWish,
  refusal,
  type ServerBody,
  type TimelineAsked,
  type WireFloorAnswer,
  type WishedGroup,
} from './wire.ts';

export interface SessionState {
  readonly name: 'attached' | 'detached' | 'ended';
  /** When the page was last heard, or when its link was lost. */
  readonly heardMs: number;
  /** Groups that exist for this console. */
  readonly groups: ReadonlySet<GroupId>;
  readonly rights: SessionRights;
  /** Floors that this console asked for and has not been told the end of. */
  readonly holds: ReadonlyMap<GroupId, Hold>;
  /** Groups that it hears, and so may talk on. */
  readonly monitored: ReadonlySet<GroupId>;
  readonly microphone: boolean;
  /** WebRTC requests under way. */
  readonly rtcPending: number;
  readonly bucket: Bucket;
}

/** What a person's role and control room make of the groups, open or not. */
export interface SessionRights {
  /** Groups that are his control room's to hear: they are heard as soon as they are open. */
  readonly hears: ReadonlySet<GroupId>;
  /** Groups on which his role lets him talk. */
  readonly talks: ReadonlySet<GroupId>;
  /** Groups that his role lets him open as an exercise. */
  readonly leads: ReadonlySet<GroupId>;
}

interface Hold {
  readonly requestId: number;
  readonly name: 'requested' | 'queued' | 'granted';
  readonly askedMs: number;
}

export type SessionEvent =
  /** A page has this session now; a link that it had before was cut by the caller. */
  | { readonly name: 'link' }
  | { readonly name: 'linkLost' }
  | { readonly name: 'message'; readonly message: ClientMessage }
  /** Bytes that are no message. */
  | { readonly name: 'malformed' }
  | {
      readonly name: 'answer';
      readonly group: GroupId;
      readonly requestId: number | undefined;
      readonly answer: FloorAnswer;
    }
  | { readonly name: 'microphone'; readonly present: boolean }
  | { readonly name: 'rtcAnswered' }
  /** What it asked for was refused. */
  | { readonly name: 'refused' }
  /** Groups have been opened or closed: these are joined now. */
  | { readonly name: 'groups'; readonly groups: ReadonlySet<GroupId> }
  /** The voice process starts afresh: no floor is held by anybody. */
  | { readonly name: 'voiceLost' }
  | { readonly name: 'tick' };

export type SessionAction =
  | { readonly name: 'say'; readonly body: ServerBody }
  | { readonly name: 'pong'; readonly nonce: number }
  | { readonly name: 'requestFloor'; readonly group: GroupId; readonly requestId: number }
  /** `lost`: not by the operator's own wish. */
  | { readonly name: 'releaseFloor'; readonly group: GroupId; readonly lost?: true }
  | { readonly name: 'monitor'; readonly group: GroupId; readonly listen: boolean }
  | { readonly name: 'rtc'; readonly requestId: number; readonly request: RtcRequest }
  | { readonly name: 'watchStatus'; readonly on: boolean }
  | { readonly name: 'shareRoom'; readonly room: string }
  | {
      readonly name: 'operate';
      readonly requestId: number;
      readonly operation: Operation | RetentionOperation | IntercomOperation;
    }
  | { readonly name: 'recall'; readonly requestId: number; readonly wish: RecallWish }
  | { readonly name: 'capacity'; readonly requestId: number; readonly groups: readonly WishedGroup[] }
  | { readonly name: 'timeline'; readonly requestId: number; readonly asked: TimelineAsked }
  | { readonly name: 'sheet'; readonly requestId: number; readonly shift: number }
  | { readonly name: 'recordings'; readonly requestId: number; readonly wish: RecordingsWish }
  /** His role does not let him talk there; he has been told. */
  | { readonly name: 'talkNotPermitted'; readonly group: GroupId }
  | { readonly name: 'closeLink'; readonly reason: CloseReason }
  /** Nobody came back: forget the session. */
  | { readonly name: 'end' }
  /** Something that is only counted. */
  | { readonly name: 'count'; readonly what: SessionCount };

export type CloseReason = 'left' | 'silent' | 'protocol' | 'rate';
export type SessionCount = 'ignored' | 'malformed' | 'stale-answer' | 'floor-taken-back';

interface Step {
  readonly state: SessionState;
  readonly actions: readonly SessionAction[];
}

const silentMsMax = 8000;
const silentWhileHoldingMsMax = 2000;
const floorAnswerMsMax = 2000;
const lingerMs = 60_000;
const rtcPendingMax = 16;
/** A page that opens WebRTC and pings stays far below; one that does not is at fault. */
const messageRate: RateLimit = { burst: 300, perSecond: 50 };
/** What takes the gateway tens of ms counts for so many messages; what is refused, for so many more. */
const costs: Readonly<Partial<Record<ClientMessage['name'], number>>> = { capacity: 10, sheet: 10, recordings: 20 };
const refusalCost = 5;

type On<E extends SessionEvent['name']> = (
  state: SessionState,
  event: Extract<SessionEvent, { name: E }>,
  nowMs: number,
) => Step;
type Table = { readonly [S in SessionState['name']]: { readonly [E in SessionEvent['name']]: On<E> } };

// biome-ignore format: a table is read by its columns
const transitions: Table = {
  attached: { link: attach, linkLost: detach, message: obey,   malformed: expel,  answer: tellAnswer, microphone: noteMicrophone, rtcAnswered: settleRtc, refused: charge, groups: regroup, voiceLost: forgetFloors, tick: watch },
  detached: { link: attach, linkLost: stay,   message: ignore, malformed: ignore, answer: takeBack,   microphone: noteMicrophone, rtcAnswered: settleRtc, refused: stay,   groups: regroup, voiceLost: forgetFloors, tick: giveUp },
  ended:    { link: stay,   linkLost: stay,   message: ignore, malformed: ignore, answer: takeBack,   microphone: stay,           rtcAnswered: stay,      refused: stay,   groups: stay,    voiceLost: stay,         tick: stay },
};

/** The session of a page that has just been let in: it hears its control room's groups until it says otherwise. */
export function openSession(groups: ReadonlySet<GroupId>, rights: SessionRights, nowMs: number): SessionState {
  return {
    name: 'attached',
    heardMs: nowMs,
    groups,
    rights,
    holds: new Map(),
    monitored: new Set([...groups].filter((group) => rights.hears.has(group))),
    microphone: false,
    rtcPending: 0,
    bucket: fullBucket(messageRate, nowMs),
  };
}

/** Feeds one event. Total: no input can throw. Times are in ms on the caller's monotonic clock. */
export function stepSession(state: SessionState, event: SessionEvent, nowMs: number): Step {
  const rule = transitions[state.name][event.name] as On<SessionEvent['name']>;
  return rule(state, event, nowMs);
}

/** When the caller owes a `tick`; Infinity when nothing is pending. */
export function sessionDeadlineMs(state: SessionState): number {
  if (state.name === 'ended') return Infinity;
  if (state.name === 'detached') return state.heardMs + lingerMs;
  const silence = state.heardMs + (state.holds.size > 0 ? silentWhileHoldingMsMax : silentMsMax);
  const asked = [...state.holds.values()].filter((hold) => hold.name === 'requested').map((hold) => hold.askedMs);
  return Math.min(silence, ...asked.map((askedMs) => askedMs + floorAnswerMsMax));
}

function stay(state: SessionState): Step {
  return { state, actions: [] };
}

function ignore(state: SessionState): Step {
  return { state, actions: [{ name: 'count', what: 'ignored' }] };
}

function attach(state: SessionState, _event: unknown, nowMs: number): Step {
  const { state: free, actions } = letGo(state, undefined);
  return { state: { ...free, name: 'attached', heardMs: nowMs, bucket: fullBucket(messageRate, nowMs) }, actions };
}

function detach(state: SessionState, _event: unknown, nowMs: number): Step {
  const { state: free, actions } = letGo(state, undefined);
  return { state: { ...free, name: 'detached', heardMs: nowMs }, actions };
}

/** Closes the link from our side; all that it held goes back at once. */
function cut(state: SessionState, reason: CloseReason, nowMs: number): Step {
  const { state: gone, actions } = detach(state, undefined, nowMs);
  return { state: gone, actions: [...actions, { name: 'closeLink', reason }] };
}

function expel(state: SessionState, _event: unknown, nowMs: number): Step {
  const { state: gone, actions } = cut(state, 'protocol', nowMs);
  const told: SessionAction = { name: 'say', body: protocolFault('a message that this gateway cannot read') };
  return { state: gone, actions: [{ name: 'count', what: 'malformed' }, told, ...actions] };
}

function obey(state: SessionState, event: { readonly message: ClientMessage }, nowMs: number): Step {
  const bucket = take(state.bucket, messageRate, nowMs, costs[event.message.name]);
  if (bucket === undefined) return cut(state, 'rate', nowMs);
  return carryOut({ ...state, heardMs: nowMs, bucket }, event.message, nowMs);
}

/** Whoever goes on asking for what he may not have is cut. */
function charge(state: SessionState, _event: unknown, nowMs: number): Step {
  const bucket = take(state.bucket, messageRate, nowMs, refusalCost);
  return bucket === undefined ? cut(state, 'rate', nowMs) : stay({ ...state, bucket });
}

function carryOut(state: SessionState, message: ClientMessage, nowMs: number): Step {
  switch (message.name) {
    case 'hello': {
      const { state: gone, actions } = cut(state, 'protocol', nowMs);
      return { state: gone, actions: [{ name: 'say', body: protocolFault('a second Hello') }, ...actions] };
    }
    case 'ping':
      return { state, actions: [{ name: 'pong', nonce: message.nonce }] };
    case 'floorRequest':
      return requestFloor(state, message.group, message.requestId, nowMs);
    case 'floorRelease':
      return releaseFloor(state, message.group, message.requestId);
    case 'monitor':
      return monitor(state, message.group, message.listen);
    case 'rtc':
      return askRtc(state, message.requestId, message.request);
    case 'goodbye':
      return cut(state, 'left', nowMs);
    case 'listenerReport':
      return stay(state);
    case 'shareRoom':
      return { state, actions: [{ name: 'shareRoom', room: message.room }] };
    case 'watchStatus':
      return { state, actions: [{ name: 'watchStatus', on: message.on }] };
    case 'operate':
      return {
        state,
        actions: [{ name: 'operate', requestId: message.requestId, operation: message.operation }],
      };
    case 'recall':
      return { state, actions: [{ name: 'recall', requestId: message.requestId, wish: message.wish }] };
    case 'capacity':
      return { state, actions: [{ name: 'capacity', requestId: message.requestId, groups: message.groups }] };
    case 'timeline':
      return { state, actions: [{ name: 'timeline', requestId: message.requestId, asked: message.asked }] };
    case 'sheet':
      return { state, actions: [{ name: 'sheet', requestId: message.requestId, shift: message.shift }] };
    case 'recordings':
      return { state, actions: [{ name: 'recordings', requestId: message.requestId, wish: message.wish }] };
    case 'unknown':
      // A request of a later version is answered, so that its page does not wait.
      return message.requestId === 0
        ? ignore(state)
        : { state, actions: [{ name: 'say', body: rtcRefused(message.requestId, 'unknown') }] };
  }
}

function requestFloor(state: SessionState, group: GroupId, requestId: number, nowMs: number): Step {
  const deny = (cause: string): Step => ({
    state,
    actions: [sayFloor({ groupId: group, requestId, result: floorResult.DENIED, cause })],
  });
  if (!state.monitored.has(group)) return deny('not-member');
  if (!state.rights.talks.has(group)) {
    const { state: same, actions } = deny('not-permitted');
    return { state: same, actions: [...actions, { name: 'talkNotPermitted', group }] };
  }
  if (!state.microphone) return deny('no-microphone');
  const holds = new Map(state.holds).set(group, { requestId, name: 'requested', askedMs: nowMs });
  return { state: { ...state, holds }, actions: [{ name: 'requestFloor', group, requestId }] };
}

/** Always passed on: a release that comes too often does no harm, one that is missing does. */
function releaseFloor(state: SessionState, group: GroupId, requestId: number): Step {
  return {
    state: { ...state, holds: without(state.holds, group) },
    actions: [{ name: 'releaseFloor', group }, sayFloor({ groupId: group, requestId, result: floorResult.RELEASED })],
  };
}

function monitor(state: SessionState, group: GroupId, listen: boolean): Step {
  if (!state.groups.has(group)) return ignore(state);
  if (state.monitored.has(group) === listen) return { state, actions: [{ name: 'monitor', group, listen }] };
  const monitored = new Set(state.monitored);
  if (listen) monitored.add(group);
  else monitored.delete(group);
  const { state: free, actions } = listen ? stay(state) : letGo(state, 'left', [group]);
  return { state: { ...free, monitored }, actions: [...actions, { name: 'monitor', group, listen }] };
}

/** What has been opened is heard at once by whose it is; of what has been closed nothing is held. */
function regroup(state: SessionState, event: { readonly groups: ReadonlySet<GroupId> }): Step {
  const { groups } = event;
  const opened = [...groups].filter((group) => !state.groups.has(group) && state.rights.hears.has(group));
  const closed = [...state.groups].filter((group) => !groups.has(group));
  const heard = closed.filter((group) => state.monitored.has(group));
  const { state: free, actions } = letGo(state, 'left', closed);
  const monitored = new Set([...state.monitored, ...opened].filter((group) => groups.has(group)));
  return {
    state: { ...free, groups, monitored },
    actions: [
      ...actions,
      ...opened.map((group) => ({ name: 'monitor', group, listen: true }) as const),
      ...heard.map((group) => ({ name: 'monitor', group, listen: false }) as const),
    ],
  };
}

function askRtc(state: SessionState, requestId: number, request: RtcRequest): Step {
  if (state.rtcPending >= rtcPendingMax) {
    return { state, actions: [{ name: 'say', body: rtcRefused(requestId, 'busy') }] };
  }
  return { state: { ...state, rtcPending: state.rtcPending + 1 }, actions: [{ name: 'rtc', requestId, request }] };
}

function settleRtc(state: SessionState): Step {
  return stay({ ...state, rtcPending: Math.max(0, state.rtcPending - 1) });
}

function noteMicrophone(state: SessionState, event: { readonly present: boolean }): Step {
  const { state: free, actions } = event.present ? stay(state) : letGo(state, 'no-microphone');
  return { state: { ...free, microphone: event.present }, actions };
}

function tellAnswer(state: SessionState, event: Extract<SessionEvent, { name: 'answer' }>, nowMs: number): Step {
  const { group, requestId, answer } = event;
  const hold = state.holds.get(group);
  if (hold === undefined) return takeBack(state, event);
  const stale = requestId !== undefined && requestId !== hold.requestId;
  // The end of an earlier talk may be told after the next one was asked for.
  if (stale || (answer.result === 'released' && hold.name === 'requested')) {
    return { state, actions: [{ name: 'count', what: 'stale-answer' }] };
  }
  const about = { groupId: group, requestId: hold.requestId };
  const keep = (name: Hold['name']): SessionState => ({
    ...state,
    holds: new Map(state.holds).set(group, { ...hold, name, askedMs: nowMs }),
  });
  const drop = (): SessionState => ({ ...state, holds: without(state.holds, group) });
  switch (answer.result) {
    case 'granted': {
      const { talkLimitMs } = answer;
      return { state: keep('granted'), actions: [sayFloor({ ...about, result: floorResult.GRANTED, talkLimitMs })] };
    }
    case 'queued': {
      const queuePosition = answer.position;
      return { state: keep('queued'), actions: [sayFloor({ ...about, result: floorResult.QUEUED, queuePosition })] };
    }
    case 'warned': {
      const { remainingMs } = answer;
      return { state, actions: [sayFloor({ ...about, result: floorResult.WARNED, remainingMs })] };
    }
    case 'denied':
      return { state: drop(), actions: [sayFloor({ ...about, result: floorResult.DENIED, cause: answer.cause })] };
    case 'revoked':
      return { state: drop(), actions: [sayFloor({ ...about, result: floorResult.REVOKED, cause: answer.cause })] };
    case 'released':
      return { state: drop(), actions: [sayFloor({ ...about, result: floorResult.RELEASED })] };
  }
}

/** A floor that comes when nobody wants it any more goes straight back. */
function takeBack(state: SessionState, event: Extract<SessionEvent, { name: 'answer' }>): Step {
  if (event.answer.result !== 'granted' && event.answer.result !== 'queued') return stay(state);
  return {
    state,
    actions: [
      { name: 'releaseFloor', group: event.group },
      { name: 'count', what: 'floor-taken-back' },
    ],
  };
}

function forgetFloors(state: SessionState): Step {
  const told = [...state.holds].map(([groupId, { requestId }]) =>
    sayFloor({ groupId, requestId, result: floorResult.REVOKED, cause: 'cancelled' }),
  );
  return { state: { ...state, holds: new Map() }, actions: state.name === 'attached' ? told : [] };
}

function watch(state: SessionState, _event: unknown, nowMs: number): Step {
  if (nowMs - state.heardMs >= silentMsMax) return cut(state, 'silent', nowMs);
  if (state.holds.size > 0 && nowMs - state.heardMs >= silentWhileHoldingMsMax) return letGo(state, 'cancelled');
  const unanswered = [...state.holds].filter(
    ([, hold]) => hold.name === 'requested' && nowMs - hold.askedMs >= floorAnswerMsMax,
  );
  if (unanswered.length === 0) return stay(state);
  const holds = new Map(state.holds);
  const actions: SessionAction[] = [];
  for (const [group, { requestId }] of unanswered) {
    holds.delete(group);
    actions.push({ name: 'releaseFloor', group });
    actions.push(sayFloor({ groupId: group, requestId, result: floorResult.DENIED, cause: 'retry-later' }));
  }
  return { state: { ...state, holds }, actions };
}

function giveUp(state: SessionState, _event: unknown, nowMs: number): Step {
  if (nowMs - state.heardMs < lingerMs) return stay(state);
  return { state: { ...state, name: 'ended' }, actions: [{ name: 'end' }] };
}

/** Gives floors back, all or those of `groups`, and tells the page why unless it cannot hear. */
function letGo(state: SessionState, cause: string | undefined, groups: Iterable<GroupId> = state.holds.keys()): Step {
  const holds = new Map(state.holds);
  const actions: SessionAction[] = [];
  for (const group of [...groups]) {
    const hold = holds.get(group);
    if (hold === undefined) continue;
    holds.delete(group);
    actions.push({ name: 'releaseFloor', group, ...(cause !== 'left' && { lost: true }) });
    if (cause !== undefined && state.name === 'attached') {
      const { requestId } = hold;
      actions.push(sayFloor({ groupId: group, requestId, result: floorResult.REVOKED, cause }));
    }
  }
  return { state: { ...state, holds }, actions };
}

function without(holds: ReadonlyMap<GroupId, Hold>, group: GroupId): ReadonlyMap<GroupId, Hold> {
  const left = new Map(holds);
  left.delete(group);
  return left;
}

function sayFloor(floorAnswer: WireFloorAnswer): SessionAction {
  return { name: 'say', body: { floorAnswer } };
}

function rtcRefused(requestId: number, error: string): ServerBody {
  return { rtcResponse: { requestId, error } };
}

/** Told before the link is cut, so that a page's maker finds his fault. */
export function protocolFault(detail: string): ServerBody {
  return { refused: { reason: refusal.PROTOCOL, detail } };
}
