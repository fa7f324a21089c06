/**
 * What `npm start`, `npm test` and the others do once everything is set up. Each returns the exit code.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, inRoot, NODE_MODULES, ROOT } from './setup/context.mjs';
import { withNode } from './setup/node.mjs';
import { viteBuild } from './setup/page.mjs';
import { say, seconds } from './setup/report.mjs';
import { runForeground } from './setup/shell.mjs';

/** @typedef {import('./setup/node.mjs').Node} Node */
/** @typedef {(node: Node, args: readonly string[]) => number | Promise<number>} Command */

const MAIN = inRoot('src/main.ts');

/** @type {Record<string, { tests: boolean, help: string, run: Command }>} */
export const COMMANDS = {
  start: { tests: false, help: 'run the gateway (config/demo.yaml unless told otherwise)', run: start },
  dev: { tests: false, help: 'run the gateway, restarting it on every change; the page is rebuilt', run: dev },
  test: { tests: true, help: 'check, then run the tests; with arguments only the tests they name', run: test },
  check: { tests: false, help: 'types, format, lint, import rules, dead code', run: check },
  bench: { tests: true, help: 'measure; --list tells what there is', run: bench },
  scenario: { tests: true, help: 'play S1, S2, S3 through real legs and consoles, and judge them', run: scenario },
  setup: { tests: false, help: 'set up and stop there; --tests also what the tests need', run: () => 0 },
  escaut: { tests: false, help: 'the command line of the gateway itself', run: escaut },
};

/** @type {Command} */
function start(node, args) {
  return escaut(node, ['start', ...args]);
}

/** @type {Command} */
function escaut(node, args) {
  // Files that its options name are those of whoever calls it.
  return runForeground('node', [MAIN, ...args], { env: gatewayEnv(node), cwd: process.cwd() });
}

/**
 * What Node has compiled once is kept beside what the set-up has: the voice process is back sooner.
 * @param {Node} node
 */
function gatewayEnv(node) {
  return { NODE_COMPILE_CACHE: join(CACHE, 'compile'), ...withNode(node) };
}

/** @type {Command} */
function bench(node, args) {
  return runForeground('node', ['bench/run.ts', ...args], { env: withNode(node) });
}

/** @type {Command} */
function scenario(node, args) {
  return runForeground('node', ['scenario/run.ts', ...args], { env: gatewayEnv(node) });
}

/** @type {Command} */
async function dev(node, args) {
  const env = gatewayEnv(node);
  const page = existsSync(inRoot('src/web/vite.config.ts'))
    ? spawn('node', [...viteBuild(), '--watch'], { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] })
    : undefined;
  const code = await runForeground('node', [...watchFlags(), MAIN, 'start', ...args], { env });
  page?.kill('SIGTERM');
  return code;
}

/** Restarts on what the gateway is made of; the page is built anew beside it. */
function watchFlags() {
  const folders = readdirSync(inRoot('src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'web')
    .map((entry) => `src/${entry.name}`);
  return [
    ...[MAIN, 'config', ...folders].map((path) => `--watch-path=${path}`),
    '--watch-preserve-output',
    // Else Node reports imports over the channel of each child process, where the voice process's messages go.
    ...['--import', 'data:text/javascript,delete process.env.WATCH_REPORT_DEPENDENCIES'],
  ];
}

/** @type {Command} */
async function test(node, args) {
  const checked = args.length > 0 ? 0 : await check(node);
  if (checked !== 0) say('The checks above failed; the tests run all the same.\n');
  const tested = await runForeground('node', [join(NODE_MODULES, 'vitest', 'vitest.mjs'), 'run', ...args], {
    env: withNode(node),
  });
  return tested || checked;
}

/** Each tells by its exit code; what it says is shown where it fails. */
const CHECKS = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'types of the page', command: ['tsc', '--noEmit', '--project', 'src/web'], needs: 'src/web/tsconfig.json' },
  { name: 'format and lint', command: ['biome', 'ci', '--colors=off'] },
  { name: 'import rules', command: ['depcruise', 'src', 'test', 'bench', 'scenario'] },
  { name: 'dead code', command: ['knip', '--no-progress'] },
];

/**
 * Runs all checks, side by side, and reports them all.
 * @param {Node} node
 */
async function check(node) {
  const env = { ...withNode(node), NO_COLOR: '1' };
  const checks = CHECKS.filter(({ needs }) => needs === undefined || existsSync(inRoot(needs)));
  const results = await Promise.all(
    checks.map(async ({ name, command: [program = '', ...args] }) => {
      const startMs = performance.now();
      const { code, output } = await capture(join(NODE_MODULES, '.bin', program), args, env);
      return { name, code, output, took: seconds(performance.now() - startMs) };
    }),
  );
  const failed = results.filter((result) => result.code !== 0);
  for (const { name, output } of failed) console.log(`── ${name} ──\n${output.trim()}\n`);
  for (const { name, code, took } of results) {
    console.log(`${code === 0 ? '✓' : '✗'} ${name.padEnd(20)} ${(code === 0 ? 'ok' : 'failed').padEnd(8)} ${took}`);
  }
  console.log('');
  return failed.length === 0 ? 0 : 1;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number, output: string }>}
 */
function capture(command, args, env) {
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
