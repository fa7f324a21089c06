/**
 * Stamps, keys, atomic publication and the lock: what makes a set-up cheap to repeat and safe to kill.
 *
 * A thing is built under a temporary name and renamed into place when whole; its stamp is written after it. So a run
 * that was killed, at any moment, leaves either nothing or something whole, and the next one goes on from there.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * A folder name from the parts that decide whether a binary fits: version, ABI, CPU, distribution.
 * @param {readonly string[]} parts
 */
export function cacheKey(parts) {
  return parts.map((part) => part.replace(/[^\w.+]+/g, '_')).join('-');
}

/**
 * Hash of texts and of files with their names; a folder counts with all that is below it.
 * @param {{ texts?: readonly string[], paths?: readonly string[] }} what
 */
export function contentHash({ texts = [], paths = [] }) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`text ${text.length}\n${text}`);
  for (const path of paths) addPath(hash, path, basename(path));
  return hash.digest('hex').slice(0, 32);
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} path
 * @param {string} name as it enters the hash: without the place of the checkout
 */
function addPath(hash, path, name) {
  if (!existsSync(path)) {
    hash.update(`absent ${name}\n`);
  } else if (statSync(path).isDirectory()) {
    for (const child of readdirSync(path).sort()) addPath(hash, join(path, child), `${name}/${child}`);
  } else {
    const bytes = readFileSync(path);
    hash.update(`file ${name} ${bytes.length}\n`).update(bytes);
  }
}

/**
 * The files at or below a path with their lengths: a thing that was cut short (full disk, copy that was stopped) is
 * told by it from the same thing whole, at the cost of a look at the folder.
 * @param {string} path
 * @param {string} [name] as it enters the list
 * @returns {string}
 */
export function lengthsOf(path, name = '') {
  if (!existsSync(path)) return `${name} absent\n`;
  const stats = statSync(path);
  if (!stats.isDirectory()) return `${name} ${stats.size}\n`;
  const children = readdirSync(path).sort();
  return `${name} ${children.length}\n${children.map((child) => lengthsOf(join(path, child), `${name}/${child}`)).join('')}`;
}

/**
 * @param {string} path of a stamp
 * @returns {string | undefined} what it vouches for
 */
export function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/**
 * The name under which a thing is made before it takes its place.
 * @param {string} path its place
 */
export const partialOf = (path) => `${path}.partial.${process.pid}`;

const LEFTOVER = /\.(partial|old)\.\d+$/;

/**
 * Removes what killed runs left in folders where things take their place.
 * @param {readonly string[]} folders
 */
export function clearPartials(folders) {
  for (const folder of folders.filter((path) => existsSync(path))) {
    for (const name of readdirSync(folder)) {
      if (LEFTOVER.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

/**
 * Written last, whole or not at all.
 * @param {string} path
 * @param {string} value
 */
export function writeStamp(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  const partial = partialOf(path);
  writeFileSync(partial, value);
  renameSync(partial, path);
}

/**
 * Puts a finished file or folder where readers look for it.
 * @param {string} from on the same file system
 * @param {string} to
 */
export function publish(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  const old = `${to}.old.${process.pid}`;
  if (existsSync(to) && statSync(to).isDirectory()) renameSync(to, old);
  renameSync(from, to);
  rmSync(old, { recursive: true, force: true });
}

/**
 * Takes the lock, or says who holds it. A lock whose holder is gone is taken over: the holder is known by its process
 * id and the time that process started, since ids are used again.
 * @param {string} path
 * @returns {{ held: true, release: () => void } | { held: false, holder: number }}
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${process.pid} ${startTime(process.pid)}`;
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    for (;;) {
      if (tryLink(draft, path)) return { held: true, release: () => releaseLock(path, mine) };
      const found = readStamp(path);
      if (found === undefined) continue; // released meanwhile
      if (isHolderAlive(found)) return { held: false, holder: Number(found.split(' ')[0]) };
      takeAway(path, found);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
function tryLink(from, to) {
  try {
    linkSync(from, to); // fails where `to` exists, and makes it with its content in one go
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a lock found stale. Renamed first: of two that found it, one gets it; and a fresh lock that slipped in
 * between reading and renaming is put back.
 * @param {string} path
 * @param {string} stale its content
 */
function takeAway(path, stale) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') !== stale) tryLink(aside, path);
  unlinkSync(aside);
}

/**
 * @param {string} path
 * @param {string} mine
 */
function releaseLock(path, mine) {
  if (readStamp(path) === mine) unlinkSync(path);
}

/** @param {string} content of a lock */
export function isHolderAlive(content) {
  const [pid, started] = content.split(' ');
  return Number(pid) > 0 && started !== '' && startTime(Number(pid)) === started;
}

/**
 * When a process started, in the kernel's ticks; empty where there is no such process.
 * @param {number} pid
 */
function startTime(pid) {
  const stat = readStamp(`/proc/${pid}/stat`);
  // The name in brackets may hold spaces; the start time is the 20th field after it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
