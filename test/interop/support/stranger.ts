/** Somebody who is no party of the call and sends A-law speech to the gateway's ports. */
import { createSocket } from 'node:dgram';
import { loopback } from './ports.ts';
import type { BoxName, RadioStage } from './radio-stage.ts';
import { playing } from './until.ts';
import type { Sound } from './wav.ts';

export class Stranger {
  readonly #stage: RadioStage;
  readonly #speech: Buffer;
  readonly #socket = createSocket('udp4');

  private constructor(stage: RadioStage, speech: Sound) {
    this.#stage = stage;
    this.#speech = Buffer.from(Uint8Array.from(speech.samples, alawOf));
  }

  static async open(stage: RadioStage, speech: Sound): Promise<Stranger> {
    const stranger = new Stranger(stage, speech);
    await new Promise<void>((done) => stranger.#socket.bind(0, loopback, done));
    return stranger;
  }

  /** 50 packets a second each to the talker's leg, half of them as if they were his, and to a listener's. */
  async disturb(talker: BoxName, listener: BoxName, forMs: number): Promise<number> {
    let sent = 0;
    const beganMs = performance.now();
    for (let index = 0; performance.now() - beganMs < forMs; index++) {
      const dueMs = beganMs + 20 * index;
      while (performance.now() < dueMs) await playing(Math.max(1, dueMs - performance.now()));
      for (const name of [talker, listener]) {
        const real = this.#stage.capture.rtp(this.#stage.boxes[name].rtpPorts, this.#stage.media).at(-1);
        if (real === undefined) continue;
        for (const spoofed of [true, false]) {
          const ssrc = spoofed ? real.ssrc : 0xbad0bad;
          const sequence = spoofed ? real.sequence + 3 : index;
          const timestamp = spoofed ? real.timestamp + 480 : 160 * index;
          this.#socket.send(this.#packet(index, ssrc, sequence & 0xffff, timestamp >>> 0), real.to, loopback);
          sent += 1;
        }
      }
    }
    return sent;
  }

  close(): void {
    this.#socket.close();
  }

  #packet(index: number, ssrc: number, sequence: number, timestamp: number): Buffer {
    const packet = Buffer.alloc(172);
    packet.writeUInt16BE(0x8008, 0);
    packet.writeUInt16BE(sequence, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(ssrc, 8);
    this.#speech.copy(packet, 12, (160 * index) % (this.#speech.length - 160));
    return packet;
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
