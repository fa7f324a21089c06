/**
 * The radio session of one simulated talkgroup whose bridge is a ground radio station of ED-137: key, squelch and
 * keep-alive on the packets of its RadioLeg.
 */
import { Alarm, type Clock } from '../base/clock.ts';
import { pttType } from '../protocols/ed137/r2s-extension.ts';
import {
  answerRadioTerms,
  type RadioTerms,
  radioFaultText,
  readRadioTerms,
  writeRadioTerms,
} from '../protocols/ed137/radio-sdp.ts';
import { extensionBytesMax, markExtended, RadioSession } from '../protocols/ed137/radio-session.ts';
import { type RtpPacket, rtpHeaderBytes } from '../protocols/rtp/rtp-packet.ts';
import type { RtpSender } from '../protocols/rtp/rtp-sender.ts';
import type { MediaDescription, SessionDescription } from '../protocols/sip/sdp.ts';
import type { AudioSupplement } from '../protocols/sip/sdp-audio.ts';

export interface GroundRadioEvents {
  /** The gateway keys, or lets go. */
  readonly key: (down: boolean) => void;
  /** The gateway's keep-alive has stayed away. */
  readonly lost: () => void;
  readonly send: (packet: Uint8Array) => void;
}

/** What the radios that are played add to the delay, ms. */
const jitterMs = 40;
const deviceMs = 10;
/**
 * So much longer than agreed the station waits for the gateway's keep-alive: a voice process that starts again, on a busy
 * machine, keeps its calls.
 */
const patience = 3;
/** A radio that is heard well: RSSI above −75 dBm. */
const qualityIndex = 12;

export class GroundRadio {
  readonly #clock: Clock;
  readonly #sender: RtpSender;
  readonly #events: GroundRadioEvents;
  readonly #alarm: Alarm;
  #session: RadioSession | undefined;
  #payloadType = 0;
  #keyed = false;

  constructor(clock: Clock, sender: RtpSender, events: GroundRadioEvents) {
    this.#clock = clock;
    this.#sender = sender;
    this.#events = events;
    this.#alarm = new Alarm(clock, () => this.#tick());
  }

  /** A session stands, or stands anew. */
  connect(terms: RadioTerms, payloadType: number): void {
    const nowMs = this.#clock.nowMs();
    this.#payloadType = payloadType;
    this.#keyed = false;
    const rest = { confirmation: 'immediate', measureEveryMs: Infinity, jitterMs, deviceMs } as const;
    const { periodMs, multiplier } = terms.keepAlive;
    const keepAlive = { periodMs, multiplier: patience * multiplier };
    this.#session = new RadioSession({ role: 'radio', terms: { ...terms, keepAlive }, ...rest }, nowMs);
    this.#alarm.setAt(nowMs);
  }

  /** A unit keys or lets go. */
  unitTalks(talks: boolean): void {
    this.#session?.squelch(talks, talks ? qualityIndex : -1);
    this.#tick();
  }

  /** The gateway has, or has no more, the air. */
  carries(onAir: boolean): void {
    const session = this.#session;
    if (session === undefined) return;
    if (onAir) session.press(session.far.pttType === pttType.off ? pttType.normal : session.far.pttType);
    else session.release();
    this.#tick();
  }

  /** A voice packet with room for its payload; returns where that begins. */
  writeVoice(out: Uint8Array): number {
    return this.#session?.writeVoice(out, rtpHeaderBytes, this.#clock.nowMs()) ?? rtpHeaderBytes;
  }

  heard(packet: RtpPacket): void {
    const session = this.#session;
    if (session?.heard(packet, this.#clock.nowMs()) !== true) return;
    const keyed = session.far.pttType !== pttType.off;
    // A key that is refused asks anew with each packet.
    if (keyed || this.#keyed) this.#events.key(keyed);
    this.#keyed = keyed;
    this.#tick();
  }

  close(): void {
    this.#alarm.clear();
    this.#session = undefined;
  }

  #tick(): void {
    const session = this.#session;
    const nowMs = this.#clock.nowMs();
    if (session === undefined) return;
    if (session.isDead(nowMs)) {
      this.close();
      this.#events.lost();
      return;
    }
    if (session.isPacketDue(nowMs)) {
      const out = new Uint8Array(rtpHeaderBytes + extensionBytesMax);
      this.#sender.writeAt(this.#sender.timestamp, out, 0, this.#payloadType, false);
      const end = session.writeSilent(out, rtpHeaderBytes, nowMs);
      markExtended(out);
      this.#events.send(out.subarray(0, end));
    }
    this.#alarm.setAt(session.dueMs);
  }
}

/** A station's part of the answer: it gives that PTT-ID. */
export function groundRadioAnswer(pttId: number): AudioSupplement {
  return {
    format: { format: '123', map: { encoding: 'R2S', rateHz: 8000, channels: 1 } },
    attributes: [],
    answer: (session, media) => {
      const answer = groundRadioTerms(session, media, pttId);
      return answer.ok ? { ok: true, attributes: writeRadioTerms(answer.terms) } : answer;
    },
  };
}

type TermsAnswer =
  | { readonly ok: true; readonly terms: RadioTerms; readonly payloadType: number }
  | { readonly ok: false; readonly reason: string };

/** What an offer and a station with that PTT-ID agree on. */
export function groundRadioTerms(session: SessionDescription, media: MediaDescription, pttId: number): TermsAnswer {
  const reading = readRadioTerms(session, media);
  if (!reading.ok) return { ok: false, reason: radioFaultText[reading.fault] };
  const ours = { type: 'Radio-TxRx', transmission: 'TxRx', bss: ['RSSI'] } as const;
  const answer = answerRadioTerms(reading.terms, ours, pttId);
  if (!answer.ok) return { ok: false, reason: radioFaultText[answer.fault] };
  return { ok: true, terms: answer.terms, payloadType: reading.payloadType };
}
