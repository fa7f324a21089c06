/**
 * The least page that can hear and speak: the console link and mediasoup-client, nothing else. Runs in Chromium,
 * bundled by console-webrtc.test.ts, and hangs itself on `window.rig`.
 */
import { Device } from 'mediasoup-client';
import { escaut } from '../../src/protocols/generated/console.js';

const wire = escaut.console.v1;

class Rig {
  resets = 0;
  opened = 0;
  failures = [];
  /** Answers to the key, as the wire numbers them. */
  floorResults = [];
  #socket;
  #calls = new Map();
  #lastCall = 0;
  #capabilities = '';
  #transports = [];
  /** By id: {party, consumer}. */
  #consumers = new Map();
  #consuming = Promise.resolve();
  #pending = [];

  start(token) {
    const socket = new WebSocket(`ws://${location.host}/console/ws`);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#send({ hello: { versionMin: 1, versionMax: 1, token } });
    socket.onmessage = (event) => this.#receive(wire.ServerMessage.decode(new Uint8Array(event.data)));
    setInterval(() => socket.readyState === WebSocket.OPEN && this.#send({ ping: { nonce: 1 } }), 1000);
  }

  /** As a browser does that throws the connections away without a word on the link. */
  cutTransports() {
    for (const transport of this.#transports) transport.close();
  }

  key(groupId) {
    this.#send({ floorRequest: { groupId, requestId: 1 } });
  }

  /** Of each party, e.g. `xb-acc/as-1` or `xb-acc operators`: packets and energy. */
  async heard() {
    return Promise.all(
      [...this.#consumers.values()].map(async ({ party, consumer }) => {
        let packets = 0;
        let energy = 0;
        for (const report of (await consumer.getStats()).values()) {
          if (report.type !== 'inbound-rtp') continue;
          packets = report.packetsReceived;
          energy = report.totalAudioEnergy;
        }
        return { party, packets, energy };
      }),
    );
  }

  #send(message) {
    this.#socket?.send(wire.ClientMessage.encode(message).finish());
  }

  #call(request) {
    const requestId = ++this.#lastCall;
    this.#send({ rtcRequest: { ...request, requestId } });
    return new Promise((resolve, reject) => {
      this.#calls.set(requestId, (response) =>
        response.error ? reject(new Error(response.error)) : resolve(response),
      );
    });
  }

  #receive(message) {
    if (message.welcome) {
      this.#capabilities = message.welcome.routerRtpCapabilitiesJson ?? '';
      this.#open();
    }
    if (message.floorAnswer) this.floorResults.push(message.floorAnswer.result);
    if (message.rtcResponse) this.#calls.get(message.rtcResponse.requestId ?? 0)?.(message.rtcResponse);
    if (message.rtcNotice?.reset) {
      this.resets++;
      this.#open();
    }
    if (message.rtcNotice?.consume) this.#pending.push(message.rtcNotice.consume);
    if (message.rtcNotice?.consumerClosed) this.#drop(message.rtcNotice.consumerClosed);
    this.#consumePending();
  }

  #open() {
    this.#establish().then(
      () => this.opened++,
      (error) => this.failures.push(String(error)),
    );
  }

  async #establish() {
    for (const transport of this.#transports) transport.close();
    this.#transports = [];
    this.#consumers.clear();
    this.#pending = [];
    const device = await Device.factory();
    await device.load({ routerRtpCapabilities: JSON.parse(this.#capabilities) });
    const { opened } = await this.#call({ open: { rtpCapabilitiesJson: JSON.stringify(device.recvRtpCapabilities) } });
    const send = device.createSendTransport(JSON.parse(opened?.sendTransportJson ?? ''));
    const receive = device.createRecvTransport(JSON.parse(opened?.receiveTransportJson ?? ''));
    this.#transports = [send, receive];
    for (const transport of this.#transports) {
      transport.on('connect', ({ dtlsParameters }, callback, errback) => {
        const dtlsParametersJson = JSON.stringify(dtlsParameters);
        this.#call({ connect: { transportId: transport.id, dtlsParametersJson } }).then(() => callback(), errback);
      });
    }
    send.on('produce', ({ rtpParameters }, callback, errback) => {
      const rtpParametersJson = JSON.stringify(rtpParameters);
      this.#call({ produce: { transportId: send.id, rtpParametersJson } }).then(
        (response) => callback({ id: response.producerId ?? '' }),
        errback,
      );
    });
    await this.#call({ ready: {} });
    const media = await navigator.mediaDevices.getUserMedia({ audio: true });
    await send.produce({ track: media.getAudioTracks()[0], codecOptions: { opusFec: true, opusPtime: 20 } });
  }

  #consumePending() {
    const receive = this.#transports[1];
    if (receive === undefined) return;
    for (const notice of this.#pending.splice(0)) {
      this.#consuming = this.#consuming
        .then(() => this.#consume(receive, notice))
        .catch((error) => {
          this.failures.push(String(error));
        });
    }
  }

  async #consume(receive, notice) {
    if (receive.closed) return;
    const consumer = await receive.consume({
      id: notice.consumerId ?? '',
      producerId: notice.producerId ?? '',
      kind: 'audio',
      rtpParameters: JSON.parse(notice.rtpParametersJson ?? ''),
    });
    const party = notice.partyId === 'operators' ? `${notice.groupId} operators` : (notice.partyId ?? '');
    this.#consumers.set(consumer.id, { party, consumer });
    // A stream that nothing plays is not decoded.
    const audio = new Audio();
    audio.srcObject = new MediaStream([consumer.track]);
    await audio.play();
  }

  #drop(consumerId) {
    this.#consumers.get(consumerId)?.consumer.close();
    this.#consumers.delete(consumerId);
  }
}

window.rig = new Rig();
