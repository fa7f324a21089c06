/**
 * A SIP user agent without sockets and clocks: messages and time in, what is to be done out.
 *
 *   ua.receive(message, source, nowMs)   a message came        ua.take()        what is to be sent and told, in order
 *   ua.place(call, nowMs)                our own wishes        ua.deadlineMs    when ua.tick(nowMs) is owed
 *
 * It finds the call that a message belongs to, answers what needs nobody's word (OPTIONS, requests for no call, what is
 * out of form), and hands the rest to its owner: calls (CallEvent), REGISTER, MESSAGE, and answers to its own requests.
 *
 * Standards: RFC 3261 §8, §11, §12.2; RFC 3428; calls: call.ts, transactions: transaction-layer.ts.
 * Driven by: bridges/sip/sip-bridge.ts.
 */
import { Call } from './call.ts';
import { sequenceOf, withSequence } from './call-requests.ts';
import type { CallEvent, CallHost, CallId, CallTerms, OfferExtra, OutgoingCall } from './call-terms.ts';
import { abilities, accept, allow, supported } from './capabilities.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import { dialogKeyOf } from './dialog.ts';
import type { Credentials } from './digest.ts';
import { DigestClient } from './digest-client.ts';
import { formatCSeq, formatNameAddr, type NameAddr } from './header-values.ts';
import { readTo } from './headers.ts';
import type { Hop } from './hop.ts';
import { noBody, SipHeaders, type SipMessage, type SipRequest, type SipResponse } from './message.ts';
import { type Answer, bracketed, respondTo } from './response.ts';
import { noParams } from './scan.ts';
import { isMisrouted, screenRequest } from './screen.ts';
import { rfcTimers, type SipTimers } from './timers.ts';
import { type TransactionId, TransactionLayer, type TransactionOutput } from './transaction-layer.ts';
import type { SipAnyUri } from './uri.ts';

export type RequestId = number;

/** A request of ours outside any call. */
export interface OutgoingRequest {
  readonly method: string;
  readonly uri: SipAnyUri;
  readonly hop: Hop;
  readonly from: NameAddr;
  /** Default: the URI. */
  readonly to?: NameAddr;
  /** Default: of its own. Registrations keep theirs, with a CSeq that rises (§10.2). */
  readonly callId?: string;
  readonly sequence?: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** With a Content-Type among the headers. */
  readonly body?: Uint8Array;
  readonly credentials?: Credentials;
  readonly timers?: SipTimers;
}

interface IncomingRequest {
  readonly transaction: TransactionId;
  readonly request: SipRequest;
  readonly source: Hop;
}

export type UserAgentOutput =
  | { readonly name: 'send'; readonly hop: Hop; readonly message: SipMessage }
  | { readonly name: 'call'; readonly call: CallId; readonly event: CallEvent }
  /** To be answered with `respond`. A MESSAGE within a call comes from its far end. */
  | (IncomingRequest & { readonly name: 'register' })
  | (IncomingRequest & { readonly name: 'message' })
  /** The final answer to a request of ours, and the CSeq that it took to get it. */
  | {
      readonly name: 'answered';
      readonly request: RequestId;
      readonly response: SipResponse;
      readonly sequence: number;
    }
  | { readonly name: 'unanswered'; readonly request: RequestId; readonly why: 'timeout' | 'unreachable' | 'overload' }
  /** Passed over: to be counted. */
  | { readonly name: 'dropped'; readonly reason: 'stray-response' | 'malformed' | 'overload' };

export interface UserAgentOptions {
  /** Our address and port as a far end at `hop` sees them, for Via and Contact. */
  readonly localFor: (hop: Hop) => { readonly address: string; readonly port: number };
  /**
   * Where a URI leads, from names that are known already; undefined if it is not known. `like` is where the far end was
   * last reached.
   */
  readonly hopTo: (uri: SipAnyUri, like: Hop) => Hop | undefined;
  /** Text that nobody can guess and that never comes twice: tags, branches, Call-IDs, cnonces. */
  readonly token: () => string;
  /** Uniform in [0, 1): pauses after crossing offers, first CSeq. */
  readonly fraction: () => number;
  readonly timers?: SipTimers;
  readonly callsMax?: number;
  readonly transactionsMax?: number;
}

interface OpenRequest {
  readonly id: RequestId;
  readonly request: SipRequest;
  readonly plan: OutgoingRequest;
  readonly challenges: number;
}

type Owner =
  | { readonly kind: 'call'; readonly call: CallId }
  | { readonly kind: 'request'; readonly open: OpenRequest };

/** As in call.ts: to a proxy, to the far end, and once more to either for a stale nonce. */
const challengesMax = 4;

export class UserAgent {
  readonly #options: UserAgentOptions;
  readonly #timers: SipTimers;
  readonly #callsMax: number;
  readonly #layer: TransactionLayer;
  readonly #digest: DigestClient;
  readonly #calls = new Map<CallId, { readonly call: Call; readonly keys: Set<string> }>();
  readonly #dialogs = new Map<string, CallId>();
  readonly #owners = new Map<TransactionId, Owner>();
  readonly #deadlines = new DeadlineQueue<CallId>();
  #outputs: UserAgentOutput[] = [];
  #lastId = 0;

  constructor(options: UserAgentOptions) {
    this.#options = options;
    this.#timers = options.timers ?? rfcTimers;
    this.#callsMax = options.callsMax ?? 2000;
    this.#layer = new TransactionLayer(options);
    this.#digest = new DigestClient(options.token);
  }

  /** When `tick` is owed; Infinity when nothing is pending. */
  get deadlineMs(): number {
    return Math.min(this.#layer.deadlineMs, this.#deadlines.nextMs);
  }

  /** What is alive, for gauges and for tests of orderly ends. */
  get sizes(): { readonly calls: number; readonly dialogs: number; readonly transactions: number } {
    return { calls: this.#calls.size, dialogs: this.#dialogs.size, transactions: this.#layer.size };
  }

  /** Takes what is to be done since the last call, in order. */
  take(): readonly UserAgentOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  /** A message that was read well. */
  receive(message: SipMessage, source: Hop, nowMs: number): void {
    if (message.kind === 'response' && isMisrouted(message)) {
      this.#outputs.push({ name: 'dropped', reason: 'stray-response' });
      return;
    }
    this.#layer.receive(message, source, nowMs);
    this.#pump(nowMs);
  }

  /** The transport could not reach a far end: everything that waits for it fails at once. */
  unreachable(hop: Hop, nowMs: number): void {
    this.#layer.unreachable(hop, nowMs);
    this.#pump(nowMs);
  }

  tick(nowMs: number): void {
    this.#layer.tick(nowMs);
    this.#pump(nowMs);
    for (let due = this.#deadlines.take(nowMs); due !== undefined; due = this.#deadlines.take(nowMs)) {
      this.#with(due, nowMs, (call) => call.tick(nowMs));
    }
  }

  // ── Calls ────────────────────────────────────────────────────────────────────────────────────────────────────────

  place(outgoing: OutgoingCall, nowMs: number): CallId {
    const id = ++this.#lastId;
    const keys = new Set<string>();
    const call = Call.place(this.#hostOf(id, keys), outgoing, nowMs);
    this.#calls.set(id, { call, keys });
    this.#with(id, nowMs, () => undefined);
    return id;
  }

  /** Says that an incoming call rings. */
  ring(id: CallId, terms: CallTerms, nowMs: number): void {
    this.#with(id, nowMs, (call) => call.ring(terms, nowMs));
  }

  /** Accepts an incoming call. `terms` hold from here on. */
  accept(id: CallId, sdp: Uint8Array, terms: CallTerms, nowMs: number): void {
    this.#with(id, nowMs, (call) => call.accept(sdp, terms, nowMs));
  }

  refuse(id: CallId, answer: Answer, nowMs: number): void {
    this.#with(id, nowMs, (call) => call.refuse(answer, nowMs));
  }

  offer(id: CallId, sdp: Uint8Array, nowMs: number, extra?: OfferExtra): void {
    this.#with(id, nowMs, (call) => call.offer(sdp, nowMs, extra));
  }

  acceptOffer(id: CallId, sdp: Uint8Array, nowMs: number): void {
    this.#with(id, nowMs, (call) => call.acceptOffer(sdp, nowMs));
  }

  refuseOffer(id: CallId, answer: Answer, nowMs: number): void {
    this.#with(id, nowMs, (call) => call.refuseOffer(answer, nowMs));
  }

  /** Tells the far end who speaks on our side (RFC 4916). */
  identify(id: CallId, speaker: NameAddr, nowMs: number): void {
    this.#with(id, nowMs, (call) => call.identify(speaker, nowMs));
  }

  /** Asks a far end that understands it whether it still knows the call; `ended` follows if it does not. */
  probe(id: CallId, nowMs: number): void {
    this.#with(id, nowMs, (call) => call.probe(nowMs));
  }

  /** `reason` goes to the far end's log. */
  hangUp(id: CallId, nowMs: number, reason?: string): void {
    this.#with(id, nowMs, (call) => call.hangUp(reason, nowMs));
  }

  // ── Requests outside calls ───────────────────────────────────────────────────────────────────────────────────────

  request(plan: OutgoingRequest, nowMs: number): RequestId {
    const id = ++this.#lastId;
    const headers = new SipHeaders([
      ['Max-Forwards', '70'],
      [
        'From',
        formatNameAddr({ ...plan.from, params: new Map([...plan.from.params, ['tag', this.#options.token()]]) }),
      ],
      ['To', formatNameAddr(plan.to ?? { uri: plan.uri, params: noParams })],
      ['Call-ID', plan.callId ?? this.#options.token()],
      ['CSeq', formatCSeq({ sequence: plan.sequence ?? 1, method: plan.method })],
      ...(plan.headers ?? []),
    ]);
    const body = plan.body ?? noBody;
    const request: SipRequest = { kind: 'request', method: plan.method, uri: plan.uri, headers, body };
    this.#send({ id, request, plan, challenges: 0 }, nowMs);
    this.#pump(nowMs);
    return id;
  }

  /** Stops waiting for the answer to a request; none is reported any more. */
  abandon(id: RequestId, nowMs: number): void {
    for (const [transaction, owner] of this.#owners) {
      if (owner.kind === 'request' && owner.open.id === id) this.#layer.abandon(transaction);
    }
    this.#pump(nowMs);
  }

  /** Answers a REGISTER or a MESSAGE. */
  respond(transaction: TransactionId, request: SipRequest, answer: Answer, nowMs: number): void {
    this.#layer.respond(transaction, respondTo(request, answer, this.#options.token()), nowMs);
    this.#pump(nowMs);
  }

  #send(open: OpenRequest, nowMs: number): void {
    const transaction = this.#layer.request(open.request, open.plan.hop, nowMs, open.plan.timers);
    if (transaction === undefined) this.#outputs.push({ name: 'unanswered', request: open.id, why: 'overload' });
    else this.#owners.set(transaction, { kind: 'request', open });
  }

  #receiveAnswer(open: OpenRequest, response: SipResponse, nowMs: number): void {
    if (response.status < 200) return;
    const { credentials } = open.plan;
    const challenged = response.status === 401 || response.status === 407;
    const improved =
      challenged && credentials !== undefined && open.challenges < challengesMax
        ? this.#digest.authorise(open.request, response, credentials)
        : undefined;
    const sequence = sequenceOf(open.request);
    if (improved === undefined) this.#outputs.push({ name: 'answered', request: open.id, response, sequence });
    else {
      const request = withSequence(improved, sequence + 1);
      this.#send({ ...open, request, challenges: open.challenges + 1 }, nowMs);
    }
  }

  // ── From the transactions ────────────────────────────────────────────────────────────────────────────────────────

  /** Hands on what the transactions have to say, until they have no more. */
  #pump(nowMs: number): void {
    for (let outputs = this.#layer.take(); outputs.length > 0; outputs = this.#layer.take()) {
      for (const output of outputs) this.#hand(output, nowMs);
    }
  }

  #hand(output: TransactionOutput, nowMs: number): void {
    switch (output.name) {
      case 'send':
      case 'dropped':
        this.#outputs.push(output);
        break;
      case 'request':
        this.#receiveRequest(output, nowMs);
        break;
      case 'ack':
        this.#withDialog(output, nowMs, (call) => call.receiveAck(output.request, output.source, nowMs));
        break;
      case 'response': {
        const { transaction, response, source } = output;
        const owner = this.#owners.get(transaction);
        if (owner?.kind === 'request') this.#receiveAnswer(owner.open, response, nowMs);
        else if (owner?.kind === 'call') {
          this.#with(owner.call, nowMs, (call) => call.receiveResponse(transaction, response, source, nowMs));
        }
        break;
      }
      case 'failed': {
        const { transaction, why } = output;
        const owner = this.#owners.get(transaction);
        if (owner?.kind === 'request') this.#outputs.push({ name: 'unanswered', request: owner.open.id, why });
        else if (owner?.kind === 'call') {
          this.#with(owner.call, nowMs, (call) => call.requestFailed(transaction, why, nowMs));
        }
        break;
      }
      case 'ended': {
        const owner = this.#owners.get(output.transaction);
        this.#owners.delete(output.transaction);
        if (owner?.kind === 'call') this.#with(owner.call, nowMs, (call) => call.requestEnded(output.transaction));
        break;
      }
    }
  }

  #receiveRequest(output: Extract<TransactionOutput, { name: 'request' }>, nowMs: number): void {
    const { transaction, request, source } = output;
    const refusal: Answer | undefined =
      screenRequest(request, abilities) ?? (output.merged ? { status: 482 } : undefined);
    if (refusal !== undefined) this.#answer(transaction, request, refusal, nowMs);
    else if (request.method === 'CANCEL') this.#receiveCancel(output, nowMs);
    else if (request.method === 'MESSAGE') this.#receiveMessage(output, nowMs);
    else if (readTo(request.headers)?.params.has('tag')) {
      const found = this.#withDialog(output, nowMs, (call) => call.receive(transaction, request, source, nowMs));
      if (found === 'none') this.#answer(transaction, request, { status: 481 }, nowMs);
      else if (found === 'another') this.#answer(transaction, request, notTheFarEnd, nowMs);
    } else if (request.method === 'INVITE') this.#receiveInvite(transaction, request, source, nowMs);
    else if (request.method === 'REGISTER') this.#outputs.push({ name: 'register', transaction, request, source });
    else if (request.method === 'OPTIONS')
      this.#answer(transaction, request, { status: 200, headers: abilityHeaders }, nowMs);
    else this.#answer(transaction, request, { status: 481 }, nowMs);
  }

  /** It is nobody's part of a dialog (RFC 3428 §4), but in one it must be the far end's. */
  #receiveMessage(output: Extract<TransactionOutput, { name: 'request' }>, nowMs: number): void {
    const { transaction, request, source } = output;
    const isWithin = readTo(request.headers)?.params.has('tag') === true;
    const found = isWithin ? this.#withDialog(output, nowMs, () => undefined) : 'done';
    if (found === 'none') this.#answer(transaction, request, { status: 481 }, nowMs);
    else if (found === 'another') this.#answer(transaction, request, notTheFarEnd, nowMs);
    else this.#outputs.push({ name: 'message', transaction, request, source });
  }

  #receiveInvite(transaction: TransactionId, request: SipRequest, source: Hop, nowMs: number): void {
    if (this.#calls.size >= this.#callsMax) {
      this.#answer(transaction, request, { status: 503, headers: [['Retry-After', '10']] }, nowMs);
      return;
    }
    const id = ++this.#lastId;
    const keys = new Set<string>();
    const call = Call.take(this.#hostOf(id, keys), { transaction, request }, source, nowMs);
    if (call === undefined) return;
    this.#calls.set(id, { call, keys });
    this.#with(id, nowMs, () => undefined);
  }

  #receiveCancel(output: Extract<TransactionOutput, { name: 'request' }>, nowMs: number): void {
    const { transaction, request, source, cancels } = output;
    const waiting = [...this.#calls].find(([, { call }]) => cancels !== undefined && call.waitsFor(cancels));
    if (waiting?.[1].call.mayComeFrom(source) === false) this.#answer(transaction, request, notTheFarEnd, nowMs);
    else if (waiting !== undefined)
      this.#with(waiting[0], nowMs, (call) => call.receiveCancel(transaction, request, nowMs));
    // Known but answered already: CANCEL has no effect on it (§9.2).
    else this.#answer(transaction, request, { status: cancels === undefined ? 481 : 200 }, nowMs);
  }

  #answer(transaction: TransactionId, request: SipRequest, answer: Answer, nowMs: number): void {
    this.#layer.respond(transaction, respondTo(request, answer, this.#options.token()), nowMs);
  }

  // ── Calls and their keys ─────────────────────────────────────────────────────────────────────────────────────────

  /** Lets the call of a request act, if there is one and its far end is who sent it. */
  #withDialog(
    { request, source }: { readonly request: SipRequest; readonly source: Hop },
    nowMs: number,
    act: (call: Call) => void,
  ): 'done' | 'none' | 'another' {
    const key = dialogKeyOf(request);
    const id = key === undefined ? undefined : this.#dialogs.get(key);
    const call = id === undefined ? undefined : this.#calls.get(id)?.call;
    if (id === undefined || call === undefined) return 'none';
    if (!call.mayComeFrom(source)) return 'another';
    this.#with(id, nowMs, act);
    return 'done';
  }

  /** Lets a call act, then arms its timer or forgets it. */
  #with(id: CallId, nowMs: number, act: (call: Call) => void): void {
    const entry = this.#calls.get(id);
    if (entry === undefined) return;
    act(entry.call);
    this.#pump(nowMs);
    this.#deadlines.set(id, entry.call.deadlineMs);
    if (!entry.call.over) return;
    this.#calls.delete(id);
    this.#deadlines.delete(id);
    for (const key of entry.keys) if (this.#dialogs.get(key) === id) this.#dialogs.delete(key);
  }

  #hostOf(id: CallId, keys: Set<string>): CallHost {
    const { hopTo, localFor, token, fraction } = this.#options;
    return {
      timers: this.#timers,
      request: (request, hop, nowMs) => {
        const transaction = this.#layer.request(request, hop, nowMs);
        if (transaction !== undefined) this.#owners.set(transaction, { kind: 'call', call: id });
        return transaction;
      },
      ack: (request, hop) => this.#layer.sendAck(request, hop),
      cancel: (transaction, nowMs) => this.#layer.cancel(transaction, nowMs),
      respond: (transaction, response, nowMs) => this.#layer.respond(transaction, response, nowMs),
      emit: (event) => this.#outputs.push({ name: 'call', call: id, event }),
      own: (key) => {
        keys.add(key);
        this.#dialogs.set(key, id);
      },
      hopTo: (uri, fallback) => {
        const hop = hopTo(uri, fallback);
        if (hop === undefined) return fallback;
        // A stream to the same machine carries on, whatever port its Contact names (RFC 5923 in spirit).
        const same = hop.transport === fallback.transport && hop.address === fallback.address;
        return same && fallback.connection !== undefined ? { ...hop, connection: fallback.connection } : hop;
      },
      contact: (user, hop) => {
        const { address, port } = localFor(hop);
        const transport = hop.transport === 'udp' ? '' : `;transport=${hop.transport}`;
        return `<sip:${user === '' ? '' : `${user}@`}${bracketed(address)}:${port}${transport}>`;
      },
      authorise: (request, response, credentials) => this.#digest.authorise(request, response, credentials),
      token,
      fraction,
    };
  }
}

/** Tags are secrets, so this is a far end of several addresses rather than an intruder: it is told what is wrong. */
const notTheFarEnd: Answer = { status: 403, reason: 'Not the address of this call' };

const abilityHeaders = [
  ['Allow', allow],
  ['Supported', supported],
  ['Accept', accept],
] as const;
