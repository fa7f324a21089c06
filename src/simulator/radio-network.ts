/**
 * One talkgroup as a radio network behaves behind its bridge. Pure: time comes in, what to do goes out.
 *
 *   idle ──the gateway keys──▶ setting-up ──setUpMs──▶ carrying ──it lets go──▶ idle
 *     └───a unit keys──▶ talking ──unkeys──▶ idle
 *
 * The gateway keys with its packets (`presence`) and lets go when they stay away, or with key presses (`keys`), and
 * then packets alone are not carried.
 * Half duplex: while a unit talks the gateway is denied; while the network carries the gateway's voice a unit that keys
 * all the same is passed on by the bridge like any other talk, and it is the gateway's floor that keeps it out.
 * Voice that comes before the call is set up is not carried: it is what a gateway without a first-word buffer loses.
 */
export type RadioState =
  | { readonly name: 'idle' }
  | { readonly name: 'settingUp'; readonly readyMs: number; readonly lastVoiceMs: number }
  | { readonly name: 'carrying'; readonly lastVoiceMs: number }
  /** The gateway talks although a unit of ours does; told once a keying. */
  | { readonly name: 'refused'; readonly lastVoiceMs: number };

/** How the gateway keys: its packets do, digits, or floor control. */
type Keying = 'presence' | 'keys' | 'floor';

export type RadioAction = { readonly name: 'grant' } | { readonly name: 'deny' } | { readonly name: 'carry' };

/** Voice of the gateway is over when nothing came for so long; a little more than the usual hang of a bridge. */
const voiceEndsAfterMs = 200;
/** The same where it keys with presses: its key-up was lost; and where floor control does (T1). */
const keyEndsAfterMs = 1000;
const floorEndsAfterMs = 4000;

export class RadioNetwork {
  readonly #setUpMs: number;
  readonly #keying: Keying;
  readonly #endsAfterMs: number;
  #state: RadioState = { name: 'idle' };
  #talking = false;
  /** Milliseconds of the gateway's voice that came before the network could carry it, in this run. */
  cutMs = 0;

  /** `setUpMs`: time from the gateway's key-down to the network's readiness. */
  constructor(setUpMs: number, keying: Keying = 'presence') {
    this.#setUpMs = setUpMs;
    this.#keying = keying;
    this.#endsAfterMs = { presence: voiceEndsAfterMs, keys: keyEndsAfterMs, floor: floorEndsAfterMs }[keying];
  }

  get state(): RadioState['name'] {
    return this.#state.name;
  }

  /** A unit presses or releases its key. */
  setTalking(talking: boolean): void {
    this.#talking = talking;
  }

  /** The gateway pressed or let go of its key. */
  keyGateway(down: boolean, nowMs: number): readonly RadioAction[] {
    const due = this.step(nowMs);
    if (down) return [...due, ...this.#key(nowMs)];
    this.#state = { name: 'idle' };
    return due;
  }

  #key(nowMs: number): readonly RadioAction[] {
    const { name } = this.#state;
    if (name === 'carrying' || name === 'settingUp') return [];
    if (this.#talking) {
      this.#state = { name: 'refused', lastVoiceMs: nowMs };
      return name === 'refused' ? [] : [{ name: 'deny' }];
    }
    this.#state = { name: 'settingUp', readyMs: nowMs + this.#setUpMs, lastVoiceMs: nowMs };
    return this.step(nowMs);
  }

  /**
   * A packet of voice of `durationMs` came from the gateway; `silent` says nothing, and keys like any other where
   * packets do. `pausedMs`: what its own time says lies between it and the one before.
   */
  hearGateway(durationMs: number, silent: boolean, nowMs: number, pausedMs = 0): readonly RadioAction[] {
    // When this program was held up, packets have waited for it: only their own time says that nothing was sent.
    if (this.#keying === 'presence' && pausedMs >= this.#endsAfterMs) this.#state = { name: 'idle' };
    const due = this.#becomeReady(nowMs);
    const state = this.#state;
    if (state.name === 'idle' || state.name === 'refused') {
      const keyed = this.#keying === 'presence' ? this.#key(nowMs) : [];
      if (this.state === 'carrying') return [...due, ...keyed, { name: 'carry' }];
      if (state.name === 'refused' && this.state === 'refused') this.#state = { ...state, lastVoiceMs: nowMs };
      if (!silent && !this.#talking) this.cutMs += durationMs;
      return [...due, ...keyed];
    }
    if (state.name === 'settingUp') {
      this.#state = { ...state, lastVoiceMs: nowMs };
      if (!silent) this.cutMs += durationMs;
      return due;
    }
    this.#state = { name: 'carrying', lastVoiceMs: nowMs };
    return [...due, { name: 'carry' }];
  }

  /** Lets time pass. */
  step(nowMs: number): readonly RadioAction[] {
    const state = this.#state;
    if (state.name !== 'idle' && nowMs - state.lastVoiceMs >= this.#endsAfterMs) {
      this.#state = { name: 'idle' };
      return [];
    }
    return this.#becomeReady(nowMs);
  }

  #becomeReady(nowMs: number): readonly RadioAction[] {
    const state = this.#state;
    if (state.name !== 'settingUp' || nowMs < state.readyMs) return [];
    this.#state = { name: 'carrying', lastVoiceMs: state.lastVoiceMs };
    return [{ name: 'grant' }];
  }

  /** When `step` is owed; Infinity when nothing is pending. */
  deadlineMs(): number {
    const state = this.#state;
    if (state.name === 'idle') return Infinity;
    const endMs = state.lastVoiceMs + this.#endsAfterMs;
    return state.name === 'settingUp' ? Math.min(state.readyMs, endMs) : endMs;
  }
}
