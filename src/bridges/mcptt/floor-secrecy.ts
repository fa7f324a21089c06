/**
 * Floor control under SRTCP, with a key that both sides were given beforehand: of MIKEY-SAKKE, by which MC systems hand
 * theirs out (TS 33.180), nothing is done here.
 *
 * What we send is counted for as long as the leg lives, over all its calls: an index that came back under the same key
 * and SSRC would lay messages open. What is received is checked anew in each call, whose far end may have restarted.
 *
 * Standards: TS 24.380 §8.1.2, RFC 3711 §3.4, RFC 7714.
 */
import { type SrtpKey, SrtpReceiver, SrtpSender } from '../../protocols/srtp/srtp.ts';

const datagramBytesMax = 2048;

export class FloorSecrecy {
  readonly #key: SrtpKey;
  readonly #sender: SrtpSender;
  readonly #sealed = Buffer.alloc(datagramBytesMax);
  #receiver: SrtpReceiver;

  constructor(key: SrtpKey) {
    this.#key = key;
    this.#sender = new SrtpSender(key);
    this.#receiver = new SrtpReceiver(key);
  }

  /** Another call begins. */
  beginCall(): void {
    this.#receiver = new SrtpReceiver(this.#key);
  }

  /** Undefined when the key is used up (2³¹ messages), or the message is too long. */
  seal(octets: Uint8Array): Uint8Array | undefined {
    const length = this.#sender.protectRtcp(octets, octets.length, this.#sealed);
    return length === 0 ? undefined : Uint8Array.from(this.#sealed.subarray(0, length));
  }

  /** Undefined for what is not genuine. */
  open(octets: Uint8Array): Uint8Array | undefined {
    const copy = Uint8Array.from(octets);
    const length = this.#receiver.openRtcp(copy);
    return length === 0 ? undefined : copy.subarray(0, length);
  }
}
