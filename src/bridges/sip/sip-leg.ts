/**
 * One leg on a SIP attachment: performs what the leg machine decides, call after call, and keeps the voice process in
 * step with what the calls agree on.
 *
 *   LegMachine ── call, hang-up ──▶ SipLine (user agent)
 *       ▲                               │ CallEvent
 *       └── established, failed ◀───────┤
 *                                       └─▶ LegMediaExchange ─▶ connectLeg, disconnectLeg ─▶ voice process
 */
import { randomBytes } from 'node:crypto';
import { aliasOf } from '../../base/alias.ts';
import type { LegState } from '../../base/events/legs.ts';
import type { Fault, FaultCode } from '../../base/faults.ts';
import { amongHosts } from '../../base/hosts.ts';
import type { SipSettings } from '../../config/schema.ts';
import type { CallEnd, CallEvent, CallId, CallTerms, OfferExtra } from '../../protocols/sip/call-terms.ts';
import type { NameAddr } from '../../protocols/sip/header-values.ts';
import { readFrom } from '../../protocols/sip/headers.ts';
import type { Hop } from '../../protocols/sip/hop.ts';
import type { SipHeaders, SipRequest } from '../../protocols/sip/message.ts';
import type { Answer } from '../../protocols/sip/response.ts';
import { noParams } from '../../protocols/sip/scan.ts';
import type { SrtpAbilities } from '../../protocols/sip/sdp-audio.ts';
import { escapeUser, parseUri, type SipAnyUri, sameUri, userText } from '../../protocols/sip/uri.ts';
import { keySaltBytes, type SrtpSuite } from '../../protocols/srtp/crypto-suite.ts';
import type { LegMedia } from '../../voice/contract.ts';
import {
  closedLeg,
  type LegFailure,
  type LegMachineAction,
  type LegMachineEvent,
  type LegMachineState,
  legDeadlineMs,
  stepLeg,
} from '../leg-machine.ts';
import { LegPort } from '../leg-port.ts';
import type { LegPath } from '../path-marks.ts';
import type { LegPlan, TalkerName, TalkerReport, VoicePort } from '../ports.ts';
import type { CallExtension } from './call-extension.ts';
import { failureOf, faultOf } from './call-failure.ts';
import { calleeUri } from './callee-uri.ts';
import { LegMediaExchange, type MediaOutcome, voiceAddressIn } from './leg-media.ts';
import type { SipLine } from './sip-line.ts';
import { pathHeaders, readPath } from './sip-path.ts';
import { TalkerNews } from './talker-news.ts';

export interface LegHost {
  readonly settings: SipSettings;
  /** Of a kind that rides on SIP. */
  readonly extension: CallExtension | undefined;
  /** Undefined where calls bear no mark. */
  readonly path: LegPath | undefined;
  readonly pathLooped: () => void;
  readonly line: SipLine;
  readonly voice: VoicePort;
  /** Ours of the IP version of that address of a far end. */
  readonly mediaAddressFor: (far: string | undefined) => string;
  readonly cname: string;
  /** Where calls go; undefined while the far end's name is not resolved or it has not registered. */
  readonly peerHop: () => Hop | undefined;
  readonly nowMs: () => number;
  readonly fraction: () => number;
  /** Undefined when all ports are in use. */
  readonly takePort: () => number | undefined;
  readonly giveBackPort: (port: number) => void;
  /** Whether a socket of ours receives there. */
  readonly isOurs: (address: string, port: number) => boolean;
  readonly report: (leg: SipLeg, state: LegState, reason: string | undefined) => void;
  readonly talker: (report: TalkerReport) => void;
  /** A call got no response at all, or something came from the far end. */
  readonly silent: () => void;
  readonly heard: () => void;
  readonly ended: (leg: SipLeg, call: CallId, outgoing: boolean, stood: boolean, end: CallEnd) => void;
  /** The machine's deadline may have changed. */
  readonly arm: () => void;
}

interface CurrentCall {
  id: CallId;
  readonly outgoing: boolean;
  readonly media: LegMediaExchange;
  /** The caller's From, for calls of theirs. */
  readonly from: NameAddr | undefined;
  readonly source: Hop | undefined;
  stood: boolean;
}

/** How long a far end may ring, and how long say nothing at all: networks of radio boxes answer within a second. */
const ringMs = 15_000;
const silenceMs = 6000;
/** Whoever was told that his call leads back here need not ask at once again. */
const pathRetryS = 30;

export class SipLeg {
  readonly #host: LegHost;
  #plan: LegPlan;
  #state: LegMachineState = closedLeg;
  readonly #port: LegPort;
  /** Ours at which the voice process hears. */
  #address: string;
  /** All ports tried were taken: the voice process has this leg not open. */
  #voiceless = false;
  /** Its last call died of silence: the next one has to show that it carries voice. */
  #voiceOwed = false;
  #call: CurrentCall | undefined;
  /** What keeps it from being up. */
  #fault: Fault | undefined;
  /** Why their last call was refused; said once. */
  #refusal: string | undefined;
  /** What the voice process was last told to connect to. */
  #connected: LegMedia | undefined;
  /** Who of the others talks, and what the far end of the call that stands was told of it. */
  #talker: TalkerName | undefined;
  #news: TalkerNews | undefined;

  constructor(host: LegHost, plan: LegPlan, port: number) {
    this.#host = host;
    this.#plan = plan;
    this.#port = new LegPort(port, host);
    this.#address = host.mediaAddressFor(host.peerHop()?.address);
    this.#openVoice();
  }

  get plan(): LegPlan {
    return this.#plan;
  }

  get deadlineMs(): number {
    return Math.min(legDeadlineMs(this.#state), this.#news?.deadlineMs ?? Infinity);
  }

  get isUp(): boolean {
    return this.#state.name === 'up';
  }

  /** What keeps it from being up, as far as that is known. */
  get fault(): Fault | undefined {
    if (this.#state.name === 'up' || this.#state.name === 'closed') return undefined;
    return this.#fault ?? (this.#host.settings.mode === 'call' ? undefined : { code: 'waiting-for-call' });
  }

  /** Of messages to its talkgroup. */
  get pathHeaders(): readonly (readonly [name: string, value: string])[] {
    return pathHeaders(this.#host.path);
  }

  /** Whom a message to its talkgroup goes to, and from whom; `undefined` while no address is known. */
  get letterhead(): { readonly uri: SipAnyUri; readonly hop: Hop; readonly from: NameAddr } | undefined {
    const hop = this.#host.peerHop();
    const uri = hop && calleeUri(this.#host.settings, numberOf(this.#plan), hop);
    return hop && uri && { uri, hop, from: this.#ourAddress() };
  }

  replan(plan: LegPlan): void {
    this.#plan = plan;
    this.#openVoice();
  }

  tick(): void {
    this.#tellTalker();
    this.feed({ name: 'tick' });
  }

  /** Who talks on another leg or at a console; undefined when nobody does. */
  talkerIs(talker: TalkerName | undefined): void {
    this.#talker = talker;
    const nowMs = this.#host.nowMs();
    if (talker === undefined) this.#news?.rests(nowMs);
    else this.#news?.talks(this.#addressOfTalker(talker), nowMs);
    this.#tellTalker();
    this.#host.arm();
  }

  feed(event: LegMachineEvent): void {
    if (event.name === 'peer-dead') this.#fault = { code: 'unreachable' };
    if (event.name === 'established') {
      this.#fault = undefined;
      this.#refusal = undefined;
    }
    const context = { weCall: this.#host.settings.mode === 'call', fraction: this.#host.fraction() };
    const { state, actions } = stepLeg(this.#state, event, context, this.#host.nowMs());
    this.#state = state;
    for (const action of actions) this.#perform(action);
    this.#host.arm();
  }

  /** Asks the far end within the call whether it still knows it. */
  probe(): void {
    if (this.#call !== undefined && this.isUp) this.#host.line.probe(this.#call.id);
  }

  /** Ends it for good: hangs up, tells the voice process, gives the ports back. */
  close(why?: string): void {
    this.feed({ name: 'close', ...(why !== undefined && { reason: why }) });
    this.#host.voice.send({ name: 'closeLeg', leg: this.#plan.leg });
    this.#port.giveBack();
  }

  /** The voice process has the leg open. */
  voiceOpened(): void {
    this.#port.opened();
  }

  /** The voice process could not take the port: another program has it. */
  voiceFailed(reason: string): void {
    const failed = this.#port.number;
    if (!this.#port.replace()) {
      this.#voiceless = true;
      this.#drop({ reason: `no port for voice: ${reason}`, kind: 'lasting' }, 'no-port');
      return;
    }
    this.#openVoice();
    if (this.#call !== undefined)
      this.#drop({ reason: `port ${failed} is in use: ${reason}`, kind: 'passing' }, 'no-port');
  }

  /** The voice process could not connect the call to this leg: there it is opened anew, and the call is tried again. */
  voiceRefused(reason: string): void {
    if (this.#connected === undefined) return; // that call has been let go
    this.#openVoice();
    this.#drop({ reason: `voice is not connected: ${reason}`, kind: 'passing' });
  }

  /** Says something within a call that stands, beside the same media as ever. */
  propose(extra: OfferExtra): void {
    if (this.#call !== undefined && this.isUp) this.#host.line.offer(this.#call.id, this.#call.media.offer(), extra);
  }

  /** Gives the call up for a reason of whoever extends it; it is made anew like any that failed. */
  giveUp(reason: string): void {
    if (this.#call !== undefined) this.#drop({ reason, kind: 'passing' }, 'call-ended');
  }

  /**
   * The voice process says that the far end's voice, or its machine, is gone. A box that answers calls and carries no voice
   * would otherwise be up for good: it has sent nothing by which it could be judged. One that is silent by right is
   * called once in vain.
   */
  voiceDead(reason: string, silent: boolean): void {
    this.#voiceOwed = silent && !this.#voiceOwed;
    this.#drop({ reason, kind: 'unreachable' }, 'no-voice');
  }

  /**
   * A call of the far end for this leg's talkgroup. A leg that has a call already takes a second one only from the same
   * caller at the same address, who has evidently forgotten the first (a box that was restarted). Returns what is wrong
   * with its session description.
   */
  take(call: CallId, request: SipRequest, source: Hop, offer: Uint8Array | undefined): string | undefined {
    const { line, path, pathLooped } = this.#host;
    const from = readFrom(request.headers);
    if (this.leadsBack(request.headers)) {
      pathLooped();
      this.#fault = { code: 'path-loop' };
      line.refuse(call, { status: 482, headers: [['Retry-After', String(pathRetryS)]] });
      return undefined;
    }
    const old = this.#call;
    const sameCaller =
      from !== undefined &&
      old?.from !== undefined &&
      sameUri(from.uri, old.from.uri) &&
      old.source?.address === source.address;
    if (old !== undefined && !sameCaller) {
      line.refuse(call, { status: 486, headers: [['Retry-After', '5']] });
      return undefined;
    }
    const address = this.#host.mediaAddressFor(this.#voiceAddressOf(source, offer));
    const media = this.#newExchange(source.address, address);
    const outcome = offer === undefined ? undefined : media.answer(offer);
    if (outcome !== undefined && !outcome.ok) {
      return this.#refuse(call, outcome);
    }
    const isProven = this.#host.settings.challengeIncoming || source.transport !== 'udp';
    this.#host.extension?.invited?.(this.#plan.leg, request, isProven);
    const unusable = outcome?.ok === true ? this.#agreed(outcome, false) : undefined;
    if (unusable !== undefined) {
      return this.#refuse(call, { warning: 399, reason: unusable, fault: this.#host.extension?.unusable ?? 'other' });
    }
    if (old !== undefined) this.#letGo(old, 'replaced by a call of the same caller');
    this.#hearAt(address);
    this.#call = { id: call, outgoing: false, media, from, source, stood: false };
    path?.learn(readPath(request.headers));
    line.adopt(call, (event) => this.#onCallEvent(call, event));
    line.accept(call, outcome?.sdp ?? media.offer(), this.#terms());
    if (outcome !== undefined) this.#connect(outcome.media);
    if (this.#host.settings.talkerIdentity === 'caller') this.#sayTalker(from);
    return undefined;
  }

  /** Refuses their call for what its session description offers; a far end that goes on trying is shown once. */
  #refuse(call: CallId, wrong: Omit<MediaOutcome & { ok: false }, 'ok'>): string {
    this.#host.line.refuse(call, this.#notAcceptable(wrong));
    const { reason } = wrong;
    if (this.#call === undefined && reason !== this.#refusal) {
      this.#fault = { code: wrong.fault };
      this.#refusal = reason;
      this.feed({ name: 'refused', reason: `its call was refused: ${reason}` });
    }
    return reason;
  }

  /** Whether what the far end says has come from the same group of ours, through other gateways. */
  leadsBack(headers: SipHeaders): boolean {
    return this.#host.path?.meets(readPath(headers)) ?? false;
  }

  #perform(action: LegMachineAction): void {
    switch (action.name) {
      case 'call':
        this.#place();
        break;
      case 'hang-up':
        if (this.#call !== undefined) this.#letGo(this.#call, action.reason);
        this.#disconnect();
        break;
      case 'report':
        if (action.state !== 'up') this.#disconnect();
        this.#host.report(this, action.state, action.reason);
        break;
    }
  }

  #place(): void {
    const hop = this.#host.peerHop();
    const uri = hop && calleeUri(this.#host.settings, numberOf(this.#plan), hop);
    if (hop === undefined || uri === undefined) {
      const { peer } = this.#host.settings;
      this.#fault = { code: 'no-address' };
      this.feed({ name: 'failed', failure: { reason: `no address is known for ${peer}`, kind: 'unreachable' } });
      return;
    }
    const address = this.#host.mediaAddressFor(hop.address);
    this.#hearAt(address);
    const media = this.#newExchange(hop.address, address);
    const call: CurrentCall = { id: -1, outgoing: true, media, from: undefined, source: undefined, stood: false };
    this.#call = call;
    const { extension } = this.#host;
    const part = extension?.body(this.#plan);
    const extra = { ...(extension && { headers: extension.headers(this.#plan) }), ...(part && { part }) };
    call.id = this.#host.line.place(
      { uri, hop, from: this.#ourAddress(), offer: media.offer(), terms: this.#terms(), ringMs, silenceMs, ...extra },
      (event) => this.#onCallEvent(call.id, event),
    );
  }

  #onCallEvent(id: CallId, event: CallEvent): void {
    const call = this.#call;
    if (call === undefined || call.id !== id) return; // a call that was let go
    switch (event.name) {
      case 'incoming':
        break;
      case 'progress':
        this.#host.heard();
        this.feed({ name: 'heard' });
        break;
      case 'established':
        this.#host.heard();
        this.#established(call, event);
        break;
      case 'offered':
        this.#host.heard();
        this.#offered(call, event.request, event.offer);
        break;
      case 'answered':
        this.#answered(call, event.answer);
        break;
      case 'offer-refused':
        break; // our descriptions only ever say the same; the session stays as it was
      case 'identity':
        if (this.#host.settings.talkerIdentity === 'connected') this.#sayTalker(event.identity);
        break;
      case 'ended':
        this.#ended(call, event.end);
        break;
    }
  }

  #established(call: CurrentCall, { answer, response }: Extract<CallEvent, { name: 'established' }>): void {
    call.stood = true;
    if (response !== undefined && this.#host.path?.leadsBack(readPath(response.headers))) {
      this.#host.pathLooped();
      this.#drop({ reason: 'leads back to this group through another gateway', kind: 'lasting' }, 'path-loop');
      return;
    }
    if (answer !== undefined) this.#answered(call, answer);
    if (this.#call !== call) return; // what they answered could not be used
    if (this.#connected === undefined) {
      this.#drop({ reason: 'no session description in the answer', kind: 'lasting' }, 'no-common-codec');
      return;
    }
    const { by, everyMs } = this.#host.settings.tellTalker;
    if (by !== 'off') this.#news = new TalkerNews(everyMs, this.#ourAddress());
    this.feed({ name: 'established' });
    this.talkerIs(this.#talker);
  }

  #tellTalker(): void {
    const who = this.#news?.take(this.#host.nowMs());
    if (who !== undefined && this.#call !== undefined) this.#host.line.identify(this.#call.id, who);
  }

  #answered(call: CurrentCall, answer: Uint8Array): void {
    const outcome = call.media.accept(answer);
    if (!outcome.ok) {
      this.#drop({ reason: outcome.reason, kind: 'lasting' }, outcome.fault);
      return;
    }
    const unusable = this.#agreed(outcome, true);
    if (unusable === undefined) this.#connect(outcome.media);
    else this.#drop({ reason: unusable, kind: 'lasting' }, this.#host.extension?.unusable);
  }

  #offered(call: CurrentCall, request: SipRequest, offer: Uint8Array | undefined): void {
    const { line } = this.#host;
    if (offer === undefined) {
      line.acceptOffer(call.id, call.media.offer());
      return;
    }
    const outcome = call.media.answer(offer);
    if (!outcome.ok) {
      line.refuseOffer(call.id, this.#notAcceptable(outcome));
      return;
    }
    this.#host.extension?.invited?.(this.#plan.leg, request, true);
    const unusable = this.#agreed(outcome, false);
    if (unusable !== undefined) {
      line.refuseOffer(call.id, this.#notAcceptable({ warning: 399, reason: unusable }));
      return;
    }
    line.acceptOffer(call.id, outcome.sdp);
    this.#connect(outcome.media);
  }

  /** Hands the stream beside the voice to whoever added it; what is wrong with the session for him. */
  #agreed({ companion }: Pick<MediaOutcome & { ok: true }, 'companion'>, weOffered: boolean): string | undefined {
    return this.#host.extension?.agreed(this.#plan.leg, companion && { ...companion, weOffered });
  }

  #ended(call: CurrentCall, end: CallEnd): void {
    this.#call = undefined;
    this.#news = undefined;
    this.#host.ended(this, call.id, call.outgoing, call.stood, end);
    if (end.why === 'timeout' && call.outgoing && !call.stood) this.#host.silent();
    if (end.by === 'them') this.#host.heard();
    this.#fault = faultOf(end);
    this.feed({ name: 'failed', failure: failureOf(end) });
    this.#disconnect();
  }

  /** Hangs up for a reason of ours. */
  #drop(failure: LegFailure, fault: FaultCode = 'other'): void {
    this.#fault = { code: fault };
    if (this.#call !== undefined) this.#letGo(this.#call, failure.reason);
    this.feed({ name: 'failed', failure });
    this.#disconnect();
  }

  /** Hangs up on a call that is this leg's no longer; what becomes of it is the user agent's. */
  #letGo(call: CurrentCall, reason: string): void {
    if (this.#call === call) this.#call = undefined;
    this.#news = undefined;
    this.#host.line.hangUp(call.id, reason);
    this.#host.ended(this, call.id, call.outgoing, call.stood, { by: 'us', why: 'hung-up' });
  }

  // ── Voice ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #openVoice(): void {
    this.#voiceless = false;
    const { number: _, display: __, names: ___, ...plan } = this.#plan;
    const { keyIn, keyOut, grant, answers, guardMs, level } = this.#host.settings;
    const local = { address: this.#address, port: this.#port.number };
    const talk = { keyIn, keyOut, grant, answers, guardMs, level, ...this.#host.extension?.talk };
    this.#host.voice.send({ name: 'openLeg', settings: { ...plan, local, ...talk } });
  }

  /** The leg's voice is at that address of ours from now on. */
  #hearAt(address: string): void {
    if (address === this.#address && !this.#voiceless) return;
    this.#address = address;
    this.#openVoice();
  }

  /** Where a caller's voice is, as far as he may say so. */
  #voiceAddressOf(source: Hop, offer: Uint8Array | undefined): string {
    const said = offer && voiceAddressIn(offer);
    const isTheirs = amongHosts([source.address, ...this.#host.settings.mediaHosts]);
    return said !== undefined && isTheirs(said) ? said : source.address;
  }

  /** Tells the voice process only what is new: a refresh of the session must not disturb the stream. */
  #connect(media: LegMedia): void {
    if (JSON.stringify(media) === JSON.stringify(this.#connected)) return;
    this.#connected = media;
    this.#host.voice.send({ name: 'connectLeg', leg: this.#plan.leg, media });
  }

  #disconnect(): void {
    if (this.#call !== undefined) return;
    this.#host.path?.forget();
    if (this.#connected === undefined) return;
    this.#connected = undefined;
    this.#host.extension?.ended(this.#plan.leg);
    this.#host.voice.send({ name: 'disconnectLeg', leg: this.#plan.leg });
  }

  // ── What the messages say ────────────────────────────────────────────────────────────────────────────────────────

  #newExchange(peerAddress: string, address: string): LegMediaExchange {
    const { codecs, ptimeMs, latch, rtpTimeoutMs, mediaHosts, srtp: encryption, srtpSuites } = this.#host.settings;
    const { isOurs, cname, extension } = this.#host;
    const title = extension?.title;
    const companion = extension?.companion?.(this.#plan.leg);
    const stream = extension?.stream?.(this.#plan);
    const sessionId = String(Math.floor(this.#host.fraction() * 2 ** 48));
    const local = { address, port: this.#port.number };
    const isTheirs = amongHosts([peerAddress, ...mediaHosts]);
    const srtp = encryption === 'off' ? undefined : newKeys(srtpSuites, encryption === 'required');
    return new LegMediaExchange(
      {
        local,
        isOurs,
        peerAddress,
        isTheirs,
        codecs,
        ptimeMs,
        latch,
        receivesOnly: this.#plan.isShadow === true,
        rtpTimeoutMs: rtpTimeoutMs === 'auto' && this.#voiceOwed ? 'owed' : rtpTimeoutMs,
        cname,
        srtp,
        title,
        companion,
        stream,
        unusable: extension?.unusable,
      },
      sessionId,
    );
  }

  #terms(): CallTerms {
    const { extension, settings, path } = this.#host;
    const { username, password, sessionExpiresS, latch, tellTalker } = settings;
    return {
      contactUser: escapeUser(numberOf(this.#plan)),
      ...(extension && { contactParams: extension.contactParams }),
      headers: [...(extension?.sessionHeaders ?? []), ...pathHeaders(path)],
      sessionExpiresS,
      tellSpeaker: tellTalker.by,
      symmetric: latch,
      ...(username !== undefined &&
        password !== undefined && { credentials: { username, password: password.reveal() } }),
    };
  }

  /** Where we register we are known by that domain; elsewhere by our own. */
  #ourAddress(): NameAddr {
    const { line, settings } = this.#host;
    const user = escapeUser(settings.username ?? 'escaut');
    const registrar = settings.registerWith === undefined ? undefined : parseUri(settings.registerWith);
    const host = registrar?.kind === 'sip' ? registrar.host : line.domain;
    const uri: SipAnyUri = { kind: 'sip', scheme: 'sip', user, host, params: noParams };
    return { displayName: this.#plan.display, uri, params: noParams };
  }

  /** His own number where his network says it; our host, since the far end can call him by us alone. */
  #addressOfTalker({ address, name }: TalkerName): NameAddr {
    const { charactersMax, alphabet } = this.#plan.names;
    const own = this.#ourAddress();
    const user = escapeUser(address.replaceAll(/\s/g, ''));
    const uri = own.uri.kind === 'sip' && user !== '' ? { ...own.uri, user } : own.uri;
    const displayName = aliasOf(name, charactersMax, alphabet) || this.#plan.display;
    return { displayName, uri, params: noParams };
  }

  #notAcceptable({ warning, reason }: { readonly warning: number; readonly reason: string }): Answer {
    const text = reason.replaceAll(/["\\\r\n]/g, ' ');
    return { status: 488, headers: [['Warning', `${warning} ${this.#host.line.domain} "${text}"`]] };
  }

  #sayTalker(identity: NameAddr | undefined): void {
    const address = identity && addressOf(identity.uri);
    if (identity === undefined || address === undefined || address === '') return;
    if (isAnonymous(identity.uri)) {
      this.#host.talker({ leg: this.#plan.leg, address: '' });
      return;
    }
    const { displayName } = identity;
    const display = displayName === undefined || displayName === '' ? {} : { display: displayName.slice(0, 64) };
    this.#host.talker({ leg: this.#plan.leg, address: address.slice(0, 64), ...display });
  }
}

/** A key a suite, for one call alone. */
export function newKeys(suites: readonly SrtpSuite[], required: boolean): SrtpAbilities {
  return { required, keys: suites.map((suite) => ({ suite, keySalt: randomBytes(keySaltBytes(suite)) })) };
}

/** A talkgroup's number as it is dialled. */
export function numberOf(plan: LegPlan): string {
  return plan.number.replaceAll(/\s/g, '');
}

/** Of somebody who does not want to be named (RFC 3323 §4.1.1.3). */
function isAnonymous(uri: SipAnyUri): boolean {
  return (
    uri.kind === 'sip' && uri.user?.toLowerCase() === 'anonymous' && uri.host.toLowerCase() === 'anonymous.invalid'
  );
}

/** The part of a URI that names somebody within his network. */
export function addressOf(uri: SipAnyUri): string | undefined {
  if (uri.kind === 'sip') return userText(uri);
  return uri.kind === 'tel' ? uri.number.replaceAll(/[-.()]/g, '') : undefined;
}
