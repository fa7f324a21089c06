/** How right the gateway's clock was in a time, as the log says: the last word before it, and all within. Pure. */
import { type LogEntry, numberOf, textOf } from './log-entry.ts';
import type { Period } from './recorded.ts';

export interface ClockSaid {
  readonly seq: number;
  readonly utc: string;
  /** agreed (within 50 ms), off, unknown, unmeasured. */
  readonly state: string;
  /** The gateway's minus the reference's: subtracted from a stamp it gives the reference's time. */
  readonly offsetMs?: number;
  readonly boundMs?: number;
  readonly source?: string;
}

/** `entries`: of `clock.quality`, in their order; others are passed over. */
export function clockSaid(entries: readonly LogEntry[], { fromUtcMs, toUtcMs }: Period): readonly ClockSaid[] {
  const said = entries.filter(({ event, utcMs }) => event === 'clock.quality' && utcMs < toUtcMs);
  const before = said.findLast(({ utcMs }) => utcMs < fromUtcMs);
  return said.filter((entry) => entry === before || entry.utcMs >= fromUtcMs).map(read);
}

function read(entry: LogEntry): ClockSaid {
  const offsetMs = numberOf(entry, 'offsetMs');
  const boundMs = numberOf(entry, 'boundMs');
  const source = textOf(entry, 'source');
  return {
    seq: entry.seq,
    utc: new Date(entry.utcMs).toISOString(),
    state: textOf(entry, 'state'),
    ...(offsetMs !== undefined && { offsetMs }),
    ...(boundMs !== undefined && { boundMs }),
    ...(source !== '' && { source }),
  };
}
