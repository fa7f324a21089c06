/** What the door of logins (login-door.ts) asks of the gateway. */

/** Somebody who has logged in. */
export interface SignedIn {
  readonly person: string;
  readonly display: string;
  readonly role: string;
  readonly isLocked: boolean;
  /** He has enrolled an authenticator. */
  readonly hasSecondFactor: boolean;
  readonly openedUtcMs: number;
  readonly endsUtcMs: number;
}

export type LoginRefusal =
  /** Name, password or account: which of them, nobody is told. */
  | { readonly as: 'refused'; readonly code: 'credentials' }
  /** The password was right; the code of an authenticator is missing or wrong. */
  | { readonly as: 'refused'; readonly code: 'code-needed' | 'code' }
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
