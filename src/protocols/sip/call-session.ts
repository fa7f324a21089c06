/**
 * What happens within a call whose dialog stands: offers of either side, one at a time; our 2xx until its ACK comes; the
 * session timer; who speaks; and whether the far end still knows the call. How a call begins and ends is call.ts's.
 *
 * Offers that cross are answered 491, and tried again after a pause of chance (§14.1).
 *
 * Standards: RFC 3261 §13.3.1.4, §14; RFC 3311 (UPDATE); RFC 4028 (session timer); RFC 4916, 3325 (who speaks);
 * RFC 6086 (INFO).
 */
import { readSdpBody } from './body.ts';
import { buildRefresh, buildSuccess, identityOf, type Speaker, sameIdentity, sequenceOf } from './call-requests.ts';
import type { CallEnd, CallHost, OfferExtra } from './call-terms.ts';
import type { CallWire, Pending, Wish } from './call-wire.ts';
import { accept, allow, supported } from './capabilities.ts';
import { type Dialog, nextRequest, refreshTarget, renameLocal, renameRemote, takeRequest } from './dialog.ts';
import type { NameAddr } from './header-values.ts';
import { readFrom, readPAssertedIdentities, readTokens } from './headers.ts';
import type { SipMessage, SipRequest, SipResponse } from './message.ts';
import type { Answer } from './response.ts';
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

/** A request of theirs that waits for our owner's word. */
export interface Waiting {
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

/** What proxies on the way may use up between two requests (§12.2.1.1: a far end counts one by one). */
const indirectLeapMax = 100;
/** So often in a row may the far end refuse to be told who speaks; then it is told no more. */
const speakerRefusalsMax = 3;
/** Pause before a refresh is tried again that was refused for a passing reason. */
const refreshAgainMs = 10_000;

export class CallSession {
  readonly #wire: CallWire;
  readonly #host: CallHost;
  readonly #outgoing: boolean;
  /** Ends the call: at once, for the far end has lost it, or with a BYE of ours. */
  readonly #over: (end: CallEnd, bye: boolean, nowMs: number) => void;
  #dialog: Dialog;
  /** CSeq of their last request that came another way than the call; 0 before the first. */
  #indirectSequence = 0;
  /** Both sides have agreed; before, we have sent our 2xx at most. */
  #established = false;
  #waiting: Waiting | undefined;
  #success: Success | undefined;
  #localSdp: Uint8Array | undefined;
  #wish: Wish | undefined;
  /** Until then a re-INVITE of ours may be pondered on; then it is cancelled. */
  #reinviteUntilMs = Infinity;
  #timer: SessionTimer | undefined;
  #timerWish: SessionWish;
  #remoteAllows: ReadonlySet<string> = new Set();
  #remoteSupports: ReadonlySet<string> = new Set();
  #identity: NameAddr | undefined;
  /** Who speaks on our side, told in every refresh (RFC 4916 §4). */
  #speaker: NameAddr | undefined;
  #speakerRefusals = 0;

  constructor(
    wire: CallWire,
    outgoing: boolean,
    dialog: Dialog,
    timerWish: SessionWish,
    over: (end: CallEnd, bye: boolean, nowMs: number) => void,
  ) {
    this.#wire = wire;
    this.#host = wire.host;
    this.#outgoing = outgoing;
    this.#dialog = dialog;
    this.#timerWish = timerWish;
    this.#over = over;
  }

  get dialog(): Dialog {
    return this.#dialog;
  }

  get deadlineMs(): number {
    let atMs = this.#success === undefined ? Infinity : successRepeatDeadlineMs(this.#success.repeat);
    if (!this.#established) return atMs;
    atMs = Math.min(atMs, this.#reinviteUntilMs, this.#timer?.expireAtMs ?? Infinity);
    if (this.#wish === undefined) return Math.min(atMs, this.#timer?.refreshAtMs ?? Infinity);
    return this.#mayOffer ? Math.min(atMs, this.#wish.notBeforeMs) : atMs;
  }

  /** An INVITE of theirs begins it. */
  beginWith(invite: Waiting): void {
    this.#waiting = invite;
    this.#learnAbilities(invite.request);
    this.#identity = identityOf(invite.request);
  }

  /** Their 2xx to our INVITE begins it. */
  beginAnswered(offer: Uint8Array, response: SipResponse, nowMs: number): void {
    this.#established = true;
    this.#localSdp = offer;
    this.#learnAbilities(response);
    this.#timer = timerOfResponse(response, nowMs);
    this.#identity = identityOf(response);
  }

  /** Tells whom their network names as the one who answered. */
  tellAnswerer(response: SipResponse): void {
    const identity = readPAssertedIdentities(response.headers)[0];
    if (identity !== undefined) this.#host.emit({ name: 'identity', identity });
  }

  /** The call is over, or its BYE is on its way: nothing of this goes on. */
  stop(nowMs: number): void {
    this.#established = false;
    this.#success = undefined;
    this.#wish = undefined;
    this.#reinviteUntilMs = Infinity;
    this.refuse({ status: 487 }, nowMs);
    this.#wire.cancelInvites(nowMs);
  }

  // ── Our owner's wishes ───────────────────────────────────────────────────────────────────────────────────────────

  /** Proposes other media in a re-INVITE, now or as soon as no other offer is under way. */
  offer(sdp: Uint8Array, nowMs: number, extra?: OfferExtra): void {
    this.#wish = { why: 'offer', notBeforeMs: this.#wish?.notBeforeMs ?? nowMs, sdp, ...(extra && { extra }) };
    this.pursueWish(nowMs);
  }

  /** Tells who speaks, if the far end can learn it; of several during one transaction the last. */
  identify(speaker: NameAddr, nowMs: number): void {
    if (sameIdentity(speaker, this.#speaker)) return;
    this.#speaker = speaker;
    if (this.#speakerToTell === undefined) return;
    this.#wish ??= { why: 'speaker', notBeforeMs: nowMs };
    this.pursueWish(nowMs);
  }

  /** INFO names who speaks only where it says more than whose call it is. */
  receiveInfo(request: SipRequest): void {
    const from = readFrom(request.headers);
    const isRenamed = from !== undefined && !sameIdentity(from, this.#dialog.remote);
    this.#heardOf(readPAssertedIdentities(request.headers)[0] ?? (isRenamed ? from : undefined));
  }

  #heardOf(identity: NameAddr | undefined): void {
    if (identity === undefined || sameIdentity(identity, this.#identity)) return;
    this.#identity = identity;
    this.#host.emit({ name: 'identity', identity });
  }

  probe(nowMs: number): void {
    // Only a far end that says that it answers OPTIONS within a call is asked; others may hang up on it.
    if (!this.#established || !this.#remoteAllows.has('OPTIONS') || this.#wire.awaits('options')) return;
    this.send('options', 'OPTIONS', nowMs);
  }

  /** Answers the INVITE or UPDATE that waits, with our description if one is called for. */
  accept(sdp: Uint8Array | undefined, nowMs: number): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    const { request, transaction } = waiting;
    this.#dialog = refreshTarget(renameRemote(this.#dialog, request), request);
    if (sdp !== undefined) this.#localSdp = sdp;
    const { terms, localTag } = this.#wire;
    const granted = answerSessionTimer(request, terms.sessionExpiresS);
    this.#timer = granted && startSessionTimer(granted.intervalS, granted.refresher === 'uas', nowMs);
    this.#timerWish = { ...this.#timerWish, intervalS: terms.sessionExpiresS };
    const own = { tag: localTag, contact: this.#wire.contact(), headers: terms.headers };
    const response = buildSuccess(request, own, granted, sdp);
    this.#host.respond(transaction, response, nowMs);
    if (request.method === 'INVITE') {
      const repeat = startSuccessRepeat(sequenceOf(request), response, this.#host.timers, nowMs);
      this.#success = { repeat, transaction, offered: readSdpBody(request).kind === 'none' };
    }
    this.pursueWish(nowMs);
  }

  /** Tells whoever sent the INVITE that waits that somebody is being called to it. */
  ring(nowMs: number): void {
    if (this.#waiting === undefined) return;
    const { request, transaction } = this.#waiting;
    const routes = request.headers.getAll('Record-Route').map((value) => ['Record-Route', value] as const);
    const headers = [...routes, ['Contact', this.#wire.contact()] as const];
    this.#wire.respond(transaction, request, { status: 180, headers }, nowMs);
  }

  /** Refuses the INVITE or UPDATE that waits. */
  refuse(answer: Answer, nowMs: number): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#wire.respond(waiting.transaction, waiting.request, answer, nowMs);
    this.pursueWish(nowMs);
  }

  waitsFor(transaction: TransactionId): boolean {
    return this.#waiting?.transaction === transaction;
  }

  // ── What the far end does ────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Counts a request of theirs; false when its CSeq is none that may follow (§12.2.2). `direct` is false for one that
   * came another way than the call: it may be of the far end with a new port, or of somebody else on its host. Those
   * are counted by themselves and may not leap, so that none of them makes the far end's own come too late.
   */
  takesSequence(request: SipRequest, direct: boolean): boolean {
    if (direct) {
      const dialog = takeRequest(this.#dialog, request);
      if (dialog !== undefined) this.#dialog = dialog;
      return dialog !== undefined;
    }
    const before = Math.max(this.#dialog.remoteSequence ?? 0, this.#indirectSequence);
    const sequence = sequenceOf(request);
    if (sequence <= before || (before > 0 && sequence - before > indirectLeapMax)) return false;
    this.#indirectSequence = sequence;
    return true;
  }

  /** A re-INVITE or UPDATE: whether it may come now (§14.2, RFC 3311 §5.2), then our owner or nobody is asked. */
  receiveOffer(waiting: Waiting, nowMs: number): void {
    const { request, transaction } = waiting;
    const body = readSdpBody(request);
    const asksOwner = request.method === 'INVITE' || body.kind === 'sdp';
    const refusal = this.#refusalOfOffer(request, asksOwner);
    if (refusal !== undefined) {
      this.#wire.respond(transaction, request, refusal, nowMs);
      return;
    }
    this.#waiting = waiting;
    this.#learnAbilities(request);
    if (asksOwner) this.#host.emit({ name: 'offered', request, ...(body.kind === 'sdp' && { offer: body.sdp }) });
    else this.accept(undefined, nowMs);
    this.#heardOf(identityOf(request));
  }

  /** ACK of our 2xx: undefined when it is of another, else their answer to the offer in it, if it was one. */
  receiveAck(ack: SipRequest): { readonly answer: Uint8Array | undefined } | undefined {
    const success = this.#success;
    if (success === undefined || success.repeat.sequence !== sequenceOf(ack)) return undefined;
    this.#success = undefined;
    this.#established = true;
    const body = readSdpBody(ack);
    return { answer: success.offered && body.kind === 'sdp' ? body.sdp : undefined };
  }

  /** The first 2xx to a re-INVITE of ours. */
  receiveReinviteSuccess(key: string, pending: Pending, response: SipResponse, nowMs: number): void {
    this.#reinviteUntilMs = Infinity;
    this.#dialog = refreshTarget(this.#dialog, response);
    this.#wire.acknowledge(key, this.#dialog, pending.request);
    if (!this.#established) return;
    this.#localSdp = pending.wish?.sdp ?? this.#localSdp;
    this.#speakerTaken(pending.wish);
    this.#timer = timerOfResponse(response, nowMs);
    const body = readSdpBody(response);
    if (body.kind === 'sdp') this.#host.emit({ name: 'answered', answer: body.sdp });
    this.pursueWish(nowMs);
  }

  receiveUpdateSuccess({ wish }: Pending, response: SipResponse, nowMs: number): void {
    if (!this.#established) return;
    this.#dialog = refreshTarget(this.#dialog, response);
    this.#speakerTaken(wish);
    this.#timer = timerOfResponse(response, nowMs);
    this.pursueWish(nowMs);
  }

  /** A re-INVITE, UPDATE or OPTIONS of ours was refused or not answered. */
  receiveFailure({ kind, wish }: Pending, status: number, nowMs: number): void {
    if (!this.#established) return;
    if (kind === 'options') {
      if (status === 481) this.#verify(nowMs);
      return;
    }
    if (kind === 'reinvite') this.#reinviteUntilMs = Infinity;
    if (status === 481) this.#over({ by: 'them', why: 'lost', status }, false, nowMs);
    else if (status === 408 && kind === 'update' && wish?.why === 'speaker') {
      // It may read no UPDATE, whatever its Allow says: the call itself is asked for by what every far end knows.
      this.#speakerRefusals = speakerRefusalsMax;
      this.#forgetAbility('UPDATE');
      this.#wish ??= { why: 'verify', notBeforeMs: nowMs };
    } else if (status === 408) this.#over({ by: 'network', why: 'timeout' }, true, nowMs);
    else if (status === 491) this.#wish ??= { why: 'refresh', ...wish, notBeforeMs: nowMs + this.#glareMs() };
    else if (kind === 'update' && (status === 405 || status === 501)) {
      this.#forgetAbility('UPDATE');
      if (wish?.why !== 'speaker') this.#wish ??= { why: 'refresh', notBeforeMs: nowMs };
      else if (this.#speakerToTell !== undefined) this.#wish ??= { why: 'speaker', notBeforeMs: nowMs };
    } else {
      if (wish?.speaker !== undefined) this.#speakerRefusals++;
      if (wish?.why === 'offer') this.#host.emit({ name: 'offer-refused', status });
    }
    this.pursueWish(nowMs);
  }

  tick(nowMs: number): void {
    if (this.#success !== undefined) this.#repeatSuccess(this.#success, nowMs);
    if (!this.#established) return;
    if (this.#timer !== undefined && nowMs >= this.#timer.expireAtMs) {
      this.#over({ by: 'network', why: 'expired' }, true, nowMs);
      return;
    }
    if (nowMs >= this.#reinviteUntilMs) {
      this.#reinviteUntilMs = Infinity;
      this.#wire.cancelInvites(nowMs);
    }
    if (this.#timer !== undefined && this.#wish === undefined && nowMs >= this.#timer.refreshAtMs) {
      this.#timer = { ...this.#timer, refreshAtMs: nowMs + refreshAgainMs };
      this.#wish = { why: 'refresh', notBeforeMs: nowMs };
    }
    this.pursueWish(nowMs);
  }

  // ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The next request within the dialog; `complete` adds what it needs besides. False when there is no room for it. */
  send(
    kind: Pending['kind'],
    method: string,
    nowMs: number,
    complete: (request: SipRequest) => SipRequest = (request) => request,
    wish?: Wish,
  ): boolean {
    const { dialog, request } = nextRequest(this.#dialog, method);
    this.#dialog = dialog;
    const hop = this.#wire.hopOf(dialog);
    const pending: Pending = { kind, request: complete(request), hop, challenges: 0, ...(wish && { wish }) };
    if (this.#wire.send(pending, nowMs)) return true;
    this.receiveFailure(pending, 503, nowMs);
    return false;
  }

  /** CSeq for a request that is to be sent again in another form. */
  nextSequence(): number {
    this.#dialog = { ...this.#dialog, localSequence: this.#dialog.localSequence + 1 };
    return this.#dialog.localSequence;
  }

  /** A refresh whose interval was called too small, with the one that was asked for. */
  withLongerInterval(request: SipRequest, response: SipResponse): SipRequest | undefined {
    const wish = raiseWish(this.#timerWish, response);
    if (wish === undefined) return undefined;
    this.#timerWish = wish;
    const headers = request.headers.clone();
    writeSessionWish(headers, wish, undefined);
    return { ...request, headers };
  }

  /** No offer of either side is under way, so that we may make one (§14.1). */
  get #mayOffer(): boolean {
    const theirs = this.#waiting !== undefined || this.#success !== undefined;
    return this.#established && !theirs && !this.#wire.awaits('reinvite') && !this.#wire.awaits('update');
  }

  pursueWish(nowMs: number): void {
    const wish = this.#wish;
    if (wish === undefined || !this.#mayOffer || nowMs < wish.notBeforeMs) return;
    this.#wish = undefined;
    const speaker = this.#speakerToTell;
    if (wish.why === 'speaker' && speaker === undefined) return;
    const own = { contact: this.#wire.contact(), speaker, headers: this.#wire.terms.headers };
    const told = { ...wish, ...(speaker && { speaker: speaker.address }) };
    const refresher = this.#timer && (this.#timer.weRefresh ? ('uac' as const) : ('uas' as const));
    const timer = { wish: this.#timerWish, refresher };
    if ((wish.why === 'refresh' || wish.why === 'speaker') && this.#remoteAllows.has('UPDATE')) {
      this.send('update', 'UPDATE', nowMs, (request) => buildRefresh(request, own, timer, undefined), told);
      return;
    }
    const sdp = wish.sdp ?? this.#localSdp;
    const extra = wish.extra && { ...wish.extra, secret: this.#host.token() };
    const complete = (request: SipRequest): SipRequest => buildRefresh(request, own, timer, sdp, extra);
    const sent = this.send('reinvite', 'INVITE', nowMs, complete, told);
    if (sent) this.#reinviteUntilMs = nowMs + giveUpMs(this.#host.timers);
  }

  /** Whom the next refresh names, and how: only what the far end says that it can read. */
  get #speakerToTell(): Speaker | undefined {
    const way = this.#wire.terms.tellSpeaker ?? 'auto';
    if (this.#speaker === undefined || this.#speakerRefusals >= speakerRefusalsMax) return undefined;
    const from = (way === 'auto' || way === 'from') && this.#remoteSupports.has('from-change');
    const asserted = (way === 'auto' || way === 'asserted') && this.#remoteAllows.has('UPDATE');
    return from || asserted ? { address: this.#speaker, from, asserted } : undefined;
  }

  #speakerTaken(wish: Wish | undefined): void {
    if (wish?.speaker === undefined) return;
    this.#speakerRefusals = 0;
    if (this.#remoteSupports.has('from-change') && this.#wire.terms.tellSpeaker !== 'asserted') {
      this.#dialog = renameLocal(this.#dialog, wish.speaker);
    }
    // Another has begun to speak while this one was told.
    if (!sameIdentity(wish.speaker, this.#speaker)) this.#wish ??= { why: 'speaker', notBeforeMs: 0 };
  }

  #refusalOfOffer(request: SipRequest, asksOwner: boolean): Answer | undefined {
    if (this.#waiting !== undefined) {
      return { status: 500, headers: [['Retry-After', String(Math.floor(this.#host.fraction() * 11))]] };
    }
    const crossing = this.#wire.awaits('reinvite') || this.#success !== undefined;
    return crossing && asksOwner ? { status: 491 } : refusalOfForm(request);
  }

  #repeatSuccess(success: Success, nowMs: number): void {
    const step = stepSuccessRepeat(success.repeat, this.#host.timers, nowMs);
    if (step.name === 'send') {
      this.#success = { ...success, repeat: step.repeat };
      this.#host.respond(success.transaction, success.repeat.response, nowMs);
    } else if (step.name === 'give-up') {
      this.#success = undefined;
      this.#over({ by: 'network', why: 'unacknowledged' }, true, nowMs);
    }
  }

  /** §14.1: the side that made the Call-ID waits longer, in steps of 10 ms, so that the two do not cross again. */
  #glareMs(): number {
    const steps = Math.floor(this.#host.fraction() * (this.#outgoing ? 191 : 201));
    return (this.#outgoing ? 2100 : 0) + 10 * steps;
  }

  /**
   * OPTIONS within the call was answered "no such call". Some far ends say so to any OPTIONS, so a re-INVITE, which is
   * the call's own business everywhere, decides; and such a far end is not asked by OPTIONS again.
   */
  #verify(nowMs: number): void {
    this.#forgetAbility('OPTIONS');
    this.#wish ??= { why: 'verify', notBeforeMs: nowMs };
    this.pursueWish(nowMs);
  }

  #learnAbilities(message: SipMessage): void {
    if (message.headers.has('Allow')) this.#remoteAllows = new Set(readTokens(message.headers, 'Allow'));
    if (message.headers.has('Supported')) this.#remoteSupports = new Set(readTokens(message.headers, 'Supported'));
  }

  #forgetAbility(forgotten: string): void {
    this.#remoteAllows = new Set([...this.#remoteAllows].filter((method) => method !== forgotten));
  }
}

/** What is wrong with an INVITE or UPDATE whoever it is for. */
export function refusalOfForm(request: SipRequest): Answer | undefined {
  if (readSdpBody(request).kind === 'unsupported') return { status: 415, headers: [['Accept', accept]] };
  return isTooSmall(request) ? { status: 422, headers: [['Min-SE', String(minSeS)]] } : undefined;
}

/** Requests within a call that change nothing in it. */
export function answerWithin(request: SipRequest): Answer {
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
