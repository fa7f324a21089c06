/**
 * A SIP far end that carries legs: watches whether it lives, gives each leg its calls, takes the calls it makes to us,
 * registers with it if it wants that, and keeps what it registered with us.
 *
 * Driven by: gateway (ports.ts), sip-bridge.ts for what comes in, and one alarm for its machines' deadlines.
 */
import { isIP } from 'node:net';
import { Alarm, type Cancel } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import type { Fault } from '../../base/faults.ts';
import type { CallEnd, CallEvent, CallId, OfferExtra } from '../../protocols/sip/call-terms.ts';
import { readTo } from '../../protocols/sip/headers.ts';
import { type Hop, usualPort } from '../../protocols/sip/hop.ts';
import type { SipRequest } from '../../protocols/sip/message.ts';
import type { Answer } from '../../protocols/sip/response.ts';
import { noParams } from '../../protocols/sip/scan.ts';
import { parseUri, type SipUri } from '../../protocols/sip/uri.ts';
import type { RequestId } from '../../protocols/sip/user-agent.ts';
import type { FloorSnapshot, GroupId, LegId, VoiceEvent } from '../../voice/contract.ts';
import { mediaAddressFor } from '../media-addresses.ts';
import { LegPath } from '../path-marks.ts';
import type {
  Attachment,
  AttachmentDetails,
  AttachmentStatus,
  DataFault,
  DataOrder,
  LegPlan,
  LegStatus,
  PhonePlan,
  PhoneReport,
  TalkerName,
  Telephone,
  VoicePort,
} from '../ports.ts';
import { TalkerNames } from '../talker-names.ts';
import { reasonOf, voiceDeaths } from './absence-words.ts';
import type { CallExtension } from './call-extension.ts';
import {
  type LivenessEvent,
  type LivenessState,
  livenessDeadlineMs,
  questionTimers,
  startLiveness,
  stepLiveness,
} from './liveness.ts';
import type { PlaceQuestion } from './locate.ts';
import { OpenCalls } from './open-calls.ts';
import { PeerPlaces } from './peer-places.ts';
import { PhoneLine } from './phone-line.ts';
import { SipData } from './sip-data.ts';
import { type LegHost, numberOf, SipLeg } from './sip-leg.ts';
import type { SipLine } from './sip-line.ts';
import type { SipAttachmentParts, SipAttachmentSettings } from './sip-parts.ts';
import { SipRegistration } from './sip-registration.ts';
import type { TlsPeer } from './tls-transport.ts';

const stopMsMax = 2000;
/** A place that failed is not tried for so long while there is another. */
const failedMs = 30_000;
const busyMsMax = 300_000;

export class SipAttachment implements Attachment {
  readonly id: string;
  readonly #settings: SipAttachmentSettings;
  readonly #parts: SipAttachmentParts;
  readonly #extension: CallExtension | undefined;
  readonly #peer: SipUri;
  readonly #legs = new Map<LegId, SipLeg>();
  readonly #phones: PhoneLine[] = [];
  readonly #status = new Map<LegId, LegStatus>();
  readonly #alarm: Alarm;
  readonly #registration: SipRegistration | undefined;
  readonly #data: SipData;
  readonly #talkers = new TalkerNames();
  /** Who holds the floor of each group that has a leg here. */
  readonly #floors = new Map<GroupId, FloorSnapshot>();
  #liveness: LivenessState | undefined;
  #reason: string | undefined;
  #certificateExpiresUtcMs: number | undefined;
  #question: RequestId | undefined;
  #askedMs = 0;
  #roundTripMs: number | undefined;
  #nextProbeMs = Infinity;
  readonly #places: PeerPlaces;
  /** The line, counting the calls that are not over. */
  readonly #line: SipLine;
  readonly #calls = new OpenCalls();

  /** @throws GatewayError CONFIG_INVALID when the peer is no SIP URI; the configuration's check has refused it before. */
  constructor(settings: SipAttachmentSettings, parts: SipAttachmentParts, extension?: CallExtension) {
    const peer = parseUri(settings.sip.peer);
    if (peer?.kind !== 'sip') throw new GatewayError('CONFIG_INVALID', `attachment ${settings.id}: peer is no SIP URI`);
    this.id = settings.id;
    this.#settings = settings;
    this.#parts = parts;
    this.#extension = extension;
    this.#peer = peer;
    this.#line = this.#calls.counted(parts.line);
    this.#places = new PeerPlaces(settings, peer, this.#line, parts.clock);
    this.#alarm = new Alarm(parts.clock, () => this.#tick());
    this.#data = new SipData(settings, { ...parts, line: this.#line });
    const { registerWith } = settings.sip;
    this.#registration =
      registerWith === undefined
        ? undefined
        : new SipRegistration(settings, registerWith, parts, {
            arm: () => this.#arm(),
            changed: () => parts.observer.attachmentChanged(this.status()),
          });
  }

  get settings(): SipAttachmentSettings {
    return this.#settings;
  }

  start(): void {
    this.#liveness = startLiveness(this.#nowMs);
    this.#nextProbeMs = this.#nowMs + this.#probeMs;
    this.#places.rewatch();
    this.#registration?.start();
    this.#tick();
  }

  async stop(): Promise<void> {
    this.#liveness = undefined;
    if (this.#question !== undefined) this.#line.abandon(this.#question);
    for (const leg of [...this.#legs.keys()]) this.closeLeg(leg);
    for (const phone of this.#phones) phone.hangUp('hung-up');
    const unregistered = this.#registration?.stop();
    await this.#within(stopMsMax, Promise.all([unregistered, this.#calls.quiet()]));
    this.#data.stop();
    this.#alarm.clear();
    this.#places.stop();
  }

  /** @throws GatewayError MEDIA_PORTS_EXHAUSTED */
  openLeg(plan: LegPlan): void {
    const known = this.#legs.get(plan.leg);
    if (known !== undefined) {
      known.replan(plan);
      return;
    }
    const port = this.#parts.ports.take(this.#nowMs);
    if (port === undefined) throw new GatewayError('MEDIA_PORTS_EXHAUSTED', `no port for leg ${plan.leg}`);
    const leg = new SipLeg(this.#hostOf(plan), plan, port);
    this.#legs.set(plan.leg, leg);
    leg.feed({ name: 'open' });
    this.#tellTalker(leg);
  }

  closeLeg(id: LegId, why?: string): void {
    const leg = this.#legs.get(id);
    if (leg === undefined) return;
    leg.close(why);
    this.#legs.delete(id);
    this.#status.delete(id);
    this.#arm();
  }

  telephone(plan: PhonePlan, voice: VoicePort, report: (report: PhoneReport) => void): Telephone {
    const { leg, group } = plan;
    const host = this.#hostOf({ leg, group });
    const ended = (call: CallId, outgoing: boolean, stood: boolean, end: CallEnd) =>
      this.#callEnded(leg, call, outgoing, stood, end);
    const phone = new PhoneLine({ ...host, voice, report, ended }, plan);
    this.#phones.push(phone);
    return phone;
  }

  /** Says something within a leg's call. */
  propose(leg: LegId, extra: OfferExtra): void {
    this.#legs.get(leg)?.propose(extra);
  }

  /** Gives a leg's call up; it is made anew. */
  giveUp(leg: LegId, reason: string): void {
    this.#legs.get(leg)?.giveUp(reason);
  }

  voiceEvent(event: VoiceEvent): void {
    if (event.name === 'floor') this.#floorMoved(event.floor);
    else if (event.name === 'legOpened') this.#legs.get(event.leg)?.voiceOpened();
    else if (event.name === 'legDead') {
      this.#legs.get(event.leg)?.voiceDead(voiceDeaths[event.reason], event.reason === 'rtp-timeout');
    } else if (event.name === 'failed' && event.command === 'openLeg') {
      this.#legs.get(event.id)?.voiceFailed(event.reason);
    } else if (event.name === 'failed' && event.command === 'connectLeg') {
      this.#legs.get(event.id)?.voiceRefused(event.reason);
    } else if (event.name === 'identity' && this.#settings.sip.talkerIdentity === 'rtcp' && this.#legs.has(event.leg)) {
      this.#parts.observer.talkerChanged({ leg: event.leg, address: event.address });
    }
  }

  nameTalker(talker: TalkerName): void {
    if (!this.#talkers.put(talker)) return;
    for (const leg of this.#legs.values()) if (this.#talkerFor(leg)?.party === talker.party) this.#tellTalker(leg);
  }

  #floorMoved(floor: FloorSnapshot): void {
    this.#floors.set(floor.group, floor);
    for (const leg of this.#legs.values()) if (leg.plan.group === floor.group) this.#tellTalker(leg);
  }

  #tellTalker(leg: SipLeg): void {
    leg.talkerIs(this.#talkerFor(leg));
  }

  /** Of two who are mixed, the one who broke in. */
  #talkerFor({ plan: { leg, group } }: SipLeg): TalkerName | undefined {
    const floor = this.#floors.get(group);
    const speaker = [floor?.overriding, floor?.holder].find((each) => each !== undefined && each.party !== leg);
    return speaker && this.#talkers.get(speaker.party);
  }

  legs(): readonly LegStatus[] {
    return [...this.#status.values()];
  }

  status(): AttachmentStatus {
    const { channels } = this.#settings;
    const name = this.#liveness?.name ?? 'unknown';
    const reason = this.#reason ?? this.#registration?.problem;
    return {
      attachment: this.id,
      state: name === 'alive' ? 'up' : name === 'dead' ? 'down' : 'unknown',
      ...(reason !== undefined && { reason }),
      ...(this.#certificateExpiresUtcMs !== undefined && { certificateExpiresUtcMs: this.#certificateExpiresUtcMs }),
      legs: this.#legs.size,
      channels,
    };
  }

  details(): AttachmentDetails {
    const hop = this.#places.hop();
    const place = this.#places.used;
    const legFaults = [...this.#legs].flatMap(([leg, { fault }]): [LegId, Fault][] =>
      fault === undefined ? [] : [[leg, fault]],
    );
    const fault = this.#fault(hop);
    return {
      ...(fault !== undefined && { fault }),
      ...(hop !== undefined && {
        address: `${hop.address.includes(':') ? `[${hop.address}]` : hop.address}:${hop.port}`,
      }),
      ...this.#registered(),
      ...(this.#roundTripMs !== undefined && { roundTripMs: this.#roundTripMs }),
      ...(place !== undefined && { place }),
      legFaults: new Map(legFaults),
    };
  }

  #fault(hop: Hop | undefined): Fault | undefined {
    if (this.#liveness?.name === 'alive') {
      const answer = this.#registration?.answer;
      const isRegistered = this.#registration?.problem === undefined;
      return isRegistered ? undefined : { code: 'registration', ...(answer !== undefined && { answer }) };
    }
    if (hop === undefined) return { code: 'no-address' };
    return this.#liveness?.name === 'dead' ? { code: 'unreachable' } : undefined;
  }

  #registered(): Pick<AttachmentDetails, 'registration' | 'registrar' | 'registrationExpiresMs'> {
    const { mode, registerWith } = this.#settings.sip;
    if (this.#registration !== undefined && registerWith !== undefined) {
      const { standing, untilMs } = this.#registration;
      return {
        registration: standing,
        registrar: registerWith,
        ...(untilMs !== undefined && { registrationExpiresMs: untilMs }),
      };
    }
    if (mode !== 'register-and-accept') return {};
    return { registration: this.#places.isBound ? 'them-registered' : 'them-awaited' };
  }

  // ── What comes from the far end, by way of the bridge ────────────────────────────────────────────────────────────

  /** Whether calls from there may be this attachment's: the address is the peer's, or that of its registration. */
  mayComeFrom(source: Hop): boolean {
    // What its certificate proved over TLS, nobody may claim in the clear from its address.
    const isProven = this.#settings.sip.transport !== 'tls' || source.transport === 'tls';
    return isProven && this.#places.hop()?.address === source.address;
  }

  /** Whether it sends from there, port and all: what tells apart far ends that share an address. */
  comesFrom(source: Hop): boolean {
    const hop = this.#places.hop();
    return hop?.address === source.address && hop.port === source.port && hop.transport === source.transport;
  }

  /** A far end that is configured by its address registers from nowhere else; one with a name may be anywhere. */
  mayRegisterFrom(source: Hop): boolean {
    if (this.#settings.sip.transport === 'tls' && source.transport !== 'tls') return false;
    const host = this.#peer.host.replace(/^\[|\]$/g, '');
    return isIP(host) === 0 || host === source.address;
  }

  /** Where its far end is to be looked for; one that registers with us says it itself. */
  get place(): PlaceQuestion | undefined {
    return this.#places.question;
  }

  /** Whose certificates may be shown for it: the far end's, and its registrar's. */
  tlsPeers(): readonly TlsPeer[] {
    const { transport, tls, registerWith } = this.#settings.sip;
    if (transport !== 'tls') return [];
    const registrar = registerWith === undefined ? undefined : parseUri(registerWith);
    const uris = registrar?.kind === 'sip' ? [this.#peer, registrar] : [this.#peer];
    return uris.flatMap((uri) => {
      const host = uri.host.replace(/^\[|\]$/g, '');
      const port = uri.port ?? usualPort(transport);
      // What DNS says of where it is proves nothing: its certificate has the domain that was asked for (RFC 5922 §4).
      const name = (uri === this.#peer ? tls?.serverName : undefined) ?? host;
      const peer = { attachment: this.id, name, ca: tls?.ca };
      const { place } = this;
      if (uri === this.#peer && place !== undefined) {
        return this.#line.placesOf(place).map((each) => ({ ...peer, address: each.address, port: each.port }));
      }
      // A far end that registers may be anywhere, unless it is configured by its address.
      const roams = uri === this.#peer && isIP(host) === 0;
      return [{ ...peer, address: roams ? undefined : (this.#line.addressOf(host) ?? ''), port }];
    });
  }

  certificateSeen(expiresUtcMs: number): void {
    if (this.#certificateExpiresUtcMs === expiresUtcMs) return;
    this.#certificateExpiresUtcMs = expiresUtcMs;
    this.#parts.observer.attachmentChanged(this.status());
  }

  /** Hosts that it needs the addresses of. */
  get names(): readonly string[] {
    const { mode, registerWith } = this.#settings.sip;
    const registrar = registerWith === undefined ? undefined : parseUri(registerWith);
    const hosts = mode === 'register-and-accept' ? [] : [this.#peer.host];
    if (registrar?.kind === 'sip') hosts.push(registrar.host);
    return hosts.filter((host) => !host.startsWith('['));
  }

  legOf(number: string): SipLeg | undefined {
    for (const leg of this.#legs.values()) if (numberOf(leg.plan) === number.replaceAll(/\s/g, '')) return leg;
    return undefined;
  }

  /** The line that a call is on: by what it says, else the one that is all this attachment is for. */
  phoneFor(request: SipRequest): PhoneLine | undefined {
    const [first, second] = this.#phones;
    const only = second === undefined && this.#legs.size === 0 ? first : undefined;
    return this.#phones.find((phone) => phone.isFor(request)) ?? only;
  }

  /** A call for one of its legs or lines: refuses it or hands it on. Returns what is wrong with what it offers. */
  take(call: CallId, leg: SipLeg | PhoneLine, event: Extract<CallEvent, { name: 'incoming' }>): string | undefined {
    const challenge = this.#challenge(event.request, event.source);
    if (challenge !== undefined) {
      this.#line.refuse(call, challenge);
      return undefined;
    }
    this.#feedLiveness({ name: 'heard' });
    return leg.take(call, event.request, event.source, event.offer);
  }

  /** A message for one of its legs, and what to answer. */
  takeMessage(leg: SipLeg, request: SipRequest, source: Hop): Answer {
    const challenge = this.#challenge(request, source);
    if (challenge !== undefined) return challenge;
    this.#feedLiveness({ name: 'heard' });
    const { challengeIncoming } = this.#settings.sip;
    // Whoever speaks within the call knows its tags; whoever has a connection has answered from its address.
    const isProven =
      challengeIncoming || source.transport !== 'udp' || readTo(request.headers)?.params.has('tag') === true;
    return this.#data.take(leg, request, isProven);
  }

  passData(order: DataOrder, done: (fault: DataFault | undefined) => void): void {
    const leg = this.#legs.get(order.leg);
    if (leg === undefined) done('not-reached');
    else this.#data.pass(leg, order, done);
  }

  /** What a request must be answered when its sender is to show credentials and has not. */
  #challenge(request: SipRequest, source: Hop): Answer | undefined {
    const { challengeIncoming, username, password } = this.#settings.sip;
    if (!challengeIncoming || username === undefined || password === undefined) return undefined;
    const verdict = this.#line.authorise(request, source, { username, password: password.reveal() });
    return verdict.ok ? undefined : verdict.answer;
  }

  heard(): void {
    this.#feedLiveness({ name: 'heard' });
  }

  unreachable(reason: string): void {
    this.#feedLiveness({ name: 'unreachable', reason: reasonOf(reason) });
  }

  /** The far end's registration with us: where it is now, or undefined when it has run out. */
  bound(flow: Hop | undefined): void {
    this.#places.bound(flow);
    if (flow === undefined) this.unreachable('its registration has run out');
    else this.heard();
  }

  /** A name's address became known or another one. */
  renamed(): void {
    this.#places.rewatch();
    this.#tick();
    for (const leg of this.#legs.values()) leg.feed({ name: 'peer-alive' });
  }

  // ── Its machines ─────────────────────────────────────────────────────────────────────────────────────────────────

  get #nowMs(): number {
    return this.#parts.clock.nowMs();
  }

  /** How often each leg's far end is asked whether it still knows the call: seldomer than whether it lives at all. */
  get #probeMs(): number {
    return 2 * this.#settings.sip.optionsIntervalMs;
  }

  #tick(): void {
    const nowMs = this.#nowMs;
    if (this.#liveness !== undefined) this.#feedLiveness({ name: 'tick' });
    if (nowMs >= this.#nextProbeMs) {
      this.#nextProbeMs = nowMs + this.#probeMs;
      for (const leg of this.#legs.values()) leg.probe();
    }
    for (const leg of this.#legs.values()) if (leg.deadlineMs <= nowMs) leg.tick();
    this.#registration?.tick();
    this.#arm();
  }

  #arm(): void {
    let atMs = this.#registration?.deadlineMs ?? Infinity;
    for (const leg of this.#legs.values()) atMs = Math.min(atMs, leg.deadlineMs);
    if (this.#liveness !== undefined) atMs = Math.min(atMs, livenessDeadlineMs(this.#liveness), this.#nextProbeMs);
    this.#alarm.setAt(atMs);
  }

  #feedLiveness(event: LivenessEvent): void {
    if (this.#liveness === undefined) return;
    const { optionsIntervalMs } = this.#settings.sip;
    const { state, actions } = stepLiveness(this.#liveness, event, optionsIntervalMs, this.#nowMs);
    this.#liveness = state;
    for (const action of actions) {
      switch (action.name) {
        case 'ask':
          if (this.#liveness.name === 'dead') this.#places.next();
          this.#ask();
          break;
        case 'stop-asking':
          if (this.#question !== undefined) this.#line.abandon(this.#question);
          this.#question = undefined;
          break;
        case 'alive':
          this.#reason = undefined;
          this.#parts.events.attachments.up({ attachment: this.id, network: this.#settings.network });
          this.#parts.observer.attachmentChanged(this.status());
          for (const leg of this.#legs.values()) leg.feed({ name: 'peer-alive' });
          break;
        case 'dead':
          this.#die(action.reason);
          break;
      }
    }
    this.#arm();
  }

  #die(reason: string): void {
    const line = this.#line;
    const { events, observer } = this.#parts;
    if (this.#places.turnAway(failedMs)) {
      this.#goOn(reason);
      return;
    }
    this.#reason = reason;
    events.attachments.down({ attachment: this.id, network: this.#settings.network, reason });
    for (const leg of this.#legs.values()) leg.feed({ name: 'peer-dead', reason });
    const hop = this.#places.hop();
    if (hop !== undefined) line.reset(hop);
    observer.attachmentChanged(this.status());
  }

  /** At the place that is now its own: asked at once whether it lives, and called. */
  #goOn(reason: string): void {
    this.#places.rewatch();
    this.#liveness = startLiveness(this.#nowMs);
    for (const leg of this.#legs.values()) leg.feed({ name: 'peer-dead', reason });
    // The leg whose call told us so is still dealing with its end.
    this.#parts.clock.callAt(this.#nowMs, () => {
      for (const leg of this.#legs.values()) leg.feed({ name: 'peer-alive' });
    });
    this.#arm();
  }

  /** Too busy for us there (RFC 3263 §4.3), and no call of ours stands: another place may not be. */
  #leaveBusy(retryAfterS: number | undefined): void {
    if ([...this.#legs.values()].some((leg) => leg.isUp)) return;
    if (this.#places.turnAway(Math.min(busyMsMax, 1000 * (retryAfterS ?? failedMs / 1000))))
      this.#goOn('is too busy (503)');
  }

  /** OPTIONS outside any call. Whatever is answered, somebody is there. */
  #ask(): void {
    const line = this.#line;
    const hop = this.#places.hop();
    if (hop === undefined) return;
    const uri: SipUri = { ...this.#peer, params: noParams };
    const from = {
      uri: { kind: 'sip', scheme: 'sip', user: 'escaut', host: line.domain, params: noParams },
      params: noParams,
    } as const;
    this.#askedMs = this.#nowMs;
    const timers = questionTimers(this.#settings.sip.optionsIntervalMs);
    this.#question = line.request({ method: 'OPTIONS', uri, hop, from, timers }, (outcome) => {
      this.#question = undefined;
      if (outcome.name === 'answered') this.#roundTripMs = this.#nowMs - this.#askedMs;
      if (outcome.name === 'answered') this.#feedLiveness({ name: 'answered' });
    });
  }

  #hostOf({ leg, group }: Pick<LegPlan, 'leg' | 'group'>): LegHost {
    const line = this.#line;
    const { voice, mediaAddresses, cname, clock, random, ports, ownSockets, observer, events, paths } = this.#parts;
    const { network, sip } = this.#settings;
    const at = { attachment: this.id, leg, group };
    return {
      settings: sip,
      extension: this.#extension,
      path: paths && sip.markPaths ? new LegPath(paths, at) : undefined,
      pathLooped: () => events.legs.pathLooped(at),
      line,
      voice,
      mediaAddressFor: (far) => mediaAddressFor(mediaAddresses, far),
      cname,
      peerHop: () => this.#places.hop(),
      nowMs: () => clock.nowMs(),
      fraction: () => random.fraction(),
      takePort: () => ports.take(clock.nowMs()),
      giveBackPort: (port) => ports.giveBack(port, clock.nowMs()),
      isOurs: (address, port) => ownSockets.has(address, port),
      report: ({ plan: { leg }, fault }, state, reason) => {
        const said = reason === undefined ? {} : { reason };
        const status: LegStatus = { leg, attachment: this.id, state, ...said, sinceMs: clock.nowMs() };
        this.#status.set(leg, status);
        const { code, ...answer } = fault ?? {};
        const why = code !== undefined && { fault: code, ...answer };
        events.legs.changed({ leg, network, attachment: this.id, state, ...said, ...why });
        observer.legChanged(status);
      },
      talker: (report) => observer.talkerChanged(report),
      silent: () => this.#feedLiveness({ name: 'silent' }),
      heard: () => this.heard(),
      ended: ({ plan: { leg } }, call, outgoing, stood, end) => {
        this.#callEnded(leg, call, outgoing, stood, end);
        if (outgoing && !stood && end.status === 503) this.#leaveBusy(end.retryAfterS);
      },
      arm: () => this.#arm(),
    };
  }

  #callEnded(leg: LegId, call: CallId, outgoing: boolean, stood: boolean, end: CallEnd): void {
    const result = stood ? 'answered' : end.why === 'timeout' || end.why === 'no-answer' ? 'timed-out' : 'refused';
    const reason = [end.why, end.status, end.text].filter((each) => each !== undefined).join(' ');
    this.#parts.events.attachments.callEnded({
      leg,
      call: String(call),
      direction: outgoing ? 'out' : 'in',
      result,
      reason,
    });
  }

  /** Waits for something, but not for longer than that. */
  async #within(ms: number, something: Promise<unknown>): Promise<void> {
    let cancel: Cancel = () => undefined;
    const limit = new Promise<void>((done) => {
      cancel = this.#parts.clock.callAt(this.#nowMs + ms, done);
    });
    await Promise.race([something, limit]);
    cancel();
  }
}
