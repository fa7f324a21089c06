/**
 * What lasts until somebody or something ends it, whichever group it is about: faults, emergencies, alert plans, border
 * records, hits. Every method says what changed.
 */
import { recordsMax } from '../operations/border-record.ts';
import type { escaut } from '../protocols/generated/console.js';
import type { GroupId } from '../talkgroups/terms.ts';
import type { ActivePlan, AlarmCode, BorderRecord, Emergency } from './console-terms.ts';
import { type Hit, HitList } from './hit-list.ts';
import type { Delta } from './wire.ts';

type Alarm = escaut.console.v1.Alarm.$Properties;

/** By their ids. */
export interface Gone {
  readonly hits?: readonly number[];
  readonly records?: readonly string[];
  readonly handOvers?: readonly number[];
  readonly entries?: readonly number[];
}

/** As a Snapshot has them. */
interface Shown {
  readonly alarms: Alarm[];
  readonly emergencies: Emergency[];
  readonly activePlans: ActivePlan[];
  readonly borderRecords: BorderRecord[];
  readonly hits: Hit[];
}

export class Incidents {
  /** Faults that last. Bounded by what there is to fail: legs, attachments, workers. */
  readonly #alarms = new Map<string, Alarm>();
  /** Open ones; bounded by operations/emergency.ts. */
  readonly #emergencies = new Map<number, Emergency>();
  readonly #plans = new Map<string, ActivePlan>();
  readonly #hits = new HitList();
  /** Bounded by operations/border-record.ts, whose last ones these are. */
  readonly #borderRecords = new Map<string, BorderRecord>();

  shown(utcMs: number): Shown {
    return {
      alarms: [...this.#alarms.values()],
      emergencies: [...this.#emergencies.values()],
      activePlans: [...this.#plans.values()],
      borderRecords: [...this.#borderRecords.values()],
      hits: [...this.#hits.shown(utcMs)],
    };
  }

  setEmergency(emergency: Emergency): readonly Delta[] {
    this.#emergencies.set(emergency.id ?? 0, emergency);
    return [{ emergency }];
  }

  /** An emergency runs on one of these groups, or on none that is known yet. */
  hasEmergency(hears: ReadonlySet<GroupId>): boolean {
    return [...this.#emergencies.values()].some(({ groupId }) => !groupId || hears.has(groupId));
  }

  setPlan(plan: ActivePlan): readonly Delta[] {
    this.#plans.set(plan.planId ?? '', plan);
    return [{ activePlan: plan }];
  }

  endPlan(plan: string): readonly Delta[] {
    return this.#plans.delete(plan) ? [{ planEnded: plan }] : [];
  }

  setBorderRecord(record: BorderRecord): readonly Delta[] {
    this.#borderRecords.set(record.id ?? '', record);
    if (this.#borderRecords.size > recordsMax)
      this.#borderRecords.delete(this.#borderRecords.keys().next().value ?? '');
    return [{ borderRecord: record }];
  }

  setHit(hit: Hit): readonly Delta[] {
    this.#hits.set(hit);
    return [{ hit }];
  }

  forget({ hits = [], records = [], handOvers = [], entries = [] }: Gone): readonly Delta[] {
    for (const hit of hits) this.#hits.delete(hit);
    for (const record of records) this.#borderRecords.delete(record);
    const forgotten = {
      ...{ hitIds: [...hits], borderRecordIds: [...records] },
      ...{ handOverIds: [...handOvers], timelineIds: [...entries] },
    };
    return [{ forgotten }];
  }

  clearEmergency(emergencyId: number, groupId: GroupId): readonly Delta[] {
    return this.#emergencies.delete(emergencyId) ? [{ emergencyOver: { emergencyId, groupId } }] : [];
  }

  /** Says nothing when the fault is known. `subject` names the thing, e.g. a worker or an attachment. */
  raiseAlarm(code: AlarmCode, subject: string, utcMs: number): readonly Delta[] {
    const key = `${code} ${subject}`;
    if (this.#alarms.has(key)) return [];
    const alarm = { code, subject, raised: true, atUtcMs: utcMs };
    this.#alarms.set(key, alarm);
    return [{ alarm }];
  }

  /** Says nothing when it is known, or there is no such fault. */
  countAlarm(code: AlarmCode, subject: string, count: number): readonly Delta[] {
    const key = `${code} ${subject}`;
    const known = this.#alarms.get(key);
    if (known === undefined || known.count === count) return [];
    const alarm = { ...known, count };
    this.#alarms.set(key, alarm);
    return [{ alarm }];
  }

  clearAlarm(code: AlarmCode, subject: string, utcMs: number): readonly Delta[] {
    if (!this.#alarms.delete(`${code} ${subject}`)) return [];
    return [{ alarm: { code, subject, raised: false, atUtcMs: utcMs } }];
  }
}
