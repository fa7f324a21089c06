/**
 * The UDP port of one leg's floor control. A shell: datagrams in and out, nothing else.
 */
import { createSocket } from 'node:dgram';
import { type Dscp, markDatagrams } from '../../base/dscp.ts';
import type { Endpoint } from '../../voice/contract.ts';

export interface FloorPort {
  send(octets: Uint8Array, to: Endpoint): void;
  close(): void;
}

export interface FloorPortHandlers {
  readonly onDatagram: (octets: Uint8Array, from: Endpoint) => void;
  /** The port cannot be had; nothing more is said. */
  readonly onFailed: (reason: string) => void;
}

export type OpenFloorPort = (local: Endpoint, handlers: FloorPortHandlers, dscp?: Dscp) => FloorPort;

export const openUdpFloorPort: OpenFloorPort = (local, { onDatagram, onFailed }, dscp = 0) => {
  const socket = createSocket({
    type: local.address.includes(':') ? 'udp6' : 'udp4',
    // Addresses are literals; without this each send would wait a turn for the resolver.
    lookup: (host, _options, done) => done(null, host, host.includes(':') ? 6 : 4),
  });
  markDatagrams(socket, dscp);
  let state: 'binding' | 'open' | 'closed' = 'binding';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // Once open, errors are those of single datagrams: the timers of floor control repeat what was lost.
    if (state !== 'binding') return;
    state = 'closed';
    socket.close();
    onFailed(error.code ?? error.message);
  });
  socket.on('message', (octets, { address, port }) => onDatagram(octets, { address, port }));
  socket.bind(local.port, local.address, () => {
    if (state === 'binding') state = 'open';
  });
  return {
    send: (octets, { address, port }) => {
      if (state !== 'closed') socket.send(octets, port, address, () => undefined);
    },
    close: () => {
      if (state === 'closed') return;
      state = 'closed';
      socket.close();
    },
  };
};
