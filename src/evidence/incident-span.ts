/** The time of an incident that has a name, as far as the log tells it: whoever exports need not look for it. Pure. */
import { groupOf, type LogEntry, numberOf, textOf } from './log-entry.ts';

/** Events in which an incident is named, or ends. */
export const incidentEvents = [
  'border.changed',
  'plan.changed',
  'hit.changed',
  'emergency.changed',
  'bridging.changed',
] as const;

export interface IncidentSpan {
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
  /** Shared groups that it names; empty: none, so all count. */
  readonly groups: ReadonlySet<string>;
}

/** Before its first word and behind its last. */
const leadMs = 60_000;
/** What is still said on its groups when nobody closed them. */
const openMs = 30 * 60_000;
/** A group that is closed later was closed for something else. */
const closeMsMax = 6 * 3_600_000;

const closings: ReadonlySet<string> = new Set(['close', 'closed', 'expired']);

/** `name`: a border record, an alert plan, `H` or `E` and the number of a hit or an emergency. Undefined: not in the log. */
export function incidentSpan(entries: readonly LogEntry[], name: string, nowUtcMs: number): IncidentSpan | undefined {
  const named = entries.filter((entry) => isAbout(entry, name));
  const first = named[0];
  const last = named.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const groups = new Set(named.map(groupOf).filter((group) => group !== ''));
  const closed = entries.find((entry) => {
    const isClosing = entry.event === 'bridging.changed' && closings.has(textOf(entry, 'what'));
    const isLater = entry.seq > last.seq && entry.utcMs - last.utcMs <= closeMsMax;
    return isClosing && isLater && textOf(entry, 'refusal') === '' && groups.has(groupOf(entry));
  });
  const endUtcMs = closed?.utcMs ?? last.utcMs + (groups.size > 0 ? openMs : 0);
  return { fromUtcMs: first.utcMs - leadMs, toUtcMs: Math.min(nowUtcMs, endUtcMs + leadMs), groups };
}

function isAbout(entry: LogEntry, name: string): boolean {
  if (textOf(entry, 'record') === name || textOf(entry, 'plan') === name) return true;
  const [, letter, digits] = /^([EH])-?(\d+)$/.exec(name) ?? [];
  if (letter === undefined) return false;
  return numberOf(entry, letter === 'E' ? 'emergency' : 'hit') === Number(digits);
}
