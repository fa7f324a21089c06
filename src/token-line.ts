/** What follows `escaut token`, read. Pure. */

/** What a token may open: the intake of hits to a source, an attachment of kind `link` to its agent. */
export const tokenScopes = ['hits', 'link'] as const;
export type TokenScope = (typeof tokenScopes)[number];
const daysMax = 366;

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

export const tokenActs = ['create', 'list', 'revoke'] as const;

/** A text: what is wrong. */
export function readTokenAct(
  given: ReadonlyMap<string, string | undefined>,
  [word = '', id]: readonly string[],
): TokenAct | string {
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
  if (!Number.isInteger(days) || days < 1 || days > daysMax)
    return `token create needs --days, a whole number from 1 to ${daysMax}`;
  return { act, holder, scope, days, by };
}
