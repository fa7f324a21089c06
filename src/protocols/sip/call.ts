/**
 * One call, from INVITE to BYE, of either direction. Pure: messages and time in, through CallHost out.
 *
 *   ours:    calling ──2xx──▶ established ──BYE──▶ ending ──▶ ended
 *               └──hang up──▶ ending (CANCEL, or ACK and BYE should it be answered all the same)
 *   theirs:  incoming ──answer──▶ answered ──ACK──▶ established …
 *
 * What goes on in between, once its dialog stands, is call-session.ts's. A call that forked keeps the first branch that
 * answers and hangs up on the others (§13.2.2.4).
 *
 * Standards: RFC 3261 §9, §12, §13, §15; RFC 6026; RFC 3326 (why it ended).
 * Driven by: user-agent.ts.
 */
import { readSdpBody } from './body.ts';
import { buildInvite, buildSuccess, reasonText, sequenceOf, withReason, withSequence } from './call-requests.ts';
import { answerWithin, CallSession, refusalOfForm, type Waiting } from './call-session.ts';
import type { CallEnd, CallHost, CallTerms, OfferExtra, OutgoingCall } from './call-terms.ts';
import { CallWire, type Pending } from './call-wire.ts';
import {
  type Dialog,
  dialogKey,
  dialogOfRequest,
  dialogOfResponse,
  nextRequest,
  refreshTarget,
  takeRequest,
} from './dialog.ts';
import type { NameAddr } from './header-values.ts';
import { readFrom, readRetryAfter, readTo } from './headers.ts';
import { type Hop, isSameWay } from './hop.ts';
import type { SipRequest, SipResponse } from './message.ts';
import type { Answer } from './response.ts';
import { minSeS, raiseWish, type SessionWish, writeSessionWish } from './session-timer.ts';
import type { TransactionId } from './transaction-layer.ts';

type Stage = 'calling' | 'incoming' | 'answered' | 'established' | 'ending' | 'ended';

/** Branches of a forked call that are followed; a proxy that makes more is not believed. */
const branchesMax = 8;
/** How long an incoming call may wait for its owner. */
const answerMs = 30_000;

export class Call {
  readonly #host: CallHost;
  readonly #wire: CallWire;
  readonly #outgoing: boolean;
  /** The way by which the call came, or its answer to us. */
  #way: Hop;
  #stage: Stage;
  /** From the moment that the dialog stands. */
  #session: CallSession | undefined;
  /** Dialogs of provisional answers, by the far end's tag. */
  readonly #early = new Map<string, Dialog>();
  /** Session description of a provisional answer, for far ends whose 2xx has none. */
  #earlyAnswer: Uint8Array | undefined;
  #offer: Uint8Array = new Uint8Array(0);
  #timerWish: SessionWish;
  /** Until then it may ring, or wait for our owner. */
  #setupUntilMs: number;
  /** The limit that counts once the far end has answered anything. */
  #ringUntilMs = Infinity;
  #heard = false;
  #hangUpWhenAcknowledged = false;
  #byeReason: string | undefined;
  #reported = false;

  private constructor(host: CallHost, terms: CallTerms, outgoing: boolean, flow: Hop, setupUntilMs: number) {
    this.#host = host;
    this.#wire = new CallWire(host, terms, flow);
    this.#outgoing = outgoing;
    this.#way = flow;
    this.#stage = outgoing ? 'calling' : 'incoming';
    this.#setupUntilMs = setupUntilMs;
    this.#timerWish = { intervalS: terms.sessionExpiresS, minS: 0 };
  }

  /** Calls. */
  static place(host: CallHost, call: OutgoingCall, nowMs: number): Call {
    const self = new Call(host, call.terms, true, call.hop, nowMs + (call.silenceMs ?? call.ringMs));
    self.#ringUntilMs = nowMs + call.ringMs;
    self.#offer = call.offer;
    const own = {
      tag: self.#wire.localTag,
      callId: host.token(),
      sequence: 1 + Math.floor(host.fraction() * 1000),
      contact: self.#wire.contact(),
    };
    const request = buildInvite(call, own, self.#timerWish);
    self.#send({ kind: 'invite', request, hop: call.hop, challenges: 0 }, nowMs);
    return self;
  }

  /** Takes a call of theirs; undefined when it was refused for its form. */
  static take(host: CallHost, invite: Waiting, source: Hop, nowMs: number): Call | undefined {
    const { request, transaction } = invite;
    const self = new Call(host, termsBeforeAnswer, false, source, nowMs + answerMs);
    const dialog = dialogOfRequest(request, self.#wire.localTag);
    const refusal = dialog === undefined ? { status: 400, reason: 'Contact is missing' } : refusalOfForm(request);
    if (dialog === undefined || refusal !== undefined) {
      self.#wire.respond(transaction, request, refusal ?? { status: 400 }, nowMs);
      return undefined;
    }
    self.#begin(dialog).beginWith(invite);
    const body = readSdpBody(request);
    host.emit({ name: 'incoming', request, source, ...(body.kind === 'sdp' && { offer: body.sdp }) });
    return self;
  }

  /** Nothing more will happen: it may be forgotten. */
  get over(): boolean {
    return this.#stage === 'ended' && this.#wire.idle;
  }

  /** When `tick` is owed. */
  get deadlineMs(): number {
    const settingUp = this.#stage === 'calling' || this.#stage === 'incoming';
    return Math.min(settingUp ? this.#setupUntilMs : Infinity, this.#session?.deadlineMs ?? Infinity);
  }

  // ── What the owner wants ─────────────────────────────────────────────────────────────────────────────────────────

  /** Accepts an incoming call with our answer, or our offer where they made none. */
  accept(sdp: Uint8Array, terms: CallTerms, nowMs: number): void {
    if (this.#stage !== 'incoming') return;
    this.#wire.terms = terms;
    this.#stage = 'answered';
    this.#session?.accept(sdp, nowMs);
  }

  /** Says that an incoming call rings (§13.3.1.1); the dialog is early from here on, so that it has a Contact (§12.1.1). */
  ring(terms: CallTerms, nowMs: number): void {
    if (this.#stage !== 'incoming') return;
    this.#wire.terms = terms;
    this.#session?.ring(nowMs);
  }

  /** Refuses an incoming call. */
  refuse(answer: Answer, nowMs: number): void {
    if (this.#stage !== 'incoming') return;
    this.#session?.refuse(answer, nowMs);
    this.#end({ by: 'us', why: 'refused', status: answer.status }, nowMs);
  }

  /** Answers an `offered` event. */
  acceptOffer(sdp: Uint8Array, nowMs: number): void {
    this.#standing?.accept(sdp, nowMs);
  }

  /** Turns an `offered` event down; the session stays as it was. */
  refuseOffer(answer: Answer, nowMs: number): void {
    this.#standing?.refuse(answer, nowMs);
  }

  /** Proposes other media in a re-INVITE, now or as soon as no other offer is under way. */
  offer(sdp: Uint8Array, nowMs: number, extra?: OfferExtra): void {
    this.#standing?.offer(sdp, nowMs, extra);
  }

  /**
   * Tells the far end who speaks on our side from here on (RFC 4916 §4.5, RFC 3325), if it can learn it: at once or
   * after what is under way.
   */
  identify(speaker: NameAddr, nowMs: number): void {
    this.#session?.identify(speaker, nowMs);
  }

  /** Asks the far end within the call whether it still knows it. Its silence is the liveness machine's business. */
  probe(nowMs: number): void {
    this.#standing?.probe(nowMs);
  }

  /**
   * Ends the call at whatever stage; `ended` follows when the far end knows, or has not answered for 64·T1. `reason` is
   * for the far end's log (RFC 3326).
   */
  hangUp(reason: string | undefined, nowMs: number): void {
    this.#byeReason = reason;
    if (this.#stage === 'calling') this.#cancel(nowMs);
    else if (this.#stage === 'incoming') this.refuse({ status: 480 }, nowMs);
    else if (this.#stage === 'established') this.#bye(nowMs);
    else if (this.#stage === 'answered') this.#hangUpWhenAcknowledged = true; // §15: not before the ACK
  }

  /**
   * Whether its far end sends from there. Port and transport may change within a call (NAT bindings, new connections);
   * who sends from the far end's host must still know the tags of both ends, which nobody can guess.
   */
  mayComeFrom(source: Hop): boolean {
    return source.address === this.#way.address;
  }

  // ── What the far end does ────────────────────────────────────────────────────────────────────────────────────────

  /** A request within our dialog, except ACK and CANCEL. */
  receive(transaction: TransactionId, request: SipRequest, source: Hop, nowMs: number): void {
    if (this.#stage === 'calling') {
      this.#receiveEarly(transaction, request, source, nowMs);
      return;
    }
    const session = this.#session;
    const changes = request.method === 'INVITE' || request.method === 'UPDATE';
    if (session === undefined || this.#stage === 'ended' || (this.#stage === 'ending' && changes)) {
      this.#wire.respond(transaction, request, { status: 481 }, nowMs);
    } else if (!session.takesSequence(request, isSameWay(source, this.#way))) {
      this.#wire.respond(transaction, request, { status: 500, reason: 'CSeq is out of order' }, nowMs);
    } else {
      this.#wire.flow = source;
      if (request.method === 'BYE') this.#receiveBye(transaction, request, nowMs);
      else if (changes) session.receiveOffer({ transaction, request }, nowMs);
      else {
        this.#wire.respond(transaction, request, answerWithin(request), nowMs);
        if (request.method === 'INFO' && this.#stage === 'established') session.receiveInfo(request);
      }
    }
  }

  /** Whether this INVITE of theirs still waits for an answer. */
  waitsFor(transaction: TransactionId): boolean {
    return this.#session?.waitsFor(transaction) ?? false;
  }

  /** CANCEL of the INVITE that waits: ends a call that was not answered, or takes a re-INVITE back (§9.2). */
  receiveCancel(transaction: TransactionId, request: SipRequest, nowMs: number): void {
    this.#wire.respond(transaction, request, { status: 200 }, nowMs);
    this.#session?.refuse({ status: 487 }, nowMs);
    if (this.#stage === 'incoming') this.#end({ by: 'them', why: 'cancelled' }, nowMs);
  }

  /** ACK of a 2xx of ours. */
  receiveAck(ack: SipRequest, source: Hop, nowMs: number): void {
    if (this.#stage !== 'answered' && this.#stage !== 'established') return;
    const received = this.#session?.receiveAck(ack);
    if (received === undefined) return;
    this.#wire.flow = source;
    const { answer } = received;
    if (this.#stage === 'answered') {
      this.#stage = 'established';
      this.#host.emit({ name: 'established', ...(answer !== undefined && { answer }) });
    } else if (answer !== undefined) this.#host.emit({ name: 'answered', answer });
    if (this.#hangUpWhenAcknowledged) this.#bye(nowMs);
    else this.#session?.pursueWish(nowMs);
  }

  /** A response to a request of this call. */
  receiveResponse(transaction: TransactionId, response: SipResponse, source: Hop, nowMs: number): void {
    const pending = this.#wire.find(transaction);
    if (pending === undefined) return;
    if (this.mayComeFrom(source)) {
      this.#wire.flow = source;
      if (this.#stage === 'calling') this.#way = source;
    }
    if (!this.#heard && this.#stage === 'calling') this.#setupUntilMs = this.#ringUntilMs;
    this.#heard = true;
    if (response.status < 200) {
      if (pending.request.method === 'INVITE') this.#receiveProvisional(transaction, pending, response, nowMs);
    } else if (response.status < 300) this.#receiveSuccess(transaction, pending, response, nowMs);
    else {
      this.#wire.settle(transaction);
      if (!this.#retry(pending, response, nowMs)) {
        this.#receiveFailure(pending, response.status, refusedBy(response), nowMs);
      }
    }
  }

  /** A request of this call got no answer (408) or could not be sent (503), §8.1.3.1. */
  requestFailed(transaction: TransactionId, why: 'timeout' | 'unreachable', nowMs: number): void {
    const pending = this.#wire.find(transaction);
    if (pending === undefined) return;
    this.#wire.settle(transaction);
    this.#receiveFailure(pending, why === 'timeout' ? 408 : 503, { by: 'network', why }, nowMs);
  }

  /** The transaction will say no more. */
  requestEnded(transaction: TransactionId): void {
    this.#wire.forget(transaction);
  }

  tick(nowMs: number): void {
    if ((this.#stage === 'calling' || this.#stage === 'incoming') && nowMs >= this.#setupUntilMs) this.#ringOut(nowMs);
    this.#session?.tick(nowMs);
  }

  // ── Our INVITE ───────────────────────────────────────────────────────────────────────────────────────────────────

  #receiveProvisional(transaction: TransactionId, invite: Pending, response: SipResponse, nowMs: number): void {
    if (this.#stage === 'ending' || this.#stage === 'ended') {
      this.#host.cancel(transaction, nowMs); // hung up before CANCEL was allowed
      return;
    }
    if (this.#stage !== 'calling' || invite.kind !== 'invite') return;
    const body = readSdpBody(response);
    if (body.kind === 'sdp') this.#earlyAnswer = body.sdp;
    if (response.status > 100) this.#noteBranch(dialogOfResponse(invite.request, response));
    this.#host.emit({ name: 'progress', status: response.status });
  }

  #noteBranch(early: Dialog | undefined): void {
    if (early === undefined || early.remoteTag === '') return;
    if (this.#early.has(early.remoteTag) || this.#early.size >= branchesMax) return;
    this.#early.set(early.remoteTag, early);
    this.#host.own(dialogKey(early.callId, early.localTag, early.remoteTag));
  }

  /** A request on a branch that has not answered yet: only what needs no session (RFC 3311 §5.2: our offer is open). */
  #receiveEarly(transaction: TransactionId, request: SipRequest, source: Hop, nowMs: number): void {
    const tag = readFrom(request.headers)?.params.get('tag') ?? '';
    const early = this.#early.get(tag);
    const dialog = early && takeRequest(early, request);
    const answer = (each: Answer) => this.#wire.respond(transaction, request, each, nowMs);
    if (early === undefined || request.method === 'BYE') answer({ status: 481 });
    else if (dialog === undefined) answer({ status: 500, reason: 'CSeq is out of order' });
    else {
      const isUpdate = request.method === 'UPDATE';
      const counted = isSameWay(source, this.#way) ? dialog : early;
      this.#early.set(tag, isUpdate ? refreshTarget(counted, request) : counted);
      if (!isUpdate) answer(answerWithin(request));
      else if (request.body.length > 0) answer({ status: 491 });
      else {
        const { localTag: tag, terms } = this.#wire;
        const own = { tag, contact: this.#wire.contact(), headers: terms.headers };
        this.#host.respond(transaction, buildSuccess(request, own, undefined, undefined), nowMs);
      }
    }
  }

  #receiveSuccess(transaction: TransactionId, pending: Pending, response: SipResponse, nowMs: number): void {
    if (pending.request.method === 'INVITE') {
      this.#wire.markAnswered(transaction, pending); // it stays for repeats of the 2xx and for other branches
      const key = `${transaction}|${readTo(response.headers)?.params.get('tag') ?? ''}`;
      if (this.#wire.acknowledgeAgain(key)) return;
      if (pending.kind === 'reinvite') this.#session?.receiveReinviteSuccess(key, pending, response, nowMs);
      else if (this.#session === undefined) this.#inviteAnswered(key, pending, response, nowMs);
      else this.#branchAnswered(key, pending, response, nowMs);
      return;
    }
    this.#wire.settle(transaction);
    if (pending.kind === 'bye') this.#end({ by: 'us', why: 'hung-up' }, nowMs);
    else if (pending.kind === 'update') this.#session?.receiveUpdateSuccess(pending, response, nowMs);
  }

  #inviteAnswered(key: string, invite: Pending, response: SipResponse, nowMs: number): void {
    const dialog = dialogOfResponse(invite.request, response);
    if (dialog === undefined) return; // nobody to acknowledge; the far end ends the call for want of the ACK
    const session = this.#begin({ ...dialog, remoteSequence: this.#early.get(dialog.remoteTag)?.remoteSequence });
    this.#early.clear();
    this.#wire.acknowledge(key, session.dialog, invite.request);
    if (this.#stage !== 'calling') {
      this.#bye(nowMs); // it answered while we were giving up
      return;
    }
    this.#stage = 'established';
    session.beginAnswered(this.#offer, response, nowMs);
    const body = readSdpBody(response);
    const answer = body.kind === 'sdp' ? body.sdp : this.#earlyAnswer;
    this.#host.emit({ name: 'established', response, ...(answer !== undefined && { answer }) });
    session.tellAnswerer(response);
  }

  /** Another branch of a fork answered too: it is told that we have what we want (§13.2.2.4). */
  #branchAnswered(key: string, invite: Pending, response: SipResponse, nowMs: number): void {
    const dialog = dialogOfResponse(invite.request, response);
    if (dialog === undefined || this.#wire.acknowledged >= branchesMax) return;
    this.#wire.acknowledge(key, dialog, invite.request);
    const { request } = nextRequest(dialog, 'BYE');
    this.#send({ kind: 'branch-bye', request, hop: this.#wire.hopOf(dialog), challenges: 0 }, nowMs);
  }

  /** A final answer of 300 or more, or none, to a request of ours. */
  #receiveFailure(pending: Pending, status: number, end: CallEnd, nowMs: number): void {
    if (pending.kind === 'bye') this.#end({ by: 'us', why: 'hung-up' }, nowMs);
    else if (pending.kind === 'invite') {
      // Of a call that we gave up, 487 is the end we asked for.
      const ours: CallEnd = { by: 'us', why: 'cancelled' };
      if (this.#session === undefined) this.#end(this.#stage === 'ending' ? ours : end, nowMs);
    } else if (pending.kind !== 'branch-bye') this.#session?.receiveFailure(pending, status, nowMs);
  }

  /** Sends a request again that asked for too little or lacked credentials (§8.1.3.5, §22.2, RFC 4028 §7.3). */
  #retry(pending: Pending, response: SipResponse, nowMs: number): boolean {
    const isInvite = pending.kind === 'invite';
    if (isInvite && this.#stage !== 'calling') return false;
    const tooSmall = response.status === 422;
    const request = !tooSmall
      ? this.#wire.authorise(pending, response)
      : isInvite
        ? this.#withLongerInterval(pending.request, response)
        : this.#session?.withLongerInterval(pending.request, response);
    if (request === undefined) return false;
    const own = isInvite || pending.kind === 'branch-bye' ? undefined : this.#session?.nextSequence();
    const sequence = own ?? sequenceOf(pending.request) + 1;
    const challenges = pending.challenges + (tooSmall ? 0 : 1);
    this.#send({ ...pending, request: withSequence(request, sequence), challenges }, nowMs);
    return true;
  }

  #withLongerInterval(request: SipRequest, response: SipResponse): SipRequest | undefined {
    const wish = raiseWish(this.#timerWish, response);
    if (wish === undefined) return undefined;
    this.#timerWish = wish;
    const headers = request.headers.clone();
    writeSessionWish(headers, wish, undefined);
    return { ...request, headers };
  }

  #send(pending: Pending, nowMs: number): void {
    if (this.#wire.send(pending, nowMs)) return;
    this.#receiveFailure(pending, 503, { by: 'us', why: 'overload' }, nowMs);
  }

  // ── Beginning and ending ─────────────────────────────────────────────────────────────────────────────────────────

  #begin(dialog: Dialog): CallSession {
    this.#host.own(dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag));
    this.#session = new CallSession(this.#wire, this.#outgoing, dialog, this.#timerWish, (end, bye, nowMs) => {
      if (bye) this.#bye(nowMs, end);
      else this.#end(end, nowMs);
    });
    return this.#session;
  }

  /** The session of an established call. */
  get #standing(): CallSession | undefined {
    return this.#stage === 'established' ? this.#session : undefined;
  }

  #ringOut(nowMs: number): void {
    if (this.#stage === 'incoming') {
      this.refuse({ status: 480 }, nowMs);
      return;
    }
    this.#cancel(nowMs);
    this.#report({ by: 'us', why: this.#heard ? 'no-answer' : 'timeout' });
  }

  #cancel(nowMs: number): void {
    this.#stage = 'ending';
    this.#wire.cancelInvites(nowMs);
  }

  #receiveBye(transaction: TransactionId, request: SipRequest, nowMs: number): void {
    this.#session?.refuse({ status: 487 }, nowMs);
    this.#wire.respond(transaction, request, { status: 200 }, nowMs);
    const text = reasonText(request);
    this.#end({ by: 'them', why: 'hung-up', ...(text !== undefined && { text }) }, nowMs);
  }

  /** `end` is told at once; without it, once the far end has answered. */
  #bye(nowMs: number, end?: CallEnd): void {
    this.#stage = 'ending';
    this.#session?.stop(nowMs);
    if (end !== undefined) this.#report(end);
    const reason = this.#byeReason ?? end?.why;
    const sent = this.#session?.send('bye', 'BYE', nowMs, (request) => withReason(request, reason));
    if (!sent) this.#end({ by: 'us', why: 'overload' }, nowMs);
  }

  #end(end: CallEnd, nowMs: number): void {
    this.#stage = 'ended';
    if (this.#session === undefined) this.#wire.cancelInvites(nowMs);
    else this.#session.stop(nowMs);
    this.#report(end);
  }

  #report(end: CallEnd): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#host.emit({ name: 'ended', end });
  }
}

const termsBeforeAnswer: CallTerms = { contactUser: '', sessionExpiresS: minSeS, symmetric: true };

function refusedBy(response: SipResponse): CallEnd {
  const text = reasonText(response);
  const retryAfterS = readRetryAfter(response.headers);
  return {
    by: 'them',
    why: 'refused',
    status: response.status,
    ...(text !== undefined && { text }),
    ...(retryAfterS !== undefined && { retryAfterS }),
  };
}
