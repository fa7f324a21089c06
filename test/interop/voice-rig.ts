/** A voice process of its own and far ends on loopback sockets, for tests in real time. */
import { createSocket, type Socket } from 'node:dgram';
import { SystemClock } from '../../src/base/clock.ts';
import { decodeG711, encodeG711 } from '../../src/media/g711.ts';
import { RtpPacket, writeRtpHeader } from '../../src/protocols/rtp/rtp-packet.ts';
import type { LegMedia, LegSettings, StaticLine, VoiceEvent, VoiceStatistics } from '../../src/voice/contract.ts';
import { VoiceClient, type VoiceClientSettings } from '../../src/voice/voice-client.ts';
import { groupSettings, legMedia, legSettings } from '../talkgroups/settings.ts';

export const host = '127.0.0.1';

/** Below the ports that the kernel hands out by itself, and apart from other tests. */
let nextPort = 19_200;

export class VoiceRig {
  readonly client: VoiceClient;
  readonly events: VoiceEvent[] = [];
  readonly planes: string[] = [];
  readonly #fars: RealFar[] = [];

  constructor(settings: Partial<VoiceClientSettings> = {}) {
    this.client = new VoiceClient({ clock: new SystemClock(), ...settings });
    this.client.onEvent((event) => this.events.push(event));
    this.client.onPlane((state) => this.planes.push(state));
  }

  async start(): Promise<void> {
    await this.client.start();
    this.client.send({ name: 'openGroup', settings: groupSettings });
  }

  async leg(
    id: string,
    settings: Partial<LegSettings> = {},
    media: Partial<LegMedia> = {},
    resumed = false,
  ): Promise<RealFar> {
    nextPort += 2;
    const local = { address: host, port: nextPort };
    const far = await RealFar.open(local.port);
    this.#fars.push(far);
    this.client.send({
      name: 'openLeg',
      settings: { ...legSettings(id), local, ...settings },
    });
    this.client.send({
      name: 'connectLeg',
      leg: id,
      media: { ...legMedia, remote: { address: host, port: far.port }, ...media },
      resumed,
    });
    await this.until(() => this.events.some((event) => event.name === 'legOpened' && event.leg === id));
    return far;
  }

  /** Opens a leg of a static line and connects it; it is open when `legOpened` comes. */
  static(id: string, port: number, line: StaticLine, media: Partial<LegMedia>, address = host): void {
    const local = { address, port };
    this.client.send({ name: 'openLeg', settings: { ...legSettings(id), local, line, guardMs: 0 } });
    this.client.send({ name: 'connectLeg', leg: id, media: { ...legMedia, ...media } });
  }

  /** Waits until it is so, at most 20 s: a machine that does other things is slow. */
  async until(holds: () => boolean): Promise<void> {
    for (const end = performance.now() + 20_000; !holds(); await pause(5)) {
      if (performance.now() > end) throw new Error(`not within 20 s: ${holds.toString()}`);
    }
  }

  last<N extends VoiceEvent['name']>(name: N): Extract<VoiceEvent, { name: N }> | undefined {
    return this.events.findLast((event): event is Extract<VoiceEvent, { name: N }> => event.name === name);
  }

  async statistics(): Promise<VoiceStatistics> {
    const before = this.last('statistics');
    await this.until(() => this.last('statistics') !== before);
    return this.last('statistics')!.statistics;
  }

  /** The last row of a leg; statistics tell only of legs on which something passed since the row before. */
  lastRow(leg: string): VoiceStatistics['legs'][number] | undefined {
    const told = this.events.flatMap((event) => (event.name === 'statistics' ? event.statistics.legs : []));
    return told.findLast((row) => row.leg === leg);
  }

  async stop(): Promise<void> {
    await this.client.stop();
    for (const far of this.#fars) far.close();
  }
}

export class RealFar {
  readonly received: { readonly atMs: number; readonly packet: RtpPacket; readonly bytes: Buffer }[] = [];
  readonly control: Buffer[] = [];
  readonly port: number;
  readonly gatewayPort: number;
  sequence = 1;
  timestamp = 0;
  readonly #socket: Socket;

  private constructor(socket: Socket, gatewayPort: number) {
    this.#socket = socket;
    this.gatewayPort = gatewayPort;
    this.port = socket.address().port;
    socket.on('message', (bytes) => {
      const packet = new RtpPacket();
      if (packet.read(bytes) === undefined) this.received.push({ atMs: performance.now(), packet, bytes });
      else this.control.push(bytes);
    });
  }

  static async open(gatewayPort: number): Promise<RealFar> {
    const socket = createSocket({ type: 'udp4', lookup: (address, _options, callback) => callback(null, address, 4) });
    await new Promise<void>((resolve) => socket.bind(0, host, resolve));
    return new RealFar(socket, gatewayPort);
  }

  /** Sends 20 ms of voice. Returns when it left, ms. */
  send(pcm: Float32Array, ssrc = 0x55): number {
    const bytes = new Uint8Array(172);
    encodeG711('PCMA', pcm, 160, bytes, 12);
    writeRtpHeader(bytes, false, 8, this.sequence++, this.timestamp, ssrc);
    this.timestamp += 160;
    this.raw(bytes);
    return performance.now();
  }

  raw(bytes: Uint8Array, port = this.gatewayPort): void {
    this.#socket.send(bytes, port, host);
  }

  /** Speaks at 50 packets/s without drift; `each` is called with every packet's time of departure. */
  async talk(pcm: Float32Array, each: (sentMs: number) => void = () => undefined): Promise<void> {
    const startMs = performance.now();
    for (let i = 0; (i + 1) * 160 <= pcm.length; i++) {
      const waitMs = startMs + 20 * i - performance.now();
      if (waitMs > 0) await pause(waitMs);
      each(this.send(pcm.subarray(160 * i, 160 * i + 160)));
    }
  }

  heard(): Float32Array {
    const pcm = new Float32Array(160 * this.received.length);
    for (const [i, { packet, bytes }] of this.received.entries()) {
      decodeG711('PCMA', bytes, packet.payloadOffset, packet.payloadBytes, pcm.subarray(160 * i));
    }
    return pcm;
  }

  close(): void {
    this.#socket.close();
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
