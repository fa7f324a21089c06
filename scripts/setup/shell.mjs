/**
 * Runs other programs: set-up tools with their output kept in a log, and the user's command in the foreground.
 *
 * Each gets a process group of its own, so that Ctrl-C in a terminal reaches only us and we decide who hears of it:
 * a gateway is told to stop once and takes its time; a compiler is stopped with everything it started.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { CACHE, ROOT } from './context.mjs';
import { SetupError } from './report.mjs';

/** Signals that ask a program to end, and the one it is asked with: a closed terminal is a polite request too. */
const STOP_SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
/** Of a tool's output, where it fails. */
const ERROR_LINES = 20;
/** npm and the terminal may both pass on one Ctrl-C; what comes within this time is the same wish. */
const SAME_WISH_MS = 1_000;

/**
 * Runs "$@" beside a watcher that reads from a pipe which we hold open: when we are gone, even by `kill -9`, the read
 * ends. Then a tool is ended with all it started, lest it goes on in a folder that the next run works in (asked first:
 * ninja keeps its compilers in groups of their own and ends them itself); and a gateway is asked to stop, lest it runs
 * on with nobody knowing.
 */
const WATCHED = {
  tool: '(trap "" TERM; read _ <&3; kill -TERM -$$; sleep 1; kill -KILL -$$) >/dev/null 2>&1 & exec 3<&-; exec "$@"',
  program: '(read _ <&3; kill -TERM $$) >/dev/null 2>&1 & exec 3<&-; exec "$@"',
};

/** @type {Set<string>} logs of this run; those of the run before are written over */
const begunLogs = new Set();

/** @type {Set<number>} process groups of running tools */
const toolGroups = new Set();

/** @param {NodeJS.Signals} signal */
function stopTools(signal) {
  for (const group of toolGroups) process.kill(-group, 'SIGTERM');
  process.stderr.write('\nStopped. What is finished is kept; start again to go on from here.\n');
  process.exit(128 + constants.signals[signal]);
}

/** @param {number} group */
function watchTool(group) {
  if (toolGroups.size === 0) for (const signal of STOP_SIGNALS) process.on(signal, stopTools);
  toolGroups.add(group);
}

/** @param {number} group */
function forgetTool(group) {
  toolGroups.delete(group);
  if (toolGroups.size === 0) for (const signal of STOP_SIGNALS) process.off(signal, stopTools);
}

/**
 * Runs a set-up tool to its end. Its output goes to a log; the last lines are shown where it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ log: string, step?: import('./report.mjs').Step, env?: NodeJS.ProcessEnv, cwd?: string, remedy?: string,
 *   ok?: (code: number) => boolean, shows?: RegExp }} options `log`: name of the log; `ok`: which exit codes are no
 *   failure; `shows`: lines that tell how far it is
 * @returns {Promise<number>} the exit code
 */
export async function runTool(command, args, options) {
  const logPath = join(CACHE, 'log', `${options.log}.log`);
  mkdirSync(dirname(logPath), { recursive: true });
  const log = createWriteStream(logPath, { flags: begunLogs.has(logPath) ? 'a' : 'w' });
  begunLogs.add(logPath);
  log.write(`$ ${command} ${args.join(' ')}\n`);
  let said = '';

  const child = spawn('sh', ['-c', WATCHED.tool, 'sh', command, ...args], {
    cwd: options.cwd ?? ROOT,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const group = child.pid ?? 0;
  watchTool(group);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      log.write(text);
      said += text;
      const lines = text.split(/[\r\n]+/).filter((line) => (options.shows ?? /\S/).test(line));
      options.step?.detail(lines.at(-1) ?? '');
    });
  }
  child.once('exit', () => child.stdio[3]?.destroy());
  const outcome = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? `ended by ${signal}`));
  });
  forgetTool(group);
  await new Promise((resolve) => log.end(resolve));

  if (typeof outcome === 'number' && (options.ok ?? ((code) => code === 0))(outcome)) return outcome;
  const how = typeof outcome === 'number' ? `exit code ${outcome}` : outcome;
  throw new SetupError(
    `${command} ${args[0] ?? ''} failed (${how}):\n\n${essence(said.trim())}\n\nAll of it: ${logPath}`,
    options.remedy,
  );
}

/**
 * The lines that tell why: compilers and apt say it at the end, npm at the start of what it calls errors.
 * @param {string} output
 */
function essence(output) {
  const lines = output.split('\n');
  const errors = lines.filter((line) => line.startsWith('npm error'));
  return (errors.length > 0 ? errors.slice(0, ERROR_LINES) : lines.slice(-ERROR_LINES)).join('\n');
}

/**
 * Runs a program in the foreground until it ends. A stop signal is passed on once for each wish, and the program is
 * given the time it wants.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options] `cwd`: the repository unless given
 * @returns {Promise<number>} its exit code; 128 + n where signal n ended it
 */
export function runForeground(command, args, options = {}) {
  const child = spawn('sh', ['-c', WATCHED.program, 'sh', command, ...args], {
    cwd: options.cwd ?? ROOT,
    env: options.env ?? process.env,
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    detached: true,
  });
  let lastMs = Number.NEGATIVE_INFINITY;
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < SAME_WISH_MS) return;
    lastMs = nowMs;
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, passOn);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code, signal) => {
      child.stdio[3]?.destroy();
      for (const name of STOP_SIGNALS) process.off(name, passOn);
      resolve(code ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)]);
    });
  });
}
