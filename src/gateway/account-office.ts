/** What system administrators do with the accounts of others: asks the rules, and does it in the accounts' database. */
import type { AccountDesk, KnownAccount } from '../api/account-desk.ts';
import { FleetAway } from '../api/fleet-port.ts';
import type { Clock } from '../base/clock.ts';
import { secretToken } from '../base/random.ts';
import { type AccountAct, actOnAccount, type LinkOrders, openOrders } from '../operations/account-orders.ts';
import type { Editor } from '../operations/fleet-version.ts';
import { type AccountKeeper, AccountsAway } from '../store/account-methods.ts';
import { invitationOf } from './login-tokens.ts';

export interface AccountOfficePorts {
  readonly clock: Clock;
  readonly keeper: Pick<AccountKeeper, 'accounts' | 'sessions' | 'passkeyHolders' | 'invite' | 'disable'>;
  /** Who may have an account, by the fleet data that holds. */
  people(): readonly { readonly id: string }[];
  /** Where the page is, as people reach it. */
  readonly pageUrl: string;
}

export class AccountOffice implements AccountDesk {
  readonly #ports: AccountOfficePorts;
  /** Not kept: after a restart one asks again. */
  #orders: LinkOrders = new Map();

  constructor(ports: AccountOfficePorts) {
    this.#ports = ports;
  }

  async list(): Promise<readonly KnownAccount[]> {
    const { clock, keeper, people } = this.#ports;
    const [accounts, sessions, holders] = await orAway(
      Promise.all([keeper.accounts(), keeper.sessions(), keeper.passkeyHolders()]),
    );
    const orders = openOrders(this.#orders, clock.utcMs());
    const known = new Set([...people().map(({ id }) => id), ...accounts.map(({ person }) => person)]);
    return [...known].map((person) => {
      const account = accounts.find((each) => each.person === person);
      const since = sessions.find((each) => each.person === person)?.openedUtcMs;
      const asked = orders.get(person)?.by;
      const isIn = account?.password !== undefined || since !== undefined;
      return {
        person,
        state: account === undefined ? 'none' : account.isDisabled ? 'disabled' : isIn ? 'active' : 'invited',
        hasSecondFactor: account?.timeSecret !== undefined || holders.includes(person),
        ...(since !== undefined && { sinceUtcMs: since }),
        ...(asked !== undefined && { linkAskedBy: { person: asked.person, display: asked.display } }),
      };
    });
  }

  async act(name: AccountAct['name'], by: Editor, person: string): ReturnType<AccountDesk['act']> {
    const { clock, keeper, people, pageUrl } = this.#ports;
    const utcMs = clock.utcMs();
    const { orders, refusal } = actOnAccount(this.#orders, { name, by, person }, utcMs);
    if (refusal !== undefined) return { refusal };
    // Whoever has left the fleet data may still be disabled, but not let in again.
    if (name !== 'disable' && !people().some(({ id }) => id === person)) return { refusal: 'nobody' };
    if (name === 'ask') {
      this.#orders = orders;
      return {};
    }
    if (name === 'disable') {
      const isKnown = await orAway(keeper.disable(person, utcMs, by.person));
      this.#orders = orders;
      return isKnown ? {} : { refusal: 'nobody' };
    }
    this.#orders = orders; // before the wait: it is given once
    const accounts = await orAway(keeper.accounts());
    const change = accounts.some((each) => each.person === person) ? 'reset' : 'added';
    const token = secretToken(32);
    await orAway(keeper.invite({ utcMs, person, change, by: by.person }, invitationOf(token, utcMs)));
    return { link: `${pageUrl}#invitation=${token}` };
  }
}

async function orAway<Value>(asked: Promise<Value>): Promise<Value> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AccountsAway) throw new FleetAway(error.message);
    throw error;
  }
}
