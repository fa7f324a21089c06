/** Priority of this process among others on the machine; processes it starts inherit it. */
import { constants, setPriority } from 'node:os';
import { systemCode } from './errors.ts';

/** Voice before all else; what answers operators and carries their voice before what may wait. */
export type Urgency = 'voice' | 'operators';

const priorities: Readonly<Record<Urgency, number>> = {
  voice: constants.priority.PRIORITY_HIGH,
  operators: constants.priority.PRIORITY_ABOVE_NORMAL,
};

/** Needs a privilege that the gateway's user may not have; then this process competes as everybody else. */
export function claimPriority(urgency: Urgency): void {
  try {
    setPriority(priorities[urgency]);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}
