/**
 * What a talkgroup would do to a shared group, and the group to it, if it were a leg of it: the rules of the floor
 * (floor.ts) run a second time over what really happens, with the talkgroup as one party more. Pure, and blind: nothing
 * that comes out of here can be performed, only read.
 *
 *   what the real floor is fed, and what it answers ──▶ ┐
 *                                                       ├ twin floor ──▶ findings
 *   the talkgroup begins, goes on, ends to talk ──────▶ ┘
 *
 * Parties behave as the real floor makes them: whoever it denies or revokes and who can be told so wants nothing any more
 * here either. What the twin would have told them they never hear; it is counted.
 */
import { frameMs } from '../media/frame.ts';
import type { FloorAction, FloorEvent, FloorRules, Grant, Member } from './floor.ts';
import type { Claim } from './floor-queue.ts';
import { RunningFloor } from './running-floor.ts';
import type { DenyCause, OverEnd, PartyId, ShadowFinding } from './terms.ts';

export interface ShadowParty extends Member {
  readonly kind: 'leg';
  readonly priority: number;
}

export interface ShadowFloorPort {
  /** When media of a party of the real floor last arrived, ms. */
  mediaMs(party: PartyId): number;
  /** When it last spoke: of a line that never falls silent, by its level. */
  spokeMs(party: PartyId): number;
  /** So long before it was recognised it had begun to speak, ms. */
  onsetMs(party: PartyId): number;
}

interface Talk {
  readonly sinceMs: number;
  readonly claimed: number;
  /** When its voice last arrived. */
  mediaMs: number;
  /** Of what the group would have heard. */
  heardMs: number;
  /** It is our own voice. */
  returns: boolean;
}

interface Open {
  readonly grant: Grant;
  /** Between his wish and the floor. */
  readonly waitedMs: number;
  collisionMs: number;
}

export class ShadowFloor {
  readonly #own: ShadowParty;
  readonly #port: ShadowFloorPort;
  readonly #floor: RunningFloor;
  #talk: Talk | undefined;
  /** Overs under way in the twin: two at most. */
  readonly #open = new Map<PartyId, Open>();
  /** Who wants the floor, since when; of the parties of the twin alone. */
  readonly #wishes = new Map<PartyId, number>();
  #found: ShadowFinding[] = [];

  /** `members`: those of the real floor. */
  constructor(rules: FloorRules, members: Iterable<Member>, own: ShadowParty, port: ShadowFloorPort) {
    this.#own = own;
    this.#port = port;
    this.#floor = new RunningFloor(rules);
    for (const member of members) this.#feed({ name: 'join', member }, 0);
    this.#feed({ name: 'join', member: own }, 0);
  }

  /** The real floor was fed this, and did that. */
  real(event: FloorEvent, actions: readonly FloorAction[], nowMs: number): readonly ShadowFinding[] {
    // What it learns of time it learns for itself: the twin has deadlines of its own.
    if (event.name !== 'tick' && event.name !== 'media') this.#feed(event, nowMs);
    for (const action of actions) {
      if (action.name !== 'answer' || (action.answer.result !== 'denied' && action.answer.result !== 'revoked'))
        continue;
      if (this.#floor.members.get(action.party)?.canBeTold === true) {
        this.#feed({ name: 'release', party: action.party }, nowMs);
      }
    }
    return this.#drain();
  }

  /** The talkgroup begins to talk, or presses an emergency key. `sinceMs`: when its talker really began. */
  begin(sinceMs: number, emergency: boolean, nowMs: number, priority = this.#own.priority): readonly ShadowFinding[] {
    this.#talk ??= { sinceMs, claimed: priority, mediaMs: nowMs, heardMs: 0, returns: false };
    if (!this.#talk.returns) {
      this.#feed({ name: 'request', party: this.#own.party, priority, emergency }, nowMs);
    }
    return this.#drain();
  }

  /** Its voice arrives. */
  heard(nowMs: number): void {
    if (this.#talk !== undefined) this.#talk.mediaMs = nowMs;
  }

  /** It has ended to talk. */
  end(nowMs: number): readonly ShadowFinding[] {
    const talk = this.#talk;
    if (talk === undefined) return [];
    this.#feed({ name: 'release', party: this.#own.party }, nowMs);
    for (const open of this.#open.values()) this.#collide(open, nowMs);
    this.#talk = undefined;
    const talkMs = Math.max(0, talk.mediaMs + frameMs - talk.sinceMs);
    const unheardMs = Math.max(0, talkMs - talk.heardMs);
    if (!talk.returns) this.#found.push({ name: 'talk', sinceMs: talk.sinceMs, talkMs, unheardMs });
    return this.#drain();
  }

  /** What it says is what the group has said. */
  returns(delayMs: number, likeness: number, nowMs: number): readonly ShadowFinding[] {
    const talk = this.#talk;
    if (talk === undefined || talk.returns) return [];
    talk.returns = true;
    this.#found.push({ name: 'loop', sinceMs: talk.sinceMs, delayMs, likeness });
    this.#feed({ name: 'join', member: { ...this.#own, returns: true } }, nowMs);
    this.#feed({ name: 'join', member: this.#own }, nowMs);
    return this.#drain();
  }

  tick(nowMs: number): readonly ShadowFinding[] {
    this.#floor.tick(
      nowMs,
      (party) => this.#mediaMs(party),
      (event) => this.#feed(event, nowMs),
    );
    return this.#drain();
  }

  get dueMs(): number {
    return this.#floor.dueMs;
  }

  /** Overs under way there; for tests of its bounds. */
  get open(): number {
    return this.#open.size;
  }

  #feed(event: FloorEvent, nowMs: number): void {
    const { holder } = this.#floor;
    if (event.name === 'request' && !this.#wishes.has(event.party)) this.#wishes.set(event.party, nowMs);
    for (const action of this.#floor.feed(event, nowMs)) this.#note(action, holder, nowMs);
    if (event.name === 'release' || event.name === 'leave') this.#wishes.delete(event.party);
  }

  #note(action: FloorAction, before: Grant | undefined, nowMs: number): void {
    if (action.name === 'begin') {
      const { grant } = action;
      const waitedMs = Math.max(0, nowMs - (this.#wishes.get(grant.party) ?? nowMs));
      this.#open.set(grant.party, { grant, waitedMs, collisionMs: 0 });
    } else if (action.name === 'end') this.#endOver(action.grant, action.end, nowMs);
    else if (action.name === 'answer') {
      const { party, answer } = action;
      if (answer.result === 'queued') this.#hold(party, 'queued', before, nowMs);
      else if (answer.result === 'denied') {
        this.#wishes.delete(party);
        this.#hold(party, answer.cause, before, nowMs);
      } else if (answer.result === 'revoked' && answer.cause === 'pre-empted') {
        // In its grace whoever takes the floor waits for it.
        const [next] = this.#floor.queue;
        this.#hold(party, 'pre-empted', this.#floor.isRevoking ? next : this.#floor.holder, nowMs);
      }
    }
  }

  /** Of the group's own parties only what this talkgroup would have done to them is news. */
  #hold(party: PartyId, why: 'queued' | 'pre-empted' | DenyCause, by: Claim | undefined, nowMs: number): void {
    const isOwn = party === this.#own.party;
    const other = by === undefined || by.party === party ? {} : { by: by.party };
    if (!isOwn && other.by !== this.#own.party) return;
    const sinceMs = isOwn ? (this.#talk?.sinceMs ?? nowMs) : nowMs;
    this.#found.push({ name: 'held', way: isOwn ? 'in' : 'out', party, sinceMs, why, ...other });
  }

  #endOver({ party, sinceMs, priority, emergency }: Grant, end: OverEnd, nowMs: number): void {
    const open = this.#open.get(party);
    if (open === undefined) return;
    this.#open.delete(party);
    if (this.#wishes.has(party)) this.#wishes.set(party, nowMs);
    const talk = party === this.#own.party ? this.#talk : undefined;
    // What he said before he was recognised is kept, and heard if he has not had to wait.
    const onsetMs = talk === undefined ? sinceMs - this.#port.onsetMs(party) : talk.sinceMs;
    const startMs = open.waitedMs === 0 ? onsetMs : sinceMs;
    const voiceMs = Math.max(0, Math.min(this.#spokeMs(party) + frameMs, nowMs) - startMs);
    if (talk !== undefined) talk.heardMs += voiceMs;
    else this.#collide(open, nowMs);
    if (voiceMs === 0) return; // nothing of it would have been heard
    const { waitedMs, collisionMs } = open;
    const isLowered = talk !== undefined && !emergency && talk.claimed > priority;
    const how = { end, priority, ...(isLowered && { claimed: talk.claimed }), emergency, waitedMs, collisionMs };
    const way = party === this.#own.party ? 'in' : 'out';
    this.#found.push({ name: 'over', way, party, sinceMs: startMs, voiceMs, ...how });
  }

  /** Both talk: from the later beginning to now. Once for each talk. */
  #collide(open: Open, nowMs: number): void {
    const talk = this.#talk;
    if (talk === undefined || talk.returns || open.grant.party === this.#own.party) return;
    const endMs = Math.min(nowMs, talk.mediaMs + frameMs, this.#spokeMs(open.grant.party) + frameMs);
    open.collisionMs += Math.max(0, endMs - Math.max(talk.sinceMs, open.grant.sinceMs));
  }

  #mediaMs(party: PartyId): number {
    return party === this.#own.party ? (this.#talk?.mediaMs ?? -Infinity) : this.#port.mediaMs(party);
  }

  #spokeMs(party: PartyId): number {
    return party === this.#own.party ? (this.#talk?.mediaMs ?? -Infinity) : this.#port.spokeMs(party);
  }

  #drain(): readonly ShadowFinding[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }
}
