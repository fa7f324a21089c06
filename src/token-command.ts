/**
 * `escaut token`: service tokens of systems that reach a gateway by themselves, on its machine. The gateway may run: it
 * heeds what was done at the next request. Who made or revoked one stands in the audit log, and who was refused.
 */

import { join } from 'node:path';
import type { TokenAct } from './command-line/accounts.ts';
import { CommandProblem, openLog, personOf } from './command-log.ts';
import type { Config } from './config/schema.ts';
import { makeToken } from './gateway/service-tokens.ts';
import {
  tokenPermission as permission,
  type TokenFault,
  tokenDays,
  tokenFault,
  tokenHolders,
  tokenStanding,
  tokensMax,
  tokensRefused,
} from './operations/service-token.ts';
import type { Person } from './operations/terms.ts';
import { AccountStore, type AccountTables } from './store/account-store.ts';
import { isBegun, openDatabase } from './store/database.ts';
import { type DatabasePlace, databasePlace } from './store/database-place.ts';
import { diskRefusal } from './store/disk-space.ts';
import { type ServiceToken, TokenStore } from './store/token-store.ts';

export interface TokenAnswer {
  readonly isDone: boolean;
  readonly words: string;
}

type Part = Pick<Config, 'gateway' | 'store' | 'people' | 'hits' | 'attachments'>;
type Deed = Exclude<TokenAct, { act: 'list' }>;
type Log = Awaited<ReturnType<typeof openLog>>;

/** @throws CommandProblem where there is no such person, source, attachment or token, and errors of the system */
export async function runTokenCommand(config: Part, command: TokenAct, utcMs: () => number): Promise<TokenAnswer> {
  const place = databasePlace(config, 'accounts');
  if (command.act === 'list') {
    if (!(await isBegun(place))) return { isDone: true, words: listed(config, [], 0) };
    return await withTokens(place, async (store) => {
      return { isDone: true, words: listed(config, await store.tokens(), utcMs()) };
    });
  }
  const person = personOf(config, command.by);
  const { id, stateFolder, diskReserveMiB } = config.gateway;
  const full = command.act === 'create' ? diskRefusal(join(stateFolder, id), diskReserveMiB) : undefined;
  if (full !== undefined) throw new CommandProblem(full);
  const log = await openLog(config, true);
  try {
    const refusal = tokensRefused(person);
    if (refusal !== undefined) {
      const said = { permission, ...saidOf(person, command), refusal };
      await log.write(utcMs(), 'warn', 'permission.refused', said);
      return { isDone: false, words: `refused: ${person.display} (${person.role}) may not ${command.act} tokens` };
    }
    return await withTokens(place, (store) =>
      command.act === 'create'
        ? create(config, { store, log, person, utcMs: utcMs() }, command)
        : revoke({ store, log, person, utcMs: utcMs() }, command),
    );
  } finally {
    await log.store.close();
  }
}

interface Desk {
  readonly store: TokenStore;
  readonly log: Log;
  readonly person: Person;
  readonly utcMs: number;
}

/** Logged first: there is no token that the log does not know. */
async function create(
  config: Part,
  { store, log, person, utcMs }: Desk,
  command: Extract<Deed, { act: 'create' }>,
): Promise<TokenAnswer> {
  const { holder, scope } = command;
  const fault = tokenFault(command, { holders: tokenHolders(config), tokens: await store.tokens() }, utcMs);
  if (fault !== undefined) {
    await log.write(utcMs, 'warn', 'token.refused', { ...saidOf(person, command), refusal: fault });
    throw new CommandProblem(faultText(fault, holder, scope));
  }
  const { token, kept } = makeToken(command, person, utcMs);
  const { id, expiresUtcMs } = kept;
  const said = { ...saidOf(person, command), tokenId: id, expiresUtc: utc(expiresUtcMs) };
  await log.write(utcMs, 'info', 'token.created', said);
  await store.addToken(kept);
  const words = [
    `${id}, for ${holder} (${scope}), until ${utc(expiresUtcMs)}. It is shown this once and kept nowhere:`,
    token,
  ];
  return { isDone: true, words: words.join('\n') };
}

function faultText(fault: TokenFault, holder: string, scope: string): string {
  switch (fault) {
    case 'holder-unknown':
      return scope === 'hits' ? `${holder} is none of hits.sources` : `${holder} is no attachment of kind link`;
    case 'takes-no-tokens':
      return `the attachment ${holder} takes no service tokens: give it link.serviceTokens: true`;
    case 'too-many-tokens':
      return `${tokensMax} tokens of ${holder} hold already: revoke one that is not used any more (escaut token list)`;
    case 'days-out-of-range':
      return `a token holds for ${tokenDays.min} to ${tokenDays.max} days`;
    default:
      return fault;
  }
}

/** Done first: a disk too full for the log shall not keep a stolen token alive. */
async function revoke(
  { store, log, person, utcMs }: Desk,
  command: Extract<Deed, { act: 'revoke' }>,
): Promise<TokenAnswer> {
  const { id } = command;
  const tokens = await store.tokens();
  const token = tokens.find((each) => each.id === id);
  const refused = async (said: Deed, refusal: TokenFault): Promise<void> =>
    log.write(utcMs, 'warn', 'token.refused', { ...saidOf(person, said), refusal });
  if (token === undefined) {
    await refused({ ...command, id: '' }, 'token-unknown'); // what is none of ours may be a token itself
    throw new CommandProblem(`there is no token ${id}: see \`escaut token list\``);
  }
  const fault = tokenFault(command, { holders: [], tokens }, utcMs);
  if (fault !== undefined || !(await store.revokeToken(id, utcMs, person.person))) {
    await refused(command, 'token-revoked');
    throw new CommandProblem(`${id} has been revoked already`);
  }
  const { holder, scope } = token;
  await log.write(utcMs, 'info', 'token.revoked', { ...saidOf(person, command), holder, scope });
  const ends = scope === 'link' ? ', and sends its agent away within 5 s, behind an over or an emergency' : '';
  return {
    isDone: true,
    words: `${id} of ${holder} is revoked: a gateway that runs refuses it within a second${ends}`,
  };
}

/** `token` would be taken for the token itself. */
function saidOf({ display, role, controlRoom }: Person, command: Deed): Readonly<Record<string, unknown>> {
  const of = command.act === 'create' ? { holder: command.holder, scope: command.scope } : { tokenId: command.id };
  return { operator: display, role, controlRoom, act: command.act, ...of };
}

async function withTokens<T>(place: DatabasePlace, act: (store: TokenStore) => Promise<T>): Promise<T> {
  const database = openDatabase<AccountTables>(place);
  // Brings the tables up to date.
  const accounts = await AccountStore.open(database);
  try {
    return await act(new TokenStore(database));
  } finally {
    await accounts.close();
  }
}

/** Secrets of the file too, which stay until somebody takes them out there. */
function listed(config: Part, tokens: readonly ServiceToken[], utcMs: number): string {
  const ofFile = tokenHolders(config)
    .filter(({ hasFileSecret }) => hasFileSecret)
    .map(({ id, scope }) => ['(file)', id, scope, 'valid', '-', '-', '-']);
  const rows = tokens.map((token) => [
    ...[token.id, token.holder, token.scope, stateText(token, utcMs), utc(token.expiresUtcMs)],
    token.usedUtcMs === undefined ? '-' : `${utc(token.usedUtcMs)} from ${token.usedFrom ?? '?'}`,
    token.madeBy ?? '-',
  ]);
  const table = [['ID', 'FOR', 'SCOPE', 'STATE', 'EXPIRES', 'LAST USED', 'MADE BY'], ...rows, ...ofFile];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function stateText(token: ServiceToken, utcMs: number): string {
  const { state, days } = tokenStanding(token, utcMs);
  return state === 'ending' ? `valid, ${days} days left` : state;
}

function utc(utcMs: number): string {
  return new Date(utcMs).toISOString();
}
