/**
 * Authorities of smart cards and their lists of revoked certificates: read at the start and whenever a file changes, in a
 * thread. A list that cannot be read, or is out of date, counts as none: cards of its authority are refused, an alarm stands, and
 * whoever is in stays in. Authorities that cannot be read leave those before, and so does a list that is older than the one
 * before: whoever can hand over an old one, which is signed as well, would take a revocation back.
 */
import { X509Certificate } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { isSignedBy } from '../base/certificate.ts';
import { Alarm, type Clock } from '../base/clock.ts';
import { GatewayError } from '../base/errors.ts';
import type { SomeEvents } from '../base/events.ts';
import { type CardList, isOlderList } from '../operations/card-list.ts';
import { AskedThread } from '../store/asked-thread.ts';

/** What a look at the files gives. */
export interface CardReading {
  readonly authoritiesFault?: string;
  readonly authorities: readonly {
    readonly name: string;
    /** Which key of that name: Authority.key. */
    readonly key: string;
    /** Of its certificate. */
    readonly serial: string;
    readonly pem: string;
    readonly toUtcMs: number;
    /** For people. */
    readonly subject: string;
  }[];
  readonly lists: readonly CardList[];
  /** A word a file that is of no use. */
  readonly faults: readonly string[];
}

export interface CardListsPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'accounts.cardsUnchecked'>;
  /** Some cards, or all, cannot be checked. */
  alarm(isRaised: boolean): void;
  /** Until when the first of the authorities holds. */
  authoritiesSeen(toUtcMs: number): void;
  /** Between looks at the files, ms; default 5000. */
  readonly lookEveryMs?: number;
}

const usualLookMs = 5000;
/** What is said of files that are of no use, and of authorities without a list. */
const faultsShown = 5;
/** Longest time that a timer can wait with some room; then it looks again. */
const sleepMsMax = 86_400_000;

export class CardLists {
  readonly #files: { readonly authorities: string; readonly revoked: readonly string[] };
  readonly #ports: CardListsPorts;
  readonly #thread: AskedThread;
  readonly #alarm: Alarm;
  readonly #onChange = (): void => void this.#read();
  #held: CardReading | undefined;
  #authorities: readonly X509Certificate[] = [];
  /** Undefined: all can be checked. Empty: nothing yet. */
  #said: string | undefined = '';
  #isReading = false;
  #isStale = false;
  #isStopped = false;
  #changed: () => void = () => undefined;

  constructor(files: { readonly authorities: string; readonly revoked: readonly string[] }, ports: CardListsPorts) {
    this.#files = files;
    this.#ports = ports;
    this.#alarm = new Alarm(ports.clock, () => this.#judge());
    this.#thread = new AskedThread({
      entry: new URL('card-lists-worker.ts', import.meta.url),
      workerData: undefined,
      of: 'the revoked cards',
      away: (reason) => new Error(reason),
    });
  }

  /** Told whenever `tls` is another. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  get lists(): readonly CardList[] {
    return this.#held?.lists ?? [];
  }

  /** One of the authorities has signed that certificate. */
  isOurs(der: Uint8Array): boolean {
    try {
      return isSignedBy([new X509Certificate(der)], this.#authorities);
    } catch {
      return false; // one that the library of the handshake reads, and this not
    }
  }

  /** For the handshake. Never without an authority, for then the library would take its own. */
  get tls(): { readonly ca: string[]; readonly crl: string[] } {
    const { authorities = [], lists = [] } = this.#held ?? {};
    return { ca: authorities.map(({ pem }) => pem), crl: lists.map(({ pem }) => pem) };
  }

  /** @throws GatewayError CONFIG_INVALID when there are no authorities */
  async start(): Promise<void> {
    await this.#read();
    if (this.#held === undefined) {
      throw new GatewayError('CONFIG_INVALID', `console.tls.clientCertificates.authorities: ${this.#said}`);
    }
    const interval = this.#ports.lookEveryMs ?? usualLookMs;
    for (const file of this.#all) watchFile(file, { interval, persistent: false }, this.#onChange);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#alarm.clear();
    for (const file of this.#all) unwatchFile(file, this.#onChange);
    await this.#thread.close();
  }

  get #all(): readonly string[] {
    return [this.#files.authorities, ...this.#files.revoked];
  }

  async #read(): Promise<void> {
    this.#isStale = true;
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#isStale && !this.#isStopped) {
      this.#isStale = false;
      await this.#readOnce();
    }
    this.#isReading = false;
  }

  async #readOnce(): Promise<void> {
    const { authorities, revoked } = this.#files;
    let reading: CardReading;
    try {
      reading = (await this.#thread.ask('read', [authorities, revoked])) as CardReading;
    } catch (error) {
      const authoritiesFault = error instanceof Error ? error.message : String(error);
      reading = { authoritiesFault, authorities: [], lists: [], faults: [] };
    }
    if (this.#isStopped) return;
    const { authoritiesFault } = reading;
    if (authoritiesFault !== undefined) {
      this.#say(authoritiesFault);
      return;
    }
    this.#held = this.#withNewest(reading);
    this.#authorities = reading.authorities.map(({ pem }) => new X509Certificate(pem));
    this.#ports.authoritiesSeen(Math.min(...reading.authorities.map(({ toUtcMs }) => toUtcMs)));
    this.#judge();
    this.#changed();
  }

  /** No list goes back; one from the future is no measure. */
  #withNewest(reading: CardReading): CardReading {
    const utcMs = this.#ports.clock.utcMs();
    const stays = this.lists.filter((before) => {
      const now = reading.lists.filter(({ scope }) => scope === before.scope);
      return before.madeUtcMs <= utcMs && now.length > 0 && now.every((each) => isOlderList(each, before));
    });
    const faults = stays.map(({ signer }) => {
      const { subject = '' } = reading.authorities.find(({ key }) => key === signer) ?? {};
      return `${subject}: its list is older than the one before, which stays`;
    });
    return { ...reading, lists: [...reading.lists, ...stays], faults: [...reading.faults, ...faults] };
  }

  /** What time has made of the lists. */
  #judge(): void {
    if (this.#held === undefined) return;
    const { clock } = this.#ports;
    const utcMs = clock.utcMs();
    const { authorities, lists, faults } = this.#held;
    // The handshake takes a list for the key alone that signed it, whatever the name.
    const isInForce = (key: string) => lists.some(({ signer, nextUtcMs }) => signer === key && utcMs < nextUtcMs);
    const without = authorities.filter(({ key }) => !isInForce(key));
    const words = [
      ...faults,
      ...without.map(({ name, key, serial, subject }) => {
        if (lists.some(({ signer }) => signer === key)) return `${subject}: its list is out of date`;
        if (!lists.some(({ issuer }) => issuer === name)) return `${subject}: there is no list`;
        return `${subject}, certificate ${serial}: the list of that name is signed by another key, so cards of this one are refused until there is a list that its own key has signed`;
      }),
      ...authorities
        .filter(({ name, key }) => authorities.some((other) => other.name === name && other.key !== key))
        .filter(({ key }) => lists.some(({ signer, isKeyed }) => signer === key && !isKeyed))
        .map(({ serial, subject }) => {
          return `${subject}, certificate ${serial}: another key has that name, and its list does not say which has signed it (authorityKeyIdentifier), so cards of both may be refused`;
        }),
    ];
    this.#say(words.length === 0 ? undefined : words.slice(0, faultsShown).join('; '));
    const ends = lists.map(({ nextUtcMs }) => nextUtcMs).filter((at) => at > utcMs);
    const waitMs = Math.min(sleepMsMax, ...ends.map((at) => at - utcMs));
    this.#alarm.setAt(clock.nowMs() + waitMs);
  }

  #say(fault: string | undefined): void {
    if (this.#said === fault) return;
    const isOther = this.#said === '' || (this.#said === undefined) !== (fault === undefined);
    this.#said = fault;
    this.#ports.events.accounts.cardsUnchecked(fault === undefined ? {} : { reason: fault });
    if (isOther) this.#ports.alarm(fault !== undefined);
  }
}
