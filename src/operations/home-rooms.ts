/**
 * The control rooms that answer for a unit: its own, else its organisation's, else those that lead its network, else all
 * that hear the group. Pure: an emergency is acknowledged by one of them and by nobody else.
 */
import type { ControlRoomId, GroupId, NetworkId } from './terms.ts';

/** The parts of the configuration that say so; see config/schema.ts. */
export interface HomeSource {
  readonly controlRooms: readonly { readonly id: ControlRoomId; readonly networks: readonly NetworkId[] }[];
  readonly organisations: readonly { readonly id: string; readonly controlRoom?: ControlRoomId | undefined }[];
  readonly units: readonly {
    readonly address: string;
    readonly network: NetworkId;
    readonly organisation: string;
    readonly controlRoom?: ControlRoomId | undefined;
  }[];
  readonly sharedGroups: readonly { readonly id: GroupId; readonly monitoredBy: readonly ControlRoomId[] }[];
}

export class HomeRooms {
  readonly #source: HomeSource;
  readonly #ofUnit = new Map<string, ControlRoomId>();

  constructor(source: HomeSource) {
    this.#source = source;
    const organisations = new Map(source.organisations.map(({ id, controlRoom }) => [id, controlRoom]));
    for (const { network, address, organisation, controlRoom } of source.units) {
      const room = controlRoom ?? organisations.get(organisation);
      if (room !== undefined) this.#ofUnit.set(key(network, address), room);
    }
  }

  /** `address` as the network said it, spaces do not matter; empty where it said none. Never empty if there is a room. */
  of(network: NetworkId, address: string, group: GroupId): readonly ControlRoomId[] {
    const own = this.#ofUnit.get(key(network, address));
    if (own !== undefined) return [own];
    const { controlRooms, sharedGroups } = this.#source;
    const leading = controlRooms.filter(({ networks }) => networks.includes(network)).map(({ id }) => id);
    if (leading.length > 0) return leading;
    const monitoring = sharedGroups.find(({ id }) => id === group)?.monitoredBy ?? [];
    if (monitoring.length > 0) return monitoring;
    // Where no room is configured the one operator works in none.
    return controlRooms.length > 0 ? controlRooms.map(({ id }) => id) : [''];
  }
}

function key(network: NetworkId, address: string): string {
  return `${network} ${address.replaceAll(/\s/g, '')}`;
}
