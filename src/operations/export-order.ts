/**
 * An export of recordings that somebody orders at his console and a second person approves at his own. Pure.
 *
 *   asked ──approved──▶ building ──built──▶ ready ──24 h──▶ gone
 *     │ ╲ refused, withdrawn, 30 min: lapsed   ╲ failed
 *
 * Nothing is built before the second person has approved; whoever ordered cannot approve. What cannot be done in a state
 * changes nothing and is answered by a word.
 */
import type { ExportFault } from './export-fault.ts';
import type { Hearer } from './recording-access.ts';
import type { PersonId } from './terms.ts';

export const orderStates = [
  'asked',
  'refused',
  'withdrawn',
  'lapsed',
  'building',
  'ready',
  'failed',
  /** The package has been deleted here; the log says what it was. */
  'gone',
] as const;
export type OrderState = (typeof orderStates)[number];

export interface ExportOrder {
  readonly id: number;
  readonly state: OrderState;
  readonly by: Hearer;
  readonly second: Hearer;
  readonly reason: string;
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
  /** Shared groups and direct lines; never none. */
  readonly groups: readonly string[];
  /** By which time and groups were found; empty: by neither. */
  readonly incident: string;
  readonly askedUtcMs: number;
  /** When it came into this state. */
  readonly sinceUtcMs: number;
  /** How often it was begun to be built: a gateway that ended meanwhile builds it again. */
  readonly tries: number;
  /** While it is built: recordings put in, of so many; 0 of 0 while the log is read. */
  readonly done: number;
  readonly all: number;
  /** Why it was refused, in the person's words, or failed, in those of the machine. */
  readonly words: string;
  /** Why it failed. */
  readonly fault?: ExportFault | undefined;
  readonly made?: MadePackage | undefined;
}

export interface MadePackage {
  readonly octets: number;
  readonly recordings: number;
  readonly gaps: number;
  /** SHA-256 of its SHA256SUMS, hexadecimal: what the log knows it by. */
  readonly manifestSha256: string;
  /** Of the key that signed it. */
  readonly fingerprint: string;
}

export type OrderWish = Pick<
  ExportOrder,
  'by' | 'second' | 'reason' | 'fromUtcMs' | 'toUtcMs' | 'groups' | 'incident' | 'askedUtcMs'
>;

/** What happens to an order; `by`: who did it. */
export type OrderEvent =
  | { readonly name: 'approve'; readonly by: PersonId }
  | { readonly name: 'refuse'; readonly by: PersonId; readonly words: string }
  | { readonly name: 'withdraw'; readonly by: PersonId }
  | { readonly name: 'progress'; readonly done: number; readonly all: number }
  | { readonly name: 'built'; readonly made: MadePackage }
  | { readonly name: 'failed'; readonly fault: ExportFault; readonly words: string }
  /** The gateway that built it has ended. */
  | { readonly name: 'again' }
  /** The package is not where it lay. */
  | { readonly name: 'lost'; readonly fault: ExportFault; readonly words: string }
  | { readonly name: 'tick' };

export type OrderRefusal = 'not-second-person' | 'not-who-ordered' | 'not-open';

const orderLimits = { askedMs: 30 * 60_000, keptMs: 24 * 3_600_000, shownMs: 7 * 24 * 3_600_000, triesMax: 3 } as const;

export function newOrder(id: number, wish: OrderWish): ExportOrder {
  return { ...wish, id, state: 'asked', sinceUtcMs: wish.askedUtcMs, tries: 0, done: 0, all: 0, words: '' };
}

/** Total: whatever comes, the order afterwards or why not. */
export function stepOrder(order: ExportOrder, event: OrderEvent, nowUtcMs: number): ExportOrder | OrderRefusal {
  const { state, second, by } = order;
  const to = (next: OrderState, more: Partial<ExportOrder> = {}): ExportOrder => ({
    ...order,
    ...more,
    state: next,
    sinceUtcMs: nowUtcMs,
  });
  switch (event.name) {
    case 'approve':
    case 'refuse':
      if (event.by !== second.person) return 'not-second-person';
      if (state !== 'asked') return 'not-open';
      return event.name === 'approve' ? to('building', { tries: 1 }) : to('refused', { words: event.words });
    case 'withdraw':
      if (event.by !== by.person) return 'not-who-ordered';
      return state === 'asked' ? to('withdrawn') : 'not-open';
    case 'progress':
      return state === 'building' ? { ...order, done: event.done, all: event.all } : 'not-open';
    case 'built':
      return state === 'building' ? to('ready', { made: event.made }) : 'not-open';
    case 'failed':
      return state === 'building' ? to('failed', { fault: event.fault, words: event.words }) : 'not-open';
    case 'again':
      if (state !== 'building') return 'not-open';
      if (order.tries < orderLimits.triesMax) return { ...order, tries: order.tries + 1, done: 0, all: 0 };
      return to('failed', {
        fault: 'gateway-ended',
        words: `the gateway ended ${order.tries} times while it was built`,
      });
    case 'lost':
      if (state !== 'ready') return 'not-open';
      return to('failed', { fault: event.fault, words: event.words, made: undefined });
    case 'tick':
      if (dueUtcMs(order) > nowUtcMs) return order;
      return to(state === 'asked' ? 'lapsed' : 'gone');
  }
}

/** When a tick changes it; Infinity: never. */
export function dueUtcMs({ state, sinceUtcMs }: ExportOrder): number {
  if (state === 'asked') return sinceUtcMs + orderLimits.askedMs;
  return state === 'ready' ? sinceUtcMs + orderLimits.keptMs : Infinity;
}

/** When it is over for so long that nobody asks for it any more; Infinity: it is not over. */
export function forgottenUtcMs(order: ExportOrder): number {
  const isOver = !isUnderWay(order) && order.state !== 'ready';
  return isOver ? order.sinceUtcMs + orderLimits.shownMs : Infinity;
}

/** It waits for somebody, or for the machine. */
export function isUnderWay({ state }: ExportOrder): boolean {
  return state === 'asked' || state === 'building';
}
