/**
 * Loops through the legs of a shared group: which of them are judged, what follows for one on which our voice came back,
 * and who has to prove that his voice is his own before he gets the floor.
 */
import type { PcmFrame } from '../media/frame.ts';
import { delayMsMax } from '../media/print-track.ts';
import type { GroupCore } from './group-core.ts';
import { GroupLoops, type LoopPlaces } from './group-loops.ts';
import type { Leg } from './leg.ts';
import { LegLoop } from './leg-loop.ts';
import type { LoopSettings } from './terms.ts';

export class LoopWatch {
  readonly #group: GroupCore;
  readonly #places: LoopPlaces;
  #settings: LoopSettings | undefined;
  #loops: GroupLoops | undefined;
  #legsMade = 0;

  constructor(group: GroupCore, settings: LoopSettings | undefined, places: LoopPlaces) {
    this.#group = group;
    this.#places = places;
    this.update(settings);
  }

  /** Undefined where loops are not looked for. */
  get loops(): GroupLoops | undefined {
    return this.#loops;
  }

  /** From now on they are looked for, or no more; what a leg was found to be it stays until it is called anew. */
  update(settings: LoopSettings | undefined): void {
    this.#settings = settings;
    if ((settings === undefined) === (this.#loops === undefined)) return;
    this.#loops?.close();
    for (const leg of this.#group.legs) leg.inbound.watch(false);
    this.#loops = settings && new GroupLoops(this.#places);
  }

  newLoop(sideToneMs = 0): LegLoop | undefined {
    return this.#settings && new LegLoop(++this.#legsMade, this.#settings, sideToneMs);
  }

  /** A datagram of a leg came: is what it says to be judged? */
  look(leg: Leg, nowMs: number): void {
    if (this.#loops !== undefined) leg.inbound.watch(this.#loops.watches(leg, nowMs));
  }

  /** What a leg says, heard or not, while it may be what we sent: if it is, the leg is isolated. */
  hear(leg: Leg, frame: PcmFrame, positionMs: number, nowMs: number): void {
    const { loop } = leg;
    if (loop === undefined || this.#loops === undefined || !leg.inbound.watched || this.#isUrgent(leg, nowMs)) return;
    const before = loop.isolated;
    if (!loop.hear(frame, positionMs, nowMs, this.#loops.sent)) return;
    this.#keepOut(leg, frame, nowMs);
    if (!before) this.#say(leg, true);
    this.#group.publish(leg);
    this.#group.wake(leg.dueMs);
  }

  /** What might be ours ends before it can be judged. True: it is unlike what came back before. */
  endsAsOwn(leg: Leg, nowMs: number): boolean {
    const { loop, inbound } = leg;
    if (this.#loops === undefined || loop === undefined || !loop.wary || inbound.talk !== 'guarded') return false;
    return loop.endsAsOwn(this.#loops.sent, nowMs);
  }

  /** A leg on which our voice came back: what it says now may be ours, and has not been recognised as its own. */
  mustProve(leg: Leg, nowMs: number): boolean {
    const { loop } = leg;
    if (loop === undefined || !loop.wary || loop.isOwn) return false;
    return this.#loops?.mayReturn(leg, nowMs) === true && !this.#isUrgent(leg, nowMs);
  }

  tick(leg: Leg, nowMs: number): void {
    const { loop } = leg;
    if (loop === undefined || nowMs < loop.dueMs) return;
    loop.tick(nowMs);
    this.#say(leg, loop.isolated);
    this.#group.publish(leg);
  }

  /** Its call ended. */
  disconnect(leg: Leg): void {
    this.#loops?.leave(leg);
  }

  /** It is no leg of the group any more. */
  remove(leg: Leg): void {
    if (leg.loop?.isolated) this.#say(leg, false);
  }

  /** Its talk has no floor and asks for none; if a talker of its own follows, he is heard from his first word on. */
  #keepOut(leg: Leg, frame: PcmFrame, nowMs: number): void {
    const { inbound } = leg;
    inbound.keepLonger(delayMsMax);
    if (inbound.talk === 'guarded') return;
    this.#group.join(leg, nowMs, true);
    this.#group.join(leg, nowMs);
    if (leg.signalled) inbound.become('blocked');
    else {
      leg.guard(nowMs);
      leg.outlastsGuard(nowMs); // kept from this frame on, unless we send
      if (inbound.keeps) inbound.keep(frame);
    }
    this.#group.publish(leg);
  }

  #say({ id, loop }: Leg, isolated: boolean): void {
    if (loop === undefined) return;
    const { delayMs, likeness, times } = loop;
    this.#group.report({ name: 'loop', leg: id, group: this.#group.id, isolated, delayMs, likeness, times });
  }

  /** Nobody in distress is taken for a loop. */
  #isUrgent(leg: Leg, nowMs: number): boolean {
    const { holder } = this.#group.floor;
    return leg.inEmergency(nowMs) || (holder?.party === leg.id && holder.emergency);
  }
}
