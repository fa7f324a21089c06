#!/usr/bin/env node
/**
 * Names in package-lock.json the optional packages that npm left out because the registry it asked does not hold them
 * (binaries for systems that Escaut does not run on). `npm ci` refuses a lock that does not name them, and installs
 * none of them here. To be run after a package was added; test/setup holds the lock to it.
 */
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inRoot } from './setup/context.mjs';

const SYSTEMS = /-(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)/;

/** @typedef {{ version: string, dev?: boolean, optional?: boolean, optionalDependencies?: Record<string, string> }} Entry */

/**
 * @param {Record<string, Entry>} packages of a lock
 * @returns {{ by: Entry, name: string, version: string }[]} optional packages that somebody names and nothing holds
 */
export function unnamedPackages(packages) {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isHeld(packages, path, name))
      .map(([name, version]) => ({ by: entry, name, version })),
  );
}

/**
 * Node's own search: beside the package, then in each folder above.
 * @param {Record<string, Entry>} packages
 * @param {string} path
 * @param {string} name
 * @returns {boolean}
 */
function isHeld(packages, path, name) {
  if (`${path === '' ? '' : `${path}/`}node_modules/${name}` in packages) return true;
  return path !== '' && isHeld(packages, path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))), name);
}

function completeLock() {
  const path = inRoot('package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  const unnamed = unnamedPackages(lock.packages);
  for (const { by, name, version } of unnamed) {
    const [, system, cpu] = SYSTEMS.exec(name) ?? [];
    if (system === undefined || !/^\d/.test(version)) throw new Error(`cannot tell the system or version of ${name}`);
    const libc = system === 'linux' ? { libc: [name.includes('musl') ? 'musl' : 'glibc'] } : {};
    const dev = by.dev === true ? { dev: true } : {};
    lock.packages[`node_modules/${name}`] = { version, cpu: [cpu], ...dev, ...libc, optional: true, os: [system] };
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${unnamed.length} added: ${unnamed.map(({ name }) => name).join(' ')}`);
}

if (realpathSync(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) completeLock();
