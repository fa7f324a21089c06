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

/** `name`: as `aboutOf` takes it. Undefined: not in the log. */
export function incidentSpan(entries: readonly LogEntry[], name: string, nowUtcMs: number): IncidentSpan | undefined {
  const all = entries.filter(aboutOf(name, entries));
  // A plan is the same one each time: the last time that it was activated is meant.
  const named = all.slice(Math.max(0, all.findLastIndex(isActivation)));
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

function isActivation(entry: LogEntry): boolean {
  return entry.event === 'plan.changed' && textOf(entry, 'what') === 'activate' && textOf(entry, 'refusal') === '';
}

/** Of several incidents: from the first of their times to the last, and the groups of all. */
export function spanOfAll(spans: readonly IncidentSpan[]): IncidentSpan {
  return {
    fromUtcMs: Math.min(...spans.map(({ fromUtcMs }) => fromUtcMs)),
    toUtcMs: Math.max(...spans.map(({ toUtcMs }) => toUtcMs)),
    // One that names no group is about all.
    groups: spans.every(({ groups }) => groups.size > 0)
      ? new Set(spans.flatMap(({ groups }) => [...groups]))
      : new Set(),
  };
}

/**
 * Which entries are about what has that name: a border record, an alert plan, the reference that a camera gave a hit, or
 * `H` or `E` and our own number of a hit or an emergency. `among`: entries that tell whose the reference is. Who
 * exported it or asked for it is among them.
 */
export function aboutOf(name: string, among: Iterable<LogEntry>): (entry: LogEntry) => boolean {
  const hits = new Set<number>();
  const emergencies = new Set<number>();
  const [, letter, digits] = /^([EH])(\d+)$/.exec(name) ?? [];
  if (letter !== undefined) (letter === 'E' ? emergencies : hits).add(Number(digits));
  for (const entry of among) {
    const hit = numberOf(entry, 'hit');
    if (hit !== undefined && textOf(entry, 'reference') === name) hits.add(hit);
  }
  return (entry) => {
    if (textOf(entry, 'record') === name || textOf(entry, 'plan') === name) return true;
    if (textOf(entry, 'incident').split(',').includes(name) || textOf(entry, 'search') === name) return true;
    return (
      hits.has(numberOf(entry, 'hit') ?? Number.NaN) || emergencies.has(numberOf(entry, 'emergency') ?? Number.NaN)
    );
  };
}
