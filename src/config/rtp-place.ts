/** Where RTP without signalling goes: an address and a port, perhaps with a talkgroup's number in them. */
import { isIP, isIPv6 } from 'node:net';

/** An address literal and a port. */
interface Place {
  readonly address: string;
  readonly port: number;
}

type PlaceReading = { readonly ok: true; readonly place: Place } | { readonly ok: false; readonly reason: string };

const portMax = 65_535;

/** Reads `192.0.2.20:5004` or `[2001:db8::20]:5004`. */
export function readPlace(value: string): PlaceReading {
  const [, six, four, digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(value) ?? [];
  const address = six ?? four ?? '';
  const port = Number(digits);
  if (isIP(address) !== (six === undefined ? 4 : 6) || address.includes('%')) {
    return { ok: false, reason: 'must be an address and a port such as 192.0.2.20:5004 or [2001:db8::20]:5004' };
  }
  if (port < 1 || port > portMax) return { ok: false, reason: 'must have a port from 1 to 65535' };
  return { ok: true, place: { address, port } };
}

export function isMulticast(address: string): boolean {
  if (isIPv6(address)) return /^ff/i.test(address);
  const first = Number.parseInt(address, 10);
  return first >= 224 && first <= 239;
}

export function fillPlace(template: string, number: string): string {
  return template.replaceAll('{number}', compact(number));
}

/** The port, `undefined` when the template gives none. */
export function fillPort(template: number | string, number: string): number | undefined {
  const filled = String(template).replaceAll('{number}', compact(number));
  const port = /^[0-9]{1,5}$/.test(filled) ? Number(filled) : 0;
  return port >= 1 && port <= portMax ? port : undefined;
}

/** As `rtp` in the configuration says it. */
export interface PlaceSettings {
  readonly remote?: string | undefined;
  readonly listenPort?: number | string | undefined;
  readonly sources: readonly string[];
  readonly talkgroups: readonly {
    readonly number: string;
    readonly remote: string;
    readonly listenPort?: number | undefined;
    readonly sources?: readonly string[] | undefined;
  }[];
}

/** Where a talkgroup's voice goes, the port where it comes in, and from whom; or why there is none. */
export type TalkgroupPlace =
  | {
      readonly ok: true;
      readonly remote: Place;
      readonly multicast: boolean;
      readonly listenPort: number;
      readonly sources: readonly string[];
    }
  | { readonly ok: false; readonly reason: string };

export function placeOf(settings: PlaceSettings, number: string): TalkgroupPlace {
  const own = settings.talkgroups.find((each) => compact(each.number) === compact(number));
  const template = own?.remote ?? settings.remote;
  if (template === undefined) return { ok: false, reason: `has no place for ${compact(number)}: add it to talkgroups` };
  const filled = fillPlace(template, number);
  const reading = readPlace(filled);
  if (!reading.ok) {
    return {
      ok: false,
      reason: `gives ${filled} for ${compact(number)}, which is no address and port: add it to talkgroups`,
    };
  }
  const remote = reading.place;
  const multicast = isMulticast(remote.address);
  const asked = own === undefined ? settings.listenPort : own.listenPort;
  const listenPort = asked === undefined || multicast ? remote.port : fillPort(asked, number);
  if (listenPort === undefined) {
    return { ok: false, reason: `gives no port to listen on for ${compact(number)}: add it to talkgroups` };
  }
  const sources = own?.sources ?? settings.sources;
  return {
    ok: true,
    remote,
    multicast,
    listenPort,
    sources: sources.length > 0 || multicast ? sources : [remote.address],
  };
}

function compact(number: string): string {
  return number.replaceAll(/\s/g, '');
}
