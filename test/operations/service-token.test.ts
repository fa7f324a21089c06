/** Service tokens: who may make and end them, for whom, for how long, and how each stands. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type TokenHolder,
  type TokenTerms,
  tokenDayMs,
  tokenDays,
  tokenFault,
  tokenHolders,
  tokenStanding,
  tokensMax,
  tokensRefused,
  tokenWarnDays,
} from '../../src/operations/service-token.ts';
import { roles } from '../../src/operations/terms.ts';

const utcMs = Date.UTC(2026, 10, 30);
const holders: readonly TokenHolder[] = [
  { id: 'be-anpr', scope: 'hits', takesTokens: true, hasFileSecret: true },
  { id: 'box', scope: 'link', takesTokens: true, hasFileSecret: false },
  { id: 'old-box', scope: 'link', takesTokens: false, hasFileSecret: true },
];
const create = { act: 'create', holder: 'box', scope: 'link', days: 30 } as const;
const token = (more: Partial<TokenTerms> = {}): TokenTerms => ({
  ...{ id: 't-1', holder: 'box', scope: 'link', expiresUtcMs: utcMs + tokenDayMs, revokedUtcMs: undefined },
  ...more,
});
const faultOf = (deed: Parameters<typeof tokenFault>[0], tokens: readonly TokenTerms[] = []) =>
  tokenFault(deed, { holders, tokens }, utcMs);

describe('service tokens', () => {
  it('are for those who decide on what is attached, and for nobody else', () => {
    const may = roles.filter((role) => {
      return tokensRefused({ person: 'x', display: 'x', role, controlRoom: 'cr' }) === undefined;
    });
    expect(may).toEqual(['sys-admin', 'technician']);
  });

  it('may be had by sources of hits and by links, by what the configuration says of each', () => {
    const hits = { sources: [{ id: 'be-anpr', token: 'x' }, { id: 'fr-lapi' }] };
    const attachments = [
      { id: 'sip', kind: 'sip' },
      { id: 'box', kind: 'link', link: { serviceTokens: true } },
      { id: 'old-box', kind: 'link', link: { serviceTokens: false, token: 'x' } },
    ];
    expect(tokenHolders({ hits, attachments })).toEqual([
      holders[0],
      { id: 'fr-lapi', scope: 'hits', takesTokens: true, hasFileSecret: false },
      ...holders.slice(1),
    ]);
  });

  it('are made for whoever takes them, for days that are possible', () => {
    expect(faultOf(create)).toBeUndefined();
    expect(faultOf({ ...create, holder: 'box2' })).toBe('holder-unknown');
    expect(faultOf({ ...create, scope: 'hits' })).toBe('holder-unknown');
    expect(faultOf({ ...create, holder: 'old-box' })).toBe('takes-no-tokens');
    for (const days of [tokenDays.min - 1, tokenDays.max + 1, 1.5, Number.NaN])
      expect([days, faultOf({ ...create, days })]).toEqual([days, 'days-out-of-range']);
    for (const days of [tokenDays.min, tokenDays.max]) expect(faultOf({ ...create, days })).toBeUndefined();
  });

  it('are so many at once of one holder; those that hold no more, and those of others, do not count', () => {
    const full = Array.from({ length: tokensMax }, (_, at) => token({ id: `t-${at}` }));
    expect(faultOf(create, full)).toBe('too-many-tokens');
    expect(faultOf(create, full.slice(1))).toBeUndefined();
    expect(faultOf({ ...create, holder: 'be-anpr', scope: 'hits' }, full)).toBeUndefined();
    for (const gone of [{ expiresUtcMs: utcMs }, { revokedUtcMs: utcMs - 1 }])
      expect(faultOf(create, [...full.slice(1), token(gone)])).toBeUndefined();
  });

  it('are ended once, whoever they are of and whether their days are over or not', () => {
    const end = { act: 'revoke', id: 't-1' } as const;
    expect(faultOf(end)).toBe('token-unknown');
    expect(faultOf(end, [token({ holder: 'of another configuration' })])).toBeUndefined();
    expect(faultOf(end, [token({ expiresUtcMs: 0 })])).toBeUndefined();
    expect(faultOf(end, [token({ revokedUtcMs: 1 })])).toBe('token-revoked');
  });

  it('hold until their very end, are warned of for two weeks, and never hold again', () => {
    const standing = (leftMs: number, revokedUtcMs?: number) =>
      tokenStanding({ expiresUtcMs: utcMs + leftMs, revokedUtcMs }, utcMs);
    expect(standing(tokenWarnDays * tokenDayMs)).toEqual({ state: 'valid', days: 14 });
    expect(standing(tokenWarnDays * tokenDayMs - 1)).toEqual({ state: 'ending', days: 13 });
    expect(standing(1)).toEqual({ state: 'ending', days: 0 });
    expect(standing(0)).toEqual({ state: 'expired', days: 0 });
    expect(standing(tokenDayMs, utcMs)).toEqual({ state: 'revoked', days: 0 });
    const rank = { valid: 0, ending: 1, expired: 2, revoked: 3 };
    fc.assert(
      fc.property(fc.nat(400 * tokenDayMs), fc.nat(400 * tokenDayMs), fc.nat(400 * tokenDayMs), (ends, one, other) => {
        const of = { expiresUtcMs: ends, revokedUtcMs: undefined };
        const [early, late] = [tokenStanding(of, Math.min(one, other)), tokenStanding(of, Math.max(one, other))];
        expect(rank[early.state]).toBeLessThanOrEqual(rank[late.state]);
        expect(early.days).toBeGreaterThanOrEqual(late.days);
      }),
    );
  });
});
