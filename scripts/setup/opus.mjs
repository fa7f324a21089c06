/**
 * The opus add-on, built by the Node that loads it and kept in the cache, since `npm ci` wipes node_modules.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheKey, lengthsOf, partialOf, publish, readStamp, writeStamp } from './cache.mjs';
import { CACHE, CORES, DISTRIBUTION, lockedVersion, NODE_MODULES } from './context.mjs';
import { npmCommand, withNode } from './node.mjs';
import { SetupError } from './report.mjs';
import { runTool } from './shell.mjs';

const PACKAGE = '@discordjs/opus';
/** Holds one folder, named by the package after ABI and C library; it is looked for by that name. */
const PREBUILD = join(NODE_MODULES, PACKAGE, 'prebuild');

/** @param {string} abi of the Node that will load it */
function cachedFolder(abi) {
  return join(CACHE, 'opus', cacheKey([lockedVersion(PACKAGE), `abi${abi}`, process.arch, DISTRIBUTION]));
}

/** Vouches that what is in the cache, as long as it is now, was loaded and coded. @param {string} abi */
const ranStamp = (abi) => join(CACHE, 'stamps', `opus-${basename(cachedFolder(abi))}`);

/** @param {string} abi */
export function isOpusBuilt(abi) {
  const cached = cachedFolder(abi);
  return existsSync(cached) && readStamp(ranStamp(abi)) === lengthsOf(cached);
}

/** @param {string} abi */
export const isOpusInPlace = (abi) => isOpusBuilt(abi) && lengthsOf(PREBUILD) === lengthsOf(cachedFolder(abi));

/**
 * What is in the cache may have been cut short: found out by loading it, before anybody counts on it.
 * @param {import('./node.mjs').Node} node
 */
export async function recheckOpus(node) {
  const cached = cachedFolder(node.abi);
  if (!existsSync(cached) || isOpusBuilt(node.abi)) return;
  const addOn = readdirSync(cached).map((folder) => join(cached, folder, 'opus.node'))[0] ?? cached;
  try {
    await runTool('node', ['-e', codesWith(addOn)], { log: 'opus', env: withNode(node) });
    writeStamp(ranStamp(node.abi), lengthsOf(cached));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    rmSync(cached, { recursive: true, force: true });
  }
}

/** A program that fails where the add-on does not work. @param {string} module */
const codesWith = (module) =>
  `new (require(${JSON.stringify(module)}).OpusEncoder)(16000, 1).encode(Buffer.alloc(640))`;

/**
 * @param {import('./node.mjs').Node} node
 * @param {import('./report.mjs').Step} step
 * @returns {Promise<string>} what was done
 */
export async function provideOpus(node, step) {
  const cached = cachedFolder(node.abi);
  const wasBuilt = isOpusBuilt(node.abi);
  if (!wasBuilt) {
    await build(node, step);
    const partial = join(CACHE, 'tmp', `opus-${process.pid}`);
    rmSync(partial, { recursive: true, force: true });
    cpSync(PREBUILD, partial, { recursive: true });
    publish(partial, cached);
    writeStamp(ranStamp(node.abi), lengthsOf(cached));
  } else {
    rmSync(PREBUILD, { recursive: true, force: true });
    const partial = partialOf(PREBUILD);
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
      JOBS: String(CORES),
    },
    step,
    shows: /^ +(CC|CXX|AR|SOLINK)/,
  });
  // A build that does not load must not reach the cache.
  await runTool('node', ['-e', codesWith(PACKAGE)], { log: 'opus', env: withNode(node) });
}
