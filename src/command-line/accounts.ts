/** `user` and `token`: accounts of people, and service tokens of systems. Pure. */
import { type TokenScope, tokenDays, tokenScopes } from '../operations/service-token.ts';
import { type CommandSpec, configOption, fileOf, type Given, mistake, type Reading, read, twoWords } from './spec.ts';

const userActs = ['add', 'disable', 'reset'] as const;

export type UserCommand = { readonly name: 'user'; readonly config?: string } & (
  | { readonly act: 'list' }
  | { readonly act: (typeof userActs)[number]; readonly person: string }
  /** What the certificate of a smart card says. */
  | { readonly act: 'card'; readonly file: string }
);

export type TokenAct =
  | { readonly act: 'list' }
  | {
      readonly act: 'create';
      /** Whose it is to be: a source of hits, or an attachment. */
      readonly holder: string;
      readonly scope: TokenScope;
      readonly days: number;
      /** Person of the configuration. */
      readonly by: string;
    }
  | { readonly act: 'revoke'; readonly id: string; readonly by: string };

const tokenActs = ['create', 'list', 'revoke'] as const;

export type TokenCommand = { readonly name: 'token'; readonly config?: string } & TokenAct;

export const tokenCommand: CommandSpec<TokenCommand> = {
  says: '`token create|list|revoke ID`: service tokens of systems that send hits and of agents of links (docs/accounts.md)',
  options: {
    config: configOption,
    for: { value: 'ID', says: 'create: the source of hits, or the attachment, whose it is to be' },
    scope: { value: tokenScopes.join('|'), says: 'create: what it opens' },
    days: { value: 'NUMBER', says: 'create: how long it holds' },
    by: { value: 'PERSON', says: 'who creates or revokes; it stands in the log' },
  },
  acts: tokenActs,
  words: twoWords,
  read: (given, words) => {
    const act = readTokenAct(given, words);
    return typeof act === 'string' ? mistake(act) : read({ name: 'token', ...fileOf(given), ...act });
  },
};

export const userCommand: CommandSpec<UserCommand> = {
  says: '`user add|disable|reset PERSON`, `user list`, `user card FILE`: accounts of the people of a configuration (docs/accounts.md)',
  options: { config: configOption },
  acts: [...userActs, 'list', 'card'],
  words: (act) => (act === 'list' ? 1 : 2),
  read: readUser,
};

/** A text: what is wrong. */
function readTokenAct(given: Given, [word = '', id]: readonly string[]): TokenAct | string {
  const act = tokenActs.find((each) => each === word);
  if (act === undefined) return 'say what to do: token create, list or revoke';
  if (id !== undefined && act !== 'revoke') return `token ${act} takes no word behind it`;
  const ofCreate = ['for', 'scope', 'days'].find((name) => given.has(name));
  if (ofCreate !== undefined && act !== 'create') return `token ${act} takes no --${ofCreate}`;
  if (act === 'list') return given.has('by') ? 'token list takes no --by' : { act };
  const [holder = '', by = ''] = ['for', 'by'].map((name) => given.get(name)?.trim());
  if (act === 'revoke' && id === undefined) return 'say which: token revoke ID (token list has them)';
  if (act === 'create' && holder === '')
    return 'token create needs --for: the source of hits, or the attachment, whose it is to be';
  if (by === '') return `token ${act} needs --by`;
  if (act === 'revoke') return { act, id: id ?? '', by };
  const scope = tokenScopes.find((each) => each === given.get('scope'));
  if (scope === undefined) return `token create needs --scope ${tokenScopes.join(' or ')}`;
  const days = Number(given.get('days')?.trim() || NaN);
  if (!Number.isInteger(days) || days < tokenDays.min || days > tokenDays.max)
    return `token create needs --days, a whole number from ${tokenDays.min} to ${tokenDays.max}`;
  return { act, holder, scope, days, by };
}

function readUser(given: Given, [what = '', person = '']: readonly string[]): Reading<UserCommand> {
  if (what === 'list') return read({ name: 'user', ...fileOf(given), act: what });
  if (what === 'card') {
    if (person === '') return mistake('say which: user card FILE, a certificate in PEM');
    return read({ name: 'user', ...fileOf(given), act: what, file: person });
  }
  const act = userActs.find((each) => each === what);
  if (act === undefined)
    return mistake('say what to do: user add, disable, reset, list or card', what, [...userActs, 'list', 'card']);
  if (person === '') return mistake(`say whom: user ${act} PERSON`);
  return read({ name: 'user', ...fileOf(given), act, person });
}
