/**
 * Rules that concern several parts of a configuration: here references, numbers and names, and all of them in their order.
 * Pure: what is asked of the machine (files, secrets, ports in use) is not asked here.
 *
 * Each rule is a generator of problems over the world that could be read; checkRules runs them all.
 */
import {
  legsAreDistinct,
  legsCanBeCarried,
  noEncryptedTalkgroupIsShared,
  noTalkgroupIsInTwoPermanentGroups,
  prioritiesAgree,
  shadowsNeedNoPackets,
  warningComesBeforeLimit,
} from './group-rules.ts';
import {
  addressesCanBeUsed,
  listenersHaveTheirOwnPort,
  portsDoNotOverlap,
  portsSuffice,
  simulatorPlaysAttachments,
} from './port-rules.ts';
import { type PathProblem, suggestion } from './problems.ts';
import { proofsAreOfTestGroups } from './proof-rules.ts';
import { staticLinesFit, staticPlacesDiffer } from './rtp-rules.ts';
import {
  compact,
  error,
  isNumberWithin,
  isTetrapolGroup,
  place,
  technologiesOf,
  tetrapolGroupMax,
  warning,
} from './rule-parts.ts';
import { schedulesAreWhole } from './schedule-rules.ts';
import {
  callersCanBeToldApart,
  certificatesAreNamed,
  groupsHaveOneHome,
  keysTravelUnread,
  linkAgentsCanBeTrusted,
  signallingDigitsDiffer,
  sipCredentialsAreComplete,
  sipPeersCanBeReached,
} from './sip-rules.ts';
import { statusFreeFrom } from './status-schema.ts';
import type { World } from './world.ts';
import type { Path } from './yaml-source.ts';

type Rule = (world: World) => Iterable<PathProblem>;

/** Runs every rule. Deterministic; the order is that of the rules, then of the file. */
export function checkRules(world: World): PathProblem[] {
  return rules.flatMap((rule) => [...rule(world)]);
}

const rules: readonly Rule[] = [
  idsAreUnique,
  referencesResolve,
  talkgroupNumbersFit,
  unitAddressesFit,
  namesTellGroupsApart,
  statusesDiffer,
  statusesAreFreeToUse,
  placesDiffer,
  alertPlansAreWhole,
  directLinesAreReached,
  positionsPassWhereShared,
  legsAreDistinct,
  noEncryptedTalkgroupIsShared,
  noTalkgroupIsInTwoPermanentGroups,
  schedulesAreWhole,
  proofsAreOfTestGroups,
  legsCanBeCarried,
  shadowsNeedNoPackets,
  prioritiesAgree,
  warningComesBeforeLimit,
  sipPeersCanBeReached,
  certificatesAreNamed,
  keysTravelUnread,
  sipCredentialsAreComplete,
  groupsHaveOneHome,
  signallingDigitsDiffer,
  callersCanBeToldApart,
  linkAgentsCanBeTrusted,
  addressesCanBeUsed,
  portsSuffice,
  portsDoNotOverlap,
  listenersHaveTheirOwnPort,
  staticLinesFit,
  staticPlacesDiffer,
  simulatorPlaysAttachments,
];

// ── Identity and references ────────────────────────────────────────────────────────────────────────────────────────

function* idsAreUnique(world: World): Iterable<PathProblem> {
  for (const { path, first } of world.repeated) {
    yield error(path, `is the id of ${first[0]}[${first[1]}] as well: give each its own`, 'id-twice', {
      other: `${first[0]}[${first[1]}]`,
    });
  }
}

function* referencesResolve(world: World): Iterable<PathProblem> {
  for (const { section, id, path } of world.references) {
    if (world.ids[section].has(id)) continue;
    yield error(path, `is not an id of ${section}${suggestion(id, world.ids[section].keys())}`, 'reference-unknown', {
      section,
      id,
    });
  }
}

/** In each network a number means one thing. */
function* statusesDiffer(world: World): Iterable<PathProblem> {
  const statuses = world.statuses ?? [];
  const networks = [...world.ids.networks.keys()];
  const seen = new Map<string, number>();
  for (const [index, { code, numbers }] of statuses.entries()) {
    for (const network of networks) {
      const own = numbers.findIndex((each) => each.network === network);
      const key = `${network} ${numbers[own]?.number ?? code}`;
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, index);
        continue;
      }
      const path = own < 0 ? ['statuses', index, 'code'] : ['statuses', index, 'numbers', own, 'number'];
      yield error(
        path,
        `means statuses[${first}] in ${network} as well: give each its own number there`,
        'status-twice',
        {
          other: `statuses[${first}]`,
          network,
        },
      );
      break;
    }
  }
}

/** What a SIP far end sends below is taken for what TETRA means by it, and mostly for nothing (bridges/sip/data-message.ts). */
function* statusesAreFreeToUse(world: World): Iterable<PathProblem> {
  const technologies = new Map(world.networks.map(({ value }) => [value.id, value.technology]));
  const networks = new Set(
    world.attachments
      .flatMap(({ value }) => (value.kind === 'sip' && value.enabled ? [value] : []))
      .filter(({ network, sip }) => technologies.get(network) === 'tetra' || sip.data.send === 'short-data')
      .map(({ network }) => network),
  );
  for (const [index, { code, numbers }] of (world.statuses ?? []).entries()) {
    for (const [own, { network, number }] of numbers.entries()) {
      if (number >= statusFreeFrom || !networks.has(network)) continue;
      yield warning(['statuses', index, 'numbers', own, 'number'], reservedIn([network]), 'status-reserved');
    }
    const others = [...networks].filter((network) => numbers.every((each) => each.network !== network));
    if (code < statusFreeFrom && others.length > 0) {
      yield warning(['statuses', index, 'code'], reservedIn(others), 'status-reserved');
    }
  }
}

function reservedIn(networks: readonly string[]): string {
  return `is its number in ${networks.join(', ')}, where SIP drops it: TETRA reserves what is below ${statusFreeFrom}. Give it one of those above in \`numbers\``;
}

function* placesDiffer(world: World): Iterable<PathProblem> {
  const seen = new Map<string, number>();
  for (const [index, { code }] of (world.places ?? []).entries()) {
    const first = seen.get(code);
    if (first === undefined) seen.set(code, index);
    else {
      yield error(
        ['places', index, 'code'],
        `is the code of places[${first}] as well: give each its own`,
        'place-twice',
        {
          other: `places[${first}]`,
        },
      );
    }
  }
}

function* alertPlansAreWhole(world: World): Iterable<PathProblem> {
  const codes = (world.places ?? []).map(({ code }) => code);
  const encrypted = new Set(
    world.talkgroups.filter(({ value }) => value.endToEndEncrypted).map(({ value }) => value.id),
  );
  for (const { value, path } of world.alertPlans) {
    const { groups, levels, insert, borderRecord, requires } = value;
    if (groups.length > 0 === levels.length > 0) {
      yield error(path, 'must name its groups, or levels with their groups, one of the two', 'plan-groups-or-levels');
    }
    for (const [at, { level, groups: its, posts }] of levels.entries()) {
      const here = [...path, 'levels', at];
      if (level <= (levels[at - 1]?.level ?? 0)) {
        yield error([...here, 'level'], 'must be higher than the one before', 'level-order');
      }
      if (its.length === 0) yield error([...here, 'groups'], 'must name a group', 'level-without-group');
      for (const [post, code] of posts.entries()) {
        if (codes.includes(code)) continue;
        yield error([...here, 'posts', post], `is not a code of places${suggestion(code, codes)}`, 'post-unknown', {
          code,
        });
      }
    }
    for (const [at, talkgroup] of (insert?.talkgroups ?? []).entries()) {
      if (encrypted.has(talkgroup))
        yield error([...path, 'insert', 'talkgroups', at], 'is end-to-end encrypted (rule R1)', 'encrypted');
    }
    const missing = (['reason', 'origin', 'host'] as const).filter((detail) => !requires.includes(detail));
    if (borderRecord && missing.length > 0) {
      yield error(
        [...path, 'requires'],
        `must name ${missing.join(', ')}: a border record needs them`,
        'plan-requires',
      );
    }
  }
}

/** A call is known by its number, so no two lines of an attachment may share one. */
function* directLinesAreReached(world: World): Iterable<PathProblem> {
  const seen = new Map<string, string>();
  for (const { value, path } of world.directLines) {
    const { attachment, number, calledAs } = value;
    const kind = world.attachments.find((each) => each.value.id === attachment)?.value.kind;
    if (kind !== undefined && kind !== 'sip') {
      yield error([...path, 'attachment'], `is of kind ${kind}: a direct line needs one of kind sip`);
    }
    for (const [key, said] of Object.entries({ number, calledAs })) {
      const first = said === undefined ? undefined : seen.get(`${attachment} ${key} ${said}`);
      if (first !== undefined) yield error([...path, key], `is that of ${first} as well: give each line its own`);
      else seen.set(`${attachment} ${key} ${said}`, place(path));
    }
  }
}

/** Rule R5 holds for radios of the other country as for its consoles. */
function* positionsPassWhereShared(world: World): Iterable<PathProblem> {
  for (const { value, path } of world.sharedGroups) {
    if (value.sharePositions !== false || !value.passes.includes('position')) continue;
    yield error(
      [...path, 'sharePositions'],
      'is false, yet `passes` names position: decide for one of them',
      'positions-contradict',
    );
  }
}

// ── Numbers and names ──────────────────────────────────────────────────────────────────────────────────────────────

/** TETRA short subscriber identities have 24 bits (EN 300 392-1 §7); all ones is the broadcast address. */
const tetraNumberMax = 0xff_ffff;

function* talkgroupNumbersFit(world: World): Iterable<PathProblem> {
  const technologies = technologiesOf(world);
  const seen = new Map<string, Path>();
  for (const { value, path } of world.talkgroups) {
    const number = compact(value.number);
    const at = [...path, 'number'];
    const technology = technologies.get(value.network);
    if (technology === 'tetra' && !isNumberWithin(number, 1, tetraNumberMax)) {
      yield error(at, `must be a TETRA group number from 1 to ${tetraNumberMax}`, 'tetra-number', {
        max: tetraNumberMax,
      });
    }
    if (technology === 'tetrapol' && !isTetrapolGroup(number)) {
      yield error(
        at,
        `must be a TETRAPOL group number from 0 to ${tetrapolGroupMax}, after a base network and "-" if any`,
        'tetrapol-number',
        { max: tetrapolGroupMax },
      );
    }
    const first = seen.get(`${value.network} ${number}`);
    if (first !== undefined)
      yield error(at, `is the number of ${place(first)} in the same network as well`, 'number-twice', {
        other: place(first),
      });
    else seen.set(`${value.network} ${number}`, path);
  }
}

function* unitAddressesFit(world: World): Iterable<PathProblem> {
  const technologies = technologiesOf(world);
  const seen = new Map<string, Path>();
  for (const { value, path } of world.units) {
    const address = compact(value.address);
    const at = [...path, 'address'];
    if (technologies.get(value.network) === 'tetra' && /^[0-9]{1,8}$/.test(address)) {
      if (!isNumberWithin(address, 1, tetraNumberMax))
        yield error(at, `must be a TETRA address from 1 to ${tetraNumberMax}`, 'tetra-address', {
          max: tetraNumberMax,
        });
    }
    const first = seen.get(`${value.network} ${address}`);
    if (first !== undefined)
      yield error(at, `is the address of ${place(first)} in the same network as well`, 'address-twice', {
        other: place(first),
      });
    else seen.set(`${value.network} ${address}`, path);
  }
}

function* namesTellGroupsApart(world: World): Iterable<PathProblem> {
  const seen = new Map<string, Path>();
  for (const { value, path } of world.sharedGroups) {
    const first = seen.get(value.short);
    if (first !== undefined)
      yield warning(
        [...path, 'short'],
        `is the name of ${place(first)} as well: people cannot tell them apart`,
        'name-twice',
        { other: place(first) },
      );
    else seen.set(value.short, path);
  }
}
