/**
 * Service tokens at a page and by REST, by the same rules as by command (operations/service-token.ts). What is done and
 * what is refused stands in the log; a token itself stands in one answer and nowhere else.
 */
import type { TokenPort, TokenRefusal } from '../api/token-door.ts';
import type { TokensView, TokenWish } from '../api/token-schemas.ts';
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import {
  type TokenDeed,
  type TokenFault,
  type TokenHolder,
  tokenDays,
  tokenFault,
  tokenPermission,
  tokenStanding,
  tokensRefused,
} from '../operations/service-token.ts';
import type { Person } from '../operations/terms.ts';
import { AccountsAway, type TokenKeeper } from '../store/account-methods.ts';
import type { ServiceToken } from '../store/token-store.ts';
import { makeToken } from './service-tokens.ts';

export interface TokenOfficePorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'tokens.created' | 'tokens.revoked' | 'tokens.refused' | 'consoles.notPermitted'>;
  readonly keeper: Pick<TokenKeeper, 'tokens' | 'addToken' | 'revokeToken'>;
  readonly holders: readonly TokenHolder[];
  /** Who has logged in with that cookie. */
  signedIn: TokenPort['signedIn'];
  /** Of the fleet data that holds. */
  people(): readonly { readonly id: string; readonly display: string }[];
  isDiskNearlyFull(): boolean;
  /** Tokens have come or gone. */
  changed(): void;
}

/** Of those that hold no more. */
const goneShownMax = 100;

type Outcome<Done> = Promise<Done | { readonly refusal: TokenRefusal }>;

export class TokenOffice implements TokenPort {
  readonly #ports: TokenOfficePorts;

  constructor(ports: TokenOfficePorts) {
    this.#ports = ports;
  }

  signedIn(token: string): ReturnType<TokenPort['signedIn']> {
    return this.#ports.signedIn(token);
  }

  view(person: Person): Outcome<{ readonly view: TokensView }> {
    return this.#permitted(person, async () => {
      const { keeper, clock, holders } = this.#ports;
      const shown = (await keeper.tokens()).toReversed().map((token) => this.#shown(token, clock.utcMs()));
      const isGood = ({ state }: TokensView['tokens'][number]) => state === 'valid' || state === 'ending';
      const gone = shown.filter((each) => !isGood(each)).slice(0, goneShownMax);
      const tokens = [...shown.filter(isGood), ...gone];
      return { view: { tokens, holders: [...holders], bounds: tokenDays } };
    });
  }

  /** Logged first: there is no token that the log does not know. */
  create(person: Person, wish: TokenWish): ReturnType<TokenPort['create']> {
    return this.#permitted(person, async () => {
      const { events, keeper, clock, isDiskNearlyFull } = this.#ports;
      const deed = { act: 'create', ...wish } as const;
      const fault = isDiskNearlyFull() ? 'disk-nearly-full' : this.#fault(deed, await keeper.tokens());
      if (fault !== undefined) return this.#refuse(person, deed, fault);
      const { token, kept } = makeToken(deed, person, clock.utcMs());
      const { id, expiresUtcMs } = kept;
      const { holder, scope } = wish;
      const expiresUtc = new Date(expiresUtcMs).toISOString();
      events.tokens.created({ ...personLine(person), tokenId: id, holder, scope, expiresUtc });
      await keeper.addToken(kept);
      this.#ports.changed();
      return { made: { id, holder, scope, expiresUtcMs, token } };
    });
  }

  /** Done first: whatever becomes of the log shall not keep a stolen token alive. */
  revoke(person: Person, id: string): ReturnType<TokenPort['revoke']> {
    return this.#permitted(person, async () => {
      const { events, keeper, clock } = this.#ports;
      const deed = { act: 'revoke', id } as const;
      const tokens = await keeper.tokens();
      const fault = this.#fault(deed, tokens);
      // What is none of ours may be a token itself, and stays out of the log.
      if (fault === 'token-unknown') return this.#refuse(person, { ...deed, id: '' }, fault);
      if (fault !== undefined) return this.#refuse(person, deed, fault);
      if (!(await keeper.revokeToken(id, clock.utcMs(), person.person)))
        return this.#refuse(person, deed, 'token-revoked'); // by somebody else meanwhile
      const { holder = '', scope = '' } = tokens.find((each) => each.id === id) ?? {};
      events.tokens.revoked({ ...personLine(person), tokenId: id, holder, scope });
      this.#ports.changed();
      return { id };
    });
  }

  async #permitted<Done>(
    person: Person,
    work: () => Promise<Done | { readonly refusal: TokenRefusal }>,
  ): Outcome<Done> {
    if (tokensRefused(person) !== undefined) {
      this.#ports.events.consoles.notPermitted({ permission: tokenPermission, group: '', ...personLine(person) });
      return { refusal: 'not-permitted' };
    }
    try {
      return await work();
    } catch (error) {
      if (error instanceof AccountsAway) return { refusal: 'away' };
      throw error;
    }
  }

  #fault(deed: TokenDeed, tokens: readonly ServiceToken[]): TokenFault | undefined {
    const { holders, clock } = this.#ports;
    return tokenFault(deed, { holders, tokens }, clock.utcMs());
  }

  #refuse(person: Person, deed: TokenDeed, refusal: TokenRefusal): { readonly refusal: TokenRefusal } {
    const { act } = deed;
    const of = act === 'create' ? { holder: deed.holder, scope: deed.scope } : { tokenId: deed.id };
    this.#ports.events.tokens.refused({ ...personLine(person), act, ...of, refusal });
    return { refusal };
  }

  #shown(token: ServiceToken, utcMs: number): TokensView['tokens'][number] {
    const { id, holder, scope, madeUtcMs, madeBy, expiresUtcMs, revokedUtcMs, revokedBy, usedUtcMs, usedFrom } = token;
    return {
      ...{ id, holder, scope, ...tokenStanding(token, utcMs), madeUtcMs, expiresUtcMs },
      ...(madeBy !== undefined && { madeBy: this.#nameOf(madeBy) }),
      ...(revokedUtcMs !== undefined && { revokedUtcMs }),
      ...(revokedBy !== undefined && { revokedBy: this.#nameOf(revokedBy) }),
      ...(usedUtcMs !== undefined && { usedUtcMs }),
      ...(usedFrom !== undefined && { usedFrom }),
    };
  }

  /** As he is called now; whoever has left the fleet data, by his id. */
  #nameOf(person: string): string {
    return this.#ports.people().find(({ id }) => id === person)?.display ?? person;
  }
}

function personLine({ display, role, controlRoom }: Person) {
  return { operator: display, role, controlRoom };
}
