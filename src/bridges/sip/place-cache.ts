/**
 * Where the far ends are, looked up beside the calls and never within them: whoever needs it gets what is known. An
 * answer is kept for its time to live, a missing one is asked for again soon; a name server that is dead delays nobody
 * and takes nothing away. Each question has a resolver of its own with a time limit, none of the system's threads.
 */
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Cancel, Clock } from '../../base/clock.ts';
import { systemCode } from '../../base/errors.ts';
import { usualPort } from '../../protocols/sip/hop.ts';
import { type Directory, type Located, locate, type Place, type PlaceQuestion } from './locate.ts';
import { fromHostsFile } from './name-cache.ts';

interface Entry {
  places: readonly Place[];
  cancel: Cancel | undefined;
}

const refreshMsMin = 5000;
const refreshMsMax = 60_000;
const timeoutMs = 1500;

export class PlaceCache {
  readonly #clock: Clock;
  readonly #directory: Directory;
  readonly #fraction: () => number;
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  constructor(clock: Clock, fraction: () => number, directory: Directory = nameServers()) {
    this.#clock = clock;
    this.#fraction = fraction;
    this.#directory = directory;
  }

  /** Keeps it known from now on. `changed` is called whenever the places become others. */
  keep(question: PlaceQuestion, changed: () => void): void {
    const key = keyOf(question);
    if (isIP(question.host) !== 0 || this.#entries.has(key)) return;
    const entry: Entry = { places: [], cancel: undefined };
    this.#entries.set(key, entry);
    void this.#refresh(question, entry, changed);
  }

  /** The best first; none while nothing is known. */
  placesOf(question: PlaceQuestion): readonly Place[] {
    const { host, port, transport } = question;
    if (isIP(host) !== 0) return [{ address: host, port: port ?? usualPort(transport) }];
    return this.#entries.get(keyOf(question))?.places ?? [];
  }

  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#entries.values()) cancel?.();
  }

  async #refresh(question: PlaceQuestion, entry: Entry, changed: () => void): Promise<void> {
    const nothing: Located = { places: [], ttlS: 0 };
    // No answer, or nothing there: what was known stays, for far ends do not move because a name server does.
    const { places, ttlS } = await locate(question, this.#directory, this.#fraction).catch(() => nothing);
    if (this.#closed) return;
    const waitMs = places.length === 0 ? refreshMsMin : Math.min(refreshMsMax, Math.max(refreshMsMin, 1000 * ttlS));
    const again = () => void this.#refresh(question, entry, changed);
    entry.cancel = this.#clock.callAt(this.#clock.nowMs() + waitMs, again);
    if (places.length === 0 || JSON.stringify(places) === JSON.stringify(entry.places)) return;
    entry.places = places;
    changed();
  }
}

/** The machine's name servers, or those named; its hosts file is read first. */
export function nameServers(servers?: readonly string[]): Directory {
  const ask = <T>(question: (resolver: Resolver) => Promise<T[]>): Promise<T[]> => {
    const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
    if (servers !== undefined) resolver.setServers([...servers]);
    return question(resolver).catch((error: unknown) => {
      if (['ENODATA', 'ENOTFOUND'].includes(systemCode(error) ?? '')) return [];
      throw error;
    });
  };
  return {
    addresses: async (name, family) => {
      const local = await fromHostsFile(name, family);
      if (local.length > 0) return local.map((address) => ({ address, ttlS: refreshMsMax / 1000 }));
      const options = { ttl: true } as const;
      const found = await ask((r) => (family === 4 ? r.resolve4(name, options) : r.resolve6(name, options)));
      return found.map(({ address, ttl }) => ({ address, ttlS: ttl }));
    },
    srv: (name) => ask((resolver) => resolver.resolveSrv(name)),
    naptr: (name) => ask((resolver) => resolver.resolveNaptr(name)),
  };
}

function keyOf({ host, port, transport, families }: PlaceQuestion): string {
  return `${transport} ${host} ${port ?? ''} ${families.join(' ')}`;
}
