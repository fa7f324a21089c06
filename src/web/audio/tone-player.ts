/** Plays the console's tones by oscillators, beside the voice and never through its gains. */
import type { Tone } from '../ptt/ptt-machine.ts';
import { toneLevelDbfs, tones } from './tones.ts';

/** A tone that starts or stops at once clicks. */
const rampS = 0.006;

/** `softerDb`: below its usual level. */
export function playTone(context: AudioContext, tone: Tone, output: AudioNode, softerDb: number): void {
  if (context.state !== 'running') return;
  for (const note of tones[tone]) {
    const peak = 10 ** ((toneLevelDbfs - (note.softerDb ?? 0) - softerDb) / 20);
    const startS = context.currentTime + note.startMs / 1000;
    const endS = startS + note.durationMs / 1000;
    const oscillator = new OscillatorNode(context, { frequency: note.frequencyHz });
    const envelope = new GainNode(context, { gain: 0 });
    envelope.gain.setValueAtTime(0, startS);
    envelope.gain.linearRampToValueAtTime(peak, startS + rampS);
    envelope.gain.setValueAtTime(peak, endS - rampS);
    envelope.gain.linearRampToValueAtTime(0, endS);
    oscillator.connect(envelope).connect(output);
    oscillator.addEventListener('ended', () => envelope.disconnect(), { once: true });
    oscillator.start(startS);
    oscillator.stop(endS);
  }
}
