/**
 * Claims on a floor, how they compare, and the queue of those that wait.
 *
 * Order: emergencies before all else, first come first; then by effective priority; then first come. An emergency is
 * never pre-empted, and equal priority never pre-empts.
 *
 * Standard: 3GPP TS 24.380 §6.3.4.4 (requests while the floor is taken, queue); docs/standards.md#floor.
 */
import type { PartyId } from './terms.ts';

/** A wish to talk, with the priority that counts after clamping. An emergency's priority is always 15. */
export interface Claim {
  readonly party: PartyId;
  readonly priority: number;
  readonly emergency: boolean;
  /** Number that the asker gave the request, to be repeated in every answer to it. */
  readonly requestId?: number;
}

/** A claim that waits in the queue. */
export interface Waiting extends Claim {
  /** Since when it waits, ms; an improved claim of the same party keeps it. */
  readonly sinceMs: number;
  /** Number of its arrival: the last tie-breaker, so that the order never depends on anything else. */
  readonly arrival: number;
}

/** Highest priority; emergencies alone have it. */
export const emergencyPriority = 15;

/** Whether `challenger` takes the floor from `holder`. */
export function outranks(challenger: Claim, holder: Claim): boolean {
  if (challenger.emergency !== holder.emergency) return challenger.emergency;
  return !challenger.emergency && challenger.priority > holder.priority;
}

/** Puts one in its place; the queue stays sorted. */
export function enqueue(queue: readonly Waiting[], entry: Waiting): readonly Waiting[] {
  const behind = queue.findIndex((other) => goesBefore(entry, other));
  return behind === -1 ? [...queue, entry] : [...queue.slice(0, behind), entry, ...queue.slice(behind)];
}

/** The queue without a party; the same array when it was not there. */
export function dequeue(queue: readonly Waiting[], party: PartyId): readonly Waiting[] {
  return queue.some((entry) => entry.party === party) ? queue.filter((entry) => entry.party !== party) : queue;
}

/** Place of a party in the queue: 1 is next, 0 is not there. */
export function positionOf(queue: readonly Waiting[], party: PartyId): number {
  return queue.findIndex((entry) => entry.party === party) + 1;
}

function goesBefore(a: Waiting, b: Waiting): boolean {
  if (a.emergency !== b.emergency) return a.emergency;
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.arrival < b.arrival;
}
