/**
 * Hits of number-plate cameras: from the read to the word of a person. Pure: no clock, no HTTP.
 *
 *            read                 validate: confirmed
 *   nothing ──────▶ unvalidated ─────────────────────▶ confirmed     its announcement may go on the air
 *                    │  │  └──── validate: rejected ──▶ rejected      never on the air
 *                    │  └─────── nobody looked ───────▶ lapsed        never on the air, unless somebody looks after all
 *                    └ same vehicle within 5 min: merged into the first
 *
 * A hit may be made up for an exercise. It is one from its first word to its last: nothing makes it real, no read of the
 * other kind is merged with it, and it makes no room among real ones.
 *
 * Neither plate nor photo comes in here: the intake turns the plate into a word by which the same vehicle is known
 * again, keyed with what dies with the process, and that word is forgotten after the five minutes.
 *
 * Driven by: gateway/operations/hits.ts.
 */
import type { Fields, FieldValue, Words } from './announcement-text.ts';
import type { Person } from './terms.ts';

/** Times in ms. */
export interface HitRules {
  /** Reads of one vehicle within so long are one hit. */
  readonly sameMs: number;
  /** Unvalidated for so long, a hit lapses. */
  readonly lapseMs: number;
  /** At hand. */
  readonly keptMax: number;
  /** Of those of exercises, beside the real ones. */
  readonly exercisesMax: number;
  /** Later reads of one hit that are kept, the newest. */
  readonly mergedMax: number;
}

export const hitRules: HitRules = {
  sameMs: 5 * 60_000,
  lapseMs: 60 * 60_000,
  keptMax: 500,
  exercisesMax: 50,
  mergedMax: 20,
};

/** What a camera's system sends, as far as it is kept. */
export interface Read {
  /** Which system. */
  readonly source: string;
  /** Its own reference of the hit: the same again is the same message. */
  readonly reference: string;
  /** Where. */
  readonly camera: Words;
  readonly heading?: Words;
  /** Make, model and colour, as it may be said on the air. */
  readonly vehicle: Words;
  /** Why it is sought. */
  readonly reason: Words;
  /** UTC, ms since 1970, of the camera. */
  readonly readUtcMs: number;
  /** Made up for an exercise. */
  readonly exercise?: true;
}

export interface Hit extends Read {
  readonly hit: number;
  readonly name: 'unvalidated' | 'confirmed' | 'rejected' | 'lapsed';
  readonly sinceMs: number;
  /** Reads of the same vehicle since, in the order in which they came. */
  readonly merged: readonly Read[];
  readonly validated?: { readonly by: Person; readonly checked: string; readonly atMs: number };
  /** By which it is known again; absent once that is forgotten. */
  readonly sameAs?: string;
  readonly sameUntilMs: number;
}

export interface HitState {
  readonly rules: HitRules;
  readonly hits: ReadonlyMap<number, Hit>;
  readonly counted: number;
}

export type HitEvent =
  /** `sameAs` is the keyed word of the vehicle; without one it is like no other. */
  | { readonly name: 'read'; readonly read: Read; readonly sameAs?: string }
  | {
      readonly name: 'validate';
      readonly request: number;
      readonly person: Person;
      readonly hit: number;
      readonly result: 'confirmed' | 'rejected';
      /** What was compared. */
      readonly checked: string;
    }
  /** They have been kept as long as they may be. */
  | { readonly name: 'forget'; readonly hits: readonly number[] }
  | { readonly name: 'tick' };

export type HitRefusal = 'unknown-hit' | 'already-validated' | 'not-checked';

export type HitAction =
  /**
   * What became of a read: a hit of its own, one more read of a hit, a message that had come before, or one that says
   * something else under a reference that had come before, which changes nothing.
   */
  | { readonly name: 'taken'; readonly as: 'new' | 'merged' | 'repeated' | 'conflict'; readonly hit: number }
  | { readonly name: 'answer'; readonly request: number; readonly refusal?: HitRefusal }
  | { readonly name: 'changed'; readonly hit: Hit }
  /** It has been kept as long as it may be. */
  | { readonly name: 'forgotten'; readonly hit: number }
  /** It is at hand no more, and kept elsewhere. */
  | { readonly name: 'gaveWay'; readonly hit: Hit };

export interface HitStep {
  readonly state: HitState;
  readonly actions: readonly HitAction[];
}

export function noHits(rules: HitRules): HitState {
  return { rules, hits: new Map(), counted: 0 };
}

/** What was known before a restart; vehicles are not known again. `counted` is the highest number ever given. */
export function knownHits(rules: HitRules, hits: readonly Hit[], counted: number): HitState {
  return { rules, hits: new Map(hits.map((hit) => [hit.hit, hit])), counted };
}

/** Feeds one event. Total: no input can throw. Times are in ms on the caller's monotonic clock. */
export function step(state: HitState, event: HitEvent, nowMs: number): HitStep {
  const actions: HitAction[] = [];
  const aged = age(state, nowMs, actions);
  if (event.name === 'read') return { state: take(aged, event, nowMs, actions), actions };
  if (event.name === 'validate') return { state: validate(aged, event, nowMs, actions), actions };
  if (event.name === 'forget') return { state: forget(aged, event.hits, actions), actions };
  return { state: aged, actions };
}

/** When the caller owes a `tick`; Infinity when nothing is pending. */
export function deadlineMs({ hits, rules }: HitState): number {
  let dueMs = Infinity;
  for (const hit of hits.values()) {
    if (hit.sameAs !== undefined) dueMs = Math.min(dueMs, hit.sameUntilMs);
    if (hit.name === 'unvalidated') dueMs = Math.min(dueMs, hit.sinceMs + rules.lapseMs);
  }
  return dueMs;
}

/** Only what a person has confirmed may be said on the air. */
export function mayBeAnnounced(hit: Hit): boolean {
  return hit.name === 'confirmed';
}

/** Of `ann-hit`: where it was read last. */
export function announcementFields(hit: Hit): Fields {
  const { camera, heading } = hit.merged.at(-1) ?? hit;
  const fields: Record<string, FieldValue> = { vehicle: hit.vehicle, place: camera };
  if (heading !== undefined) fields.heading = heading;
  return fields;
}

function take(
  state: HitState,
  { read, sameAs }: Extract<HitEvent, { name: 'read' }>,
  nowMs: number,
  actions: HitAction[],
): HitState {
  const { rules } = state;
  for (const known of state.hits.values()) {
    const before = [known, ...known.merged].find((each) => isSameMessage(each, read));
    if (before === undefined) continue;
    const alike = saysTheSame(before, read) && (known.sameAs === undefined || known.sameAs === sameAs);
    actions.push({ name: 'taken', as: alike ? 'repeated' : 'conflict', hit: known.hit });
    return state;
  }
  const known =
    sameAs === undefined
      ? undefined
      : [...state.hits.values()].find((hit) => hit.sameAs === sameAs && hit.exercise === read.exercise);
  if (known !== undefined) {
    // A vehicle that is read again and again stays one hit; the latest place is what helps.
    const reads = [...known.merged, read].slice(-rules.mergedMax);
    const merged: Hit = { ...known, merged: reads, sameUntilMs: nowMs + rules.sameMs };
    actions.push({ name: 'taken', as: 'merged', hit: known.hit }, { name: 'changed', hit: merged });
    return withHit(state, merged);
  }
  const hit: Hit = {
    ...read,
    hit: state.counted + 1,
    name: 'unvalidated',
    sinceMs: nowMs,
    merged: [],
    ...(sameAs === undefined ? {} : { sameAs }),
    sameUntilMs: nowMs + rules.sameMs,
  };
  actions.push({ name: 'taken', as: 'new', hit: hit.hit }, { name: 'changed', hit });
  return withHit({ ...withRoom(state, read.exercise, actions), counted: hit.hit }, hit);
}

function validate(
  state: HitState,
  event: Extract<HitEvent, { name: 'validate' }>,
  nowMs: number,
  actions: HitAction[],
): HitState {
  const { request, person } = event;
  const hit = state.hits.get(event.hit);
  const checked = event.checked.trim();
  const refusal =
    hit === undefined
      ? 'unknown-hit'
      : hit.name === 'confirmed' || hit.name === 'rejected'
        ? 'already-validated'
        : checked === ''
          ? 'not-checked'
          : undefined;
  actions.push({ name: 'answer', request, ...(refusal === undefined ? {} : { refusal }) });
  if (hit === undefined || refusal !== undefined) return state;
  const validated: Hit = { ...hit, name: event.result, validated: { by: person, checked, atMs: nowMs } };
  actions.push({ name: 'changed', hit: validated });
  return withHit(state, validated);
}

/** Forgets vehicles after their time, and lets lapse what nobody looked at. */
function age(state: HitState, nowMs: number, actions: HitAction[]): HitState {
  const { rules } = state;
  let aged = state;
  for (const hit of state.hits.values()) {
    if (hit.sameAs !== undefined && nowMs >= hit.sameUntilMs) {
      const { sameAs: _, ...forgotten } = hit;
      aged = withHit(aged, forgotten);
    }
    const now = aged.hits.get(hit.hit);
    if (now?.name === 'unvalidated' && nowMs >= hit.sinceMs + rules.lapseMs) {
      const lapsed: Hit = { ...now, name: 'lapsed' };
      actions.push({ name: 'changed', hit: lapsed });
      aged = withHit(aged, lapsed);
    }
  }
  return aged;
}

function forget(state: HitState, hits: readonly number[], actions: HitAction[]): HitState {
  const there = hits.filter((hit) => state.hits.has(hit));
  for (const hit of there) actions.push({ name: 'forgotten', hit });
  return there.reduce(without, state);
}

/** Of its kind, what has been settled goes first, the oldest of it. */
function withRoom(state: HitState, exercise: true | undefined, actions: HitAction[]): HitState {
  const { keptMax, exercisesMax } = state.rules;
  const all = [...state.hits.values()].filter((hit) => hit.exercise === exercise);
  if (all.length < (exercise ? exercisesMax : keptMax)) return state;
  const oldest = all.find(({ name }) => name !== 'unvalidated') ?? all[0];
  if (oldest === undefined) return state;
  actions.push({ name: 'gaveWay', hit: oldest });
  return without(state, oldest.hit);
}

function withHit(state: HitState, hit: Hit): HitState {
  return { ...state, hits: new Map(state.hits).set(hit.hit, hit) };
}

function without(state: HitState, hit: number): HitState {
  const hits = new Map(state.hits);
  hits.delete(hit);
  return { ...state, hits };
}

function isSameMessage(one: Read, other: Read): boolean {
  return one.source === other.source && one.reference === other.reference;
}

function saysTheSame(one: Read, other: Read): boolean {
  const said = ({ camera, heading, vehicle, reason }: Read): readonly string[] =>
    [camera, heading, vehicle, reason].flatMap((words) => [
      words?.fr ?? '',
      words?.nl ?? '',
      words?.en ?? '',
      words?.de ?? '',
    ]);
  const others = said(other);
  if (one.exercise !== other.exercise) return false;
  return one.readUtcMs === other.readUtcMs && said(one).every((words, index) => words === others[index]);
}
