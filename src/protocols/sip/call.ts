/**
 * One call, from INVITE to BYE, of either direction. Pure: messages and time in, through CallHost out.
 *
 *   ours:    calling ──2xx──▶ established ──BYE──▶ ending ──▶ ended
 *               └──hang up──▶ ending (CANCEL, or ACK and BYE should it be answered all the same)
 *   theirs:  incoming ──answer──▶ answered ──ACK──▶ established …
 *
 * Established, the call takes and makes re-INVITEs and UPDATEs, one offer at a time (offers that cross: 491 and a pause
 * of chance, §14.1), keeps the session timer, and repeats its 2xx until the ACK comes. A call that forked keeps the
 * first branch that answers and hangs up on the others (§13.2.2.4).
 *
 * Standards: RFC 3261 §12–15; RFC 3311 (UPDATE); RFC 4028 (session timer); RFC 4916, 3325 (who speaks); RFC 3326
 * (why it ended); RFC 6026; RFC 6086 (INFO).
 * Driven by: user-agent.ts.
 */
import { readSdpBody } from './body.ts';
import {
  buildInvite,
  buildRefresh,
  buildSuccess,
  identityOf,
  reasonText,
  sameIdentity,
  sequenceOf,
  withSequence,
} from './call-requests.ts';
import type { CallEnd, CallHost, CallTerms, OutgoingCall } from './call-terms.ts';
import { accept, allow, supported } from './capabilities.ts';
import {
  type Dialog,
  dialogKey,
  dialogOfRequest,
  dialogOfResponse,
  nextHopUri,
  nextRequest,
  refreshTarget,
  renameRemote,
  requestWithin,
  takeRequest,
} from './dialog.ts';
import type { NameAddr } from './header-values.ts';
import { readFrom, readPAssertedIdentities, readRetryAfter, readTo, readTokens } from './headers.ts';
import type { Hop } from './hop.ts';
import type { SipMessage, SipRequest, SipResponse } from './message.ts';
import { type Answer, respondTo } from './response.ts';
import {
  answerSessionTimer,
  isTooSmall,
  minSeS,
  raiseWish,
  type SessionTimer,
  type SessionWish,
  startSessionTimer,
  timerOfResponse,
  writeSessionWish,
} from './session-timer.ts';
import {
  type SuccessRepeat,
  startSuccessRepeat,
  stepSuccessRepeat,
  successRepeatDeadlineMs,
} from './success-repeat.ts';
import { giveUpMs } from './timers.ts';
import type { TransactionId } from './transaction-layer.ts';

type Stage = 'calling' | 'incoming' | 'answered' | 'established' | 'ending' | 'ended';

/** A request of ours whose transaction lives. */
interface Pending {
  readonly kind: 'invite' | 'reinvite' | 'update' | 'bye' | 'options' | 'branch-bye';
  readonly request: SipRequest;
  readonly hop: Hop;
  /** Times that credentials were asked for. */
  readonly challenges: number;
  /** What a re-INVITE or UPDATE is for. */
  readonly wish?: Wish;
  /** An INVITE with its 2xx: its transaction stays for repeats of that, but no answer is owed. */
  readonly answered?: true;
}

/** A request of theirs that waits for our owner's word. */
interface Waiting {
  readonly transaction: TransactionId;
  readonly request: SipRequest;
}

/** Our 2xx that has no ACK yet. */
interface Success {
  readonly repeat: SuccessRepeat;
  readonly transaction: TransactionId;
  /** It carried our offer, so the ACK carries their answer. */
  readonly offered: boolean;
}

/** What we want to say in a re-INVITE or UPDATE as soon as the other side lets us. */
interface Wish {
  readonly why: 'offer' | 'refresh' | 'verify';
  readonly notBeforeMs: number;
  /** Of an offer; refreshes repeat what was agreed. */
  readonly sdp?: Uint8Array;
}

/** Branches of a forked call that are followed; a proxy that makes more is not believed. */
const branchesMax = 8;
/** How long an incoming call may wait for its owner. */
const answerMs = 30_000;
/** Pause before a refresh is tried again that was refused for a passing reason. */
const refreshAgainMs = 10_000;

export class Call {
  readonly outgoing: boolean;
  readonly #host: CallHost;
  #terms: CallTerms;
  readonly #localTag: string;
  #stage: Stage;
  #dialog: Dialog | undefined;
  /** Dialogs of provisional answers, by the far end's tag. */
  readonly #early = new Map<string, Dialog>();
  /** Where the far end was last heard from. */
  #flow: Hop;
  /** Until then it may ring, or wait for our owner. */
  #setupUntilMs: number;
  /** The limit that counts once the far end has answered anything. */
  #ringUntilMs = Infinity;
  #heard = false;
  readonly #pending = new Map<TransactionId, Pending>();
  #waiting: Waiting | undefined;
  #success: Success | undefined;
  /** ACKs of answered INVITEs, by transaction and branch, for repeats of their 2xx. */
  readonly #acks = new Map<string, { readonly request: SipRequest; readonly hop: Hop }>();
  /** Session description of a provisional answer, for far ends whose 2xx has none. */
  #earlyAnswer: Uint8Array | undefined;
  #localSdp: Uint8Array | undefined;
  #wish: Wish | undefined;
  /** Until then a re-INVITE of ours may be pondered on; then it is cancelled. */
  #reinviteUntilMs = Infinity;
  #session: SessionTimer | undefined;
  #sessionWish: SessionWish;
  #remoteAllows: ReadonlySet<string> = new Set();
  #identity: NameAddr | undefined;
  /** Who speaks on our side, told in every refresh (RFC 4916 §4). */
  #speaker: NameAddr | undefined;
  #hangUpWhenAcknowledged = false;
  #reported = false;

  private constructor(host: CallHost, terms: CallTerms, outgoing: boolean, flow: Hop, setupUntilMs: number) {
    this.#host = host;
    this.#terms = terms;
    this.outgoing = outgoing;
    this.#stage = outgoing ? 'calling' : 'incoming';
    this.#flow = flow;
    this.#setupUntilMs = setupUntilMs;
    this.#localTag = host.token();
    this.#sessionWish = { intervalS: terms.sessionExpiresS, minS: 0 };
  }

  /** Calls. */
  static place(host: CallHost, call: OutgoingCall, nowMs: number): Call {
    const self = new Call(host, call.terms, true, call.hop, nowMs + (call.silenceMs ?? call.ringMs));
    self.#ringUntilMs = nowMs + call.ringMs;
    self.#localSdp = call.offer;
    const own = {
      tag: self.#localTag,
      callId: host.token(),
      sequence: 1 + Math.floor(host.fraction() * 1000),
      contact: host.contact(call.terms.contactUser, call.hop),
    };
    const request = buildInvite(call, own, self.#sessionWish);
    self.#send({ kind: 'invite', request, hop: call.hop, challenges: 0 }, nowMs);
    return self;
  }

  /** Takes a call of theirs; undefined when it was refused for its form. */
  static take(host: CallHost, invite: Waiting, source: Hop, nowMs: number): Call | undefined {
    const { request, transaction } = invite;
    const self = new Call(host, termsBeforeAnswer, false, source, nowMs + answerMs);
    const dialog = dialogOfRequest(request, self.#localTag);
    const refusal = dialog === undefined ? { status: 400, reason: 'Contact is missing' } : refusalOfForm(request);
    if (dialog === undefined || refusal !== undefined) {
      self.#respond(transaction, request, refusal ?? { status: 400 }, nowMs);
      return undefined;
    }
    self.#dialog = dialog;
    self.#waiting = invite;
    self.#learnAbilities(request);
    self.#identity = identityOf(request);
    host.own(dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag));
    const body = readSdpBody(request);
    host.emit({ name: 'incoming', request, source, ...(body.kind === 'sdp' && { offer: body.sdp }) });
    return self;
  }

  /** Nothing more will happen: it may be forgotten. */
  get over(): boolean {
    return this.#stage === 'ended' && this.#pending.size === 0;
  }

  /** Whether the far end said that it answers OPTIONS within the call; others may hang up on one. */
  get probeable(): boolean {
    return this.#stage === 'established' && this.#remoteAllows.has('OPTIONS');
  }

  /** When `tick` is owed. */
  get deadlineMs(): number {
    let atMs = this.#stage === 'calling' || this.#stage === 'incoming' ? this.#setupUntilMs : Infinity;
    if (this.#success !== undefined) atMs = Math.min(atMs, successRepeatDeadlineMs(this.#success.repeat));
    if (this.#stage !== 'established') return atMs;
    atMs = Math.min(atMs, this.#reinviteUntilMs, this.#session?.expireAtMs ?? Infinity);
    if (this.#wish === undefined) return Math.min(atMs, this.#session?.refreshAtMs ?? Infinity);
    return this.#mayOffer ? Math.min(atMs, this.#wish.notBeforeMs) : atMs;
  }

  // ── What the owner wants ─────────────────────────────────────────────────────────────────────────────────────────

  /** Accepts an incoming call with our answer, or our offer where they made none. */
  accept(sdp: Uint8Array, terms: CallTerms, nowMs: number): void {
    if (this.#stage !== 'incoming') return;
    this.#terms = terms;
    this.#stage = 'answered';
    this.#acceptWaiting(sdp, nowMs);
  }

  /** Refuses an incoming call. */
  refuse(answer: Answer, nowMs: number): void {
    if (this.#stage !== 'incoming') return;
    this.#refuseWaiting(answer, nowMs);
    this.#end({ by: 'us', why: 'refused', status: answer.status }, nowMs);
  }

  /** Answers an `offered` event. */
  acceptOffer(sdp: Uint8Array, nowMs: number): void {
    if (this.#stage !== 'established') return;
    this.#acceptWaiting(sdp, nowMs);
    this.#pursueWish(nowMs);
  }

  /** Turns an `offered` event down; the session stays as it was. */
  refuseOffer(answer: Answer, nowMs: number): void {
    if (this.#stage !== 'established') return;
    this.#refuseWaiting(answer, nowMs);
    this.#pursueWish(nowMs);
  }

  /** Proposes other media in a re-INVITE, now or as soon as no other offer is under way. */
  offer(sdp: Uint8Array, nowMs: number): void {
    if (this.#stage !== 'established') return;
    this.#wish = { why: 'offer', notBeforeMs: this.#wish?.notBeforeMs ?? nowMs, sdp };
    this.#pursueWish(nowMs);
  }

  /** Tells the far end who speaks on our side from here on (RFC 4916 §4.5, RFC 3325): at once or after what is under way. */
  identify(speaker: NameAddr, nowMs: number): void {
    if (sameIdentity(speaker, this.#speaker)) return;
    this.#speaker = speaker;
    this.#wish ??= { why: 'refresh', notBeforeMs: nowMs };
    this.#pursueWish(nowMs);
  }

  /** Asks the far end within the call whether it still knows it. Its silence is the liveness machine's business. */
  probe(nowMs: number): void {
    if (this.probeable && !this.#has('options')) this.#sendWithin('options', 'OPTIONS', (request) => request, nowMs);
  }

  /** Ends the call at whatever stage; `ended` follows when the far end knows, or has not answered for 64·T1. */
  hangUp(nowMs: number): void {
    if (this.#stage === 'calling') this.#cancel(nowMs);
    else if (this.#stage === 'incoming') this.refuse({ status: 480 }, nowMs);
    else if (this.#stage === 'answered')
      this.#hangUpWhenAcknowledged = true; // §15: not before the ACK
    else if (this.#stage === 'established') this.#bye(nowMs);
  }

  // ── What the far end does ────────────────────────────────────────────────────────────────────────────────────────

  /** A request within our dialog, except ACK and CANCEL. */
  receive(transaction: TransactionId, request: SipRequest, source: Hop, nowMs: number): void {
    if (this.#stage === 'calling') {
      this.#receiveEarly(transaction, request, nowMs);
      return;
    }
    const dialog = this.#dialog && takeRequest(this.#dialog, request);
    if (this.#stage === 'ended' || this.#dialog === undefined) {
      this.#respond(transaction, request, { status: 481 }, nowMs);
    } else if (dialog === undefined) {
      this.#respond(transaction, request, { status: 500, reason: 'CSeq is out of order' }, nowMs);
    } else {
      this.#dialog = dialog;
      this.#flow = source;
      if (request.method === 'BYE') this.#receiveBye(transaction, request, nowMs);
      else if (request.method === 'INVITE' || request.method === 'UPDATE') {
        this.#receiveOffer({ transaction, request }, nowMs);
      } else this.#respond(transaction, request, answerWithin(request), nowMs);
    }
  }

  /** Whether this INVITE of theirs still waits for an answer. */
  waitsFor(transaction: TransactionId): boolean {
    return this.#waiting?.transaction === transaction;
  }

  /** CANCEL of the INVITE that waits: ends a call that was not answered, or takes a re-INVITE back (§9.2). */
  receiveCancel(transaction: TransactionId, request: SipRequest, nowMs: number): void {
    this.#respond(transaction, request, { status: 200 }, nowMs);
    this.#refuseWaiting({ status: 487 }, nowMs);
    if (this.#stage === 'incoming') this.#end({ by: 'them', why: 'cancelled' }, nowMs);
  }

  /** ACK of a 2xx of ours. */
  receiveAck(ack: SipRequest, source: Hop, nowMs: number): void {
    const success = this.#success;
    if (success === undefined || success.repeat.sequence !== sequenceOf(ack)) return;
    this.#success = undefined;
    this.#flow = source;
    const body = readSdpBody(ack);
    const answer = success.offered && body.kind === 'sdp' ? body.sdp : undefined;
    if (this.#stage === 'answered') {
      this.#stage = 'established';
      this.#host.emit({ name: 'established', ...(answer !== undefined && { answer }) });
    } else if (this.#stage === 'established' && answer !== undefined) this.#host.emit({ name: 'answered', answer });
    if (this.#stage !== 'established') return;
    if (this.#hangUpWhenAcknowledged) this.#bye(nowMs);
    else this.#pursueWish(nowMs);
  }

  /** A response to a request of this call. */
  receiveResponse(transaction: TransactionId, response: SipResponse, source: Hop, nowMs: number): void {
    const pending = this.#pending.get(transaction);
    if (pending === undefined) return;
    this.#flow = source;
    if (!this.#heard && this.#stage === 'calling') this.#setupUntilMs = this.#ringUntilMs;
    this.#heard = true;
    if (response.status < 200) {
      if (pending.request.method === 'INVITE') this.#receiveProvisional(transaction, pending, response, nowMs);
    } else if (response.status < 300) this.#receiveSuccess(transaction, pending, response, nowMs);
    else {
      this.#pending.delete(transaction);
      if (!this.#retry(pending, response, nowMs)) {
        this.#receiveFailure(pending, response.status, refusedBy(response), nowMs);
      }
    }
  }

  /** A request of this call got no answer (408) or could not be sent (503), §8.1.3.1. */
  requestFailed(transaction: TransactionId, why: 'timeout' | 'unreachable', nowMs: number): void {
    const pending = this.#pending.get(transaction);
    if (pending === undefined) return;
    this.#pending.delete(transaction);
    this.#receiveFailure(pending, why === 'timeout' ? 408 : 503, { by: 'network', why }, nowMs);
  }

  /** The transaction will say no more. */
  requestEnded(transaction: TransactionId): void {
    this.#pending.delete(transaction);
    for (const key of this.#acks.keys()) if (key.startsWith(`${transaction}|`)) this.#acks.delete(key);
  }

  tick(nowMs: number): void {
    if ((this.#stage === 'calling' || this.#stage === 'incoming') && nowMs >= this.#setupUntilMs) this.#ringOut(nowMs);
    if (this.#success !== undefined) this.#repeatSuccess(this.#success, nowMs);
    if (this.#stage !== 'established') return;
    if (this.#session !== undefined && nowMs >= this.#session.expireAtMs) {
      this.#bye(nowMs, { by: 'network', why: 'expired' });
      return;
    }
    if (nowMs >= this.#reinviteUntilMs) this.#cancelInvites(nowMs);
    if (this.#session !== undefined && this.#wish === undefined && nowMs >= this.#session.refreshAtMs) {
      this.#session = { ...this.#session, refreshAtMs: nowMs + refreshAgainMs };
      this.#wish = { why: 'refresh', notBeforeMs: nowMs };
    }
    this.#pursueWish(nowMs);
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
    const early = dialogOfResponse(invite.request, response);
    if (response.status > 100 && early !== undefined && early.remoteTag !== '' && !this.#early.has(early.remoteTag)) {
      if (this.#early.size < branchesMax) {
        this.#early.set(early.remoteTag, early);
        this.#host.own(dialogKey(early.callId, early.localTag, early.remoteTag));
      }
    }
    this.#host.emit({ name: 'progress', status: response.status });
  }

  /** A request on a branch that has not answered yet: only what needs no session (RFC 3311 §5.2: our offer is open). */
  #receiveEarly(transaction: TransactionId, request: SipRequest, nowMs: number): void {
    const tag = readFrom(request.headers)?.params.get('tag') ?? '';
    const early = this.#early.get(tag);
    const dialog = early && takeRequest(early, request);
    if (early === undefined || request.method === 'BYE') this.#respond(transaction, request, { status: 481 }, nowMs);
    else if (dialog === undefined) this.#respond(transaction, request, { status: 500 }, nowMs);
    else {
      this.#early.set(tag, dialog);
      if (request.method !== 'UPDATE') this.#respond(transaction, request, answerWithin(request), nowMs);
      else if (request.body.length > 0) this.#respond(transaction, request, { status: 491 }, nowMs);
      else {
        this.#early.set(tag, refreshTarget(dialog, request));
        const own = { tag: this.#localTag, contact: this.#contact() };
        this.#host.respond(transaction, buildSuccess(request, own, undefined, undefined), nowMs);
      }
    }
  }

  #receiveSuccess(transaction: TransactionId, pending: Pending, response: SipResponse, nowMs: number): void {
    if (pending.request.method === 'INVITE') {
      this.#pending.set(transaction, { ...pending, answered: true });
      const key = `${transaction}|${readTo(response.headers)?.params.get('tag') ?? ''}`;
      const acknowledged = this.#acks.get(key);
      if (acknowledged !== undefined) this.#host.ack(acknowledged.request, acknowledged.hop);
      else if (pending.kind === 'reinvite') this.#reinviteAnswered(key, pending, response, nowMs);
      else if (this.#dialog === undefined) this.#inviteAnswered(key, pending, response, nowMs);
      else this.#branchAnswered(key, pending, response, nowMs);
      return; // the transaction stays for repeats of the 2xx and for other branches
    }
    this.#pending.delete(transaction);
    if (pending.kind === 'bye') this.#end({ by: 'us', why: 'hung-up' }, nowMs);
    else if (pending.kind === 'update') this.#refreshed(response, nowMs);
    this.#pursueWish(nowMs);
  }

  #inviteAnswered(key: string, invite: Pending, response: SipResponse, nowMs: number): void {
    const dialog = dialogOfResponse(invite.request, response);
    if (dialog === undefined) return; // nobody to acknowledge; the far end ends the call for want of the ACK
    const early = this.#early.get(dialog.remoteTag);
    this.#early.clear();
    this.#dialog = { ...dialog, remoteSequence: early?.remoteSequence };
    this.#host.own(dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag));
    this.#acknowledge(key, this.#dialog, invite);
    if (this.#stage !== 'calling') {
      this.#bye(nowMs); // it answered while we were giving up
      return;
    }
    this.#stage = 'established';
    this.#learnAbilities(response);
    this.#session = timerOfResponse(response, nowMs);
    const body = readSdpBody(response);
    const answer = body.kind === 'sdp' ? body.sdp : this.#earlyAnswer;
    this.#host.emit({ name: 'established', ...(answer !== undefined && { answer }) });
    this.#identity = identityOf(response);
    if (this.#identity !== undefined && readPAssertedIdentities(response.headers).length > 0) {
      this.#host.emit({ name: 'identity', identity: this.#identity });
    }
  }

  /** Another branch of a fork answered too: it is told that we have what we want (§13.2.2.4). */
  #branchAnswered(key: string, invite: Pending, response: SipResponse, nowMs: number): void {
    const dialog = dialogOfResponse(invite.request, response);
    if (dialog === undefined || this.#acks.size >= branchesMax) return;
    this.#acknowledge(key, dialog, invite);
    const { request } = nextRequest(dialog, 'BYE');
    this.#send({ kind: 'branch-bye', request, hop: this.#hopOf(dialog), challenges: 0 }, nowMs);
  }

  #acknowledge(key: string, dialog: Dialog, invite: Pending): void {
    const request = requestWithin(dialog, 'ACK', sequenceOf(invite.request));
    // §22.1: the credentials of the INVITE are those of its ACK.
    for (const name of ['Authorization', 'Proxy-Authorization']) {
      for (const value of invite.request.headers.getAll(name)) request.headers.append(name, value);
    }
    const hop = this.#hopOf(dialog);
    this.#acks.set(key, { request, hop });
    this.#host.ack(request, hop);
  }

  #cancel(nowMs: number): void {
    this.#stage = 'ending';
    this.#cancelInvites(nowMs);
  }

  /** Takes back every INVITE of ours that has had no final answer: from then on its transaction ends by itself. */
  #cancelInvites(nowMs: number): void {
    this.#reinviteUntilMs = Infinity;
    for (const [transaction, { request, answered }] of this.#pending) {
      if (request.method === 'INVITE' && !answered) this.#host.cancel(transaction, nowMs);
    }
  }

  #ringOut(nowMs: number): void {
    if (this.#stage === 'incoming') {
      this.refuse({ status: 480 }, nowMs);
      return;
    }
    this.#cancel(nowMs);
    this.#report({ by: 'us', why: this.#heard ? 'no-answer' : 'timeout' });
  }

  // ── Their offers ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** A re-INVITE or UPDATE: whether it may come now (§14.2, RFC 3311 §5.2), then our owner or nobody is asked. */
  #receiveOffer(waiting: Waiting, nowMs: number): void {
    const { request, transaction } = waiting;
    const body = readSdpBody(request);
    const isInvite = request.method === 'INVITE';
    const busy = this.#waiting !== undefined || this.#stage === 'incoming';
    const crossing = this.#has('reinvite') || this.#success !== undefined;
    const refusal =
      this.#stage === 'ending'
        ? { status: 481 }
        : busy
          ? { status: 500, headers: [['Retry-After', String(Math.floor(this.#host.fraction() * 11))] as const] }
          : crossing && (isInvite || body.kind === 'sdp')
            ? { status: 491 }
            : refusalOfForm(request);
    if (refusal !== undefined) {
      this.#respond(transaction, request, refusal, nowMs);
      return;
    }
    this.#waiting = waiting;
    this.#learnAbilities(request);
    if (isInvite || body.kind === 'sdp') {
      this.#host.emit({ name: 'offered', ...(body.kind === 'sdp' && { offer: body.sdp }) });
    } else this.#acceptWaiting(undefined, nowMs);
    const identity = identityOf(request);
    if (!sameIdentity(identity, this.#identity) && identity !== undefined) {
      this.#identity = identity;
      this.#host.emit({ name: 'identity', identity });
    }
  }

  #acceptWaiting(sdp: Uint8Array | undefined, nowMs: number): void {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#dialog === undefined) return;
    this.#waiting = undefined;
    const { request, transaction } = waiting;
    this.#dialog = refreshTarget(renameRemote(this.#dialog, request), request);
    if (sdp !== undefined) this.#localSdp = sdp;
    const session = answerSessionTimer(request, this.#terms.sessionExpiresS);
    this.#session = session && startSessionTimer(session.intervalS, session.refresher === 'uas', nowMs);
    const response = buildSuccess(request, { tag: this.#localTag, contact: this.#contact() }, session, sdp);
    this.#host.respond(transaction, response, nowMs);
    if (request.method !== 'INVITE') return;
    const repeat = startSuccessRepeat(sequenceOf(request), response, this.#host.timers, nowMs);
    this.#success = { repeat, transaction, offered: readSdpBody(request).kind === 'none' };
  }

  #refuseWaiting(answer: Answer, nowMs: number): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#respond(waiting.transaction, waiting.request, answer, nowMs);
  }

  #repeatSuccess(success: Success, nowMs: number): void {
    const step = stepSuccessRepeat(success.repeat, this.#host.timers, nowMs);
    if (step.name === 'send') {
      this.#success = { ...success, repeat: step.repeat };
      this.#host.respond(success.transaction, success.repeat.response, nowMs);
    } else if (step.name === 'give-up') {
      this.#success = undefined;
      this.#bye(nowMs, { by: 'network', why: 'unacknowledged' });
    }
  }

  // ── Our offers and refreshes ─────────────────────────────────────────────────────────────────────────────────────

  /** No offer of either side is under way, so that we may make one (§14.1). */
  get #mayOffer(): boolean {
    return (
      this.#stage === 'established' &&
      this.#waiting === undefined &&
      this.#success === undefined &&
      !this.#has('reinvite') &&
      !this.#has('update')
    );
  }

  #pursueWish(nowMs: number): void {
    const wish = this.#wish;
    if (wish === undefined || !this.#mayOffer || nowMs < wish.notBeforeMs) return;
    this.#wish = undefined;
    const byUpdate = wish.why === 'refresh' && this.#remoteAllows.has('UPDATE');
    const own = { contact: this.#contact(), speaker: this.#speaker };
    const session = {
      wish: this.#sessionWish,
      refresher: this.#session && (this.#session.weRefresh ? ('uac' as const) : ('uas' as const)),
    };
    this.#sendWithin(
      byUpdate ? 'update' : 'reinvite',
      byUpdate ? 'UPDATE' : 'INVITE',
      (request) => buildRefresh(request, own, session, byUpdate ? undefined : (wish.sdp ?? this.#localSdp)),
      nowMs,
      wish,
    );
    if (!byUpdate) this.#reinviteUntilMs = nowMs + giveUpMs(this.#host.timers);
  }

  #reinviteAnswered(key: string, pending: Pending, response: SipResponse, nowMs: number): void {
    this.#reinviteUntilMs = Infinity;
    if (this.#dialog === undefined) return;
    this.#dialog = refreshTarget(this.#dialog, response);
    this.#acknowledge(key, this.#dialog, pending);
    if (this.#stage !== 'established') return;
    this.#localSdp = pending.wish?.sdp ?? this.#localSdp;
    this.#refreshed(response, nowMs);
    const body = readSdpBody(response);
    if (body.kind === 'sdp') this.#host.emit({ name: 'answered', answer: body.sdp });
    this.#pursueWish(nowMs);
  }

  #refreshed(response: SipResponse, nowMs: number): void {
    if (this.#dialog === undefined || this.#stage !== 'established') return;
    this.#dialog = refreshTarget(this.#dialog, response);
    this.#session = timerOfResponse(response, nowMs);
  }

  /** A final answer of 300 or more, or none, to a request of ours. */
  #receiveFailure(pending: Pending, status: number, end: CallEnd, nowMs: number): void {
    switch (pending.kind) {
      case 'invite':
        // Of a call that we gave up, 487 is the end we asked for.
        if (this.#dialog === undefined)
          this.#end(this.#stage === 'ending' ? { by: 'us', why: 'cancelled' } : end, nowMs);
        break;
      case 'bye':
        this.#end({ by: 'us', why: 'hung-up' }, nowMs);
        break;
      case 'options':
        if (status === 481) this.#verify(nowMs);
        break;
      case 'reinvite':
      case 'update':
        if (this.#stage === 'established') this.#offerFailed(pending, status, nowMs);
        break;
      case 'branch-bye':
        break;
    }
  }

  #offerFailed({ kind, wish }: Pending, status: number, nowMs: number): void {
    this.#reinviteUntilMs = Infinity;
    if (status === 481) this.#end({ by: 'them', why: 'lost', status }, nowMs);
    else if (status === 408) this.#bye(nowMs, { by: 'network', why: 'timeout' });
    else if (status === 491) this.#wish ??= { why: 'refresh', ...wish, notBeforeMs: nowMs + this.#glareMs() };
    else if (kind === 'update' && (status === 405 || status === 501)) {
      this.#remoteAllows = new Set([...this.#remoteAllows].filter((method) => method !== 'UPDATE'));
      this.#wish ??= { why: 'refresh', notBeforeMs: nowMs };
    } else if (wish?.why === 'offer') this.#host.emit({ name: 'offer-refused', status });
    this.#pursueWish(nowMs);
  }

  /** §14.1: the side that made the Call-ID waits longer, in steps of 10 ms, so that the two do not cross again. */
  #glareMs(): number {
    const steps = Math.floor(this.#host.fraction() * (this.outgoing ? 191 : 201));
    return (this.outgoing ? 2100 : 0) + 10 * steps;
  }

  /**
   * OPTIONS within the call was answered "no such call". Some far ends say so to any OPTIONS, so a re-INVITE, which is
   * the call's own business everywhere, decides; and such a far end is not asked by OPTIONS again.
   */
  #verify(nowMs: number): void {
    this.#remoteAllows = new Set([...this.#remoteAllows].filter((method) => method !== 'OPTIONS'));
    if (this.#stage !== 'established') return;
    this.#wish ??= { why: 'verify', notBeforeMs: nowMs };
    this.#pursueWish(nowMs);
  }

  // ── Ending ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #receiveBye(transaction: TransactionId, request: SipRequest, nowMs: number): void {
    this.#refuseWaiting({ status: 487 }, nowMs);
    this.#respond(transaction, request, { status: 200 }, nowMs);
    const text = reasonText(request);
    this.#end({ by: 'them', why: 'hung-up', ...(text !== undefined && { text }) }, nowMs);
  }

  /** `end` is told at once; without it, once the far end has answered. */
  #bye(nowMs: number, end?: CallEnd): void {
    this.#refuseWaiting({ status: 487 }, nowMs);
    this.#stage = 'ending';
    this.#success = undefined;
    this.#cancelInvites(nowMs);
    if (end !== undefined) this.#report(end);
    this.#sendWithin('bye', 'BYE', (request) => request, nowMs);
  }

  #end(end: CallEnd, nowMs: number): void {
    this.#stage = 'ended';
    this.#cancelInvites(nowMs);
    this.#success = undefined;
    this.#wish = undefined;
    this.#report(end);
  }

  #report(end: CallEnd): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#host.emit({ name: 'ended', end });
  }

  // ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #sendWithin(
    kind: Pending['kind'],
    method: string,
    complete: (request: SipRequest) => SipRequest,
    nowMs: number,
    wish?: Wish,
  ): void {
    if (this.#dialog === undefined) return;
    const { dialog, request } = nextRequest(this.#dialog, method);
    this.#dialog = dialog;
    const hop = this.#hopOf(dialog);
    this.#send({ kind, request: complete(request), hop, challenges: 0, ...(wish !== undefined && { wish }) }, nowMs);
  }

  #send(pending: Pending, nowMs: number): void {
    const transaction = this.#host.request(pending.request, pending.hop, nowMs);
    if (transaction !== undefined) this.#pending.set(transaction, pending);
    else this.#receiveFailure(pending, 503, { by: 'us', why: 'overload' }, nowMs);
  }

  /** Sends a request again that asked for too little or lacked credentials (§8.1.3.5, §22.2, RFC 4028 §7.3). */
  #retry(pending: Pending, response: SipResponse, nowMs: number): boolean {
    if (pending.kind === 'invite' && this.#stage !== 'calling') return false;
    const request = this.#improved(pending, response);
    if (request === undefined) return false;
    const isFirst = pending.kind === 'invite' || pending.kind === 'branch-bye';
    const sequence = (isFirst ? sequenceOf(pending.request) : (this.#dialog?.localSequence ?? 0)) + 1;
    if (!isFirst && this.#dialog !== undefined) this.#dialog = { ...this.#dialog, localSequence: sequence };
    const challenges = pending.challenges + (response.status === 422 ? 0 : 1);
    this.#send({ ...pending, request: withSequence(request, sequence), challenges }, nowMs);
    return true;
  }

  #improved(pending: Pending, response: SipResponse): SipRequest | undefined {
    if (response.status === 422) {
      const wish = raiseWish(this.#sessionWish, response);
      if (wish === undefined) return undefined;
      this.#sessionWish = wish;
      const headers = pending.request.headers.clone();
      writeSessionWish(headers, wish, undefined);
      return { ...pending.request, headers };
    }
    if ((response.status !== 401 && response.status !== 407) || pending.challenges >= challengesMax) return undefined;
    const { credentials } = this.#terms;
    return credentials && this.#host.authorise(pending.request, response, credentials);
  }

  #respond(transaction: TransactionId, request: SipRequest, answer: Answer, nowMs: number): void {
    this.#host.respond(transaction, respondTo(request, answer, this.#localTag), nowMs);
  }

  #has(kind: Pending['kind']): boolean {
    for (const pending of this.#pending.values()) if (pending.kind === kind && !pending.answered) return true;
    return false;
  }

  #learnAbilities(message: SipMessage): void {
    if (message.headers.has('Allow')) this.#remoteAllows = new Set(readTokens(message.headers, 'Allow'));
  }

  #hopOf(dialog: Dialog): Hop {
    return this.#terms.symmetric ? this.#flow : this.#host.hopTo(nextHopUri(dialog), this.#flow);
  }

  #contact(): string {
    return this.#host.contact(this.#terms.contactUser, this.#flow);
  }
}

/** Credentials are given so often at most: to a proxy, to the far end, and once more to either for a stale nonce. */
const challengesMax = 4;

const termsBeforeAnswer: CallTerms = { contactUser: '', sessionExpiresS: minSeS, symmetric: true };

/** What is wrong with an INVITE or UPDATE whoever it is for. */
function refusalOfForm(request: SipRequest): Answer | undefined {
  if (readSdpBody(request).kind === 'unsupported') return { status: 415, headers: [['Accept', accept]] };
  return isTooSmall(request) ? { status: 422, headers: [['Min-SE', String(minSeS)]] } : undefined;
}

/** Requests within a call that change nothing in it. */
function answerWithin(request: SipRequest): Answer {
  switch (request.method) {
    case 'OPTIONS':
      return {
        status: 200,
        headers: [
          ['Allow', allow],
          ['Supported', supported],
          ['Accept', accept],
        ],
      };
    case 'INFO':
      // RFC 6086 §4.2.2: no package was agreed upon; an INFO without one is a mere sign of life.
      return { status: request.headers.has('Info-Package') ? 469 : 200 };
    default:
      return { status: 405, headers: [['Allow', allow]] };
  }
}

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
