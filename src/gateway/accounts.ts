/** People who log in, where the configuration says so: the key of what is sealed in their database, and the logins over both. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { loginsWithReserve, passkeysWithReserve } from '../api/login-reserve.ts';
import { tokenOfCookie } from '../api/session-cookie.ts';
import type { Clock } from '../base/clock.ts';
import { GatewayError, systemCode } from '../base/errors.ts';
import type { Events } from '../base/events.ts';
import type { Config } from '../config/schema.ts';
import { readBreachedList, wordsOfPlace } from '../operations/password-policy.ts';
import { insistsOnSecondFactor } from '../operations/second-factor.ts';
import type { Person } from '../operations/terms.ts';
import type { AccountThread } from '../store/account-thread.ts';
import { lastingKey } from '../store/lasting-key.ts';
import { hashPassword, isPassword } from '../store/password-hash.ts';
import { CardLogins, type CardLoginsPorts } from './card-logins.ts';
import { readCommonPasswords } from './common-passwords.ts';
import type { LoginConsoles } from './login-sessions.ts';
import { Logins } from './logins.ts';
import { OidcLogins } from './oidc-logins.ts';
import { PasskeyLogins } from './passkey-logins.ts';

export interface AccountsPorts {
  readonly clock: Clock;
  readonly events: Events;
  readonly consoles: LoginConsoles;
  /** Closed by whoever gave it, once these have stopped. */
  readonly keeper: AccountThread['keeper'];
  /** What it seals or signs now is worth nothing after a restart. */
  keyNotKept(): void;
  invited(person: Person, token: string): void;
  /** Somebody has been disabled: within 5 s, whoever did it. */
  left(person: string): void;
  /** As they are now. */
  people(): Config['people'];
  /** Where smart cards are taken; undefined: nowhere. */
  readonly cards: Pick<CardLoginsPorts, 'lists' | 'isOurs' | 'port'> | undefined;
}

const minuteMs = 60_000;
/** Without any page of his for so long he logs in anew. */
const idleMs = 120 * minuteMs;

export class Accounts {
  readonly logins: Logins;
  readonly #passkeys: PasskeyLogins;
  readonly #oidc: OidcLogins | undefined;
  readonly cards: CardLogins | undefined;
  #common: Promise<ReadonlySet<string>> | undefined;

  /** @throws GatewayError when the list of breached passwords cannot be read */
  constructor(
    config: Pick<Config, 'accounts' | 'gateway' | 'console'>,
    people: readonly Person[],
    ports: AccountsPorts,
  ) {
    const { clock, events, consoles, keeper, cards } = ports;
    const { id, stateFolder, name } = config.gateway;
    const { breachedPasswords, secondFactor, lockAfterMin, sessionHoursMax, oidc } = config.accounts;
    const folder = join(stateFolder, id);
    const { key, fault } = lastingKey(join(folder, 'accounts-key'));
    if (fault !== undefined) {
      events.state.notKept({ reason: fault });
      ports.keyNotKept();
    }
    const limits = { lockAfterMs: lockAfterMin * minuteMs, idleMs, endAfterMs: sessionHoursMax * 60 * minuteMs };
    const issuer = `Escaut ${name.en}`;
    this.logins = new Logins(
      {
        ...{ people, issuer },
        limits,
        words: wordsOfPlace(config.gateway),
        insists: (role) => insistsOnSecondFactor(secondFactor, role),
        common: () => (this.#common ??= readCommonPasswords()),
        breached: breachedPasswords === undefined ? new Set() : breachedIn(breachedPasswords),
        key,
      },
      {
        ...{ ...ports, passkeys: keeper.passkeys, random: randomBytes, hashPassword, isPassword },
        cardOf: (person) => (cards === undefined ? undefined : ports.people().find(({ id }) => id === person)?.card),
      },
    );
    const { logins } = this;
    const { sessions } = logins;
    this.#passkeys = new PasskeyLogins(issuer, { clock, events, keeper, logins, sessions });
    const isNeeded = (person: string) => consoles.isNeeded(person);
    this.#oidc = oidc && new OidcLogins(oidc, { clock, events, keeper, sessions, isNeeded, key });
    const rules = config.console.tls?.clientCertificates;
    const same = { clock, events, keeper, sessions, isNeeded, key };
    const cardPorts = cards && {
      lists: () => cards.lists(),
      isOurs: (certificate: Uint8Array) => cards.isOurs(certificate),
      port: () => cards.port(),
    };
    this.cards = rules && cardPorts && new CardLogins(rules, { ...same, ...cardPorts, people: () => ports.people() });
  }

  signedIn({ headers, socket }: IncomingMessage): ReturnType<Logins['personOf']> {
    const place = { host: headers.host, isTls: 'encrypted' in socket };
    return this.logins.personOf(tokenOfCookie(headers.cookie, place));
  }

  /** What the door of people asks; while the disk is nearly full no account is changed. */
  doors(isDiskNearlyFull: () => boolean) {
    const oidc = this.#oidc;
    const { cards } = this;
    return {
      port: loginsWithReserve(this.logins, isDiskNearlyFull),
      passkeys: passkeysWithReserve(this.#passkeys, isDiskNearlyFull),
      ...(oidc !== undefined && { oidc }),
      ...(cards !== undefined && { cards }),
    };
  }

  async start(): Promise<void> {
    await this.logins.start();
    this.#oidc?.start();
    this.cards?.start();
  }

  stop(): void {
    this.logins.stop();
    this.#oidc?.stop();
    this.cards?.stop();
  }
}

function breachedIn(file: string): ReadonlySet<string> {
  try {
    return readBreachedList(readFileSync(file, 'utf8'));
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new GatewayError('CONFIG_INVALID', `accounts.breachedPasswords: ${file}: ${code}`);
  }
}
