/**
 * Telephone-events towards one far end, one after the other: what is under way is never cut by the next.
 *
 *   key    our key down or up. One that has not begun can be taken back: the far end has never known of it
 *   word   what became of the far end's own request; a newer one takes the place of one that has not begun
 *
 * Keys go before words. No more than two keys wait (up, then down anew) and one word, so nothing grows. Pure.
 */
import { eventOfDigit, type TelephoneEvent, TelephoneEventSender } from '../protocols/rtp/telephone-event.ts';

const packetMs = 20;
/** The shortest that detectors take for sure is 40 (ITU-T Q.24). */
const heldMs = 60;

export class KeyPresses {
  readonly #sender: TelephoneEventSender;
  #keys: string[] = [];
  #word: string | undefined;

  /** Events are timed by the clock of the voice beside them (RFC 4733 §2.4). */
  constructor(clockRateHz: number) {
    const ticksPerMs = clockRateHz / 1000;
    this.#sender = new TelephoneEventSender({ packetTicks: packetMs * ticksPerMs, durationTicks: heldMs * ticksPerMs });
  }

  /** Something is under way or waits: voice waits behind it. */
  get busy(): boolean {
    return this.#sender.busy || this.ready;
  }

  /** The next one is to begin: nothing is under way any more. */
  get ready(): boolean {
    return !this.#sender.busy && (this.#keys.length > 0 || this.#word !== undefined);
  }

  get timestamp(): number {
    return this.#sender.timestamp;
  }

  get marker(): boolean {
    return this.#sender.marker;
  }

  press(digit: string): void {
    this.#keys.push(digit);
  }

  /** Takes back the key pressed last. False when it has begun, or was another. */
  takeBack(digit: string): boolean {
    if (this.#keys.at(-1) !== digit) return false;
    this.#keys.pop();
    return true;
  }

  say(digit: string): void {
    this.#word = digit;
  }

  /** Begins what waits, at that RTP timestamp. */
  begin(timestamp: number): 'key' | 'word' | undefined {
    const key = this.#keys.shift();
    const digit = key ?? this.#word;
    if (key === undefined) this.#word = undefined;
    const event = digit === undefined ? undefined : eventOfDigit(digit);
    if (event === undefined) return undefined;
    this.#sender.begin(event, timestamp);
    return key === undefined ? 'word' : 'key';
  }

  /** The event of the next packet, lent until the next call; `undefined` when none is under way. */
  next(): TelephoneEvent | undefined {
    return this.#sender.next();
  }
}
