/**
 * The sockets of one leg: RTP on an even port, RTCP on the odd one above, and the source lock in front of both.
 *
 * Two sockets share the RTP port (SO_REUSEPORT, which other users' programs cannot join):
 *   wide    takes whatever no better socket takes: strangers, counted, and the first packets of a latching peer
 *   peer    connected to the far end: the kernel hands it that peer's packets only, a send costs a quarter less, and an
 *           ICMP "port unreachable" comes back as an error
 * Sends are tried at once (libuv), so a datagram is gone when `send` returns; only when the socket's buffer is full is
 * it queued, which is why datagrams are copied into one of a few buffers first. What the system would not send it says
 * to a callback only: one function a socket, which costs a twentieth of the send.
 */
import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { type Dscp, markDatagrams } from '../base/dscp.ts';
import { systemCode } from '../base/errors.ts';
import { isRtcp } from '../protocols/rtp/rtp-packet.ts';
import { SourceLock } from '../protocols/rtp/source-lock.ts';
import type { Endpoint, LegMedia } from './contract.ts';
import { MediaGuard } from './media-guard.ts';

export interface LegSocketEvents {
  /** RTP of the peer; the bytes are lent until return. */
  readonly onRtp: (bytes: Uint8Array, nowMs: number) => void;
  readonly onRtcp: (bytes: Uint8Array, nowMs: number) => void;
  /** The far end's machine said that nobody listens there (ICMP). */
  readonly onRefused: (nowMs: number) => void;
  /** The system would not send: so many packets in a row, the first of them so long ago. */
  readonly onUnsent: (packets: number, sinceMs: number) => void;
  /** The peer's SRTP cannot be read, and will never be: its key's use is further on than we can tell. */
  readonly onUnreadable: () => void;
}

/** Asked of the kernel, which gives at most net.core.rmem_max: a second of a leg's packets with room to spare. */
const bufferBytes = 256 * 1024;
const datagramBytesMax = 1500;
/** Silence of a latched peer after which another port of its address may take its place. */
const relatchAfterMs = 2000;

export class LegSocket {
  /** Send calls that failed. */
  sendFailures = 0;
  readonly #clock: Clock;
  readonly #events: LegSocketEvents;
  readonly #local: Endpoint;
  readonly #dscp: Dscp;
  readonly #wide: Socket;
  readonly #control: Socket;
  #peer: Socket | undefined;
  #lock: SourceLock | undefined;
  #media: LegMedia | undefined;
  #guard: MediaGuard | undefined;
  #forgedBefore = 0;
  #replayedBefore = 0;
  #peerMs = -Infinity;
  #strangersBefore = 0;
  #strangersControl = 0;
  #unsent = 0;
  #unsentSinceMs = 0;
  readonly #onSent = (error: Error | null): void => {
    if (error === null) this.#unsent = 0;
    else this.#onUnsent(error);
  };
  readonly #onReportSent = (error: Error | null): void => {
    if (error !== null) this.#countFailure();
  };

  private constructor(
    local: Endpoint,
    dscp: Dscp,
    wide: Socket,
    control: Socket,
    clock: Clock,
    events: LegSocketEvents,
  ) {
    this.#local = local;
    this.#dscp = dscp;
    this.#wide = wide;
    this.#control = control;
    this.#clock = clock;
    this.#events = events;
    wide.on('message', (bytes, from) => this.#onWide(bytes, from));
    control.on('message', (bytes, from) => this.#onControl(bytes, from));
    for (const socket of [wide, control]) socket.on('error', () => this.#countFailure());
  }

  /** Binds both ports. Rejects with the system's error when one is taken. */
  static async open(local: Endpoint, dscp: Dscp, clock: Clock, events: LegSocketEvents): Promise<LegSocket> {
    const wide = await bound(local.address, local.port, { reusePort: true, dscp });
    try {
      const control = await bound(local.address, local.port + 1, { dscp });
      return new LegSocket(local, dscp, wide, control, clock, events);
    } catch (error) {
      wide.close();
      throw error;
    }
  }

  /** Packets of others than the peer. */
  get strangers(): number {
    return this.#strangersBefore + this.#strangersControl + (this.#lock?.strangers ?? 0);
  }

  /** Packets of the peer whose SRTP tag was wrong, and such as had come before. */
  get forged(): number {
    return this.#forgedBefore + (this.#guard?.forged ?? 0);
  }

  get replayed(): number {
    return this.#replayedBefore + (this.#guard?.replayed ?? 0);
  }

  /** Takes media from there, and sends there, from now on; `resumed`: the call is older than this process. */
  connect(media: LegMedia, resumed: boolean): void {
    // The same keys go on counting: an index must never come back under them.
    const guard = media.srtp && (this.#guard?.rekey(media.srtp) ?? new MediaGuard(media.srtp, resumed));
    if (guard === this.#guard) this.#guard = undefined;
    const hasWay = this.#peer !== undefined || media.latch;
    const stays = this.#media !== undefined && isSamePlace(this.#media, media) && hasWay;
    if (stays) this.#keepCounts();
    else this.disconnect();
    this.#guard = guard;
    this.#media = media;
    // What is under way to its socket is not lost.
    if (stays) return;
    const { address, port } = media.remote;
    this.#lock = new SourceLock({ address, port, latch: media.latch, relatchAfterMs });
    this.#peerMs = -Infinity;
    if (!media.latch) this.#connectPeer(port);
  }

  disconnect(): void {
    this.#strangersBefore += this.#lock?.strangers ?? 0;
    this.#keepCounts();
    this.#lock = undefined;
    this.#media = undefined;
    this.#guard = undefined;
    this.#unsent = 0;
    this.#peer?.close();
    this.#peer = undefined;
  }

  #keepCounts(): void {
    this.#forgedBefore += this.#guard?.forged ?? 0;
    this.#replayedBefore += this.#guard?.replayed ?? 0;
  }

  sendRtp(bytes: Uint8Array, length: number): void {
    const buffer = copyOf(bytes, length);
    const sealed = this.#guard === undefined ? length : this.#guard.sender.protectRtp(buffer, length, buffer);
    if (sealed === 0) this.#countFailure();
    else this.#send(buffer, sealed);
  }

  sendRtcp(bytes: Uint8Array, length: number): void {
    const buffer = copyOf(bytes, length);
    const sealed = this.#guard === undefined ? length : this.#guard.sender.protectRtcp(buffer, length, buffer);
    const remote = this.#media?.remoteRtcp;
    if (sealed === 0) this.#countFailure();
    else if (remote === undefined) this.#send(buffer, sealed);
    else this.#control.send(buffer, 0, sealed, remote.port, remote.address, this.#onReportSent);
  }

  #send(buffer: Buffer, length: number): void {
    if (this.#peer !== undefined) this.#peer.send(buffer, 0, length, this.#onSent);
    else if (this.#lock !== undefined)
      this.#wide.send(buffer, 0, length, this.#lock.port, this.#lock.address, this.#onSent);
  }

  close(): void {
    this.disconnect();
    this.#wide.close();
    this.#control.close();
  }

  #connectPeer(port: number): void {
    const lock = this.#lock;
    if (lock === undefined) return;
    this.#peer?.close();
    this.#peer = undefined;
    const peer = newSocket(this.#local.address, { reusePort: true, dscp: this.#dscp });
    // Another call, or another port of a latching peer, may have come meanwhile.
    const wanted = (): boolean => this.#lock === lock && lock.port === port && this.#peer === undefined;
    peer.on('error', () => this.#onPeerError(peer));
    peer.on('message', (bytes) => this.#onPeer(bytes));
    peer.bind({ address: this.#local.address, port: this.#local.port, exclusive: true }, () => {
      if (!wanted()) {
        peer.close();
        return;
      }
      peer.connect(port, lock.address, (error?: Error) => {
        // An unconnected socket would throw at every send; while there is no way there the wide one goes on trying.
        if (error !== undefined) this.#countFailure();
        if (error === undefined && wanted()) this.#peer = peer;
        else peer.close();
      });
    });
  }

  #onPeer(bytes: Uint8Array): void {
    const nowMs = this.#clock.nowMs();
    this.#peerMs = nowMs;
    this.#take(bytes, nowMs);
  }

  /** Strangers, and the peer while its own socket is not there yet. */
  #onWide(bytes: Uint8Array, from: RemoteInfo): void {
    const lock = this.#lock;
    if (lock === undefined) {
      this.#strangersBefore += 1;
      return;
    }
    const nowMs = this.#clock.nowMs();
    const port = lock.port;
    // The lock has not seen what went through the peer's own socket.
    if (this.#peerMs > -Infinity) lock.accept(lock.address, port, this.#peerMs);
    if (!lock.accept(from.address, from.port, nowMs)) return;
    this.#peerMs = nowMs;
    if (this.#peer === undefined || lock.port !== port) this.#connectPeer(lock.port);
    this.#take(bytes, nowMs);
  }

  #take(bytes: Uint8Array, nowMs: number): void {
    if (isRtcp(bytes)) this.#takeRtcp(bytes, nowMs);
    else if (this.#guard === undefined) this.#events.onRtp(bytes, nowMs);
    else {
      const length = this.#guard.openRtp(bytes);
      if (length > 0) this.#events.onRtp(bytes.subarray(0, length), nowMs);
      else if (this.#guard.isUnreadable(bytes, nowMs)) this.#events.onUnreadable();
    }
  }

  #takeRtcp(bytes: Uint8Array, nowMs: number): void {
    const length = this.#guard === undefined ? bytes.length : this.#guard.openRtcp(bytes);
    if (length > 0) this.#events.onRtcp(length === bytes.length ? bytes : bytes.subarray(0, length), nowMs);
  }

  #onControl(bytes: Uint8Array, from: RemoteInfo): void {
    const remote = this.#media?.remoteRtcp;
    const known = from.address === remote?.address && (from.port === remote.port || this.#media?.latch === true);
    if (known) this.#takeRtcp(bytes, this.#clock.nowMs());
    else this.#strangersControl += 1;
  }

  #onPeerError(peer: Socket): void {
    this.sendFailures += 1;
    if (peer === this.#peer) this.#events.onRefused(this.#clock.nowMs());
  }

  /** ICMP is told to the next send when that is sooner than the next read; the send after it goes out again. */
  #onUnsent(error: Error): void {
    this.sendFailures += 1;
    if (this.#lock === undefined) return;
    const nowMs = this.#clock.nowMs();
    if (systemCode(error) === 'ECONNREFUSED') {
      this.#events.onRefused(nowMs);
      return;
    }
    if (this.#unsent === 0) this.#unsentSinceMs = nowMs;
    this.#unsent += 1;
    this.#events.onUnsent(this.#unsent, nowMs - this.#unsentSinceMs);
  }

  #countFailure(): void {
    this.sendFailures += 1;
  }
}

function isSamePlace(a: LegMedia, b: LegMedia): boolean {
  return a.remote.address === b.remote.address && a.remote.port === b.remote.port && a.latch === b.latch;
}

/** A socket connected to one peer, on a port of the kernel's choice: feeds to and microphones from mediasoup. */
export class PeerSocket {
  sendFailures = 0;
  readonly #socket: Socket;
  readonly #onSent = (error: Error | null): void => {
    if (error !== null) this.sendFailures += 1;
  };

  private constructor(socket: Socket, onMessage: (bytes: Uint8Array) => void) {
    this.#socket = socket;
    socket.on('message', onMessage);
    socket.on('error', () => {
      this.sendFailures += 1;
    });
  }

  /** Takes `localPort` if it is free. Rejects with the system's error when there is no way to `remote`. */
  static async open(remote: Endpoint, localPort: number, onMessage: (bytes: Uint8Array) => void): Promise<PeerSocket> {
    const host = isIPv6(remote.address) ? '::1' : '127.0.0.1';
    const socket = await bound(host, localPort, {}).catch(() => bound(host, 0, {}));
    await new Promise<void>((resolve, reject) => {
      // Node hands a failed connect to the callback.
      socket.connect(remote.port, remote.address, (error?: Error) => (error === undefined ? resolve() : reject(error)));
    }).catch((error: unknown) => {
      socket.close();
      throw error;
    });
    return new PeerSocket(socket, onMessage);
  }

  get localPort(): number {
    return this.#socket.address().port;
  }

  send(bytes: Uint8Array, length: number): void {
    this.#socket.send(copyOf(bytes, length), 0, length, this.#onSent);
  }

  close(): void {
    this.#socket.close();
  }
}

/**
 * Datagrams are copied out of the voice path's own buffers, which are filled again at once: a send that the kernel does
 * not take at once is queued and read later.
 */
const copies: readonly Buffer[] = Array.from({ length: 64 }, () => Buffer.alloc(datagramBytesMax));
let nextCopy = 0;

export function copyOf(bytes: Uint8Array, length: number): Buffer {
  const buffer = copies[nextCopy]!;
  nextCopy = (nextCopy + 1) % copies.length;
  // A datagram of the usual size fills its array; a view of a shorter one costs less than a loop over its octets.
  buffer.set(bytes.length === length ? bytes : bytes.subarray(0, length));
  return buffer;
}

/** Addresses are literals: answering at once keeps every send in the turn of its frame. */
const lookup: NonNullable<SocketOptions['lookup']> = (address, _options, callback) =>
  callback(null, address, isIPv6(address) ? 6 : 4);

interface NewSocketOptions extends Partial<SocketOptions> {
  readonly dscp?: Dscp;
}

export function newSocket(address: string, { dscp = 0, ...options }: NewSocketOptions): Socket {
  const type = isIPv6(address) ? 'udp6' : 'udp4';
  const buffers = { recvBufferSize: bufferBytes, sendBufferSize: bufferBytes };
  const socket = createSocket({ type, lookup, ...buffers, ...options });
  markDatagrams(socket, dscp);
  return socket;
}

export async function bound(address: string, port: number, options: NewSocketOptions): Promise<Socket> {
  const socket = newSocket(address, options);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port, exclusive: true }, resolve);
  }).catch((error: unknown) => {
    socket.close();
    throw error;
  });
  socket.removeAllListeners('error');
  return socket;
}
