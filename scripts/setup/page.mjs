/**
 * The console page: src/web, bundled into dist/web, from where the gateway serves it.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash, partialOf, publish, readStamp, writeStamp } from './cache.mjs';
import { inRoot, NODE_MODULES } from './context.mjs';
import { withNode } from './node.mjs';
import { runTool } from './shell.mjs';

const SOURCES = inRoot('src/web');
const CONFIG = join(SOURCES, 'vite.config.ts');
const OUT = inRoot('dist/web');
const STAMP = join(NODE_MODULES, '.escaut', 'page');

const wanted = () => contentHash({ paths: [SOURCES, inRoot('proto'), inRoot('package-lock.json')] });

export function isPageCurrent() {
  return !existsSync(CONFIG) || (existsSync(join(OUT, 'index.html')) && readStamp(STAMP) === wanted());
}

/**
 * @param {import('./node.mjs').Node} node
 * @param {import('./report.mjs').Step} step
 */
export async function buildPage(node, step) {
  const stamp = wanted();
  const partial = partialOf(OUT);
  rmSync(partial, { recursive: true, force: true });
  await runTool('node', [...viteBuild(partial)], { log: 'page', env: withNode(node), step });
  publish(partial, OUT);
  writeStamp(STAMP, stamp);
}

/** @param {string} outDir */
export function viteBuild(outDir = OUT) {
  const vite = join(NODE_MODULES, 'vite', 'bin', 'vite.js');
  return [vite, 'build', SOURCES, '--config', CONFIG, '--outDir', outDir, '--emptyOutDir'];
}
