/** Rules of addresses and ports, of our own and of the simulator. Pure. */
import { isIP, isIPv6 } from 'node:net';
import { formatPath, type PathProblem } from './problems.ts';
import { simulatorPlaysPlaces } from './rtp-rules.ts';
import {
  byId,
  error,
  isLoopback,
  isWildcard,
  legsOf,
  peerOf,
  sessionAttachments,
  sessionOf,
  warning,
} from './rule-parts.ts';
import { voiceHost } from './voice-host.ts';
import type { World } from './world.ts';
import type { Path } from './yaml-source.ts';

export function* addressesCanBeUsed(world: World): Iterable<PathProblem> {
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

export function* portsSuffice(world: World): Iterable<PathProblem> {
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

export function* portsDoNotOverlap(world: World): Iterable<PathProblem> {
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
export function* listenersHaveTheirOwnPort(world: World): Iterable<PathProblem> {
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
  const cards = console?.tls?.clientCertificates;
  if (console !== undefined && cards !== undefined) {
    yield* claim(['console', 'tls', 'clientCertificates'], { host: console.listen.host, port: cards.port });
  }
  for (const { value, path } of world.attachments) {
    if (value.kind === 'link' && value.enabled) yield* claim([...path, 'link', 'listen'], value.link.listen);
  }
}

export function* simulatorPlaysAttachments(world: World): Iterable<PathProblem> {
  for (const [index, played] of (world.simulator?.networks ?? []).entries()) {
    if (!world.ids.networks.has(played.network) || world.attachments.length < world.ids.attachments.size) continue;
    if (played.port === undefined) {
      const link = world.attachments.find(
        ({ value }) => value.kind === 'link' && value.network === played.network && value.enabled,
      );
      if (link?.value.kind === 'link') {
        const { token, serviceTokens, tls, voice, codecs } = link.value.link;
        const isLetIn = token !== undefined || !serviceTokens;
        if (tls === undefined && voice.includes('rtp') && codecs.includes('PCMA') && isLetIn) continue;
        const needs = `without tls, with voice rtp and codec PCMA${isLetIn ? '' : ', and a token of the file'}`;
        yield error([...link.path, 'link'], `is played by the simulator: ${needs}`);
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
