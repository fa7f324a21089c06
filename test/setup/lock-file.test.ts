import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unnamedPackages } from '../../scripts/complete-lock.mjs';
import { inRoot } from '../../scripts/setup/context.mjs';

const text = readFileSync(inRoot('package-lock.json'), 'utf8');

describe('package-lock.json', () => {
  it('names every optional package, or `npm ci` refuses it (mend: node scripts/complete-lock.mjs)', () => {
    expect(unnamedPackages(JSON.parse(text).packages).map(({ name }) => name)).toEqual([]);
  });

  it('names no registry, so that it installs from whichever the machine has', () => {
    expect(text).not.toContain('"resolved"');
    expect(readFileSync(inRoot('scripts/setup/node/package-lock.json'), 'utf8')).not.toContain('"resolved"');
  });
});

describe('optional packages that nothing holds', () => {
  it('are found at any depth, and those held above or beside are not', () => {
    const optional = (name: string) => ({ version: '1.0.0', optionalDependencies: { [name]: '1.0.0' } });
    const packages = {
      '': { version: '0' },
      'node_modules/a': optional('a-linux'),
      'node_modules/a-linux': { version: '1.0.0' },
      'node_modules/b/node_modules/c': optional('a-linux'),
      'node_modules/d': optional('d-win32-x64'),
    };
    expect(unnamedPackages(packages).map(({ name }) => name)).toEqual(['d-win32-x64']);
  });
});
