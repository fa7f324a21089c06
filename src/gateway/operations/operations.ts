/**
 * What persons do at consoles, made real: each part asks its rules and does what they say.
 *
 *   console ── operate ──┬─▶ bridgings ───▶ legs, voice, consoles, disk, log
 *   voice, radios ───────┼─▶ emergencies ─▶ consoles, disk, log
 *                        └─▶ border book ─▶ consoles, disk, log
 *                                  └──────▶ announcements ──▶ speech, voice
 */
import type { Config } from '../../config/schema.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import type { Operation } from '../../console/wire.ts';
import type { Person } from '../../operations/terms.ts';
import type { VoiceEvent } from '../../voice/contract.ts';
import { type AnnouncementPorts, Announcements } from './announcements.ts';
import { BorderBook, type BorderBookPorts, type CrossingSaid } from './border-book.ts';
import { type BridgingPorts, Bridgings } from './bridgings.ts';
import { type AlarmSaid, Emergencies, type EmergencyPorts, type PlaceSaid } from './emergencies.ts';

export type OperationsPorts = Omit<BridgingPorts, 'announcements' | 'kept' | 'closed'> &
  AnnouncementPorts & {
    readonly events: BridgingPorts['events'] &
      AnnouncementPorts['events'] &
      EmergencyPorts['events'] &
      BorderBookPorts['events'];
    readonly console: BridgingPorts['console'] & EmergencyPorts['console'] & BorderBookPorts['console'];
    /** A document of that name that outlives the process. */
    kept(name: string): BridgingPorts['kept'];
  };

export class Operations {
  readonly #announcements: Announcements;
  readonly #bridgings: Bridgings;
  readonly #emergencies: Emergencies;
  readonly #borderBook: BorderBook;

  constructor(config: Config, ports: OperationsPorts) {
    this.#announcements = new Announcements(config, ports);
    const announcements = this.#announcements;
    this.#bridgings = new Bridgings(config, {
      ...ports,
      announcements,
      kept: ports.kept('bridgings'),
      closed: (group) => this.#borderBook.groupClosed(group),
    });
    const hearing = (group: string) => this.#bridgings.hearing(group);
    this.#borderBook = new BorderBook(config, { ...ports, announcements, kept: ports.kept('border-records'), hearing });
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
  }

  stop(): void {
    this.#bridgings.stop();
    this.#emergencies.stop();
  }

  operate(person: Person, operation: Operation, answer: (refusal: OperationRefusal | undefined) => void): void {
    if ('basis' in operation || 'record' in operation) this.#borderBook.operate(person, operation, answer);
    else if ('emergency' in operation) this.#emergencies.operate(person, operation, answer);
    else this.#bridgings.operate(person, operation, answer);
  }

  voiceEvent(event: VoiceEvent): void {
    this.#bridgings.voiceEvent(event);
    this.#emergencies.voiceEvent(event);
    this.#announcements.voiceEvent(event);
  }

  /** A leg's call stands, or no longer. */
  legState(leg: string, up: boolean): void {
    this.#bridgings.legState(leg, up);
  }

  /** A network has named who talks on a leg. */
  talkerNamed(group: string, leg: string): void {
    this.#emergencies.talkerNamed(group, leg);
  }

  /** A radio said by a message that it is in distress, or no longer. */
  alarmSaid(said: AlarmSaid): void {
    this.#emergencies.alarmSaid(said);
  }

  /** A unit says by a status that it has crossed the border, or where it is. */
  crossingSaid(said: CrossingSaid): void {
    this.#borderBook.said(said);
  }

  placeSaid(said: PlaceSaid): void {
    this.#emergencies.placeSaid(said);
  }
}
