import type { escaut } from '../../protocols/generated/console.js';

/** A group that would be open, and what would be joined to it. */
export interface WishedGroup {
  readonly groupId: string;
  readonly talkgroupIds: readonly string[];
  readonly exercise?: boolean;
}

/** What joining would take of the networks' channels. */
export interface CapacityModel {
  readonly networks: readonly NetworkCapacity[];
  /** Would find no channel. */
  readonly shortLegIds: readonly string[];
  /** Would lose theirs. */
  readonly displacedLegIds: readonly string[];
}

interface NetworkCapacity {
  readonly networkId: string;
  readonly needed: number;
  /** Of the attachments that work. */
  readonly free: number;
}

export function readCapacity(wire: escaut.console.v1.CapacityAnswer.$Properties): CapacityModel {
  const networks = wire.networks ?? [];
  return {
    networks: networks.map(({ networkId, needed, free }) => ({
      networkId: networkId ?? '',
      needed: needed ?? 0,
      free: free ?? 0,
    })),
    shortLegIds: [...(wire.shortLegIds ?? [])],
    displacedLegIds: [...(wire.displacedLegIds ?? [])],
  };
}
