/**
 * Groups of mode scheduled, such as those of joint patrols: opened when a window of theirs begins, kept open until it
 * ends, unless a person closes them before. That outlives the process: who closed a group finds it closed.
 *
 *   clock ──▶ schedule ──▶ bridgings (openBySchedule) ──▶ legs, announcements
 *                 ▲   └──▶ consoles: what is open, and what comes next
 *   closed or extended by a person
 *
 * A schedule is of the wall clock. It is looked at every minute, so that a clock that is put right is followed.
 */
import { z } from 'zod';
import { Alarm, type Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import { scheduleOf } from '../../config/schedule-rules.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import {
  dayMs,
  minuteMs,
  nextEdgeMs,
  type Opening,
  openings,
  type Schedule,
  underWay,
} from '../../operations/schedule.ts';
import type { Person } from '../../operations/terms.ts';
import type { KeptFile } from '../../store/kept-file.ts';
import type { Bridgings } from './bridgings.ts';
import { readKept } from './read-kept.ts';

export interface PatrolPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'state.notKept'>;
  readonly console: Pick<ConsoleServer, 'setSchedule'>;
  readonly bridgings: Pick<Bridgings, 'openBySchedule'>;
  readonly kept: Pick<KeptFile, 'read' | 'write'>;
}

const keptSchema = z.object({
  version: z.literal(1),
  closed: z.array(z.object({ group: z.string(), untilUtcMs: z.number(), by: z.string() })).max(1000),
});
type Kept = z.infer<typeof keptSchema>;

/** For so little a group is not opened any more. */
const leastMs = 5000;
const shownMs = 8 * dayMs;
const shownMax = 50;

interface Patrol {
  readonly group: string;
  readonly schedule: Schedule;
  readonly reason: string;
  /** Those that are under way or come next, as looked up at an instant. */
  coming: readonly Opening[];
  lookedUpUtcMs: number;
  /** A person has closed it; until then it stays so. */
  closed: { readonly untilUtcMs: number; readonly by: string } | undefined;
  shown: string;
}

export class Patrols {
  readonly #ports: PatrolPorts;
  readonly #config: Config;
  #patrols: readonly Patrol[];
  readonly #alarm: Alarm;

  constructor(config: Config, ports: PatrolPorts) {
    this.#ports = ports;
    this.#config = config;
    this.#patrols = patrolsOf(config);
    this.#alarm = new Alarm(ports.clock, () => this.#look());
  }

  /** After bridgings have opened again what was open. */
  start(): void {
    const kept = readKept(this.#ports.kept, keptSchema);
    for (const { group, untilUtcMs, by } of kept?.closed ?? []) {
      const patrol = this.#patrols.find((each) => each.group === group);
      if (patrol !== undefined) patrol.closed = { untilUtcMs, by };
    }
    this.#look();
  }

  stop(): void {
    this.#alarm.clear();
  }

  /** The fleet data is another: schedules are looked up anew, and what a person has closed stays so. */
  fleetChanged(): void {
    const before = this.#patrols;
    this.#patrols = patrolsOf(this.#config);
    for (const patrol of this.#patrols) patrol.closed = before.find(({ group }) => group === patrol.group)?.closed;
    for (const { group } of before) {
      if (this.#patrols.some((each) => each.group === group)) continue;
      this.#ports.console.setSchedule({ group, openings: [], closedBy: '' });
    }
    this.#keep();
    this.#look();
  }

  /** A person closes a group: for the rest of its window it stays so. Or he would have it open after all. */
  ended(group: string, what: 'close' | 'extend', person: Person): void {
    const patrol = this.#patrols.find((each) => each.group === group);
    if (patrol === undefined) return;
    const opening = underWay(patrol.coming, this.#ports.clock.utcMs());
    const isClosed = what === 'close' && opening !== undefined;
    if (!isClosed && patrol.closed === undefined) return;
    patrol.closed = isClosed ? { untilUtcMs: opening.toUtcMs, by: person.display } : undefined;
    this.#keep();
    this.#look();
  }

  /** A group that was open by hand may close in the middle of a window. */
  groupClosed(group: string): void {
    if (this.#patrols.some((each) => each.group === group)) this.#look();
  }

  #look(): void {
    const { clock } = this.#ports;
    const utcMs = clock.utcMs();
    let dueUtcMs = utcMs + minuteMs;
    for (const patrol of this.#patrols) {
      this.#lookUp(patrol, utcMs);
      dueUtcMs = Math.min(dueUtcMs, nextEdgeMs(patrol.coming, utcMs));
      if (patrol.closed !== undefined && patrol.closed.untilUtcMs <= utcMs) {
        patrol.closed = undefined;
        this.#keep();
      }
      this.#show(patrol, utcMs);
      const opening = underWay(patrol.coming, utcMs);
      if (opening === undefined || patrol.closed !== undefined || opening.toUtcMs - utcMs < leastMs) continue;
      this.#ports.bridgings.openBySchedule(patrol.group, patrol.reason, opening.toUtcMs);
    }
    if (this.#patrols.length > 0) this.#alarm.setAt(clock.nowMs() + dueUtcMs - utcMs);
  }

  /** Once a day, or when the clock has been set back; where nothing comes within days, what comes within a year. */
  #lookUp(patrol: Patrol, utcMs: number): void {
    const { lookedUpUtcMs, schedule } = patrol;
    if (lookedUpUtcMs <= utcMs && utcMs < lookedUpUtcMs + dayMs) return;
    const soon = openings(schedule, utcMs, utcMs + shownMs);
    patrol.coming = soon.length > 0 ? soon : openings(schedule, utcMs, Infinity).slice(0, 1);
    patrol.lookedUpUtcMs = utcMs;
  }

  #show(patrol: Patrol, utcMs: number): void {
    const coming = patrol.coming.filter(({ toUtcMs }) => utcMs < toUtcMs).slice(0, shownMax);
    const view = { group: patrol.group, openings: coming, closedBy: patrol.closed?.by ?? '' };
    const text = JSON.stringify(view);
    if (text === patrol.shown) return;
    patrol.shown = text;
    this.#ports.console.setSchedule(view);
  }

  #keep(): void {
    const closed = this.#patrols.flatMap((patrol) => {
      return patrol.closed === undefined ? [] : [{ group: patrol.group, ...patrol.closed }];
    });
    const fault = this.#ports.kept.write({ version: 1, closed } satisfies Kept);
    if (fault !== undefined) this.#ports.events.state.notKept({ reason: fault });
  }
}

function patrolsOf(config: Config): readonly Patrol[] {
  return config.sharedGroups.flatMap((group) => {
    const schedule = scheduleOf(group, config);
    const reason = group.schedule?.reason ?? '';
    const unknown = { coming: [], lookedUpUtcMs: Infinity, closed: undefined, shown: '' };
    return schedule === undefined ? [] : [{ group: group.id, schedule, reason, ...unknown }];
  });
}
