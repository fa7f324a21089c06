/** Accounts of others, for system administrators: what the doors take and answer, and what they ask of the gateway. */
import { z } from 'zod';
import type { AccountAct, AccountRefusal } from '../operations/account-orders.ts';
import type { Editor } from '../operations/fleet-version.ts';

/** One of `people`, or somebody who was. */
export interface KnownAccount {
  readonly person: string;
  readonly state: 'none' | 'invited' | 'active' | 'disabled';
  readonly hasSecondFactor: boolean;
  /** Logged in since; undefined: he is not. */
  readonly sinceUtcMs?: number;
  /** Who has asked for a link for him, and waits for somebody to give it. */
  readonly linkAskedBy?: { readonly person: string; readonly display: string };
}

export interface AccountDesk {
  list(): Promise<readonly KnownAccount[]>;
  /** `link`: shown once, to whoever gives it. @throws FleetAway while accounts cannot be had */
  act(
    name: AccountAct['name'],
    by: Editor,
    person: string,
  ): Promise<{ readonly link?: string } | { readonly refusal: AccountRefusal }>;
}

export const accountActs = ['disable', 'ask', 'give'] as const satisfies readonly AccountAct['name'][];

export const personSchema = z
  .strictObject({ person: z.string().min(1).max(64).describe('An id of `people`.') })
  .describe('Whose account it is.');

const knownSchema = z.strictObject({
  person: z.string(),
  state: z.enum(['none', 'invited', 'active', 'disabled']),
  hasSecondFactor: z.boolean(),
  sinceUtcMs: z.int().optional().describe('Logged in since.'),
  linkAskedBy: z
    .strictObject({ person: z.string(), display: z.string() })
    .optional()
    .describe('Who has asked for a link for him; another administrator can give it.'),
});
export const accountsListSchema = z
  .strictObject({ accounts: z.array(knownSchema) })
  .describe('Who has an account, in the order of `people`, and who had one.');
export const linkSchema = z
  .strictObject({ link: z.string().optional().describe('For the person, once and within 3 days; shown once.') })
  .describe('It is done.');
