/**
 * The SIP URIs that a configuration may hold: `sip:` with an optional user, a host, a port and a transport. Only what
 * the gateway can act on is let through; reading URIs from the wire is protocols/sip's.
 */
import { isIP } from 'node:net';

export interface SipAddress {
  readonly user?: string;
  /** IPv4, IPv6 without brackets, or a name. */
  readonly host: string;
  readonly port: number;
  readonly transport?: 'udp' | 'tcp';
}

export type SipAddressReading =
  | { readonly ok: true; readonly address: SipAddress }
  | { readonly ok: false; readonly reason: string };

const shape =
  /^sip:(?:(?<user>[A-Za-z0-9\-_.!~*'()&=+$,;?/%]{1,128})@)?(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<name>[A-Za-z0-9.-]+))(?::(?<port>[0-9]{1,5}))?(?<rest>;.*)?$/;
const nameShape = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*$/;

/** Reads a SIP URI; the reason of a refusal says what to write. Never throws. */
export function readSipAddress(text: string): SipAddressReading {
  const refuse = (reason: string): SipAddressReading => ({ ok: false, reason });
  if (/^sips:/i.test(text)) return refuse('must begin with sip: (sips:, SIP over TLS, is not supported)');
  const found = shape.exec(text)?.groups;
  if (found === undefined) return refuse('must be a SIP URI such as sip:192.0.2.10:5060 or sip:[2001:db8::10]:5060');
  const host = found.v6 ?? found.name ?? '';
  if (found.v6 !== undefined && isIP(host) !== 6) return refuse('must have an IPv6 address between [ and ]');
  if (found.v6 === undefined && isIP(host) === 0 && (!nameShape.test(host) || /^[0-9.]+$/.test(host))) {
    return refuse('must have an IPv4 address, an IPv6 address between [ and ], or a host name');
  }
  const port = found.port === undefined ? 5060 : Number(found.port);
  if (port < 1 || port > 65535) return refuse('must have a port from 1 to 65535');
  const transport = readTransport(found.rest);
  if (transport === 'unknown') return refuse('may have ;transport=udp or ;transport=tcp behind the port, nothing else');
  return {
    ok: true,
    address: {
      host,
      port,
      ...(found.user === undefined ? {} : { user: found.user }),
      ...(transport === undefined ? {} : { transport }),
    },
  };
}

function readTransport(rest: string | undefined): 'udp' | 'tcp' | 'unknown' | undefined {
  if (rest === undefined) return undefined;
  const found = /^;transport=(udp|tcp)$/i.exec(rest)?.[1]?.toLowerCase();
  return found === 'udp' || found === 'tcp' ? found : 'unknown';
}
