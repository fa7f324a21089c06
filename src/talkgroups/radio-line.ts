/**
 * The radio session on one leg's call, we being its control room: turns overs of ours into its key, its packets into
 * talk and answers, and sends what is owed when no voice goes out.
 *
 *   press ──▶ key on every packet ──radio carries our PTT-ID, or opens its squelch──▶ granted
 *                                 ──radio carries somebody else's──▶ refused (lockout)
 *   squelch of the radio open ──▶ talk; an emergency where an emergency key, not ours, opened it
 *
 * What the radio still says of our last key is no answer to this one: an answer that stands when we press counts only
 * once it has gone and come again, or has outlasted the time in which the radio must have noticed.
 *
 * Pure. Standard: EUROCAE ED-137 Volume 1; src/protocols/ed137.
 */
import { type Confirmation, pttTypeOf } from '../protocols/ed137/ptt.ts';
import { pttType } from '../protocols/ed137/r2s-extension.ts';
import type { RadioTerms } from '../protocols/ed137/radio-sdp.ts';
import { extensionBytesMax, markExtended, RadioSession } from '../protocols/ed137/radio-session.ts';
import { signalQualityText } from '../protocols/ed137/signal-quality.ts';
import { type RtpPacket, rtpHeaderBytes } from '../protocols/rtp/rtp-packet.ts';
import type { OutStream } from './out-stream.ts';
import type { SendDatagram } from './packetiser.ts';

/** A radio session as a call has agreed on it. Plain JSON. */
export interface RadioMedia {
  readonly terms: RadioTerms;
  /** Of packets without voice (R2S), as the far end numbers it. */
  readonly payloadType: number;
  /** What makes a key of ours count as on air, where that is waited for. */
  readonly confirmation: Confirmation;
  /** Overs of this priority and above key with PTT type "priority", 0–15; 16: none does. */
  readonly urgentFrom: number;
  /** Delay is measured so often, ms; 0: never. */
  readonly measureEveryMs: number;
}

/** What the radio shows of itself, for the technician. */
export interface RadioState {
  /** Two transmissions at once were heard (SCT). */
  readonly simultaneous: boolean;
  /** Somebody else's key is on the air in place of ours. */
  readonly lockedOut: boolean;
}

/** The radio's view of our last key has surely changed after so long. */
const staleAnswerMs = 300;

export class RadioLine {
  /** What the packet last heard answers to our key, once. */
  answer: 'onAir' | 'lockedOut' | undefined;
  readonly #media: RadioMedia;
  readonly #session: RadioSession;
  readonly #stream: OutStream;
  readonly #send: SendDatagram;
  readonly #silent = new Uint8Array(rtpHeaderBytes + extensionBytesMax);
  #pressed = false;
  #pressMs = 0;
  #stale = false;
  #said: 'waiting' | 'onAir' | 'lockedOut' = 'waiting';
  #emergency = false;
  /** Newest time known: nothing of the session is due before. */
  #nowMs: number;
  #highest = -Infinity;
  /** Of whom the radio heard last; −1: it has not said. */
  #qualityIndex = -1;
  #qualityMethod = 0;
  #shown: RadioState = { simultaneous: false, lockedOut: false };

  constructor(media: RadioMedia, stream: OutStream, send: SendDatagram, nowMs: number) {
    this.#media = media;
    this.#nowMs = nowMs;
    this.#stream = stream;
    this.#send = send;
    const { terms, confirmation, measureEveryMs } = media;
    const every = measureEveryMs === 0 ? Infinity : measureEveryMs;
    const settings = {
      role: 'controlRoom',
      terms,
      confirmation,
      measureEveryMs: every,
      jitterMs: 0,
      deviceMs: 0,
    } as const;
    this.#session = new RadioSession(settings, nowMs);
  }

  get payloadType(): number {
    return this.#media.payloadType;
  }

  // ── our key ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Keys for that over, or changes the kind of a key that is down. */
  press(over: { readonly priority: number; readonly emergency: boolean }, nowMs: number): void {
    this.#nowMs = nowMs;
    if (!this.#pressed) {
      this.#pressMs = nowMs;
      this.#said = 'waiting';
      this.answer = undefined;
    }
    this.#session.press(pttTypeOf(over, this.#media.urgentFrom));
    if (!this.#pressed) this.#stale = this.#session.keyAnswer === 'onAir' && this.#media.confirmation !== 'immediate';
    this.#pressed = true;
  }

  release(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#pressed = false;
    this.#session.release();
  }

  /** Writes the extension of a voice packet behind its header; returns its octets. */
  writeVoice(datagram: Uint8Array, nowMs: number): number {
    return this.#session.writeVoice(datagram, rtpHeaderBytes, nowMs) - rtpHeaderBytes;
  }

  // ── the radio ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * A packet of the session, with voice or not, by its place in the stream (`restarted`: which begins anew). False where
   * it carries nothing that could be read, or a newer one has said how it is.
   */
  heard(packet: RtpPacket, sequence: number, restarted: boolean, nowMs: number): boolean {
    this.answer = undefined;
    if (sequence <= this.#highest && !restarted) return false;
    this.#highest = sequence;
    this.#nowMs = nowMs;
    if (!this.#session.heard(packet, nowMs)) return false;
    const { keyAnswer, far } = this.#session;
    if (far.squelchOpen && far.qualityIndex >= 0) {
      this.#qualityIndex = far.qualityIndex;
      this.#qualityMethod = far.qualityMethod;
    }
    if (keyAnswer !== 'onAir' || nowMs - this.#pressMs >= staleAnswerMs) this.#stale = false;
    const said = this.#stale ? 'waiting' : keyAnswer;
    if (this.#pressed && said !== this.#said && said !== 'waiting') this.answer = said;
    this.#said = said;
    return true;
  }

  /** Somebody talks on the radio's side. */
  talks(nowMs: number): boolean {
    return this.#session.farTalks(nowMs);
  }

  /** Whether the talk has just become an emergency: a key of that kind, and not ours, keeps the squelch open. */
  raisesEmergency(talks: boolean): boolean {
    const before = this.#emergency;
    this.#emergency = talks && this.#session.far.pttType === pttType.emergency && !this.#isOurs;
    return this.#emergency && !before;
  }

  /** Whether the key that the radio's packet names may be ours. */
  get #isOurs(): boolean {
    const ours = this.#media.terms.pttId ?? 0;
    const { pttId } = this.#session.far;
    return this.#pressed && (pttId === 0 || ours === 0 || pttId === ours);
  }

  /** What the radio shows when it differs from what it showed when last asked. */
  changedState(): RadioState | undefined {
    const simultaneous = this.#session.far.simultaneous;
    const others = this.#session.far.pttType !== pttType.off && !this.#isOurs;
    const lockedOut = others && (this.#said === 'lockedOut' || this.#shown.lockedOut);
    if (simultaneous === this.#shown.simultaneous && lockedOut === this.#shown.lockedOut) return undefined;
    this.#shown = { simultaneous, lockedOut };
    return this.#shown;
  }

  // ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends the packet without voice that is owed, if one is. */
  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    if (!this.#session.isPacketDue(nowMs)) return;
    const end = this.#session.writeSilent(this.#silent, rtpHeaderBytes, nowMs);
    const { sender } = this.#stream;
    const extension = end - rtpHeaderBytes;
    const length = sender.writeAt(
      this.#stream.timestampAt(nowMs),
      this.#silent,
      extension,
      this.#media.payloadType,
      false,
    );
    markExtended(this.#silent);
    this.#send(this.#silent, length);
  }

  isDead(nowMs: number): boolean {
    return this.#session.isDead(nowMs);
  }

  /** Network both ways, as delay measurement found it, ms. */
  get roundTripMs(): number | undefined {
    return this.#session.delay?.roundTripMs;
  }

  /** How well the radio heard whom it heard last, in words; undefined: it has not said. */
  get signal(): string | undefined {
    return this.#qualityIndex < 0 ? undefined : signalQualityText(this.#qualityIndex, this.#qualityMethod);
  }

  get dueMs(): number {
    return Math.max(this.#nowMs, this.#session.dueMs);
  }
}
