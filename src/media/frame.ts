/**
 * The voice plane's frame: 20 ms of 16 kHz mono, 32-bit floats, full scale ±1.0 (docs/adr/0006-voice-frame-format.md).
 * Values beyond ±1.0 are legal between stations; the limiter ends that before any encoder.
 */
export type PcmFrame = Float32Array;

export const frameRateHz = 16_000;
export const frameMs = 20;
/** Samples of one frame. */
export const frameSamples = (frameRateHz * frameMs) / 1000;

/** A frame of silence, owned by the caller. */
export function createFrame(): PcmFrame {
  return new Float32Array(frameSamples);
}
