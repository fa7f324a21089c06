/**
 * Groups of two legs each without signalling (kind rtp): ffmpeg speaks into one of them, and what the gateway sends to
 * the other is counted, packet by packet, marker by marker: what was said, by somebody who is not the gateway.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { Random } from '../../../src/base/random.ts';
import { ffmpegSays } from './ffmpeg.ts';
import { freeBlock, loopback } from './ports.ts';
import { playing } from './until.ts';
import { readWav, type Sound } from './wav.ts';

const overMs = { least: 300, most: 2500 } as const;
const pauseMs = { least: 400, most: 800 } as const;
const packetMs = 20;

const speech = readWav(new URL('../../vectors/speech-nl-8k.wav', import.meta.url));

/** Even; the port behind each is that of its RTCP. */
interface LinePorts {
  readonly toGateway: number;
  readonly ear: number;
  readonly toGatewayBack: number;
}

/** The lines, and the parts of a configuration that have them. */
export async function rtpLines(
  names: readonly string[],
  random: Random,
): Promise<{ readonly lines: readonly RtpLine[]; readonly world: Readonly<Record<string, unknown>> }> {
  const first = await freeBlock(6 * names.length);
  const ports = names.map((_, at) => ({
    toGateway: first + 6 * at,
    ear: first + 6 * at + 2,
    toGatewayBack: first + 6 * at + 4,
  }));
  const lines = await Promise.all(names.map((name, at) => RtpLine.open(name, ports[at]!, random)));
  return { lines, world: world(names, ports) };
}

export class RtpLine {
  readonly group: string;
  /** Both, by their ids. */
  readonly legs: readonly string[];
  /** What has come out of the other leg, an entry an over, ms. */
  heard: number[] = [];
  readonly #toGateway: number;
  readonly #ear: Socket = createSocket('udp4');
  readonly #random: Random;

  private constructor(group: string, toGateway: number, random: Random) {
    this.group = group;
    this.legs = [`${group}/a-${group}`, `${group}/b-${group}`];
    this.#toGateway = toGateway;
    this.#random = random;
  }

  static async open(
    group: string,
    { toGateway, ear }: Pick<LinePorts, 'toGateway' | 'ear'>,
    random: Random,
  ): Promise<RtpLine> {
    const line = new RtpLine(group, toGateway, random);
    line.#ear.on('message', (packet) => line.#hear(packet));
    await new Promise<void>((done) => line.#ear.bind(ear, loopback, done));
    return line;
  }

  /** RTP (RFC 3550 §5.1): the marker stands on the first packet of an over. */
  #hear(packet: Buffer): void {
    if (((packet[1] ?? 0) & 0x80) !== 0 || this.heard.length === 0) this.heard.push(0);
    this.heard[this.heard.length - 1]! += packetMs;
  }

  /** One over. Resolves when it is said. */
  say(ms: number, hush?: AbortSignal): Promise<void> {
    const line = { codec: 'PCMA', payloadType: 8, to: { address: loopback, port: this.#toGateway } } as const;
    return ffmpegSays(part(ms, this.#random), line, hush === undefined ? {} : { hush });
  }

  /** One over after the other, as long as it comes, until it is told to hush. */
  async talk(hush: AbortSignal): Promise<void> {
    await playing(between({ least: 0, most: 500 }, this.#random));
    while (!hush.aborted) {
      await this.say(between(overMs, this.#random), hush);
      if (!hush.aborted) await playing(between(pauseMs, this.#random));
    }
  }

  close(): void {
    this.#ear.close();
  }
}

function between({ least, most }: { readonly least: number; readonly most: number }, random: Random): number {
  return Math.round(least + (most - least) * random.fraction());
}

function part(ms: number, random: Random): Sound {
  const samples = 8 * ms;
  const from = Math.floor((speech.samples.length - samples) * random.fraction());
  return { rateHz: 8000, samples: speech.samples.slice(from, from + samples) };
}

function world(names: readonly string[], ports: readonly LinePorts[]): Record<string, unknown> {
  const lines = (side: 'a' | 'b') =>
    ports.map(({ toGateway, ear, toGatewayBack }, index) =>
      // Nobody listens where the talker is.
      side === 'a'
        ? { number: `${index + 1}`, remote: `${loopback}:9`, listenPort: toGateway }
        : { number: `${index + 1}`, remote: `${loopback}:${ear}`, listenPort: toGatewayBack },
    );
  const attachment = (network: string, side: 'a' | 'b') => ({
    ...{ id: `${network}-1`, network, kind: 'rtp', channels: names.length },
    rtp: { talkgroups: lines(side), sources: [loopback] },
  });
  const talkgroups = (network: string, side: 'a' | 'b') =>
    names.map((name, index) => ({ id: `${side}-${name}`, network, number: `${index + 1}`, short: `${side} ${name}` }));
  return {
    networks: [
      { id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' },
      { id: 'inpt', name: 'INPT', technology: 'tetrapol', country: 'FR' },
    ],
    attachments: [attachment('astrid', 'a'), attachment('inpt', 'b')],
    talkgroups: [...talkgroups('astrid', 'a'), ...talkgroups('inpt', 'b')],
    sharedGroups: names.map((name) => ({
      ...{ id: name, short: name, name: { fr: name, nl: name, en: name } },
      legs: [{ talkgroup: `a-${name}` }, { talkgroup: `b-${name}` }],
    })),
  };
}
