/**
 * The operator's own mix: every party's stream through its gain and place to the loudspeakers.
 *
 *   remote track → MediaStreamAudioSourceNode → gain (volume, mute) → stereo panner → destination
 *
 * @NOTE Chromium lets a remote WebRTC track flow into Web Audio only while a media element plays the same stream; the
 * element is muted and makes no sound.
 */
import type { LegSettings } from './leg-settings.ts';
import { gainOf } from './leg-settings.ts';

/** Time constant of a change of volume or place: no click, yet at once to the ear. */
const glideS = 0.01;

interface Chain {
  readonly element: HTMLAudioElement;
  readonly source: MediaStreamAudioSourceNode;
  readonly gain: GainNode;
  readonly panner: StereoPannerNode;
}

export class Mixer {
  readonly context = new AudioContext({ latencyHint: 'interactive' });
  readonly #chains = new Map<string, Chain>();

  /** Whether the browser lets us be heard. It may ask for a gesture of the user first. */
  get audible(): boolean {
    return this.context.state === 'running';
  }

  /** Harmless when it runs already; without a gesture the browser may leave it suspended. */
  resume(): void {
    if (this.context.state === 'suspended') void this.context.resume();
  }

  /** `id` is the stream's (consumer's) own: while a new stream of a party takes over, both may stand. */
  add(id: string, track: MediaStreamTrack, settings: LegSettings): void {
    this.remove(id);
    const stream = new MediaStream([track]);
    const element = new Audio();
    element.muted = true;
    element.srcObject = stream;
    element.play().catch((error: unknown) => console.warn('a remote stream does not play', error));
    const source = new MediaStreamAudioSourceNode(this.context, { mediaStream: stream });
    // Opus arrives as two equal channels; a panner would add them up at the side, so one is made of them first.
    const gain = new GainNode(this.context, { gain: gainOf(settings), channelCount: 1, channelCountMode: 'explicit' });
    const panner = new StereoPannerNode(this.context, { pan: settings.place });
    source.connect(gain).connect(panner).connect(this.context.destination);
    this.#chains.set(id, { element, source, gain, panner });
  }

  set(id: string, settings: LegSettings): void {
    const chain = this.#chains.get(id);
    if (chain === undefined) return;
    chain.gain.gain.setTargetAtTime(gainOf(settings), this.context.currentTime, glideS);
    chain.panner.pan.setTargetAtTime(settings.place, this.context.currentTime, glideS);
  }

  remove(id: string): void {
    const chain = this.#chains.get(id);
    if (chain === undefined) return;
    this.#chains.delete(id);
    chain.source.disconnect();
    chain.gain.disconnect();
    chain.panner.disconnect();
    chain.element.srcObject = null;
  }
}
