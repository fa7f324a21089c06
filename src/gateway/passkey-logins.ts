/**
 * Passkeys (WebAuthn level 2, over @simplewebauthn/server): enrolled with the password, then good for a login by themselves,
 * for they are two factors: the device, and what it asks of its person (user verification is insisted on). Attestation is not
 * asked for. A challenge is good once; a counter that does not rise means that the key was copied, and lets nobody in.
 */
import { createHash } from 'node:crypto';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { AskedFrom, PasskeyAnswer, PasskeyPort } from '../api/login-port.ts';
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { PasskeyKeeper } from '../store/account-methods.ts';
import type { Passkey } from '../store/passkey-store.ts';
import type { LoginSessions } from './login-sessions.ts';
import type { Logins } from './logins.ts';

export interface PasskeyLoginsPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'accounts.changed'>;
  readonly keeper: PasskeyKeeper;
  readonly logins: Pick<Logins, 'provenAgain' | 'enrolmentOf' | 'mayRemoveKey'>;
  readonly sessions: LoginSessions;
}

const challengeMsMax = 5 * 60_000;
/** Given and not answered; beyond that the oldest is forgotten. */
const challengesMax = 1000;
const keysMax = 10;
/** COSE: EdDSA, ES256, RS256; what all authenticators know, with signatures that fit a request. */
const algorithms = [-8, -7, -257];

export class PasskeyLogins implements PasskeyPort {
  /** Of the gateway, as an authenticator shows it. */
  readonly #name: string;
  readonly #ports: PasskeyLoginsPorts;
  /** Until when each is good; what it is bound to (`Logins.enrolmentOf`), where it enrols. */
  readonly #challenges = new Map<string, { readonly untilMs: number; readonly boundTo: string }>();
  /** One after the other: of two at once each would take the other's passkey for the one that is left. */
  #removal: Promise<unknown> = Promise.resolve();

  constructor(name: string, ports: PasskeyLoginsPorts) {
    this.#name = name;
    this.#ports = ports;
  }

  async begin(host: string): ReturnType<PasskeyPort['begin']> {
    const options = await generateAuthenticationOptions({ rpID: host, userVerification: 'required' });
    this.#remember(options.challenge, '');
    return { as: 'begun', options };
  }

  login(...[wish, origin, from]: Parameters<PasskeyPort['login']>): ReturnType<PasskeyPort['login']> {
    return this.#ports.sessions.orAway(from, this.#login(wish, origin, from));
  }

  beginEnrolment(
    ...[password, host, from]: Parameters<PasskeyPort['beginEnrolment']>
  ): ReturnType<PasskeyPort['beginEnrolment']> {
    return this.#ports.sessions.orAway(from, this.#beginEnrolment(password, host, from));
  }

  enrol(...[wish, origin, from]: Parameters<PasskeyPort['enrol']>): ReturnType<PasskeyPort['enrol']> {
    return this.#ports.sessions.orAway(from, this.#enrol(wish, origin, from));
  }

  remove(...[wish, from]: Parameters<PasskeyPort['remove']>): ReturnType<PasskeyPort['remove']> {
    return this.#ports.sessions.orAway(from, this.#remove(wish, from));
  }

  async #login(
    { credential, takeOver }: Parameters<PasskeyPort['login']>[0],
    origin: string,
    from: AskedFrom,
  ): ReturnType<PasskeyPort['login']> {
    const { keeper, sessions, clock } = this.#ports;
    const kept = await keeper.passkey(credential.id);
    const who = kept === undefined ? undefined : sessions.person(kept.person);
    const counter = kept === undefined ? undefined : await this.#counterOf(credential, kept, origin);
    if (kept === undefined || who === undefined || counter === undefined) {
      return sessions.refuse(who, from, { as: 'refused', code: 'passkey' });
    }
    if ((counter > 0 || kept.counter > 0) && counter <= kept.counter) {
      return sessions.refuse(who, from, { as: 'refused', code: 'passkey-copied' });
    }
    // Also when he is asked whether he takes over: what was signed is seen by nobody again.
    if (!(await keeper.notePasskeyUse(kept.id, counter, clock.utcMs()))) {
      return sessions.refuse(who, from, { as: 'refused', code: 'passkey-copied' });
    }
    return await sessions.admit(who, { way: 'passkey', hasSecondFactor: true }, from, takeOver);
  }

  /** The counter that it signed; undefined: it is not signed by that key, for this page, for a challenge of ours. */
  async #counterOf(response: PasskeyAnswer, kept: Passkey, origin: string): Promise<number | undefined> {
    const { id, publicKey, host, transports } = kept;
    const { userHandle, ...signed } = response.response;
    if (userHandle !== undefined && userHandle !== handleOf(kept.person).toString('base64url')) return undefined;
    if (new URL(origin).hostname !== host) return undefined;
    try {
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: {
          ...{ id: response.id, rawId: response.rawId, type: response.type, response: signed },
          clientExtensionResults: {},
        },
        expectedChallenge: (challenge) => this.#take(challenge, ''),
        expectedOrigin: origin,
        expectedRPID: host,
        // Counters are compared by whoever asks, who tells a copy from a forgery.
        credential: {
          id,
          publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')),
          counter: 0,
          transports: [...transports],
        },
        requireUserVerification: true,
      });
      return verified ? authenticationInfo.newCounter : undefined;
    } catch {
      return undefined; // what a browser sent can be anything, and the library throws at all of it
    }
  }

  async #beginEnrolment(password: string, host: string, from: AskedFrom): ReturnType<PasskeyPort['beginEnrolment']> {
    const proven = await this.#ports.logins.provenAgain(password, from, true);
    if (proven.as === 'refused') return proven;
    const own = await this.#ports.logins.enrolmentOf(from);
    if (own === undefined) return { as: 'refused', code: 'no-session' };
    const { who, boundTo } = own;
    const had = await this.#ports.keeper.passkeys(who.person);
    if (had.length >= keysMax) return this.#ports.sessions.refuse(who, from, { as: 'refused', code: 'passkeys-full' });
    const options = await generateRegistrationOptions({
      rpName: this.#name,
      rpID: host,
      userName: who.person,
      userDisplayName: who.display,
      userID: new Uint8Array(handleOf(who.person)),
      attestationType: 'none',
      supportedAlgorithmIDs: algorithms,
      excludeCredentials: had.map(({ id, transports }) => ({ id, transports: [...transports] })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    this.#remember(options.challenge, boundTo);
    return { as: 'begun', options };
  }

  async #enrol(
    { name, credential }: Parameters<PasskeyPort['enrol']>[0],
    origin: string,
    from: AskedFrom,
  ): ReturnType<PasskeyPort['enrol']> {
    const { keeper, sessions, logins, clock, events } = this.#ports;
    const own = await logins.enrolmentOf(from);
    if (own === undefined) return { as: 'refused', code: 'no-session' };
    const { who, session, isFirst, boundTo } = own;
    const { hostname: host } = new URL(origin);
    const made = await this.#madeBy(credential, boundTo, host, origin);
    if (made === undefined) return sessions.refuse(who, from, { as: 'refused', code: 'passkey' });
    const key = { ...made, ...{ person: who.person, name, host, madeUtcMs: clock.utcMs(), usedUtcMs: undefined } };
    if (!(await keeper.addPasskey(key, keysMax))) {
      return sessions.refuse(who, from, { as: 'refused', code: 'passkeys-full' });
    }
    const { way, hasSecondFactor, renewal } = session;
    const proof = isFirst
      ? ({ way: 'passkey', hasSecondFactor: true } as const)
      : { way, hasSecondFactor, ...(renewal !== undefined && { renewal }) };
    events.accounts.changed({ person: who.person, change: 'passkey-added', client: from.address });
    const opened = await sessions.open(who, proof, from, 'changed');
    if (opened === undefined) return sessions.refuse(who, from, { as: 'refused', code: 'credentials' });
    if (isFirst) sessions.noteIn(who, 'passkey', from);
    return opened;
  }

  async #madeBy(
    response: RegistrationResponseJSON,
    boundTo: string,
    host: string,
    origin: string,
  ): Promise<Pick<Passkey, 'id' | 'publicKey' | 'counter' | 'transports'> | undefined> {
    try {
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        response,
        expectedChallenge: (challenge) => this.#take(challenge, boundTo),
        expectedOrigin: origin,
        expectedRPID: host,
        requireUserVerification: true,
        supportedAlgorithmIDs: algorithms,
      });
      if (!verified) return undefined;
      const { id, publicKey, counter } = registrationInfo.credential;
      const transports = response.response.transports ?? [];
      return { id, publicKey: Buffer.from(publicKey).toString('base64url'), counter, transports };
    } catch {
      return undefined;
    }
  }

  async #remove(
    { id, password }: { id: string; password: string },
    from: AskedFrom,
  ): ReturnType<PasskeyPort['remove']> {
    const proven = await this.#ports.logins.provenAgain(password, from);
    if (proven.as === 'refused') return proven;
    const removed = this.#removal.then(() => this.#removeOne(id, proven, from));
    this.#removal = removed.catch(() => undefined);
    return await removed;
  }

  async #removeOne(
    id: string,
    proven: Parameters<Logins['mayRemoveKey']>[0],
    from: AskedFrom,
  ): ReturnType<PasskeyPort['remove']> {
    const { logins, keeper, events, sessions } = this.#ports;
    const { who } = proven;
    const keys = await keeper.passkeys(who.person);
    if (keys.some((key) => key.id === id) && !logins.mayRemoveKey(proven, keys.length)) {
      return sessions.refuse(who, from, { as: 'refused', code: 'last-factor' });
    }
    if (!(await keeper.removePasskey(who.person, id))) {
      return sessions.refuse(who, from, { as: 'refused', code: 'passkey' });
    }
    events.accounts.changed({ person: who.person, change: 'passkey-removed', client: from.address });
    return { as: 'set', person: who.person };
  }

  #remember(challenge: string, boundTo: string): void {
    const nowMs = this.#ports.clock.nowMs();
    for (const [each, { untilMs }] of this.#challenges) if (untilMs <= nowMs) this.#challenges.delete(each);
    this.#challenges.set(challenge, { untilMs: nowMs + challengeMsMax, boundTo });
    if (this.#challenges.size > challengesMax) this.#challenges.delete(this.#challenges.keys().next().value ?? '');
  }

  /** Once. */
  #take(challenge: string, boundTo: string): boolean {
    const known = this.#challenges.get(challenge);
    this.#challenges.delete(challenge);
    return known !== undefined && known.boundTo === boundTo && known.untilMs > this.#ports.clock.nowMs();
  }
}

/** By which an authenticator knows whose key it is; says nothing of him. */
function handleOf(person: string): Buffer {
  return createHash('sha256').update(`escaut ${person}`).digest();
}
