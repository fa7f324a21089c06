/**
 * One leg as a way by which our own voice may come back: what it says is judged (loop-judge.ts) while that can be, and
 * what follows from it is kept (loop-guard.ts). Pure.
 */
import type { PcmFrame } from '../media/frame.ts';
import type { SentVoice } from '../media/sent-voice.ts';
import { type LoopGuardEvent, type LoopGuardState, loopDeadlineMs, stepLoopGuard, unsuspected } from './loop-guard.ts';
import { LoopJudge } from './loop-judge.ts';
import type { LoopSettings } from './terms.ts';

export class LegLoop {
  /** Marks what this leg says where it is sent on; unique within its group, from 1 on. */
  readonly owner: number;
  readonly #settings: LoopSettings;
  readonly #sideToneMs: number;
  #judge: LoopJudge | undefined;
  #guard: LoopGuardState = unsuspected;

  /** A radio gives its own side tone back within `sideToneMs`; that is no loop. */
  constructor(owner: number, settings: LoopSettings, sideToneMs = 0) {
    this.#sideToneMs = sideToneMs;
    this.owner = owner;
    this.#settings = settings;
  }

  get isolated(): boolean {
    return this.#guard.name === 'isolated';
  }

  /** It was isolated and is not yet let off. */
  get wary(): boolean {
    return this.#guard.name !== 'clear';
  }

  /** What it says now may be ours: it is not passed on as its own. */
  get suspects(): boolean {
    return (this.wary && !this.isOwn) || this.#judge?.suspects === true;
  }

  /** The talk under way was recognised as its own. */
  get isOwn(): boolean {
    return this.#judge?.verdict === 'own';
  }

  get dueMs(): number {
    return loopDeadlineMs(this.#guard);
  }

  get times(): number {
    return this.#guard.times;
  }

  get likeness(): number {
    return this.#judge?.likeness ?? 0;
  }

  get delayMs(): number {
    return this.#judge?.delayMs ?? 0;
  }

  /** Voice of another was sent to the group. */
  sent(durationMs: number, nowMs: number): void {
    if (this.#guard.name !== 'clear') this.#step({ name: 'sent', durationMs }, nowMs);
  }

  /** A talk of it begins or ends. */
  startOver(): void {
    this.#judge?.reset();
  }

  /** A frame that it says. True when that was found to be ours. */
  hear(frame: PcmFrame, positionMs: number, nowMs: number, sent: readonly SentVoice[]): boolean {
    this.#judge ??= new LoopJudge(this.#settings.likenessMin, this.owner, this.#sideToneMs);
    if (!this.#judge.hear(frame, positionMs, nowMs, sent, this.wary)) return false;
    this.#step({ name: 'returned' }, nowMs);
    return true;
  }

  /** Its talk ends unjudged, and is not what came back before. */
  endsAsOwn(sent: readonly SentVoice[], nowMs: number): boolean {
    return this.#judge?.endsAsOwn(sent, nowMs) === true;
  }

  tick(nowMs: number): void {
    if (nowMs >= this.dueMs) this.#step({ name: 'tick' }, nowMs);
  }

  #step(event: LoopGuardEvent, nowMs: number): void {
    this.#guard = stepLoopGuard(this.#guard, event, this.#settings, nowMs);
  }
}
