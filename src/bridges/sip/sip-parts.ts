/** What a SIP attachment is made of: its settings, and what it is given to work with. */
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { SipSettings } from '../../config/schema.ts';
import type { MediaAddresses } from '../media-addresses.ts';
import type { OwnSockets } from '../own-sockets.ts';
import type { PathMarks } from '../path-marks.ts';
import type { PortAllocator } from '../port-allocator.ts';
import type { AttachmentObserver, BridgeEvents, BridgeMeter, VoicePort } from '../ports.ts';
import type { SipLine } from './sip-line.ts';

export interface SipAttachmentSettings {
  readonly id: string;
  readonly network: string;
  /** Legs that it may carry at once. */
  readonly channels: number;
  readonly sip: SipSettings;
}

export interface SipAttachmentParts {
  readonly line: SipLine;
  readonly voice: VoicePort;
  readonly observer: AttachmentObserver;
  readonly events: BridgeEvents;
  readonly meter: BridgeMeter;
  readonly ports: PortAllocator;
  readonly ownSockets: Pick<OwnSockets, 'has'>;
  /** Address at which the voice process receives, as told to far ends. */
  readonly mediaAddresses: MediaAddresses;
  /** RTCP name of this gateway (RFC 7022). */
  readonly cname: string;
  /** Absent: calls bear no mark. */
  readonly paths?: PathMarks | undefined;
  readonly clock: Clock;
  readonly random: Random;
}
