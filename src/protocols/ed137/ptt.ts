/**
 * Push-to-talk of a radio session, both ends: the key that we put on each packet, and what the radio says to it.
 *
 *   off ──press──▶ keyed ──release──▶ releasing: ptt_rep + 1 packets say off ──▶ off
 *                    ▲────────press────────┘
 *
 * The key is the PTT type on a packet, not the presence of voice. Pure. Standard: EUROCAE ED-137 Volume 1; the order in
 * which a transmitter prefers keys is unverified (docs/standards.md).
 */
import { pttType, type R2sExtension } from './r2s-extension.ts';

export class PttKey {
  readonly #offPackets: number;
  #type: number = pttType.off;
  #offOwed = 0;

  /** `repeats`: ptt_rep of the session, 0 and more. */
  constructor(repeats: number) {
    this.#offPackets = repeats + 1;
  }

  /** Keys, or changes the type of a key that is down. `type` is not `off`. */
  press(type: number): void {
    this.#type = type;
    this.#offOwed = 0;
  }

  /** Does nothing where no key is down. */
  release(): void {
    if (this.#type === pttType.off) return;
    this.#type = pttType.off;
    this.#offOwed = this.#offPackets;
  }

  get isDown(): boolean {
    return this.#type !== pttType.off;
  }

  /** Packets that say off are owed at the pace of voice, rather than at that of the keep-alive. */
  get isReleasing(): boolean {
    return this.#offOwed > 0;
  }

  /** PTT type of the packet that is sent now; to be asked once a packet. */
  take(): number {
    if (this.#offOwed > 0) this.#offOwed--;
    return this.#type;
  }
}

/** What makes a key of ours count as on air. */
export type Confirmation =
  /** Nothing is waited for. */
  | 'immediate'
  /** The radio's packets carry our PTT-ID. */
  | 'pttId'
  /** The radio's packets carry our PTT-ID, or its squelch opens: it hears its own carrier. */
  | 'squelch';

export type KeyAnswer = 'waiting' | 'onAir' | 'lockedOut';

/**
 * What a packet of the radio says to a key of ours. Locked out is who keyed while the radio sends somebody else: it then
 * carries that PTT-ID. Without a PTT-ID of ours (0) no packet can name us, and none can lock us out.
 */
export function answerToKey(confirmation: Confirmation, ourPttId: number, radio: R2sExtension): KeyAnswer {
  const keyed = radio.pttType !== pttType.off;
  if (keyed && ourPttId !== 0 && radio.pttId !== 0 && radio.pttId !== ourPttId) return 'lockedOut';
  if (confirmation === 'immediate') return 'onAir';
  if (keyed && ourPttId !== 0 && radio.pttId === ourPttId) return 'onAir';
  return confirmation === 'squelch' && radio.squelchOpen ? 'onAir' : 'waiting';
}

/** PTT type for an over of ours: emergencies first, then those at or above the priority that counts as urgent. */
export function pttTypeOf(
  over: { readonly emergency: boolean; readonly priority: number },
  urgentFrom: number,
): number {
  if (over.emergency) return pttType.emergency;
  return over.priority >= urgentFrom ? pttType.priority : pttType.normal;
}
