/** What units said beside voice, and where they are, as far as somebody may see it (rule R5). */
import {
  initialPositions,
  lostTo,
  maySee,
  type PositionState,
  type Sighting,
  seenBy,
  share,
  sight,
  type Viewer,
} from '../operations/position-window.ts';
import type { escaut } from '../protocols/generated/console.js';
import type { GroupId, LegId } from '../talkgroups/terms.ts';
import type { BridgingView } from './console-terms.ts';
import { DataList, type SaidData } from './data-list.ts';
import type { Delta, Receipt } from './wire.ts';
import type { World } from './world.ts';

type DataSaid = escaut.console.v1.DataSaid.$Properties;
type UnitPosition = escaut.console.v1.UnitPosition.$Properties;

export class ShownUnits {
  /** Groups that share positions while they are open. */
  #sharing: ReadonlySet<GroupId>;
  readonly #data = new DataList();
  #positions: PositionState<UnitPosition> = initialPositions;

  constructor({ groups }: Pick<World, 'groups'>) {
    this.#sharing = sharingOf(groups);
    for (const { id, onDemand, legs } of groups) {
      // A permanent one is open from the start.
      const shared = this.#sharing.has(id) && !onDemand ? legs.map((leg) => leg.id) : [];
      this.#positions = share(this.#positions, id, shared, -Infinity);
    }
  }

  /** Of groups that are open nothing changes by that. */
  setWorld({ groups }: Pick<World, 'groups'>): void {
    this.#sharing = sharingOf(groups);
  }

  shown(viewer: Viewer, nowMs: number): { readonly data: DataSaid[]; readonly positions: UnitPosition[] } {
    return {
      data: this.#data.entries.filter((data) => this.isFor({ data }, viewer)),
      positions: seenBy(this.#positions, viewer, nowMs).map(({ shown }) => shown),
    };
  }

  /** Somebody said something beside voice. */
  say(said: SaidData, from: Parameters<DataList['add']>[1], nowMs: number): Delta {
    return { data: this.#data.add(said, from, nowMs) };
  }

  noteReceipt(id: number, receipt: Receipt): readonly Delta[] {
    const data = this.#data.noteReceipt(id, receipt);
    return data === undefined ? [] : [{ data }];
  }

  noteUndelivered(id: number, leg: LegId): readonly Delta[] {
    const data = this.#data.noteUndelivered(id, leg);
    return data === undefined ? [] : [{ data }];
  }

  /** Whose positions are shared changes with a group (rule R5); what somebody loses by it. */
  setWindow({ group, state, members }: BridgingView, nowMs: number): (viewer: Viewer) => Delta | undefined {
    const before = this.#positions;
    const isOpen = state === 'open' && this.#sharing.has(group);
    const legs = isOpen ? members.filter(({ consentAwaited }) => !consentAwaited).map(({ leg }) => leg) : [];
    const after = share(before, group, legs, nowMs);
    this.#positions = after;
    return (viewer) => {
      const withdrawn = lostTo(before, after, viewer, after.units.keys());
      const dataWithdrawn = this.#data.entries.flatMap((data) => {
        const sighting = this.#sightingOf(data);
        const isLost = sighting && maySee(before, sighting, viewer) && !maySee(after, sighting, viewer);
        return isLost ? (data.id ?? []) : [];
      });
      if (withdrawn.length + dataWithdrawn.length === 0) return undefined;
      return { positions: { withdrawn: [...withdrawn], dataWithdrawn } };
    };
  }

  /** A unit said where it is; what somebody is to be told of it. */
  placeUnit({ leg, address, said }: SaidData, data: DataSaid, nowMs: number): (viewer: Viewer) => Delta | undefined {
    const { sender, groupId = '', atUtcMs = 0 } = data;
    const { position: place } = said;
    if (!place || !sender) return () => undefined;
    // Without address one leg is one unit: more cannot be told apart.
    const unit = `${sender.networkId} ${address === '' ? leg : address.replaceAll(/\s/g, '')}`;
    const before = this.#positions;
    const shown = { unitId: unit, unit: sender, place, groupId, atUtcMs };
    const position = { unit, country: sender.country ?? '', leg, atMs: nowMs, shown };
    const after = sight(before, position);
    this.#positions = after;
    const touched = [unit, ...[...before.units.keys()].filter((each) => !after.units.has(each))];
    return (viewer) => {
      const seen = maySee(after, position, viewer) ? [shown] : [];
      const withdrawn = [...lostTo(before, after, viewer, touched)];
      return seen.length + withdrawn.length === 0 ? undefined : { positions: { seen, withdrawn } };
    };
  }

  /** Whether somebody may be told it: what says where a unit is, is not for everybody. */
  isFor({ data }: Delta, viewer: Viewer): boolean {
    const sighting = data ? this.#sightingOf(data) : undefined;
    return sighting === undefined || maySee(this.#positions, sighting, viewer);
  }

  /** Undefined where no place is told. That of an alarm is for all who hear it: he calls for help. */
  #sightingOf(data: DataSaid): Sighting | undefined {
    const atMs = this.#data.placeToldMs(data);
    return atMs === undefined ? undefined : { country: data.sender?.country ?? '', leg: data.legId ?? '', atMs };
  }
}

function sharingOf(groups: World['groups']): ReadonlySet<GroupId> {
  return new Set(groups.filter(({ sharesPositions }) => sharesPositions).map(({ id }) => id));
}
