/**
 * What a call has open on the wire: its requests whose transactions live, the ACKs it may have to repeat, and where the
 * far end is. It decides nothing; call.ts and call-session.ts do.
 */

import { sequenceOf } from './call-requests.ts';
import type { CallHost, CallTerms, OfferExtra } from './call-terms.ts';
import { type Dialog, nextHopUri, requestWithin } from './dialog.ts';
import type { NameAddr } from './header-values.ts';
import type { Hop } from './hop.ts';
import type { SipRequest, SipResponse } from './message.ts';
import { type Answer, respondTo } from './response.ts';
import type { TransactionId } from './transaction-layer.ts';

/** What we want to say in a re-INVITE or UPDATE as soon as the other side lets us. */
export interface Wish {
  readonly why: 'offer' | 'refresh' | 'verify' | 'speaker';
  readonly notBeforeMs: number;
  /** Of an offer; refreshes repeat what was agreed. */
  readonly sdp?: Uint8Array;
  /** Whom it names, as far as the far end can learn it. */
  readonly speaker?: NameAddr;
  readonly extra?: OfferExtra;
}

/** A request of ours whose transaction lives. */
export interface Pending {
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

/** Credentials are given so often at most: to a proxy, to the far end, and once more to either for a stale nonce. */
const challengesMax = 4;

export class CallWire {
  readonly host: CallHost;
  readonly localTag: string;
  terms: CallTerms;
  /** Where the far end was last heard from. */
  flow: Hop;
  readonly #pending = new Map<TransactionId, Pending>();
  /** By transaction and branch: for repeats of the 2xx of an INVITE. */
  readonly #acks = new Map<string, { readonly request: SipRequest; readonly hop: Hop }>();

  constructor(host: CallHost, terms: CallTerms, flow: Hop) {
    this.host = host;
    this.localTag = host.token();
    this.terms = terms;
    this.flow = flow;
  }

  /** No transaction of ours lives. */
  get idle(): boolean {
    return this.#pending.size === 0;
  }

  /** INVITE branches acknowledged so far and not forgotten. */
  get acknowledged(): number {
    return this.#acks.size;
  }

  /** Sends; false when too many transactions are running. */
  send(pending: Pending, nowMs: number): boolean {
    const transaction = this.host.request(pending.request, pending.hop, nowMs);
    if (transaction !== undefined) this.#pending.set(transaction, pending);
    return transaction !== undefined;
  }

  find(transaction: TransactionId): Pending | undefined {
    return this.#pending.get(transaction);
  }

  /** A final answer came: nothing more is owed. INVITEs that got a 2xx stay for its repeats. */
  settle(transaction: TransactionId): void {
    this.#pending.delete(transaction);
  }

  markAnswered(transaction: TransactionId, pending: Pending): void {
    this.#pending.set(transaction, { ...pending, answered: true });
  }

  /** The transaction will say no more. */
  forget(transaction: TransactionId): void {
    this.#pending.delete(transaction);
    for (const key of this.#acks.keys()) if (key.startsWith(`${transaction}|`)) this.#acks.delete(key);
  }

  /** Whether an answer to such a request is owed. */
  awaits(kind: Pending['kind']): boolean {
    for (const pending of this.#pending.values()) if (pending.kind === kind && !pending.answered) return true;
    return false;
  }

  /** Takes back every INVITE that has had no final answer: from then on its transaction ends by itself. */
  cancelInvites(nowMs: number): void {
    for (const [transaction, { request, answered }] of this.#pending) {
      if (request.method === 'INVITE' && !answered) this.host.cancel(transaction, nowMs);
    }
  }

  /** The request with credentials that a 401 or 407 asks for; undefined when it is no use to try (again). */
  authorise(pending: Pending, response: SipResponse): SipRequest | undefined {
    const { credentials } = this.terms;
    const asked = response.status === 401 || response.status === 407;
    if (!asked || credentials === undefined || pending.challenges >= challengesMax) return undefined;
    return this.host.authorise(pending.request, response, credentials);
  }

  respond(transaction: TransactionId, request: SipRequest, answer: Answer, nowMs: number): void {
    this.host.respond(transaction, respondTo(request, answer, this.localTag), nowMs);
  }

  /** ACK of a 2xx, kept under `key` for its repeats (§13.2.2.4). */
  acknowledge(key: string, dialog: Dialog, invite: SipRequest): void {
    const request = requestWithin(dialog, 'ACK', sequenceOf(invite));
    // §22.1: the credentials of the INVITE are those of its ACK.
    for (const name of ['Authorization', 'Proxy-Authorization']) {
      for (const value of invite.headers.getAll(name)) request.headers.append(name, value);
    }
    const hop = this.hopOf(dialog);
    this.#acks.set(key, { request, hop });
    this.host.ack(request, hop);
  }

  /** Repeats the ACK of a 2xx that came again; false when there was none yet. */
  acknowledgeAgain(key: string): boolean {
    const ack = this.#acks.get(key);
    if (ack !== undefined) this.host.ack(ack.request, ack.hop);
    return ack !== undefined;
  }

  hopOf(dialog: Dialog): Hop {
    return this.terms.symmetric ? this.flow : this.host.hopTo(nextHopUri(dialog), this.flow);
  }

  contact(): string {
    return `${this.host.contact(this.terms.contactUser, this.flow)}${this.terms.contactParams ?? ''}`;
  }
}
