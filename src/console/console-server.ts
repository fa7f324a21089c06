/**
 * The operator link: what the rest of the gateway tells consoles and asks of them. Its parts:
 *
 *   upgrade ─▶ links ──Hello──▶ seats ─▶ session ─▶ page-actions ─▶ voice process, WebRTC, operations
 *   voice process, bridges ─▶ model ─▶ Delta ─▶ teller ─▶ every seat's log ─▶ its link, if it has one
 *
 * What is decided, is decided by the pure ones: who may come in (admission), what a page may do (session), what it sees
 * (console-model), and what becomes of one that reads too slowly (link-flow).
 *
 * Host and Origin of an upgrade are checked before it gets here (api/http-server.ts). Wire: proto/console.proto.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RtcNotice } from '../base/rtc-port.ts';
import type { Person, PersonId } from '../operations/terms.ts';
import type { ConsoleId, GroupId, LegId, PartyId } from '../talkgroups/terms.ts';
import type { VoiceEvent } from '../voice/contract.ts';
import { ConsoleModel } from './console-model.ts';
import type {
  ActivePlan,
  AlarmCode,
  BorderRecord,
  BridgingView,
  Emergency,
  LegState,
  ScheduleView,
  TalkerIdentity,
} from './console-terms.ts';
import type { SaidData } from './data-list.ts';
import type { Talker } from './directory.ts';
import type { Hit } from './hit-list.ts';
import type { Gone } from './incidents.ts';
import { Irregularities, type Irregularity } from './irregularities.ts';
import { Links } from './links.ts';
import { PageActions } from './page-actions.ts';
import type { ConsolePorts, ConsoleServerOptions, Operator } from './ports.ts';
import { Presence } from './presence.ts';
import type { WireExportOrder } from './recordings-wire.ts';
import { rtcNotice } from './rtc-wire.ts';
import { viewerOf } from './seat.ts';
import { Seats } from './seats.ts';
import { newest, Teller } from './teller.ts';
import {
  type DirectLine,
  type HandOver,
  type Intercom,
  type Receipt,
  type Snapshot,
  type WireClock,
  type WireTimelineEntry,
  writeDelta,
} from './wire.ts';
import type { World } from './world.ts';

export interface ConsoleStatistics {
  /** Consoles with a link. */
  readonly consoles: number;
  /** Consoles that may come back to what they left. */
  readonly away: number;
  readonly counts: Readonly<Record<Irregularity, number>>;
}

export class ConsoleServer {
  readonly #ports: ConsolePorts;
  readonly #model: ConsoleModel;
  readonly #irregularities: Irregularities;
  readonly #seats: Seats;
  readonly #teller: Teller;
  readonly #presence: Presence;
  readonly #links: Links;
  #closed = false;

  constructor(options: ConsoleServerOptions, ports: ConsolePorts) {
    this.#ports = ports;
    const { people, sessionsMax } = options;
    const model = new ConsoleModel(options.world);
    const irregularities = new Irregularities(ports.meter);
    const seats = new Seats({
      people,
      sessionsMax,
      ports,
      model,
      perform: (seat, action) => actions.perform(seat, action),
    });
    const teller = new Teller({ ports, model, seats, irregularities, dropSlow: (link) => links.dropSlow(link) });
    const presence = new Presence({ ports, model, seats, teller });
    const links = new Links({ options, ports, seats, teller, presence, irregularities });
    const actions = new PageActions({
      ports,
      model,
      seats,
      teller,
      presence,
      irregularities,
      pong: (seat) => links.pong(seat),
      closeLink: (seat, reason, why) => links.closeLink(seat, reason, why),
    });
    this.#model = model;
    this.#irregularities = irregularities;
    this.#seats = seats;
    this.#teller = teller;
    this.#presence = presence;
    this.#links = links;
  }

  /** Shows everybody's first link, unless people log in. */
  start(): void {
    this.#links.start();
  }

  get statistics(): ConsoleStatistics {
    const consoles = this.#seats.linked;
    return { consoles, away: this.#seats.size - consoles, counts: this.#irregularities.counts };
  }

  /** Takes over an upgrade request whose Host and Origin were found good. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#links.handleUpgrade(request, socket, head);
  }

  handleVoiceEvent(event: VoiceEvent): void {
    this.#teller.tell(this.#model.handleVoiceEvent(event, this.#now()));
    if (event.name === 'ready') for (const seat of this.#seats.all) this.#seats.feed(seat, { name: 'voiceLost' });
    if (event.name !== 'answer') return;
    const seat = this.#seats.get(event.party);
    const { group, requestId, answer } = event;
    if (seat !== undefined) this.#seats.feed(seat, { name: 'answer', group, requestId, answer });
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
    if (notice.name === 'microphone') this.#seats.feed(seat, notice);
    else this.#teller.say(seat, rtcNotice(notice)); // a page without link opens anew when it comes back
  }

  /** The bridge tells of a leg's call. */
  setLegState(report: LegState): void {
    this.#teller.tell(this.#model.setLegState(report));
  }

  /** A network names the talker. */
  setTalkerIdentity(identity: TalkerIdentity): void {
    this.#teller.tell(this.#model.setIdentity(identity, this.#now()));
  }

  /** A group has been opened or closed, or something has been joined to it. */
  setBridging(view: BridgingView): void {
    this.#teller.tell(this.#model.setBridging(view, this.#ports.clock.utcMs()));
    const loses = this.#model.units.setWindow(view, this.#now());
    const groups = this.#model.joinedGroups;
    for (const seat of this.#seats.all) {
      this.#teller.withdraw(seat, loses(viewerOf(seat)));
      this.#seats.feed(seat, { name: 'groups', groups });
      const picture = this.#model.group(view.group, seat.session);
      if (picture !== undefined) this.#teller.tellSeat(seat, writeDelta({ group: { group: picture } }));
    }
    this.#presence.moved();
  }

  setSchedule(view: ScheduleView): void {
    this.#model.setSchedule(view);
    for (const seat of this.#seats.all) {
      const picture = this.#model.group(view.group, seat.session);
      if (picture !== undefined) this.#teller.tellSeat(seat, writeDelta({ group: { group: picture } }));
    }
  }

  /** How much of something there is in a fault that lasts. */
  countAlarm(code: AlarmCode, subject: string, count: number): void {
    this.#teller.tell(this.#model.incidents.countAlarm(code, subject, count));
  }

  raiseAlarm(code: AlarmCode, subject: string): void {
    this.#teller.tell(this.#model.incidents.raiseAlarm(code, subject, this.#ports.clock.utcMs()));
  }

  clearAlarm(code: AlarmCode, subject: string): void {
    this.#teller.tell(this.#model.incidents.clearAlarm(code, subject, this.#ports.clock.utcMs()));
  }

  /** A unit said something beside voice; its number is for `noteUndelivered`. */
  showData(data: SaidData): number {
    const delta = this.#model.showData(data, this.#ports.clock.utcMs(), this.#now());
    if (delta === undefined) return 0;
    this.#teller.tell([delta]);
    if (data.said.position) {
      const placed = this.#model.units.placeUnit(data, delta.data ?? {}, this.#now());
      for (const seat of this.#seats.all) {
        const positions = placed(viewerOf(seat));
        if (positions !== undefined) this.#teller.tellSeat(seat, writeDelta(positions));
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
    this.#teller.tell(this.#model.incidents.setEmergency(emergency));
  }

  /** An alert plan is active, or something about it has changed. */
  setPlan(plan: ActivePlan): void {
    this.#teller.tell(this.#model.incidents.setPlan(plan));
  }

  endPlan(plan: string): void {
    this.#teller.tell(this.#model.incidents.endPlan(plan));
  }

  /** A border record has been opened, or something has been written into it. */
  setBorderRecord(record: BorderRecord): void {
    this.#teller.tell(this.#model.incidents.setBorderRecord(record));
  }

  /** A hit has come, or something has become of it. */
  setHit(hit: Hit): void {
    this.#teller.tell(this.#model.incidents.setHit(hit));
  }

  /** No longer at hand: consoles let go of it too. */
  forget(gone: Gone): void {
    // Also of what was told before: whoever comes back gets a Snapshot.
    for (const seat of this.#seats.all) seat.log.forget();
    this.#teller.tell(this.#model.incidents.forget(gone));
  }

  /** Something happened; told to those who may hear its group. */
  addToTimeline(timelineEntry: WireTimelineEntry): void {
    const { groupId = '' } = timelineEntry;
    const body = writeDelta({ timelineEntry });
    for (const seat of this.#seats.all) {
      if (groupId === '' || seat.session.rights.hears.has(groupId ?? '')) this.#teller.tellSeat(seat, body);
    }
  }

  /** The intercom of a console. */
  setIntercom(console: ConsoleId, intercom: Intercom): void {
    const seat = this.#seats.get(console);
    if (seat === undefined) return;
    const { over: _, ...kept } = intercom;
    seat.intercom = kept;
    this.#teller.tellSeat(seat, writeDelta({ intercom }));
    this.#presence.moved();
  }

  /** Something has become of a direct line. */
  setDirectLine(directLine: DirectLine): void {
    this.#teller.setDirectLine(directLine);
  }

  /** How far our clock is from its time servers. */
  showClock(quality: WireClock): void {
    this.#teller.showClock(quality);
  }

  /** A shift is handed over, or something became of it; told to those of that control room. */
  setHandOver(handOver: HandOver, controlRoom: string): void {
    const body = writeDelta({ handOver });
    for (const seat of this.#seats.all) {
      if (seat.operator.controlRoom === controlRoom) this.#teller.tellSeat(seat, body);
    }
  }

  /** An export is ordered, or something became of it; told to the two whom it concerns. */
  setExportOrder(exportOrder: WireExportOrder): void {
    const body = writeDelta({ exportOrder });
    const { byPersonId = '', secondPersonId = '' } = exportOrder;
    for (const person of new Set([byPersonId, secondPersonId])) {
      for (const seat of this.#seats.of(person ?? '')) this.#teller.tellSeat(seat, body);
    }
  }

  /** What a person would hand over now. */
  sheetOf(person: Person): Snapshot {
    const timeline = this.#ports.timeline(this.#model.rightsOf(person).hears, newest);
    return { ...this.#model.sheetOf(person, this.#ports.clock.utcMs()), timeline };
  }

  clearEmergency(id: number, group: GroupId): void {
    this.#teller.tell(this.#model.incidents.clearEmergency(id, group));
  }

  /** An operator wrote to all sides of a group; its number is for `noteReceipt`. */
  showText(group: GroupId, { person, display }: Person, text: string): number {
    const { controlRoomName = '', country = '', language = '' } = this.#seats.operator(person) ?? {};
    const named = { callSign: display, organisation: controlRoomName, country, language };
    const sender = { partyId: person, isConsole: true, ...named, verified: true };
    const delta = this.#model.showText(group, sender, text, this.#ports.clock.utcMs(), this.#now());
    this.#teller.tell([delta]);
    return delta.data?.id ?? 0;
  }

  /** What became of a text on one side. */
  noteReceipt(id: number, receipt: Receipt): void {
    this.#teller.tell(this.#model.units.noteReceipt(id, receipt));
  }

  noteUndelivered(id: number, leg: LegId): void {
    this.#teller.tell(this.#model.units.noteUndelivered(id, leg));
  }

  // ── Whoever has logged in ────────────────────────────────────────────────────────────────────────────────────────

  /** He talks or waits for a floor, or an emergency runs on a group of his. */
  isNeeded(person: PersonId): boolean {
    const mine = this.#seats.of(person);
    return mine.some(
      ({ session, link }) =>
        link !== undefined && (session.holds.size > 0 || this.#model.incidents.hasEmergency(session.rights.hears)),
    );
  }

  /** His consoles see and hear, and do nothing until they are told otherwise. */
  lock(person: PersonId, isLocked: boolean): void {
    this.#seats.noteLock(person, isLocked);
    for (const seat of this.#seats.of(person)) {
      this.#seats.renewRights(seat);
      seat.actedMs = isLocked ? seat.actedMs : this.#now();
      this.#teller.sendSnapshot(seat);
    }
  }

  /**
   * The fleet data is another: consoles are shown all of it anew. Voice and the floor go on; whoever is no person any
   * more is put out by his login.
   */
  setWorld(world: World, people: readonly Operator[]): void {
    this.#model.setWorld(world);
    const may = new Set(people.map(({ person }) => person));
    for (const { operator } of this.#seats.all)
      if (!may.has(operator.person)) this.endPerson(operator.person, 'disabled');
    this.#seats.setPeople(people);
    this.#links.setPeople(people);
    this.#presence.moved();
    for (const seat of this.#seats.all) {
      this.#seats.renewRights(seat);
      this.#teller.sendSnapshot(seat);
    }
  }

  /** Control rooms of which somebody sits at a console, or may come back to his. */
  get rooms(): ReadonlySet<string> {
    return new Set(this.#seats.all.map(({ operator }) => operator.controlRoom));
  }

  /** His consoles are closed and do not come back by themselves; `why` is for their pages. */
  endPerson(person: PersonId, why: string): void {
    this.#seats.noteLock(person, false);
    for (const seat of this.#seats.of(person)) {
      this.#links.sendAway(seat, why);
      this.#seats.end(seat);
    }
    this.#presence.moved();
  }

  presence(person: PersonId): { readonly isHere: boolean; readonly actedMs: number } {
    const seats = this.#seats.of(person);
    const isHere = seats.some(({ link }) => link !== undefined);
    return { isHere, actedMs: Math.max(-Infinity, ...seats.map(({ actedMs }) => actedMs)) };
  }

  /** Tells all pages to come back later, and gives all floors back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#teller.close();
    this.#presence.close();
    this.#links.close();
    for (const seat of this.#seats.all) this.#seats.end(seat);
  }

  #now(): number {
    return this.#ports.clock.nowMs();
  }
}
