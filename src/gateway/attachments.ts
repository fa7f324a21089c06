/**
 * All ways to the radio networks together: makes each attachment of the configuration, moves legs among them as
 * bridges/leg-placement.ts decides, and tells consoles and readiness how they fare.
 */
import { Alarm, type Clock } from '../base/clock.ts';
import { GatewayError } from '../base/errors.ts';
import type { LegState } from '../base/events/legs.ts';
import type { Events } from '../base/events.ts';
import type { Fault } from '../base/faults.ts';
import type { Meter } from '../base/meter.ts';
import { printable } from '../base/printable.ts';
import { type Random, secretToken } from '../base/random.ts';
import type { ServiceTokensPort } from '../base/service-token.ts';
import type { CapacityPreview, NetworksReport } from '../base/status-report.ts';
import { Ed137Attachment } from '../bridges/ed137/ed137-attachment.ts';
import {
  carrierOf,
  isNeeded,
  isOnSecondWay,
  type Move,
  networksOnSecondWay,
  type PlacementEvent,
  type PlacementState,
  placementDeadlineMs,
  previewPlacement,
  shedLegs,
  startPlacement,
  stepPlacement,
} from '../bridges/leg-placement.ts';
import { LinkAttachment } from '../bridges/link/link-attachment.ts';
import { openLinkTransport } from '../bridges/link/link-transport.ts';
import { openVoiceRelay } from '../bridges/link/voice-relay.ts';
import { openUdpFloorPort } from '../bridges/mcptt/floor-port.ts';
import { McpttAttachment } from '../bridges/mcptt/mcptt-attachment.ts';
import type { MediaAddresses } from '../bridges/media-addresses.ts';
import { OwnSockets } from '../bridges/own-sockets.ts';
import { PathMarks } from '../bridges/path-marks.ts';
import { PortAllocator } from '../bridges/port-allocator.ts';
import type {
  Attachment,
  AttachmentObserver,
  AttachmentStatus,
  DataFault,
  DataOrder,
  DataReport,
  DataWord,
  LegStatus,
  Meaning,
  PhonePlan,
  PhoneReport,
  TalkerReport,
  Telephone,
} from '../bridges/ports.ts';
import { RtpAttachment } from '../bridges/rtp/rtp-attachment.ts';
import { type OpenTransport, SipBridge } from '../bridges/sip/sip-bridge.ts';
import { TalkerNames } from '../bridges/talker-names.ts';
import { VoiceSwitch } from '../bridges/voice-switch.ts';
import type { Attachment as AttachmentSettings, Config } from '../config/schema.ts';
import type { ConsoleServer } from '../console/console-server.ts';
import type { SaidData } from '../console/data-list.ts';
import type { Person } from '../operations/terms.ts';
import type { GroupId, PartyId, VoiceCommand, VoiceEvent } from '../voice/contract.ts';
import type { CertificateWatch } from './certificate-watch.ts';
import { DataRouter, type RoutedData } from './data-router.ts';
import { type PlannedGroup, type PlannedLeg, planWays } from './group-plan.ts';
import type { AlarmSaid, PlaceSaid } from './operations/emergencies.ts';
import type { DataSaid, UnitSaid } from './operations/unit-said.ts';
import { type Instant, StatusBoard } from './status-board.ts';
import { workerCount } from './worker-count.ts';

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

export class Attachments implements AttachmentObserver {
  readonly #config: Config;
  readonly #planned: Map<string, PlannedLeg>;
  readonly #ports: AttachmentsPorts;
  /** Wanted no more, their moves not yet made. */
  readonly #leaving = new Set<string>();
  readonly #attachments = new Map<string, Attachment>();
  readonly #legs = new Map<string, LegState>();
  readonly #board: StatusBoard;
  readonly #voice: VoiceSwitch;
  readonly #alarm: Alarm;
  #placement: PlacementState;
  /** Events that came while one was being dealt with: moves make attachments speak. */
  readonly #pending: PlacementEvent[] = [];
  #stepping = false;
  /** Between start and stop; before and after nothing is moved. */
  #running = false;
  #onSecondWay: ReadonlySet<string> = new Set();
  #shedShown: ReadonlySet<string> = new Set();
  readonly #router: DataRouter;
  /** As attachments were last told. */
  readonly #talkers = new TalkerNames();
  readonly #paths: PathMarks;
  #sip: SipBridge | undefined;

  constructor(config: Config, groups: readonly PlannedGroup[], ports: AttachmentsPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#planned = new Map(groups.flatMap(({ legs }) => legs).map((leg) => [leg.plan.leg, leg]));
    this.#board = new StatusBoard(config, this.#planned, ports.clock.nowMs());
    this.#voice = new VoiceSwitch((command) => {
      this.#board.commanded(command);
      ports.sendVoice(command);
    });
    this.#alarm = new Alarm(ports.clock, () => this.#feed({ name: 'tick' }));
    const needs = [...this.#planned.values()].map(({ need }) => need);
    this.#placement = startPlacement(config.failover, planWays(config), needs);
    for (const leg of this.#planned.keys()) this.#legs.set(leg, 'connecting');
    this.#router = new DataRouter(config, groups);
    this.#paths = new PathMarks(secretToken(), (group) => {
      return config.loops.markPaths && config.sharedGroups.some(({ id, loops }) => loops && id === group);
    });
  }

  /** Opens the listeners. @throws GatewayError PORT_IN_USE, ADDRESS_NOT_AVAILABLE, CONFIG_INVALID. */
  async listen(): Promise<void> {
    const { clock, random, events, meter, openSip } = this.#ports;
    const { media, sip, dscp, attachments } = this.#config;
    const ports = new PortAllocator(media.ports);
    const ownSockets = new OwnSockets(this.#mediaAddresses, ports);
    const { host, ports: webrtc } = media.webrtc;
    for (let slot = 0; slot < workerCount(this.#config); slot++) ownSockets.add(host, webrtc.from + slot);
    this.#sip = await SipBridge.start({
      listen: sip.listen,
      domain: sip.domain,
      dscp: dscp.signalling,
      digestAlgorithms: sip.digestAlgorithms,
      mediaAddresses: this.#mediaAddresses,
      ports,
      ownSockets,
      observer: this,
      onCertificate: (certificate, expiresUtcMs) => this.#ports.certificates.seen(certificate, expiresUtcMs),
      events,
      meter,
      clock,
      random,
      paths: this.#paths,
      ...(openSip === undefined ? {} : { open: openSip }),
    });
    for (const settings of attachments.filter(({ enabled }) => enabled)) {
      this.#attachments.set(settings.id, await this.#attach(settings, this.#sip, ports, ownSockets));
    }
  }

  get #mediaAddresses(): MediaAddresses {
    const { host, otherHost } = this.#config.media;
    return otherHost === undefined ? [host] : [host, otherHost];
  }

  /** One case a kind: what follows knows none. */
  async #attach(
    settings: AttachmentSettings,
    sip: SipBridge,
    ports: PortAllocator,
    ownSockets: OwnSockets,
  ): Promise<Attachment> {
    switch (settings.kind) {
      case 'sip':
        return sip.attach(settings, this.#voice.portOf(settings.id));
      case 'link': {
        return LinkAttachment.listen(settings, {
          ...this.#ports,
          isNeeded: (leg) => this.#isNeeded(leg),
          observer: this,
          voice: this.#voice.portOf(settings.id),
          ports,
          ownSockets,
          mediaAddresses: this.#mediaAddresses,
          cname: secretToken(12),
          newToken: secretToken,
          paths: this.#paths,
          openTransport: (where, listener) => openLinkTransport(where, listener, this.#config.dscp.signalling),
          openRelay: openVoiceRelay,
        });
      }
      case 'mcptt': {
        const { random, clock, meter } = this.#ports;
        const voice = this.#voice.portOf(settings.id);
        return new McpttAttachment(settings, {
          attach: (below, extension) => sip.attach(below, voice, extension),
          voice,
          observer: this,
          ports,
          mediaAddresses: this.#mediaAddresses,
          openPort: (local, handlers) => openUdpFloorPort(local, handlers, this.#config.dscp.signalling),
          random,
          clock,
          meter,
        });
      }
      case 'ed137': {
        const voice = this.#voice.portOf(settings.id);
        return new Ed137Attachment(settings, (below, extension) => sip.attach(below, voice, extension));
      }
      case 'rtp':
        return new RtpAttachment(settings, {
          voice: this.#voice.portOf(settings.id),
          observer: this,
          events: this.#ports.events,
          mediaAddresses: this.#mediaAddresses,
          ownSockets,
          cname: `${secretToken(8)}@escaut`,
          clock: this.#ports.clock,
        });
    }
  }

  #isNeeded(leg: string): boolean {
    const { clock, inEmergency } = this.#ports;
    const group = this.#planned.get(leg)?.need.group;
    return isNeeded(this.#placement, leg, clock.nowMs()) || (group !== undefined && inEmergency(group));
  }

  /** A telephone that an attachment reaches; undefined where it is not enabled or reaches none. */
  telephone(attachment: string, plan: PhonePlan, report: (report: PhoneReport) => void): Telephone | undefined {
    const voice = { send: (command: VoiceCommand) => this.#ports.sendVoice(command) };
    return this.#attachments.get(attachment)?.telephone?.(plan, voice, report);
  }

  /** Begins to watch the far ends and opens the legs of all planned groups. */
  start(): void {
    this.#running = true;
    this.#feed({ name: 'start' });
    for (const attachment of this.#attachments.values()) attachment.start();
  }

  /** Hangs up everywhere; resolves when far ends know or each attachment's patience is over. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#alarm.clear();
    await Promise.all([...this.#attachments.values()].map((attachment) => attachment.stop()));
    await this.#sip?.stop();
  }

  /** From now on a talkgroup is a leg of its group, which the voice process knows. */
  join(leg: PlannedLeg): void {
    const { need } = leg;
    const isLeaving = this.#leaving.delete(need.leg);
    if (this.#planned.has(need.leg) && !isLeaving) return;
    this.#planned.set(need.leg, leg);
    this.#legs.set(need.leg, 'connecting');
    if (leg.plan.isShadow !== true) this.#router.join(leg);
    this.#board.join(need.leg);
    this.#feed({ name: 'wanted', need });
  }

  /** What joining these would take of the networks' channels. */
  capacity(legs: readonly PlannedLeg[]): CapacityPreview {
    const needs = legs.map(({ need }) => need);
    return previewPlacement(this.#placement, needs, this.#ports.clock.nowMs());
  }

  /** Who is stronger when channels are short has changed for a leg. */
  prioritise({ need, plan }: PlannedLeg): void {
    if (!this.#planned.has(need.leg) || this.#leaving.has(need.leg)) return;
    this.#planned.set(need.leg, { need, plan });
    this.#feed({ name: 'priority', leg: need.leg, priority: need.priority });
  }

  /** It is none any more: its call is hung up. */
  leave(leg: string): void {
    if (!this.#planned.has(leg) || this.#leaving.has(leg)) return;
    this.#leaving.add(leg);
    if (this.#running) this.#feed({ name: 'unwanted', leg });
    else this.#forget(leg);
  }

  /** Once its moves are made. */
  #forget(leg: string): void {
    if (!this.#leaving.delete(leg)) return; // it has been joined again meanwhile
    this.#voice.close(leg);
    this.#planned.delete(leg);
    this.#legs.delete(leg);
    this.#router.leave(leg);
    this.#board.leave(leg);
    this.#ports.console.clearAlarm('leg-down', leg);
  }

  /** Consoles have been told before: they know who talks. */
  voiceEvent(event: VoiceEvent): void {
    this.#noteTalk(event);
    if (event.name === 'legTalk' && event.wanted) {
      const group = this.#planned.get(event.leg)?.need.group;
      if (group !== undefined) this.#nameTalker(group, event.party);
    } else if (event.name === 'floor') {
      const { group, holder, overriding } = event.floor;
      for (const one of [holder, overriding]) if (one !== undefined) this.#nameTalker(group, one.party);
    }
    this.#board.voiceEvent(event, this.#instant());
    this.#noteLoop(event);
    const leg = legOf(event);
    const carrier = leg === undefined ? undefined : carrierOf(this.#placement, leg);
    for (const [id, attachment] of this.#attachments) {
      if (leg === undefined || id === carrier) attachment.voiceEvent(event);
    }
  }

  /** For operators, as long as it lasts; a voice process that is afresh isolates nobody. */
  #noteLoop(event: VoiceEvent): void {
    const { console } = this.#ports;
    if (event.name === 'loop' && event.isolated) console.raiseAlarm('loop', event.leg);
    else if (event.name === 'loop') console.clearAlarm('loop', event.leg);
    else if (event.name === 'ready') for (const leg of this.#planned.keys()) console.clearAlarm('loop', leg);
  }

  get listeners(): { readonly open: number; readonly wanted: number } {
    return { open: this.#sip?.listening.length ?? 0, wanted: this.#config.sip.listen.length };
  }

  get legCounts(): { readonly up: number; readonly total: number } {
    const states = [...this.#legs].flatMap(([leg, state]) => (this.#isShadow(leg) ? [] : [state]));
    return { up: states.filter((state) => state === 'up').length, total: states.length };
  }

  /** It is listened to and no more: nobody but who looks at the fleet data hears of it. */
  #isShadow(leg: string): boolean {
    return this.#planned.get(leg)?.plan.isShadow === true;
  }

  /** How all fare, for whoever looks. */
  report(): NetworksReport {
    return this.#board.report({ attachments: this.#attachments, placement: this.#placement }, this.#instant());
  }

  #instant(): Instant {
    const { clock } = this.#ports;
    return { nowMs: clock.nowMs(), utcMs: clock.utcMs() };
  }

  // ── What attachments tell ────────────────────────────────────────────────────────────────────────────────────────

  legChanged(status: LegStatus): void {
    const { leg, attachment, state } = status;
    if (carrierOf(this.#placement, leg) === attachment) this.#show(status);
    this.#feed({ name: 'leg', leg, attachment, up: state === 'up' });
  }

  /** Whatever its far end says, an address is one line without control characters. */
  talkerChanged(report: TalkerReport): void {
    const { leg } = report;
    const address = printable(report.address);
    const carrier = this.#config.attachments.find(({ id }) => id === carrierOf(this.#placement, leg));
    // RTCP, floor control and links name each talker anew; SIP's word holds until it names another (RFC 4916 §4).
    const identity =
      carrier?.kind === 'sip'
        ? carrier.sip.talkerIdentity
        : carrier?.kind === 'ed137'
          ? carrier.ed137.talkerIdentity
          : undefined;
    const lasts = identity !== undefined && identity !== 'rtcp' ? 'call' : 'over';
    if (this.#isShadow(leg)) {
      this.#ports.shadows.talkerNamed(leg, address, lasts);
      return;
    }
    this.#ports.console.setTalkerIdentity({ leg, address, lasts });
    const group = this.#planned.get(leg)?.need.group;
    if (group === undefined) return;
    this.#nameTalker(group, leg);
    this.#ports.talkerNamed(group, leg, address);
  }

  /** All networks hear of him as consoles do, and no sooner: a wrong name is worse than none. */
  #nameTalker(group: GroupId, party: PartyId): void {
    const { callSign, address, networkId } = this.#ports.console.talkerNow(group, party);
    const network = this.#config.networks.find(({ id }) => id === networkId)?.name;
    const talker = { party, address: address ?? '', name: callSign || address || network || '' };
    if (!this.#talkers.put(talker)) return;
    for (const attachment of this.#attachments.values()) attachment.nameTalker?.(talker);
  }

  dataReceived(said: DataReport): void {
    if (this.#isShadow(said.leg)) {
      this.#ports.shadows.dataSaid(said.leg);
      return;
    }
    const { report, meaning, means, orders } = this.#router.route({ ...said, from: printable(said.from) });
    const { leg, attachment, from, name, unproven } = report;
    const doubt = unproven && { unproven };
    const raised = name === 'alarm' ? { raised: report.raised } : {};
    this.#ports.events.data.received({ leg, attachment, data: name, talker: from, ...raised, ...doubt });
    const shown = this.#ports.console.showData({
      leg,
      address: from,
      ...doubt,
      said: saidOf(report, meaning),
    });
    for (const order of orders) this.#pass(order, shown);
    const group = this.#planned.get(leg)?.need.group;
    if (group === undefined) return;
    this.#ports.dataSaid({ group, leg, address: from, ...doubt, word: report, ...(meaning && { meaning }) });
    this.#act(group, report, means);
  }

  /** An operator writes to all sides of a group; how many there are. */
  sendText(group: GroupId, person: Person, text: string): number {
    const orders = this.#router.text(group, person.display, text, this.#config.gateway.id);
    const shown = this.#ports.console.showText(group, person, text);
    for (const order of orders) this.#pass(order, shown);
    return orders.length;
  }

  /** What is more than news: an alarm is an emergency, a crossing goes into the border record, a post into its plan. */
  #act(group: GroupId, report: DataReport, means: RoutedData['means']): void {
    const { leg, from: address, unproven } = report;
    const said = { group, leg, address, unproven };
    if (report.name === 'alarm') {
      const { raised, position: place } = report;
      this.#ports.alarmSaid({ ...said, raised, ...(place && { place }) });
    }
    const what = report.name === 'position' ? 'position' : report.name === 'status' ? means : undefined;
    if (what === undefined) return;
    const { callSign } = this.#ports.console.identify(leg, address);
    const place = report.name === 'position' ? report.position : undefined;
    if (place !== undefined) this.#ports.placeSaid({ ...said, place });
    this.#ports.unitSaid({ group, unit: callSign || address, what, ...(place && { place }) });
  }

  /** Over whichever attachment carries the leg now. */
  #pass(order: DataOrder, shown: number): void {
    const { events, console } = this.#ports;
    const { leg, name: data } = order;
    const carrier = this.#attachments.get(carrierOf(this.#placement, leg) ?? '');
    const { network } = this.#planned.get(leg)!.need;
    const receipt = (state: 'sent' | 'delivered' | 'failed', cause: string): void => {
      if (data === 'text') console.noteReceipt(shown, { legId: leg, state, cause });
    };
    const done = (fault: DataFault | undefined): void => {
      receipt(fault === undefined ? 'delivered' : 'failed', fault ?? '');
      if (fault !== undefined) {
        events.data.undelivered({ leg, network, data, reason: fault });
        if (fault !== 'not-carried' || data === 'alarm') console.noteUndelivered(shown, leg);
      } else events.data.passed({ leg, attachment: carrier!.id, data });
    };
    receipt('sent', '');
    if (carrier?.passData === undefined) done(carrier === undefined ? 'not-reached' : 'not-carried');
    else carrier.passData(order, done);
  }

  attachmentChanged({ attachment, state }: AttachmentStatus): void {
    const { console } = this.#ports;
    if (state === 'down') {
      // Before they move on: what was said last on its legs may have been cut off.
      for (const leg of this.#planned.keys()) {
        if (carrierOf(this.#placement, leg) === attachment) this.#ports.sendVoice({ name: 'loseLeg', leg });
      }
      console.raiseAlarm('attachment-down', attachment);
    } else console.clearAlarm('attachment-down', attachment);
    this.#feed({ name: 'attachment', attachment, health: state });
  }

  // ── Moves ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** An over, or what is left of one, holds a leg where it is. */
  #noteTalk(event: VoiceEvent): void {
    if (event.name === 'floor') {
      const { group, holder, overriding } = event.floor;
      const emergency = holder?.emergency === true || overriding?.emergency === true;
      this.#feed({ name: 'floor', group, taken: holder !== undefined, emergency });
    } else if (event.name === 'leg') {
      const { leg, receiving, transmission } = event.report;
      const active = receiving || (transmission !== 'idle' && transmission !== 'refused');
      this.#feed({ name: 'talk', leg, active });
    } else if (event.name === 'ready') {
      // A new voice process: no over of the old one is left.
      for (const { need } of this.#planned.values()) {
        this.#feed({ name: 'floor', group: need.group, taken: false, emergency: false });
        this.#feed({ name: 'talk', leg: need.leg, active: false });
      }
    }
  }

  /** One event after another, never nested: what attachments say while legs are moved waits its turn. */
  #feed(event: PlacementEvent): void {
    if (!this.#running) return;
    this.#pending.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    const { clock } = this.#ports;
    let steppedMs = clock.nowMs();
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      steppedMs = clock.nowMs();
      const { state, moves } = stepPlacement(this.#placement, next, steppedMs);
      this.#placement = state;
      for (const move of moves) this.#perform(move);
      if (next.name === 'unwanted') this.#forget(next.leg);
      if (moves.length > 0 || next.name === 'attachment' || next.name === 'unwanted') this.#tellWays();
    }
    this.#stepping = false;
    // Of what the last step has seen: what has fallen due while moves were made is owed a tick at once.
    this.#alarm.setAt(placementDeadlineMs(this.#placement, steppedMs));
  }

  #perform(move: Move): void {
    const { events } = this.#ports;
    const { leg } = move;
    const { network } = this.#planned.get(leg)!.need;
    switch (move.name) {
      case 'carry':
        this.#voice.carry(leg, move.to);
        if (move.from !== undefined) this.#attachments.get(move.from)?.closeLeg(leg);
        this.#open(leg, move.to);
        if (move.why !== 'placed')
          events.legs.moved({ leg, network, from: move.from ?? '', to: move.to, why: move.why });
        break;
      case 'try':
        this.#open(leg, move.on);
        break;
      case 'giveUp':
        this.#attachments.get(move.on)?.closeLeg(leg);
        break;
      case 'take':
        this.#voice.carry(leg, move.to);
        this.#attachments.get(move.from)?.closeLeg(leg);
        this.#showAs(leg, move.to);
        events.legs.moved({ leg, network, from: move.from, to: move.to, why: move.why });
        break;
      case 'leave':
        if (!this.#isShadow(leg)) this.#sayFarewell(leg, network, move.from);
        this.#voice.carry(leg, undefined);
        this.#attachments.get(move.from)?.closeLeg(leg, noChannel(network));
        break;
      case 'end':
        this.#voice.carry(leg, undefined);
        this.#attachments.get(move.from)?.closeLeg(leg);
        break;
      case 'shed':
        this.#shed(leg, network);
        break;
    }
  }

  /** Whose leg is dropped is told over it while it stands, where the wire can say so. */
  #sayFarewell(leg: string, network: string, attachment: string): void {
    const { events } = this.#ports;
    const { display } = this.#planned.get(leg)!.plan;
    const origin = { network: this.#config.gateway.id, address: '' };
    const order: DataOrder = { leg, name: 'text', from: display, origin, text: farewellText, meaning: farewell };
    this.#attachments.get(attachment)?.passData?.(order, (fault) => {
      if (fault === undefined) events.data.passed({ leg, attachment, data: 'text' });
      else events.data.undelivered({ leg, network, data: 'text', reason: fault });
    });
  }

  /** A leg that finds no port is down there, and is tried elsewhere. */
  #open(leg: string, on: string): void {
    const attachment = this.#attachments.get(on);
    const planned = this.#planned.get(leg);
    if (attachment === undefined || planned === undefined) return;
    try {
      attachment.openLeg(planned.plan);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const sinceMs = this.#ports.clock.nowMs();
      this.legChanged({ leg, attachment: on, state: 'down', reason: error.message, sinceMs });
    }
  }

  #shed(leg: string, network: string): void {
    const carrier = carrierOf(this.#placement, leg);
    if (carrier === undefined) this.#voice.close(leg);
    if (!this.#isShadow(leg)) this.#ports.events.legs.shed({ leg, network });
    const sinceMs = this.#ports.clock.nowMs();
    this.#show({ leg, attachment: carrier ?? '', state: 'down', reason: noChannel(network), sinceMs });
  }

  /** What the new carrier said of the leg while it was on trial. */
  #showAs(leg: string, attachment: string): void {
    const status = this.#attachments
      .get(attachment)
      ?.legs()
      .find((each) => each.leg === leg);
    if (status !== undefined) this.#show(status);
  }

  #tellWays(): void {
    const { meter, events, console } = this.#ports;
    const shed = new Set(shedLegs(this.#placement).filter((leg) => !this.#isShadow(leg)));
    meter.set('legs_shed', shed.size);
    for (const leg of shed) if (!this.#shedShown.has(leg)) console.raiseAlarm('leg-shed', leg);
    for (const leg of this.#shedShown) if (!shed.has(leg)) console.clearAlarm('leg-shed', leg);
    this.#shedShown = shed;
    const networks = networksOnSecondWay(this.#placement);
    for (const { id: network } of this.#config.networks) {
      const isNow = networks.has(network);
      if (isNow === this.#onSecondWay.has(network)) continue;
      events.attachments.rerouted({ network, second: isNow });
      if (isNow) console.raiseAlarm('network-on-second-way', network);
      else console.clearAlarm('network-on-second-way', network);
    }
    this.#onSecondWay = networks;
  }

  #show({ leg, attachment, state, reason: given, sinceMs }: LegStatus): void {
    const { clock, console, meter } = this.#ports;
    const planned = this.#planned.get(leg);
    const isShed = state !== 'up' && planned !== undefined && shedLegs(this.#placement).includes(leg);
    const reason = isShed ? noChannel(planned.need.network) : given;
    this.#legs.set(leg, state);
    const told = this.#attachments.get(attachment)?.details?.().legFaults.get(leg);
    const fault: Fault | undefined = isShed ? { code: 'no-channel' } : told;
    const shown: LegStatus = { leg, attachment, state, sinceMs, ...(reason === undefined ? {} : { reason }) };
    if (planned?.plan.isShadow === true) {
      this.#ports.shadows.legShown(leg, state);
      return;
    }
    this.#board.legShown(shown, fault, this.#instant());
    for (const each of ['up', 'connecting', 'down', 'closed'] as const) {
      const among = [...this.#legs].filter(([id, other]) => other === each && !this.#isShadow(id));
      meter.set('legs', among.length, { state: each });
    }
    if (state !== 'up') {
      for (const measured of ['leg_jitter_seconds', 'leg_round_trip_seconds', 'leg_far_loss_ratio'] as const) {
        meter.forget(measured, { leg });
      }
    }
    const sinceUtcMs = Math.round(clock.utcMs() - (clock.nowMs() - sinceMs));
    const shownFault = state === 'down' ? (fault ?? { code: 'other' }) : undefined;
    console.setLegState({ leg, state, attachment, sinceUtcMs, ...(shownFault && { fault: shownFault }) });
    this.#ports.legShown(leg, state === 'up', isOnSecondWay(this.#placement, leg));
  }
}

/** As consoles are told. */
function saidOf(word: DataWord, meaning: Meaning | undefined): SaidData['said'] {
  switch (word.name) {
    case 'text':
      return { text: word.text };
    case 'status':
      return { status: { code: word.code, ...(meaning && { meaning }) } };
    case 'position':
      return { position: word.position };
    case 'alarm':
      return { alarm: { raised: word.raised, ...(word.position && { place: word.position }) } };
  }
}

/** What the units of a dropped leg read; in one language where the attachment knows theirs. */
const farewell: Meaning = {
  fr: 'liaison coupée, plus de canal',
  nl: 'verbinding verbroken, geen kanaal meer',
  en: 'link cut, no channel left',
};
const farewellText = `${farewell.fr} / ${farewell.nl} / ${farewell.en}`;

function noChannel(network: string): string {
  return `no attachment of ${network} that works has a channel for it`;
}

/** The leg that an event of the voice process is about. */
function legOf(event: VoiceEvent): string | undefined {
  switch (event.name) {
    case 'legDead':
    case 'legTalk':
    case 'identity':
    case 'legOpened':
    case 'legHeard':
    case 'legForeign':
    case 'radio':
      return event.leg;
    case 'leg':
      return event.report.leg;
    case 'answer':
      return event.party; // that of a console is nobody's here
    case 'failed':
      return event.command === 'openLeg' || event.command === 'connectLeg' ? event.id : undefined;
    default:
      return undefined;
  }
}
