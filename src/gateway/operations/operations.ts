/**
 * What persons do at consoles, made real: each part asks its rules and does what they say.
 *
 *   console ── operate ──┬─▶ bridgings ───▶ legs, voice, consoles, disk, log
 *   cameras ─────────────┼─▶ hits ────────▶ consoles, disk, log
 *   voice, radios ───────┼─▶ emergencies ─▶ consoles, disk, log
 *   legs ────────────────┼─▶ link news ───▶ announcements
 *                        ├─▶ border book ─▶ consoles, disk, log
 *   clock ───────────────┼─▶ patrols ─────▶ bridgings, consoles, disk
 *                        └─▶ plans ───────▶ bridgings, border book, insertions
 *                                  └──────▶ announcements ──▶ speech, voice
 */
import type { InUse } from '../../config/fleet-plan.ts';
import type { Config } from '../../config/schema.ts';
import type { Operation } from '../../console/operation.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import type { Person } from '../../operations/terms.ts';
import type { ItemKind } from '../../store/kept-items.ts';
import type { OlderList } from '../../store/older-items.ts';
import type { VoiceEvent } from '../../voice/contract.ts';
import { type AnnouncementPorts, Announcements } from './announcements.ts';
import { BorderBook, type BorderBookPorts } from './border-book.ts';
import { type BridgingPorts, Bridgings } from './bridgings.ts';
import { type AlarmSaid, Emergencies, type EmergencyPorts, type PlaceSaid } from './emergencies.ts';
import { type HandOverPorts, HandOvers } from './hand-overs.ts';
import { Hits, type HitsPorts } from './hits.ts';
import { type InsertionPorts, Insertions } from './insertions.ts';
import { LinkNews } from './link-news.ts';
import { type PatrolPorts, Patrols } from './patrols.ts';
import { type PlanPorts, Plans } from './plans.ts';
import { type TalkerPorts, Talkers } from './talkers.ts';
import { type TextPorts, Texts } from './texts.ts';
import type { UnitSaid } from './unit-said.ts';

type PartPorts = Omit<AnnouncementPorts, 'inExercise'> &
  Omit<BridgingPorts, 'announcements' | 'kept' | 'opened' | 'closed' | 'ended' | 'exerciseOver' | 'inEmergency'>;

export type OperationsPorts = PartPorts & {
  readonly events: PartPorts['events'] &
    EmergencyPorts['events'] &
    HitsPorts['events'] &
    BorderBookPorts['events'] &
    InsertionPorts['events'] &
    HandOverPorts['events'] &
    TalkerPorts['events'] &
    TextPorts['events'] &
    PlanPorts['events'];
  readonly console: PartPorts['console'] &
    EmergencyPorts['console'] &
    HitsPorts['console'] &
    BorderBookPorts['console'] &
    PatrolPorts['console'] &
    HandOverPorts['console'] &
    TalkerPorts['console'] &
    PlanPorts['console'];
  readonly attachments: PartPorts['attachments'] & TextPorts['attachments'];
  /** A document of that name that outlives the process. */
  kept(name: string): BridgingPorts['kept'];
  /** What of a list is not at hand any more. */
  older(list: Exclude<OlderList, 'timeline'>): BorderBookPorts['older'];
};

export class Operations {
  readonly hits: Hits;
  readonly handOvers: HandOvers;
  readonly #announcements: Announcements;
  readonly #bridgings: Bridgings;
  readonly #emergencies: Emergencies;
  readonly #borderBook: BorderBook;
  readonly #insertions: Insertions;
  readonly #patrols: Patrols;
  readonly #plans: Plans;
  readonly #talkers: Talkers;
  readonly #texts: Texts;
  readonly #linkNews: LinkNews;

  constructor(config: Config, ports: OperationsPorts) {
    this.hits = new Hits(config, { ...ports, kept: ports.kept('hits'), older: ports.older('hits') });
    const inExercise = (group: string) => this.#bridgings.inExercise(group);
    this.#announcements = new Announcements(config, { ...ports, inExercise });
    this.handOvers = new HandOvers(config, ports);
    const announcements = this.#announcements;
    this.#bridgings = new Bridgings(config, {
      ...ports,
      announcements,
      kept: ports.kept('bridgings'),
      inEmergency: (group) => this.#emergencies.isOpen(group),
      opened: (group) => this.#plans.groupOpened(group),
      exerciseOver: (group) => {
        this.#borderBook.exerciseOver(group);
        this.#plans.exerciseOver(group);
      },
      closed: (group) => {
        this.#borderBook.groupClosed(group);
        this.#plans.groupClosed(group);
        this.#linkNews.groupClosed(group);
        this.#patrols.groupClosed(group);
      },
      ended: (group, what, person) => this.#patrols.ended(group, what, person),
    });
    this.#patrols = new Patrols(config, { ...ports, bridgings: this.#bridgings, kept: ports.kept('patrols') });
    const isOpen = (group: string) => this.#bridgings.isJoined(group);
    this.#talkers = new Talkers(config, ports);
    this.#texts = new Texts(config, { ...ports, isOpen, inExercise });
    const hearing = (group: string) => this.#bridgings.hearing(group);
    this.#borderBook = new BorderBook(config, {
      ...ports,
      announcements,
      kept: ports.kept('border-records'),
      older: ports.older('border-records'),
      hearing,
      inExercise,
    });
    this.#insertions = new Insertions(config, {
      ...ports,
      announcements,
      groupOf: (talkgroup) => this.#bridgings.groupOf(talkgroup),
    });
    const members = (group: string) => this.#bridgings.members(group);
    this.#linkNews = new LinkNews(config, { ...ports, announcements, members });
    this.#plans = new Plans(config, {
      ...ports,
      announcements,
      bridgings: this.#bridgings,
      borderBook: this.#borderBook,
      insertions: this.#insertions,
      kept: ports.kept('alert-plans'),
      hit: (id, exercise) => this.hits.sayable(id, exercise),
    });
    this.#emergencies = new Emergencies(config, {
      ...ports,
      announcements,
      kept: ports.kept('emergencies'),
      hearing,
      hold: (group, open) => this.#bridgings.hold(group, open),
    });
  }

  /** Takes up what was under way when the gateway stopped. */
  start(): void {
    this.#borderBook.start();
    this.#bridgings.start();
    this.#emergencies.start();
    this.#plans.start();
    this.#patrols.start();
    this.hits.start();
    this.handOvers.start();
  }

  stop(): void {
    this.#bridgings.stop();
    this.#emergencies.stop();
    this.hits.stop();
    this.handOvers.stop();
    this.#insertions.stop();
    this.#linkNews.stop();
    this.#patrols.stop();
    this.#plans.stop();
  }

  /** The fleet data is another. */
  fleetChanged(): void {
    this.#bridgings.fleetChanged();
    this.#plans.fleetChanged();
    this.#patrols.fleetChanged();
  }

  /** The open group that a talkgroup is joined to. */
  groupOf(talkgroup: string): string | undefined {
    return this.#bridgings.groupOf(talkgroup);
  }

  /** The group is open, or about to be. */
  isJoined(group: string): boolean {
    return this.#bridgings.isJoined(group);
  }

  /** What another version of the fleet data must not touch now. */
  get inUse(): InUse {
    const { controlRooms, ...bridged } = this.#bridgings.inUse;
    const rooms = new Set([...controlRooms, ...this.#emergencies.rooms]);
    return { ...bridged, plans: this.#plans.underWay, controlRooms: rooms };
  }

  operate(person: Person, operation: Operation, answer: (refusal: OperationRefusal | undefined) => void): void {
    if ('plan' in operation) this.#plans.operate(person, operation, answer);
    else if ('basis' in operation || 'record' in operation) this.#borderBook.operate(person, operation, answer);
    else if ('shift' in operation || operation.name === 'offerShift') this.handOvers.operate(person, operation, answer);
    else if (operation.name === 'removeTalker') this.#talkers.operate(person, operation, answer);
    else if (operation.name === 'sendText') this.#texts.operate(person, operation, answer);
    else if (operation.name === 'validateHit' || operation.name === 'enterExerciseHit')
      this.hits.operate(person, operation, answer);
    else if ('emergency' in operation) this.#emergencies.operate(person, operation, answer);
    else this.#bridgings.operate(person, operation, answer);
  }

  voiceEvent(event: VoiceEvent): void {
    this.#talkers.voiceEvent(event);
    this.#bridgings.voiceEvent(event);
    this.#emergencies.voiceEvent(event);
    this.#announcements.voiceEvent(event);
  }

  /** A leg's call stands, or no longer; `second`: on another attachment than it should be on. */
  legState(leg: string, up: boolean, second: boolean): void {
    this.#announcements.legState(leg, up);
    this.#bridgings.legState(leg, up);
    this.#insertions.legState(leg, up);
    this.#linkNews.legState(leg, up, second);
  }

  /** An emergency of the group is open. */
  inEmergency(group: string): boolean {
    return this.#emergencies.isOpen(group);
  }

  /** A network has named who talks on a leg. */
  talkerNamed(group: string, leg: string): void {
    this.#emergencies.talkerNamed(group, leg);
  }

  /** A radio said by a message that it is in distress, or no longer. */
  alarmSaid(said: AlarmSaid): void {
    this.#emergencies.alarmSaid(said);
  }

  /** They have been kept as long as they may be. True: no document has them any more. */
  forget(kind: Exclude<ItemKind, 'timeline'>, names: readonly string[]): boolean {
    if (kind === 'borderRecord') return this.#borderBook.forget(names);
    return kind === 'hit' ? this.hits.forget(names) : this.handOvers.forget(names);
  }

  unitSaid({ group, unit, what, place }: UnitSaid): void {
    if (what === 'border-crossed') this.#borderBook.said({ group, unit, source: 'status' });
    else if (what !== 'position') this.#plans.postSaid(group, unit, what === 'post-manned');
    else if (place !== undefined) {
      this.#borderBook.said({ group, unit, source: 'position', place });
      this.#plans.positionSaid(unit, place);
    }
  }

  placeSaid(said: PlaceSaid): void {
    this.#emergencies.placeSaid(said);
  }
}
