/**
 * Who talks: from the address that a network gives to the unit that the configuration knows. Pure.
 *
 * An address that is not known is shown as it is, with the network's country: a wrong name is worse than a number.
 */
import type { escaut } from '../protocols/generated/console.js';

export type Talker = escaut.console.v1.Talker.$Properties;

/** The parts of the configuration that name people; see config/schema.ts. */
export interface DirectorySource {
  readonly units: readonly {
    readonly address: string;
    readonly network: string;
    readonly callSign: string;
    readonly organisation: string;
    readonly language: string;
  }[];
  readonly organisations: readonly { readonly id: string; readonly name: string; readonly country: string }[];
  readonly networks: readonly { readonly id: string; readonly country: string }[];
}

/** What the directory says of one talker; `partyId` is for the caller to add. */
type Identity = Omit<Talker, 'partyId' | 'isConsole'>;

export class Directory {
  readonly #units = new Map<string, Identity>();
  readonly #countries: ReadonlyMap<string, string>;

  constructor(source: DirectorySource) {
    const organisations = new Map(source.organisations.map((organisation) => [organisation.id, organisation]));
    this.#countries = new Map(source.networks.map((network) => [network.id, network.country]));
    for (const unit of source.units) {
      const organisation = organisations.get(unit.organisation);
      this.#units.set(key(unit.network, unit.address), {
        callSign: unit.callSign,
        address: unit.address,
        organisation: organisation?.name ?? '',
        country: organisation?.country ?? this.#countries.get(unit.network) ?? '',
        networkId: unit.network,
        language: unit.language,
        verified: true,
      });
    }
  }

  /** `address` as the network said it, spaces do not matter; undefined when it said none. */
  identify(network: string, address: string | undefined): Identity {
    const nameless: Identity = {
      callSign: '',
      address: address ?? '',
      organisation: '',
      country: this.#countries.get(network) ?? '',
      networkId: network,
      language: '',
      verified: address !== undefined,
    };
    return address === undefined ? nameless : (this.#units.get(key(network, address)) ?? nameless);
  }
}

function key(network: string, address: string): string {
  return `${network} ${address.replaceAll(/\s/g, '')}`;
}
