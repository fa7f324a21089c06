/**
 * Pedals and buttons beside the keyboard: one by WebHID, chosen in the browser's own picker, and one by the Gamepad API.
 * Both are remembered in the browser, and used again when they are plugged in again.
 *
 * @NOTE A game controller is only read, not listened to, and a page without the focus reads nothing new of it. WebHID
 * goes on without the focus.
 */
import type { ButtonBits, HidCollection } from '../devices/hid-buttons.ts';
import { buttonBits, isDown } from '../devices/hid-buttons.ts';
import type { SwitchEvent, SwitchState } from '../devices/talk-switch.ts';
import { noSwitch, stepSwitch } from '../devices/talk-switch.ts';

export type SwitchKind = 'hid' | 'gamepad';
export type SwitchesView = Readonly<Record<SwitchKind, SwitchState>> & {
  /** False where the browser has no WebHID. */
  readonly canChooseHid: boolean;
  /** Controllers that are plugged in and have been touched once. */
  readonly gamepads: readonly string[];
};

interface SwitchListener {
  onPress(kind: SwitchKind): void;
  onRelease(kind: SwitchKind): void;
  onLost(): void;
  onChange(): void;
}

/** Of WebHID what is used; the DOM library does not know it yet. */
interface HidDevice extends EventTarget {
  readonly opened: boolean;
  readonly vendorId: number;
  readonly productId: number;
  readonly productName: string;
  readonly collections: readonly HidCollection[];
  open(): Promise<void>;
  close(): Promise<void>;
}
interface Hid extends EventTarget {
  getDevices(): Promise<readonly HidDevice[]>;
  requestDevice(options: { readonly filters: readonly unknown[] }): Promise<readonly HidDevice[]>;
}
interface HidInput extends Event {
  readonly reportId: number;
  readonly data: DataView;
}
/** What is remembered of a device: its ids of USB, and its name to say which one is missing. */
interface Remembered {
  readonly vendorId: number;
  readonly productId: number;
  readonly label: string;
}

const hidKey = 'escaut.pedal';
const gamepadKey = 'escaut.gamepad';
const pollMs = 10;
const labelMax = 100;

export class TalkSwitches {
  readonly #listener: SwitchListener;
  readonly #hid = (navigator as Navigator & { readonly hid?: Hid }).hid;
  readonly #states: Record<SwitchKind, SwitchState> = { hid: noSwitch, gamepad: noSwitch };
  #device: HidDevice | undefined;
  #bits: ButtonBits = new Map();
  #hidWork: Promise<void> = Promise.resolve();
  #poll: ReturnType<typeof setInterval> | undefined;

  constructor(listener: SwitchListener) {
    this.#listener = listener;
  }

  get view(): SwitchesView {
    const gamepads = pads().map(({ id }) => id);
    return { ...this.#states, canChooseHid: this.#hid !== undefined, gamepads };
  }

  start(): void {
    this.#hid?.addEventListener('connect', () => void this.#findHid());
    this.#hid?.addEventListener('disconnect', (event) => {
      const { device } = event as Event & { readonly device: HidDevice };
      if (device === this.#device) this.#loseHid();
    });
    void this.#findHid();
    window.addEventListener('gamepadconnected', () => this.#findGamepad());
    window.addEventListener('gamepaddisconnected', () => this.#findGamepad());
    this.#findGamepad();
  }

  /** In a gesture of the user: lets him choose in the browser's picker. */
  async chooseHid(): Promise<void> {
    const [device] = (await this.#hid?.requestDevice({ filters: [] })) ?? [];
    if (device === undefined) return;
    const { vendorId, productId, productName } = device;
    localStorage.setItem(hidKey, JSON.stringify({ vendorId, productId, label: productName.slice(0, labelMax) }));
    await this.#dropHid();
    await this.#findHid();
  }

  async forgetHid(): Promise<void> {
    localStorage.removeItem(hidKey);
    this.#feed('hid', { name: 'forget' });
    await this.#dropHid();
  }

  /** By the name that the browser gives it; empty: none. */
  chooseGamepad(id: string): void {
    if (id === '') localStorage.removeItem(gamepadKey);
    else localStorage.setItem(gamepadKey, id);
    this.#feed('gamepad', { name: 'forget' });
    this.#findGamepad();
  }

  /** One after the other: a device is not to be opened twice at once. */
  #findHid(): Promise<void> {
    this.#hidWork = this.#hidWork
      .then(() => this.#openHid())
      .catch((error: unknown) => console.warn('pedals cannot be asked for', error));
    return this.#hidWork;
  }

  async #openHid(): Promise<void> {
    const wanted = readRemembered(localStorage.getItem(hidKey));
    if (this.#hid === undefined || wanted === undefined || this.#device !== undefined) return;
    const { label, vendorId, productId } = wanted;
    const devices = await this.#hid.getDevices();
    const device = devices.find((one) => one.vendorId === vendorId && one.productId === productId);
    if (device === undefined) return this.#feed('hid', { name: 'gone', label });
    this.#device = device;
    try {
      if (!device.opened) await device.open();
    } catch (error) {
      console.warn('a pedal does not open', error);
      this.#device = undefined;
      return this.#feed('hid', { name: 'gone', label });
    }
    this.#bits = buttonBits(device.collections);
    device.addEventListener('inputreport', this.#onReport);
    this.#feed('hid', { name: 'found', label, down: false });
  }

  readonly #onReport = (event: Event): void => {
    const { reportId, data } = event as HidInput;
    const down = isDown(this.#bits, reportId, data);
    if (down !== undefined) this.#feed('hid', { name: 'moved', down });
  };

  #loseHid(): void {
    this.#device?.removeEventListener('inputreport', this.#onReport);
    this.#device = undefined;
    const { hid } = this.#states;
    if (hid.name !== 'none') this.#feed('hid', { name: 'gone', label: hid.label });
  }

  async #dropHid(): Promise<void> {
    const device = this.#device;
    this.#device = undefined;
    device?.removeEventListener('inputreport', this.#onReport);
    await device?.close();
  }

  #findGamepad(): void {
    clearInterval(this.#poll);
    const label = localStorage.getItem(gamepadKey) ?? '';
    const pad = pads().find(({ id }) => id === label);
    if (pad !== undefined) {
      const state = this.#states.gamepad;
      if (state.name === 'none' || state.name === 'lost') {
        this.#feed('gamepad', { name: 'found', label, down: isPadDown(pad) });
      }
      this.#poll = setInterval(() => this.#readGamepad(label), pollMs);
    } else if (label !== '') this.#feed('gamepad', { name: 'gone', label });
    this.#listener.onChange();
  }

  #readGamepad(label: string): void {
    const pad = pads().find(({ id }) => id === label);
    if (pad !== undefined) this.#feed('gamepad', { name: 'moved', down: isPadDown(pad) });
  }

  #feed(kind: SwitchKind, event: SwitchEvent): void {
    const before = this.#states[kind];
    const { state, actions } = stepSwitch(before, event);
    this.#states[kind] = state;
    for (const action of actions) {
      if (action === 'press') this.#listener.onPress(kind);
      else if (action === 'release') this.#listener.onRelease(kind);
      else this.#listener.onLost();
    }
    if (state !== before) this.#listener.onChange();
  }
}

function pads(): readonly Gamepad[] {
  return navigator.getGamepads().filter((pad) => pad !== null);
}

function isPadDown({ buttons }: Gamepad): boolean {
  return buttons.some(({ pressed }) => pressed);
}

/** Undefined when nothing sensible is stored. */
function readRemembered(json: string | null): Remembered | undefined {
  try {
    const { vendorId, productId, label } = (JSON.parse(json ?? 'null') ?? {}) as Record<string, unknown>;
    if (typeof vendorId !== 'number' || typeof productId !== 'number' || typeof label !== 'string') return undefined;
    return { vendorId, productId, label };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
