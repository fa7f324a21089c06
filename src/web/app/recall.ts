/**
 * Overs of the last minutes, heard again: one after the other, fetched from the gateway part by part, played beside the
 * live voice. It stops at once when the operator talks, so that nothing of it goes on the air, and at an emergency.
 *
 *   replay ─▶ fetching ─▶ playing ─▶ the next of the queue, or quiet        stop, talk, emergency ─▶ quiet
 */
import type { escaut } from '../../protocols/generated/console.js';
import { decodeReplay, ReplayPlayer, type ReplaySink, type ReplaySound } from '../audio/replay-player.ts';
import type { OverModel } from '../model/console-model.ts';
import { readOver } from '../model/read-wire.ts';
import { Refused, Requests } from './requests.ts';
import { Store } from './store.ts';

type RecallRequest = escaut.console.v1.RecallRequest.$Properties;
type RecallAnswer = escaut.console.v1.RecallAnswer.$Properties;

export interface RecallView {
  /** What is fetched or played; undefined while it is quiet. */
  readonly current: Replay | undefined;
  /** How many more follow. */
  readonly left: number;
  /** Why nothing is played, as a word of proto/console.proto, `link-lost`, `nothing`, `unreadable`; empty: no reason. */
  readonly refusal: string;
  readonly refusedGroupId: string;
}

export interface Replay {
  readonly groupId: string;
  readonly over: OverModel;
  /** Without pauses at 1.5 times the speed. */
  readonly fast: boolean;
  /** Undefined while it is fetched. */
  readonly playing:
    | { readonly sinceMs: number; readonly durationMs: number; readonly peaks: readonly number[] }
    | undefined;
}

interface Wanted {
  readonly groupId: string;
  readonly over: OverModel;
  readonly fast: boolean;
}

const answerMsMax = 5000;
/** 35 minutes at the gateway's rate. */
const fileBytesMax = 8 * 1024 * 1024;
const quiet: RecallView = { current: undefined, left: 0, refusal: '', refusedGroupId: '' };

export class Recall {
  readonly store = new Store<RecallView>(quiet);
  readonly #requests: Requests<RecallRequest, RecallAnswer>;
  readonly #player: ReplayPlayer;
  /** What is late of an earlier wish is dropped. */
  #wish = 0;

  /** `send` says false when the link is not live. */
  constructor(send: (recallRequest: RecallRequest) => boolean, sink: () => ReplaySink) {
    this.#requests = new Requests(send, answerMsMax);
    this.#player = new ReplayPlayer(sink);
  }

  /** Plays one over as it was. */
  replay(groupId: string, over: OverModel): void {
    void this.#playAll([{ groupId, over, fast: false }], this.#begin(groupId));
  }

  /** Plays what was said on a group within the last minutes by others, in order, fast and without pauses. */
  async catchUp(groupId: string, lastMin: number, isOwn: (partyId: string) => boolean): Promise<void> {
    const wish = this.#begin(groupId);
    try {
      const { overs } = await this.#requests.ask({ groupId, list: { lastS: 60 * lastMin } });
      if (wish !== this.#wish) return;
      const heard = (overs?.overs ?? []).map(readOver).filter(({ talker }) => !isOwn(talker.partyId));
      if (heard.length === 0) throw new Refused('nothing');
      await this.#playAll(
        heard.map((over) => ({ groupId, over, fast: true })),
        wish,
      );
    } catch (error) {
      this.#fail(wish, error);
    }
  }

  /** Quiet at once. */
  stop(): void {
    this.#wish += 1;
    this.#player.stop();
    this.store.set({ current: undefined, left: 0 });
  }

  answer(answer: RecallAnswer): void {
    this.#requests.answer(answer);
  }

  /** The link broke: nothing that is open will be answered. What plays, plays on. */
  dropAll(): void {
    this.#requests.dropAll();
  }

  #begin(groupId: string): number {
    this.stop();
    this.store.set({ refusal: '', refusedGroupId: groupId });
    return this.#wish;
  }

  async #playAll(wanted: readonly Wanted[], wish: number): Promise<void> {
    try {
      let next = this.#sound(wanted[0]!, wish);
      for (const [index, { groupId, over, fast }] of wanted.entries()) {
        const left = wanted.length - index - 1;
        this.store.set({ current: { groupId, over, fast, playing: undefined }, left });
        const sound = await next;
        if (wish !== this.#wish) return;
        const following = wanted[index + 1];
        if (following !== undefined) {
          next = this.#sound(following, wish);
          next.catch(() => undefined); // told when its turn comes
        }
        const { durationMs, peaks } = sound;
        const sinceMs = performance.now();
        this.store.set({ current: { groupId, over, fast, playing: { sinceMs, durationMs, peaks } } });
        await new Promise<void>((ended) => this.#player.play(sound, ended));
        if (wish !== this.#wish) return;
      }
      this.store.set({ current: undefined, left: 0 });
    } catch (error) {
      this.#fail(wish, error);
    }
  }

  #fail(wish: number, error: unknown): void {
    if (wish !== this.#wish) return;
    const refusal = error instanceof Refused ? error.message : 'unreadable';
    if (refusal === 'unreadable') console.warn('an over cannot be played again', error);
    this.stop();
    this.store.set({ refusal });
  }

  async #sound({ groupId, over: { over }, fast }: Wanted, wish: number): Promise<ReplaySound> {
    const parts: Uint8Array[] = [];
    let offset = 0;
    for (let total = 1; offset < total && wish === this.#wish; ) {
      const { part } = await this.#requests.ask({ groupId, partOf: { over, offset } });
      const ogg = part?.ogg ?? new Uint8Array(0);
      total = part?.total ?? 0;
      if (ogg.length === 0 || total > fileBytesMax) throw new Error('a part without sound');
      parts.push(ogg);
      offset += ogg.length;
    }
    const file = new Uint8Array(offset);
    let at = 0;
    for (const part of parts) {
      file.set(part, at);
      at += part.length;
    }
    return decodeReplay(file, fast);
  }
}
