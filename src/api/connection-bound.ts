/**
 * How many connections a listener holds, and who makes room for one more: whoever has begun no request for longest. So
 * whoever is slow on purpose, be it with hundreds of connections, keeps no page out. Upgraded ones are whose they were
 * handed to.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** `cut` is told of each that made room, before it does. */
export function boundConnections(server: Server, most: number, cut: (socket: Socket) => void): void {
  /** Upgraded ones, too. */
  const open = new Set<Socket>();
  /** Whoever began a request last stands last. */
  const waiting = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    waiting.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      waiting.delete(socket);
    });
    const [longest] = waiting;
    if (open.size <= most || longest === undefined) return;
    cut(longest);
    open.delete(longest); // its end is told later
    waiting.delete(longest);
    longest.destroy();
  });
  server.on('request', ({ socket }: IncomingMessage) => {
    if (waiting.delete(socket)) waiting.add(socket);
  });
  server.on('upgrade', ({ socket }: IncomingMessage) => void waiting.delete(socket));
}
