/** What the parts of a shared group have in common: who is in it, its floor, and how they tell what they do. */
import type { ConsoleFeed } from './console-feed.ts';
import type { FloorAction, FloorEvent, Member } from './floor.ts';
import type { Leg } from './leg.ts';
import type { RunningFloor } from './running-floor.ts';
import { announcementParty, type GroupEvent, type GroupId, type LegId, type PartyId } from './terms.ts';
import type { OverTap } from './voice-tape.ts';

export interface GroupCore {
  readonly id: GroupId;
  /** In order of their ids. */
  readonly legs: readonly Leg[];
  readonly feeds: readonly ConsoleFeed[];
  /** By talker; what he says is kept there. */
  readonly taps: ReadonlyMap<PartyId, OverTap>;
  readonly floor: RunningFloor;
  /** Feeds the floor and performs what follows. */
  readonly feed: (event: FloorEvent, nowMs: number) => void;
  /** What the floor answered a party, or would have. */
  readonly answer: (action: Extract<FloorAction, { name: 'answer' }>, nowMs: number) => void;
  readonly report: (event: GroupEvent) => void;
  /** The report of a leg may have changed; it is said when everything is done. */
  readonly publish: (leg: Leg) => void;
  /** The group is to be ticked no later than that. */
  readonly wake: (dueMs: number) => void;
  /** A leg is a party of the floor, by its settings. `returns`: what it says is our own voice. */
  readonly join: (leg: Leg, nowMs: number, returns?: boolean) => void;
}

export function legOf(group: Pick<GroupCore, 'legs'>, id: LegId): Leg | undefined {
  return group.legs.find((leg) => leg.id === id);
}

/** The gateway itself, where it speaks. */
export const gatewayMember: Member = {
  ...{ party: announcementParty, kind: 'announcement', priorityMax: 15 },
  ...{ mayTalk: true, mayQueue: true, canBeTold: true },
};

/** The stream of a feed by which consoles hear whichever operator talks. */
export const operators = 'operators';
