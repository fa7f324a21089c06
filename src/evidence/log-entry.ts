/** Entries of the audit log as evidence reads them. Pure. */
import { z } from 'zod';

const entrySchema = z.object({
  seq: z.int().min(1),
  utc: z.iso.datetime(),
  run: z.string(),
  line: z.int(),
  upMs: z.number(),
  level: z.string(),
  event: z.string(),
  about: z.record(z.string(), z.unknown()),
});

export interface LogEntry {
  readonly seq: number;
  readonly utcMs: number;
  /** Of the process that wrote it, and its lines from 1 in there. */
  readonly run: string;
  readonly line: number;
  /** Since that process started, ms, monotonic. */
  readonly upMs: number;
  readonly event: string;
  readonly about: Readonly<Record<string, unknown>>;
}

/** @throws Error when the text is no entry: the log itself is broken */
export function readEntry(text: string): LogEntry {
  const { utc, seq, run, line, upMs, event, about } = entrySchema.parse(JSON.parse(text));
  return { seq, utcMs: Date.parse(utc), run, line, upMs, event, about };
}

/** What an entry says under that name, where it is a text; else ''. */
export function textOf({ about }: Pick<LogEntry, 'about'>, name: string): string {
  const value = about[name];
  return typeof value === 'string' ? value : '';
}

/** What an entry says under that name, where it is a number; else undefined. */
export function numberOf({ about }: Pick<LogEntry, 'about'>, name: string): number | undefined {
  const value = about[name];
  return typeof value === 'number' ? value : undefined;
}

/** The shared group that an entry is about; '' where it is about none. */
export function groupOf(entry: Pick<LogEntry, 'about'>): string {
  const leg = textOf(entry, 'leg');
  // A leg's id is that of its group, a slash and that of its talkgroup.
  return textOf(entry, 'group') || leg.slice(0, Math.max(0, leg.indexOf('/')));
}

/** All shared groups that it names: what somebody looked for or took along, too. */
export function groupsOf(entry: Pick<LogEntry, 'about'>): readonly string[] {
  const { groups } = entry.about;
  const several = Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [];
  const group = groupOf(entry);
  return group === '' ? several : [group, ...several];
}
