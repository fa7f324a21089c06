/**
 * Overs of one group, from their beginning to the report that says how they ended and what each leg missed.
 *
 * A leg whose network was slow may still be playing when the over has ended; the report waits for it, but no longer
 * than `settleMs`, and not beyond the next over that the leg hears.
 */
import type { Grant } from './floor.ts';
import type { Leg } from './leg.ts';
import type { GroupId, LegId, OverEnd, OverReport, PartyId } from './terms.ts';

const settleMs = 10_000;

interface Over {
  readonly number: number;
  /** As it began; once ended, as it ended: it may have become an emergency. */
  grant: Grant;
  readonly startUtcMs: number;
  readonly talker: Leg | undefined;
  readonly talkerLostBefore: number;
  /** Milliseconds that each listening leg had lost before this over. */
  readonly before: Map<LegId, number>;
  readonly lostMs: Record<LegId, number>;
  packetsLost: number;
  endedMs: number;
  end: OverEnd;
}

export class OverLog {
  readonly #group: GroupId;
  readonly #report: (report: OverReport) => void;
  #open: Over[] = [];

  constructor(group: GroupId, report: (report: OverReport) => void) {
    this.#group = group;
    this.#report = report;
  }

  begin(number: number, grant: Grant, legs: readonly Leg[], nowMs: number, startUtcMs: number): void {
    this.settle(legs, nowMs, true);
    const talker = legs.find((leg) => leg.id === grant.party);
    const before = new Map<LegId, number>();
    for (const leg of legs) if (leg !== talker) before.set(leg.id, leg.out.lostMs);
    this.#open.push({
      number,
      grant,
      startUtcMs,
      talker,
      talkerLostBefore: talker?.inbound.input.lost ?? 0,
      before,
      lostMs: {},
      packetsLost: 0,
      endedMs: Infinity,
      end: 'released',
    });
  }

  /** The over that a party is in. */
  underWay(party: PartyId): { readonly number: number; readonly startUtcMs: number } | undefined {
    return this.#open.find((over) => over.grant.party === party && over.endedMs === Infinity);
  }

  end(grant: Grant, end: OverEnd, nowMs: number): void {
    const over = this.#open.find((open) => open.grant.party === grant.party && open.endedMs === Infinity);
    if (over === undefined) return;
    over.endedMs = nowMs;
    over.grant = grant;
    over.end = end;
    // A new call of the talker's leg counts from 0.
    over.packetsLost = Math.max(0, (over.talker?.inbound.input.lost ?? 0) - over.talkerLostBefore);
  }

  /** An over that has ended did so otherwise than it seemed; one that has been reported stays as it was. */
  amend(number: number, end: OverEnd): void {
    const over = this.#open.find((open) => open.number === number);
    if (over !== undefined) over.end = end;
  }

  /** Reports every over that has ended and is played out on all legs; `now` reports those still playing too. */
  settle(legs: readonly Leg[], nowMs: number, now = false): void {
    if (this.#open.length === 0) return;
    this.#open = this.#open.filter((over) => {
      if (over.endedMs === Infinity) return true;
      const playing = legs.some((leg) => over.before.has(leg.id) && !leg.out.settled);
      if (playing && !now && nowMs - over.endedMs < settleMs) return true;
      for (const leg of legs) {
        const before = over.before.get(leg.id);
        if (before !== undefined) over.lostMs[leg.id] = Math.round(leg.out.lostMs - before);
      }
      this.#report({
        group: this.#group,
        over: over.number,
        party: over.grant.party,
        priority: over.grant.priority,
        emergency: over.grant.emergency,
        startUtcMs: over.startUtcMs,
        durationMs: Math.round(over.endedMs - over.grant.sinceMs),
        end: over.end,
        lostMs: over.lostMs,
        packetsLost: over.packetsLost,
      });
      return false;
    });
  }

  /** Overs whose report is still owed. */
  get pending(): boolean {
    return this.#open.some((over) => over.endedMs !== Infinity);
  }
}
