/**
 * The head of an incoming stream: datagram → RTP → numbering window → reorder window.
 *
 * `read` judges a datagram. Whoever wants its voice then calls `order` and takes packets with `pull` until none is
 * left; whoever does not (a leg that may not talk) stops there, which is what makes a blocked talker cheap.
 */
import { ReceiverStatistics, type RtpTiming } from '../protocols/rtp/receiver-statistics.ts';
import { ReorderWindow } from '../protocols/rtp/reorder-window.ts';
import { RtpPacket } from '../protocols/rtp/rtp-packet.ts';

export class RtpInput {
  /** Datagrams that were no RTP packet. */
  malformed = 0;
  /** Packets refused by the numbering window. */
  rejected = 0;
  /** Whether numbering began anew with the packet last read: nothing decoded before it continues. */
  restarted = false;
  /** How long nothing of the stream had come before the packet last read, ms. */
  pauseMs = Infinity;
  /** Whether nothing is missing directly before the packet last read. */
  follows = false;
  readonly statistics: ReceiverStatistics;
  #highest = Number.NaN;
  readonly #packet = new RtpPacket();
  readonly #reorder = new ReorderWindow();

  constructor(clockRateHz: number, relockMin = Infinity) {
    this.statistics = new ReceiverStatistics({ clockRateHz, relockMin });
  }

  /** The packet when it is of this stream, lent until the next call. */
  read(bytes: Uint8Array, nowMs: number, types: TimingTypes = voiceOnly): RtpPacket | undefined {
    const packet = this.#packet;
    if (packet.read(bytes) !== undefined) {
      this.malformed += 1;
      return undefined;
    }
    const { lastMs } = this.statistics;
    const verdict = this.statistics.receive(packet, nowMs, timingOf(packet.payloadType, types));
    if (verdict !== 'accepted' && verdict !== 'restarted') {
      this.rejected += 1;
      return undefined;
    }
    const { extendedSequence } = this.statistics;
    this.pauseMs = nowMs - lastMs;
    this.restarted = verdict === 'restarted';
    if (this.restarted) this.#reorder.reset();
    this.follows = !this.restarted && extendedSequence <= this.#highest + 1;
    this.#highest = this.follows ? Math.max(this.#highest, extendedSequence) : extendedSequence;
    return packet;
  }

  /** From here on another sender is heard. */
  changeSource(): void {
    this.statistics.announceChange();
    this.#highest = Number.NaN;
  }

  /** Puts the packet last read in its place. Afterwards call `pull` until it gives nothing. */
  order(packet: RtpPacket, nowMs: number): void {
    this.#reorder.push(packet, this.statistics.extendedSequence, nowMs);
  }

  /** The next packet in order; `lostBefore` says what is missing before it. */
  pull(nowMs: number): RtpPacket | undefined {
    return this.#reorder.pull(nowMs);
  }

  /** The next packet ordered is the first: what came before was not listened to. */
  startOver(): void {
    this.#reorder.reset();
  }

  /** Packets missing directly before the one last pulled. */
  get lostBefore(): number {
    return this.#reorder.lostBefore;
  }

  /** Packets given up as lost while somebody listened. */
  get lost(): number {
    return this.#reorder.lost;
  }

  /** When `pull` gives more without another packet; Infinity when nothing is held. */
  get dueMs(): number {
    return this.#reorder.deadlineMs;
  }
}

/** Payload types whose timestamps do not tell when they were sent. */
export interface TimingTypes {
  readonly event: number | undefined;
  readonly bare: number | undefined;
}

const voiceOnly: TimingTypes = { event: undefined, bare: undefined };

function timingOf(payloadType: number, { event, bare }: TimingTypes): RtpTiming {
  if (payloadType === event) return 'event';
  return payloadType === bare ? 'none' : 'voice';
}
