/**
 * Logging in by a provider of identities, and staying so while it says yes.
 *
 *   page ──begin──▶ url and ticket (cookie) ──▶ provider ──come──▶ outcome of the ticket ──enter──▶ admitted
 *   every 30 s: each session's refresh token is used; once that is refused its session is over
 *   provider ──logout token──▶ his session is over; never while he talks or an emergency runs on a group of his: then behind it
 *
 * The way back leads to an outcome alone, never to a session: that is asked for by our page, with Origin and ticket, so that
 * nobody logs somebody else's browser in. A provider that cannot be had keeps nobody in and nobody out: local accounts log in,
 * whoever is in stays in, and the log says that a leaver would not be seen.
 */
import { z } from 'zod';
import type { AskedFrom, LoggedIn, LoginRefusal, OidcPort } from '../api/login-port.ts';
import { Alarm, type Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import { grantOf } from '../operations/claims-grant.ts';
import type { Person } from '../operations/terms.ts';
import type { AccountKeeper } from '../store/account-methods.ts';
import { seal, unseal } from '../store/seal.ts';
import type { LoginSessions, Session } from './login-sessions.ts';
import { LoginTickets } from './login-tickets.ts';
import { type OidcBegun, OidcFault, OidcProvider, type OidcSettings } from './oidc-provider.ts';

export interface OidcLoginsPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'accounts.oidcFailed' | 'accounts.oidcAway'>;
  readonly keeper: Pick<AccountKeeper, 'ensure'>;
  readonly sessions: LoginSessions;
  /** He talks, or an emergency runs that concerns him. */
  isNeeded(person: string): boolean;
  /** 32 octets, with which refresh tokens are sealed. */
  readonly key: Uint8Array;
}

type Refused = Extract<LoginRefusal, { code: `oidc-${string}` }>;
type Outcome = { readonly as: 'proven'; readonly who: Person; readonly kept: AtProvider } | Refused;

/** What is kept of a session there, sealed. One of an older gateway is the refresh token alone. */
const atProvider = z.object({
  refreshToken: z.string(),
  sub: z.string().optional(),
  sid: z.string().optional(),
  idToken: z.string().optional(),
});
type AtProvider = z.infer<typeof atProvider>;

/** Between looks at who is still there; with the time that an answer may take it is less than a minute. */
const renewEveryMs = 30_000;
const lookEveryMs = 5000;
/** Logout tokens that have come are known again for longer than they hold. */
const logoutMs = 5 * 60_000;
const logoutsMax = 1000;

export class OidcLogins implements OidcPort {
  readonly name: string;
  readonly #settings: OidcSettings;
  readonly #ports: OidcLoginsPorts;
  readonly #provider: OidcProvider;
  readonly #tickets: LoginTickets<OidcBegun, Outcome>;
  /** By session: when it was last asked about; whether that question may have been lost on its way. */
  readonly #asked = new Map<string, { readonly atMs: number; readonly isOpen: boolean; readonly isUnsure: boolean }>();
  /** Over at the provider, by session: ended once nobody is cut off by it. */
  readonly #leaving = new Map<string, 'logged-out' | 'disabled'>();
  /** Until when each logout token is known again, by its id. */
  readonly #logouts = new Map<string, number>();
  readonly #alarm: Alarm;
  #isAway = false;
  #stopped = false;

  constructor(settings: OidcSettings, ports: OidcLoginsPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.name = settings.name;
    this.#provider = new OidcProvider(settings);
    this.#tickets = new LoginTickets(ports.clock);
    this.#alarm = new Alarm(ports.clock, () => this.#look());
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm.clear();
  }

  /** How many sessions are being asked about: the answer of the provider is not there yet, or not yet acted on. */
  get asking(): number {
    return [...this.#asked.values()].filter(({ isOpen }) => isOpen).length;
  }

  async begin(origin: string, from: AskedFrom): ReturnType<OidcPort['begin']> {
    try {
      const begun = await this.#provider.begin(`${origin}${callbackPath}`);
      const ticket = this.#ports.sessions.newToken();
      this.#tickets.open(ticket, begun);
      return { as: 'begun', url: begun.url, ticket };
    } catch (error) {
      return this.#refused(error, from);
    }
  }

  async come(query: string, ticket: string, from: AskedFrom): Promise<void> {
    const known = this.#tickets.of(ticket);
    // Also one whose way back was taken before: what it became stands.
    if (known === undefined || known.hasCome) {
      this.#refuse(undefined, from, 'oidc-expired');
      return;
    }
    known.hasCome = true;
    this.#tickets.came(known, await this.#outcomeOf(known.begun, query, from));
  }

  async enter(ticket: string, takeOver: boolean, from: AskedFrom): Promise<LoggedIn | LoginRefusal> {
    const outcome = this.#tickets.of(ticket)?.outcome;
    if (outcome === undefined) return this.#refuse(undefined, from, 'oidc-expired');
    const { keeper, sessions } = this.#ports;
    if (outcome.as === 'refused') {
      this.#tickets.drop(ticket);
      return outcome;
    }
    const { who, kept } = outcome;
    return await sessions.orAway(
      from,
      (async () => {
        await keeper.ensure(who.person);
        const use = async () => this.#tickets.drop(ticket); // shown twice in one instant it lets in once
        const renewal = this.#sealed(kept, who.person);
        const answer = await sessions.admit(who, { way: 'oidc', hasSecondFactor: false, renewal, use }, from, takeOver);
        if (answer.as === 'refused' && answer.code === 'code') return { as: 'refused', code: 'oidc-expired' };
        return answer;
      })(),
    );
  }

  /** The provider says that somebody has logged out there. */
  async logOut(token: string, from: AskedFrom): ReturnType<OidcPort['logOut']> {
    const { clock, events, sessions } = this.#ports;
    try {
      const { id, sub, sid } = await this.#provider.readLogoutToken(token, clock.utcMs());
      const nowMs = clock.nowMs();
      for (const [each, untilMs] of this.#logouts) if (untilMs <= nowMs) this.#logouts.delete(each);
      if (this.#logouts.has(id)) throw new OidcFault('answer', 'a logout token that has come before');
      if (this.#logouts.size >= logoutsMax) throw new OidcFault('away', 'too many logouts at once');
      this.#logouts.set(id, nowMs + logoutMs);
      for (const session of sessions.all.filter(({ way }) => way === 'oidc')) {
        const kept = this.#opened(session);
        const isMeant = sid === undefined ? kept?.sub === sub : kept?.sid === sid && (sub ?? kept.sub) === kept.sub;
        if (kept !== undefined && isMeant) await this.#leave(session, 'logged-out');
      }
      return { as: 'out' };
    } catch (error) {
      if (!(error instanceof OidcFault)) throw error;
      events.accounts.oidcFailed({ reason: `logout: ${error.message}`, client: from.address });
      return { as: 'refused', code: error.fault === 'away' ? 'oidc-away' : 'logout-token' };
    }
  }

  /** Where the browser of that session logs out at the provider as well; it comes back to `back`. */
  async farewell(back: string, from: AskedFrom): Promise<string | undefined> {
    const session = this.#ports.sessions.of(from.token);
    if (!this.#settings.logoutThere || session?.way !== 'oidc') return undefined;
    try {
      return await this.#provider.farewell(this.#opened(session)?.idToken, back);
    } catch (error) {
      if (!(error instanceof OidcFault)) throw error;
      this.#ports.events.accounts.oidcFailed({ reason: `logout: ${error.message}`, client: from.address });
      return undefined; // he is out here
    }
  }

  /** Whoever talks, or has an emergency on a group of his, is not cut off: his session is over behind it. */
  async #leave({ hash, person }: Session, why: 'logged-out' | 'disabled'): Promise<void> {
    if (this.#ports.isNeeded(person)) this.#leaving.set(hash, why);
    else {
      this.#leaving.delete(hash);
      await this.#ports.sessions.end(hash, why);
    }
  }

  #sealed(kept: AtProvider, person: string): string {
    return seal(Buffer.from(JSON.stringify(kept)), this.#ports.key, person);
  }

  /** Undefined: it cannot be read. */
  #opened({ renewal = '', person }: Session): AtProvider | undefined {
    const bytes = unseal(renewal, this.#ports.key, person);
    if (bytes === undefined) return undefined;
    const text = Buffer.from(bytes).toString();
    return text.startsWith('{') ? atProvider.safeParse(JSON.parse(text)).data : { refreshToken: text };
  }

  async #outcomeOf(begun: OidcBegun, query: string, from: AskedFrom): Promise<Outcome> {
    try {
      const { claims, refreshToken, idToken } = await this.#provider.finish(begun, query);
      const grant = grantOf(claims, this.#settings, (id) => this.#ports.sessions.person(id));
      if (!grant.ok) {
        this.#ports.events.accounts.oidcFailed({ reason: `${grant.fault}: ${grant.named}`, client: from.address });
        return this.#refuse(undefined, from, `oidc-${grant.fault}`);
      }
      if (refreshToken === undefined) {
        throw new OidcFault('answer', 'it gave no refresh token, and without one a leaver would stay: see scopes');
      }
      this.#setAway(undefined);
      return { as: 'proven', who: grant.person, kept: atProvider.parse({ ...claims, refreshToken, idToken }) };
    } catch (error) {
      return this.#refused(error, from);
    }
  }

  #refused(error: unknown, from: AskedFrom): Refused {
    if (!(error instanceof OidcFault)) throw error;
    this.#ports.events.accounts.oidcFailed({ reason: error.message, client: from.address });
    return this.#refuse(undefined, from, `oidc-${error.fault}`);
  }

  #refuse(who: Person | undefined, from: AskedFrom, code: Refused['code']): Refused {
    return this.#ports.sessions.refuse(who, from, { as: 'refused', code });
  }

  // ── Whoever is in ────────────────────────────────────────────────────────────────────────────────────────────────

  #look(): void {
    const { clock, sessions } = this.#ports;
    const nowMs = clock.nowMs();
    const all = sessions.all.filter(({ way }) => way === 'oidc');
    const hashes = new Set(all.map(({ hash }) => hash));
    for (const hash of this.#asked.keys()) if (!hashes.has(hash)) this.#asked.delete(hash);
    for (const hash of this.#leaving.keys()) if (!hashes.has(hash)) this.#leaving.delete(hash);
    for (const session of all) {
      const leaves = this.#leaving.get(session.hash);
      if (leaves !== undefined) {
        void this.#leave(session, leaves);
        continue;
      }
      const asked = this.#asked.get(session.hash);
      if (asked === undefined) this.#note(session, { atMs: nowMs, isOpen: false, isUnsure: false });
      else if (!asked.isOpen && nowMs - asked.atMs >= renewEveryMs) void this.#renew(session, asked.isUnsure);
    }
    if (!this.#stopped) this.#alarm.setAt(nowMs + lookEveryMs);
  }

  #note({ hash }: Session, asked: { atMs: number; isOpen: boolean; isUnsure: boolean }): void {
    this.#asked.set(hash, asked);
  }

  /**
   * `wasUnsure`: the last answer was lost, and with it perhaps the token that came in the place of this one. Then a no may mean
   * that alone, and does not end a session whose voice or emergency is in flight; nor does any other no, but behind it.
   */
  async #renew(session: Session, wasUnsure: boolean): Promise<void> {
    const { clock, sessions, isNeeded } = this.#ports;
    const { hash, person } = session;
    const atMs = clock.nowMs();
    this.#note(session, { atMs, isOpen: true, isUnsure: wasUnsure });
    let isUnsure = false;
    try {
      const kept = this.#opened(session);
      if (kept === undefined) throw new OidcFault('denied', 'its refresh token cannot be read');
      const { claims, refreshToken } = await this.#provider.renew(kept.refreshToken);
      this.#setAway(undefined);
      const grant = claims === undefined ? undefined : grantOf(claims, this.#settings, (id) => sessions.person(id));
      // Refreshed claims may lack what only a login tells (OIDC Core §12.2); what they deny counts.
      if (grant?.ok === false && grant.fault === 'role') throw new OidcFault('denied', 'his role is another one');
      await sessions.keepRenewal(person, session.renewal, this.#sealed({ ...kept, refreshToken }, person));
    } catch (error) {
      if (!(error instanceof OidcFault)) sessions.setAway(error);
      else if (error.fault === 'denied' && !(wasUnsure && isNeeded(person))) {
        this.#ports.events.accounts.oidcFailed({ reason: `${person}: ${error.message}` });
        await this.#leave(session, 'disabled');
      } else {
        isUnsure = true;
        if (error.fault !== 'denied') this.#setAway(error.message);
      }
    }
    if (sessions.all.some((each) => each.hash === hash)) this.#note(session, { atMs, isOpen: false, isUnsure });
    else this.#asked.delete(hash);
  }

  #setAway(reason: string | undefined): void {
    if (this.#isAway === (reason !== undefined) || this.#stopped) return;
    this.#isAway = reason !== undefined;
    this.#ports.events.accounts.oidcAway(reason === undefined ? {} : { reason });
  }
}

/** Where browsers come back to; to be registered at the provider. */
const callbackPath = '/api/v1/oidc/callback';
