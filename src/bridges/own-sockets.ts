/**
 * Where this gateway itself receives over UDP. No far end may have its voice sent there: into a leg it would join groups
 * that nobody joined, and anywhere else it would be a flood of our own making.
 */
import { networkInterfaces } from 'node:os';
import type { PortAllocator } from './port-allocator.ts';

export class OwnSockets {
  readonly #legsAddress: string;
  readonly #legs: PortAllocator;
  readonly #others = new Set<string>();

  /** Legs receive at `legsAddress`. */
  constructor(legsAddress: string, legs: PortAllocator) {
    this.#legsAddress = legsAddress;
    this.#legs = legs;
  }

  /** A socket beside those of legs; `address` may be the wildcard. */
  add(address: string, port: number): void {
    const wildcard = address === '0.0.0.0' || address === '::';
    for (const each of wildcard ? machineAddresses() : [address]) this.#others.add(`${each} ${port}`);
  }

  has(address: string, port: number): boolean {
    return (address === this.#legsAddress && this.#legs.isTaken(port)) || this.#others.has(`${address} ${port}`);
  }
}

function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}
