/**
 * Names of far ends, resolved beside the calls and never within them: whoever needs an address gets the last known one
 * at once, or undefined.
 *
 * All names are asked for in parallel, each by a resolver of its own with a time limit, so that a dead name server
 * delays nobody; an answer that cannot be had leaves the old one in force. The hosts file is read first: resolvers in
 * parallel do not look there.
 */
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Cancel, Clock } from '../../base/clock.ts';

/** Addresses of a name of this family; rejects when there is none. */
export type Lookup = (name: string, family: 4 | 6) => Promise<readonly string[]>;

const refreshMs = 60_000;
const retryMs = 5000;

export class NameCache {
  readonly #clock: Clock;
  readonly #lookup: Lookup;
  readonly #names = new Map<
    string,
    { readonly families: readonly (4 | 6)[]; address: string | undefined; cancel: Cancel | undefined }
  >();
  #closed = false;

  constructor(clock: Clock, lookup: Lookup = lookUp) {
    this.#clock = clock;
    this.#lookup = lookup;
  }

  /** Keeps a name resolved from now on, in the first of these families that has it. `changed` is called whenever its address becomes another one. */
  keep(name: string, families: readonly (4 | 6)[], changed: () => void): void {
    if (isIP(name) !== 0 || this.#names.has(name)) return;
    this.#names.set(name, { families, address: undefined, cancel: undefined });
    void this.#refresh(name, changed);
  }

  /** The literal itself, or the last known address of a name. */
  addressOf(host: string): string | undefined {
    return isIP(host) === 0 ? this.#names.get(host)?.address : host;
  }

  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#names.values()) cancel?.();
  }

  async #refresh(name: string, changed: () => void): Promise<void> {
    const entry = this.#names.get(name);
    if (entry === undefined) return;
    // No answer: the old address stays.
    const answers = entry.families.map((family) => this.#lookup(name, family).catch((): string[] => []));
    const found = (await Promise.all(answers)).flat();
    if (this.#closed) return;
    const waitMs = found.length > 0 ? refreshMs : retryMs;
    entry.cancel = this.#clock.callAt(this.#clock.nowMs() + waitMs, () => void this.#refresh(name, changed));
    // The present address stays as long as it is one of the name's, so that rotating answers move nobody.
    if (found[0] === undefined || (entry.address !== undefined && found.includes(entry.address))) return;
    entry.address = found[0];
    changed();
  }
}

async function lookUp(name: string, family: 4 | 6): Promise<readonly string[]> {
  const local = await fromHostsFile(name, family);
  if (local.length > 0) return local;
  const resolver = new Resolver({ timeout: 1500, tries: 2 });
  return family === 4 ? resolver.resolve4(name) : resolver.resolve6(name);
}

export async function fromHostsFile(name: string, family: 4 | 6): Promise<readonly string[]> {
  const text = await readFile('/etc/hosts', 'utf8').catch(() => ''); // a machine without one has no local names
  const addresses: string[] = [];
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (names.includes(name) && isIP(address) === family) addresses.push(address);
  }
  return addresses;
}
