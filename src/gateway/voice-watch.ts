/** How the voice process fares, for the log and for operators: whether it is there, and whether it records. */
import type { Clock } from '../base/clock.ts';
import { GatewayError } from '../base/errors.ts';
import type { SomeEvents } from '../base/events.ts';
import type { ConsoleServer } from '../console/console-server.ts';
import type { VoicePlaneState } from '../voice/voice-client.ts';

export interface VoiceWatchPort {
  readonly clock: Clock;
  readonly events: SomeEvents<'processes.voiceReady' | 'processes.voiceDied' | 'recordings.away' | 'recordings.back'>;
  readonly console: Pick<ConsoleServer, 'raiseAlarm' | 'clearAlarm'>;
  /** Consoles can be opened: from here on a voice process that cannot be had ends the gateway. */
  readonly isOpen: () => boolean;
  readonly onFailure: (error: GatewayError) => void;
}

export class VoiceWatch {
  readonly #port: VoiceWatchPort;
  #isReady = false;
  #awaitedMs = 0;
  /** Why what is said is not recorded. */
  #fault: string | undefined;

  constructor(port: VoiceWatchPort) {
    this.#port = port;
  }

  /** It is being started. */
  start(): void {
    this.#awaitedMs = this.#port.clock.nowMs();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Operators know before they talk. */
  recordingFault(reason: string | undefined): void {
    const { events } = this.#port;
    if (reason === this.#fault) return;
    this.#fault = reason;
    if (reason === undefined) {
      events.recordings.back();
      this.#port.console.clearAlarm('not-recorded', '');
    } else {
      events.recordings.away({ reason });
      this.#port.console.raiseAlarm('not-recorded', '');
    }
  }

  ready(pid: number): void {
    const { clock, events } = this.#port;
    this.#isReady = true;
    this.recordingFault(undefined); // the new process says anew what is wrong
    const durationMs = Math.round(clock.nowMs() - this.#awaitedMs);
    events.processes.voiceReady({ pid: pid, durationMs });
  }

  plane(state: VoicePlaneState, reason: string): void {
    const { clock, events, onFailure } = this.#port;
    this.#isReady = state === 'back';
    if (state === 'restarting') {
      this.#awaitedMs = clock.nowMs();
      events.processes.voiceDied({ reason });
      this.#port.console.raiseAlarm('voice-plane-restarting', '');
    } else if (state === 'back') this.#port.console.clearAlarm('voice-plane-restarting', '');
    else if (this.#port.isOpen()) onFailure(new GatewayError('VOICE_PROCESS_FAILED', `voice process: ${reason}`));
  }
}
