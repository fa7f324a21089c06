/**
 * The media side of many consoles without a browser: each has a socket of its own to which the gateway's worker sends
 * SRTP, as it would to a page.
 *
 *   gateway's worker ◀── STUN, DTLS ──▶ socket of the console ◀── STUN, DTLS ──▶ worker of the bench
 *                    ─────── SRTP ────▶ counted here
 *
 * A worker is an ICE-lite server and so is that of the bench: the socket between them checks connectivity with either
 * (RFC 8445 §7.2, RFC 8489) and hands on what they say to shake hands. SRTP is counted by its header, which is readable,
 * and not decrypted: that would be work of the pages' machines.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { crc32 } from 'node:zlib';
import { createWorker, type types } from 'mediasoup';
import type { OfferedTransport } from './bench-console.ts';

const clientPort = 30_000;
/** Consent to send lasts 30 s (RFC 7675). */
const consentEveryMs = 5000;
const ticksPerPacket = 960;

/** The bench's own worker: one end of every DTLS association. */
export class ListenerWorker {
  readonly #worker: types.Worker;
  readonly #router: types.Router;
  readonly #server: types.WebRtcServer;
  readonly #listeners: MediaListener[] = [];
  readonly #consent: NodeJS.Timeout;

  private constructor(worker: types.Worker, router: types.Router, server: types.WebRtcServer) {
    this.#worker = worker;
    this.#router = router;
    this.#server = server;
    this.#consent = setInterval(() => {
      for (const listener of this.#listeners) listener.check();
    }, consentEveryMs);
  }

  static async start(): Promise<ListenerWorker> {
    const worker = await createWorker();
    const router = await worker.createRouter({ mediaCodecs: [] });
    const listenInfos = [{ protocol: 'udp' as const, ip: '127.0.0.1', port: clientPort }];
    return new ListenerWorker(worker, router, await worker.createWebRtcServer({ listenInfos }));
  }

  /** Shakes hands with the gateway's transport; the promise gives what the gateway is to be told. */
  async listen(offered: OfferedTransport): Promise<{ listener: MediaListener; dtlsParameters: types.DtlsParameters }> {
    const transport = await this.#router.createWebRtcTransport({ webRtcServer: this.#server });
    const fingerprints = sha256(offered.dtlsParameters);
    await transport.connect({ dtlsParameters: { role: 'server', fingerprints } });
    const listener = await MediaListener.open(offered, transport);
    this.#listeners.push(listener);
    return { listener, dtlsParameters: { role: 'client', fingerprints: sha256(transport.dtlsParameters) } };
  }

  close(): void {
    clearInterval(this.#consent);
    for (const listener of this.#listeners) listener.close();
    this.#worker.close();
  }
}

function sha256({ fingerprints }: types.DtlsParameters): types.DtlsFingerprint[] {
  return fingerprints.filter(({ algorithm }) => algorithm === 'sha-256');
}

interface Peer {
  readonly port: number;
  readonly ice: types.IceParameters;
}

interface Stream {
  packets: number;
  firstTimestamp: number;
  lastTimestamp: number;
  lastMs: number;
}

export class MediaListener {
  /** Packets of all streams. */
  packets = 0;
  /** Longest time between two packets of a stream. */
  gapMsMax = 0;
  readonly #socket: Socket;
  readonly #gateway: Peer;
  readonly #own: Peer;
  readonly #streams = new Map<number, Stream>();

  private constructor(socket: Socket, gateway: Peer, own: Peer) {
    this.#socket = socket;
    this.#gateway = gateway;
    this.#own = own;
    socket.on('message', (bytes, from) => this.#take(bytes, from.port));
    socket.on('error', () => undefined); // a gateway that has gone shows as packets not heard
  }

  static async open(offered: OfferedTransport, own: types.WebRtcTransport): Promise<MediaListener> {
    const socket = createSocket({ type: 'udp4', lookup: (_host, _options, done) => done(null, '127.0.0.1', 4) });
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    socket.setRecvBufferSize(1 << 20);
    const portOf = (candidates: readonly types.IceCandidate[]) =>
      candidates.find(({ protocol }) => protocol === 'udp')?.port ?? 0;
    const listener = new MediaListener(
      socket,
      { port: portOf(offered.iceCandidates), ice: offered.iceParameters },
      { port: portOf(own.iceCandidates), ice: own.iceParameters },
    );
    listener.check();
    return listener;
  }

  /** Says to both sides that this is the address to send to, and that it still listens. */
  check(): void {
    for (const { port, ice } of [this.#gateway, this.#own]) this.#socket.send(bindingRequest(ice), port, '127.0.0.1');
  }

  /** Counts anew. */
  startOver(): void {
    this.packets = 0;
    this.gapMsMax = 0;
    this.#streams.clear();
  }

  /** Streams heard since. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Packets missing between the first and the last of each stream. */
  get missing(): number {
    let missing = 0;
    for (const { packets, firstTimestamp, lastTimestamp } of this.#streams.values()) {
      missing += ((lastTimestamp - firstTimestamp) >>> 0) / ticksPerPacket + 1 - packets;
    }
    return missing;
  }

  close(): void {
    this.#socket.close();
  }

  #take(bytes: Buffer, port: number): void {
    const first = bytes[0] ?? 0;
    if (first >= 128 && first < 192) this.#count(bytes);
    else if (first >= 20 && first < 64) {
      // DTLS (RFC 7983 §7)
      const to = port === this.#gateway.port ? this.#own : this.#gateway;
      this.#socket.send(bytes, to.port, '127.0.0.1');
    }
  }

  #count(bytes: Buffer): void {
    const second = bytes[1] ?? 0;
    if (bytes.length < 12 || (second >= 192 && second <= 223)) return; // SRTCP
    const nowMs = performance.now();
    const timestamp = bytes.readUInt32BE(4);
    const ssrc = bytes.readUInt32BE(8);
    this.packets++;
    const stream = this.#streams.get(ssrc);
    if (stream === undefined) {
      this.#streams.set(ssrc, { packets: 1, firstTimestamp: timestamp, lastTimestamp: timestamp, lastMs: nowMs });
      return;
    }
    this.gapMsMax = Math.max(this.gapMsMax, nowMs - stream.lastMs);
    stream.packets++;
    stream.lastTimestamp = timestamp;
    stream.lastMs = nowMs;
  }
}

/** A connectivity check that nominates its pair at once (RFC 8445 §7.2.2, RFC 8489 §14). */
function bindingRequest({ usernameFragment, password }: types.IceParameters): Buffer {
  const attribute = (type: number, value: Buffer) => {
    const bytes = Buffer.alloc(4 + 4 * Math.ceil(value.length / 4));
    bytes.writeUInt16BE(type, 0);
    bytes.writeUInt16BE(value.length, 2);
    value.copy(bytes, 4);
    return bytes;
  };
  const header = Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...randomBytes(12)]);
  const attributes = [
    attribute(0x0006, Buffer.from(`${usernameFragment}:bench`)),
    attribute(0x0024, Buffer.from([0x6e, 0x7f, 0xff, 0xff])), // priority
    attribute(0x802a, Buffer.alloc(8, 1)), // controlling
    attribute(0x0025, Buffer.alloc(0)), // use candidate
  ];
  // Both sums are made over a header that already counts their own attribute.
  const upTo = (ownBytes: number) => {
    const body = Buffer.concat(attributes);
    header.writeUInt16BE(body.length + ownBytes, 2);
    return Buffer.concat([header, body]);
  };
  attributes.push(attribute(0x0008, createHmac('sha1', password).update(upTo(24)).digest()));
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(upTo(8)) ^ 0x5354_554e) >>> 0);
  attributes.push(attribute(0x8028, fingerprint));
  return Buffer.concat([header, ...attributes]);
}
