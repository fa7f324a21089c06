/**
 * The events of one session, both directions: numbers them, keeps what the other side has not taken, sends again after a
 * reconnect, and takes each of the other's once. A value; every function gives the next one. Pure.
 *
 *   kept:    [ sent, not acknowledged | waiting for credit ]
 *            ▲ acked + 1              ▲ sent + 1            ▲ last
 *
 * Bound: `keptMax` events; one more is dropped and counted, the newest, so that what was promised is kept. The last
 * `urgentMax` places are for what must not stand back behind a flood of other events.
 */
import type { OutBody } from './frames.ts';

export interface EventBox {
  /** Number of the last event that came in here. */
  readonly last: number;
  /** Highest number that went out on this connection. */
  readonly sent: number;
  /** Highest number that the other side has taken. */
  readonly acked: number;
  /** Highest number that it is ready to take. */
  readonly credit: number;
  readonly kept: readonly { readonly seq: number; readonly body: OutBody }[];
  readonly dropped: number;
  /** Highest number of the other side's events that is taken here. */
  readonly taken: number;
}

export const keptMax = 256;
const urgentMax = 32;
export const emptyBox: EventBox = { last: 0, sent: 0, acked: 0, credit: 0, kept: [], dropped: 0, taken: 0 };

/** One more event of ours. */
export function keep(box: EventBox, body: OutBody): EventBox {
  if (box.kept.length >= keptMax) return { ...box, dropped: box.dropped + 1 };
  const seq = box.last + 1;
  return { ...box, last: seq, kept: [...box.kept, { seq, body }] };
}

/** Whether one more would not be dropped. */
export function hasRoom({ kept }: EventBox, urgent: boolean): boolean {
  return kept.length < keptMax - (urgent ? 0 : urgentMax);
}

/** What may go out now, and the box once it has. */
export function outgoing(box: EventBox): { readonly box: EventBox; readonly events: EventBox['kept'] } {
  const events = box.kept.filter(({ seq }) => seq > box.sent && seq <= box.credit);
  return { box: { ...box, sent: events.at(-1)?.seq ?? box.sent }, events };
}

/** The other side's numbers; undefined when it acknowledges what was never sent. */
export function acknowledged(box: EventBox, ack: number, credit: number): EventBox | undefined {
  if (ack > box.sent) return undefined;
  const acked = Math.max(box.acked, ack);
  const kept = acked === box.acked ? box.kept : box.kept.filter(({ seq }) => seq > acked);
  return { ...box, acked, kept, credit: Math.max(box.credit, credit) };
}

/** Whether an event of the other side is new, has been taken already, or leaves a gap that cannot be on a stream. */
export function arrival(box: EventBox, seq: number): 'new' | 'again' | 'gap' {
  if (seq <= box.taken) return 'again';
  return seq === box.taken + 1 ? 'new' : 'gap';
}

/** A connection that goes on where the last one ended: all that the other side has not taken goes out again. */
export function resumed(box: EventBox, lastTaken: number): EventBox {
  const acked = Math.min(Math.max(box.acked, lastTaken), box.last);
  return { ...box, acked, sent: acked, credit: acked, kept: box.kept.filter(({ seq }) => seq > acked) };
}

/** A connection of a new session: what is still kept is numbered anew. */
export function renumbered(box: EventBox): EventBox {
  const kept = box.kept.map(({ body }, index) => ({ seq: index + 1, body }));
  return { ...emptyBox, kept, last: kept.length, dropped: box.dropped };
}
