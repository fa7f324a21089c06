/**
 * Where this gateway itself receives over UDP. No far end may have its voice sent there: into a leg it would join groups
 * that nobody joined, and anywhere else it would be a flood of our own making.
 */
import { networkInterfaces } from 'node:os';
import type { PortAllocator } from './port-allocator.ts';

export class OwnSockets {
  readonly #legsAddresses: readonly string[];
  readonly #legs: PortAllocator;
  readonly #others = new Set<string>();
  /** Ports that receive at every address of this machine. */
  readonly #everywhere = new Set<number>();
  readonly #readAddresses: () => readonly string[];
  readonly #nowMs: () => number;
  #addresses: ReadonlySet<string> = new Set();
  #readAtMs = -Infinity;

  /** Legs receive at `legsAddresses`. */
  constructor(
    legsAddresses: readonly string[],
    legs: PortAllocator,
    readAddresses: () => readonly string[] = machineAddresses,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#legsAddresses = legsAddresses;
    this.#legs = legs;
    this.#readAddresses = readAddresses;
    this.#nowMs = nowMs;
  }

  /** A socket beside those of legs; `address` may be the wildcard. */
  add(address: string, port: number): void {
    if (address === '0.0.0.0' || address === '::') this.#everywhere.add(port);
    else this.#others.add(`${address} ${port}`);
  }

  has(address: string, port: number): boolean {
    return (
      (this.#legsAddresses.includes(address) && this.#legs.isTaken(port)) ||
      this.#others.has(`${address} ${port}`) ||
      (this.#everywhere.has(port) && this.#isThisMachine(address))
    );
  }

  /** Addresses come and go while we run: they are read again when asked for, once in a while. */
  #isThisMachine(address: string): boolean {
    const nowMs = this.#nowMs();
    if (nowMs - this.#readAtMs >= addressesKeptMs) {
      this.#addresses = new Set(this.#readAddresses());
      this.#readAtMs = nowMs;
    }
    return this.#addresses.has(address);
  }
}

/** Reading them is a system call, and far ends may make us ask: once a second at most. */
const addressesKeptMs = 1000;

function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}
