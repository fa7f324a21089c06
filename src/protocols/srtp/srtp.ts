/**
 * SRTP and SRTCP of one direction of a call: one class protects what is sent, one checks what is received. Pure: no
 * socket, clock or logger; packets are changed in place or written into the caller's buffer.
 *
 * A stream (one SSRC) counts 48-bit indices: the roll-over counter grows each time its sequence number passes 0. It is
 * nowhere on the wire, so that a receiver that was away while it grew (a restart of ours, new keys) tries the first 64:
 * at 50 packets a second those are 23 hours of speech.
 *
 * MCPTT's floor control (TS 24.380) is RTCP without an SR before it, and is protected in the same way.
 *
 * Standards: RFC 3711 §3.3, §3.4, appendix A; RFC 7714. Where keys come from: sdes.ts.
 */
import { rtpHeaderBytes } from '../rtp/rtp-packet.ts';
import { deriveSessionKeys, type SessionKeys, type SrtpSuite, suiteShapes } from './crypto-suite.ts';
import { CounterModeCipher, GcmCipher, type PacketCipher, packetBytesMax } from './packet-cipher.ts';
import { ReplayWindow } from './replay-window.ts';

/** One direction's master key. */
export interface SrtpKey {
  readonly suite: SrtpSuite;
  /** Master key, its salt behind it. */
  readonly keySalt: Uint8Array;
  /** Master key identifier that stands in every packet (RFC 3711 §3.1), if its sender wants one. */
  readonly mki?: Uint8Array;
}

/** E flag of the word behind a report: it is encrypted. */
const encryptedFlag = 0x8000_0000;
const rtcpClearBytes = 8;
const wordBytes = 4;
const sequenceNumbers = 0x1_0000;
/** A key protects so many packets (RFC 3711 §9.2). */
const rtpIndexMax = 2 ** 48 - 1;
const rtcpIndexMax = 2 ** 31 - 1;
const rolloversTried = 64;
/** Packets of unknown streams that are searched for: bounds what forged ones can cost to some ms a call. */
const searchesMax = 32;
/** Streams that a far end may have in one call; the one begun longest ago is forgotten. */
const streamsMax = 64;

/** Protects what we send. */
export class SrtpSender {
  readonly #rtp: PacketCipher;
  readonly #rtcp: PacketCipher;
  readonly #isGcm: boolean;
  readonly #mki: Uint8Array;
  /** The stream being sent. Our SSRCs are drawn at random for each, so that none comes back under the same key. */
  #ssrc = -1;
  #highest = -1;
  #rtcpIndex: number;

  /** `rtcpIndex`: of the last report under this key, 0–2³¹−1. libsrtp, and so most of the world, begins at 1. */
  constructor({ suite, keySalt, mki }: SrtpKey, keys = keysOf(suite, keySalt), rtcpIndex = 0) {
    this.#rtcpIndex = rtcpIndex;
    this.#rtp = cipherOf(suite, keys.rtp, 'rtp');
    this.#rtcp = cipherOf(suite, keys.rtcp, 'rtcp');
    this.#isGcm = suiteShapes[suite].cipher === 'gcm';
    this.#mki = mki ?? none;
  }

  /** Writes the protected packet into `out`; its length, or 0 if there is none: too long, no RTP, or the key used up. */
  protectRtp(packet: Uint8Array, length: number, out: Uint8Array): number {
    const total = length + this.#rtp.tagBytes + this.#mki.length;
    const clearBytes = headerBytes(packet, length);
    if (clearBytes === 0 || total > packetBytesMax || total > out.length) return 0;
    const ssrc = readWord(packet, 8);
    if (ssrc !== this.#ssrc) {
      this.#ssrc = ssrc;
      this.#highest = -1;
    }
    const index = indexOf(this.#highest, (packet[2]! << 8) | packet[3]!);
    if (index < 0 || index > rtpIndexMax) return 0;
    this.#highest = Math.max(this.#highest, index);
    out.set(packet.length === length ? packet : packet.subarray(0, length));
    const tagAt = length + (this.#isGcm ? 0 : this.#mki.length);
    this.#rtp.seal(out, clearBytes, length, tagAt, ssrc, index, Math.floor(index / sequenceNumbers));
    out.set(this.#mki, this.#isGcm ? length + this.#rtp.tagBytes : length);
    return total;
  }

  /** The same for RTCP, floor control included. */
  protectRtcp(packet: Uint8Array, length: number, out: Uint8Array): number {
    const { tagBytes } = this.#rtcp;
    const total = length + wordBytes + tagBytes + this.#mki.length;
    if (length < rtcpClearBytes || total > packetBytesMax || total > out.length) return 0;
    if (this.#rtcpIndex >= rtcpIndexMax) return 0;
    this.#rtcpIndex += 1;
    const word = (encryptedFlag | this.#rtcpIndex) >>> 0;
    out.set(packet.length === length ? packet : packet.subarray(0, length));
    const wordAt = this.#isGcm ? length + tagBytes : length;
    const tagAt = this.#isGcm ? length : length + wordBytes + this.#mki.length;
    this.#rtcp.seal(out, rtcpClearBytes, length, tagAt, readWord(packet, 4), this.#rtcpIndex, word);
    writeWord(out, wordAt, word);
    out.set(this.#mki, wordAt + wordBytes);
    return total;
  }
}

/** Checks and decrypts what the far end sends. */
export class SrtpReceiver {
  /** Dropped: wrong tag or MKI, or too short to have them. */
  forged = 0;
  /** Dropped: seen already, or too old to know. */
  replayed = 0;
  readonly #rtp: PacketCipher;
  readonly #rtcp: PacketCipher;
  readonly #isGcm: boolean;
  readonly #mki: Uint8Array;
  readonly #streams = new Map<number, ReplayWindow>();
  readonly #reports = new Map<number, ReplayWindow>();
  #searches = searchesMax;

  constructor({ suite, keySalt, mki }: SrtpKey, keys = keysOf(suite, keySalt)) {
    this.#rtp = cipherOf(suite, keys.rtp, 'rtp');
    this.#rtcp = cipherOf(suite, keys.rtcp, 'rtcp');
    this.#isGcm = suiteShapes[suite].cipher === 'gcm';
    this.#mki = mki ?? none;
  }

  /** Decrypts in place; the packet's length, or 0 if it is to be dropped: then it is as it came, and counted. */
  openRtp(packet: Uint8Array): number {
    const { tagBytes } = this.#rtp;
    const length = packet.length - tagBytes - this.#mki.length;
    const clearBytes = packet.length > packetBytesMax ? 0 : headerBytes(packet, length);
    const mkiAt = this.#isGcm ? length + tagBytes : length;
    if (clearBytes === 0 || !holds(packet, mkiAt, this.#mki)) return this.#forge();
    const tagAt = this.#isGcm ? length : length + this.#mki.length;
    const ssrc = readWord(packet, 8);
    const sequence = (packet[2]! << 8) | packet[3]!;
    const known = this.#streams.get(ssrc);
    if (known === undefined) return this.#openFirst(packet, clearBytes, length, tagAt, ssrc, sequence);
    const index = indexOf(known.highest, sequence);
    if (index < 0 || known.has(index)) return this.#replay();
    const rollover = Math.floor(index / sequenceNumbers);
    if (!this.#rtp.open(packet, clearBytes, length, tagAt, ssrc, index, rollover)) return this.#forge();
    known.mark(index);
    return length;
  }

  /** The same for RTCP, floor control included. */
  openRtcp(packet: Uint8Array): number {
    const { tagBytes } = this.#rtcp;
    const length = packet.length - wordBytes - tagBytes - this.#mki.length;
    if (length < rtcpClearBytes || packet.length > packetBytesMax) return this.#forge();
    const wordAt = this.#isGcm ? length + tagBytes : length;
    const tagAt = this.#isGcm ? length : length + wordBytes + this.#mki.length;
    if (!holds(packet, wordAt + wordBytes, this.#mki)) return this.#forge();
    const word = readWord(packet, wordAt);
    const index = word % encryptedFlag;
    const ssrc = readWord(packet, 4);
    const known = this.#reports.get(ssrc);
    if (known?.has(index)) return this.#replay();
    const clearBytes = word >= encryptedFlag ? rtcpClearBytes : length;
    if (!this.#rtcp.open(packet, clearBytes, length, tagAt, ssrc, index, word)) return this.#forge();
    (known ?? begun(this.#reports, ssrc)).mark(index);
    return length;
  }

  /** A stream is remembered only when a packet of it is genuine. */
  #openFirst(
    packet: Uint8Array,
    clearBytes: number,
    length: number,
    tagAt: number,
    ssrc: number,
    sequence: number,
  ): number {
    const rollovers = this.#searches > 0 ? rolloversTried : 1;
    for (let rollover = 0; rollover < rollovers; rollover++) {
      const index = rollover * sequenceNumbers + sequence;
      if (!this.#rtp.open(packet, clearBytes, length, tagAt, ssrc, index, rollover)) continue;
      begun(this.#streams, ssrc).mark(index);
      return length;
    }
    this.#searches = Math.max(0, this.#searches - 1);
    return this.#forge();
  }

  #forge(): 0 {
    this.forged += 1;
    return 0;
  }

  #replay(): 0 {
    this.replayed += 1;
    return 0;
  }
}

const none = new Uint8Array(0);

/** The index nearest to the highest one that has this sequence number (RFC 3711 appendix A); below 0: before the start. */
export function indexOf(highest: number, sequence: number): number {
  if (highest < 0) return sequence;
  const rollover = Math.floor(highest / sequenceNumbers);
  const ahead = sequence - (highest % sequenceNumbers);
  if (ahead > sequenceNumbers / 2) return (rollover - 1) * sequenceNumbers + sequence;
  if (ahead < -sequenceNumbers / 2) return (rollover + 1) * sequenceNumbers + sequence;
  return rollover * sequenceNumbers + sequence;
}

function keysOf(suite: SrtpSuite, keySalt: Uint8Array): { readonly rtp: SessionKeys; readonly rtcp: SessionKeys } {
  return { rtp: deriveSessionKeys(suite, keySalt, 'rtp'), rtcp: deriveSessionKeys(suite, keySalt, 'rtcp') };
}

function cipherOf(suite: SrtpSuite, keys: SessionKeys, kind: 'rtp' | 'rtcp'): PacketCipher {
  const { cipher, rtpTagBytes, rtcpTagBytes } = suiteShapes[suite];
  if (cipher === 'gcm') return new GcmCipher(keys, kind);
  return new CounterModeCipher(keys, kind === 'rtp' ? rtpTagBytes : rtcpTagBytes);
}

function begun(streams: Map<number, ReplayWindow>, ssrc: number): ReplayWindow {
  if (streams.size >= streamsMax) {
    for (const oldest of streams.keys()) {
      streams.delete(oldest);
      break;
    }
  }
  const window = new ReplayWindow();
  streams.set(ssrc, window);
  return window;
}

/** Octets that stay in the clear: fixed header, CSRCs and extension; 0 if that is no RTP packet. */
function headerBytes(packet: Uint8Array, length: number): number {
  if (length < rtpHeaderBytes || packet[0]! >> 6 !== 2) return 0;
  let bytes = rtpHeaderBytes + 4 * (packet[0]! & 0x0f);
  if ((packet[0]! & 0x10) !== 0) {
    if (bytes + 4 > length) return 0;
    bytes += 4 + 4 * ((packet[bytes + 2]! << 8) | packet[bytes + 3]!);
  }
  return bytes > length ? 0 : bytes;
}

function holds(packet: Uint8Array, at: number, mki: Uint8Array): boolean {
  for (let i = 0; i < mki.length; i++) if (packet[at + i] !== mki[i]) return false;
  return true;
}

function readWord(packet: Uint8Array, at: number): number {
  return ((packet[at]! << 24) | (packet[at + 1]! << 16) | (packet[at + 2]! << 8) | packet[at + 3]!) >>> 0;
}

function writeWord(packet: Uint8Array, at: number, word: number): void {
  packet[at] = word >>> 24;
  packet[at + 1] = word >>> 16;
  packet[at + 2] = word >>> 8;
  packet[at + 3] = word;
}
