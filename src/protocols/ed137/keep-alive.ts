/**
 * Keep-alive of a radio session: both sides send at least one packet a period, with or without voice; who hears none for
 * period × multiplier holds the session dead, and the key off.
 *
 *   heard ───── period × multiplier without a packet ─────▶ dead: PTT off, BYE
 *
 * Pure: the caller says what was heard and sent, and asks what is due. Standard: EUROCAE ED-137 Volume 1, R2S.
 */

export interface KeepAliveTerms {
  /** ms, 20–1000. */
  readonly periodMs: number;
  /** Periods without a packet until the session is dead, 2–50. */
  readonly multiplier: number;
}

export const keepAliveDefaults: KeepAliveTerms = { periodMs: 200, multiplier: 10 };

const periodMsMin = 20;
const periodMsMax = 1000;
const multiplierMin = 2;
const multiplierMax = 50;
/** Nothing may stay keyed longer than this after its far end died. */
const deadMsMax = 2000;

/** Whether a session may be held with these terms: in range, and dead within 2 s. */
export function keepAliveBearable({ periodMs, multiplier }: KeepAliveTerms): boolean {
  return (
    Number.isInteger(periodMs) &&
    Number.isInteger(multiplier) &&
    periodMs >= periodMsMin &&
    periodMs <= periodMsMax &&
    multiplier >= multiplierMin &&
    multiplier <= multiplierMax &&
    periodMs * multiplier <= deadMsMax
  );
}

export class KeepAlive {
  readonly #terms: KeepAliveTerms;
  #sentMs = -Infinity;
  #heardMs: number;
  #dead = false;

  /** From here the far end has its time to be heard. */
  constructor(terms: KeepAliveTerms, nowMs: number) {
    this.#terms = terms;
    this.#heardMs = nowMs;
  }

  /** Any packet of the session left, voice or not. */
  sent(nowMs: number): void {
    this.#sentMs = nowMs;
  }

  /** Any packet of the far end came, voice or not. A dead session stays dead: a new call begins a new one. */
  heard(nowMs: number): void {
    if (nowMs < this.#heardMs + this.#silenceMsMax()) this.#heardMs = Math.max(nowMs, this.#heardMs);
  }

  /** Whether a packet without voice is owed. */
  isPacketDue(nowMs: number): boolean {
    return !this.#dead && nowMs >= this.#sentMs + this.#terms.periodMs;
  }

  isDead(nowMs: number): boolean {
    this.#dead ||= nowMs >= this.#heardMs + this.#silenceMsMax();
    return this.#dead;
  }

  /** When the caller must ask again; Infinity once dead. */
  deadlineMs(): number {
    if (this.#dead) return Infinity;
    return Math.min(this.#sentMs + this.#terms.periodMs, this.#heardMs + this.#silenceMsMax());
  }

  #silenceMsMax(): number {
    return this.#terms.periodMs * this.#terms.multiplier;
  }
}
