/**
 * Who is served: far ends that the configuration names, that have registered or that have a call with us, always.
 * Others at the address of one (another port: another program there, or the far end behind NAT) so many a second.
 * Strangers a few a second, and only with a refusal. Pure, and asked before a message is read, so that a flood costs
 * next to nothing.
 *
 * Strangers have two token buckets: one for all, since source addresses are easily invented, and one per address, so
 * that a single noisy one does not use up what a box that wants to register needs.
 */
import type { Hop } from '../../protocols/sip/hop.ts';

export interface AdmissionSettings {
  /** Refusals a second for all strangers together, and at once after a pause. */
  readonly perSecond: number;
  readonly burst: number;
  /** The same per source address. */
  readonly perAddressPerSecond: number;
  readonly perAddressBurst: number;
  /** Addresses remembered. */
  readonly addressesMax: number;
  /** Messages a second of all who share a far end's address, and at once after a pause. */
  readonly neighboursPerSecond: number;
  readonly neighboursBurst: number;
}

const admissionDefaults: AdmissionSettings = {
  perSecond: 50,
  burst: 100,
  perAddressPerSecond: 5,
  perAddressBurst: 10,
  addressesMax: 1024,
  neighboursPerSecond: 200,
  neighboursBurst: 500,
};

export type Admission = 'peer' | 'neighbour' | 'stranger' | 'drop';

interface Bucket {
  tokens: number;
  atMs: number;
}

export class Gatekeeper {
  readonly #settings: AdmissionSettings;
  /** How often an address and port is named, and how often an address. */
  readonly #flows = new Map<string, number>();
  readonly #peers = new Map<string, { count: number; readonly bucket: Bucket }>();
  readonly #all: Bucket;
  readonly #addresses = new Map<string, Bucket>();

  constructor(settings: AdmissionSettings = admissionDefaults) {
    this.#settings = settings;
    this.#all = { tokens: settings.burst, atMs: 0 };
  }

  /** Lets in what comes from there; to be undone by `remove` as often. */
  add(hop: Hop): void {
    const key = flowOf(hop);
    this.#flows.set(key, (this.#flows.get(key) ?? 0) + 1);
    const peer = this.#peers.get(hop.address);
    if (peer !== undefined) peer.count++;
    else {
      const bucket = { tokens: this.#settings.neighboursBurst, atMs: 0 };
      this.#peers.set(hop.address, { count: 1, bucket });
    }
  }

  remove(hop: Hop): void {
    const key = flowOf(hop);
    const flows = this.#flows.get(key);
    const peer = this.#peers.get(hop.address);
    if (flows === undefined || peer === undefined) return;
    if (flows > 1) this.#flows.set(key, flows - 1);
    else this.#flows.delete(key);
    if (--peer.count === 0) this.#peers.delete(hop.address);
  }

  /** Whether a far end of ours is at this address. */
  isPeer(address: string): boolean {
    return this.#peers.has(address);
  }

  /** Judges one message or connection by where it comes from. */
  judge(source: Hop, nowMs: number): Admission {
    if (this.#flows.has(flowOf(source))) return 'peer';
    const { perSecond, burst, perAddressPerSecond, perAddressBurst } = this.#settings;
    const peer = this.#peers.get(source.address);
    if (peer !== undefined) {
      const { neighboursPerSecond, neighboursBurst } = this.#settings;
      if (!hasToken(peer.bucket, neighboursPerSecond, neighboursBurst, nowMs)) return 'drop';
      peer.bucket.tokens--;
      return 'neighbour';
    }
    if (!hasToken(this.#all, perSecond, burst, nowMs)) return 'drop';
    const bucket = this.#bucketOf(source.address, nowMs);
    if (!hasToken(bucket, perAddressPerSecond, perAddressBurst, nowMs)) return 'drop';
    this.#all.tokens--;
    bucket.tokens--;
    return 'stranger';
  }

  /** The one used longest ago gives way to a new address. */
  #bucketOf(address: string, nowMs: number): Bucket {
    const bucket = this.#addresses.get(address) ?? { tokens: this.#settings.perAddressBurst, atMs: nowMs };
    this.#addresses.delete(address);
    this.#addresses.set(address, bucket);
    if (this.#addresses.size > this.#settings.addressesMax) {
      for (const oldest of this.#addresses.keys()) {
        this.#addresses.delete(oldest);
        break;
      }
    }
    return bucket;
  }
}

/** Fills the bucket for the time that has passed; whether a token is in it. */
function hasToken(bucket: Bucket, perSecond: number, burst: number, nowMs: number): boolean {
  bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) * perSecond) / 1000);
  bucket.atMs = nowMs;
  return bucket.tokens >= 1;
}

function flowOf({ transport, address, port }: Hop): string {
  return `${transport} ${address} ${port}`;
}
