/** The instrument must not wait for the machine's other work, no more than the gateway's voice process does. */
import { constants, setPriority } from 'node:os';

/** Takes the priority that the voice process takes, where the user may. */
export function raisePriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_SYSTEM_ERROR') throw error; // the system's refusal
  }
}
