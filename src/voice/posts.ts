/**
 * What the engine keeps of each thing that was opened: the pure part (talkgroups/), its sockets and what was asked for.
 */
import type { Backlog } from '../talkgroups/backlog.ts';
import type { ConsoleFeed } from '../talkgroups/console-feed.ts';
import type { ConsoleParty } from '../talkgroups/console-seats.ts';
import type { Leg } from '../talkgroups/leg.ts';
import type { ShadowGroup } from '../talkgroups/shadow-group.ts';
import type { SharedGroup } from '../talkgroups/shared-group.ts';
import type { VoiceTape } from '../talkgroups/voice-tape.ts';
import type {
  ConsoleId,
  FeedId,
  FeedSettings,
  GroupId,
  LegId,
  LegMedia,
  LegSettings,
  MicSettings,
} from './contract.ts';
import type { Recorder } from './recorder.ts';
import type { LegSocket, PeerSocket } from './rtp-socket.ts';
import type { StaticSocket } from './static-socket.ts';

export interface LegPost {
  settings: LegSettings;
  leg: Leg;
  group: SharedGroup | ShadowGroup;
  /** Undefined until its ports are bound. */
  socket: LegSocket | StaticSocket | undefined;
  media: LegMedia | undefined;
  /** That call is older than this process. */
  resumed: boolean;
  /** Voice that waited while the process was held up. */
  backlog: Backlog | undefined;
  /** Packets of it that were dropped because newer ones had come. */
  packetsStale: number;
  refusedSinceMs: number;
  refused: number;
  /** On a static line: what came has been told. */
  toldHeard: boolean;
  toldForeign: boolean;
}

export interface FeedPost {
  readonly settings: FeedSettings;
  readonly feed: ConsoleFeed;
  readonly group: SharedGroup;
  socket: PeerSocket | undefined;
}

export interface ConsolePost extends ConsoleParty {
  readonly groups: Set<SharedGroup>;
  mic: MicSettings | undefined;
  /** As a leg's. */
  backlog: Backlog | undefined;
  socket: PeerSocket | undefined;
}

/** Everything that is open. */
export interface Posts {
  readonly groups: ReadonlyMap<GroupId, SharedGroup>;
  readonly legs: ReadonlyMap<LegId, LegPost>;
  readonly feeds: ReadonlyMap<FeedId, FeedPost>;
  readonly consoles: ReadonlyMap<ConsoleId, ConsolePost>;
  readonly tape: Pick<VoiceTape, 'bytes' | 'overs' | 'oversDropped' | 'packetsDropped'>;
  /** Undefined: nothing is recorded. */
  readonly recorder?: Pick<Recorder, 'octetsDropped'> | undefined;
}
