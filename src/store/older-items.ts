/**
 * What is no longer at hand and still kept: of border records, hits, hand-overs and the timeline only the newest are in the
 * memory of the gateway, and what makes room goes here, until retention removes it. A file a list and UTC day, so that neither
 * writing nor removing reads more than a day:
 *
 *   older/border-records-2026-11-29.jsonl   older/timeline-2026-11-29.jsonl   …
 *
 * Written by the gateway alone, before the document that an item leaves: a kill between leaves it in both, never in none.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Alarm, type Clock } from '../base/clock.ts';
import { systemCode } from '../base/errors.ts';
import { KeptLines, linesIn } from './kept-lines.ts';
import { removeFiles } from './kept-recordings.ts';

export const olderLists = ['border-records', 'hits', 'hand-overs', 'timeline'] as const;
export type OlderList = (typeof olderLists)[number];

export interface OlderItem {
  /** By which its document knows it. */
  readonly name: string;
  /** By which retention judges it: when it ended. */
  readonly utcMs: number;
  readonly item: Readonly<Record<string, unknown>>;
}

export interface OlderPorts {
  readonly clock: Clock;
  /** Whether the disk has all of it, after each attempt. */
  kept(isKept: boolean): void;
  /** So many found room neither on the disk nor in memory. */
  lost(count: number): void;
}

const linePattern = /^(.+)-(\d{4}-\d\d-\d\d)\.jsonl$/;
const againMs = 10_000;
/** That wait for a disk. */
const waitingMax = 5000;

/** `2026-11-29/17`: not to be taken for a young one, should numbers begin anew. */
export function olderName(day: string, name: string): string {
  return `${day}/${name}`;
}

export class OlderItems {
  readonly #stateFolder: string;
  readonly #list: OlderList;
  readonly #ports: OlderPorts;
  readonly #alarm: Alarm;
  #waiting: readonly OlderItem[] = [];

  constructor(stateFolder: string, list: OlderList, ports: OlderPorts) {
    this.#stateFolder = stateFolder;
    this.#list = list;
    this.#ports = ports;
    this.#alarm = new Alarm(ports.clock, () => void this.put([]));
  }

  /** Undefined: the disk has them. Else why not yet, in words of the system; it is tried again until it does. */
  put(items: readonly OlderItem[]): string | undefined {
    const all = [...this.#waiting, ...items];
    const days = [...Map.groupBy(all, ({ utcMs }) => dayOf(utcMs))];
    const left: OlderItem[] = [];
    let fault: string | undefined;
    for (const [day, its] of days) {
      const lines = its.map(({ name, item }) => ({ name, item }));
      const faulty = new KeptLines(fileOf(this.#stateFolder, this.#list, day)).appendAll(lines);
      if (faulty !== undefined) left.push(...its);
      fault ??= faulty;
    }
    this.#waiting = left.slice(-waitingMax);
    if (left.length > waitingMax) this.#ports.lost(left.length - waitingMax);
    this.#alarm.setAt(fault === undefined ? Infinity : this.#ports.clock.nowMs() + againMs);
    if (all.length > 0) this.#ports.kept(fault === undefined);
    return fault;
  }

  /** They have been kept as long as they may be, by `olderName`. False: the disk does not take that now. */
  forget(names: readonly string[]): boolean {
    const gone = new Set(names);
    this.#waiting = this.#waiting.filter(({ name, utcMs }) => !gone.has(olderName(dayOf(utcMs), name)));
    return forgetOlder(this.#stateFolder, this.#list, names) === undefined;
  }

  stop(): void {
    this.#alarm.clear();
  }
}

interface OlderLine {
  readonly day: string;
  readonly name: string;
  readonly item: unknown;
}

/** Of those days alone, as of `olderOn`. @throws Error of the system */
export function olderIn(stateFolder: string, list: OlderList, isOf: (day: string) => boolean): readonly OlderLine[] {
  return olderDays(stateFolder, list)
    .filter(isOf)
    .flatMap((day) => olderOn(stateFolder, list, day));
}

/** In the order in which they came. What is no line of ours is left out. @throws Error of the system */
export function olderOn(stateFolder: string, list: OlderList, day: string): readonly OlderLine[] {
  // A kill may have left it twice, and the later one without what was not at hand any more: the sheet of a hand-over.
  const seen = new Map<string, object>();
  for (const { name, item } of linesOf(stateFolder, list, day)) seen.set(name, { ...seen.get(name), ...item });
  return [...seen].map(([name, item]) => ({ day, name, item }));
}

/** Where no gateway runs as well. Undefined: they are gone. Else why not, in words of the system. */
export function forgetOlder(stateFolder: string, list: OlderList, names: readonly string[]): string | undefined {
  const named = names.flatMap((each) => {
    const [day = '', ...name] = each.split('/');
    return name.length === 0 ? [] : [{ day, name: name.join('/') }];
  });
  const faults = [...Map.groupBy(named, ({ day }) => day)].map(([day, its]) => {
    const gone = new Set(its.map(({ name }) => name));
    const file = fileOf(stateFolder, list, day);
    try {
      if (!existsSync(file)) return undefined;
      const lines = linesOf(stateFolder, list, day);
      const left = lines.filter(({ name }) => !gone.has(name));
      // With what a kill has left of a shortening, which has what was to stay then. For good: a loss of power brings none back.
      if (left.length === 0) removeFiles(dirname(file), [`${basename(file)}.part`, basename(file)]);
      else if (left.length < lines.length) return new KeptLines(file).replace(left);
      return undefined;
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      return `${file}: ${code}`;
    }
  });
  return faults.find((fault) => fault !== undefined);
}

/** In order. */
export function olderDays(stateFolder: string, list: OlderList): readonly string[] {
  const folder = join(stateFolder, 'older');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((file) => {
      const [, of, day] = linePattern.exec(file) ?? [];
      return of === list && day !== undefined ? [day] : [];
    })
    .sort();
}

function linesOf(stateFolder: string, list: OlderList, day: string): { name: string; item: object }[] {
  return linesIn(textOf(fileOf(stateFolder, list, day))).flatMap((line) => {
    const { name, item } = (line ?? {}) as { name?: unknown; item?: unknown };
    return typeof name === 'string' && typeof item === 'object' && item !== null ? [{ name, item }] : [];
  });
}

/** None where it is gone: the gateway removes one while others read. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return '';
  }
}

function fileOf(stateFolder: string, list: OlderList, day: string): string {
  return join(stateFolder, 'older', `${list}-${day}.jsonl`);
}

function dayOf(utcMs: number): string {
  return new Date(utcMs).toISOString().slice(0, 10);
}
