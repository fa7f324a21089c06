/**
 * One remote stream: which packets belong to it, how they are numbered, and what a receiver report says of them.
 *
 * Besides RFC 3550 A.1 (sequence numbers), A.3 (loss) and A.8 (jitter) it is the numbering window of a leg: a packet is
 * of the stream only if SSRC, sequence number and timestamp all continue what was heard. RFC 3550 lets two sequential
 * packets restart a stream at any time, so whoever guesses the SSRC could be heard or push the talker out; here a
 * restart or a change of SSRC is taken only once the stream has been silent for `silentMs` or the change was
 * announced (BYE, renegotiation). A talker who comes back with his old numbering displaces whoever took his place.
 *
 *   none ──any──▶ locked ──continues──▶ accepted
 *                   ├──implausible, stream not silent──▶ rejected and counted
 *                   └──implausible, stream silent or change announced──▶ locked anew ('restarted')
 *
 * Pure: no clock, socket or logger. Times in ms on the caller's monotonic clock.
 */
import type { RtpPacket } from './rtp-packet.ts';

/**
 * `accepted`: continues the stream. `restarted`: accepted, and numbering starts anew, so windows behind must be reset.
 * The others are rejections.
 */
export type RtpVerdict = 'accepted' | 'restarted' | 'probation' | 'ssrc' | 'sequence' | 'timestamp';

export interface ReceiverSettings {
  /** RTP clock, Hz. */
  readonly clockRateHz: number;
  /** Silence after which another SSRC or numbering is taken. */
  readonly silentMs?: number;
  /** Sequential packets that a stream must show before it is heard (A.1 MIN_SEQUENTIAL); 1 hears the first packet. */
  readonly sequentialMin?: number;
}

/** What a report block says of the stream (RFC 3550 §6.4.1). */
export interface ReceptionFigures {
  readonly ssrc: number;
  /** Loss since the last figures, in 1/256. */
  readonly fractionLost: number;
  /** Loss since the stream began; negative when duplicates outnumber loss. 24 bits signed. */
  readonly cumulativeLost: number;
  readonly extendedHighestSequence: number;
  /** RTP ticks, rounded down from the float that is kept. */
  readonly jitterTicks: number;
}

const sequenceForwardMax = 500;
const sequenceBackMax = 100;
const timestampSlackMs = 1000;

class Numbering {
  ssrc = 0;
  highest = 0;
  cycles = 0;
  base = 0;
  received = 0;
  expectedPrior = 0;
  receivedPrior = 0;
  referenceTimestamp = 0;
  referenceMs = 0;
  lastMs = -Infinity;
  transit = 0;
  transitKnown = false;
  jitterTicks = 0;
  probation = 0;
  live = false;

  begin(packet: RtpPacket, nowMs: number, probation: number): void {
    this.ssrc = packet.ssrc;
    this.highest = packet.sequenceNumber;
    this.base = packet.sequenceNumber;
    this.cycles = 0;
    this.received = 0;
    this.expectedPrior = 0;
    this.receivedPrior = 0;
    this.referenceTimestamp = packet.timestamp;
    this.referenceMs = nowMs;
    this.lastMs = nowMs;
    this.transitKnown = false;
    this.jitterTicks = 0;
    this.probation = probation;
    this.live = true;
  }
}

export class ReceiverStatistics {
  /** Packets refused because another SSRC holds the stream. */
  rejectedSsrc = 0;
  /** Packets refused for an implausible sequence number. */
  rejectedSequence = 0;
  /** Packets refused for an implausible timestamp. */
  rejectedTimestamp = 0;
  /** How often the stream was taken over or renumbered. */
  restarts = 0;
  /** Packets of the stream, all its restarts included. */
  packets = 0;
  octets = 0;
  /** Extended sequence number of the packet last accepted; continues over wrap-arounds, not over restarts. */
  extendedSequence = 0;

  readonly #ticksPerMs: number;
  readonly #silentMs: number;
  readonly #sequentialMin: number;
  #current = new Numbering();
  #former = new Numbering();
  #changeAnnounced = false;

  constructor(settings: ReceiverSettings) {
    this.#ticksPerMs = settings.clockRateHz / 1000;
    this.#silentMs = settings.silentMs ?? 200;
    this.#sequentialMin = settings.sequentialMin ?? 1;
  }

  /** SSRC that holds the stream; `undefined` before the first packet. */
  get ssrc(): number | undefined {
    return this.#current.live ? this.#current.ssrc : undefined;
  }

  /** Interarrival jitter in ms (A.8), kept as a float: rounded at each step, small changes would never show. */
  get jitterMs(): number {
    return this.#current.jitterTicks / this.#ticksPerMs;
  }

  /** Packets lost since the stream began, never below 0. */
  get packetsLost(): number {
    return Math.max(0, this.#lost(this.#current));
  }

  /** When a packet of the stream last arrived; −Infinity before the first. */
  get lastMs(): number {
    return this.#current.lastMs;
  }

  /** The next packet may carry another SSRC or numbering (BYE received, session renegotiated). */
  announceChange(): void {
    this.#changeAnnounced = true;
  }

  /** Judges and counts one packet that came from the locked source. `jitters` false for telephone-events (fixed timestamp). */
  receive(packet: RtpPacket, nowMs: number, jitters = true): RtpVerdict {
    const current = this.#current;
    if (!current.live) return this.#take(packet, nowMs, 'restarted');

    const fault = this.#faultOf(current, packet, nowMs);
    if (fault === undefined) return this.#count(current, packet, nowMs, jitters);

    const former = this.#former;
    if (former.live && this.#faultOf(former, packet, nowMs) === undefined) {
      this.#former = current;
      this.#current = former;
      this.restarts += 1;
      this.#count(former, packet, nowMs, jitters);
      return 'restarted';
    }
    if (this.#changeAnnounced || nowMs - current.lastMs > this.#silentMs) return this.#take(packet, nowMs, 'restarted');

    if (fault === 'ssrc') this.rejectedSsrc += 1;
    else if (fault === 'sequence') this.rejectedSequence += 1;
    else this.rejectedTimestamp += 1;
    return fault;
  }

  /** Figures for the next report block; reading them starts the next interval. `undefined` before the first packet. */
  figures(): ReceptionFigures | undefined {
    const n = this.#current;
    if (!n.live) return undefined;
    const expected = n.cycles + n.highest - n.base + 1;
    const expectedInterval = expected - n.expectedPrior;
    const lostInterval = expectedInterval - (n.received - n.receivedPrior);
    n.expectedPrior = expected;
    n.receivedPrior = n.received;
    const fraction =
      expectedInterval <= 0 || lostInterval <= 0 ? 0 : Math.floor((256 * lostInterval) / expectedInterval);
    return {
      ssrc: n.ssrc,
      fractionLost: Math.min(255, fraction),
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, this.#lost(n))),
      extendedHighestSequence: (n.cycles + n.highest) >>> 0,
      jitterTicks: Math.floor(n.jitterTicks),
    };
  }

  #lost(n: Numbering): number {
    return n.live ? n.cycles + n.highest - n.base + 1 - n.received : 0;
  }

  #faultOf(n: Numbering, packet: RtpPacket, nowMs: number): 'ssrc' | 'sequence' | 'timestamp' | undefined {
    if (packet.ssrc !== n.ssrc) return 'ssrc';
    const step = ((packet.sequenceNumber - n.highest) << 16) >> 16;
    if (step > sequenceForwardMax || step < -sequenceBackMax) return 'sequence';
    const ticks = (packet.timestamp - n.referenceTimestamp) | 0;
    const slackTicks = timestampSlackMs * this.#ticksPerMs;
    const elapsedTicks = (nowMs - n.referenceMs) * this.#ticksPerMs;
    if (ticks < -slackTicks || ticks > elapsedTicks + slackTicks) return 'timestamp';
    return undefined;
  }

  #take(packet: RtpPacket, nowMs: number, verdict: RtpVerdict): RtpVerdict {
    const heard = this.#current.live;
    const next = this.#former;
    this.#former = this.#current;
    this.#current = next;
    next.begin(packet, nowMs, this.#sequentialMin - 1);
    this.#changeAnnounced = false;
    if (heard) this.restarts += 1;
    const counted = this.#count(next, packet, nowMs, true);
    return counted === 'accepted' ? verdict : counted;
  }

  #count(n: Numbering, packet: RtpPacket, nowMs: number, jitters: boolean): RtpVerdict {
    const step = ((packet.sequenceNumber - n.highest) << 16) >> 16;
    if (n.probation > 0 && n.received > 0) {
      n.probation = step === 1 ? n.probation - 1 : this.#sequentialMin - 1;
      if (n.probation === 0) {
        n.base = packet.sequenceNumber;
        n.received = 0;
        n.cycles = 0;
      }
    }
    let extended = n.cycles + packet.sequenceNumber;
    if (step > 0) {
      if (packet.sequenceNumber < n.highest) {
        n.cycles += 0x10000;
        extended += 0x10000;
      }
      n.highest = packet.sequenceNumber;
    } else if (packet.sequenceNumber > n.highest) {
      extended -= 0x10000;
    }
    n.received += 1;
    n.lastMs = nowMs;
    if (((packet.timestamp - n.referenceTimestamp) | 0) > 0) {
      n.referenceTimestamp = packet.timestamp;
      n.referenceMs = nowMs;
    }
    if (jitters) this.#jitter(n, packet, nowMs);
    if (n.probation > 0) return 'probation';
    this.extendedSequence = extended;
    this.packets += 1;
    this.octets += packet.payloadBytes;
    return 'accepted';
  }

  #jitter(n: Numbering, packet: RtpPacket, nowMs: number): void {
    const arrivalTicks = nowMs * this.#ticksPerMs;
    const transit = arrivalTicks - packet.timestamp;
    if (n.transitKnown) {
      const wrapped = transit - n.transit;
      const difference = Math.abs(wrapped - 0x1_0000_0000 * Math.round(wrapped / 0x1_0000_0000));
      n.jitterTicks += (difference - n.jitterTicks) / 16;
    }
    n.transit = transit;
    n.transitKnown = true;
  }
}
