/**
 * Proof of the lines to the networks: the talkgroups that are there for tests are called, one attachment of each network at
 * a time, a tone is sounded on each, and what comes back is judged. Pure: events and time in, actions and a report out.
 *
 *            order         free            all up, or 20 s        each line in turn
 *   idle ─────────▶ waiting ────▶ calling ──────────────▶ sounding ──────────────▶ next round, or the report
 *                     ▲ busy: asked again       │ a person talks, or wants the group
 *                     └─────────────────────────┘       not free in time: not proven
 *
 * Never green without proof: a line is green if its tone came back, on it or on another, and something came back on it.
 */
import type { NetworkId, TalkgroupId } from './terms.ts';

/** One talkgroup by way of one attachment. */
export interface ProofLine {
  readonly talkgroup: TalkgroupId;
  readonly network: NetworkId;
  readonly attachment: string;
}

export interface ProofRules {
  readonly levelDbov: number;
  readonly toleranceDb: number;
  readonly oneWayMsMax: number;
  /** So long it waits for the talkgroups to be free. */
  readonly waitMs: number;
  /** Nobody answers there, and that is known. */
  readonly withoutAnswer: readonly TalkgroupId[];
  /** Who talks, as the network of a talkgroup says it of what came back. */
  readonly identities: Readonly<Record<TalkgroupId, string>>;
}

export const proofCauses = [
  'not-up',
  'refused',
  'no-answer',
  'nothing-back',
  'too-low',
  'too-high',
  'too-slow',
  'broken',
  'identity',
  'busy',
  'stopped',
] as const;
/** nothing-back: others heard it, but nothing came back on it. broken: parts of the tone were lost. */
export type ProofCause = (typeof proofCauses)[number];

export const proofVerdicts = ['green', 'red', 'unproven'] as const;
export type ProofVerdict = (typeof proofVerdicts)[number];

/** What keeps the talkgroups from being called. talk: somebody talks there. Group and talkgroup by their short names. */
export type ProofBusy =
  | { readonly code: 'talk' | 'no-group' }
  | { readonly code: 'group-open'; readonly group: string }
  | { readonly code: 'joined'; readonly talkgroup: string; readonly group: string };

export interface ProofResult extends ProofLine {
  readonly verdict: ProofVerdict;
  readonly causes: readonly ProofCause[];
  /** In words, of a call that did not come up. */
  readonly reason?: string;
  /** What kept it from being tried. */
  readonly busy?: ProofBusy;
  /** Why its call did not come up: a word of the gateway, as of a leg. */
  readonly fault?: string;
  /** The talkgroup on which its tone came back. */
  readonly heardOn?: TalkgroupId;
  readonly levelDbov?: number;
  /** Half of the way out and back. */
  readonly oneWayMs?: number;
  /** Of the tone, what arrived, 0–1. */
  readonly whole?: number;
  /** Who talked, as the network said. */
  readonly identity?: string;
}

export interface ProofOrder {
  readonly rounds: readonly ProofRound[];
  readonly rules: ProofRules;
}

/** Lines that stand at the same time; one a talkgroup. Those that are not tried listen. */
export type ProofRound = readonly (ProofLine & { readonly tried: boolean })[];

export type ProofStep =
  | 'waiting'
  | 'called'
  | 'answered'
  | 'not-answered'
  | 'sounding'
  | 'heard'
  | 'not-heard'
  | 'ended';

/** As of `ProofResult`. */
type Why = Pick<ProofResult, 'reason' | 'fault' | 'busy'>;

export type ProofAction =
  | { readonly name: 'open'; readonly round: number; readonly lines: readonly ProofLine[] }
  | { readonly name: 'close'; readonly round: number }
  | { readonly name: 'sound'; readonly round: number; readonly talkgroup: TalkgroupId }
  /** For who looks on. */
  | ({ readonly name: 'step'; readonly step: ProofStep; readonly line?: ProofLine } & Why)
  | { readonly name: 'done'; readonly results: readonly ProofResult[] };

export type ProofEvent =
  | { readonly name: 'order'; readonly order: ProofOrder }
  /** Absent: nothing keeps the talkgroups from being called. Said before each tick. */
  | { readonly name: 'look'; readonly busy?: ProofBusy }
  | ({ readonly name: 'leg'; readonly talkgroup: TalkgroupId; readonly up: boolean } & Why)
  | {
      readonly name: 'proved';
      /** lost: the voice process did not answer. */
      readonly end: 'done' | 'person' | 'refused' | 'busy' | 'gone' | 'lost';
      readonly heard: readonly ToneCame[];
    }
  | { readonly name: 'identity'; readonly talkgroup: TalkgroupId; readonly address: string }
  | { readonly name: 'stop' };

interface ToneCame {
  readonly talkgroup: TalkgroupId;
  readonly levelDbov: number;
  readonly delayMs: number;
  readonly whole: number;
}

/** What is known of a line of a round. */
interface Tried extends Why {
  readonly upMs?: number;
  readonly end?: 'done' | 'refused' | 'gone' | 'lost';
  readonly heard: readonly ToneCame[];
  readonly identity?: string;
}

type Stage =
  | { readonly name: 'waiting'; readonly busy?: ProofBusy | undefined; readonly lookMs: number }
  | { readonly name: 'calling'; readonly sinceMs: number }
  | { readonly name: 'sounding'; readonly at: number; readonly byMs: number };

export type ProofState =
  | { readonly name: 'idle' }
  | {
      readonly name: 'running';
      readonly order: ProofOrder;
      readonly untilMs: number;
      readonly round: number;
      readonly stage: Stage;
      /** By talkgroup, of this round. */
      readonly tried: ReadonlyMap<TalkgroupId, Tried>;
      /** Of rounds that are over. */
      readonly results: readonly ProofResult[];
    };

type Running = Extract<ProofState, { name: 'running' }>;

export interface ProofTurn {
  readonly state: ProofState;
  readonly actions: readonly ProofAction[];
}

export const idleProof: ProofState = { name: 'idle' };
/** As long as a slow network takes to set up a call, and then some. */
const upWithinMs = 20_000;
/** A line that has just come up is given time to settle. */
const settleMs = 500;
/** The key, the tone and what the voice process needs besides: above all of it, it is not coming any more. */
const soundMsMax = 20_000;
const lookEveryMs = 5000;
/** Somebody talked there: not tried again at once. */
const quietMs = 60_000;
const wholeMin = 0.8;

/** Every attachment of each talkgroup's network in turn, the first of all at once, then the second of those that have one. */
export function proofRounds(lines: readonly ProofLine[]): readonly ProofRound[] {
  const ways = [...Map.groupBy(lines, ({ talkgroup }) => talkgroup).values()];
  const count = Math.max(0, ...ways.map(({ length }) => length));
  return Array.from({ length: count }, (_, round) => {
    return ways.flatMap((its) => {
      const line = its[round] ?? its[0];
      return line === undefined ? [] : [{ ...line, tried: its[round] !== undefined }];
    });
  });
}

export function stepProof(state: ProofState, event: ProofEvent, nowMs: number): ProofTurn {
  if (event.name === 'order') return state.name === 'idle' ? begin(event.order, nowMs) : { state, actions: [] };
  if (state.name === 'idle') return { state, actions: [] };
  switch (event.name) {
    case 'look':
      return look(state, event.busy, nowMs);
    case 'leg':
      return legSaid(state, event, nowMs);
    case 'proved':
      return proved(state, event, nowMs);
    case 'identity':
      return { state: known(state, event.talkgroup, { identity: event.address }), actions: [] };
    case 'stop':
      return finish(state, 'stopped', undefined);
  }
}

/** When it wants to be told `look`; Infinity for never. */
export function proofDeadlineMs(state: ProofState): number {
  if (state.name === 'idle') return Infinity;
  const { stage } = state;
  if (stage.name === 'waiting') return Math.min(stage.lookMs, state.untilMs);
  return stage.name === 'calling' ? callingDueMs(state, stage.sinceMs) : stage.byMs;
}

/** green: every line is. unproven: some are not, for no fault that was found. */
export function verdictOf(results: readonly Pick<ProofResult, 'verdict'>[]): ProofVerdict {
  if (results.some(({ verdict }) => verdict === 'red')) return 'red';
  return results.length === 0 || results.some(({ verdict }) => verdict === 'unproven') ? 'unproven' : 'green';
}

/** Whether somebody must look: something is red, or could not be tried. That nobody answers where nobody should is known. */
export function mustBeSeen(results: readonly Pick<ProofResult, 'verdict' | 'causes'>[]): boolean {
  return (
    results.length === 0 ||
    results.some(
      ({ verdict, causes }) => verdict === 'red' || causes.some((cause) => cause === 'busy' || cause === 'stopped'),
    )
  );
}

function begin(order: ProofOrder, nowMs: number): ProofTurn {
  const stage = { name: 'waiting', lookMs: nowMs } as const;
  const untilMs = nowMs + order.rules.waitMs;
  return { state: { name: 'running', order, untilMs, round: 0, stage, tried: new Map(), results: [] }, actions: [] };
}

function look(state: Running, busy: ProofBusy | undefined, nowMs: number): ProofTurn {
  const { stage } = state;
  if (stage.name !== 'waiting') {
    if (busy !== undefined) return giveWay(state, busy, nowMs);
    if (stage.name === 'calling')
      return nowMs < callingDueMs(state, stage.sinceMs) ? { state, actions: [] } : soundNext(state, 0, nowMs);
    return nowMs < stage.byMs ? { state, actions: [] } : proved(state, { end: 'lost', heard: [] }, nowMs);
  }
  if (busy === undefined && nowMs >= stage.lookMs) return call(state, nowMs);
  const keeps = busy ?? stage.busy;
  if (nowMs >= state.untilMs) return finish(state, 'busy', keeps);
  if (nowMs < stage.lookMs) return { state, actions: [] };
  const step = { name: 'step', step: 'waiting', ...(keeps !== undefined && { busy: keeps }) } as const;
  return {
    state: { ...state, stage: { name: 'waiting', busy: keeps, lookMs: nowMs + lookEveryMs } },
    actions: isSameBusy(keeps, stage.busy) ? [] : [step],
  };
}

function call(state: Running, nowMs: number): ProofTurn {
  const { round } = state;
  const lines = state.order.rounds[round] ?? [];
  return {
    state: { ...state, stage: { name: 'calling', sinceMs: nowMs }, tried: new Map() },
    actions: [
      { name: 'open', round, lines: lines.map(lineOf) },
      ...lines
        .filter(({ tried }) => tried)
        .map((line) => ({ name: 'step', step: 'called', line: lineOf(line) }) as const),
    ],
  };
}

function legSaid(
  state: Running,
  { talkgroup, up, ...said }: Extract<ProofEvent, { name: 'leg' }>,
  nowMs: number,
): ProofTurn {
  const line = state.order.rounds[state.round]?.find((each) => each.talkgroup === talkgroup);
  if (state.stage.name === 'waiting' || line === undefined) return { state, actions: [] };
  const before = state.tried.get(talkgroup);
  if (!up) {
    // What it has proven stands, and a tone under way ends by itself.
    return { state: known(state, talkgroup, whyOf(said)), actions: [] };
  }
  if (before?.upMs !== undefined) return { state, actions: [] };
  const step = { name: 'step', step: 'answered', line: lineOf(line) } as const;
  return { state: known(state, talkgroup, { upMs: nowMs }), actions: line.tried ? [step] : [] };
}

/** The last has come up and settled, or time is over. */
function callingDueMs({ order, round, tried }: Running, sinceMs: number): number {
  const ups = (order.rounds[round] ?? []).map(({ talkgroup }) => tried.get(talkgroup)?.upMs ?? Infinity);
  return Math.min(sinceMs + upWithinMs, Math.max(...ups) + settleMs);
}

/** From the line `from` of the round on. */
function soundNext(state: Running, from: number, nowMs: number): ProofTurn {
  const lines = state.order.rounds[state.round] ?? [];
  const actions: ProofAction[] = [];
  for (let at = from; at < lines.length; at++) {
    const line = lines[at];
    if (line === undefined || !line.tried) continue;
    if (state.tried.get(line.talkgroup)?.upMs === undefined) {
      const why = whyOf(state.tried.get(line.talkgroup) ?? {});
      actions.push({ name: 'step', step: 'not-answered', line: lineOf(line), ...why });
      continue;
    }
    actions.push({ name: 'step', step: 'sounding', line: lineOf(line) });
    actions.push({ name: 'sound', round: state.round, talkgroup: line.talkgroup });
    return { state: { ...state, stage: { name: 'sounding', at, byMs: nowMs + soundMsMax } }, actions };
  }
  return nextRound(state, actions, nowMs);
}

function nextRound(state: Running, before: readonly ProofAction[], nowMs: number): ProofTurn {
  const { round, order } = state;
  const results = [...state.results, ...resultsOf(state)];
  const actions: ProofAction[] = [...before, { name: 'close', round }];
  if (round + 1 >= order.rounds.length) {
    return { state: idleProof, actions: [...actions, { name: 'step', step: 'ended' }, { name: 'done', results }] };
  }
  const stage = { name: 'waiting', lookMs: nowMs } as const;
  return { state: { ...state, round: round + 1, results, tried: new Map(), stage }, actions };
}

function proved(
  state: Running,
  { end, heard }: Pick<Extract<ProofEvent, { name: 'proved' }>, 'end' | 'heard'>,
  nowMs: number,
): ProofTurn {
  if (state.stage.name !== 'sounding') return { state, actions: [] };
  if (end === 'person' || end === 'busy') return giveWay(state, { code: 'talk' }, nowMs);
  const { at } = state.stage;
  const line = state.order.rounds[state.round]?.[at];
  if (line === undefined) return { state, actions: [] };
  const next = soundNext(known(state, line.talkgroup, { end, heard }), at + 1, nowMs);
  const step = heard.length > 0 ? 'heard' : 'not-heard';
  return { ...next, actions: [{ name: 'step', step, line: lineOf(line) }, ...next.actions] };
}

/** What stands is let go at once; this round is tried again later. */
function giveWay(state: Running, busy: ProofBusy, nowMs: number): ProofTurn {
  if (state.stage.name === 'waiting') return { state, actions: [] };
  const close = { name: 'close', round: state.round } as const;
  if (nowMs + quietMs >= state.untilMs) return finish(state, 'busy', busy);
  return {
    state: { ...state, stage: { name: 'waiting', busy, lookMs: nowMs + quietMs }, tried: new Map() },
    actions: [close, { name: 'step', step: 'waiting', busy }],
  };
}

/** It ends here; lines of this round and of those that would follow are not proven. */
function finish(state: Running, cause: 'busy' | 'stopped', busy: ProofBusy | undefined): ProofTurn {
  const left = state.order.rounds.slice(state.round).flatMap((round) => round.filter(({ tried }) => tried));
  const results = left.map((line): ProofResult => {
    return { ...lineOf(line), verdict: 'unproven', causes: [cause], ...(busy !== undefined && { busy }) };
  });
  const close = state.stage.name === 'waiting' ? [] : [{ name: 'close', round: state.round } as const];
  const done = { name: 'done', results: [...state.results, ...results] } as const;
  return { state: idleProof, actions: [...close, { name: 'step', step: 'ended' }, done] };
}

function isSameBusy(one: ProofBusy | undefined, other: ProofBusy | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** For the log and the command, in English. */
export function busyWords(busy: ProofBusy): string {
  switch (busy.code) {
    case 'talk':
      return 'somebody talks there';
    case 'no-group':
      return 'the group for tests is gone';
    case 'group-open':
      return `${busy.group} is open`;
    case 'joined':
      return `${busy.talkgroup} is joined to ${busy.group}`;
  }
}

function known(state: Running, talkgroup: TalkgroupId, said: Partial<Tried>): Running {
  const before = state.tried.get(talkgroup) ?? { heard: [] };
  return { ...state, tried: new Map(state.tried).set(talkgroup, { ...before, ...said }) };
}

function resultsOf(state: Running): readonly ProofResult[] {
  const lines = (state.order.rounds[state.round] ?? []).filter(({ tried }) => tried);
  return lines.map((line) => resultOf(state, lineOf(line)));
}

function resultOf({ tried, order }: Running, line: ProofLine): ProofResult {
  const { rules } = order;
  const its = tried.get(line.talkgroup) ?? { heard: [] };
  const { identity, upMs } = its;
  if (upMs === undefined) return { ...line, verdict: 'red', causes: ['not-up'], ...whyOf(its) };
  // Best on itself: there it has gone both ways.
  const came = its.heard.find(({ talkgroup }) => talkgroup === line.talkgroup) ?? its.heard[0];
  const isAnyBack = [...tried.values()].some(({ heard }) =>
    heard.some(({ talkgroup }) => talkgroup === line.talkgroup),
  );
  const causes = came === undefined ? [unheardCause(its.end)] : [...causesOf(came, rules)];
  if (came !== undefined && !isAnyBack) causes.push('nothing-back');
  const expected = rules.identities[line.talkgroup];
  if (isAnyBack && expected !== undefined && expected !== identity) causes.push('identity');
  const isKnown = causes.length === 1 && causes[0] === 'no-answer' && rules.withoutAnswer.includes(line.talkgroup);
  const isFault = causes.some((cause) => cause !== 'stopped') && !isKnown;
  return {
    ...line,
    verdict: causes.length === 0 ? 'green' : isFault ? 'red' : 'unproven',
    causes,
    ...(came !== undefined && {
      heardOn: came.talkgroup,
      levelDbov: came.levelDbov,
      oneWayMs: Math.round(came.delayMs / 2),
      whole: came.whole,
    }),
    ...(identity !== undefined && { identity }),
    ...whyOf(its),
  };
}

function whyOf({ reason, fault }: Why): Why {
  return { ...(reason !== undefined && { reason }), ...(fault !== undefined && { fault }) };
}

function unheardCause(end: Tried['end']): ProofCause {
  return end === 'done' ? 'no-answer' : end === 'refused' ? 'refused' : end === 'gone' ? 'not-up' : 'stopped';
}

function* causesOf({ levelDbov, delayMs, whole }: ToneCame, rules: ProofRules): Iterable<ProofCause> {
  if (whole < wholeMin) yield 'broken';
  else if (levelDbov < rules.levelDbov - rules.toleranceDb) yield 'too-low';
  else if (levelDbov > rules.levelDbov + rules.toleranceDb) yield 'too-high';
  if (delayMs / 2 > rules.oneWayMsMax) yield 'too-slow';
}

function lineOf({ talkgroup, network, attachment }: ProofLine): ProofLine {
  return { talkgroup, network, attachment };
}
