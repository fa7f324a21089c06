/**
 * SIP over UDP: one listening socket, and one connected socket per watched far end on the same address and port, since
 * the kernel reports ICMP errors ("port unreachable") only on connected ones. To far ends both look the same.
 */
import { createSocket, type Socket } from 'node:dgram';
import { type Dscp, markDatagrams } from '../../base/dscp.ts';
import { listenError, systemCode } from '../../base/errors.ts';
import type { Hop } from '../../protocols/sip/hop.ts';
import type { Transport, TransportHandlers } from './transport.ts';

export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

interface Watched {
  readonly socket: Socket;
  /** Until it is connected the listening socket sends. */
  connected: boolean;
  count: number;
}

/** Room for a burst while the process is busy. */
const receiveBufferBytes = 1 << 20;

export class UdpTransport implements Transport {
  readonly name = 'udp';
  readonly local: ListenAddress;
  readonly #handlers: TransportHandlers;
  readonly #socket: Socket;
  readonly #dscp: Dscp;
  readonly #watched = new Map<string, Watched>();

  private constructor(socket: Socket, handlers: TransportHandlers, dscp: Dscp) {
    const { address, port } = socket.address();
    this.local = { address, port };
    this.#socket = socket;
    this.#handlers = handlers;
    this.#dscp = dscp;
    this.#receive(socket);
    socket.on('error', () => undefined); // an unconnected socket reports nothing that concerns one far end
  }

  /** @throws GatewayError when the address cannot be listened on. */
  static async listen(at: ListenAddress, handlers: TransportHandlers, dscp: Dscp = 0): Promise<UdpTransport> {
    // The shared bind that connected sockets need would not notice another program on the port, so that is asked first.
    const trial = await bind(at, { reuseAddr: false, dscp: 0 });
    const local = trial.address();
    await new Promise<void>((done) => trial.close(done));
    const socket = await bind({ address: local.address, port: local.port }, { reuseAddr: true, dscp });
    return new UdpTransport(socket, handlers, dscp);
  }

  send(octets: Uint8Array, hop: Hop): void {
    if (hop.port === 0) {
      // A Contact may name it; the socket would throw.
      setImmediate(() => this.#handlers.onUnreachable(hop, 'EADDRNOTAVAIL'));
      return;
    }
    const watched = this.#watched.get(keyOf(hop));
    if (watched?.connected) watched.socket.send(octets, (error) => this.#failed(error, hop));
    else this.#socket.send(octets, hop.port, hop.address, (error) => this.#failed(error, hop));
  }

  watch(hop: Hop): void {
    if (hop.port === 0) return; // nothing can be sent there
    const key = keyOf(hop);
    const known = this.#watched.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    const socket = newSocket(hop.address, { reuseAddr: true, dscp: this.#dscp });
    const watched: Watched = { socket, connected: false, count: 1 };
    this.#watched.set(key, watched);
    this.#receive(socket);
    socket.on('error', (error) => this.#failed(error, hop));
    socket.on('connect', () => {
      watched.connected = true;
    });
    socket.bind(this.local.port, this.local.address, () => {
      if (this.#watched.get(key) === watched) socket.connect(hop.port, hop.address);
    });
  }

  unwatch(hop: Hop): void {
    const key = keyOf(hop);
    const watched = this.#watched.get(key);
    if (watched === undefined || --watched.count > 0) return;
    this.#watched.delete(key);
    watched.socket.close();
  }

  /** Nothing is kept between datagrams. */
  reset(): void {}

  async close(): Promise<void> {
    for (const { socket } of this.#watched.values()) socket.close();
    this.#watched.clear();
    await new Promise<void>((done) => this.#socket.close(done));
  }

  #receive(socket: Socket): void {
    socket.on('message', (octets, { address, port }) => {
      this.#handlers.onMessage(octets, { transport: 'udp', address, port });
    });
  }

  #failed(error: Error | null, hop: Hop): void {
    if (error === null) return;
    this.#handlers.onUnreachable(hop, systemCode(error) ?? error.message);
  }
}

function bind({ address, port }: ListenAddress, options: SocketWish): Promise<Socket> {
  return new Promise((done, failed) => {
    const socket = newSocket(address, options);
    const refuse = (error: Error) => {
      socket.close();
      failed(listenError('SIP over UDP', address, port, error));
    };
    socket.once('error', refuse);
    socket.bind(port, address, () => {
      socket.off('error', refuse);
      done(socket);
    });
  });
}

interface SocketWish {
  readonly reuseAddr: boolean;
  readonly dscp: Dscp;
}

function newSocket(address: string, { reuseAddr, dscp }: SocketWish): Socket {
  const type = address.includes(':') ? 'udp6' : 'udp4';
  const socket = createSocket({ type, reuseAddr, recvBufferSize: receiveBufferBytes });
  markDatagrams(socket, dscp);
  return socket;
}

function keyOf(hop: Hop): string {
  return `${hop.address} ${hop.port}`;
}
