/**
 * A gateway for the page alone: serves the built page under the product's Content-Security-Policy and speaks
 * proto/console.proto over a real WebSocket, saying what a test tells it to. It proves the page, not the gateway: no
 * floor is decided and no voice flows here.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { escaut } from '../../src/protocols/generated/console.js';

const wire = escaut.console.v1;
type Say = escaut.console.v1.ServerMessage.$Properties;
type Heard = escaut.console.v1.ClientMessage;
type Delta = escaut.console.v1.Delta.$Properties;
type Snapshot = escaut.console.v1.Snapshot.$Properties;

const contentSecurityPolicy =
  "default-src 'self'; media-src 'self' blob: mediastream:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";
export const oneTimeToken = 'one-time-token';
export const sessionId = 'console:1';
/** Of the person who sits at the page. */
export const operatorId = 'ccpd-be-1';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.geojson': 'application/geo+json',
};

const routerRtpCapabilitiesJson = JSON.stringify({
  codecs: [
    {
      kind: 'audio',
      mimeType: 'audio/opus',
      clockRate: 48_000,
      channels: 2,
      preferredPayloadType: 100,
      parameters: {},
      rtcpFeedback: [],
    },
  ],
  headerExtensions: [],
});

/** A transport that can be negotiated with and never connects. */
function transportJson(id: string): string {
  return JSON.stringify({
    id,
    iceParameters: {
      usernameFragment: 'fakefragment0000',
      password: 'fakepassword00000000000000000000',
      iceLite: true,
    },
    iceCandidates: [
      { foundation: 'f', ip: '127.0.0.1', address: '127.0.0.1', port: 9, priority: 1, protocol: 'udp', type: 'host' },
    ],
    dtlsParameters: {
      role: 'auto',
      fingerprints: [{ algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') }],
    },
  });
}

interface FloorRequest {
  readonly groupId: string;
  readonly requestId: number;
}

export function grantAll({ groupId, requestId }: FloorRequest): Say[] {
  const { GRANTED } = wire.FloorAnswer.Result;
  return [{ floorAnswer: { groupId, requestId, result: GRANTED, talkLimitMs: 30_000 } }];
}

export class FakeGateway {
  /** Everything that pages have said, in order. */
  readonly heard: Heard[] = [];
  /** What a floor request is answered with; the default grants. */
  onFloorRequest: (request: FloorRequest) => Say[] = grantAll;
  /** What a page is told that wants to hear something again; the default: nothing. */
  onRecall: (
    request: escaut.console.v1.RecallRequest.$Properties,
  ) => escaut.console.v1.RecallAnswer.$Properties | undefined = () => undefined;
  /** What a page is told that asks for permanent recordings; the default: nothing. */
  onRecordings: (
    request: escaut.console.v1.RecordingsRequest.$Properties,
  ) => escaut.console.v1.RecordingsAnswer.$Properties | undefined = () => undefined;
  /** Given by HTTP beside the page, by path. */
  readonly files = new Map<string, Uint8Array>();
  /** What joining would take; the default: a channel of a network that has many. */
  onCapacity = ({
    requestId,
  }: escaut.console.v1.CapacityRequest.$Properties): escaut.console.v1.CapacityAnswer.$Properties => ({
    requestId: requestId ?? 0,
    networks: [{ networkId: 'astrid', needed: 1, free: 7, channels: 8 }],
  });
  snapshot: Snapshot;
  operatorLanguage = 'fr';
  operatorRole = 'dispatcher';
  #http: Server | undefined;
  #sockets: WebSocketServer | undefined;
  readonly #live = new Set<WebSocket>();
  readonly #pageFolder: string;
  #seq = 0;
  #run = 0;
  readonly #deltas: { readonly seq: number; readonly bytes: Uint8Array }[] = [];
  #tokenSpent = false;
  #accepting = true;
  #nextProducer = 0;

  constructor(pageFolder: string, snapshot: Snapshot) {
    this.#pageFolder = pageFolder;
    this.snapshot = snapshot;
  }

  async listen(): Promise<string> {
    const http = createServer((request, response) => {
      void this.#serve(request.url ?? '/').then(({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'content-security-policy': contentSecurityPolicy });
        response.end(body);
      });
    });
    const sockets = new WebSocketServer({ noServer: true });
    http.on('upgrade', (request, socket, head) => {
      if (!this.#accepting || request.url !== '/console/ws') {
        socket.destroy();
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => this.#onSocket(webSocket));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    this.#http = http;
    this.#sockets = sockets;
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    for (const socket of this.#live) socket.terminate();
    this.#sockets?.close();
    await new Promise((resolve) => this.#http?.close(resolve));
  }

  /** Cuts every link, and lets none in until `accept`. */
  cut(): void {
    this.#accepting = false;
    for (const socket of this.#live) socket.terminate();
  }

  accept(): void {
    this.#accepting = true;
  }

  /** Forgets what was said, as a gateway that has just been started: those who come back get a snapshot. */
  restart(): void {
    this.#deltas.length = 0;
    this.#seq = 0;
    this.#run++;
  }

  /** A fresh one-time token, as a fresh printed link has it. */
  renewToken(): void {
    this.#tokenSpent = false;
  }

  say(...messages: Say[]): void {
    for (const message of messages) {
      for (const socket of this.#live) socket.send(wire.ServerMessage.encode(message).finish());
    }
  }

  /** A numbered change, kept for those who resume. */
  change(delta: Delta): void {
    const seq = ++this.#seq;
    const bytes = wire.ServerMessage.encode({ seq, delta }).finish();
    this.#deltas.push({ seq, bytes });
    for (const socket of this.#live) socket.send(bytes);
  }

  /** Skips a number, as if a delta had been lost on the way. */
  loseDelta(delta: Delta): void {
    const seq = ++this.#seq;
    this.#deltas.push({ seq, bytes: wire.ServerMessage.encode({ seq, delta }).finish() });
  }

  #onSocket(socket: WebSocket): void {
    socket.on('close', () => this.#live.delete(socket));
    socket.on('message', (data) => {
      const message = wire.ClientMessage.decode(data as Buffer);
      this.heard.push(message);
      if (message.hello) this.#onHello(socket, message.hello);
      else for (const answer of this.#answer(message)) socket.send(wire.ServerMessage.encode(answer).finish());
    });
  }

  #onHello(socket: WebSocket, hello: escaut.console.v1.Hello.$Properties): void {
    const known = hello.resumeToken === 'resume' || (hello.token === oneTimeToken && !this.#tokenSpent);
    const send = (message: Say): void => socket.send(wire.ServerMessage.encode(message).finish());
    if (!known) {
      send({ refused: { reason: wire.Refused.Reason.TOKEN } });
      return;
    }
    this.#tokenSpent = true;
    // Numbers of another run mean nothing here.
    const lastSeq = this.#run > 0 ? 0 : (hello.lastSeq ?? 0);
    send({
      welcome: {
        version: 1,
        sessionId,
        resumeToken: 'resume',
        resumed: lastSeq > 0,
        pingIntervalMs: 1000,
        gatewayUtcMs: Date.now(),
        routerRtpCapabilitiesJson,
        gatewayVersion: 'fake',
        operator: {
          id: 'op',
          display: 'Opérateur CCPD',
          controlRoom: 'CCPD Tournai',
          country: 'BE',
          language: this.operatorLanguage,
          personId: operatorId,
          controlRoomId: 'cr-ccpd',
          role: this.operatorRole,
          priority: 10,
        },
      },
    });
    if (lastSeq > 0) {
      for (const { seq, bytes } of this.#deltas) if (seq > lastSeq) socket.send(bytes);
    } else {
      if (this.#seq === 0) this.#seq = 1;
      send({ seq: this.#seq, snapshot: { ...this.snapshot, gatewayUtcMs: Date.now() } });
    }
    this.#live.add(socket);
  }

  #answer(message: Heard): Say[] {
    if (message.ping) return [{ pong: { nonce: message.ping.nonce ?? 0, gatewayUtcMs: Date.now() } }];
    if (message.floorRequest) {
      const { groupId, requestId } = message.floorRequest;
      return this.onFloorRequest({ groupId: groupId ?? '', requestId: requestId ?? 0 });
    }
    if (message.rtcRequest) return [{ rtcResponse: this.#answerRtc(message.rtcRequest) }];
    const { recallRequest } = message;
    const recalled = recallRequest ? this.onRecall(recallRequest) : undefined;
    const { recordingsRequest } = message;
    const recording = recordingsRequest ? this.onRecordings(recordingsRequest) : undefined;
    if (recording) return [{ recordingsAnswer: { requestId: recordingsRequest?.requestId ?? 0, ...recording } }];
    const { capacityRequest } = message;
    if (capacityRequest) return [{ capacityAnswer: this.onCapacity(capacityRequest) }];
    if (recalled) return [{ recallAnswer: { requestId: recallRequest?.requestId ?? 0, ...recalled } }];
    return [];
  }

  #answerRtc(request: escaut.console.v1.RtcRequest.$Properties): escaut.console.v1.RtcResponse.$Properties {
    const requestId = request.requestId ?? 0;
    if (request.open) {
      const sendTransportJson = transportJson(`send-${requestId}`);
      const receiveTransportJson = transportJson(`receive-${requestId}`);
      return { requestId, opened: { sendTransportJson, receiveTransportJson } };
    }
    return request.produce ? { requestId, producerId: `producer-${++this.#nextProducer}` } : { requestId };
  }

  async #serve(url: string): Promise<{ status: number; type: string; body: Buffer | string }> {
    const path = normalize(new URL(url, 'http://localhost').pathname);
    const given = this.files.get(path);
    if (given !== undefined) return { status: 200, type: 'application/octet-stream', body: Buffer.from(given) };
    const file = join(this.#pageFolder, path === '/' ? 'index.html' : path);
    const body = await readFile(file).catch(() => undefined);
    if (body === undefined) return { status: 404, type: 'text/plain', body: 'not found' };
    return { status: 200, type: contentTypes[extname(file)] ?? 'application/octet-stream', body };
  }
}
