import type { Facts } from '../../scenario/facts.ts';
import type { LogLine } from '../interop/support/gateway.ts';

export const startMs = Date.parse('2026-11-29T02:14:00Z');

/** Nothing happened but what is given. */
export function factsWith(change: Partial<Facts>): Facts {
  return {
    ...{
      heard: [],
      told: [],
      said: [],
      shown: [],
      noticed: [],
      done: [],
      announced: [],
      log: [],
      hits: [],
      seen: [],
      recorded: [],
      exported: [],
      verified: [],
      logSearches: [],
    },
    ...{ startMs, endMs: startMs + 600_000 },
    ...change,
  };
}

/** A line of the gateway's log, so many ms after the start. */
export function logged(afterMs: number, event: string, fields: Readonly<Record<string, unknown>>): LogLine {
  return { event, time: new Date(startMs + afterMs).toISOString(), ...fields };
}

export function shown(afterMs: number, person: string, group: string, change: Partial<Facts['shown'][number]> = {}) {
  return {
    ...{ atMs: startMs + afterMs, person, group, state: 'idle', talker: '', lines: '', cut: '', strip: '', legs: [] },
    ...change,
  };
}
