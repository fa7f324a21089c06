/**
 * Source lock: from which address and port a leg takes media. What anybody else sends is dropped and counted.
 *
 *   exact: only the negotiated address and port
 *   latch: negotiated address, any port ──first packet──▶ locked ──silent > relatchAfterMs, other port──▶ locked anew
 *
 * A packet from another address than the negotiated one is never taken, so a stranger can neither be heard nor move
 * the lock. Why: mediasoup's `comedia` and many clients take the first packet of anyone as the peer.
 *
 * Standard: RFC 4961 (symmetric RTP). Pure: no clock, socket or logger.
 */
export interface SourceLockSettings {
  /** Negotiated IPv4 or IPv6 literal, without zone. */
  readonly address: string;
  readonly port: number;
  /** Learn the port from the first packet (far end behind NAT). */
  readonly latch: boolean;
  /** Silence of the locked source, ms, after which another port of the same address may take its place. */
  readonly relatchAfterMs?: number;
}

export class SourceLock {
  /** Packets of strangers since construction. */
  strangers = 0;
  /** How often the lock moved to another port. */
  relatches = 0;
  /** Where to send: the negotiated port until a packet has latched another. */
  port: number;
  readonly address: string;

  readonly #latch: boolean;
  readonly #relatchAfterMs: number;
  #locked: boolean;
  #lastMs = -Infinity;

  constructor(settings: SourceLockSettings) {
    this.address = canonicalAddress(settings.address);
    this.port = settings.port;
    this.#latch = settings.latch;
    this.#relatchAfterMs = settings.relatchAfterMs ?? 2000;
    this.#locked = !settings.latch;
  }

  /** Whether a packet from there is the peer's. `nowMs` is on the caller's monotonic clock. */
  accept(address: string, port: number, nowMs: number): boolean {
    if (!sameAddress(address, this.address)) {
      this.strangers += 1;
      return false;
    }
    if (port === this.port || !this.#locked) {
      this.port = port;
    } else if (this.#latch && nowMs - this.#lastMs > this.#relatchAfterMs) {
      this.port = port;
      this.relatches += 1;
    } else {
      this.strangers += 1;
      return false;
    }
    this.#locked = true;
    this.#lastMs = nowMs;
    return true;
  }
}

const mappedPrefix = '::ffff:';

/** An IPv6 address as the kernel writes it; IPv4 and what cannot be read stay as they are. */
function canonicalAddress(address: string): string {
  const url = address.includes(':') ? URL.parse(`http://[${address}]`) : null;
  return url === null ? address : url.hostname.slice(1, -1);
}

/** An IPv4 peer is seen as `::ffff:a.b.c.d` on a dual-stack socket. */
function sameAddress(seen: string, negotiated: string): boolean {
  if (seen === negotiated) return true;
  return seen.startsWith(mappedPrefix) && seen.slice(mappedPrefix.length) === negotiated;
}
