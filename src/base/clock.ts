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

/**
 * The one timer of a shell around a pure machine. It is set to the machine's deadline after every step; since most
 * steps only push the deadline out (each voice packet renews a lease), a later deadline leaves the running timer as
 * it is and waits on when that one fires: no timer is made or cancelled per packet. Instants are absolute, so a
 * repeated alarm does not drift.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #dueMs = Infinity;
  #armedMs = Infinity;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, onDue: () => void) {
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
    this.#armedMs = this.#dueMs;
    this.#cancel = this.#clock.callAt(this.#dueMs, () => this.#fire());
  }

  #fire(): void {
    this.#cancel = undefined;
    this.#armedMs = Infinity;
    if (this.#clock.nowMs() < this.#dueMs) {
      if (this.#dueMs !== Infinity) this.#arm();
      return;
    }
    this.#dueMs = Infinity;
    this.#onDue();
  }
}
