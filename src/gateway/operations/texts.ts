/**
 * Texts that operators write: who may, and to which sides they go. What becomes of one on each side, consoles are shown.
 */
import type { SomeEvents } from '../../base/events.ts';
import { bySection } from '../../config/live-config.ts';
import type { Config } from '../../config/schema.ts';
import type { TextOperation } from '../../console/operation.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import { spokenLanguages as languages } from '../../operations/announcement-text.ts';
import { defaultPermissions, refusalOf } from '../../operations/permissions.ts';
import type { Person } from '../../operations/terms.ts';
import type { Attachments } from '../attachments.ts';

export interface TextPorts {
  readonly events: SomeEvents<'operations.textSent'>;
  readonly attachments: Pick<Attachments, 'sendText'>;
  isOpen(group: string): boolean;
  inExercise(group: string): boolean;
}

/** In both languages of the border and those of all its talkgroups: who reads it is not known. */
const exerciseWords = { fr: 'EXERCICE', nl: 'OEFENING', en: 'EXERCISE', de: 'ÜBUNG' } as const;

type TextFacts = Pick<Config, 'sharedGroups' | 'networks' | 'talkgroups'>;

export class Texts {
  readonly #config: TextFacts;
  readonly #ports: TextPorts;
  readonly #exerciseMark: () => string;

  constructor(config: TextFacts, ports: TextPorts) {
    this.#ports = ports;
    this.#config = config;
    this.#exerciseMark = bySection(config, 'talkgroups', exerciseMark);
  }

  operate(person: Person, operation: TextOperation, answer: (refusal: OperationRefusal | undefined) => void): void {
    const { group, text } = operation;
    const refusal = this.#refusalOf(person, group, text);
    const { attachments, events } = this.#ports;
    const marked = this.#ports.inExercise(group) ? `${this.#exerciseMark()}: ${text}` : text;
    const legs = refusal === undefined ? attachments.sendText(group, person, marked) : 0;
    const { display: operator, role, controlRoom } = person;
    events.operations.textSent({
      group,
      legs,
      operator,
      role,
      controlRoom,
      ...(refusal === undefined ? {} : { refusal }),
    });
    answer(refusal === undefined ? undefined : { cause: refusal });
  }

  /** Whoever may talk on a group may write to it. */
  #refusalOf(person: Person, id: string, text: string): string | undefined {
    const group = this.#config.sharedGroups.find((each) => each.id === id);
    if (group === undefined) return 'unknown-group';
    const { monitoredBy, use } = group;
    const hears = monitoredBy.length === 0 || monitoredBy.includes(person.controlRoom);
    const refused = refusalOf(defaultPermissions, person, 'talk', { test: use === 'test' });
    if (!hears || refused !== undefined) return 'not-permitted';
    if (!this.#ports.isOpen(id)) return 'not-open';
    return text === '' ? 'no-text' : undefined;
  }
}

/** In the languages that are spoken on any side. */
function exerciseMark({ networks, talkgroups }: TextFacts): string {
  const spoken = new Set([...networks, ...talkgroups].map(({ language }) => language));
  const marks = languages.filter((each) => each === 'fr' || each === 'nl' || spoken.has(each));
  return marks.map((each) => exerciseWords[each]).join('/');
}
