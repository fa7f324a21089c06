/**
 * An IP network on virtual time for SIP bridges: whatever is sent arrives after a delay, or is lost, or hits nobody, in
 * which case a watching sender hears of it as from ICMP. TCP is modelled as messages on connections that stand or fall
 * with their two ends. Same seed, same run.
 */
import type { ManualClock } from '../../../src/base/clock.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import type { OpenTransport } from '../../../src/bridges/sip/sip-bridge.ts';
import type { Transport, TransportHandlers } from '../../../src/bridges/sip/transport.ts';
import type { Hop } from '../../../src/protocols/sip/hop.ts';

interface Node {
  readonly receive: (octets: Uint8Array, source: Hop) => void;
}

export class VirtualNetwork {
  readonly clock: ManualClock;
  readonly #random: SeededRandom;
  readonly #nodes = new Map<string, Node>();
  /** Probability that a message is lost. */
  loss = 0;
  delayMs = 5;
  /** No ICMP: packets to nobody vanish, as behind a firewall. */
  silentWhenAbsent = false;
  /** Addresses cut off from everybody. */
  readonly cut = new Set<string>();
  sent = 0;

  constructor(clock: ManualClock, seed = 1) {
    this.clock = clock;
    this.#random = new SeededRandom(seed);
  }

  place(transport: string, at: { readonly address: string; readonly port: number }, node: Node): void {
    this.#nodes.set(keyOf(transport, at), node);
  }

  remove(transport: string, at: { readonly address: string; readonly port: number }): void {
    this.#nodes.delete(keyOf(transport, at));
  }

  /** `refused` is called when nobody is there and the network says so. */
  carry(octets: Uint8Array, from: Hop, to: Hop, refused: () => void): void {
    this.sent++;
    if (this.cut.has(from.address) || this.cut.has(to.address) || this.#random.fraction() < this.loss) return;
    this.clock.callAt(this.clock.nowMs() + this.delayMs, () => {
      const node = this.#nodes.get(keyOf(to.transport, to));
      if (node !== undefined) node.receive(octets, from);
      else if (!this.silentWhenAbsent) this.clock.callAt(this.clock.nowMs() + this.delayMs, refused);
    });
  }

  /** For SipBridge.start. */
  open(): OpenTransport {
    return async (transport, at, handlers) => new VirtualTransport(this, transport, at, handlers);
  }
}

class VirtualTransport implements Transport {
  readonly name: 'udp' | 'tcp';
  readonly local: { readonly address: string; readonly port: number };
  readonly #network: VirtualNetwork;
  readonly #handlers: TransportHandlers;

  constructor(
    network: VirtualNetwork,
    name: 'udp' | 'tcp',
    local: { readonly address: string; readonly port: number },
    handlers: TransportHandlers,
  ) {
    this.name = name;
    this.local = local;
    this.#network = network;
    this.#handlers = handlers;
    network.place(name, local, { receive: (octets, source) => handlers.onMessage(octets, source) });
  }

  send(octets: Uint8Array, hop: Hop): void {
    this.#network.carry(octets, { transport: this.name, ...this.local }, hop, () =>
      this.#handlers.onUnreachable(hop, 'ECONNREFUSED'),
    );
  }

  watch(): void {}
  unwatch(): void {}
  reset(): void {}

  async close(): Promise<void> {
    this.#network.remove(this.name, this.local);
  }
}

function keyOf(transport: string, at: { readonly address: string; readonly port: number }): string {
  return `${transport} ${at.address} ${at.port}`;
}
