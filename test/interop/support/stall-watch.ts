/** A thread that does nothing but wait, and notes by how much it was woken late: the machine's doing, nobody else's. */
import { workerData } from 'node:worker_threads';

const everyMs = 5;
const latestMs = new Int32Array(workerData as SharedArrayBuffer);

let dueMs = performance.now() + everyMs;
const wake = () => {
  const nowMs = performance.now();
  const lateMs = Math.round(nowMs - dueMs);
  if (lateMs > Atomics.load(latestMs, 0)) Atomics.store(latestMs, 0, lateMs);
  dueMs = nowMs + everyMs;
  setTimeout(wake, everyMs);
};
setTimeout(wake, everyMs);
