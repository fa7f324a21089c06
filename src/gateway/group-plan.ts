/**
 * From the configuration to what the voice process and the attachments are told of each shared group. Pure.
 *
 * A leg goes over the attachment that its mapping names, else over the best ranked enabled one of its network that has a
 * channel left. Groups that are opened on demand or disabled have no legs of their own accord.
 */
import type { LegPlan } from '../bridges/ports.ts';
import type { Config, SharedGroup } from '../config/schema.ts';
import type { GroupSettings } from '../voice/contract.ts';

export interface PlannedLeg {
  /** Absent when the network has no attachment with a free channel. */
  readonly attachment: string | undefined;
  readonly network: string;
  readonly plan: LegPlan;
}

export interface PlannedGroup {
  readonly settings: GroupSettings;
  readonly legs: readonly PlannedLeg[];
}

export function planGroups(config: Config): readonly PlannedGroup[] {
  const channelsLeft = new Map(config.attachments.map(({ id, channels }) => [id, channels]));
  return config.sharedGroups
    .filter(({ mode }) => mode === 'permanent')
    .map((group) => ({
      settings: settingsOf(group, config),
      legs: group.legs.map((leg) => planLeg(group, leg, config, channelsLeft)),
    }));
}

function settingsOf(group: SharedGroup, { limits }: Config): GroupSettings {
  return {
    group: group.id,
    talkLimitMs: group.talkLimitMs ?? limits.talkLimitMs,
    talkWarnMs: group.talkWarnMs ?? limits.talkWarnMs,
    queueLimit: limits.queueLimit,
    leaseMs: limits.leaseMs,
    graceMs: limits.graceMs,
    override: group.override,
  };
}

function planLeg(
  group: SharedGroup,
  leg: SharedGroup['legs'][number],
  config: Config,
  channelsLeft: Map<string, number>,
): PlannedLeg {
  const talkgroup = config.talkgroups.find(({ id }) => id === leg.talkgroup);
  const network = talkgroup?.network ?? '';
  const attachment = config.attachments
    .filter(({ enabled, id }) => enabled && (channelsLeft.get(id) ?? 0) > 0)
    .filter((each) => (leg.attachment === undefined ? each.network === network : each.id === leg.attachment))
    .sort((a, b) => a.rank - b.rank)[0];
  if (attachment !== undefined) channelsLeft.set(attachment.id, (channelsLeft.get(attachment.id) ?? 0) - 1);
  return {
    attachment: attachment?.id,
    network,
    plan: {
      leg: `${group.id}/${leg.talkgroup}`,
      group: group.id,
      number: talkgroup?.number ?? '',
      display: group.short,
      priority: Math.min(leg.priority ?? group.priority, leg.priorityMax),
      priorityMax: leg.priorityMax,
      mayTalk: leg.mayTalk,
      mayQueue: true,
      firstWordMsMax: config.limits.firstWordMsMax,
    },
  };
}
