/**
 * The operator's microphone: one open track, its level, the list to pick from. Opened when the page starts and kept
 * open, since opening takes hundreds of milliseconds that would cost the first words; what is sent of it is decided by
 * audio/rtc-session.ts.
 */
import { levelDbfs, meterFloorDbfs } from './level.ts';

export type MicrophoneState = 'asking' | 'live' | 'refused' | 'missing' | 'lost';
export interface MicrophoneView {
  readonly state: MicrophoneState;
  readonly deviceId: string;
  readonly devices: readonly { readonly id: string; readonly label: string }[];
}

const rememberedKey = 'escaut.microphone';

export class Microphone {
  readonly #context: AudioContext;
  readonly #onChange: () => void;
  #view: MicrophoneView = { state: 'asking', deviceId: '', devices: [] };
  #stream: MediaStream | undefined;
  #meter: { readonly source: MediaStreamAudioSourceNode; readonly analyser: AnalyserNode } | undefined;
  readonly #samples = new Float32Array(1024);
  /** Only the newest of several overlapping openings counts. */
  #opening = 0;

  constructor(context: AudioContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  get view(): MicrophoneView {
    return this.#view;
  }

  /** The live track, or undefined. */
  get track(): MediaStreamTrack | undefined {
    return this.#view.state === 'live' ? this.#stream?.getAudioTracks()[0] : undefined;
  }

  start(): void {
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    if (devices === undefined) {
      this.#show({ state: 'missing' }); // not a secure context
      return;
    }
    devices.addEventListener('devicechange', () => {
      void this.#list();
      if (this.#view.state === 'lost' || this.#view.state === 'missing') void this.open(remembered());
    });
    void this.open(remembered());
  }

  /** Opens a device, or any when it is not there; the one before is closed only when the other one stands. */
  async open(deviceId: string): Promise<void> {
    const opening = ++this.#opening;
    const result = await ask(deviceId);
    if (opening !== this.#opening) return stop(result.stream);
    if (result.stream === undefined) return this.#show({ state: result.fault });
    stop(this.#stream);
    this.#stream = result.stream;
    const track = result.stream.getAudioTracks()[0];
    track?.addEventListener('ended', () => this.#onEnded(result.stream));
    this.#measure(result.stream);
    this.#show({ state: 'live', deviceId: track?.getSettings().deviceId ?? deviceId });
    await this.#list();
  }

  /** The operator's choice, remembered. */
  pick(deviceId: string): void {
    localStorage.setItem(rememberedKey, deviceId);
    void this.open(deviceId);
  }

  /** Level at this moment, dBFS. */
  level(): number {
    if (this.#meter === undefined || this.#view.state !== 'live') return meterFloorDbfs;
    this.#meter.analyser.getFloatTimeDomainData(this.#samples);
    return levelDbfs(this.#samples);
  }

  #onEnded(stream: MediaStream | undefined): void {
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#show({ state: 'lost' });
  }

  #measure(stream: MediaStream): void {
    this.#meter?.source.disconnect();
    const source = new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream });
    const analyser = new AnalyserNode(this.#context, { fftSize: this.#samples.length });
    source.connect(analyser);
    this.#meter = { source, analyser };
  }

  async #list(): Promise<void> {
    const all = await navigator.mediaDevices.enumerateDevices();
    const devices = all
      .filter((device) => device.kind === 'audioinput' && device.deviceId !== '')
      .map((device) => ({ id: device.deviceId, label: device.label }));
    this.#show({ devices });
  }

  #show(change: Partial<MicrophoneView>): void {
    this.#view = { ...this.#view, ...change };
    this.#onChange();
  }
}

function remembered(): string {
  return localStorage.getItem(rememberedKey) ?? '';
}

type Asked =
  | { readonly stream: MediaStream; readonly fault?: never }
  | { readonly stream?: never; readonly fault: 'refused' | 'missing' };

async function ask(deviceId: string): Promise<Asked> {
  const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  if (deviceId !== '') audio.deviceId = { ideal: deviceId };
  try {
    return { stream: await navigator.mediaDevices.getUserMedia({ audio }) };
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    return { fault: name === 'NotAllowedError' || name === 'SecurityError' ? 'refused' : 'missing' };
  }
}

function stop(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
