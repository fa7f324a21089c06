/**
 * Plays what was said before, on a bus of its own: the live mix, its gains and the microphone are not touched.
 *
 *   Ogg Opus → decoded at 16 kHz → (without pauses, faster) → AudioBufferSourceNode → fade → bus of replays
 */
import { faster, peaksOf, withoutSilence } from './replay-sound.ts';

export interface ReplaySink {
  readonly context: AudioContext;
  /** Where replays go in, to be heard by whatever the operator has chosen for them. */
  readonly output: AudioNode;
}

/** Speech, ready to be played. */
export interface ReplaySound {
  readonly samples: Float32Array;
  readonly peaks: readonly number[];
  readonly durationMs: number;
}

const catchUpSpeed = 1.5;
const rateHz = 16_000;
/** Bars of the picture. */
const peaksCount = 120;
/** A little fainter than live voice in the middle at its usual volume, which so stays in front. */
const gain = 0.5;
/** Cut speech clicks. */
const fadeS = 0.01;

/** Rejects for what is no sound. `fast`: without pauses and at 1.5 times the speed. */
export async function decodeReplay(file: Uint8Array, fast: boolean): Promise<ReplaySound> {
  const context = new OfflineAudioContext({ length: 1, sampleRate: rateHz });
  const decoded = (await context.decodeAudioData(file.slice().buffer)).getChannelData(0);
  const samples = fast ? faster(withoutSilence(decoded, rateHz), rateHz, catchUpSpeed) : decoded;
  return { samples, peaks: peaksOf(samples, peaksCount), durationMs: (1000 * samples.length) / rateHz };
}

export class ReplayPlayer {
  readonly #sink: () => ReplaySink;
  #playing: { readonly source: AudioBufferSourceNode; readonly fade: GainNode } | undefined;

  constructor(sink: () => ReplaySink) {
    this.#sink = sink;
  }

  /** Plays at once, in place of what plays; `ended` when it has been heard to its end. */
  play({ samples }: ReplaySound, ended: () => void): void {
    this.stop();
    const { context, output } = this.#sink();
    const buffer = new AudioBuffer({ length: Math.max(1, samples.length), sampleRate: rateHz });
    buffer.getChannelData(0).set(samples);
    const source = new AudioBufferSourceNode(context, { buffer });
    const fade = new GainNode(context, { gain });
    source.connect(fade).connect(output);
    const playing = { source, fade };
    source.addEventListener('ended', () => {
      fade.disconnect();
      if (this.#playing !== playing) return;
      this.#playing = undefined;
      ended();
    });
    this.#playing = playing;
    source.start();
  }

  /** Silent within 10 ms. */
  stop(): void {
    const playing = this.#playing;
    if (playing === undefined) return;
    this.#playing = undefined;
    const { currentTime } = playing.fade.context;
    playing.fade.gain.setTargetAtTime(0, currentTime, fadeS / 3);
    playing.source.stop(currentTime + fadeS);
  }
}
