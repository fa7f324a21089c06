/**
 * RTP packets in place: the reader fills one reusable object with fields and offsets into the datagram, the writer
 * fills a caller's buffer; neither allocates.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                           timestamp                           |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                             SSRC                              |
 *   +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *   |                    CSRC (CC times 32 bits)                    |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  defined by profile (if X)    |  length in 32-bit words       |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Standard: RFC 3550 §5.1, §5.3.1; telling RTP from RTCP on one port: RFC 5761 §4.
 */

/** Why a datagram is no RTP packet; each is a counter of its own at the caller. */
export type RtpMalformed = 'short' | 'version' | 'rtcp' | 'csrc' | 'extension' | 'padding';

/** Octets of an RTP header without CSRCs and extension. */
export const rtpHeaderBytes = 12;

const none = new Uint8Array(0);

/** One received packet; `read` overwrites it, so it is lent by whoever owns it until his next packet. */
export class RtpPacket {
  /** The datagram last read; offsets below are into it. */
  bytes: Uint8Array = none;
  marker = false;
  payloadType = 0;
  /** 0–65535; 0 is a real packet. */
  sequenceNumber = 0;
  /** 32 bits unsigned, in the payload's clock. */
  timestamp = 0;
  ssrc = 0;
  csrcCount = 0;
  /** The 16 bits "defined by profile", or −1 without header extension. */
  extensionProfile = -1;
  extensionOffset = 0;
  extensionBytes = 0;
  payloadOffset = 0;
  payloadBytes = 0;

  /**
   * Reads a datagram. Total: any bytes give either `undefined` (read) or the reason why not, and then the fields are
   * not to be used.
   */
  read(bytes: Uint8Array): RtpMalformed | undefined {
    const length = bytes.length;
    if (length < rtpHeaderBytes) return 'short';
    const first = bytes[0]!;
    if (first >> 6 !== 2) return 'version';
    const second = bytes[1]!;
    if (second >= 192 && second <= 223) return 'rtcp';
    const csrcCount = first & 0x0f;
    let offset = rtpHeaderBytes + 4 * csrcCount;
    if (offset > length) return 'csrc';

    this.extensionProfile = -1;
    this.extensionOffset = 0;
    this.extensionBytes = 0;
    if ((first & 0x10) !== 0) {
      if (offset + 4 > length) return 'extension';
      const extensionBytes = 4 * ((bytes[offset + 2]! << 8) | bytes[offset + 3]!);
      if (offset + 4 + extensionBytes > length) return 'extension';
      this.extensionProfile = (bytes[offset]! << 8) | bytes[offset + 1]!;
      this.extensionOffset = offset + 4;
      this.extensionBytes = extensionBytes;
      offset += 4 + extensionBytes;
    }
    let paddingBytes = 0;
    if ((first & 0x20) !== 0) {
      paddingBytes = bytes[length - 1]!;
      if (paddingBytes === 0 || offset + paddingBytes > length) return 'padding';
    }
    this.bytes = bytes;
    this.csrcCount = csrcCount;
    this.marker = (second & 0x80) !== 0;
    this.payloadType = second & 0x7f;
    this.sequenceNumber = (bytes[2]! << 8) | bytes[3]!;
    this.timestamp = ((bytes[4]! << 24) | (bytes[5]! << 16) | (bytes[6]! << 8) | bytes[7]!) >>> 0;
    this.ssrc = ((bytes[8]! << 24) | (bytes[9]! << 16) | (bytes[10]! << 8) | bytes[11]!) >>> 0;
    this.payloadOffset = offset;
    this.payloadBytes = length - offset - paddingBytes;
    return undefined;
  }
}

/** Whether a datagram on a shared port is RTCP (RFC 5761 §4: second octet 192–223). */
export function isRtcp(bytes: Uint8Array): boolean {
  const second = bytes[1];
  return second !== undefined && second >= 192 && second <= 223;
}

/**
 * Writes a 12-octet header (no CSRC, no extension) at the start of `out`, which must hold it.
 * Numbers are taken modulo their field. Returns the offset of the payload.
 */
export function writeRtpHeader(
  out: Uint8Array,
  marker: boolean,
  payloadType: number,
  sequenceNumber: number,
  timestamp: number,
  ssrc: number,
): number {
  out[0] = 0x80;
  out[1] = (marker ? 0x80 : 0) | (payloadType & 0x7f);
  out[2] = sequenceNumber >> 8;
  out[3] = sequenceNumber;
  out[4] = timestamp >>> 24;
  out[5] = timestamp >>> 16;
  out[6] = timestamp >>> 8;
  out[7] = timestamp;
  out[8] = ssrc >>> 24;
  out[9] = ssrc >>> 16;
  out[10] = ssrc >>> 8;
  out[11] = ssrc;
  return rtpHeaderBytes;
}
