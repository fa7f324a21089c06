/**
 * Alert plans made real: what operations/alert-plan.ts wants is opened, joined, announced, written down and shown. A plan
 * that was active when the gateway stopped is active again, until its own end.
 *
 * Of an exercise nothing is said, opened, joined or closed where it is real, and nothing reaches talkgroups outside of it.
 */
import { z } from 'zod';
import { Alarm, type Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import type { PlanOperation } from '../../console/operation.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import {
  type ActivePlan,
  deadlineMs,
  groupsOf,
  openPlans,
  type PlanAction,
  type PlanEvent,
  type PlanFacts,
  type PlanState,
  planDetails,
  step,
} from '../../operations/alert-plan.ts';
import type { Fields, FieldValue } from '../../operations/announcement-text.ts';
import { nearestPlace } from '../../operations/nearest-place.ts';
import type { Person } from '../../operations/terms.ts';
import type { KeptFile } from '../../store/kept-file.ts';
import type { Announcements } from './announcements.ts';
import type { BorderBook } from './border-book.ts';
import type { Bridgings } from './bridgings.ts';
import type { Insertions } from './insertions.ts';
import { keptPerson } from './kept-person.ts';
import { readKept } from './read-kept.ts';

export interface PlanPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'operations.alertPlan' | 'state.notKept'>;
  readonly console: Pick<ConsoleServer, 'setPlan' | 'endPlan'>;
  readonly announcements: Pick<Announcements, 'say'>;
  readonly bridgings: Pick<
    Bridgings,
    'openFor' | 'joinFor' | 'extendFor' | 'closeFor' | 'openGroups' | 'exercises' | 'inExercise' | 'isOpen' | 'hearing'
  >;
  readonly borderBook: Pick<BorderBook, 'open'>;
  readonly insertions: Pick<Insertions, 'insert'>;
  readonly kept: Pick<KeptFile, 'read' | 'write'>;
  /** What may be said of a hit of that kind; undefined unless a person has confirmed it. */
  hit(id: string, exercise: boolean): Fields | undefined;
}

const words = z.record(z.string(), z.string());
const keptSchema = z.object({
  version: z.literal(1),
  plans: z
    .array(
      z.object({
        plan: z.string(),
        level: z.int(),
        by: keptPerson,
        details: z.partialRecord(z.enum(planDetails), z.string()),
        authority: words,
        sinceUtcMs: z.number(),
        endsUtcMs: z.number(),
        posts: z.array(z.object({ place: z.string(), manned: z.boolean(), unit: z.string().optional() })),
        opened: z.array(z.string()),
        exercise: z.literal(true).exactOptional(),
        apart: z.array(z.string()).exactOptional(),
      }),
    )
    .max(100),
});
type Kept = z.infer<typeof keptSchema>;
type Settings = Config['alertPlans'][number];

/** What is to be said on a group: of an exercise only as long as the group is one. */
interface Waiting {
  readonly id: string;
  readonly fields: Fields;
  readonly exercise: boolean;
}

/** A unit that is so near to a place is there, m. */
const nearM = 2000;
const unitsMax = 1000;

export class Plans {
  readonly #config: Config;
  readonly #ports: PlanPorts;
  readonly #alarm: Alarm;
  readonly #answers = new Map<number, (refusal: OperationRefusal | undefined) => void>();
  #state: PlanState;
  #requests = 0;
  /** By unit: the place that it was near to when it last said where it is; empty for none. */
  readonly #near = new Map<string, string>();
  /** What is to be said on groups once they are open. */
  readonly #waiting = new Map<string, readonly Waiting[]>();

  constructor(config: Config, ports: PlanPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#alarm = new Alarm(ports.clock, () => this.#feed({ name: 'tick' }));
    this.#state = openPlans(config.alertPlans.map(factsOf));
  }

  start(): void {
    const kept = readKept(this.#ports.kept, keptSchema);
    if (kept === undefined) return;
    const { clock } = this.#ports;
    const atMs = (utcMs: number) => clock.nowMs() + utcMs - clock.utcMs();
    const active = kept.plans.map(({ sinceUtcMs, endsUtcMs, posts, details, ...plan }): ActivePlan => {
      const held = posts.map(({ place, manned, unit }) => {
        return [place, { manned, ...(unit === undefined ? {} : { unit }) }] as const;
      });
      const said = Object.fromEntries(Object.entries(details).filter(([, each]) => each !== undefined));
      const times = { sinceMs: atMs(sinceUtcMs), endsMs: atMs(endsUtcMs), warned: false };
      return { ...plan, details: said, ...times, posts: new Map(held) };
    });
    this.#state = openPlans(this.#config.alertPlans.map(factsOf), active);
    for (const plan of this.#state.active.values()) this.#show(plan);
    this.#feed({ name: 'tick' });
    // What became real, or ended, while there was no gateway.
    for (const plan of this.#state.active.values()) {
      const facts = this.#state.facts.get(plan.plan);
      if (plan.exercise !== true || facts === undefined) continue;
      const real = groupsOf(facts, plan).filter((group) => !this.#ports.bridgings.inExercise(group));
      for (const group of real) this.exerciseOver(group);
    }
  }

  stop(): void {
    this.#alarm.clear();
  }

  /** The fleet data is another; plans under way are as they were. */
  fleetChanged(): void {
    this.#state = openPlans(this.#config.alertPlans.map(factsOf), [...this.#state.active.values()]);
  }

  get underWay(): ReadonlySet<string> {
    return new Set(this.#state.active.keys());
  }

  operate(person: Person, operation: PlanOperation, answer: (refusal: OperationRefusal | undefined) => void): void {
    const request = ++this.#requests;
    const asked = { request, person, plan: operation.plan };
    const said = operation.name === 'activatePlan' ? operation : this.#state.active.get(operation.plan);
    const exercise = said?.exercise ?? false;
    const groups = this.#groups(exercise);
    this.#answers.set(request, answer);
    switch (operation.name) {
      case 'activatePlan': {
        const { level, talkgroups: add, details, authority } = operation;
        // A hit that nobody has confirmed is none.
        const isNone = details.hit !== undefined && this.#ports.hit(details.hit, exercise) === undefined;
        const known = isNone ? { ...details, hit: '' } : details;
        this.#feed({ ...asked, name: 'activate', level, add, details: known, authority, ...groups });
        return;
      }
      case 'setPlanLevel':
        this.#feed({ ...asked, name: 'level', level: operation.level, authority: operation.authority, ...groups });
        return;
      case 'renewPlan':
        this.#feed({ ...asked, name: 'renew' });
        return;
      case 'endPlan':
        this.#feed({ ...asked, name: 'end', authority: operation.authority });
        return;
      case 'markPost': {
        const { place, manned, unit } = operation;
        this.#feed({ ...asked, name: 'post', place, manned, unit });
        return;
      }
    }
  }

  /** A unit says where it is. */
  positionSaid(unit: string, at: { readonly latitudeDeg: number; readonly longitudeDeg: number }): void {
    const near = nearestPlace(this.#config.places, at, nearM);
    this.#near.delete(unit);
    this.#near.set(unit, near?.code ?? '');
    if (this.#near.size > unitsMax) this.#near.delete(this.#near.keys().next().value ?? '');
  }

  /** A unit says by a status that it holds a post, or no longer: the place near which it said to be last. */
  postSaid(group: string, unit: string, manned: boolean): void {
    const exercise = this.#ports.bridgings.inExercise(group);
    this.#feed({ name: 'said', unit, place: this.#near.get(unit) ?? '', manned, ...(exercise && { exercise }) });
  }

  /** What happens on the group is real from now on: so is no plan that was an exercise there. */
  exerciseOver(group: string): void {
    const waiting = this.#waiting.get(group)?.filter(({ exercise }) => !exercise) ?? [];
    this.#waiting.set(group, waiting);
    this.#feed({ name: 'real', group });
  }

  #groups(exercise: boolean) {
    const { bridgings } = this.#ports;
    if (!exercise) return { open: bridgings.openGroups() };
    const { underWay, others } = bridgings.exercises();
    return { open: others, training: underWay };
  }

  #feed(event: PlanEvent): void {
    const before = this.#state;
    const { state, actions } = step(before, event, this.#ports.clock.nowMs());
    this.#state = state;
    for (const action of actions) this.#do(action);
    if (state.active !== before.active && actions.length > 0) this.#keep();
    this.#alarm.setAt(deadlineMs(state));
  }

  #do(action: PlanAction): void {
    const { bridgings, console } = this.#ports;
    switch (action.name) {
      case 'answer': {
        const { request, refusal } = action;
        this.#answers.get(request)?.(refusal === undefined ? undefined : { cause: refusal });
        this.#answers.delete(request);
        return;
      }
      case 'open': {
        const { plan, group, add, durationMs } = action;
        const opening = { reason: this.#reasonOf(plan), add, durationMs, exercise: plan.exercise ?? false };
        bridgings.openFor(plan.by, group, opening);
        return;
      }
      case 'join':
        for (const talkgroup of action.add) {
          bridgings.joinFor(action.plan.by, action.group, talkgroup, this.#reasonOf(action.plan));
        }
        return;
      case 'extend':
        bridgings.extendFor(action.plan.by, action.group, action.durationMs, action.plan.exercise ?? false);
        return;
      case 'close':
        bridgings.closeFor(action.plan.by, action.group, action.plan.exercise ?? false);
        return;
      case 'announce':
        this.#announce(action);
        return;
      case 'changed':
        this.#show(action.plan);
        return;
      case 'ended':
        console.endPlan(action.plan);
        return;
      case 'record':
        this.#record(action);
        return;
    }
  }

  /**
   * Also what comes with the activation: the notice to the host, and talkgroups that hear the words alone, those of an
   * exercise excepted: they work outside of it.
   */
  #announce({ what, plan, ...told }: Extract<PlanAction, { name: 'announce' }>): void {
    const settings = this.#settings(plan.plan);
    const id = what === 'ended' ? settings?.announceEnd : settings?.announce;
    const { exercise = false } = plan;
    const groups = exercise ? told.groups.filter((group) => this.#ports.bridgings.inExercise(group)) : told.groups;
    const [first] = groups;
    if (settings === undefined || first === undefined) return;
    const { reason = '', origin = '', host = '', place } = plan.details;
    if (what === 'activated' && settings.borderRecord) {
      const where = place === undefined ? {} : { place };
      const notice = { origin, host, category: reason, ...where, ...(exercise && { exercise }) };
      this.#ports.borderBook.open(plan.by, first, notice);
    }
    const fields = this.#fields(plan, first);
    if (id !== undefined) for (const group of groups) this.#sayWhenOpen(group, { id, fields, exercise });
    const { insert } = settings;
    if (what !== 'activated' || insert === undefined || exercise) return;
    for (const talkgroup of insert.talkgroups) {
      this.#ports.insertions.insert({ group: first, talkgroup, id: insert.announcement, fields });
    }
  }

  /** A group that is just being opened hears it once it is. */
  #sayWhenOpen(group: string, said: Waiting): void {
    const waiting = this.#waiting.get(group) ?? [];
    this.#waiting.set(group, [...waiting, said]);
    if (this.#ports.bridgings.isOpen(group)) this.groupOpened(group);
  }

  groupOpened(group: string): void {
    const waiting = this.#waiting.get(group) ?? [];
    this.#waiting.delete(group);
    for (const { id, fields } of waiting) {
      this.#ports.announcements.say({ group, id, fields, talkgroups: this.#ports.bridgings.hearing(group) });
    }
  }

  groupClosed(group: string): void {
    this.#waiting.delete(group);
  }

  #fields(plan: ActivePlan, group: string): Fields {
    const { origin = '', host = '', place = '', hit } = plan.details;
    const level = this.#settings(plan.plan)?.levels.find((each) => each.level === plan.level);
    return {
      group: this.#config.sharedGroups.find(({ id }) => id === group)?.short ?? group,
      origin: this.#spoken(origin),
      host: this.#spoken(host),
      place,
      level: String(plan.level),
      ...(level === undefined ? {} : { level_name: level.name }),
      ...(hit === undefined ? {} : this.#ports.hit(hit, plan.exercise ?? false)),
    };
  }

  #spoken(room: string): FieldValue {
    const found = this.#config.controlRooms.find(({ id }) => id === room);
    return found?.spoken ?? found?.callSign ?? room;
  }

  #settings(plan: string): Settings | undefined {
    return this.#config.alertPlans.find(({ id }) => id === plan);
  }

  #reasonOf({ plan, details }: ActivePlan): string {
    const name = this.#settings(plan)?.name.fr ?? plan;
    return details.reason === undefined ? name : `${name}: ${details.reason}`;
  }

  #record(action: Extract<PlanAction, { name: 'record' }>): void {
    const { what, plan, level, place, manned, unit, person, words, refusal, exercise } = action;
    this.#ports.events.operations.alertPlan({
      what,
      plan,
      ...(level === undefined ? {} : { level }),
      ...(place === undefined ? {} : { place }),
      ...(manned === undefined ? {} : { manned }),
      ...(person === undefined ? {} : { operator: person.display, role: person.role, controlRoom: person.controlRoom }),
      ...(unit === undefined ? {} : { unit }),
      ...(words === undefined ? {} : { words }),
      ...(refusal === undefined ? {} : { refusal }),
      ...(exercise && { exercise }),
    });
  }

  #show(plan: ActivePlan): void {
    const { plan: planId, level, by, details, authority, sinceMs, endsMs, warned, posts } = plan;
    const facts = this.#state.facts.get(planId);
    this.#ports.console.setPlan({
      planId,
      level,
      by: by.display,
      details: { ...details },
      authority: { ...authority },
      sinceUtcMs: this.#utcOf(sinceMs),
      endsUtcMs: this.#utcOf(endsMs),
      ending: warned,
      groupIds: facts === undefined ? [] : [...groupsOf(facts, plan)],
      exercise: plan.exercise ?? false,
      posts: [...posts].map(([place, { manned, unit }]) => ({ place, manned, unit: unit ?? '' })),
    });
  }

  #keep(): void {
    const plans = [...this.#state.active.values()].map((plan): Kept['plans'][number] => {
      const { plan: id, level, by, details, authority, sinceMs, endsMs, posts, opened, exercise, apart } = plan;
      return {
        plan: id,
        level,
        by,
        details,
        authority: { ...authority },
        sinceUtcMs: this.#utcOf(sinceMs),
        endsUtcMs: this.#utcOf(endsMs),
        posts: [...posts].map(([place, post]) => ({ place, ...post })),
        opened: [...opened],
        ...(exercise && { exercise }),
        ...(apart && { apart: [...apart] }),
      };
    });
    const fault = this.#ports.kept.write({ version: 1, plans } satisfies Kept);
    if (fault !== undefined) this.#ports.events.state.notKept({ reason: fault });
  }

  #utcOf(atMs: number): number {
    const { clock } = this.#ports;
    return 1000 * Math.round((clock.utcMs() + (atMs - clock.nowMs())) / 1000);
  }
}

function factsOf(settings: Settings): PlanFacts {
  const { id: plan, openedBy, groups, levels, requires, authority, expiresMin, renewable } = settings;
  return {
    plan,
    openedBy,
    levels: levels.length > 0 ? levels : [{ level: 1, groups, posts: [] }],
    requires,
    authorities: Object.keys(authority),
    expiresMs: expiresMin * 60_000,
    renewable,
  };
}
