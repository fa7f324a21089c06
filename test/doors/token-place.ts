/** Service tokens behind a listener's door: the gateway's own office over a database of its own. */
import type { Clock } from '../../src/base/clock.ts';
import { TokenOffice, type TokenOfficePorts } from '../../src/gateway/token-office.ts';
import type { TokenHolder } from '../../src/operations/service-token.ts';
import { AccountStore, type AccountTables } from '../../src/store/account-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { TokenStore } from '../../src/store/token-store.ts';

export const newToken = { holder: 'be-anpr', scope: 'hits', days: 9 } as const;

/** A source of hits and two links, of which one has a secret of the file and takes no tokens. */
const holders: readonly TokenHolder[] = [
  { id: 'be-anpr', scope: 'hits', takesTokens: true, hasFileSecret: false },
  { id: 'box', scope: 'link', takesTokens: true, hasFileSecret: false },
  { id: 'old-box', scope: 'link', takesTokens: false, hasFileSecret: true },
];

interface Around extends Pick<TokenOfficePorts, 'signedIn' | 'people'> {
  readonly clock: Clock;
  /** What goes into the log. */
  readonly said?: (event: string, about: object) => void;
  readonly changed?: () => void;
}

export class TokenPlace {
  readonly office: TokenOffice;
  readonly store: TokenStore;
  isDiskNearlyFull = false;
  readonly #accounts: AccountStore;

  private constructor(accounts: AccountStore, store: TokenStore, around: Around) {
    const { said = () => undefined, changed = () => undefined, ...ports } = around;
    const note = (event: string) => (about: object) => said(event, about);
    this.#accounts = accounts;
    this.store = store;
    this.office = new TokenOffice({
      ...{ ...ports, changed, keeper: store, holders },
      events: {
        tokens: {
          ...{ created: note('token.created'), revoked: note('token.revoked'), refused: note('token.refused') },
        },
        consoles: { notPermitted: note('permission.refused') },
      },
      isDiskNearlyFull: () => this.isDiskNearlyFull,
    });
  }

  static async open(file: string, around: Around): Promise<TokenPlace> {
    const database = openDatabase<AccountTables>(fileAt(file));
    return new TokenPlace(await AccountStore.open(database), new TokenStore(database), around);
  }

  /** One of the source of hits, made by somebody who stands nowhere else; its id. */
  async make(): Promise<string> {
    const tech = { person: 'tech-2', display: 'x', role: 'technician', controlRoom: 'cr' } as const;
    const outcome = await this.office.create(tech, newToken);
    if ('refusal' in outcome) throw new Error(outcome.refusal);
    return outcome.made.id;
  }

  close(): Promise<void> {
    return this.#accounts.close();
  }
}
