/** Turns what the voice process tells into log lines and metrics. */
import type { Events } from '../base/events.ts';
import type { Meter } from '../base/meter.ts';
import type { VoiceEvent, VoiceStatistics } from '../voice/contract.ts';

type ReportMeter = Pick<Meter, 'mirror' | 'mirrorTotal' | 'mirrorAfresh' | 'set'>;

export class VoiceReports {
  readonly #events: Pick<Events, 'floorAnswered' | 'overEnded' | 'voiceRefused'>;
  readonly #meter: ReportMeter;

  constructor(events: Pick<Events, 'floorAnswered' | 'overEnded' | 'voiceRefused'>, meter: ReportMeter) {
    this.#events = events;
    this.#meter = meter;
  }

  take(event: VoiceEvent): void {
    switch (event.name) {
      case 'failed':
        this.#events.voiceRefused({ id: event.id, command: event.command, reason: event.reason });
        break;
      case 'ready':
        this.#meter.mirrorAfresh();
        break;
      case 'statistics':
        this.#meter.mirror('voice', event.statistics.counters, event.statistics.gauges);
        for (const row of event.statistics.legs) this.#measured(row);
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

  /** Legs are bounded by the configuration, so each may have its own series. */
  #measured(row: VoiceStatistics['legs'][number]): void {
    const { leg, jitterMs, roundTripMs, farLoss } = row;
    const at = { leg };
    this.#meter.mirrorTotal('leg_packets_received_total', row.packetsReceived, at);
    this.#meter.mirrorTotal('leg_packets_lost_total', row.packetsLost, at);
    this.#meter.set('leg_jitter_seconds', jitterMs / 1000, at);
    if (roundTripMs !== undefined) this.#meter.set('leg_round_trip_seconds', roundTripMs / 1000, at);
    if (farLoss !== undefined) this.#meter.set('leg_far_loss_ratio', farLoss, at);
  }
}
