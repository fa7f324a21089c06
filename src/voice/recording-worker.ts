/** The thread that writes recordings: coding and disks take their time, and voice has none. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { assert } from '../base/assert.ts';
import type { RecordingOrder, RecordingReply } from './recorder.ts';
import { Recordings } from './recordings.ts';

const settings = z
  .object({ folder: z.string(), gateway: z.string(), masters: z.array(z.string()), said: z.string().optional() })
  .parse(workerData);
const port = parentPort;
assert(port !== null, 'runs as a worker');

const reply = (said: RecordingReply): void => port.postMessage(said);
const recordings = new Recordings({
  ...settings,
  masters: settings.masters.map((each) => Buffer.from(each, 'hex')),
  nowMs: () => performance.now(),
  utcMs: () => Date.now(),
  reply,
});
const ticks = setInterval(() => {
  recordings.tick();
  reply({ name: 'alive' });
}, 500);
recordings.tick();
port.on('message', (order: RecordingOrder) => {
  recordings.take(order);
  if (order.name !== 'stop') return;
  clearInterval(ticks);
  port.close();
});
