/** What the operator link needs of the gateway. The gateway hands it in; tests hand in their own. */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { Meter } from '../base/meter.ts';
import type { Random } from '../base/random.ts';
import type { RtcPort } from '../base/rtc-port.ts';
import type { CapacityPreview, StatusReport } from '../base/status-report.ts';
import type { Station } from '../operations/intercom.ts';
import type { Person } from '../operations/terms.ts';
import type { ConsoleId } from '../talkgroups/terms.ts';
import type { VoiceCommand } from '../voice/contract.ts';
import type { IntercomOperation, Operation, RetentionOperation } from './operation.ts';
import type { RecordingsReply, RecordingsWish, WireExportOrder, WireRecordingRights } from './recordings-wire.ts';
import type { Signer } from './resume-token.ts';
import type {
  Colleague,
  HandOver,
  RecallAnswer,
  RecallWish,
  SheetAnswer,
  TimelineAsked,
  WireTimeline,
  WishedGroup,
} from './wire.ts';
import type { World } from './world.ts';

export interface ConsolePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: SomeEvents<'consoles.opened' | 'consoles.closed' | 'consoles.refused' | 'consoles.notPermitted'>;
  readonly meter: Pick<Meter, 'add' | 'set' | 'observe'>;
  readonly rtc: RtcPort;
  sendVoice(command: VoiceCommand): void;
  /** Who has logged in where this upgrade comes from, now; left out: nobody logs in, and printed links open consoles. */
  readonly signedIn?: (request: IncomingMessage) => SignedInPerson | undefined;
  /** A text that nobody can guess, URL-safe, of 256 bits. */
  newToken(): string;
  /** A link that opens one console for that person, to be shown to him; the one before is spent. */
  onConsoleLink(url: string, operator: Operator): void;
  /** A person does something with a group; answered once, perhaps before this returns. */
  operate(
    person: Person,
    operation: Operation | RetentionOperation,
    answer: (refusal: OperationRefusal | undefined) => void,
  ): void;
  /** Somebody at a console does something at its intercom; answered as `operate` is. */
  callOthers(
    console: ConsoleId,
    operation: IntercomOperation,
    answer: (refusal: OperationRefusal | undefined) => void,
  ): void;
  /** Somebody at a console can be called from here on: its page is linked and has its voice open. */
  stationHere(station: Station): void;
  /** … and no longer. */
  stationAway(console: ConsoleId): void;
  /** A person wants to hear an over again; answered once, perhaps before this returns. */
  recall(person: Person, wish: RecallWish, answer: (answer: RecallAnswer) => void): void;
  /** What joining these would take of the networks' channels. */
  capacity(groups: readonly WishedGroup[]): CapacityPreview;
  /** What happened on these groups, and on none. */
  timeline(hears: ReadonlySet<string>, asked: TimelineAsked): WireTimeline;
  /** What a person is shown of shifts that are handed over. */
  shifts(person: Person): { readonly handOvers: HandOver[]; readonly colleagues: Colleague[] };
  /** What there was to hand over. */
  sheet(person: Person, shift: number): SheetAnswer;
  /** A person searches permanent recordings, listens to one or exports some; answered once, perhaps before this returns. */
  recordings(person: Person, wish: RecordingsWish, answer: (reply: RecordingsReply) => void): void;
  /** What a person may do with permanent recordings, and the exports that concern him. */
  recordingsShown(person: Person): {
    readonly recordingRights: WireRecordingRights;
    readonly exportOrders: WireExportOrder[];
  };
  /** How networks, attachments and legs fare; asked once a second at most, and only while a console looks. */
  status(): StatusReport;
}

export interface SignedInPerson {
  readonly person: string;
  /** He sees and hears, and does nothing until he gives his password. */
  readonly isLocked: boolean;
}

/** Why it was not done: a word of proto/console.proto, and what it is about. */
export interface OperationRefusal {
  readonly cause: string;
  readonly talkgroup?: string;
  readonly group?: string;
}

export interface ConsoleServerOptions {
  readonly world: World;
  /** Who may open consoles; from the configuration. */
  readonly people: readonly Operator[];
  readonly sessionsMax: number;
  /** Address of the page, e.g. `http://127.0.0.1:8080/`; the one-time token is put behind it. */
  readonly pageUrl: string;
  readonly gatewayVersion: string;
  /** With which tokens are written that let consoles come back. */
  readonly signer: Signer;
  /** Sets this run's consoles apart from those of the run before; letters and digits. */
  readonly run: string;
}

/** Somebody who may open consoles. */
export interface Operator extends Person {
  /** Call sign of his control room. */
  readonly controlRoomName: string;
  readonly country: string;
  readonly language: string;
  /** Floor priority, 0–15. */
  readonly priority: number;
}
