/**
 * Starts the thread that writes recordings, and starts it anew when it dies. Its settings are a JSON text: `folder`,
 * `gateway`, `keptDays`.
 */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import type { VoiceEvent } from './contract.ts';
import { Recorder, type RecordingOrder, type RecordingReply } from './recorder.ts';

const restartAfterMs = 1000;
const stopWithinMs = 1000;

export class RecordingThread {
  readonly tap: Recorder;
  readonly #settings: object;
  readonly #clock: Clock;
  readonly #emit: (event: VoiceEvent) => void;
  #worker: Worker | undefined;
  /** The fault that was told last: the next thread says when it is over. */
  #said: string | undefined;
  #stopped: (() => void) | undefined;

  constructor(settings: string, clock: Clock, emit: (event: VoiceEvent) => void) {
    this.#settings = JSON.parse(settings);
    this.#clock = clock;
    this.#emit = emit;
    this.tap = new Recorder({
      post: (order) => this.#post(order),
      utcMs: (nowMs) => clock.utcMs() - (clock.nowMs() - nowMs),
    });
    this.#start();
  }

  /** All files are whole, or a second has passed. */
  stop(): Promise<void> {
    if (this.#worker === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.callAt(this.#clock.nowMs() + stopWithinMs, resolve);
      this.#stopped = () => {
        cancel();
        resolve();
      };
      this.#post({ name: 'stop' });
    });
  }

  #start(): void {
    const worker = new Worker(new URL('recording-worker.ts', import.meta.url), {
      workerData: { ...this.#settings, said: this.#said },
    });
    this.#worker = worker;
    worker.on('message', (reply: RecordingReply) => this.#heed(reply));
    worker.on('error', (error) => this.#tellFault(error.message));
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#stopped?.();
      if (this.#stopped !== undefined) return;
      this.#clock.callAt(this.#clock.nowMs() + restartAfterMs, () => {
        this.#start();
        this.tap.beginAnew(this.#clock.nowMs());
      });
    });
  }

  #post(order: RecordingOrder): void {
    this.#worker?.postMessage(order);
  }

  #heed(reply: RecordingReply): void {
    switch (reply.name) {
      case 'took':
        this.tap.took(reply.octets);
        return;
      case 'recorded':
        this.#emit(reply);
        return;
      case 'deleted':
        this.#emit({ ...reply, name: 'recordingsDeleted' });
        return;
      case 'fault':
        this.#tellFault(reply.reason);
        return;
      case 'stopped':
        this.#stopped?.();
        return;
    }
  }

  #tellFault(reason: string | undefined): void {
    this.#said = reason;
    this.#emit({ name: 'recordingFault', ...(reason !== undefined && { reason }) });
  }
}
