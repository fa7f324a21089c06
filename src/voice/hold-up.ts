/**
 * The process was held up: voice that waited in its sockets is old, and a burst of old speech helps nobody. All sockets are
 * emptied first, round by round, into backlogs (talkgroups/backlog.ts); then what is newest of every stream is heard, and
 * only then silence is judged.
 */
import type { Cancel, Clock } from '../base/clock.ts';
import { Backlog } from '../talkgroups/backlog.ts';

/** Held up for longer, what waited is not played. */
const heldUpMs = 300;
/** More rounds of reading than a socket's buffer can fill. */
const roundsMax = 100;

export interface HoldUpPort {
  /** When the timer was to fire next. */
  readonly dueMs: () => number;
  /** A round of reading is over; true: something was read in it. */
  readonly endRound: () => boolean;
  /** All is read. */
  readonly catchUp: () => void;
}

export class HoldUp {
  readonly #clock: Clock;
  readonly #port: HoldUpPort;
  /** Set while sockets are emptied. */
  #cancelRound: Cancel | undefined;
  #rounds = 0;
  #closed = false;

  constructor(clock: Clock, port: HoldUpPort) {
    this.#clock = clock;
    this.#port = port;
  }

  /** Sockets are being emptied. */
  get isReading(): boolean {
    return this.#cancelRound !== undefined;
  }

  /** The process was held up for so long that voice which waited is old; it is, until all sockets are empty. */
  isBehind(nowMs: number): boolean {
    if (this.#cancelRound !== undefined) return true;
    if (nowMs - this.#port.dueMs() <= heldUpMs || this.#closed) return false;
    this.#rounds = 0;
    this.#readOn();
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#cancelRound?.();
  }

  #readOn(): void {
    this.#rounds += 1;
    this.#cancelRound = this.#clock.afterInput(() => this.#endRound());
  }

  #endRound(): void {
    if (this.#port.endRound() && this.#rounds < roundsMax) {
      this.#readOn();
      return;
    }
    this.#cancelRound = undefined;
    this.#port.catchUp();
  }
}

/** Made when something has to wait: seldom. */
export function kept(backlog: Backlog | undefined, bytes: Uint8Array): Backlog {
  const keeper = backlog ?? new Backlog();
  keeper.push(bytes);
  return keeper;
}

/** A round of reading is over for these; true: something was read in it. */
export function roundOver(posts: Iterable<{ readonly backlog: Backlog | undefined }>): boolean {
  let more = false;
  for (const { backlog } of posts) more = backlog?.endRound() === true || more;
  return more;
}
