/** The proofs of the lines at the gateway of this page: asks its doors under /api/v1/proofs, and keeps what the view shows. */
import type { LoginAnswer } from '../model/login.ts';
import type { Proofs } from '../model/proof.ts';
import { ask, post } from './gateway-door.ts';
import { Store } from './store.ts';

export interface ProofsShown {
  readonly proofs: Proofs | undefined;
  readonly waiting: boolean;
  /** Why the last thing was not done: the gateway's word for it; '': it was. */
  readonly fault: string;
}

export class ProofDesk {
  readonly store = new Store<ProofsShown>({ proofs: undefined, waiting: false, fault: '' });

  /** Asked again while one is under way: only the first time it is waited for. */
  async load(): Promise<void> {
    const { proofs } = this.store.get();
    if (proofs === undefined) this.store.set({ waiting: true });
    this.#take(await ask('proofs'));
  }

  /** All lines, or those of one attachment. */
  async run(attachment?: string): Promise<void> {
    this.store.set({ waiting: true, fault: '' });
    this.#take(await post('proofs', attachment === undefined ? {} : { attachment }));
  }

  #take({ status, body }: LoginAnswer): void {
    if (status === 200 || status === 202) {
      this.store.set({ proofs: body as Proofs, waiting: false, ...(status === 200 && { fault: '' }) });
    } else {
      const told = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : 'unreachable';
      this.store.set({ waiting: false, fault: told });
    }
  }
}
