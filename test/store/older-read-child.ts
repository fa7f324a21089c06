/** A thread with little memory that reads the timeline of a state folder for what is too old, of which there is none. */
import { parentPort, workerData } from 'node:worker_threads';
import { itemsIn } from '../../src/store/kept-items.ts';

const { state } = workerData as { state: string };
const items = itemsIn(
  state,
  'timeline',
  {},
  () => true,
  () => false,
);
parentPort?.postMessage(items.length);
