/**
 * From the configuration to what the voice process and the attachments are told of each shared group. Pure.
 *
 * Groups that are opened on demand or disabled have no legs of their own accord.
 */
import { isDeepStrictEqual } from 'node:util';
import { aliasOf } from '../base/alias.ts';
import { exercisePriority, type LegNeed, type Way } from '../bridges/placement-terms.ts';
import type { LegPlan, NameRule } from '../bridges/ports.ts';
import type { Config, SharedGroup } from '../config/schema.ts';
import type { WishedGroup } from '../console/wire.ts';
import type { GroupSettings } from '../voice/contract.ts';

export interface PlannedLeg {
  /** What decides which attachment carries it. */
  readonly need: LegNeed;
  readonly plan: LegPlan;
}

export interface PlannedGroup {
  readonly settings: GroupSettings;
  readonly legs: readonly PlannedLeg[];
}

export function planGroups(config: Config): readonly PlannedGroup[] {
  return config.sharedGroups
    .filter(({ mode }) => mode === 'permanent')
    .map((group) => ({
      settings: settingsOf(group, config),
      legs: group.legs.map((leg) => planLeg(group, leg, config)),
    }));
}

/** What the voice process is told of a group that is opened; undefined when there is none of that id. */
export function planGroup(config: Config, id: string): GroupSettings | undefined {
  const group = config.sharedGroups.find((each) => each.id === id);
  return group && settingsOf(group, config);
}

/**
 * A talkgroup that is joined to a group: one of its own legs, or any other as a leg like those. `exercise`: its channel is
 * anybody's who needs one for real.
 */
export function planMember(config: Config, id: string, talkgroup: string, exercise = false): PlannedLeg | undefined {
  const group = config.sharedGroups.find((each) => each.id === id);
  if (group === undefined || !config.talkgroups.some((each) => each.id === talkgroup)) return undefined;
  const own = group.legs.find((leg) => leg.talkgroup === talkgroup);
  const { need, plan } = planLeg(group, own ?? { talkgroup, priorityMax: 14, mayTalk: true }, config);
  return { need: exercise ? { ...need, priority: exercisePriority } : need, plan };
}

/** All legs of groups as somebody would have them. A talkgroup is in one group at a time: of several the first has it. */
export function planWished(config: Config, groups: readonly WishedGroup[]): readonly PlannedLeg[] {
  const taken = new Set<string>();
  return groups.flatMap(({ group, talkgroups, exercise }) => {
    const own = config.sharedGroups.find(({ id }) => id === group)?.legs.map(({ talkgroup }) => talkgroup) ?? [];
    const wanted = new Set([...own, ...talkgroups].filter((talkgroup) => !taken.has(talkgroup)));
    for (const talkgroup of wanted) taken.add(talkgroup);
    return [...wanted].flatMap((talkgroup) => planMember(config, group, talkgroup, exercise) ?? []);
  });
}

/** A talkgroup that hears an announcement of a group and nothing else: alone in a group of its own, with no right to talk. */
export function planInsertion(
  config: Config,
  id: string,
  talkgroup: string,
): { readonly settings: GroupSettings; readonly leg: PlannedLeg } | undefined {
  const group = config.sharedGroups.find((each) => each.id === id);
  if (group === undefined || !config.talkgroups.some((each) => each.id === talkgroup)) return undefined;
  const alone: SharedGroup = { ...group, id: `insertion:${talkgroup}`, loops: false };
  const leg = planLeg(alone, { talkgroup, priorityMax: 0, mayTalk: false }, config);
  return { settings: settingsOf(alone, config), leg };
}

/**
 * Talkgroups of a group for tests, each by way of one attachment, in a group of their own: nobody can talk there, and their
 * channels are anybody's who needs one for real.
 */
export function planProof(
  config: Config,
  id: string,
  own: string,
  lines: readonly { readonly talkgroup: string; readonly attachment: string }[],
): { readonly settings: GroupSettings; readonly legs: readonly PlannedLeg[] } | undefined {
  const group = config.sharedGroups.find((each) => each.id === id);
  if (group === undefined) return undefined;
  const alone: SharedGroup = { ...group, id: own, loops: false, talkLimitMs: 60_000, talkWarnMs: 59_000 };
  const legs = lines.map(({ talkgroup, attachment }) => {
    const { need, plan } = planLeg(alone, { talkgroup, attachment, priorityMax: 0, mayTalk: false }, config);
    return { need: { ...need, priority: exercisePriority }, plan: { ...plan, isProof: true as const } };
  });
  return { settings: settingsOf(alone, config), legs };
}

/** The place beside a group from which one of its shadow legs is listened to, and that leg. */
export interface PlannedShadow {
  readonly settings: GroupSettings;
  readonly leg: PlannedLeg;
  readonly talkgroup: string;
}

/** All shadows of a group. Its channel is anybody's who needs one for real. */
export function planShadows(config: Config, id: string): readonly PlannedShadow[] {
  const group = config.sharedGroups.find((each) => each.id === id);
  return (group?.shadowLegs ?? []).map((leg) => {
    const place: SharedGroup = { ...group!, id: `shadow:${id}:${leg.talkgroup}` };
    const { need, plan } = planLeg(place, leg, config);
    // What is claimed counts here: how far it is lowered is one of the things that are looked for.
    const priority = leg.priority ?? place.priority;
    return {
      settings: { ...settingsOf(place, config), shadowOf: id },
      leg: { need: { ...need, priority: exercisePriority }, plan: { ...plan, priority, isShadow: true } },
      talkgroup: leg.talkgroup,
    };
  });
}

/** The attachments among which legs are placed. */
export function planWays({ attachments }: Config): readonly Way[] {
  return attachments
    .filter(({ enabled }) => enabled)
    .map(({ id: attachment, network, rank, channels }) => ({ attachment, network, rank, channels }));
}

function settingsOf(group: SharedGroup, { limits, loops }: Config): GroupSettings {
  return {
    group: group.id,
    talkLimitMs: group.talkLimitMs ?? limits.talkLimitMs,
    talkWarnMs: group.talkWarnMs ?? limits.talkWarnMs,
    queueLimit: limits.queueLimit,
    leaseMs: limits.leaseMs,
    graceMs: limits.graceMs,
    override: group.override,
    ...(group.loops && loops.recognise && { loops: loopRules(loops) }),
  };
}

function nameRule({ networks }: Config, id: string): NameRule {
  const network = networks.find((each) => each.id === id);
  return { charactersMax: network?.displayNameMax ?? 12, alphabet: network?.alphabet ?? 'latin1' };
}

function loopRules({ likenessMin, holdMs, holdMsMax }: Config['loops']): GroupSettings['loops'] {
  return { likenessMin, holdMs, holdMsMax };
}

function planLeg(group: SharedGroup, leg: SharedGroup['legs'][number], config: Config): PlannedLeg {
  const talkgroup = config.talkgroups.find(({ id }) => id === leg.talkgroup);
  const id = legOf(group.id, leg.talkgroup);
  const names = nameRule(config, talkgroup?.network ?? '');
  return {
    need: {
      leg: id,
      group: group.id,
      network: talkgroup?.network ?? '',
      pinned: leg.attachment,
      priority: group.priority,
    },
    plan: {
      leg: id,
      group: group.id,
      number: talkgroup?.number ?? '',
      display: aliasOf(group.short, names.charactersMax, names.alphabet),
      names,
      priority: Math.min(leg.priority ?? group.priority, leg.priorityMax),
      priorityMax: leg.priorityMax,
      mayTalk: leg.mayTalk,
      mayQueue: true,
      firstWordMsMax: config.limits.firstWordMsMax,
    },
  };
}

/** Its call may go on: nothing but how it is called is another. */
export function isSameLeg(one: PlannedLeg, other: PlannedLeg): boolean {
  const called = ({ need, plan }: PlannedLeg) => ({ need, plan: { ...plan, display: '' } });
  return isDeepStrictEqual(called(one), called(other));
}

/** The id of a talkgroup's leg in a group. */
export function legOf(group: string, talkgroup: string): string {
  return `${group}/${talkgroup}`;
}
