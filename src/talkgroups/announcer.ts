/**
 * Announcements of one group: which is said next, and its voice at 20 ms a frame, each language to its legs.
 *
 *            add                        floor granted                last frame
 *   nothing ─────▶ waiting (asks) ──────────────────────▶ speaking ─────────────▶ played out on its legs
 *                     ▲                                      │ pre-empted by an emergency, once
 *                     └──────────────────────────────────────┘
 *
 * While it holds the floor nobody else talks; legs that it is not for are not keyed. Pure: the group that owns it asks
 * for the floor, passes frames on and reports the end.
 */
import { createFrame, frameMs, frameSamples, type PcmFrame } from '../media/frame.ts';
import { OpusSpeechDecoder } from '../media/opus.ts';
import type { Announcement, AnnouncementUrgency, LegId } from './terms.ts';

/** Waiting at once; of more none is taken but in the place of one that is less urgent. */
const waitingMax = 16;
/** What has found no place for so long is not said any more. */
const lateMs = 120_000;
const packetsMax = 1500;
/** Behind by more than this (the process was stopped), it goes on later rather than in a burst. */
const stallMs = 200;

/** Passes on 20 ms. `packet` as it is, for consoles that hear this voice. */
export type Speak = (
  legs: readonly LegId[],
  frame: PcmFrame,
  packet: Uint8Array | undefined,
  positionMs: number,
) => void;

const rankOf: Readonly<Record<AnnouncementUrgency, number>> = { patient: 0, urgent: 1, emergency: 2 };

interface Order {
  readonly announcement: Announcement;
  readonly sinceMs: number;
  /** Has been cut once. */
  readonly again: boolean;
}

export class Announcer {
  /** When it last spoke: media, for the lease. */
  talkMs = -Infinity;
  #waiting: Order[] = [];
  #current: Order | undefined;
  #decoders: OpusSpeechDecoder[] = [];
  readonly #frame = createFrame();
  #position = 0;
  #nextMs = Infinity;

  /** The one that is not taken, if any: itself, or what makes room for it. */
  add(announcement: Announcement, nowMs: number): Announcement | undefined {
    const sayable = announcement.voices.some(({ packets }) => packets.length > 0);
    const bounded = announcement.voices.every(({ packets }) => packets.length <= packetsMax);
    if (!sayable || !bounded) return announcement;
    let refused: Announcement | undefined;
    if (this.#waiting.length >= waitingMax) {
      const least = Math.min(...this.#waiting.map(rank));
      const last = this.#waiting.findLast((each) => rank(each) === least);
      if (last === undefined || least >= rankOf[announcement.urgency]) return announcement;
      refused = last.announcement;
      this.#waiting = this.#waiting.filter((each) => each !== last);
    }
    const order = { announcement, sinceMs: nowMs, again: false };
    // It goes before all that are less urgent.
    const behind = this.#waiting.findIndex((each) => rank(each) < rank(order));
    if (behind === -1) this.#waiting.push(order);
    else this.#waiting.splice(behind, 0, order);
    return refused;
  }

  /** What asks for the floor: the one that waits first, if none is being said. */
  get wish(): Announcement | undefined {
    return this.#current === undefined ? this.#waiting[0]?.announcement : undefined;
  }

  /** Being said. */
  get current(): Announcement | undefined {
    return this.#current?.announcement;
  }

  /** Whether a leg hears what is being said. */
  isFor(leg: LegId): boolean {
    return this.#current?.announcement.voices.some(({ legs }) => legs.includes(leg)) === true;
  }

  /** Next thing to be done on time; Infinity for none. */
  get dueMs(): number {
    const [first] = this.#waiting;
    return Math.min(
      this.#nextMs,
      first === undefined || this.#current !== undefined ? Infinity : first.sinceMs + lateMs,
    );
  }

  /** The floor is ours: the first that waits is said from here on. False: nothing waits. */
  begin(nowMs: number): boolean {
    this.#current = this.#waiting.shift();
    if (this.#current === undefined) return false;
    this.#decoders = this.#current.announcement.voices.map(() => new OpusSpeechDecoder());
    this.#position = 0;
    this.#nextMs = nowMs;
    this.talkMs = nowMs;
    return true;
  }

  /** Says what is due; true once all has been said. */
  tick(nowMs: number, speak: Speak): boolean {
    const { announcement } = this.#current ?? {};
    if (announcement === undefined) return false;
    if (nowMs - this.#nextMs > stallMs) this.#nextMs = nowMs;
    for (; this.#nextMs <= nowMs; this.#nextMs += frameMs) {
      if (!this.#say(announcement, speak)) return true;
      this.talkMs = nowMs;
    }
    return false;
  }

  #say({ voices, consoles }: Announcement, speak: Speak): boolean {
    let said = false;
    const at = this.#position;
    for (const [index, { legs, packets }] of voices.entries()) {
      const packet = packets[at];
      const decoder = this.#decoders[index];
      if (packet === undefined || decoder === undefined) continue; // this language is done
      said = true;
      decoder.decode(packet);
      this.#frame.fill(0);
      this.#frame.set(decoder.pcm.subarray(0, Math.min(decoder.samples, frameSamples)));
      speak(legs, this.#frame, consoles === index ? packet : undefined, at * frameMs);
    }
    this.#position += 1;
    return said;
  }

  /** The floor is no longer ours. Gives what is not said again, and whether it was said to its end. */
  end(): Announcement | undefined {
    const order = this.#current;
    this.#current = undefined;
    this.#decoders = [];
    this.#nextMs = Infinity;
    return order?.announcement;
  }

  /** Cut by an emergency: it is said again from its beginning, once only unless it tells of one; undefined when it is. */
  cut(): Announcement | undefined {
    const order = this.#current;
    const announcement = this.end();
    if (order === undefined || (order.again && rank(order) < rankOf.emergency)) return announcement;
    this.#waiting.unshift({ ...order, again: true });
    return undefined;
  }

  /** One that is not said any more, waiting or half said; undefined when there is none of that name. */
  withdraw(name: string): Announcement | undefined {
    if (this.#current?.announcement.announcement === name) return this.end();
    const order = this.#waiting.find(({ announcement }) => announcement.announcement === name);
    this.#waiting = this.#waiting.filter((each) => each !== order);
    return order?.announcement;
  }

  /** Those that have waited too long. */
  takeLate(nowMs: number): readonly Announcement[] {
    const late = this.#waiting.filter(({ sinceMs }) => nowMs >= sinceMs + lateMs);
    this.#waiting = this.#waiting.filter(({ sinceMs }) => nowMs < sinceMs + lateMs);
    return late.map(({ announcement }) => announcement);
  }

  /** All that is not said: the group ends. */
  takeAll(): readonly Announcement[] {
    const all = [this.#current, ...this.#waiting].flatMap((order) => order?.announcement ?? []);
    this.#waiting = [];
    this.end();
    return all;
  }
}

function rank({ announcement }: Order): number {
  return rankOf[announcement.urgency];
}
