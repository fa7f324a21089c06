/** Rules for attachments of kind `rtp`: every talkgroup has a place of its own, and what was written fits together. */
import { isIP, isIPv6 } from 'node:net';
import { amongHosts } from '../base/hosts.ts';
import type { PathProblem, Severity } from './problems.ts';
import { isMulticast, placeOf } from './rtp-place.ts';
import { voiceHost } from './voice-host.ts';
import type { Placed, World } from './world.ts';

type Attachment = World['attachments'][number]['value'];
type RtpAttachment = Extract<Attachment, { kind: 'rtp' }>;

/** Of a static payload type RTCP's second octet cannot be told apart from that of RTP with marker (RFC 5761 §4). */
const rtcpPayloadTypes = { from: 64, to: 95 };

export function* staticLinesFit(world: World): Iterable<PathProblem> {
  for (const attachment of rtpAttachments(world)) {
    yield* valuesFit(attachment);
    yield* placesFit(world, attachment);
  }
}

export function* staticPlacesDiffer(world: World): Iterable<PathProblem> {
  const taken = new Map<string, string>();
  for (const { value, path } of rtpAttachments(world)) {
    for (const number of numbersOf(world, value.network)) {
      const place = placeOf(value.rtp, number);
      if (!place.ok) continue;
      const key = place.multicast ? `${place.remote.address}:${place.listenPort}` : `port ${place.listenPort}`;
      const holder = `${number} of ${value.id}`;
      const other = taken.get(key);
      if (other === undefined) taken.set(key, holder);
      else yield problem('error', [...path, 'rtp', 'remote'], `gives ${holder} what ${other} has as well: ${key}`);
      const { media } = world;
      if (media === undefined || place.multicast) continue;
      if (place.listenPort >= media.ports.from && place.listenPort <= media.ports.to) {
        yield problem(
          'error',
          [...path, 'rtp', 'listenPort'],
          `gives ${holder} a port of media.ports, ${place.listenPort}: take one beside that range`,
        );
      }
    }
  }
}

/** A simulated network without a port of SIP: whether its far end can be where the attachment sends. */
export function* simulatorPlaysPlaces(
  world: World,
  played: { readonly network: string; readonly host: string },
  path: PathProblem['path'],
): Iterable<PathProblem> {
  const own = rtpAttachments(world).find(({ value }) => value.network === played.network && value.enabled);
  if (own === undefined) {
    yield problem('error', path, `needs a port: no enabled attachment of "${played.network}" is of kind rtp or link`);
    return;
  }
  const { id, rtp } = own.value;
  const at = (key: string) => [...own.path, 'rtp', key];
  if (rtp.codec !== 'PCMA') yield problem('error', at('codec'), `must be PCMA: ${id} is played by the simulator`);
  for (const number of numbersOf(world, played.network)) {
    const place = placeOf(rtp, number);
    if (!place.ok) continue;
    const { remote, multicast, sources } = place;
    if (multicast && !rtp.loopback) {
      yield problem('error', at('loopback'), `must be true: ${id} is played by the simulator on this machine`);
      return;
    }
    const from = multicast ? played.host : remote.address;
    if (sources.length > 0 && !amongHosts(sources)(from)) {
      yield problem('error', at('sources'), `must have ${from}, from where the simulator plays ${number}`);
    }
  }
}

function* valuesFit({ value, path }: Placed<RtpAttachment>): Iterable<PathProblem> {
  const { rtp } = value;
  const at = (...steps: (string | number)[]) => [...path, 'rtp', ...steps];
  const { payloadType, telephoneEventPayloadType, keyIn, keyOut, grant, answers } = rtp;
  if (payloadType !== undefined && payloadType >= rtcpPayloadTypes.from && payloadType <= rtcpPayloadTypes.to) {
    yield problem('error', at('payloadType'), 'must not be of 64–95: with the marker bit it would be taken for RTCP');
  }
  if (payloadType !== undefined && payloadType === telephoneEventPayloadType) {
    yield problem('error', at('telephoneEventPayloadType'), 'must be another than payloadType');
  }
  const modes = [keyIn.mode, keyOut.mode, grant.mode];
  const digits = [keyIn.emergency, ...Object.values(answers)].some((digit) => digit !== undefined);
  if (telephoneEventPayloadType === undefined && (digits || modes.includes('telephone-event'))) {
    yield problem('error', at('telephoneEventPayloadType'), 'is missing: digits are sent or heard on this attachment');
  }
  if (rtp.codec === 'L16/16000' && rtp.ptimeMs > 40) {
    yield problem('error', at('ptimeMs'), 'must be at most 40 with L16/16000: more does not fit into a datagram');
  }
}

function* placesFit(world: World, { value, path }: Placed<RtpAttachment>): Iterable<PathProblem> {
  const { rtp } = value;
  const at = (...steps: string[]) => [...path, 'rtp', ...steps];
  let anybody = false;
  let version: 4 | 6 | undefined;
  for (const number of numbersOf(world, value.network)) {
    const place = placeOf(rtp, number);
    if (!place.ok) {
      yield problem('error', at('remote'), place.reason);
      continue;
    }
    const { address } = place.remote;
    version = isIPv6(address) ? 6 : 4;
    anybody ||= place.multicast && place.sources.length === 0;
    const { media } = world;
    const voice = media && voiceHost(media, address);
    if (media !== undefined && voice === undefined) {
      yield problem(
        'error',
        at('remote'),
        `is of another IP version than media.host, ${media.host}: add media.otherHost`,
      );
    } else if (voice !== undefined && isLoopback(voice.host) && !isLoopback(address) && !isMulticast(address)) {
      yield problem('error', at('remote'), `cannot be reached from ${voice.key}, which is loopback`);
    }
  }
  if (anybody) {
    yield problem('warning', at('sources'), 'is empty: whoever sends to the multicast group is heard');
  }
  if (rtp.interface === undefined || version === undefined) return;
  if (version === 4 && isIP(rtp.interface) !== 4) {
    yield problem('error', at('interface'), 'must be an IPv4 address of the interface: the groups are of IPv4');
  } else if (version === 6 && isIP(rtp.interface) !== 0) {
    yield problem('error', at('interface'), 'must be the name of the interface, such as eth1: the groups are of IPv6');
  }
}

function rtpAttachments(world: World): readonly Placed<RtpAttachment>[] {
  return world.attachments.filter(
    (entry): entry is Placed<RtpAttachment> => entry.value.kind === 'rtp' && entry.value.enabled,
  );
}

/** Numbers of the network's talkgroups that some group may bring there. */
function numbersOf(world: World, network: string): readonly string[] {
  const legs = new Set(
    world.sharedGroups
      .filter(({ value }) => value.mode !== 'disabled')
      .flatMap(({ value }) => value.legs.map(({ talkgroup }) => talkgroup)),
  );
  return world.talkgroups
    .filter(({ value }) => value.network === network && legs.has(value.id))
    .map(({ value }) => value.number);
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function problem(severity: Severity, path: PathProblem['path'], message: string): PathProblem {
  return { severity, path, part: 'value', message };
}
