/** A gateway's folders with a page, and beside it what nobody may get to see. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canary } from './hardened.ts';

export function writeKeptFiles(folder: string): void {
  for (const [file, text] of [
    ['page/index.html', '<!doctype html><title>Escaut</title>'],
    ['page/assets/index-D3adB33f.js', 'export {};'],
    ['page/.hidden', canary],
    ['recordings/2026-11-29/xb-acc/20261129T021500.123Z-1.opus', canary],
    ['state/gw/accounts.db', canary],
    ['state/gw/accounts-key', canary],
  ] as const) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}
