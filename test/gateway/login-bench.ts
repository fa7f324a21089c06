/** Everything between a browser and the accounts' database but the password hash, on loopback. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpServerOptions } from '../../src/api/http-server.ts';
import { tokenOfCookie } from '../../src/api/session-cookie.ts';
import { type Clock, SystemClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { secretToken } from '../../src/base/random.ts';
import type { CardSettings } from '../../src/config/console-tls-schema.ts';
import type { Operator } from '../../src/console/ports.ts';
import { AccountOffice } from '../../src/gateway/account-office.ts';
import { CardDesk } from '../../src/gateway/card-desk.ts';
import { CardLogins } from '../../src/gateway/card-logins.ts';
import { hashOf } from '../../src/gateway/login-tokens.ts';
import { Logins } from '../../src/gateway/logins.ts';
import { OidcLogins } from '../../src/gateway/oidc-logins.ts';
import type { OidcSettings } from '../../src/gateway/oidc-provider.ts';
import { PasskeyLogins } from '../../src/gateway/passkey-logins.ts';
import { AccountStore, type AccountTables } from '../../src/store/account-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { PasskeyStore } from '../../src/store/passkey-store.ts';
import { operator } from '../console/world-of-test.ts';
import { ConsoleBench } from '../interop/console-bench.ts';

export interface CardsOfBench {
  readonly certificate: string;
  readonly key: string;
  readonly settings: CardSettings;
  people(): readonly { readonly id: string; readonly card?: string }[];
  /** Alarms as they come and go. */
  readonly alarms?: boolean[];
}

export interface LoginBenchOptions {
  readonly pageFolder?: string;
  readonly oidc?: OidcSettings;
  /** Of the provider's side, to let time pass there. */
  readonly clock?: Clock;
  /** Without an act; looked at when `logins.start` is called. */
  readonly lockAfterMs?: number;
  readonly people?: readonly Operator[];
  /** The door of the fleet data, for whoever has logged in. */
  readonly fleet?: (signedIn: Logins['signedIn'], accounts: AccountOffice) => HttpServerOptions['fleet'];
  /** What went into the log. */
  readonly said?: (event: string, about: object) => void;
  /** Of which roles more than a password is insisted on. */
  readonly insists?: (role: string) => boolean;
  /** In place of what consoles say. */
  readonly isNeeded?: (person: string) => boolean;
  /** Of the doors, where many knock at once. */
  readonly doorClock?: Clock;
  /** Smart cards; then the bench speaks TLS. `door`: nobody can show one. */
  readonly cards?: CardsOfBench | 'door';
  /** What else the listener has. */
  readonly http?: Partial<HttpServerOptions>;
}

export class LoginBench {
  readonly console: ConsoleBench;
  readonly logins: Logins;
  readonly oidc: OidcLogins | undefined;
  readonly cards: CardLogins | undefined;
  readonly cardDesk: CardDesk | undefined;
  readonly store: AccountStore;
  readonly passkeys: PasskeyStore;
  readonly #folder: string;

  private constructor(folder: string, store: AccountStore, keys: PasskeyStore, options: LoginBenchOptions) {
    const { people = [operator], fleet } = options;
    const cards = options.cards === 'door' ? undefined : options.cards;
    this.#folder = folder;
    this.store = store;
    this.passkeys = keys;
    const { logger } = createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
    const clock = new SystemClock();
    const events = new Events(logger, new Meter(), (_level, event, about) => options.said?.(String(event), about));
    this.logins = new Logins(
      {
        people,
        issuer: 'CCPD',
        limits: { lockAfterMs: options.lockAfterMs ?? 1e8, idleMs: 1e8, endAfterMs: 1e8 },
        breached: new Set(),
        common: async () => new Set<string>(),
        insists: (role) => options.insists?.(role) ?? false,
        words: ['escaut'],
        key: new Uint8Array(32),
      },
      {
        clock,
        events,
        keeper: store,
        passkeys: (person) => keys.passkeys(person),
        cardOf: (person) => cards?.people().find(({ id }) => id === person)?.card,
        consoles: {
          isNeeded: (person) => this.console.server.isNeeded(person),
          lock: (person, isLocked) => this.console.server.lock(person, isLocked),
          endPerson: (person, why) => this.console.server.endPerson(person, why),
          presence: (person) => this.console.server.presence(person),
        },
        random: (count) => Buffer.from(secretToken(count), 'base64url'),
        invited: () => undefined,
        hashPassword: async (text) => `hash of ${text}`,
        isPassword: async (kept, text) => kept === `hash of ${text}`,
      },
    );
    const { logins } = this;
    const { sessions } = logins;
    const passkeys = new PasskeyLogins('Escaut CCPD', { clock, events, keeper: keys, logins, sessions });
    const isNeeded = options.isNeeded ?? ((person: string) => this.console.server.isNeeded(person));
    this.oidc =
      options.oidc &&
      new OidcLogins(options.oidc, {
        ...{ clock: options.clock ?? clock, events, keeper: store, sessions, isNeeded, key: new Uint8Array(32) },
      });
    const rules = cards && {
      ...{ listen: { host: '127.0.0.1', port: 0 }, origins: [], map: { origins: [] }, tlsByProxy: false },
      ...{ sessionsMax: 200, connectionsMax: 2000, requestTimeoutMs: 10_000 },
      tls: { certificate: cards.certificate, key: cards.key, clientCertificates: cards.settings },
    };
    this.cardDesk =
      rules &&
      new CardDesk(
        { console: rules },
        {
          ...{ clock: options.clock ?? clock, events, certificateSeen: () => undefined, lookEveryMs: 100 },
          alarm: (isRaised) => void cards.alarms?.push(isRaised),
        },
      );
    const desk = this.cardDesk;
    this.cards =
      options.cards &&
      new CardLogins(cards?.settings ?? { match: 'upn', policies: [] }, {
        ...{ clock: options.clock ?? clock, events, keeper: store, sessions, isNeeded, key: new Uint8Array(32) },
        people: () => cards?.people() ?? [],
        lists: () => desk?.lists() ?? [],
        isOurs: (each) => desk?.isOurs(each) ?? false,
        port: () => desk?.port() ?? 1,
      });
    const accounts = new AccountOffice({
      ...{ clock, keeper: store, pageUrl: 'http://gateway.test/' },
      people: () => people.map(({ person: id }) => ({ id })),
    });
    this.console = new ConsoleBench({
      signedIn: ({ headers, socket }) =>
        this.logins.personOf(tokenOfCookie(headers.cookie, { host: headers.host, isTls: 'encrypted' in socket })),
      logins: {
        clock: options.doorClock ?? clock,
        events,
        port: logins,
        passkeys,
        ...(this.oidc !== undefined && { oidc: this.oidc }),
        ...(this.cards !== undefined && { cards: this.cards }),
      },
      people,
      said: (_level, event, about) => options.said?.(event, about),
      ...(fleet !== undefined && { fleet: fleet((token) => logins.signedIn(token), accounts) }),
      ...(options.pageFolder !== undefined && { pageFolder: options.pageFolder }),
      ...(options.http !== undefined && { http: options.http }),
      ...(rules !== undefined && { http: { config: { console: rules } } }),
    });
  }

  static async start(pageFolder?: string, options: LoginBenchOptions = {}): Promise<LoginBench> {
    const folder = mkdtempSync(join(tmpdir(), 'login-bench-'));
    const database = openDatabase<AccountTables>(fileAt(join(folder, 'accounts.db')));
    const store = await AccountStore.open(database);
    const bench = new LoginBench(folder, store, new PasskeyStore(database), {
      ...(pageFolder !== undefined && { pageFolder }),
      ...options,
    });
    await bench.console.start();
    bench.oidc?.start();
    bench.cards?.start();
    await bench.cardDesk?.start(bench.cards);
    return bench;
  }

  async stop(): Promise<void> {
    this.logins.stop();
    this.oidc?.stop();
    this.cards?.stop();
    await this.cardDesk?.stop();
    await this.console.stop();
    await this.store.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** An invitation, of the one person that there is unless another is named. */
  async invite(person: string = operator.person): Promise<string> {
    const invitation = secretToken(32);
    const kept = { hash: hashOf(invitation), expiresUtcMs: Date.now() + 3_600_000 };
    await this.store.invite({ utcMs: 0, person, change: 'added' }, kept);
    return invitation;
  }

  get url(): string {
    return `${this.cardDesk === undefined ? 'http' : 'https'}://127.0.0.1:${this.console.port}/`;
  }

  /** Whether a cookie is that of somebody who is in. */
  isIn(cookie: string): boolean {
    return this.logins.signedIn(cookie.split('=')[1] ?? '') !== undefined;
  }

  async post(path: string, body: object, cookie = ''): Promise<{ status: number; code: unknown; cookie: string }> {
    const response = await fetch(`${this.url}api/v1/${path}`, {
      method: 'POST',
      headers: {
        origin: this.url.slice(0, -1),
        'content-type': 'application/json',
        'x-escaut-console': '1',
        ...(cookie !== '' && { cookie }),
      },
      body: JSON.stringify(body),
    });
    const told: unknown = await response.json().catch(() => ({}));
    const code = typeof told === 'object' && told !== null && 'code' in told ? told.code : undefined;
    return { status: response.status, code, cookie: response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '' };
  }
}
