/**
 * Where a SIP message goes to or came from. A value only: sockets live in bridges/sip.
 *
 * Standard: RFC 3261 §18; RFC 3581 for the way back of responses.
 */

export type SipTransportName = 'udp' | 'tcp' | 'tls';

export interface Hop {
  readonly transport: SipTransportName;
  /** IPv4 or IPv6 literal without brackets; names are resolved before a message is made. */
  readonly address: string;
  readonly port: number;
  /** The stream a message came on, or is to go back on; once it has closed, a new one to address:port takes its place. */
  readonly connection?: number;
}

/** Whether both are one way to one socket; connections of one stream transport differ in their port. */
export function isSameWay(a: Hop, b: Hop): boolean {
  return a.transport === b.transport && a.address === b.address && a.port === b.port;
}

/** Whether the transport delivers by itself, so that transactions need not repeat (§17). */
export function isReliable(hop: Hop): boolean {
  return hop.transport !== 'udp';
}

/** Port of SIP where none is named (§19.1.2). */
export function usualPort(transport: SipTransportName): number {
  return transport === 'tls' ? 5061 : 5060;
}
