/**
 * SIP over streams: a listener, and connections of both directions, each used for whatever goes to that far end. TCP is
 * the plain kind; TLS (tls-transport.ts) makes its connections of these.
 *
 * Bounds: connections in all and, for strangers, per address; a message that has begun must be whole within 10 s, the
 * first within 10 s of the connection, and a stranger's next within 10 s again, so that sockets that dribble or keep
 * silent are closed; octets that a far end does not read are bounded, then its connection is cut.
 *
 * Standards: RFC 3261 §18; RFC 5626 §3.5.1 (CRLF keep-alive), §4.4.1.
 */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { type Dscp, markStream, trafficClass } from '../../base/dscp.ts';
import { listenError, systemCode } from '../../base/errors.ts';
import type { Hop } from '../../protocols/sip/hop.ts';
import { SipStreamFramer } from '../../protocols/sip/stream-framer.ts';
import type { Transport, TransportHandlers } from './transport.ts';
import type { ListenAddress } from './udp-transport.ts';

interface Connection {
  readonly id: number;
  readonly socket: Socket;
  readonly framer: SipStreamFramer;
  readonly remote: { readonly address: string; readonly port: number };
  readonly sinceMs: number;
  /** When the far end last gave us a whole message; undefined before the first. */
  heardAtMs: number | undefined;
  /** Since when a message is unfinished; undefined when none is. */
  partialSinceMs: number | undefined;
  established: boolean;
}

export interface TcpTerms {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** An unfinished message, or a stranger that says nothing. */
  readonly patienceMs: number;
  /** A far end of ours that says nothing; its OPTIONS and ours come much oftener. */
  readonly idleMs: number;
  readonly connectMs: number;
  readonly unreadBytesMax: number;
  /** How what we send is marked. */
  readonly dscp: Dscp;
}

export const tcpTerms: TcpTerms = {
  connectionsMax: 2000,
  connectionsPerAddressMax: 64,
  patienceMs: 10_000,
  idleMs: 600_000,
  connectMs: 4000,
  unreadBytesMax: 256 * 1024,
  dscp: 0,
};

const sweepMs = 1000;

/** What a kind of stream does to a plain connection before messages pass. */
export interface StreamKind {
  readonly name: 'tcp' | 'tls';
  readonly title: string;
  /** Calls `ready` once the far end may be listened to, `failed` with the reason if it may not. */
  accept(raw: Socket, ready: (socket: Socket) => void, failed: () => void): void;
  connect(hop: Hop, from: { readonly localAddress: string; readonly typeOfService: number }): Socket;
  /** Event of a connected socket at which it stands. */
  readonly connected: 'connect' | 'secureConnect';
}

const plain: StreamKind = {
  name: 'tcp',
  title: 'SIP over TCP',
  accept: (raw, ready) => ready(raw),
  connect: ({ address, port }, from) => createConnection({ host: address, port, noDelay: true, ...from }),
  connected: 'connect',
};

export class TcpTransport implements Transport {
  readonly name: StreamKind['name'];
  readonly local: ListenAddress;
  readonly #kind: StreamKind;
  readonly #server: Server;
  readonly #handlers: TransportHandlers;
  readonly #terms: TcpTerms;
  readonly #nowMs: () => number;
  readonly #connections = new Map<number, Connection>();
  /** Accepted connections by address. */
  readonly #perAddress = new Map<string, number>();
  readonly #sweep: NodeJS.Timeout;
  /** Accepted and not yet ready. */
  readonly #opening = new Set<Socket>();
  #lastId = 0;
  #closing = false;

  private constructor(
    server: Server,
    handlers: TransportHandlers,
    terms: TcpTerms,
    nowMs: () => number,
    kind: StreamKind,
  ) {
    this.name = kind.name;
    this.#kind = kind;
    const bound = server.address();
    this.local = typeof bound === 'object' && bound !== null ? bound : { address: '', port: 0 };
    this.#server = server;
    this.#handlers = handlers;
    this.#terms = terms;
    this.#nowMs = nowMs;
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', () => undefined); // running out of descriptors: the listener itself goes on
    this.#sweep = setInterval(() => this.#closeIdle(), sweepMs);
  }

  /** @throws GatewayError when the address cannot be listened on. */
  static listen(
    at: ListenAddress,
    handlers: TransportHandlers,
    nowMs: () => number,
    terms: TcpTerms = tcpTerms,
    kind: StreamKind = plain,
  ): Promise<TcpTransport> {
    return new Promise((done, failed) => {
      const server = createServer({ noDelay: true });
      const refuse = (error: Error) => failed(listenError(kind.title, at.address, at.port, error));
      server.once('error', refuse);
      server.listen({ host: at.address, port: at.port, backlog: 1024 }, () => {
        server.off('error', refuse);
        done(new TcpTransport(server, handlers, terms, nowMs, kind));
      });
    });
  }

  get connections(): number {
    return this.#connections.size;
  }

  send(octets: Uint8Array, hop: Hop): void {
    if (this.#closing) return;
    const connection = this.#find(hop) ?? this.#connect(hop);
    if (connection === undefined) {
      this.#handlers.onDropped('overload');
      return;
    }
    connection.socket.write(octets);
    if (connection.socket.writableLength > this.#terms.unreadBytesMax) connection.socket.destroy();
  }

  /** A broken or refused connection is noticed anyway. */
  watch(): void {}
  unwatch(): void {}

  reset(hop: Hop): void {
    for (const { id, remote, socket } of this.#connections.values()) {
      if (id === hop.connection || (remote.address === hop.address && remote.port === hop.port)) socket.destroy();
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#sweep);
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    for (const { socket } of this.#connections.values()) socket.destroySoon();
    for (const raw of this.#opening) raw.destroy();
    // What a far end does not read is not waited for.
    const force = setTimeout(() => {
      for (const { socket } of this.#connections.values()) socket.destroy();
    }, 500);
    await closed;
    clearTimeout(force);
  }

  /** The stream it came on, or any to the same address and port. */
  #find(hop: Hop): Connection | undefined {
    const own = hop.connection === undefined ? undefined : this.#connections.get(hop.connection);
    if (own?.socket.writable) return own;
    for (const connection of this.#connections.values()) {
      const { address, port } = connection.remote;
      if (address === hop.address && port === hop.port && connection.socket.writable) return connection;
    }
    return undefined;
  }

  #connect(hop: Hop): Connection | undefined {
    if (this.#connections.size >= this.#terms.connectionsMax) return undefined;
    const typeOfService = trafficClass(this.#terms.dscp);
    const socket = this.#kind.connect(hop, { localAddress: this.local.address, typeOfService });
    const connection = this.#keep(socket, 'connected', { address: hop.address, port: hop.port });
    const patience = setTimeout(() => socket.destroy(), this.#terms.connectMs);
    socket.once(this.#kind.connected, () => {
      clearTimeout(patience);
      connection.established = true;
    });
    socket.once('close', () => clearTimeout(patience));
    return connection;
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress;
    const port = socket.remotePort;
    if (address === undefined || port === undefined) {
      socket.destroy();
      return;
    }
    const count = this.#perAddress.get(address) ?? 0;
    // A far end of ours may share its address with a noisy neighbour, so only strangers are counted.
    const crowded = count >= this.#terms.connectionsPerAddressMax && !this.#handlers.isPeer(address);
    const full = this.#connections.size + this.#opening.size >= this.#terms.connectionsMax || crowded;
    if (full || !this.#handlers.mayConnect({ transport: this.name, address, port })) {
      this.#handlers.onDropped(full ? 'overload' : 'stranger');
      socket.destroy();
      return;
    }
    markStream(socket, this.#terms.dscp);
    this.#perAddress.set(address, count + 1);
    socket.once('close', () => {
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#perAddress.set(address, left);
      else this.#perAddress.delete(address);
    });
    this.#open(socket, { address, port });
  }

  /** Whoever does not become ready in time is a stranger that says nothing. */
  #open(raw: Socket, remote: Connection['remote']): void {
    const drop = () => {
      clearTimeout(patience);
      if (this.#opening.delete(raw)) this.#handlers.onDropped('stranger');
      raw.destroy();
    };
    const patience = setTimeout(drop, this.#terms.patienceMs);
    raw.once('close', drop);
    this.#opening.add(raw);
    const ready = (socket: Socket) => {
      clearTimeout(patience);
      if (this.#opening.delete(raw)) this.#keep(socket, 'accepted', remote).established = true;
    };
    this.#kind.accept(raw, ready, drop);
  }

  #keep(socket: Socket, side: 'accepted' | 'connected', remote: Connection['remote']): Connection {
    const connection: Connection = {
      id: ++this.#lastId,
      socket,
      framer: new SipStreamFramer(side),
      remote,
      sinceMs: this.#nowMs(),
      heardAtMs: undefined,
      partialSinceMs: undefined,
      established: false,
    };
    this.#connections.set(connection.id, connection);
    let reason = 'no connection';
    socket.on('data', (octets) => this.#receive(connection, octets));
    socket.on('error', (error) => {
      reason = systemCode(error) ?? error.message;
    });
    socket.once('close', () => {
      this.#connections.delete(connection.id);
      if (this.#closing) return;
      // Under TLS 1.3 a far end refuses our certificate after our side of the handshake is over.
      if (connection.established && !reason.startsWith('ERR_SSL')) this.#handlers.onClosed(this.#hopOf(connection));
      else this.#handlers.onUnreachable(this.#hopOf(connection), reason);
    });
    return connection;
  }

  #receive(connection: Connection, octets: Uint8Array): void {
    for (const piece of connection.framer.push(octets)) {
      if (piece.kind === 'message') {
        connection.heardAtMs = this.#nowMs();
        connection.partialSinceMs = undefined;
        this.#handlers.onMessage(piece.octets, this.#hopOf(connection));
      } else if (piece.kind === 'ping') connection.socket.write('\r\n');
      else if (piece.kind === 'broken') {
        this.#handlers.onDropped('malformed');
        this.#handlers.onMessage(piece.octets, this.#hopOf(connection)); // so that a request is at least refused
        connection.socket.destroySoon();
        return;
      }
    }
    if (connection.framer.pendingBytes === 0) connection.partialSinceMs = undefined;
    else connection.partialSinceMs ??= this.#nowMs();
  }

  #closeIdle(): void {
    const nowMs = this.#nowMs();
    const { patienceMs, idleMs } = this.#terms;
    for (const { socket, sinceMs, heardAtMs, partialSinceMs, remote } of this.#connections.values()) {
      const limitMs = heardAtMs !== undefined && this.#handlers.isPeer(remote.address) ? idleMs : patienceMs;
      const stuck = partialSinceMs !== undefined && nowMs - partialSinceMs > patienceMs;
      if (stuck || nowMs - (heardAtMs ?? sinceMs) > limitMs) {
        this.#handlers.onDropped(stuck ? 'too-long' : 'stranger');
        socket.destroy();
      }
    }
  }

  #hopOf({ id, remote }: Connection): Hop {
    return { transport: this.name, ...remote, connection: id };
  }
}
