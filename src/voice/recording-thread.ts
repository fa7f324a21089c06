/**
 * Starts the thread that writes recordings, and starts it anew when it dies. Its settings are a JSON text: `folder`,
 * `gateway`; its master keys come apart from them.
 */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import type { VoiceEvent } from './contract.ts';
import { Recorder, type RecordingOrder, type RecordingReply } from './recorder.ts';

const restartAfterMs = 1000;
const stopWithinMs = 1000;
const lookEveryMs = 1000;
/** Looks without a sign of life after which nothing is held to be recorded: a disk that hangs says no more than that. */
const silentLooksMax = 10;

export class RecordingThread {
  readonly tap: Recorder;
  readonly #settings: object;
  readonly #clock: Clock;
  readonly #emit: (event: VoiceEvent) => void;
  #worker: Worker | undefined;
  /** The fault that was told last: the next thread says when it is over. */
  #said: string | undefined;
  #silentLooks = 0;
  #stopped: (() => void) | undefined;

  /** `masters`: hexadecimal, a blank between. */
  constructor(settings: string, masters: string, clock: Clock, emit: (event: VoiceEvent) => void) {
    this.#settings = { ...JSON.parse(settings), masters: masters.split(' ').filter((each) => each !== '') };
    this.#clock = clock;
    this.#emit = emit;
    this.tap = new Recorder({
      post: (order) => this.#post(order),
      utcMs: (nowMs) => clock.utcMs() - (clock.nowMs() - nowMs),
      lost: (about, recording) => emit({ name: 'recorded', ...about, ...recording }),
    });
    this.#start();
    this.#look();
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
    worker.on('exit', (code) => {
      this.#worker = undefined;
      this.tap.died();
      this.#stopped?.();
      if (this.#stopped !== undefined) return;
      if (this.#said === undefined) this.#tellFault(`the recorder ended with ${code}`);
      this.#clock.callAt(this.#clock.nowMs() + restartAfterMs, () => {
        this.#start();
        this.tap.beginAnew(this.#clock.nowMs());
      });
    });
  }

  /** Counted, not timed: where this process was held up itself, it has not looked. */
  #look(): void {
    this.#silentLooks += 1;
    if (this.#silentLooks === silentLooksMax) this.#emitFault('the recorder does not answer');
    this.#clock.callAt(this.#clock.nowMs() + lookEveryMs, () => this.#look());
  }

  #post(order: RecordingOrder): void {
    this.#worker?.postMessage(order);
  }

  #heed(reply: RecordingReply): void {
    switch (reply.name) {
      case 'took':
        this.tap.took(reply.octets);
        return;
      case 'alive':
        if (this.#silentLooks >= silentLooksMax) this.#emitFault(this.#said);
        this.#silentLooks = 0;
        return;
      case 'recorded':
        this.tap.recorded(reply);
        this.#emit(reply);
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
    this.#emitFault(reason);
  }

  #emitFault(reason: string | undefined): void {
    this.#emit({ name: 'recordingFault', ...(reason !== undefined && { reason }) });
  }
}
