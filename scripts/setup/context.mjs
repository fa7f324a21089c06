/**
 * What every step of the set-up needs to know: where things are, and which machine this is.
 *
 * Plain JavaScript for Node 18 and up, no packages: this runs before anything is installed.
 */
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));
export const NODE_MODULES = join(ROOT, 'node_modules');

/** Built binaries live here, outside node_modules, which `npm ci` wipes. */
export const CACHE =
  process.env.ESCAUT_CACHE_DIR || join(process.env.XDG_CACHE_HOME || join(os.homedir(), '.cache'), 'escaut');

/**
 * `debian-12` and the like; binaries built against one distribution's libraries are not another's.
 * @param {string} osRelease text of /etc/os-release
 */
export function distributionId(osRelease) {
  /** @param {string} key */
  const value = (key) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  return [value('ID') || process.platform, value('VERSION_ID')].filter((part) => part !== '').join('-');
}

export const DISTRIBUTION = distributionId(
  existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
);

/** By name from the module as a whole: Node 18 has `availableParallelism` only from 18.14 on. */
export const CORES = os.availableParallelism?.() ?? os.cpus().length;

/** @param {string} path below the checkout */
export const inRoot = (path) => join(ROOT, path);

/**
 * The version that package-lock.json holds.
 * @param {string} name of a package
 * @returns {string}
 */
export function lockedVersion(name) {
  lock ??= JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8'));
  return lock.packages[`node_modules/${name}`].version;
}

/** @type {any} */
let lock;
