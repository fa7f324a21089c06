/** Where Node keeps stripped and compiled sources, without which a restart of the voice process takes three times as long. */
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the environment says of Node's compile cache: its own word first, else the folder beside what the set-up keeps
 * (the same rule as scripts/setup/context.mjs has). An empty variable counts as not set.
 */
export function compileCacheFolder(environment: Environment, home: string): string {
  const cache = environment.ESCAUT_CACHE_DIR || join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'escaut');
  return environment.NODE_COMPILE_CACHE || join(cache, 'compile');
}
