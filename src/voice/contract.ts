/**
 * What the main process and the voice process say to each other.
 *
 * The main process holds SIP, consoles, mediasoup and HTTP; the voice process holds the floor and every frame of
 * voice, so that none of the former can make speech stutter. Messages are plain JSON. Commands are declarative and
 * idempotent by id: after a restart of the voice process the main process says them all again, and calls go on.
 *
 * Driven by: voice/voice-client.ts (main side), voice/voice-process.ts (voice side).
 */

import type {
  AnnouncementUrgency,
  ConsoleId,
  ConsoleSettings,
  FeedId,
  FeedSettings,
  GroupEvent,
  GroupId,
  GroupSettings,
  LegId,
  LegMedia,
  LegSettings,
  LineProofOrder,
  MicSettings,
  PartyId,
} from '../talkgroups/terms.ts';

import type { TappedOver } from '../talkgroups/voice-tape.ts';
import type { Recording } from './recorder.ts';

/** Words of the messages; the rest of them stands in talkgroups/terms.ts. */
export type {
  ConsoleId,
  ConsoleSettings,
  Endpoint,
  FeedId,
  FeedSettings,
  FloorAnswer,
  FloorHolder,
  FloorSnapshot,
  GrantRule,
  GroupEvent,
  GroupId,
  GroupSettings,
  LegId,
  LegMedia,
  LegSettings,
  MicSettings,
  OverReport,
  PartyId,
  RevokeCause,
  SrtpKeyText,
  StaticLine,
} from '../talkgroups/terms.ts';

/** Packets of an announcement are Opus of 20 ms in base64. */
export type VoiceCommand =
  /** Overs are numbered from the next one on; said first. */
  | { readonly name: 'countOvers'; readonly after: number }
  | { readonly name: 'openGroup'; readonly settings: GroupSettings }
  | { readonly name: 'closeGroup'; readonly group: GroupId }
  | { readonly name: 'openLeg'; readonly settings: LegSettings }
  /** `resumed`: the call is older than the process that hears this; its far end may still hold a key pressed before. */
  | { readonly name: 'connectLeg'; readonly leg: LegId; readonly media: LegMedia; readonly resumed?: boolean }
  | { readonly name: 'disconnectLeg'; readonly leg: LegId }
  /** Its far end answers no more: what it said last may have been cut off. */
  | { readonly name: 'loseLeg'; readonly leg: LegId }
  | { readonly name: 'closeLeg'; readonly leg: LegId }
  | { readonly name: 'openConsole'; readonly settings: ConsoleSettings }
  | { readonly name: 'closeConsole'; readonly console: ConsoleId }
  | { readonly name: 'joinGroup'; readonly console: ConsoleId; readonly group: GroupId; readonly mayTalk: boolean }
  | { readonly name: 'leaveGroup'; readonly console: ConsoleId; readonly group: GroupId }
  | { readonly name: 'openMic'; readonly settings: MicSettings }
  | { readonly name: 'closeMic'; readonly console: ConsoleId }
  | { readonly name: 'openFeed'; readonly settings: FeedSettings }
  | { readonly name: 'setFeedActive'; readonly feed: FeedId; readonly active: boolean }
  | { readonly name: 'closeFeed'; readonly feed: FeedId }
  | {
      readonly name: 'requestFloor';
      readonly party: PartyId;
      readonly group: GroupId;
      readonly requestId: number;
      readonly priority?: number;
      readonly emergency?: boolean;
    }
  /** `lost`: a console's link or microphone is gone, its operator had more to say. */
  | { readonly name: 'releaseFloor'; readonly party: PartyId; readonly group: GroupId; readonly lost?: boolean }
  /** A person takes whoever talks off the floor. */
  | { readonly name: 'removeTalker'; readonly party: PartyId; readonly group: GroupId }
  /** Said once; after a restart of the voice process again if its end was not reported. */
  | {
      readonly name: 'announce';
      readonly group: GroupId;
      readonly announcement: string;
      readonly urgency: AnnouncementUrgency;
      readonly voices: readonly { readonly legs: readonly LegId[]; readonly packets: readonly string[] }[];
      /** Which of the voices consoles hear. */
      readonly consoles?: number;
    }
  /** It is not said, or no further. */
  | { readonly name: 'withdraw'; readonly group: GroupId; readonly announcement: string }
  /** Said once, to a group where nobody else is; answered by `proved`, but for a restart of the voice process. */
  | { readonly name: 'prove'; readonly group: GroupId; readonly order: LineProofOrder }
  /** A `signalled` leg's network answered our wish to talk towards it. */
  | { readonly name: 'legGrant'; readonly leg: LegId; readonly granted: boolean }
  /** A part of the voice of an over, from 0; answered by `recalled`. */
  | {
      readonly name: 'recall';
      readonly request: number;
      readonly group: GroupId;
      readonly over: number;
      readonly part: number;
    }
  | { readonly name: 'shutdown' };

/**
 * Counters since the process started, and gauges, once a second; `legs` has those on which something has passed, and
 * comes in several events of the same counters when they are many.
 */
export interface VoiceStatistics {
  readonly counters: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, number>>;
  readonly legs: readonly {
    readonly leg: LegId;
    readonly packetsReceived: number;
    readonly packetsSent: number;
    readonly packetsLost: number;
    readonly strangers: number;
    readonly jitterMs: number;
    readonly roundTripMs?: number;
    readonly levelDbov?: number;
    /** Loudest packet of those that no key made talk, as far as they were looked at since the last event. */
    readonly unkeyedDbov?: number;
    /** Of whoever is heard. */
    readonly ssrc?: number;
    /** What a radio last said of how well it hears whom it hears. */
    readonly signal?: string;
    /** Loss that the far end reports of our stream (RTCP RR), 0–1. */
    readonly farLoss?: number;
  }[];
}

export type VoiceEvent =
  | { readonly name: 'ready' }
  /** A sign of life, twice a second. */
  | { readonly name: 'alive' }
  | { readonly name: 'legOpened'; readonly leg: LegId }
  /** Of a static line: voice of an allowed source came, the first of a connection, or while there is none. */
  | { readonly name: 'legHeard'; readonly leg: LegId }
  /** Likewise the first that was not of the agreed payload type. */
  | { readonly name: 'legForeign'; readonly leg: LegId; readonly payloadType: number; readonly tetra: boolean }
  | { readonly name: 'failed'; readonly id: string; readonly command: VoiceCommand['name']; readonly reason: string }
  | { readonly name: 'micOpened'; readonly console: ConsoleId; readonly localPort: number }
  | { readonly name: 'feedOpened'; readonly feed: FeedId; readonly localPort: number }
  /** `packets`: a part of talkgroups/voice-tape.ts in base64; absent: it is not kept, or no longer. */
  | { readonly name: 'recalled'; readonly request: number; readonly packets?: string; readonly last: boolean }
  /** An over has been recorded, or a part of it (`missing`: why not the rest). */
  | (TappedOver & Recording & { readonly name: 'recorded' })
  /** Those of a day have been kept as long as they may be. */
  /** Recordings cannot be written as they should, for that reason; absent: they can be again. */
  | { readonly name: 'recordingFault'; readonly reason?: string }
  | GroupEvent
  | { readonly name: 'statistics'; readonly statistics: VoiceStatistics };
