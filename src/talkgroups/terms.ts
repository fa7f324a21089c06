/**
 * The words of the voice plane: ids, what a shared group and its parties are set to, and what is reported of them.
 *
 * They stand here, below the voice process, because the floor and the voice path are pure and know no process;
 * voice/contract.ts puts them into messages. Every value is plain JSON.
 */

import type { VoiceCodec } from '../media/codec.ts';
import type { SrtpSuite } from '../protocols/srtp/crypto-suite.ts';
import type { RadioMedia, RadioState } from './radio-line.ts';

/** Id of a shared group, as in the configuration. */
export type GroupId = string;
/** One talkgroup's side of a shared group: `<shared group>/<talkgroup>`. */
export type LegId = string;
/** One console session; starts with `console:`. */
export type ConsoleId = string;
/** Anything that can talk or listen on a shared group. */
export type PartyId = LegId | ConsoleId;
/** One way of one group's voice into one mediasoup router. */
export type FeedId = string;

export interface Endpoint {
  /** IPv4 or IPv6 literal; never a name, so that nothing waits for a resolver. */
  readonly address: string;
  readonly port: number;
}

/** How our own voice that comes back through somebody else's gateway is recognised, and what follows. */
export interface LoopSettings {
  /** How alike to what we sent it must be, 0.4–0.95. */
  readonly likenessMin: number;
  /** Nothing may come back for so long before an isolated leg is tried again; doubled each time that was too early, ms. */
  readonly holdMs: number;
  readonly holdMsMax: number;
}

/** Floor rules of a shared group; times in ms. */
export interface GroupSettings {
  readonly group: GroupId;
  /** Longest over (T2 of TS 24.380); an emergency has no limit. */
  readonly talkLimitMs: number;
  /** Age of an over at which its talker is warned. */
  readonly talkWarnMs: number;
  /** Parties that may wait at once; one more is denied with cause 7. */
  readonly queueLimit: number;
  /** The floor is freed when the holder's speech has stopped arriving for so long (T1). */
  readonly leaseMs: number;
  /** How long a revoked talker's voice still passes before the next is let in; emergencies do not wait (T3). */
  readonly graceMs: number;
  /**
   * A console of higher priority than the radio talker: cut him, or be mixed over him (dual floor, §6.3.6). `duplex`: a
   * leg and a console talk at once, whoever began and whatever their priorities, as on a telephone line.
   */
  readonly override: 'cut' | 'mix' | 'duplex';
  /** Absent: loops are not looked for. */
  readonly loops?: LoopSettings | undefined;
  /** What is said is kept apart from what is real. */
  readonly exercise?: boolean;
  /**
   * Set: no shared group at all, but a place beside that one from which its one leg is listened to, and what would happen
   * if it were a leg there is reported (shadow-group.ts). Nothing is sent on such a leg, and nobody hears it.
   */
  readonly shadowOf?: GroupId;
}

/** A digit of a telephone-event with which the far end makes its talk an emergency. */
interface EmergencyKey {
  readonly emergency?: string | undefined;
}

/** How talk from the far end is recognised on a leg that has no floor signalling. */
export type KeyIn =
  | (EmergencyKey & { readonly mode: 'presence'; readonly releaseAfterMs: number; readonly dtxHoldMs: number })
  | (EmergencyKey & {
      readonly mode: 'vox';
      readonly thresholdDbov: number;
      readonly attackMs: number;
      readonly hangMs: number;
    })
  | (EmergencyKey & {
      readonly mode: 'telephone-event';
      readonly on: string;
      readonly off: string;
      readonly releaseAfterMs: number;
    })
  /** `first`: the marker stands on the first packet of talk. `every`: on every one, and its absence ends the talk. */
  | (EmergencyKey & { readonly mode: 'marker'; readonly marks: 'first' | 'every'; readonly releaseAfterMs: number })
  | (EmergencyKey & { readonly mode: 'signalled' })
  /** A radio session: the squelch of the radio, on every packet. */
  | (EmergencyKey & { readonly mode: 'extension' });

/** How our talk is shown to the far end. `continuous` sends silence between overs. */
export type KeyOut =
  /** The far end has missed our packets for sure after `releaseMs`, and surely not within half of it. */
  | { readonly mode: 'presence'; readonly releaseMs: number }
  | { readonly mode: 'continuous' }
  | { readonly mode: 'telephone-event'; readonly on: string; readonly off: string }
  | { readonly mode: 'signalled' }
  /** A radio session: the PTT type on every packet. */
  | { readonly mode: 'extension' };

/** Digits that tell the far end what became of its request; without one it is not told. */
export interface AnswerDigits {
  readonly granted?: string | undefined;
  readonly queued?: string | undefined;
  readonly denied?: string | undefined;
  readonly revoked?: string | undefined;
}

/** When the far network is ready for our voice after we keyed it. */
export type GrantRule =
  | { readonly mode: 'immediate' }
  | { readonly mode: 'delay'; readonly delayMs: number }
  | { readonly mode: 'telephone-event'; readonly granted: string; readonly denied: string; readonly timeoutMs: number }
  | { readonly mode: 'signalled'; readonly timeoutMs: number }
  /** The radio says on its packets that our key is on the air. */
  | { readonly mode: 'extension'; readonly timeoutMs: number };

export interface LevelSettings {
  readonly automatic: boolean;
  readonly targetDbov: number;
  readonly gainMaxDb: number;
}

/** The line of a leg that no call sets up: what comes in is known by where it comes from. */
export interface StaticLine {
  /** Addresses and prefixes whose voice is taken; empty: everybody's who sends to the multicast group. */
  readonly sources: readonly string[];
  readonly multicast?: MulticastLine;
  /** RTCP is sent and read, one port above. */
  readonly rtcp: boolean;
}

export interface MulticastLine {
  /** The group that is joined; `local.port` is its port. */
  readonly group: string;
  /** The interface that it is joined and sent on: an IPv4 address of it, or its name with IPv6; `local.address` if absent. */
  readonly interface?: string;
  /** Routers that our packets may pass, plus one. */
  readonly ttl: number;
  /** Other programs on this machine hear what we send. */
  readonly loopback: boolean;
}

export interface LegSettings {
  readonly leg: LegId;
  readonly group: GroupId;
  /** Local address and even RTP port; RTCP is the odd port above unless multiplexed. */
  readonly local: Endpoint;
  /** Absent where calls say who the far end is. */
  readonly line?: StaticLine;
  /** Priority of this side's talkers when the network says none, 0–15. */
  readonly priority: number;
  /** Highest priority that a talker of this leg may use on the group, 0–15. */
  readonly priorityMax: number;
  readonly mayTalk: boolean;
  readonly mayQueue: boolean;
  /** False: a signalled far end that cannot stop its radios; absent: whoever has signalling can be told. */
  readonly canBeTold?: boolean;
  readonly keyIn: KeyIn;
  readonly keyOut: KeyOut;
  readonly grant: GrantRule;
  readonly answers: AnswerDigits;
  /** After our own transmission, activity shorter than this does not key the floor (squelch tail). */
  readonly guardMs: number;
  readonly level: LevelSettings;
  /** First-word buffer bound. */
  readonly firstWordMsMax: number;
}

/** A master key of SRTP as JSON carries it: never to be logged. */
export interface SrtpKeyText {
  readonly suite: SrtpSuite;
  /** Master key, its salt behind it; base64. */
  readonly keySalt: string;
  /** Master key identifier, base64; absent: packets have none. */
  readonly mki?: string;
}

/** The negotiated media of a leg's call. */
export interface LegMedia {
  readonly remote: Endpoint;
  /** Absent when RTCP shares the RTP port (RFC 5761). */
  readonly remoteRtcp?: Endpoint;
  /** Accept the first source from the negotiated address whatever its port, then lock (symmetric RTP behind NAT). */
  readonly latch: boolean;
  readonly codec: VoiceCodec;
  readonly payloadType: number;
  readonly telephoneEventPayloadType?: number;
  readonly comfortNoisePayloadType?: number;
  /** Packet time that we send, ms: 10, 20, 30, 40 or 60; Opus goes in packets of 20 whatever stands here. */
  readonly ptimeMs: number;
  readonly send: boolean;
  readonly receive: boolean;
  /**
   * RTP silence after which the call is held dead; 0: never; auto: by what the far end has shown (vital-signs.ts); owed:
   * the same, and it has to show something soon, since its last call died of silence.
   */
  readonly rtpTimeoutMs: number | 'auto' | 'owed';
  /** SDES CNAME of ours. */
  readonly cname: string;
  /** Keys of SRTP and SRTCP, one a direction; absent: in the clear. */
  readonly srtp?: { readonly send: SrtpKeyText; readonly receive: SrtpKeyText };
  /** The call is a radio session (ED-137): key and squelch stand on every packet. */
  readonly radio?: RadioMedia;
}

/** Streams of a feed: one per leg of the group and one that carries whichever console talks. */
export interface FeedStream {
  readonly party: LegId | 'operators';
  readonly ssrc: number;
}

export interface FeedSettings {
  readonly feed: FeedId;
  readonly group: GroupId;
  /** The mediasoup PlainTransport's address (rtcpMux). */
  readonly remote: Endpoint;
  readonly payloadType: number;
  readonly streams: readonly FeedStream[];
  /** Whether anybody listens; nothing is encoded or sent while false. */
  readonly active: boolean;
  /** Port of ours to send from, if it is free; the voice client fills it in after a restart. */
  readonly localPort?: number;
}

export interface ConsoleSettings {
  readonly console: ConsoleId;
  readonly priority: number;
}

export interface MicSettings {
  readonly console: ConsoleId;
  /** The mediasoup PlainTransport that forwards this console's microphone. */
  readonly remote: Endpoint;
  readonly payloadType: number;
  readonly ssrc: number;
  /** Port of ours to listen on, if it is free; the voice client fills it in after a restart. */
  readonly localPort?: number;
}

/** Why a request was denied or a talker revoked; numbers where TS 24.380 §8.2.6.2/§8.2.10.2 has one. */
export type DenyCause = 'busy' | 'receive-only' | 'queue-full' | 'not-member' | 'retry-later' | 'loop';
export type RevokeCause =
  | 'talk-limit'
  | 'pre-empted'
  | 'no-permission'
  | 'silence'
  | 'left'
  | 'cancelled'
  | 'loop'
  | 'removed';

/** How an over ended. */
export type OverEnd = 'released' | RevokeCause;

export type FloorAnswer =
  /** What is left to talk; 0 for an emergency, which has no limit. */
  | { readonly result: 'granted'; readonly talkLimitMs: number }
  | { readonly result: 'queued'; readonly position: number }
  | { readonly result: 'denied'; readonly cause: DenyCause }
  | { readonly result: 'revoked'; readonly cause: RevokeCause }
  | { readonly result: 'warned'; readonly remainingMs: number }
  | { readonly result: 'released' };

export interface FloorHolder {
  readonly party: PartyId;
  readonly priority: number;
  readonly emergency: boolean;
  /** Number of this over; grows, and is used once. */
  readonly over: number;
  /** UTC, ms since 1970: for display and record only. */
  readonly sinceUtcMs: number;
}

export interface FloorSnapshot {
  readonly group: GroupId;
  readonly holder?: FloorHolder;
  /** The party that is mixed over the holder (dual floor), if any. */
  readonly overriding?: FloorHolder;
  readonly queue: readonly FloorWaiting[];
}

export interface FloorWaiting {
  readonly party: PartyId;
  readonly priority: number;
  /** Another emergency talks: it takes the floor from none. */
  readonly emergency?: true;
  readonly sinceUtcMs: number;
}

/**
 * Our transmission towards one leg, for the operator's truth line. `carried`: the far end's RTCP says that it has this
 * over's packets; one that sends no reports never gets that far.
 */
export type LegTransmission = 'idle' | 'requested' | 'granted' | 'flowing' | 'carried' | 'refused';

export interface LegReport {
  readonly leg: LegId;
  readonly receiving: boolean;
  readonly transmission: LegTransmission;
  /** The leg's own talk is heard but not let through (denied, queued or revoked). */
  readonly blocked: boolean;
  /** What we send came back on it: what it says is ours until it proves to be its own. */
  readonly isolated?: boolean;
}

export interface OverReport {
  readonly group: GroupId;
  readonly over: number;
  readonly party: PartyId;
  readonly priority: number;
  readonly emergency: boolean;
  readonly startUtcMs: number;
  readonly durationMs: number;
  readonly end: OverEnd;
  /** Milliseconds of this over that each leg did not get (first-word buffer overflow, refused, not connected). */
  readonly lostMs: Readonly<Record<LegId, number>>;
  /** Packets of the talker lost on the way in, concealed or not. */
  readonly packetsLost: number;
}

/** The party that holds the floor while an announcement is spoken. */
export const announcementParty: PartyId = 'announcement';

/**
 * patient: it waits for the end of the over. urgent: it takes the floor from anybody but an emergency. emergency: that
 * too, and where too many wait, others give way to it.
 */
export type AnnouncementUrgency = 'patient' | 'urgent' | 'emergency';

/** Something that the gateway itself says on a group, each leg in its own language. */
export interface Announcement {
  /** The caller's, for the report. */
  readonly announcement: string;
  readonly urgency: AnnouncementUrgency;
  readonly voices: readonly AnnouncementSpeech[];
  /** Which of the voices consoles hear; undefined: none. */
  readonly consoles?: number;
}

export interface AnnouncementSpeech {
  /** Who hears it; legs that are in no voice are not keyed. */
  readonly legs: readonly LegId[];
  /** Opus, 20 ms each, at most 30 s. */
  readonly packets: readonly Uint8Array[];
}

/**
 * played: heard to its end on every leg that it was for. cut: an emergency came, twice. late: it found no place within
 * two minutes. refused: too many wait, or there is nothing to be said.
 */
export type AnnouncementEnd = 'played' | 'cut' | 'late' | 'refused';

/** A tone that is sounded on one leg of a group where nobody else is, and looked for on all of them (line-proof.ts). */
export interface LineProofOrder {
  /** The caller's, for the report. */
  readonly proof: string;
  /** On which it is sounded. */
  readonly leg: LegId;
  /** Eight tones, 0–5; neighbours differ (media/proof-tone.ts). */
  readonly code: readonly number[];
  /** −40 to −6. */
  readonly levelDbov: number;
  /** How long it is listened for after its end, at most 8000. */
  readonly listenMs: number;
}

/** person: somebody talks there. refused: the leg's network did not take our key. gone: there is no such leg, or it has no call. */
export type LineProofEnd = 'done' | 'person' | 'refused' | 'busy' | 'gone';

export interface LineProofReport {
  readonly group: GroupId;
  readonly proof: string;
  readonly end: LineProofEnd;
  /** Legs on which it came back. Level of the line-up tone; time from our first packet of it to theirs; share of it that came, 0–1. */
  readonly heard: readonly {
    readonly leg: LegId;
    readonly levelDbov: number;
    readonly delayMs: number;
    readonly whole: number;
  }[];
  /** The leg on which somebody talks. */
  readonly person?: LegId;
}
/** What would have happened. Times are in ms; `sinceMs` is on the caller's monotonic clock. */
export type ShadowFinding =
  /** One would have been heard by the other side: the talkgroup by the group (`in`), the group by the talkgroup (`out`). */
  | {
      readonly name: 'over';
      readonly way: 'in' | 'out';
      readonly party: PartyId;
      readonly sinceMs: number;
      /** From his first word to his last, as far as the floor would have been his. */
      readonly voiceMs: number;
      readonly end: OverEnd;
      readonly priority: number;
      /** What was claimed, where the talkgroup's `priorityMax` lowers it. */
      readonly claimed?: number;
      readonly emergency: boolean;
      /** The floor would have been his so long after he began. */
      readonly waitedMs: number;
      /** So long the talkgroup's own radios talked meanwhile: neither would have heard the other. */
      readonly collisionMs: number;
    }
  /** One would have had to wait, or would have been sent away: by whoever had the floor. */
  | {
      readonly name: 'held';
      readonly way: 'in' | 'out';
      readonly party: PartyId;
      readonly sinceMs: number;
      readonly why: 'queued' | 'pre-empted' | DenyCause;
      readonly by?: PartyId;
    }
  /** A talk of the talkgroup has ended; `unheardMs` of it the group would not have heard. */
  | { readonly name: 'talk'; readonly sinceMs: number; readonly talkMs: number; readonly unheardMs: number }
  /** Its talk was the group's own voice: another way joins the two already. */
  | { readonly name: 'loop'; readonly sinceMs: number; readonly delayMs: number; readonly likeness: number }
  /** Packets came that are none of the agreed codec: nobody could have heard them, most of all encrypted ones. */
  | { readonly name: 'unreadable'; readonly sinceMs: number; readonly payloadType: number };

type ForDisplay<Finding> = Finding extends unknown ? Omit<Finding, 'sinceMs'> & { readonly sinceUtcMs: number } : never;
/** As found, with its time as UTC, ms since 1970. */
export type ShadowNews = ForDisplay<ShadowFinding>;

/** What a shared group reports. */
export type GroupEvent =
  | ({ readonly name: 'proved' } & LineProofReport)
  | {
      readonly name: 'announced';
      readonly group: GroupId;
      readonly announcement: string;
      readonly end: AnnouncementEnd;
    }
  | {
      readonly name: 'answer';
      readonly party: PartyId;
      readonly group: GroupId;
      readonly requestId?: number;
      readonly answer: FloorAnswer;
    }
  | { readonly name: 'floor'; readonly floor: FloorSnapshot }
  | { readonly name: 'leg'; readonly report: LegReport }
  | { readonly name: 'over'; readonly report: OverReport }
  /** Said at once: what has been heard of an over was cut. `late`: it had seemed to be released. */
  | {
      readonly name: 'cut';
      readonly group: GroupId;
      readonly over: number;
      readonly party: PartyId;
      readonly end: OverEnd;
      readonly late: boolean;
    }
  /** Our own voice came back on a leg, or has not for so long that it is tried again. */
  | {
      readonly name: 'loop';
      readonly leg: LegId;
      readonly group: GroupId;
      readonly isolated: boolean;
      /** Of what came back last: how long after it was sent, and how alike, 0–1. */
      readonly delayMs: number;
      readonly likeness: number;
      /** How often this leg has been isolated without having been clear for ten minutes. */
      readonly times: number;
    }
  /** What would have happened if `leg` were one of the group's. */
  | {
      readonly name: 'shadow';
      readonly leg: LegId;
      readonly group: GroupId;
      readonly finding: ShadowNews;
    }
  /** The talker's address as RTCP SDES NAME of the leg's stream said it. */
  | { readonly name: 'identity'; readonly leg: LegId; readonly address: string }
  /** A `signalled` leg: ask its network to let us talk, or tell it that we are done. */
  | {
      readonly name: 'legTalk';
      readonly leg: LegId;
      readonly wanted: boolean;
      readonly priority: number;
      readonly emergency: boolean;
      readonly party: PartyId;
    }
  /** The radio of a leg began or ceased to hear two transmissions, or to send somebody else in place of us. */
  | ({ readonly name: 'radio'; readonly leg: LegId } & RadioState)
  | {
      readonly name: 'legDead';
      readonly leg: LegId;
      /** `unreadable`: what the far end sends in a call older than this process, or under new keys, fits no key. */
      readonly reason: 'rtp-timeout' | 'keep-alive' | 'icmp' | 'unsendable' | 'unreadable';
    };
