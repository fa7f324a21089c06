/** ffmpeg as a radio box without signalling: sends a sound as RTP, or records what comes to a port or group. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LegMedia } from '../../../src/voice/contract.ts';
import { loopback } from './ports.ts';
import { playing, until } from './until.ts';
import { type Sound, writeWav } from './wav.ts';

export interface FfmpegLine {
  readonly codec: LegMedia['codec'];
  readonly payloadType: number;
  /** Address and port that packets go to. */
  readonly to: { readonly address: string; readonly port: number };
}

/** Encoder, and octets of a datagram that holds 20 ms; Opus packets are of 20 ms anyway. */
const encoders: Readonly<Record<LegMedia['codec'], { readonly args: readonly string[]; readonly octets?: number }>> = {
  PCMA: { args: ['-ar', '8000', '-c:a', 'pcm_alaw'], octets: 172 },
  PCMU: { args: ['-ar', '8000', '-c:a', 'pcm_mulaw'], octets: 172 },
  G722: { args: ['-ar', '16000', '-c:a', 'g722'], octets: 172 },
  opus: { args: ['-ar', '48000', '-c:a', 'libopus', '-frame_duration', '20', '-b:a', '32k', '-application', 'voip'] },
  'L16/8000': { args: ['-ar', '8000', '-c:a', 'pcm_s16be'], octets: 332 },
  'L16/16000': { args: ['-ar', '16000', '-c:a', 'pcm_s16be'], octets: 652 },
};

const rtpmaps: Readonly<Record<LegMedia['codec'], string>> = {
  PCMA: 'PCMA/8000',
  PCMU: 'PCMU/8000',
  G722: 'G722/8000',
  opus: 'opus/48000/2',
  'L16/8000': 'L16/8000',
  'L16/16000': 'L16/16000',
};

export interface SendOptions {
  /** Address of ours that it sends from. */
  readonly from?: string;
  readonly ssrc?: number;
  /** Falls silent in the middle of a word. */
  readonly hush?: AbortSignal;
}

/** Says a sound from now on. Resolves when it is said. */
export async function ffmpegSays(sound: Sound, line: FfmpegLine, options: SendOptions = {}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'escaut-ffmpeg-'));
  const file = join(folder, 'speech.wav');
  writeWav(file, sound);
  const { args, octets } = encoders[line.codec];
  const query = [
    `localaddr=${options.from ?? loopback}`,
    'ttl=1',
    ...(octets === undefined ? [] : [`pkt_size=${octets}`]),
  ];
  const url = `rtp://${line.to.address}:${line.to.port}?${query.join('&')}`;
  const ssrc = options.ssrc === undefined ? [] : ['-ssrc', String(options.ssrc)];
  const { hush } = options;
  const child = spawn('ffmpeg', [
    // Read in pieces of 1024 octets: it sends what it has read at once, and a pause of a quarter of a second ends an over.
    ...['-v', 'error', '-nostdin', '-re', '-max_size', '1024', '-i', file, '-ac', '1', ...args],
    ...['-payload_type', String(line.payloadType), ...ssrc, '-f', 'rtp', url],
  ]);
  const complaints = collect(child.stderr);
  hush?.addEventListener('abort', () => child.kill('SIGKILL'));
  const [code] = (await once(child, 'exit')) as [number | null];
  rmSync(folder, { recursive: true });
  if (code !== 0 && hush?.aborted !== true) throw new Error(`ffmpeg cannot send: ${complaints()}`);
}

/** Records from when it has opened its socket until `stop`. */
export class FfmpegRecorder {
  readonly #folder = mkdtempSync(join(tmpdir(), 'escaut-ffmpeg-'));
  readonly #child: ChildProcess;
  readonly #chunks: Buffer[] = [];
  readonly #port: number;

  constructor(line: FfmpegLine) {
    const file = join(this.#folder, 'line.sdp');
    const { address, port } = line.to;
    this.#port = port;
    const ttl = Number.parseInt(address, 10) >= 224 ? '/1' : '';
    writeFileSync(
      file,
      [
        'v=0',
        `o=- 0 0 IN IP4 ${loopback}`,
        's=-',
        `c=IN IP4 ${address}${ttl}`,
        't=0 0',
        `m=audio ${port} RTP/AVP ${line.payloadType}`,
        `a=rtpmap:${line.payloadType} ${rtpmaps[line.codec]}`,
        '',
      ].join('\r\n'),
    );
    this.#child = spawn('ffmpeg', [
      ...['-v', 'error', '-nostdin', '-protocol_whitelist', 'file,udp,rtp', '-fflags', 'nobuffer'],
      ...[
        '-localaddr',
        loopback,
        '-i',
        file,
        '-ac',
        '1',
        '-ar',
        '8000',
        '-f',
        's16le',
        '-flush_packets',
        '1',
        'pipe:1',
      ],
    ]);
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  async opened(): Promise<void> {
    await until('ffmpeg has its socket', () => hasSocketAt(this.#child.pid ?? 0, this.#port));
    await playing(200); // it joins a multicast group with it
  }

  async stop(): Promise<Sound> {
    this.#child.kill('SIGKILL'); // it waits for packets, and has written what it got
    await once(this.#child, 'close');
    rmSync(this.#folder, { recursive: true });
    const bytes = Buffer.concat(this.#chunks);
    const samples = Float32Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i) / 32_768);
    return { rateHz: 8000, samples };
  }
}

function hasSocketAt(pid: number, port: number): boolean {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/udp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  const sockets = rows.flatMap(([, local, , , , , , , , inode]) => (local?.endsWith(end) ? [`socket:[${inode}]`] : []));
  try {
    const files = readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`));
    return files.some((file) => sockets.includes(file));
  } catch {
    return false; // one was closed meanwhile
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const parts: string[] = [];
  stream?.on('data', (chunk: Buffer) => parts.push(chunk.toString()));
  return () => parts.join('').trim();
}
