/**
 * Reorder window: mends the order of a stream without a standing buffer.
 *
 *   in order ──▶ out at once            ahead of a hole ──▶ held until the hole fills, `holdMs` pass or 3 are held
 *   already passed or given up ──▶ late, dropped            seen and held ──▶ duplicate, dropped
 *
 * Held packets are copied, in-order packets are lent as they came. Gaps in the timestamp (DTX, a pause between overs) are
 * not loss: only sequence numbers count. Pure: the caller gives the time and asks for the deadline.
 */
import { RtpPacket } from './rtp-packet.ts';

export interface ReorderSettings {
  /** How long a hole may hold up what follows it. Default 30. */
  readonly holdMs?: number;
}

export type ReorderFate = 'ready' | 'held' | 'duplicate' | 'late' | 'oversize';

const depthMax = 3;
const packetBytesMax = 1500;
const rememberedMax = 64;

class Slot {
  readonly packet = new RtpPacket();
  readonly bytes = new Uint8Array(packetBytesMax);
  sequence = 0;
  releaseMs = 0;
  used = false;
}

export class ReorderWindow {
  /** Sequence numbers given up as lost. */
  lost = 0;
  duplicates = 0;
  /** Packets that came after their place was given up. */
  late = 0;
  /** Packets ahead of a hole that were too long to hold. */
  oversize = 0;
  /** Packets that were held until the hole before them filled. */
  reordered = 0;
  /** Packets missing directly before the one last pulled. */
  lostBefore = 0;

  readonly #holdMs: number;
  readonly #slots: readonly Slot[] = Array.from({ length: depthMax }, () => new Slot());
  readonly #seen = new Float64Array(rememberedMax).fill(Number.NaN);
  #ready: RtpPacket | undefined;
  #next = Number.NaN;
  #held = 0;

  constructor(settings: ReorderSettings = {}) {
    this.#holdMs = settings.holdMs ?? 30;
  }

  /** When `pull` would give more without another push; Infinity when nothing is held. */
  get deadlineMs(): number {
    let deadline = Infinity;
    for (const slot of this.#slots) if (slot.used && slot.releaseMs < deadline) deadline = slot.releaseMs;
    return deadline;
  }

  /** Forgets what is held and where the stream stands: the next packet is the first (restart, other SSRC). */
  reset(): void {
    for (const slot of this.#slots) slot.used = false;
    this.#seen.fill(Number.NaN);
    this.#ready = undefined;
    this.#next = Number.NaN;
    this.#held = 0;
  }

  /**
   * Takes a packet with its extended sequence number (`ReceiverStatistics.extendedSequence`). Afterwards call `pull`
   * until it gives nothing. `ready` lends `packet` to the window until that pull.
   */
  push(packet: RtpPacket, extendedSequence: number, nowMs: number): ReorderFate {
    if (Number.isNaN(this.#next)) this.#next = extendedSequence;
    if (this.#seen[extendedSequence & (rememberedMax - 1)] === extendedSequence) {
      this.duplicates += 1;
      return 'duplicate';
    }
    if (extendedSequence < this.#next) {
      this.late += 1;
      return 'late';
    }
    if (extendedSequence === this.#next) {
      this.#remember(extendedSequence);
      this.#ready = packet;
      return 'ready';
    }
    return this.#hold(packet, extendedSequence, nowMs);
  }

  /** The next packet in order, lent until the next `pull` or `push`, with `lostBefore` set; `undefined` when none is due. */
  pull(nowMs: number): RtpPacket | undefined {
    const ready = this.#ready;
    if (ready !== undefined) {
      this.#ready = undefined;
      this.#next += 1;
      this.lostBefore = 0;
      return ready;
    }
    if (this.#held === 0) return undefined;
    const slot = this.#lowest();
    if (slot.sequence !== this.#next && this.#held < depthMax && !this.#overdue(nowMs)) return undefined;
    slot.used = false;
    this.#held -= 1;
    this.lostBefore = slot.sequence - this.#next;
    if (this.lostBefore === 0) this.reordered += 1;
    else this.lost += this.lostBefore;
    this.#next = slot.sequence + 1;
    return slot.packet;
  }

  #remember(sequence: number): void {
    this.#seen[sequence & (rememberedMax - 1)] = sequence;
  }

  #hold(packet: RtpPacket, sequence: number, nowMs: number): ReorderFate {
    if (packet.bytes.length > packetBytesMax) {
      this.oversize += 1;
      return 'oversize';
    }
    for (const slot of this.#slots) {
      if (slot.used) continue;
      slot.bytes.set(packet.bytes);
      slot.packet.read(slot.bytes.subarray(0, packet.bytes.length));
      slot.sequence = sequence;
      slot.releaseMs = nowMs + this.#holdMs;
      slot.used = true;
      this.#held += 1;
      this.#remember(sequence);
      return 'held';
    }
    // Only when the caller did not pull: with three held, `pull` always has one to give.
    this.late += 1;
    return 'late';
  }

  #lowest(): Slot {
    let lowest: Slot | undefined;
    for (const slot of this.#slots) {
      if (slot.used && (lowest === undefined || slot.sequence < lowest.sequence)) lowest = slot;
    }
    return lowest as Slot;
  }

  #overdue(nowMs: number): boolean {
    return this.deadlineMs <= nowMs;
  }
}
