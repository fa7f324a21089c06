/** How lines of events are written: to the log, to whoever records them, and refusals that repeat only in part. */
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Meter } from '../meter.ts';
import { Refusals } from '../refusals.ts';

/** Of what a person asked for: who, and why it is refused. */
export interface AskedLine {
  readonly operator: string;
  readonly role: string;
  readonly controlRoom: string;
  readonly refusal?: string;
}

/** Where lines go besides the log, with all that they are about. */
export type RecordLine = (level: Levels, event: string, about: Readonly<Record<string, unknown>>) => void;

interface Line {
  readonly event: string;
  /** The log's own, which nothing may hide. */
  readonly level?: never;
  readonly time?: never;
  readonly line?: never;
  readonly [name: string]: unknown;
}

type Levels = 'info' | 'warn' | 'error';
type Lines = Pick<Logger, 'debug'> & { readonly [level in Levels]: (line: Line) => void };

/** Where every subject writes. */
export interface Desk {
  readonly log: Lines;
  readonly meter: Pick<Meter, 'add' | 'set' | 'observe'>;
  /** Of refusals that repeat: tells what has been counted. */
  readonly flush: () => void;
}

/** The lines go to the log and to `record`, refusals that repeat only in part; without `clock` each is a line. */
export function deskOf(logger: Logger, meter: Meter, record?: RecordLine, clock?: Clock): Desk {
  const log = record === undefined ? logger : recorded(logger, record);
  if (clock === undefined) return { log, meter, flush: () => undefined };
  const refusals = new Refusals(clock, (repeated) => {
    meter.add('refusals_counted_total', repeated.more, { of: repeated.of });
    log.warn({ event: 'refusal.repeated', ...repeated });
  });
  return { log: limited(log, refusals), meter, flush: () => refusals.flush() };
}

/** The same lines to both; an error of the language is recorded by its words. */
function recorded(logger: Logger, record: RecordLine): Lines {
  const both =
    (level: Levels) =>
    (line: Line): void => {
      logger[level](line);
      const { event, ...about } = line;
      record(level, event, 'err' in about ? { ...about, err: wordsOf(about.err) } : about);
    };
  return { debug: logger.debug.bind(logger), info: both('info'), warn: both('warn'), error: both('error') };
}

/** The same lines, but of refusals that repeat only the first. What asks for somebody to act is always written. */
function limited(lines: Lines, refusals: Refusals): Lines {
  const most =
    (level: Levels) =>
    (line: Line): void => {
      const isRefusal = typeof line.refusal === 'string' || line.event.endsWith('.refused');
      if (!isRefusal || refusals.admits(line.event, line)) lines[level](line);
    };
  return { debug: lines.debug.bind(lines), info: most('info'), warn: most('warn'), error: lines.error.bind(lines) };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
