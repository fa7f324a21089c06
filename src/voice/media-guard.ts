/**
 * SRTP and SRTCP of one call: our key for what is sent, theirs for what is received.
 *
 * After a re-INVITE with new keys packets under the old one are still on their way: it is kept until the first packet
 * under the new one has come. Until then, and in a call older than this process, their voice may prove unreadable.
 */
import { type SrtpKey, SrtpReceiver, SrtpSender } from '../protocols/srtp/srtp.ts';
import { UnreadStream } from '../protocols/srtp/unread-stream.ts';
import type { LegMedia, SrtpKeyText } from './contract.ts';

type Keys = NonNullable<LegMedia['srtp']>;

export class MediaGuard {
  #keys: Keys;
  #sender: SrtpSender;
  #receiver: SrtpReceiver;
  #before: SrtpReceiver | undefined;
  #unread: UnreadStream | undefined;
  #forgedBefore = 0;
  #replayedBefore = 0;

  /** `resumed`: the far end may have sent under its key before. */
  constructor(keys: Keys, resumed: boolean) {
    this.#keys = keys;
    if (resumed) this.#unread = new UnreadStream();
    this.#sender = new SrtpSender(keyOf(keys.send));
    this.#receiver = new SrtpReceiver(keyOf(keys.receive));
  }

  get sender(): SrtpSender {
    return this.#sender;
  }

  get forged(): number {
    return this.#forgedBefore + this.#receiver.forged;
  }

  get replayed(): number {
    return this.#replayedBefore + this.#receiver.replayed;
  }

  /** Takes keys into use; those that stay go on counting where they were. */
  rekey(keys: Keys): this {
    if (!same(keys.send, this.#keys.send)) this.#sender = new SrtpSender(keyOf(keys.send));
    if (!same(keys.receive, this.#keys.receive)) {
      this.#forgedBefore = this.forged;
      this.#replayedBefore = this.replayed;
      this.#before = this.#receiver;
      this.#unread = new UnreadStream();
      this.#receiver = new SrtpReceiver(keyOf(keys.receive));
    }
    this.#keys = keys;
    return this;
  }

  /** Decrypts in place; the packet's length, or 0: dropped and counted. */
  openRtp(packet: Uint8Array): number {
    let length = this.#before?.openRtp(packet) ?? 0;
    if (length === 0) {
      length = this.#receiver.openRtp(packet);
      if (length > 0) {
        this.#before = undefined;
        this.#unread = undefined; // a straggler under the old key would tell nothing of the new one
      }
    }
    return length;
  }

  /** Told of RTP that was dropped: whether their voice cannot be read, and will never be. */
  isUnreadable(packet: Uint8Array, nowMs: number): boolean {
    return this.#unread?.failed(packet, nowMs) ?? false;
  }

  /** The same for RTCP. Reports say nothing of when voice changes its key. */
  openRtcp(packet: Uint8Array): number {
    const old = this.#before?.openRtcp(packet) ?? 0;
    return old > 0 ? old : this.#receiver.openRtcp(packet);
  }
}

function keyOf({ suite, keySalt, mki }: SrtpKeyText): SrtpKey {
  const id = mki === undefined ? {} : { mki: Buffer.from(mki, 'base64') };
  return { suite, keySalt: Buffer.from(keySalt, 'base64'), ...id };
}

function same(a: SrtpKeyText, b: SrtpKeyText): boolean {
  return a.suite === b.suite && a.keySalt === b.keySalt && a.mki === b.mki;
}
