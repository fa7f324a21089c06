/**
 * Listens for a link's agent, over TCP or TLS, and hands whole messages on. Holds what a stranger can cost: where he may
 * come from, how many connections, how long a handshake, how much that he does not read.
 *
 * What an open connection says, and how long it may say nothing, is the session machine's: protocols/link/session.ts.
 */
import { constants } from 'node:crypto';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { type Dscp, markStream } from '../../base/dscp.ts';
import { GatewayError, listenError, systemCode } from '../../base/errors.ts';
import { amongHosts } from '../../base/hosts.ts';
import { FrameStream, framed } from '../../protocols/link/frame-stream.ts';
import type { LinkLine, LinkListener, LinkListenSettings, LinkTransport } from './link-parts.ts';

const connectionsMax = 16;
const connectionsPerAddressMax = 4;
const handshakeMs = 5000;
/** What an agent does not read; then its connection is cut. */
const unreadBytesMax = 256 * 1024;
/** Above this much unread, voice is dropped: it would only come late. 100 ms of PCM16 with room for other messages. */
const unreadVoiceBytesMax = 8 * 1024;

/** @throws GatewayError when the address cannot be listened on or a certificate cannot be used. */
export async function openLinkTransport(
  settings: LinkListenSettings,
  listener: LinkListener,
  dscp: Dscp = 0,
): Promise<LinkTransport> {
  const server = serverOf(settings);
  const isWelcome = settings.sources.length === 0 ? () => true : amongHosts(settings.sources);
  const lines = new Map<Socket, string>();
  const take = (socket: Socket): void => keepLine(socket, listener);
  server.on(settings.tls === undefined ? 'connection' : 'secureConnection', take);
  if (settings.tls !== undefined) server.on('tlsClientError', () => listener.dropped('handshake'));
  // Before any handshake: what is refused here costs next to nothing.
  server.on('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress);
    socket.on('error', () => undefined);
    const same = [...lines.values()].filter((other) => other === address).length;
    const reason = !isWelcome(address)
      ? 'stranger'
      : lines.size >= connectionsMax || same >= connectionsPerAddressMax
        ? 'overload'
        : undefined;
    if (reason !== undefined) {
      listener.dropped(reason);
      socket.destroy();
      return;
    }
    lines.set(socket, address);
    socket.once('close', () => lines.delete(socket));
  });
  server.prependListener('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    markStream(socket, dscp);
  });
  await new Promise<void>((done, failed) => {
    const { host, port } = settings;
    server.once('error', (error) => failed(listenError('link', host, port, error)));
    server.listen({ host, port, backlog: 64 }, done);
  });
  server.on('error', () => undefined); // running out of descriptors: the listener itself goes on
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : settings.port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of lines.keys()) socket.destroySoon();
        // What an agent does not read is not waited for.
        setTimeout(() => {
          for (const socket of lines.keys()) socket.destroy();
        }, 500).unref();
      }),
  };
}

function serverOf({ tls }: LinkListenSettings): Server {
  if (tls === undefined) return createTcpServer();
  try {
    return createTlsServer({
      cert: tls.certificate.reveal(),
      key: tls.key.reveal(),
      ...(tls.clientCa !== undefined && { ca: tls.clientCa.reveal(), requestCert: true, rejectUnauthorized: true }),
      minVersion: 'TLSv1.2',
      handshakeTimeout: handshakeMs,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    });
  } catch (error) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `link: certificate or key cannot be used: ${systemCode(error) ?? error}`,
      error,
    );
  }
}

function keepLine(socket: Socket, listener: LinkListener): void {
  const stream = new FrameStream();
  const address = plainAddress(socket.remoteAddress);
  const line: LinkLine = {
    address,
    clientName: clientNameOf(socket),
    send: (octets) => {
      if (!socket.writable) return;
      socket.write(framed(octets));
      if (socket.writableLength > unreadBytesMax) socket.destroy();
    },
    sendVoice: (octets) => {
      if (!socket.writable || socket.writableLength > unreadVoiceBytesMax) return false;
      socket.write(framed(octets));
      return true;
    },
    end: () => {
      socket.destroySoon();
      setTimeout(() => socket.destroy(), 1000).unref();
    },
  };
  socket.on('error', () => undefined); // `close` follows
  socket.once('close', () => listener.closed(line));
  socket.on('data', (octets) => {
    const { ok, messages } = stream.push(octets);
    for (const message of messages) listener.message(line, message);
    if (!ok) listener.broken(line);
  });
  listener.opened(line);
}

/** The common name of the client certificate that our authority has signed. */
function clientNameOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const name = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : undefined;
}

/** IPv4 on an IPv6 socket without its prefix. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=[0-9.]+$)/i, '');
}
