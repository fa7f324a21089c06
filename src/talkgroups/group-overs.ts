/**
 * Overs of a shared group from the grant to the report: their numbers, what is kept of them on tape, what of them no leg
 * got (over-log.ts), and whether whoever said them had more to say (cut-tone.ts).
 */
import { frameMs } from '../media/frame.ts';
import { cutTone, isCut, UnsaidEnds } from './cut-tone.ts';
import type { Grant } from './floor.ts';
import type { GroupCore } from './group-core.ts';
import { OverLog } from './over-log.ts';
import { announcementParty, type LegId, type OverEnd, type OverReport, type PartyId } from './terms.ts';
import type { OverTap, VoiceTap } from './voice-tape.ts';

export interface OversPort {
  /** UTC, ms since 1970. */
  readonly utcMs: (nowMs: number) => number;
  /** Number of the next over, larger than any before. */
  readonly nextOver: () => number;
  /** Where all that is said goes besides; absent: nowhere. */
  readonly tap?: VoiceTap;
  /** An over is done, and every leg with it. */
  readonly reported: (report: OverReport) => void;
}

export class GroupOvers {
  readonly taps = new Map<PartyId, OverTap>();
  /** Whose packets have just stopped, by which alone it is known that he ended. */
  fallsSilent: LegId | undefined;
  readonly #group: Pick<GroupCore, 'id' | 'legs' | 'report' | 'floor'>;
  readonly #port: OversPort;
  readonly #log: OverLog;
  /** Who has been heard in his over. */
  readonly #spoken = new Set<PartyId>();
  readonly #unsaid = new UnsaidEnds();
  #last = 0;

  constructor(group: Pick<GroupCore, 'id' | 'legs' | 'report' | 'floor'>, port: OversPort) {
    this.#group = group;
    this.#port = port;
    this.#log = new OverLog(group.id, port.reported);
  }

  begin(grant: Grant, isExercise: boolean, nowMs: number): void {
    const over = this.#port.nextOver();
    this.#last = over;
    this.#spoken.delete(grant.party);
    if (this.#port.tap !== undefined) {
      // Nobody in distress is filed under exercises.
      const exercise = isExercise && !grant.emergency;
      const about = { group: this.#group.id, over, party: grant.party, exercise };
      this.taps.set(grant.party, this.#port.tap.begin(about, nowMs));
    }
    this.#log.begin(over, grant, this.#group.legs, nowMs, this.#port.utcMs(nowMs));
  }

  /** Something of a party was heard. */
  spoke(party: PartyId): void {
    this.#spoken.add(party);
  }

  /** Whether he was heard and had more to say. */
  end(grant: Grant, end: OverEnd, nowMs: number): boolean {
    const isTold = grant.party !== announcementParty && !this.#isCall;
    const cut = isCut(end) && isTold && this.#spoken.has(grant.party);
    this.#noteEnd(grant.party, end, cut, nowMs);
    const tap = this.taps.get(grant.party);
    if (cut) for (const [index, frame] of cutTone.entries()) tap?.hearFrame(frame, index * frameMs, nowMs);
    tap?.end(nowMs, end);
    this.taps.delete(grant.party);
    this.#log.end(grant, end, nowMs);
    return cut;
  }

  /** The far end of a leg is dead: what seemed to be the end of its talk was none. True: nobody has talked since. */
  endedCut(leg: LegId, nowMs: number): boolean {
    const over = this.#unsaid.takeCut(leg, nowMs);
    if (over === undefined || this.#isCall) return false;
    this.#log.amend(over, 'left');
    this.#port.tap?.amend(over, 'left');
    this.#group.report({ name: 'cut', group: this.#group.id, over, party: leg, end: 'left', late: true });
    return over === this.#last && this.#group.floor.holder === undefined;
  }

  /** Its far end is alive, or not ours any more. */
  alive(leg: LegId): void {
    this.#unsaid.clear(leg);
  }

  /** The group's overs are no exercise any more. */
  turnReal(nowMs: number): void {
    for (const tap of this.taps.values()) tap.turnReal(nowMs);
  }

  /** The over that a party is in. */
  underWay(party: PartyId): { readonly number: number; readonly startUtcMs: number } | undefined {
    return this.#log.underWay(party);
  }

  /** Reports what every leg has got; `now`: whether it has or not. */
  settle(nowMs: number, now = false): void {
    this.#log.settle(this.#group.legs, nowMs, now);
  }

  /** Some have ended and wait for a leg. */
  get pending(): boolean {
    return this.#log.pending;
  }

  /** A telephone line: its end is heard as such, and most often wished. */
  get #isCall(): boolean {
    return this.#group.floor.rules.override === 'duplex';
  }

  #noteEnd(party: PartyId, end: OverEnd, cut: boolean, nowMs: number): void {
    const over = this.#log.underWay(party)?.number;
    if (over === undefined) return;
    if (cut) this.#group.report({ name: 'cut', group: this.#group.id, over, party, end, late: false });
    if (this.fallsSilent === party && this.#spoken.has(party)) this.#unsaid.add(party, over, nowMs);
  }
}
