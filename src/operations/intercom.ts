/**
 * Intercom: one operator calls another, console to console, beside all groups. Pure: no clock, socket or logger.
 *
 *   call ──▶ ringing ──answer──▶ talking ──hang up, link lost──▶ over
 *               └──refused, cancelled, 30 s, link lost──▶ over, and a missed call where it rang
 *
 * A call is for a person and rings at all of his consoles, or for one console alone. A console is in one call at most,
 * and so is whoever is called: who calls him meanwhile hears that he is engaged. The hot line is a call whose caller is
 * heard while it rings, for as long as he holds its key; the other side's microphone opens only when it answers.
 *
 * A direct line is a station as well, with a telephone at its end in place of a console. It rings at the consoles that
 * its call names; what is missed of it is missed by everybody there, and made good by the first who speaks on it.
 *
 * Driven by: gateway/operations/intercom.ts. Everybody at a console may use it (S2: the observer of a partner does);
 * lines are for those whom the permissions name.
 */
import type { Person, PersonId } from './terms.ts';

export type ConsoleId = string;

/** A console with somebody at it. */
export interface Station {
  readonly console: ConsoleId;
  readonly person: Person;
  /** As others see him; with the number of his console, from the second on. */
  readonly display: string;
  /** It is a direct line, and this who is at its other end. */
  readonly line?: true;
}

/** A direct line is known by this: as a station, as the group of its voice, and as a party of that. */
export function lineId(line: string): ConsoleId {
  return `line:${line}`;
}

export function isLine(id: string): boolean {
  return id.startsWith('line:');
}

/** Whom a call is for: a person, wherever he sits, one console, or any of several. */
export type Callee =
  | { readonly person: PersonId }
  | { readonly console: ConsoleId }
  | { readonly anyOf: readonly ConsoleId[] };

export interface Call {
  readonly call: number;
  readonly caller: Station;
  /** Where it rings; once somebody has answered, where he did. Never empty. */
  readonly at: readonly Station[];
  readonly name: 'ringing' | 'talking';
  /** The caller is heard while it rings. */
  readonly hot: boolean;
  /** When it began to ring, or was answered. */
  readonly sinceMs: number;
}

/** Somebody called in vain. */
export interface MissedCall {
  readonly by: Person;
  readonly times: number;
  /** The last time. */
  readonly atMs: number;
}

export interface IntercomState {
  readonly stations: ReadonlyMap<ConsoleId, Station>;
  readonly calls: ReadonlyMap<number, Call>;
  /** The newest last. */
  readonly missed: ReadonlyMap<PersonId, readonly MissedCall[]>;
  readonly counted: number;
}

export type IntercomEvent =
  | { readonly name: 'here'; readonly station: Station }
  | { readonly name: 'away'; readonly console: ConsoleId }
  | { readonly name: 'call'; readonly console: ConsoleId; readonly to: Callee; readonly hot: boolean }
  | { readonly name: 'answer'; readonly console: ConsoleId; readonly call: number }
  /** Refuses a call that rings here, takes back one that rings there, ends one that is talked on. */
  | { readonly name: 'hangUp'; readonly console: ConsoleId; readonly call: number }
  /** The other end of a direct line has ended its call, or that has ended by itself. */
  | { readonly name: 'lineOver'; readonly console: ConsoleId; readonly as: CallEnd }
  /** The key of the hot line is up: one that was answered meanwhile goes on. */
  | { readonly name: 'letGo'; readonly console: ConsoleId; readonly call: number }
  /** The person has seen whom he missed. */
  | { readonly name: 'seen'; readonly console: ConsoleId }
  | { readonly name: 'tick' };

export type CallRefusal =
  | 'not-at-console'
  | 'own-console'
  | 'not-on-duty'
  | 'busy'
  | 'line-busy'
  | 'in-other-call'
  | 'unknown-call';

/** How a call ended; from `taken` on of direct lines alone: by another person, or by what became of the telephone. */
export type CallEnd =
  | 'hung-up'
  | 'refused'
  | 'cancelled'
  | 'unanswered'
  | 'elsewhere'
  | 'lost'
  | 'taken'
  | 'no-answer'
  | 'busy'
  | 'unknown-number'
  | 'unreachable'
  | 'failed';

export type IntercomAction =
  /** To whoever asked; done where there is no refusal. Each request has one. */
  | { readonly name: 'done'; readonly refusal?: CallRefusal }
  /** What this console is to be shown and to hear is another; ask `callAt`, `missedAt` and `heardAt`. */
  | { readonly name: 'changed'; readonly console: ConsoleId }
  /** The call is over for this console, not by its own hand. */
  | { readonly name: 'ended'; readonly console: ConsoleId; readonly by: string; readonly as: CallEnd }
  /** For the log. */
  | { readonly name: 'noted'; readonly what: 'called' | 'answered'; readonly call: Call }
  | { readonly name: 'noted'; readonly what: 'over'; readonly call: Call; readonly as: CallEnd; readonly forMs: number }
  | { readonly name: 'noted'; readonly what: 'busy'; readonly caller: Station; readonly callee: Person };

interface Step {
  readonly state: IntercomState;
  readonly actions: readonly IntercomAction[];
}

/** How long it rings. */
export const ringMs = 30_000;
/** Persons whose calls a person missed; the oldest gives way. */
export const missedMax = 20;

export const silentIntercom: IntercomState = { stations: new Map(), calls: new Map(), missed: new Map(), counted: 0 };

/** Feeds one event. Total: no input can throw. Times are in ms on the caller's monotonic clock. */
export function step(state: IntercomState, event: IntercomEvent, nowMs: number): Step {
  switch (event.name) {
    case 'here':
      return arrive(state, event.station, nowMs);
    case 'away':
      return leave(state, event.console, nowMs);
    case 'call':
      return place(state, event, nowMs);
    case 'answer':
      return answer(state, event, nowMs);
    case 'hangUp':
      return hangUp(state, event, nowMs);
    case 'lineOver':
      return lineOver(state, event, nowMs);
    case 'letGo':
      return letGo(state, event, nowMs);
    case 'seen':
      return see(state, event.console);
    case 'tick':
      return expire(state, nowMs);
  }
}

/** When the caller owes a `tick`; Infinity when nothing rings. */
export function deadlineMs({ calls }: IntercomState): number {
  const ringing = [...calls.values()].filter(({ name }) => name === 'ringing');
  return Math.min(...ringing.map(({ sinceMs }) => sinceMs + ringMs));
}

/** The one call that a console is in, whichever side of it. */
export function callAt({ calls }: IntercomState, console: ConsoleId): Call | undefined {
  return [...calls.values()].find((call) => isIn(call, console));
}

/** The consoles whose microphones a console hears. */
export function heardAt(state: IntercomState, console: ConsoleId): readonly ConsoleId[] {
  const call = callAt(state, console);
  if (call === undefined) return [];
  const isCaller = call.caller.console === console;
  if (call.name === 'talking') return isCaller ? call.at.map((station) => station.console) : [call.caller.console];
  return call.hot && !isCaller ? [call.caller.console] : [];
}

/** Whose calls the person at a console missed; the newest last. */
export function missedAt({ stations, missed }: IntercomState, console: ConsoleId): readonly MissedCall[] {
  return missed.get(stations.get(console)?.person.person ?? '') ?? [];
}

function isIn({ caller, at }: Call, console: ConsoleId): boolean {
  return caller.console === console || at.some((station) => station.console === console);
}

function arrive(state: IntercomState, station: Station, nowMs: number): Step {
  // Another page has taken the console over: what the one before was in is over.
  const { state: left, actions } = leave(state, station.console, nowMs);
  return {
    state: { ...left, stations: new Map(left.stations).set(station.console, station) },
    actions: [...actions, { name: 'changed', console: station.console }],
  };
}

function leave(state: IntercomState, console: ConsoleId, nowMs: number): Step {
  const call = callAt(state, console);
  const stations = new Map(state.stations);
  stations.delete(console);
  const left = { ...state, stations };
  if (call === undefined) return { state: left, actions: [] };
  const others = call.at.filter((station) => station.console !== console);
  // It goes on ringing at his other consoles.
  if (call.name === 'ringing' && call.caller.console !== console && others.length > 0) {
    return { state: { ...left, calls: new Map(left.calls).set(call.call, { ...call, at: others }) }, actions: [] };
  }
  return end(left, call, 'lost', undefined, nowMs);
}

function place(state: IntercomState, event: Extract<IntercomEvent, { name: 'call' }>, nowMs: number): Step {
  const { console, to } = event;
  const caller = state.stations.get(console);
  if (caller === undefined) return refuse(state, 'not-at-console');
  const called = stationsOf(state, to);
  const free = called.filter((station) => callAt(state, station.console) === undefined);
  // Of several, those who are in a call already are left in peace.
  const at = 'anyOf' in to && free.length > 0 ? free : called;
  const [first] = at;
  if (first === undefined) return refuse(state, 'not-on-duty');
  // Nobody can be heard on a line before it is answered.
  const hot = event.hot && !at.some(({ line }) => line);
  if (at.some((station) => station.console === console)) return refuse(state, 'own-console');
  const present = callAt(state, console);
  // Who calls the one that is calling him has answered.
  if (
    caller.line !== true &&
    present?.name === 'ringing' &&
    at.some((station) => station.console === present.caller.console)
  )
    return answer(state, { console, call: present.call }, nowMs);
  if (present !== undefined) return refuse(state, 'in-other-call');
  if (at.some((station) => callAt(state, station.console) !== undefined)) {
    const missed = missAll(state, at, caller.person, nowMs);
    const busy: IntercomAction = { name: 'noted', what: 'busy', caller, callee: first.person };
    return {
      state: missed.state,
      actions: [{ name: 'done', refusal: first.line ? 'line-busy' : 'busy' }, busy, ...missed.actions],
    };
  }
  const call: Call = { call: state.counted + 1, caller, at, name: 'ringing', hot, sinceMs: nowMs };
  const { state: known, actions } = forgive(state, caller.person.person, first.person.person);
  return {
    state: { ...known, calls: new Map(known.calls).set(call.call, call), counted: call.call },
    actions: [{ name: 'done' }, { name: 'noted', what: 'called', call }, ...actions, ...changed(call)],
  };
}

function answer(
  state: IntercomState,
  { console, call: id }: { readonly console: ConsoleId; readonly call: number },
  nowMs: number,
): Step {
  const call = state.calls.get(id);
  const by = call?.at.find((station) => station.console === console);
  if (call === undefined || by === undefined || call.name === 'talking') return refuse(state, 'unknown-call');
  const talking: Call = { ...call, name: 'talking', at: [by], sinceMs: nowMs };
  const elsewhere = call.at.filter((station) => station !== by);
  const { state: known, actions } = forgiveAll(state, by, call.caller);
  return {
    state: { ...known, calls: new Map(known.calls).set(id, talking) },
    actions: [
      { name: 'done' },
      { name: 'noted', what: 'answered', call: talking },
      ...actions,
      ...changed(talking),
      ...elsewhere.flatMap((station): IntercomAction[] => [
        { name: 'changed', console: station.console },
        {
          name: 'ended',
          console: station.console,
          by: call.caller.display,
          as: station.person.person === by.person.person ? 'elsewhere' : 'taken',
        },
      ]),
    ],
  };
}

function hangUp(
  state: IntercomState,
  event: { readonly console: ConsoleId; readonly call: number },
  nowMs: number,
): Step {
  const call = state.calls.get(event.call);
  if (call === undefined || !isIn(call, event.console)) return refuse(state, 'unknown-call');
  const others = call.at.filter((station) => station.console !== event.console);
  // A direct line goes on ringing at the others.
  if (call.caller.line && call.name === 'ringing' && others.length > 0 && others.length < call.at.length) {
    const calls = new Map(state.calls).set(call.call, { ...call, at: others });
    return { state: { ...state, calls }, actions: [{ name: 'done' }, { name: 'changed', console: event.console }] };
  }
  const ringing = call.caller.console === event.console ? 'cancelled' : 'refused';
  const ended = end(state, call, call.name === 'ringing' ? ringing : 'hung-up', event.console, nowMs);
  return { state: ended.state, actions: [{ name: 'done' }, ...ended.actions] };
}

function lineOver(
  state: IntercomState,
  { console, as }: { readonly console: ConsoleId; readonly as: CallEnd },
  nowMs: number,
): Step {
  const call = callAt(state, console);
  return call === undefined ? { state, actions: [] } : end(state, call, as, console, nowMs);
}

function letGo(
  state: IntercomState,
  event: { readonly console: ConsoleId; readonly call: number },
  nowMs: number,
): Step {
  const call = state.calls.get(event.call);
  const rings = call?.name === 'ringing' && call.caller.console === event.console;
  return rings ? hangUp(state, event, nowMs) : { state, actions: [{ name: 'done' }] };
}

function see(state: IntercomState, console: ConsoleId): Step {
  const person = state.stations.get(console)?.person;
  if (person === undefined) return refuse(state, 'not-at-console');
  const missed = new Map(state.missed);
  const actions: IntercomAction[] = missed.delete(person.person) ? changedFor(state, person.person) : [];
  return { state: { ...state, missed }, actions: [{ name: 'done' }, ...actions] };
}

function expire(state: IntercomState, nowMs: number): Step {
  const due = [...state.calls.values()].filter((call) => call.name === 'ringing' && call.sinceMs + ringMs <= nowMs);
  let rest = state;
  const actions: IntercomAction[] = [];
  for (const call of due) {
    const ended = end(rest, call, call.at[0]?.line ? 'no-answer' : 'unanswered', undefined, nowMs);
    rest = ended.state;
    actions.push(...ended.actions);
  }
  return { state: rest, actions };
}

/** `by`: the console that ended it, which knows. Who refused a call has not missed it. */
function end(state: IntercomState, call: Call, as: CallEnd, by: ConsoleId | undefined, nowMs: number): Step {
  const calls = new Map(state.calls);
  calls.delete(call.call);
  const over = { ...state, calls };
  const [first] = call.at;
  const isMissed = call.name === 'ringing' && as !== 'refused' && first !== undefined;
  const missed = isMissed ? missAll(over, call.at, call.caller.person, nowMs) : { state: over, actions: [] };
  const told = [
    { station: call.caller, other: first },
    // Where it only rang, that it rings no more says it all.
    ...(call.name === 'talking' ? call.at.map((station) => ({ station, other: call.caller })) : []),
  ].filter(({ station }) => station.console !== by && state.stations.has(station.console));
  return {
    state: missed.state,
    actions: [
      { name: 'noted', what: 'over', call, as, forMs: call.name === 'talking' ? nowMs - call.sinceMs : 0 },
      ...missed.actions,
      ...changed(call),
      ...told.map(({ station, other }): IntercomAction => {
        return { name: 'ended', console: station.console, by: other?.display ?? '', as };
      }),
    ],
  };
}

/** A call of `by` that nobody at these stations got; what a telephone missed is its own business. */
function missAll(state: IntercomState, at: readonly Station[], by: Person, nowMs: number): Step {
  const people = new Map(at.filter(({ line }) => line !== true).map(({ person }) => [person.person, person]));
  let rest = state;
  const actions: IntercomAction[] = [];
  for (const person of people.values()) {
    const missed = miss(rest, person, by, nowMs);
    rest = missed.state;
    actions.push(...missed.actions);
  }
  return { state: rest, actions };
}

/** A call of `by` that `person` did not get. */
function miss(state: IntercomState, person: Person, by: Person, nowMs: number): Step {
  const known = state.missed.get(person.person) ?? [];
  const before = known.find((missed) => missed.by.person === by.person);
  const others = known.filter((missed) => missed !== before);
  const now: MissedCall = { by, times: (before?.times ?? 0) + 1, atMs: nowMs };
  const missed = new Map(state.missed).set(person.person, [...others, now].slice(-missedMax));
  return { state: { ...state, missed }, actions: changedFor(state, person.person) };
}

/** The two speak: what `person` missed of the other is made good. */
function forgive(state: IntercomState, person: PersonId, other: PersonId): Step {
  const known = state.missed.get(person);
  if (known === undefined || known.every(({ by }) => by.person !== other)) return { state, actions: [] };
  const left = known.filter(({ by }) => by.person !== other);
  const missed = new Map(state.missed).set(person, left);
  if (left.length === 0) missed.delete(person);
  return { state: { ...state, missed }, actions: changedFor(state, person) };
}

/** Of a direct line it is made good for everybody. */
function forgiveAll(state: IntercomState, one: Station, other: Station): Step {
  const [line] = [one, other].filter((station) => station.line);
  if (line === undefined) return forgive(state, one.person.person, other.person.person);
  let rest = state;
  const actions: IntercomAction[] = [];
  for (const person of state.missed.keys()) {
    const forgiven = forgive(rest, person, line.person.person);
    rest = forgiven.state;
    actions.push(...forgiven.actions);
  }
  return { state: rest, actions };
}

function stationsOf({ stations }: IntercomState, to: Callee): readonly Station[] {
  return [...stations.values()].filter(({ console, person }) => {
    if ('anyOf' in to) return to.anyOf.includes(console);
    return 'console' in to ? console === to.console : person.person === to.person;
  });
}

function changed({ caller, at }: Call): IntercomAction[] {
  return [caller, ...at].map(({ console }) => ({ name: 'changed', console }));
}

function changedFor(state: IntercomState, person: PersonId): IntercomAction[] {
  return stationsOf(state, { person }).map(({ console }) => ({ name: 'changed', console }));
}

function refuse(state: IntercomState, refusal: CallRefusal): Step {
  return { state, actions: [{ name: 'done', refusal }] };
}
