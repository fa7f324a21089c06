/** What a link attachment is made of: its settings, the way to its agent, and what it is given to work with. */
import type { Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import type { Meter } from '../../base/meter.ts';
import type { Random } from '../../base/random.ts';
import type { ServiceTokensPort } from '../../base/service-token.ts';
import type { LinkSettings } from '../../config/schema.ts';
import type { LegId } from '../../voice/contract.ts';
import type { MediaAddresses } from '../media-addresses.ts';
import type { OwnSockets } from '../own-sockets.ts';
import type { PathMarks } from '../path-marks.ts';
import type { PortAllocator } from '../port-allocator.ts';
import type { AttachmentObserver, VoicePort } from '../ports.ts';

export type LinkEvents = SomeEvents<
  | 'attachments.up'
  | 'attachments.down'
  | 'legs.changed'
  | 'link.admitted'
  | 'link.fault'
  | 'link.refused'
  | 'link.tokenEnded'
  | 'link.tokenExpiring'
  | 'legs.pathLooped'
>;

export interface LinkAttachmentSettings {
  readonly id: string;
  readonly network: string;
  /** Legs that it may carry at once. */
  readonly channels: number;
  readonly link: LinkSettings;
}

export type LinkListenSettings = LinkSettings['listen'] & Pick<LinkSettings, 'tls' | 'sources'>;

/** One connection of whoever says that he is the agent. */
export interface LinkLine {
  readonly address: string;
  /** Of the client certificate, if one was asked for. */
  readonly clientName: string | undefined;
  send(octets: Uint8Array): void;
  /** False when it was dropped because the agent does not read fast enough. */
  sendVoice(octets: Uint8Array): boolean;
  /** Closes when what was sent is out. */
  end(): void;
}

export interface LinkListener {
  opened(line: LinkLine): void;
  message(line: LinkLine, octets: Uint8Array): void;
  /** A length that cannot be. */
  broken(line: LinkLine): void;
  closed(line: LinkLine): void;
  /** Somebody was turned away before he could say anything. */
  dropped(reason: 'stranger' | 'overload' | 'handshake'): void;
}

export interface LinkTransport {
  readonly port: number;
  close(): Promise<void>;
}

/** Voice of one leg between the stream and the voice process, which knows RTP only. */
export interface VoiceRelay {
  readonly port: number;
  /** RTP to the voice process. */
  send(bytes: Uint8Array, toPort: number): void;
  close(): void;
}

export interface LinkAttachmentParts {
  /** Absent: talkgroups bear no mark. */
  readonly paths?: PathMarks | undefined;
  readonly voice: VoicePort;
  readonly observer: AttachmentObserver;
  readonly events: LinkEvents;
  readonly meter: Pick<Meter, 'add' | 'set'>;
  /** Service tokens of agents. */
  readonly serviceTokens: ServiceTokensPort;
  /** Somebody is heard on that leg, or in its group, or an emergency runs there: it is not the moment to let go. */
  readonly isNeeded: (leg: LegId) => boolean;
  readonly ports: PortAllocator;
  readonly ownSockets: Pick<OwnSockets, 'has'>;
  /** Address at which the voice process receives; the link's RTP comes there. */
  readonly mediaAddresses: MediaAddresses;
  /** RTCP name of this gateway (RFC 7022). */
  readonly cname: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Unguessable; for resuming. */
  readonly newToken: () => string;
  readonly openTransport: (settings: LinkListenSettings, listener: LinkListener) => Promise<LinkTransport>;
  readonly openRelay: (address: string, onRtp: (bytes: Uint8Array) => void) => Promise<VoiceRelay>;
}
