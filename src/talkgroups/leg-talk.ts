/**
 * What the far ends of a group's legs do (activity.ts, keys, a radio's word), as wishes for the floor and their end. Guard
 * and loops stand between: what may be an echo or our own voice asks for nothing.
 */
import type { PcmFrame } from '../media/frame.ts';
import type { Edge } from './activity.ts';
import type { GroupCore } from './group-core.ts';
import type { GroupProof } from './group-proof.ts';
import type { Leg } from './leg.ts';
import type { LoopWatch } from './loop-watch.ts';
import type { RadioState } from './radio-line.ts';
import type { PathGroup } from './voice-path.ts';

export interface LegTalkPort {
  /** Asks for the floor in the name of a leg, with its own priority. */
  readonly request: (leg: Leg, emergency: boolean, nowMs: number) => void;
  /** A frame of a leg that may be heard. */
  readonly hear: PathGroup['onFrame'];
}

export class LegTalk implements PathGroup {
  readonly onFrame: PathGroup['onFrame'];
  readonly #group: GroupCore;
  readonly #proof: GroupProof;
  readonly #loops: LoopWatch;
  readonly #port: LegTalkPort;

  constructor(group: GroupCore, proof: GroupProof, loops: LoopWatch, port: LegTalkPort) {
    this.#group = group;
    this.#proof = proof;
    this.#loops = loops;
    this.#port = port;
    this.onFrame = port.hear;
  }

  onEdge(leg: Leg, edge: Edge, nowMs: number): void {
    // A talk too short to be judged is heard now.
    if (edge === 'fall' && this.#loops.endsAsOwn(leg, nowMs)) this.#port.request(leg, false, nowMs);
    if (edge !== undefined) leg.loop?.startOver();
    if (edge === 'rise') this.#onRise(leg, nowMs);
    else if (edge === 'fall') {
      this.#withdraw(leg, nowMs);
      leg.out.ownTalkEnded(nowMs);
    } else return;
    this.#group.publish(leg);
  }

  onTalk(leg: Leg, nowMs: number): void {
    leg.inbound.spokeMs = nowMs;
    if (!leg.outlastsGuard(nowMs) || this.#loops.mustProve(leg, nowMs)) return;
    this.#port.request(leg, false, nowMs);
    this.#group.publish(leg);
  }

  onKey(leg: Leg, digit: string, nowMs: number): void {
    leg.out.key(digit, nowMs);
    if (digit === leg.settings.keyIn.emergency) this.onEmergency(leg, nowMs);
    else this.onEdge(leg, leg.inbound.activity.key(digit, nowMs), nowMs);
  }

  /** The floor at once, for the talk under way or the one that follows; without any it is free again after the lease. */
  onEmergency(leg: Leg, nowMs: number): void {
    const { activity, talk } = leg.inbound;
    leg.raiseEmergency(nowMs);
    this.#proof.person(leg, nowMs);
    if (leg.settings.keyIn.mode === 'telephone-event') activity.key(leg.settings.keyIn.on, nowMs);
    if (leg.settings.keyIn.mode === 'extension') activity.extension(true);
    if (talk === 'quiet') leg.inbound.keepOnset();
    this.#port.request(leg, true, nowMs);
    this.#group.publish(leg);
  }

  onRadio(leg: Leg, state: RadioState): void {
    this.#group.report({ name: 'radio', leg: leg.id, ...state });
  }

  onVoice(leg: Leg, frame: PcmFrame, positionMs: number, nowMs: number): void {
    if (this.#proof.isUnderWay) this.#proof.hear(leg, frame, positionMs, nowMs);
    else this.#loops.hear(leg, frame, positionMs, nowMs);
  }

  #onRise(leg: Leg, nowMs: number): void {
    const { inbound } = leg;
    if (inbound.talk === 'talking') return; // its network had asked before the first packet came
    if (leg.signalled) {
      if (inbound.talk === 'quiet') inbound.become('blocked');
    } else if (leg.mustGuard(nowMs) || this.#loops.mustProve(leg, nowMs)) leg.guard(nowMs);
    else {
      inbound.keepOnset();
      this.#port.request(leg, leg.inEmergency(nowMs), nowMs);
    }
  }

  /** A leg no longer talks: its wish and its floor go with it. */
  #withdraw(leg: Leg, nowMs: number): void {
    const { talk } = leg.inbound;
    leg.endEmergency();
    if (!leg.signalled && talk !== 'quiet' && talk !== 'guarded')
      this.#group.feed({ name: 'release', party: leg.id }, nowMs);
    if (!leg.signalled || leg.inbound.talk !== 'talking') leg.inbound.become('quiet');
  }
}
