/**
 * Whoever talks where he should not, or whose key is stuck, is taken off the floor: who may, and what is never cut.
 */
import type { SomeEvents } from '../../base/events.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import type { RemovalOperation } from '../../console/operation.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import { defaultPermissions, refusalOf } from '../../operations/permissions.ts';
import type { Person } from '../../operations/terms.ts';
import { announcementParty, type FloorHolder } from '../../talkgroups/terms.ts';
import type { VoiceCommand, VoiceEvent } from '../../voice/contract.ts';

export interface TalkerPorts {
  readonly events: SomeEvents<'operations.talkerRemoved'>;
  readonly console: Pick<ConsoleServer, 'talkerOf'>;
  sendVoice(command: VoiceCommand): void;
}

export class Talkers {
  readonly #config: Pick<Config, 'sharedGroups'>;
  readonly #ports: TalkerPorts;
  /** Who talks, by group. */
  readonly #holders = new Map<string, FloorHolder>();

  constructor(config: Pick<Config, 'sharedGroups'>, ports: TalkerPorts) {
    this.#config = config;
    this.#ports = ports;
  }

  voiceEvent(event: VoiceEvent): void {
    if (event.name !== 'floor') return;
    const { group, holder } = event.floor;
    if (holder === undefined) this.#holders.delete(group);
    else this.#holders.set(group, holder);
  }

  operate(person: Person, operation: RemovalOperation, answer: (refusal: OperationRefusal | undefined) => void): void {
    const { group, over, reason } = operation;
    const holder = this.#holders.get(group);
    const refusal = this.#refusalOf(person, operation, holder);
    if (refusal === undefined && holder !== undefined) {
      this.#ports.sendVoice({ name: 'removeTalker', group, party: holder.party });
    }
    const { callSign, address } = this.#ports.console.talkerOf(group, over) ?? {};
    const talker = callSign || address || (holder?.over === over ? holder.party : '');
    const { display: operator, role, controlRoom } = person;
    const said = { group, over, talker, reason, operator, role, controlRoom };
    this.#ports.events.operations.talkerRemoved({ ...said, ...(refusal === undefined ? {} : { refusal }) });
    answer(refusal === undefined ? undefined : { cause: refusal });
  }

  #refusalOf(person: Person, operation: RemovalOperation, holder: FloorHolder | undefined): string | undefined {
    const group = this.#config.sharedGroups.find(({ id }) => id === operation.group);
    if (group === undefined) return 'unknown-group';
    const { monitoredBy } = group;
    const hears = monitoredBy.length === 0 || monitoredBy.includes(person.controlRoom);
    if (!hears || refusalOf(defaultPermissions, person, 'remove_talker') !== undefined) return 'not-permitted';
    if (operation.reason === '') return 'no-reason';
    if (holder?.over !== operation.over || holder.party === announcementParty) return 'not-talking';
    return holder.emergency ? 'in-distress' : undefined;
  }
}
