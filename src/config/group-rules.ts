/** Rules of shared groups and their legs. Pure. */
import type { PathProblem } from './problems.ts';
import { byId, error, legsOf, warning } from './rule-parts.ts';
import type { World } from './world.ts';
import type { Path } from './yaml-source.ts';

type Group = World['sharedGroups'][number]['value'];

export function* legsAreDistinct(world: World): Iterable<PathProblem> {
  for (const { value, path } of world.sharedGroups) {
    const seen = new Set<string>();
    for (const list of ['legs', 'shadowLegs'] as const) {
      for (const [index, { talkgroup }] of value[list].entries()) {
        const at = [...path, list, index, 'talkgroup'];
        if (seen.has(talkgroup))
          yield error(at, 'is a leg of this group already: a talkgroup has one leg in a group', 'leg-twice');
        seen.add(talkgroup);
      }
    }
  }
}

export function* noEncryptedTalkgroupIsShared(world: World): Iterable<PathProblem> {
  const talkgroups = byId(world.talkgroups);
  for (const { leg, path } of legsOf(world)) {
    if (talkgroups.get(leg.talkgroup)?.endToEndEncrypted !== true) continue;
    yield error(
      [...path, 'talkgroup'],
      'is end-to-end encrypted and is never bridged (rule R1): the gateway would have to hold its keys. Take the leg out',
      'encrypted',
    );
  }
}

/** R4: the same talkgroup cannot be in two bridges at once, or audio could return to the network that it came from. */
export function* noTalkgroupIsInTwoPermanentGroups(world: World): Iterable<PathProblem> {
  const permanent = new Map<string, { readonly path: Path; readonly group: Group }>();
  for (const { leg, group, path } of legsOf(world)) {
    if (group.mode !== 'permanent') continue;
    const first = permanent.get(leg.talkgroup);
    if (first === undefined) permanent.set(leg.talkgroup, { path, group });
    else if (first.group !== group) {
      yield error(
        [...path, 'talkgroup'],
        `is in the permanent group "${first.group.id}" as well, and can be in one at a time (rule R4): take it out of one, or make one on-demand`,
        'two-permanent',
        { group: first.group.id },
      );
    }
  }
  for (const { leg, group, path } of legsOf(world)) {
    const first = permanent.get(leg.talkgroup);
    if (first === undefined || group.mode === 'permanent' || group.mode === 'disabled') continue;
    const so = group.mode === 'scheduled' ? 'opens without it' : 'cannot be opened';
    yield warning(
      [...path, 'talkgroup'],
      `is in the permanent group "${first.group.id}", so that this group ${so} (rule R4)`,
      'permanent-elsewhere',
      { group: first.group.id },
    );
  }
}

/** A radio session lives on the packets of both sides, and a shadow sends none. */
export function* shadowsNeedNoPackets(world: World): Iterable<PathProblem> {
  const talkgroups = byId(world.talkgroups);
  for (const { value: group, path } of world.sharedGroups) {
    for (const [index, { talkgroup }] of group.shadowLegs.entries()) {
      const network = talkgroups.get(talkgroup)?.network;
      const isRadio = world.attachments.some(({ value }) => value.network === network && value.kind === 'ed137');
      if (!isRadio) continue;
      yield error(
        [...path, 'shadowLegs', index, 'talkgroup'],
        'is reached by a radio session (ED-137), which ends when we send nothing: it cannot be a shadow',
        'shadow-by-radio',
      );
    }
  }
}

export function* legsCanBeCarried(world: World): Iterable<PathProblem> {
  const talkgroups = byId(world.talkgroups);
  const attachments = byId(world.attachments);
  const legsPerNetwork = new Map<string, number>();
  for (const { leg, group, path } of legsOf(world)) {
    const network = talkgroups.get(leg.talkgroup)?.network;
    if (network === undefined || group.mode === 'disabled') continue;
    if (group.mode === 'permanent') legsPerNetwork.set(network, (legsPerNetwork.get(network) ?? 0) + 1);
    const chosen = leg.attachment === undefined ? undefined : attachments.get(leg.attachment);
    if (chosen !== undefined && chosen.network !== network) {
      yield error(
        [...path, 'attachment'],
        `reaches the network "${chosen.network}", and the talkgroup is in "${network}"`,
        'attachment-elsewhere',
        { network: chosen.network, own: network },
      );
    } else if (chosen?.enabled === false) {
      yield error(
        [...path, 'attachment'],
        'is not enabled: set its `enabled` to true, or name another',
        'attachment-off',
      );
    }
    if (world.ids.networks.has(network) && !mayBeReached(world, network)) {
      yield error(
        [...path, 'talkgroup'],
        `is in the network "${network}", which no enabled attachment reaches: add one, or set the group's mode to disabled`,
        'network-unreached',
        { network },
      );
    }
  }
  for (const { value, path } of world.networks) {
    const legs = legsPerNetwork.get(value.id) ?? 0;
    const channels = world.attachments
      .filter((entry) => entry.value.network === value.id && entry.value.enabled)
      .reduce((sum, entry) => sum + entry.value.channels, 0);
    if (channels > 0 && legs > channels) {
      yield warning(
        [...path, 'id'],
        `has ${legs} legs in permanent groups and attachments for ${channels}: the rest stays down`,
      );
    }
  }
}

/** An attachment that could not be read may be the one that was meant, so it counts. */
function mayBeReached(world: World, network: string): boolean {
  if (world.attachments.length < world.ids.attachments.size) return true;
  return world.attachments.some(({ value }) => value.network === network && value.enabled);
}

export function* prioritiesAgree(world: World): Iterable<PathProblem> {
  for (const { leg, path } of legsOf(world)) {
    if (leg.priority !== undefined && leg.priority > leg.priorityMax) {
      yield error(
        [...path, 'priority'],
        `must not exceed priorityMax, which is ${leg.priorityMax}`,
        'priority-above-max',
        { max: leg.priorityMax },
      );
    }
  }
}

export function* warningComesBeforeLimit(world: World): Iterable<PathProblem> {
  const { limits } = world;
  if (limits === undefined) return;
  if (limits.talkWarnMs >= limits.talkLimitMs) {
    yield error(['limits', 'talkWarnMs'], `must be less than talkLimitMs, which is ${limits.talkLimitMs}`);
    return;
  }
  for (const { value, path } of world.sharedGroups) {
    const limitMs = value.talkLimitMs ?? limits.talkLimitMs;
    const warnMs = value.talkWarnMs ?? limits.talkWarnMs;
    if (warnMs < limitMs) continue;
    if (value.talkWarnMs !== undefined) {
      yield error([...path, 'talkWarnMs'], `must be less than the limit, which is ${limitMs}`, 'warning-after-limit');
    } else
      yield error(
        [...path, 'talkLimitMs'],
        `is not above limits.talkWarnMs, which is ${warnMs}: add a talkWarnMs below it here`,
        'warning-after-limit',
      );
  }
}
