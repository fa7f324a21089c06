/**
 * Whether every over that has ended is recorded. Whatever became of the recorder, its thread or its process: of an over
 * that lacks a part, or of which nothing is told within 30 s, a gap is listed. Pure.
 *
 *   over ended ─────┬─ recorded whole ──▶ nothing
 *                   ├─ with a part missing ──▶ gap
 *                   └─ nothing within 30 s, or its recorder is gone ──▶ gap
 */
import type { GroupId, PartyId } from './terms.ts';

/** An over, as who reads the log looks for it. */
export interface EndedOver {
  readonly group: GroupId;
  readonly over: number;
  readonly party: PartyId;
  readonly talker?: string;
  readonly callSign?: string;
  readonly startUtcMs: number;
  readonly durationMs: number;
  readonly exercise?: true;
}

export interface RecordingGap extends EndedOver {
  readonly reason: string;
}

/** A slow disk may be behind by so much. */
const owedMsMax = 30_000;
/** Of recordings whose over has not been told to end, and overs whose recording has not; both are moments in practice. */
const keptMax = 2000;

interface Owed {
  readonly over: EndedOver;
  readonly dueMs: number;
}

export class RecordingsOwed {
  /** By number, which no two overs have; as they ended. */
  readonly #owed = new Map<number, Owed>();
  /** Recorded before they were told to have ended: what is missing, if anything. */
  readonly #early = new Map<number, string | undefined>();

  ended(over: EndedOver, nowMs: number): readonly RecordingGap[] {
    if (this.#early.has(over.over)) {
      const missing = this.#early.get(over.over);
      this.#early.delete(over.over);
      return missing === undefined ? [] : [{ ...over, reason: missing }];
    }
    this.#owed.set(over.over, { over, dueMs: nowMs + owedMsMax });
    return this.#owed.size > keptMax ? this.#takeFirst('the recorder is behind') : [];
  }

  /** `missing`: why a part, or all of it, is not there. */
  recorded(over: number, missing?: string): readonly RecordingGap[] {
    const owed = this.#owed.get(over);
    if (owed !== undefined) {
      this.#owed.delete(over);
      return missing === undefined ? [] : [{ ...owed.over, reason: missing }];
    }
    this.#early.set(over, this.#early.get(over) ?? missing);
    const [oldest] = this.#early.keys();
    if (this.#early.size > keptMax && oldest !== undefined) this.#early.delete(oldest);
    return [];
  }

  /** When `takeLate` has something to say; Infinity: nothing is owed. */
  get dueMs(): number {
    const [first] = this.#owed.values();
    return first?.dueMs ?? Infinity;
  }

  takeLate(nowMs: number): readonly RecordingGap[] {
    const gaps: RecordingGap[] = [];
    while (this.dueMs <= nowMs) gaps.push(...this.#takeFirst('nothing was told of its recording'));
    return gaps;
  }

  /** Nothing more is told of any. */
  takeAll(reason: string): readonly RecordingGap[] {
    const gaps: RecordingGap[] = [];
    while (this.#owed.size > 0) gaps.push(...this.#takeFirst(reason));
    this.#early.clear();
    return gaps;
  }

  #takeFirst(reason: string): readonly RecordingGap[] {
    const [first] = this.#owed.values();
    if (first === undefined) return [];
    this.#owed.delete(first.over.over);
    return [{ ...first.over, reason }];
  }
}
