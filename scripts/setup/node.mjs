/**
 * Node 24: the machine's own where it is new enough and has its C headers (the opus add-on is built against them),
 * else ours from the npm registry, locked in node/package-lock.json.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cacheKey, lengthsOf, publish, readStamp, writeStamp } from './cache.mjs';
import { CACHE, inRoot } from './context.mjs';
import { SetupError } from './report.mjs';
import { runTool } from './shell.mjs';

const NODE_MAJOR_MIN = 24;
const HEADER = 'include/node/node_version.h';

const PACKAGE = `node-${process.platform}-${process.arch}`;
const LOCK = inRoot('scripts/setup/node');

/** @typedef {{ bin: string, prefix: string, abi: string }} Node `bin`: folder of the binary; `abi`: of native add-ons */

/** @returns {Node | undefined} what runs Escaut, if it is here already */
export function findNode() {
  const own = dirname(dirname(process.execPath));
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN && headersMatch(own)) return describe(own);
  const cached = cachedPrefix();
  return existsSync(join(cached, HEADER)) && readStamp(ranStamp()) === binaryLength() ? describe(cached) : undefined;
}

/**
 * What is in the cache may have been cut short: found out by running it, before anybody counts on it.
 * @returns {Node | undefined} what runs Escaut, if it does run
 */
export function recheckNode() {
  if (!existsSync(cachedFolder())) return undefined;
  const { stdout } = spawnSync(join(cachedPrefix(), 'bin', 'node'), ['--version'], { encoding: 'utf8' });
  // Its word, not its exit code: an empty file is run as a shell script, which ends well.
  if (stdout?.startsWith(`v${lockedVersion()}`)) writeStamp(ranStamp(), binaryLength());
  else rmSync(cachedFolder(), { recursive: true, force: true });
  return findNode();
}

const cachedPrefix = () => join(cachedFolder(), 'node_modules', PACKAGE);
/** Vouches that the binary in the cache, as long as it is now, ran. */
const ranStamp = () => join(CACHE, 'stamps', `node-${basename(cachedFolder())}`);
const binaryLength = () => lengthsOf(join(cachedPrefix(), 'bin', 'node'));

/**
 * The machine's Node and headers of another Node do exist side by side.
 * @param {string} prefix
 */
function headersMatch(prefix) {
  return existsSync(join(prefix, HEADER)) && describe(prefix).abi === process.versions.modules;
}

/** @param {string} prefix @returns {Node} */
function describe(prefix) {
  const abi = /#define NODE_MODULE_VERSION (\d+)/.exec(readFileSync(join(prefix, HEADER), 'utf8'))?.[1] ?? '';
  return { bin: join(prefix, 'bin'), prefix, abi };
}

function lockedVersion() {
  const lock = JSON.parse(readFileSync(join(LOCK, 'package-lock.json'), 'utf8'));
  const version = lock.packages[`node_modules/${PACKAGE}`]?.version;
  if (version === undefined) {
    throw new SetupError(
      `No Node for ${process.platform} on ${process.arch} is locked here.`,
      `Install Node ${NODE_MAJOR_MIN} with its headers yourself and put it first on PATH.`,
    );
  }
  return version;
}

function cachedFolder() {
  return join(CACHE, 'node', cacheKey([lockedVersion(), process.platform, process.arch]));
}

/** @param {import('./report.mjs').Step} step */
export async function installNode(step) {
  const partial = join(CACHE, 'tmp', `node-${process.pid}`);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(LOCK, file), join(partial, file));
  const npm = npmCommand();
  await runTool(npm.command, [...npm.args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    log: 'node',
    cwd: partial,
    step,
    remedy: 'Is the npm registry in reach? `npm ping` tells. Then start again.',
  });
  if (!existsSync(join(partial, 'node_modules', PACKAGE, HEADER))) {
    throw new SetupError('npm left Node out.', `Is optional=false or omit=optional set? See: npm config get omit`);
  }
  publish(partial, cachedFolder());
  recheckNode();
}

/** npm as the user started us with, or as found on PATH. */
export function npmCommand() {
  const script = process.env.npm_execpath;
  return script?.endsWith('npm-cli.js') && existsSync(script)
    ? { command: 'node', args: [script] }
    : { command: 'npm', args: [] };
}

/**
 * The environment in which Node 24 is `node`, for everything that follows.
 * @param {Node} node
 * @returns {NodeJS.ProcessEnv}
 */
export function withNode(node) {
  return { ...process.env, PATH: `${node.bin}:${process.env.PATH ?? ''}` };
}
