/**
 * One direct line: a telephone at a SIP far end, with one call at most. It is dialled once, and rings here until somebody
 * answers; nothing of it is tried again.
 *
 *   dial ──▶ opening ──port stands──▶ calling ──2xx──▶ up ──BYE──▶ idle
 *   INVITE ▶ ringing (180) ──answer──▶ answered ──ACK──┘
 *
 * Its voice is a leg that is alone in a group with the console that is on the line (docs/direct-lines.md).
 *
 * Standards: RFC 3261 §13, §15, §21.1.2; RFC 3264.
 * Driven by: gateway/operations/direct-lines.ts, sip-attachment.ts for what comes in.
 */
import { amongHosts } from '../../base/hosts.ts';
import type { CallEnd, CallEvent, CallId, CallTerms } from '../../protocols/sip/call-terms.ts';
import type { NameAddr } from '../../protocols/sip/header-values.ts';
import { readFrom } from '../../protocols/sip/headers.ts';
import type { Hop } from '../../protocols/sip/hop.ts';
import type { SipRequest } from '../../protocols/sip/message.ts';
import { noParams } from '../../protocols/sip/scan.ts';
import { escapeUser, parseUri } from '../../protocols/sip/uri.ts';
import type { LegMedia, VoiceEvent } from '../../voice/contract.ts';
import { LegPort } from '../leg-port.ts';
import type { PhoneEnd, PhonePlan, PhoneReport, Telephone } from '../ports.ts';
import { faultOf } from './call-failure.ts';
import { calleeUri } from './callee-uri.ts';
import { LegMediaExchange, voiceAddressIn } from './leg-media.ts';
import { addressOf, type LegHost, newKeys } from './sip-leg.ts';

export type PhoneHost = Pick<
  LegHost,
  | 'settings'
  | 'line'
  | 'voice'
  | 'mediaAddressFor'
  | 'cname'
  | 'peerHop'
  | 'fraction'
  | 'takePort'
  | 'giveBackPort'
  | 'isOurs'
  | 'heard'
> & {
  /** Never while it is asked for something. */
  readonly report: (report: PhoneReport) => void;
  readonly ended: (call: CallId, outgoing: boolean, stood: boolean, end: CallEnd) => void;
};

interface PhoneCall {
  stage: 'opening' | 'calling' | 'ringing' | 'answered' | 'up';
  /** −1 until there is one. */
  id: CallId;
  readonly outgoing: boolean;
  readonly port: LegPort;
  /** Ours at which the voice process hears. */
  readonly address: string;
  readonly peerAddress: string;
  /** Of a call of theirs. */
  readonly offer: Uint8Array | undefined;
  media: LegMediaExchange | undefined;
  connected: LegMedia | undefined;
  rings: boolean;
}

/** A telephone is let ring for longer than anybody here waits; one that says nothing at all is not there. */
const ringMs = 120_000;
const silenceMs = 6000;
/** Priority of a leg that nobody contends with. */
const priority = 5;

export class PhoneLine implements Telephone {
  readonly plan: PhonePlan;
  readonly #host: PhoneHost;
  #call: PhoneCall | undefined;

  constructor(host: PhoneHost, plan: PhonePlan) {
    this.#host = host;
    this.plan = plan;
  }

  dial(): void {
    if (this.#call !== undefined) return;
    const hop = this.#host.peerHop();
    const port = hop && this.#host.takePort();
    if (hop === undefined || port === undefined) {
      const why = hop === undefined ? 'its address is not known' : 'no port for voice';
      this.#host.report({ name: 'ended', end: hop === undefined ? 'unreachable' : 'failed', reason: why });
      return;
    }
    const address = this.#host.mediaAddressFor(hop.address);
    this.#call = {
      stage: 'opening',
      id: -1,
      outgoing: true,
      port: new LegPort(port, this.#host),
      address,
      peerAddress: hop.address,
      offer: undefined,
      media: undefined,
      connected: undefined,
      rings: false,
    };
    this.#openVoice(this.#call);
  }

  answer(): void {
    const call = this.#call;
    if (call?.stage !== 'ringing') return;
    const media = this.#newExchange(call);
    call.media = media;
    const outcome = call.offer === undefined ? undefined : media.answer(call.offer);
    if (outcome?.ok === false) {
      this.#drop(call, 'failed', outcome.reason);
      return;
    }
    call.stage = 'answered';
    this.#host.line.accept(call.id, outcome?.sdp ?? media.offer(), this.#terms());
    if (outcome !== undefined) this.#connect(call, outcome.media);
  }

  hangUp(why: PhoneEnd): void {
    const call = this.#call;
    if (call === undefined) return;
    this.#call = undefined;
    this.#tellFarEnd(call, why);
    this.#close(call);
  }

  voiceEvent(event: VoiceEvent): void {
    const call = this.#call;
    const { leg } = this.plan;
    if (call === undefined) return;
    if (event.name === 'legOpened' && event.leg === leg) {
      call.port.opened();
      if (call.stage === 'opening') this.#place(call);
    } else if (event.name === 'legDead' && event.leg === leg) this.#drop(call, 'lost', 'its voice is gone');
    else if (event.name === 'failed' && event.id === leg && event.command === 'openLeg') {
      const isBound = call.stage !== 'opening' && call.stage !== 'ringing';
      if (isBound || !call.port.replace()) this.#drop(call, 'failed', `no port for voice: ${event.reason}`);
      else this.#openVoice(call);
    } else if (event.name === 'failed' && event.id === leg && event.command === 'connectLeg') {
      this.#drop(call, 'failed', `voice is not connected: ${event.reason}`);
    }
  }

  // ── What comes in ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether a call of theirs is on this line: by the number that they call, or by who calls. */
  isFor(request: SipRequest): boolean {
    const called = addressOf(request.uri);
    const from = readFrom(request.headers);
    const caller = from && addressOf(from.uri);
    const { number, calledAs } = this.plan;
    return (calledAs !== undefined && called === calledAs) || caller === number;
  }

  /** A call of the far end. Returns what is wrong with its session description. */
  take(id: CallId, _request: SipRequest, source: Hop, offer: Uint8Array | undefined): string | undefined {
    const { line } = this.#host;
    const port = this.#call === undefined ? this.#host.takePort() : undefined;
    if (port === undefined) {
      line.refuse(id, { status: this.#call === undefined ? 503 : 486 });
      return undefined;
    }
    const call: PhoneCall = {
      stage: 'ringing',
      id,
      outgoing: false,
      port: new LegPort(port, this.#host),
      address: this.#host.mediaAddressFor(this.#voiceAddressOf(source, offer)),
      peerAddress: source.address,
      offer,
      media: undefined,
      connected: undefined,
      rings: true,
    };
    const trial = offer && this.#newExchange(call).answer(offer);
    if (trial?.ok === false) {
      const text = trial.reason.replaceAll(/["\\\r\n]/g, ' ');
      line.refuse(id, { status: 488, headers: [['Warning', `${trial.warning} ${line.domain} "${text}"`]] });
      call.port.giveBack();
      return trial.reason;
    }
    this.#call = call;
    line.adopt(id, (event) => this.#onCallEvent(call, event));
    this.#openVoice(call);
    this.#host.report({ name: 'called' });
    // Nobody may be there, and then it has been hung up.
    if (this.#call === call && call.stage === 'ringing') line.ring(id, this.#terms());
    return undefined;
  }

  #onCallEvent(call: PhoneCall, event: CallEvent): void {
    if (event.name !== 'ended' || event.end.by === 'them') this.#host.heard();
    if (event.name === 'ended') {
      this.#host.ended(call.id, call.outgoing, call.stage === 'up', event.end);
      if (this.#call === call) this.#over(call, phoneEndOf(event.end), reasonOf(event.end));
      return;
    }
    if (this.#call !== call) return;
    switch (event.name) {
      case 'progress':
        if (event.status === 100 || call.rings) return;
        call.rings = true;
        this.#host.report({ name: 'rings' });
        return;
      case 'established':
        this.#established(call, event.answer);
        return;
      case 'answered':
        this.#answered(call, event.answer);
        return;
      case 'offered':
        this.#offered(call, event.offer);
        return;
      default:
    }
  }

  #established(call: PhoneCall, answer: Uint8Array | undefined): void {
    if (answer !== undefined) this.#answered(call, answer);
    if (this.#call !== call) return;
    if (call.connected === undefined) {
      this.#drop(call, 'failed', 'no session description in the answer');
      return;
    }
    call.stage = 'up';
    this.#host.report({ name: 'answered' });
  }

  #answered(call: PhoneCall, answer: Uint8Array): void {
    const outcome = call.media?.accept(answer);
    if (outcome?.ok === true) this.#connect(call, outcome.media);
    else this.#drop(call, 'failed', outcome?.reason ?? 'an answer without an offer');
  }

  /** Held, taken back, moved to another address: they propose, and we follow (RFC 3264 §8). */
  #offered(call: PhoneCall, offer: Uint8Array | undefined): void {
    const { line } = this.#host;
    if (call.media === undefined || offer === undefined) {
      if (call.media !== undefined) line.acceptOffer(call.id, call.media.offer());
      return;
    }
    const outcome = call.media.answer(offer);
    if (!outcome.ok) {
      line.refuseOffer(call.id, { status: 488 });
      return;
    }
    line.acceptOffer(call.id, outcome.sdp);
    this.#connect(call, outcome.media);
  }

  // ── What goes out ────────────────────────────────────────────────────────────────────────────────────────────────

  #place(call: PhoneCall): void {
    const hop = this.#host.peerHop();
    const uri = hop && calleeUri(this.#host.settings, this.plan.number, hop);
    if (hop === undefined || uri === undefined) {
      this.#drop(call, 'unreachable', 'its address is not known');
      return;
    }
    const media = this.#newExchange(call);
    call.media = media;
    call.stage = 'calling';
    const outgoing = { uri, hop, from: this.#ourAddress(), offer: media.offer(), terms: this.#terms() };
    call.id = this.#host.line.place({ ...outgoing, ringMs, silenceMs }, (event) => this.#onCallEvent(call, event));
  }

  #tellFarEnd(call: PhoneCall, why: PhoneEnd): void {
    const { line } = this.#host;
    if (call.stage === 'ringing') line.refuse(call.id, { status: refusals[why] ?? 480 });
    else if (call.stage !== 'opening') line.hangUp(call.id, why);
  }

  /** Hangs up for a reason of ours, and says so. */
  #drop(call: PhoneCall, end: PhoneEnd, reason: string): void {
    if (this.#call !== call) return;
    this.#tellFarEnd(call, end);
    this.#over(call, end, reason);
  }

  #over(call: PhoneCall, end: PhoneEnd, reason: string): void {
    this.#call = undefined;
    this.#close(call);
    this.#host.report({ name: 'ended', end, reason });
  }

  // ── Voice ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #openVoice(call: PhoneCall): void {
    const { leg, group } = this.plan;
    const { level } = this.#host.settings;
    this.#host.voice.send({
      name: 'openLeg',
      settings: {
        leg,
        group,
        local: { address: call.address, port: call.port.number },
        priority,
        priorityMax: priority,
        mayTalk: true,
        mayQueue: false,
        keyIn: { mode: 'presence', releaseAfterMs: 1000, dtxHoldMs: 5000 },
        keyOut: { mode: 'continuous' },
        grant: { mode: 'immediate' },
        answers: {},
        guardMs: 0,
        level,
        firstWordMsMax: 0,
      },
    });
  }

  /** Tells the voice process only what is new: a refresh of the session must not disturb the stream. */
  #connect(call: PhoneCall, media: LegMedia): void {
    if (JSON.stringify(media) === JSON.stringify(call.connected)) return;
    call.connected = media;
    this.#host.voice.send({ name: 'connectLeg', leg: this.plan.leg, media });
  }

  #close(call: PhoneCall): void {
    this.#host.voice.send({ name: 'closeLeg', leg: this.plan.leg });
    call.port.giveBack();
  }

  /** Where a caller's voice is, as far as he may say so. */
  #voiceAddressOf(source: Hop, offer: Uint8Array | undefined): string {
    const said = offer && voiceAddressIn(offer);
    const isTheirs = amongHosts([source.address, ...this.#host.settings.mediaHosts]);
    return said !== undefined && isTheirs(said) ? said : source.address;
  }

  #newExchange({ address, peerAddress, port }: PhoneCall): LegMediaExchange {
    const { settings, isOurs, cname } = this.#host;
    const { codecs, ptimeMs, latch, rtpTimeoutMs, mediaHosts, srtp, srtpSuites } = settings;
    return new LegMediaExchange(
      {
        local: { address, port: port.number },
        isOurs,
        peerAddress,
        isTheirs: amongHosts([peerAddress, ...mediaHosts]),
        codecs,
        ptimeMs,
        latch,
        rtpTimeoutMs,
        cname,
        srtp: srtp === 'off' ? undefined : newKeys(srtpSuites, srtp === 'required'),
      },
      String(Math.floor(this.#host.fraction() * 2 ** 48)),
    );
  }

  // ── What the messages say ────────────────────────────────────────────────────────────────────────────────────────

  #terms(): CallTerms {
    const { username, password, sessionExpiresS, latch } = this.#host.settings;
    return {
      contactUser: escapeUser(this.plan.calledAs ?? username ?? 'escaut'),
      sessionExpiresS,
      symmetric: latch,
      ...(username !== undefined &&
        password !== undefined && { credentials: { username, password: password.reveal() } }),
    };
  }

  /** Where we register we are known by that domain; elsewhere by our own. */
  #ourAddress(): NameAddr {
    const { line, settings } = this.#host;
    const registrar = settings.registerWith === undefined ? undefined : parseUri(settings.registerWith);
    const host = registrar?.kind === 'sip' ? registrar.host : line.domain;
    const user = escapeUser(this.plan.calledAs ?? settings.username ?? 'escaut');
    return {
      displayName: this.plan.display,
      uri: { kind: 'sip', scheme: 'sip', user, host, params: noParams },
      params: noParams,
    };
  }
}

/** What a caller is answered whose call does not come about; 480 where nothing else is meant. */
const refusals: Readonly<Partial<Record<PhoneEnd, number>>> = { busy: 486, refused: 603, failed: 488 };

/** How a call ended, as whoever dialled understands it. */
function phoneEndOf(end: CallEnd): PhoneEnd {
  if (end.why === 'hung-up' || end.why === 'cancelled' || end.why === 'no-answer') return end.why;
  if (end.why === 'refused') {
    if (end.status === 480) return 'no-answer';
    if (end.status === 486 || end.status === 600) return 'busy';
    if (end.status === 603) return 'refused';
  }
  const { code } = faultOf(end);
  if (code === 'unknown-number' || code === 'unreachable') return code;
  return code === 'call-ended' ? 'lost' : 'failed';
}

function reasonOf({ why, status, text }: CallEnd): string {
  return [why, status, text].filter((each) => each !== undefined).join(' ');
}
