/**
 * Tells a stall of the machine from a fault: a test in real time that fails while the machine held up a thread with
 * nothing to do for longer than a bar may allow says so, and is tried again (vitest.config.ts). Any other failure counts
 * at once, so that a race of one in three is not hidden.
 */
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach } from 'vitest';

/** Half of what the strictest bar for speech leaves room for (a gap of 100 ms). */
const stallMsMin = 50;

const shared = new SharedArrayBuffer(4);
const latestMs = new Int32Array(shared);
new Worker(new URL('stall-watch.ts', import.meta.url), { workerData: shared }).unref();

beforeEach(() => {
  Atomics.store(latestMs, 0, 0);
});

afterEach(({ task }) => {
  const stallMs = Atomics.load(latestMs, 0);
  if (task.result?.state === 'fail' && stallMs >= stallMsMin) throw new Error(`the machine stalled for ${stallMs} ms`);
});
