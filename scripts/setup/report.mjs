/**
 * Tells what the set-up does, on stderr: a command's own output stays clean on stdout.
 *
 * A terminal gets one line that lives; anything else gets plain lines and a sign of life every 15 s.
 */
const HEARTBEAT_MS = 15_000;
const FRAME_MS = 250;

/** What the user can act on: shown without a stack trace. */
export class SetupError extends Error {
  /**
   * @param {string} problem
   * @param {string} [remedy] what to do; a command is shown alone on its line
   */
  constructor(problem, remedy) {
    super(problem);
    this.remedy = remedy;
  }
}

const live = process.stderr.isTTY === true && process.env.CI === undefined && process.env.TERM !== 'dumb';

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** @param {number} ms */
export function seconds(ms) {
  return ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/**
 * Follows one step from its first line to its last.
 * @param {string} name
 * @param {string} why it takes its time
 */
export function startStep(name, why) {
  const startMs = performance.now();
  const elapsed = () => seconds(performance.now() - startMs);
  let detail = '';
  const line = () => `  … ${name.padEnd(22)}${elapsed().padStart(7)}  ${detail || why}`;

  if (!live) say(`  … ${name.padEnd(22)}${''.padStart(7)}  ${why}`);
  const timer = setInterval(
    () => {
      if (live) process.stderr.write(`\r\x1b[K${line().slice(0, (process.stderr.columns ?? 80) - 1)}`);
      else say(line());
    },
    live ? FRAME_MS : HEARTBEAT_MS,
  );
  timer.unref();

  /** @param {string} mark @param {string} text */
  const end = (mark, text) => {
    clearInterval(timer);
    if (live) process.stderr.write('\r\x1b[K');
    say(`  ${mark} ${name.padEnd(22)}${elapsed().padStart(7)}  ${text}`);
  };
  return {
    /** @param {string} text what is being done just now */
    detail(text) {
      detail = text.trim() || detail;
    },
    /** @param {string} text what came of it */
    done: (text) => end('✓', text),
    failed: () => end('✗', 'failed'),
  };
}

/** @typedef {ReturnType<typeof startStep>} Step */
