import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compileCacheFolder } from '../../src/voice/compile-cache.ts';

const names = ['ESCAUT_CACHE_DIR', 'XDG_CACHE_HOME'] as const;

/** The set-up's own folder in such an environment. */
async function cacheOfSetup(environment: Readonly<Record<string, string>>): Promise<string> {
  for (const name of names) vi.stubEnv(name, environment[name]);
  vi.resetModules();
  const { CACHE } = await import('../../scripts/setup/context.mjs');
  return CACHE;
}

afterEach(() => vi.unstubAllEnvs());

describe('the compile cache', () => {
  it.each([
    [{}, '/home/u/.cache/escaut/compile'],
    [{ XDG_CACHE_HOME: '/x' }, '/x/escaut/compile'],
    [{ XDG_CACHE_HOME: '/x', ESCAUT_CACHE_DIR: '/var/cache/escaut' }, '/var/cache/escaut/compile'],
    [{ XDG_CACHE_HOME: '', ESCAUT_CACHE_DIR: '' }, '/home/u/.cache/escaut/compile'],
    [{ ESCAUT_CACHE_DIR: '/c', NODE_COMPILE_CACHE: '/n' }, '/n'],
  ])('of %j is %s', (environment, folder) => {
    expect(compileCacheFolder(environment, '/home/u')).toBe(folder);
  });

  it.each([{}, { XDG_CACHE_HOME: '/x' }, { XDG_CACHE_HOME: '/x', ESCAUT_CACHE_DIR: '/c' }, { ESCAUT_CACHE_DIR: '' }])(
    'is in the folder that the set-up uses, given %j',
    async (environment: Readonly<Record<string, string>>) => {
      expect(compileCacheFolder(environment, homedir())).toBe(join(await cacheOfSetup(environment), 'compile'));
    },
  );
});
