/**
 * One leg's floor control: its port, who may send to it, and the role that it plays.
 *
 *   datagram ─▶ from the negotiated address? ─▶ not too many? ─▶ opened ─▶ read ─▶ FloorRole
 *                      └── dropped and counted ──────┴───────────┘
 *
 * A shell: the decisions are the role's and its machine's.
 */
import { type Bucket, fullBucket, type RateLimit, take } from '../../base/rate-limit.ts';
import { type FloorMessage, readFloorDatagram, writeFloorMessage } from '../../protocols/mcptt/floor-message.ts';
import type { FloorTerms } from '../../protocols/mcptt/floor-sdp.ts';
import type { Endpoint, VoiceEvent } from '../../voice/contract.ts';
import type { BridgeMeter } from '../ports.ts';
import type { FloorPort, OpenFloorPort } from './floor-port.ts';
import type { FloorRole } from './floor-role.ts';
import type { FloorSecrecy } from './floor-secrecy.ts';

export interface FloorLegHost {
  /** Ours of the IP version of that address of a far end. */
  readonly addressFor: (far: string | undefined) => string;
  /** The far end's port is learnt from its first datagram (NAT). */
  readonly latch: boolean;
  readonly open: OpenFloorPort;
  /** Absent: messages go in the clear. */
  readonly secrecy: FloorSecrecy | undefined;
  readonly meter: BridgeMeter;
  readonly nowMs: () => number;
  readonly takePort: () => number | undefined;
  readonly giveBackPort: (port: number) => void;
  /** The port is another one now: a call that named the old one is of no use. */
  readonly moved: (reason: string) => void;
}

/** Far above what floor control of one call needs; a flood costs a comparison. */
const limit: RateLimit = { perSecond: 100, burst: 200 };
/** Other programs may hold ports of our range; so many are tried. */
const portTriesMax = 8;

export class FloorLeg {
  readonly role: FloorRole;
  readonly #host: FloorLegHost;
  #address: string;
  #number: number;
  #tries = 0;
  #port: FloorPort;
  /** Where the far end's floor control is; undefined without a session. */
  #remote: Endpoint | undefined;
  #learnt = false;
  #bucket: Bucket;

  constructor(host: FloorLegHost, port: number, makeRole: (send: (message: FloorMessage) => void) => FloorRole) {
    this.#host = host;
    this.#address = host.addressFor(undefined);
    this.#number = port;
    this.#bucket = fullBucket(limit, host.nowMs());
    this.role = makeRole((message) => this.#send(message));
    this.#port = this.#open();
  }

  /** Our UDP port, as told to the far end. */
  get port(): number {
    return this.#number;
  }

  /** A session stands, or stands anew at another place. */
  connect(remote: Endpoint, terms: FloorTerms, weOffered: boolean, mask: number): void {
    const same = this.#remote?.address === remote.address && (this.#learnt || this.#remote.port === remote.port);
    if (!same) {
      this.#remote = remote;
      this.#learnt = false;
      this.#host.secrecy?.beginCall();
      this.#hearAt(this.#host.addressFor(remote.address));
    }
    this.role.connect(terms, weOffered, mask);
  }

  disconnect(): void {
    this.role.disconnect();
    this.#remote = undefined;
  }

  voiceEvent(event: VoiceEvent): void {
    this.role.voiceEvent(event);
  }

  close(): void {
    this.disconnect();
    this.#port.close();
    this.#host.giveBackPort(this.#number);
  }

  #hearAt(address: string): void {
    if (address === this.#address) return;
    this.#address = address;
    this.#port.close();
    this.#port = this.#open();
  }

  #open(): FloorPort {
    return this.#host.open(
      { address: this.#address, port: this.#number },
      {
        onDatagram: (octets, from) => this.#receive(octets, from),
        onFailed: (reason) => this.#move(reason),
      },
    );
  }

  #move(reason: string): void {
    const next = ++this.#tries > portTriesMax ? undefined : this.#host.takePort();
    const said = `port ${this.#number} of floor control is in use: ${reason}`;
    if (next !== undefined) {
      this.#host.giveBackPort(this.#number);
      this.#number = next;
      this.#port = this.#open();
    }
    this.#host.moved(said);
  }

  #send(message: FloorMessage): void {
    if (this.#remote === undefined) return;
    const { secrecy, meter } = this.#host;
    const clear = writeFloorMessage(message);
    const octets = secrecy === undefined ? clear : secrecy.seal(clear);
    if (octets === undefined) {
      this.#dropped('not-sealed');
      return;
    }
    meter.add('floor_messages_total', 1, { direction: 'out' });
    this.#port.send(octets, this.#remote);
  }

  #receive(octets: Uint8Array, from: Endpoint): void {
    const refusal = this.#refusal(from);
    if (refusal !== undefined) {
      this.#dropped(refusal);
      return;
    }
    const { secrecy } = this.#host;
    const opened = secrecy === undefined ? octets : secrecy.open(octets);
    if (opened === undefined) {
      this.#dropped('not-genuine');
      return;
    }
    const { messages, faults } = readFloorDatagram(opened);
    for (const _ of faults) this.#dropped('malformed');
    if (messages.length === 0) return;
    if (!this.#learnt && this.#host.latch) this.#remote = from;
    this.#learnt = true;
    this.#host.meter.add('floor_messages_total', messages.length, { direction: 'in' });
    for (const message of messages) this.role.receive(message);
  }

  /** Only the negotiated far end is heard, and of it not more than so much. */
  #refusal({ address, port }: Endpoint): 'stranger' | 'overload' | undefined {
    const remote = this.#remote;
    const mayLearn = this.#host.latch && !this.#learnt;
    if (remote?.address !== address || (remote.port !== port && !mayLearn)) return 'stranger';
    const left = take(this.#bucket, limit, this.#host.nowMs());
    if (left === undefined) return 'overload';
    this.#bucket = left;
    return undefined;
  }

  #dropped(reason: 'stranger' | 'overload' | 'malformed' | 'not-genuine' | 'not-sealed'): void {
    this.#host.meter.add('floor_messages_dropped_total', 1, { reason });
  }
}
