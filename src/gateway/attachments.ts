/**
 * All ways to the radio networks together: makes each attachment of the configuration, moves legs among them as
 * bridges/leg-placement.ts decides, and tells consoles and readiness how they fare.
 */
import type { LegState } from '../base/events/legs.ts';
import type { Fault } from '../base/faults.ts';
import { printable } from '../base/printable.ts';
import { secretToken } from '../base/random.ts';
import type { CapacityPreview, NetworksReport } from '../base/status-report.ts';
import { PathMarks } from '../bridges/path-marks.ts';
import type {
  Attachment,
  AttachmentObserver,
  AttachmentStatus,
  DataReport,
  LegStatus,
  PhonePlan,
  PhoneReport,
  TalkerReport,
  Telephone,
} from '../bridges/ports.ts';
import type { SipBridge } from '../bridges/sip/sip-bridge.ts';
import { TalkerNames } from '../bridges/talker-names.ts';
import { VoiceSwitch } from '../bridges/voice-switch.ts';
import type { Config } from '../config/schema.ts';
import type { Person } from '../operations/terms.ts';
import type { GroupId, PartyId, VoiceCommand, VoiceEvent } from '../voice/contract.ts';
import { openKinds } from './attachment-kinds.ts';
import type { AttachmentsPorts } from './attachments-ports.ts';
import { DataDesk } from './data-desk.ts';
import { DataRouter } from './data-router.ts';
import type { PlannedGroup, PlannedLeg } from './group-plan.ts';
import { LegMover, noChannel } from './leg-mover.ts';
import { type Instant, StatusBoard } from './status-board.ts';

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
  readonly #mover: LegMover;
  readonly #router: DataRouter;
  readonly #data: DataDesk;
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
    this.#mover = new LegMover(config, {
      ...{ ports, planned: this.#planned, attachments: this.#attachments, voice: this.#voice },
      isQuiet: (leg) => this.#isQuiet(leg),
      legChanged: (status) => this.legChanged(status),
      show: (status) => this.#show(status),
      forget: (leg) => this.#forget(leg),
    });
    for (const leg of this.#planned.keys()) this.#legs.set(leg, 'connecting');
    this.#router = new DataRouter(config, groups);
    this.#data = new DataDesk(this.#router, config.gateway.id, {
      ports,
      plannedLeg: (leg) => this.#planned.get(leg)?.need,
      carrier: (leg) => this.#attachments.get(this.#mover.carrierOf(leg) ?? ''),
    });
    this.#paths = new PathMarks(secretToken(), (group) => {
      return config.loops.markPaths && config.sharedGroups.some(({ id, loops }) => loops && id === group);
    });
  }

  /** Opens the listeners. @throws GatewayError PORT_IN_USE, ADDRESS_NOT_AVAILABLE, CONFIG_INVALID. */
  async listen(): Promise<void> {
    const kinds = await openKinds(this.#config, {
      ...{ ports: this.#ports, observer: this, voice: this.#voice, paths: this.#paths },
      isNeeded: (leg) => this.#isNeeded(leg),
    });
    this.#sip = kinds.sip;
    for (const settings of this.#config.attachments.filter(({ enabled }) => enabled)) {
      this.#attachments.set(settings.id, await kinds.make(settings));
    }
  }

  #isNeeded(leg: string): boolean {
    const group = this.#planned.get(leg)?.need.group;
    return this.#mover.isNeeded(leg) || (group !== undefined && this.#ports.inEmergency(group));
  }

  /** A telephone that an attachment reaches; undefined where it is not enabled or reaches none. */
  telephone(attachment: string, plan: PhonePlan, report: (report: PhoneReport) => void): Telephone | undefined {
    const voice = { send: (command: VoiceCommand) => this.#ports.sendVoice(command) };
    return this.#attachments.get(attachment)?.telephone?.(plan, voice, report);
  }

  /** An operator writes to all sides of a group; how many there are. */
  sendText(group: GroupId, person: Person, text: string): number {
    return this.#data.sendText(group, person, text);
  }

  /** Begins to watch the far ends and opens the legs of all planned groups. */
  start(): void {
    this.#mover.start();
    for (const attachment of this.#attachments.values()) attachment.start();
  }

  /** Hangs up everywhere; resolves when far ends know or each attachment's patience is over. */
  async stop(): Promise<void> {
    this.#mover.stop();
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
    this.#mover.feed({ name: 'wanted', need });
  }

  /** What joining these would take of the networks' channels. */
  capacity(legs: readonly PlannedLeg[]): CapacityPreview {
    const needs = legs.map(({ need }) => need);
    return this.#mover.preview(needs);
  }

  /** Who is stronger when channels are short has changed for a leg. */
  prioritise({ need, plan }: PlannedLeg): void {
    if (!this.#planned.has(need.leg) || this.#leaving.has(need.leg)) return;
    this.#planned.set(need.leg, { need, plan });
    this.#mover.feed({ name: 'priority', leg: need.leg, priority: need.priority });
  }

  /** It is none any more: its call is hung up. */
  leave(leg: string): void {
    if (!this.#planned.has(leg) || this.#leaving.has(leg)) return;
    this.#leaving.add(leg);
    if (this.#mover.isRunning) this.#mover.feed({ name: 'unwanted', leg });
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
    const carrier = leg === undefined ? undefined : this.#mover.carrierOf(leg);
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
    const states = [...this.#legs].flatMap(([leg, state]) => (this.#isQuiet(leg) ? [] : [state]));
    return { up: states.filter((state) => state === 'up').length, total: states.length };
  }

  /** It is listened to and no more: nobody but who looks at the fleet data hears of it. */
  #isShadow(leg: string): boolean {
    return this.#planned.get(leg)?.plan.isShadow === true;
  }

  #isQuiet(leg: string): boolean {
    return this.#isShadow(leg) || this.#planned.get(leg)?.plan.isProof === true;
  }

  /** How all fare, for whoever looks. */
  report(): NetworksReport {
    return this.#board.report({ attachments: this.#attachments, placement: this.#mover.placement }, this.#instant());
  }

  #instant(): Instant {
    const { clock } = this.#ports;
    return { nowMs: clock.nowMs(), utcMs: clock.utcMs() };
  }

  // ── What attachments tell ────────────────────────────────────────────────────────────────────────────────────────

  legChanged(status: LegStatus): void {
    const { leg, attachment, state } = status;
    if (this.#mover.carrierOf(leg) === attachment) this.#show(status);
    this.#mover.feed({ name: 'leg', leg, attachment, up: state === 'up' });
  }

  /** Whatever its far end says, an address is one line without control characters. */
  talkerChanged(report: TalkerReport): void {
    const { leg } = report;
    const address = printable(report.address);
    const carrier = this.#config.attachments.find(({ id }) => id === this.#mover.carrierOf(leg));
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
    if (this.#isShadow(said.leg)) this.#ports.shadows.dataSaid(said.leg);
    else this.#data.received(said);
  }

  attachmentChanged({ attachment, state }: AttachmentStatus): void {
    const { console } = this.#ports;
    if (state === 'down') {
      // Before they move on: what was said last on its legs may have been cut off.
      for (const leg of this.#planned.keys()) {
        if (this.#mover.carrierOf(leg) === attachment) this.#ports.sendVoice({ name: 'loseLeg', leg });
      }
      console.raiseAlarm('attachment-down', attachment);
    } else console.clearAlarm('attachment-down', attachment);
    this.#mover.feed({ name: 'attachment', attachment, health: state });
  }

  /** An over, or what is left of one, holds a leg where it is. */
  #noteTalk(event: VoiceEvent): void {
    if (event.name === 'floor') {
      const { group, holder, overriding } = event.floor;
      const emergency = holder?.emergency === true || overriding?.emergency === true;
      this.#mover.feed({ name: 'floor', group, taken: holder !== undefined, emergency });
    } else if (event.name === 'leg') {
      const { leg, receiving, transmission } = event.report;
      const active = receiving || (transmission !== 'idle' && transmission !== 'refused');
      this.#mover.feed({ name: 'talk', leg, active });
    } else if (event.name === 'ready') {
      // A new voice process: no over of the old one is left.
      for (const { need } of this.#planned.values()) {
        this.#mover.feed({ name: 'floor', group: need.group, taken: false, emergency: false });
        this.#mover.feed({ name: 'talk', leg: need.leg, active: false });
      }
    }
  }

  // ── What is shown ────────────────────────────────────────────────────────────────────────────────────────────────

  #show({ leg, attachment, state, reason: given, sinceMs }: LegStatus): void {
    const { clock, console, meter } = this.#ports;
    const planned = this.#planned.get(leg);
    const isShed = state !== 'up' && planned !== undefined && this.#mover.isShed(leg);
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
      const among = [...this.#legs].filter(([id, other]) => other === each && !this.#isQuiet(id));
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
    this.#ports.legShown(leg, state === 'up', this.#mover.isOnSecondWay(leg));
  }
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
