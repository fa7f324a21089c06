/**
 * Where statuses, texts, positions and alarms of one network go: which of the other legs of the shared group get them,
 * as which status, and from whom. Pure; attachments.ts sends what is said here.
 */
import { aliasOf } from '../base/alias.ts';
import type { DataHome, DataOrder, DataReport, DataWord, Meaning, NameRule } from '../bridges/ports.ts';
import type { Config } from '../config/schema.ts';
import { Directory } from '../console/directory.ts';
import type { PlannedGroup } from './group-plan.ts';

interface KnownLeg {
  readonly group: string;
  readonly network: string;
  readonly mayTalk: boolean;
  readonly names: NameRule;
}

export interface RoutedData {
  /** Of a status that the configuration knows. */
  readonly meaning: Meaning | undefined;
  /** One a leg that is to get it. */
  readonly orders: readonly DataOrder[];
}

export class DataRouter {
  readonly #legs = new Map<string, KnownLeg>();
  readonly #passes: ReadonlyMap<string, readonly DataWord['name'][]>;
  readonly #networks: ReadonlyMap<string, string>;
  readonly #directory: Directory;
  readonly #statuses: Config['statuses'];

  constructor(config: Config, groups: readonly PlannedGroup[]) {
    for (const { need, plan } of groups.flatMap(({ legs }) => legs)) {
      this.#legs.set(need.leg, { group: need.group, network: need.network, mayTalk: plan.mayTalk, names: plan.names });
    }
    this.#passes = new Map(config.sharedGroups.map(({ id, passes }) => [id, passes]));
    this.#networks = new Map(config.networks.map(({ id, name }) => [id, name]));
    this.#directory = new Directory(config);
    this.#statuses = config.statuses;
  }

  /** An alarm passes from a side that may only listen as well; nothing else does. */
  route({ leg: from, attachment: _, from: address, ...word }: DataReport): RoutedData {
    const origin = this.#legs.get(from);
    if (origin === undefined) return { meaning: undefined, orders: [] };
    const status = word.name === 'status' ? this.#statusOf(origin.network, word.code) : undefined;
    const isLetThrough = word.name === 'alarm' || origin.mayTalk;
    const isPassed = this.#passes.get(origin.group)?.includes(word.name) === true;
    const others = [...this.#legs].filter(([leg, { group }]) => group === origin.group && leg !== from);
    const name = this.#nameOf(origin.network, address);
    const home = { network: this.#networks.get(origin.network) ?? origin.network, address };
    return {
      meaning: status?.name,
      orders:
        !isLetThrough || !isPassed
          ? []
          : others.map(([leg, { network, names }]) =>
              orderOf(word, leg, network, aliasOf(name, names.charactersMax, names.alphabet), home, status),
            ),
    };
  }

  /** The one that has this number there. */
  #statusOf(network: string, number: number): Config['statuses'][number] | undefined {
    return this.#statuses.find((status) => numberIn(network, status) === number);
  }

  #nameOf(network: string, address: string): string {
    const { callSign } = this.#directory.identify(network, address === '' ? undefined : address);
    return callSign || address || (this.#networks.get(network) ?? network);
  }
}

function orderOf(
  word: DataWord,
  leg: string,
  network: string,
  from: string,
  origin: DataHome,
  status: Config['statuses'][number] | undefined,
): DataOrder {
  if (word.name !== 'status' || status === undefined) return { ...word, leg, from, origin };
  return { name: 'status', code: numberIn(network, status), leg, from, origin, meaning: status.name };
}

function numberIn(network: string, { code, numbers }: Config['statuses'][number]): number {
  return numbers.find((each) => each.network === network)?.number ?? code;
}
