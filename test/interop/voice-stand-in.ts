/**
 * Stands in for the voice process where only its sockets matter: really opens a connected UDP socket per feed and
 * microphone, really sends RTP, and keeps what it receives.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { FeedSettings, MicSettings } from '../../src/talkgroups/terms.ts';
import type { VoiceCommand, VoiceEvent } from '../../src/voice/contract.ts';

interface OpenFeed {
  readonly settings: FeedSettings;
  readonly socket: Socket;
  active: boolean;
  readonly sequence: Map<number, number>;
}

interface OpenMic {
  readonly settings: MicSettings;
  readonly socket: Socket;
  /** RTP packets of the settings' SSRC, oldest first. */
  readonly packets: Buffer[];
}

export class VoiceStandIn {
  readonly commands: VoiceCommand[] = [];
  readonly feeds = new Map<string, OpenFeed>();
  readonly mics = new Map<string, OpenMic>();
  /** Where events go; set it before the first command. */
  onEvent: (event: VoiceEvent) => void = () => undefined;

  send(command: VoiceCommand): void {
    this.commands.push(command);
    switch (command.name) {
      case 'openFeed':
        void this.#openFeed(command.settings);
        return;
      case 'openMic':
        void this.#openMic(command.settings);
        return;
      case 'setFeedActive': {
        const feed = this.feeds.get(command.feed);
        if (feed !== undefined) feed.active = command.active;
        return;
      }
      case 'closeFeed':
        this.feeds.get(command.feed)?.socket.close();
        this.feeds.delete(command.feed);
        return;
      case 'closeMic':
        this.mics.get(command.console)?.socket.close();
        this.mics.delete(command.console);
        return;
    }
  }

  /** Sends one packet of a party's voice into every active feed of the group, as the voice process does. */
  speak(group: string, party: string, payload: Buffer, timestampTicks: number): number {
    let sent = 0;
    for (const feed of this.feeds.values()) {
      const stream = feed.settings.streams.find((one) => one.party === party);
      if (feed.settings.group !== group || !feed.active || stream === undefined) continue;
      const sequence = ((feed.sequence.get(stream.ssrc) ?? 0) + 1) & 0xffff;
      feed.sequence.set(stream.ssrc, sequence);
      feed.socket.send(rtpPacket(feed.settings.payloadType, sequence, timestampTicks, stream.ssrc, payload));
      sent++;
    }
    return sent;
  }

  /** Loses all sockets, as a killed process does, and is told everything again, as voice-client.ts does. */
  async restart(where: 'same ports' | 'other ports'): Promise<void> {
    const feeds = [...this.feeds.values()];
    const mics = [...this.mics.values()];
    const ports = new Map([...feeds, ...mics].map(({ settings, socket }) => [settings, socket.address().port]));
    this.close();
    this.onEvent({ name: 'ready' });
    const portOf = (settings: FeedSettings | MicSettings): number =>
      where === 'same ports' ? (ports.get(settings) ?? 0) : 0;
    for (const { settings, active } of feeds) await this.#openFeed({ ...settings, active }, portOf(settings));
    for (const { settings } of mics) await this.#openMic(settings, portOf(settings));
  }

  close(): void {
    for (const { socket } of [...this.feeds.values(), ...this.mics.values()]) socket.close();
    this.feeds.clear();
    this.mics.clear();
  }

  async #openFeed(settings: FeedSettings, localPort = 0): Promise<void> {
    const socket = await connected(settings.remote, localPort);
    this.feeds.set(settings.feed, { settings, socket, active: settings.active, sequence: new Map() });
    this.onEvent({ name: 'feedOpened', feed: settings.feed, localPort: socket.address().port });
  }

  async #openMic(settings: MicSettings, localPort = 0): Promise<void> {
    const socket = await connected(settings.remote, localPort);
    const mic: OpenMic = { settings, socket, packets: [] };
    socket.on('message', (packet) => {
      if (
        packet.length >= 12 &&
        packet.readUInt32BE(8) === settings.ssrc &&
        (packet[1]! & 0x7f) === settings.payloadType
      ) {
        mic.packets.push(packet);
      }
    });
    this.mics.get(settings.console)?.socket.close();
    this.mics.set(settings.console, mic);
    this.onEvent({ name: 'micOpened', console: settings.console, localPort: socket.address().port });
  }
}

async function connected(remote: { address: string; port: number }, localPort: number): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined); // ECONNREFUSED of a worker that was killed
  socket.bind(localPort, '127.0.0.1');
  await once(socket, 'listening');
  socket.connect(remote.port, remote.address);
  await once(socket, 'connect');
  return socket;
}

/** RFC 3550 §5.1, no extension, no CSRC. */
function rtpPacket(payloadType: number, sequence: number, timestamp: number, ssrc: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = payloadType;
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, payload]);
}

/** What follows the header and its extension, which mediasoup adds to everything it forwards (RFC 8285). */
export function payloadOf(packet: Buffer): Buffer {
  const extended = (packet[0]! & 0x10) !== 0;
  return packet.subarray(extended ? 16 + 4 * packet.readUInt16BE(14) : 12);
}

/** Waits until a condition holds; fails with what was waited for. */
export async function until(what: string, condition: () => boolean, withinMs = 20_000): Promise<number> {
  const startMs = performance.now();
  while (!condition()) {
    if (performance.now() - startMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - startMs;
}
