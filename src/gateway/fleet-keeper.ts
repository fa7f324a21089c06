/**
 * The fleet data of a gateway that runs: asks the thread that has it (fleet-worker.ts), looks every few seconds whether
 * another version has come to hold, by a door here or by `escaut fleet`, and takes it over (config/fleet-plan.ts):
 *
 *   look ─▶ another version, or what was in use is not any more ─▶ plan, in the thread ─▶ still the same in use? ─▶ take
 *
 * Taking is one turn of the event loop: before it the old data holds, after it the new. What is on disk is the version
 * that was agreed on, whole, so that a gateway which is killed in the midst starts with that.
 */
import { FleetAway, type FleetDesk, type FleetOutcome, type FleetPort } from '../api/fleet-port.ts';
import { Alarm, type Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { FleetStep, InUse } from '../config/fleet-plan.ts';
import type { FleetSections } from '../config/live-config.ts';
import { personLine } from '../operations/fleet-line.ts';
import type { Editor } from '../operations/fleet-version.ts';
import { AskedThread } from '../store/asked-thread.ts';
import { deskMethods, type FleetNews, type FleetWorkerData, type TakingOver } from './fleet-methods.ts';

export interface FleetKeeperPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'fleet.changed' | 'fleet.refused' | 'fleet.away' | 'fleet.taken'>;
  /** Who asks, by the token of his cookie. */
  editor(token: string): { readonly editor: Editor; readonly isLocked: boolean } | undefined;
  /** What is left on it is for evidence. */
  isDiskNearlyFull(): boolean;
  readonly accounts: FleetPort['accounts'];
  readonly listening: FleetPort['listening'];
  inUse(): InUse;
  shadows(): FleetPort['shadows'];
  /** From now on the gateway works with this. */
  take(sections: FleetSections): void;
}

/** Between looks: a version holds at most so much later than its day says. */
const lookEveryMs = 5000;
/** Plans in a row that would touch something that has come into use meanwhile. */
const plansMax = 3;

export class FleetKeeper implements FleetPort {
  readonly desk: FleetDesk;
  readonly #ports: FleetKeeperPorts;
  readonly #thread: AskedThread;
  readonly #alarm: Alarm;
  #running: number;
  /** Of the fleet data with which the gateway works; undefined: as at its start. */
  #text: string | undefined;
  /** What is not taken over yet. */
  #owed: readonly FleetStep[] = [];
  /** It holds, and nothing of it can be taken before the next start. */
  #forRestart: number | undefined;
  /** What was in use when that was planned. */
  #plannedFor = '';
  #isAway = false;
  #isStopped = false;

  constructor(work: FleetWorkerData, ports: FleetKeeperPorts) {
    this.#ports = ports;
    this.#running = work.held;
    this.#thread = new AskedThread({
      entry: new URL('fleet-worker.ts', import.meta.url),
      workerData: work,
      of: 'the fleet data',
      away: (reason) => new FleetAway(reason),
      news: (news) => this.#hear(news as FleetNews),
    });
    const asking = deskMethods.map((method) => [method, (...args: unknown[]) => this.#thread.ask(method, args)]);
    this.desk = this.#withReserve(Object.fromEntries(asking) as FleetDesk);
    this.#alarm = new Alarm(ports.clock, () => void this.#look());
  }

  /** While the disk is nearly full nothing is brought or agreed on; what waits may be refused and withdrawn. */
  #withReserve(desk: FleetDesk): FleetDesk {
    const unless = (by: Editor, what: string, ask: () => Promise<FleetOutcome>): Promise<FleetOutcome> => {
      if (!this.#ports.isDiskNearlyFull()) return ask();
      this.#ports.events.fleet.refused({ what, ...personLine(by), refusal: 'disk-nearly-full' });
      return Promise.resolve({ refusal: 'disk-nearly-full' });
    };
    return {
      ...desk,
      propose: (proposal) => unless(proposal.by, 'propose', () => desk.propose(proposal)),
      back: (by, ...rest) => unless(by, 'back', () => desk.back(by, ...rest)),
      decide: (event) =>
        event.name === 'approve' ? unless(event.by, 'approve', () => desk.decide(event)) : desk.decide(event),
    };
  }

  start(): void {
    void this.#look();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#alarm.clear();
    await this.#thread.close();
  }

  editor(token: string): ReturnType<FleetPort['editor']> {
    return this.#ports.editor(token);
  }

  get accounts(): FleetPort['accounts'] {
    return this.#ports.accounts;
  }

  get listening(): FleetPort['listening'] {
    return this.#ports.listening;
  }

  get running(): number {
    return this.#running;
  }

  get owed(): readonly FleetStep[] {
    return this.#owed;
  }

  get shadows(): FleetPort['shadows'] {
    return this.#ports.shadows();
  }

  async #look(): Promise<void> {
    try {
      const active = (await this.#thread.ask('look', [])) as number;
      await this.#takeOver(active);
      this.#setAway(undefined);
    } catch (error) {
      if (!(error instanceof FleetAway)) throw error;
      if (!this.#isStopped) this.#setAway(error.message);
    }
    if (!this.#isStopped) this.#alarm.setAt(this.#ports.clock.nowMs() + lookEveryMs);
  }

  async #takeOver(active: number): Promise<void> {
    for (let tried = 0; tried < plansMax && !this.#isStopped; tried++) {
      const isOther = active !== this.#running && active !== this.#forRestart;
      const waits = this.#owed.some(({ when }) => when === 'waits');
      const inUse = this.#ports.inUse();
      if (!isOther && !(waits && wordOf(inUse) !== this.#plannedFor)) return;
      const planned = (await this.#thread.ask('plan', [this.#text, active, inUse])) as TakingOver;
      if (this.#isStopped || touches(planned.steps, inUse, this.#ports.inUse())) continue;
      this.#take(active, planned, wordOf(inUse));
      return;
    }
  }

  #take(version: number, { taken, steps, isForRestart }: TakingOver, plannedFor: string): void {
    if (isForRestart === true) {
      this.#forRestart = version;
      this.#ports.events.fleet.taken({ version, taken: 0, waits: '', restart: 'all of it' });
      return;
    }
    this.#forRestart = undefined;
    const done = steps.filter(({ when }) => when === 'at-once');
    const owed = steps.filter(({ when }) => when !== 'at-once');
    const isNews = version !== this.#running || done.length > 0;
    if (taken !== undefined) {
      this.#text = taken.text;
      if (done.length > 0) this.#ports.take(taken.sections);
    }
    this.#running = version;
    this.#owed = owed;
    this.#plannedFor = plannedFor;
    if (!isNews) return;
    this.#ports.events.fleet.taken({
      version,
      taken: done.length,
      waits: wordsOf(owed),
      restart: '',
    });
  }

  #setAway(reason: string | undefined): void {
    const isAway = reason !== undefined;
    if (isAway === this.#isAway) return;
    this.#isAway = isAway;
    this.#ports.events.fleet.away(isAway ? { reason } : {});
  }

  #hear(news: FleetNews): void {
    if (news.name === 'changed') {
      this.#ports.events.fleet.changed(news.line);
      // Whoever has agreed does not wait for the next look.
      if (news.line.state === 'active' && !this.#isStopped) this.#alarm.setAt(this.#ports.clock.nowMs());
    } else this.#ports.events.fleet.refused(news.line);
  }
}

function wordOf(inUse: InUse): string {
  const { groups, talkgroups, plans, controlRooms } = inUse;
  return JSON.stringify([groups, talkgroups, plans, controlRooms].map((ids) => [...ids].sort()));
}

/** What shall be taken at once has come into use since it was planned. A group needs its talkgroups as well. */
function touches(steps: readonly FleetStep[], planned: InUse, now: InUse): boolean {
  const isNew = (what: keyof InUse) => [...now[what]].filter((id) => !planned[what].has(id));
  const talkgroups = isNew('talkgroups');
  const of = {
    sharedGroups: isNew('groups'),
    talkgroups,
    alertPlans: isNew('plans'),
    controlRooms: isNew('controlRooms'),
  } as Partial<Record<FleetStep['section'], readonly string[]>>;
  return steps.some(({ section, item, when }) => {
    if (when !== 'at-once') return false;
    return of[section]?.includes(item) === true || (section === 'sharedGroups' && talkgroups.length > 0);
  });
}

/** `sharedGroups xb-acc (open)`; at most so many that a line stays a line. */
function wordsOf(steps: readonly FleetStep[]): string {
  const shown = steps.slice(0, 20).map(({ section, item, why }) => `${section} ${item} (${why})`);
  return [...shown, ...(steps.length > shown.length ? [`… ${steps.length - shown.length} more`] : [])].join(', ');
}
