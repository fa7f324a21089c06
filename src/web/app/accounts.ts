/** Accounts of others, for system administrators: asked of the gateway's door, and kept as the view shows them. */
import { ask } from './fleet-door.ts';
import { Store } from './store.ts';

export interface KnownAccount {
  readonly person: string;
  readonly state: 'none' | 'invited' | 'active' | 'disabled';
  readonly hasSecondFactor: boolean;
  readonly sinceUtcMs?: number;
  readonly linkAskedBy?: { readonly person: string; readonly display: string };
}

export interface AccountsView {
  readonly accounts: readonly KnownAccount[];
  /** Shown once, to whoever gives it. */
  readonly link: { readonly person: string; readonly url: string } | undefined;
  /** Why the last thing was not done, the gateway's word; empty: it was. */
  readonly fault: string;
  readonly waiting: boolean;
}

export type AccountAct = 'disable' | 'ask' | 'give';

export class AccountsDesk {
  readonly store = new Store<AccountsView>({ accounts: [], link: undefined, fault: '', waiting: false });

  async load(): Promise<void> {
    const { status, body } = await ask('GET', 'fleet/people');
    if (status === 200) this.store.set({ accounts: (body as Pick<AccountsView, 'accounts'>).accounts });
    else this.store.set({ fault: codeOf(status, body) });
  }

  async act(act: AccountAct, person: string): Promise<void> {
    this.store.set({ waiting: true, fault: '', link: undefined });
    const { status, body } = await ask('POST', `fleet/people/${act}`, { body: JSON.stringify({ person }) });
    if (status !== 200) this.store.set({ fault: codeOf(status, body) });
    else {
      const { link } = body as { readonly link?: string };
      if (link !== undefined) this.store.set({ link: { person, url: link } });
    }
    await this.load();
    this.store.set({ waiting: false });
  }
}

function codeOf(status: number, body: unknown): string {
  if (status === 0) return 'unreachable';
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : '';
}
