/**
 * The sign that speech was cut: two notes, the second an octave lower, behind the last that was heard of it. Speech is cut
 * when its end is not its talker's: pre-empted, revoked, its leg or console lost, its source silent. A talker whose leg is
 * heard of no more may have let go of his key or been cut off; which of the two shows when the leg proves dead (`UnsaidEnds`).
 *
 *   talker    ▂▅▃▆▄│cut
 *   others    ▂▅▃▆▄│▔▁│▃▅ the next talker, behind the tone: kept and caught up as for a slow network, nothing lost
 *             ▂▅▃▆▄│▃▅▂▆  in distress: at once, the tone softer under his first words
 *
 * Pure; the group that owns it says when. How it came about: docs/adr/0041-tone-of-cut-speech.md.
 */
import { createFrame, frameMs, frameRateHz, frameSamples, type PcmFrame } from '../media/frame.ts';
import { Tone } from '../media/tone.ts';
import type { LegId, OverEnd } from './terms.ts';

/** As long as this the next talker's first word waits at most. */
export const cutToneMs = 160;
/** Beside speech, which is levelled to −20 dBov. */
const besideDbov = -23;
/** Under the words of somebody in distress, who does not wait for it. */
const underDbov = -29;
const noteHz = [1040, 520] as const;
const fadeSamples = (5 * frameRateHz) / 1000;
/** A far end that has died of silence is noticed within so long (bridges/sip/liveness.ts: 4 s). */
const doubtMs = 5000;

/** 20 ms each. */
export const cutTone: readonly PcmFrame[] = makeTone(besideDbov);
export const cutToneUnder: readonly PcmFrame[] = makeTone(underDbov);

/** Whether an over that ended so had more to say. What was ours and came back did not. */
export function isCut(end: OverEnd): boolean {
  return end !== 'released' && end !== 'loop';
}

/** Overs whose end nobody said: the packets of their leg stopped. One a leg, the last. */
export class UnsaidEnds {
  readonly #ends = new Map<LegId, { readonly over: number; readonly atMs: number }>();

  add(leg: LegId, over: number, nowMs: number): void {
    this.#ends.set(leg, { over, atMs: nowMs });
  }

  /** The far end of a leg lives: it had ended its over. */
  clear(leg: LegId): void {
    if (this.#ends.size > 0) this.#ends.delete(leg);
  }

  /** The far end of a leg is dead: the over that was cut off, if the one before was. */
  takeCut(leg: LegId, nowMs: number): number | undefined {
    const end = this.#ends.get(leg);
    this.#ends.delete(leg);
    return end !== undefined && nowMs - end.atMs <= doubtMs ? end.over : undefined;
  }
}

function makeTone(levelDbov: number): readonly PcmFrame[] {
  const noteSamples = ((cutToneMs / noteHz.length) * frameRateHz) / 1000;
  const samples = new Float32Array(noteSamples * noteHz.length);
  for (const [index, hz] of noteHz.entries()) {
    const note = samples.subarray(index * noteSamples, (index + 1) * noteSamples);
    new Tone(hz, levelDbov, frameRateHz).fill(note);
    for (let i = 0; i < fadeSamples; i++) {
      note[i]! *= i / fadeSamples;
      note[noteSamples - 1 - i]! *= i / fadeSamples;
    }
  }
  return Array.from({ length: cutToneMs / frameMs }, (_, index) => {
    const frame = createFrame();
    frame.set(samples.subarray(index * frameSamples, (index + 1) * frameSamples));
    return frame;
  });
}
