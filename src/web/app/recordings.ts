/**
 * Permanent recordings on this page: searched, heard again, exported. Whether that may be is the gateway's matter, and
 * each search and each listening stands in its log with the reason that was given here.
 *
 *   form ─▶ search ─▶ rows ─▶ older rows        row ─▶ ticket ─HTTP─▶ file ─▶ player
 */
import type { escaut } from '../../protocols/generated/console.js';
import { RecordingPlayer } from '../audio/recording-player.ts';
import type { ReplaySink } from '../audio/replay-player.ts';
import {
  type ExportOrderModel,
  noRights,
  putOrder,
  type RecordingFilter,
  type RecordingModel,
  type RecordingRightsModel,
  readOrder,
  readRecording,
  readRights,
} from '../model/recordings.ts';
import { zonedUtcMs } from '../model/zoned-time.ts';
import { Refused, Requests } from './requests.ts';
import { Store } from './store.ts';

type Request = escaut.console.v1.RecordingsRequest.$Properties;
type Answer = escaut.console.v1.RecordingsAnswer.$Properties;

export interface RecordingsView {
  readonly rights: RecordingRightsModel;
  /** What the rows were searched by; undefined: nothing has been searched. */
  readonly searched: RecordingFilter | undefined;
  /** Newest first. */
  readonly rows: readonly RecordingModel[];
  readonly more: boolean;
  /** The gateway has not read its log to the end: newer ones may be missing. */
  readonly behind: boolean;
  readonly loading: boolean;
  /** Why it was not done, as a word of proto/console.proto, or `link-lost`, `unreadable`; empty: no reason. */
  readonly refusal: string;
  readonly heard: Heard | undefined;
  /** The oldest first. */
  readonly orders: readonly ExportOrderModel[];
  readonly speed: number;
  readonly skipsPauses: boolean;
}

/** What is heard, or will be. */
export interface Heard {
  readonly recording: RecordingModel;
  /** Undefined while it is fetched. */
  readonly shape: { readonly peaks: readonly number[]; readonly durationMs: number } | undefined;
  readonly isPlaying: boolean;
}

const answerMsMax = 30_000;
const fetchMsMax = 60_000;
/** More at once is for an export, not for a table. */
const rowsMax = 2000;
const nothing: RecordingsView = {
  ...{ rights: noRights, searched: undefined, rows: [], more: false, behind: false, loading: false, refusal: '' },
  ...{ heard: undefined, orders: [], speed: 1, skipsPauses: false },
};

export class Recordings {
  readonly store = new Store<RecordingsView>(nothing);
  readonly #requests: Requests<Request, Answer>;
  readonly #timezone: () => string;
  readonly #player: RecordingPlayer;
  /** What is late of an earlier wish is dropped. */
  #wish = 0;

  /** `send` says false when the link is not live. */
  constructor(send: (recordingsRequest: Request) => boolean, sink: () => ReplaySink, timezone: () => string) {
    this.#requests = new Requests(send, answerMsMax);
    this.#timezone = timezone;
    this.#player = new RecordingPlayer(sink, (isPlaying) => {
      const { heard } = this.store.get();
      if (heard !== undefined) this.store.set({ heard: { ...heard, isPlaying } });
    });
  }

  snapshot({ recordingRights, exportOrders }: escaut.console.v1.Snapshot.$Properties): void {
    const orders = (exportOrders ?? []).map(readOrder).filter((order) => order !== undefined);
    this.store.set({ rights: readRights(recordingRights), orders });
  }

  tellOrder(wire: escaut.console.v1.ExportOrder.$Properties): void {
    const order = readOrder(wire);
    if (order !== undefined) this.store.set({ orders: putOrder(this.store.get().orders, order) });
  }

  /** What is asked of a second person; why not, or empty. */
  order(filter: RecordingFilter, groupIds: readonly string[], secondPersonId: string): Promise<string> {
    const orderExport = { ...this.#timeOf(filter), groupIds: [...groupIds], secondPersonId };
    return this.#done({ reason: filter.reason, orderExport });
  }

  /** `words`: why it is refused. */
  answerOrder(orderId: number, answer: 'approve' | 'refuse' | 'withdraw', words = ''): Promise<string> {
    return this.#done({ reason: words, answerExport: { orderId, answer } });
  }

  /** The browser saves the package; why not, or empty. */
  async fetchPackage(orderId: number): Promise<string> {
    try {
      const { ticket } = await this.#requests.ask({ fetchPackage: { orderId } });
      const link = document.createElement('a');
      link.href = new URL(ticket?.path ?? '', document.baseURI.split('#', 1)[0]).href;
      link.download = '';
      link.click();
      return '';
    } catch (error) {
      return refusalIn(error);
    }
  }

  async #done(request: Request): Promise<string> {
    try {
      await this.#requests.ask(request);
      return '';
    } catch (error) {
      return refusalIn(error);
    }
  }

  /** Looks for the newest; what was found before is gone. */
  async search(filter: RecordingFilter): Promise<void> {
    // Loading at once: nobody is told for a frame that there is nothing.
    this.store.set({ searched: filter, rows: [], more: false, behind: false, refusal: '', loading: true });
    await this.#find(filter, undefined);
  }

  /** Older ones of the same search. */
  async older(): Promise<void> {
    const { searched, rows, loading } = this.store.get();
    if (searched !== undefined && !loading && rows.length < rowsMax) await this.#find(searched, rows.at(-1));
  }

  async #find(filter: RecordingFilter, before: RecordingModel | undefined): Promise<void> {
    this.store.set({ loading: true });
    try {
      const { found } = await this.#requests.ask({ reason: filter.reason, search: this.#wished(filter, before) });
      if (this.store.get().searched !== filter) return;
      const rows = [...this.store.get().rows, ...(found?.recordings ?? []).map(readRecording)];
      this.store.set({ rows, more: found?.more ?? false, behind: found?.behind ?? false, loading: false });
    } catch (error) {
      if (this.store.get().searched === filter) this.store.set({ loading: false, refusal: refusalIn(error) });
    }
  }

  #wished(filter: RecordingFilter, before: RecordingModel | undefined): escaut.console.v1.RecordingsSearch.$Properties {
    const { groupId, unit, operator, priorityMin, emergencyOnly } = filter;
    return {
      ...{ ...this.#timeOf(filter), groupIds: groupId === '' ? [] : [groupId] },
      ...{ unit, operator, priorityMin, emergencyOnly },
      ...(before !== undefined && { beforeId: before.id, beforeStartUtcMs: before.startUtcMs }),
    };
  }

  /** An incident has its own time. */
  #timeOf({ from, to, incident }: RecordingFilter): { fromUtcMs: number; toUtcMs: number; incident: string } {
    const timezone = this.#timezone();
    const time = (text: string) => (incident.trim() === '' ? (zonedUtcMs(text, timezone) ?? 0) : 0);
    return { fromUtcMs: time(from), toUtcMs: time(to), incident };
  }

  /** Fetches it, and plays it from its beginning. */
  async listen(recording: RecordingModel): Promise<void> {
    this.stop();
    const wish = this.#wish;
    const reason = this.store.get().searched?.reason ?? '';
    this.store.set({ refusal: '', heard: { recording, shape: undefined, isPlaying: false } });
    try {
      const { ticket } = await this.#requests.ask({ reason, listenTo: { recordingId: recording.id } });
      const file = await fetched(ticket?.path ?? '');
      if (wish !== this.#wish) return;
      const shape = await this.#player.load(file);
      if (wish !== this.#wish) return;
      this.store.set({ heard: { recording, shape, isPlaying: false } });
      await this.#player.play();
    } catch (error) {
      if (wish !== this.#wish) return;
      this.stop();
      this.store.set({ refusal: refusalIn(error) });
    }
  }

  /** Goes on, or pauses. */
  toggle(): void {
    const { heard } = this.store.get();
    if (heard?.isPlaying === true) this.#player.pause();
    else void this.#player.play();
  }

  /** Quiet at once, and ready to go on: somebody talks here, or an emergency sounds. */
  pause(): void {
    this.#player.pause();
  }

  stop(): void {
    this.#wish += 1;
    this.#player.unload();
    this.store.set({ heard: undefined });
  }

  seek(ms: number): void {
    this.#player.seek(ms);
  }

  setSpeed(speed: number): void {
    this.#player.setSpeed(speed);
    this.store.set({ speed });
  }

  setSkipping(skipsPauses: boolean): void {
    this.#player.setSkipping(skipsPauses);
    this.store.set({ skipsPauses });
  }

  get positionMs(): number {
    return this.#player.positionMs;
  }

  answer(answer: Answer): void {
    this.#requests.answer(answer);
  }

  /** The link broke: nothing that is open will be answered. What plays, plays on. */
  dropAll(): void {
    this.#requests.dropAll();
  }
}

async function fetched(path: string): Promise<Uint8Array> {
  const url = new URL(path, document.baseURI.split('#', 1)[0]);
  const response = await fetch(url, { signal: AbortSignal.timeout(fetchMsMax) });
  if (!response.ok) throw new Refused(response.status === 503 ? 'busy' : 'not-kept');
  return new Uint8Array(await response.arrayBuffer());
}

function refusalIn(error: unknown): string {
  if (error instanceof Refused) return error.message;
  console.warn('a recording cannot be heard', error);
  return 'unreadable';
}
