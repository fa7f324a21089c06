/** Sounds again and again for as long as a unit in distress waits for an answer. */

/** From one beginning to the next; most of it is left to the voice of whoever calls. */
const everyMs = 2000;

export class EmergencyAlarm {
  readonly #sound: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(sound: () => void) {
    this.#sound = sound;
  }

  /** Whether somebody waits. */
  set(on: boolean): void {
    if (on && this.#timer === undefined) this.#timer = setInterval(this.#sound, everyMs);
    if (on) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Another tone of distress sounds now: the next one of ours comes after it. */
  makeRoom(): void {
    if (this.#timer === undefined) return;
    this.set(false);
    this.set(true);
  }
}
