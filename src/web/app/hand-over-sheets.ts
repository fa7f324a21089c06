/** Sheets of shifts that are handed over, as they were when each was offered: asked of the gateway once, and kept. */
import type { escaut } from '../../protocols/generated/console.js';
import { applySnapshot } from '../model/apply.ts';
import { type ConsoleModel, emptyModel } from '../model/console-model.ts';
import { type Arrival, readWide } from '../model/read-wire.ts';
import { readTimeline, type TimelineModel } from '../model/timeline.ts';
import { Store } from './store.ts';

type SheetRequest = escaut.console.v1.SheetRequest.$Properties;

export interface Sheet {
  readonly model: ConsoleModel;
  readonly timeline: TimelineModel;
  readonly atUtcMs: number;
}

export interface SheetsView {
  /** By hand-over: the sheet, or why there is none, a word of proto/console.proto. */
  readonly sheets: ReadonlyMap<number, Sheet | string>;
}

export class HandOverSheets {
  readonly store = new Store<SheetsView>({ sheets: new Map() });
  readonly #send: (sheetRequest: SheetRequest) => boolean;
  /** Hand-over by request. */
  readonly #asked = new Map<number, number>();
  #requests = 0;

  /** `send` says false when the link is not live. */
  constructor(send: (sheetRequest: SheetRequest) => boolean) {
    this.#send = send;
  }

  /** Nothing happens where it is known or on its way. */
  ask(handOverId: number): void {
    const known = this.store.get().sheets.get(handOverId);
    const isKnown = known !== undefined && known !== 'link-lost';
    if (isKnown || [...this.#asked.values()].includes(handOverId)) return;
    const requestId = ++this.#requests;
    if (this.#send({ requestId, handOverId })) this.#asked.set(requestId, handOverId);
    else this.#put(handOverId, 'link-lost');
  }

  answer({ requestId, refusal, sheet }: escaut.console.v1.SheetAnswer.$Properties, arrival: Arrival): void {
    const handOverId = this.#asked.get(requestId ?? 0);
    if (handOverId === undefined) return;
    this.#asked.delete(requestId ?? 0);
    if (!sheet) this.#put(handOverId, refusal || 'not-kept');
    else {
      const model = applySnapshot(emptyModel, sheet, arrival);
      this.#put(handOverId, { model, timeline: readTimeline(sheet.timeline), atUtcMs: readWide(sheet.gatewayUtcMs) });
    }
  }

  forget(handOverIds: readonly number[]): void {
    const { sheets } = this.store.get();
    if (handOverIds.some((id) => sheets.has(id)))
      this.store.set({ sheets: new Map([...sheets].filter(([id]) => !handOverIds.includes(id))) });
  }

  /** The link broke: nothing that is open will be answered. */
  dropAll(): void {
    for (const handOverId of this.#asked.values()) this.#put(handOverId, 'link-lost');
    this.#asked.clear();
  }

  #put(handOverId: number, sheet: Sheet | string): void {
    this.store.set({ sheets: new Map(this.store.get().sheets).set(handOverId, sheet) });
  }
}
