/**
 * The set-up: what must be there before a command runs, in the order in which one thing needs another.
 *
 *   Node 24 ─▶ npm packages ─▶ opus add-on, mediasoup's worker, protocol code ─▶ console page
 *      Debian packages ────────────▲
 *
 * Where all is current it costs some tens of ms and prints nothing. Each step checks itself, so one that was
 * interrupted is the one that is run again.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clearPartials, tryLock } from './cache.mjs';
import { CACHE, CORES, inRoot } from './context.mjs';
import {
  findMissing,
  findUnpacked,
  hasProgram,
  installPackages,
  needsRoot,
  PACKAGES,
  privilege,
  unpackPackage,
} from './debian.mjs';
import { findNode, installNode, recheckNode } from './node.mjs';
import { arePackagesCurrent, installNpmPackages } from './npm-packages.mjs';
import { isOpusBuilt, isOpusInPlace, provideOpus, recheckOpus } from './opus.mjs';
import { buildPage, isPageCurrent } from './page.mjs';
import { generateProto, isProtoCurrent } from './proto.mjs';
import { SetupError, say, seconds, startStep } from './report.mjs';
import { buildWorker, fetchWorker, isWorkerBuilt, isWorkerInPlace, placeWorker, recheckWorker } from './worker.mjs';

const LOCK_RETRY_MS = 500;
/** Folders of node_modules in which something of ours takes its place. */
const MODULES = ['.escaut', '@discordjs/opus', 'mediasoup/worker/out/Release'];

/**
 * @param {{ tests: boolean }} what `tests`: also the programs that only the tests talk to
 * @returns {Promise<import('./node.mjs').Node>} what runs everything else
 */
export async function setUp({ tests }) {
  const ready = readyNode(tests);
  if (ready !== undefined) return ready;

  const release = await takeLock();
  process.once('exit', release);
  try {
    const meanwhile = readyNode(tests); // by whoever held the lock
    if (meanwhile !== undefined) return meanwhile;
    const startMs = performance.now();
    say(`Setting up what is missing; what is built is kept in ${CACHE}`);
    clearLeftovers();
    const node = await obtain(tests);
    say(`Set up in ${seconds(performance.now() - startMs)}.`);
    return node;
  } finally {
    release();
    process.off('exit', release);
  }
}

/**
 * The Node to run with, if there is nothing left to do.
 * @param {boolean} tests
 */
function readyNode(tests) {
  const node = findNode();
  if (node === undefined || !arePackagesCurrent() || !isOpusInPlace(node.abi) || !isWorkerInPlace()) return undefined;
  if (!isProtoCurrent() || !isPageCurrent()) return undefined;
  return findMissing(tests ? PACKAGES.test : []).length === 0 ? node : undefined;
}

/** @param {boolean} tests */
async function obtain(tests) {
  let node = findNode() ?? recheckNode();
  if (node !== undefined) await recheckOpus(node);
  await recheckWorker();

  const isWorkerToBuild = !isWorkerBuilt() && !(await tryOfficialWorker());
  const isOpusToBuild = node === undefined || !isOpusBuilt(node.abi);
  await provideDebianPackages([
    ...(isOpusToBuild ? PACKAGES.opus : []),
    ...(isWorkerToBuild ? PACKAGES.worker : []),
    ...(tests ? PACKAGES.test : []),
  ]);

  if (tests && findUnpacked('chrony') === undefined && hasProgram('dpkg-deb')) {
    await run('chrony', 'a time server for the tests', (step) => unpackPackage('chrony', step));
  }

  if (node === undefined) {
    await run('Node 24', `this machine has ${process.versions.node}; about 15 s`, installNode);
    node = findNode();
    if (node === undefined)
      throw new SetupError('Node 24 was installed and is not found.', `Remove ${CACHE} and start again.`);
  }
  const { abi } = node;
  const here = node;
  if (!arePackagesCurrent()) {
    await run('npm packages', 'as locked; about 20 s', (step) => installNpmPackages(here, step));
  }
  if (!isOpusInPlace(abi)) {
    await run('opus add-on', 'compiles the codec for this Node; about 30 s, once', (step) => provideOpus(here, step));
  }
  if (!isWorkerBuilt()) {
    const minutes = (130 / CORES / 60).toFixed(1);
    await run('mediasoup worker', `compiles 211 C++ files; about ${minutes} min on ${CORES} cores, once`, buildWorker);
  }
  if (!isWorkerInPlace()) placeWorker();
  if (!isProtoCurrent()) await run('protocol code', 'from proto/*.proto', (step) => generateProto(here, step));
  if (!isPageCurrent()) await run('console page', 'bundles src/web', (step) => buildPage(here, step));
  return node;
}

/** @returns {Promise<boolean>} whether there is a worker now */
async function tryOfficialWorker() {
  const step = startStep('mediasoup worker', 'looks for the official binary; gives up after 4 s');
  const whyNot = await fetchWorker(step);
  step.done(whyNot === undefined ? 'the official binary' : `${whyNot}; will be built from source`);
  return whyNot === undefined;
}

/** @param {readonly string[]} wanted */
async function provideDebianPackages(wanted) {
  const missing = findMissing(wanted);
  if (missing.length === 0) return;
  const become = privilege();
  if (become === undefined) throw needsRoot(missing);
  await run('Debian packages', `${missing.length} missing: ${missing.join(' ')}`, async (step) => {
    await installPackages(missing, become, step);
    const still = findMissing(wanted);
    if (still.length > 0) throw new SetupError(`apt-get succeeded, yet these are missing: ${still.join(' ')}`);
    return missing.join(' ');
  });
}

/**
 * @param {string} name
 * @param {string} why
 * @param {(step: import('./report.mjs').Step) => Promise<string | void>} work
 */
async function run(name, why, work) {
  const step = startStep(name, why);
  try {
    step.done((await work(step)) ?? '');
  } catch (error) {
    step.failed();
    throw error;
  }
}

/** Waits for a set-up that is running already: it may be doing what we want. */
async function takeLock() {
  let isTold = false;
  for (;;) {
    const lock = tryLock(join(CACHE, 'lock'));
    if (lock.held) return lock.release;
    if (!isTold) say(`Another set-up is running (process ${lock.holder}); waiting for it.`);
    isTold = true;
    await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
  }
}

/** What killed runs left; the folder of a half-built worker stays, since its pieces are used again. */
function clearLeftovers() {
  const folder = join(CACHE, 'tmp');
  mkdirSync(folder, { recursive: true });
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!/^worker-\d+\./.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  const inCheckout = ['dist', 'src/protocols', ...MODULES.map((name) => `node_modules/${name}`)].map(inRoot);
  clearPartials([...inCheckout, ...['stamps', 'node', 'opus', 'worker'].map((name) => join(CACHE, name))]);
}
