/**
 * Every kind of personal data that the gateway has, and how long: what deletion reports and the register of processing say
 * of it, also of what is kept nowhere. Pure.
 */
import type { KeptKind, RetentionValues } from './retention.ts';

export interface DataKind {
  /** As deletion reports name it. */
  readonly data: string;
  /** What retention removes of it; undefined: nothing, it goes by itself. */
  readonly kind?: KeptKind;
  /** Of the timeline. */
  readonly part?: string;
  /** How long it is kept where no rule says, or what is kept of it. */
  readonly words?: string;
}

export const dataKinds: readonly DataKind[] = [
  { data: 'recordings', kind: 'voice' },
  { data: 'border-records', kind: 'borderRecord' },
  { data: 'hits', kind: 'hit' },
  { data: 'hand-overs', kind: 'handOver' },
  { data: 'timeline', kind: 'timeline' },
  { data: 'audit-log', kind: 'actionLog' },
  {
    data: 'laid-aside',
    kind: 'laidAside',
    words:
      'documents that could not be read: by the rule of what they are of (border records, hits, hand-overs), any other by the shortest of all, from when they were laid aside',
  },
  {
    data: 'emergencies',
    ...{ kind: 'timeline', part: 'emergency' },
    words:
      'kept while they are open, with the place that the radio said; then that one was raised and who answered it stands in the timeline and the audit log, by their rules',
  },
  {
    data: 'texts',
    ...{ kind: 'timeline', part: 'text' },
    words:
      'not kept: words are in memory until the next start of the gateway; that one was written stands in the timeline and the audit log, by their rules',
  },
  {
    data: 'statuses',
    ...{ kind: 'timeline', part: 'status' },
    words: 'in memory until the next start of the gateway; in the timeline by its rule',
  },
  {
    data: 'positions',
    words:
      'not kept: in memory until the next one or the next start of the gateway; that of a radio in an emergency with that emergency while it is open',
  },
  { data: 'last-minutes', words: 'voice to be heard again: in memory, 15 minutes' },
  { data: 'packages', words: 'of incidents, that wait to be fetched: a day; who ordered them why: seven days' },
];

/** Of what was removed, as a report lists it. */
export interface RemovedOf {
  readonly kind: KeptKind;
  readonly part?: string;
  readonly day: string;
  readonly count: number;
}

/** One a kind of data: how long it is kept, how much of it was removed, and of which days that was. */
export interface DataSaid {
  readonly data: string;
  readonly kept: string;
  readonly removed: number;
  /** UTC days; absent: nothing was removed. */
  readonly from?: string;
  readonly to?: string;
}

export function dataSaid(values: RetentionValues, removed: readonly RemovedOf[]): readonly DataSaid[] {
  return dataKinds.map(({ data, kind, part, words }) => {
    const his = removed.filter((each) => each.kind === kind && (part === undefined || each.part === part));
    const days = his.map(({ day }) => day).sort();
    const [from] = days;
    const to = days.at(-1);
    return {
      ...{ data, kept: words ?? ruleWords(kind, values) },
      removed: his.reduce((sum, { count }) => sum + count, 0),
      ...(from !== undefined && to !== undefined && { from, to }),
    };
  });
}

/** `60 days; BE 365, FR 60: the shortest that applies`. */
export function ruleWords(kind: KeptKind | undefined, values: RetentionValues): string {
  if (kind === undefined) return '';
  const [own, ofCountry] = kind === 'voice' ? ['voiceSharedGroup', 'voiceNationalLeg'] : [kind, kind];
  const national = Object.entries(values)
    .filter(([rule]) => rule.startsWith(`${ofCountry}.`))
    .map(([rule, days]) => `${rule.slice(-2)} ${days}`)
    .sort();
  const days = values[own] === undefined ? 'no rule' : `${values[own]} days`;
  return national.length === 0 ? days : `${days}; ${national.join(', ')}: the shortest that applies`;
}
