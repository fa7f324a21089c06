/**
 * The outside of Opus packets: whether a payload is one, and how long it plays, without decoding it.
 *
 *   0 1 2 3 4 5 6 7
 *  +-+-+-+-+-+-+-+-+
 *  | config  |s| c |      config: mode, bandwidth, frame size · s: stereo · c: number of frames
 *  +-+-+-+-+-+-+-+-+
 *
 * Standard: RFC 6716 §3.1 (TOC), §3.2 (frame packing), §3.4 (what a receiver must reject, R1 to R7).
 */

/** Why a payload is no Opus packet. */
export type OpusMalformed = 'empty' | 'length' | 'duration';

const frameBytesMax = 1275;
/** Frame durations in 1/48 ms (samples at 48 kHz), by configuration. */
const silkTicks = [480, 960, 1920, 2880];
const hybridTicks = [480, 960];
const celtTicks = [120, 240, 480, 960];
const durationTicksMax = 5760;

function frameTicks(toc: number): number {
  const config = toc >> 3;
  if (config < 12) return silkTicks[config & 3]!;
  return config < 16 ? hybridTicks[config & 1]! : celtTicks[config & 3]!;
}

/** Checks a payload by R1 to R7. Gives its duration in samples at 48 kHz, or the reason why it is no packet. */
export function readOpusDuration(bytes: Uint8Array, offset: number, length: number): number | OpusMalformed {
  if (length < 1 || offset + length > bytes.length) return 'empty';
  const toc = bytes[offset]!;
  const at = offset + 1;
  const end = offset + length;
  switch (toc & 3) {
    case 0:
      return length - 1 > frameBytesMax ? 'length' : frameTicks(toc);
    case 1:
      return (length - 1) % 2 !== 0 || (length - 1) / 2 > frameBytesMax ? 'length' : 2 * frameTicks(toc);
    case 2: {
      const first = frameSize(bytes, at, end);
      if (first < 0) return 'length';
      const left = end - at - sizeBytes(first) - first;
      return left < 0 || left > frameBytesMax ? 'length' : 2 * frameTicks(toc);
    }
    default:
      return readMany(bytes, at, end, toc);
  }
}

/** Code 3: a count, perhaps padding, then frames of one size or of sizes of their own. */
function readMany(bytes: Uint8Array, begin: number, end: number, toc: number): number | OpusMalformed {
  if (begin >= end) return 'length';
  const header = bytes[begin]!;
  const count = header & 0x3f;
  const ticks = count * frameTicks(toc);
  if (count === 0 || ticks > durationTicksMax) return 'duration';
  let at = begin + 1;
  let last = end;
  if ((header & 0x40) !== 0) {
    for (let more = true; more; ) {
      if (at >= end) return 'length';
      const padding = bytes[at++]!;
      more = padding === 255;
      last -= more ? 254 : padding;
    }
  }
  if (last < at) return 'length';
  if ((header & 0x80) === 0) {
    return (last - at) % count !== 0 || (last - at) / count > frameBytesMax ? 'length' : ticks;
  }
  let framesBytes = 0;
  for (let n = 1; n < count; n++) {
    const size = frameSize(bytes, at, last);
    if (size < 0) return 'length';
    at += sizeBytes(size);
    framesBytes += size;
  }
  const left = last - at - framesBytes;
  return left < 0 || left > frameBytesMax ? 'length' : ticks;
}

/** A frame's coded size (§3.2.1), −1 when it does not stand before `end`. */
function frameSize(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const first = bytes[at]!;
  if (first < 252) return first;
  return at + 1 < end ? 4 * bytes[at + 1]! + first : -1;
}

function sizeBytes(size: number): number {
  return size < 252 ? 1 : 2;
}

/**
 * The TOC of a packet without content that stands for 20 ms lost after a packet with `toc`: same mode, bandwidth and
 * channels, one frame. A decoder conceals it (RFC 6716 §3.2.1: a frame of length 0 was lost or not sent).
 */
export function lostFrameToc(toc: number): number {
  const config = toc >> 3;
  const longest = config < 12 ? (config & ~3) | 1 : config < 16 ? config | 1 : config | 3;
  return (longest << 3) | (toc & 4);
}
