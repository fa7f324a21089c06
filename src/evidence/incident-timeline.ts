/**
 * What happened, out of the audit log: the timeline of consoles holds two days and proves nothing, the log is chained and
 * signed. Each line names the entry that it is taken from. Pure.
 */
import { groupOf, type LogEntry, numberOf, textOf } from './log-entry.ts';
import type { Recorded } from './recorded.ts';

export const timelineKinds = [
  'over',
  'data',
  'text',
  'crossing',
  'emergency',
  'group',
  'announcement',
  'plan',
  'hit',
  'leg',
  'permission',
  'hand-over',
  'line',
  'intercom',
  'listening',
  'evidence',
  'gateway',
] as const;
export type TimelineKind = (typeof timelineKinds)[number];

export interface TimelineLine {
  /** Entry of the log. */
  readonly seq: number;
  /** An over's beginning, all else when it was logged. */
  readonly utcMs: number;
  readonly kind: TimelineKind;
  readonly group: string;
  /** A code: how it ended, what was done. */
  readonly what: string;
  readonly who?: string;
  readonly about?: string;
  /** As persons said them, and what the gateway said on the air. */
  readonly words?: string;
  readonly refusal?: string;
  readonly exercise?: true;
  readonly durationMs?: number;
  readonly lostMs?: number;
  readonly emergency?: true;
  /** Recordings of it, in the folder of recordings. */
  readonly files?: readonly string[];
}

const kinds: Readonly<Record<string, TimelineKind>> = {
  'over.ended': 'over',
  'data.received': 'data',
  'text.sent': 'text',
  'border.changed': 'crossing',
  'emergency.changed': 'emergency',
  'bridging.changed': 'group',
  'talker.removed': 'group',
  'announcement.ended': 'announcement',
  'plan.changed': 'plan',
  'hit.changed': 'hit',
  'leg.changed': 'leg',
  'leg.moved': 'leg',
  'leg.shed': 'leg',
  'permission.refused': 'permission',
  'shift.changed': 'hand-over',
  'line.changed': 'line',
  'intercom.changed': 'intercom',
  'over.recalled': 'listening',
  'audit.away': 'evidence',
  'audit.back': 'evidence',
  'audit.lines-missing': 'evidence',
  'audit.key-not-kept': 'evidence',
  'recording.missing': 'evidence',
  'recording.away': 'evidence',
  'recording.back': 'evidence',
  'recording.deleted': 'evidence',
  'evidence.exported': 'evidence',
  'audit.searched': 'evidence',
  'backup.restored': 'evidence',
  'gateway.starting': 'gateway',
  'gateway.stopped': 'gateway',
  'gateway.failed': 'gateway',
  'gateway.crashed': 'gateway',
  'voice.died': 'gateway',
};

/** By time. Events that an operator would not tell of the day are left out; the log has them. */
export function timelineOf(entries: readonly LogEntry[], recorded: readonly Recorded[]): readonly TimelineLine[] {
  const files = Map.groupBy(recorded, ({ group, over }) => `${group} ${over}`);
  const lines = entries.flatMap((entry) => {
    const kind = kinds[entry.event];
    // Where a unit is says itself every few seconds, and not where; when it did stands in the log.
    if (kind === undefined || textOf(entry, 'data') === 'position') return [];
    return [lineOf(entry, kind, files.get(`${groupOf(entry)} ${numberOf(entry, 'over')}`) ?? [])];
  });
  return lines.sort((one, other) => one.utcMs - other.utcMs || one.seq - other.seq);
}

function lineOf(entry: LogEntry, kind: TimelineKind, recorded: readonly Recorded[]): TimelineLine {
  const { seq, about } = entry;
  const said = (...names: string[]): string =>
    names.map((name) => textOf(entry, name)).find((text) => text !== '') ?? '';
  const durationMs = numberOf(entry, 'durationMs');
  const lostMs = numberOf(entry, 'lostMs') ?? 0;
  const files = recorded.flatMap(({ file }) => (file === '' ? [] : [file]));
  const texts = { who: said('operator', 'callSign', 'talker', 'party'), about: aboutOf(entry), words: wordsOf(entry) };
  const refusal = said('refusal');
  return {
    seq,
    utcMs: kind === 'over' ? entry.utcMs - (durationMs ?? 0) : entry.utcMs,
    kind,
    group: groupOf(entry),
    what: said('end', 'what', 'state', 'data', 'permission', 'why') || entry.event,
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')),
    ...(refusal !== '' && { refusal }),
    ...((about.exercise === true || said('exercise') === 'under-way') && { exercise: true }),
    ...(durationMs !== undefined && { durationMs }),
    ...(lostMs > 0 && { lostMs }),
    ...(about.emergency === true && { emergency: true }),
    ...(files.length > 0 && { files }),
  };
}

const aboutNames = [
  'leg',
  'talkgroup',
  'record',
  'place',
  'unit',
  'plan',
  'announcement',
  'directLine',
  'source',
  'reference',
  'colleague',
  'called',
  'second',
];

function aboutOf(entry: LogEntry): string {
  const texts = aboutNames.map((name) => textOf(entry, name));
  const level = numberOf(entry, 'planLevel');
  return [...texts, ...(level === undefined ? [] : [`${level}`])].filter((text) => text !== '').join(' · ');
}

function wordsOf(entry: LogEntry): string {
  const texts = entry.about.texts;
  const said = Array.isArray(texts) ? texts.filter((text) => typeof text === 'string') : [];
  return [textOf(entry, 'words'), textOf(entry, 'reason'), textOf(entry, 'checked'), ...said]
    .filter((text) => text !== '')
    .join(' · ');
}
