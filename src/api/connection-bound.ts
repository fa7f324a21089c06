/**
 * How many connections a listener holds, and who makes room for one more: of the address (IPv6: /64) from which most wait, the
 * one that has begun no request for longest. So whoever is slow on purpose, be it with hundreds of connections, keeps no page
 * out, and cuts nobody off who types the PIN of his card meanwhile. Upgraded ones are whose they were handed to.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** `cut` is told of each that made room, before it does. */
export function boundConnections(server: Server, most: number, cut: (socket: Socket) => void): void {
  // By the far end's address: under TLS a request has another socket than its connection.
  /** Upgraded ones, too. */
  const open = new Map<string, Socket>();
  /** Whoever began a request last stands last. */
  const waiting = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const from = farEndOf(socket);
    open.set(from, socket);
    waiting.set(from, socket);
    socket.once('close', () => {
      if (open.get(from) !== socket) return;
      open.delete(from);
      waiting.delete(from);
    });
    const longest = open.size > most ? longestOf(waiting) : undefined;
    if (longest === undefined) return;
    const [name, least] = longest;
    cut(least);
    open.delete(name); // its end is told later
    waiting.delete(name);
    least.destroy();
  });
  server.on('request', ({ socket }: IncomingMessage) => {
    const from = farEndOf(socket);
    const connection = waiting.get(from);
    if (connection === undefined) return;
    waiting.delete(from);
    waiting.set(from, connection);
  });
  server.on('upgrade', ({ socket }: IncomingMessage) => void waiting.delete(farEndOf(socket)));
}

/** From the network from which most wait; where several are alike, of them all. */
function longestOf(waiting: ReadonlyMap<string, Socket>): readonly [string, Socket] | undefined {
  const ofAll = [...waiting].map((entry) => ({ entry, network: networkOf(entry[1].remoteAddress ?? '') }));
  const counts = new Map<string, number>();
  for (const { network } of ofAll) counts.set(network, (counts.get(network) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return ofAll.find(({ network }) => counts.get(network) === most)?.entry;
}

/** Of IPv6 the first 64 bits, within which one machine has what addresses it likes; as Node writes it. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = ''] = address.split('::');
  return `${head.split(':').slice(0, 4).join(':')}::/64`;
}

function farEndOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
