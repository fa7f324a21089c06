/**
 * The sockets of a leg that no call sets up: unicast or multicast, heard by where a packet comes from.
 *
 *   unicast     one socket on the agreed port, for both ways: the far end may send from any port of its address
 *   multicast   in    bound to the group's address and port, so that other groups on that port do not come in; other
 *                     programs of this machine may have it too
 *               out   on a port of the kernel's choice, on the chosen interface
 *
 * Where all sources are single addresses the group is joined for them alone (RFC 4607): routers then need not bring
 * anybody else's packets. They are looked at here as well, for the kernel gives a socket what any other has joined. What
 * comes back of our own is known by its SSRC. A send is tried at once, as in rtp-socket.ts.
 */
import type { Socket } from 'node:dgram';
import { isIP, isIPv6 } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Dscp } from '../base/dscp.ts';
import { amongHosts } from '../base/hosts.ts';
import { isRtcp } from '../protocols/rtp/rtp-packet.ts';
import { SourceTurn } from '../protocols/rtp/source-turn.ts';
import type { Endpoint, LegMedia, StaticLine } from './contract.ts';
import { bound, copyOf, type LegSocketEvents, newSocket } from './rtp-socket.ts';

export interface StaticSocketEvents extends LegSocketEvents {
  /** What `onRtp` gives from here on is another sender's. */
  readonly onSource: () => void;
  /** An allowed source sends, and nobody is connected; at most once a second. */
  readonly onKnock: () => void;
}

const ssrcAt = { rtp: 8, rtcp: 4 } as const;
const knockEveryMs = 1000;

export class StaticSocket {
  sendFailures = 0;
  /** Nothing is encrypted here. */
  readonly forged = 0;
  readonly replayed = 0;
  readonly #clock: Clock;
  readonly #events: StaticSocketEvents;
  readonly #isAllowed: (address: string) => boolean;
  /** RTP in and out, then RTCP in and out. */
  readonly #sockets: readonly Socket[];
  readonly #turn = new SourceTurn();
  #media: LegMedia | undefined;
  #allowed = '';
  #strangers = 0;
  #ownSsrc = -1;
  #knockMs = -Infinity;
  #unsent = 0;
  #unsentSinceMs = 0;
  readonly #onSent = (error: Error | null): void => {
    if (error === null) this.#unsent = 0;
    else this.#onUnsent();
  };
  /** A port that hears no reports (ICMP) says nothing of the voice beside it. */
  readonly #onReportSent = (error: Error | null): void => {
    if (error !== null) this.#countFailure();
  };

  private constructor(sockets: readonly Socket[], line: StaticLine, clock: Clock, events: StaticSocketEvents) {
    this.#sockets = sockets;
    this.#clock = clock;
    this.#events = events;
    this.#isAllowed = line.sources.length === 0 ? () => true : amongHosts(line.sources);
    const [rtp, , rtcp] = sockets;
    rtp?.on('message', (bytes, from) => this.#onRtp(bytes, from.address, from.port));
    rtcp?.on('message', (bytes, from) => this.#onRtcp(bytes, from.address));
    for (const socket of new Set(sockets)) socket.on('error', () => this.#countFailure());
  }

  /** Binds and joins. Rejects with the system's error when a port is taken or there is no such interface. */
  static async open(
    local: Endpoint,
    line: StaticLine,
    dscp: Dscp,
    clock: Clock,
    events: StaticSocketEvents,
  ): Promise<StaticSocket> {
    const sockets: Socket[] = [];
    try {
      for (const port of line.rtcp ? [local.port, local.port + 1] : [local.port]) {
        if (line.multicast === undefined) {
          const socket = await bound(local.address, port, { dscp });
          sockets.push(socket, socket);
        } else {
          sockets.push(await joined(local.address, port, line, line.multicast));
          sockets.push(await sending(local.address, dscp, line.multicast));
        }
      }
    } catch (error) {
      for (const socket of new Set(sockets)) socket.close();
      throw error;
    }
    return new StaticSocket(sockets, line, clock, events);
  }

  /** Packets that were not heard: of others than the allowed sources, or of a second one at the same time. */
  get strangers(): number {
    return this.#strangers + this.#turn.waited;
  }

  connect(media: LegMedia): void {
    this.disconnect();
    this.#media = media;
  }

  disconnect(): void {
    this.#media = undefined;
    this.#turn.reset();
    this.#unsent = 0;
    this.#knockMs = -Infinity;
  }

  sendRtp(bytes: Uint8Array, length: number): void {
    const to = this.#media?.remote;
    if (to === undefined) return;
    this.#ownSsrc = word(bytes, ssrcAt.rtp);
    this.#sockets[1]?.send(copyOf(bytes, length), 0, length, to.port, to.address, this.#onSent);
  }

  sendRtcp(bytes: Uint8Array, length: number): void {
    const to = this.#media?.remoteRtcp;
    if (to === undefined) return;
    this.#sockets[3]?.send(copyOf(bytes, length), 0, length, to.port, to.address, this.#onReportSent);
  }

  close(): void {
    this.disconnect();
    for (const socket of new Set(this.#sockets)) socket.close();
  }

  #onRtp(bytes: Uint8Array, address: string, port: number): void {
    if (isRtcp(bytes)) {
      if (this.#sockets[2] !== undefined) this.#onRtcp(bytes, address);
      return;
    }
    if (bytes.length < 12 || !this.#mayBeHeard(address)) {
      this.#strangers += 1;
      return;
    }
    const ssrc = word(bytes, ssrcAt.rtp);
    if (ssrc === this.#ownSsrc) return;
    const nowMs = this.#clock.nowMs();
    if (this.#media === undefined) {
      this.#knock(nowMs);
      return;
    }
    const turn = this.#turn.take(address, port, ssrc, nowMs);
    if (turn === 'waits') return;
    if (turn === 'new') this.#events.onSource();
    this.#events.onRtp(bytes, nowMs);
  }

  /** Reports of whoever is heard. */
  #onRtcp(bytes: Uint8Array, address: string): void {
    if (this.#media === undefined || bytes.length < 8 || word(bytes, ssrcAt.rtcp) === this.#ownSsrc) return;
    if (address === this.#turn.address || (this.#turn.address === '' && this.#mayBeHeard(address))) {
      this.#events.onRtcp(bytes, this.#clock.nowMs());
    } else this.#strangers += 1;
  }

  /** The address that was allowed last is not looked up again. */
  #mayBeHeard(address: string): boolean {
    if (address === this.#allowed) return true;
    if (!this.#isAllowed(address)) return false;
    this.#allowed = address;
    return true;
  }

  #knock(nowMs: number): void {
    if (nowMs - this.#knockMs < knockEveryMs) return;
    this.#knockMs = nowMs;
    this.#events.onKnock();
  }

  #onUnsent(): void {
    this.sendFailures += 1;
    const nowMs = this.#clock.nowMs();
    if (this.#unsent === 0) this.#unsentSinceMs = nowMs;
    this.#unsent += 1;
    this.#events.onUnsent(this.#unsent, nowMs - this.#unsentSinceMs);
  }

  #countFailure(): void {
    this.sendFailures += 1;
  }
}

type Multicast = NonNullable<StaticLine['multicast']>;

async function joined(address: string, port: number, line: StaticLine, multicast: Multicast): Promise<Socket> {
  const { group } = multicast;
  const socket = newSocket(group, { reuseAddr: true });
  const scope = isIPv6(group) && multicast.interface !== undefined ? `%${multicast.interface}` : '';
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: group + scope, port, exclusive: true }, () => {
      try {
        const on = interfaceOf(address, multicast);
        const single = line.sources.length > 0 && line.sources.every((source) => isIP(source) !== 0);
        if (single) for (const source of line.sources) socket.addSourceSpecificMembership(source, group, on);
        else socket.addMembership(group, on);
        resolve();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }).catch((error: unknown) => {
    socket.close();
    throw error;
  });
  socket.removeAllListeners('error');
  return socket;
}

async function sending(address: string, dscp: Dscp, multicast: Multicast): Promise<Socket> {
  const socket = await bound(address, 0, { dscp });
  try {
    socket.setMulticastTTL(multicast.ttl);
    socket.setMulticastLoopback(multicast.loopback);
    const on = interfaceOf(address, multicast);
    if (on !== undefined) socket.setMulticastInterface(on);
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

/** As the system calls want it: an IPv4 address of the interface, or `::%` and its name. */
function interfaceOf(address: string, multicast: Multicast): string | undefined {
  if (!isIPv6(multicast.group)) return multicast.interface ?? address;
  return multicast.interface === undefined ? undefined : `::%${multicast.interface}`;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
