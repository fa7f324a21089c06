/** What one page was told of the networks, and what of a new picture it has not been told. Pure. */
import type { StatusReport } from '../base/status-report.ts';
import type { escaut } from '../protocols/generated/console.js';

type StatusChanged = escaut.console.v1.StatusChanged.$Properties;

/** Reasons are English and for technicians; a page has the codes, and its own words for them. */
function inCodes<Item extends { readonly reason?: string; readonly lastFaultReason?: string }>(
  item: Item,
): Omit<Item, 'reason' | 'lastFaultReason'> {
  const { reason: _, lastFaultReason: __, ...codes } = item;
  return codes;
}

export class StatusFeed {
  #told: ReadonlyMap<string, string> | undefined;

  /** The first time all; then what is new. Undefined when nothing is. What there is does not change while we run. */
  changed({ attachments, legs }: StatusReport): StatusChanged | undefined {
    const before = this.#told;
    const told = new Map<string, string>();
    const isNew = (kind: string, item: { readonly id: string }): boolean => {
      const key = `${kind} ${item.id}`;
      const text = JSON.stringify(item);
      told.set(key, text);
      return before?.get(key) !== text;
    };
    const news = {
      whole: before === undefined,
      attachments: attachments.map(inCodes).filter((item) => isNew('attachment', item)),
      legs: legs.map(inCodes).filter((item) => isNew('leg', item)),
    };
    this.#told = told;
    return news.whole || news.attachments.length > 0 || news.legs.length > 0 ? news : undefined;
  }
}
