/**
 * Through which groups of which gateways each shared group is reached, said to far ends that can carry it, so that a way
 * that leads back to a group is refused before a word has gone round it.
 *
 *   group ──leg a──▶ other gateway: "this group, and what lies behind leg b"
 *     └────leg b──◀── third gateway: "my group, and what lies behind it"
 *
 * A mark stands for one group of one gateway: opaque, the same as long as the process lives, another after a restart. What
 * was learnt on a leg is never said back on it. Pure but for the key that it is given.
 */
import { createHmac } from 'node:crypto';
import type { GroupId, LegId } from '../voice/contract.ts';

/** Gateways that one path may name; a longer loop is left to be recognised by what is heard. */
export const pathHopsMax = 8;
const markChars = 24;
const oneMark = new RegExp(`^[0-9a-f]{${markChars}}$`);

/** Whose leg it is, and by which attachment. */
export interface PathPlace {
  readonly attachment: string;
  readonly leg: LegId;
  readonly group: GroupId;
}

export class PathMarks {
  readonly #key: string;
  readonly #isMarked: (group: GroupId) => boolean;
  /** By attachment and leg: bounded by the configuration. */
  readonly #learnt = new Map<string, { readonly place: PathPlace; readonly marks: readonly string[] }>();

  /** `isMarked`: whether the paths of a group are marked; others are silent. */
  constructor(key: string, isMarked: (group: GroupId) => boolean) {
    this.#key = key;
    this.#isMarked = isMarked;
  }

  /** What is said on a leg: its group, and what lies behind the group's other legs. Empty where nothing is to be said. */
  said({ leg, group }: PathPlace): readonly string[] {
    if (!this.#isMarked(group)) return [];
    const marks = new Set([this.#markOf(group)]);
    for (const { place, marks: theirs } of this.#learnt.values()) {
      if (place.group !== group || place.leg === leg) continue;
      for (const mark of theirs) if (marks.size < pathHopsMax) marks.add(mark);
    }
    return [...marks];
  }

  /** Whether what is said on a leg has passed the leg's own group. */
  meets({ group }: PathPlace, said: readonly string[]): boolean {
    return this.#isMarked(group) && said.slice(0, pathHopsMax).includes(this.#markOf(group));
  }

  /** The path of a call or talkgroup that comes up. True when it leads back to the leg's own group; else it is kept. */
  leadsBack(place: PathPlace, said: readonly string[]): boolean {
    if (this.meets(place, said)) return true;
    this.learn(place, said);
    return false;
  }

  /** The path of what the leg has from now on. */
  learn(place: PathPlace, said: readonly string[]): void {
    const marks = said.filter((mark) => oneMark.test(mark)).slice(0, pathHopsMax);
    if (marks.length === 0) this.forget(place);
    else this.#learnt.set(keyOf(place), { place, marks });
  }

  /** The leg has no call any more on that attachment. */
  forget(place: PathPlace): void {
    this.#learnt.delete(keyOf(place));
  }

  #markOf(group: GroupId): string {
    return createHmac('sha256', this.#key).update(group).digest('hex').slice(0, markChars);
  }
}

/** The path of one leg on one attachment. */
export class LegPath {
  readonly #marks: PathMarks;
  readonly #place: PathPlace;

  constructor(marks: PathMarks, place: PathPlace) {
    this.#marks = marks;
    this.#place = place;
  }

  get said(): readonly string[] {
    return this.#marks.said(this.#place);
  }

  meets(said: readonly string[]): boolean {
    return this.#marks.meets(this.#place, said);
  }

  leadsBack(said: readonly string[]): boolean {
    return this.#marks.leadsBack(this.#place, said);
  }

  learn(said: readonly string[]): void {
    this.#marks.learn(this.#place, said);
  }

  forget(): void {
    this.#marks.forget(this.#place);
  }
}

function keyOf({ attachment, leg }: PathPlace): string {
  return `${attachment} ${leg}`;
}
