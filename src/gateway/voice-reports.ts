/** Turns what the voice process tells into log lines and metrics. */
import type { Events } from '../base/events.ts';
import type { Meter } from '../base/meter.ts';
import type { Talker } from '../console/directory.ts';
import type { GroupId, VoiceEvent, VoiceStatistics } from '../voice/contract.ts';

/** Whom consoles were shown as the talker of an over that has ended. */
type TalkerOf = (group: GroupId, over: number) => Pick<Talker, 'address' | 'callSign'> | undefined;
type IsExercise = (group: GroupId, over: number) => boolean;
type ReportEvents = Pick<
  Events,
  | 'floorAnswered'
  | 'loopChanged'
  | 'overEnded'
  | 'radioChanged'
  | 'recordingKept'
  | 'recordingsDeleted'
  | 'voiceRefused'
>;
type ReportMeter = Pick<Meter, 'mirror' | 'mirrorTotal' | 'mirrorAfresh' | 'set'>;

export class VoiceReports {
  readonly #events: ReportEvents;
  readonly #meter: ReportMeter;
  readonly #talkerOf: TalkerOf;
  readonly #isExercise: IsExercise;

  constructor(events: ReportEvents, meter: ReportMeter, talkerOf: TalkerOf, isExercise: IsExercise) {
    this.#events = events;
    this.#meter = meter;
    this.#talkerOf = talkerOf;
    this.#isExercise = isExercise;
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
        const { address, callSign } = this.#talkerOf(group, over) ?? {};
        // As networks write it, so that one radio has one pseudonym in all lines; the configuration may have blanks.
        const talker = address?.replaceAll(/\s/g, '');
        const named = { ...(talker && { talker }), ...(callSign && { callSign }) };
        const marked = this.#isExercise(group, over) ? ({ exercise: true } as const) : {};
        const ended = { group, party, over, ...named, end, durationMs, lostMs, packetsLost, emergency, ...marked };
        this.#events.overEnded(ended);
        break;
      }
      case 'loop': {
        const { leg, group, isolated, delayMs, likeness, times } = event;
        const state = isolated ? 'isolated' : 'tried';
        this.#events.loopChanged({ leg, group, state, delayMs, likeness: Math.round(100 * likeness) / 100, times });
        break;
      }
      case 'recorded': {
        const { name: _, ...recording } = event;
        this.#events.recordingKept(recording);
        break;
      }
      case 'recordingsDeleted': {
        const { name: _, ...deleted } = event;
        this.#events.recordingsDeleted(deleted);
        break;
      }
      case 'radio':
        this.#events.radioChanged(event);
        break;
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
