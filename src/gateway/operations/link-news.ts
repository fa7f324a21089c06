/**
 * Tells those on an open group, in their language, when its link to a network is degraded, lost or back. Permanent groups
 * are left in peace: nobody may be on them, and consoles see the fault at once.
 *
 *   legs ─▶ rules (operations/link-news.ts) ─▶ announcement
 */
import { Alarm, type Clock } from '../../base/clock.ts';
import type { Config } from '../../config/schema.ts';
import {
  type Link,
  type LinkLeg,
  type LinkState,
  linkNewsRules,
  newLink,
  newsDueMs,
  seeLink,
  takeNews,
} from '../../operations/link-news.ts';
import { legOf } from '../group-plan.ts';
import type { Announcements } from './announcements.ts';

export interface LinkNewsPorts {
  readonly clock: Clock;
  readonly announcements: Pick<Announcements, 'say'>;
  /** Talkgroups that are joined to the group. */
  members(group: string): readonly string[];
}

const announcementOf: Readonly<Record<LinkState, string>> = {
  good: 'ann-back',
  degraded: 'ann-degraded',
  lost: 'ann-lost',
};

export class LinkNews {
  readonly #config: Config;
  readonly #ports: LinkNewsPorts;
  readonly #alarm: Alarm;
  readonly #legs = new Map<string, LinkLeg>();
  /** By group and network. */
  readonly #links = new Map<string, Map<string, Link>>();

  constructor(config: Config, ports: LinkNewsPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#alarm = new Alarm(ports.clock, () => this.#tick());
  }

  /** A leg's call stands or not; `second` as in LinkLeg. */
  legState(leg: string, up: boolean, second: boolean): void {
    const group = this.#config.sharedGroups.find(({ id }) => leg.startsWith(`${id}/`));
    if (group === undefined || group.mode === 'permanent') return;
    if (!up && !this.#legs.has(leg)) return;
    this.#legs.set(leg, { up, second });
    this.#see(group.id);
    this.#plan();
  }

  groupClosed(group: string): void {
    this.#links.delete(group);
    for (const leg of this.#legs.keys()) if (leg.startsWith(`${group}/`)) this.#legs.delete(leg);
    this.#plan();
  }

  stop(): void {
    this.#alarm.clear();
  }

  #tick(): void {
    const nowMs = this.#ports.clock.nowMs();
    for (const group of [...this.#links.keys()]) {
      this.#see(group);
      const links = this.#links.get(group) ?? new Map<string, Link>();
      for (const [network, seen] of links) {
        const { link, news } = takeNews(seen, linkNewsRules, nowMs);
        links.set(network, link);
        if (news !== undefined) this.#say(group, network, news);
      }
    }
    this.#plan();
  }

  /** How its links are now; whoever has been taken out is no longer looked at. */
  #see(group: string): void {
    const members = new Set(this.#ports.members(group).map((talkgroup) => legOf(group, talkgroup)));
    const own = [...this.#legs.keys()].filter((leg) => leg.startsWith(`${group}/`));
    for (const leg of own) if (!members.has(leg)) this.#legs.delete(leg);
    const networks = Map.groupBy(
      own.filter((leg) => members.has(leg)),
      (leg) => this.#networkOf(leg.slice(group.length + 1)) ?? '',
    );
    const former = this.#links.get(group);
    const links = [...networks].map(([network, legs]): [string, Link] => {
      const link = former?.get(network) ?? newLink;
      const seen = legs.flatMap((leg) => this.#legs.get(leg) ?? []);
      return [network, seeLink(link, seen, this.#ports.clock.nowMs())];
    });
    this.#links.set(group, new Map(links));
  }

  #say(group: string, network: string, state: LinkState): void {
    const talkgroups = this.#ports.members(group).filter((talkgroup) => this.#legs.get(legOf(group, talkgroup))?.up);
    if (talkgroups.length === 0) return;
    const name = this.#config.networks.find(({ id }) => id === network)?.name ?? network;
    const fields = { network: name.split(' (')[0] ?? name }; // what stands in brackets is for the eye
    this.#ports.announcements.say({ group, id: announcementOf[state], fields, talkgroups });
  }

  #plan(): void {
    const dueMs = [...this.#links.values()].flatMap((links) =>
      [...links.values()].map((link) => newsDueMs(link, linkNewsRules)),
    );
    this.#alarm.setAt(Math.min(Infinity, ...dueMs));
  }

  #networkOf(talkgroup: string): string | undefined {
    return this.#config.talkgroups.find(({ id }) => id === talkgroup)?.network;
  }
}
