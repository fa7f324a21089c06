/**
 * The opus add-on, built by the Node that loads it and kept in the cache, since `npm ci` wipes node_modules.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { cacheKey, publish } from './cache.mjs';
import { CACHE, DISTRIBUTION, lockedVersion, NODE_MODULES } from './context.mjs';
import { npmCommand, withNode } from './node.mjs';
import { runTool } from './shell.mjs';

const PACKAGE = '@discordjs/opus';
/** Holds one folder, named by the package after ABI and C library; it is looked for by that name. */
const PREBUILD = join(NODE_MODULES, PACKAGE, 'prebuild');

/** @param {string} abi of the Node that will load it */
function cachedFolder(abi) {
  return join(CACHE, 'opus', cacheKey([lockedVersion(PACKAGE), `abi${abi}`, process.arch, DISTRIBUTION]));
}

/** @param {string} abi */
export const isOpusBuilt = (abi) => existsSync(cachedFolder(abi));

/** @param {string} abi */
export function isOpusInPlace(abi) {
  const cached = cachedFolder(abi);
  return (
    existsSync(cached) &&
    filesBelow(cached).every((file) => sizeOf(join(PREBUILD, file)) === sizeOf(join(cached, file)))
  );
}

/**
 * @param {import('./node.mjs').Node} node
 * @param {import('./report.mjs').Step} step
 * @returns {Promise<string>} what was done
 */
export async function provideOpus(node, step) {
  const cached = cachedFolder(node.abi);
  const wasBuilt = existsSync(cached);
  if (!wasBuilt) {
    await build(node, step);
    const partial = join(CACHE, 'tmp', `opus-${process.pid}`);
    rmSync(partial, { recursive: true, force: true });
    cpSync(PREBUILD, partial, { recursive: true });
    publish(partial, cached);
  } else {
    rmSync(PREBUILD, { recursive: true, force: true });
    const partial = `${PREBUILD}.${process.pid}`;
    cpSync(cached, partial, { recursive: true });
    publish(partial, PREBUILD);
  }
  return wasBuilt ? 'from the cache' : 'built';
}

/**
 * @param {import('./node.mjs').Node} node
 * @param {import('./report.mjs').Step} step
 */
async function build(node, step) {
  const npm = npmCommand();
  rmSync(PREBUILD, { recursive: true, force: true });
  mkdirSync(join(CACHE, 'tmp'), { recursive: true });
  await runTool(npm.command, [...npm.args, 'rebuild', PACKAGE, '--foreground-scripts'], {
    log: 'opus',
    env: {
      ...withNode(node),
      // The headers of this very Node, not a download of them; nor of a binary for an older one.
      npm_config_nodedir: node.prefix,
      npm_config_build_from_source: 'true',
      JOBS: String(availableParallelism?.() ?? cpus().length),
    },
    step,
    shows: /^ +(CC|CXX|AR|SOLINK)/,
  });
  // A build that does not load must not reach the cache.
  await runTool('node', ['-e', `new (require('${PACKAGE}').OpusEncoder)(16000, 1).encode(Buffer.alloc(640))`], {
    log: 'opus',
    env: withNode(node),
  });
}

/** @param {string} folder @param {string} [below] @returns {string[]} */
function filesBelow(folder, below = '') {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(folder, join(below, entry.name)) : [join(below, entry.name)],
  );
}

/** @param {string} path */
const sizeOf = (path) => (existsSync(path) ? statSync(path).size : -1);
