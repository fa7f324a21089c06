/**
 * All transactions of one user agent: finds the one that a message belongs to, runs the four machines, keeps count.
 *
 * Pure: messages and time in, outputs out, in order. A request's top Via is written here, since its branch is what
 * answers are matched by. The number of transactions is bounded; what comes beyond is turned away, not queued.
 *
 * Standards: RFC 3261 §17.1.3, §17.2.3 (matching, with the RFC 2543 rule for branches without the cookie), §8.2.2.2
 * (merged requests), §9 (CANCEL), §18; RFC 3581; RFC 6026.
 * Driven by: user-agent.ts.
 */
import { DeadlineQueue } from './deadline-queue.ts';
import { formatCSeq, formatVia } from './header-values.ts';
import { readCallId, readCSeq, readFrom, readTo, readTopVia, readVias } from './headers.ts';
import { type Hop, isReliable } from './hop.ts';
import { noBody, SipHeaders, type SipMessage, type SipRequest, type SipResponse } from './message.ts';
import { bracketed, respondTo, responseHop, stampVia } from './response.ts';
import { rfcTimers, type SipTimers, type TransactionContext } from './timers.ts';
import { type ClientEvent, type ClientState, clientDeadlineMs, startClient, stepClient } from './transaction-client.ts';
import {
  type InviteClientEvent,
  type InviteClientState,
  inviteClientDeadlineMs,
  startInviteClient,
  stepInviteClient,
} from './transaction-invite-client.ts';
import {
  type InviteServerEvent,
  type InviteServerState,
  inviteServerDeadlineMs,
  startInviteServer,
  stepInviteServer,
} from './transaction-invite-server.ts';
import { type ServerEvent, type ServerState, serverDeadlineMs, startServer, stepServer } from './transaction-server.ts';
import { formatUri } from './uri.ts';

export type TransactionId = number;

export type TransactionOutput =
  | { readonly name: 'send'; readonly hop: Hop; readonly message: SipMessage }
  /** A request seen for the first time; every one is to be answered. */
  | {
      readonly name: 'request';
      readonly transaction: TransactionId;
      readonly request: SipRequest;
      readonly source: Hop;
      /** For CANCEL: the INVITE it means. */
      readonly cancels?: TransactionId;
      /** The same request came over another path before (§8.2.2.2), or it is ours, come back: 482. */
      readonly merged: boolean;
    }
  /** ACK of a 2xx: it has no transaction. */
  | { readonly name: 'ack'; readonly request: SipRequest; readonly source: Hop }
  | {
      readonly name: 'response';
      readonly transaction: TransactionId;
      readonly response: SipResponse;
      readonly source: Hop;
    }
  /** No final answer in time (counts as 408), or the transport failed (counts as 503), §8.1.3.1. */
  | { readonly name: 'failed'; readonly transaction: TransactionId; readonly why: 'timeout' | 'unreachable' }
  /** The client transaction will say no more. */
  | { readonly name: 'ended'; readonly transaction: TransactionId }
  | { readonly name: 'dropped'; readonly reason: 'stray-response' | 'malformed' | 'overload' };

type Machine =
  | { readonly kind: 'inviteClient'; state: InviteClientState }
  | { readonly kind: 'client'; state: ClientState }
  | { readonly kind: 'inviteServer'; state: InviteServerState }
  | { readonly kind: 'server'; state: ServerState };

interface Transaction {
  readonly id: TransactionId;
  readonly key: string;
  readonly mergeKey: string | undefined;
  readonly machine: Machine;
  readonly request: SipRequest;
  /** Where requests go, or where answers go. */
  readonly hop: Hop;
  readonly context: TransactionContext;
}

export interface TransactionLayerOptions {
  /** Our own address as a far end at `hop` sees it: sent-by of Via. */
  readonly localFor: (hop: Hop) => { readonly address: string; readonly port: number };
  /** Unique text for branches; unguessable in a running gateway. */
  readonly token: () => string;
  readonly timers?: SipTimers;
  /** Bound of each kind, client and server. */
  readonly transactionsMax?: number;
}

const cookie = 'z9hG4bK';

export class TransactionLayer {
  readonly #options: TransactionLayerOptions;
  readonly #timers: SipTimers;
  readonly #max: number;
  readonly #byId = new Map<TransactionId, Transaction>();
  readonly #clients = new Map<string, Transaction>();
  readonly #servers = new Map<string, Transaction>();
  /** Requests without a To tag by From tag, Call-ID and CSeq: the same on another path is a merged one. */
  readonly #merging = new Map<string, TransactionId>();
  readonly #deadlines = new DeadlineQueue<Transaction>();
  #outputs: TransactionOutput[] = [];
  #lastId = 0;

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
    this.#timers = options.timers ?? rfcTimers;
    this.#max = options.transactionsMax ?? 4096;
  }

  /** Transactions alive, of both kinds. */
  get size(): number {
    return this.#byId.size;
  }

  /** When `tick` is owed; Infinity when nothing is pending. */
  get deadlineMs(): number {
    return this.#deadlines.nextMs;
  }

  /** Takes what is to be done since the last call, in order. */
  take(): readonly TransactionOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  receive(message: SipMessage, source: Hop, nowMs: number): void {
    if (message.kind === 'response') this.#receiveResponse(message, source, nowMs);
    else this.#receiveRequest(stampVia(message, source), source, nowMs);
  }

  /**
   * Begins a client transaction for a request without Via. Undefined when too many are running. `timers` replace the
   * usual ones, for probes that must be quick.
   */
  request(request: SipRequest, hop: Hop, nowMs: number, timers?: SipTimers): TransactionId | undefined {
    const branch = cookie + this.#options.token();
    return this.#startClient(this.#withVia(request, hop, branch), branch, hop, nowMs, timers ?? this.#timers);
  }

  /** Sends the ACK of a 2xx, which belongs to no transaction (§13.2.2.4). */
  sendAck(request: SipRequest, hop: Hop): void {
    this.#outputs.push({
      name: 'send',
      hop,
      message: this.#withVia(request, hop, cookie + this.#options.token()),
    });
  }

  /**
   * Sends CANCEL for an INVITE that has had a provisional answer. Before one CANCEL must not go out (§9.1): then false,
   * the INVITE is no longer repeated, and the caller cancels again should a provisional answer come. The INVITE's end
   * (487, or silence for 64·T1) is reported as that of the INVITE.
   */
  cancel(id: TransactionId, nowMs: number): boolean {
    const invite = this.#byId.get(id);
    if (invite?.machine.kind !== 'inviteClient') return false;
    const ringing = invite.machine.state.name === 'proceeding';
    this.#step(invite, { name: 'cancelled' }, nowMs);
    if (!ringing) return false;
    const branch = readTopVia(invite.request.headers)?.params.get('branch') ?? '';
    this.#startClient(sameHopRequest(invite.request, 'CANCEL', undefined), branch, invite.hop, nowMs, this.#timers);
    return true;
  }

  /** Answers a request; nothing happens if its transaction is over or has had its final answer. */
  respond(id: TransactionId, response: SipResponse, nowMs: number): void {
    const transaction = this.#byId.get(id);
    if (transaction !== undefined && !isClient(transaction)) {
      this.#step(transaction, { name: 'respond', response }, nowMs);
    }
  }

  /** Stops repeating a request that nobody waits for any more; a late answer to it is a stray. */
  abandon(id: TransactionId): void {
    const transaction = this.#byId.get(id);
    if (transaction?.machine.kind === 'client') this.#remove(transaction);
  }

  /** The transport could not reach this far end (ICMP, refused or broken connection). */
  unreachable(hop: Hop, nowMs: number): void {
    for (const transaction of [...this.#byId.values()]) {
      const { address, port, transport, connection } = transaction.hop;
      const same = address === hop.address && port === hop.port && transport === hop.transport;
      if (same || (connection !== undefined && connection === hop.connection)) {
        this.#step(transaction, { name: 'unreachable' }, nowMs);
      }
    }
  }

  /** Runs every timer that is due. */
  tick(nowMs: number): void {
    for (let due = this.#deadlines.take(nowMs); due !== undefined; due = this.#deadlines.take(nowMs)) {
      this.#step(due, { name: 'tick' }, nowMs);
    }
  }

  #receiveResponse(response: SipResponse, source: Hop, nowMs: number): void {
    const branch = readTopVia(response.headers)?.params.get('branch');
    const method = readCSeq(response.headers)?.method;
    const transaction = this.#clients.get(`${branch}|${method}`);
    if (transaction === undefined) {
      this.#outputs.push({ name: 'dropped', reason: 'stray-response' });
      return;
    }
    const { machine } = transaction;
    const kind = response.status < 200 ? 'provisional' : response.status < 300 ? 'success' : 'failure';
    if (machine.kind === 'inviteClient') this.#step(transaction, { name: kind, response }, nowMs, source);
    else {
      this.#step(transaction, { name: kind === 'provisional' ? kind : 'final', response }, nowMs, source);
    }
  }

  #receiveRequest(request: SipRequest, source: Hop, nowMs: number): void {
    const key = serverKey(request, request.method === 'ACK' ? 'INVITE' : request.method);
    if (key === undefined) {
      this.#outputs.push({ name: 'dropped', reason: 'malformed' });
      return;
    }
    const known = this.#servers.get(key);
    if (request.method === 'ACK') {
      if (known === undefined) this.#outputs.push({ name: 'ack', request, source });
      else this.#step(known, { name: 'ack', request }, nowMs, source);
    } else if (known !== undefined) this.#step(known, { name: 'repeat' }, nowMs, source);
    else if (this.#servers.size >= this.#max) this.#outputs.push({ name: 'dropped', reason: 'overload' });
    else this.#startServer(request, key, source, nowMs);
  }

  #startServer(request: SipRequest, key: string, source: Hop, nowMs: number): void {
    const hop = responseHop(request, source);
    const context = { timers: this.#timers, reliable: isReliable(hop) };
    const mergeKey = request.method === 'CANCEL' ? undefined : mergeKeyOf(request);
    const merged = mergeKey !== undefined && this.#merging.has(mergeKey);
    const transaction: Transaction = {
      id: ++this.#lastId,
      key,
      mergeKey: merged ? undefined : mergeKey,
      machine:
        request.method === 'INVITE'
          ? { kind: 'inviteServer', state: startInviteServer(nowMs) }
          : { kind: 'server', state: startServer(context, nowMs) },
      request,
      hop,
      context,
    };
    this.#byId.set(transaction.id, transaction);
    this.#servers.set(key, transaction);
    if (transaction.mergeKey !== undefined) this.#merging.set(transaction.mergeKey, transaction.id);
    this.#deadlines.set(transaction, deadlineMsOf(transaction.machine));
    const target = request.method === 'CANCEL' ? this.#servers.get(serverKey(request, 'INVITE') ?? '') : undefined;
    this.#outputs.push({
      name: 'request',
      transaction: transaction.id,
      request,
      source,
      ...(target !== undefined && { cancels: target.id }),
      merged: merged || this.#isOurs(request),
    });
  }

  /** A request of our own that a proxy has sent back to us: one of its Vias is that of a transaction of ours (§16.3 item 4). */
  #isOurs({ headers, method }: SipRequest): boolean {
    return readVias(headers).some(({ params }) => this.#clients.has(`${params.get('branch')}|${method}`));
  }

  #startClient(
    request: SipRequest,
    branch: string,
    hop: Hop,
    nowMs: number,
    timers: SipTimers,
  ): TransactionId | undefined {
    if (this.#clients.size >= this.#max) {
      this.#outputs.push({ name: 'dropped', reason: 'overload' });
      return undefined;
    }
    const context = { timers, reliable: isReliable(hop) };
    const machine: Machine =
      request.method === 'INVITE'
        ? { kind: 'inviteClient', state: startInviteClient(context, nowMs).state }
        : { kind: 'client', state: startClient(context, nowMs).state };
    const id = ++this.#lastId;
    const transaction: Transaction = {
      id,
      key: `${branch}|${request.method}`,
      mergeKey: undefined,
      machine,
      request,
      hop,
      context,
    };
    this.#byId.set(id, transaction);
    this.#clients.set(transaction.key, transaction);
    this.#deadlines.set(transaction, deadlineMsOf(machine));
    this.#outputs.push({ name: 'send', hop, message: request });
    return id;
  }

  /** One event into one machine: keeps its state, performs its actions, arms its timer or ends it. */
  #step(transaction: Transaction, event: AnyEvent, nowMs: number, source = transaction.hop): void {
    const { machine } = transaction;
    for (const action of feed(machine, event, transaction.context, nowMs)) {
      if (action.name === 'deliverAck') {
        if (event.name === 'ack') this.#outputs.push({ name: 'ack', request: event.request, source });
      } else this.#perform(transaction, action, source);
    }
    if (machine.state.name === 'terminated') this.#remove(transaction);
    else this.#deadlines.set(transaction, deadlineMsOf(machine));
  }

  #perform(transaction: Transaction, action: AnyAction, source: Hop): void {
    const { id, hop, request } = transaction;
    switch (action.name) {
      case 'sendRequest':
        this.#outputs.push({ name: 'send', hop, message: request });
        break;
      case 'sendAck':
        this.#outputs.push({ name: 'send', hop, message: sameHopRequest(request, 'ACK', action.response) });
        break;
      case 'sendTrying':
        this.#outputs.push({ name: 'send', hop, message: respondTo(request, { status: 100 }, undefined) });
        break;
      case 'send':
        this.#outputs.push({ name: 'send', hop, message: action.response });
        break;
      case 'deliver':
        this.#outputs.push({ name: 'response', transaction: id, response: action.response, source });
        break;
      case 'timeout':
      case 'unreachable':
        this.#outputs.push({ name: 'failed', transaction: id, why: action.name });
        break;
    }
  }

  #remove(transaction: Transaction): void {
    if (!this.#byId.delete(transaction.id)) return;
    this.#deadlines.delete(transaction);
    if (transaction.mergeKey !== undefined) this.#merging.delete(transaction.mergeKey);
    (isClient(transaction) ? this.#clients : this.#servers).delete(transaction.key);
    if (isClient(transaction)) this.#outputs.push({ name: 'ended', transaction: transaction.id });
  }

  #withVia(request: SipRequest, hop: Hop, branch: string): SipRequest {
    const local = this.#options.localFor(hop);
    const headers = request.headers.clone();
    const via = formatVia({
      transport: hop.transport.toUpperCase(),
      host: bracketed(local.address),
      port: local.port,
      params: new Map([
        ['branch', branch],
        ['rport', undefined],
      ]),
    });
    headers.prepend('Via', via);
    return { ...request, headers };
  }
}

type AnyEvent = InviteClientEvent | ClientEvent | InviteServerEvent | ServerEvent;
type AnyAction = ReturnType<typeof feed>[number];

/** Every machine is fed only what its kind knows: responses to clients, repeats and answers to servers. */
function feed(machine: Machine, event: AnyEvent, context: TransactionContext, nowMs: number) {
  switch (machine.kind) {
    case 'inviteClient': {
      const step = stepInviteClient(machine.state, event as InviteClientEvent, context, nowMs);
      machine.state = step.state;
      return step.actions;
    }
    case 'client': {
      const step = stepClient(machine.state, event as ClientEvent, context, nowMs);
      machine.state = step.state;
      return step.actions;
    }
    case 'inviteServer': {
      const step = stepInviteServer(machine.state, event as InviteServerEvent, context, nowMs);
      machine.state = step.state;
      return step.actions;
    }
    case 'server': {
      const step = stepServer(machine.state, event as ServerEvent, context, nowMs);
      machine.state = step.state;
      return step.actions;
    }
  }
}

function isClient({ machine }: Transaction): boolean {
  return machine.kind === 'client' || machine.kind === 'inviteClient';
}

function deadlineMsOf(machine: Machine): number {
  switch (machine.kind) {
    case 'inviteClient':
      return inviteClientDeadlineMs(machine.state);
    case 'client':
      return clientDeadlineMs(machine.state);
    case 'inviteServer':
      return inviteServerDeadlineMs(machine.state);
    case 'server':
      return serverDeadlineMs(machine.state);
  }
}

/** ACK of a refusal (§17.1.1.3) or CANCEL (§9.1): the INVITE's own Request-URI, top Via, Route and CSeq number. */
function sameHopRequest(invite: SipRequest, method: 'ACK' | 'CANCEL', response: SipResponse | undefined): SipRequest {
  const headers = new SipHeaders();
  const [via] = invite.headers.getAll('Via');
  if (via !== undefined) headers.append('Via', via);
  headers.append('Max-Forwards', '70');
  for (const route of invite.headers.getAll('Route')) headers.append('Route', route);
  for (const name of ['From', 'To', 'Call-ID'] as const) {
    const value = (name === 'To' ? response?.headers.get('To') : undefined) ?? invite.headers.get(name);
    if (value !== undefined) headers.append(name, value);
  }
  const sequence = readCSeq(invite.headers)?.sequence ?? 0;
  headers.append('CSeq', formatCSeq({ sequence, method }));
  // Credentials of the INVITE are accepted for its CANCEL and ACK (§22.1).
  for (const name of ['Authorization', 'Proxy-Authorization']) {
    for (const value of invite.headers.getAll(name)) headers.append(name, value);
  }
  return { kind: 'request', method, uri: invite.uri, headers, body: noBody };
}

/** §17.2.3; undefined when a part is missing that every request must have. */
function serverKey(request: SipRequest, method: string): string | undefined {
  const via = readTopVia(request.headers);
  if (via === undefined) return undefined;
  const branch = via.params.get('branch');
  const sentBy = `${via.host}:${via.port ?? ''}`;
  if (branch?.startsWith(cookie) && branch.length > cookie.length) return `${branch}|${sentBy}|${method}`;
  const callId = readCallId(request.headers);
  const sequence = readCSeq(request.headers)?.sequence;
  const from = readFrom(request.headers)?.params.get('tag') ?? '';
  if (callId === undefined || sequence === undefined) return undefined;
  // The To tag is left out: the ACK of a refusal has the tag that our answer put there.
  return `2543|${formatUri(request.uri)}|${callId}|${sequence}|${from}|${sentBy}|${branch ?? ''}|${method}`;
}

function mergeKeyOf(request: SipRequest): string | undefined {
  const cseq = readCSeq(request.headers);
  const tag = readFrom(request.headers)?.params.get('tag');
  const callId = readCallId(request.headers);
  if (readTo(request.headers)?.params.has('tag') || cseq === undefined || callId === undefined) return undefined;
  return `${callId}|${cseq.sequence} ${cseq.method}|${tag ?? ''}`;
}
