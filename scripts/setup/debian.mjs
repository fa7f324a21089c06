/**
 * Debian packages that a step needs and the machine lacks.
 *
 * Installed where we may (root, or sudo without a password); else one command is printed and nothing is begun.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash, readStamp, writeStamp } from './cache.mjs';
import { CACHE } from './context.mjs';
import { SetupError } from './report.mjs';
import { runTool } from './shell.mjs';

/** Packages by what needs them. Where a thing is in the cache, its packages are not asked for. */
export const PACKAGES = {
  opus: ['g++', 'make', 'python3'],
  worker: [
    'flatbuffers-compiler',
    'g++',
    'libflatbuffers-dev',
    'libsrtp2-dev',
    'libssl-dev',
    'libuv1-dev',
    'ninja-build',
  ],
  test: [
    'baresip',
    'chromium',
    'dnsmasq-base',
    'espeak-ng',
    'ffmpeg',
    'kamailio',
    'libfaketime',
    'openssl',
    'postgresql',
    'sip-tester',
    'sox',
    'tshark',
  ],
};

/**
 * Programs that tests run out of their packages, which are not installed: as a service they would take the place of what
 * sets the machine's clock. Where they cannot be had, what needs them is left out.
 */
const UNPACKED = { chrony: 'usr/sbin/chronyd' };

/** Packages that tests run as programs of their own, whose service nobody asked for. */
const UNWANTED_SERVICES = ['kamailio', 'postgresql'];

const DPKG_STATUS = '/var/lib/dpkg/status';
const APT_LISTS = '/var/lib/apt/lists';
const STAMP = join(CACHE, 'stamps', 'debian');
const LISTS_AGE_MS_MAX = 24 * 3_600_000;

/**
 * @param {readonly string[]} wanted
 * @param {string} answer of `dpkg-query -W -f '${Package} ${db:Status-Status}\n'`
 * @returns {string[]} what is not installed: unknown, removed, or left half-way
 */
export function missingPackages(wanted, answer) {
  const installed = new Set();
  for (const line of answer.split('\n')) {
    const [name, status] = line.split(' ');
    if (status === 'installed') installed.add(name);
  }
  return [...new Set(wanted)].filter((name) => !installed.has(name)).sort();
}

/**
 * The one command for a person to type. Safe to paste: no question is asked, nothing is left to choose.
 * @param {readonly string[]} packages
 * @param {boolean} hasSudo
 */
export function installCommand(packages, hasSudo) {
  const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  return hasSudo
    ? `sudo apt-get update && sudo DEBIAN_FRONTEND=noninteractive ${install}`
    : `su -c 'apt-get update && DEBIAN_FRONTEND=noninteractive ${install}'`;
}

/**
 * What of `wanted` is missing. Asks dpkg only when its database changed since all was found to be there.
 * @param {readonly string[]} wanted
 */
export function findMissing(wanted) {
  if (wanted.length === 0 || !hasProgram('dpkg-query')) return [];
  const stamp = `${databaseState()} ${contentHash({ texts: wanted })}`;
  if (readStamp(STAMP) === stamp) return [];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
  const query = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\\n', ...wanted], {
    encoding: 'utf8',
  });
  const missing = missingPackages(wanted, query.stdout ?? '');
  if (missing.length === 0) writeStamp(STAMP, stamp);
  return missing;
}

/** Changes whenever a package is installed, removed or upgraded. */
export function databaseState() {
  return existsSync(DPKG_STATUS) ? `${statSync(DPKG_STATUS).mtimeMs} ${statSync(DPKG_STATUS).size}` : 'no dpkg';
}

/**
 * How we may install, if at all.
 * @returns {readonly string[] | undefined} words before `apt-get`
 */
export function privilege() {
  if (process.getuid?.() === 0) return ['env'];
  const sudo = hasProgram('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return sudo ? ['sudo', '-n', 'env'] : undefined;
}

/**
 * The refusal: one command, and nothing was touched.
 * @param {readonly string[]} packages
 */
export function needsRoot(packages) {
  return new SetupError(
    `${packages.length} Debian package(s) are missing and only root may install them.\n` +
      'Nothing was changed. Type this once, then start again:',
    installCommand(packages, hasProgram('sudo')),
  );
}

/**
 * @param {readonly string[]} packages
 * @param {readonly string[]} become from privilege()
 * @param {import('./report.mjs').Step} step
 */
export async function installPackages(packages, become, step) {
  const [command = 'env', ...rest] = become;
  /** @param {readonly string[]} args */
  const asRoot = (args, /** @type {(code: number) => boolean} */ ok = (code) => code === 0) =>
    runTool(command, [...rest, 'DEBIAN_FRONTEND=noninteractive', ...args], {
      log: 'debian',
      step,
      shows: /^(Get:|Fetched|Unpacking|Setting up|Processing)/,
      ok,
      remedy: `Once the cause is mended, start again; or install by hand:\n\n  ${installCommand(packages, rest.length > 0)}`,
    });
  const apt = ['apt-get', '-y', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Options::=--force-confold'];
  const install = [...apt, 'install', '--no-install-recommends', ...packages];

  if (!listsAreFresh() || (await asRoot(install, () => true)) !== 0) {
    await asRoot(['dpkg', '--configure', '-a']); // what an installation that was killed left half-way
    await asRoot([...apt, 'update']);
    await asRoot(install);
  }
  // Debian starts what it installs; as a service they would hold port 5060, which is ours.
  const services = packages.filter((name) => UNWANTED_SERVICES.includes(name));
  if (services.length > 0 && hasProgram('systemctl')) {
    await asRoot(['systemctl', 'disable', '--now', ...services], () => true);
  }
}

/**
 * Where a program of UNPACKED is: installed, or in the cache.
 * @param {keyof typeof UNPACKED} name
 * @returns {string | undefined}
 */
export function findUnpacked(name) {
  const program = UNPACKED[name];
  return [`/${program}`, join(CACHE, 'debian', name, program)].find(existsSync);
}

/**
 * Fetches a package of UNPACKED and takes it apart; needs no root.
 * @param {keyof typeof UNPACKED} name
 * @param {import('./report.mjs').Step} step
 * @returns {Promise<string>} what became of it
 */
export async function unpackPackage(name, step) {
  const folder = join(CACHE, 'debian', name);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const options = { log: 'debian', step, cwd: part, ok: () => true };
  const patience = ['-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=5', '-o', 'Acquire::https::Timeout=5'];
  await runTool('apt-get', [...patience, 'download', name], options);
  const archive = readdirSync(part).find((file) => file.endsWith('.deb'));
  if (archive !== undefined) await runTool('dpkg-deb', ['-x', archive, '.'], options);
  if (!existsSync(join(part, UNPACKED[name]))) {
    rmSync(part, { recursive: true, force: true });
    return 'is not to be had; what needs it is left out';
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
  return 'taken out of its package';
}

/** Whether apt's lists are there and young enough to name packages that still exist. */
function listsAreFresh() {
  if (!existsSync(APT_LISTS)) return false;
  return readdirSync(APT_LISTS).some(
    (file) => file.includes('_Packages') && Date.now() - statSync(join(APT_LISTS, file)).mtimeMs < LISTS_AGE_MS_MAX,
  );
}

/** @param {string} name */
export function hasProgram(name) {
  return (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, name)));
}
