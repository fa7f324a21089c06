/**
 * mediasoup's worker: the official binary where it is in reach and runs here, else built from the sources inside the
 * npm package against Debian's libraries (docs/adr/0002-set-up-and-native-parts.md).
 *
 * Kept in the cache and copied to where mediasoup looks by itself, so that no setting names it.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheKey, contentHash, lengthsOf, partialOf, publish, readStamp, writeStamp } from './cache.mjs';
import { CACHE, DISTRIBUTION, inRoot, lockedVersion, NODE_MODULES } from './context.mjs';
import { databaseState, hasProgram } from './debian.mjs';
import { SetupError } from './report.mjs';
import { runTool } from './shell.mjs';
import { ninjaText, pieceText, planPieces, RECIPE, sourcePaths } from './worker-plan.mjs';

const VERSION = lockedVersion('mediasoup');
const SOURCES = join(NODE_MODULES, 'mediasoup', 'worker');
const COMPAT = inRoot('scripts/setup/worker-compat');
/** Where mediasoup itself would have put what it builds or downloads. */
const IN_PLACE = join(SOURCES, 'out', 'Release', 'mediasoup-worker');

/** mediasoup's own releases; its environment variable for a mirror is honoured, as is the one that says not to try. */
const RELEASES =
  process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL ?? 'https://github.com/versatica/mediasoup/releases/download';
const ANSWER_MS_MAX = 4_000;
const DOWNLOAD_MS_MAX = 60_000;
const START_MS_MAX = 5_000;

/** Enough that the progress moves and memory stays under 600 MB a core; each more costs 2 s for the headers. */
const PIECES = 8;

const KEY = cacheKey([
  VERSION,
  process.arch,
  DISTRIBUTION,
  contentHash({ texts: RECIPE, paths: [COMPAT] }).slice(0, 8),
]);
const FOLDER = join(CACHE, 'worker', KEY);
const BUILD = join(CACHE, 'tmp', `worker-${KEY}`);
const CACHED = join(FOLDER, 'mediasoup-worker');
/** Vouches that the binary ran, as long as it is now, with the libraries as they are installed now. */
const RAN = join(FOLDER, 'ran');
const ranNow = () => `${databaseState()}${lengthsOf(CACHED)}`;

/** Somebody brings a worker of his own; mediasoup takes it from the same variable. */
const isBrought = () => Boolean(process.env.MEDIASOUP_WORKER_BIN);

export const isWorkerBuilt = () => isBrought() || (existsSync(CACHED) && readStamp(RAN) === ranNow());

export function isWorkerInPlace() {
  if (isBrought()) return true;
  // By content: two builds of one version have the same size.
  return isWorkerBuilt() && existsSync(IN_PLACE) && readFileSync(IN_PLACE).equals(readFileSync(CACHED));
}

/** What is in the cache may have been cut short, or lost its libraries since: found out by starting it. */
export async function recheckWorker() {
  if (isBrought() || !existsSync(CACHED)) return;
  if (await starts(CACHED)) writeStamp(RAN, ranNow());
  else rmSync(FOLDER, { recursive: true, force: true });
}

/** Copies the worker from the cache to where mediasoup looks. */
export function placeWorker() {
  const partial = partialOf(IN_PLACE);
  mkdirSync(dirname(IN_PLACE), { recursive: true });
  copyFileSync(CACHED, partial);
  // What it was built in, which a build that was killed at its very end leaves behind.
  rmSync(BUILD, { recursive: true, force: true });
  publish(partial, IN_PLACE);
}

/**
 * Tries the official binary. Gives up within seconds: building is always possible.
 * @param {import('./report.mjs').Step} step
 * @returns {Promise<string | undefined>} why not, if not
 */
export async function fetchWorker(step) {
  if (process.env.MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD) return 'not to be tried';
  const name = `mediasoup-worker-${VERSION}-${process.platform}-${process.arch}-kernel${release().split('.')[0]}.tgz`;
  const folder = join(CACHE, 'tmp', `worker-fetch-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    const bytes = await download(`${RELEASES}/${VERSION}/${name}`);
    if (bytes === undefined) return 'no binary for this machine';
    writeFileSync(join(folder, name), bytes);
    await runTool('tar', ['-xzf', name], { log: 'worker', cwd: folder, step });
    const binary = join(folder, 'mediasoup-worker');
    chmodSync(binary, 0o755);
    if (!(await starts(binary))) return 'the official binary does not run here';
    keep(binary);
    return undefined;
  } catch (error) {
    return error instanceof SetupError ? 'the download is no archive' : 'out of reach';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} url
 * @returns {Promise<Uint8Array | undefined>} undefined where the server has none
 */
async function download(url) {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(), ANSWER_MS_MAX);
  try {
    const answer = await fetch(url, { signal: abort.signal });
    if (!answer.ok) return undefined;
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(), DOWNLOAD_MS_MAX);
    return new Uint8Array(await answer.arrayBuffer());
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Builds the worker. The folder of a build that was stopped is used again: finished pieces are not compiled twice.
 * @param {import('./report.mjs').Step} step
 */
export async function buildWorker(step) {
  const folder = BUILD;
  step.detail(`[0/${await writePlan(folder, PIECES, step)}] compile the largest pieces`);
  try {
    await ninja(folder, step);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    // Joined files may clash in a way that the plan does not see; one by one they are as their authors wrote them.
    step.detail('joined files do not compile; trying them one by one (5 minutes on 2 cores)');
    rmSync(folder, { recursive: true, force: true });
    await writePlan(folder, Number.POSITIVE_INFINITY, step);
    await ninja(folder, step);
  }
  const binary = join(folder, 'mediasoup-worker');
  if (!(await starts(binary)))
    throw new SetupError("mediasoup's worker was built but does not start.", `See ${CACHE}/log/worker.log`);
  keep(binary);
}

/**
 * @param {string} folder
 * @param {number} count of pieces
 * @param {import('./report.mjs').Step} step
 * @returns {Promise<number>} how many things ninja will do
 */
async function writePlan(folder, count, step) {
  const headers = join(folder, 'gen', 'FBS');
  mkdirSync(headers, { recursive: true });
  const schemas = readdirSync(join(SOURCES, 'fbs')).filter((file) => file.endsWith('.fbs'));
  // As in worker/fbs/FBS/meson.build.
  const style = ['--cpp-field-case-style', 'lower', '--reflect-names', '--scoped-enums', '--filename-suffix', ''];
  const inputs = schemas.map((file) => join(SOURCES, 'fbs', file));
  await runTool('flatc', ['--cpp', ...style, '-o', headers, ...inputs], { log: 'worker', step });

  const sources = sourcePaths(readFileSync(join(SOURCES, 'meson.build'), 'utf8')).map((path) => ({
    path,
    text: readFileSync(join(SOURCES, path), 'utf8'),
  }));
  const pieces = planPieces(sources, count);
  for (const piece of pieces) writeIfChanged(join(folder, `${piece.name}.cpp`), pieceText(piece, SOURCES));
  const compiler = hasProgram('ccache') ? 'ccache g++' : 'g++';
  writeIfChanged(join(folder, 'build.ninja'), ninjaText({ pieces, workerDir: SOURCES, compatDir: COMPAT, compiler }));
  return pieces.length + 1;
}

/** @param {string} folder @param {import('./report.mjs').Step} step */
function ninja(folder, step) {
  return runTool('ninja', [], {
    log: 'worker',
    cwd: folder,
    // ccache's direct mode does not notice a header of ours that begins to stand before one of the system's.
    env: { ...process.env, NINJA_STATUS: '[%f/%t] ', CCACHE_NODIRECT: '1' },
    step,
    shows: /^\[\d/,
  });
}

/** @param {string} path @param {string} text */
function writeIfChanged(path, text) {
  if (readStamp(path) !== text) writeStamp(path, text);
}

/** @param {string} binary that ran */
function keep(binary) {
  const partial = join(CACHE, 'tmp', `worker-keep-${process.pid}`);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  copyFileSync(binary, join(partial, 'mediasoup-worker'));
  publish(partial, FOLDER);
  writeStamp(RAN, ranNow());
}

/**
 * Whether a worker starts: it then says so on its channel, by itself.
 * @param {string} binary
 * @returns {Promise<boolean>}
 */
function starts(binary) {
  return new Promise((resolve) => {
    const child = spawn(binary, ['--logLevel=none'], {
      env: { MEDIASOUP_VERSION: VERSION },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => end(false), START_MS_MAX);
    /** @param {boolean} outcome */
    const end = (outcome) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(outcome);
    };
    child.stdio[4]?.once('data', () => end(true));
    child.once('error', () => end(false));
    child.once('exit', () => end(false));
  });
}
