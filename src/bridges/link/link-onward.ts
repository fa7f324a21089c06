/**
 * What other networks say beside voice, on its way to an agent: as which event, and what became of it. The event itself
 * waits in the session's box (protocols/link/event-box.ts); here waits whoever wants to know whether it arrived.
 *
 *   passData ─▶ event ── acknowledged ──▶ done            (an agent that gives no receipts)
 *                  └──── acknowledged ──▶ Receipt ──▶ done
 */
import { capability, type LinkReceipt, type OutBody, receiptResult } from '../../protocols/link/frames.ts';
import type { DataFault, DataOrder } from '../ports.ts';

type Done = (fault: DataFault | undefined) => void;

/** From the order to the agent's acknowledgement; as long as a session waits for its agent. */
const takenWithinMs = 60_000;
const receiptWithinMs = 30_000;

const wanted = {
  status: capability.TAKES_STATUS,
  text: capability.TAKES_TEXT,
  position: capability.TAKES_POSITION,
  alarm: capability.TAKES_ALARM,
} as const;

export class LinkOnward {
  readonly #waiting = new Map<number, { readonly done: Done; readonly dueMs: number }>();
  #abilities: ReadonlySet<number> = new Set();
  #last: number;

  /** `first`: of its numbers, so that a receipt from before a restart of the gateway is about none of them. */
  constructor(first: number) {
    this.#last = first;
  }

  /** What the agent that is let in can do. */
  agentCan(abilities: readonly number[]): void {
    this.#abilities = new Set(abilities);
  }

  carries(order: DataOrder): boolean {
    return this.#abilities.has(wanted[order.name]);
  }

  get deadlineMs(): number {
    let atMs = Infinity;
    for (const { dueMs } of this.#waiting.values()) atMs = Math.min(atMs, dueMs);
    return atMs;
  }

  /** The event that says it; `done` is told once. */
  eventOf(order: DataOrder, talkgroup: string, nowMs: number, done: Done): OutBody {
    this.#last = (this.#last % 0xffff_ffff) + 1;
    const receipt = this.#last;
    this.#waiting.set(receipt, { done, dueMs: nowMs + takenWithinMs });
    const about = { talkgroup, from: order.from, origin: order.origin, receipt };
    switch (order.name) {
      case 'status':
        return { status: { ...about, code: order.code, ...(order.meaning && { meaning: order.meaning }) } };
      case 'text':
        return { text: { ...about, text: order.text } };
      case 'position':
        return { position: { ...about, place: order.position } };
      case 'alarm':
        return { alarm: { ...about, raised: order.raised, ...(order.position && { place: order.position }) } };
    }
  }

  /** The agent has taken an event. */
  taken({ status, text, position, alarm }: OutBody, nowMs: number): void {
    const receipt = (status ?? text ?? position ?? alarm)?.receipt ?? 0;
    const waits = this.#waiting.get(receipt);
    if (waits === undefined) return;
    if (this.#abilities.has(capability.RECEIPTS)) {
      this.#waiting.set(receipt, { ...waits, dueMs: nowMs + receiptWithinMs });
    } else this.#end(receipt, undefined);
  }

  /** False when nobody waits for it. */
  told({ receipt, result }: LinkReceipt): boolean {
    return this.#end(receipt, faultOf(result));
  }

  tick(nowMs: number): void {
    for (const [receipt, { dueMs }] of this.#waiting) if (dueMs <= nowMs) this.#end(receipt, 'not-reached');
  }

  /** No agent is there any more. */
  abandon(): void {
    for (const receipt of [...this.#waiting.keys()]) this.#end(receipt, 'not-reached');
  }

  #end(receipt: number, fault: DataFault | undefined): boolean {
    const waits = this.#waiting.get(receipt);
    if (waits === undefined) return false;
    this.#waiting.delete(receipt);
    waits.done(fault);
    return true;
  }
}

/** A result of a later version is no good news. */
function faultOf(result: number): DataFault | undefined {
  switch (result) {
    case receiptResult.DELIVERED:
      return undefined;
    case receiptResult.NOT_REACHED:
      return 'not-reached';
    case receiptResult.TOO_LONG:
      return 'too-long';
    default:
      return 'refused';
  }
}
