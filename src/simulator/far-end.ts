/**
 * The bridge of one simulated network: a SIP user agent over UDP that takes the gateway's calls, one for each of the
 * network's talkgroups, and gives each a radio leg.
 */
import { createSocket, type Socket } from 'node:dgram';
import { Alarm, type Clock } from '../base/clock.ts';
import { SeededRandom, secretToken } from '../base/random.ts';
import {
  answerTerms,
  type FloorTerms,
  floorMedia,
  floorStreamOf,
  isFloorMedia,
  termsOf,
} from '../protocols/mcptt/floor-sdp.ts';
import type { CallEvent, CallId, CallTerms } from '../protocols/sip/call-terms.ts';
import type { NameAddr } from '../protocols/sip/header-values.ts';
import type { Hop } from '../protocols/sip/hop.ts';
import type { SipRequest } from '../protocols/sip/message.ts';
import { parseSipMessage } from '../protocols/sip/parse.ts';
import { noParams } from '../protocols/sip/scan.ts';
import { parseSdp, type SdpReading, writeSdp } from '../protocols/sip/sdp.ts';
import {
  type AgreedAudio,
  type AudioAbilities,
  type CompanionStream,
  negotiateAudio,
} from '../protocols/sip/sdp-audio.ts';
import { serialiseSipMessage } from '../protocols/sip/serialise.ts';
import { parseUri, userText } from '../protocols/sip/uri.ts';
import { UserAgent } from '../protocols/sip/user-agent.ts';
import { FloorControl } from './floor-control.ts';
import { groundRadioAnswer, groundRadioTerms } from './ground-radio.ts';
import { impairmentOf } from './impairment.ts';
import type { HeardVoice, NetworkManners, PlayedNetwork } from './played-network.ts';
import { type RadioFloor, RadioLeg } from './radio-leg.ts';
import { messageOf, type ToldWord } from './told-word.ts';
import type { VoicePorts } from './voice-ports.ts';

export interface FarEndSettings extends NetworkManners {
  readonly network: string;
  readonly host: string;
  readonly port: number;
  readonly grantDigits?: { readonly granted: string; readonly denied: string };
  readonly keyDigits?: { readonly on: string; readonly off: string };
  readonly emergencyDigit?: string;
  /** It is an MCPTT system: sessions have floor control. */
  readonly floorControl?: boolean;
  /** It is a ground radio station (ED-137). */
  readonly groundRadio?: boolean;
}

interface OpenCall {
  readonly number: string;
  readonly leg: RadioLeg;
  readonly port: number;
  readonly floor: OpenFloor | undefined;
}

interface OpenFloor {
  readonly control: FloorControl;
  readonly port: number;
}

export class FarEnd implements PlayedNetwork {
  readonly #settings: FarEndSettings;
  readonly #clock: Clock;
  readonly #ports: VoicePorts;
  readonly #random: SeededRandom;
  readonly #socket: Socket;
  readonly #agent: UserAgent;
  readonly #alarm: Alarm;
  /** Calls that wait for a voice socket. */
  readonly #waiting = new Set<CallId>();
  readonly #calls = new Map<CallId, OpenCall>();
  /** Of calls that are over. */
  #carriedMs = 0;
  #cutMs = 0;
  #versions = 0;
  #gateway: Hop | undefined;
  #closed: Promise<void> | undefined;

  constructor(settings: FarEndSettings, clock: Clock, ports: VoicePorts) {
    this.#settings = settings;
    this.#clock = clock;
    this.#ports = ports;
    this.#random = new SeededRandom(settings.seed);
    const { host, port } = settings;
    this.#agent = new UserAgent({
      localFor: () => ({ address: host, port }),
      hopTo: () => undefined,
      token: () => secretToken(),
      fraction: () => this.#random.fraction(),
    });
    this.#alarm = new Alarm(clock, () => {
      this.#agent.tick(clock.nowMs());
      this.#drain();
    });
    this.#socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.#socket.on('message', (bytes, { address, port }) => this.#receive(bytes, { transport: 'udp', address, port }));
    this.#socket.on('error', () => undefined); // an unreachable gateway calls again when it is back
  }

  /** @throws Error with code EADDRINUSE when the port is taken. */
  open(): Promise<void> {
    return new Promise((done, failed) => {
      this.#socket.once('error', failed);
      this.#socket.bind(this.#settings.port, this.#settings.host, () => {
        this.#socket.off('error', failed);
        done();
      });
    });
  }

  speak(number: string, address: string, alaw: Uint8Array): number {
    for (const [id, call] of this.#calls) {
      if (call.number !== number) continue;
      const named = `sip:${address.replaceAll(' ', '')}@${this.#settings.network}.invalid`;
      call.floor?.control.unitTalks(named);
      const uri = call.floor === undefined ? parseUri(named) : undefined;
      if (uri !== undefined) this.#agent.identify(id, { uri, params: noParams }, this.#clock.nowMs());
      this.#drain();
      return call.leg.speak(alaw);
    }
    return 0;
  }

  /** A unit presses its emergency button, before it talks or while it does. */
  pressEmergency(number: string): void {
    for (const call of this.#calls.values()) if (call.number === number) call.leg.pressEmergency();
  }

  /** Whether the gateway has called for that talkgroup. */
  hasCall(number: string): boolean {
    return [...this.#calls.values()].some((call) => call.number === number);
  }

  tell(number: string, address: string, word: ToldWord): void {
    const to = this.#gateway;
    if (to === undefined) return;
    const host = to.address.includes(':') ? `[${to.address}]` : to.address;
    const uri = parseUri(`sip:${number}@${host}:${to.port}`);
    const from = parseUri(`sip:${address.replaceAll(' ', '')}@${this.#settings.network}.invalid`);
    if (uri === undefined || from === undefined) return;
    const { body, contentType, urgent } = messageOf(word);
    const headers: [string, string][] = [['Content-Type', contentType]];
    if (urgent) headers.push(['Priority', 'emergency']);
    const message = { method: 'MESSAGE', uri, hop: to, from: { uri: from, params: noParams }, headers, body };
    this.#agent.request(message, this.#clock.nowMs());
    this.#drain();
  }

  get heard(): HeardVoice {
    const legs = [...this.#calls.values()].map(({ leg }) => leg);
    return {
      carriedMs: legs.reduce((sum, leg) => sum + leg.carriedMs, this.#carriedMs),
      cutMs: legs.reduce((sum, leg) => sum + leg.cutMs, this.#cutMs),
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#hangUpAll();
    return this.#closed;
  }

  /** As when its line is cut: nothing is said any more, and nothing heard. */
  fallSilent(): void {
    this.#closed ??= Promise.resolve();
    for (const id of [...this.#calls.keys()]) this.#forget(id);
    this.#alarm.clear();
    this.#socket.close();
  }

  async #hangUpAll(): Promise<void> {
    for (const id of this.#calls.keys()) this.#agent.hangUp(id, this.#clock.nowMs());
    this.#drain();
    const untilMs = this.#clock.nowMs() + 1000;
    while (this.#agent.sizes.calls > 0 && this.#clock.nowMs() < untilMs) {
      await new Promise<void>((done) => this.#clock.callAt(this.#clock.nowMs() + 20, done));
    }
    for (const id of [...this.#calls.keys()]) this.#forget(id);
    this.#alarm.clear();
    this.#socket.close();
  }

  #receive(bytes: Uint8Array, source: Hop): void {
    const reading = parseSipMessage(bytes);
    if (!reading.ok) return;
    if (reading.message.kind === 'request' && reading.message.method === 'INVITE') this.#gateway = source;
    this.#agent.receive(reading.message, source, this.#clock.nowMs());
    this.#drain();
  }

  #drain(): void {
    for (let outputs = this.#agent.take(); outputs.length > 0; outputs = this.#agent.take()) {
      for (const output of outputs) {
        if (output.name === 'send') {
          this.#socket.send(serialiseSipMessage(output.message), output.hop.port, output.hop.address);
        } else if (output.name === 'call') void this.#onCall(output.call, output.event);
        else if (output.name === 'register' || output.name === 'message') {
          // Its radios show texts to nobody, and take them.
          const status = output.name === 'register' ? 501 : 200;
          if (output.name === 'message') this.#said(output.request);
          this.#agent.respond(output.transaction, output.request, { status }, this.#clock.nowMs());
        }
      }
    }
    this.#alarm.setAt(this.#agent.deadlineMs);
  }

  async #onCall(id: CallId, event: CallEvent): Promise<void> {
    if (event.name === 'incoming') await this.#take(id, event);
    else if (event.name === 'offered') this.#renegotiate(id, event.offer);
    else if (event.name === 'identity') this.#named(id, event.identity);
    else if (event.name === 'ended') {
      this.#waiting.delete(id);
      this.#forget(id);
    }
    if (this.#closed === undefined) this.#drain();
  }

  #named(id: CallId, { uri }: NameAddr): void {
    const number = this.#calls.get(id)?.number;
    const user = 'host' in uri ? userText(uri) : undefined;
    if (number !== undefined && user !== undefined) this.#settings.tap?.(number).talker(user);
  }

  #said({ uri, headers, body }: SipRequest): void {
    const number = 'host' in uri ? userText(uri) : undefined;
    if (number === undefined || !this.#settings.numbers.includes(number)) return;
    const contentType = headers.get('Content-Type') ?? '';
    this.#settings.tap?.(number).said(contentType, body);
  }

  #forget(id: CallId): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    const { leg, floor } = call;
    this.#calls.delete(id);
    floor?.control.close();
    this.#carriedMs += leg.carriedMs;
    this.#cutMs += leg.cutMs;
    leg.close();
  }

  async #take(id: CallId, { request, offer }: Extract<CallEvent, { name: 'incoming' }>): Promise<void> {
    const nowMs = () => this.#clock.nowMs();
    const number = 'host' in request.uri ? userText(request.uri) : undefined;
    if (number === undefined || !this.#settings.numbers.includes(number)) {
      this.#agent.refuse(id, { status: 404 }, nowMs());
      return;
    }
    const { host, setUpMs, grantDigits, keyDigits, emergencyDigit } = this.#settings;
    const digits = {
      ...(grantDigits === undefined ? {} : { grantDigits }),
      ...(keyDigits === undefined ? {} : { keyDigits }),
      ...(emergencyDigit === undefined ? {} : { emergencyDigit }),
      tap: this.#settings.tap?.(number),
    };
    const ssrc = Math.floor(this.#random.fraction() * 0xffff_ffff);
    let control: FloorControl | undefined;
    const floorOfLeg: RadioFloor = {
      answer: (granted) => control?.answer(granted),
      heard: () => control?.heard(),
      unitEnded: () => control?.unitTalks(undefined),
    };
    const wantsFloor = this.#settings.floorControl === true;
    const groundRadio = this.#settings.groundRadio === true && { groundRadio: { lost: () => this.#lose(id) } };
    const settings = { host, setUpMs, ...digits, ...(wantsFloor && { floor: floorOfLeg }), ...groundRadio, ssrc };
    const leg = new RadioLeg(settings, this.#clock, impairmentOf(this.#settings, number));
    if (wantsFloor) control = new FloorControl({ host, ssrc, key: (down) => leg.key(down) }, this.#clock);
    this.#waiting.add(id);
    const port = await leg.open(this.#ports);
    const floorPort = await control?.open(this.#ports);
    const floor = control === undefined || floorPort === undefined ? undefined : { control, port: floorPort };
    const stillWanted = this.#waiting.delete(id) && this.#closed === undefined;
    const reading = offer === undefined ? undefined : parseSdp(offer);
    const answer =
      port !== undefined && reading?.ok === true
        ? negotiateAudio(reading.description, this.#abilities(port, floor))
        : undefined;
    const stream = reading?.ok === true ? floorStreamOf(reading.description) : undefined;
    if (!stillWanted || port === undefined || answer?.ok !== true || (wantsFloor && stream === undefined)) {
      leg.close();
      control?.close();
      if (stillWanted) this.#agent.refuse(id, { status: port === undefined ? 503 : 488 }, nowMs());
      return;
    }
    // A gateway that started again calls anew: its old call is of no use to anybody.
    for (const [old, call] of this.#calls) {
      if (call.number !== number) continue;
      this.#agent.hangUp(old, nowMs());
      this.#forget(old);
    }
    leg.connect(answer.audio, this.#radioOf(reading, answer.audio));
    this.#calls.set(id, { number, leg, port, floor });
    const terms = { contactUser: number, sessionExpiresS: 1800, symmetric: false, ...this.#headers };
    this.#agent.accept(id, writeSdp(answer.answer), terms, nowMs());
    if (stream !== undefined) floor?.control.connect(stream);
  }

  /** The gateway's keep-alive has stayed away: its call is over. */
  #lose(id: CallId): void {
    this.#agent.hangUp(id, this.#clock.nowMs(), 'no keep-alive came');
    this.#forget(id);
    this.#drain();
  }

  #radioOf(reading: SdpReading | undefined, { mediaIndex }: AgreedAudio) {
    if (this.#settings.groundRadio !== true || reading?.ok !== true) return undefined;
    const media = reading.description.media[mediaIndex];
    const answer = media && groundRadioTerms(reading.description, media, pttId);
    return answer?.ok === true ? answer : undefined;
  }

  get #headers(): Pick<CallTerms, 'headers'> {
    return this.#settings.groundRadio === true ? { headers: [['WG67-Version', 'radio.01']] } : {};
  }

  #renegotiate(id: CallId, offer: Uint8Array | undefined): void {
    const call = this.#calls.get(id);
    const reading = offer === undefined ? undefined : parseSdp(offer);
    const answer =
      call !== undefined && reading?.ok === true
        ? negotiateAudio(reading.description, this.#abilities(call.port, call.floor))
        : undefined;
    if (answer?.ok === true) {
      call?.leg.connect(answer.audio, this.#radioOf(reading, answer.audio));
      this.#agent.acceptOffer(id, writeSdp(answer.answer), this.#clock.nowMs());
    } else this.#agent.refuseOffer(id, { status: 488 }, this.#clock.nowMs());
  }

  #abilities(port: number, floor: OpenFloor | undefined): AudioAbilities {
    return {
      ...(floor !== undefined && { title: 'speech', companion: companionOf(floor.port) }),
      origin: { username: this.#settings.network, sessionId: '1', version: String(++this.#versions) },
      address: this.#settings.host,
      port,
      codecs: ['PCMA'],
      telephoneEvent: this.#settings.groundRadio !== true,
      ...(this.#settings.groundRadio === true && { supplement: groundRadioAnswer(pttId) }),
      comfortNoise: false,
      ptimeMs: 20,
      rtcpMux: true,
      direction: 'sendrecv',
    };
  }
}

/** Each station knows one gateway, and has one PTT-ID for it. */
const pttId = 1;
const floorTerms: FloorTerms = { queueing: false, priority: 255, granted: false, implicitRequest: false };

function companionOf(port: number): CompanionStream {
  return {
    offer: floorMedia(port, floorTerms),
    answer: (offered) =>
      isFloorMedia(offered) ? floorMedia(port, answerTerms(termsOf(offered), floorTerms)) : undefined,
  };
}
