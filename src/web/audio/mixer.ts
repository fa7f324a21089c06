/**
 * The operator's own mix: every party's stream through its gain and place to one of two buses.
 *
 *   remote track → MediaStreamAudioSourceNode → gain (volume, mute) → stereo panner ─┬▶ bus of the selected groups
 *                                                                                    └▶ bus of the others
 *
 * @NOTE Chromium lets a remote WebRTC track flow into Web Audio only while a media element plays the same stream; the
 * element is muted and makes no sound.
 */
import type { LegSettings } from './leg-settings.ts';
import { gainOf } from './leg-settings.ts';
import { type Levels, levelGain } from './levels.ts';
import { Outputs } from './outputs.ts';

/** Time constant of a change of volume or place: no click, yet at once to the ear. */
const glideS = 0.01;

interface Chain {
  readonly element: HTMLAudioElement;
  readonly source: MediaStreamAudioSourceNode;
  readonly gain: GainNode;
  readonly panner: StereoPannerNode;
  readonly toSelected: GainNode;
  readonly toUnselected: GainNode;
}

export class Mixer {
  readonly context = new AudioContext({ latencyHint: 'interactive' });
  readonly outputs: Outputs;
  readonly #chains = new Map<string, Chain>();

  constructor(onOutputs: () => void) {
    this.outputs = new Outputs(this.context, onOutputs);
  }

  /** Whether the browser lets us be heard. It may ask for a gesture of the user first. */
  get audible(): boolean {
    return this.context.state === 'running';
  }

  /** Harmless when it runs already; without a gesture the browser may leave it suspended. */
  resume(): void {
    if (this.context.state === 'suspended') void this.context.resume();
  }

  /** `id` is the stream's (consumer's) own: while a new stream of a party takes over, both may stand. */
  add(id: string, track: MediaStreamTrack, settings: LegSettings, selected: boolean): void {
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
    const toSelected = new GainNode(this.context, { gain: selected ? 1 : 0 });
    const toUnselected = new GainNode(this.context, { gain: selected ? 0 : 1 });
    source.connect(gain).connect(panner);
    panner.connect(toSelected).connect(this.outputs.node('selected'));
    panner.connect(toUnselected).connect(this.outputs.node('unselected'));
    this.#chains.set(id, { element, source, gain, panner, toSelected, toUnselected });
  }

  /** Moves a stream from one bus to the other without a click. */
  select(id: string, selected: boolean): void {
    const chain = this.#chains.get(id);
    if (chain === undefined) return;
    const nowS = this.context.currentTime;
    chain.toSelected.gain.setTargetAtTime(selected ? 1 : 0, nowS, glideS);
    chain.toUnselected.gain.setTargetAtTime(selected ? 0 : 1, nowS, glideS);
  }

  /** `silent`: nothing is heard of the groups that are not selected. */
  setLevels(levels: Levels, silent: boolean): void {
    const nowS = this.context.currentTime;
    this.outputs.node('selected').gain.setTargetAtTime(levelGain(levels.selected), nowS, glideS);
    const others = silent ? 0 : levelGain(levels.unselected);
    this.outputs.node('unselected').gain.setTargetAtTime(others, nowS, glideS);
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
    chain.toSelected.disconnect();
    chain.toUnselected.disconnect();
    chain.element.srcObject = null;
  }
}
