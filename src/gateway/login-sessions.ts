/**
 * Sessions of those who have logged in, whatever by: held here, so that a console asks without a wait, and written through.
 * Every 5 s they age (operations/login-session.ts), and what others did to them in the database is seen: a leaver is out.
 *
 *   proof (password, passkey, provider of identities) ─▶ admit ─▶ elsewhere? ─▶ new token ─▶ … ─▶ locked, ended
 */
import type { AskedFrom, LoggedIn, LoginRefusal, SignedIn } from '../api/login-port.ts';
import { Alarm, type Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import { type SessionLimits, sessionStage } from '../operations/login-session.ts';
import type { Person } from '../operations/terms.ts';
import type { RandomBytes } from '../operations/time-code.ts';
import { type AccountKeeper, AccountsAway } from '../store/account-methods.ts';
import type { Account, KeptGuesses, KeptSession, LoginWay } from '../store/account-store.ts';
import { hashOf } from './login-tokens.ts';

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

export interface LoginSessionsPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<
    'accounts.loggedIn' | 'accounts.loginRefused' | 'accounts.loggedOut' | 'accounts.changed' | 'accounts.away'
  >;
  readonly keeper: AccountKeeper;
  readonly consoles: LoginConsoles;
  /** Unguessable. */
  readonly random: RandomBytes;
  /** Somebody has left, whether he had a session or none. */
  left?(person: string): void;
}

export interface Session extends KeptSession {
  readonly hasSecondFactor: boolean;
}

/** What somebody has proven to be himself by. */
export interface Proof {
  readonly way: LoginWay;
  readonly hasSecondFactor: boolean;
  /** How the second factor was shown, for the log. */
  readonly secondFactor?: 'none' | 'code' | 'paper';
  readonly renewal?: string;
  /** It is a password alone where more is insisted on: he enrols a second factor, and can do nothing else until it stands. */
  readonly mustEnrol?: boolean;
  /** Spends what is good once, when nothing else stands in the way. False: it was spent already. */
  use?(): Promise<boolean>;
}

type Away = Extract<LoginRefusal, { code: 'busy' | 'away' }>;

const tokenBytes = 32;
/** Whoever has to enrol a second factor has so long for it, then logs in anew. */
const enrolWithinMs = 30 * 60_000;
/** Between looks at the database; a leaver is out within this time. */
const lookEveryMs = 5000;
/** How far what is kept of a session may be behind. */
const keepEveryMs = 60_000;

export class LoginSessions {
  readonly #limits: SessionLimits;
  readonly #ports: LoginSessionsPorts;
  #people: ReadonlyMap<string, Person>;
  readonly #sessions = new Map<string, Session>();
  /**
   * Of those who have to enrol a second factor first, one a person: no session to anybody who asks by `of`. Not kept: after a
   * restart they log in anew.
   */
  readonly #enrolling = new Map<string, Session>();
  readonly #alarm: Alarm;
  readonly #loaded: (accounts: readonly Account[], guesses: readonly KeptGuesses[]) => Promise<void>;
  #isLoaded = false;
  #isAway = false;
  #stopped = false;

  /** `loaded`: once the database was read, with what else is in it. */
  constructor(
    people: readonly Person[],
    limits: SessionLimits,
    ports: LoginSessionsPorts,
    loaded: (accounts: readonly Account[], guesses: readonly KeptGuesses[]) => Promise<void>,
  ) {
    this.#limits = limits;
    this.#ports = ports;
    this.#people = byName(people);
    this.#alarm = new Alarm(ports.clock, () => void this.#look());
    this.#loaded = loaded;
  }

  /** Brings in what is kept; while that cannot be had it is tried again, and nobody is logged in. */
  async start(): Promise<void> {
    await this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm.clear();
  }

  /** People are others than before: a session of one who is none any more, or of another role, does not go on. */
  setPeople(people: readonly Person[]): void {
    this.#people = byName(people);
    for (const { hash, person, role } of this.all) {
      const now = this.person(person);
      if (now?.role !== role) void this.end(hash, now === undefined ? 'disabled' : 'changed');
    }
    for (const { person, role } of this.#enrolling.values()) {
      if (this.person(person)?.role !== role) this.#forgetEnrolling(person);
    }
  }

  /** By the id of the configuration, whatever its capitals. */
  person(id: string): Person | undefined {
    return this.#people.get(id.trim().toLowerCase());
  }

  /** Of a token that a cookie shows; undefined: nobody's. */
  of(token: string): Session | undefined {
    return this.#sessions.get(hashOf(token));
  }

  /** Of somebody who has shown his password and has to enrol a second factor; undefined: of nobody who has to. */
  enrolling(token: string): Session | undefined {
    const session = this.#enrolling.get(hashOf(token));
    return session !== undefined && this.#ports.clock.utcMs() - session.openedUtcMs < enrolWithinMs
      ? session
      : undefined;
  }

  get all(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  newToken(): string {
    return Buffer.from(this.#ports.random(tokenBytes)).toString('base64url');
  }

  /** Whatever is asked while the accounts cannot be had is answered by that. */
  async orAway<Answer>(from: AskedFrom, answer: Promise<Answer>): Promise<Answer | Away> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof AccountsAway)) throw error;
      this.setAway(error);
      return this.refuse(undefined, from, { as: 'refused', code: 'away' });
    }
  }

  /**
   * Lets in whoever has proven who he is: unlocks the session that he shows, or opens one, unless he has one elsewhere that he
   * does not take over.
   */
  async admit(who: Person, proof: Proof, from: AskedFrom, takeOver: boolean): Promise<LoggedIn | LoginRefusal> {
    const shown = this.of(from.token);
    if (shown?.isLocked === true && shown.person === who.person) {
      if ((await proof.use?.()) === false) return this.refuse(who, from, { as: 'refused', code: 'code' });
      return await this.unlock(who, shown, from, proof);
    }
    const mustEnrol = proof.mustEnrol === true;
    // Until he has enrolled, the session that he has goes on, wherever it is.
    const elsewhere = this.#sessionsOf(who.person).find(({ hash }) => mustEnrol || hash !== shown?.hash);
    if (elsewhere !== undefined && !takeOver) {
      return this.refuse(who, from, { as: 'refused', code: 'elsewhere', sinceUtcMs: elsewhere.openedUtcMs });
    }
    if ((await proof.use?.()) === false) return this.refuse(who, from, { as: 'refused', code: 'code' });
    const why = elsewhere === undefined ? 'changed' : 'taken-over';
    const opened = mustEnrol ? this.#beginEnrolling(who, proof, from) : await this.open(who, proof, from, why);
    if (opened === undefined) return this.refuse(who, from, { as: 'refused', code: 'credentials' });
    // Whoever else used this browser is out of it.
    const isLeft = shown !== undefined && this.#sessions.has(shown.hash) && !(mustEnrol && shown.person === who.person);
    if (isLeft) await this.end(shown.hash, 'logged-out', from.address);
    if (mustEnrol) {
      this.refuse(who, from, { as: 'refused', code: 'second-factor' }); // for the log: he is not in
      return opened;
    }
    this.#ports.events.accounts.loggedIn({
      ...{ person: who.person, role: who.role, client: from.address, way: proof.way },
      ...(proof.secondFactor !== undefined && { secondFactor: proof.secondFactor }),
      tookOver: elsewhere !== undefined,
    });
    return opened;
  }

  /**
   * The same session under another token, and no longer locked. Where another way than his own vouches for him from now on
   * (provider, card), it is that one which is asked whether he may stay: what is kept of one says nothing to the other.
   */
  async unlock(who: Person, session: Session, from: AskedFrom, proof?: Proof): Promise<LoggedIn | LoginRefusal> {
    const utcMs = this.#ports.clock.utcMs();
    const token = this.newToken();
    const renewed: Session = {
      ...session,
      ...{ hash: hashOf(token), seenUtcMs: utcMs, actedUtcMs: utcMs, isLocked: false },
      ...(session.renewal !== undefined && proof?.renewal !== undefined && { way: proof.way, renewal: proof.renewal }),
    };
    if (!(await this.#replace(renewed))) return this.refuse(who, from, { as: 'refused', code: 'no-session' });
    this.#ports.consoles.lock(who.person, false);
    this.#ports.events.accounts.loggedIn({ person: who.person, role: who.role, client: from.address, unlocked: true });
    return { as: 'in', token, who: this.shown(renewed) };
  }

  /** In place of all that he had, whose consoles are closed; undefined: he has been disabled meanwhile. */
  async open(who: Person, proof: Proof, from: AskedFrom, why: SessionEnd): Promise<LoggedIn | undefined> {
    const utcMs = this.#ports.clock.utcMs();
    const token = this.newToken();
    const session = newSession(who, proof, from, hashOf(token), utcMs);
    const had = this.#sessionsOf(who.person).length > 0;
    if (!(await this.#replace(session))) return undefined;
    if (had) this.#ports.consoles.endPerson(who.person, why);
    return { as: 'in', token, who: this.shown(session) };
  }

  /** Of somebody whose session has begun because his second factor stands. */
  noteIn({ person, role }: Person, way: LoginWay, { address }: AskedFrom): void {
    this.#ports.events.accounts.loggedIn({ person, role, client: address, way });
  }

  #beginEnrolling(who: Person, proof: Proof, from: AskedFrom): LoggedIn {
    const token = this.newToken();
    const session = newSession(who, proof, from, hashOf(token), this.#ports.clock.utcMs());
    this.#forgetEnrolling(who.person);
    this.#enrolling.set(session.hash, session);
    return { as: 'in', token, who: this.shown(session) };
  }

  #forgetEnrolling(person: string): void {
    for (const [hash, session] of this.#enrolling) if (session.person === person) this.#enrolling.delete(hash);
  }

  async end(hash: string, why: SessionEnd, address?: string): Promise<void> {
    this.#enrolling.delete(hash);
    const session = this.#sessions.get(hash);
    if (session === undefined) return;
    this.#sessions.delete(hash);
    const { consoles, events, keeper } = this.#ports;
    consoles.endPerson(session.person, why);
    events.accounts.loggedOut({
      person: session.person,
      reason: why,
      ...(address !== undefined && { client: address }),
    });
    // Here it is over in any case; where it could not be written, the next look ends it again.
    await keeper.endSession(hash).catch((error: unknown) => this.setAway(error));
  }

  /** What his provider is asked by from now on, in the place of `before`; a session that is gone stays so. */
  async keepRenewal(person: string, before: string | undefined, renewal: string): Promise<void> {
    const session = this.#sessionsOf(person).find((each) => each.renewal === before);
    if (session === undefined) return;
    const kept = { ...session, renewal };
    this.#sessions.set(session.hash, kept);
    await this.#keep(kept);
  }

  shown({ hash, person, role, isLocked, hasSecondFactor, openedUtcMs, way, address }: Session): SignedIn {
    const display = this.person(person)?.display ?? person;
    const mustEnrol = this.#enrolling.has(hash);
    const endsUtcMs = openedUtcMs + (mustEnrol ? enrolWithinMs : this.#limits.endAfterMs);
    return {
      ...{ person, display, role, isLocked, hasSecondFactor, openedUtcMs, endsUtcMs, way, address },
      ...(mustEnrol && { mustEnrol }),
    };
  }

  refuse<Refusal extends LoginRefusal>(who: Person | undefined, { address }: AskedFrom, refusal: Refusal): Refusal {
    // A name that is nobody's may be a password that was typed into the wrong field.
    this.#ports.events.accounts.loginRefused({ person: who?.person ?? '', client: address, reason: refusal.code });
    return refusal;
  }

  setAway(error: unknown): void {
    if (this.#isAway || this.#stopped) return;
    this.#isAway = true;
    this.#ports.events.accounts.away({ reason: error instanceof Error ? error.message : String(error) });
  }

  #sessionsOf(person: string): Session[] {
    return this.all.filter((session) => session.person === person);
  }

  /** Also in the database. False: he has been disabled meanwhile, or is nobody here any more. */
  async #replace(session: Session): Promise<boolean> {
    const { hasSecondFactor: _, ...kept } = session;
    const isOpen = await this.#ports.keeper.openSession(kept);
    // Who may be here can have changed meanwhile, when he had no session yet to end.
    if (isOpen && this.person(session.person)?.role !== session.role) {
      await this.#ports.keeper.endSession(session.hash);
      return false;
    }
    if (!isOpen) return false;
    for (const { hash } of this.#sessionsOf(session.person)) this.#sessions.delete(hash);
    this.#forgetEnrolling(session.person);
    this.#sessions.set(session.hash, session);
    return true;
  }

  async #keep({ hasSecondFactor: _, ...kept }: Session): Promise<void> {
    await this.#ports.keeper.keepSession(kept);
  }

  async #load(): Promise<void> {
    const { keeper } = this.#ports;
    const [sessions, accounts, guesses] = await Promise.all([keeper.sessions(), keeper.accounts(), keeper.guesses()]);
    for (const session of sessions) {
      const account = accounts.find(({ person }) => person === session.person);
      const person = this.person(session.person);
      // Another role than at the login: he logs in again.
      if (account === undefined || account.isDisabled || person?.role !== session.role) {
        await keeper.endSession(session.hash);
      } else this.#sessions.set(session.hash, { ...session, hasSecondFactor: account.timeSecret !== undefined });
    }
    await this.#loaded(accounts, guesses);
    this.#isLoaded = true;
  }

  /** What time has made of sessions, and what others did to them. */
  async #look(): Promise<void> {
    const { clock, keeper, events } = this.#ports;
    try {
      if (!this.#isLoaded) await this.#load();
      const known = new Set(this.#sessions.keys());
      const [kept, changes] = [await keeper.sessions(), await keeper.takeChanges()];
      for (const { person, change, by } of changes) {
        events.accounts.changed({ person, change, ...(by !== undefined && { by }) });
        this.#forgetEnrolling(person); // what he has shown is no good any more
        if (change !== 'disabled') continue;
        for (const { hash } of this.#sessionsOf(person)) await this.end(hash, 'disabled');
        this.#ports.left?.(person); // who can say nothing more
      }
      const left = new Set(kept.map(({ hash }) => hash));
      for (const hash of known) if (!left.has(hash)) await this.end(hash, 'disabled');
      for (const { hash } of kept) if (!this.#sessions.has(hash) && !known.has(hash)) await this.#endStray(hash);
      for (const session of this.all) await this.#age(session);
      if (this.#isAway) events.accounts.away({});
      this.#isAway = false;
    } catch (error) {
      this.setAway(error);
    }
    if (!this.#stopped) this.#alarm.setAt(clock.nowMs() + lookEveryMs);
  }

  /** One that is over here but could not be ended there; one that was opened while we looked is known by now. */
  async #endStray(hash: string): Promise<void> {
    if (!this.#sessions.has(hash)) await this.#ports.keeper.endSession(hash);
  }

  async #age(session: Session): Promise<void> {
    const { clock, consoles } = this.#ports;
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
    const stage = sessionStage(times, this.#limits, nowMs, { isNeeded, wasLocked });
    if (stage === 'ended') return await this.end(hash, 'expired');
    const isLocked = stage === 'locked';
    if (isLocked !== wasLocked) consoles.lock(person, isLocked);
    const aged: Session = { ...session, seenUtcMs, actedUtcMs: times.actedMs, isLocked };
    if (this.#sessions.get(hash) !== session) return;
    const isDue = isLocked !== wasLocked || nowMs - session.seenUtcMs >= keepEveryMs;
    if (!isDue) return;
    this.#sessions.set(hash, aged);
    await this.#keep(aged);
  }
}

function newSession(who: Person, proof: Proof, { address }: AskedFrom, hash: string, utcMs: number): Session {
  return {
    ...{ hash, person: who.person, role: who.role },
    ...{ openedUtcMs: utcMs, seenUtcMs: utcMs, actedUtcMs: utcMs, isLocked: false },
    ...{ way: proof.way, address, renewal: proof.renewal, hasSecondFactor: proof.hasSecondFactor },
  };
}

function byName(people: readonly Person[]): ReadonlyMap<string, Person> {
  return new Map(people.map((person) => [person.person.toLowerCase(), person]));
}
