/**
 * The operator link's shell: sockets, the clock and everybody's messages. What is decided, is decided by the pure parts
 * beside it: who may come in (admission), what a page may do (session), what it sees (console-model), and what becomes
 * of one that reads too slowly (link-flow).
 *
 *   upgrade ─▶ link without session ──Hello──▶ seat ─▶ session ─▶ voice process, WebRTC
 *   voice process, bridges ─▶ model ─▶ Delta ─▶ every seat's log ─▶ its link, if it has one
 *
 * Host and Origin of an upgrade are checked before it gets here (api/http-server.ts). Wire: proto/console.proto.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { Alarm } from '../base/clock.ts';
import type { RtcNotice } from '../base/rtc-port.ts';
import type { Viewer } from '../operations/position-window.ts';
import type { Person, PersonId } from '../operations/terms.ts';
import type { ConsoleId, GroupId, LegId, PartyId } from '../talkgroups/terms.ts';
import type { VoiceEvent } from '../voice/contract.ts';
import { Admission, type Instant, protocolVersion } from './admission.ts';
import {
  type ActivePlan,
  type AlarmCode,
  type BorderRecord,
  type BridgingView,
  ConsoleModel,
  type Emergency,
  type LegState,
  type ScheduleView,
  type TalkerIdentity,
} from './console-model.ts';
import type { SaidData } from './data-list.ts';
import { DeltaLog } from './delta-log.ts';
import type { Talker } from './directory.ts';
import type { Hit } from './hit-list.ts';
import { type Flow, flowing, judge, offer } from './link-flow.ts';
import type { ConsolePorts, ConsoleServerOptions, OperationRefusal, Operator, SignedInPerson } from './ports.ts';
import {
  openSession,
  protocolFault,
  type SessionAction,
  type SessionCount,
  type SessionEvent,
  type SessionRights,
  type SessionState,
  sessionDeadlineMs,
  stepSession,
} from './session.ts';
import { StatusFeed } from './status-feed.ts';
import {
  type ClientMessage,
  capacityAnswer,
  type Delta,
  type DirectLine,
  type HandOver,
  type Hello,
  type Intercom,
  type IntercomOperation,
  type ListenerReport,
  numbered,
  type Operation,
  type RecallWish,
  type Receipt,
  readClientMessage,
  recallAnswer,
  refusal,
  rtcNotice,
  rtcResponse,
  type ServerBody,
  type Snapshot,
  type Station,
  type TimelineAsked,
  type WireClock,
  type WireTimelineEntry,
  writeDelta,
  writeMessage,
  writeSnapshot,
} from './wire.ts';

/** One WebSocket, from its upgrade to its end. */
interface Link {
  readonly socket: WebSocket;
  /** Whose wrong tokens are counted together. */
  readonly client: string;
  /** Who has logged in there, now. */
  readonly signedIn: () => SignedInPerson | undefined;
  readonly openedMs: number;
  /** Ends a link that says no Hello, and one that does not close. */
  readonly alarm: Alarm;
  seat: Seat | undefined;
  flow: Flow;
  closing: boolean;
}

/** A console: its session, what it was told, and the link that it has at present. */
interface Seat {
  readonly id: ConsoleId;
  /** Tells consoles of one person apart, from 1. */
  readonly place: number;
  readonly operator: Operator;
  /** As others see him: with the number of his console, from the second on. */
  readonly display: string;
  readonly log: DeltaLog;
  readonly alarm: Alarm;
  session: SessionState;
  link: Link | undefined;
  /** What it was told of the networks; undefined while it does not look. */
  status: StatusFeed | undefined;
  /** Somebody last did something at it. */
  actedMs: number;
  /** What its page knows of the lock of his session. */
  lockShown: boolean;
  /** Its page has its voice open: it can be called. */
  isStation: boolean;
  intercom: Intercom;
}

type LostWhy = 'left' | 'lost' | 'slow' | 'protocol' | 'stopping';

export interface ConsoleStatistics {
  /** Consoles with a link. */
  readonly consoles: number;
  /** Consoles that may come back to what they left. */
  readonly away: number;
  readonly counts: Readonly<Record<Irregularity, number>>;
}

type Irregularity = SessionCount | 'refused' | 'slow' | 'held';

const messageBytesMax = 64 * 1024;
const helloWithinMs = 5000;
const closeWithinMs = 1000;
const pingIntervalMs = 1000;
const flowCheckMs = 250;
const presenceEveryMs = 1000;
const statusEveryMs = 1000;
/** A page that missed no more than this gets it piece by piece. */
const catchUpMax = 64;
const retryAfterMs = 1000;
/** What a page says only when somebody does something at it. */
const acts: ReadonlySet<ClientMessage['name']> = new Set([
  'floorRequest',
  'floorRelease',
  'monitor',
  'operate',
  'shareRoom',
  'recall',
  'capacity',
  'sheet',
]);
/** What a page is shown of the timeline before it asks for more. */
const newest: TimelineAsked = { beforeId: 0, group: '', kinds: [], limit: 0 };

export class ConsoleServer {
  readonly #options: ConsoleServerOptions;
  readonly #ports: ConsolePorts;
  readonly #model: ConsoleModel;
  readonly #people: ReadonlyMap<PersonId, Operator>;
  readonly #admission: Admission;
  readonly #upgrades = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
  });
  readonly #links = new Set<Link>();
  readonly #seats = new Map<ConsoleId, Seat>();
  readonly #flowAlarm: Alarm;
  readonly #presenceAlarm: Alarm;
  readonly #statusAlarm: Alarm;
  readonly #counts = {
    ignored: 0,
    malformed: 0,
    'stale-answer': 0,
    'floor-taken-back': 0,
    refused: 0,
    slow: 0,
    held: 0,
  } satisfies ConsoleStatistics['counts'];
  #flowsWatched = false;
  #presenceAwaited = false;
  #statusToldMs = -Infinity;
  #stationsTold = '[]';
  readonly #directLines = new Map<ConsoleId, DirectLine>();
  #clockQuality: WireClock | undefined;
  /** People whose session is locked. */
  readonly #locked = new Set<PersonId>();
  #closed = false;

  constructor(options: ConsoleServerOptions, ports: ConsolePorts) {
    this.#options = options;
    this.#ports = ports;
    this.#model = new ConsoleModel(options.world);
    this.#people = new Map(options.people.map((operator) => [operator.person, operator]));
    const { sessionsMax, signer, run } = options;
    const newToken = () => ports.newToken();
    this.#admission = new Admission({
      people: [...this.#people.keys()],
      credentialsMax: 4 * sessionsMax,
      signer,
      run,
      byLogin: ports.signedIn !== undefined,
      newToken,
    });
    this.#flowAlarm = new Alarm(ports.clock, () => this.#checkFlows());
    this.#presenceAlarm = new Alarm(ports.clock, () => this.#tellPresence());
    this.#statusAlarm = new Alarm(ports.clock, () => this.#tellStatus());
  }

  /** Shows everybody's first link, unless people log in. */
  start(): void {
    for (const person of this.#people.keys()) this.#showLink(person);
  }

  get statistics(): ConsoleStatistics {
    const consoles = this.#linkedSeats();
    return { consoles, away: this.#seats.size - consoles, counts: { ...this.#counts } };
  }

  /** Takes over an upgrade request whose Host and Origin were found good. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Twice as many as there are seats: all may come back while their old links are not yet known to be dead.
    const isFull = this.#links.size >= 2 * this.#options.sessionsMax + 16;
    if (this.#closed || (isFull && !this.#cutOldestStranger())) {
      this.#count('refused');
      socket.destroy();
      return;
    }
    const client = request.socket.remoteAddress ?? 'unknown';
    const signedIn = () => this.#ports.signedIn?.(request);
    this.#upgrades.handleUpgrade(request, socket, head, (webSocket) => this.#greet(webSocket, client, signedIn));
  }

  handleVoiceEvent(event: VoiceEvent): void {
    this.#tell(this.#model.handleVoiceEvent(event, this.#now()));
    if (event.name === 'ready') for (const seat of this.#seats.values()) this.#feed(seat, { name: 'voiceLost' });
    if (event.name !== 'answer') return;
    const seat = this.#seats.get(event.party);
    const { group, requestId, answer } = event;
    if (seat !== undefined) this.#feed(seat, { name: 'answer', group, requestId, answer });
  }

  /** Whom consoles saw talk in one of the last overs of a group. */
  talkerOf(group: GroupId, over: number): Talker | undefined {
    return this.#model.talkerOf(group, over);
  }

  /** Whether one of the last overs of a group was one of an exercise. */
  isExercise(group: GroupId, over: number): boolean {
    return this.#model.isExercise(group, over);
  }

  /** A group is open as an exercise, which is under way. */
  inExercise(group: GroupId): boolean {
    return this.#model.inExercise(group);
  }

  /** Whom consoles see talk as a party of a group, or would. */
  talkerNow(group: GroupId, party: PartyId): Talker {
    return this.#model.talkerNow(group, party);
  }

  /** Whether the network of a leg has named anybody since the last talk on it ended. */
  isNamedAnew(leg: LegId): boolean {
    return this.#model.isNamedAnew(leg);
  }

  handleRtcNotice(console: ConsoleId, notice: RtcNotice): void {
    const seat = this.#seats.get(console);
    if (seat === undefined) return;
    if (notice.name === 'microphone') this.#feed(seat, notice);
    else this.#say(seat, rtcNotice(notice)); // a page without link opens anew when it comes back
  }

  /** The bridge tells of a leg's call. */
  setLegState(report: LegState): void {
    this.#tell(this.#model.setLegState(report));
  }

  /** A network names the talker. */
  setTalkerIdentity(identity: TalkerIdentity): void {
    this.#tell(this.#model.setIdentity(identity, this.#now()));
  }

  /** A group has been opened or closed, or something has been joined to it. */
  setBridging(view: BridgingView): void {
    this.#tell(this.#model.setBridging(view, this.#ports.clock.utcMs()));
    const loses = this.#model.setWindow(view, this.#now());
    const groups = this.#model.joinedGroups;
    for (const seat of this.#seats.values()) {
      this.#withdraw(seat, loses(viewerOf(seat)));
      this.#feed(seat, { name: 'groups', groups });
      const picture = this.#model.group(view.group, seat.session);
      if (picture !== undefined) this.#tellSeat(seat, writeDelta({ group: { group: picture } }));
    }
    this.#presenceMoved();
  }

  setSchedule(view: ScheduleView): void {
    this.#model.setSchedule(view);
    for (const seat of this.#seats.values()) {
      const picture = this.#model.group(view.group, seat.session);
      if (picture !== undefined) this.#tellSeat(seat, writeDelta({ group: { group: picture } }));
    }
  }

  raiseAlarm(code: AlarmCode, subject: string): void {
    this.#tell(this.#model.raiseAlarm(code, subject, this.#ports.clock.utcMs()));
  }

  clearAlarm(code: AlarmCode, subject: string): void {
    this.#tell(this.#model.clearAlarm(code, subject, this.#ports.clock.utcMs()));
  }

  /** A unit said something beside voice; its number is for `noteUndelivered`. */
  showData(data: SaidData): number {
    const delta = this.#model.showData(data, this.#ports.clock.utcMs(), this.#now());
    if (delta === undefined) return 0;
    this.#tell([delta]);
    if (data.said.position) {
      const placed = this.#model.placeUnit(data, delta.data ?? {}, this.#now());
      for (const seat of this.#seats.values()) {
        const positions = placed(viewerOf(seat));
        if (positions !== undefined) this.#tellSeat(seat, writeDelta(positions));
      }
    }
    return delta.data?.id ?? 0;
  }

  /** Whom consoles are shown for an address on a leg. */
  identify(leg: LegId, address: string): Talker {
    return this.#model.identify(leg, address);
  }

  /** A unit is in distress, or what is known of it has changed. */
  setEmergency(emergency: Emergency): void {
    this.#tell(this.#model.setEmergency(emergency));
  }

  /** An alert plan is active, or something about it has changed. */
  setPlan(plan: ActivePlan): void {
    this.#tell(this.#model.setPlan(plan));
  }

  endPlan(plan: string): void {
    this.#tell(this.#model.endPlan(plan));
  }

  /** A border record has been opened, or something has been written into it. */
  setBorderRecord(record: BorderRecord): void {
    this.#tell(this.#model.setBorderRecord(record));
  }

  /** A hit has come, or something has become of it. */
  setHit(hit: Hit): void {
    this.#tell(this.#model.setHit(hit));
  }

  /** Something happened; told to those who may hear its group. */
  addToTimeline(timelineEntry: WireTimelineEntry): void {
    const { groupId = '' } = timelineEntry;
    const body = writeDelta({ timelineEntry });
    for (const seat of this.#seats.values()) {
      if (groupId === '' || seat.session.rights.hears.has(groupId ?? '')) this.#tellSeat(seat, body);
    }
  }

  /** The intercom of a console. */
  setIntercom(console: ConsoleId, intercom: Intercom): void {
    const seat = this.#seats.get(console);
    if (seat === undefined) return;
    const { over: _, ...kept } = intercom;
    seat.intercom = kept;
    this.#tellSeat(seat, writeDelta({ intercom }));
    this.#presenceMoved();
  }

  /** Something has become of a direct line. */
  setDirectLine(directLine: DirectLine): void {
    this.#directLines.set(directLine.consoleId ?? '', directLine);
    this.#tell([{ directLine }]);
  }

  /** How far our clock is from its time servers. */
  showClock(quality: WireClock): void {
    this.#clockQuality = quality;
    this.#tell([{ clock: quality }]);
  }

  /** A shift is handed over, or something became of it; told to those of that control room. */
  setHandOver(handOver: HandOver, controlRoom: string): void {
    const body = writeDelta({ handOver });
    for (const seat of this.#seats.values()) {
      if (seat.operator.controlRoom === controlRoom) this.#tellSeat(seat, body);
    }
  }

  /** What a person would hand over now. */
  sheetOf(person: Person): Snapshot {
    const timeline = this.#ports.timeline(this.#model.rightsOf(person).hears, newest);
    return { ...this.#model.sheetOf(person, this.#ports.clock.utcMs()), timeline };
  }

  clearEmergency(id: number, group: GroupId): void {
    this.#tell(this.#model.clearEmergency(id, group));
  }

  /** An operator wrote to all sides of a group; its number is for `noteReceipt`. */
  showText(group: GroupId, { person, display }: Person, text: string): number {
    const { controlRoomName = '', country = '', language = '' } = this.#people.get(person) ?? {};
    const named = { callSign: display, organisation: controlRoomName, country, language };
    const sender = { partyId: person, isConsole: true, ...named, verified: true };
    const delta = this.#model.showText(group, sender, text, this.#ports.clock.utcMs(), this.#now());
    this.#tell([delta]);
    return delta.data?.id ?? 0;
  }

  /** What became of a text on one side. */
  noteReceipt(id: number, receipt: Receipt): void {
    this.#tell(this.#model.noteReceipt(id, receipt));
  }

  noteUndelivered(id: number, leg: LegId): void {
    this.#tell(this.#model.noteUndelivered(id, leg));
  }

  // ── Whoever has logged in ────────────────────────────────────────────────────────────────────────────────────────

  /** He talks or waits for a floor, or an emergency runs on a group of his. */
  isNeeded(person: PersonId): boolean {
    return this.#seatsOf(person).some(
      ({ session, link }) =>
        link !== undefined && (session.holds.size > 0 || this.#model.hasEmergency(session.rights.hears)),
    );
  }

  /** His consoles see and hear, and do nothing until they are told otherwise. */
  lock(person: PersonId, isLocked: boolean): void {
    if (isLocked) this.#locked.add(person);
    else this.#locked.delete(person);
    for (const seat of this.#seatsOf(person)) {
      seat.session = { ...seat.session, rights: this.#rightsOf(seat.operator) };
      seat.actedMs = isLocked ? seat.actedMs : this.#now();
      this.#sendSnapshot(seat);
    }
  }

  /** His consoles are closed and do not come back by themselves; `why` is for their pages. */
  endPerson(person: PersonId, why: string): void {
    this.#locked.delete(person);
    for (const seat of this.#seatsOf(person)) {
      const { link } = seat;
      if (link !== undefined) {
        this.#write(link, writeMessage({ refused: { reason: refusal.TOKEN, detail: why } }));
        this.#lose(link, 'left');
        this.#part(link, 1008, why);
      }
      this.#endSeat(seat);
    }
    this.#presenceMoved();
  }

  presence(person: PersonId): { readonly isHere: boolean; readonly actedMs: number } {
    const seats = this.#seatsOf(person);
    const isHere = seats.some(({ link }) => link !== undefined);
    return { isHere, actedMs: Math.max(-Infinity, ...seats.map(({ actedMs }) => actedMs)) };
  }

  /** Tells all pages to come back later, and gives all floors back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#flowAlarm.clear();
    this.#presenceAlarm.clear();
    this.#statusAlarm.clear();
    for (const link of this.#links) {
      this.#write(link, writeMessage({ goodbye: { reason: 'stopping', retryAfterMs } }));
      this.#part(link, 1001, 'stopping');
    }
    for (const seat of [...this.#seats.values()]) this.#endSeat(seat);
  }

  // ── Links ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #greet(socket: WebSocket, client: string, signedIn: Link['signedIn']): void {
    const link: Link = {
      socket,
      client,
      signedIn,
      openedMs: this.#now(),
      alarm: new Alarm(this.#ports.clock, () => socket.terminate()),
      seat: undefined,
      flow: flowing,
      closing: false,
    };
    this.#links.add(link);
    link.alarm.setAt(this.#now() + helloWithinMs);
    socket.binaryType = 'nodebuffer';
    socket.on('message', (data, isBinary) => this.#receive(link, data, isBinary));
    socket.on('close', () => this.#lose(link, 'lost'));
    // Frames that break RFC 6455, messages beyond the bound, connections reset.
    socket.on('error', () => {
      this.#count('malformed');
      this.#lose(link, 'protocol');
      this.#part(link, 1002, 'broken');
    });
  }

  /** A page says Hello at once: of those that have said nothing the one that waits longest is none. */
  #cutOldestStranger(): boolean {
    for (const link of this.#links) {
      if (link.seat !== undefined) continue;
      this.#count('refused');
      this.#lose(link, 'lost');
      link.socket.terminate();
      return true;
    }
    return false;
  }

  #receive(link: Link, data: RawData, isBinary: boolean): void {
    if (link.closing) return;
    const message = isBinary && Buffer.isBuffer(data) ? readClientMessage(data) : undefined;
    const { seat } = link;
    if (seat === undefined) this.#receiveFirst(link, message);
    else if (message === undefined) this.#feed(seat, { name: 'malformed' });
    else {
      if (message.name === 'listenerReport') this.#measure(message.report);
      if (acts.has(message.name)) seat.actedMs = this.#now();
      this.#feed(seat, { name: 'message', message });
    }
  }

  #receiveFirst(link: Link, message: ClientMessage | undefined): void {
    if (message === undefined) this.#count('malformed');
    if (message?.name === 'hello') this.#admit(link, message);
    else this.#refuse(link, protocolFault('the first message has to be Hello'), 'protocol');
  }

  #admit(link: Link, hello: Hello): void {
    if (hello.token !== '' && !this.#hasRoom()) {
      this.#refuseBusy(link); // before the token is spent on it
      return;
    }
    const who = link.signedIn();
    const verdict = this.#admission.admit(hello, link.client, this.#instant(), who?.person);
    if (verdict.verdict === 'refused') {
      const { reason, detail, repeated } = verdict;
      this.#refuse(link, { refused: { reason: refusal[reason], detail } }, reason.toLowerCase(), repeated);
      return;
    }
    const { person } = verdict;
    if (who?.isLocked === true) this.#locked.add(person);
    if (verdict.verdict === 'opened') this.#showLink(person);
    const known = this.#seats.get(verdict.console);
    const seat = known ?? this.#takeSeat(verdict.console, person, verdict.verdict === 'returned' ? verdict.place : 1);
    if (seat === undefined) {
      this.#refuseBusy(link);
      return;
    }
    const isNewsOfLock = seat.lockShown !== this.#locked.has(person);
    const missing = known === undefined || isNewsOfLock ? undefined : seat.log.since(hello.lastSeq);
    this.#attach(link, seat, missing);
  }

  #refuseBusy(link: Link): void {
    this.#refuse(link, { refused: { reason: refusal.BUSY, detail: 'all consoles are taken' } }, 'busy');
  }

  /** `repeated`: a client that tries again and again is counted, and fills no log. */
  #refuse(link: Link, body: ServerBody, reason: string, repeated = false): void {
    this.#count('refused');
    if (!repeated) this.#ports.events.consoleRefused({ client: link.client, reason });
    this.#write(link, writeMessage(body));
    this.#part(link, 1008, reason);
  }

  /** From here on this link is the seat's; `missing` are the Deltas that its page has not seen, if they are known. */
  #attach(link: Link, seat: Seat, missing: readonly Uint8Array[] | undefined): void {
    const before = seat.link;
    if (before !== undefined) {
      this.#write(before, writeMessage({ goodbye: { reason: 'replaced' } }));
      this.#lose(before, 'left');
      this.#part(before, 1000, 'replaced');
    }
    link.alarm.clear();
    link.seat = seat;
    seat.link = link;
    this.#feed(seat, { name: 'link' });
    const resumed = missing !== undefined;
    this.#write(link, writeMessage(this.#welcome(seat, resumed)));
    if (missing === undefined) this.#sendSnapshot(seat);
    else
      for (const [index, body] of missing.entries())
        this.#write(link, numbered(seat.log.seq - missing.length + 1 + index, body));
    this.#presenceMoved();
    const { display: operator } = seat;
    this.#ports.events.consoleOpened({ console: seat.id, operator, consoles: this.#linkedSeats(), resumed });
  }

  #welcome(seat: Seat, resumed: boolean): ServerBody {
    const { person, role, controlRoom, controlRoomName, country, language, priority } = seat.operator;
    return {
      welcome: {
        version: protocolVersion,
        sessionId: seat.id,
        resumeToken: this.#admission.issue(seat.id, person, seat.place, this.#instant()),
        resumed,
        operator: {
          id: seat.id,
          display: seat.display,
          controlRoom: controlRoomName,
          country,
          language,
          priority,
          personId: person,
          controlRoomId: controlRoom,
          role,
        },
        pingIntervalMs,
        gatewayUtcMs: this.#ports.clock.utcMs(),
        routerRtpCapabilitiesJson: this.#ports.rtc.capabilitiesJson,
        gatewayVersion: this.#options.gatewayVersion,
      },
    };
  }

  /** A link that is no more, whoever ended it. What its page held of the floors goes back now. */
  #lose(link: Link, why: LostWhy): void {
    if (!link.closing) link.alarm.clear();
    this.#links.delete(link);
    const { seat } = link;
    link.seat = undefined;
    if (seat === undefined || seat.link !== link) return;
    seat.link = undefined;
    seat.status = undefined;
    this.#leaveIntercom(seat);
    this.#feed(seat, { name: 'linkLost' });
    this.#admission.seen(seat.id, this.#now());
    this.#presenceMoved();
    const durationMs = Math.round(this.#now() - link.openedMs);
    this.#ports.events.consoleClosed({ console: seat.id, consoles: this.#linkedSeats(), reason: why, durationMs });
  }

  /** Closes the socket; one that does not answer the close is cut. */
  #part(link: Link, code: number, reason: string): void {
    link.closing = true;
    link.alarm.setAt(this.#now() + closeWithinMs);
    link.socket.once('close', () => link.alarm.clear());
    link.socket.close(code, reason);
  }

  #write(link: Link, bytes: Uint8Array): void {
    if (!link.closing && link.socket.readyState === link.socket.OPEN) link.socket.send(bytes);
  }

  // ── Seats ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** `place` is the one that is wished; another if somebody has it. */
  #takeSeat(id: ConsoleId, person: PersonId, wished: number): Seat | undefined {
    const operator = this.#people.get(person);
    if (operator === undefined || !this.#hasRoom()) return undefined;
    if (this.#seats.size >= this.#options.sessionsMax) this.#freeOneSeat();
    const groups = this.#model.joinedGroups;
    const place = this.#freePlace(person, wished);
    const { display, controlRoomName } = operator;
    const seat: Seat = {
      id,
      place,
      operator,
      display: place === 1 ? display : `${display} ${place}`,
      log: new DeltaLog(this.#ports.random.fraction()),
      alarm: new Alarm(this.#ports.clock, () => this.#feed(seat, { name: 'tick' })),
      session: openSession(groups, this.#rightsOf(operator), this.#now()),
      link: undefined,
      status: undefined,
      actedMs: this.#now(),
      lockShown: false,
      isStation: false,
      intercom: {},
    };
    this.#seats.set(id, seat);
    const { country, language } = operator;
    this.#model.knowConsole({ console: id, display: seat.display, controlRoom: controlRoomName, country, language });
    this.#introduce(seat);
    this.#ports.rtc.openConsole(id, [...seat.session.monitored]);
    return seat;
  }

  #rightsOf(person: Person): SessionRights {
    const rights = this.#model.rightsOf(person);
    return this.#locked.has(person.person) ? { ...rights, talks: new Set() } : rights;
  }

  #seatsOf(person: PersonId): Seat[] {
    return [...this.#seats.values()].filter(({ operator }) => operator.person === person);
  }

  #freePlace(person: PersonId, wished: number): number {
    const taken = new Set(this.#seatsOf(person).map((seat) => seat.place));
    if (!taken.has(wished)) return wished;
    let place = 1;
    while (taken.has(place)) place++;
    return place;
  }

  #hasRoom(): boolean {
    return this.#seats.size < this.#options.sessionsMax || this.#linkedSeats() < this.#options.sessionsMax;
  }

  /** Whoever left longest ago makes room. */
  #freeOneSeat(): void {
    const away = [...this.#seats.values()].filter((seat) => seat.link === undefined);
    const longest = away.sort((a, b) => a.session.heardMs - b.session.heardMs)[0];
    if (longest !== undefined) this.#endSeat(longest);
  }

  #endSeat(seat: Seat): void {
    seat.alarm.clear();
    this.#leaveIntercom(seat);
    this.#seats.delete(seat.id);
    this.#model.forgetConsole(seat.id);
    this.#ports.rtc.closeConsole(seat.id);
    this.#ports.sendVoice({ name: 'closeConsole', console: seat.id });
  }

  /** Makes a console known to the voice process; its client says it again after a restart. */
  #introduce(seat: Seat): void {
    this.#ports.sendVoice({ name: 'openConsole', settings: { console: seat.id, priority: seat.operator.priority } });
    for (const group of seat.session.monitored) {
      const mayTalk = seat.session.rights.talks.has(group);
      this.#ports.sendVoice({ name: 'joinGroup', console: seat.id, group, mayTalk });
    }
  }

  #feed(seat: Seat, event: SessionEvent): void {
    const { state, actions } = stepSession(seat.session, event, this.#now());
    seat.session = state;
    for (const action of actions) this.#perform(seat, action);
    if (this.#seats.get(seat.id) === seat) seat.alarm.setAt(sessionDeadlineMs(seat.session));
  }

  #perform(seat: Seat, action: SessionAction): void {
    switch (action.name) {
      case 'say':
        this.#say(seat, action.body);
        return;
      case 'pong':
        this.#say(seat, { pong: { nonce: action.nonce, ...this.#pong(seat) } });
        return;
      case 'requestFloor': {
        const { group, requestId } = action;
        const { priority } = seat.operator;
        this.#ports.sendVoice({ name: 'requestFloor', party: seat.id, group, requestId, priority });
        return;
      }
      case 'releaseFloor':
        this.#ports.sendVoice({ ...action, party: seat.id });
        return;
      case 'monitor':
        this.#monitor(seat, action.group, action.listen);
        return;
      case 'operate':
        this.#operate(seat, action.requestId, action.operation);
        return;
      case 'recall':
        this.#recall(seat, action.requestId, action.wish);
        return;
      case 'capacity':
        this.#say(seat, capacityAnswer(action.requestId, this.#ports.capacity(action.groups)));
        return;
      case 'timeline': {
        const { requestId, asked } = action;
        const timeline = this.#ports.timeline(seat.session.rights.hears, asked);
        this.#say(seat, { timelineAnswer: { requestId, timeline } });
        return;
      }
      case 'sheet': {
        const { requestId, shift } = action;
        this.#say(seat, { sheetAnswer: { requestId, ...this.#ports.sheet(seat.operator, shift) } });
        return;
      }
      case 'talkNotPermitted': {
        const { display, role, controlRoom } = seat.operator;
        const { group } = action;
        this.#ports.events.notPermitted({ permission: 'talk', group, operator: display, role, controlRoom });
        this.#feed(seat, { name: 'refused' });
        return;
      }
      case 'shareRoom':
        this.#model.shareRoom(seat.id, action.room);
        this.#presenceMoved();
        return;
      case 'watchStatus':
        this.#watchStatus(seat, action.on);
        return;
      case 'rtc': {
        const { link } = seat;
        if (action.request.name === 'open') this.#joinIntercom(seat);
        void this.#ports.rtc.request(seat.id, action.request).then((answer) => {
          this.#feed(seat, { name: 'rtcAnswered' });
          // Another page counts its requests anew.
          if (seat.link === link) this.#say(seat, rtcResponse(action.requestId, answer));
        });
        return;
      }
      case 'closeLink': {
        const { link } = seat;
        if (link === undefined) return;
        const { reason } = action;
        if (reason === 'silent' || reason === 'rate')
          this.#write(link, writeMessage({ goodbye: { reason, retryAfterMs } }));
        this.#lose(link, lostWhy[reason]);
        this.#part(link, reason === 'left' ? 1000 : 1008, reason);
        return;
      }
      case 'end':
        this.#endSeat(seat);
        return;
      case 'count':
        this.#count(action.what);
        return;
    }
  }

  /** The gateway's time, and a fresh token where the last one has grown old. */
  #pong({ id, operator, place }: Seat): { gatewayUtcMs: number; resumeToken?: string } {
    const instant = this.#instant();
    const gatewayUtcMs = instant.utcMs;
    if (!this.#admission.isRenewalDue(id, gatewayUtcMs)) return { gatewayUtcMs };
    return { gatewayUtcMs, resumeToken: this.#admission.issue(id, operator.person, place, instant) };
  }

  #operate(seat: Seat, requestId: number, operation: Operation | IntercomOperation): void {
    const { person, display, role, controlRoom } = seat.operator;
    const answer = (refusal: OperationRefusal | undefined): void => {
      const { cause = '', talkgroup = '', group = '' } = refusal ?? {};
      this.#say(seat, { operationAnswer: { requestId, refusal: cause, talkgroupId: talkgroup, groupId: group } });
      if (refusal !== undefined) this.#feed(seat, { name: 'refused' });
    };
    if (this.#locked.has(person)) answer({ cause: 'locked' });
    else if ('line' in operation) this.#ports.callOthers(seat.id, operation, answer);
    else this.#ports.operate({ person, display, role, controlRoom }, operation, answer);
  }

  #joinIntercom(seat: Seat): void {
    if (seat.isStation || seat.link === undefined) return;
    seat.isStation = true;
    const { person, display, role, controlRoom } = seat.operator;
    const who = { person, display, role, controlRoom };
    this.#ports.stationHere({ console: seat.id, person: who, display: seat.display });
    this.#presenceMoved();
  }

  #leaveIntercom(seat: Seat): void {
    if (!seat.isStation) return;
    seat.isStation = false;
    seat.intercom = {};
    this.#ports.stationAway(seat.id);
  }

  #recall(seat: Seat, requestId: number, wish: RecallWish): void {
    const { person, display, role, controlRoom } = seat.operator;
    const { link } = seat;
    this.#ports.recall({ person, display, role, controlRoom }, wish, (answer) => {
      // Another page counts its requests anew.
      if (seat.link === link) this.#say(seat, recallAnswer(requestId, answer));
    });
  }

  #monitor(seat: Seat, group: GroupId, listen: boolean): void {
    const { monitored, rights } = seat.session;
    this.#ports.sendVoice(
      listen
        ? { name: 'joinGroup', console: seat.id, group, mayTalk: rights.talks.has(group) }
        : { name: 'leaveGroup', console: seat.id, group },
    );
    this.#ports.rtc.setMonitored(seat.id, [...monitored]);
    const picture = this.#model.group(group, { monitored, rights });
    if (picture !== undefined) this.#tellSeat(seat, writeDelta({ group: { group: picture } }));
    this.#presenceMoved();
  }

  // ── What consoles are told ───────────────────────────────────────────────────────────────────────────────────────

  /** Answers and notices; a page without link asks again when it comes back. */
  #say(seat: Seat, body: ServerBody): void {
    const { link } = seat;
    if (link === undefined) return;
    this.#write(link, writeMessage(body));
    if (judge(link.flow, link.socket.bufferedAmount, this.#now()) === 'close') this.#dropSlow(link);
  }

  #tell(deltas: readonly Delta[]): void {
    for (const delta of deltas) {
      const body = writeDelta(delta);
      for (const seat of this.#seats.values()) {
        if (this.#model.isFor(delta, viewerOf(seat))) this.#tellSeat(seat, body);
      }
    }
  }

  /** What a console may no longer see; nor shall a page that comes back be told it again. */
  #withdraw(seat: Seat, delta: Delta | undefined): void {
    if (delta === undefined) return;
    seat.log.forget();
    this.#tellSeat(seat, writeDelta(delta));
  }

  #tellSeat(seat: Seat, body: Uint8Array): void {
    const seq = seat.log.push(body);
    const { link } = seat;
    if (link === undefined) return;
    const { flow, sends } = offer(link.flow, seq, link.socket.bufferedAmount, this.#now());
    link.flow = flow;
    if (sends) {
      this.#write(link, numbered(seq, body));
      return;
    }
    this.#count('held');
    if (this.#flowsWatched) return;
    this.#flowsWatched = true;
    this.#flowAlarm.setAt(this.#now() + flowCheckMs);
  }

  #sendSnapshot(seat: Seat): void {
    const { link } = seat;
    if (link === undefined) return;
    const snapshot = this.#model.snapshot(seat.session, this.#ports.clock.utcMs(), viewerOf(seat), this.#now());
    const timeline = this.#ports.timeline(seat.session.rights.hears, newest);
    const shifts = this.#ports.shifts(seat.operator);
    seat.lockShown = this.#locked.has(seat.operator.person);
    const own = {
      timeline,
      ...shifts,
      stations: this.#stations(),
      intercom: seat.intercom,
      directLines: [...this.#directLines.values()],
      ...(this.#clockQuality !== undefined && { clock: this.#clockQuality }),
      signedIn: this.#ports.signedIn !== undefined,
      locked: seat.lockShown,
    };
    this.#write(link, numbered(seat.log.seq, writeSnapshot({ ...snapshot, ...own })));
  }

  #checkFlows(): void {
    this.#flowsWatched = false;
    for (const seat of this.#seats.values()) {
      const { link } = seat;
      if (link === undefined || link.flow.name === 'flowing') continue;
      const verdict = judge(link.flow, link.socket.bufferedAmount, this.#now());
      if (verdict === 'catchUp') this.#catchUp(seat, link, link.flow.afterSeq);
      else if (verdict === 'close') this.#dropSlow(link);
      else this.#flowsWatched = true;
    }
    if (this.#flowsWatched) this.#flowAlarm.setAt(this.#now() + flowCheckMs);
  }

  #catchUp(seat: Seat, link: Link, afterSeq: number): void {
    link.flow = flowing;
    const missing = seat.log.since(afterSeq);
    if (missing === undefined || missing.length > catchUpMax) this.#sendSnapshot(seat);
    else for (const [index, body] of missing.entries()) this.#write(link, numbered(afterSeq + 1 + index, body));
  }

  #dropSlow(link: Link): void {
    this.#count('slow');
    this.#write(link, writeMessage({ goodbye: { reason: 'slow-consumer', retryAfterMs } }));
    this.#lose(link, 'slow');
    this.#part(link, 1013, 'slow-consumer');
  }

  /** Comings and goings of a moment are told once: two hundred consoles that come back together are one change. */
  #presenceMoved(): void {
    if (this.#closed || this.#presenceAwaited) return;
    this.#presenceAwaited = true;
    this.#presenceAlarm.setAt(this.#now() + presenceEveryMs);
  }

  #tellPresence(): void {
    this.#presenceAwaited = false;
    const present = [...this.#seats.values()].filter((seat) => seat.link !== undefined);
    for (const group of this.#model.joinedGroups) {
      const consoles = present.filter((seat) => seat.session.monitored.has(group)).map((seat) => seat.id);
      this.#tell(this.#model.setPresence(group, consoles));
    }
    const stations = this.#stations();
    const said = JSON.stringify(stations);
    if (said === this.#stationsTold) return;
    this.#stationsTold = said;
    this.#tell([{ stations: { stations } }]);
  }

  /** Whoever can be called. */
  #stations(): Station[] {
    const here = [...this.#seats.values()].filter(({ isStation }) => isStation);
    return here.map(({ id, display, operator, intercom }) => ({
      consoleId: id,
      personId: operator.person,
      display,
      controlRoom: operator.controlRoomName,
      country: operator.country,
      language: operator.language,
      busy: Boolean(intercom.call),
    }));
  }

  /** Nothing is asked or sent while nobody looks; a page that looks again and again waits like any other. */
  #watchStatus(seat: Seat, on: boolean): void {
    const nobodyLooked = [...this.#seats.values()].every(({ status }) => status === undefined);
    seat.status = on ? new StatusFeed() : undefined;
    if (on && nobodyLooked) this.#statusAlarm.setAt(Math.max(this.#now(), this.#statusToldMs + statusEveryMs));
  }

  #tellStatus(): void {
    const looking = [...this.#seats.values()].filter(({ status }) => status !== undefined);
    if (looking.length === 0) return;
    this.#statusToldMs = this.#now();
    this.#statusAlarm.setAt(this.#statusToldMs + statusEveryMs);
    const report = this.#ports.status();
    for (const seat of looking) {
      // A page that reads too slowly is told what has become of it meanwhile when it has caught up.
      if (seat.link?.flow.name !== 'flowing') continue;
      const status = seat.status?.changed(report);
      if (status !== undefined) this.#tellSeat(seat, writeDelta({ status }));
    }
  }

  #showLink(person: PersonId): void {
    if (this.#ports.signedIn !== undefined) return;
    const operator = this.#people.get(person);
    const token = this.#admission.linkToken(person);
    if (operator === undefined || token === undefined) return;
    const url = new URL(this.#options.pageUrl);
    url.hash = `token=${token}`;
    this.#ports.onConsoleLink(url.href, operator);
  }

  #count(kind: Irregularity): void {
    this.#counts[kind]++;
    this.#ports.meter.add('console_irregularities_total', 1, { kind });
  }

  #measure({ roundTripMs, jitterBufferMs, concealedRatio }: ListenerReport): void {
    const { meter } = this.#ports;
    meter.observe('console_round_trip_seconds', roundTripMs / 1000);
    meter.observe('console_jitter_buffer_seconds', jitterBufferMs / 1000);
    meter.observe('console_concealed_ratio', concealedRatio);
  }

  #linkedSeats(): number {
    let count = 0;
    for (const seat of this.#seats.values()) if (seat.link !== undefined) count++;
    return count;
  }

  #now(): number {
    return this.#ports.clock.nowMs();
  }

  #instant(): Instant {
    const { clock } = this.#ports;
    return { nowMs: clock.nowMs(), utcMs: clock.utcMs() };
  }
}

function viewerOf({ operator }: Seat): Viewer {
  return { countries: [operator.country] };
}

const lostWhy: Readonly<Record<(SessionAction & { name: 'closeLink' })['reason'], LostWhy>> = {
  left: 'left',
  silent: 'lost',
  protocol: 'protocol',
  rate: 'protocol',
};
