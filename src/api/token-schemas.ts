/** What the doors of service tokens take and answer: one schema for the check, the types and the OpenAPI document. Pure. */
import { z } from 'zod';
import { tokenDays, tokenScopes, tokenStates } from '../operations/service-token.ts';

const scope = z.enum(tokenScopes).describe('hits: the intake of hits. link: an attachment of kind link.');

export const tokenWishSchema = z
  .strictObject({
    holder: z.string().min(1).max(64).describe('Whose it is to be: a source of hits, or an attachment of kind link.'),
    scope,
    days: z.int().describe(`How long it holds: ${tokenDays.min} to ${tokenDays.max}.`),
  })
  .describe('A new service token.');
export type TokenWish = z.infer<typeof tokenWishSchema>;

export const revokeWishSchema = z.strictObject({}).describe('Nothing.');

export const madeTokenSchema = z
  .strictObject({
    id: z.string(),
    ...{ holder: z.string(), scope },
    expiresUtcMs: z.number(),
    token: z.string().describe('Shown this once, and kept nowhere.'),
  })
  .describe('It is made.');
export type MadeToken = z.infer<typeof madeTokenSchema>;

export const revokedTokenSchema = z
  .strictObject({ id: z.string(), state: z.literal('revoked') })
  .describe('It opens nothing from the next request on; an agent that is in by it is sent away.');

const tokenSchema = z.strictObject({
  id: z.string().describe('By which people and the log speak of it; opens nothing.'),
  holder: z.string(),
  scope: z.string(),
  state: z.enum(tokenStates).describe('ending: it holds, for less than two weeks.'),
  days: z.int().describe('Whole ones that are left.'),
  madeUtcMs: z.number(),
  madeBy: z.string().exactOptional().describe('Who made it; absent: that was not kept.'),
  expiresUtcMs: z.number(),
  revokedUtcMs: z.number().exactOptional(),
  revokedBy: z.string().exactOptional(),
  usedUtcMs: z.number().exactOptional().describe('When it was last used; absent: never.'),
  usedFrom: z.string().exactOptional().describe('The address that used it last.'),
});

export const tokensSchema = z
  .strictObject({
    tokens: z.array(tokenSchema).describe('Those that hold first, of either the newest first; of others the last 100.'),
    holders: z
      .array(
        z.strictObject({
          id: z.string(),
          scope,
          takesTokens: z.boolean().describe('false: the attachment does not say serviceTokens.'),
          hasFileSecret: z.boolean().describe('It has a secret of the file, which cannot be ended here.'),
        }),
      )
      .describe('Who may have tokens.'),
    bounds: z.strictObject({ min: z.int(), max: z.int() }).describe('Days that one may hold.'),
  })
  .describe('Service tokens.');
export type TokensView = z.infer<typeof tokensSchema>;
