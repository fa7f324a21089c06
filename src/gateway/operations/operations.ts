/**
 * What persons do at consoles, made real: each part asks its rules and does what they say.
 *
 *   console ── operate ──▶ bridgings ──▶ legs, voice, consoles, disk, log
 *                               └─▶ announcements ──▶ speech, voice
 */
import type { Config } from '../../config/schema.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import type { Operation } from '../../console/wire.ts';
import type { Person } from '../../operations/terms.ts';
import type { VoiceEvent } from '../../voice/contract.ts';
import { type AnnouncementPorts, Announcements } from './announcements.ts';
import { type BridgingPorts, Bridgings } from './bridgings.ts';

export type OperationsPorts = Omit<BridgingPorts, 'announcements' | 'kept'> &
  AnnouncementPorts & {
    readonly events: BridgingPorts['events'] & AnnouncementPorts['events'];
    /** A document of that name that outlives the process. */
    kept(name: string): BridgingPorts['kept'];
  };

export class Operations {
  readonly #announcements: Announcements;
  readonly #bridgings: Bridgings;

  constructor(config: Config, ports: OperationsPorts) {
    this.#announcements = new Announcements(config, ports);
    const announcements = this.#announcements;
    this.#bridgings = new Bridgings(config, { ...ports, announcements, kept: ports.kept('bridgings') });
  }

  /** Takes up what was under way when the gateway stopped. */
  start(): void {
    this.#bridgings.start();
  }

  stop(): void {
    this.#bridgings.stop();
  }

  operate(person: Person, operation: Operation, answer: (refusal: OperationRefusal | undefined) => void): void {
    this.#bridgings.operate(person, operation, answer);
  }

  voiceEvent(event: VoiceEvent): void {
    this.#bridgings.voiceEvent(event);
    this.#announcements.voiceEvent(event);
  }

  /** A leg's call stands, or no longer. */
  legState(leg: string, up: boolean): void {
    this.#bridgings.legState(leg, up);
  }
}
