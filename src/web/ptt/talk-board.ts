/**
 * One key, one or several groups: a push-to-talk machine for each group that the key talks on, and one microphone for
 * all of them. Pure. Each group's floor is asked for and answered by itself; the microphone is on while any of them may
 * hear it, and the gateway lets it through to those alone that were granted.
 *
 * The operator hears one tone when the last group has answered: all hear him (`permit`), some do (`partly`), he waits
 * (`queued`), or none does (`denied`).
 */
import type { PttAction, PttEvent, PttState, Tone } from './ptt-machine.ts';
import { activeTalk, initialPtt, microphoneOn, pttDeadlineMs, stepPtt } from './ptt-machine.ts';

export interface TalkBoard {
  /** Of the group that is named first; at rest that of all. */
  readonly lead: PttState;
  /** Of the other groups of this press, by group. */
  readonly others: Readonly<Record<string, PttState>>;
}

/** A group to talk on, and why that cannot be; empty when it can. */
export interface Target {
  readonly group: string;
  readonly fault: string;
}

export type BoardEvent =
  | { readonly name: 'press'; readonly targets: readonly Target[]; readonly source: string }
  | Exclude<PttEvent, { name: 'press' }>;

interface Step {
  readonly board: TalkBoard;
  readonly actions: readonly PttAction[];
}

const none: TalkBoard['others'] = {};
export const initialBoard: TalkBoard = { lead: initialPtt, others: none };

/** Feeds one event. Total: no input can throw. Times are in ms on the caller's monotonic clock. */
export function stepBoard(board: TalkBoard, event: BoardEvent, nowMs: number): Step {
  switch (event.name) {
    case 'press':
      return press(board, event, nowMs);
    case 'answer':
      return answer(board, event, nowMs);
    default:
      return all(board, event, nowMs);
  }
}

/** When the caller owes a `tick`; Infinity when nothing is pending. */
export function boardDeadlineMs(board: TalkBoard): number {
  return Math.min(...machines(board).map(pttDeadlineMs));
}

/** Groups whose floor the pressed key wants or holds. */
export function activeGroups(board: TalkBoard): readonly string[] {
  return machines(board).flatMap((state) => activeTalk(state)?.group ?? []);
}

/** Whether a key is down, heard or not. */
export function isKeyDown(board: TalkBoard): boolean {
  return machines(board).some(({ phase }) => phase.name !== 'idle');
}

/** Groups that hear the operator. */
export function talkedGroups(board: TalkBoard): readonly string[] {
  return machines(board).flatMap(({ phase }) => (phase.name === 'talking' ? phase.talk.group : []));
}

/** What becomes of the operator's talk on one group. */
export function pttOf(board: TalkBoard, group: string): PttState {
  return board.others[group] ?? board.lead;
}

function machines({ lead, others }: TalkBoard): readonly PttState[] {
  return [lead, ...Object.values(others)];
}

function press(board: TalkBoard, event: Extract<BoardEvent, { name: 'press' }>, nowMs: number): Step {
  const { source } = event;
  const isHeld = machines(board).some(({ phase }) => phase.name !== 'idle' && phase.talk.source === source);
  const targets = event.targets.filter(({ group }, n, every) => every.findIndex((one) => one.group === group) === n);
  const [first, ...rest] = targets;
  if (first === undefined || isHeld || activeGroups(board).length > 0) return { board, actions: [] };
  const actions: PttAction[] = [];
  let last = board.lead;
  const pressed = ({ group, fault }: Target): PttState => {
    const step = stepPtt(last, { name: 'press', group, source, fault }, nowMs);
    actions.push(...step.actions);
    last = step.state;
    return last;
  };
  const lead = pressed(first);
  const others: Record<string, PttState> = {};
  for (const target of rest) {
    last = { ...last, phase: { name: 'idle' } };
    others[target.group] = pressed(target);
  }
  // The next press counts on from the last number of this one.
  const counted = { ...lead, lastRequestId: last.lastRequestId };
  return settle(board, { lead: counted, others: rest.length === 0 ? none : others }, actions, 'press');
}

function answer(board: TalkBoard, event: Extract<PttEvent, { name: 'answer' }>, nowMs: number): Step {
  const other = board.others[event.group];
  if (other === undefined || activeTalk(other) === undefined) {
    const { state: lead, actions } = stepPtt(board.lead, event, nowMs);
    return settle(board, { ...board, lead }, actions, 'answer');
  }
  const { state, actions } = stepPtt(other, event, nowMs);
  return settle(board, { ...board, others: { ...board.others, [event.group]: state } }, actions, 'answer');
}

function all(board: TalkBoard, event: Exclude<PttEvent, { name: 'press' | 'answer' }>, nowMs: number): Step {
  const { state: lead, actions } = stepPtt(board.lead, event, nowMs);
  if (board.others === none) return { board: { ...board, lead }, actions };
  const said: PttAction[] = [...actions];
  const others: Record<string, PttState> = {};
  for (const [group, state] of Object.entries(board.others)) {
    const step = stepPtt(state, event, nowMs);
    others[group] = step.state;
    said.push(...step.actions);
  }
  return settle(board, { lead, others }, said, event.name);
}

/** What all machines said, as one: the microphone first and once, one tone, and nothing kept of who is done. */
function settle(before: TalkBoard, after: TalkBoard, said: readonly PttAction[], event: BoardEvent['name']): Step {
  if (before.others === none && after.others === none) return { board: after, actions: said };
  const isPending = (board: TalkBoard) => machines(board).some(({ phase }) => phase.name === 'requested');
  const tones = said.flatMap((action) => (action.name === 'tone' ? action.tone : []));
  let tone: Tone | undefined = tones[0];
  const asks = event === 'press' || event === 'answer' || event === 'tick';
  if (asks && isPending(after)) tone = undefined;
  else if (event === 'press' || (asks && isPending(before))) tone = verdict(after);
  else if (tone === 'warning' && isWarned(before)) tone = undefined;
  const actions: PttAction[] = said.filter(({ name }) => name === 'request' || name === 'release');
  if (said.some(({ name }) => name === 'microphone')) {
    actions.unshift({ name: 'microphone', on: machines(after).some(microphoneOn) });
  }
  if (tone !== undefined) actions.push({ name: 'tone', tone });
  const left = Object.entries(after.others).filter(([, { phase, notice }]) => phase.name !== 'idle' || notice);
  const kept = left.length === Object.keys(after.others).length ? after.others : Object.fromEntries(left);
  return { board: { ...after, others: left.length === 0 ? none : kept }, actions };
}

function isWarned(board: TalkBoard): boolean {
  return machines(board).some(({ phase }) => phase.name === 'talking' && phase.warned);
}

function verdict(board: TalkBoard): Tone {
  const talked = talkedGroups(board).length;
  if (talked === machines(board).length) return 'permit';
  if (talked > 0) return 'partly';
  return machines(board).some(({ phase }) => phase.name === 'queued') ? 'queued' : 'denied';
}
