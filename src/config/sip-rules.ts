/** Rules of signalling: SIP and what stands on its calls, and the link's agents. Pure. */
import type { PathProblem } from './problems.ts';
import {
  byId,
  compact,
  error,
  isLoopback,
  isWildcard,
  peerOf,
  place,
  sessionAttachments,
  sessionOf,
  warning,
} from './rule-parts.ts';
import { voiceHost } from './voice-host.ts';
import type { World } from './world.ts';
import type { Path } from './yaml-source.ts';

export function* sipPeersCanBeReached(world: World): Iterable<PathProblem> {
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

export function* certificatesAreNamed(world: World): Iterable<PathProblem> {
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

export function* keysTravelUnread(world: World): Iterable<PathProblem> {
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

export function* sipCredentialsAreComplete(world: World): Iterable<PathProblem> {
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

export function* signallingDigitsDiffer(world: World): Iterable<PathProblem> {
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
export function* callersCanBeToldApart(world: World): Iterable<PathProblem> {
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

/** A group has one master of its floor: two that are homed elsewhere would each decide for themselves. */
export function* groupsHaveOneHome(world: World): Iterable<PathProblem> {
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

export function* linkAgentsCanBeTrusted(world: World): Iterable<PathProblem> {
  for (const { value, path } of world.attachments) {
    if (value.kind !== 'link') continue;
    const { listen, token, serviceTokens, tls, sources } = value.link;
    const at = (...steps: string[]): Path => [...path, 'link', ...steps];
    if (token === undefined && !serviceTokens && tls?.clientCa === undefined) {
      yield error(at(), 'lets in whoever knows the name of the agent: add a token, serviceTokens or tls.clientCa');
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
