/**
 * The console's tones: short, each with a shape of its own in pitch and rhythm, so that they are told apart without
 * looking, and quiet beside speech. Data only; played by audio/tone-player.ts.
 *
 *   permit   ▁▔   may talk          denied  ▁ ▁  low, twice       queued  ▔ ▔  middle, twice
 *   warning  ▔▔▔  20 s are over      revoked ▔▁▁  falling          lost    ▔▁▔▁ alternating: link or microphone gone
 *   cut      ▔▁  an octave down at once: what was heard was cut; the same two notes as on the radios
 *   partly   ▁▔▁  permit, and a low note: some of several groups hear
 *   urgent   ▔▁▔ soft: a field unit wants to speak while the operator talks
 *   hit      ▁▁▔  twice low, then high: a camera has read a plate that is sought
 *   emergency ▁▔▁▔▁▔  rising, three times: somebody calls in distress; then ▁▔ every 2 s until somebody answers
 *   ring     ▔▁▔▁▔▁ warbling: somebody calls by intercom      ringback ▁▁ long and soft: it rings there
 *   hungUp   ▔▁  soft: the other side has hung up
 */
import type { Tone } from '../ptt/ptt-machine.ts';

export interface Note {
  readonly frequencyHz: number;
  readonly startMs: number;
  readonly durationMs: number;
  /** Below {@link toneLevelDbfs}. */
  readonly softerDb?: number;
}

/** Peak level of every tone, dBFS. Speech of the legs is levelled to −20 dBov with peaks some 12 dB above. */
export const toneLevelDbfs = -20;

/** How long a tone lasts, ms. */
export function toneMs(tone: Tone): number {
  return Math.max(...tones[tone].map(({ startMs, durationMs }) => startMs + durationMs));
}

export const tones: Readonly<Record<Tone, readonly Note[]>> = {
  permit: [
    { frequencyHz: 880, startMs: 0, durationMs: 55 },
    { frequencyHz: 1320, startMs: 60, durationMs: 75 },
  ],
  partly: [
    { frequencyHz: 880, startMs: 0, durationMs: 55 },
    { frequencyHz: 1320, startMs: 60, durationMs: 75 },
    { frequencyHz: 294, startMs: 180, durationMs: 150 },
  ],
  denied: [
    { frequencyHz: 294, startMs: 0, durationMs: 130 },
    { frequencyHz: 294, startMs: 190, durationMs: 210 },
  ],
  queued: [
    { frequencyHz: 587, startMs: 0, durationMs: 70 },
    { frequencyHz: 587, startMs: 150, durationMs: 70 },
  ],
  warning: [
    { frequencyHz: 1568, startMs: 0, durationMs: 45 },
    { frequencyHz: 1568, startMs: 110, durationMs: 45 },
    { frequencyHz: 1568, startMs: 220, durationMs: 45 },
  ],
  revoked: [
    { frequencyHz: 784, startMs: 0, durationMs: 90 },
    { frequencyHz: 523, startMs: 100, durationMs: 90 },
    { frequencyHz: 349, startMs: 200, durationMs: 220 },
  ],
  cut: [
    { frequencyHz: 1040, startMs: 0, durationMs: 80 },
    { frequencyHz: 520, startMs: 80, durationMs: 80 },
  ],
  lost: [
    { frequencyHz: 494, startMs: 0, durationMs: 110 },
    { frequencyHz: 370, startMs: 130, durationMs: 110 },
    { frequencyHz: 494, startMs: 260, durationMs: 110 },
    { frequencyHz: 370, startMs: 390, durationMs: 160 },
  ],
  urgent: [
    { frequencyHz: 1047, startMs: 0, durationMs: 90, softerDb: 10 },
    { frequencyHz: 784, startMs: 110, durationMs: 90, softerDb: 10 },
    { frequencyHz: 1047, startMs: 220, durationMs: 120, softerDb: 10 },
  ],
  hit: [
    { frequencyHz: 660, startMs: 0, durationMs: 90 },
    { frequencyHz: 660, startMs: 120, durationMs: 90 },
    { frequencyHz: 990, startMs: 240, durationMs: 160 },
  ],
  ring: [0, 130, 260].flatMap((startMs) => [
    { frequencyHz: 950, startMs, durationMs: 60 },
    { frequencyHz: 760, startMs: startMs + 65, durationMs: 60 },
  ]),
  ringback: [{ frequencyHz: 425, startMs: 0, durationMs: 800, softerDb: 10 }],
  hungUp: [
    { frequencyHz: 587, startMs: 0, durationMs: 90, softerDb: 6 },
    { frequencyHz: 440, startMs: 110, durationMs: 140, softerDb: 6 },
  ],
  emergency: [0, 320, 640].flatMap((startMs) => [
    { frequencyHz: 740, startMs, durationMs: 130 },
    { frequencyHz: 1175, startMs: startMs + 140, durationMs: 150 },
  ]),
  emergencyAgain: [
    { frequencyHz: 740, startMs: 0, durationMs: 130 },
    { frequencyHz: 1175, startMs: 140, durationMs: 150 },
  ],
};
