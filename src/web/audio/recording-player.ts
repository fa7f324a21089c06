/**
 * Plays a recording that is here whole: faster or slower at its own pitch, from any place, with or without its pauses, on
 * the bus of replays. The live mix, its gains and the microphone are not touched.
 *
 *   Ogg Opus ─▶ media element (speed, place) ─▶ gain ─▶ bus of replays
 *           ╰─▶ decoded once: shape, where somebody speaks
 */

import type { ReplaySink } from './replay-player.ts';
import { peaksOf } from './replay-sound.ts';
import { afterPause, type SpeechPart, speechParts } from './speech-parts.ts';

export interface RecordingShape {
  readonly peaks: readonly number[];
  readonly durationMs: number;
}

interface Loaded {
  readonly element: HTMLAudioElement;
  readonly url: string;
  readonly fade: GainNode;
  readonly parts: readonly SpeechPart[];
  readonly shape: RecordingShape;
}

const rateHz = 16_000;
/** Bars of the picture. */
const peaksCount = 240;
/** A little fainter than live voice in the middle at its usual volume, which so stays in front. */
const gain = 0.5;
/** Between two looks whether this is a pause. */
const lookEveryMs = 40;

export class RecordingPlayer {
  readonly #sink: () => ReplaySink;
  readonly #onChange: (isPlaying: boolean) => void;
  #loaded: Loaded | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #speed = 1;
  #skipsPauses = false;

  /** `onChange`: it plays, or does no longer. */
  constructor(sink: () => ReplaySink, onChange: (isPlaying: boolean) => void) {
    this.#sink = sink;
    this.#onChange = onChange;
  }

  /** In place of what was there; rejects for what is no sound. */
  async load(file: Uint8Array): Promise<RecordingShape> {
    this.unload();
    const context = new OfflineAudioContext({ length: 1, sampleRate: rateHz });
    const samples = (await context.decodeAudioData(file.slice().buffer)).getChannelData(0);
    this.unload(); // another may have come meanwhile
    const shape = { peaks: peaksOf(samples, peaksCount), durationMs: (1000 * samples.length) / rateHz };
    const url = URL.createObjectURL(new Blob([file.slice()], { type: 'audio/ogg' }));
    const element = new Audio(url);
    element.preservesPitch = true;
    element.playbackRate = this.#speed;
    const { context: live, output } = this.#sink();
    const fade = new GainNode(live, { gain });
    live.createMediaElementSource(element).connect(fade).connect(output);
    for (const event of ['play', 'pause', 'ended']) element.addEventListener(event, () => this.#follow());
    this.#loaded = { element, url, fade, parts: speechParts(samples, rateHz), shape };
    return shape;
  }

  /** From its beginning where it has been heard to its end. Rejects where the browser does not let it sound. */
  async play(): Promise<void> {
    await this.#loaded?.element.play();
  }

  pause(): void {
    this.#loaded?.element.pause();
  }

  seek(ms: number): void {
    if (this.#loaded === undefined) return;
    const { element, shape } = this.#loaded;
    element.currentTime = Math.min(Math.max(0, ms), shape.durationMs) / 1000;
  }

  setSpeed(speed: number): void {
    this.#speed = speed;
    if (this.#loaded !== undefined) this.#loaded.element.playbackRate = speed;
  }

  setSkipping(skips: boolean): void {
    this.#skipsPauses = skips;
  }

  get positionMs(): number {
    return 1000 * (this.#loaded?.element.currentTime ?? 0);
  }

  unload(): void {
    const loaded = this.#loaded;
    if (loaded === undefined) return;
    this.#loaded = undefined;
    loaded.element.pause();
    loaded.fade.disconnect();
    loaded.element.removeAttribute('src');
    URL.revokeObjectURL(loaded.url);
    this.#follow();
  }

  #follow(): void {
    const isPlaying = this.#loaded !== undefined && !this.#loaded.element.paused && !this.#loaded.element.ended;
    clearInterval(this.#timer);
    if (isPlaying) this.#timer = setInterval(() => this.#skip(), lookEveryMs);
    this.#onChange(isPlaying);
  }

  #skip(): void {
    if (!this.#skipsPauses || this.#loaded === undefined) return;
    const next = afterPause(this.#loaded.parts, this.positionMs);
    if (next !== undefined) this.seek(next);
  }
}
