/** Who sits at this console, as the gateway says. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';

export interface OperatorModel {
  readonly personId: string;
  readonly display: string;
  /** Its call sign. */
  readonly controlRoom: string;
  readonly controlRoomId: string;
  /** A word of proto/console.proto. */
  readonly role: string;
  readonly country: string;
  readonly language: string;
}

/** Whose deeds at a desk no role of theirs forbids: the gateway decides, this spares all others buttons that it refuses. */
export function isDispatching(who: Pick<OperatorModel, 'role'> | undefined): boolean {
  return who?.role === 'dispatcher' || who?.role === 'supervisor';
}

/** Who may hear again at once what was said, on some group at least. */
export function mayReplay(who: Pick<OperatorModel, 'role'> | undefined): boolean {
  return isDispatching(who) || who?.role === 'auditor';
}

export function readOperator(operator: escaut.console.v1.Operator.$Properties | null | undefined): OperatorModel {
  return {
    personId: operator?.personId ?? '',
    display: cleanText(operator?.display),
    controlRoom: cleanText(operator?.controlRoom),
    controlRoomId: operator?.controlRoomId ?? '',
    role: operator?.role ?? '',
    country: operator?.country ?? '',
    language: operator?.language ?? '',
  };
}
