/** Reads the demonstration's speech: WAV files of one channel of A-law at 8 kHz (RIFF, format tag 6). */

export type WavReading =
  | { readonly ok: true; readonly alaw: Uint8Array }
  | { readonly ok: false; readonly malformed: 'not-riff' | 'not-alaw-8k-mono' | 'truncated' };

/** Total: any bytes give either the samples (a view, not a copy) or what is wrong. */
export function readAlawWav(bytes: Uint8Array): WavReading {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') return { ok: false, malformed: 'not-riff' };
  let known = false;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length;
    if (end > bytes.length) return { ok: false, malformed: 'truncated' };
    if (tag(at) === 'fmt ') {
      if (length < 16) return { ok: false, malformed: 'truncated' };
      const alaw = view.getUint16(at + 8, true) === 6 && view.getUint16(at + 22, true) === 8;
      if (!alaw || view.getUint16(at + 10, true) !== 1 || view.getUint32(at + 12, true) !== 8000) {
        return { ok: false, malformed: 'not-alaw-8k-mono' };
      }
      known = true;
    }
    if (tag(at) === 'data') {
      if (!known) return { ok: false, malformed: 'not-alaw-8k-mono' };
      return { ok: true, alaw: bytes.subarray(at + 8, end) };
    }
    at = end + (length % 2);
  }
  return { ok: false, malformed: 'truncated' };
}
