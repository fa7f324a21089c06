/**
 * `escaut user`: accounts of the people of a configuration, on the machine of its gateway, which may run meanwhile: it sees
 * what was done within 5 s, and writes it into its audit log then or at its next start.
 */
import { join } from 'node:path';
import { secretToken } from './base/random.ts';
import { cardWords } from './card-words.ts';
import type { Config } from './config/schema.ts';
import { invitationOf } from './gateway/login-tokens.ts';
import { reachedUrlOf } from './gateway/page-url.ts';
import { type Account, AccountStore, type AccountTables, type KeptSession } from './store/account-store.ts';
import { isBegun, openDatabase } from './store/database.ts';
import { databasePlace } from './store/database-place.ts';
import { diskRefusal } from './store/disk-space.ts';

export type UserAct =
  | { readonly act: 'list' }
  | { readonly act: 'card'; readonly file: string }
  | { readonly act: 'add' | 'disable' | 'reset'; readonly person: string };

type Part = Pick<Config, 'gateway' | 'store' | 'people' | 'console' | 'accounts'>;

/** What to print. @throws Error in words for an operator when it cannot be done; then nothing has changed. */
export async function actOnUsers(config: Part, act: UserAct, utcMs: number): Promise<readonly string[]> {
  if (act.act === 'card') return cardWords(config, act.file, utcMs);
  const place = databasePlace(config, 'accounts');
  if (act.act === 'list' && !(await isBegun(place))) return listed(config, [], [], []);
  const isNew = act.act === 'add' || act.act === 'reset';
  const { id, stateFolder, diskReserveMiB } = config.gateway;
  const full = isNew ? diskRefusal(join(stateFolder, id), diskReserveMiB) : undefined;
  if (full !== undefined) throw new Error(full);
  const store = await AccountStore.open(openDatabase<AccountTables>(place));
  try {
    if (act.act === 'list') {
      return listed(config, await store.accounts(), await store.sessions(), await store.passkeyHolders());
    }
    return await changed(config, store, act, utcMs);
  } finally {
    await store.close();
  }
}

async function changed(
  config: Part,
  store: AccountStore,
  { act, person: asked }: Exclude<UserAct, { act: 'list' | 'card' }>,
  utcMs: number,
): Promise<readonly string[]> {
  if (act === 'disable') {
    // Also somebody who is no longer in the configuration.
    if (!(await store.disable(asked, utcMs))) throw new Error(`${asked} has no account`);
    return [`${asked} is disabled: a gateway that runs closes his consoles within 5 s`];
  }
  const known = config.people.find(({ id }) => id === asked);
  if (known === undefined) throw new Error(`${asked} is none of the people of this configuration`);
  const account = await store.account(asked);
  const isActive = account?.isDisabled === false && account.password !== undefined;
  if (act === 'add' && isActive) throw new Error(`${asked} has an account: to begin anew say reset`);
  if (act === 'reset' && account === undefined) throw new Error(`${asked} has no account: say add`);
  const token = secretToken(32);
  const change = act === 'add' ? 'added' : 'reset';
  await store.invite({ utcMs, person: asked, change }, invitationOf(token, utcMs));
  const lines = [
    `For ${known.display} (${known.role}), once and within 3 days: ${reachedUrlOf(config)}#invitation=${token}`,
  ];
  return config.accounts.enabled ? lines : [...lines, 'accounts.enabled is false: nobody is asked to log in yet'];
}

function listed(
  { people }: Part,
  accounts: readonly Account[],
  sessions: readonly KeptSession[],
  passkeyHolders: readonly string[],
): readonly string[] {
  const gone = accounts.filter(({ person }) => !people.some(({ id }) => id === person));
  const all = [
    ...people.map(({ id, role }) => ({ id, role: role as string })),
    ...gone.map(({ person: id }) => ({ id, role: '-' })),
  ];
  const width = Math.max(6, ...all.map(({ id }) => id.length));
  const rows = all.map(({ id, role }) => {
    const account = accounts.find(({ person }) => person === id);
    const session = sessions.find(({ person }) => person === id);
    const since = session === undefined ? '-' : new Date(session.openedUtcMs).toISOString();
    const factors = [
      ...(account?.timeSecret === undefined ? [] : ['code']),
      ...(passkeyHolders.includes(id) ? ['passkey'] : []),
    ];
    return [id, role, stateOf(account), factors.join('+') || '-', since];
  });
  const table = [['PERSON', 'ROLE', 'ACCOUNT', 'SECOND', 'LOGGED IN SINCE'], ...rows];
  const widths = [width, 11, 8, 12, 0];
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function stateOf(account: Account | undefined): string {
  if (account === undefined) return 'none';
  if (account.isDisabled) return 'disabled';
  return account.password === undefined ? 'invited' : 'active';
}
