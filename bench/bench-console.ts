/**
 * A console of the benches: speaks the operator link as the page does, without a browser. It opens its transports and
 * its microphone with the parameters that a browser would send, so that the gateway lets it ask; it sends no media, and
 * receives some only if it is given a MediaListener.
 */
import type { types } from 'mediasoup';
import { WebSocket } from 'ws';
import { escaut } from '../src/protocols/generated/console.js';

const wire = escaut.console.v1;
type ServerMessage = escaut.console.v1.ServerMessage;
type RtcResponse = escaut.console.v1.RtcResponse.$Properties;
type ClientMessage = escaut.console.v1.ClientMessage.$Properties;

/** A transport as the gateway describes it to the page. */
export interface OfferedTransport {
  readonly id: string;
  readonly iceParameters: types.IceParameters;
  readonly iceCandidates: readonly types.IceCandidate[];
  readonly dtlsParameters: types.DtlsParameters;
}

/** Takes the gateway's receive transport; gives what the gateway is to connect it with. */
export type Connect = (offered: OfferedTransport) => Promise<types.DtlsParameters>;

/** ServerMessage.seq, field 1 as a varint. */
const stateTag = 0x08;

/** As Chromium describes its microphone. */
const microphone = (ssrc: number) => ({
  mid: '0',
  codecs: [
    {
      mimeType: 'audio/opus',
      payloadType: 111,
      clockRate: 48_000,
      channels: 2,
      parameters: { minptime: 10, useinbandfec: 1 },
      rtcpFeedback: [],
    },
  ],
  headerExtensions: [],
  encodings: [{ ssrc, dtx: false }],
  rtcp: { cname: 'bench' },
});

export class BenchConsole {
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, (response: RtcResponse) => void>();
  readonly #pings: NodeJS.Timeout;
  #lastId = 0;
  #onWelcome: (capabilitiesJson: string) => void = () => undefined;
  #onAnswer: (result: number, cause: string) => void = () => undefined;

  private constructor(origin: string) {
    this.#socket = new WebSocket(`${origin.replace('http', 'ws')}/console/ws`, { origin, perMessageDeflate: false });
    this.#socket.binaryType = 'nodebuffer';
    this.#socket.on('message', (bytes: Buffer) => {
      // Messages that begin with a number are pictures of the state: reading them is a page's work, not measured here.
      if (bytes[0] !== stateTag) this.#take(wire.ServerMessage.decode(bytes));
    });
    this.#pings = setInterval(() => this.#send({ ping: { nonce: 1 } }), 1000);
  }

  /** Lets itself in by a console link, brings its microphone and receives what `connect` is there for. */
  static async open(link: string, number: number, connect?: Connect): Promise<BenchConsole> {
    const url = new URL(link);
    const console = new BenchConsole(url.origin);
    await new Promise((done, failed) => console.#socket.once('open', done).once('error', failed));
    const capabilities = await new Promise<string>((done) => {
      console.#onWelcome = done;
      console.#send({ hello: { versionMin: 1, versionMax: 1, token: url.hash.replace('#token=', '') } });
    });
    const { opened } = await console.#call({ open: { rtpCapabilitiesJson: capabilities } });
    if (connect !== undefined) {
      const offered = JSON.parse(opened?.receiveTransportJson ?? '{}') as OfferedTransport;
      const dtlsParametersJson = JSON.stringify(await connect(offered));
      await console.#call({ connect: { transportId: offered.id, dtlsParametersJson } });
    }
    await console.#call({ ready: {} });
    const { id } = JSON.parse(opened?.sendTransportJson ?? '{}') as { id: string };
    const rtpParametersJson = JSON.stringify(microphone(0x2000_0000 + number));
    await console.#call({ produce: { transportId: id, rtpParametersJson } });
    return console;
  }

  /** Asks for a floor; the time from there to the answer, and what it was. */
  async key(groupId: string): Promise<{ readonly ms: number; readonly granted: boolean; readonly answer: string }> {
    const answered = new Promise<readonly [atMs: number, result: number, cause: string]>((done) => {
      this.#onAnswer = (result, cause) => done([performance.now(), result, cause]);
    });
    const askedMs = performance.now();
    this.#send({ floorRequest: { groupId, requestId: ++this.#lastId } });
    const [atMs, result, cause] = await answered;
    const answer = wire.FloorAnswer.Result[result] ?? String(result);
    return {
      ms: atMs - askedMs,
      granted: result === wire.FloorAnswer.Result.GRANTED,
      answer: cause === '' ? answer : `${answer} ${cause}`,
    };
  }

  release(groupId: string): void {
    this.#onAnswer = () => undefined;
    this.#send({ floorRelease: { groupId, requestId: this.#lastId } });
  }

  close(): void {
    clearInterval(this.#pings);
    this.#socket.terminate();
  }

  #send(message: ClientMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(wire.ClientMessage.encode(message).finish());
  }

  #call(request: escaut.console.v1.RtcRequest.$Properties): Promise<RtcResponse> {
    const requestId = ++this.#lastId;
    this.#send({ rtcRequest: { ...request, requestId } });
    return new Promise((done, failed) => {
      this.#calls.set(requestId, (response) =>
        response.error ? failed(new Error(`WebRTC request: ${response.error}`)) : done(response),
      );
    });
  }

  #take(message: ServerMessage): void {
    const { floorAnswer, welcome, rtcResponse } = message;
    if (floorAnswer) this.#onAnswer(floorAnswer.result ?? 0, floorAnswer.cause ?? '');
    else if (welcome) this.#onWelcome(welcome.routerRtpCapabilitiesJson ?? '');
    else if (rtcResponse) this.#calls.get(rtcResponse.requestId ?? 0)?.(rtcResponse);
  }
}
