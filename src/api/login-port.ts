/** What the door of logins (login-door.ts) asks of the gateway. */
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { CardFault } from '../operations/card-grant.ts';

/** Somebody who has logged in. */
export interface SignedIn {
  readonly person: string;
  readonly display: string;
  readonly role: string;
  readonly isLocked: boolean;
  /** He has enrolled an authenticator. */
  readonly hasSecondFactor: boolean;
  /** He is not in yet: he has to enrol a second factor, and can do nothing else. */
  readonly mustEnrol?: boolean;
  readonly openedUtcMs: number;
  readonly endsUtcMs: number;
  /** By what he logged in. */
  readonly way: 'password' | 'oidc' | 'passkey' | 'card';
  /** From where. */
  readonly address: string;
}

export type LoginRefusal =
  /** Name, password or account: which of them, nobody is told. */
  | { readonly as: 'refused'; readonly code: 'credentials' }
  /** The password was right; the code of an authenticator is missing or wrong. */
  | { readonly as: 'refused'; readonly code: 'code-needed' | 'code' }
  /** More than a password is insisted on: he has a passkey; he has to enrol one or an authenticator first; it is his last. */
  | { readonly as: 'refused'; readonly code: 'passkey-needed' | 'second-factor' | 'last-factor' }
  | { readonly as: 'refused'; readonly code: 'wait'; readonly waitMs: number }
  /** All was right, but he has a console elsewhere since then: he may take over. */
  | { readonly as: 'refused'; readonly code: 'elsewhere'; readonly sinceUtcMs: number }
  | {
      readonly as: 'refused';
      readonly code: 'malformed' | 'too-short' | 'too-long' | 'names-person' | 'breached';
    }
  /** An invitation that is unknown, used or expired. */
  | { readonly as: 'refused'; readonly code: 'invitation' }
  /** Nobody has logged in with that cookie. */
  | { readonly as: 'refused'; readonly code: 'no-session' }
  | { readonly as: 'refused'; readonly code: 'no-enrolment' }
  /**
   * By a provider of identities: it cannot be had; it said no; what it said does not hold; nobody here has that name; it does not
   * give the role that stands here; begun too long ago, or elsewhere.
   */
  | {
      readonly as: 'refused';
      readonly code: 'oidc-away' | 'oidc-denied' | 'oidc-answer' | 'oidc-person' | 'oidc-role' | 'oidc-expired';
    }
  /** It is not the provider's, or speaks of no logout. */
  | { readonly as: 'refused'; readonly code: 'logout-token' }
  /** A passkey that is none of anybody's here, or not signed for us; one whose counter says that it was copied; no more fit. */
  | { readonly as: 'refused'; readonly code: 'passkey' | 'passkey-copied' | 'passkeys-full' }
  /** By a smart card: why it lets nobody in (operations/card-grant.ts), or begun too long ago, or elsewhere. */
  | { readonly as: 'refused'; readonly code: CardFault | 'card-late' }
  /** Hardly any room is left on the disk: what is left is for evidence. */
  | { readonly as: 'refused'; readonly code: 'disk-nearly-full' }
  /** Too many at once, or the accounts cannot be read. */
  | { readonly as: 'refused'; readonly code: 'busy' | 'away' };

/** `token`: of a session that nobody had before; the one that was shown is no more. */
export interface LoggedIn {
  readonly as: 'in';
  readonly token: string;
  readonly who: SignedIn;
}

/** From where it is asked, and with which cookie; empty: none. */
export interface AskedFrom {
  readonly address: string;
  readonly token: string;
}

export interface LoginPort {
  login(
    wish: { readonly name: string; readonly password: string; readonly code: string; readonly takeOver: boolean },
    from: AskedFrom,
  ): Promise<LoggedIn | LoginRefusal>;
  /** Harmless without a session. */
  logout(from: AskedFrom): Promise<void>;
  signedIn(token: string): SignedIn | undefined;
  /** Whether he has to enrol a second factor; then `signedIn` knows nothing of him. */
  isEnrolling(token: string): boolean;
  account(from: AskedFrom): Promise<{ readonly as: 'account'; readonly account: OwnAccount } | LoginRefusal>;
  /** Opens a locked session again, under another token. */
  unlock(password: string, from: AskedFrom): Promise<LoggedIn | LoginRefusal>;
  changePassword(
    wish: { readonly password: string; readonly newPassword: string },
    from: AskedFrom,
  ): Promise<LoggedIn | LoginRefusal>;
  /** The first password of whoever was invited; he logs in with it afterwards. */
  takeInvitation(
    wish: { readonly invitation: string; readonly newPassword: string },
    from: AskedFrom,
  ): Promise<{ readonly as: 'set'; readonly person: string } | LoginRefusal>;
  /** What an authenticator reads; nothing is enrolled until its first code came. */
  beginSecondFactor(
    password: string,
    from: AskedFrom,
  ): Promise<{ readonly as: 'begun'; readonly otpauth: string } | LoginRefusal>;
  confirmSecondFactor(
    code: string,
    from: AskedFrom,
  ): Promise<(LoggedIn & { readonly recoveryCodes: readonly string[] }) | LoginRefusal>;
}

export interface OidcPort {
  /** Of the provider, for the button. */
  readonly name: string;
  /** `ticket`: for a cookie of that browser alone; `url`: where it goes. `origin`: of our page, as it was checked. */
  begin(
    origin: string,
    from: AskedFrom,
  ): Promise<{ readonly as: 'begun'; readonly url: string; readonly ticket: string } | LoginRefusal>;
  /** The browser is back, with this query; what comes of it is told to `enter`. */
  come(query: string, ticket: string, from: AskedFrom): Promise<void>;
  enter(ticket: string, takeOver: boolean, from: AskedFrom): Promise<LoggedIn | LoginRefusal>;
  /** The provider itself says who has logged out there (OpenID Connect Back-Channel Logout 1.0). */
  logOut(logoutToken: string, from: AskedFrom): Promise<{ readonly as: 'out' } | LoginRefusal>;
  /** Where the browser of that session logs out there as well, on its way back to `back`; undefined: nowhere. */
  farewell(back: string, from: AskedFrom): Promise<string | undefined>;
}

/** What a browser has shown of a smart card in the handshake. */
export interface CardShown {
  /** DER; undefined: none. */
  readonly certificate: Uint8Array | undefined;
  /** What the TLS library says of its chain, an OpenSSL code; undefined: it holds. */
  readonly verdict: string | undefined;
}

export interface CardPort {
  /** `ticket`: for a cookie of that browser alone; `url`: where it shows the card. `origin`: of our page, as it was checked. */
  begin(
    origin: string,
    from: AskedFrom,
  ): Promise<{ readonly as: 'begun'; readonly url: string; readonly ticket: string }>;
  /** The browser was there; the origin of the page to which it goes back, which asks `enter`; undefined: nobody began it. */
  come(shown: CardShown, ticket: string, from: AskedFrom): string | undefined;
  enter(ticket: string, takeOver: boolean, from: AskedFrom): Promise<LoggedIn | LoginRefusal>;
}

/** A passkey's signature, as browsers give it (WebAuthn: AuthenticationResponseJSON). */
export interface PasskeyAnswer {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | undefined;
  };
}

/** `host` and `origin`: of our page, as they were checked; a passkey is good for that host. */
export interface PasskeyPort {
  begin(host: string): Promise<{ readonly as: 'begun'; readonly options: PublicKeyCredentialRequestOptionsJSON }>;
  login(
    wish: { readonly credential: PasskeyAnswer; readonly takeOver: boolean },
    origin: string,
    from: AskedFrom,
  ): Promise<LoggedIn | LoginRefusal>;
  beginEnrolment(
    password: string,
    host: string,
    from: AskedFrom,
  ): Promise<{ readonly as: 'begun'; readonly options: PublicKeyCredentialCreationOptionsJSON } | LoginRefusal>;
  enrol(
    wish: { readonly name: string; readonly credential: RegistrationResponseJSON },
    origin: string,
    from: AskedFrom,
  ): Promise<LoggedIn | LoginRefusal>;
  remove(
    wish: { readonly id: string; readonly password: string },
    from: AskedFrom,
  ): Promise<{ readonly as: 'set'; readonly person: string } | LoginRefusal>;
}

/** What somebody sees of his own account. */
export interface OwnAccount {
  readonly who: SignedIn;
  /** He has a password here; else others vouch for him. */
  readonly hasPassword: boolean;
  readonly recoveryCodesLeft: number;
  /** The end of what his smart card is known by; absent: none is linked to him. */
  readonly card?: string;
  readonly passkeys: readonly {
    readonly id: string;
    readonly name: string;
    readonly host: string;
    readonly madeUtcMs: number;
    readonly usedUtcMs?: number;
  }[];
}
