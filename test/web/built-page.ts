/** The page as its sources are now: as the set-up has built it, or, where they have changed since, built once more. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { inRoot } from '../../scripts/setup/context.mjs';
import { isPageCurrent } from '../../scripts/setup/page.mjs';

export interface BuiltPage {
  readonly folder: string;
  remove(): void;
}

/** The set-up's is told by a hash of all that it is made of. */
export async function builtPage(): Promise<BuiltPage> {
  if (isPageCurrent()) return { folder: inRoot('dist/web'), remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'escaut-page-'));
  await build({ configFile: inRoot('src/web/vite.config.ts'), logLevel: 'error', build: { outDir: folder } });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
