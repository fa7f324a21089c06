/**
 * What Opus' complexity and bitrate buy on our speech: `node bench/opus-settings.ts [file.f32 …]`, files being 16 kHz
 * mono floats. Basis of docs/adr/0007-opus-settings.md.
 */
import { readFileSync } from 'node:fs';
import { levelDbov } from '../src/media/level.ts';
import { OpusSpeechDecoder, OpusSpeechEncoder } from '../src/media/opus.ts';
import { framesOf, joined, speech } from '../test/media/signals.ts';
import { type Row, report } from './report.ts';

const files = process.argv.slice(2).map((name) => {
  const bytes = readFileSync(name);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
});
const voice = files.length > 0 ? joined(...files) : joined(speech('fr'), speech('nl'));
const frames = framesOf(voice);

interface Coded {
  readonly pcm: Float32Array;
  readonly encodeUs: number;
  readonly kbps: number;
  readonly fecShare: number;
}

function code(complexity: number, bitrateBps: number, lossPercent: number): Coded {
  const encoder = new OpusSpeechEncoder({ complexity, bitrateBps, lossPercent });
  const begin = process.cpuUsage();
  const packets = frames.map((frame) => encoder.encode(frame));
  const { user, system } = process.cpuUsage(begin);
  const decoder = new OpusSpeechDecoder();
  const pcm = packets.map((packet) => {
    decoder.decode(packet);
    return decoder.pcm.slice(0, decoder.samples);
  });
  const octets = packets.reduce((sum, packet) => sum + packet.length, 0);
  // LBRR flag of a SILK packet with one frame: the bit after its VAD bit.
  const fec = packets.filter((packet) => packet[0]! >> 3 < 12 && (packet[1]! & 0x40) !== 0).length;
  return {
    pcm: joined(...pcm),
    encodeUs: (user + system) / frames.length,
    kbps: (8 * octets) / (20 * frames.length),
    fecShare: fec / packets.length,
  };
}

/** Delay of the codec in samples: where the decoded voice resembles the original best. */
function delayOf(pcm: Float32Array): number {
  let best = 0;
  let most = -1;
  for (let delay = 0; delay < 480; delay++) {
    let cross = 0;
    for (let i = 16_000; i < 48_000; i++) cross += voice[i]! * pcm[i + delay]!;
    if (cross > most) {
      most = cross;
      best = delay;
    }
  }
  return best;
}

const bands = Array.from({ length: 17 }, (_, i) => 150 * (7000 / 150) ** (i / 16));

/** Power of a frame in each band, by the Goertzel-like projection on three lines a band. */
function spectrum(frame: Float32Array): number[] {
  return bands.slice(1).map((high, i) => {
    let power = 1e-9;
    for (const share of [0.2, 0.5, 0.8]) {
      const step = (2 * Math.PI * (bands[i]! + share * (high - bands[i]!))) / 16_000;
      let re = 0;
      let im = 0;
      for (let n = 0; n < frame.length; n++) {
        const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / frame.length);
        re += window * frame[n]! * Math.cos(step * n);
        im += window * frame[n]! * Math.sin(step * n);
      }
      power += re * re + im * im;
    }
    return 10 * Math.log10(power);
  });
}

function quality(pcm: Float32Array): { readonly snrDb: number; readonly distanceDb: number } {
  const delay = delayOf(pcm);
  let snr = 0;
  let distance = 0;
  let active = 0;
  for (const [n, frame] of frames.entries()) {
    const other = pcm.subarray(320 * n + delay, 320 * (n + 1) + delay);
    if (other.length < 320 || levelDbov(frame) < -40) continue;
    active += 1;
    const error = frame.map((x, i) => x - other[i]!);
    snr += Math.max(-10, Math.min(35, levelDbov(frame) - levelDbov(error)));
    const [a, b] = [spectrum(frame), spectrum(other)];
    // What is 40 dB below the loudest band is not heard: 8 kHz voice has nothing above 4 kHz.
    const floor = Math.max(...a) - 40;
    const error2 = a.reduce((sum, x, i) => sum + (Math.max(floor, x) - Math.max(floor, b[i]!)) ** 2, 0);
    distance += Math.sqrt(error2 / a.length);
  }
  return { snrDb: snr / active, distanceDb: distance / active };
}

function row(complexity: number, bitrateBps: number, lossPercent: number): Row {
  const coded = code(complexity, bitrateBps, lossPercent);
  const { snrDb, distanceDb } = quality(coded.pcm);
  return {
    complexity,
    'kb/s asked': bitrateBps / 1000,
    'loss %': lossPercent,
    'kb/s': coded.kbps,
    'encode µs': coded.encodeUs,
    'FEC share': coded.fecShare,
    'segmental SNR dB': snrDb,
    'spectral distance dB': distanceDb,
  };
}

code(10, 24_000, 10);
const rows: Row[] = [];
for (let complexity = 0; complexity <= 10; complexity++) rows.push(row(complexity, 24_000, 10));
for (const complexity of [0, 1, 2, 3])
  for (const bitrateBps of [20_000, 28_000, 32_000]) rows.push(row(complexity, bitrateBps, 10));
for (const lossPercent of [0, 20]) rows.push(row(2, 32_000, lossPercent));
report(
  `opus-settings: ${files.length > 0 ? 'given files' : 'espeak-ng speech of test/vectors'}, ${Math.round(frames.length / 50)} s`,
  'Active 20 ms frames, decoded voice aligned. Segmental SNR: higher is better. Spectral distance: root mean square over\n' +
    '16 bands of 150–7000 Hz, lower is better. They rank settings of one codec and are no listening test. CPU time.',
  rows,
);
