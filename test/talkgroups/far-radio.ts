/** The far end of a leg's radio session on virtual time: a ground radio with its voice. */
import { encodeG711 } from '../../src/media/g711.ts';
import { pttType } from '../../src/protocols/ed137/r2s-extension.ts';
import { extensionBytesMax, markExtended, RadioSession } from '../../src/protocols/ed137/radio-session.ts';
import { RtpPacket, rtpHeaderBytes, writeRtpHeader } from '../../src/protocols/rtp/rtp-packet.ts';
import type { Leg } from '../../src/talkgroups/leg.ts';
import type { RadioMedia } from '../../src/talkgroups/radio-line.ts';
import type { LegSettings } from '../../src/talkgroups/terms.ts';
import { legMedia, legSettings } from './settings.ts';
import type { VirtualGroup } from './virtual-group.ts';

const radio: RadioMedia = {
  payloadType: 123,
  terms: {
    type: 'Radio-TxRx',
    transmission: 'TxRx',
    bss: ['RSSI'],
    pttId: 7,
    pttRepeats: 2,
    keepAlive: { periodMs: 200, multiplier: 10 },
  },
  confirmation: 'pttId',
  measureEveryMs: 5000,
  urgentFrom: 10,
};

/** One packet of the gateway as it came to the far end. */
export interface Heard {
  readonly atMs: number;
  readonly pttType: number;
  readonly squelchOpen: boolean;
  readonly pttId: number;
  readonly voice: boolean;
  readonly silent: boolean;
  readonly payload: Uint8Array;
}

const stepMs = 2;
const packetMs = 20;
const byExtension: Partial<LegSettings> = {
  keyIn: { mode: 'extension' },
  keyOut: { mode: 'extension' },
  grant: { mode: 'extension', timeoutMs: 2000 },
};

export class FarRadio {
  readonly leg: Leg;
  readonly heard: Heard[] = [];
  /** Nothing of it arrives. */
  cut = false;
  /** It writes the extension of the first edition. */
  firstEdition = false;
  /** Its packets take so much longer. */
  lateMs = 0;
  ssrc = 0x2080_0002;
  sequence = 100;
  session: RadioSession;
  /** Time from the gateway's key to the radio's carrier. */
  setUpMs = 0;
  /** Somebody else whom the radio has on the air. */
  other = 0;
  readonly #group: VirtualGroup;
  readonly #packet = new RtpPacket();
  #voice: Float32Array = new Float32Array(0);
  #spoken = 0;
  #voiceMs = -Infinity;
  #keyedMs = Infinity;

  constructor(group: VirtualGroup, id: string) {
    this.#group = group;
    this.session = this.#newSession();
    this.leg = group.group.addLeg({ ...legSettings(id), ...byExtension }, group.nowMs);
    this.connect();
    this.#pump();
  }

  connect(): void {
    const { telephoneEventPayloadType: _, ...media } = legMedia;
    this.#group.group.connectLeg(
      this.leg,
      { ...media, radio },
      { sendRtp: (bytes, length) => this.#hear(bytes.slice(0, length)), sendRtcp: () => undefined },
      this.#group.nowMs,
    );
  }

  /** It has started again, with nothing remembered. */
  restart(): void {
    this.session = this.#newSession();
    this.ssrc += 1;
    this.sequence = 30_000;
    this.#keyedMs = Infinity;
  }

  /** Its side talks: 8 kHz, with open squelch. */
  talk(pcm: Float32Array): void {
    this.#voice = pcm;
    this.#spoken = 0;
    this.#voiceMs = this.#group.nowMs;
    this.session.squelch(true, 12);
  }

  /** Its squelch closes. */
  endTalk(): void {
    this.#voice = new Float32Array(0);
    this.session.squelch(false, -1);
  }

  since(atMs: number): readonly Heard[] {
    return this.heard.filter((each) => each.atMs >= atMs);
  }

  get speech(): readonly Heard[] {
    return this.heard.filter(({ voice, silent }) => voice && !silent);
  }

  #newSession(): RadioSession {
    const rest = { confirmation: 'pttId', measureEveryMs: Infinity, jitterMs: 40, deviceMs: 10 } as const;
    return new RadioSession({ role: 'radio', terms: radio.terms, ...rest }, this.#group.nowMs);
  }

  #pump(): void {
    const { nowMs } = this.#group;
    this.#answerKey(nowMs);
    const rest = this.#voice.length - this.#spoken;
    if (rest >= 160 && nowMs >= this.#voiceMs) {
      this.#send(this.#voice.subarray(this.#spoken, this.#spoken + 160));
      this.#spoken += 160;
      this.#voiceMs += packetMs;
    } else if (rest < 160 && this.#voice.length > 0) this.endTalk();
    else if (this.session.isPacketDue(nowMs)) this.#send(undefined);
    this.#group.clock.callAt(nowMs + stepMs, () => this.#pump());
  }

  #answerKey(nowMs: number): void {
    const { far } = this.session;
    if (this.other !== 0) this.session.press(pttType.normal, this.other);
    else if (far.pttType === pttType.off) {
      this.#keyedMs = Infinity;
      this.session.release();
    } else {
      this.#keyedMs = Math.min(this.#keyedMs, nowMs);
      if (nowMs - this.#keyedMs >= this.setUpMs) this.session.press(far.pttType, 7);
    }
  }

  #send(pcm: Float32Array | undefined): void {
    const { nowMs, clock, group } = this.#group;
    const out = new Uint8Array(rtpHeaderBytes + extensionBytesMax + 160);
    writeRtpHeader(out, false, pcm === undefined ? 123 : 8, this.sequence, (8 * nowMs) >>> 0, this.ssrc);
    this.sequence = (this.sequence + 1) & 0xffff;
    markExtended(out);
    let end: number;
    if (pcm === undefined) end = this.session.writeSilent(out, rtpHeaderBytes, nowMs);
    else {
      end = this.session.writeVoice(out, rtpHeaderBytes, nowMs);
      encodeG711('PCMA', pcm, 160, out, end);
      end += 160;
    }
    if (this.firstEdition) end = asFirstEdition(out, end);
    if (!this.cut)
      clock.callAt(nowMs + 5 + this.lateMs, () => group.onLegDatagram(this.leg, out.slice(0, end), this.#group.nowMs));
  }

  #hear(bytes: Uint8Array): void {
    const packet = this.#packet;
    if (packet.read(bytes) !== undefined) throw new Error('what we send is no RTP packet');
    if (!this.session.heard(packet, this.#group.nowMs)) throw new Error('a packet of ours without an extension');
    const { far } = this.session;
    const payload = bytes.slice(packet.payloadOffset, packet.payloadOffset + packet.payloadBytes);
    this.heard.push({
      atMs: this.#group.nowMs,
      pttType: far.pttType,
      squelchOpen: far.squelchOpen,
      pttId: far.pttId,
      voice: packet.payloadType === 8,
      silent: payload.every((octet) => octet === 0xd5),
      payload,
    });
  }
}

/** Turns 0x0167 without features into 0x0067; returns the packet's end. */
function asFirstEdition(out: Uint8Array, end: number): number {
  const word = (out[16]! << 8) | out[17]!;
  const payloadAt = rtpHeaderBytes + 4 + 4 * out[15]!;
  out.set([0x00, 0x67, 0, 1, ((word >> 8) & 0xf0) | ((word >> 6) & 0x0f), (word & 0x08) << 4, 0, 0], 12);
  out.copyWithin(20, payloadAt, end);
  return end - payloadAt + 20;
}
