/** Logging in and out at the gateway of this page. Passwords go from the form to it, and are kept nowhere. */
import { answered, chosen, initialLogin, type LoginAnswer, type LoginModel } from '../model/login.ts';
import { Store } from './store.ts';

export interface Credentials {
  readonly name: string;
  readonly password: string;
  readonly code: string;
  readonly takeOver: boolean;
}

const answerMsMax = 15_000;

export class Login {
  readonly store = new Store<LoginModel>(initialLogin);
  #invitation = '';

  /** Whoever was invited chooses a password before anything else; empty: nobody was. */
  invite(invitation: string): void {
    this.#invitation = invitation;
    if (invitation !== '') this.store.set({ ...initialLogin, step: 'choose' });
  }

  /** Back to the name, e.g. after the session is over. */
  begin(): void {
    if (this.#invitation === '') this.store.set(initialLogin);
  }

  async enter(credentials: Credentials, then: () => void): Promise<void> {
    this.store.set({ waiting: true });
    this.store.set(answered(this.store.get(), await post('login', credentials)));
    if (this.store.get().step === 'in') then();
  }

  async choose(newPassword: string, again: string): Promise<void> {
    if (newPassword !== again) {
      this.store.set({ fault: 'differ' });
      return;
    }
    this.store.set({ waiting: true });
    this.store.set(chosen(this.store.get(), await post('password', { invitation: this.#invitation, newPassword })));
    if (this.store.get().isSet) this.#invitation = '';
  }

  async unlock(password: string): Promise<void> {
    this.store.set({ waiting: true });
    this.store.set(answered(this.store.get(), await post('session/unlock', { password })));
  }

  /** The gateway closes this console, which says so. */
  async logout(): Promise<void> {
    await post('logout', {});
  }
}

async function post(path: string, body: object): Promise<LoginAnswer> {
  try {
    const response = await fetch(new URL(`api/v1/${path}`, document.baseURI.split('#', 1)[0]), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-escaut-console': '1' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerMsMax),
    });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  } catch {
    return { status: 0, body: undefined };
  }
}
