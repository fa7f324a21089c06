/** What is known of attachments, legs and groups when legs are placed (leg-placement.ts), and what may come of it. */
import type { GroupId, LegId } from '../voice/contract.ts';

export interface PlacementRules {
  /** A leg that is not up for so long, on an attachment that lives, is tried on the next. */
  readonly legPatienceMs: number;
  /** An attachment must have been up for so long before legs return to it. */
  readonly returnAfterMs: number;
}

export interface Way {
  readonly attachment: string;
  readonly network: string;
  readonly rank: number;
  readonly channels: number;
}

export interface LegNeed {
  readonly leg: LegId;
  readonly group: GroupId;
  readonly network: string;
  /** The one attachment that may carry it. */
  readonly pinned?: string | undefined;
  /** Priority of its shared group, 0–14; of an exercise below all: `exercisePriority`. */
  readonly priority: number;
}

/** A leg of an exercise gives up its channel to any other, also within an over. */
export const exercisePriority = -1;

export type WayHealth = 'up' | 'down' | 'unknown';

export type PlacementEvent =
  | { readonly name: 'start' }
  /** A leg is wanted from now on, behind all others of its priority. */
  | { readonly name: 'wanted'; readonly need: LegNeed }
  /** Its group is an exercise from now on, or none any more. */
  | { readonly name: 'priority'; readonly leg: LegId; readonly priority: number }
  /** It is wanted no more; whoever carries or tries it lets go. */
  | { readonly name: 'unwanted'; readonly leg: LegId }
  | { readonly name: 'attachment'; readonly attachment: string; readonly health: WayHealth }
  /** What an attachment says of a leg that it carries or tries. */
  | { readonly name: 'leg'; readonly leg: LegId; readonly attachment: string; readonly up: boolean }
  /** Whether the far end of a leg talks, or is being talked to. */
  | { readonly name: 'talk'; readonly leg: LegId; readonly active: boolean }
  | { readonly name: 'floor'; readonly group: GroupId; readonly taken: boolean; readonly emergency: boolean }
  | { readonly name: 'tick' };

/** placed: it had no channel. lost: its attachment is dead. not-up: that lives, but did not bring it up. */
export type MoveReason = 'placed' | 'lost' | 'not-up' | 'return';

/** In their order: a channel is let go before another leg takes it. */
export type Move =
  /** The attachment carries the leg from now on; `from`, which may be dead, lets go of it. */
  | {
      readonly name: 'carry';
      readonly leg: LegId;
      readonly to: string;
      readonly from?: string;
      readonly why: MoveReason;
    }
  /** The attachment brings the leg up beside the one that carries it, unheard. */
  | { readonly name: 'try'; readonly leg: LegId; readonly on: string }
  | { readonly name: 'giveUp'; readonly leg: LegId; readonly on: string }
  /** What was tried carries the leg from now on. */
  | {
      readonly name: 'take';
      readonly leg: LegId;
      readonly to: string;
      readonly from: string;
      readonly why: 'lost' | 'return';
    }
  /** A stronger leg needs its channel. */
  | { readonly name: 'leave'; readonly leg: LegId; readonly from: string }
  /** It is wanted no more. */
  | { readonly name: 'end'; readonly leg: LegId; readonly from: string }
  /** No attachment that lives has a channel for it. */
  | { readonly name: 'shed'; readonly leg: LegId };

export interface WayState {
  readonly way: Way;
  readonly order: number;
  readonly health: WayHealth;
  /** When its health became what it is. */
  readonly sinceMs: number;
}

export interface Seat {
  readonly need: LegNeed;
  readonly order: number;
  /** The attachments that may carry it, best first. */
  readonly ways: readonly string[];
  readonly on: string | undefined;
  readonly up: boolean;
  /** When `up`, or the carrier, last changed. */
  readonly sinceMs: number;
  /** Since when it is not well on its carrier: since it came there, or fell without having been up for long before. */
  readonly illSinceMs: number;
  /** Whether it has fallen there. */
  readonly fell: boolean;
  /** When it last returned to its carrier; undefined when it came there otherwise. */
  readonly returnedMs: number | undefined;
  readonly active: boolean;
  readonly trial: { readonly on: string; readonly up: boolean; readonly sinceMs: number } | undefined;
  /** Attachments on which it could not be brought up, and until when they are not asked again. */
  readonly barred: Readonly<Record<string, number>>;
  /** Returns in a row that did not last, by attachment. */
  readonly relapses: Readonly<Record<string, number>>;
  readonly shed: boolean;
}

export interface GroupState {
  readonly taken: boolean;
  /** When somebody last talked there; -Infinity: nobody yet. */
  readonly talkedMs: number;
  /** Infinity while an emergency talks. */
  readonly emergencyUntilMs: number;
}

export interface PlacementState {
  readonly rules: PlacementRules;
  readonly ways: ReadonlyMap<string, WayState>;
  readonly seats: ReadonlyMap<LegId, Seat>;
  readonly groups: ReadonlyMap<GroupId, GroupState>;
}

export interface PlacementStep {
  readonly state: PlacementState;
  readonly moves: readonly Move[];
}

export const quietGroup: GroupState = { taken: false, talkedMs: -Infinity, emergencyUntilMs: -Infinity };

/** Channels of an attachment that neither a leg nor a trial has. */
export function channelsLeft({ seats }: PlacementState, { attachment, channels }: Way): number {
  let left = channels;
  for (const { on, trial } of seats.values()) left -= Number(on === attachment) + Number(trial?.on === attachment);
  return left;
}
