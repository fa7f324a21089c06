/** What consoles are shown of the configuration: the groups, their legs, the networks and the directory. Pure. */
import type { Config } from '../config/schema.ts';
import type { GroupId, LegId } from '../talkgroups/terms.ts';
import { Directory } from './directory.ts';

export interface World {
  readonly gatewayName: string;
  readonly networks: readonly WorldNetwork[];
  readonly groups: readonly WorldGroup[];
  readonly directory: Directory;
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
  readonly name: { readonly fr: string; readonly nl: string; readonly en: string };
  readonly priority: number;
  readonly talkLimitMs: number;
  readonly talkWarnMs: number;
  readonly legs: readonly { readonly id: LegId; readonly talkgroup: string; readonly network: string }[];
}

type WorldSource = Pick<
  Config,
  'gateway' | 'console' | 'limits' | 'organisations' | 'networks' | 'talkgroups' | 'units' | 'sharedGroups'
>;

/** Only groups that are joined exist for consoles: on others nobody could be heard. */
export function consoleWorld(config: WorldSource): World {
  const talkgroups = new Map(config.talkgroups.map((talkgroup) => [talkgroup.id, talkgroup]));
  const { language } = config.console.operator;
  return {
    gatewayName: config.gateway.name[language === 'de' ? 'en' : language],
    networks: config.networks.map(({ id, name, technology, country }) => ({ id, name, technology, country })),
    groups: config.sharedGroups
      .filter((group) => group.mode === 'permanent')
      .map((group) => ({
        id: group.id,
        shortName: group.short,
        name: group.name,
        priority: group.priority,
        talkLimitMs: group.talkLimitMs ?? config.limits.talkLimitMs,
        talkWarnMs: group.talkWarnMs ?? config.limits.talkWarnMs,
        legs: group.legs.map((leg) => {
          const talkgroup = talkgroups.get(leg.talkgroup);
          return {
            id: `${group.id}/${leg.talkgroup}`,
            talkgroup: talkgroup?.short ?? leg.talkgroup,
            network: talkgroup?.network ?? '',
          };
        }),
      })),
    directory: new Directory(config),
  };
}
