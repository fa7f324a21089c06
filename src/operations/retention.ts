/**
 * How long what kind of data is kept, what is held for a court, and who may change that: from facts and time, what must
 * go. Whole UTC days, so that it is plain what is there. Pure.
 *
 * A rule is a kind, or the kind with a country behind it: `voiceSharedGroup`, `voiceNationalLeg.FR`, `hit.FR`. Of all that
 * apply the shortest wins: what is said on a shared group falls under the law of everyone whose talkgroup is joined, and what
 * is of no group under that of everybody.
 */
import { defaultPermissions, type RefusalCause, refusalOf } from './permissions.ts';
import type { Person } from './terms.ts';

/** Days by rule. */
export type RetentionValues = Readonly<Record<string, number>>;

/** Of any rule. */
export const daysBounds = { min: 1, max: 36_600 } as const;
const daysMax = daysBounds.max;
/** Kinds of which a country may have a rule of its own. */
export const nationalKinds = ['voiceNationalLeg', 'borderRecord', 'hit', 'handOver', 'timeline', 'actionLog'] as const;
const dayMs = 24 * 3_600_000;
/** Of an over only its begin is known here: it may reach so far into a hold. */
const overMsMax = 3_600_000;

/** What is kept until its days are over (docs/evidence.md). */
export const keptKinds = [
  'voice',
  'borderRecord',
  'hit',
  'handOver',
  'timeline',
  'actionLog',
  /** A document that could not be read; it has no rule of its own. */
  'laidAside',
] as const;
export type KeptKind = (typeof keptKinds)[number];

/** Something that is kept, in one piece. */
export interface Kept {
  readonly kind: KeptKind;
  /** What it tells of, whose rules it falls under as well. */
  readonly about?: KeptKind;
  /** Undefined: it belongs to no group. */
  readonly group: string | undefined;
  /** Of the networks that are joined there; undefined: nobody knows any more, so that every country's rule applies. */
  readonly countries: readonly string[] | undefined;
  /** Its time; of an over both are its begin, by which its day is meant. */
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
}

export interface Hold {
  readonly hold: number;
  /** From and before. */
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
  /** Undefined: of all groups, and of none. */
  readonly groups: readonly string[] | undefined;
}

export interface Verdict {
  readonly is: 'kept' | 'held' | 'due';
  /** The one that decides, and its days. */
  readonly rule: string;
  readonly days: number;
  /** By which it is held. */
  readonly hold?: number;
}

export function judgeKept(kept: Kept, values: RetentionValues, holds: readonly Hold[], utcMs: number): Verdict {
  const { rule, days } = ruleOf(kept, values);
  if (kept.toUtcMs >= keptFrom(days, utcMs)) return { is: 'kept', rule, days };
  const hold = holdOf(kept, holds);
  return hold === undefined ? { is: 'due', rule, days } : { is: 'held', rule, days, hold };
}

/** The first that keeps it beyond its time. */
export function holdOf(kept: Kept, holds: readonly Hold[]): number | undefined {
  return holds.find((each) => isHeld(kept, each))?.hold;
}

/** Begin of the oldest UTC day that is kept, ms. */
export function keptFrom(days: number, utcMs: number): number {
  return Math.floor(utcMs / dayMs - days) * dayMs;
}

function isHeld({ kind, group, fromUtcMs, toUtcMs }: Kept, hold: Hold): boolean {
  const isOfGroup = hold.groups === undefined || group === undefined || hold.groups.includes(group);
  const lastsMs = kind === 'voice' ? overMsMax : 0;
  return isOfGroup && fromUtcMs < hold.toUtcMs && toUtcMs + lastsMs >= hold.fromUtcMs;
}

/** The shortest of all rules that apply. */
export function ruleOf(
  kept: Pick<Kept, 'kind' | 'countries' | 'about'>,
  values: RetentionValues,
): Pick<Verdict, 'rule' | 'days'> {
  const ruled = Object.entries(values).filter(([rule]) => appliesTo(rule, kept));
  const [rule = kept.kind, days = daysMax] = ruled.sort(([, one], [, other]) => one - other)[0] ?? [];
  return { rule, days };
}

/** Of all voice, whatever its group; Infinity where no rule says. Days. */
export function shortestOfVoice(values: RetentionValues): number {
  const ofVoice = Object.entries(values).filter(([rule]) => rule.startsWith('voice'));
  return Math.min(Infinity, ...ofVoice.map(([, days]) => days));
}

/** Of those kinds, whatever their countries: what is no older than that, no rule of theirs removes. Days. */
export function shortestOf(kinds: readonly KeptKind[], values: RetentionValues): number {
  const ofThem = Object.entries(values).filter(([rule]) => kinds.some((kind) => kind === rule.split('.')[0]));
  return Math.min(daysMax, ...ofThem.map(([, days]) => days));
}

function appliesTo(rule: string, { kind, countries, about }: Pick<Kept, 'kind' | 'countries' | 'about'>): boolean {
  const [ruled, country] = rule.split('.');
  const isOfCountry = country === undefined || (countries?.includes(country) ?? true);
  // Nobody knows what it tells of.
  if (kind === 'laidAside' && about === undefined) return isOfCountry;
  const kinds: readonly (string | undefined)[] =
    kind === 'voice' ? ['voiceSharedGroup', 'voiceNationalLeg'] : [kind, about];
  return kinds.includes(ruled) && isOfCountry;
}

/** "voiceNationalLeg.FR", "hit.FR" or "actionLog", as they are in force now. */
function isRule(rule: string, values: RetentionValues): boolean {
  const [kind, country = '', ...more] = rule.split('.');
  const isNational = nationalKinds.some((each) => each === kind) && /^[A-Z]{2}$/.test(country) && more.length === 0;
  return Object.hasOwn(values, rule) || isNational;
}

// ── Who may change it ────────────────────────────────────────────────────────────────────────────────────────────────

export interface RetentionPerson extends Person {
  readonly country: string;
}

export type RetentionRefusal =
  | RefusalCause
  | 'no-reason'
  | 'unknown-rule'
  | 'days-out-of-range'
  /** One of the two has to be of the country that it is about; of all countries: the two are of different ones. */
  | 'second-person-other-country';

export interface RetentionDeed {
  readonly by: RetentionPerson;
  readonly second: RetentionPerson | undefined;
  readonly reason: string;
  /** Countries of all who may do it with another. */
  readonly countries: ReadonlySet<string>;
  /** Whose data it is about; undefined: everybody's. */
  readonly country: string | undefined;
}

/** Two persons, of which one speaks for the country that it is about. Undefined: they may. */
export function deedRefused({ by, second, reason, countries, country }: RetentionDeed): RetentionRefusal | undefined {
  const refusal = refusalOf(defaultPermissions, by, 'set_retention', second === undefined ? {} : { second });
  if (refusal === 'role') return refusal;
  // Before the second is asked for: the first word waits for him with its reason.
  if (reason.trim() === '') return 'no-reason';
  if (refusal !== undefined) return refusal;
  const both = [by.country, second?.country];
  // Of a country without anybody who may it is everybody's, as what is of no country is.
  const isFit =
    country !== undefined && countries.has(country)
      ? both.includes(country)
      : countries.size < 2 || both[0] !== both[1];
  return isFit ? undefined : 'second-person-other-country';
}

export function changeRefused(
  { rule, days }: { readonly rule: string; readonly days: number },
  values: RetentionValues,
  deed: Omit<RetentionDeed, 'country'>,
): RetentionRefusal | undefined {
  const refusal = deedRefused({ ...deed, country: rule.split('.')[1] });
  if (refusal === 'role') return refusal;
  return wishRefused({ rule, days }, values) ?? refusal;
}

/** Undefined: it can be asked for. */
export function wishRefused(
  { rule, days }: { readonly rule: string; readonly days: number },
  values: RetentionValues,
): 'unknown-rule' | 'days-out-of-range' | undefined {
  if (!isRule(rule, values)) return 'unknown-rule';
  const isPossible = Number.isInteger(days) && days >= daysBounds.min && days <= daysBounds.max;
  return isPossible ? undefined : 'days-out-of-range';
}

/** A hold loses nothing and may be urgent: one who may hold is enough. Undefined: he may. */
export function holdRefused(by: Person, reason: string): RetentionRefusal | undefined {
  return refusalOf(defaultPermissions, by, 'hold_evidence') ?? (reason.trim() === '' ? 'no-reason' : undefined);
}

/** What is kept how long, what is held and what was deleted is shown to whoever may set it, with another. */
export function seesRetention({ role }: Pick<Person, 'role'>): boolean {
  return defaultPermissions.set_retention[role] !== 'deny';
}
