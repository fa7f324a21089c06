/**
 * Encrypts and authenticates single packets under session keys: AES in counter mode with HMAC-SHA1, and AES-GCM.
 *
 *   RTP   header │ payload (encrypted) │ [MKI] tag      GCM: … │ tag [MKI]
 *   RTCP  8 octets │ rest (encrypted) │ E + index │ [MKI] tag      GCM: … │ tag │ E + index │ [MKI]
 *
 * Where each field stands is the caller's (srtp.ts); here are IVs, keystream and tags. The index is that of 48 bits
 * (roll-over counter and sequence number) for RTP, that of 31 bits for RTCP; both stand in the IV alike. The word is
 * what is authenticated beside the packet: the roll-over counter, or E and index.
 *
 * One AES object a direction makes the keystream of counter mode: its counters are encrypted as plain blocks, since a
 * cipher object a packet costs three times as much (ADR 0020). `seal` and `open` are fields so that their parameters are
 * named and typed once, in the port.
 *
 * Standards: RFC 3711 §4.1.1, §4.2; RFC 7714 §8, §9.
 */
import { type Cipheriv, createCipheriv, createDecipheriv, hash, timingSafeEqual } from 'node:crypto';
import type { SessionKeys } from './crypto-suite.ts';

export interface PacketCipher {
  readonly tagBytes: number;
  /** Encrypts in place from `clearBytes` to `length`, and writes the tag at `tagAt`. */
  seal(
    packet: Uint8Array,
    clearBytes: number,
    length: number,
    tagAt: number,
    ssrc: number,
    index: number,
    word: number,
  ): void;
  /** Checks the tag, then decrypts in place. A packet that fails is left as it was. */
  open(
    packet: Uint8Array,
    clearBytes: number,
    length: number,
    tagAt: number,
    ssrc: number,
    index: number,
    word: number,
  ): boolean;
}

/** Longest packet that is protected, with everything behind it. */
export const packetBytesMax = 1500;
const blockBytes = 16;

/** AES in counter mode and HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1). */
export class CounterModeCipher implements PacketCipher {
  readonly tagBytes: number;
  readonly #aes: Cipheriv;
  readonly #salt: Uint8Array;
  /** The IVs of one packet, one after the other; the last two octets of each count the blocks. */
  readonly #counters: Buffer;
  /** Inner and outer text of the HMAC; each begins with its pad. */
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  constructor({ encryption, authentication, salt }: SessionKeys, tagBytes: number) {
    this.tagBytes = tagBytes;
    this.#salt = salt;
    this.#aes = createCipheriv(`aes-${encryption.length * 8}-ecb`, encryption, null).setAutoPadding(false);
    this.#counters = Buffer.alloc(blockBytes * Math.ceil(packetBytesMax / blockBytes));
    for (let block = 0; block * blockBytes < this.#counters.length; block++) {
      this.#counters.set(salt, block * blockBytes);
      this.#counters[block * blockBytes + 15] = block;
    }
    this.#inner = Buffer.alloc(hmacBlockBytes + packetBytesMax + 4);
    this.#outer = Buffer.alloc(hmacBlockBytes + sha1Bytes);
    for (let i = 0; i < hmacBlockBytes; i++) {
      const octet = authentication[i] ?? 0;
      this.#inner[i] = octet ^ 0x36;
      this.#outer[i] = octet ^ 0x5c;
    }
  }

  readonly seal: PacketCipher['seal'] = (packet, clearBytes, length, tagAt, ssrc, index, word) => {
    this.#crypt(packet, clearBytes, length, ssrc, index);
    const tag = this.#tag(packet, length, word);
    for (let i = 0; i < this.tagBytes; i++) packet[tagAt + i] = tag[i]!;
  };

  readonly open: PacketCipher['open'] = (packet, clearBytes, length, tagAt, ssrc, index, word) => {
    const tag = this.#tag(packet, length, word).subarray(0, this.tagBytes);
    if (!timingSafeEqual(tag, packet.subarray(tagAt, tagAt + this.tagBytes))) return false;
    this.#crypt(packet, clearBytes, length, ssrc, index);
    return true;
  };

  #crypt(packet: Uint8Array, from: number, to: number, ssrc: number, index: number): void {
    const bytes = to - from;
    if (bytes <= 0) return;
    const counters = this.#counters;
    const salt = this.#salt;
    const used = blockBytes * Math.ceil(bytes / blockBytes);
    const high = Math.floor(index / 0x1_0000_0000);
    const low = index >>> 0;
    const first = (((salt[4]! << 24) | (salt[5]! << 16) | (salt[6]! << 8) | salt[7]!) ^ ssrc) >>> 0;
    const second = ((salt[8]! << 8) | salt[9]!) ^ high;
    const third = (((salt[10]! << 24) | (salt[11]! << 16) | (salt[12]! << 8) | salt[13]!) ^ low) >>> 0;
    for (let at = 0; at < used; at += blockBytes) {
      counters.writeUInt32BE(first, at + 4);
      counters.writeUInt16BE(second, at + 8);
      counters.writeUInt32BE(third, at + 10);
    }
    const keystream = this.#aes.update(counters.subarray(0, used));
    for (let i = 0; i < bytes; i++) packet[from + i]! ^= keystream[i]!;
  }

  /** HMAC-SHA1 over the packet and the word behind it (RFC 2104), whole. */
  #tag(packet: Uint8Array, length: number, word: number): Buffer {
    const inner = this.#inner;
    inner.set(packet.length === length ? packet : packet.subarray(0, length), hmacBlockBytes);
    inner.writeUInt32BE(word, hmacBlockBytes + length);
    this.#outer.set(hash('sha1', inner.subarray(0, hmacBlockBytes + length + 4), 'buffer'), hmacBlockBytes);
    return hash('sha1', this.#outer, 'buffer');
  }
}

const hmacBlockBytes = 64;
const sha1Bytes = 20;

/** AES-GCM with a tag of 16 octets (RFC 7714). */
export class GcmCipher implements PacketCipher {
  readonly tagBytes = 16;
  readonly #name: 'aes-128-gcm' | 'aes-256-gcm';
  readonly #key: Uint8Array;
  readonly #salt: Uint8Array;
  readonly #isRtcp: boolean;
  readonly #iv = Buffer.alloc(12);
  readonly #associated = Buffer.alloc(packetBytesMax + 4);

  constructor({ encryption, salt }: SessionKeys, kind: 'rtp' | 'rtcp') {
    this.#name = encryption.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm';
    this.#key = encryption;
    this.#salt = salt;
    this.#isRtcp = kind === 'rtcp';
  }

  readonly seal: PacketCipher['seal'] = (packet, clearBytes, length, tagAt, ssrc, index, word) => {
    this.#setIv(ssrc, index);
    const cipher = createCipheriv(this.#name, this.#key, this.#iv);
    cipher.setAAD(this.#associate(packet, clearBytes, word));
    packet.set(cipher.update(packet.subarray(clearBytes, length)), clearBytes);
    cipher.final();
    packet.set(cipher.getAuthTag(), tagAt);
  };

  readonly open: PacketCipher['open'] = (packet, clearBytes, length, tagAt, ssrc, index, word) => {
    this.#setIv(ssrc, index);
    const decipher = createDecipheriv(this.#name, this.#key, this.#iv, { authTagLength: this.tagBytes });
    decipher.setAAD(this.#associate(packet, clearBytes, word));
    decipher.setAuthTag(packet.subarray(tagAt, tagAt + this.tagBytes));
    const plain = decipher.update(packet.subarray(clearBytes, length));
    try {
      decipher.final();
    } catch {
      return false; // the only thing that it can say: the tag does not fit
    }
    packet.set(plain, clearBytes);
    return true;
  };

  /** 00 00 ‖ SSRC ‖ index of 48 bits, ⊕ salt (RFC 7714 §8.1, §9.1). */
  #setIv(ssrc: number, index: number): void {
    const iv = this.#iv;
    iv.writeUInt16BE(0, 0);
    iv.writeUInt32BE(ssrc, 2);
    iv.writeUIntBE(index, 6, 6);
    for (let i = 0; i < 12; i++) iv[i]! ^= this.#salt[i]!;
  }

  /** What stands in the clear; for RTCP with E and index behind it (§9.2, §9.3). The roll-over counter is in the IV. */
  #associate(packet: Uint8Array, clearBytes: number, word: number): Uint8Array {
    if (!this.#isRtcp) return packet.subarray(0, clearBytes);
    this.#associated.set(packet.subarray(0, clearBytes));
    this.#associated.writeUInt32BE(word, clearBytes);
    return this.#associated.subarray(0, clearBytes + 4);
  }
}
