/**
 * L16: samples of 16 bits, the higher octet first (RFC 3551 §4.5.11), mono. Floats of full scale ±1.0 (= ±32768).
 */

/** Decodes `length` octets from `offset` into `pcm`; an odd octet at the end is nothing. Returns the samples. */
export function decodeL16(bytes: Uint8Array, offset: number, length: number, pcm: Float32Array): number {
  const samples = Math.max(0, Math.min(length, bytes.length - offset) >> 1);
  const taken = Math.min(samples, pcm.length);
  for (let i = 0; i < taken; i++) {
    const at = offset + 2 * i;
    pcm[i] = (((bytes[at]! << 24) >> 16) | bytes[at + 1]!) / 32_768;
  }
  return taken;
}

/** Encodes the first `samples` samples into `bytes` from `offset`; beyond full scale they clip. Returns the octets. */
export function encodeL16(pcm: Float32Array, samples: number, bytes: Uint8Array, offset: number): number {
  for (let i = 0; i < samples; i++) {
    const linear = Math.max(-32_768, Math.min(32_767, Math.round(pcm[i]! * 32_768)));
    bytes[offset + 2 * i] = linear >> 8;
    bytes[offset + 2 * i + 1] = linear;
  }
  return 2 * samples;
}
