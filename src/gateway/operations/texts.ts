/**
 * Texts that operators write: who may, and to which sides they go. What becomes of one on each side, consoles are shown.
 */
import type { Events } from '../../base/events.ts';
import type { Config } from '../../config/schema.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import type { TextOperation } from '../../console/wire.ts';
import { defaultPermissions, refusalOf } from '../../operations/permissions.ts';
import type { Person } from '../../operations/terms.ts';
import type { Attachments } from '../attachments.ts';

export interface TextPorts {
  readonly events: Pick<Events, 'textSent'>;
  readonly attachments: Pick<Attachments, 'sendText'>;
  isOpen(group: string): boolean;
  inExercise(group: string): boolean;
}

/** In both languages of the border: who reads it is not known. */
const exerciseMark = 'EXERCICE/OEFENING';

export class Texts {
  readonly #groups: ReadonlyMap<string, Config['sharedGroups'][number]>;
  readonly #ports: TextPorts;

  constructor({ sharedGroups }: Pick<Config, 'sharedGroups'>, ports: TextPorts) {
    this.#ports = ports;
    this.#groups = new Map(sharedGroups.map((group) => [group.id, group]));
  }

  operate(person: Person, operation: TextOperation, answer: (refusal: OperationRefusal | undefined) => void): void {
    const { group, text } = operation;
    const refusal = this.#refusalOf(person, group, text);
    const { attachments, events } = this.#ports;
    const marked = this.#ports.inExercise(group) ? `${exerciseMark}: ${text}` : text;
    const legs = refusal === undefined ? attachments.sendText(group, person, marked) : 0;
    const { display: operator, role, controlRoom } = person;
    events.textSent({ group, legs, operator, role, controlRoom, ...(refusal === undefined ? {} : { refusal }) });
    answer(refusal === undefined ? undefined : { cause: refusal });
  }

  /** Whoever may talk on a group may write to it. */
  #refusalOf(person: Person, id: string, text: string): string | undefined {
    const group = this.#groups.get(id);
    if (group === undefined) return 'unknown-group';
    const { monitoredBy, use } = group;
    const hears = monitoredBy.length === 0 || monitoredBy.includes(person.controlRoom);
    const refused = refusalOf(defaultPermissions, person, 'talk', { test: use === 'test' });
    if (!hears || refused !== undefined) return 'not-permitted';
    if (!this.#ports.isOpen(id)) return 'not-open';
    return text === '' ? 'no-text' : undefined;
  }
}
