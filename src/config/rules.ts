/**
 * Rules that concern several parts of a configuration: references, numbers, shared groups, ports and addresses.
 * Pure: what is asked of the machine (files, secrets, ports in use) is not asked here.
 *
 * Each rule is a generator of problems over the world that could be read; checkRules runs them all.
 */
import { isIP, isIPv6 } from 'node:net';
import { formatPath, type PathProblem, type Severity, suggestion } from './problems.ts';
import { proofsAreOfTestGroups } from './proof-rules.ts';
import { simulatorPlaysPlaces, staticLinesFit, staticPlacesDiffer } from './rtp-rules.ts';
import { schedulesAreWhole } from './schedule-rules.ts';
import { readSipAddress, type SipAddress } from './sip-address.ts';
import { statusFreeFrom } from './status-schema.ts';
import { voiceHost } from './voice-host.ts';
import type { Placed, World } from './world.ts';
import type { Path } from './yaml-source.ts';

type Rule = (world: World) => Iterable<PathProblem>;
type Attachment = World['attachments'][number]['value'];
type Group = World['sharedGroups'][number]['value'];
type Talkgroup = World['talkgroups'][number]['value'];

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
    yield error(path, `is the id of ${first[0]}[${first[1]}] as well: give each its own`);
  }
}

function* referencesResolve(world: World): Iterable<PathProblem> {
  for (const { section, id, path } of world.references) {
    if (world.ids[section].has(id)) continue;
    yield error(path, `is not an id of ${section}${suggestion(id, world.ids[section].keys())}`);
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
      yield error(path, `means statuses[${first}] in ${network} as well: give each its own number there`);
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
      yield warning(['statuses', index, 'numbers', own, 'number'], reservedIn([network]));
    }
    const others = [...networks].filter((network) => numbers.every((each) => each.network !== network));
    if (code < statusFreeFrom && others.length > 0) yield warning(['statuses', index, 'code'], reservedIn(others));
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
    else yield error(['places', index, 'code'], `is the code of places[${first}] as well: give each its own`);
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
      yield error(path, 'must name its groups, or levels with their groups, one of the two');
    }
    for (const [at, { level, groups: its, posts }] of levels.entries()) {
      const here = [...path, 'levels', at];
      if (level <= (levels[at - 1]?.level ?? 0)) yield error([...here, 'level'], 'must be higher than the one before');
      if (its.length === 0) yield error([...here, 'groups'], 'must name a group');
      for (const [post, code] of posts.entries()) {
        if (codes.includes(code)) continue;
        yield error([...here, 'posts', post], `is not a code of places${suggestion(code, codes)}`);
      }
    }
    for (const [at, talkgroup] of (insert?.talkgroups ?? []).entries()) {
      if (encrypted.has(talkgroup))
        yield error([...path, 'insert', 'talkgroups', at], 'is end-to-end encrypted (rule R1)');
    }
    const missing = (['reason', 'origin', 'host'] as const).filter((detail) => !requires.includes(detail));
    if (borderRecord && missing.length > 0) {
      yield error([...path, 'requires'], `must name ${missing.join(', ')}: a border record needs them`);
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
    yield error([...path, 'sharePositions'], 'is false, yet `passes` names position: decide for one of them');
  }
}

// ── Numbers and names ──────────────────────────────────────────────────────────────────────────────────────────────

/** TETRA short subscriber identities have 24 bits (EN 300 392-1 §7); all ones is the broadcast address. */
const tetraNumberMax = 0xff_ffff;
/** TETRAPOL group numbers have 12 bits. */
const tetrapolGroupMax = 0xfff;

function* talkgroupNumbersFit(world: World): Iterable<PathProblem> {
  const technologies = technologiesOf(world);
  const seen = new Map<string, Path>();
  for (const { value, path } of world.talkgroups) {
    const number = compact(value.number);
    const at = [...path, 'number'];
    const technology = technologies.get(value.network);
    if (technology === 'tetra' && !isNumberWithin(number, 1, tetraNumberMax)) {
      yield error(at, `must be a TETRA group number from 1 to ${tetraNumberMax}`);
    }
    if (technology === 'tetrapol' && !isTetrapolGroup(number)) {
      yield error(
        at,
        `must be a TETRAPOL group number from 0 to ${tetrapolGroupMax}, after a base network and "-" if any`,
      );
    }
    const first = seen.get(`${value.network} ${number}`);
    if (first !== undefined) yield error(at, `is the number of ${place(first)} in the same network as well`);
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
        yield error(at, `must be a TETRA address from 1 to ${tetraNumberMax}`);
    }
    const first = seen.get(`${value.network} ${address}`);
    if (first !== undefined) yield error(at, `is the address of ${place(first)} in the same network as well`);
    else seen.set(`${value.network} ${address}`, path);
  }
}

function* namesTellGroupsApart(world: World): Iterable<PathProblem> {
  const seen = new Map<string, Path>();
  for (const { value, path } of world.sharedGroups) {
    const first = seen.get(value.short);
    if (first !== undefined)
      yield warning([...path, 'short'], `is the name of ${place(first)} as well: people cannot tell them apart`);
    else seen.set(value.short, path);
  }
}

// ── Shared groups ──────────────────────────────────────────────────────────────────────────────────────────────────

function* legsAreDistinct(world: World): Iterable<PathProblem> {
  for (const { value, path } of world.sharedGroups) {
    const seen = new Set<string>();
    for (const list of ['legs', 'shadowLegs'] as const) {
      for (const [index, { talkgroup }] of value[list].entries()) {
        const at = [...path, list, index, 'talkgroup'];
        if (seen.has(talkgroup)) yield error(at, 'is a leg of this group already: a talkgroup has one leg in a group');
        seen.add(talkgroup);
      }
    }
  }
}

function* noEncryptedTalkgroupIsShared(world: World): Iterable<PathProblem> {
  const talkgroups = byId(world.talkgroups);
  for (const { leg, path } of legsOf(world)) {
    if (talkgroups.get(leg.talkgroup)?.endToEndEncrypted !== true) continue;
    yield error(
      [...path, 'talkgroup'],
      'is end-to-end encrypted and is never bridged (rule R1): the gateway would have to hold its keys. Take the leg out',
    );
  }
}

/** R4: the same talkgroup cannot be in two bridges at once, or audio could return to the network that it came from. */
function* noTalkgroupIsInTwoPermanentGroups(world: World): Iterable<PathProblem> {
  const permanent = new Map<string, { readonly path: Path; readonly group: Group }>();
  for (const { leg, group, path } of legsOf(world)) {
    if (group.mode !== 'permanent') continue;
    const first = permanent.get(leg.talkgroup);
    if (first === undefined) permanent.set(leg.talkgroup, { path, group });
    else if (first.group !== group) {
      yield error(
        [...path, 'talkgroup'],
        `is in the permanent group "${first.group.id}" as well, and can be in one at a time (rule R4): take it out of one, or make one on-demand`,
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
    );
  }
}

/** A radio session lives on the packets of both sides, and a shadow sends none. */
function* shadowsNeedNoPackets(world: World): Iterable<PathProblem> {
  const talkgroups = byId(world.talkgroups);
  for (const { value: group, path } of world.sharedGroups) {
    for (const [index, { talkgroup }] of group.shadowLegs.entries()) {
      const network = talkgroups.get(talkgroup)?.network;
      const isRadio = world.attachments.some(({ value }) => value.network === network && value.kind === 'ed137');
      if (!isRadio) continue;
      yield error(
        [...path, 'shadowLegs', index, 'talkgroup'],
        'is reached by a radio session (ED-137), which ends when we send nothing: it cannot be a shadow',
      );
    }
  }
}

function* legsCanBeCarried(world: World): Iterable<PathProblem> {
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
      );
    } else if (chosen?.enabled === false) {
      yield error([...path, 'attachment'], 'is not enabled: set its `enabled` to true, or name another');
    }
    if (world.ids.networks.has(network) && !mayBeReached(world, network)) {
      yield error(
        [...path, 'talkgroup'],
        `is in the network "${network}", which no enabled attachment reaches: add one, or set the group's mode to disabled`,
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

function* prioritiesAgree(world: World): Iterable<PathProblem> {
  for (const { leg, path } of legsOf(world)) {
    if (leg.priority !== undefined && leg.priority > leg.priorityMax) {
      yield error([...path, 'priority'], `must not exceed priorityMax, which is ${leg.priorityMax}`);
    }
  }
}

function* warningComesBeforeLimit(world: World): Iterable<PathProblem> {
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
    if (value.talkWarnMs !== undefined)
      yield error([...path, 'talkWarnMs'], `must be less than the limit, which is ${limitMs}`);
    else
      yield error(
        [...path, 'talkLimitMs'],
        `is not above limits.talkWarnMs, which is ${warnMs}: add a talkWarnMs below it here`,
      );
  }
}

// ── SIP ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function* sipPeersCanBeReached(world: World): Iterable<PathProblem> {
  const transports = new Set(world.sip?.listen.map(({ transport }) => transport));
  for (const { value, path } of sessionAttachments(world)) {
    const { transport, callee } = sessionOf(value);
    const said = peerOf(value)?.transport;
    if (said !== undefined && said !== transport) {
      yield error(
        [...path, value.kind, 'peer'],
        `says transport=${said}, and \`transport\` says ${transport}: let them agree`,
      );
    }
    if (value.enabled && world.sip !== undefined && !transports.has(transport)) {
      yield error(
        [...path, value.kind, 'transport'],
        `is ${transport}, and sip.listen has no entry with that transport: add one`,
      );
    }
    if (!callee.includes('{number}')) {
      yield warning(
        [...path, value.kind, 'callee'],
        'has no {number}, so that every talkgroup is called at the same address',
      );
    }
  }
}

function* certificatesAreNamed(world: World): Iterable<PathProblem> {
  for (const [index, { transport, tls }] of (world.sip?.listen ?? []).entries()) {
    const at: Path = ['sip', 'listen', index];
    if (transport === 'tls' && tls === undefined) yield error(at, 'needs `tls` with certificate, key and ca');
    if (transport !== 'tls' && tls !== undefined) yield error([...at, 'tls'], `is for transport tls, not ${transport}`);
  }
  for (const { value, path } of sessionAttachments(world)) {
    const { tls, transport } = sessionOf(value);
    if (tls !== undefined && transport !== 'tls') {
      yield error([...path, value.kind, 'tls'], `is for transport tls, not ${transport}`);
    }
  }
}

function* keysTravelUnread(world: World): Iterable<PathProblem> {
  for (const { value, path } of sessionAttachments(world)) {
    if (value.kind === 'ed137') continue;
    const { srtp, transport } = value.kind === 'sip' ? value.sip : value.mcptt;
    if (srtp === 'off' || transport === 'tls' || isLoopback(peerOf(value)?.host ?? '')) continue;
    yield warning(
      [...path, value.kind, 'srtp'],
      `sends its keys over ${transport}, where whoever can listen reads them: use transport tls`,
    );
  }
}

function* sipCredentialsAreComplete(world: World): Iterable<PathProblem> {
  for (const { value, path } of sessionAttachments(world)) {
    const { username, password, challengeIncoming, mode } = sessionOf(value);
    const registerWith = value.kind === 'sip' ? value.sip.registerWith : undefined;
    const at = [...path, value.kind];
    const need = challengeIncoming
      ? 'challengeIncoming'
      : mode === 'register-and-accept'
        ? 'mode: register-and-accept'
        : undefined;
    const complete = username !== undefined && password !== undefined;
    if (need !== undefined && !complete) yield error(at, `needs username and password for ${need}`);
    else if (password !== undefined && username === undefined) yield error(at, 'has a password and no username');
    else if (registerWith !== undefined && username === undefined) {
      yield warning(at, 'registers without a username: a registrar that asks for digest credentials will refuse');
    }
  }
}

function* signallingDigitsDiffer(world: World): Iterable<PathProblem> {
  for (const { value, path } of world.attachments) {
    if (value.kind !== 'sip' && value.kind !== 'rtp') continue;
    const { keyIn, keyOut, grant, answers } = value.kind === 'sip' ? value.sip : value.rtp;
    const at = (...steps: string[]): Path => [...path, value.kind, ...steps];
    const incoming = new Map<string, string>();
    if (keyIn.mode === 'telephone-event') {
      incoming.set(keyIn.on, 'keyIn.on');
      if (incoming.has(keyIn.off)) yield error(at('keyIn', 'off'), 'must be another digit than `on`');
      incoming.set(keyIn.off, 'keyIn.off');
    }
    if (keyIn.emergency !== undefined) {
      const other = incoming.get(keyIn.emergency);
      if (other !== undefined) yield error(at('keyIn', 'emergency'), `must be another digit than ${other}`);
      incoming.set(keyIn.emergency, 'keyIn.emergency');
    }
    const outgoing = new Map<string, string>();
    if (keyOut.mode === 'telephone-event') outgoing.set(keyOut.on, 'keyOut.on').set(keyOut.off, 'keyOut.off');
    for (const key of ['granted', 'queued', 'denied', 'revoked'] as const) {
      const digit = answers[key];
      if (digit === undefined) continue;
      const other = outgoing.get(digit);
      if (other !== undefined) yield error(at('answers', key), `must be another digit than ${other}: we send both`);
      outgoing.set(digit, `answers.${key}`);
    }
    if (keyOut.mode === 'telephone-event' && keyOut.on === keyOut.off) {
      yield error(at('keyOut', 'off'), 'must be another digit than `on`');
    }
    if (grant.mode !== 'telephone-event') continue;
    if (keyOut.mode === 'continuous') {
      yield error(
        at('grant', 'mode'),
        'must not be telephone-event with keyOut continuous: the far end cannot see us key',
      );
    }
    const { guardMs } = value.kind === 'sip' ? value.sip : value.rtp;
    if (guardMs === 0 && keyIn.mode === 'presence') {
      yield warning(
        at('guardMs'),
        'is 0 on a line that grants by digits and is keyed by presence: what it sends beside a digit counts as talk, and ours waits up to 2 s. Leave it at 300; a radio that keys while we send is then refused without a digit',
      );
    }
    if (grant.granted === grant.denied) yield error(at('grant', 'denied'), 'must be another digit than `granted`');
    for (const key of ['granted', 'denied'] as const) {
      const other = incoming.get(grant[key]);
      if (other !== undefined)
        yield error(at('grant', key), `must be another digit than ${other}: both come from the far end`);
    }
  }
}

/** A call in is known by its source and the number called; INPT and RORCAL both have a group 590-900. */
function* callersCanBeToldApart(world: World): Iterable<PathProblem> {
  const numbers = new Map<string, Set<string>>();
  for (const { value } of world.talkgroups) {
    numbers.set(value.network, (numbers.get(value.network) ?? new Set()).add(compact(value.number)));
  }
  const accepting = sessionAttachments(world).filter(({ value }) => value.enabled && sessionOf(value).mode !== 'call');
  for (const [index, { value, path }] of accepting.entries()) {
    const host = peerOf(value)?.host;
    for (const { value: other, path: otherPath } of accepting.slice(0, index)) {
      if (host === undefined || host !== peerOf(other)?.host || value.network === other.network) continue;
      const [own, others] = [sessionOf(value), sessionOf(other)];
      if (own.challengeIncoming && others.challengeIncoming && own.username !== others.username) continue;
      const common = [...(numbers.get(value.network) ?? [])].find((number) => numbers.get(other.network)?.has(number));
      if (common === undefined) continue;
      yield error(
        [...path, value.kind, 'peer'],
        `is the host of ${place(otherPath)} as well, and both networks have a group ${common}: a call in could be for either`,
      );
    }
  }
}

// ── MCPTT ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A group has one master of its floor: two that are homed elsewhere would each decide for themselves. */
function* groupsHaveOneHome(world: World): Iterable<PathProblem> {
  const talkgroups = byId(world.talkgroups);
  for (const { value: group, path } of world.sharedGroups) {
    const away = group.legs.filter((leg) => {
      const network = talkgroups.get(leg.talkgroup)?.network;
      const [first] = world.attachments
        .flatMap(({ value }) => (value.enabled && value.network === network ? [value] : []))
        .sort((a, b) => Number(b.id === leg.attachment) - Number(a.id === leg.attachment) || a.rank - b.rank);
      return first?.kind === 'mcptt' && first.mcptt.home === 'there';
    });
    if (away.length < 2) continue;
    yield warning(
      [...path, 'legs'],
      `has ${away.length} legs whose groups are homed elsewhere (mcptt.home: there): each far end decides on the floor by itself`,
    );
  }
}

// ── Addresses and ports ────────────────────────────────────────────────────────────────────────────────────────────

function* addressesCanBeUsed(world: World): Iterable<PathProblem> {
  const { console, media, sip } = world;
  if (console !== undefined && !isLoopback(console.listen.host) && console.tls === undefined && !console.tlsByProxy) {
    yield error(
      ['console', 'listen', 'host'],
      'is not loopback, and passwords and voice must not travel in plain: give console.tls, or say tlsByProxy: true where a proxy before it does TLS, and name its address in console.origins',
    );
  }
  if (media !== undefined) {
    if (isWildcard(media.host))
      yield error(['media', 'host'], 'is told to far ends, so it must be one address of this machine');
    if (media.otherHost !== undefined && isWildcard(media.otherHost))
      yield error(['media', 'otherHost'], 'is told to far ends, so it must be one address of this machine');
    if (media.otherHost !== undefined && isIPv6(media.otherHost) === isIPv6(media.host))
      yield error(['media', 'otherHost'], `is of the same IP version as media.host, ${media.host}`);
    if (isWildcard(media.webrtc.host) && media.webrtc.announcedAddress === undefined) {
      yield error(
        ['media', 'webrtc', 'host'],
        'is told to browsers: write one address of this machine, or add announcedAddress',
      );
    }
  }
  for (const [index, { host }] of (sip?.listen ?? []).entries()) {
    if (isWildcard(host))
      yield error(['sip', 'listen', index, 'host'], 'is told to far ends, so it must be one address of this machine');
  }
  for (const { value, path } of sessionAttachments(world)) {
    const peer = peerOf(value);
    if (peer === undefined || !value.enabled || isIP(peer.host) === 0) continue;
    const at = [...path, value.kind, 'peer'];
    const own = sip?.listen.filter(({ transport }) => transport === sessionOf(value).transport) ?? [];
    const voice = media && voiceHost(media, peer.host);
    if (media !== undefined && voice === undefined) {
      yield error(at, `is of another IP version than media.host, ${media.host}: add media.otherHost`);
    } else if (voice !== undefined && isLoopback(voice.host) && !isLoopback(peer.host)) {
      yield error(at, `cannot send voice to ${voice.key}, which is loopback: write an address of this machine there`);
    }
    if (own.length === 0) continue;
    const fitting = own.filter(({ host }) => isIPv6(host) === isIPv6(peer.host));
    if (fitting.length === 0)
      yield error(at, `is of another IP version than every ${sessionOf(value).transport} entry of sip.listen`);
    else if (!isLoopback(peer.host) && fitting.every(({ host }) => isLoopback(host))) {
      yield error(at, 'cannot answer to sip.listen, which is loopback: write an address of this machine there');
    }
  }
}

function* portsSuffice(world: World): Iterable<PathProblem> {
  if (world.media === undefined) return;
  const { from, to } = world.media.ports;
  const pairs = Math.max(0, Math.floor((to - (from + (from % 2)) + 1) / 2));
  const networks = byId(world.talkgroups);
  const floors = new Set(world.attachments.flatMap(({ value }) => (value.kind === 'mcptt' ? [value.network] : [])));
  const open = [...legsOf(world)].filter(({ group }) => group.mode !== 'disabled');
  // Floor control of a leg has a pair of its own.
  const withFloor = open.filter(({ leg }) => floors.has(networks.get(leg.talkgroup)?.network ?? ''));
  const legs = open.length + withFloor.length;
  if (legs > pairs) {
    yield error(
      ['media', 'ports'],
      `has ${pairs} pairs of ports and the groups have ${open.length} legs${withFloor.length === 0 ? '' : `, ${withFloor.length} with floor control`}: widen the range by ${2 * (legs - pairs)}`,
    );
  }
  const { webrtc } = world.media;
  const consoles = world.console?.sessionsMax ?? 0;
  const webrtcPorts = webrtc.ports.to - webrtc.ports.from + 1;
  if (webrtcPorts < 2 * consoles) {
    yield warning(
      ['media', 'webrtc', 'ports'],
      `has ${webrtcPorts} ports, and ${consoles} consoles (console.sessionsMax) take ${2 * consoles}`,
    );
  }
}

function* portsDoNotOverlap(world: World): Iterable<PathProblem> {
  const taken: { readonly path: Path; readonly name: string; readonly from: number; readonly to: number }[] = [];
  const claim = function* (path: Path, name: string, from: number, to: number): Iterable<PathProblem> {
    const other = taken.find((range) => from <= range.to && range.from <= to);
    if (other === undefined) taken.push({ path, name, from, to });
    else
      yield error(
        path,
        `overlaps ${other.name} (${other.from === other.to ? other.from : `${other.from}–${other.to}`})`,
      );
  };
  const { media, sip, simulator } = world;
  if (media !== undefined) {
    yield* claim(['media', 'ports'], 'media.ports', media.ports.from, media.ports.to);
    yield* claim(['media', 'webrtc', 'ports'], 'media.webrtc.ports', media.webrtc.ports.from, media.webrtc.ports.to);
  }
  const seen = new Set<string>();
  for (const [index, { transport, host, port }] of (sip?.listen ?? []).entries()) {
    const name = `sip.listen[${index}]`;
    if (seen.has(`${transport} ${host} ${port}`)) yield error(['sip', 'listen', index], 'stands twice in sip.listen');
    else if (transport === 'udp' && ![...seen].some((key) => key.startsWith('udp ') && key.endsWith(` ${port}`))) {
      yield* claim(['sip', 'listen', index, 'port'], name, port, port);
    }
    seen.add(`${transport} ${host} ${port}`);
  }
  if (simulator === undefined) return;
  yield* claim(['simulator', 'ports'], 'simulator.ports', simulator.ports.from, simulator.ports.to);
  for (const [index, { port }] of simulator.networks.entries()) {
    if (port === undefined) continue;
    yield* claim(['simulator', 'networks', index, 'port'], `simulator.networks[${index}].port`, port, port);
  }
}

/** Over TCP, which WebRTC takes its ports of as well. */
function* listenersHaveTheirOwnPort(world: World): Iterable<PathProblem> {
  const { console, media, sip } = world;
  const taken: { readonly name: string; readonly host: string; readonly from: number; readonly to: number }[] = [];
  if (media !== undefined) taken.push({ name: 'media.webrtc.ports', host: media.webrtc.host, ...media.webrtc.ports });
  const claim = function* (path: Path, at: { readonly host: string; readonly port: number }): Iterable<PathProblem> {
    const other = taken.find(
      ({ host, from, to }) =>
        (host === at.host || isWildcard(host) || isWildcard(at.host)) && from <= at.port && at.port <= to,
    );
    if (other !== undefined) yield error([...path, 'port'], `is a port of ${other.name} as well: give each its own`);
    taken.push({ name: formatPath(path), host: at.host, from: at.port, to: at.port });
  };
  const streams = new Set<string>();
  for (const [index, { transport, ...at }] of (sip?.listen ?? []).entries()) {
    const key = `${transport} ${at.host} ${at.port}`;
    // The same entry twice is portsDoNotOverlap's to tell.
    if (transport !== 'udp' && !streams.has(key)) yield* claim(['sip', 'listen', index], at);
    streams.add(key);
  }
  if (console !== undefined) yield* claim(['console', 'listen'], console.listen);
  for (const { value, path } of world.attachments) {
    if (value.kind === 'link' && value.enabled) yield* claim([...path, 'link', 'listen'], value.link.listen);
  }
}

function* simulatorPlaysAttachments(world: World): Iterable<PathProblem> {
  for (const [index, played] of (world.simulator?.networks ?? []).entries()) {
    if (!world.ids.networks.has(played.network) || world.attachments.length < world.ids.attachments.size) continue;
    if (played.port === undefined) {
      const link = world.attachments.find(
        ({ value }) => value.kind === 'link' && value.network === played.network && value.enabled,
      );
      if (link?.value.kind === 'link') {
        const { tls, voice, codecs } = link.value.link;
        if (tls === undefined && voice.includes('rtp') && codecs.includes('PCMA')) continue;
        yield error([...link.path, 'link'], 'is played by the simulator: without tls, with voice rtp and codec PCMA');
        continue;
      }
      yield* simulatorPlaysPlaces(world, played, ['simulator', 'networks', index]);
      continue;
    }
    const peers = sessionAttachments(world)
      .filter(({ value }) => value.network === played.network && value.enabled)
      .map(({ value }) => peerOf(value));
    if (peers.some((peer) => peer?.host === played.host && peer.port === played.port)) continue;
    yield error(
      ['simulator', 'networks', index, 'port'],
      `plays ${played.host}:${played.port}, and no enabled attachment of "${played.network}" has that as its peer`,
    );
  }
}

// ── Link ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function* linkAgentsCanBeTrusted(world: World): Iterable<PathProblem> {
  for (const { value, path } of world.attachments) {
    if (value.kind !== 'link') continue;
    const { listen, token, tls, sources } = value.link;
    const at = (...steps: string[]): Path => [...path, 'link', ...steps];
    if (token === undefined && tls?.clientCa === undefined) {
      yield error(at(), 'lets in whoever knows the name of the agent: add a token or tls.clientCa');
    }
    if (tls?.clientName !== undefined && tls.clientCa === undefined) {
      yield error(at('tls', 'clientName'), 'needs tls.clientCa: without it no certificate is asked for');
    }
    if (tls === undefined && !isLoopback(listen.host)) {
      yield warning(at(), 'is heard by whoever is on the way, its token too: add tls');
    }
    if (sources.length === 0 && !isLoopback(listen.host)) {
      yield warning(at('sources'), 'lets connections in from everywhere: name the address of the agent');
    }
    if (isWildcard(listen.host)) continue;
    if (!value.link.voice.includes('rtp') || world.media === undefined) continue;
    const own = voiceHost(world.media, listen.host) ?? { key: 'media.host', host: world.media.host };
    if (isLoopback(own.host) === isLoopback(listen.host)) continue;
    yield error(
      at('voice'),
      `is rtp between listen.host, ${listen.host}, and ${own.key}, ${own.host}: let both be loopback or neither`,
    );
  }
}

// ── Helpers ────────────────────────────────────────────────────────────────────────────────────────────────────────

function problem(severity: Severity, path: Path, message: string): PathProblem {
  return { severity, path, part: 'value', message };
}

function error(path: Path, message: string): PathProblem {
  return problem('error', path, message);
}

function warning(path: Path, message: string): PathProblem {
  return problem('warning', path, message);
}

function place(path: Path): string {
  return `${path[0]}[${path[1]}]`;
}

function* legsOf(
  world: World,
): Iterable<{ readonly leg: Group['legs'][number]; readonly group: Group; readonly path: Path }> {
  for (const { value: group, path } of world.sharedGroups) {
    // Whatever holds for a leg holds for a shadow: it is there to become one.
    for (const list of ['legs', 'shadowLegs'] as const) {
      for (const [index, leg] of group[list].entries()) yield { leg, group, path: [...path, list, index] };
    }
  }
}

function byId<T extends { readonly id: string }>(entries: readonly Placed<T>[]): ReadonlyMap<string, T> {
  return new Map(entries.map(({ value }) => [value.id, value]));
}

function technologiesOf(world: World): ReadonlyMap<string, string> {
  return new Map(world.networks.map(({ value }) => [value.id, value.technology]));
}

/** Attachments whose legs are SIP sessions. */
type SessionAttachment = Extract<Attachment, { kind: 'sip' | 'mcptt' | 'ed137' }>;

function sessionAttachments(world: World): readonly Placed<SessionAttachment>[] {
  return world.attachments.filter((entry): entry is Placed<SessionAttachment> => isSession(entry.value));
}

function isSession(attachment: Attachment): attachment is SessionAttachment {
  return attachment.kind === 'sip' || attachment.kind === 'mcptt' || attachment.kind === 'ed137';
}

function sessionOf(attachment: SessionAttachment) {
  if (attachment.kind === 'sip') return attachment.sip;
  return attachment.kind === 'mcptt' ? attachment.mcptt : attachment.ed137;
}

function peerOf(attachment: SessionAttachment): SipAddress | undefined {
  const reading = readSipAddress(sessionOf(attachment).peer);
  return reading.ok ? reading.address : undefined;
}

function compact(number: Talkgroup['number']): string {
  return number.replaceAll(/\s/g, '');
}

function isNumberWithin(text: string, min: number, max: number): boolean {
  return /^[0-9]{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max;
}

function isTetrapolGroup(number: string): boolean {
  return isNumberWithin(/^(?:[0-9]{1,4}-)?([0-9]+)$/.exec(number)?.[1] ?? '', 0, tetrapolGroupMax);
}

function isLoopback(host: string): boolean {
  return /^127\./.test(host) || host === '::1' || /^::ffff:127\./i.test(host);
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]+$/.test(host);
}
