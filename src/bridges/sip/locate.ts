/**
 * Where a far end is that is configured by a name, not a literal: its addresses, the first to be tried first.
 *
 *   name with a port ─────▶ its addresses, that port
 *   name without a port ──▶ NAPTR of our transport, else _sip._udp.name ─ SRV ─▶ addresses of the targets, their ports
 *                                                          └─ no SRV ─▶ its addresses, 5060 (5061 for TLS)
 *
 * The transport is the configuration's, so NAPTR chooses only among records for that. All questions of a kind are asked
 * side by side. "No such record" is an answer; a question that got none fails the whole, so that what was known stays.
 *
 * Standard: RFC 3263 §4, RFC 2782. Driven by: place-cache.ts.
 */
import { type SipTransportName, usualPort } from '../../protocols/sip/hop.ts';

export interface PlaceQuestion {
  readonly host: string;
  readonly port: number | undefined;
  readonly transport: SipTransportName;
  /** IP versions in which it can be reached, the preferred one first: each host's addresses come in that order. */
  readonly families: readonly (4 | 6)[];
}

export interface Place {
  readonly address: string;
  readonly port: number;
}

export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

export interface NaptrRecord {
  readonly flags: string;
  readonly service: string;
  readonly replacement: string;
  readonly order: number;
  readonly preference: number;
}

/** A name server. No such record: an empty list; no answer: rejects. */
export interface Directory {
  addresses(name: string, family: 4 | 6): Promise<readonly { readonly address: string; readonly ttlS: number }[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  naptr(name: string): Promise<readonly NaptrRecord[]>;
}

export interface Located {
  readonly places: readonly Place[];
  /** How long the addresses hold; SRV and NAPTR come without it. */
  readonly ttlS: number;
}

const services = { udp: 'SIP+D2U', tcp: 'SIP+D2T', tls: 'SIPS+D2T' } as const;
const srvPrefixes = { udp: '_sip._udp', tcp: '_sip._tcp', tls: '_sips._tcp' } as const;
/** More targets than any far end has: what a hostile name server may make us ask. */
const targetsMax = 8;
const placesMax = 16;

/** `fraction`: random, 0 to below 1, for the weights. */
export async function locate(
  { host, port, transport, families }: PlaceQuestion,
  directory: Directory,
  fraction: () => number,
): Promise<Located> {
  const usual = port ?? usualPort(transport);
  const addressesOf = async (name: string) =>
    (await Promise.all(families.map((family) => directory.addresses(name, family)))).flat();
  const plain = addressesOf(host);
  if (port !== undefined) return placesOf([{ name: host, port: usual, found: await plain }]);
  const guess = `${srvPrefixes[transport]}.${host}`;
  const [naptr, guessed, own] = await Promise.all([directory.naptr(host), directory.srv(guess), plain]);
  const named = srvName(naptr, transport);
  const records = named === undefined || named === guess.toLowerCase() ? guessed : await directory.srv(named);
  // A target "." says that the service is decidedly not there (RFC 2782).
  if (records.length === 1 && ['.', ''].includes(records[0]?.name ?? '')) return { places: [], ttlS: 0 };
  const targets = inSrvOrder(records, fraction).slice(0, targetsMax);
  if (targets.length === 0) return placesOf([{ name: host, port: usual, found: own }]);
  const found = await Promise.all(targets.map(({ name }) => addressesOf(name)));
  return placesOf(targets.map(({ name, port: at }, index) => ({ name, port: at, found: found[index] ?? [] })));
}

/** The SRV name that NAPTR gives for a transport; undefined when it gives none. */
export function srvName(records: readonly NaptrRecord[], transport: SipTransportName): string | undefined {
  const fitting = records
    .filter(({ flags, service }) => flags.toLowerCase() === 's' && service.toUpperCase() === services[transport])
    .sort((a, b) => a.order - b.order || a.preference - b.preference);
  return fitting[0]?.replacement.replace(/\.$/, '').toLowerCase();
}

/** The lowest priority first; within one, drawn one after another by weight (RFC 2782). */
export function inSrvOrder(records: readonly SrvRecord[], fraction: () => number): readonly SrvRecord[] {
  const ordered: SrvRecord[] = [];
  for (const priority of [...new Set(records.map((record) => record.priority))].sort((a, b) => a - b)) {
    // Weight 0 first, so that it has a small chance of being drawn.
    const left = records.filter((record) => record.priority === priority).sort((a, b) => a.weight - b.weight);
    while (left.length > 0) {
      let drawn = fraction() * left.reduce((sum, { weight }) => sum + weight, 0);
      const index = left.findIndex(({ weight }) => {
        drawn -= weight;
        return drawn <= 0;
      });
      ordered.push(...left.splice(Math.max(0, index), 1));
    }
  }
  return ordered;
}

function placesOf(
  targets: readonly {
    readonly port: number;
    readonly name: string;
    readonly found: readonly { readonly address: string; readonly ttlS: number }[];
  }[],
): Located {
  const places = targets.flatMap(({ port, found }) => found.map(({ address }) => ({ address, port })));
  const ttlS = Math.min(...targets.flatMap(({ found }) => found.map((each) => each.ttlS)));
  return { places: places.slice(0, placesMax), ttlS };
}
