/**
 * The SIP side of the gateway: sockets, one user agent for all attachments, and the gate before them.
 *
 *   datagram, stream ─▶ Gatekeeper ─▶ parse ─▶ UserAgent ─▶ attachment ─▶ leg
 *                          │ stranger: one refusal without memory, or nothing
 *
 * A shell: it holds the sockets, the clock and one alarm; what happens is decided by the pure parts in protocols/sip
 * and beside this file.
 */
import { Alarm, type Clock } from '../../base/clock.ts';
import type { Dscp } from '../../base/dscp.ts';
import { GatewayError } from '../../base/errors.ts';
import { type Random, secretToken } from '../../base/random.ts';
import type { CallEvent, CallId } from '../../protocols/sip/call-terms.ts';
import type { DigestAlgorithm } from '../../protocols/sip/digest.ts';
import { readTo } from '../../protocols/sip/headers.ts';
import { type Hop, type SipTransportName, usualPort } from '../../protocols/sip/hop.ts';
import type { SipMessage, SipRequest } from '../../protocols/sip/message.ts';
import { parseSipMessage } from '../../protocols/sip/parse.ts';
import { type Answer, respondTo, responseHop, stampVia } from '../../protocols/sip/response.ts';
import { serialiseSipMessage } from '../../protocols/sip/serialise.ts';
import type { SipAnyUri } from '../../protocols/sip/uri.ts';
import { type RequestId, UserAgent, type UserAgentOutput } from '../../protocols/sip/user-agent.ts';
import { familiesOf, familyOf, type MediaAddresses } from '../media-addresses.ts';
import type { OwnSockets } from '../own-sockets.ts';
import type { PathMarks } from '../path-marks.ts';
import type { PortAllocator } from '../port-allocator.ts';
import type { AttachmentObserver, BridgeEvents, BridgeMeter, VoicePort } from '../ports.ts';
import { Gatekeeper } from './admission.ts';
import type { CallExtension } from './call-extension.ts';
import { NameCache } from './name-cache.ts';
import type { PhoneLine } from './phone-line.ts';
import { PlaceCache } from './place-cache.ts';
import { Registrations } from './registrations.ts';
import { SipAttachment } from './sip-attachment.ts';
import { addressOf, type SipLeg } from './sip-leg.ts';
import type { RequestOutcome, SipLine } from './sip-line.ts';
import type { SipAttachmentSettings } from './sip-parts.ts';
import { TcpTransport, tcpTerms } from './tcp-transport.ts';
import { type TlsFiles, type TlsPeer, TlsTransport } from './tls-transport.ts';
import type { Transport, TransportHandlers } from './transport.ts';
import { UdpTransport } from './udp-transport.ts';

export interface SipBridgeOptions {
  /** Where to listen; port 0 takes any free one. */
  readonly listen: readonly ListenEntry[];
  /** Realm of digest and domain of our own addresses. */
  readonly domain: string;
  /** How what is sent is marked; default 0: not at all. */
  readonly dscp?: Dscp;
  /** Addresses of voice, as told to far ends. */
  readonly mediaAddresses: MediaAddresses;
  readonly ports: PortAllocator;
  /** Ours over UDP join them. */
  readonly ownSockets: OwnSockets;
  readonly observer: AttachmentObserver;
  readonly events: BridgeEvents;
  readonly meter: BridgeMeter;
  readonly clock: Clock;
  readonly random: Random;
  /** Absent: calls bear no mark. */
  readonly paths?: PathMarks;
  /** Offered to far ends that are to show credentials, the preferred first. Default MD5: many know no other. */
  readonly digestAlgorithms?: readonly DigestAlgorithm[];
  readonly names?: NameCache;
  readonly places?: PlaceCache;
  /** A certificate was read or shown; for metrics and alarms. */
  readonly onCertificate?: (certificate: string, expiresUtcMs: number) => void;
  /** Makes the transports; a test's network may stand in for sockets. */
  readonly open?: OpenTransport;
}

interface ListenEntry {
  readonly transport: SipTransportName;
  readonly host: string;
  readonly port: number;
  /** With transport tls. */
  readonly tls?: TlsFiles | undefined;
}

export type OpenTransport = (
  transport: 'udp' | 'tcp',
  at: { readonly address: string; readonly port: number },
  handlers: TransportHandlers,
) => Promise<Transport>;

type PlaceOfCall<Leg = SipLeg | PhoneLine> =
  | { readonly found: true; readonly attachment: SipAttachment; readonly leg: Leg }
  | { readonly found: false; readonly status: number; readonly reason: string };

/** Above what the gate lets in of neighbours and strangers in the 32 s of a transaction, so that far ends find room. */
const transactionsMax = 16_384;
/** One line about refused strangers a second at most. */
const refusalLineMs = 1000;

export class SipBridge {
  readonly #options: SipBridgeOptions;
  readonly #agent: UserAgent;
  readonly #gate = new Gatekeeper();
  readonly #registrations: Registrations;
  readonly #names: NameCache;
  readonly #places: PlaceCache;
  readonly #alarm: Alarm;
  readonly #transports: Transport[] = [];
  readonly #attachments = new Map<string, SipAttachment>();
  readonly #calls = new Map<CallId, (event: CallEvent) => void>();
  readonly #requests = new Map<RequestId, (outcome: RequestOutcome) => void>();
  /** Where calls of far ends come from, and where those that registered are, by attachment: let in by the gate. */
  readonly #callSources = new Map<CallId, Hop>();
  readonly #registered = new Map<string, Hop>();
  readonly #strangersTag = secretToken(8);
  #performing = false;
  #refusalLineAtMs = -Infinity;

  private constructor(options: SipBridgeOptions) {
    this.#options = options;
    const { clock, random, domain } = options;
    this.#agent = new UserAgent({
      localFor: (hop) => this.#localFor(hop),
      hopTo: (uri, like) => this.#hopTo(uri, like),
      token: () => secretToken(),
      fraction: () => random.fraction(),
      transactionsMax,
    });
    this.#registrations = new Registrations({
      realm: domain,
      algorithms: options.digestAlgorithms ?? ['MD5'],
      nowMs: () => clock.nowMs(),
      refused: (request, source, reason) => this.#sayRefused(request.method, source, reason),
    });
    this.#names = options.names ?? new NameCache(clock);
    this.#places = options.places ?? new PlaceCache(clock, () => random.fraction());
    this.#alarm = new Alarm(clock, () => this.#tick());
  }

  /** @throws GatewayError when an address cannot be listened on. */
  static async start(options: SipBridgeOptions): Promise<SipBridge> {
    const bridge = new SipBridge(options);
    const { clock, events, dscp = 0 } = options;
    const open: OpenTransport = (transport, at, handlers) =>
      transport === 'udp'
        ? UdpTransport.listen(at, handlers, dscp)
        : TcpTransport.listen(at, handlers, () => clock.nowMs(), { ...tcpTerms, dscp });
    for (const [index, entry] of options.listen.entries()) {
      const { transport, host, port } = entry;
      const at = { address: host, port };
      try {
        const opened = await (transport === 'tls'
          ? bridge.#listenSecurely(at, entry, index)
          : (options.open ?? open)(transport, at, bridge.#handlers));
        bridge.#transports.push(opened);
        if (transport === 'udp') options.ownSockets.add(opened.local.address, opened.local.port);
        events.attachments.sipListening({ transport, host, port: opened.local.port });
      } catch (error) {
        await bridge.stop();
        throw error;
      }
    }
    return bridge;
  }

  /** @throws GatewayError when a certificate cannot be used. */
  #listenSecurely(at: { address: string; port: number }, { tls }: ListenEntry, index: number): Promise<Transport> {
    const { clock, events, onCertificate, dscp = 0 } = this.#options;
    if (tls === undefined) throw new GatewayError('CONFIG_INVALID', `sip.listen[${index}] has no certificate`);
    return TlsTransport.listen(at, this.#handlers, tls, {
      clock,
      dscp,
      peers: () => this.#tlsPeers(),
      onCertificate: ({ attachment, expiresUtcMs }) => {
        onCertificate?.(attachment ?? `sip.listen[${index}]`, expiresUtcMs);
        if (attachment !== undefined) this.#attachments.get(attachment)?.certificateSeen(expiresUtcMs);
      },
      onRefused: (at) => events.certificates.refused(at),
    });
  }

  #tlsPeers(): readonly TlsPeer[] {
    return [...this.#attachments.values()].flatMap((attachment) => attachment.tlsPeers());
  }

  /** Addresses really listened on, in the order asked for. */
  get listening(): readonly { readonly transport: string; readonly address: string; readonly port: number }[] {
    return this.#transports.map(({ name, local }) => ({ transport: name, ...local }));
  }

  /** What is alive, for gauges and for tests of orderly ends. */
  get sizes(): UserAgent['sizes'] {
    return this.#agent.sizes;
  }

  /** Makes an attachment; its owner starts and stops it. */
  attach(settings: SipAttachmentSettings, voice: VoicePort, extension?: CallExtension): SipAttachment {
    const { observer, events, meter, ports, ownSockets, mediaAddresses, paths, clock, random } = this.#options;
    const cname = `${secretToken(8)}@escaut`;
    const parts = {
      line: this.#line,
      voice,
      observer,
      events,
      meter,
      ports,
      ownSockets,
      mediaAddresses,
      cname,
      paths,
      clock,
      random,
    };
    const attachment = new SipAttachment(settings, parts, extension);
    this.#attachments.set(settings.id, attachment);
    const families = this.#families(settings.sip.transport);
    for (const host of attachment.names) this.#names.keep(host, families, () => this.#run(() => attachment.renamed()));
    const { place } = attachment;
    if (place !== undefined) this.#places.keep(place, () => this.#run(() => attachment.renamed()));
    return attachment;
  }

  /** Forgets a stopped attachment. */
  detach(id: string): void {
    this.#attachments.delete(id);
    this.#unbind(id);
  }

  /** Closes the sockets. Attachments are to be stopped before, so that far ends are told. */
  async stop(): Promise<void> {
    this.#alarm.clear();
    this.#names.close();
    this.#places.close();
    // Out of reach first: a closed socket throws at the next send.
    await Promise.all(this.#transports.splice(0).map((transport) => transport.close()));
  }

  // ── From the transports ──────────────────────────────────────────────────────────────────────────────────────────

  readonly #handlers: TransportHandlers = {
    onMessage: (octets, source) => this.#receive(octets, source),
    onUnreachable: (hop, reason) =>
      this.#run(() => {
        this.#agent.unreachable(hop, this.#nowMs);
        for (const attachment of this.#attachments.values())
          if (attachment.comesFrom(hop)) attachment.unreachable(reason);
      }),
    onClosed: (hop) => this.#run(() => this.#agent.unreachable(hop, this.#nowMs)),
    mayConnect: (source) => this.#gate.judge(source, this.#nowMs) !== 'drop',
    isPeer: (address) => this.#gate.isPeer(address),
    onDropped: (reason) => this.#dropped(reason),
  };

  #receive(octets: Uint8Array, source: Hop): void {
    const { meter } = this.#options;
    meter.add('sip_messages_total', 1, { direction: 'in' });
    const admission = this.#gate.judge(source, this.#nowMs);
    if (admission === 'drop') {
      this.#dropped('stranger');
      return;
    }
    const reading = parseSipMessage(octets);
    if (!reading.ok) {
      if (reading.malformed === 'empty') return; // a keep-alive
      this.#dropped('malformed');
      const { partial, suggestedStatus } = reading;
      if (partial !== undefined && suggestedStatus !== undefined && admission !== 'stranger') {
        this.#answerWithoutMemory(partial, source, { status: suggestedStatus });
      }
      return;
    }
    const { message } = reading;
    if (admission === 'stranger') {
      if (message.kind === 'request') this.#receiveStranger(message, source, octets.length);
      else this.#dropped('stranger');
      return;
    }
    if (admission === 'neighbour' && this.#refusesNeighbour(message, source)) return;
    this.#run(() => {
      for (const attachment of this.#attachments.values()) if (attachment.comesFrom(source)) attachment.heard();
      this.#agent.receive(message, source, this.#nowMs);
    });
  }

  /** A call from a far end's address but not from itself, that no leg is for: refused without memory, so never twice. */
  #refusesNeighbour(message: SipMessage, source: Hop): boolean {
    if (message.kind !== 'request' || message.method !== 'INVITE') return false;
    if (readTo(message.headers)?.params.has('tag')) return false;
    const place = this.#placeOf(message, source);
    if (place.found) return false;
    this.#sayRefused('INVITE', source, place.reason);
    this.#answerWithoutMemory(message, source, { status: place.status });
    return true;
  }

  /**
   * Strangers may register, if any attachment is for that; else they are refused. Without credentials nothing is
   * remembered of them, and no answer is much longer than what it answers: an invented source gains nothing by us.
   */
  #receiveStranger(request: SipRequest, source: Hop, bytes: number): void {
    this.#dropped('stranger');
    if (request.method === 'ACK') return;
    const registers = request.method === 'REGISTER' && this.#registrable().length > 0;
    if (registers && request.headers.has('Authorization')) {
      this.#run(() => this.#agent.receive(request, source, this.#nowMs));
    } else if (registers) this.#answerWithoutMemory(request, source, this.#registrations.challenge(false), 2 * bytes);
    else {
      this.#sayRefused(request.method, source, 'not a configured far end');
      this.#answerWithoutMemory(request, source, { status: 403 }, bytes + strangerSlackBytes);
    }
  }

  #answerWithoutMemory(request: SipRequest, source: Hop, answer: Answer, bytesMax = Infinity): void {
    const stamped = stampVia(request, source);
    const octets = serialiseSipMessage(respondTo(stamped, answer, this.#strangersTag));
    if (octets.length <= bytesMax) this.#send(octets, responseHop(stamped, source));
  }

  // ── The user agent ───────────────────────────────────────────────────────────────────────────────────────────────

  get #nowMs(): number {
    return this.#options.clock.nowMs();
  }

  /** Does something with the user agent, then all that follows from it, in order and never nested. */
  #run<T>(act: () => T): T {
    const result = act();
    if (!this.#performing) this.#performAll();
    return result;
  }

  #performAll(): void {
    this.#performing = true;
    for (let outputs = this.#agent.take(); outputs.length > 0; outputs = this.#agent.take()) {
      for (const output of outputs) this.#perform(output);
    }
    this.#performing = false;
    if (this.#transports.length === 0) return; // stopped: what is left unsaid stays so
    this.#alarm.setAt(Math.min(this.#agent.deadlineMs, this.#registrations.deadlineMs));
  }

  #tick(): void {
    this.#run(() => {
      this.#agent.tick(this.#nowMs);
      for (const id of this.#registrations.expire()) {
        this.#unbind(id);
        this.#attachments.get(id)?.bound(undefined);
      }
    });
  }

  #perform(output: UserAgentOutput): void {
    switch (output.name) {
      case 'send':
        this.#send(serialiseSipMessage(output.message), output.hop);
        break;
      case 'call':
        this.#hand(output.call, output.event);
        break;
      case 'register':
        this.#register(output);
        break;
      case 'message':
        this.#takeMessage(output);
        break;
      case 'answered':
        this.#settle(output.request, output);
        break;
      case 'unanswered':
        this.#settle(output.request, output);
        break;
      case 'dropped':
        this.#dropped(output.reason === 'stray-response' ? 'stray' : output.reason);
        break;
    }
  }

  #hand(call: CallId, event: CallEvent): void {
    if (event.name === 'incoming') this.#receiveCall(call, event);
    const onEvent = this.#calls.get(call);
    if (event.name === 'ended') {
      this.#calls.delete(call);
      const source = this.#callSources.get(call);
      this.#callSources.delete(call);
      if (source !== undefined) this.#gate.remove(source);
    }
    onEvent?.(event);
  }

  #settle(request: RequestId, outcome: RequestOutcome): void {
    const onOutcome = this.#requests.get(request);
    this.#requests.delete(request);
    onOutcome?.(outcome);
  }

  #receiveCall(call: CallId, event: Extract<CallEvent, { name: 'incoming' }>): void {
    const place = this.#placeOf(event.request, event.source);
    if (place.found) {
      const refused = place.attachment.take(call, place.leg, event);
      if (refused !== undefined) this.#sayRefused('INVITE', event.source, refused);
    } else {
      this.#sayRefused('INVITE', event.source, place.reason);
      this.#agent.refuse(call, { status: place.status }, this.#nowMs);
    }
    if (!this.#calls.has(call)) return;
    this.#callSources.set(call, event.source);
    this.#gate.add(event.source);
  }

  /** Finds the leg that a call is for: by where it comes from, then by the number called (Request-URI, else To). */
  #placeOf(request: SipRequest, source: Hop): PlaceOfCall {
    const place = this.#findLeg(request, source);
    if (place.found && place.attachment.settings.sip.mode !== 'call') return place;
    const onLine = this.#findPhone(request, source);
    if (onLine !== undefined) return onLine;
    return place.found ? { found: false, status: 403, reason: 'we call this far end' } : place;
  }

  /** The direct line that a call is on; whatever calls a far end takes for talkgroups, it may call on those. */
  #findPhone(request: SipRequest, source: Hop): Extract<PlaceOfCall, { found: true }> | undefined {
    for (const attachment of this.#candidates(source)) {
      const leg = attachment.phoneFor(request);
      if (leg !== undefined) return { found: true, attachment, leg };
    }
    return undefined;
  }

  #candidates(source: Hop): readonly SipAttachment[] {
    return [...this.#attachments.values()]
      .filter((attachment) => attachment.mayComeFrom(source))
      .sort((a, b) => Number(b.comesFrom(source)) - Number(a.comesFrom(source)));
  }

  #findLeg(request: SipRequest, source: Hop): PlaceOfCall<SipLeg> {
    const candidates = this.#candidates(source);
    const to = readTo(request.headers)?.uri;
    for (const uri of to === undefined ? [request.uri] : [request.uri, to]) {
      const number = addressOf(uri);
      for (const attachment of candidates) {
        const leg = number === undefined ? undefined : attachment.legOf(number);
        if (leg !== undefined) return { found: true, attachment, leg };
      }
    }
    if (candidates.length === 0) return { found: false, status: 403, reason: 'not a configured far end' };
    return { found: false, status: 404, reason: 'no leg has this number' };
  }

  /** A status, a text, a position or an alarm for a talkgroup. */
  #takeMessage({ transaction, request, source }: Extract<UserAgentOutput, { name: 'message' }>): void {
    const place = this.#findLeg(request, source);
    if (!place.found) this.#sayRefused('MESSAGE', source, place.reason);
    const answer = place.found ? place.attachment.takeMessage(place.leg, request, source) : { status: place.status };
    this.#agent.respond(transaction, request, answer, this.#nowMs);
  }

  // ── Registrations with us ────────────────────────────────────────────────────────────────────────────────────────

  #registrable(): SipAttachment[] {
    return [...this.#attachments.values()].filter(({ settings }) => settings.sip.mode === 'register-and-accept');
  }

  /** An account is the user name of an attachment. */
  #register({ transaction, request, source }: Extract<UserAgentOutput, { name: 'register' }>): void {
    const to = readTo(request.headers)?.uri;
    const name = to === undefined ? undefined : addressOf(to);
    const attachment = this.#registrable().find(({ settings }) => settings.sip.username === name);
    const password = attachment?.settings.sip.password?.reveal();
    const answer = this.#registrations.register(request, source, {
      id: attachment?.id,
      username: name ?? '',
      password,
      mayComeFrom: attachment?.mayRegisterFrom(source) ?? false,
    });
    this.#agent.respond(transaction, request, answer, this.#nowMs);
    if (attachment !== undefined && answer.status === 200) this.#rebind(attachment);
  }

  #rebind(attachment: SipAttachment): void {
    const flow = this.#registrations.flowOf(attachment.id);
    this.#unbind(attachment.id);
    if (flow !== undefined) {
      this.#registered.set(attachment.id, flow);
      this.#gate.add(flow);
    }
    attachment.bound(flow);
  }

  #unbind(id: string): void {
    const flow = this.#registered.get(id);
    this.#registered.delete(id);
    if (flow !== undefined) this.#gate.remove(flow);
  }

  // ── What attachments use ─────────────────────────────────────────────────────────────────────────────────────────

  get #line(): SipLine {
    const agent = this.#agent;
    return {
      domain: this.#options.domain,
      place: (call, onEvent) =>
        this.#run(() => {
          const id = agent.place(call, this.#nowMs);
          this.#calls.set(id, onEvent);
          return id;
        }),
      adopt: (call, onEvent) => this.#calls.set(call, onEvent),
      ring: (call, terms) => this.#run(() => agent.ring(call, terms, this.#nowMs)),
      accept: (call, sdp, terms) => this.#run(() => agent.accept(call, sdp, terms, this.#nowMs)),
      refuse: (call, answer) => this.#run(() => agent.refuse(call, answer, this.#nowMs)),
      offer: (call, sdp, extra) => this.#run(() => agent.offer(call, sdp, this.#nowMs, extra)),
      acceptOffer: (call, sdp) => this.#run(() => agent.acceptOffer(call, sdp, this.#nowMs)),
      refuseOffer: (call, answer) => this.#run(() => agent.refuseOffer(call, answer, this.#nowMs)),
      identify: (call, speaker) => this.#run(() => agent.identify(call, speaker, this.#nowMs)),
      probe: (call) => this.#run(() => agent.probe(call, this.#nowMs)),
      hangUp: (call, reason) => this.#run(() => agent.hangUp(call, this.#nowMs, reason)),
      request: (plan, onOutcome) =>
        this.#run(() => {
          const id = agent.request(plan, this.#nowMs);
          this.#requests.set(id, onOutcome);
          return id;
        }),
      abandon: (request) => {
        this.#requests.delete(request);
        this.#run(() => agent.abandon(request, this.#nowMs));
      },
      authorise: (request, source, account) => this.#registrations.judge(request, source, account),
      localFor: (hop) => this.#localFor(hop),
      addressOf: (host) => this.#names.addressOf(host),
      families: (transport) => this.#families(transport),
      placesOf: (question) => this.#places.placesOf(question),
      watch: (hop) => {
        this.#gate.add(hop);
        this.#transportFor(hop)?.watch(hop);
      },
      unwatch: (hop) => {
        this.#gate.remove(hop);
        this.#transportFor(hop)?.unwatch(hop);
      },
      reset: (hop) => this.#transportFor(hop)?.reset(hop),
    };
  }

  #send(octets: Uint8Array, hop: Hop): void {
    const transport = this.#transportFor(hop);
    if (transport === undefined) {
      this.#run(() => this.#agent.unreachable(hop, this.#nowMs));
      return;
    }
    this.#options.meter.add('sip_messages_total', 1, { direction: 'out' });
    transport.send(octets, hop);
  }

  /** The listener of this transport and IP version. */
  #transportFor(hop: Hop): Transport | undefined {
    const isIpv6 = hop.address.includes(':');
    return this.#transports.find(({ name, local }) => name === hop.transport && local.address.includes(':') === isIpv6);
  }

  /** IP versions in which both signalling and voice can be exchanged. */
  #families(transport: SipTransportName): readonly (4 | 6)[] {
    const spoken = this.#transports.flatMap(({ name, local }) => (name === transport ? [familyOf(local.address)] : []));
    const families = familiesOf(this.#options.mediaAddresses);
    const both = families.filter((family) => spoken.includes(family));
    return both.length === 0 ? families : both;
  }

  #localFor(hop: Hop): { readonly address: string; readonly port: number } {
    const transport = this.#transportFor(hop) ?? this.#transports[0];
    return transport?.local ?? { address: this.#options.mediaAddresses[0], port: 5060 };
  }

  /** RFC 3263 without a question to anybody: literals and names that are known already. */
  #hopTo(uri: SipAnyUri, like: Hop): Hop | undefined {
    if (uri.kind !== 'sip') return undefined;
    const address = this.#names.addressOf(uri.host.replace(/^\[|\]$/g, ''));
    const named = uri.params.get('transport')?.toLowerCase();
    // A Contact without transport means UDP by the letter; far ends that came over TCP mean that.
    const transport =
      uri.scheme === 'sips' || named === 'tls' ? 'tls' : named === 'tcp' || named === 'udp' ? named : like.transport;
    return address === undefined ? undefined : { transport, address, port: uri.port ?? usualPort(transport) };
  }

  #dropped(reason: 'malformed' | 'stranger' | 'overload' | 'too-long' | 'stray'): void {
    this.#options.meter.add('sip_messages_dropped_total', 1, { reason });
  }

  #sayRefused(method: string, source: Hop, reason: string): void {
    if (this.#nowMs - this.#refusalLineAtMs < refusalLineMs) return;
    this.#refusalLineAtMs = this.#nowMs;
    const remote = `${source.transport}:${source.address}:${source.port}`;
    this.#options.events.attachments.sipRefused({ method: method.slice(0, 32), remote, reason });
  }
}

/** received, rport and a To tag, which every answer has more than its request. */
const strangerSlackBytes = 64;
