/**
 * Sound files for the measurements: reads PCM and G.711 WAV files, also such as are still being written, and writes
 * 16-bit PCM. Shares no code with the gateway, whose work is measured with it.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** One channel of sound, full scale ±1. */
export interface Sound {
  readonly rateHz: number;
  readonly samples: Float32Array;
}

const pcmTag = 1;
const alawTag = 6;
const mulawTag = 7;

/** Reads the first channel. A file that its writer has not closed yet is read to its present end. */
export function readWav(file: string | URL): Sound {
  const bytes = readFileSync(file);
  let tag = 0;
  let channels = 1;
  let rateHz = 8000;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    if (name === 'fmt ') {
      tag = bytes.readUInt16LE(at + 8);
      channels = bytes.readUInt16LE(at + 10);
      rateHz = bytes.readUInt32LE(at + 12);
    } else if (name === 'data') {
      const end = length === 0 ? bytes.length : Math.min(bytes.length, at + 8 + length);
      return { rateHz, samples: decode(bytes.subarray(at + 8, end), tag, channels) };
    }
    at += 8 + length + (length % 2);
  }
  return { rateHz, samples: new Float32Array(0) };
}

export function writeWav(file: string, { rateHz, samples }: Sound): void {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(pcmTag, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rateHz, 24);
  bytes.writeUInt32LE(2 * rateHz, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * samples.length, 40);
  for (let i = 0; i < samples.length; i++) {
    bytes.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(32768 * samples[i]!))), 44 + 2 * i);
  }
  writeFileSync(file, bytes);
}

/** One G.711 A-law octet (ITU-T G.711 table 1a), full scale ±1. */
export function alawSample(octet: number): number {
  const code = octet ^ 0x55;
  const segment = (code >> 4) & 7;
  const step = 2 * (code & 15) + 1;
  const magnitude = segment === 0 ? step : (step + 32) << (segment - 1);
  return ((code & 0x80) === 0 ? -magnitude : magnitude) / 4096;
}

function mulawSample(octet: number): number {
  const code = ~octet & 0xff;
  const magnitude = ((2 * (code & 15) + 33) << ((code >> 4) & 7)) - 33;
  return ((code & 0x80) === 0 ? magnitude : -magnitude) / 8192;
}

function decode(data: Buffer, tag: number, channels: number): Float32Array {
  if (tag === alawTag || tag === mulawTag) {
    return Float32Array.from(data, (octet) => (tag === alawTag ? alawSample(octet) : mulawSample(octet)));
  }
  const samples = new Float32Array(Math.floor(data.length / (2 * channels)));
  for (let i = 0; i < samples.length; i++) samples[i] = data.readInt16LE(2 * channels * i) / 32768;
  return samples;
}
