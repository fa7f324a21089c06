/**
 * NTP version 4 as a client has it: what is asked, what is answered, and differences of times.
 *
 *    0                   1                   2                   3
 *   |LI | VN  |Mode |    Stratum    |     Poll      |   Precision   |
 *   |                    Root Delay, 16.16 s                        |
 *   |                    Root Dispersion, 16.16 s                   |
 *   |                    Reference ID                               |
 *   |                    Reference Timestamp (64)                   |
 *   |                    Origin Timestamp (64): of the request      |
 *   |                    Receive Timestamp (64)                     |
 *   |                    Transmit Timestamp (64)                    |
 *
 * A timestamp is 32.32 s since 1900 and wraps in 2036; only differences are taken, which are right as long as both
 * clocks are less than 68 years apart (RFC 5905 §6).
 *
 * Standards: RFC 5905 §7.3, §7.4, §8; RFC 4330 §5 for what an answer must have. Pure.
 */

const messageBytes = 48;
const unixAtNtpS = 2_208_988_800;
const modeClient = 3;
const modeServer = 4;
const version = 4;
const stratumMax = 15;

/** A time of a server that has one. */
export interface NtpTime {
  readonly is: 'time';
  readonly stratum: number;
  /** To the primary source and back, and what may be wrong there, ms. */
  readonly rootDelayMs: number;
  readonly rootDispersionMs: number;
  /** When it had our request, and when it answered. */
  readonly receive: bigint;
  readonly transmit: bigint;
}

export type NtpReading =
  | NtpTime
  /** It wants something of us: RATE, DENY, RSTR; other codes say that it has no time yet. */
  | { readonly is: 'kiss'; readonly code: string }
  | { readonly is: 'unsynchronised' }
  /** Not an answer to what we asked, or none that can be. */
  | { readonly is: 'wrong'; readonly what: 'short' | 'version' | 'mode' | 'origin' | 'stratum' | 'times' };

/**
 * A request. `nonce` stands where a client's own time would: nobody but the server learns it, and nobody who does not
 * see it can answer.
 */
export function writeRequest(nonce: bigint): Uint8Array {
  const bytes = new Uint8Array(messageBytes);
  bytes[0] = (version << 3) | modeClient;
  new DataView(bytes.buffer).setBigUint64(40, nonce);
  return bytes;
}

/** Reads what came for the request with this nonce. Total: any octets give a value. */
export function readAnswer(bytes: Uint8Array, nonce: bigint): NtpReading {
  if (bytes.length < messageBytes) return { is: 'wrong', what: 'short' };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint8(0);
  const stratum = view.getUint8(1);
  const itsVersion = (first >> 3) & 7;
  if (itsVersion < 3 || itsVersion > version) return { is: 'wrong', what: 'version' };
  if ((first & 7) !== modeServer) return { is: 'wrong', what: 'mode' };
  // Before all else that it says: also a kiss of death is only a server's own.
  if (view.getBigUint64(24) !== nonce) return { is: 'wrong', what: 'origin' };
  if (stratum === 0) return { is: 'kiss', code: kissCode(bytes) };
  if (first >> 6 === 3) return { is: 'unsynchronised' };
  if (stratum > stratumMax) return { is: 'wrong', what: 'stratum' };
  const receive = view.getBigUint64(32);
  const transmit = view.getBigUint64(40);
  const isInOrder = msBetween(receive, transmit) >= 0;
  if (receive === 0n || transmit === 0n || !isInOrder) return { is: 'wrong', what: 'times' };
  const rootDelayMs = (view.getUint32(4) / 0x1_0000) * 1000;
  const rootDispersionMs = (view.getUint32(8) / 0x1_0000) * 1000;
  return { is: 'time', stratum, rootDelayMs, rootDispersionMs, receive, transmit };
}

/** Four capital letters or digits; else empty. */
function kissCode(bytes: Uint8Array): string {
  const code = String.fromCharCode(...bytes.subarray(12, 16));
  return /^[A-Z0-9]{4}$/.test(code) ? code : '';
}

/** A time since 1970 as a timestamp of whichever era it falls into. */
export function timestampOf(utcMs: number): bigint {
  const seconds = Math.floor(utcMs / 1000);
  const fraction = Math.round(((utcMs - seconds * 1000) / 1000) * 2 ** 32);
  return BigInt.asUintN(64, (BigInt(seconds + unixAtNtpS) << 32n) + BigInt(fraction));
}

/** From one timestamp to another, ms; negative when that is earlier. */
export function msBetween(from: bigint, to: bigint): number {
  return (Number(BigInt.asIntN(64, to - from)) / 2 ** 32) * 1000;
}
