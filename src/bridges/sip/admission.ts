/**
 * Who is served: far ends that the configuration names or that have registered, always; strangers a few a second, and
 * only with a refusal. Pure, and asked before a message is read, so that a flood costs next to nothing.
 *
 * Two token buckets: one for all strangers, since source addresses are easily invented, and one per address, so that a
 * single noisy neighbour does not use up what a box that wants to register needs.
 */
export interface AdmissionSettings {
  /** Refusals a second for all strangers together, and at once after a pause. */
  readonly perSecond: number;
  readonly burst: number;
  /** The same per source address. */
  readonly perAddressPerSecond: number;
  readonly perAddressBurst: number;
  /** Addresses remembered. */
  readonly addressesMax: number;
}

const admissionDefaults: AdmissionSettings = {
  perSecond: 50,
  burst: 100,
  perAddressPerSecond: 5,
  perAddressBurst: 10,
  addressesMax: 1024,
};

export type Admission = 'peer' | 'stranger' | 'drop';

interface Bucket {
  tokens: number;
  atMs: number;
}

export class Gatekeeper {
  readonly #settings: AdmissionSettings;
  /** How often an address is named: by attachments and by registrations. */
  readonly #peers = new Map<string, number>();
  readonly #all: Bucket;
  readonly #addresses = new Map<string, Bucket>();

  constructor(settings: AdmissionSettings = admissionDefaults) {
    this.#settings = settings;
    this.#all = { tokens: settings.burst, atMs: 0 };
  }

  addPeer(address: string): void {
    this.#peers.set(address, (this.#peers.get(address) ?? 0) + 1);
  }

  removePeer(address: string): void {
    const count = (this.#peers.get(address) ?? 0) - 1;
    if (count > 0) this.#peers.set(address, count);
    else this.#peers.delete(address);
  }

  isPeer(address: string): boolean {
    return this.#peers.has(address);
  }

  /** Judges one message or connection from an address. */
  judge(address: string, nowMs: number): Admission {
    if (this.#peers.has(address)) return 'peer';
    const { perSecond, burst, perAddressPerSecond, perAddressBurst } = this.#settings;
    if (!hasToken(this.#all, perSecond, burst, nowMs)) return 'drop';
    const bucket = this.#bucketOf(address, nowMs);
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
