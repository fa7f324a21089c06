/** What every command of the command line has: its options, how many words may follow, and how they are read. Pure. */
import { nearest } from '../base/nearest.ts';

export interface Option {
  /** What follows it; without: nothing. */
  readonly value?: string;
  readonly says: string;
}

/** Options that were given, each with what followed it. */
export type Given = ReadonlyMap<string, string | undefined>;

export type Reading<C> = { readonly ok: true; readonly command: C } | { readonly ok: false; readonly mistake: string };

export interface CommandSpec<C> {
  readonly says: string;
  readonly options: Readonly<Record<string, Option>>;
  /** What may follow its name first, where it has several acts. */
  readonly acts?: readonly string[];
  /** How many words may follow its name; `first`: what does. */
  readonly words?: (first: string | undefined) => number;
  /** The words behind its name are no more than it takes, and options are its own. */
  readonly read: (given: Given, words: readonly string[]) => Reading<C>;
}

/** What every command takes that reads a configuration. */
export const configOption: Option = { value: 'FILE', says: 'configuration of the gateway; found as for start' };

export const oneWord = (): number => 1;
export const twoWords = (): number => 2;

/** `known`: what might have been meant by `word`. */
export function mistake<C>(what: string, word?: string, known?: Iterable<string>, prefix = ''): Reading<C> {
  const best = word === undefined || known === undefined ? undefined : nearest(word, known);
  return { ok: false, mistake: best === undefined ? what : `${what}. Did you mean ${prefix}${best}?` };
}

export function read<C>(command: C): Reading<C> {
  return { ok: true, command };
}

/** The configuration, where one was named. */
export function fileOf(given: Given): { config?: string } {
  const config = given.get('config');
  return config === undefined ? {} : { config };
}

/** What is wrong with them, where something is. */
export function readTimes(given: Given): { fromUtcMs?: number; toUtcMs?: number } | string {
  const times: { fromUtcMs?: number; toUtcMs?: number } = {};
  for (const name of ['from', 'to'] as const) {
    const text = given.get(name);
    if (text === undefined) continue;
    const utcMs = Date.parse(text);
    if (Number.isNaN(utcMs)) return `--${name} must be a time such as 2026-11-29T02:15Z`;
    times[`${name}UtcMs`] = utcMs;
  }
  return times;
}

/** What evidence is meant: a time, or an incident by its name. */
export interface Span {
  readonly fromUtcMs?: number;
  readonly toUtcMs?: number;
  readonly groups?: readonly string[];
  readonly incident?: string;
}

/** What is wrong with it, where something is; `command`: which asks for it. */
export function readSpan(given: Given, command: string): Span | string {
  const times = readTimes(given);
  if (typeof times === 'string') return times;
  const incident = given.get('incident');
  if (incident === undefined && (times.fromUtcMs === undefined || times.toUtcMs === undefined)) {
    return `${command} needs --from and --to, or --incident`;
  }
  if ((times.fromUtcMs ?? -Infinity) >= (times.toUtcMs ?? Infinity)) return '--from must be before --to';
  const groups = given.get('group')?.split(',');
  return { ...times, ...(incident !== undefined && { incident }), ...(groups !== undefined && { groups }) };
}
