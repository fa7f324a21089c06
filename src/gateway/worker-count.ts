import { availableParallelism } from 'node:os';
import type { Config } from '../config/schema.ts';

/** mediasoup workers that the configuration asks for. */
export function workerCount({ media }: Config): number {
  const { workers } = media.webrtc;
  return workers === 'cores' ? availableParallelism() : workers;
}
