/** The consoles that there are: who sits where, and what their sessions make of what happens. */
import { Alarm } from '../base/clock.ts';
import type { PersonId } from '../operations/terms.ts';
import type { ConsoleId } from '../talkgroups/terms.ts';
import type { ConsoleModel } from './console-model.ts';
import { DeltaLog } from './delta-log.ts';
import type { ConsolePorts, Operator } from './ports.ts';
import type { Seat } from './seat.ts';
import {
  openSession,
  type SessionAction,
  type SessionEvent,
  type SessionRights,
  sessionDeadlineMs,
  stepSession,
} from './session.ts';
import type { Station } from './wire.ts';

interface SeatsOptions {
  readonly people: readonly Operator[];
  readonly sessionsMax: number;
  readonly ports: Pick<ConsolePorts, 'clock' | 'random' | 'rtc' | 'sendVoice' | 'stationAway'>;
  readonly model: ConsoleModel;
  /** Carries out what a session wants. */
  readonly perform: (seat: Seat, action: SessionAction) => void;
}

export class Seats {
  readonly #options: SeatsOptions;
  #people: ReadonlyMap<PersonId, Operator>;
  readonly #seats = new Map<ConsoleId, Seat>();
  /** People whose session is locked. */
  readonly #locked = new Set<PersonId>();

  constructor(options: SeatsOptions) {
    this.#options = options;
    this.#people = new Map(options.people.map((operator) => [operator.person, operator]));
  }

  /** As they are now: one that ends meanwhile is still among them. */
  get all(): Seat[] {
    return [...this.#seats.values()];
  }

  get size(): number {
    return this.#seats.size;
  }

  get linked(): number {
    let count = 0;
    for (const seat of this.#seats.values()) if (seat.link !== undefined) count++;
    return count;
  }

  get(id: ConsoleId): Seat | undefined {
    return this.#seats.get(id);
  }

  of(person: PersonId): Seat[] {
    return this.all.filter(({ operator }) => operator.person === person);
  }

  operator(person: PersonId): Operator | undefined {
    return this.#people.get(person);
  }

  hasRoom(): boolean {
    const { sessionsMax } = this.#options;
    return this.#seats.size < sessionsMax || this.linked < sessionsMax;
  }

  /** `wished` is the place that is wanted; another if somebody has it. */
  take(id: ConsoleId, person: PersonId, wished: number): Seat | undefined {
    const operator = this.#people.get(person);
    if (operator === undefined || !this.hasRoom()) return undefined;
    if (this.#seats.size >= this.#options.sessionsMax) this.#freeOne();
    const { model, ports } = this.#options;
    const place = this.#freePlace(person, wished);
    const nowMs = ports.clock.nowMs();
    const seat: Seat = {
      id,
      place,
      operator,
      display: displayOf(operator, place),
      log: new DeltaLog(ports.random.fraction()),
      alarm: new Alarm(ports.clock, () => this.feed(seat, { name: 'tick' })),
      session: openSession(model.joinedGroups, this.#rightsOf(operator), nowMs),
      link: undefined,
      status: undefined,
      actedMs: nowMs,
      lockShown: false,
      isStation: false,
      intercom: {},
    };
    this.#seats.set(id, seat);
    this.#makeKnown(seat);
    this.#introduce(seat);
    ports.rtc.openConsole(id, [...seat.session.monitored]);
    return seat;
  }

  end(seat: Seat): void {
    const { model, ports } = this.#options;
    seat.alarm.clear();
    this.leaveIntercom(seat);
    this.#seats.delete(seat.id);
    model.forgetConsole(seat.id);
    ports.rtc.closeConsole(seat.id);
    ports.sendVoice({ name: 'closeConsole', console: seat.id });
  }

  /** Tells a session what happened, and does what it says. */
  feed(seat: Seat, event: SessionEvent): void {
    const { state, actions } = stepSession(seat.session, event, this.#options.ports.clock.nowMs());
    seat.session = state;
    for (const action of actions) this.#options.perform(seat, action);
    if (this.#seats.get(seat.id) === seat) seat.alarm.setAt(sessionDeadlineMs(seat.session));
  }

  isLocked(person: PersonId): boolean {
    return this.#locked.has(person);
  }

  /** Consoles that he has yet are to be given their rights anew by `renewRights`. */
  noteLock(person: PersonId, isLocked: boolean): void {
    if (isLocked) this.#locked.add(person);
    else this.#locked.delete(person);
  }

  /** People are others than before; consoles that they have yet are to be given their rights anew. */
  setPeople(people: readonly Operator[]): void {
    this.#people = new Map(people.map((operator) => [operator.person, operator]));
    for (const seat of this.#seats.values()) {
      const before = seat.operator;
      seat.operator = this.operator(before.person) ?? before;
      seat.display = displayOf(seat.operator, seat.place);
      this.#makeKnown(seat);
      if (seat.operator.priority !== before.priority) this.#tellPriority(seat);
    }
  }

  renewRights(seat: Seat): void {
    seat.session = { ...seat.session, rights: this.#rightsOf(seat.operator) };
  }

  leaveIntercom(seat: Seat): void {
    if (!seat.isStation) return;
    seat.isStation = false;
    seat.intercom = {};
    this.#options.ports.stationAway(seat.id);
  }

  /** Whoever can be called. */
  get stations(): Station[] {
    const here = this.all.filter(({ isStation }) => isStation);
    return here.map(({ id, display, operator, intercom }) => ({
      consoleId: id,
      personId: operator.person,
      display,
      controlRoom: operator.controlRoomName,
      country: operator.country,
      language: operator.language,
      busy: Boolean(intercom.call),
    }));
  }

  #rightsOf(person: Operator): SessionRights {
    const rights = this.#options.model.rightsOf(person);
    return this.#locked.has(person.person) ? { ...rights, talks: new Set() } : rights;
  }

  #freePlace(person: PersonId, wished: number): number {
    const taken = new Set(this.of(person).map((seat) => seat.place));
    if (!taken.has(wished)) return wished;
    let place = 1;
    while (taken.has(place)) place++;
    return place;
  }

  /** Whoever left longest ago makes room. */
  #freeOne(): void {
    const away = this.all.filter((seat) => seat.link === undefined);
    const longest = away.sort((a, b) => a.session.heardMs - b.session.heardMs)[0];
    if (longest !== undefined) this.end(longest);
  }

  /** By which others know it while it talks. */
  #makeKnown({ id, display, operator }: Seat): void {
    const { person, controlRoomName: controlRoom, country, language } = operator;
    this.#options.model.knowConsole({ console: id, person, display, controlRoom, country, language });
  }

  /** Of one that talks it counts from its next request on. */
  #tellPriority({ id, operator: { priority } }: Seat): void {
    this.#options.ports.sendVoice({ name: 'openConsole', settings: { console: id, priority } });
  }

  /** Makes a console known to the voice process; its client says it again after a restart. */
  #introduce(seat: Seat): void {
    const { ports } = this.#options;
    this.#tellPriority(seat);
    for (const group of seat.session.monitored) {
      const mayTalk = seat.session.rights.talks.has(group);
      ports.sendVoice({ name: 'joinGroup', console: seat.id, group, mayTalk });
    }
  }
}

/** With the number of his console, from the second on. */
function displayOf({ display }: Operator, place: number): string {
  return place === 1 ? display : `${display} ${place}`;
}
