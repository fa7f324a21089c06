/** The proof of lines that runs in a shared group, if one does: line-proof.ts on its floor. */
import type { PcmFrame } from '../media/frame.ts';
import { type GroupCore, gatewayMember, legOf } from './group-core.ts';
import type { Leg } from './leg.ts';
import { LineProof } from './line-proof.ts';
import { announcementParty, type LegId, type LineProofEnd, type LineProofOrder } from './terms.ts';

export class GroupProof {
  readonly #group: GroupCore;
  #proof: LineProof | undefined;

  constructor(group: GroupCore) {
    this.#group = group;
  }

  /** Sounds a tone on one leg and listens on all, in a group where nobody else is; ends at once when a person talks. */
  begin(order: LineProofOrder, nowMs: number): void {
    const { id, floor } = this.#group;
    const isGone = legOf(this.#group, order.leg)?.connected !== true;
    const isBusy = this.#proof !== undefined || floor.holder !== undefined;
    const proof = new LineProof(order, nowMs);
    if (isGone || isBusy) {
      this.#group.report({ name: 'proved', ...proof.report(id, isGone ? 'gone' : 'busy') });
      return;
    }
    this.#proof = proof;
    this.#group.feed({ name: 'join', member: gatewayMember }, nowMs);
    const wish = { priority: 14, emergency: false, patient: true };
    this.#group.feed({ name: 'request', party: announcementParty, ...wish }, nowMs);
    this.#group.wake(proof.dueMs);
  }

  /** The group is no more. */
  close(nowMs: number): void {
    if (this.#proof !== undefined) this.#end(this.#proof, 'gone', nowMs);
  }

  get isUnderWay(): boolean {
    return this.#proof !== undefined;
  }

  get dueMs(): number {
    return this.#proof?.dueMs ?? Infinity;
  }

  /** When it last held the floor; undefined: none is under way. */
  get talkMs(): number | undefined {
    return this.#proof?.talkMs;
  }

  /** The leg on which it sounds; undefined: none is under way. */
  get leg(): LegId | undefined {
    return this.#proof?.order.leg;
  }

  /** Its network says that somebody talks there: who that is shows in what he says, which goes to nobody. */
  letHear(leg: Leg, asked: { readonly emergency?: boolean; readonly requestId?: number }, nowMs: number): void {
    const { emergency, requestId } = asked;
    if (emergency === true) {
      this.person(leg, nowMs);
      this.#group.wake(this.dueMs);
      return;
    }
    const numbered = requestId === undefined ? {} : { requestId };
    const answer = { result: 'granted', talkLimitMs: this.#group.floor.rules.talkLimitMs } as const;
    this.#group.answer({ name: 'answer', party: leg.id, ...numbered, answer }, nowMs);
  }

  /** A person has keyed there. */
  person(leg: Leg, nowMs: number): void {
    this.#proof?.person(leg.id, nowMs);
  }

  /** A frame that a leg says. */
  hear(leg: Leg, frame: PcmFrame, positionMs: number, nowMs: number): void {
    this.#proof?.hear(leg.id, frame, positionMs, nowMs);
    this.#group.wake(this.dueMs);
  }

  tick(nowMs: number): void {
    const proof = this.#proof;
    if (proof === undefined || proof.dueMs > nowMs) return;
    const leg = legOf(this.#group, proof.order.leg);
    const end = proof.tick(nowMs, leg?.out.isDirect(nowMs) === true, (frame) => {
      leg?.out.hear(frame, nowMs);
      this.#group.taps.get(announcementParty)?.hearFrame(frame, nowMs, nowMs);
    });
    if (leg?.connected !== true) this.#end(proof, 'gone', nowMs);
    else if (this.#group.floor.holder?.party !== announcementParty) this.#end(proof, 'person', nowMs);
    else if (end !== undefined) this.#end(proof, end, nowMs);
  }

  #end(proof: LineProof, end: LineProofEnd, nowMs: number): void {
    this.#proof = undefined;
    for (const { id, inbound } of this.#group.legs) {
      inbound.watch(false);
      if (inbound.talk === 'talking') {
        const answer = { result: 'revoked', cause: 'cancelled' } as const;
        this.#group.answer({ name: 'answer', party: id, answer }, nowMs);
      }
      inbound.become(inbound.activity.active ? 'blocked' : 'quiet');
    }
    this.#group.feed({ name: 'release', party: announcementParty }, nowMs);
    this.#group.report({ name: 'proved', ...proof.report(this.#group.id, end) });
  }
}
