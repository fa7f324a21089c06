/**
 * Telephone-events: keys pressed, told in RTP.
 *
 *    0                   1                   2                   3
 *   |     event     |E|R| volume    |          duration             |
 *
 *   sender    ──start (marker), an update a packet time──▶ ──end, 3 times──▶   timestamp fixed throughout
 *   receiver  reports each event once, at its first packet; an event of which only the end arrives still counts
 *
 * Standard: RFC 4733 §2.3, §2.5. Pure: no clock, socket or logger.
 */
export interface TelephoneEvent {
  /** 0–255; 0–15 are the DTMF digits. */
  event: number;
  end: boolean;
  /** Power below 0 dBm0, 0–63 dB. */
  volumeDb: number;
  /** Ticks of the RTP clock since the event began. */
  durationTicks: number;
}

/** Octets of one event. */
export const telephoneEventBytes = 4;

const digits = '0123456789*#ABCD';

/** The digit of an event, `undefined` for what is no DTMF digit. */
export function digitOfEvent(event: number): string | undefined {
  return event < 0 ? undefined : digits[event];
}

/** The event of a digit, `undefined` for what is no DTMF digit. */
export function eventOfDigit(digit: string): number | undefined {
  const event = digit.length === 1 ? digits.indexOf(digit.toUpperCase()) : -1;
  return event < 0 ? undefined : event;
}

/** Reads the (first) event of a payload into `out`. False when the payload is shorter than an event. */
export function readTelephoneEvent(bytes: Uint8Array, offset: number, length: number, out: TelephoneEvent): boolean {
  if (length < telephoneEventBytes || offset + telephoneEventBytes > bytes.length) return false;
  const flags = bytes[offset + 1]!;
  out.event = bytes[offset]!;
  out.end = (flags & 0x80) !== 0;
  out.volumeDb = flags & 0x3f;
  out.durationTicks = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
  return true;
}

/** Writes an event; returns its octets. */
export function writeTelephoneEvent(out: Uint8Array, offset: number, event: TelephoneEvent): number {
  out[offset] = event.event;
  out[offset + 1] = (event.end ? 0x80 : 0) | (event.volumeDb & 0x3f);
  out[offset + 2] = event.durationTicks >> 8;
  out[offset + 3] = event.durationTicks;
  return telephoneEventBytes;
}

const segmentTicks = 0xffff;
/** 2 s: no event arrives later than that. */
const stragglerTicks = 16_000;

/** Reports each event of a stream once, at its first packet, however many segments it has (§2.5.1.3). */
export class TelephoneEventReceiver {
  #event = -1;
  #timestamp = 0;

  /** The event that this packet begins, or `undefined` for an update, an end or a repetition of one already reported. */
  receive(event: TelephoneEvent, timestamp: number): number | undefined {
    if (this.#event >= 0) {
      const ticks = (timestamp - this.#timestamp) | 0;
      // A straggler of an earlier event must not be reported a second time; further back, the clock began anew.
      if (ticks < 0 && ticks > -stragglerTicks) return undefined;
      if (event.event === this.#event && (ticks === 0 || ticks === segmentTicks)) {
        this.#timestamp = timestamp;
        return undefined;
      }
    }
    this.#event = event.event;
    this.#timestamp = timestamp;
    return event.event;
  }

  /** Forgets the last event: call it when the stream restarts, since its timestamps begin anew. */
  reset(): void {
    this.#event = -1;
  }
}

export interface EventSchedule {
  /** Ticks of the RTP clock from one packet to the next. */
  readonly packetTicks: number;
  /** How long the key is held; one segment at most, 65535. */
  readonly durationTicks: number;
  /** Power below 0 dBm0, dB. */
  readonly volumeDb?: number;
}

const endPackets = 3;

/** The packets of one event, one `next` a packet time. */
export class TelephoneEventSender {
  /** Of the packet last made: true on the first only. */
  marker = false;
  /** RTP timestamp of all packets of the event. */
  timestamp = 0;

  readonly #schedule: EventSchedule;
  readonly #out: TelephoneEvent = { event: 0, end: false, volumeDb: 10, durationTicks: 0 };
  #endsLeft = 0;
  #fresh = false;

  constructor(schedule: EventSchedule) {
    this.#schedule = schedule;
  }

  get busy(): boolean {
    return this.#endsLeft > 0;
  }

  /** Begins an event; what was under way is cut short. */
  begin(event: number, timestamp: number): void {
    this.#out.event = event;
    this.#out.end = false;
    this.#out.volumeDb = this.#schedule.volumeDb ?? 10;
    this.#out.durationTicks = 0;
    this.timestamp = timestamp >>> 0;
    this.#endsLeft = endPackets;
    this.#fresh = true;
  }

  /** The event of the next packet, lent until the next call; `undefined` when the event is over. */
  next(): TelephoneEvent | undefined {
    if (this.#endsLeft === 0) return undefined;
    this.marker = this.#fresh;
    this.#fresh = false;
    const out = this.#out;
    const { packetTicks, durationTicks } = this.#schedule;
    if (!out.end) {
      out.durationTicks = Math.min(segmentTicks, durationTicks, out.durationTicks + packetTicks);
      out.end = out.durationTicks >= durationTicks || out.durationTicks === segmentTicks;
    }
    if (out.end) this.#endsLeft -= 1;
    return out;
  }
}
