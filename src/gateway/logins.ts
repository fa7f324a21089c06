/**
 * Logging in by a password: asks the rules (operations/login-throttle.ts, password-policy.ts, time-code.ts), keeps what comes
 * of it in the accounts' database, and lets in by way of login-sessions.ts, as all other ways do.
 *
 *   login ─▶ three subjects charged ─▶ one password hash, whoever it is ─▶ code ─▶ admitted
 */
import type { AskedFrom, LoggedIn, LoginPort, LoginRefusal, SignedIn } from '../api/login-port.ts';
import { cardShown } from '../operations/card-grant.ts';
import type { SessionLimits } from '../operations/login-session.ts';
import { passwordFault, readPassword } from '../operations/password-policy.ts';
import type { Person, Role } from '../operations/terms.ts';
import { newRecoveryCodes, newTimeSecret, otpauthUrl, readRecoveryCode, stepOfCode } from '../operations/time-code.ts';
import type { PasskeyKeeper } from '../store/account-methods.ts';
import type { Account } from '../store/account-store.ts';
import { seal, unseal } from '../store/seal.ts';
import { LoginGuesses, type Subject, subjectsOf } from './login-guesses.ts';
import { LoginSessions, type LoginSessionsPorts, type Proof, type Session } from './login-sessions.ts';
import { hashOf, invitationOf } from './login-tokens.ts';

export interface LoginsPorts extends LoginSessionsPorts {
  readonly passkeys: PasskeyKeeper['passkeys'];
  /** What his smart card is known by; undefined: none, or none are taken here. */
  cardOf(person: string): string | undefined;
  /** Nobody has an account: that person may choose a password, by a link with this token, to be shown once. */
  invited(person: Person, token: string): void;
  hashPassword(password: string): Promise<string>;
  /** One verification in any case; `kept` undefined: no. */
  isPassword(kept: string | undefined, password: string): Promise<boolean>;
}

export interface LoginsOptions {
  readonly people: readonly Person[];
  /** Name of the gateway as an authenticator shows it. */
  readonly issuer: string;
  readonly limits: SessionLimits;
  readonly breached: ReadonlySet<string>;
  /** Asked for when a password is chosen. */
  common(): Promise<ReadonlySet<string>>;
  /** Whether more than a password is insisted on. */
  insists(role: Role): boolean;
  /** Of the place, which anybody would guess. */
  readonly words: readonly string[];
  /** 32 octets, with which secrets of authenticators are sealed. */
  readonly key: Uint8Array;
}

type Refused = LoginRefusal;

/** Passwords that are looked at together, and that wait for it. */
const hashingMax = 2;
const waitingMax = 32;
const enrolWithinMs = 10 * 60_000;

export class Logins implements LoginPort {
  readonly #options: LoginsOptions;
  readonly #ports: LoginsPorts;
  readonly sessions: LoginSessions;
  readonly #guesses: LoginGuesses;
  /** By what each is bound to (`enrolmentOf`). */
  readonly #enrolments = new Map<string, { readonly secret: Uint8Array; readonly untilMs: number }>();
  readonly #waiting: (() => void)[] = [];
  #hashing = 0;

  constructor(options: LoginsOptions, ports: LoginsPorts) {
    this.#options = options;
    this.#ports = ports;
    const { people, limits } = options;
    this.sessions = new LoginSessions(people, limits, ports, async (accounts, guesses) => {
      this.#guesses.load(guesses);
      // Whoever is in by other ways needs no link, and would lose his session by it.
      const isAnybodyIn = accounts.some(({ password }) => password !== undefined) || this.sessions.all.length > 0;
      if (!isAnybodyIn) await this.#inviteFirst();
    });
    const utcMs = () => ports.clock.utcMs();
    this.#guesses = new LoginGuesses(ports.keeper, utcMs, (error) => this.sessions.setAway(error));
  }

  start(): Promise<void> {
    return this.sessions.start();
  }

  stop(): void {
    this.sessions.stop();
  }

  setPeople(people: readonly Person[]): void {
    this.sessions.setPeople(people);
  }

  /** Who a console is, by the token of its cookie; undefined: nobody. */
  personOf(token: string): { readonly person: string; readonly isLocked: boolean } | undefined {
    return this.sessions.of(token);
  }

  /** Whether he has to enrol a second factor, and can do nothing else. */
  isEnrolling(token: string): boolean {
    return this.sessions.enrolling(token) !== undefined;
  }

  signedIn(token: string): SignedIn | undefined {
    const session = this.sessions.of(token);
    return session === undefined ? undefined : this.sessions.shown(session);
  }

  login(...[wish, from]: Parameters<LoginPort['login']>): ReturnType<LoginPort['login']> {
    return this.sessions.orAway(from, this.#login(wish, from));
  }

  unlock(...[password, from]: Parameters<LoginPort['unlock']>): ReturnType<LoginPort['unlock']> {
    return this.sessions.orAway(from, this.#unlock(password, from));
  }

  changePassword(...[wish, from]: Parameters<LoginPort['changePassword']>): ReturnType<LoginPort['changePassword']> {
    return this.sessions.orAway(from, this.#changePassword(wish, from));
  }

  takeInvitation(...[wish, from]: Parameters<LoginPort['takeInvitation']>): ReturnType<LoginPort['takeInvitation']> {
    return this.sessions.orAway(from, this.#takeInvitation(wish, from));
  }

  beginSecondFactor(
    ...[password, from]: Parameters<LoginPort['beginSecondFactor']>
  ): ReturnType<LoginPort['beginSecondFactor']> {
    return this.sessions.orAway(from, this.#beginSecondFactor(password, from));
  }

  confirmSecondFactor(
    ...[code, from]: Parameters<LoginPort['confirmSecondFactor']>
  ): ReturnType<LoginPort['confirmSecondFactor']> {
    return this.sessions.orAway(from, this.#confirmSecondFactor(code, from));
  }

  async #login(wish: Parameters<LoginPort['login']>[0], from: AskedFrom): Promise<LoggedIn | LoginRefusal> {
    const person = this.sessions.person(wish.name);
    const proven = await this.#prove(wish.name, person, wish.password, from);
    if (proven.as === 'refused') return proven;
    const { account, who, subjects } = proven;
    const second = await this.#secondFactor(account, wish.code);
    if (typeof second === 'string') {
      if (second === 'code-needed') this.#guesses.giveBack(subjects); // a wrong one before it stays charged
      return this.sessions.refuse(who, from, { as: 'refused', code: second });
    }
    const mustEnrol = second.kind === 'none' && this.#options.insists(who.role);
    if (mustEnrol && (await this.#ports.passkeys(who.person)).length > 0) {
      this.#guesses.giveBack(subjects);
      return this.sessions.refuse(who, from, { as: 'refused', code: 'passkey-needed' });
    }
    this.#guesses.forgive(subjects);
    const hasSecondFactor = account.timeSecret !== undefined;
    const proof = { way: 'password', hasSecondFactor, secondFactor: second.kind, use: second.use, mustEnrol } as const;
    return await this.sessions.admit(who, proof, from, wish.takeOver);
  }

  async logout(from: AskedFrom): Promise<void> {
    await this.sessions.end(hashOf(from.token), 'logged-out', from.address);
  }

  async #unlock(password: string, from: AskedFrom): Promise<LoggedIn | LoginRefusal> {
    const proven = await this.provenAgain(password, from);
    if (proven.as === 'refused') return proven;
    return await this.sessions.unlock(proven.who, proven.session, from);
  }

  async #changePassword(
    { password, newPassword }: Parameters<LoginPort['changePassword']>[0],
    from: AskedFrom,
  ): Promise<LoggedIn | LoginRefusal> {
    const proven = await this.provenAgain(password, from);
    if (proven.as === 'refused') return proven;
    const { who, account, session } = proven;
    // A session from before it was insisted on goes on as it is, and does not begin anew.
    const isAlone = session.way === 'password' && account.timeSecret === undefined && this.#options.insists(who.role);
    if (isAlone && (await this.#ports.passkeys(who.person)).length === 0) {
      return this.sessions.refuse(who, from, { as: 'refused', code: 'second-factor' });
    }
    const fault = await this.#faultOf(newPassword, who);
    if (fault !== undefined) return this.sessions.refuse(who, from, { as: 'refused', code: fault });
    const kept = await this.#hashed(() => this.#ports.hashPassword(readPassword(newPassword) ?? ''));
    if (kept === undefined) return this.sessions.refuse(who, from, { as: 'refused', code: 'busy' });
    await this.#ports.keeper.setPassword(who.person, kept);
    const proof = asBefore(session, account.timeSecret !== undefined);
    const opened = await this.sessions.open(who, proof, from, 'changed');
    if (opened === undefined) return this.sessions.refuse(who, from, { as: 'refused', code: 'credentials' });
    this.#ports.events.accounts.changed({ person: who.person, change: 'password', client: from.address });
    return opened;
  }

  async #takeInvitation(
    { invitation, newPassword }: Parameters<LoginPort['takeInvitation']>[0],
    from: AskedFrom,
  ): ReturnType<LoginPort['takeInvitation']> {
    const { keeper, clock, events } = this.#ports;
    // Beyond guessing, and yet a stranger who tries goes on only as fast as one who guesses passwords.
    const subjects: readonly Subject[] = [['address', from.address]];
    const wait = this.#guesses.charge(subjects);
    if (wait > 0) return this.sessions.refuse(undefined, from, { as: 'refused', code: 'wait', waitMs: wait });
    const hash = hashOf(invitation);
    const invited = await keeper.invited(hash, clock.utcMs());
    const who = invited === undefined ? undefined : this.sessions.person(invited);
    if (who === undefined) return this.sessions.refuse(undefined, from, { as: 'refused', code: 'invitation' });
    this.#guesses.forgive(subjects);
    const fault = await this.#faultOf(newPassword, who);
    if (fault !== undefined) return this.sessions.refuse(who, from, { as: 'refused', code: fault });
    const kept = await this.#hashed(() => this.#ports.hashPassword(readPassword(newPassword) ?? ''));
    if (kept === undefined) return this.sessions.refuse(who, from, { as: 'refused', code: 'busy' });
    if ((await keeper.takeInvitation(hash, clock.utcMs(), kept)) === undefined) {
      return this.sessions.refuse(who, from, { as: 'refused', code: 'invitation' });
    }
    events.accounts.changed({ person: who.person, change: 'password', client: from.address });
    return { as: 'set', person: who.person };
  }

  account(from: AskedFrom): ReturnType<LoginPort['account']> {
    return this.sessions.orAway(from, this.#account(from));
  }

  async #account(from: AskedFrom): ReturnType<LoginPort['account']> {
    const session = this.sessions.of(from.token) ?? this.sessions.enrolling(from.token);
    if (session === undefined) return { as: 'refused', code: 'no-session' };
    const { keeper, passkeys: keysOf } = this.#ports;
    const { person } = session;
    const [account, recoveryCodesLeft, keys] = await Promise.all([
      keeper.account(person),
      keeper.recoveryCodesLeft(person),
      keysOf(person),
    ]);
    const passkeys = keys.map(({ id, name, host, madeUtcMs, usedUtcMs }) => ({
      ...{ id, name, host, madeUtcMs },
      ...(usedUtcMs !== undefined && { usedUtcMs }),
    }));
    const hasPassword = account?.password !== undefined;
    const card = this.#ports.cardOf(person);
    const own = { hasPassword, recoveryCodesLeft, passkeys, ...(card !== undefined && { card: cardShown(card) }) };
    return { as: 'account', account: { who: this.sessions.shown(session), ...own } };
  }

  async #beginSecondFactor(password: string, from: AskedFrom): ReturnType<LoginPort['beginSecondFactor']> {
    const proven = await this.provenAgain(password, from, true);
    if (proven.as === 'refused') return proven;
    const own = await this.enrolmentOf(from);
    if (own === undefined) return { as: 'refused', code: 'no-session' };
    const secret = newTimeSecret(this.#ports.random);
    this.#forgetEnrolments();
    // One a session, and sessions are one a person: as many as people.
    this.#enrolments.set(own.boundTo, { secret, untilMs: this.#ports.clock.nowMs() + enrolWithinMs });
    return { as: 'begun', otpauth: otpauthUrl(secret, this.#options.issuer, own.who.person) };
  }

  async #confirmSecondFactor(code: string, from: AskedFrom): ReturnType<LoginPort['confirmSecondFactor']> {
    const { clock, keeper, random, events } = this.#ports;
    const own = await this.enrolmentOf(from);
    if (own === undefined) return { as: 'refused', code: 'no-session' };
    const { who, session, isFirst, boundTo } = own;
    const enrolment = this.#enrolments.get(boundTo);
    if (enrolment === undefined || enrolment.untilMs <= clock.nowMs()) return { as: 'refused', code: 'no-enrolment' };
    const step = stepOfCode(enrolment.secret, code, clock.utcMs(), 0);
    if (step === undefined) return this.sessions.refuse(who, from, { as: 'refused', code: 'code' });
    this.#enrolments.delete(boundTo);
    const recoveryCodes = newRecoveryCodes(random);
    const sealed = seal(enrolment.secret, this.#options.key, who.person);
    const hashes = recoveryCodes.map((each) => hashOf(readRecoveryCode(each) ?? ''));
    await keeper.setTimeSecret(who.person, sealed, step, hashes);
    events.accounts.changed({ person: who.person, change: 'second-factor', client: from.address });
    const opened = await this.sessions.open(who, asBefore(session, true), from, 'changed');
    if (opened === undefined) return this.sessions.refuse(who, from, { as: 'refused', code: 'credentials' });
    if (isFirst) this.sessions.noteIn(who, 'password', from);
    return { ...opened, recoveryCodes };
  }

  // ── Proof ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The same work whoever it is: no account, no password and a wrong one are told apart by nothing outside. */
  async #prove(
    name: string,
    who: Person | undefined,
    password: string,
    from: AskedFrom,
  ): Promise<
    | { readonly as: 'proven'; readonly account: Account; readonly who: Person; readonly subjects: readonly Subject[] }
    | Refused
  > {
    const subjects = subjectsOf(name, from.address);
    const wait = this.#guesses.charge(subjects);
    if (wait > 0) return this.sessions.refuse(who, from, { as: 'refused', code: 'wait', waitMs: wait });
    let account: Account | undefined;
    try {
      account = await this.#ports.keeper.account(who?.person ?? '');
    } catch (error) {
      this.#guesses.giveBack(subjects);
      throw error;
    }
    const kept = account?.isDisabled === false ? account.password : undefined;
    const isRight = await this.#hashed(() => this.#ports.isPassword(kept, readPassword(password) ?? ''));
    if (isRight === undefined) {
      this.#guesses.giveBack(subjects);
      return this.sessions.refuse(who, from, { as: 'refused', code: 'busy' });
    }
    if (!isRight || account === undefined || who === undefined) {
      return this.sessions.refuse(who, from, { as: 'refused', code: 'credentials' });
    }
    return { as: 'proven', account, who, subjects };
  }

  /**
   * Whether that session's person may give up a second factor that he has: not the last one, where it is insisted on. `keys`:
   * passkeys of his.
   */
  mayRemoveKey({ who, account }: { readonly who: Person; readonly account: Account }, keys: number): boolean {
    return keys > 1 || account.timeSecret !== undefined || !this.#options.insists(who.role);
  }

  /**
   * Who enrols a second factor, and what that is bound to: begun with another session or password it is none any more. Of the
   * database, for what was done there to his account (disabled, another link) ends his session here seconds later. `isFirst`: he
   * has to enrol one before he is in, and has none. Undefined: he may enrol nothing.
   */
  async enrolmentOf(from: AskedFrom): Promise<
    | {
        readonly who: Person;
        readonly session: Session;
        readonly isFirst: boolean;
        readonly boundTo: string;
      }
    | undefined
  > {
    const sessionNow = () => this.sessions.of(from.token) ?? this.sessions.enrolling(from.token);
    const who = this.sessions.person(sessionNow()?.person ?? '');
    if (who === undefined) return undefined;
    const [account, keys] = await Promise.all([
      this.#ports.keeper.account(who.person),
      this.#ports.passkeys(who.person),
    ]);
    const session = sessionNow();
    if (session === undefined || account === undefined || account.isDisabled) return undefined;
    const isFirst = this.isEnrolling(from.token);
    // He may have logged in to enrol just before one of his stood: it is not replaced by a password alone.
    if (isFirst && (account.timeSecret !== undefined || keys.length > 0)) return undefined;
    return { who, session, isFirst, boundTo: hashOf(`${session.hash} ${account.password ?? ''}`) };
  }

  /** The password of whoever has logged in, before what only he may do. `mayEnrol`: also of whoever has to enrol first. */
  async provenAgain(
    password: string,
    from: AskedFrom,
    mayEnrol = false,
  ): Promise<
    | {
        readonly as: 'proven';
        readonly account: Account;
        readonly who: Person;
        readonly subjects: readonly Subject[];
        readonly session: Session;
      }
    | Refused
  > {
    const sessionNow = () =>
      this.sessions.of(from.token) ?? (mayEnrol ? this.sessions.enrolling(from.token) : undefined);
    const session = sessionNow();
    const who = session === undefined ? undefined : this.sessions.person(session.person);
    if (session === undefined && this.isEnrolling(from.token)) return { as: 'refused', code: 'second-factor' };
    if (session === undefined || who === undefined) return { as: 'refused', code: 'no-session' };
    const proven = await this.#prove(who.person, who, password, from);
    if (proven.as === 'refused') return proven;
    // He may have been taken out while the password was looked at.
    const still = sessionNow();
    if (still === undefined) return { as: 'refused', code: 'no-session' };
    this.#guesses.forgive(proven.subjects);
    return { ...proven, session: still };
  }

  /** Looked at, but not yet used: whoever is asked whether he takes over shows the same code again. */
  async #secondFactor(
    account: Account,
    code: string,
  ): Promise<'code-needed' | 'code' | { readonly kind: 'none' | 'code' | 'paper'; use(): Promise<boolean> }> {
    const { keeper, clock } = this.#ports;
    const { person, timeSecret, usedStep } = account;
    if (timeSecret === undefined) return { kind: 'none', use: async () => true };
    if (code.trim() === '') return 'code-needed';
    const secret = unseal(timeSecret, this.#options.key, person);
    const step = secret === undefined ? undefined : stepOfCode(secret, code, clock.utcMs(), usedStep);
    if (step !== undefined) return { kind: 'code', use: () => keeper.useStep(person, step) };
    const paper = readRecoveryCode(code);
    if (paper === undefined || !(await keeper.hasRecoveryCode(person, hashOf(paper)))) return 'code';
    return { kind: 'paper', use: () => keeper.useRecoveryCode(person, hashOf(paper)) };
  }

  async #faultOf(password: string, { person, display }: Person): Promise<ReturnType<typeof passwordFault>> {
    const { breached, words } = this.#options;
    const common = await this.#options.common();
    return passwordFault(password, { breached, common, names: [person, display, ...words] });
  }

  /** Undefined: too many wait. */
  async #hashed<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    if (this.#hashing >= hashingMax) {
      if (this.#waiting.length >= waitingMax) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise; // whoever ended has left his place to us
    } else this.#hashing++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#hashing--;
      else next();
    }
  }

  #forgetEnrolments(): void {
    const nowMs = this.#ports.clock.nowMs();
    for (const [hash, { untilMs }] of this.#enrolments) if (untilMs <= nowMs) this.#enrolments.delete(hash);
  }

  /** Where nobody has an account yet: one person, by a link that whoever starts the gateway is shown. */
  async #inviteFirst(): Promise<void> {
    const { people } = this.#options;
    const order = ['sys-admin', 'supervisor'] as const;
    const [first] = order.flatMap((role) => people.filter((each) => each.role === role));
    const person = first ?? people[0];
    if (person === undefined) return;
    const token = this.sessions.newToken();
    const utcMs = this.#ports.clock.utcMs();
    await this.#ports.keeper.invite({ utcMs, person: person.person, change: 'added' }, invitationOf(token, utcMs));
    this.#ports.invited(person, token);
  }
}

/** Of a session that goes on under another token: whoever vouched for him is asked as before, and his card is looked at. */
function asBefore({ way, renewal }: Session, hasSecondFactor: boolean): Proof {
  return { way, hasSecondFactor, ...(renewal !== undefined && { renewal }) };
}
