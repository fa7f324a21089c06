/**
 * Whom a far end is told of as the talker, and when: at once, but never sooner after the last than it is to be, so that
 * quick overs do not flood it; of those that come too soon the last is told. Some seconds after the last over it is
 * told the group again, lest it show somebody who has long ceased to talk. Pure.
 *
 *   talks ──▶ told at once, or `everyMs` after the last          rests ──▶ 5 s later the group
 */
import { sameIdentity } from '../../protocols/sip/call-requests.ts';
import type { NameAddr } from '../../protocols/sip/header-values.ts';

const restMs = 5000;

export class TalkerNews {
  readonly #everyMs: number;
  readonly #group: NameAddr;
  #told: NameAddr;
  #wanted: NameAddr;
  #dueMs = Infinity;
  #notBeforeMs = -Infinity;
  /** When the group is told again. */
  #restsAtMs = Infinity;

  /** Of a call whose far end knows the group alone. */
  constructor(everyMs: number, group: NameAddr) {
    this.#everyMs = everyMs;
    this.#group = group;
    this.#told = group;
    this.#wanted = group;
  }

  /** When `take` has something to tell. */
  get deadlineMs(): number {
    return Math.min(this.#dueMs, Math.max(this.#restsAtMs, this.#notBeforeMs));
  }

  talks(who: NameAddr, nowMs: number): void {
    this.#restsAtMs = Infinity;
    this.#want(who, nowMs);
  }

  rests(nowMs: number): void {
    if (this.#restsAtMs !== Infinity || sameIdentity(this.#wanted, this.#group)) return;
    const atMs = nowMs + restMs;
    const isTooLate = this.#dueMs !== Infinity && this.#dueMs > atMs;
    if (isTooLate) this.#want(this.#group, atMs);
    else this.#restsAtMs = atMs;
  }

  /** Whom to tell of now. */
  take(nowMs: number): NameAddr | undefined {
    if (nowMs < this.deadlineMs) return undefined;
    if (nowMs < this.#dueMs) {
      this.#wanted = this.#group;
      this.#restsAtMs = Infinity;
    }
    this.#told = this.#wanted;
    this.#dueMs = Infinity;
    this.#notBeforeMs = nowMs + this.#everyMs;
    return this.#told;
  }

  #want(who: NameAddr, atMs: number): void {
    this.#wanted = who;
    this.#dueMs = sameIdentity(who, this.#told) ? Infinity : Math.max(atMs, this.#notBeforeMs);
  }
}
