/** Turns what the voice process tells into log lines and metrics. */
import { Alarm, type Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { Meter } from '../base/meter.ts';
import type { Talker } from '../console/directory.ts';
import { type RecordingGap, RecordingsOwed } from '../talkgroups/recordings-owed.ts';
import type { GroupId, VoiceEvent, VoiceStatistics } from '../voice/contract.ts';

/** Whom consoles were shown as the talker of an over that has ended. */
type TalkerOf = (group: GroupId, over: number) => Pick<Talker, 'address' | 'callSign'> | undefined;
type IsExercise = (group: GroupId, over: number) => boolean;
type ReportEvents = SomeEvents<
  | 'talk.floorAnswered'
  | 'legs.loopChanged'
  | 'talk.overCut'
  | 'talk.overEnded'
  | 'legs.radioChanged'
  | 'recordings.kept'
  | 'recordings.missing'
  | 'processes.voiceRefused'
>;
type ReportMeter = Pick<Meter, 'mirror' | 'mirrorTotal' | 'mirrorAfresh' | 'set'>;

export interface VoiceReportsPorts {
  readonly clock: Clock;
  readonly events: ReportEvents;
  readonly meter: ReportMeter;
  readonly talkerOf: TalkerOf;
  readonly isExercise: IsExercise;
}

export class VoiceReports {
  readonly #clock: Clock;
  readonly #events: ReportEvents;
  readonly #meter: ReportMeter;
  readonly #talkerOf: TalkerOf;
  readonly #isExercise: IsExercise;
  /** Undefined: nothing is recorded. */
  readonly #owed: RecordingsOwed | undefined;
  readonly #alarm: Alarm;

  constructor({ clock, events, meter, talkerOf, isExercise }: VoiceReportsPorts, isRecorded: boolean) {
    this.#clock = clock;
    this.#events = events;
    this.#meter = meter;
    this.#talkerOf = talkerOf;
    this.#isExercise = isExercise;
    this.#owed = isRecorded ? new RecordingsOwed() : undefined;
    this.#alarm = new Alarm(clock, () => this.#tellMissing(this.#owed?.takeLate(clock.nowMs())));
  }

  /** The voice process has ended, and has told all that it will. */
  stop(): void {
    this.#tellMissing(this.#owed?.takeAll('the gateway was stopped'));
  }

  #tellMissing(gaps: readonly RecordingGap[] = []): void {
    for (const { startUtcMs, durationMs, ...gap } of gaps) {
      const utcOf = (utcMs: number) => new Date(utcMs).toISOString();
      this.#events.recordings.missing({ ...gap, from: utcOf(startUtcMs), to: utcOf(startUtcMs + durationMs) });
    }
    this.#alarm.setAt(this.#owed?.dueMs ?? Infinity);
  }

  take(event: VoiceEvent): void {
    switch (event.name) {
      case 'failed':
        this.#events.processes.voiceRefused({ id: event.id, command: event.command, reason: event.reason });
        break;
      case 'ready':
        this.#meter.mirrorAfresh();
        this.#tellMissing(this.#owed?.takeAll('the voice process died before it had told of it'));
        break;
      case 'statistics':
        this.#meter.mirror('voice', event.statistics.counters, event.statistics.gauges);
        for (const row of event.statistics.legs) this.#measured(row);
        break;
      case 'answer': {
        const { party, group, answer } = event;
        if (answer.result === 'warned' || answer.result === 'released') break;
        const cause = 'cause' in answer ? { cause: answer.cause } : {};
        this.#events.talk.floorAnswered({ group, party, result: answer.result, ...cause });
        break;
      }
      case 'over': {
        const { group, party, over, end, startUtcMs, durationMs, packetsLost, priority, emergency } = event.report;
        const lostMs = Object.values(event.report.lostMs).reduce((sum, ms) => sum + ms, 0);
        const { address, callSign } = this.#talkerOf(group, over) ?? {};
        // As networks write it, so that one radio has one pseudonym in all lines; the configuration may have blanks.
        const talker = address?.replaceAll(/\s/g, '');
        const named = { ...(talker && { talker }), ...(callSign && { callSign }) };
        const marked = this.#isExercise(group, over) ? ({ exercise: true } as const) : {};
        const fared = { durationMs, lostMs, packetsLost, priority, emergency };
        const ended = { group, party, over, ...named, end, ...fared, ...marked };
        this.#events.talk.overEnded(ended);
        const owed = { group, party, over, ...named, startUtcMs, durationMs, ...marked };
        this.#tellMissing(this.#owed?.ended(owed, this.#clock.nowMs()));
        break;
      }
      case 'cut': {
        const { group, party, over, end, late } = event;
        this.#events.talk.overCut({ group, party, over, end, late });
        break;
      }
      case 'loop': {
        const { leg, group, isolated, delayMs, likeness, times } = event;
        const state = isolated ? 'isolated' : 'tried';
        this.#events.legs.loopChanged({
          leg,
          group,
          state,
          delayMs,
          likeness: Math.round(100 * likeness) / 100,
          times,
        });
        break;
      }
      case 'recorded': {
        const { name: _, ...recording } = event;
        this.#events.recordings.kept(recording);
        // One that is amended had been told of.
        if (recording.amended !== true) this.#tellMissing(this.#owed?.recorded(recording.over, recording.missing));
        break;
      }
      case 'radio':
        this.#events.legs.radioChanged(event);
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
