/**
 * RTP header extension of radio sessions: key, squelch and what belongs to them, read and written in place; neither way
 * allocates.
 *
 *    0                   1                   2                   3
 *   |    "defined by profile" 0x0167        |  length in 32-bit words       |
 *   | PTT 3 |Q| PTT-ID 6  |M|S|C|res|X| type 4 | length 4 |  value …, padding |
 *
 *   Q squelch open   M PTT mute   S PTT summation   C simultaneous call transmissions   X features follow
 *
 * The first edition, 0x0067, is one word with a PTT-ID of 4 bits. It is read, never written; its feature is passed over.
 *
 * Total: the key is never lost to a broken feature. Standard: EUROCAE ED-137 Volume 1; layout as dissectors have it, see
 * docs/standards.md.
 */

export const r2sProfile = 0x0167;
const firstEditionProfile = 0x0067;

/** PTT type of a packet; 6 and 7 are reserved, and mean that the far end is keyed. */
export const pttType = { off: 0, normal: 1, coupling: 2, priority: 3, emergency: 4, test: 5 } as const;

/** Longest PTT-ID. 0 is none. */
export const pttIdMax = 63;

const feature = { signalQuality: 1, climaxDelay: 2, remoteControl: 3, delayMeasurement: 4 } as const;
const requestBytes = 3;
const answerBytesB = 12;
const answerBytesC = 14;

/** Unit of times in delay measurement, ms. */
export const delayTickMs = 0.125;
/** Times of 23 bits wrap here, in ticks. */
export const delayTickWrap = 0x80_0000;

/**
 * What an extension says. One object is read into, or written from, packet after packet. A feature that is not there has
 * the value −1, or `none`.
 */
export class R2sExtension {
  /** 0–7, see `pttType`. */
  pttType = 0;
  squelchOpen = false;
  /** 0 none, 1–63 (first edition: 1–15). */
  pttId = 0;
  /** PM: the key counts, its voice is not to be sent. */
  pttMuted = false;
  /** PTTS: several sessions key the transmitter. */
  pttSummed = false;
  /** SCT: the receiver hears two transmissions at once. */
  simultaneous = false;
  /** 0–31. For RSSI 0 is below −100 dBm, n up to −100 + n·30/14 dBm, 15 above −70 dBm. */
  qualityIndex = -1;
  /** 0 RSSI, 1 AGC, 2 C/N, 3 PSD, 4–7 of a maker. */
  qualityMethod = 0;
  /** 0–254 ms, in steps of 2. */
  climaxDelayMs = -1;
  climaxAbsolute = false;
  /** Octet of paired frequencies, first bit MSTxF1; shown, not acted on. */
  remoteControl = -1;
  measurement: 'none' | 'request' | 'answer' = 'none';
  /** Clock of who sent it is synchronised (TQV in a request, TQG in an answer). */
  clockSynchronised = false;
  /** Ticks of 125 µs, 23 bits. */
  t1Ticks = 0;
  /** The answer asks for another measurement (NMR). */
  measureAgain = false;
  t2Ticks = 0;
  /** Ticks of 125 µs, 16 bits: Tsd, Tj1, Tid. */
  answeringTicks = 0;
  jitterTicks = 0;
  deviceTicks = 0;
  /** Ts2, in answers of ED-137C. */
  stepTicks = -1;
  /** A feature ran past the end: it and what came behind it was passed over. */
  broken = false;

  /**
   * Reads the extension at `offset`, `length` octets after its two words "profile" and "length". False where it is no
   * extension of radio sessions, or too short for a key; then the fields are as they were.
   */
  read(profile: number, bytes: Uint8Array, offset: number, length: number): boolean {
    if (length < 4 || offset + length > bytes.length) return false;
    if (profile === r2sProfile) {
      const word = (bytes[offset]! << 8) | bytes[offset + 1]!;
      this.#forgetFeatures();
      this.pttType = word >> 13;
      this.squelchOpen = (word & 0x1000) !== 0;
      this.pttId = (word >> 6) & 0x3f;
      this.pttMuted = (word & 0x0020) !== 0;
      this.pttSummed = (word & 0x0010) !== 0;
      this.simultaneous = (word & 0x0008) !== 0;
      if ((word & 0x0001) !== 0) this.#readFeatures(bytes, offset + 2, offset + length);
      return true;
    }
    if (profile !== firstEditionProfile) return false;
    this.#forgetFeatures();
    const first = bytes[offset]!;
    this.pttType = first >> 5;
    this.squelchOpen = (first & 0x10) !== 0;
    this.pttId = first & 0x0f;
    this.pttMuted = false;
    this.pttSummed = false;
    this.simultaneous = (bytes[offset + 1]! & 0x80) !== 0;
    return true;
  }

  /** Writes profile, length and content at `offset`; returns the octets written, 8 without features. `out` must hold 36. */
  write(out: Uint8Array, offset: number): number {
    let at = offset + 6;
    if (this.qualityIndex >= 0) {
      out[at++] = (feature.signalQuality << 4) | 1;
      out[at++] = (this.qualityIndex << 3) | (this.qualityMethod & 0x07);
    }
    if (this.climaxDelayMs >= 0) {
      out[at++] = (feature.climaxDelay << 4) | 1;
      out[at++] = (this.climaxAbsolute ? 0x80 : 0) | ((this.climaxDelayMs >> 1) & 0x7f);
    }
    if (this.remoteControl >= 0) {
      out[at++] = (feature.remoteControl << 4) | 1;
      out[at++] = this.remoteControl;
    }
    if (this.measurement !== 'none') at = this.#writeMeasurement(out, at);
    const features = at > offset + 6;
    while ((at - offset) % 4 !== 0) out[at++] = 0;
    const words = (at - offset) / 4 - 1;
    out[offset] = r2sProfile >> 8;
    out[offset + 1] = r2sProfile & 0xff;
    out[offset + 2] = 0;
    out[offset + 3] = words;
    out[offset + 4] = (this.pttType << 5) | (this.squelchOpen ? 0x10 : 0) | ((this.pttId >> 2) & 0x0f);
    out[offset + 5] =
      ((this.pttId & 0x03) << 6) |
      (this.pttMuted ? 0x20 : 0) |
      (this.pttSummed ? 0x10 : 0) |
      (this.simultaneous ? 0x08 : 0) |
      (features ? 0x01 : 0);
    return at - offset;
  }

  #writeMeasurement(out: Uint8Array, offset: number): number {
    const answer = this.measurement === 'answer';
    const length = answer ? (this.stepTicks >= 0 ? answerBytesC : answerBytesB) : requestBytes;
    out[offset] = (feature.delayMeasurement << 4) | length;
    let at = writeFlagged(out, offset + 1, this.clockSynchronised, this.t1Ticks);
    if (!answer) return at;
    at = writeFlagged(out, at, this.measureAgain, this.t2Ticks);
    at = writeTicks(out, at, this.answeringTicks);
    at = writeTicks(out, at, this.jitterTicks);
    at = writeTicks(out, at, this.deviceTicks);
    return this.stepTicks >= 0 ? writeTicks(out, at, this.stepTicks) : at;
  }

  #forgetFeatures(): void {
    this.qualityIndex = -1;
    this.climaxDelayMs = -1;
    this.remoteControl = -1;
    this.measurement = 'none';
    this.broken = false;
  }

  #readFeatures(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      const head = bytes[at]!;
      const length = head & 0x0f;
      if (head === 0) return; // padding
      if (at + 1 + length > end) {
        this.broken = true;
        return;
      }
      this.#readFeature(head >> 4, length, bytes, at + 1);
      at += 1 + length;
    }
  }

  /** One that is not known, or not as long as it has to be, is passed over. */
  #readFeature(type: number, length: number, bytes: Uint8Array, at: number): void {
    if (type === feature.delayMeasurement) this.#readMeasurement(length, bytes, at);
    if (length !== 1) return;
    const value = bytes[at]!;
    if (type === feature.signalQuality) {
      this.qualityIndex = value >> 3;
      this.qualityMethod = value & 0x07;
    } else if (type === feature.climaxDelay) {
      this.climaxAbsolute = (value & 0x80) !== 0;
      this.climaxDelayMs = 2 * (value & 0x7f);
    } else if (type === feature.remoteControl) {
      this.remoteControl = value;
    }
  }

  #readMeasurement(length: number, bytes: Uint8Array, at: number): void {
    if (length !== requestBytes && length !== answerBytesB && length !== answerBytesC) return;
    this.measurement = length === requestBytes ? 'request' : 'answer';
    this.clockSynchronised = (bytes[at]! & 0x80) !== 0;
    this.t1Ticks = readTicks23(bytes, at);
    if (length === requestBytes) return;
    this.measureAgain = (bytes[at + 3]! & 0x80) !== 0;
    this.t2Ticks = readTicks23(bytes, at + 3);
    this.answeringTicks = readTicks16(bytes, at + 6);
    this.jitterTicks = readTicks16(bytes, at + 8);
    this.deviceTicks = readTicks16(bytes, at + 10);
    this.stepTicks = length === answerBytesC ? readTicks16(bytes, at + 12) : -1;
  }
}

function readTicks16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function readTicks23(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! & 0x7f) << 16) | readTicks16(bytes, at + 1);
}

function writeFlagged(out: Uint8Array, at: number, flag: boolean, ticks: number): number {
  out[at] = (flag ? 0x80 : 0) | ((ticks >> 16) & 0x7f);
  return writeTicks(out, at + 1, ticks);
}

function writeTicks(out: Uint8Array, at: number, ticks: number): number {
  out[at] = ticks >> 8;
  out[at + 1] = ticks;
  return at + 2;
}
