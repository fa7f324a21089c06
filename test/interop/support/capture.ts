/**
 * What passes on loopback: dumpcap's packets as they come, for measurements on the wire, and the same as a file, for
 * tshark to judge.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, type WriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';
import { alawSample, type Sound } from './wav.ts';

const run = promisify(execFile);

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export interface RtpPacket {
  /** UTC, ms since 1970, with the kernel's microseconds. */
  readonly timeMs: number;
  readonly from: number;
  readonly to: number;
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

/** A stream's sound with the time at which each part of it was on the wire. */
export interface WireSound extends Sound {
  /** UTC, ms, at which that sample is played by a receiver that plays packets as they come. */
  timeMs(sample: number): number;
  /** Longest time from one packet to the next, ms. */
  readonly longestPauseMs: number;
}

const dumpcap = captureCommand();
const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
const ethernetBytes = 14;

/** Whoever dumpcap lets capture, else whoever may become root without a password. */
function captureCommand(): readonly [string, ...string[]] | undefined {
  return ([['dumpcap'], ['sudo', '-n', 'dumpcap']] as const).find(
    ([program, ...args]) => spawnSync(program, [...args, '-L', '-i', 'lo'], { stdio: 'ignore' }).status === 0,
  );
}

export class Capture {
  readonly #folder = mkdtempSync(join(tmpdir(), 'escaut-wire-'));
  readonly file = join(this.#folder, 'wire.pcap');
  readonly #child: ChildProcess;
  readonly #copy: WriteStream;
  readonly #rtp: RtpPacket[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;

  private constructor(ports: readonly PortRange[], also: readonly string[]) {
    const filter = ports
      .map(({ from, to }) => `udp portrange ${from}-${to} or tcp portrange ${from}-${to}`)
      .concat(also)
      .join(' or ');
    const options = ['-q', '-i', 'lo', '-P', '-B', '8', '-f', filter, '-w', '-'];
    if (dumpcap === undefined) {
      throw new Error('dumpcap may not capture here: run the tests as root, or `sudo adduser $USER wireshark`');
    }
    const [program, ...args] = dumpcap;
    this.#child = spawn(program, [...args, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#copy = createWriteStream(this.file);
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#copy.write(chunk);
      this.#take(chunk);
    });
  }

  /** `also`: more of what is captured, as capture filters have it. */
  static async start(ports: readonly PortRange[], also: readonly string[] = []): Promise<Capture> {
    const capture = new Capture(ports, also);
    await until('dumpcap captures', () => capture.#begun);
    return capture;
  }

  /** RTP from a port of one range to a port of another. */
  rtp(from: PortRange, to: PortRange, sinceMs = 0): RtpPacket[] {
    return this.#rtp.filter((packet) => packet.timeMs >= sinceMs && holds(from, packet.from) && holds(to, packet.to));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    // 'exit' may come before the last of what dumpcap wrote was read from its pipe.
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGINT');
    await ended;
    await new Promise<void>((done) => this.#copy.end(done));
  }

  /** Fields of the packets that pass a display filter, one row each. */
  async read(filter: string, fields: readonly string[], decodeAs: readonly string[] = []): Promise<string[][]> {
    const { stdout } = await run(
      'tshark',
      [
        ...['-n', '-r', this.file, '-Y', filter, '-T', 'fields'],
        ...fields.flatMap((field) => ['-e', field]),
        ...decodeAs.flatMap((rule) => ['-d', rule]),
      ],
      { maxBuffer: 2 ** 28 },
    );
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'));
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    let at = 0;
    if (!this.#begun) {
      if (this.#rest.length < fileHeaderBytes) return;
      this.#begun = true;
      at = fileHeaderBytes;
    }
    while (at + recordHeaderBytes <= this.#rest.length) {
      const length = this.#rest.readUInt32LE(at + 8);
      const end = at + recordHeaderBytes + length;
      if (end > this.#rest.length) break;
      const timeMs = this.#rest.readUInt32LE(at) * 1000 + this.#rest.readUInt32LE(at + 4) / 1000;
      this.#takePacket(timeMs, this.#rest.subarray(at + recordHeaderBytes, end));
      at = end;
    }
    this.#rest = Buffer.from(this.#rest.subarray(at));
  }

  #takePacket(timeMs: number, frame: Buffer): void {
    const ip = frame.subarray(ethernetBytes);
    if (ip.length < 40 || ip.readUInt8(0) >> 4 !== 4 || ip.readUInt8(9) !== 17) return;
    const udp = ip.subarray(4 * (ip.readUInt8(0) & 15));
    const data = udp.subarray(8);
    const type = data.length < 12 ? -1 : data.readUInt8(1);
    // Version 2, not RTCP (RFC 5761 §4), without extension or sources: what the boxes and the gateway send.
    if (data.length < 12 || data.readUInt8(0) !== 0x80 || (type >= 192 && type <= 223)) return;
    this.#rtp.push({
      timeMs,
      from: udp.readUInt16BE(0),
      to: udp.readUInt16BE(2),
      payloadType: type & 0x7f,
      sequence: data.readUInt16BE(2),
      timestamp: data.readUInt32BE(4),
      ssrc: data.readUInt32BE(8),
      payload: Buffer.from(data.subarray(12)),
    });
  }
}

function holds({ from, to }: PortRange, port: number): boolean {
  return port >= from && port <= to;
}

/** The sound of A-law packets, one after the other, with the time of each. */
export function wireSound(packets: readonly RtpPacket[]): WireSound {
  const voice = packets.filter(({ payloadType }) => payloadType === 8);
  const starts: number[] = [];
  let length = 0;
  for (const { payload } of voice) {
    starts.push(length);
    length += payload.length;
  }
  const samples = new Float32Array(length);
  voice.forEach(({ payload }, index) => {
    payload.forEach((octet, offset) => {
      samples[(starts[index] ?? 0) + offset] = alawSample(octet);
    });
  });
  return {
    rateHz: 8000,
    samples,
    longestPauseMs: Math.max(0, ...voice.slice(1).map(({ timeMs }, index) => timeMs - voice[index]!.timeMs)),
    timeMs: (sample) => {
      const index = Math.max(
        0,
        starts.findLastIndex((start) => start <= sample),
      );
      return (voice[index]?.timeMs ?? Number.NaN) + (sample - (starts[index] ?? 0)) / 8;
    },
  };
}
