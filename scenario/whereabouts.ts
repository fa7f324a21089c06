/** Who is where while a scenario is played: talkgroups in groups, units on talkgroups, and links that are cut. */
import { placeOf, type Scenario } from './scenario-file.ts';
import type { Stage } from './stage.ts';

export interface Place {
  readonly group?: string;
  readonly talkgroup?: string;
  readonly console: boolean;
}

export class Whereabouts {
  readonly #stage: Stage;
  /** Talkgroups that persons have joined, by group; a group that is not here is not open. */
  readonly #members = new Map<string, Set<string>>();
  /** Links that are cut. */
  readonly cut = new Set<string>();
  /** Where units stand. */
  readonly stands: Map<string, string>;

  constructor(stage: Stage, { start_state: start }: Scenario) {
    this.#stage = stage;
    this.stands = new Map(Object.entries(start.units));
    for (const group of [...start.permanent, ...start.bridges]) this.opened(group, []);
  }

  /** The group is closed. */
  closed(group: string): void {
    this.#members.delete(group);
  }

  /** A group is open, with these joined as well; its legs. */
  opened(group: string, joined: readonly string[]): readonly string[] {
    const own = this.#stage.config.sharedGroups.find(({ id }) => id === group)?.legs.map(({ talkgroup }) => talkgroup);
    const members = this.#members.get(group) ?? new Set(own);
    for (const talkgroup of joined) members.add(talkgroup);
    this.#members.set(group, members);
    return [...members].map((talkgroup) => `${group}/${talkgroup}`);
  }

  membersOf(group: string | undefined): readonly string[] {
    return group === undefined ? [] : [...(this.#members.get(group) ?? [])];
  }

  /** Talkgroups of a group; a talkgroup is its own. */
  membersIn(id: string): readonly string[] {
    return this.#members.has(id) ? this.membersOf(id) : [id];
  }

  /** Talkgroups of a group; in an outage those that are not lost by it. */
  listeningTo(group: string | undefined): readonly string[] {
    if (group === undefined) return [];
    return this.cut.size > 0 ? this.hearingOf(group) : this.membersOf(group);
  }

  /** As they are now, without those whose leg is down. */
  hearingOf(id: string): readonly string[] {
    const { gateway } = this.#stage;
    return this.membersIn(id).filter((talkgroup) => {
      const { state } = gateway.legState(`${id}/${talkgroup}`);
      return state === '' || state === 'up';
    });
  }

  placeOf(place: string): Place {
    const { id, leg } = placeOf(place);
    if (leg === 'console') return { group: id, console: true };
    if (leg === undefined) {
      const group = [...this.#members].find(([, members]) => members.has(id))?.[0];
      return { talkgroup: id, console: false, ...(group === undefined ? {} : { group }) };
    }
    const { sharedGroups, talkgroups } = this.#stage.config;
    const own = sharedGroups.find((group) => group.id === id)?.legs.map(({ talkgroup }) => talkgroup) ?? [];
    const talkgroup = talkgroups.find((each) => each.network === leg && own.includes(each.id))?.id;
    return { group: id, console: false, ...(talkgroup === undefined ? {} : { talkgroup }) };
  }

  /** Of a unit's radio, or that of a person's control room on its own network. */
  addressOf(by: string): string | undefined {
    const { config, testbed } = this.#stage;
    const unit = testbed.desks[by] ?? by;
    return config.units.find(({ id }) => id === unit)?.address;
  }
}
