/**
 * Where statuses, texts, positions and alarms of one network go: which of the other legs of the shared group get them,
 * as which status, and from whom. Pure; data-desk.ts sends what is said here.
 */
import { aliasOf } from '../base/alias.ts';
import type { DataHome, DataOrder, DataReport, DataWord, Meaning, NameRule } from '../bridges/ports.ts';
import { bySection } from '../config/live-config.ts';
import type { Config } from '../config/schema.ts';
import { Directory } from '../console/directory.ts';
import type { PlannedGroup, PlannedLeg } from './group-plan.ts';

interface KnownLeg {
  readonly group: string;
  readonly network: string;
  readonly mayTalk: boolean;
  readonly names: NameRule;
}

export interface RoutedData {
  /** What was said, a status that stands for an alarm or its end being one. */
  readonly report: DataReport;
  /** Of a status that the configuration knows. */
  readonly meaning: Meaning | undefined;
  /** What the gateway makes of it. */
  readonly means: Config['statuses'][number]['means'];
  /** One a leg that is to get it. */
  readonly orders: readonly DataOrder[];
}

export class DataRouter {
  readonly #legs = new Map<string, KnownLeg>();
  readonly #config: Config;
  readonly #networks: ReadonlyMap<string, string>;
  readonly #directory: () => Directory;

  constructor(config: Config, groups: readonly PlannedGroup[]) {
    for (const leg of groups.flatMap(({ legs }) => legs)) this.join(leg);
    this.#config = config;
    this.#networks = new Map(config.networks.map(({ id, name }) => [id, name]));
    this.#directory = bySection(config, 'units', () => new Directory(config));
  }

  join({ need, plan }: PlannedLeg): void {
    this.#legs.set(need.leg, { group: need.group, network: need.network, mayTalk: plan.mayTalk, names: plan.names });
  }

  leave(leg: string): void {
    this.#legs.delete(leg);
  }

  /** An alarm passes from a side that may only listen as well, and to none; nothing else passes from there. */
  route(said: DataReport): RoutedData {
    const { leg: from } = said;
    const origin = this.#legs.get(from);
    if (origin === undefined) return { report: said, meaning: undefined, means: undefined, orders: [] };
    const report = this.#understood(said, origin.network);
    const { leg: _, attachment: __, from: address, unproven: ___, ...word } = report;
    const status = word.name === 'status' ? this.#statusOf(origin.network, word.code) : undefined;
    const isLetThrough = word.name === 'alarm' || origin.mayTalk;
    const isPassed =
      this.#config.sharedGroups.find(({ id }) => id === origin.group)?.passes.includes(word.name) === true;
    const isFor = ({ group, mayTalk }: KnownLeg) => group === origin.group && (mayTalk || word.name !== 'alarm');
    const others = [...this.#legs].filter(([leg, known]) => leg !== from && isFor(known));
    const name = this.#nameOf(origin.network, address);
    const home = { network: this.#networks.get(origin.network) ?? origin.network, address };
    return {
      report,
      meaning: status?.name,
      means: status?.means,
      orders:
        !isLetThrough || !isPassed
          ? []
          : others.map(([leg, { network, names }]) =>
              this.#orderOf(word, leg, network, aliasOf(name, names.charactersMax, names.alphabet), home, status),
            ),
    };
  }

  /** A text of an operator, to every leg of a group. */
  text(group: string, from: string, text: string, home: string): readonly DataOrder[] {
    const origin = { network: home, address: '' };
    const legs = [...this.#legs].filter(([, known]) => known.group === group);
    return legs.map(([leg, { names }]) => {
      return { name: 'text', leg, from: aliasOf(from, names.charactersMax, names.alphabet), origin, text };
    });
  }

  #understood(report: DataReport, network: string): DataReport {
    if (report.name !== 'status') return report;
    const alarm = this.#statusOf(network, report.code)?.alarm;
    if (alarm === undefined) return report;
    const { code: _, name: __, ...origin } = report;
    return { ...origin, name: 'alarm', raised: alarm === 'raised' };
  }

  #orderOf(
    word: DataWord,
    leg: string,
    network: string,
    from: string,
    origin: DataHome,
    status: Config['statuses'][number] | undefined,
  ): DataOrder {
    const about = { leg, from, origin };
    if (word.name === 'alarm') {
      const says = this.#config.statuses.find(({ alarm }) => alarm === (word.raised ? 'raised' : 'over'));
      return { ...word, ...about, ...(says && { alarmCode: numberIn(network, says) }) };
    }
    if (word.name !== 'status' || status === undefined) return { ...word, ...about };
    return { name: 'status', code: numberIn(network, status), ...about, meaning: status.name };
  }

  /** The one that has this number there. */
  #statusOf(network: string, number: number): Config['statuses'][number] | undefined {
    return this.#config.statuses.find((status) => numberIn(network, status) === number);
  }

  #nameOf(network: string, address: string): string {
    const { callSign } = this.#directory().identify(network, address === '' ? undefined : address);
    return callSign || address || (this.#networks.get(network) ?? network);
  }
}

function numberIn(network: string, { code, numbers }: Config['statuses'][number]): number {
  return numbers.find((each) => each.network === network)?.number ?? code;
}
