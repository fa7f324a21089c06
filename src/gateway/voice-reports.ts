/** Turns what the voice process tells into log lines and metrics. */
import type { Events } from '../base/events.ts';
import type { Meter } from '../base/meter.ts';
import type { VoiceEvent } from '../voice/contract.ts';

export class VoiceReports {
  readonly #events: Pick<Events, 'floorAnswered' | 'overEnded' | 'voiceRefused'>;
  readonly #meter: Pick<Meter, 'mirror'>;

  constructor(events: Pick<Events, 'floorAnswered' | 'overEnded' | 'voiceRefused'>, meter: Pick<Meter, 'mirror'>) {
    this.#events = events;
    this.#meter = meter;
  }

  take(event: VoiceEvent): void {
    switch (event.name) {
      case 'failed':
        this.#events.voiceRefused({ id: event.id, command: event.command, reason: event.reason });
        break;
      case 'statistics':
        this.#meter.mirror('voice', event.statistics.counters, event.statistics.gauges);
        break;
      case 'answer': {
        const { party, group, answer } = event;
        if (answer.result === 'warned' || answer.result === 'released') break;
        const cause = 'cause' in answer ? { cause: answer.cause } : {};
        this.#events.floorAnswered({ group, party, result: answer.result, ...cause });
        break;
      }
      case 'over': {
        const { group, party, over, end, durationMs, packetsLost, emergency } = event.report;
        const lostMs = Object.values(event.report.lostMs).reduce((sum, ms) => sum + ms, 0);
        this.#events.overEnded({ group, party, over, end, durationMs, lostMs, packetsLost, emergency });
        break;
      }
      default:
    }
  }
}
