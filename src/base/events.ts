/**
 * Everything that the gateway can report: one function per event, which writes the line and moves the counter, so
 * that the two cannot drift apart; by subject in events/. Nothing else in the gateway writes log lines of its own.
 *
 * Line fields are fixed: event, group, leg, network, attachment, call, console, party, over, state, reason, clause,
 * waitedMs, durationMs, err, and `talker` and `callSign` for a person (see logger.ts on what becomes of them). `reason` may carry a far
 * end's words: it is text to be shown, never parsed.
 *
 * Levels: error = somebody must act; warn = the gateway copes, but look; info = what an operator would tell of the
 * day; debug = what a technician wants while he looks for a fault. Per packet there are no lines, only counters.
 */
import type { Clock } from './clock.ts';
import { AccountEvents } from './events/accounts.ts';
import { AttachmentEvents } from './events/attachments.ts';
import { AuditEvents } from './events/audit.ts';
import { CertificateEvents } from './events/certificates.ts';
import { ConsoleEvents, type ConsoleListener } from './events/consoles.ts';
import { DataEvents } from './events/data.ts';
import { deskOf, type RecordLine } from './events/desk.ts';
import { FleetEvents } from './events/fleet.ts';
import { GatewayEvents } from './events/gateway.ts';
import { HttpEvents } from './events/http.ts';
import { LegEvents, type LegListener } from './events/legs.ts';
import { LinkEvents } from './events/link.ts';
import { MachineEvents } from './events/machine.ts';
import { OperationEvents, type OperationListener } from './events/operations.ts';
import { ProcessEvents } from './events/processes.ts';
import { ProofEvents } from './events/proofs.ts';
import { RecordingEvents } from './events/recordings.ts';
import { RetentionEvents } from './events/retention.ts';
import { StateEvents } from './events/state.ts';
import { TalkEvents } from './events/talk.ts';
import { TokenEvents } from './events/tokens.ts';
import type { Logger } from './logger.ts';
import type { Meter } from './meter.ts';

/** Events that are told to a listener as well. */
export type EventsListener = OperationListener & LegListener & ConsoleListener;

export class Events {
  readonly audit: AuditEvents;
  readonly recordings: RecordingEvents;
  readonly retention: RetentionEvents;
  readonly proofs: ProofEvents;
  readonly gateway: GatewayEvents;
  readonly machine: MachineEvents;
  readonly state: StateEvents;
  readonly processes: ProcessEvents;
  readonly certificates: CertificateEvents;
  readonly tokens: TokenEvents;
  readonly attachments: AttachmentEvents;
  readonly link: LinkEvents;
  readonly legs: LegEvents;
  readonly data: DataEvents;
  readonly operations: OperationEvents;
  readonly talk: TalkEvents;
  readonly consoles: ConsoleEvents;
  readonly accounts: AccountEvents;
  readonly fleet: FleetEvents;
  readonly http: HttpEvents;
  #listener: EventsListener | undefined;

  /** `record` is given what the log may hide, but no lines of level debug. Without `clock` every refusal is a line. */
  constructor(logger: Logger, meter: Meter, record?: RecordLine, clock?: Clock) {
    const desk = deskOf(logger, meter, record, clock);
    const listener = () => this.#listener;
    this.audit = new AuditEvents(desk);
    this.recordings = new RecordingEvents(desk);
    this.retention = new RetentionEvents(desk);
    this.proofs = new ProofEvents(desk);
    this.gateway = new GatewayEvents(desk);
    this.machine = new MachineEvents(desk);
    this.state = new StateEvents(desk);
    this.processes = new ProcessEvents(desk);
    this.certificates = new CertificateEvents(desk);
    this.tokens = new TokenEvents(desk);
    this.attachments = new AttachmentEvents(desk);
    this.link = new LinkEvents(desk);
    this.legs = new LegEvents(desk, listener);
    this.data = new DataEvents(desk);
    this.operations = new OperationEvents(desk, listener);
    this.talk = new TalkEvents(desk);
    this.consoles = new ConsoleEvents(desk, listener);
    this.accounts = new AccountEvents(desk);
    this.fleet = new FleetEvents(desk);
    this.http = new HttpEvents(desk);
  }

  /** Who keeps what an operator would tell of the day, beside the log. */
  listen(listener: EventsListener): void {
    this.#listener = listener;
  }
}

/**
 * What a part of the gateway reports: `SomeEvents<'legs.moved' | 'state.notKept'>`; its tests answer for no more than
 * that.
 */
export type SomeEvents<Names extends EventName> = {
  readonly [Subject in SubjectOf<Names>]: Pick<Events[Subject], NameOf<Subject, Names>>;
};

type Subjects = Exclude<keyof Events, 'listen'>;
type EventName = { [Subject in Subjects]: `${Subject}.${keyof Events[Subject] & string}` }[Subjects];
type SubjectOf<Names> = Names extends `${infer Subject extends Subjects}.${string}` ? Subject : never;
type NameOf<Subject extends Subjects, Names> = Names extends `${Subject}.${infer Name extends keyof Events[Subject] &
  string}`
  ? Name
  : never;
