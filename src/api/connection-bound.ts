/**
 * How many connections a listener holds, and who makes room for one more: whoever has begun no request for longest. So
 * whoever is slow on purpose, be it with hundreds of connections, keeps no page out. Upgraded ones are whose they were
 * handed to.
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
    const [longest] = waiting;
    if (open.size <= most || longest === undefined) return;
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

function farEndOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
