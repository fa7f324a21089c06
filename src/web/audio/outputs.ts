/**
 * The console's outputs: one bus for each purpose, each to a device of its own.
 *
 *   bus of `selected` ──▶ context.destination, whose device is that of `selected`: the shortest way for the main voice
 *   another bus       ──▶ the same, when its device is the same; else MediaStream ──▶ <audio> with its device
 *
 * A device that disappears is replaced by the system's own within the event that tells it, and used again when it is back.
 */
import type { OutputChoices, OutputDevice, OutputStock, Purpose } from './output-choice.ts';
import { missingOutputs, purposes, readOutputs, sinksOf, writeOutputs } from './output-choice.ts';

export interface OutputsView {
  readonly choices: OutputChoices;
  /** What there is to choose from, beside the system's own. */
  readonly devices: readonly OutputDevice[];
  /** Purposes that play by the system's own since their device is missing. */
  readonly missing: readonly Purpose[];
  /** False where the browser cannot choose. */
  readonly canChoose: boolean;
}

interface Bus {
  readonly entry: GainNode;
  /** Where it goes; undefined: to the context's own destination. */
  element: HTMLAudioElement | undefined;
  sink: string;
}

type SinkContext = AudioContext & { setSinkId?(id: string): Promise<void> };

const storageKey = 'escaut.outputs';

export class Outputs {
  readonly #context: SinkContext;
  readonly #onChange: () => void;
  readonly #buses: Readonly<Record<Purpose, Bus>>;
  #choices = readOutputs(localStorage.getItem(storageKey));
  #devices: readonly OutputDevice[] = [];
  /** Devices that the browser would not play by, until the list of devices changes. */
  readonly #refused = new Set<string>();
  #contextSink = '';
  #work: Promise<void> = Promise.resolve();

  constructor(context: AudioContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
    const bus = (): Bus => {
      const entry = new GainNode(context);
      entry.connect(context.destination);
      return { entry, element: undefined, sink: '' };
    };
    this.#buses = { selected: bus(), unselected: bus(), replay: bus(), alarms: bus() };
  }

  get view(): OutputsView {
    return {
      choices: this.#choices,
      devices: this.#devices,
      missing: missingOutputs(this.#choices, this.#stock()),
      canChoose: this.#context.setSinkId !== undefined,
    };
  }

  /** Where whatever is played for that purpose goes in. */
  node(purpose: Purpose): GainNode {
    return this.#buses[purpose].entry;
  }

  start(): void {
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    devices?.addEventListener('devicechange', () => {
      this.#refused.clear();
      void this.refresh();
    });
    void this.refresh();
  }

  /** Asks again what there is: names and ids are told only once the microphone is allowed. */
  async refresh(): Promise<void> {
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    const all = (await devices?.enumerateDevices()) ?? [];
    this.#devices = all
      .filter(({ kind, deviceId }) => kind === 'audiooutput' && deviceId !== '' && deviceId !== 'default')
      .map(({ deviceId: id, label }) => ({ id, label }));
    this.#apply();
  }

  /** In a gesture of the user: what the browser would not play before, it plays now. */
  unlock(): void {
    for (const { element } of Object.values(this.#buses)) if (element?.paused) play(element);
  }

  choose(purpose: Purpose, device: OutputDevice): void {
    this.#choices = { ...this.#choices, [purpose]: device };
    localStorage.setItem(storageKey, writeOutputs(this.#choices));
    this.#refused.delete(device.id);
    this.#apply();
  }

  #stock(): OutputStock {
    return { devices: this.#devices, refused: this.#refused };
  }

  /** One change at a time; what is newest counts. */
  #apply(): void {
    this.#onChange();
    this.#work = this.#work.then(() => this.#route());
  }

  async #route(): Promise<void> {
    if (this.#context.setSinkId === undefined) return;
    const sinks = sinksOf(this.#choices, this.#stock());
    if (sinks.selected !== this.#contextSink) {
      const moved = await this.#move(sinks.selected, () => this.#context.setSinkId?.(sinks.selected));
      if (!moved) return;
      this.#contextSink = sinks.selected;
    }
    for (const purpose of purposes) await this.#routeBus(this.#buses[purpose], sinks[purpose]);
  }

  async #routeBus(bus: Bus, sink: string): Promise<void> {
    const direct = sink === this.#contextSink;
    if (direct ? bus.element === undefined : bus.element !== undefined && bus.sink === sink) return;
    let element: HTMLAudioElement | undefined;
    let way: AudioNode = this.#context.destination;
    if (!direct) {
      const stream = new MediaStreamAudioDestinationNode(this.#context);
      element = new Audio();
      element.srcObject = stream.stream;
      const opened = element;
      if (!(await this.#move(sink, () => opened.setSinkId(sink)))) return;
      way = stream;
    }
    bus.entry.disconnect();
    bus.entry.connect(way);
    if (bus.element !== undefined) bus.element.srcObject = null;
    bus.element = element;
    bus.sink = sink;
    if (element !== undefined) play(element);
  }

  /** False when the browser will not: then the system's own is taken in the next turn, and the page says so. */
  async #move(sink: string, how: () => Promise<void> | undefined): Promise<boolean> {
    try {
      await how();
      return true;
    } catch (error) {
      console.warn('an output is not used', error);
      if (sink !== '' && !this.#refused.has(sink)) {
        this.#refused.add(sink);
        this.#apply();
      }
      return false;
    }
  }
}

/** Before the first gesture the browser may refuse; `unlock` asks again. */
function play(element: HTMLAudioElement): void {
  element.play().catch((error: unknown) => console.warn('an output does not play yet', error));
}
