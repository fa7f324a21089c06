/** The page of one's own account, beside the console: in a window of its own, so that no radio is left for it. */
import { type AccountModel, type AccountPart, changed, initialAccount, shown } from '../model/own-account.ts';
import { ask, logOut, post } from './gateway-door.ts';
import { Look } from './look.ts';
import { makePasskey } from './passkey.ts';
import { Store } from './store.ts';

export class OwnAccount {
  readonly store = new Store<AccountModel>(initialAccount);
  readonly #look = new Look();

  async start(): Promise<void> {
    this.#look.start();
    await this.#load();
  }

  async changePassword(password: string, newPassword: string, again: string): Promise<boolean> {
    if (newPassword !== again) {
      this.store.set({ part: 'password', fault: 'differ' });
      return false;
    }
    return await this.#do('password', 'password', { password, newPassword });
  }

  beginFactor(password: string): Promise<boolean> {
    return this.#do('factor', 'second-factor', { password });
  }

  confirmFactor(code: string): Promise<boolean> {
    return this.#do('factor', 'second-factor/confirm', { code });
  }

  async addPasskey(name: string, password: string): Promise<boolean> {
    this.store.set({ waiting: true, part: 'passkeys', fault: undefined });
    const asked = await post('passkeys', { password });
    if (asked.status !== 200) {
      this.store.set(changed(this.store.get(), 'passkeys', asked));
      return false;
    }
    const credential = await makePasskey(asked.body);
    if (credential === undefined) {
      this.store.set({ waiting: false, fault: 'passkey-none' });
      return false;
    }
    return await this.#do('passkeys', 'passkeys/enrol', { name, credential });
  }

  removePasskey(id: string, password: string): Promise<boolean> {
    return this.#do('passkeys', 'passkeys/remove', { id, password });
  }

  async logout(): Promise<void> {
    await logOut();
    await this.#load();
  }

  async #do(part: AccountPart, path: string, body: object): Promise<boolean> {
    this.store.set({ waiting: true, part, fault: undefined });
    this.store.set(changed(this.store.get(), part, await post(path, body)));
    if (this.store.get().fault !== undefined) return false;
    await this.#load();
    return true;
  }

  async #load(): Promise<void> {
    this.store.set(shown(this.store.get(), await ask('account')));
  }
}
