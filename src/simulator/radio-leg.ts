/**
 * The voice of one simulated talkgroup's call with the gateway: a socket, speech going out as its network would deliver
 * it (jitter, loss), and what comes in carried or cut as its network would (set-up time, half duplex).
 */
import { createSocket, type Socket } from 'node:dgram';
import { Alarm, type Cancel, type Clock } from '../base/clock.ts';
import type { RadioTerms } from '../protocols/ed137/radio-sdp.ts';
import { markExtended, voiceExtensionBytes } from '../protocols/ed137/radio-session.ts';
import { RtpPacket, rtpHeaderBytes } from '../protocols/rtp/rtp-packet.ts';
import { RtpSender } from '../protocols/rtp/rtp-sender.ts';
import {
  digitOfEvent,
  eventOfDigit,
  readTelephoneEvent,
  type TelephoneEvent,
  TelephoneEventReceiver,
  TelephoneEventSender,
  telephoneEventBytes,
  writeTelephoneEvent,
} from '../protocols/rtp/telephone-event.ts';
import type { AgreedAudio } from '../protocols/sip/sdp-audio.ts';
import { GroundRadio } from './ground-radio.ts';
import type { Impairment } from './impairment.ts';
import type { BridgeTap } from './played-network.ts';
import { type RadioAction, RadioNetwork } from './radio-network.ts';
import type { VoicePorts } from './voice-ports.ts';

export interface RadioLegSettings {
  readonly host: string;
  readonly setUpMs: number;
  /** Digits with which the bridge says that its network may be talked to or not; absent: it says nothing. */
  readonly grantDigits?: { readonly granted: string; readonly denied: string };
  /** Digits with which the gateway keys and lets go; absent: its packets key. */
  readonly keyDigits?: { readonly on: string; readonly off: string };
  /** Digit that makes a unit's talk an emergency; absent: its bridge cannot say so. */
  readonly emergencyDigit?: string;
  readonly tap?: BridgeTap | undefined;
  /** Where floor control keys: what it is told. */
  readonly floor?: RadioFloor;
  /** It is a ground radio station: packets carry key and squelch. Told when the gateway is lost. */
  readonly groundRadio?: { readonly lost: () => void };
  readonly ssrc: number;
  /** Others of this machine have its port too: it is a multicast group's. */
  readonly shared?: boolean;
}

/** What is agreed with the gateway, by a call or beforehand; the codec is PCMA. */
export type RadioAudio = Pick<AgreedAudio, 'remote' | 'payloadType' | 'telephoneEventPayloadType' | 'send'>;

export interface RadioFloor {
  answer(granted: boolean): void;
  heard(): void;
  /** The unit's talk has ended. */
  unitEnded(): void;
}

const packetMs = 20;
const packetSamples = 160;
/** Longer than the jitter of any network that is played. */
const tailMs = 60;
/** A-law for zero (ITU-T G.711): what a gateway sends that only wants to key. */
const alawSilence = 0xd5;

export class RadioLeg {
  readonly #settings: RadioLegSettings;
  readonly #clock: Clock;
  readonly #impairment: Impairment;
  readonly #network: RadioNetwork;
  readonly #alarm: Alarm;
  readonly #socket: Socket;
  readonly #sender: RtpSender;
  readonly #packet = new RtpPacket();
  readonly #events = new TelephoneEventSender({ packetTicks: packetSamples, durationTicks: 5 * packetSamples });
  readonly #keys = new TelephoneEventReceiver();
  readonly #key: TelephoneEvent = { event: 0, end: false, volumeDb: 0, durationTicks: 0 };
  readonly #radio: GroundRadio | undefined;
  /** Where the gateway's voice ended that was heard last, by its own time. */
  #heardTo = 0;
  #audio: RadioAudio | undefined;
  #cancelSpeech: Cancel | undefined;
  #cancelEnd: Cancel | undefined;
  /** The instant that the sender's timestamp stands for. */
  #timestampMs = 0;
  /** Milliseconds of the gateway's speech that the network carried. */
  carriedMs = 0;

  constructor(settings: RadioLegSettings, clock: Clock, impairment: Impairment) {
    this.#settings = settings;
    this.#clock = clock;
    this.#impairment = impairment;
    const keying = settings.floor === undefined ? 'presence' : 'floor';
    const presses = settings.keyDigits !== undefined || settings.groundRadio !== undefined;
    this.#network = new RadioNetwork(settings.setUpMs, presses ? 'keys' : keying);
    this.#alarm = new Alarm(clock, () => this.#perform(this.#network.step(clock.nowMs())));
    this.#sender = new RtpSender({ ssrc: settings.ssrc, firstSequenceNumber: 1, firstTimestamp: 0 });
    if (settings.groundRadio !== undefined) {
      this.#radio = new GroundRadio(clock, this.#sender, {
        key: (down) => this.key(down),
        lost: settings.groundRadio.lost,
        send: (packet) => this.#deliver(packet),
      });
    }
    this.#socket = createSocket({
      type: settings.host.includes(':') ? 'udp6' : 'udp4',
      reuseAddr: settings.shared === true,
      // Addresses are literals; without this each send would wait a turn for the resolver.
      lookup: (host, _options, done) => done(null, host, host.includes(':') ? 6 : 4),
    });
    this.#socket.on('message', (bytes) => this.#hear(bytes));
    // The gateway may be gone or not be there yet: then nobody hears us, as on the air.
    this.#socket.on('error', () => undefined);
  }

  /** Resolves with the RTP port, which RTCP shares; undefined when none of `ports` is free. */
  open(ports: VoicePorts): Promise<number | undefined> {
    return ports.bind(this.#socket, this.#settings.host);
  }

  /** Binds where the gateway sends, a group being joined and sent to on our host. Rejects with the system's error. */
  openAt({ address, port }: { readonly address: string; readonly port: number }, multicast: boolean): Promise<void> {
    const { host } = this.#settings;
    return new Promise((done, failed) => {
      this.#socket.once('error', failed);
      this.#socket.bind({ address, port, exclusive: true }, () => {
        this.#socket.off('error', failed);
        try {
          if (multicast) {
            this.#socket.addMembership(address, host);
            this.#socket.setMulticastInterface(host);
          }
          done();
        } catch (error) {
          failed(error);
        }
      });
    });
  }

  connect(audio: RadioAudio, radio?: { readonly terms: RadioTerms; readonly payloadType: number }): void {
    this.#keys.reset();
    this.#audio = audio;
    if (radio !== undefined) this.#radio?.connect(radio.terms, radio.payloadType);
  }

  /** Milliseconds of the gateway's speech that came before the network could carry it. */
  get cutMs(): number {
    return this.#network.cutMs;
  }

  /** The gateway asks for the floor, or wants it no more. */
  key(down: boolean): void {
    this.#perform(this.#network.keyGateway(down, this.#clock.nowMs()));
  }

  /** A unit keys, says this (A-law, 8 kHz) and lets go. Speech still under way is cut. Returns its length, ms. */
  speak(alaw: Uint8Array): number {
    this.#cancelSpeech?.();
    this.#cancelEnd?.();
    const packets = Math.floor(alaw.length / packetSamples);
    const startMs = this.#clock.nowMs();
    this.#advanceTo(startMs);
    this.#network.setTalking(true);
    this.#radio?.unitTalks(true);
    const next = (index: number): void => {
      if (index === packets) {
        this.#network.setTalking(false);
        this.#cancelSpeech = undefined;
        // Its last packets are on their way.
        this.#cancelEnd = this.#clock.callAt(this.#clock.nowMs() + tailMs, () => {
          this.#settings.floor?.unitEnded();
          this.#radio?.unitTalks(false);
        });
        return;
      }
      this.#sendVoice(alaw.subarray(index * packetSamples, (index + 1) * packetSamples), index === 0);
      this.#cancelSpeech = this.#clock.callAt(startMs + (index + 1) * packetMs, () => next(index + 1));
    };
    next(0);
    return packets * packetMs;
  }

  /** A unit presses its emergency button. */
  pressEmergency(): void {
    const { emergencyDigit } = this.#settings;
    if (emergencyDigit !== undefined) this.#tell(emergencyDigit);
  }

  close(): void {
    this.#cancelSpeech?.();
    this.#cancelEnd?.();
    this.#alarm.clear();
    this.#radio?.close();
    this.#audio = undefined;
    this.#socket.close();
  }

  #sendVoice(payload: Uint8Array, marker: boolean): void {
    const audio = this.#audio;
    if (audio?.send !== true) return;
    const out = new Uint8Array(rtpHeaderBytes + voiceExtensionBytes + payload.length);
    this.#sender.write(out, payload.length, audio.payloadType, marker);
    const at = this.#radio?.writeVoice(out) ?? rtpHeaderBytes;
    if (this.#radio !== undefined) markExtended(out);
    out.set(payload, at);
    this.#sender.advance(packetSamples);
    this.#timestampMs += packetMs;
    this.#settings.tap?.spoke();
    this.#deliver(out.subarray(0, at + payload.length));
  }

  /** Timestamps follow time across the pause since the last packet. */
  #advanceTo(nowMs: number): void {
    const pauseMs = Math.max(0, nowMs - this.#timestampMs);
    this.#sender.advance(Math.round(pauseMs * 8));
    this.#timestampMs += pauseMs;
  }

  /** Sends a packet as the network would: later, or never. */
  #deliver(packet: Uint8Array): void {
    const delayMs = this.#impairment.nextDelayMs();
    if (delayMs === undefined) return;
    if (delayMs === 0) this.#send(packet);
    else this.#clock.callAt(this.#clock.nowMs() + delayMs, () => this.#send(packet));
  }

  #send(packet: Uint8Array): void {
    const audio = this.#audio;
    if (audio !== undefined) this.#socket.send(packet, audio.remote.port, audio.remote.address);
  }

  #hear(bytes: Uint8Array): void {
    const audio = this.#audio;
    if (audio === undefined || this.#packet.read(bytes) !== undefined) return;
    const { payloadType, payloadOffset, payloadBytes, ssrc, timestamp } = this.#packet;
    if (ssrc === this.#settings.ssrc) return; // our own, by way of the group
    this.#radio?.heard(this.#packet);
    if (payloadType === audio.telephoneEventPayloadType) this.#hearKey(bytes);
    if (payloadType !== audio.payloadType) return;
    const payload = bytes.subarray(payloadOffset, payloadOffset + payloadBytes);
    const silent = payload.every((octet) => octet === alawSilence);
    const durationMs = payloadBytes / 8;
    // A packet that was overtaken has no pause before it.
    const pausedMs = Math.max(0, ((timestamp - this.#heardTo) | 0) / 8);
    this.#heardTo = timestamp + payloadBytes;
    const actions = this.#network.hearGateway(durationMs, silent, this.#clock.nowMs(), pausedMs);
    this.#perform(actions);
    if (!silent) this.#settings.floor?.heard();
    const carried = actions.some(({ name }) => name === 'carry');
    if (carried && !silent) this.carriedMs += durationMs;
    this.#settings.tap?.heard(payload, timestamp, { carried, silent });
  }

  #hearKey(bytes: Uint8Array): void {
    const { payloadOffset, payloadBytes, timestamp } = this.#packet;
    if (!readTelephoneEvent(bytes, payloadOffset, payloadBytes, this.#key)) return;
    const event = this.#keys.receive(this.#key, timestamp);
    const digit = event === undefined ? undefined : digitOfEvent(event);
    if (digit !== undefined) this.#settings.tap?.digit(digit);
    const digits = this.#settings.keyDigits;
    if (digits === undefined || (digit !== digits.on && digit !== digits.off)) return;
    this.#perform(this.#network.keyGateway(digit === digits.on, this.#clock.nowMs()));
  }

  #perform(actions: readonly RadioAction[]): void {
    const digits = this.#settings.grantDigits;
    for (const { name } of actions) {
      if (name === 'grant' && digits !== undefined) this.#tell(digits.granted);
      if (name === 'deny' && digits !== undefined) this.#tell(digits.denied);
      if (name !== 'carry') this.#settings.floor?.answer(name === 'grant');
    }
    this.#radio?.carries(this.#network.state === 'carrying');
    this.#alarm.setAt(this.#network.deadlineMs());
  }

  #tell(digit: string): void {
    const event = eventOfDigit(digit);
    const payloadType = this.#audio?.telephoneEventPayloadType;
    if (event === undefined || payloadType === undefined) return;
    const startMs = this.#clock.nowMs();
    this.#advanceTo(startMs);
    this.#events.begin(event, this.#sender.timestamp);
    const next = (index: number): void => {
      const report = this.#events.next();
      if (report === undefined) return;
      const out = new Uint8Array(rtpHeaderBytes + telephoneEventBytes);
      writeTelephoneEvent(out, rtpHeaderBytes, report);
      this.#sender.writeAt(this.#events.timestamp, out, telephoneEventBytes, payloadType, this.#events.marker);
      // Grants are the bridge's own word and do not cross the air.
      this.#send(out);
      this.#clock.callAt(startMs + (index + 1) * packetMs, () => next(index + 1));
    };
    next(0);
  }
}
