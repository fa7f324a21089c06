/**
 * An agent that carries legs: lets it in, holds one session with it over any number of connections, and hands its words
 * to the legs. Performs what protocols/link/session.ts decides.
 *
 *   LinkTransport ── octets ──▶ session machine ── deliver ──▶ LinkLeg ──▶ voice process
 *                                     └── take ──▶ AttachmentObserver.dataReceived
 *   passData ── event ──▶ session machine ── taken, Receipt ──▶ LinkOnward ──▶ done
 */
import { Alarm } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import type { Fault } from '../../base/faults.ts';
import { printable } from '../../base/printable.ts';
import { fullBucket, take } from '../../base/rate-limit.ts';
import { type EventBox, emptyBox, hasRoom, keep } from '../../protocols/link/event-box.ts';
import {
  capability,
  type Hello,
  type LinkEvent,
  linkVersion,
  type OutBody,
  readFrame,
  refusedReason,
  writeFrame,
} from '../../protocols/link/frames.ts';
import {
  type Delivered,
  type SessionAction,
  type SessionEvent,
  type SessionState,
  sessionDeadlineMs,
  startSession,
  stepSession,
} from '../../protocols/link/session.ts';
import type { LegId, VoiceEvent } from '../../voice/contract.ts';
import { mediaAddressFor } from '../media-addresses.ts';
import { LegPath } from '../path-marks.ts';
import type {
  Attachment,
  AttachmentDetails,
  AttachmentStatus,
  DataFault,
  DataOrder,
  DataOrigin,
  LegPlan,
  LegStatus,
  TalkerName,
} from '../ports.ts';
import { TalkerNames } from '../talker-names.ts';
import { type GateRefusal, LinkGate, sameSecret } from './link-gate.ts';
import { codecNumbers, LinkLeg, type LinkLegHost, type LinkTerms, notConnected } from './link-leg.ts';
import { LinkOnward } from './link-onward.ts';
import type { LinkAttachmentParts, LinkAttachmentSettings, LinkLine, LinkTransport } from './link-parts.ts';
import { abilities, agreeOn, modes } from './link-terms.ts';

/** An agent that has not connected by then is missing; until then it may be starting like ourselves. */
const firstPatienceMs = 5000;
/** How long a session waits for its agent to come back. */
const resumeMs = 60_000;
const software = 'Escaut';
/** What Hello names if the agent says such events. */
const declared = {
  status: capability.STATUS,
  text: capability.TEXT,
  position: capability.POSITION,
  alarm: capability.EMERGENCY,
} as const;
/** 200 of an agent's, as link.proto has it, beside words of ours. */
const reasonCharsMax = 250;
/** Lines about those turned away. */
const refusalRate = { burst: 5, perSecond: 1 };

export class LinkAttachment implements Attachment {
  readonly id: string;
  readonly #settings: LinkAttachmentSettings;
  readonly #parts: LinkAttachmentParts;
  readonly #talkers = new TalkerNames();
  readonly #legs = new Map<LegId, LinkLeg>();
  readonly #status = new Map<LegId, LegStatus>();
  readonly #alarm: Alarm;
  /** Every connection there is; the session's own is `#line`. */
  readonly #sessions = new Map<LinkLine, SessionState>();
  #line: LinkLine | undefined;
  #terms: LinkTerms | undefined;
  /** Of the session, while it has no connection. */
  #box: EventBox = emptyBox;
  /** What we take of its agent's events, over all connections; of the last one that ended. */
  #bucket: SessionState['bucket'] | undefined;
  #resumeToken = '';
  #resumeUntilMs = -Infinity;
  #eventsDropped = 0;
  /** Until then events wait for an agent that is away; Infinity while it is here. */
  #keptUntilMs = -Infinity;
  readonly #onward: LinkOnward;
  readonly #gate: LinkGate;
  #reason: string | undefined;
  /** Of the session's last ping. */
  #roundTripMs: number | undefined;
  #refusals;
  #transport: LinkTransport | undefined;
  #started = false;
  /** When it is down for want of an agent; Infinity once there was one. */
  #missingAtMs = Infinity;

  private constructor(settings: LinkAttachmentSettings, parts: LinkAttachmentParts) {
    this.id = settings.id;
    this.#settings = settings;
    this.#parts = parts;
    this.#refusals = fullBucket(refusalRate, parts.clock.nowMs());
    this.#onward = new LinkOnward(Math.floor(parts.random.fraction() * 0xffff_ffff));
    this.#gate = new LinkGate({
      ...{ attachment: settings.id, settings: settings.link },
      ...{ tokens: parts.serviceTokens, clock: parts.clock, events: parts.events },
      enter: (line, hello) => this.#enter(line, hello),
      refuse: (line, refusal, tokenId) => this.#turnAway(line, refusal, tokenId),
      legs: () => [...this.#legs.keys()].map((leg) => ({ leg, isNeeded: parts.isNeeded(leg) })),
      letGo: (leg, reason) => this.#legs.get(leg)?.lost(reason),
      end: (line, reason) => this.#feed(line, { name: 'leave', reason }),
      arm: () => this.#arm(),
    });
    this.#alarm = new Alarm(parts.clock, () => this.#tick());
  }

  /** Listens; an agent is let in from `start` on. @throws GatewayError PORT_IN_USE, ADDRESS_NOT_AVAILABLE, CONFIG_INVALID. */
  static async listen(settings: LinkAttachmentSettings, parts: LinkAttachmentParts): Promise<LinkAttachment> {
    const attachment = new LinkAttachment(settings, parts);
    const { listen, tls, sources } = settings.link;
    const where = { ...listen, sources, ...(tls !== undefined && { tls }) };
    attachment.#transport = await parts.openTransport(where, {
      opened: (line) => attachment.#opened(line),
      message: (line, octets) => attachment.#heard(line, octets),
      broken: (line) => attachment.#feed(line, { name: 'malformed' }),
      closed: (line) => attachment.#closed(line),
      dropped: (reason) => parts.meter.add('link_refused_total', 1, { attachment: settings.id, reason }),
    });
    return attachment;
  }

  start(): void {
    this.#started = true;
    this.#missingAtMs = this.#nowMs + firstPatienceMs;
    this.#arm();
  }

  async stop(): Promise<void> {
    this.#started = false;
    this.#missingAtMs = Infinity;
    for (const leg of [...this.#legs.keys()]) this.closeLeg(leg);
    for (const line of [...this.#sessions.keys()]) this.#feed(line, { name: 'leave', reason: 'the gateway stops' });
    this.#onward.abandon();
    this.#alarm.clear();
    await this.#transport?.close();
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
    const leg = new LinkLeg(this.#hostOf(plan), plan, port);
    this.#legs.set(plan.leg, leg);
    leg.open();
  }

  closeLeg(id: LegId): void {
    const leg = this.#legs.get(id);
    if (leg === undefined) return;
    leg.close();
    this.#legs.delete(id);
    this.#status.delete(id);
    this.#arm();
  }

  voiceEvent(event: VoiceEvent): void {
    if (event.name === 'floor' || event.name === 'leg') this.#gate.talkChanged();
    switch (event.name) {
      case 'answer':
        this.#legs.get(event.party)?.voiceAnswered(event.answer, event.requestId);
        break;
      case 'legTalk':
        this.#legs.get(event.leg)?.voiceTalks(event);
        break;
      case 'legOpened':
        this.#legs.get(event.leg)?.voiceOpened();
        break;
      case 'legDead':
        this.#legs
          .get(event.leg)
          ?.voiceDead(event.reason === 'icmp' ? 'its RTP port is closed' : `voice: ${event.reason}`);
        break;
      case 'failed':
        if (event.command === 'openLeg') this.#legs.get(event.id)?.voiceFailed(event.reason);
        if (event.command === 'connectLeg') this.#legs.get(event.id)?.voiceRefused(event.reason);
        break;
      default:
        break;
    }
  }

  nameTalker(talker: TalkerName): void {
    if (!this.#talkers.put(talker)) return;
    for (const leg of this.#legs.values()) leg.talkerNamed(talker.party);
  }

  /** While the agent is away for a moment the event waits for it. */
  passData(order: DataOrder, done: (fault: DataFault | undefined) => void): void {
    const leg = this.#legs.get(order.leg);
    const line = this.#line;
    const nowMs = this.#nowMs;
    const isAway = line === undefined && nowMs < this.#keptUntilMs;
    const box = (line && this.#sessions.get(line)?.box) ?? this.#box;
    const isUp = this.#status.get(order.leg)?.state === 'up';
    if (leg === undefined || (!isUp && !isAway)) done('not-reached');
    else if (!this.#onward.carries(order)) done('not-carried');
    else if (!hasRoom(box, order.name === 'alarm')) {
      this.#parts.meter.add('link_irregularities_total', 1, { attachment: this.id, what: 'event-dropped' });
      done('too-many');
    } else {
      const body = this.#onward.eventOf(order, leg.number, nowMs, done);
      if (line !== undefined) this.#feed(line, { name: 'report', body });
      else this.#box = keep(this.#box, body);
      this.#arm();
    }
  }

  legs(): readonly LegStatus[] {
    return [...this.#status.values()];
  }

  status(): AttachmentStatus {
    const reason = this.#reason;
    return {
      attachment: this.id,
      state: this.#line !== undefined ? 'up' : reason === undefined ? 'unknown' : 'down',
      ...(reason !== undefined && { reason }),
      legs: this.#legs.size,
      channels: this.#settings.channels,
    };
  }

  details(): AttachmentDetails {
    const legFaults = [...this.#legs].flatMap(([leg, { fault }]): [LegId, Fault][] =>
      fault === undefined ? [] : [[leg, { code: fault }]],
    );
    const address = this.#line?.address;
    const roundTripMs = this.#roundTripMs;
    return {
      ...(address === undefined ? { fault: { code: 'waiting-for-agent' } } : { address }),
      ...(roundTripMs !== undefined && { roundTripMs }),
      legFaults: new Map(legFaults),
    };
  }

  // ── Connections ──────────────────────────────────────────────────────────────────────────────────────────────────

  get #nowMs(): number {
    return this.#parts.clock.nowMs();
  }

  #opened(line: LinkLine): void {
    if (!this.#started) {
      line.end();
      return;
    }
    const { deadAfterMs } = this.#settings.link;
    const terms = { pingIntervalMs: deadAfterMs / 4, deadAfterMs };
    this.#sessions.set(line, startSession('gateway', emptyBox, terms, this.#nowMs));
    this.#arm();
  }

  #heard(line: LinkLine, octets: Uint8Array): void {
    const frame = readFrame(octets);
    this.#feed(line, frame === undefined ? { name: 'malformed' } : { name: 'frame', frame });
  }

  #closed(line: LinkLine): void {
    this.#feed(line, { name: 'lost' });
    this.#sessions.delete(line);
    this.#arm();
  }

  #feed(line: LinkLine, event: SessionEvent): void {
    const before = this.#sessions.get(line);
    if (before === undefined) return;
    const { clock } = this.#parts;
    const { state, actions } = stepSession(before, event, { nowMs: clock.nowMs(), utcMs: clock.utcMs() });
    this.#sessions.set(line, state);
    for (const action of actions) this.#perform(line, action);
    this.#arm();
  }

  #perform(line: LinkLine, action: SessionAction): void {
    const { meter } = this.#parts;
    switch (action.name) {
      case 'send':
        line.send(action.octets);
        break;
      case 'authenticate':
        this.#gate.judge(line, action.hello);
        break;
      case 'deliver':
        this.#deliver(action.body);
        break;
      case 'take':
        this.#take(action.data);
        break;
      case 'taken':
        this.#onward.taken(action.body, this.#nowMs);
        break;
      case 'clock':
        meter.set('link_clock_offset_seconds', action.offsetMs / 1000, { attachment: this.id });
        meter.set('link_round_trip_seconds', action.roundTripMs / 1000, { attachment: this.id });
        if (line === this.#line) this.#roundTripMs = action.roundTripMs;
        break;
      case 'count':
        meter.add('link_irregularities_total', 1, { attachment: this.id, what: action.what });
        break;
      case 'close':
        line.end();
        this.#gate.gone(line);
        this.#over(line, printable(action.reason, reasonCharsMax), action.final);
        break;
    }
  }

  /** A connection has ended; if it was the session's, so have all talks and legs on it. */
  #over(line: LinkLine, reason: string, final: boolean): void {
    const state = this.#sessions.get(line);
    if (line !== this.#line) return;
    this.#line = undefined;
    this.#roundTripMs = undefined;
    this.#terms = undefined;
    this.#box = state?.box ?? emptyBox;
    this.#bucket = state?.bucket;
    this.#resumeUntilMs = final ? -Infinity : this.#nowMs + resumeMs;
    this.#keptUntilMs = this.#nowMs + resumeMs;
    this.#down(reason);
  }

  #down(reason: string): void {
    this.#reason = reason;
    const { events, observer } = this.#parts;
    events.attachments.down({ attachment: this.id, network: this.#settings.network, reason });
    for (const leg of this.#legs.values()) leg.lost(reason);
    observer.attachmentChanged(this.status());
  }

  // ── Who is let in ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Its credentials are right. False: it cannot be served all the same, and was told so. */
  #enter(line: LinkLine, hello: Hello): boolean {
    const verdict = agreeOn(this.#settings.link, hello, line.address);
    if (!verdict.ok) {
      this.#refuse(line, verdict.reason, verdict.detail);
      return false;
    }
    const nowMs = this.#nowMs;
    const resumes = hello.resumeToken !== '' && sameSecret(hello.resumeToken, this.#resumeToken);
    const old = this.#line;
    if (old !== undefined) {
      // Whoever knows the token is the same agent, whose old connection died unseen.
      const silentMs = nowMs - (this.#sessions.get(old)?.heardMs ?? -Infinity);
      if (!resumes && silentMs < this.#settings.link.deadAfterMs / 2) {
        this.#refuse(line, refusedReason.BUSY, 'another connection of this agent is alive');
        return false;
      }
      this.#feed(old, { name: 'lost' });
    }
    const goesOn = resumes && nowMs <= this.#resumeUntilMs;
    const state = this.#sessions.get(line);
    if (state?.name !== 'opening') return false;
    this.#sessions.set(line, { ...state, box: this.#box, bucket: this.#bucket ?? state.bucket });
    if (!goesOn) this.#eventsDropped = 0;
    this.#noteDropped(hello.eventsDropped);
    this.#onward.agentCan(hello.capabilities);
    this.#keptUntilMs = Infinity;
    this.#resumeToken = this.#parts.newToken();
    const { deadAfterMs } = this.#settings.link;
    const welcome = {
      version: linkVersion,
      resumeToken: this.#resumeToken,
      voice: modes[verdict.terms.voice],
      codec: codecNumbers[verdict.terms.codec],
      capabilities: abilities,
      pingIntervalMs: deadAfterMs / 4,
      deadAfterMs,
      software,
    };
    this.#feed(line, { name: 'admit', welcome, goesOn, lastTaken: hello.lastTaken });
    this.#line = line;
    this.#missingAtMs = Infinity;
    this.#terms = verdict.terms;
    this.#reason = undefined;
    const { events, observer } = this.#parts;
    events.attachments.up({ attachment: this.id, network: this.#settings.network });
    observer.attachmentChanged(this.status());
    for (const leg of this.#legs.values()) leg.found();
    return true;
  }

  #refuse(line: LinkLine, reason: number, detail: string): void {
    const name = refusedReason[reason]?.toLowerCase() ?? 'unspecified';
    this.#noteRefused(line, name, { reason: `${name} ${detail}`.trim() });
    this.#feed(line, { name: 'refuse', refused: { reason, detail }, reason: `refused: ${name}` });
  }

  /** Not the agent, as far as can be known; it is not told why, but where it is to come again. */
  #turnAway(line: LinkLine, refusal: GateRefusal, tokenId: string | undefined): void {
    this.#noteRefused(line, refusal, { reason: refusal, ...(tokenId !== undefined && { tokenId }) });
    const isPassing = refusal === 'token-away' || refusal === 'token-busy';
    const refused = isPassing
      ? { reason: refusedReason.BUSY, detail: 'service tokens cannot be checked at the moment' }
      : { reason: refusedReason.CREDENTIALS, detail: '' };
    this.#feed(line, { name: 'refuse', refused, reason: `refused: ${refusal}` });
  }

  #noteRefused(line: LinkLine, name: string, said: { readonly reason: string; readonly tokenId?: string }): void {
    const { meter, events } = this.#parts;
    meter.add('link_refused_total', 1, { attachment: this.id, reason: name });
    const bucket = take(this.#refusals, refusalRate, this.#nowMs);
    if (bucket === undefined) return;
    this.#refusals = bucket;
    events.link.refused({ attachment: this.id, remote: line.address, ...said });
  }

  #noteDropped(dropped: number): void {
    const more = dropped - this.#eventsDropped;
    this.#eventsDropped = dropped;
    if (more > 0) {
      this.#parts.meter.add('link_irregularities_total', more, { attachment: this.id, what: 'event-lost-by-agent' });
    }
  }

  // ── What the agent says ──────────────────────────────────────────────────────────────────────────────────────────

  #deliver(body: Delivered): void {
    if (body.name === 'welcome' || body.name === 'join' || body.name === 'leave') return; // ours to say
    if (body.name === 'fault') {
      this.#parts.events.link.fault({ attachment: this.id, reason: printable(body.detail, reasonCharsMax) });
      return;
    }
    const leg = this.#legOf(body.talkgroup);
    if (leg === undefined) {
      this.#parts.meter.add('link_irregularities_total', 1, { attachment: this.id, what: 'no-such-talkgroup' });
      return;
    }
    switch (body.name) {
      case 'affiliation':
        leg.affiliated({ ...body, reason: printable(body.reason, reasonCharsMax) });
        break;
      case 'talkRequest':
        leg.talkRequested(body);
        break;
      case 'talkRelease':
        leg.talkReleased(body.talk);
        break;
      case 'talkAnswer':
        leg.talkAnswered(body);
        break;
      case 'talkerUpdate':
        leg.talkerSaid(body.talker.address, body.talker.display);
        break;
      case 'voice':
        leg.voiceSaid(body.timestamp, body.sequence, body.samples);
        break;
    }
  }

  #take(data: LinkEvent): void {
    if (data.name === 'receipt') {
      if (this.#onward.told(data)) return;
      this.#parts.meter.add('link_irregularities_total', 1, { attachment: this.id, what: 'stale' });
      return;
    }
    const leg = this.#legOf(data.talkgroup);
    if (leg === undefined) {
      this.#parts.meter.add('link_irregularities_total', 1, { attachment: this.id, what: 'no-such-talkgroup' });
      return;
    }
    if (!this.#terms?.can.has(declared[data.name])) {
      this.#parts.meter.add('link_irregularities_total', 1, { attachment: this.id, what: 'undeclared' });
    }
    const origin: DataOrigin = { leg: leg.plan.leg, attachment: this.id, from: data.from };
    const { observer } = this.#parts;
    switch (data.name) {
      case 'status':
        observer.dataReceived({ ...origin, name: 'status', code: data.code });
        break;
      case 'text':
        observer.dataReceived({ ...origin, name: 'text', text: data.text });
        break;
      case 'position':
        observer.dataReceived({ ...origin, name: 'position', position: data.place });
        break;
      case 'alarm': {
        const { raised, place } = data;
        observer.dataReceived({ ...origin, name: 'alarm', raised, ...(place && { position: place }) });
        break;
      }
    }
  }

  #legOf(talkgroup: string): LinkLeg | undefined {
    for (const leg of this.#legs.values()) if (leg.number === talkgroup) return leg;
    return undefined;
  }

  // ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #tick(): void {
    const nowMs = this.#nowMs;
    for (const [line, state] of this.#sessions)
      if (sessionDeadlineMs(state) <= nowMs) this.#feed(line, { name: 'tick' });
    if (this.#missingAtMs <= nowMs) {
      this.#missingAtMs = Infinity;
      this.#down(notConnected);
    }
    for (const leg of this.#legs.values()) if (leg.deadlineMs <= nowMs) leg.tick();
    if (Number.isFinite(this.#keptUntilMs) && this.#keptUntilMs <= nowMs) this.#forgetEvents();
    this.#onward.tick(nowMs);
    this.#gate.tick();
    this.#arm();
  }

  #arm(): void {
    const keptUntilMs = Number.isFinite(this.#keptUntilMs) ? this.#keptUntilMs : Infinity;
    let atMs = Math.min(this.#missingAtMs, this.#onward.deadlineMs, keptUntilMs, this.#gate.deadlineMs);
    for (const state of this.#sessions.values()) atMs = Math.min(atMs, sessionDeadlineMs(state));
    for (const leg of this.#legs.values()) atMs = Math.min(atMs, leg.deadlineMs);
    this.#alarm.setAt(atMs);
  }

  /** The agent has stayed away too long. */
  #forgetEvents(): void {
    this.#keptUntilMs = -Infinity;
    this.#resumeUntilMs = -Infinity;
    this.#box = emptyBox;
    this.#onward.abandon();
  }

  #hostOf({ leg, group }: LegPlan): LinkLegHost {
    const {
      voice,
      mediaAddresses,
      cname,
      clock,
      random,
      ports,
      ownSockets,
      observer,
      events,
      meter,
      openRelay,
      paths,
    } = this.#parts;
    const { network, link } = this.#settings;
    const at = { attachment: this.id, leg, group };
    return {
      path: paths && new LegPath(paths, at),
      pathLooped: () => events.legs.pathLooped(at),
      settings: link,
      voice,
      mediaAddressFor: (far) => mediaAddressFor(mediaAddresses, far),
      cname,
      terms: () => (this.#gate.isLetGo(leg) ? undefined : this.#terms),
      say: (body) => {
        // What the session has let go of is not asked for again.
        const isRefrained = 'join' in body && this.#gate.isLetGo(leg);
        if (this.#line !== undefined && !isRefrained) this.#feed(this.#line, { name: 'say', body });
      },
      sayVoice: (body: OutBody) => {
        const state = this.#line && this.#sessions.get(this.#line);
        if (this.#line === undefined || state?.name !== 'open') return false;
        return this.#line.sendVoice(writeFrame({ seq: 0, ack: state.box.taken, credit: state.given }, body));
      },
      nowMs: () => clock.nowMs(),
      fraction: () => random.fraction(),
      takePort: () => ports.take(clock.nowMs()),
      giveBackPort: (port) => ports.giveBack(port, clock.nowMs()),
      isOurs: (address, port) => ownSockets.has(address, port),
      openRelay,
      report: ({ plan: { leg }, fault }, state, reason) => {
        const said = reason === undefined ? {} : { reason };
        const status: LegStatus = { leg, attachment: this.id, state, ...said, sinceMs: clock.nowMs() };
        this.#status.set(leg, status);
        events.legs.changed({
          leg,
          network,
          attachment: this.id,
          state,
          ...said,
          ...(fault !== undefined && { fault }),
        });
        observer.legChanged(status);
      },
      talkerOf: (party) => this.#talkers.get(party),
      talker: ({ plan: { leg } }, address, display) =>
        observer.talkerChanged({ leg, address, ...(display !== '' && { display }) }),
      count: (what) => meter.add('link_irregularities_total', 1, { attachment: this.id, what }),
      arm: () => this.#arm(),
    };
  }
}
