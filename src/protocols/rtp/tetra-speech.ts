/**
 * Native TETRA speech in RTP, as far as it takes to recognise it: there is no codec for it here (docs/codecs.md).
 *
 *   | I 1 | F 1 | CTRL 5 | C 1 | FRAME_NR 5 | R 3 | 137 speech bits | 7 spare, 0 |    20 octets for 30 ms, in a row
 *
 * Standard: draft-ietf-payload-tetra-03 §4 (expired).
 */

const blockBytes = 20;
/** Frames 1–18 of a multiframe; 0 when unknown. */
const frameNumberMax = 18;

/** Blocks of speech in a payload; 0 when it cannot be native TETRA speech. */
export function countTetraBlocks(bytes: Uint8Array, offset: number, length: number): number {
  if (length === 0 || length % blockBytes !== 0 || offset + length > bytes.length) return 0;
  for (let at = offset; at < offset + length; at += blockBytes) {
    const frameNumber = bytes[at + 1]! >> 3;
    const relevance = bytes[at + 1]! & 0x07;
    const spare = bytes[at + blockBytes - 1]! & 0x7f;
    if (frameNumber > frameNumberMax || spare !== 0 || (relevance > 0 && relevance < 4)) return 0;
  }
  return length / blockBytes;
}
