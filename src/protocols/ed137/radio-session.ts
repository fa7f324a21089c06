/**
 * One radio session from its answer to its end: what each packet says, when a packet without voice is owed, whether the
 * far end talks, and when it is dead. Both sides: a control room (VCS) and a radio (GRS).
 *
 *   live ──period × multiplier without an extension──▶ dead: our key is up, the far end's counts as up
 *
 * A packet counts by its extension alone: voice without one neither keys nor keeps the session alive, so that a key can
 * never outlive what says it. Voice packets carry the key in 8 octets; features go on packets without voice, so that voice
 * always stands at the same place. A changed key or squelch is sent at once; ptt_rep + 1 packets say off 20 ms apart.
 *
 * Pure; a packet costs no allocation. Standard: EUROCAE ED-137 Volume 1; docs/standards.md.
 */
import type { RtpPacket } from '../rtp/rtp-packet.ts';
import { DelayAnswerer, DelayAsker, type DelayReading } from './delay-measurement.ts';
import { KeepAlive } from './keep-alive.ts';
import { answerToKey, type Confirmation, type KeyAnswer, PttKey } from './ptt.ts';
import { pttType, R2sExtension } from './r2s-extension.ts';
import type { RadioTerms } from './radio-sdp.ts';

/** Octets of the extension in every voice packet. */
export const voiceExtensionBytes = 8;
/** Room that a packet without voice needs for its extension. */
export const extensionBytesMax = 36;

export interface RadioSessionSettings {
  readonly role: 'controlRoom' | 'radio';
  /** As agreed; its PTT-ID is the one that the radio gave this session. */
  readonly terms: RadioTerms;
  /** Control room: when a key of ours counts as on air. */
  readonly confirmation: Confirmation;
  /** Control room: delay is measured so often, ms; Infinity: never. */
  readonly measureEveryMs: number;
  /** Radio: what it adds to the delay, ms. */
  readonly jitterMs: number;
  readonly deviceMs: number;
}

const pacedMs = 20;
const answerMsMax = 2000;

export class RadioSession {
  /** What the far end last said; lent until its next packet. */
  readonly far = new R2sExtension();
  /** Packets without an extension that could be read. */
  packetsBare = 0;
  /** The last delay measurement that succeeded. */
  delay: DelayReading | undefined;

  readonly #settings: RadioSessionSettings;
  readonly #out = new R2sExtension();
  readonly #idle = new R2sExtension();
  readonly #key: PttKey;
  readonly #keepAlive: KeepAlive;
  readonly #asker: DelayAsker | undefined;
  readonly #answerer: DelayAnswerer | undefined;
  /** On our packets while keyed. */
  #pttId: number;
  #type: number = pttType.off;
  #qualityIndex = -1;
  /** The far end does not know yet what we now say. */
  #changed = true;
  #sentMs = -Infinity;
  #heard = false;

  constructor(settings: RadioSessionSettings, nowMs: number) {
    this.#settings = settings;
    const { role, terms } = settings;
    this.#key = new PttKey(terms.pttRepeats);
    this.#keepAlive = new KeepAlive(terms.keepAlive, nowMs);
    if (role === 'radio') this.#answerer = new DelayAnswerer(settings.jitterMs, settings.deviceMs);
    else if (settings.measureEveryMs !== Infinity) {
      this.#asker = new DelayAsker(settings.measureEveryMs, answerMsMax, nowMs);
    }
    this.#pttId = terms.pttId ?? 0;
  }

  // ── what we say ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Keys with that PTT type, or changes it. A radio says so whom it has on the air, by his PTT-ID. */
  press(type: number, pttId = this.#pttId): void {
    this.#changed ||= !this.#key.isDown || this.#type !== type || this.#pttId !== pttId;
    this.#key.press(type);
    this.#type = type;
    this.#pttId = pttId;
  }

  release(): void {
    if (!this.#key.isDown) return;
    this.#key.release();
    this.#changed = true;
  }

  /** Radio: its squelch opens or closes; `qualityIndex` of RSSI 0–31, −1 unknown. */
  squelch(open: boolean, qualityIndex: number): void {
    this.#changed ||= this.#out.squelchOpen !== open;
    this.#out.squelchOpen = open;
    this.#qualityIndex = qualityIndex;
  }

  /** Radio: two transmissions are heard at once. */
  hearsTwo(simultaneous: boolean): void {
    this.#changed ||= this.#out.simultaneous !== simultaneous;
    this.#out.simultaneous = simultaneous;
  }

  /** Writes the extension of a voice packet, 8 octets; returns where the payload begins. */
  writeVoice(out: Uint8Array, offset: number, nowMs: number): number {
    this.#out.measurement = 'none';
    this.#out.qualityIndex = -1;
    return this.#write(out, offset, nowMs);
  }

  /** Writes the extension of a packet without voice, with what is to be said beside the key; returns its end. */
  writeSilent(out: Uint8Array, offset: number, nowMs: number): number {
    this.#out.measurement = 'none';
    this.#asker?.ask(this.#out, nowMs);
    this.#answerer?.answer(this.#out, nowMs);
    this.#out.qualityIndex = this.#out.squelchOpen ? this.#qualityIndex : -1;
    return this.#write(out, offset, nowMs);
  }

  #write(out: Uint8Array, offset: number, nowMs: number): number {
    this.#out.pttType = this.#key.take();
    this.#out.pttId = this.#out.pttType === pttType.off ? 0 : this.#pttId;
    this.#changed = false;
    this.#sentMs = nowMs;
    this.#keepAlive.sent(nowMs);
    return offset + this.#out.write(out, offset);
  }

  /** A packet without voice is owed now, unless voice goes out. */
  isPacketDue(nowMs: number): boolean {
    if (this.isDead(nowMs)) return false;
    return nowMs >= this.#urgentMs() || this.#keepAlive.isPacketDue(nowMs);
  }

  /** When a packet is owed that does not wait for the keep-alive. */
  #urgentMs(): number {
    if (this.#changed) return -Infinity;
    return this.#key.isReleasing ? this.#sentMs + pacedMs : Infinity;
  }

  // ── what they say ──────────────────────────────────────────────────────────────────────────────────────────────

  /** A packet of the session. False: it says nothing, and counts for nothing. */
  heard(packet: RtpPacket, nowMs: number): boolean {
    const { extensionProfile, bytes, extensionOffset, extensionBytes } = packet;
    if (this.isDead(nowMs) || !this.far.read(extensionProfile, bytes, extensionOffset, extensionBytes)) {
      this.packetsBare += 1;
      return false;
    }
    this.#heard = true;
    this.#keepAlive.heard(nowMs);
    this.#answerer?.heard(this.far, nowMs);
    this.delay = this.#asker?.heard(this.far, nowMs) ?? this.delay;
    return true;
  }

  /** The far end talks: the squelch of a radio is open, a control room keys. A muted key is no talk. */
  farTalks(nowMs: number): boolean {
    if (this.isDead(nowMs)) return false;
    if (this.#settings.role === 'controlRoom') return this.far.squelchOpen;
    return this.far.pttType !== pttType.off && !this.far.pttMuted;
  }

  /** What the radio last said to our key; waits while it is up. */
  get keyAnswer(): KeyAnswer {
    if (!this.#key.isDown) return 'waiting';
    const said = this.#heard ? this.far : this.#idle;
    return answerToKey(this.#settings.confirmation, this.#settings.terms.pttId ?? 0, said);
  }

  /** Once true it stays so: the call is to be ended. */
  isDead(nowMs: number): boolean {
    const dead = this.#keepAlive.isDead(nowMs);
    if (dead) this.#key.release();
    return dead;
  }

  /** When the caller must ask again whether a packet is due or the far end dead; Infinity once it is. */
  get dueMs(): number {
    const deadlineMs = this.#keepAlive.deadlineMs();
    return deadlineMs === Infinity ? Infinity : Math.min(deadlineMs, this.#urgentMs());
  }
}

/** Marks an RTP header already written, without CSRCs, as followed by an extension. */
export function markExtended(rtp: Uint8Array): void {
  rtp[0] = rtp[0]! | 0x10;
}
