/**
 * Refusals that repeat: whoever asks in a loop for what he may not do fills neither the log nor the disk that the audit
 * log is on. The first of each party are written, and the first of each kind; the others are counted, and told in one
 * line a minute. What is accepted is never held back.
 */
import { Alarm, type Clock } from './clock.ts';

/** Written of one party and event, whatever they are. */
const freelyMax = 20;
const withinMs = 60_000;
/** Of one party: kinds that are told apart. */
const kindsMax = 10;
/** Beyond this many parties and events at a time, others share a count by their event. */
const partiesMax = 100;
const who = ['operator', 'controlRoom', 'console', 'client', 'remote', 'attachment', 'source'] as const;
const why = ['refusal', 'reason', 'permission'] as const;

type About = Readonly<Record<string, unknown>>;

/** Of one party and event, in one minute. */
export interface RepeatedRefusals {
  /** The event of which there were more. */
  readonly of: string;
  readonly more: number;
  readonly withinMs: number;
  /** How many of them of which kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** The party: `operator`, `client`, …; none: several. */
  readonly [who: string]: unknown;
}

interface Repeats {
  readonly of: string;
  readonly party: About;
  readonly sinceMs: number;
  written: number;
  more: number;
  readonly kinds: Map<string, number>;
}

export class Refusals {
  readonly #clock: Clock;
  readonly #tell: (repeated: RepeatedRefusals) => void;
  readonly #alarm: Alarm;
  /** As they began. */
  readonly #repeats = new Map<string, Repeats>();

  constructor(clock: Clock, tell: (repeated: RepeatedRefusals) => void) {
    this.#clock = clock;
    this.#tell = tell;
    this.#alarm = new Alarm(clock, () => this.#end(clock.nowMs() - withinMs));
  }

  /** Whether this one is written; else it is counted. */
  admits(event: string, about: About): boolean {
    const kind = String(why.map((name) => about[name]).find((value) => value !== undefined) ?? '');
    const repeats = this.#repeatsOf(event, about);
    const isKnown = repeats.kinds.has(kind);
    if (repeats.written < freelyMax || (!isKnown && repeats.kinds.size < kindsMax)) {
      if (repeats.kinds.size < kindsMax && !isKnown) repeats.kinds.set(kind, 0);
      repeats.written += 1;
      return true;
    }
    repeats.more += 1;
    if (isKnown) repeats.kinds.set(kind, (repeats.kinds.get(kind) ?? 0) + 1);
    return false;
  }

  /** Tells at once what has been counted: the gateway ends. */
  flush(): void {
    this.#end(Infinity);
  }

  #repeatsOf(event: string, about: About): Repeats {
    const all = Object.fromEntries(who.flatMap((name) => (name in about ? [[name, about[name]]] : [])));
    const own = JSON.stringify([event, all]);
    const isCrowded = this.#repeats.size >= partiesMax && !this.#repeats.has(own);
    const party = isCrowded ? {} : all;
    const key = isCrowded ? event : own;
    const known = this.#repeats.get(key);
    if (known !== undefined) return known;
    const sinceMs = this.#clock.nowMs();
    const repeats: Repeats = { of: event, party, sinceMs, written: 0, more: 0, kinds: new Map() };
    this.#repeats.set(key, repeats);
    this.#arm();
    return repeats;
  }

  #end(sinceMsMax: number): void {
    for (const [key, { of, party, sinceMs, more, kinds }] of this.#repeats) {
      if (sinceMs > sinceMsMax) break;
      this.#repeats.delete(key);
      const counted = [...kinds].filter(([, count]) => count > 0);
      if (more > 0) this.#tell({ of, ...party, more, withinMs, kinds: Object.fromEntries(counted) });
    }
    this.#arm();
  }

  #arm(): void {
    const [first] = this.#repeats.values();
    this.#alarm.setAt(first === undefined ? Infinity : first.sinceMs + withinMs);
  }
}
