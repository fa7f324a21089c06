/**
 * Push-to-talk of one operator. Pure: no DOM, clock, microphone or socket inside.
 *
 *   idle ──press──▶ requested ──granted──▶ talking ──(warned)──▶ revoked, limit ──▶ spent ──release──▶ idle
 *                     │   └──queued──▶ queued ──granted──▶ talking                   ▲
 *                     └──denied, no answer──────────────────────────────────────────┘
 *   release, blur: from anywhere to idle at once, microphone off.
 *
 * The microphone is on from the press, so that no syllable waits for the grant; the gateway keeps the first words until
 * the floor is given. It is off while queued, and off in the same step as any release, refusal or loss. After a
 * refusal the key must be let go and pressed again.
 *
 * Driven by: app/console-session.ts. Floor semantics: 3GPP TS 24.380 §6.2.4.
 */

/** An unanswered request is given up after so long. */
export const answerMsMax = 3000;
/** Talk that the gateway forgot to end is ended here so long after the limit. */
export const overrunMsMax = 500;
/** How long the reason for a refusal stays readable after the key was let go. */
export const noticeMs = 3000;

/** What holds the key down: `space`, or one pointer. */
export type KeySource = string;
export type Tone =
  | 'permit'
  /** A hit of a number-plate camera has come. */
  | 'hit'
  /** Several groups were asked, and some hear. */
  | 'partly'
  | 'denied'
  | 'queued'
  | 'warning'
  | 'revoked'
  /** What was heard was cut. */
  | 'cut'
  | 'lost'
  | 'emergency'
  /** Somebody in distress still waits for an answer. */
  | 'emergencyAgain'
  /** A field unit asks for the floor while the operator talks. */
  | 'urgent'
  /** Somebody calls by intercom; it rings where we call; the other side has hung up. */
  | 'ring'
  | 'ringback'
  | 'hungUp';

/** One press, from key-down to key-up. */
export interface Talk {
  readonly group: string;
  readonly requestId: number;
  readonly source: KeySource;
}

/** Why the operator is not, or no longer, talking. */
export interface Notice {
  readonly kind: 'denied' | 'revoked';
  readonly group: string;
  readonly cause: string;
  readonly untilMs: number;
}

export type PttPhase =
  | { readonly name: 'idle' }
  | { readonly name: 'requested'; readonly talk: Talk; readonly deadlineMs: number }
  | { readonly name: 'queued'; readonly talk: Talk; readonly position: number }
  | {
      readonly name: 'talking';
      readonly talk: Talk;
      readonly sinceMs: number;
      /** Infinity when the gateway sets no limit (emergency). */
      readonly limitAtMs: number;
      readonly warned: boolean;
    }
  /** The key is down but must be let go before it counts again. */
  | { readonly name: 'spent'; readonly talk: Talk };

export interface PttState {
  readonly phase: PttPhase;
  readonly notice: Notice | undefined;
  readonly linkReady: boolean;
  /** Why this page cannot talk at present: `no-microphone`, `no-audio-path`; empty when it can. */
  readonly voiceFault: string;
  readonly lastRequestId: number;
}

export type FloorResult = 'granted' | 'queued' | 'denied' | 'revoked' | 'warned' | 'released';

export type PttEvent =
  /** `fault`: why the group itself cannot be talked on (`receive-only`, `not-joined`); empty when it can. */
  | { readonly name: 'press'; readonly group: string; readonly source: KeySource; readonly fault: string }
  | { readonly name: 'release'; readonly source: KeySource }
  /** The page lost its focus or is hidden: a key-up may never come. */
  | { readonly name: 'blur' }
  | { readonly name: 'link'; readonly ready: boolean }
  /** The way of the voice, from the microphone to the gateway, stands (empty) or not (its fault). */
  | { readonly name: 'voice'; readonly fault: string }
  | {
      readonly name: 'answer';
      readonly group: string;
      /** 0 when the gateway speaks of whatever this console does on the group. */
      readonly requestId: number;
      readonly result: FloorResult;
      readonly cause: string;
      readonly position: number;
      /** 0 for no limit. */
      readonly talkLimitMs: number;
    }
  | { readonly name: 'tick' };

export type PttAction =
  | { readonly name: 'microphone'; readonly on: boolean }
  | { readonly name: 'request'; readonly group: string; readonly requestId: number }
  | { readonly name: 'release'; readonly group: string; readonly requestId: number }
  | { readonly name: 'tone'; readonly tone: Tone };

interface Step {
  readonly state: PttState;
  readonly actions: readonly PttAction[];
}
type Answer = Extract<PttEvent, { name: 'answer' }>;

export const initialPtt: PttState = {
  phase: { name: 'idle' },
  notice: undefined,
  linkReady: false,
  voiceFault: 'no-microphone',
  lastRequestId: 0,
};

/** Feeds one event. Total: no input can throw. Times are ms on the caller's monotonic clock. */
export function stepPtt(state: PttState, event: PttEvent, nowMs: number): Step {
  switch (event.name) {
    case 'press':
      return press(state, event, nowMs);
    case 'release':
      return heldBy(state, event.source) ? letGo(state) : stay(state);
    case 'blur':
      return blur(state, nowMs);
    case 'link':
      return lose({ ...state, linkReady: event.ready }, event.ready ? '' : 'link-lost', nowMs);
    case 'voice':
      return lose({ ...state, voiceFault: event.fault }, event.fault, nowMs);
    case 'answer':
      return answer(state, event, nowMs);
    case 'tick':
      return tick(state, nowMs);
  }
}

/** When the caller owes a `tick`; Infinity when nothing is pending. */
export function pttDeadlineMs(state: PttState): number {
  const noticeAtMs = state.notice?.untilMs ?? Infinity;
  if (state.phase.name === 'requested') return Math.min(noticeAtMs, state.phase.deadlineMs);
  if (state.phase.name === 'talking') return Math.min(noticeAtMs, state.phase.limitAtMs + overrunMsMax);
  return noticeAtMs;
}

/** Whether voice may leave this page: what the microphone actions add up to. */
export function microphoneOn(state: PttState): boolean {
  return state.phase.name === 'requested' || state.phase.name === 'talking';
}

/** The press that wants or holds the floor. */
export function activeTalk(state: PttState): Talk | undefined {
  const { phase } = state;
  return phase.name === 'idle' || phase.name === 'spent' ? undefined : phase.talk;
}

function stay(state: PttState): Step {
  return { state, actions: [] };
}

function heldBy(state: PttState, source: KeySource): boolean {
  return state.phase.name !== 'idle' && state.phase.talk.source === source;
}

function press(state: PttState, event: Extract<PttEvent, { name: 'press' }>, nowMs: number): Step {
  // A second key does not take over from the first; the same key comes down once per release (key repeat).
  if (activeTalk(state) !== undefined || heldBy(state, event.source)) return stay(state);
  const { group, source } = event;
  const requestId = (state.lastRequestId + 1) >>> 0 || 1;
  const talk: Talk = { group, requestId, source };
  const pressed = { ...state, lastRequestId: requestId, notice: undefined };
  if (!state.linkReady) return spend(pressed, talk, 'denied', 'link-lost', 'lost', nowMs);
  if (event.fault !== '') return spend(pressed, talk, 'denied', event.fault, 'denied', nowMs);
  if (state.voiceFault !== '') return spend(pressed, talk, 'denied', state.voiceFault, 'denied', nowMs);
  return {
    state: { ...pressed, phase: { name: 'requested', talk, deadlineMs: nowMs + answerMsMax } },
    actions: [
      { name: 'microphone', on: true },
      { name: 'request', group, requestId },
    ],
  };
}

/** Key-up: nothing more leaves the page, and the gateway is told, whether it had answered or not. */
function letGo(state: PttState): Step {
  const talk = activeTalk(state);
  const idle: PttState = { ...state, phase: { name: 'idle' } };
  return { state: idle, actions: talk === undefined ? [] : hangUp(talk) };
}

function hangUp(talk: Talk): PttAction[] {
  return [
    { name: 'microphone', on: false },
    { name: 'release', group: talk.group, requestId: talk.requestId },
  ];
}

function blur(state: PttState, nowMs: number): Step {
  const talk = activeTalk(state);
  const { state: idle, actions } = letGo(state);
  if (talk === undefined) return { state: idle, actions };
  const notice: Notice = { kind: 'revoked', group: talk.group, cause: 'focus-lost', untilMs: nowMs + noticeMs };
  return { state: { ...idle, notice }, actions: [...actions, { name: 'tone', tone: 'revoked' }] };
}

/** Something that talk needs is gone; an empty cause says that it is back. */
function lose(state: PttState, cause: string, nowMs: number): Step {
  const talk = activeTalk(state);
  if (cause === '' || talk === undefined) return stay(state);
  const { state: spent, actions } = spend(state, talk, 'revoked', cause, 'lost', nowMs);
  return { state: spent, actions: [...hangUp(talk), ...actions] };
}

/** Not talking although the key is down; the reason is shown and heard. */
function spend(
  state: PttState,
  talk: Talk,
  kind: Notice['kind'],
  cause: string,
  tone: Tone,
  nowMs: number,
): { readonly state: PttState; readonly actions: readonly PttAction[] } {
  const notice: Notice = { kind, group: talk.group, cause, untilMs: nowMs + noticeMs };
  return { state: { ...state, phase: { name: 'spent', talk }, notice }, actions: [{ name: 'tone', tone }] };
}

function answer(state: PttState, event: Answer, nowMs: number): Step {
  const talk = activeTalk(state);
  // A request id of 0 is about what we do at present, which must then be more than a question just asked.
  const settled = state.phase.name === 'queued' || state.phase.name === 'talking';
  const ours =
    talk !== undefined &&
    talk.group === event.group &&
    (talk.requestId === event.requestId || (event.requestId === 0 && settled));
  if (!ours) return disown(state, event);
  switch (event.result) {
    case 'granted':
      return grant(state, talk, event, nowMs);
    case 'queued':
      return queue(state, talk, event.position);
    case 'warned':
      return warn(state);
    case 'denied':
      return refuse(state, talk, 'denied', event.cause || 'busy', nowMs);
    case 'revoked':
      return refuse(state, talk, 'revoked', event.cause || 'cancelled', nowMs);
    case 'released':
      return refuse(state, talk, 'revoked', event.cause || 'silence', nowMs);
  }
}

/** A floor that nobody here wants any more is given back at once: the key was let go while the grant travelled. */
function disown(state: PttState, event: Answer): Step {
  if (event.result !== 'granted' && event.result !== 'queued') return stay(state);
  return { state, actions: [{ name: 'release', group: event.group, requestId: event.requestId }] };
}

function grant(state: PttState, talk: Talk, event: Answer, nowMs: number): Step {
  if (state.phase.name === 'talking') return stay(state);
  const limitAtMs = event.talkLimitMs > 0 ? nowMs + event.talkLimitMs : Infinity;
  return {
    state: { ...state, phase: { name: 'talking', talk, sinceMs: nowMs, limitAtMs, warned: false } },
    actions: [
      { name: 'microphone', on: true },
      { name: 'tone', tone: 'permit' },
    ],
  };
}

function queue(state: PttState, talk: Talk, position: number): Step {
  if (state.phase.name === 'talking') return stay(state);
  const moved: PttState = { ...state, phase: { name: 'queued', talk, position } };
  if (state.phase.name === 'queued') return stay(moved);
  return {
    state: moved,
    actions: [
      { name: 'microphone', on: false },
      { name: 'tone', tone: 'queued' },
    ],
  };
}

function warn(state: PttState): Step {
  if (state.phase.name !== 'talking' || state.phase.warned) return stay(state);
  return {
    state: { ...state, phase: { ...state.phase, warned: true } },
    actions: [{ name: 'tone', tone: 'warning' }],
  };
}

function refuse(state: PttState, talk: Talk, kind: Notice['kind'], cause: string, nowMs: number): Step {
  const { state: spent, actions } = spend(state, talk, kind, cause, kind, nowMs);
  return { state: spent, actions: [{ name: 'microphone', on: false }, ...actions] };
}

function tick(state: PttState, nowMs: number): Step {
  const { phase } = state;
  if (phase.name === 'requested' && nowMs >= phase.deadlineMs) return abandon(state, phase.talk, 'no-answer', nowMs);
  if (phase.name === 'talking' && nowMs >= phase.limitAtMs + overrunMsMax)
    return abandon(state, phase.talk, 'talk-limit', nowMs);
  if (state.notice === undefined || nowMs < state.notice.untilMs) return stay(state);
  // While the key is down the reason stays: letting go is what the operator has yet to do.
  if (phase.name === 'spent') return stay({ ...state, notice: { ...state.notice, untilMs: nowMs + noticeMs } });
  return stay({ ...state, notice: undefined });
}

function abandon(state: PttState, talk: Talk, cause: string, nowMs: number): Step {
  const kind = state.phase.name === 'talking' ? 'revoked' : 'denied';
  const { state: spent, actions } = spend(state, talk, kind, cause, kind, nowMs);
  return { state: spent, actions: [...hangUp(talk), ...actions] };
}
