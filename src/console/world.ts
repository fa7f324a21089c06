/** What consoles are shown of the configuration: the groups, their legs, the networks and the directory. Pure. */
import { placesOf } from '../config/recorded-places.ts';
import type { Config } from '../config/schema.ts';
import { sharesPositions } from '../operations/position-window.ts';
import type { GroupId, LegId } from '../talkgroups/terms.ts';
import { Directory } from './directory.ts';

export interface World {
  readonly gatewayName: LocalisedName;
  /** IANA name. */
  readonly timezone: string;
  readonly networks: readonly WorldNetwork[];
  readonly groups: readonly WorldGroup[];
  readonly talkgroups: readonly WorldTalkgroup[];
  readonly controlRooms: readonly WorldControlRoom[];
  readonly alertPlans: readonly WorldPlan[];
  readonly places: readonly WorldPlace[];
  /** Address of a MapLibre style in place of the page's own map; empty: none. */
  readonly mapStyle: string;
  readonly directory: Directory;
}

interface LocalisedName {
  readonly fr: string;
  readonly nl: string;
  readonly en: string;
  readonly de?: string;
}

interface WorldNetwork {
  readonly id: string;
  readonly name: string;
  readonly technology: string;
  readonly country: string;
}

interface WorldGroup {
  readonly id: GroupId;
  readonly shortName: string;
  readonly name: LocalisedName;
  readonly use: string;
  /** Control rooms that hear it as soon as it is open; none: all. */
  readonly monitoredBy: readonly string[];
  /** Of its networks, whose law it is under. */
  readonly countries: ReadonlySet<string>;
  readonly priority: number;
  readonly talkLimitMs: number;
  readonly talkWarnMs: number;
  /** Not joined as long as nobody opens it, nor its schedule does: it is shown, and nobody can talk or be heard on it. */
  readonly onDemand: boolean;
  /** How long it stays open unless the person says otherwise, min. */
  readonly autoCloseMin: number;
  /** The other country sees where units are while it is open (rule R5). */
  readonly sharesPositions: boolean;
  readonly legs: readonly { readonly id: LegId; readonly talkgroup: string; readonly network: string }[];
}

interface WorldPlan {
  readonly id: string;
  readonly name: LocalisedName;
  readonly openedBy: string[];
  readonly levels: { level: number; name: LocalisedName; groupIds: string[]; posts: string[] }[];
  readonly requires: string[];
  readonly authority: Record<string, string>;
  readonly renewable: boolean;
  readonly expiresMin: number;
  readonly borderRecord: boolean;
}

interface WorldControlRoom {
  readonly id: string;
  readonly callSign: string;
  readonly country: string;
}

interface WorldTalkgroup {
  readonly id: string;
  readonly shortName: string;
  readonly networkId: string;
  readonly endToEndEncrypted: boolean;
  /** Control room that must consent; empty: none. */
  readonly consentOf: string;
}

interface WorldPlace {
  readonly code: string;
  readonly name: LocalisedName;
  readonly sector: string;
  readonly place: { readonly latitudeDeg: number; readonly longitudeDeg: number };
}

type WorldSource = Pick<
  Config,
  | 'gateway'
  | 'limits'
  | 'controlRooms'
  | 'alertPlans'
  | 'organisations'
  | 'networks'
  | 'talkgroups'
  | 'units'
  | 'places'
  | 'sharedGroups'
> & { readonly console: Pick<Config['console'], 'map'> };

/** Groups that are joined first, those that wait for an incident after them; a disabled one does not exist. */
export function consoleWorld(config: WorldSource): World {
  const talkgroups = new Map(config.talkgroups.map((talkgroup) => [talkgroup.id, talkgroup]));
  const places = new Map(placesOf({ ...config, directLines: [] }).map((place) => [place.id, place]));
  const inUse = config.sharedGroups.filter(({ mode }) => mode !== 'disabled');
  const joined = inUse.filter(({ mode }) => mode === 'permanent');
  const waiting = inUse.filter(({ mode }) => mode !== 'permanent');
  return {
    gatewayName: config.gateway.name,
    timezone: config.gateway.timezone,
    networks: config.networks.map(({ id, name, technology, country }) => ({ id, name, technology, country })),
    groups: [...joined, ...waiting].map((group) => ({
      id: group.id,
      shortName: group.short,
      name: group.name,
      use: group.use,
      monitoredBy: group.monitoredBy,
      countries: places.get(group.id)?.countries ?? new Set(),
      priority: group.priority,
      talkLimitMs: group.talkLimitMs ?? config.limits.talkLimitMs,
      talkWarnMs: group.talkWarnMs ?? config.limits.talkWarnMs,
      onDemand: group.mode !== 'permanent',
      autoCloseMin: group.autoCloseMin,
      sharesPositions: sharesPositions(group),
      legs: group.legs.map((leg) => {
        const talkgroup = talkgroups.get(leg.talkgroup);
        return {
          id: `${group.id}/${leg.talkgroup}`,
          talkgroup: talkgroup?.short ?? leg.talkgroup,
          network: talkgroup?.network ?? '',
        };
      }),
    })),
    talkgroups: config.talkgroups.map(({ id, short, network, endToEndEncrypted, consentOf }) => ({
      id,
      shortName: short,
      networkId: network,
      endToEndEncrypted,
      consentOf: consentOf ?? '',
    })),
    alertPlans: config.alertPlans.map(planOf),
    controlRooms: config.controlRooms.map(({ id, callSign, country }) => ({ id, callSign, country })),
    places: config.places.map(({ code, name, sector = '', latitudeDeg, longitudeDeg }) => ({
      code,
      name,
      sector,
      place: { latitudeDeg, longitudeDeg },
    })),
    mapStyle: config.console.map.style ?? '',
    directory: new Directory(config),
  };
}

/** A plan without levels is shown with the one that it has. */
function planOf({ groups, levels, ...plan }: Config['alertPlans'][number]): WorldPlan {
  const { id, name, openedBy, requires, authority, renewable, expiresMin, borderRecord } = plan;
  const all = levels.length > 0 ? levels : [{ level: 1, name, groups, posts: [] }];
  return {
    id,
    name,
    openedBy: [...openedBy],
    levels: all.map((each) => {
      return { level: each.level, name: each.name, groupIds: [...each.groups], posts: [...each.posts] };
    }),
    requires: [...requires],
    authority: { ...authority },
    renewable,
    expiresMin,
    borderRecord,
  };
}
