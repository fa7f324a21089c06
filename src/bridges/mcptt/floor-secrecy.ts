/**
 * Floor control under SRTCP, with a key that both sides were given beforehand: of MIKEY-SAKKE, by which MC systems hand
 * theirs out (TS 33.180), nothing is done here.
 *
 * The key stays the same over calls and restarts, so that nothing else of what makes the key stream, SSRC and index,
 * may come back (RFC 3711 §9.1). Legs count their SSRCs on from one drawn at random, and a leg's index begins at the time of day, four a
 * second: more than floor control of a leg needs, and so ahead of all that any leg has sent before. It lasts until 2043;
 * then nothing is sealed any more, and another key is due.
 *
 * What is received is checked anew in each call, whose far end may have restarted. Our own messages, which are genuine
 * under a key for both directions, are not taken back.
 *
 * Standards: TS 24.380 §8.1.2, RFC 3711 §3.4, RFC 7714.
 */
import { type SrtpKey, SrtpReceiver, SrtpSender } from '../../protocols/srtp/srtp.ts';

const datagramBytesMax = 2048;
const indexFromUtcMs = Date.UTC(2026, 0, 1);
const indicesPerMs = 4 / 1000;
const indexMax = 2 ** 31 - 1;

export class FloorSecrecy {
  readonly #key: SrtpKey;
  readonly #sender: SrtpSender;
  readonly #sealed = Buffer.alloc(datagramBytesMax);
  /** SSRC of what we sealed last, as four octets. */
  readonly #ours = Buffer.alloc(4);
  #receiver: SrtpReceiver;

  constructor(key: SrtpKey, utcMs: number) {
    this.#key = key;
    const index = Math.floor((utcMs - indexFromUtcMs) * indicesPerMs);
    this.#sender = new SrtpSender(key, undefined, Math.min(indexMax, Math.max(0, index)));
    this.#receiver = new SrtpReceiver(key);
  }

  /** Another call begins. */
  beginCall(): void {
    this.#receiver = new SrtpReceiver(this.#key);
  }

  /** Undefined when the key is used up, or the message is too long. */
  seal(octets: Uint8Array): Uint8Array | undefined {
    this.#ours.set(octets.subarray(4, 8));
    const length = this.#sender.protectRtcp(octets, octets.length, this.#sealed);
    return length === 0 ? undefined : Uint8Array.from(this.#sealed.subarray(0, length));
  }

  /** Undefined for what is not genuine. */
  open(octets: Uint8Array): Uint8Array | undefined {
    if (this.#ours.equals(octets.subarray(4, 8))) return undefined;
    const copy = Uint8Array.from(octets);
    const length = this.#receiver.openRtcp(copy);
    return length === 0 ? undefined : copy.subarray(0, length);
  }
}
