/**
 * What a group needs to know its own voice when it comes back: the prints of what was sent to all legs at once, and which
 * legs are worth listening to. However many groups and gateways a loop passes, it returns to the group that it left, so no
 * group is compared with another. Pure.
 *
 *   what the group hears ────────▶ sent ───┐
 *   what up to two legs hear later ▶ late ─┴─▶ judged against ◀── a leg that talks while this may come back
 */
import { frameMs, type PcmFrame } from '../media/frame.ts';
import { delayMsMax, noOwner, stretchMs } from '../media/print-track.ts';
import { keptMs, SentVoice } from '../media/sent-voice.ts';
import type { Leg } from './leg.ts';
import type { PartyId } from './terms.ts';

/**
 * Legs of a process that are judged at once, so that however many talk at the same time this costs no more than 0.03 of
 * a core. One that was judged for a while with nothing found makes room if others wait.
 */
const placesMax = 32;
const turnMs = 4000;

export class LoopPlaces {
  #taken = 0;
  #wantedMs = -Infinity;

  take(nowMs: number): boolean {
    if (this.#taken < placesMax) {
      this.#taken += 1;
      return true;
    }
    this.#wantedMs = nowMs;
    return false;
  }

  release(): void {
    this.#taken -= 1;
  }

  /** Somebody has waited for a place of late. */
  isWanted(nowMs: number): boolean {
    return nowMs - this.#wantedMs < frameMs;
  }
}

/** Legs of a group whose later hearing is compared with; those of a group are late alike, since they begin together. */
const lateMax = 2;

export class GroupLoops {
  readonly #places: LoopPlaces;
  /** The group's own, and those of late legs. */
  readonly #sent: SentVoice[] = [];
  /** Whose each of them is; that of the group nobody's. */
  readonly #hearers: (Leg | undefined)[] = [];
  readonly #since = new Map<Leg, number>();
  /** When something of the last talker was sent, and of anybody else. */
  #owner = noOwner;
  #ownerMs = -Infinity;
  #othersMs = -Infinity;

  constructor(places: LoopPlaces) {
    this.#places = places;
  }

  /** A frame goes to all legs but the talkers'; a `kept` one at each leg's own pace. */
  send(
    legs: readonly Leg[],
    speaker: PartyId,
    frame: PcmFrame,
    positionMs: number,
    nowMs: number,
    kept: boolean,
  ): void {
    const owner = this.#speaks(legs, speaker, nowMs);
    if (!kept) this.#voiceOf(undefined, nowMs)?.keep(frame, positionMs, nowMs, owner);
  }

  /** A frame goes to one leg, later than to others. */
  sendLate(leg: Leg, frame: PcmFrame, nowMs: number): void {
    this.#voiceOf(leg, nowMs)?.keep(frame, nowMs, nowMs, this.#owner);
    this.#ownerMs = nowMs;
  }

  /** What may come back, as it was sent. */
  get sent(): readonly SentVoice[] {
    return this.#sent;
  }

  /** Something that was sent may still come back on this leg. */
  mayReturn(leg: Leg, nowMs: number): boolean {
    const lastMs = leg.loop?.owner === this.#owner ? this.#othersMs : Math.max(this.#ownerMs, this.#othersMs);
    return nowMs - lastMs <= delayMsMax;
  }

  /** Whether what the leg says is to be judged. Asked for every packet of it. */
  watches(leg: Leg, nowMs: number): boolean {
    const { loop } = leg;
    if (loop === undefined) return false;
    const sinceMs = this.#since.get(leg);
    const isHeardAsOwn = loop.isOwn && leg.inbound.talk === 'talking';
    const worth = leg.inbound.activity.active && !isHeardAsOwn && this.#mayStillReturn(leg, nowMs);
    if (sinceMs === undefined) {
      if (!worth || !this.#places.take(nowMs)) return false;
      this.#since.set(leg, nowMs);
      return true;
    }
    const turnIsOver = nowMs - sinceMs > turnMs && !loop.suspects && this.#places.isWanted(nowMs);
    if (worth && !turnIsOver) return true;
    this.leave(leg);
    return false;
  }

  leave(leg: Leg): void {
    if (this.#since.delete(leg)) this.#places.release();
  }

  /** Nobody is judged any more, those that look on among them. */
  close(): void {
    for (const leg of [...this.#since.keys()]) this.leave(leg);
  }

  /** As `mayReturn`, until a stretch of it would have been compared. */
  #mayStillReturn(leg: Leg, nowMs: number): boolean {
    return this.mayReturn(leg, nowMs - stretchMs);
  }

  /** Where what `leg` hears is kept, undefined being all who hear it at once. */
  #voiceOf(leg: Leg | undefined, nowMs: number): SentVoice | undefined {
    let at = this.#hearers.indexOf(leg);
    const late = this.#sent.length - Number(this.#hearers.includes(undefined));
    if (at < 0 && (leg === undefined || late < lateMax)) at = this.#sent.push(new SentVoice()) - 1;
    if (at < 0)
      at = this.#sent.findIndex((voice, n) => this.#hearers[n] !== undefined && nowMs - voice.lastMs > keptMs);
    if (at < 0) return undefined;
    this.#hearers[at] = leg;
    return this.#sent[at];
  }

  #speaks(legs: readonly Leg[], speaker: PartyId, nowMs: number): number {
    let owner = noOwner;
    for (const { id, loop } of legs) {
      if (id === speaker) owner = loop?.suspects === true ? noOwner : (loop?.owner ?? noOwner);
      else loop?.sent(frameMs, nowMs);
    }
    if (owner !== this.#owner) {
      this.#othersMs = this.#ownerMs;
      this.#owner = owner;
    }
    this.#ownerMs = nowMs;
    return owner;
  }
}
