/** How long evidence is kept, as the gateway tells it (/api/v1/retention), and what is asked of it. Pure. */
import { zonedUtcMs } from './zoned-time.ts';

const keptKinds = ['voice', 'borderRecord', 'hit', 'handOver', 'timeline', 'actionLog', 'laidAside'] as const;
export type KeptKind = (typeof keptKinds)[number];

export interface RetentionRule {
  readonly rule: string;
  readonly days: number;
  readonly setBy?: string;
  readonly setUtcMs?: number;
  readonly keptFrom: string;
}

export interface GroupKept {
  readonly group: string;
  readonly short: string;
  readonly countries: readonly string[];
  readonly rule: string;
  readonly days: number;
}

export interface Hold {
  readonly hold: number;
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
  /** Undefined: all. */
  readonly groups?: readonly string[];
  readonly reason: string;
  readonly by: string;
  readonly country: string;
  readonly sinceUtcMs: number;
  /** One person has asked to lift it. */
  readonly lift?: { readonly by: string; readonly isOwn: boolean; readonly untilUtcMs: number };
}

interface Gone {
  readonly kind: KeptKind;
  /** Of the timeline: the kind of entry. */
  readonly part?: string;
  readonly day: string;
  readonly group: string;
  readonly rule: string;
  readonly days: number;
  readonly count: number;
}

export interface DeletionReport {
  readonly day: string;
  readonly madeUtcMs: number;
  readonly removed: readonly (Gone & { readonly octets: number })[];
  readonly more: number;
  readonly spared: number;
}

export interface NextGone extends Gone {
  readonly goes: string;
  readonly hold?: number;
}

/** One auditor has asked for it, and a second may until then. */
export interface AskedChange {
  readonly rule: string;
  readonly days: number;
  readonly reason: string;
  readonly by: string;
  readonly isOwn: boolean;
  readonly untilUtcMs: number;
}

/** What would become of it. */
export interface ChangePreview {
  readonly rule: string;
  readonly days: number;
  /** Undefined: there is no such rule yet. */
  readonly daysBefore?: number;
  readonly goes: readonly (Gone & { readonly hold?: number })[];
  readonly more: number;
  readonly groups: readonly (GroupKept & { readonly daysBefore: number })[];
}

export interface RetentionModel {
  readonly halted?: string;
  readonly rules: readonly RetentionRule[];
  readonly groups: readonly GroupKept[];
  readonly holds: readonly Hold[];
  readonly reports: readonly DeletionReport[];
  readonly reportFault?: string;
  readonly next: readonly NextGone[];
  readonly nextMore: number;
  readonly pending: readonly Pick<Gone, 'kind' | 'day' | 'group'>[];
  readonly asked: readonly AskedChange[];
  /** Rules of one country that are not in force. */
  readonly mayAdd: readonly string[];
  /** Days that any rule may have. */
  readonly bounds: { readonly min: number; readonly max: number };
  readonly mayHold: boolean;
}

/** Whom the page of it is offered; the gateway decides. */
export function seesRetention(role: string | undefined): boolean {
  return role === 'auditor';
}

const ruleNames = [
  'voiceSharedGroup',
  'voiceNationalLeg',
  'borderRecord',
  'hit',
  'handOver',
  'timeline',
  'actionLog',
] as const;

/** `voiceNationalLeg.FR`: the rule and its country; undefined: a rule that this page does not know. */
export function ruleOf(
  rule: string,
): { readonly name: (typeof ruleNames)[number]; readonly country: string } | undefined {
  const [name, country = ''] = rule.split('.');
  const known = ruleNames.find((each) => each === name);
  return known && { name: known, country };
}

/** How much of each kind a report lists; kinds of which there is nothing are left out. */
export function sumsOf({ removed }: DeletionReport): readonly { readonly kind: KeptKind; readonly count: number }[] {
  return keptKinds.flatMap((kind) => {
    const count = removed.reduce((sum, each) => sum + (each.kind === kind ? each.count : 0), 0);
    return count === 0 ? [] : [{ kind, count }];
  });
}

/** As it stands in the form; times as `2026-11-29T02:14` in the gateway's zone. */
export interface HoldForm {
  readonly incident: string;
  readonly from: string;
  readonly to: string;
  /** None: all. */
  readonly groups: readonly string[];
  readonly reason: string;
}

export interface HoldWish {
  readonly reason: string;
  readonly incident?: string;
  readonly fromUtcMs?: number;
  readonly toUtcMs?: number;
  readonly groups?: readonly string[];
}

/**
 * What is asked of the gateway. Undefined: a reason is missing, or there is neither an incident nor the time from which on it
 * is held, or a time is none, or ends before it begins.
 */
export function holdWishOf({ incident, from, to, groups, reason }: HoldForm, timeZone: string): HoldWish | undefined {
  const fromUtcMs = from === '' ? undefined : zonedUtcMs(from, timeZone);
  const toUtcMs = to === '' ? undefined : zonedUtcMs(to, timeZone);
  const isUnread = (from !== '' && fromUtcMs === undefined) || (to !== '' && toUtcMs === undefined);
  const isAboutNothing = incident.trim() === '' && fromUtcMs === undefined;
  const isReversed = fromUtcMs !== undefined && toUtcMs !== undefined && fromUtcMs >= toUtcMs;
  if (reason.trim() === '' || isUnread || isAboutNothing || isReversed) return undefined;
  return {
    reason: reason.trim(),
    ...(incident.trim() !== '' && { incident: incident.trim() }),
    ...(fromUtcMs !== undefined && { fromUtcMs }),
    ...(toUtcMs !== undefined && { toUtcMs }),
    ...(groups.length > 0 && { groups }),
  };
}
