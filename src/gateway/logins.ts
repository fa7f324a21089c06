/**
 * Who has logged in: asks the rules (operations/login-*.ts, password-policy.ts, time-code.ts), keeps what comes of it in
 * the accounts' database, and tells consoles whose session is locked or over. Live sessions and guesses are held here, so
 * that a console asks without a wait; the database is looked at every 5 s for what `escaut user` did.
 *
 *   login ─▶ three subjects charged ─▶ one password hash, whoever it is ─▶ code ─▶ elsewhere? ─▶ new token
 */
import { createHash } from 'node:crypto';
import type { AskedFrom, LoggedIn, LoginPort, LoginRefusal, SignedIn } from '../api/login-port.ts';
import { Alarm, type Clock } from '../base/clock.ts';
import type { Events } from '../base/events.ts';
import { type SessionLimits, sessionStage } from '../operations/login-session.ts';
import { charged, type Guesses, type SubjectKind, uncharged, waitMs } from '../operations/login-throttle.ts';
import { passwordFault, readPassword } from '../operations/password-policy.ts';
import type { Person } from '../operations/terms.ts';
import {
  newRecoveryCodes,
  newTimeSecret,
  otpauthUrl,
  type RandomBytes,
  readRecoveryCode,
  stepOfCode,
} from '../operations/time-code.ts';
import { type AccountKeeper, AccountsAway } from '../store/account-methods.ts';
import type { Account, KeptSession } from '../store/account-store.ts';
import { seal, unseal } from '../store/seal.ts';

/** Why a console of somebody is closed; the page reads it. */
export type SessionEnd = 'logged-out' | 'taken-over' | 'expired' | 'disabled' | 'changed';

export interface LoginConsoles {
  /** He talks, or an emergency runs that concerns him. */
  isNeeded(person: string): boolean;
  /** Locked: his consoles see and hear, and do nothing. */
  lock(person: string, isLocked: boolean): void;
  endPerson(person: string, why: SessionEnd): void;
  /** Whether one of his consoles has a link, and when he last did something there, monotonic ms. */
  presence(person: string): { readonly isHere: boolean; readonly actedMs: number };
}

export interface LoginsPorts {
  readonly clock: Clock;
  readonly events: Pick<Events, 'loggedIn' | 'loginRefused' | 'loggedOut' | 'accountChanged' | 'accountsAway'>;
  readonly keeper: AccountKeeper;
  readonly consoles: LoginConsoles;
  /** Unguessable. */
  readonly random: RandomBytes;
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
  /** 32 octets, with which secrets of authenticators are sealed. */
  readonly key: Uint8Array;
}

interface Session extends KeptSession {
  readonly hasSecondFactor: boolean;
}

type Subject = readonly [SubjectKind, string];
type Refused = LoginRefusal;
type Away = Extract<LoginRefusal, { code: 'busy' | 'away' }>;

const tokenBytes = 32;
/** Between looks at the database; a leaver is out within this time. */
const lookEveryMs = 5000;
/** How far what is kept of a session may be behind. */
const keepEveryMs = 60_000;
/** Subjects whose guesses are held; beyond that the one that guessed longest ago is forgotten. */
const subjectsMax = 10_000;
/** Passwords that are looked at together, and that wait for it. */
const hashingMax = 2;
const waitingMax = 32;
const enrolWithinMs = 10 * 60_000;
const invitationMs = 72 * 3_600_000;

export class Logins implements LoginPort {
  readonly #options: LoginsOptions;
  readonly #ports: LoginsPorts;
  #people: ReadonlyMap<string, Person>;
  readonly #sessions = new Map<string, Session>();
  readonly #guesses = new Map<string, Guesses>();
  readonly #enrolments = new Map<string, { readonly secret: Uint8Array; readonly untilMs: number }>();
  readonly #waiting: (() => void)[] = [];
  readonly #alarm: Alarm;
  #hashing = 0;
  #isLoaded = false;
  #isAway = false;
  #stopped = false;

  constructor(options: LoginsOptions, ports: LoginsPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#people = byName(options.people);
    this.#alarm = new Alarm(ports.clock, () => void this.#look());
  }

  /** Brings in what is kept; while that cannot be had it is tried again, and nobody is logged in. */
  async start(): Promise<void> {
    await this.#look();
  }

  async #load(): Promise<void> {
    const { keeper } = this.#ports;
    const [sessions, accounts, guesses] = await Promise.all([keeper.sessions(), keeper.accounts(), keeper.guesses()]);
    for (const session of sessions) {
      const account = accounts.find(({ person }) => person === session.person);
      const person = this.#people.get(session.person.toLowerCase());
      // Another role than at the login: he logs in again.
      if (account === undefined || account.isDisabled || person?.role !== session.role) {
        await keeper.endSession(session.hash);
      } else this.#sessions.set(session.hash, { ...session, hasSecondFactor: account.timeSecret !== undefined });
    }
    for (const { kind, subject, wrong, lastMs } of guesses) this.#guesses.set(`${kind} ${subject}`, { wrong, lastMs });
    if (!accounts.some(({ password }) => password !== undefined)) await this.#inviteFirst();
    this.#isLoaded = true;
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm.clear();
  }

  /** People are others than before: a session of one who is none any more, or of another role, does not go on. */
  setPeople(people: readonly Person[]): void {
    this.#people = byName(people);
    for (const { hash, person, role } of [...this.#sessions.values()]) {
      const now = this.#people.get(person.toLowerCase());
      if (now?.role !== role) void this.#end(hash, now === undefined ? 'disabled' : 'changed');
    }
  }

  /** Who a console is, by the token of its cookie; undefined: nobody. */
  personOf(token: string): { readonly person: string; readonly isLocked: boolean } | undefined {
    return this.#sessions.get(hashOf(token));
  }

  signedIn(token: string): SignedIn | undefined {
    const session = this.#sessions.get(hashOf(token));
    return session === undefined ? undefined : this.#shown(session);
  }

  login(...[wish, from]: Parameters<LoginPort['login']>): ReturnType<LoginPort['login']> {
    return this.#orAway(from, this.#login(wish, from));
  }

  unlock(...[password, from]: Parameters<LoginPort['unlock']>): ReturnType<LoginPort['unlock']> {
    return this.#orAway(from, this.#unlock(password, from));
  }

  changePassword(...[wish, from]: Parameters<LoginPort['changePassword']>): ReturnType<LoginPort['changePassword']> {
    return this.#orAway(from, this.#changePassword(wish, from));
  }

  takeInvitation(...[wish, from]: Parameters<LoginPort['takeInvitation']>): ReturnType<LoginPort['takeInvitation']> {
    return this.#orAway(from, this.#takeInvitation(wish, from));
  }

  beginSecondFactor(
    ...[password, from]: Parameters<LoginPort['beginSecondFactor']>
  ): ReturnType<LoginPort['beginSecondFactor']> {
    return this.#orAway(from, this.#beginSecondFactor(password, from));
  }

  confirmSecondFactor(
    ...[code, from]: Parameters<LoginPort['confirmSecondFactor']>
  ): ReturnType<LoginPort['confirmSecondFactor']> {
    return this.#orAway(from, this.#confirmSecondFactor(code, from));
  }

  /** Whatever is asked while the accounts cannot be had is answered by that. */
  async #orAway<Answer>(from: AskedFrom, answer: Promise<Answer>): Promise<Answer | Away> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof AccountsAway)) throw error;
      this.#setAway(error);
      return this.#refuse(undefined, from, { as: 'refused', code: 'away' });
    }
  }

  async #login(wish: Parameters<LoginPort['login']>[0], from: AskedFrom): Promise<LoggedIn | LoginRefusal> {
    const person = this.#people.get(wish.name.trim().toLowerCase());
    const proven = await this.#prove(wish.name, person, wish.password, from);
    if (proven.as === 'refused') return proven;
    const { account, who, subjects } = proven;
    const second = await this.#secondFactor(account, wish.code);
    if (typeof second === 'string') {
      if (second === 'code-needed') this.#giveBack(subjects); // a wrong one before it stays charged
      return this.#refuse(who, from, { as: 'refused', code: second });
    }
    this.#forgive(subjects);
    const shown = hashOf(from.token);
    const elsewhere = this.#sessionsOf(who.person).find(({ hash }) => hash !== shown);
    if (elsewhere !== undefined && !wish.takeOver) {
      return this.#refuse(who, from, { as: 'refused', code: 'elsewhere', sinceUtcMs: elsewhere.openedUtcMs });
    }
    if (!(await second.use())) return this.#refuse(who, from, { as: 'refused', code: 'code' });
    const opened = await this.#open(
      who,
      account.timeSecret !== undefined,
      elsewhere === undefined ? 'changed' : 'taken-over',
    );
    if (opened === undefined) return this.#refuse(who, from, { as: 'refused', code: 'credentials' });
    // Whoever else used this browser is out of it.
    if (this.#sessions.has(shown)) await this.#end(shown, 'logged-out', from.address);
    this.#ports.events.loggedIn({
      person: who.person,
      role: who.role,
      client: from.address,
      secondFactor: second.kind,
      tookOver: elsewhere !== undefined,
    });
    return opened;
  }

  async logout(from: AskedFrom): Promise<void> {
    await this.#end(hashOf(from.token), 'logged-out', from.address);
  }

  async #unlock(password: string, from: AskedFrom): Promise<LoggedIn | LoginRefusal> {
    const proven = await this.#proveAgain(password, from);
    if (proven.as === 'refused') return proven;
    this.#forgive(proven.subjects);
    const { session, who } = proven;
    const { clock, consoles } = this.#ports;
    const utcMs = clock.utcMs();
    const token = this.#newToken();
    const renewed: Session = { ...session, hash: hashOf(token), seenUtcMs: utcMs, actedUtcMs: utcMs, isLocked: false };
    if (!(await this.#replace(renewed))) return this.#refuse(who, from, { as: 'refused', code: 'no-session' });
    consoles.lock(who.person, false);
    this.#ports.events.loggedIn({ person: who.person, role: who.role, client: from.address, unlocked: true });
    return { as: 'in', token, who: this.#shown(renewed) };
  }

  async #changePassword(
    { password, newPassword }: Parameters<LoginPort['changePassword']>[0],
    from: AskedFrom,
  ): Promise<LoggedIn | LoginRefusal> {
    const proven = await this.#proveAgain(password, from);
    if (proven.as === 'refused') return proven;
    this.#forgive(proven.subjects);
    const { who, account } = proven;
    const fault = this.#faultOf(newPassword, who);
    if (fault !== undefined) return this.#refuse(who, from, { as: 'refused', code: fault });
    const kept = await this.#hashed(() => this.#ports.hashPassword(readPassword(newPassword) ?? ''));
    if (kept === undefined) return this.#refuse(who, from, { as: 'refused', code: 'busy' });
    await this.#ports.keeper.setPassword(who.person, kept);
    const opened = await this.#open(who, account.timeSecret !== undefined, 'changed');
    if (opened === undefined) return this.#refuse(who, from, { as: 'refused', code: 'credentials' });
    this.#ports.events.accountChanged({ person: who.person, change: 'password', client: from.address });
    return opened;
  }

  async #takeInvitation(
    { invitation, newPassword }: Parameters<LoginPort['takeInvitation']>[0],
    from: AskedFrom,
  ): ReturnType<LoginPort['takeInvitation']> {
    const { keeper, clock, events } = this.#ports;
    // Beyond guessing, and yet a stranger who tries goes on only as fast as one who guesses passwords.
    const subjects: readonly Subject[] = [['address', from.address]];
    const wait = this.#charge(subjects);
    if (wait > 0) return this.#refuse(undefined, from, { as: 'refused', code: 'wait', waitMs: wait });
    const hash = hashOf(invitation);
    const invited = await keeper.invited(hash, clock.utcMs());
    const who = invited === undefined ? undefined : this.#people.get(invited.toLowerCase());
    if (who === undefined) return this.#refuse(undefined, from, { as: 'refused', code: 'invitation' });
    this.#forgive(subjects);
    const fault = this.#faultOf(newPassword, who);
    if (fault !== undefined) return this.#refuse(who, from, { as: 'refused', code: fault });
    const kept = await this.#hashed(() => this.#ports.hashPassword(readPassword(newPassword) ?? ''));
    if (kept === undefined) return this.#refuse(who, from, { as: 'refused', code: 'busy' });
    if ((await keeper.takeInvitation(hash, clock.utcMs(), kept)) === undefined) {
      return this.#refuse(who, from, { as: 'refused', code: 'invitation' });
    }
    events.accountChanged({ person: who.person, change: 'password', client: from.address });
    return { as: 'set', person: who.person };
  }

  async #beginSecondFactor(password: string, from: AskedFrom): ReturnType<LoginPort['beginSecondFactor']> {
    const proven = await this.#proveAgain(password, from);
    if (proven.as === 'refused') return proven;
    this.#forgive(proven.subjects);
    const { session, who } = proven;
    const secret = newTimeSecret(this.#ports.random);
    // One a session, and sessions are one a person: as many as people.
    this.#enrolments.set(session.hash, { secret, untilMs: this.#ports.clock.nowMs() + enrolWithinMs });
    return { as: 'begun', otpauth: otpauthUrl(secret, this.#options.issuer, who.person) };
  }

  async #confirmSecondFactor(code: string, from: AskedFrom): ReturnType<LoginPort['confirmSecondFactor']> {
    const { clock, keeper, random, events } = this.#ports;
    const session = this.#sessions.get(hashOf(from.token));
    const who = session === undefined ? undefined : this.#people.get(session.person.toLowerCase());
    if (session === undefined || who === undefined) return { as: 'refused', code: 'no-session' };
    const enrolment = this.#enrolments.get(session.hash);
    if (enrolment === undefined || enrolment.untilMs <= clock.nowMs()) return { as: 'refused', code: 'no-enrolment' };
    const step = stepOfCode(enrolment.secret, code, clock.utcMs(), 0);
    if (step === undefined) return this.#refuse(who, from, { as: 'refused', code: 'code' });
    this.#enrolments.delete(session.hash);
    const recoveryCodes = newRecoveryCodes(random);
    const sealed = seal(enrolment.secret, this.#options.key, who.person);
    const hashes = recoveryCodes.map((each) => hashOf(readRecoveryCode(each) ?? ''));
    await keeper.setTimeSecret(who.person, sealed, step, hashes);
    const opened = await this.#open(who, true, 'changed');
    if (opened === undefined) return this.#refuse(who, from, { as: 'refused', code: 'credentials' });
    events.accountChanged({ person: who.person, change: 'second-factor', client: from.address });
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
    const wait = this.#charge(subjects);
    if (wait > 0) return this.#refuse(who, from, { as: 'refused', code: 'wait', waitMs: wait });
    let account: Account | undefined;
    try {
      account = await this.#ports.keeper.account(who?.person ?? '');
    } catch (error) {
      this.#giveBack(subjects);
      throw error;
    }
    const kept = account?.isDisabled === false ? account.password : undefined;
    const isRight = await this.#hashed(() => this.#ports.isPassword(kept, readPassword(password) ?? ''));
    if (isRight === undefined) {
      this.#giveBack(subjects);
      return this.#refuse(who, from, { as: 'refused', code: 'busy' });
    }
    if (!isRight || account === undefined || who === undefined) {
      return this.#refuse(who, from, { as: 'refused', code: 'credentials' });
    }
    return { as: 'proven', account, who, subjects };
  }

  /** The password of whoever has logged in, before what only he may do. */
  async #proveAgain(
    password: string,
    from: AskedFrom,
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
    const session = this.#sessions.get(hashOf(from.token));
    const who = session === undefined ? undefined : this.#people.get(session.person.toLowerCase());
    if (session === undefined || who === undefined) return { as: 'refused', code: 'no-session' };
    const proven = await this.#prove(who.person, who, password, from);
    if (proven.as === 'refused') return proven;
    // He may have been taken out while the password was looked at.
    const still = this.#sessions.get(session.hash);
    return still === undefined ? { as: 'refused', code: 'no-session' } : { ...proven, session: still };
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

  #faultOf(password: string, { person, display }: Person): ReturnType<typeof passwordFault> {
    return passwordFault(password, { breached: this.#options.breached, names: [person, display] });
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

  // ── Guesses ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** 0: charged, and may be looked at. Else how long to wait, and nothing was charged. */
  #charge(subjects: readonly Subject[]): number {
    const utcMs = this.#ports.clock.utcMs();
    const waits = subjects.map(([kind, subject]) => waitMs(kind, this.#guesses.get(`${kind} ${subject}`), utcMs));
    const wait = Math.max(...waits);
    if (wait > 0) return wait;
    for (const subject of subjects) this.#note(subject, charged(this.#guesses.get(subject.join(' ')), utcMs));
    return 0;
  }

  /** It was not looked at, or is no guess: as if it had not been made. */
  #giveBack(subjects: readonly Subject[]): void {
    for (const subject of subjects) {
      const guesses = this.#guesses.get(subject.join(' '));
      if (guesses !== undefined) this.#note(subject, uncharged(guesses));
    }
  }

  /** It was right. */
  #forgive(subjects: readonly Subject[]): void {
    for (const subject of subjects) {
      const key = subject.join(' ');
      const guesses = this.#guesses.get(key);
      if (guesses === undefined) continue;
      if (subject[0] !== 'account-at-address') this.#note(subject, uncharged(guesses));
      else {
        this.#guesses.delete(key);
        this.#kept(this.#ports.keeper.forgetGuesses(...subject));
      }
    }
  }

  #note([kind, subject]: Subject, guesses: Guesses): void {
    const key = `${kind} ${subject}`;
    this.#guesses.delete(key);
    this.#guesses.set(key, guesses);
    this.#kept(this.#ports.keeper.keepGuesses({ kind, subject, ...guesses }));
    if (this.#guesses.size <= subjectsMax) return;
    const [oldest = ''] = this.#guesses.keys();
    this.#guesses.delete(oldest);
    const [oldKind = '', ...rest] = oldest.split(' ');
    this.#kept(this.#ports.keeper.forgetGuesses(oldKind as SubjectKind, rest.join(' ')));
  }

  #refuse<Refusal extends Refused>(who: Person | undefined, { address }: AskedFrom, refusal: Refusal): Refusal {
    // A name that is nobody's may be a password that was typed into the wrong field.
    this.#ports.events.loginRefused({ person: who?.person ?? '', client: address, reason: refusal.code });
    return refusal;
  }

  // ── Sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #newToken(): string {
    return Buffer.from(this.#ports.random(tokenBytes)).toString('base64url');
  }

  #sessionsOf(person: string): Session[] {
    return [...this.#sessions.values()].filter((session) => session.person === person);
  }

  /** In place of all that he had, whose consoles are closed; undefined: he has been disabled meanwhile. */
  async #open(who: Person, hasSecondFactor: boolean, why: SessionEnd): Promise<LoggedIn | undefined> {
    const utcMs = this.#ports.clock.utcMs();
    const token = this.#newToken();
    const session: Session = {
      hash: hashOf(token),
      person: who.person,
      role: who.role,
      openedUtcMs: utcMs,
      seenUtcMs: utcMs,
      actedUtcMs: utcMs,
      isLocked: false,
      hasSecondFactor,
    };
    const had = this.#sessionsOf(who.person).length > 0;
    if (!(await this.#replace(session))) return undefined;
    if (had) this.#ports.consoles.endPerson(who.person, why);
    return { as: 'in', token, who: this.#shown(session) };
  }

  /** Also in the database. False: he has been disabled meanwhile. */
  async #replace(session: Session): Promise<boolean> {
    const { hasSecondFactor: _, ...kept } = session;
    if (!(await this.#ports.keeper.openSession(kept))) return false;
    for (const { hash } of this.#sessionsOf(session.person)) {
      this.#sessions.delete(hash);
      this.#enrolments.delete(hash);
    }
    this.#sessions.set(session.hash, session);
    return true;
  }

  async #end(hash: string, why: SessionEnd, address?: string): Promise<void> {
    const session = this.#sessions.get(hash);
    if (session === undefined) return;
    this.#sessions.delete(hash);
    this.#enrolments.delete(hash);
    const { consoles, events, keeper } = this.#ports;
    consoles.endPerson(session.person, why);
    events.loggedOut({ person: session.person, reason: why, ...(address !== undefined && { client: address }) });
    // Here it is over in any case; where it could not be written, the next look ends it again.
    await keeper.endSession(hash).catch((error: unknown) => this.#setAway(error));
  }

  #shown({ person, role, isLocked, hasSecondFactor, openedUtcMs }: Session): SignedIn {
    const display = this.#people.get(person.toLowerCase())?.display ?? person;
    const endsUtcMs = openedUtcMs + this.#options.limits.endAfterMs;
    return { person, display, role, isLocked, hasSecondFactor, openedUtcMs, endsUtcMs };
  }

  /** Where nobody has an account yet: one person, by a link that whoever starts the gateway is shown. */
  async #inviteFirst(): Promise<void> {
    const { people } = this.#options;
    const order = ['sys-admin', 'supervisor'] as const;
    const [first] = order.flatMap((role) => people.filter((each) => each.role === role));
    const person = first ?? people[0];
    if (person === undefined) return;
    const token = this.#newToken();
    const utcMs = this.#ports.clock.utcMs();
    await this.#ports.keeper.invite({ utcMs, person: person.person, change: 'added' }, invitationOf(token, utcMs));
    this.#ports.invited(person, token);
  }

  /** What time has made of sessions, and what others did to them. */
  async #look(): Promise<void> {
    const { clock, keeper, events } = this.#ports;
    try {
      if (!this.#isLoaded) await this.#load();
      const known = new Set(this.#sessions.keys());
      const [kept, changes] = [await keeper.sessions(), await keeper.takeChanges()];
      for (const { person, change } of changes) events.accountChanged({ person, change });
      const left = new Set(kept.map(({ hash }) => hash));
      for (const hash of known) if (!left.has(hash)) await this.#end(hash, 'disabled');
      for (const { hash } of kept) if (!this.#sessions.has(hash) && !known.has(hash)) await this.#endStray(hash);
      for (const session of [...this.#sessions.values()]) await this.#age(session);
      if (this.#isAway) events.accountsAway({});
      this.#isAway = false;
    } catch (error) {
      this.#setAway(error);
    }
    if (!this.#stopped) this.#alarm.setAt(clock.nowMs() + lookEveryMs);
  }

  /** One that is over here but could not be ended there; one that was opened while we looked is known by now. */
  async #endStray(hash: string): Promise<void> {
    if (!this.#sessions.has(hash)) await this.#ports.keeper.endSession(hash);
  }

  async #age(session: Session): Promise<void> {
    const { clock, consoles, keeper } = this.#ports;
    const { hash, person, isLocked: wasLocked } = session;
    const nowMs = clock.utcMs();
    const { isHere, actedMs } = consoles.presence(person);
    const actedUtcMs = Math.max(session.actedUtcMs, nowMs - Math.max(0, clock.nowMs() - actedMs));
    const seenUtcMs = isHere ? nowMs : session.seenUtcMs;
    const times = {
      openedMs: session.openedUtcMs,
      seenMs: seenUtcMs,
      actedMs: wasLocked ? session.actedUtcMs : actedUtcMs,
    };
    const isNeeded = consoles.isNeeded(person);
    const stage = sessionStage(times, this.#options.limits, nowMs, { isNeeded, wasLocked });
    if (stage === 'ended') return await this.#end(hash, 'expired');
    const isLocked = stage === 'locked';
    if (isLocked !== wasLocked) consoles.lock(person, isLocked);
    const aged: Session = { ...session, seenUtcMs, actedUtcMs: times.actedMs, isLocked };
    if (this.#sessions.get(hash) !== session) return;
    const isDue = isLocked !== wasLocked || nowMs - session.seenUtcMs >= keepEveryMs;
    if (!isDue) return;
    this.#sessions.set(hash, aged);
    const { hasSecondFactor: _, ...kept } = aged;
    await keeper.keepSession(kept);
  }

  #kept(writing: Promise<void>): void {
    void writing.catch((error: unknown) => this.#setAway(error));
  }

  #setAway(error: unknown): void {
    if (this.#isAway || this.#stopped) return;
    this.#isAway = true;
    this.#ports.events.accountsAway({ reason: error instanceof Error ? error.message : String(error) });
  }
}

function subjectsOf(name: string, address: string): readonly Subject[] {
  const account = hashOf(name.trim().toLowerCase()).slice(0, 32);
  return [
    ['account-at-address', `${account} ${address}`],
    ['address', address],
    ['account', account],
  ];
}

/** As an invitation is kept; it holds for three days. */
export function invitationOf(token: string, utcMs: number): { readonly hash: string; readonly expiresUtcMs: number } {
  return { hash: hashOf(token), expiresUtcMs: utcMs + invitationMs };
}

/** As tokens are kept: 256 bits of chance need no salt. */
function byName(people: readonly Person[]): ReadonlyMap<string, Person> {
  return new Map(people.map((person) => [person.person.toLowerCase(), person]));
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
