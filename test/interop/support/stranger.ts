/** Somebody who is no party of the call and sends A-law speech to the gateway's ports. */
import { createSocket } from 'node:dgram';
import type { RtpPacket } from './capture.ts';
import { loopback } from './ports.ts';
import { playing } from './until.ts';
import type { Sound } from './wav.ts';

export class Stranger {
  readonly #speech: Buffer;
  readonly #socket = createSocket('udp4');

  private constructor(speech: Sound) {
    this.#speech = Buffer.from(Uint8Array.from(speech.samples, alawOf));
  }

  static async open(speech: Sound): Promise<Stranger> {
    const stranger = new Stranger(speech);
    await new Promise<void>((done) => stranger.#socket.bind(0, loopback, done));
    return stranger;
  }

  /**
   * Sends 100 packets a second to each port at which these streams arrive: half of them as if they were the stream's
   * next, half with an SSRC of his own. Resolves with how many.
   */
  async disturb(latest: () => readonly RtpPacket[], forMs: number): Promise<number> {
    let sent = 0;
    const beganMs = performance.now();
    for (let index = 0; performance.now() - beganMs < forMs; index++) {
      const dueMs = beganMs + 20 * index;
      while (performance.now() < dueMs) await playing(Math.max(1, dueMs - performance.now()));
      for (const real of latest()) {
        this.#send(real.to, index, real.ssrc, (real.sequence + 3) & 0xffff, (real.timestamp + 480) >>> 0);
        this.#send(real.to, index, 0xbad0bad, index, 160 * index);
        sent += 2;
      }
    }
    return sent;
  }

  close(): void {
    this.#socket.close();
  }

  #send(port: number, index: number, ssrc: number, sequence: number, timestamp: number): void {
    const packet = Buffer.alloc(172);
    packet.writeUInt16BE(0x8008, 0);
    packet.writeUInt16BE(sequence, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(ssrc, 8);
    this.#speech.copy(packet, 12, (160 * index) % (this.#speech.length - 160));
    this.#socket.send(packet, port, loopback);
  }
}

/** A-law of one sample, by search: the nearest of the 128 values of its sign. */
function alawOf(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = Math.abs(sample) * 4096;
  let segment = 0;
  while (segment < 7 && magnitude >= 32 << segment) segment += 1;
  const step = segment === 0 ? 2 : 2 << (segment - 1);
  const base = segment === 0 ? 0 : 32 << (segment - 1);
  return (sign | (segment << 4) | Math.min(15, Math.floor((magnitude - base) / step))) ^ 0x55;
}
