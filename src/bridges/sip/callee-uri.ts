/** Whom a call to a number is addressed to, as the attachment's `callee` says. Pure. */
import type { Hop, SipTransportName } from '../../protocols/sip/hop.ts';
import { escapeUser, parseUri, type SipAnyUri } from '../../protocols/sip/uri.ts';

export interface CalleeSettings {
  /** `{number}` and `{peer}` are filled in. */
  readonly callee: string;
  readonly transport: SipTransportName;
}

/** Undefined: it gives no URI. The transport stands in it where it is not UDP (RFC 3261 §19.1.1). */
export function calleeUri({ callee, transport }: CalleeSettings, number: string, hop: Hop): SipAnyUri | undefined {
  const peer = `${hop.address.includes(':') ? `[${hop.address}]` : hop.address}:${hop.port}`;
  const text = callee.replaceAll('{number}', escapeUser(number)).replaceAll('{peer}', peer);
  const isSaid = transport === 'udp' || text.includes(';transport=') || text.startsWith('sips:');
  return parseUri(isSaid ? text : `${text};transport=${transport}`);
}
