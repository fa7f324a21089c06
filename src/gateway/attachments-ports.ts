/** What all ways to the radio networks together need of the gateway. */
import type { Clock } from '../base/clock.ts';
import type { LegState } from '../base/events/legs.ts';
import type { Events } from '../base/events.ts';
import type { Meter } from '../base/meter.ts';
import type { Random } from '../base/random.ts';
import type { ServiceTokensPort } from '../base/service-token.ts';
import type { OpenTransport } from '../bridges/sip/sip-bridge.ts';
import type { ConsoleServer } from '../console/console-server.ts';
import type { VoiceCommand } from '../voice/contract.ts';
import type { CertificateWatch } from './certificate-watch.ts';
import type { AlarmSaid, PlaceSaid } from './operations/emergencies.ts';
import type { DataSaid, UnitSaid } from './operations/unit-said.ts';

export interface AttachmentsPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly meter: Meter;
  sendVoice(command: VoiceCommand): void;
  readonly certificates: Pick<CertificateWatch, 'seen'>;
  readonly serviceTokens: ServiceTokensPort;
  /** An emergency of the group is open. */
  inEmergency(group: string): boolean;
  /** A leg's call stands, or no longer; `second`: on another attachment than it should be on. */
  legShown(leg: string, up: boolean, second: boolean): void;
  /** Who talks on a leg has got a name; `address`: as its network has it. */
  talkerNamed(group: string, leg: string, address: string): void;
  /** A radio is in distress, or no longer. */
  alarmSaid(said: AlarmSaid): void;
  /** A unit said something beside voice. */
  dataSaid(said: DataSaid): void;
  /** A unit says that it has crossed the border or holds a post, or where it is. */
  unitSaid(said: UnitSaid): void;
  /** A radio is there. */
  placeSaid(said: PlaceSaid): void;
  /** A leg that is only listened to is up, or not; who talks on it; something beside voice came. */
  readonly shadows: {
    legShown(leg: string, state: LegState): void;
    talkerNamed(leg: string, address: string, lasts: 'call' | 'over'): void;
    dataSaid(leg: string): void;
  };
  /** A test's network in place of sockets. */
  readonly openSip?: OpenTransport;
  readonly console: Pick<
    ConsoleServer,
    | 'identify'
    | 'setLegState'
    | 'setTalkerIdentity'
    | 'talkerNow'
    | 'raiseAlarm'
    | 'clearAlarm'
    | 'showData'
    | 'showText'
    | 'noteReceipt'
    | 'noteUndelivered'
  >;
}
