/** Service tokens at the gateway of this page: asks its doors under /api/v1/tokens, and keeps what the view shows. */
import { faultAfterLook, type MadeToken, type ServiceTokens, type TokenHolder } from '../model/service-token.ts';
import { ask, type DoorAnswer } from './fleet-door.ts';
import { Store } from './store.ts';

export interface TokensShown {
  /** Undefined: not read yet. */
  readonly known: ServiceTokens | undefined;
  /** With its secret, until somebody says that he has it, or leaves the view. */
  readonly made: MadeToken | undefined;
  readonly waiting: boolean;
  /** Why the last thing was not done: the gateway's word for it; '': it was. */
  readonly fault: string;
}

export class TokensDesk {
  readonly store = new Store<TokensShown>({ known: undefined, made: undefined, waiting: false, fault: '' });

  /** Why the last look could not read them; '': it could. */
  #unread = '';

  async load(): Promise<void> {
    const answer = await ask('GET', 'tokens');
    const unread = answer.status === 200 ? '' : faultOf(answer);
    const fault = faultAfterLook(this.store.get().fault, this.#unread, unread);
    this.#unread = unread;
    this.store.set({ fault, ...(unread === '' && { known: answer.body as ServiceTokens }) });
  }

  /** Whether it is made. */
  async make({ id: holder, scope }: TokenHolder, days: number): Promise<boolean> {
    const answer = await this.#change('tokens', { holder, scope, days });
    if (answer.status === 201) this.store.set({ made: answer.body as MadeToken });
    return answer.status === 201;
  }

  async revoke(id: string): Promise<void> {
    await this.#change(`tokens/${encodeURIComponent(id)}/revoke`, {});
  }

  /** The secret is shown no more. */
  forget(): void {
    this.store.set({ made: undefined });
  }

  async #change(path: string, body: object): Promise<DoorAnswer> {
    this.store.set({ waiting: true, fault: '' });
    const answer = await ask('POST', path, { body: JSON.stringify(body) });
    await this.load();
    this.store.set({
      waiting: false,
      ...(answer.status >= 300 || answer.status === 0 ? { fault: faultOf(answer) } : {}),
    });
    return answer;
  }
}

function faultOf({ body }: DoorAnswer): string {
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : 'unreachable';
}
