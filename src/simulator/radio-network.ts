/**
 * One talkgroup as a radio network behaves behind its bridge. Pure: time comes in, what to do goes out.
 *
 *   idle ──voice from the gateway──▶ setting-up ──setUpMs──▶ carrying ──voice ends──▶ idle
 *     └───a unit keys──▶ talking ──unkeys──▶ idle
 *
 * Half duplex: while a unit talks the gateway is denied; while the network carries the gateway's voice a unit that keys
 * all the same is passed on by the bridge like any other talk, and it is the gateway's floor that keeps it out.
 * Voice that comes before the call is set up is not carried: it is what a gateway without a first-word buffer loses.
 */
export type RadioState =
  | { readonly name: 'idle' }
  | { readonly name: 'settingUp'; readonly readyMs: number; readonly lastVoiceMs: number }
  | { readonly name: 'carrying'; readonly lastVoiceMs: number }
  /** The gateway talks although a unit of ours does; told once. */
  | { readonly name: 'refused'; readonly lastVoiceMs: number };

export type RadioAction = { readonly name: 'grant' } | { readonly name: 'deny' } | { readonly name: 'carry' };

/** Voice of the gateway is over when nothing came for so long; a little more than the usual hang of a bridge. */
const voiceEndsAfterMs = 200;

export class RadioNetwork {
  readonly #setUpMs: number;
  #state: RadioState = { name: 'idle' };
  #talking = false;
  /** Milliseconds of the gateway's voice that came before the network could carry it, in this run. */
  cutMs = 0;

  /** `setUpMs`: time from the first packet to the network's readiness. */
  constructor(setUpMs: number) {
    this.#setUpMs = setUpMs;
  }

  get state(): RadioState['name'] {
    return this.#state.name;
  }

  /** A unit presses or releases its key. */
  setTalking(talking: boolean): void {
    this.#talking = talking;
  }

  /** A packet of voice of `durationMs` came from the gateway; `silent` keys the network but says nothing. */
  hearGateway(durationMs: number, silent: boolean, nowMs: number): readonly RadioAction[] {
    const due = this.step(nowMs);
    const state = this.#state;
    if (this.#talking && state.name !== 'carrying' && state.name !== 'settingUp') {
      this.#state = { name: 'refused', lastVoiceMs: nowMs };
      return state.name === 'refused' ? due : [{ name: 'deny' }];
    }
    if (state.name === 'idle' || state.name === 'refused') {
      this.#state = { name: 'settingUp', readyMs: nowMs + this.#setUpMs, lastVoiceMs: nowMs };
      const ready = this.step(nowMs);
      if (ready.length > 0) return [...ready, { name: 'carry' }];
      if (!silent) this.cutMs += durationMs;
      return [];
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
    if (state.name !== 'idle' && nowMs - state.lastVoiceMs >= voiceEndsAfterMs) {
      this.#state = { name: 'idle' };
      return [];
    }
    if (state.name === 'settingUp' && nowMs >= state.readyMs) {
      this.#state = { name: 'carrying', lastVoiceMs: state.lastVoiceMs };
      return [{ name: 'grant' }];
    }
    return [];
  }

  /** When `step` is owed; Infinity when nothing is pending. */
  deadlineMs(): number {
    const state = this.#state;
    if (state.name === 'idle') return Infinity;
    const endMs = state.lastVoiceMs + voiceEndsAfterMs;
    return state.name === 'settingUp' ? Math.min(state.readyMs, endMs) : endMs;
  }
}
