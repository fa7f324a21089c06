/**
 * What carries SIP messages as octets: UDP, TCP and TLS.
 */
import type { Hop, SipTransportName } from '../../protocols/sip/hop.ts';

export interface TransportHandlers {
  /** One datagram, or one message cut out of a stream. `source.connection` is the stream's. */
  readonly onMessage: (octets: Uint8Array, source: Hop) => void;
  /** Nobody there: ICMP, a refused connection. */
  readonly onUnreachable: (hop: Hop, reason: string) => void;
  /** A connection that stood has ended; whatever waited for an answer on it waits in vain. */
  readonly onClosed: (hop: Hop) => void;
  /** Whether a connection from there may be taken; asked once, when it comes. */
  readonly mayConnect: (source: Hop) => boolean;
  /** Whether the address is a configured or registered far end. */
  readonly isPeer: (address: string) => boolean;
  /** Input that was not acted on. */
  readonly onDropped: (reason: 'malformed' | 'stranger' | 'overload' | 'too-long') => void;
}

export interface Transport {
  readonly name: SipTransportName;
  readonly local: { readonly address: string; readonly port: number };
  send(octets: Uint8Array, hop: Hop): void;
  /** Begins to notice when this far end cannot be reached; ends it. */
  watch(hop: Hop): void;
  unwatch(hop: Hop): void;
  /** Gives up connections to a far end that has fallen silent, so that the next message tries a new one. */
  reset(hop: Hop): void;
  close(): Promise<void>;
}
