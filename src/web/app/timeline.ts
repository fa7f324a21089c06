/**
 * The timeline as this page has it: the newest of all, live, and what the view shows of it, by group and kind, as far back
 * as somebody has asked.
 *
 *   snapshot ─▶ newest ─┬─▶ view        filter, older ─▶ asked ─▶ view
 *   news ───────────────┘
 */
import type { escaut } from '../../protocols/generated/console.js';
import {
  addEntry,
  addOlder,
  emptyTimeline,
  isShown,
  readEntry,
  readTimeline,
  shownMax,
  type TimelineFilter,
  type TimelineModel,
  withoutEntries,
} from '../model/timeline.ts';
import { Store } from './store.ts';

type TimelineRequest = escaut.console.v1.TimelineRequest.$Properties;

export interface TimelineView {
  /** Of all groups and kinds. */
  readonly newest: TimelineModel;
  readonly filter: TimelineFilter;
  /** What the filter lets through. */
  readonly shown: TimelineModel;
  /** Something has been asked for and has not come. */
  readonly loading: boolean;
}

const everything: TimelineFilter = { groupId: '', kind: '' };
const nothing = { newest: emptyTimeline, filter: everything, shown: emptyTimeline, loading: false };

export class TimelineFeed {
  readonly store = new Store<TimelineView>(nothing);
  readonly #send: (timelineRequest: TimelineRequest) => boolean;
  #requests = 0;
  /** The request whose answer is awaited. */
  #asked: number | undefined;
  /** Pages are asked for until one is older. */
  #backToUtcMs = Infinity;

  /** `send` says false when the link is not live. */
  constructor(send: (timelineRequest: TimelineRequest) => boolean) {
    this.#send = send;
  }

  /** The link stands anew: what was shown further back may have a gap behind it, and is asked for again. */
  snapshot(wire: escaut.console.v1.Timeline.$Properties | null | undefined): void {
    const newest = readTimeline(wire);
    const { filter } = this.store.get();
    this.store.set({ newest });
    this.#show(filter);
  }

  tell(wire: escaut.console.v1.TimelineEntry.$Properties): void {
    const entry = readEntry(wire);
    if (entry === undefined) return;
    const { newest, shown, filter } = this.store.get();
    this.store.set({ newest: addEntry(newest, entry) });
    if (isShown(entry, filter)) this.store.set({ shown: addEntry(shown, entry) });
  }

  forget(ids: readonly number[]): void {
    if (ids.length === 0) return;
    const gone = new Set(ids);
    const { newest, shown } = this.store.get();
    this.store.set({ newest: withoutEntries(newest, gone), shown: withoutEntries(shown, gone) });
  }

  filter(change: Partial<TimelineFilter>): void {
    this.#show({ ...this.store.get().filter, ...change });
  }

  older(): void {
    const { shown, loading } = this.store.get();
    const first = shown.entries[0];
    if (first !== undefined && shown.more && !loading && shown.entries.length < shownMax) this.#ask(first.id);
  }

  /** All since an instant, as far as the gateway has it. */
  back(utcMs: number): void {
    this.#backToUtcMs = utcMs;
    this.older();
  }

  answer({ requestId, timeline }: escaut.console.v1.TimelineAnswer.$Properties): void {
    if (this.#asked === undefined || requestId !== this.#asked) return;
    this.#asked = undefined;
    // News may have come before the answer.
    this.store.set({ shown: addOlder(this.store.get().shown, readTimeline(timeline)), loading: false });
    if ((this.store.get().shown.entries[0]?.atUtcMs ?? -Infinity) > this.#backToUtcMs) this.older();
  }

  /** The link broke: nothing that is open will be answered. */
  dropAll(): void {
    this.#asked = undefined;
    this.#backToUtcMs = Infinity;
    this.store.set({ loading: false });
  }

  /** What is known of it at once, all of it when it comes. */
  #show(filter: TimelineFilter): void {
    const { newest } = this.store.get();
    const entries = newest.entries.filter((entry) => isShown(entry, filter));
    this.store.set({ filter, shown: { ...newest, entries }, loading: false });
    this.#asked = undefined;
    this.#backToUtcMs = Infinity;
    if (filter.groupId !== '' || filter.kind !== '') this.#ask(0);
  }

  #ask(beforeId: number): void {
    const requestId = ++this.#requests;
    const { filter } = this.store.get();
    const kinds = filter.kind === '' ? [] : [filter.kind];
    if (!this.#send({ requestId, beforeId, groupId: filter.groupId, kinds })) return;
    this.#asked = requestId;
    this.store.set({ loading: true });
  }
}
