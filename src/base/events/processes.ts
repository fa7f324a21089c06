/** Processes beside the main one: voice, media workers, simulated networks. */
import type { Desk } from './desk.ts';

export class ProcessEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  voiceReady(at: { pid: number; durationMs: number }): void {
    this.#meter.set('voice_process_up', 1);
    this.#log.info({ event: 'voice.ready', ...at });
  }

  /** It ended unasked; `reason` says how. It is started again, and voiceReady follows. */
  voiceDied(at: { reason: string }): void {
    this.#meter.set('voice_process_up', 0);
    this.#meter.add('voice_process_deaths_total', 1);
    this.#log.error({ event: 'voice.died', ...at });
  }

  /** The voice process could not carry out a command of ours. */
  voiceRefused(at: { id: string; command: string; reason: string }): void {
    this.#log.error({ event: 'voice.refused', ...at });
  }

  workersReady(at: { workers: number }): void {
    this.#meter.set('media_workers', at.workers);
    this.#log.info({ event: 'workers.ready', ...at });
  }

  workerDied(at: { pid: number; workers: number; reason: string }): void {
    this.#meter.set('media_workers', at.workers);
    this.#meter.add('media_worker_deaths_total', 1);
    this.#log.error({ event: 'worker.died', ...at });
  }

  /** A worker took a dead one's place and everything on it stands again. */
  workerReplaced(at: { pid: number; workers: number; durationMs: number }): void {
    this.#meter.set('media_workers', at.workers);
    this.#log.info({ event: 'worker.replaced', ...at });
  }

  simulatorStarted(at: { pid: number; networks: number }): void {
    this.#log.info({ event: 'simulator.started', ...at });
  }

  /** They ended with the gateway: speech of the gateway that they carried, and what came before they could. */
  simulatorStopped(at: { carriedMs: number; cutMs: number }): void {
    this.#log.info({ event: 'simulator.stopped', ...at });
  }

  simulatorEnded(at: { exitCode: number | null; signal: string | null }): void {
    this.#log.error({ event: 'simulator.ended', ...at });
  }
}
