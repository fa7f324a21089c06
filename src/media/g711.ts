/**
 * G.711 A-law and µ-law by table, bit exact with ITU-T G.711 as its reference software (G.191) computes it.
 *
 * Linear samples are floats of full scale ±1.0 (= ±32768 of 16-bit). Encoding rounds to 16 bits, then follows the
 * reference's decision values, which need the upper 14 bits only: hence tables of 2^14.
 */
export type G711Codec = 'PCMA' | 'PCMU';

const inputSteps = 1 << 14;
const lastStep = inputSteps - 1;

/** Decodes `length` octets from `offset` into `pcm`; returns the samples written, never more than `pcm` holds. */
export function decodeG711(
  codec: G711Codec,
  bytes: Uint8Array,
  offset: number,
  length: number,
  pcm: Float32Array,
): number {
  const table = codec === 'PCMA' ? alawExpansion : mulawExpansion;
  const samples = Math.min(length, pcm.length, bytes.length - offset);
  for (let i = 0; i < samples; i++) pcm[i] = table[bytes[offset + i]!]!;
  return Math.max(0, samples);
}

/** Encodes the first `samples` samples into `bytes` from `offset`; beyond full scale they clip. Returns the octets. */
export function encodeG711(
  codec: G711Codec,
  pcm: Float32Array,
  samples: number,
  bytes: Uint8Array,
  offset: number,
): number {
  const table = codec === 'PCMA' ? alawCompression : mulawCompression;
  for (let i = 0; i < samples; i++) {
    // Rounded to 16 bits, then the two lower ones dropped: floor((32768 x + 0.5) / 4), shifted to begin at 0.
    const step = (pcm[i]! * 8192 + 8192.125) | 0;
    bytes[offset + i] = table[step < 0 ? 0 : Math.min(step, lastStep)]!;
  }
  return samples;
}

/** Octet that decodes to (nearly) nothing: A-law has no zero, its smallest value is ±8 of 32768. */
export function g711Silence(codec: G711Codec): number {
  return codec === 'PCMA' ? 0xd5 : 0xff;
}

function expandAlaw(octet: number): number {
  const code = octet ^ 0x55;
  const exponent = (code >> 4) & 0x07;
  const mantissa = code & 0x0f;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return (code & 0x80) !== 0 ? magnitude : -magnitude;
}

function expandMulaw(octet: number): number {
  const code = ~octet & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + 0x84) << ((code >> 4) & 0x07)) - 0x84;
  return (code & 0x80) !== 0 ? -magnitude : magnitude;
}

/** `linear` is 16-bit; negative values are taken in one's complement, as in G.191 `alaw_compress`. */
function compressAlaw(linear: number): number {
  let magnitude = (linear < 0 ? ~linear : linear) >> 4;
  if (magnitude > 15) {
    let exponent = 1;
    while (magnitude > 31) {
      magnitude >>= 1;
      exponent += 1;
    }
    magnitude = magnitude - 16 + (exponent << 4);
  }
  return (linear >= 0 ? magnitude | 0x80 : magnitude) ^ 0x55;
}

/** As in G.191 `ulaw_compress`: bias 33 on 14 bits. */
function compressMulaw(linear: number): number {
  const magnitude = Math.min(0x1fff, ((linear < 0 ? ~linear : linear) >> 2) + 33);
  let segment = 0;
  for (let i = magnitude >> 6; i !== 0; i >>= 1) segment += 1;
  const code = ((7 - segment) << 4) | (0x0f - ((magnitude >> (segment + 1)) & 0x0f));
  return linear >= 0 ? code | 0x80 : code;
}

const alawExpansion = Float32Array.from({ length: 256 }, (_, octet) => expandAlaw(octet) / 32768);
const mulawExpansion = Float32Array.from({ length: 256 }, (_, octet) => expandMulaw(octet) / 32768);
const alawCompression = Uint8Array.from({ length: inputSteps }, (_, step) => compressAlaw((step - 8192) * 4));
const mulawCompression = Uint8Array.from({ length: inputSteps }, (_, step) => compressMulaw((step - 8192) * 4));
