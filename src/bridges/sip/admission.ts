/**
 * Who is served: far ends that the configuration names, that have registered or that have a call with us, always.
 * Others at the address of one (another port: another program there, or the far end behind NAT) so many a second.
 * Strangers a few a second, and only with a refusal. Pure, and asked before a message is read, so that a flood costs
 * next to nothing.
 *
 * Strangers have two token buckets: one for all, since source addresses are easily invented, and one per address, so
 * that a single noisy one does not use up what a box that wants to register needs.
 */
import { type Bucket, fullBucket, type RateLimit, take } from '../../base/rate-limit.ts';
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

export class Gatekeeper {
  readonly #settings: AdmissionSettings;
  /** How often an address and port is named, and how often an address. */
  readonly #flows = new Map<string, number>();
  readonly #peers = new Map<string, { count: number; bucket: Bucket }>();
  readonly #all: RateLimit;
  readonly #each: RateLimit;
  readonly #neighbours: RateLimit;
  #allBucket: Bucket;
  readonly #addresses = new Map<string, Bucket>();

  constructor(settings: AdmissionSettings = admissionDefaults) {
    this.#settings = settings;
    const { perSecond, burst, perAddressPerSecond, perAddressBurst, neighboursPerSecond, neighboursBurst } = settings;
    this.#all = { perSecond, burst };
    this.#each = { perSecond: perAddressPerSecond, burst: perAddressBurst };
    this.#neighbours = { perSecond: neighboursPerSecond, burst: neighboursBurst };
    this.#allBucket = fullBucket(this.#all, 0);
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
    const peer = this.#peers.get(source.address);
    if (peer !== undefined) {
      const left = take(peer.bucket, this.#neighbours, nowMs);
      if (left === undefined) return 'drop';
      peer.bucket = left;
      return 'neighbour';
    }
    const allLeft = take(this.#allBucket, this.#all, nowMs);
    if (allLeft === undefined) return 'drop';
    const eachLeft = take(this.#bucketOf(source.address, nowMs), this.#each, nowMs);
    if (eachLeft === undefined) return 'drop';
    this.#allBucket = allLeft;
    this.#addresses.set(source.address, eachLeft);
    return 'stranger';
  }

  /** The one used longest ago gives way to a new address. */
  #bucketOf(address: string, nowMs: number): Bucket {
    const bucket = this.#addresses.get(address) ?? fullBucket(this.#each, nowMs);
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

function flowOf({ transport, address, port }: Hop): string {
  return `${transport} ${address} ${port}`;
}
