/**
 * One remote stream: which packets belong to it, how they are numbered, and what a receiver report says of them.
 *
 * Besides RFC 3550 A.1 (sequence numbers), A.3 (loss) and A.8 (jitter) it is the numbering window of a leg: a packet is
 * of the stream only if SSRC, sequence number and timestamp all continue what was heard. RFC 3550 lets two sequential
 * packets restart a stream at any time, so whoever guesses the SSRC could be heard or push the talker out; here a
 * restart or a change of SSRC is taken only once the stream has been silent for `silentMs`, sooner after its BYE, at once
 * where the change was negotiated, or, where `relockMin` says so, after that many of its packets in a row. A talker who
 * comes back with his old numbering after mere silence displaces whoever took his place, and for good; so does one who
 * goes on after a BYE, which anybody who knows his SSRC may have forged.
 *
 *   none ──any──▶ locked ──continues──▶ accepted
 *                   ├──implausible, stream not silent──▶ rejected and counted
 *                   ├──implausible, continues the stream displaced last──▶ that one again ('restarted')
 *                   └──implausible, stream silent or change negotiated──▶ locked anew ('restarted')
 *
 * Pure: no clock, socket or logger. Times in ms on the caller's monotonic clock.
 */
import type { RtpPacket } from './rtp-packet.ts';

/**
 * `accepted`: continues the stream. `restarted`: accepted, and numbering starts anew, so windows behind must be reset.
 * The others are rejections.
 */
export type RtpVerdict = 'accepted' | 'restarted' | 'probation' | RtpFault;

/**
 * What a packet's timestamp tells: when it was sent; when its telephone-event began; nothing (packets without voice of
 * radio sessions, whose senders do not agree on it).
 */
export type RtpTiming = 'voice' | 'event' | 'none';

/** What does not continue the stream. */
type RtpFault = 'ssrc' | 'sequence' | 'timestamp';

export interface ReceiverSettings {
  /** RTP clock, Hz. */
  readonly clockRateHz: number;
  /** Silence after which another SSRC or numbering is taken. */
  readonly silentMs?: number;
  /** Sequential packets that a stream must show before it is heard (A.1 MIN_SEQUENTIAL); 1 hears the first packet. */
  readonly sequentialMin?: number;
  /**
   * So many packets in a row, each following the last, that do not continue the stream while nothing of it comes: its
   * sender has begun anew without a pause. For sources that no call vouches for; default: never.
   */
  readonly relockMin?: number;
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

/**
 * Packets by which a stream may jump ahead at once, and what each ms since its last packet adds: loss and outages.
 * With the timestamp's window a blind guess of a known SSRC fits once in 10^8 packets.
 */
const sequenceForwardMax = 50;
const sequencePerMs = 1 / 10;
const sequenceBackMax = 100;
const timestampSlackMs = 1000;
const eventTicksMax = 0xffff;
/** So many packets of a stream may come after its end was announced: they were under way. More, and it goes on. */
const stragglersMax = 10;
/** Silence after a BYE (RFC 3550 §6.6) that makes it believed: longer than the pause between two packets of one talk. */
const endedSilentMs = 60;

/** Where one numbering stands (`source` of RFC 3550 A.1). */
class Numbering {
  live = false;
  ssrc = 0;
  /** Sequence number last in order, and the wrap-arounds before it. */
  highest = 0;
  cycles = 0;
  base = 0;
  received = 0;
  expectedPrior = 0;
  receivedPrior = 0;
  /**
   * The furthest timestamp and when it was first heard: later ones are judged by the time passed since. NaN while no
   * packet has come whose timestamp tells anything.
   */
  referenceTimestamp = 0;
  referenceMs = 0;
  lastMs = Number.NEGATIVE_INFINITY;
  transitTicks = Number.NaN;
  jitterTicks = 0;
  /** Sequential packets still owed before the stream is heard. */
  probation = 0;

  begin(packet: RtpPacket, nowMs: number, timing: RtpTiming, probation: number): void {
    this.live = true;
    this.ssrc = packet.ssrc;
    this.jitterTicks = 0;
    this.transitTicks = Number.NaN;
    this.referenceTimestamp = packet.timestamp;
    this.referenceMs = timing === 'none' ? Number.NaN : nowMs;
    this.probation = probation;
    this.countFrom(packet.sequenceNumber);
  }

  countFrom(sequenceNumber: number): void {
    this.highest = sequenceNumber;
    this.base = sequenceNumber;
    this.cycles = 0;
    this.received = 0;
    this.expectedPrior = 0;
    this.receivedPrior = 0;
  }

  get expected(): number {
    return this.cycles + this.highest - this.base + 1;
  }

  /** Negative when duplicates outnumber loss. */
  get lost(): number {
    return this.received > 0 ? this.expected - this.received : 0;
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
  #lostEarlier = 0;
  /** The same as in `stragglersMax`, of the present announcement; 0 when there is none. */
  #stragglersLeft = 0;
  /** The announcement is a BYE, which needs silence to be believed. */
  #saidBye = false;
  /** What the displaced stream may still send before it is taken to go on. */
  #formerStragglersLeft = 0;
  readonly #relockMin: number;
  #strayPackets = 0;
  #straySsrc = 0;
  #straySequence = 0;

  constructor(settings: ReceiverSettings) {
    this.#ticksPerMs = settings.clockRateHz / 1000;
    this.#silentMs = settings.silentMs ?? 200;
    this.#sequentialMin = settings.sequentialMin ?? 1;
    this.#relockMin = settings.relockMin ?? Infinity;
  }

  /** SSRC that holds the stream; `undefined` before the first packet. */
  get ssrc(): number | undefined {
    return this.#current.live ? this.#current.ssrc : undefined;
  }

  /** Interarrival jitter in ms (A.8), kept as a float: rounded at each step, small changes would never show. */
  get jitterMs(): number {
    return this.#current.jitterTicks / this.#ticksPerMs;
  }

  /** Packets lost, all restarts included. */
  get packetsLost(): number {
    return this.#lostEarlier + Math.max(0, this.#current.lost);
  }

  /** When a packet of the stream last arrived; −Infinity before the first. */
  get lastMs(): number {
    return this.#current.lastMs;
  }

  /** The next packet may carry another SSRC or numbering: it was negotiated. Lapses when the stream outlives it. */
  announceChange(): void {
    this.#stragglersLeft = stragglersMax;
    this.#saidBye = false;
  }

  /**
   * The stream said BYE: after a short silence another SSRC or numbering may follow. Lapses when the stream outlives it,
   * else one BYE, forged or of a far end that says it after every over, would let the talker be displaced at any later
   * time.
   */
  announceEnd(): void {
    this.#stragglersLeft = stragglersMax;
    this.#saidBye = true;
  }

  /**
   * Judges and counts one packet that came from the locked source. `timing`: what its
   * timestamp tells.
   */
  receive(packet: RtpPacket, nowMs: number, timing: RtpTiming = 'voice'): RtpVerdict {
    const current = this.#current;
    if (!current.live) return this.#begin(current, packet, nowMs, timing);
    const fault = this.#faultOf(current, packet, nowMs, timing);
    if (fault === undefined) {
      this.#strayPackets = 0;
      this.#stragglersLeft = Math.max(0, this.#stragglersLeft - 1);
      return this.#count(current, packet, nowMs, timing);
    }

    const former = this.#former;
    if (former.live && this.#faultOf(former, packet, nowMs, timing) === undefined && this.#goesOn()) {
      this.#retire(current, former);
      current.live = false;
      return this.#count(former, packet, nowMs, timing) === 'probation' ? 'probation' : 'restarted';
    }
    const announced = this.#stragglersLeft > 0;
    const bye = announced && this.#saidBye;
    const changed = (announced && !bye) || this.#strays(packet) >= this.#relockMin;
    if (changed || nowMs - current.lastMs > (bye ? endedSilentMs : this.#silentMs)) {
      this.#retire(current, former);
      current.live = !changed;
      this.#formerStragglersLeft = bye ? stragglersMax : 0;
      return this.#begin(former, packet, nowMs, timing);
    }
    if (fault === 'ssrc') this.rejectedSsrc += 1;
    else if (fault === 'sequence') this.rejectedSequence += 1;
    else this.rejectedTimestamp += 1;
    return fault;
  }

  /** Figures for the next report block; reading them starts the next interval. `undefined` before the first packet. */
  figures(): ReceptionFigures | undefined {
    const n = this.#current;
    if (!n.live) return undefined;
    const expectedInterval = n.expected - n.expectedPrior;
    const lostInterval = expectedInterval - (n.received - n.receivedPrior);
    n.expectedPrior = n.expected;
    n.receivedPrior = n.received;
    const anyLost = expectedInterval > 0 && lostInterval > 0;
    return {
      ssrc: n.ssrc,
      fractionLost: anyLost ? Math.min(255, Math.floor((256 * lostInterval) / expectedInterval)) : 0,
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, n.lost)),
      extendedHighestSequence: (n.cycles + n.highest) >>> 0,
      jitterTicks: Math.floor(n.jitterTicks),
    };
  }

  #faultOf(n: Numbering, packet: RtpPacket, nowMs: number, timing: RtpTiming): RtpFault | undefined {
    if (packet.ssrc !== n.ssrc) return 'ssrc';
    const step = ((packet.sequenceNumber - n.highest) << 16) >> 16;
    const forwardMax = sequenceForwardMax + (nowMs - n.lastMs) * sequencePerMs;
    if (step > forwardMax || step < -sequenceBackMax) return 'sequence';
    if (timing === 'none' || Number.isNaN(n.referenceMs)) return undefined;
    const ticks = (packet.timestamp - n.referenceTimestamp) | 0;
    const slackTicks = timestampSlackMs * this.#ticksPerMs;
    const elapsedTicks = (nowMs - n.referenceMs) * this.#ticksPerMs;
    // An event keeps the timestamp of its beginning while voice beside it goes on.
    const backTicks = timing === 'voice' ? slackTicks : slackTicks + eventTicksMax;
    return ticks < -backTicks || ticks > elapsedTicks + slackTicks ? 'timestamp' : undefined;
  }

  /** Whether the packet just read, of the displaced stream, is more than a straggler behind its BYE. */
  #goesOn(): boolean {
    if (this.#formerStragglersLeft === 0) return true;
    this.#formerStragglersLeft -= 1;
    return false;
  }

  /** Packets in a row that follow each other and not the stream, this one included. */
  #strays(packet: RtpPacket): number {
    const follows = packet.ssrc === this.#straySsrc && packet.sequenceNumber === ((this.#straySequence + 1) & 0xffff);
    this.#strayPackets = follows ? this.#strayPackets + 1 : 1;
    this.#straySsrc = packet.ssrc;
    this.#straySequence = packet.sequenceNumber;
    return this.#strayPackets;
  }

  #retire(current: Numbering, next: Numbering): void {
    this.#strayPackets = 0;
    this.#lostEarlier += Math.max(0, current.lost);
    this.#former = current;
    this.#current = next;
    this.#stragglersLeft = 0;
    this.#formerStragglersLeft = 0;
    this.restarts += 1;
  }

  #begin(n: Numbering, packet: RtpPacket, nowMs: number, timing: RtpTiming): RtpVerdict {
    n.begin(packet, nowMs, timing, this.#sequentialMin - 1);
    return this.#count(n, packet, nowMs, timing) === 'accepted' ? 'restarted' : 'probation';
  }

  #count(n: Numbering, packet: RtpPacket, nowMs: number, timing: RtpTiming): RtpVerdict {
    const sequenceNumber = packet.sequenceNumber;
    const step = ((sequenceNumber - n.highest) << 16) >> 16;
    let extended = n.cycles + sequenceNumber;
    if (step > 0) {
      if (sequenceNumber < n.highest) {
        n.cycles += 0x10000;
        extended += 0x10000;
      }
      n.highest = sequenceNumber;
    } else if (sequenceNumber > n.highest) {
      extended -= 0x10000;
    }
    n.received += 1;
    if (timing === 'voice') this.#jitter(n, packet, nowMs);
    n.lastMs = nowMs;
    const isFirst = Number.isNaN(n.referenceMs);
    if (timing !== 'none' && (isFirst || ((packet.timestamp - n.referenceTimestamp) | 0) > 0)) {
      n.referenceTimestamp = packet.timestamp;
      n.referenceMs = nowMs;
    }
    if (n.probation > 0) return this.#prove(n, packet, step);
    this.extendedSequence = extended;
    this.packets += 1;
    this.octets += packet.payloadBytes;
    return 'accepted';
  }

  /** A stream on probation is heard from the packet that completes the row, and counted from there (A.1). */
  #prove(n: Numbering, packet: RtpPacket, step: number): RtpVerdict {
    if (n.received === 1) return 'probation';
    n.probation = step === 1 ? n.probation - 1 : this.#sequentialMin - 1;
    if (n.probation > 0) return 'probation';
    n.countFrom(packet.sequenceNumber);
    n.received = 1;
    this.extendedSequence = packet.sequenceNumber;
    this.packets += 1;
    this.octets += packet.payloadBytes;
    return 'restarted';
  }

  /** A.8. Across a pause, or at a marker, the sender's clock may have stood: that is no jitter. */
  #jitter(n: Numbering, packet: RtpPacket, nowMs: number): void {
    const transitTicks = nowMs * this.#ticksPerMs - packet.timestamp;
    if (!packet.marker && nowMs - n.lastMs <= this.#silentMs && !Number.isNaN(n.transitTicks)) {
      const difference = transitTicks - n.transitTicks;
      const unwrapped = difference - 0x1_0000_0000 * Math.round(difference / 0x1_0000_0000);
      n.jitterTicks += (Math.abs(unwrapped) - n.jitterTicks) / 16;
    }
    n.transitTicks = transitTicks;
  }
}
