/**
 * An MCPTT system that carries legs: SIP sessions like those of the SIP kind, each with floor control beside the voice on
 * a port of its own.
 *
 *   gateway ─▶ McpttAttachment ─▶ SipAttachment ─▶ calls, voice
 *                   │                  │ offers, answers, ends (CallExtension)
 *                   └─▶ FloorLeg ◀─────┘
 *
 * Standards: 3GPP TS 24.379, TS 29.379 (sessions), TS 24.380, TS 29.380 (floor control), TS 23.283 (interworking).
 */

import { Alarm, type Clock } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import type { McpttSettings } from '../../config/schema.ts';
import { indicator } from '../../protocols/mcptt/floor-fields.ts';
import { answerTerms, type FloorTerms, floorMedia, isFloorMedia, termsOf } from '../../protocols/mcptt/floor-sdp.ts';
import type { Location } from '../../protocols/mcptt/location.ts';
import type { BodyPart } from '../../protocols/sip/call-terms.ts';
import type { SipRequest } from '../../protocols/sip/message.ts';
import { escapeUser } from '../../protocols/sip/uri.ts';
import type { LegId, PartyId, VoiceEvent } from '../../voice/contract.ts';
import { mediaAddressFor } from '../media-addresses.ts';
import type {
  Attachment,
  AttachmentDetails,
  AttachmentStatus,
  DataFault,
  DataOrder,
  LegPlan,
  LegStatus,
  TalkerName,
} from '../ports.ts';
import type { AgreedCompanion, CallExtension } from '../sip/call-extension.ts';
import type { SipAttachment } from '../sip/sip-attachment.ts';
import { numberOf } from '../sip/sip-leg.ts';
import type { SipAttachmentParts, SipAttachmentSettings } from '../sip/sip-parts.ts';
import { TalkerNames } from '../talker-names.ts';
import { FloorLeg } from './floor-leg.ts';
import type { OpenFloorPort } from './floor-port.ts';
import { addressOfId, type FloorRole, type RoleHost } from './floor-role.ts';
import { FloorSecrecy } from './floor-secrecy.ts';
import { type McpttInfo, mcpttInfo, readMcpttInfo } from './mcptt-info.ts';
import { ParticipantRole } from './participant-role.ts';
import { PriorityMap } from './priority-map.ts';
import { ServerRole } from './server-role.ts';

export interface McpttAttachmentSettings {
  readonly id: string;
  readonly network: string;
  readonly channels: number;
  readonly mcptt: McpttSettings;
}

export interface McpttParts
  extends Pick<SipAttachmentParts, 'voice' | 'observer' | 'ports' | 'mediaAddresses' | 'random'> {
  readonly clock: Clock;
  readonly meter: ConstructorParameters<typeof FloorLeg>[0]['meter'];
  /** Makes the SIP attachment below. */
  readonly attach: (settings: SipAttachmentSettings, extension: CallExtension) => SipAttachment;
  readonly openPort: OpenFloorPort;
}

interface OpenLeg {
  plan: LegPlan;
  readonly floor: FloorLeg;
  /** A session stands. */
  stands: boolean;
  /** Our last INVITE said that this is an emergency. */
  emergencySaid: boolean;
  /** What their last INVITE said. */
  info: McpttInfo | undefined;
}

const feature = '+g.3gpp.mcptt';
const icsi = 'urn:urn-7:3gpp-service.ims.icsi.mcptt';
/** RFC 3840: the value of a feature tag that holds colons is escaped. */
const icsiTag = `+g.3gpp.icsi-ref="${icsi.replaceAll(':', '%3A')}"`;

export class McpttAttachment implements Attachment {
  readonly id: string;
  readonly #settings: McpttSettings;
  readonly #parts: McpttParts;
  readonly #sip: SipAttachment;
  readonly #priorities: PriorityMap;
  readonly #legs = new Map<LegId, OpenLeg>();
  readonly #names = new TalkerNames();
  readonly #alarm: Alarm;
  /** The last one given to a leg; 1–0xffff_fffe. */
  #ssrc: number;

  constructor(settings: McpttAttachmentSettings, parts: McpttParts) {
    this.#ssrc = Math.floor(parts.random.fraction() * 0xffff_fffe);
    this.id = settings.id;
    this.#settings = settings.mcptt;
    this.#parts = parts;
    this.#priorities = new PriorityMap(settings.mcptt.priorities);
    this.#alarm = new Alarm(parts.clock, () => this.#tick());
    const { id, network, channels } = settings;
    this.#sip = parts.attach({ id, network, channels, sip: sipSettingsOf(settings.mcptt) }, this.#extension);
  }

  start(): void {
    this.#sip.start();
  }

  async stop(): Promise<void> {
    await this.#sip.stop();
    for (const leg of [...this.#legs.keys()]) this.#closeFloor(leg);
    this.#alarm.clear();
  }

  /** @throws GatewayError MEDIA_PORTS_EXHAUSTED */
  openLeg(plan: LegPlan): void {
    const known = this.#legs.get(plan.leg);
    if (known !== undefined) known.plan = plan;
    else {
      const floor = this.#openFloor(plan.leg);
      this.#legs.set(plan.leg, { plan, floor, stands: false, emergencySaid: false, info: undefined });
    }
    this.#sip.openLeg(plan);
  }

  closeLeg(leg: LegId, why?: string): void {
    this.#sip.closeLeg(leg, why);
    this.#closeFloor(leg);
  }

  voiceEvent(event: VoiceEvent): void {
    this.#sip.voiceEvent(event);
    if (event.name === 'floor') {
      for (const { plan, floor } of this.#legs.values()) if (plan.group === event.floor.group) floor.voiceEvent(event);
    } else if (event.name === 'answer') this.#legs.get(event.party)?.floor.voiceEvent(event);
    else if (event.name === 'leg') this.#legs.get(event.report.leg)?.floor.voiceEvent(event);
    else if (event.name === 'legTalk') {
      this.#legs.get(event.leg)?.floor.voiceEvent(event);
      if (event.wanted) this.#sayEmergency(event.leg, event.emergency);
    }
  }

  nameTalker(talker: TalkerName): void {
    if (!this.#names.put(talker)) return;
    for (const { floor } of this.#legs.values()) floor.role.namesChanged();
  }

  passData(order: DataOrder, done: (fault: DataFault | undefined) => void): void {
    this.#sip.passData(order, done);
  }

  legs(): readonly LegStatus[] {
    return this.#sip.legs();
  }

  status(): AttachmentStatus {
    return this.#sip.status();
  }

  details(): AttachmentDetails {
    return this.#sip.details();
  }

  // ── Floor control ────────────────────────────────────────────────────────────────────────────────────────────────

  #openFloor(leg: LegId): FloorLeg {
    const { ports, clock, mediaAddresses, openPort, meter } = this.#parts;
    const port = ports.take(clock.nowMs());
    if (port === undefined) throw new GatewayError('MEDIA_PORTS_EXHAUSTED', `no port for floor control of ${leg}`);
    const host = {
      addressFor: (far: string | undefined) => mediaAddressFor(mediaAddresses, far),
      latch: this.#settings.latch,
      open: openPort,
      secrecy: this.#newSecrecy(),
      meter,
      nowMs: () => clock.nowMs(),
      takePort: () => ports.take(clock.nowMs()),
      giveBackPort: (number: number) => ports.giveBack(number, clock.nowMs()),
      moved: (reason: string) => this.#sip.giveUp(leg, reason),
    };
    return new FloorLeg(host, port, (send) => this.#roleOf(leg, send));
  }

  #newSecrecy(): FloorSecrecy | undefined {
    const { floorKey } = this.#settings;
    if (floorKey === undefined) return undefined;
    const keySalt = Buffer.from(floorKey.keySalt.reveal(), 'base64');
    const mki = floorKey.mki === undefined ? {} : { mki: Buffer.from(floorKey.mki, 'hex') };
    return new FloorSecrecy({ suite: floorKey.suite, keySalt, ...mki }, this.#parts.clock.utcMs());
  }

  #closeFloor(leg: LegId): void {
    this.#legs.get(leg)?.floor.close();
    this.#legs.delete(leg);
    this.#arm();
  }

  #roleOf(leg: LegId, send: RoleHost['send']): FloorRole {
    const { voice, clock } = this.#parts;
    const { home, talkerField, imminentPerilPriority, wantsAck, timers } = this.#settings;
    const host: RoleHost = {
      ssrc: this.#nextSsrc(),
      priorities: this.#priorities,
      plan: () => this.#planOf(leg),
      nowMs: () => clock.nowMs(),
      idOf: (party) => this.#idOf(party),
      send,
      command: (command) => voice.send(command),
      talker: (address, location) => this.#sayTalker(leg, address, location),
      giveUp: (reason) => {
        if (this.#settings.mode === 'accept') this.#sip.giveUp(leg, reason);
      },
      arm: () => this.#arm(),
    };
    const perilPriority = imminentPerilPriority;
    if (home === 'there') {
      const participant = {
        releaseMs: timers.t100Ms,
        requestMs: timers.t101Ms,
        positionMs: timers.t104Ms,
        releasesMax: timers.c100,
        requestsMax: timers.c101,
        positionsMax: timers.c104,
        mediaEndMs: timers.t103Ms,
        offerMs: timers.t132Ms,
      };
      return new ParticipantRole(host, { timers: participant, talkerField, perilPriority });
    }
    const server = {
      inactivityMs: timers.t4S === 0 ? Infinity : 1000 * timers.t4S,
      idleAgainMs: timers.t7Ms,
      idlesMax: timers.c7,
      revokeAgainMs: timers.t8Ms,
      grantAgainMs: timers.t20Ms,
      grantsMax: timers.c20,
      tailMs,
      wantsAck,
    };
    return new ServerRole(host, { timers: server, perilPriority });
  }

  /** Legs count on from a number of chance: none has another's, as one key needs (RFC 3711 §9.1). */
  #nextSsrc(): number {
    this.#ssrc = (this.#ssrc % 0xffff_fffe) + 1;
    return this.#ssrc;
  }

  #planOf(leg: LegId): LegPlan {
    const open = this.#legs.get(leg);
    if (open === undefined) throw new Error(`leg ${leg} is not open`);
    return open.plan;
  }

  /** MCPTT ID of a party of our side: by the address that its network says, else our own. */
  #idOf(party: PartyId): string {
    const address = this.#names.get(party)?.address ?? '';
    if (address === '') return this.#settings.identity;
    return this.#settings.talkerUri.replaceAll('{address}', escapeUser(address.replaceAll(/\s/g, '')));
  }

  #sayTalker(leg: LegId, address: string, location: Location | undefined): void {
    const { observer } = this.#parts;
    if (address !== '') observer.talkerChanged({ leg, address });
    if (location?.kind !== 'geographic') return;
    const { latitudeDeg, longitudeDeg } = location;
    const position = { latitudeDeg, longitudeDeg };
    observer.dataReceived({ name: 'position', leg, attachment: this.id, from: address, position });
  }

  #tick(): void {
    const nowMs = this.#parts.clock.nowMs();
    for (const { floor } of this.#legs.values()) if (floor.role.deadlineMs <= nowMs) floor.role.tick();
    this.#arm();
  }

  #arm(): void {
    let atMs = Infinity;
    for (const { floor } of this.#legs.values()) atMs = Math.min(atMs, floor.role.deadlineMs);
    this.#alarm.setAt(atMs);
  }

  // ── Sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What we offer, and the most that we answer. */
  get #terms(): FloorTerms {
    const { queueing, home, priorities } = this.#settings;
    // A server grants in floor control, not in its answer: the arbiter is not asked within a turn of SIP.
    const priority = home === 'there' ? (priorities[15] ?? 255) : 255;
    return { queueing, priority, granted: home === 'there', implicitRequest: true };
  }

  /** The INVITE of a call is a request while somebody of ours talks, a later one never; a server requests nothing. */
  #offerTerms(leg: LegId): FloorTerms {
    const open = this.#legs.get(leg);
    const role = open?.floor.role;
    const implicitRequest = role instanceof ParticipantRole && role.wish !== undefined && open?.stands === false;
    return { ...this.#terms, implicitRequest };
  }

  /**
   * A call that stands becomes one of emergency with a talk that is, and an ordinary one with the next that is none: by a
   * re-INVITE (TS 24.379 §6.2.8.1). Floor control has said it by then, and does not wait for this.
   */
  #sayEmergency(leg: LegId, emergency: boolean): void {
    const open = this.#legs.get(leg);
    if (open === undefined || !this.#saysInfo || !open.stands || open.emergencySaid === emergency) return;
    open.emergencySaid = emergency;
    this.#sip.propose(leg, { headers: this.#priorityHeaders(emergency), part: this.#info(open.plan, emergency) });
  }

  get #saysInfo(): boolean {
    return this.#settings.mcpttInfo && this.#settings.mode === 'call';
  }

  #info(plan: LegPlan, emergency: boolean | undefined): BodyPart {
    const { sessionType, identity, home } = this.#settings;
    const group = this.#groupUri(plan);
    return mcpttInfo({ sessionType, group, controls: home === 'here', caller: identity, emergency });
  }

  #priorityHeaders(emergency: boolean): readonly (readonly [string, string])[] {
    const { normal, emergency: raised } = this.#settings.resourcePriority;
    const value = emergency ? (raised ?? normal) : normal;
    return value === undefined ? [] : [['Resource-Priority', value]];
  }

  /** Of a call of ours; an emergency of the talk that waits for it is said at once. */
  #begin(leg: LegId): boolean {
    const open = this.#legs.get(leg);
    const role = open?.floor.role;
    const mask = role instanceof ParticipantRole ? (role.wish?.mask ?? 0) : 0;
    const emergency = this.#saysInfo && (mask & indicator.emergency) !== 0;
    if (open !== undefined) open.emergencySaid = emergency;
    return emergency;
  }

  #headers(plan: LegPlan): readonly (readonly [string, string])[] {
    const { asserts, answerMode, identity } = this.#settings;
    const service: readonly (readonly [string, string])[] = asserts
      ? [
          ['P-Asserted-Service', icsi],
          ['P-Asserted-Identity', `<${identity}>`],
        ]
      : [['P-Preferred-Service', icsi]];
    return [
      ['Accept-Contact', `*;${feature};require;explicit`],
      ['Accept-Contact', `*;${icsiTag};require;explicit`],
      ...service,
      ...(answerMode === 'auto' ? [['Answer-Mode', 'Auto'] as const] : []),
      ...this.#priorityHeaders(this.#begin(plan.leg)),
    ];
  }

  /** Their emergency alert is an alarm; the rest is looked at when the session is agreed on. */
  #invited(leg: LegId, request: SipRequest, isProven: boolean): void {
    const open = this.#legs.get(leg);
    if (open === undefined) return;
    const info = readMcpttInfo(request);
    if (info === undefined) return; // a refresh says nothing new
    const isNews = info.alert === false || (info.alert === true && open.info?.alert !== true);
    open.info = info;
    if (!isNews || info.alert === undefined) return;
    const from = addressOfId(info.caller);
    const unproven = isProven ? {} : ({ unproven: true } as const);
    this.#parts.observer.dataReceived({
      name: 'alarm',
      raised: info.alert,
      leg,
      attachment: this.id,
      from,
      ...unproven,
    });
  }

  get #extension(): CallExtension {
    const { grantTimeoutMs, leadMs, home } = this.#settings;
    return {
      talk: {
        keyIn: { mode: 'signalled' },
        keyOut: { mode: 'signalled' },
        grant: home === 'there' ? { mode: 'signalled', timeoutMs: grantTimeoutMs } : { mode: 'delay', delayMs: leadMs },
      },
      // RFC 4579: the controlling function of a group is its focus (TS 24.379 §6.3.3).
      contactParams: `;${feature};${icsiTag}${home === 'here' ? ';isfocus' : ''}`,
      title: 'speech',
      headers: (plan) => this.#headers(plan),
      body: (plan) => (this.#saysInfo ? this.#info(plan, this.#begin(plan.leg) ? true : undefined) : undefined),
      invited: (leg, request, isProven) => this.#invited(leg, request, isProven),
      companion: (leg) => {
        const port = this.#legs.get(leg)?.floor.port ?? 0;
        const terms = (): FloorTerms => this.#offerTerms(leg);
        return {
          get offer() {
            return floorMedia(port, terms());
          },
          answer: (offered) =>
            isFloorMedia(offered) ? floorMedia(port, answerTerms(termsOf(offered), this.#answerTerms)) : undefined,
        };
      },
      unusable: 'no-floor-control',
      agreed: (leg, companion) => this.#agreed(leg, companion),
      ended: (leg) => this.#ended(leg),
    };
  }

  /** As the server we take an INVITE for a request and answer it in floor control; as a participant we grant nothing. */
  get #answerTerms(): FloorTerms {
    return { ...this.#terms, granted: false, implicitRequest: this.#settings.home === 'here' };
  }

  #agreed(leg: LegId, companion: AgreedCompanion | undefined): string | undefined {
    if (companion === undefined) return 'no floor control in the session (m=application udp MCPTT)';
    const { media, remote, weOffered } = companion;
    const theirs = termsOf(media);
    const agreed = weOffered
      ? answerTerms(this.#offerTerms(leg), theirs)
      : answerTerms(theirs, { ...this.#answerTerms, granted: true });
    const open = this.#legs.get(leg);
    const asked = weOffered ? undefined : open?.info;
    if (agreed.implicitRequest && asked !== undefined) this.#sayTalker(leg, addressOfId(asked.caller), undefined);
    open?.floor.connect(remote, agreed, weOffered, maskOfInfo(asked));
    if (open !== undefined) open.stands = true;
    return undefined;
  }

  #ended(leg: LegId): void {
    const open = this.#legs.get(leg);
    if (open === undefined) return;
    open.stands = false;
    open.info = undefined;
    open.floor.disconnect();
  }

  #groupUri(plan: LegPlan): string {
    const { callee, peer } = this.#settings;
    const host = peer.replace(/^sips?:(?:[^@]*@)?/i, '').replace(/;.*$/, '');
    return callee.replaceAll('{number}', escapeUser(numberOf(plan))).replaceAll('{peer}', host);
  }
}

/** Kind of call that an INVITE says, as a Floor Indicator has it. */
function maskOfInfo(info: McpttInfo | undefined): number {
  if (info?.emergency === true) return indicator.emergency;
  return info?.imminentPeril === true ? indicator.imminentPeril : indicator.normal;
}

/** Media under way when a talk ends; what comes later is sent without permission. */
const tailMs = 500;

/** The session's settings as the SIP kind has them; what floor control says is not to be said twice. */
function sipSettingsOf(settings: McpttSettings): SipAttachmentSettings['sip'] {
  const { peer, mode, callee, transport, tls, username, password, challengeIncoming, optionsIntervalMs } = settings;
  const {
    codecs,
    ptimeMs,
    sessionExpiresS,
    srtp,
    srtpSuites,
    latch,
    mediaHosts,
    rtpTimeoutMs,
    data,
    markPaths,
    level,
  } = settings;
  return {
    ...{ peer, mode, callee, transport, tls, challengeIncoming, optionsIntervalMs },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...{ codecs, ptimeMs, sessionExpiresS, srtp, srtpSuites, latch, mediaHosts, rtpTimeoutMs, data, markPaths, level },
    registerWith: undefined,
    talkerIdentity: 'none',
    tellTalker: { by: 'off', everyMs: 1000 },
    // Floor control takes the place of these: see CallExtension.talk.
    keyIn: { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000 },
    keyOut: { mode: 'presence', releaseMs: 300 },
    grant: { mode: 'immediate' },
    answers: {},
    guardMs: 0,
  };
}
