/**
 * The hand-over of a shift: from the person who leaves to a colleague of the same control room, who confirms it. Pure: no
 * clock, no disk.
 *
 *            offer                  confirm (the colleague)
 *   nothing ───────▶ offered ─────────────────────────────▶ confirmed    the shift is the colleague's
 *                     │  │  └──── refuse (the colleague) ──▶ refused      it stays with whoever offered it
 *                     │  └─────── withdraw (who offered) ──▶ withdrawn    likewise
 *                     └ offered for half a day ────────────▶ lapsed       likewise
 *
 * Nothing is closed, opened or stopped by a hand-over. What the sheet said when it was offered is kept with it, so that what
 * was confirmed can be read afterwards.
 *
 * Driven by: gateway/operations/hand-overs.ts.
 */
import { defaultPermissions, refusalOf } from './permissions.ts';
import type { Person, PersonId } from './terms.ts';

/** Times in ms. */
export interface HandOverRules {
  /** Nobody answered for so long: it is none. */
  readonly lapseMs: number;
  /** At hand. */
  readonly keptMax: number;
}

export const handOverRules: HandOverRules = { lapseMs: 12 * 3_600_000, keptMax: 50 };

export interface HandOver {
  readonly id: number;
  readonly name: 'offered' | 'confirmed' | 'refused' | 'withdrawn' | 'lapsed';
  readonly from: Person;
  readonly to: Person;
  /** In the words of whoever leaves; may be empty. */
  readonly note: string;
  readonly offeredUtcMs: number;
  /** When it was confirmed, refused, withdrawn or lapsed; absent while it is offered. */
  readonly endedUtcMs?: number;
  /** Why it was refused. */
  readonly reason?: string;
}

export interface HandOvers {
  readonly rules: HandOverRules;
  /** By number, the oldest first. */
  readonly all: readonly HandOver[];
  readonly lastId: number;
}

type Asked = { readonly request: number; readonly person: Person };

export type HandOverEvent =
  /** `to` is undefined when there is no such person. */
  | (Asked & { readonly name: 'offer'; readonly to: Person | undefined; readonly note: string })
  | (Asked & { readonly name: 'confirm'; readonly id: number })
  | (Asked & { readonly name: 'refuse'; readonly id: number; readonly reason: string })
  | (Asked & { readonly name: 'withdraw'; readonly id: number })
  /** They have been kept as long as they may be. */
  | { readonly name: 'forget'; readonly ids: readonly number[] }
  | { readonly name: 'tick' };

export type HandOverRefusal =
  | 'not-permitted'
  | 'unknown-person'
  | 'same-person'
  | 'other-control-room'
  | 'already-offered'
  | 'unknown-hand-over'
  | 'not-yours'
  | 'already-answered'
  | 'no-reason';

export type HandOverAction =
  | { readonly name: 'answer'; readonly request: number; readonly refusal?: HandOverRefusal }
  | { readonly name: 'changed'; readonly handOver: HandOver }
  /** It has been kept as long as it may be. */
  | { readonly name: 'forgotten'; readonly id: number }
  /** It is at hand no more, and kept elsewhere with its sheet. Before the `changed` of the one that takes its place. */
  | { readonly name: 'gaveWay'; readonly handOver: HandOver };

export interface HandOverStep {
  readonly state: HandOvers;
  readonly actions: readonly HandOverAction[];
}

export function noHandOvers(rules: HandOverRules = handOverRules): HandOvers {
  return { rules, all: [], lastId: 0 };
}

/** Whoever may talk on all groups leads a shift. */
export function leadsShifts(person: Person): boolean {
  return refusalOf(defaultPermissions, person, 'talk') === undefined;
}

/** Feeds one event. Total: no input can throw. Times are UTC, ms since 1970. */
export function step(state: HandOvers, event: HandOverEvent, utcMs: number): HandOverStep {
  if (event.name === 'tick') return lapse(state, utcMs);
  if (event.name === 'forget') return forget(state, event.ids);
  const { request } = event;
  const done = leadsShifts(event.person) ? perform(state, event, utcMs) : 'not-permitted';
  if (typeof done === 'string') return { state, actions: [{ name: 'answer', request, refusal: done }] };
  return { state: done.state, actions: [{ name: 'answer', request }, ...done.actions] };
}

/** When the caller owes a `tick`, UTC; Infinity when nothing is offered. */
export function deadlineUtcMs({ all, rules }: HandOvers): number {
  const offered = all.filter(({ name }) => name === 'offered');
  return Math.min(...offered.map(({ offeredUtcMs }) => offeredUtcMs + rules.lapseMs), Infinity);
}

function perform(
  state: HandOvers,
  event: Exclude<HandOverEvent, { name: 'tick' | 'forget' }>,
  utcMs: number,
): HandOverStep | HandOverRefusal {
  if (event.name === 'offer') return offer(state, event, utcMs);
  const { person } = event;
  const known = state.all.find(({ id }) => id === event.id);
  if (known === undefined) return 'unknown-hand-over';
  const mine: PersonId = event.name === 'withdraw' ? known.from.person : known.to.person;
  if (person.person !== mine) return 'not-yours';
  if (known.name !== 'offered') return 'already-answered';
  switch (event.name) {
    case 'confirm':
      return end(state, { ...known, name: 'confirmed', endedUtcMs: utcMs });
    case 'withdraw':
      return end(state, { ...known, name: 'withdrawn', endedUtcMs: utcMs });
    case 'refuse':
      if (event.reason.trim() === '') return 'no-reason';
      return end(state, { ...known, name: 'refused', endedUtcMs: utcMs, reason: event.reason.trim() });
  }
}

function offer(
  state: HandOvers,
  { person, to, note }: Extract<HandOverEvent, { name: 'offer' }>,
  utcMs: number,
): HandOverStep | HandOverRefusal {
  if (to === undefined) return 'unknown-person';
  if (to.person === person.person) return 'same-person';
  if (to.controlRoom !== person.controlRoom || !leadsShifts(to)) return 'other-control-room';
  const open = state.all.some(({ name, from }) => name === 'offered' && from.person === person.person);
  if (open) return 'already-offered';
  const id = nextId(state);
  const handOver: HandOver = { id, name: 'offered', from: person, to, note: note.trim(), offeredUtcMs: utcMs };
  const { all, gone } = bounded([...state.all, handOver], id, state.rules.keptMax);
  return {
    state: { ...state, all, lastId: id },
    actions: [...gone.map((each) => ({ name: 'gaveWay', handOver: each }) as const), { name: 'changed', handOver }],
  };
}

/** Sheets are kept in as many places as hand-overs, used in turn (hand-overs.ts): that of one that waits is left out. */
function nextId({ all, lastId, rules }: HandOvers): number {
  const waiting = new Set(all.flatMap(({ name, id }) => (name === 'offered' ? id % rules.keptMax : [])));
  const next = Array.from({ length: rules.keptMax }, (_, index) => lastId + 1 + index);
  return next.find((id) => !waiting.has(id % rules.keptMax)) ?? lastId + 1;
}

function end(state: HandOvers, handOver: HandOver): HandOverStep {
  const all = state.all.map((each) => (each.id === handOver.id ? handOver : each));
  return { state: { ...state, all }, actions: [{ name: 'changed', handOver }] };
}

function lapse(state: HandOvers, utcMs: number): HandOverStep {
  const { lapseMs } = state.rules;
  const due = state.all.filter(({ name, offeredUtcMs }) => name === 'offered' && utcMs >= offeredUtcMs + lapseMs);
  return due.reduce<HandOverStep>(
    (before, each) => {
      const after = end(before.state, { ...each, name: 'lapsed', endedUtcMs: utcMs });
      return { state: after.state, actions: [...before.actions, ...after.actions] };
    },
    { state, actions: [] },
  );
}

/** One that is offered is not over. */
function forget(state: HandOvers, ids: readonly number[]): HandOverStep {
  const gone = state.all.filter(({ id, name }) => name !== 'offered' && ids.includes(id));
  const all = state.all.filter((each) => !gone.includes(each));
  return { state: { ...state, all }, actions: gone.map(({ id }) => ({ name: 'forgotten', id })) };
}

/** Whose place the new one takes goes, unless it waits; of too many, the oldest of those that are over. */
function bounded(
  all: readonly HandOver[],
  newId: number,
  keptMax: number,
): { all: readonly HandOver[]; gone: readonly HandOver[] } {
  const over = all.filter(({ name }) => name !== 'offered');
  const itsPlace = over.filter(({ id }) => id % keptMax === newId % keptMax);
  const others = over.filter((each) => !itsPlace.includes(each));
  const gone = [...itsPlace, ...others.slice(0, Math.max(0, all.length - itsPlace.length - keptMax))];
  return { all: all.filter((each) => !gone.includes(each)), gone };
}
