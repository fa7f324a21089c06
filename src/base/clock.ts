/**
 * Time: one interface for the two kinds of time that the gateway needs, and timers on the first of them.
 *
 *   nowMs   monotonic: everything that measures or waits. A step of the wall clock does not move it.
 *   utcMs   wall clock: only in stamps that are stored or shown, beside a sequence number.
 *
 * SystemClock is the running gateway's; ManualClock lets a test play an hour in milliseconds.
 */
import { assert } from './assert.ts';

export interface Clock {
  /** Monotonic time in ms with a fraction; its zero has no meaning. */
  nowMs(): number;
  /** UTC in ms since 1970; may jump when the machine's clock is set. */
  utcMs(): number;
  /** Calls back once, at or after the monotonic instant `atMs`, never before this call has returned. */
  callAt(atMs: number, callback: () => void): Cancel;
  /** Calls back once, when what has arrived by now (datagrams, messages) has had its turn to be read. */
  afterInput(callback: () => void): Cancel;
}

/** Takes back a planned call; harmless once it has happened. */
export type Cancel = () => void;

/** Node's timers take a 32-bit delay and fire at once on anything longer; farther instants are reached in hops. */
const hopMsMax = 0x7fff_ffff;

/** The machine's clocks. Its timers keep the process alive. */
export class SystemClock implements Clock {
  nowMs(): number {
    return performance.now();
  }

  utcMs(): number {
    return Date.now();
  }

  callAt(atMs: number, callback: () => void): Cancel {
    let timer: NodeJS.Timeout;
    const hop = (): void => {
      const waitMs = atMs - performance.now();
      // Node may fire up to 1 ms early; waiting again keeps the promise "never before atMs".
      timer = setTimeout(
        () => (performance.now() >= atMs ? callback() : hop()),
        Math.min(Math.max(waitMs, 0), hopMsMax),
      );
    };
    hop();
    return () => clearTimeout(timer);
  }

  /** The event loop polls its sockets before it comes to immediates. */
  afterInput(callback: () => void): Cancel {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  }
}

/** A clock that moves only when told to. Calls due at the same instant happen in the order they were asked for. */
export class ManualClock implements Clock {
  #nowMs: number;
  #utcMs: number;
  #planned: { readonly atMs: number; readonly callback: () => void }[] = [];

  constructor(start: { readonly nowMs?: number; readonly utcMs?: number } = {}) {
    this.#nowMs = start.nowMs ?? 0;
    this.#utcMs = start.utcMs ?? 0;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  utcMs(): number {
    return this.#utcMs;
  }

  callAt(atMs: number, callback: () => void): Cancel {
    const entry = { atMs, callback };
    const behind = this.#planned.findIndex((other) => other.atMs > atMs);
    this.#planned.splice(behind === -1 ? this.#planned.length : behind, 0, entry);
    return () => {
      const index = this.#planned.indexOf(entry);
      if (index !== -1) this.#planned.splice(index, 1);
    };
  }

  afterInput(callback: () => void): Cancel {
    return this.callAt(this.#nowMs, callback);
  }

  /**
   * Holds the process up for so long: time passes and nothing is called. Then, as in an event loop that goes on, timers
   * that are overdue fire, and only after them is read what has arrived meanwhile (`arrived`).
   */
  stall(byMs: number, arrived: () => void = () => undefined): void {
    this.#moveTo(this.#nowMs + byMs);
    for (const entry of this.#planned.filter(({ atMs }) => atMs <= this.#nowMs)) {
      const index = this.#planned.indexOf(entry);
      if (index === -1) continue; // cancelled by one before it
      this.#planned.splice(index, 1);
      entry.callback();
    }
    arrived();
    this.advance(0);
  }

  /** Moves both clocks on, stopping at each planned call on the way. */
  advance(byMs: number): void {
    assert(byMs >= 0, 'monotonic time does not go back');
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#planned[0]; next !== undefined && next.atMs <= untilMs; next = this.#planned[0]) {
      this.#planned.shift();
      this.#moveTo(Math.max(this.#nowMs, next.atMs));
      next.callback();
    }
    this.#moveTo(untilMs);
  }

  /** Sets the wall clock alone, as an operator or NTP would. */
  setUtcMs(utcMs: number): void {
    this.#utcMs = utcMs;
  }

  /** Calls still planned: a test of orderly ends looks for 0. */
  get plannedCalls(): number {
    return this.#planned.length;
  }

  #moveTo(nowMs: number): void {
    this.#utcMs += nowMs - this.#nowMs;
    this.#nowMs = nowMs;
  }
}

/** A timer that is later than this says that the process was held up: what arrived meanwhile is not yet read. */
const punctualMs = 5;

/**
 * The one timer of a shell around a pure machine. It is set to the machine's deadline after every step; since most
 * steps only push the deadline out (each voice packet renews a lease), a later deadline leaves the running timer as
 * it is and waits on when that one fires: no timer is made or cancelled per packet. Instants are absolute, so a
 * repeated alarm does not drift.
 *
 * A deadline mostly means that something did not come. A process that was held up finds its timers overdue before it has
 * read its sockets, so a late alarm lets them be read first, and rings only if the deadline still stands.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #onDue: (lateMs: number) => void;
  #dueMs = Infinity;
  /** When the running timer was to fire; −Infinity while a late alarm waits for what has arrived. */
  #armedMs = Infinity;
  #cancel: Cancel | undefined;

  /** `onDue` is told by how much the timer was late. */
  constructor(clock: Clock, onDue: (lateMs: number) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Replaces the deadline: an instant of the clock's monotonic time, Infinity for none. */
  setAt(dueMs: number): void {
    this.#dueMs = dueMs;
    if (dueMs === Infinity) this.clear();
    else if (dueMs < this.#armedMs) this.#arm();
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#dueMs = Infinity;
    this.#armedMs = Infinity;
  }

  #arm(): void {
    this.#cancel?.();
    // A deadline that has passed already is no sign of a hold-up.
    const fireMs = Math.max(this.#dueMs, this.#clock.nowMs());
    this.#armedMs = this.#dueMs;
    this.#cancel = this.#clock.callAt(fireMs, () => this.#fire(fireMs));
  }

  #fire(fireMs: number): void {
    const lateMs = this.#clock.nowMs() - fireMs;
    if (lateMs <= punctualMs) {
      this.#ring(lateMs);
      return;
    }
    this.#armedMs = -Infinity;
    this.#cancel = this.#clock.afterInput(() => this.#ring(lateMs));
  }

  #ring(lateMs: number): void {
    this.#cancel = undefined;
    this.#armedMs = Infinity;
    if (this.#clock.nowMs() < this.#dueMs) {
      if (this.#dueMs !== Infinity) this.#arm();
      return;
    }
    this.#dueMs = Infinity;
    this.#onDue(lateMs);
  }
}
