/** Words of the page of retention. */
import { useTranslation } from 'react-i18next';
import { type KeptKind, type RetentionModel, ruleOf } from '../model/retention.ts';
import { entryKinds } from '../model/timeline.ts';
import { zonedText } from '../model/zoned-time.ts';
import { countryName } from './format.ts';
import { useView } from './session-context.tsx';

/** What the page has words of its own for. */
const faults = [
  'unreachable',
  'locked',
  'rate',
  'away',
  'not-permitted',
  'no-session',
  'unknown-rule',
  'days-out-of-range',
  'hold-unknown',
  'group-unknown',
  'incident-unknown',
  'no-time',
  'second-person-other-country',
  'second-person-may-not',
] as const;

/** Key of the words for why something was refused. */
export function retentionFaultKey(fault: string) {
  return `fleet.retention.fault.${faults.find((each) => each === fault) ?? 'other'}` as const;
}

/** The rule in words, with its country; as it is where the page does not know it. */
export function useRuleName(): (rule: string) => string {
  const { t, i18n } = useTranslation();
  return (rule) => {
    const known = ruleOf(rule);
    if (known === undefined) return rule;
    const country = countryName(known.country, i18n.language);
    const kind = t(`fleet.retention.rule.${known.name}`, { country });
    const isNational = known.country !== '' && known.name !== 'voiceNationalLeg';
    return isNational ? t('fleet.retention.national', { kind, country }) : kind;
  };
}

/** `2026-11-29 02:14`, at the gateway's place: years may lie between. */
export function useInstant(): (utcMs: number) => string {
  const { model } = useView();
  return (utcMs) => zonedText(utcMs, model.timezone).replace('T', ' ');
}

/** A group as people call it; of the log there is none. */
export function useGroupName({ groups }: RetentionModel): (group: string) => string {
  return (group) => groups.find((each) => each.group === group)?.short ?? (group === '' ? '–' : group);
}

/** `Recordings: 12`, `Entries of the timeline: 7 (Texts)`. */
export function useKindCount(): (of: { kind: KeptKind; part?: string; count: number }) => string {
  const { t, i18n } = useTranslation();
  return ({ kind, part, count }) => {
    const words = t(`fleet.retention.count.${kind}`, { n: count.toLocaleString(i18n.language) });
    const known = entryKinds.find((each) => each === part);
    return known === undefined ? words : `${words} (${t(`timeline.kind.${known}`)})`;
  };
}
