/**
 * WebRTC of one console through mediasoup-client: one transport each way, the microphone's producer, one consumer for
 * every party that the gateway lets us hear. Opened anew as a whole whenever it fails, the media worker is reset or the
 * link was away: one way to start is one way to get it right.
 *
 *   RtcOpen ─▶ both transports ─▶ RtcReady ─▶ RtcConsume … (gateway)      microphone ─▶ RtcProduce
 *
 * The microphone has a second way, the line of the intercom, from the first call on. Each way has a gate of its own; that
 * never both are open is the caller's business (app/intercom.ts).
 *
 * Nothing leaves while the key is up: the sender has no track. Giving it the track takes 0.3 ms and the first frame
 * follows within its 20 ms (Chromium); mediasoup's own zeroRtpOnPause negotiates for 10 ms first, a disabled track
 * goes on sending silence.
 */
import { Device } from 'mediasoup-client';
import type {
  Consumer,
  Producer,
  RtpCapabilities,
  RtpParameters,
  Transport,
  TransportOptions,
} from 'mediasoup-client/types';
import type { escaut } from '../../protocols/generated/console.js';
import { backoffMs } from '../link/backoff.ts';
import type { RtcCalls } from './rtc-calls.ts';

export type RtcPhase = 'closed' | 'opening' | 'open' | 'failed';

export interface Stream {
  readonly consumerId: string;
  readonly groupId: string;
  /** Leg id, or `operators`; without group the console that speaks by intercom. */
  readonly partyId: string;
  readonly track: MediaStreamTrack;
}

interface RtcListener {
  onPhase(): void;
  onStream(stream: Stream): void;
  onStreamEnd(consumerId: string): void;
}

/** All that belongs to one opening; what is late from an older one is dropped. */
interface Opening {
  readonly send: Transport;
  readonly receive: Transport;
  readonly consumers: Map<string, Consumer>;
  producer: Producer | undefined;
  line: Producer | undefined;
}

/** A short break of the path mends itself or by an ICE restart; a longer one opens everything anew. */
const disconnectedMsMax = 2000;
const consumersMax = 500;

export class RtcSession {
  readonly #calls: RtcCalls;
  readonly #listener: RtcListener;
  #phase: RtcPhase = 'closed';
  #capabilities: RtpCapabilities | undefined;
  #opening: Opening | undefined;
  #generation = 0;
  #failures = 0;
  #awaitsOpened = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #produceRetry: ReturnType<typeof setTimeout> | undefined;
  #refusals = 0;
  #microphone: MediaStreamTrack | undefined;
  #gateOpen = false;
  #lineWanted = false;
  #lineOpen = false;
  #produceWork: Promise<void> = Promise.resolve();
  #consumeWork: Promise<void> = Promise.resolve();

  constructor(calls: RtcCalls, listener: RtcListener) {
    this.#calls = calls;
    this.#listener = listener;
  }

  get phase(): RtcPhase {
    return this.#phase;
  }

  /** Whether a word spoken now would reach the gateway. */
  get canSend(): boolean {
    return this.#phase === 'open' && this.#opening?.producer !== undefined && !this.#opening.producer.closed;
  }

  /**
   * `capabilitiesJson` is the router's, from Welcome. What stood before is heard until the gateway has answered: by
   * then it has closed its own end of it.
   */
  async open(capabilitiesJson: string): Promise<void> {
    const generation = ++this.#generation;
    clearTimeout(this.#retry);
    this.#awaitsOpened = true;
    this.#show('opening');
    try {
      this.#capabilities = JSON.parse(capabilitiesJson) as RtpCapabilities;
      await this.#establish(generation, this.#capabilities);
      if (generation !== this.#generation) return;
      this.#failures = 0;
      this.#show('open');
      await this.#calls.call({ ready: {} });
      await this.#produce();
    } catch (error) {
      if (generation === this.#generation) this.#fail(error);
    }
  }

  /** Ends everything; late answers of it change nothing. */
  close(): void {
    this.#generation++;
    clearTimeout(this.#retry);
    this.#awaitsOpened = false;
    this.#discard();
    this.#show('closed');
  }

  /** The gateway's media worker died. What it says before it answers our RtcOpen is about what we have left already. */
  reset(): void {
    if (!this.#awaitsOpened) this.#reopen();
  }

  /** The microphone, or undefined when it is gone. A change while talking goes on with the other one. */
  setMicrophone(track: MediaStreamTrack | undefined): void {
    if (track === this.#microphone) return;
    this.#microphone = track;
    void this.#produce();
  }

  /** Offers the microphone anew: the gateway says that it has none of ours. */
  renewMicrophone(): void {
    this.#opening?.producer?.close();
    void this.#produce();
  }

  /** Lets the voice out, or stops it: the first frame follows within 20 ms, and none follows a closed gate. */
  setGate(open: boolean): void {
    this.#gateOpen = open;
    const producer = this.#opening?.producer;
    if (producer !== undefined) this.#applyGate(producer, open);
  }

  /** Lays the second way of the microphone, for the calls of this page from now on. */
  layLine(): void {
    if (this.#lineWanted) return;
    this.#lineWanted = true;
    void this.#produce();
  }

  /** As `setGate`, of the second way. */
  setLineGate(open: boolean): void {
    this.#lineOpen = open;
    const line = this.#opening?.line;
    if (line !== undefined) this.#applyGate(line, open);
  }

  /** The gateway offers a stream. Taken one at a time: each is a negotiation of the one receiving connection. */
  consume(notice: escaut.console.v1.RtcConsume.$Properties): void {
    const generation = this.#generation;
    this.#consumeWork = this.#consumeWork
      .then(() => this.#consume(generation, notice))
      .catch((error: unknown) => {
        console.warn('a stream was not taken', error);
      });
  }

  closeConsumer(consumerId: string): void {
    const consumer = this.#opening?.consumers.get(consumerId);
    if (consumer === undefined) return;
    this.#opening?.consumers.delete(consumerId);
    this.#listener.onStreamEnd(consumerId);
    consumer.close();
  }

  /** Asks the gateway not to send what would not be heard. */
  setConsumerPaused(consumerId: string, paused: boolean): void {
    this.#calls.call({ consumerState: { consumerId, paused } }).catch((error: unknown) => {
      console.warn('a stream was not paused or resumed', error);
    });
  }

  async receiveStats(): Promise<RTCStatsReport | undefined> {
    return this.#phase === 'open' ? this.#opening?.receive.getStats() : undefined;
  }

  async #establish(generation: number, capabilities: RtpCapabilities): Promise<void> {
    const device = await Device.factory();
    await device.load({ routerRtpCapabilities: capabilities });
    const rtpCapabilitiesJson = JSON.stringify(device.recvRtpCapabilities);
    const { opened } = await this.#calls.call({ open: { rtpCapabilitiesJson } });
    if (generation !== this.#generation) return;
    this.#awaitsOpened = false;
    this.#discard();
    const send = device.createSendTransport(JSON.parse(opened?.sendTransportJson ?? '') as TransportOptions);
    const receive = device.createRecvTransport(JSON.parse(opened?.receiveTransportJson ?? '') as TransportOptions);
    this.#opening = { send, receive, consumers: new Map(), producer: undefined, line: undefined };
    for (const transport of [send, receive]) this.#watch(generation, transport);
    send.on('produce', ({ rtpParameters, appData }, callback, errback) => {
      const rtpParametersJson = JSON.stringify(rtpParameters);
      this.#calls
        .call({ produce: { transportId: send.id, rtpParametersJson, intercom: appData.intercom === true } })
        .then((response) => callback({ id: response.producerId ?? '' }), errback);
    });
  }

  #watch(generation: number, transport: Transport): void {
    transport.on('connect', ({ dtlsParameters }, callback, errback) => {
      this.#calls
        .call({ connect: { transportId: transport.id, dtlsParametersJson: JSON.stringify(dtlsParameters) } })
        .then(() => callback(), errback);
    });
    transport.on('connectionstatechange', (state) => {
      if (generation !== this.#generation) return;
      if (state === 'failed') this.#fail(new Error('the path of the voice failed'));
      else if (state === 'disconnected') this.#mend(generation, transport);
    });
  }

  #mend(generation: number, transport: Transport): void {
    const restart = async (): Promise<void> => {
      const { iceParametersJson } = await this.#calls.call({ restartIce: { transportId: transport.id } });
      if (generation === this.#generation)
        await transport.restartIce({ iceParameters: JSON.parse(iceParametersJson ?? '') });
    };
    restart().catch((error: unknown) => {
      console.warn('ICE did not restart', error);
    });
    setTimeout(() => {
      const connected = transport.connectionState === 'connected';
      if (generation === this.#generation && !connected) this.#fail(new Error('the path of the voice is cut'));
    }, disconnectedMsMax);
  }

  #fail(error: unknown): void {
    console.warn('the voice path is opened again', error);
    this.close();
    this.#show('failed');
    this.#retry = setTimeout(() => this.#reopen(), backoffMs(this.#failures++, Math.random()));
  }

  /** Brings the producer in line with the microphone; one change at a time. */
  #produce(): Promise<void> {
    this.#produceWork = this.#produceWork
      .then(() => this.#alignProducer())
      .then(() => {
        this.#refusals = 0;
      })
      .catch((error: unknown) => {
        console.warn('the microphone is not offered to the gateway', error);
        clearTimeout(this.#produceRetry);
        this.#produceRetry = setTimeout(() => void this.#produce(), backoffMs(this.#refusals++, Math.random()));
      });
    return this.#produceWork;
  }

  async #alignProducer(): Promise<void> {
    const opening = this.#opening;
    const track = this.#microphone;
    if (opening === undefined || this.#phase !== 'open') return;
    if (track === undefined) {
      opening.producer?.close();
      opening.line?.close();
      opening.producer = undefined;
      opening.line = undefined;
      this.#listener.onPhase();
      await this.#calls.call({ producerClosed: { reason: 'no microphone' } });
      return;
    }
    if (opening.producer === undefined || opening.producer.closed) {
      const producer = await offer(opening.send, track, false);
      if (opening !== this.#opening) return producer.close();
      opening.producer = producer;
    }
    this.#applyGate(opening.producer, this.#gateOpen);
    this.#listener.onPhase();
    if (!this.#lineWanted) return;
    if (opening.line === undefined || opening.line.closed) {
      const line = await offer(opening.send, track, true);
      if (opening !== this.#opening) return line.close();
      opening.line = line;
    }
    this.#applyGate(opening.line, this.#lineOpen);
  }

  #applyGate(producer: Producer, open: boolean): void {
    const track = open ? (this.#microphone ?? null) : null;
    producer.rtpSender?.replaceTrack(track).catch((error: unknown) => {
      // Never leave a gate in doubt: a producer that cannot be silenced is closed.
      console.warn('the microphone did not follow the key', error);
      producer.close();
      this.#fail(error);
    });
  }

  async #consume(generation: number, notice: escaut.console.v1.RtcConsume.$Properties): Promise<void> {
    const opening = this.#opening;
    if (generation !== this.#generation || opening === undefined || opening.consumers.size >= consumersMax) return;
    const consumer = await opening.receive.consume({
      id: notice.consumerId ?? '',
      producerId: notice.producerId ?? '',
      kind: 'audio',
      rtpParameters: JSON.parse(notice.rtpParametersJson ?? '') as RtpParameters,
    });
    if (generation !== this.#generation) return consumer.close();
    opening.consumers.set(consumer.id, consumer);
    const { groupId, partyId } = notice;
    this.#listener.onStream({
      consumerId: consumer.id,
      groupId: groupId ?? '',
      partyId: partyId ?? '',
      track: consumer.track,
    });
  }

  #reopen(): void {
    const capabilities = this.#capabilities;
    if (capabilities !== undefined) void this.open(JSON.stringify(capabilities));
  }

  #discard(): void {
    clearTimeout(this.#produceRetry);
    const opening = this.#opening;
    this.#opening = undefined;
    for (const id of opening?.consumers.keys() ?? []) this.#listener.onStreamEnd(id);
    opening?.send.close();
    opening?.receive.close();
  }

  #show(phase: RtcPhase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#listener.onPhase();
  }
}

/** A way of the microphone, with nothing to send from its first moment on. */
async function offer(send: Transport, track: MediaStreamTrack, intercom: boolean): Promise<Producer> {
  const placeholder = silent(track);
  const producer = await send.produce({
    track: placeholder,
    onRtpSender: (sender) => void sender.replaceTrack(null),
    stopTracks: false,
    disableTrackOnPause: false,
    codecOptions: {
      opusStereo: false,
      opusFec: true,
      opusDtx: false,
      opusPtime: 20,
      opusMaxPlaybackRate: 16_000,
      opusMaxAverageBitrate: 32_000,
    },
    appData: { intercom },
  });
  placeholder.stop();
  return producer;
}

/** A track to negotiate with that says nothing, whatever the microphone hears meanwhile. */
function silent(track: MediaStreamTrack): MediaStreamTrack {
  const clone = track.clone();
  clone.enabled = false;
  return clone;
}
