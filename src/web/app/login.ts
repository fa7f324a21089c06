/** Logging in and out at the gateway of this page. Passwords go from the form to it, and are kept nowhere. */
import {
  answered,
  chosen,
  hasToEnrol,
  initialLogin,
  type LoginAnswer,
  type LoginModel,
  readWays,
} from '../model/login.ts';
import { ask, logOut, post } from './gateway-door.ts';
import { accountHash } from './pages.ts';
import { signWithPasskey } from './passkey.ts';
import { Store } from './store.ts';

export interface Credentials {
  readonly name: string;
  readonly password: string;
  readonly code: string;
  readonly takeOver: boolean;
}

export class Login {
  readonly store = new Store<LoginModel>(initialLogin);
  #invitation = '';
  /** The page was opened by the way back from a provider of identities, or from showing a card. */
  #isBack: 'oidc' | 'card' | undefined;

  /** Whoever was invited chooses a password before anything else; empty: nobody was. */
  invite(invitation: string): void {
    this.#invitation = invitation;
    if (invitation !== '') this.store.set({ ...initialLogin, step: 'choose' });
  }

  returned(isBack: 'oidc' | 'card' | undefined): void {
    this.#isBack = isBack;
  }

  /** Back to the name, e.g. after the session is over. `then`: he is in, for he came back from his provider. */
  async begin(then: () => void): Promise<void> {
    if (this.#invitation !== '') return;
    this.store.set({ ...initialLogin, ways: this.store.get().ways });
    const { status, body } = await ask('login');
    if (status === 200) this.store.set({ ways: readWays(body) });
    if (status === 200 && hasToEnrol(body)) {
      leadToEnrolment();
      return;
    }
    const way = this.#isBack;
    this.#isBack = undefined;
    if (way !== undefined) await this.enterBack(way, false, then);
  }

  async enter(credentials: Credentials, then: () => void): Promise<void> {
    await this.#enter('password', () => post('login', credentials), then);
  }

  /** To the provider of identities, or to where a card is shown, which sends the browser back to this page. */
  async leaveFor(way: 'oidc' | 'card'): Promise<void> {
    this.store.set({ waiting: true, way, fault: undefined });
    const answer = await post(way, {});
    const url = urlIn(answer.body);
    if (answer.status === 200 && url !== undefined) location.assign(url);
    else this.store.set(answered(this.store.get(), answer));
  }

  async enterBack(way: 'oidc' | 'card', takeOver: boolean, then: () => void): Promise<void> {
    await this.#enter(way, () => post(`${way}/enter`, { takeOver }), then);
  }

  async enterPasskey(takeOver: boolean, then: () => void): Promise<void> {
    const credential = async (): Promise<LoginAnswer> => {
      const asked = await post('passkey', {});
      if (asked.status !== 200) return asked;
      const signed = await signWithPasskey(asked.body);
      if (signed === undefined) return { status: 401, body: { code: 'passkey-none' } };
      return await post('passkey/login', { credential: signed, takeOver });
    };
    await this.#enter('passkey', credential, then);
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

  /** Whether this browser's cookie shows a session. */
  async isIn(): Promise<boolean> {
    return (await ask('session')).status === 200;
  }

  /** The gateway closes this console, which says so. */
  async logout(): Promise<void> {
    await logOut();
  }

  async #enter(way: LoginModel['way'], asking: () => Promise<LoginAnswer>, then: () => void): Promise<void> {
    this.store.set({ waiting: true, way, fault: undefined });
    this.store.set(answered(this.store.get(), await asking()));
    const { step } = this.store.get();
    if (step === 'in') then();
    else if (step === 'enrol') leadToEnrolment();
  }
}

/** The page of his account, in the place of the console that he cannot have yet. */
function leadToEnrolment(): void {
  location.hash = accountHash;
  location.reload();
}

function urlIn(body: unknown): string | undefined {
  const url = typeof body === 'object' && body !== null && 'url' in body ? body.url : undefined;
  return typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? url : undefined;
}
