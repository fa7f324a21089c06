/**
 * What auditors see of retention, and the holds that they set and lift at a console, by the same rules as by command
 * (operations/retention.ts); who may not is told why, nothing has changed, and it is logged (docs/evidence.md).
 */
import type { ChangeOutcome, HoldRefusal, RetentionOutcome, RetentionPort } from '../api/retention-door.ts';
import type { ChangeView, HoldWish, RetentionView } from '../api/retention-schemas.ts';
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { Config } from '../config/schema.ts';
import { defaultPermissions } from '../operations/permissions.ts';
import type { IncidentTime } from '../operations/recording-search.ts';
import {
  changeRefused,
  daysBounds,
  deedRefused,
  holdRefused,
  keptFrom,
  nationalKinds,
  type RetentionPerson,
  type RetentionRefusal,
  type RetentionValues,
  seesRetention,
  wishRefused,
} from '../operations/retention.ts';
import type { Person } from '../operations/terms.ts';
import type { KeptFile } from '../store/kept-file.ts';
import { RecordingsAway } from '../store/recordings-thread.ts';
import type { RetentionDesk, SeenGroup, SeenRule } from '../store/retention-keeper.ts';
import { dayOf } from '../store/retention-kept.ts';
import type { LegalHold } from '../store/retention-store.ts';
import { RetentionAway } from '../store/retention-thread.ts';
import { type FirstWord, SecondWords } from './second-words.ts';

export interface RetentionOfficePorts {
  readonly clock: Clock;
  readonly events: SomeEvents<
    'retention.changed' | 'retention.holdSet' | 'retention.holdLifted' | 'consoles.notPermitted'
  >;
  /** Who has logged in with that cookie. */
  signedIn: RetentionPort['signedIn'];
  /** Undefined: nothing can be signed, so there is none. */
  desk(): RetentionDesk | undefined;
  /** Why nothing is removed; undefined: it is. */
  halted(): string | undefined;
  /** Days by rule, as they are in force. */
  values(): RetentionValues;
  /** Two persons have set it; false: it cannot be. */
  set(rule: string, days: number, by: string): boolean;
  /** First words, kept over a restart. */
  readonly words: Pick<KeptFile, 'read' | 'write'>;
  /** When an incident was; undefined: the log does not name one of them. */
  incident(names: readonly string[], nowUtcMs: number): Promise<IncidentTime | undefined>;
}

/** As of a search. */
const incidentsMax = 20;

type Part = Pick<Config, 'people' | 'sharedGroups' | 'networks'>;
type Span = Pick<LegalHold, 'fromUtcMs' | 'toUtcMs' | 'groups'>;

export class RetentionOffice implements RetentionPort {
  readonly #config: Part;
  readonly #ports: RetentionOfficePorts;
  readonly #words: SecondWords;

  constructor(config: Part, ports: RetentionOfficePorts) {
    this.#config = config;
    this.#ports = ports;
    this.#words = new SecondWords(ports.words, this.#time);
  }

  signedIn(token: string): ReturnType<RetentionPort['signedIn']> {
    return this.#ports.signedIn(token);
  }

  async view(
    person: Person,
  ): Promise<{ readonly view: RetentionView } | { readonly refusal: 'not-permitted' | 'away' }> {
    const { clock, events } = this.#ports;
    if (!seesRetention(person)) {
      events.consoles.notPermitted({ permission: 'set_retention', group: '', ...personLine(person) });
      return { refusal: 'not-permitted' };
    }
    return unlessAway(async () => {
      const { rules, groups, holds, reports, reportFault, next, nextMore, pending } = await this.#desk().look(
        clock.utcMs(),
      );
      const halted = this.#ports.halted();
      const view: RetentionView = {
        ...(halted !== undefined && { halted }),
        rules: rules.map((each) => shownRule(each, clock.utcMs())),
        groups: groups.map((each) => this.#shownGroup(each)),
        holds: holds.map((each) => this.#shownHold(each, person)),
        reports: reports.map((each) => ({ ...each, removed: each.removed.map(withPart) })),
        ...(reportFault !== undefined && { reportFault }),
        next: next.map(({ hold, ...each }) => ({ ...withPart(each), ...(hold !== undefined && { hold }) })),
        nextMore,
        pending: [...pending],
        asked: this.#askedFor(person),
        mayAdd: this.#mayAdd(),
        bounds: daysBounds,
        mayHold: defaultPermissions.hold_evidence[person.role] === 'allow',
      };
      return { view };
    });
  }

  /** What would go, and by which rule each group is kept then. */
  async preview(
    person: Person,
    rule: string,
    days: number,
  ): Promise<{ readonly view: ChangeView } | { readonly refusal: HoldRefusal }> {
    const { clock, events, values } = this.#ports;
    if (!seesRetention(person)) {
      events.consoles.notPermitted({ permission: 'set_retention', group: '', ...personLine(person) });
      return { refusal: 'not-permitted' };
    }
    const refusal = wishRefused({ rule, days }, values());
    if (refusal !== undefined) return { refusal };
    return unlessAway(async () => {
      const { daysBefore, goes, more, groups } = await this.#desk().preview(rule, days, clock.utcMs());
      const view: ChangeView = {
        ...{ rule, days, more },
        ...(daysBefore !== undefined && { daysBefore }),
        goes: goes.map(({ hold, ...each }) => ({ ...withPart(each), ...(hold !== undefined && { hold }) })),
        groups: groups.map(({ daysBefore: before, ...each }) => ({ ...this.#shownGroup(each), daysBefore: before })),
      };
      return { view };
    });
  }

  /** Of two persons, at a page, by a program or by the link: the first waits for the second, ten minutes. */
  change(
    person: Person,
    { rule, days, reason }: { readonly rule: string; readonly days: number; readonly reason: string },
  ): ChangeOutcome {
    const { values, set } = this.#ports;
    const what = wordFor(rule, days);
    const by = this.#withCountry(person);
    const second = this.#second(what, by);
    const countries = countriesOf(this.#config);
    const refused = changeRefused({ rule, days }, values(), { by, second, reason, countries });
    const isAway = refused === undefined && !set(rule, days, `${by.display}, ${second?.display}`);
    const refusal = isAway ? 'away' : refused === undefined ? undefined : told(refused);
    if (refusal === 'second-person-missing') this.#wait(what, by, reason);
    if (refusal === undefined) this.#words.settle(what, this.#time);
    this.#ports.events.retention.changed({
      ...{ rule, days, reason, ...personLine(by), ...secondLine(second) },
      ...(refusal !== undefined && { refusal: isAway ? 'retention-away' : refusal }),
    });
    if (refusal === 'second-person-missing') return { isWaiting: true };
    return refusal === undefined ? { isWaiting: false } : { refusal };
  }

  /** Who has been disabled: his words count no more. */
  left(person: string): void {
    this.#words.takeBack(person, this.#time);
  }

  async hold(person: Person, wish: HoldWish): Promise<RetentionOutcome> {
    const { events, clock } = this.#ports;
    const { reason, incident } = wish;
    const said = { reason, ...personLine(person), ...(incident !== undefined && { incident }) };
    const refusal = holdRefused(person, reason);
    if (refusal !== undefined) {
      events.retention.holdSet({ ...said, refusal: told(refusal) });
      return { refusal: told(refusal) };
    }
    return unlessAway(async () => {
      const span = await this.#spanOf(wish);
      if (span === undefined) return { refusal: 'incident-unknown' };
      if (span.fromUtcMs >= span.toUtcMs) return { refusal: 'no-time' };
      const { country } = this.#withCountry(person);
      const about = { reason, by: person.display, country, utcMs: clock.utcMs() };
      const hold = await this.#desk().addHold({ ...span, ...about });
      if (hold === undefined) return { refusal: 'group-unknown' };
      const times = { fromUtc: utc(span.fromUtcMs), toUtc: utc(span.toUtcMs), groups: span.groups ?? ('all' as const) };
      events.retention.holdSet({ hold, ...said, ...times });
      return { hold, isWaiting: false };
    });
  }

  /** Of two persons: the first waits for the second, ten minutes. */
  async lift(person: Person, hold: number, reason: string): Promise<RetentionOutcome> {
    const by = this.#withCountry(person);
    if (!seesRetention(person)) return this.#liftRefused({ hold, reason }, by, undefined, 'role');
    return unlessAway(async () => {
      const { clock, events } = this.#ports;
      const desk = this.#desk();
      const known = (await desk.holds()).find((each) => each.hold === hold);
      if (known === undefined) return { refusal: 'hold-unknown' };
      const second = this.#second(wordOf(hold), by);
      const countries = countriesOf(this.#config);
      const refusal = deedRefused({ by, second, reason, countries, country: known.country });
      if (refusal === 'second-person-missing') this.#wait(wordOf(hold), by, reason);
      if (refusal !== undefined) return this.#liftRefused({ hold, reason }, by, second, refusal);
      const said = { hold, reason, ...personLine(by), ...secondLine(second) };
      try {
        // Two pressed at once, and the other was first.
        if (!(await desk.liftHold(hold, clock.utcMs()))) return { refusal: 'hold-unknown' };
      } catch (error) {
        // The first word stands: one who asks again is enough.
        events.retention.holdLifted({ ...said, refusal: 'retention-away' });
        throw error;
      }
      this.#words.settle(wordOf(hold), this.#time);
      events.retention.holdLifted(said);
      return { hold, isWaiting: false };
    });
  }

  #liftRefused(
    what: { readonly hold: number; readonly reason: string },
    by: RetentionPerson,
    second: RetentionPerson | undefined,
    refusal: RetentionRefusal,
  ): RetentionOutcome {
    this.#ports.events.retention.holdLifted({
      ...what,
      ...personLine(by),
      ...secondLine(second),
      refusal: told(refusal),
    });
    return refusal === 'second-person-missing' ? { hold: what.hold, isWaiting: true } : { refusal: told(refusal) };
  }

  /** @throws RetentionAway */
  #desk(): RetentionDesk {
    const desk = this.#ports.desk();
    if (desk === undefined) throw new RetentionAway('nothing can be signed');
    return desk;
  }

  /** As by command: an incident's own time and groups, unless they are said. Undefined: there is no such incident. */
  async #spanOf({ incident, fromUtcMs, toUtcMs, groups }: HoldWish): Promise<Span | undefined> {
    const nowUtcMs = this.#ports.clock.utcMs();
    if (incident === undefined) return { fromUtcMs: fromUtcMs ?? 0, toUtcMs: toUtcMs ?? nowUtcMs, groups };
    const names = incident.split(',').map((name) => name.trim());
    if (names.length > incidentsMax) return undefined;
    const time = await this.#ports.incident(names, nowUtcMs);
    if (time === undefined) return undefined;
    const named = time.groups.length === 0 ? undefined : time.groups;
    return { fromUtcMs: fromUtcMs ?? time.fromUtcMs, toUtcMs: toUtcMs ?? time.toUtcMs, groups: groups ?? named };
  }

  #withCountry(person: Person): RetentionPerson {
    return { ...person, country: this.#config.people.find(({ id }) => id === person.person)?.country ?? '' };
  }

  #shownGroup({ group, countries, rule, days }: SeenGroup): RetentionView['groups'][number] {
    const short = this.#config.sharedGroups.find(({ id }) => id === group)?.short ?? group;
    return { group, short, countries: [...countries], rule, days };
  }

  get #time() {
    const { clock } = this.#ports;
    return { nowMs: clock.nowMs(), utcMs: clock.utcMs() };
  }

  /** Who has asked for that before, as he is now; undefined: nobody else. */
  #second(what: string, by: Person): RetentionPerson | undefined {
    const first = this.#words.first(what, this.#ports.clock.nowMs());
    return first === undefined || first.person === by.person ? undefined : this.#personOf(first);
  }

  #wait(what: string, by: Person, reason: string): void {
    this.#words.wait(what, { person: by.person, reason }, this.#time);
  }

  #personOf({ person }: FirstWord): RetentionPerson | undefined {
    const known = this.#config.people.find(({ id }) => id === person);
    if (known === undefined) return undefined;
    const { display, role, controlRoom, country } = known;
    return { person, display, role, controlRoom, country };
  }

  /** Rules that wait for their second person. */
  #askedFor(person: Person): RetentionView['asked'] {
    return [...this.#words.all(this.#ports.clock.nowMs())].flatMap(([what, word]) => {
      const asked = /^(?<rule>[^=]+)=(?<days>\d+)$/.exec(what)?.groups;
      const by = this.#personOf(word);
      if (asked === undefined || by === undefined) return [];
      const { rule = '', days = '' } = asked;
      return [{ rule, days: Number(days), reason: word.reason, ...this.#shownWord(word, by, person) }];
    });
  }

  #shownWord({ untilMs }: FirstWord, by: RetentionPerson, person: Person) {
    const { clock } = this.#ports;
    return {
      by: by.display,
      isOwn: by.person === person.person,
      untilUtcMs: clock.utcMs() + untilMs - clock.nowMs(),
    };
  }

  /** Rules of a country of the networks that are not in force yet. */
  #mayAdd(): string[] {
    const known = this.#ports.values();
    const countries = [...new Set(this.#config.networks.map(({ country }) => country))].sort();
    return nationalKinds
      .flatMap((kind) => countries.map((country) => `${kind}.${country}`))
      .filter((rule) => known[rule] === undefined);
  }

  #shownHold({ utcMs: sinceUtcMs, groups, ...hold }: LegalHold, person: Person): RetentionView['holds'][number] {
    const word = this.#words.first(wordOf(hold.hold), this.#ports.clock.nowMs());
    const by = word && this.#personOf(word);
    return {
      ...{ ...hold, sinceUtcMs },
      ...(groups !== undefined && { groups: [...groups] }),
      ...(word !== undefined && by !== undefined && { lift: this.#shownWord(word, by, person) }),
    };
  }
}

/** Of all who may change it with another. */
export function countriesOf({ people }: Pick<Config, 'people'>): ReadonlySet<string> {
  return new Set(people.filter(seesRetention).map(({ country }) => country));
}

function shownRule({ rule, days, set }: SeenRule, nowUtcMs: number): RetentionView['rules'][number] {
  const keptFromDay = dayOf(Math.max(0, keptFrom(days, nowUtcMs)));
  return { rule, days, ...(set !== undefined && { setBy: set.by, setUtcMs: set.utcMs }), keptFrom: keptFromDay };
}

function withPart<Line extends { readonly part?: string | undefined }>({ part, ...line }: Line) {
  return { ...line, ...(part !== undefined && { part }) };
}

async function unlessAway<Outcome>(work: () => Promise<Outcome>): Promise<Outcome | { readonly refusal: 'away' }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RetentionAway || error instanceof RecordingsAway) return { refusal: 'away' };
    throw error;
  }
}

function wordFor(rule: string, days: number): string {
  return `${rule}=${days}`;
}

function wordOf(hold: number): string {
  return `lift ${hold}`;
}

function personLine({ display, role, controlRoom }: Person) {
  return { operator: display, role, controlRoom };
}

function secondLine(second: RetentionPerson | undefined) {
  if (second === undefined) return {};
  return { second: second.display, secondRole: second.role, secondControlRoom: second.controlRoom };
}

/** As consoles are told it. */
function told(refusal: RetentionRefusal): Exclude<RetentionRefusal, 'role'> | 'not-permitted' {
  return refusal === 'role' ? 'not-permitted' : refusal;
}

function utc(utcMs: number): string {
  return new Date(utcMs).toISOString();
}
