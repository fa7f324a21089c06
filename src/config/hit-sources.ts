/** Sources of hits are told apart by their tokens, which can only be judged once they are fetched; none is ever shown. */
import type { PathProblem } from './problems.ts';
import type { Config } from './schema.ts';

const tokenCharsMin = 32;

export function checkHitSources({ hits: { sources } }: Config): PathProblem[] {
  return sources.flatMap(({ id, token }, index) => {
    const problem = (key: string, message: string): PathProblem => {
      return { severity: 'error', path: ['hits', 'sources', index, key], part: 'value', message };
    };
    const before = sources.slice(0, index);
    const sameId = before.findIndex((other) => other.id === id);
    const text = token?.reveal() ?? '';
    const sameToken = text === '' ? -1 : before.findIndex((other) => other.token?.reveal() === text);
    const found: PathProblem[] = [];
    if (sameId >= 0) found.push(problem('id', `is the id of hits.sources[${sameId}] as well: give each its own`));
    // One that cannot be had has been said.
    if (text !== '' && text.length < tokenCharsMin) {
      found.push(problem('token', `must have at least ${tokenCharsMin} characters (openssl rand -hex 32)`));
    }
    if (sameToken >= 0) {
      found.push(problem('token', `is that of hits.sources[${sameToken}] as well: give each its own`));
    }
    return found;
  });
}
