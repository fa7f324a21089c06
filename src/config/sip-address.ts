/**
 * The SIP URIs that a configuration may hold: `sip:`, or `sips:` for TLS, with an optional user, a host, a port and a
 * transport. Only what the gateway can act on is let through; reading URIs from the wire is protocols/sip's.
 */
import { isIP } from 'node:net';

export interface SipAddress {
  readonly user?: string;
  /** IPv4, IPv6 without brackets, or a name. */
  readonly host: string;
  readonly port: number;
  readonly transport?: 'udp' | 'tcp' | 'tls';
}

export type SipAddressReading =
  | { readonly ok: true; readonly address: SipAddress }
  | { readonly ok: false; readonly reason: string };

const shape =
  /^(?<scheme>sips?):(?:(?<user>[A-Za-z0-9\-_.!~*'()&=+$,;?/%]{1,128})@)?(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<name>[A-Za-z0-9.-]+))(?::(?<port>[0-9]{1,5}))?(?<rest>;.*)?$/;
const nameShape = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*$/;

/** Reads a SIP URI; the reason of a refusal says what to write. Never throws. */
export function readSipAddress(text: string): SipAddressReading {
  const refuse = (reason: string): SipAddressReading => ({ ok: false, reason });
  const found = shape.exec(text)?.groups;
  if (found === undefined) return refuse('must be a SIP URI such as sip:192.0.2.10:5060 or sip:[2001:db8::10]:5060');
  const host = found.v6 ?? found.name ?? '';
  if (found.v6 !== undefined && isIP(host) !== 6) return refuse('must have an IPv6 address between [ and ]');
  if (found.v6 === undefined && isIP(host) === 0 && (!nameShape.test(host) || /^[0-9.]+$/.test(host))) {
    return refuse('must have an IPv4 address, an IPv6 address between [ and ], or a host name');
  }
  const said = readTransport(found.rest);
  if (said === 'unknown') {
    return refuse('may have ;transport=udp, ;transport=tcp or ;transport=tls behind the port, nothing else');
  }
  const isSips = found.scheme === 'sips';
  if (isSips && said !== undefined && said !== 'tls')
    return refuse(`begins with sips:, which is TLS, and says ${said}`);
  const transport = isSips ? 'tls' : said;
  const port = found.port === undefined ? (transport === 'tls' ? 5061 : 5060) : Number(found.port);
  if (port < 1 || port > 65535) return refuse('must have a port from 1 to 65535');
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

function readTransport(rest: string | undefined): 'udp' | 'tcp' | 'tls' | 'unknown' | undefined {
  if (rest === undefined) return undefined;
  const found = /^;transport=(udp|tcp|tls)$/i.exec(rest)?.[1]?.toLowerCase();
  return found === 'udp' || found === 'tcp' || found === 'tls' ? found : 'unknown';
}
