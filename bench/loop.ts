/**
 * How soon our own voice is recognised when it comes back, and how often somebody else's is taken for it:
 * `node bench/loop.ts [--speech FOLDER] [--likeness N]`. Each subfolder of FOLDER is one voice: WAV files of 16 bit, 8 kHz, mono. Without
 * it voices of espeak-ng speak, which must be installed then. Virtual time; results: docs/performance.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeG711, encodeG711 } from '../src/media/g711.ts';
import { OpusSpeechDecoder, OpusSpeechEncoder } from '../src/media/opus.ts';
import { noOwner } from '../src/media/print-track.ts';
import { Downsampler, Upsampler } from '../src/media/resampler.ts';
import { SentVoice } from '../src/media/sent-voice.ts';
import { LoopJudge } from '../src/talkgroups/loop-judge.ts';
import { framesOf, joined, noise, scaled } from '../test/media/signals.ts';
import { type Row, report } from './report.ts';

const { values } = parseArgs({
  options: { speech: { type: 'string' }, likeness: { type: 'string', default: '0.75' } },
});
const likenessMin = Number(values.likeness);
const frameMs = 20;
const overFrames = 300;
/** Minutes of each voice that are used. */
const minutesMax = 20;
const owner = 1;

interface Voice {
  readonly name: string;
  /** Frames of its overs, 6 s each. */
  readonly overs: readonly (readonly Float32Array[])[];
}

// ── Speech ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function readWav(path: string): Float32Array | undefined {
  const file = readFileSync(path);
  const format = file.indexOf('fmt ');
  const data = file.indexOf('data');
  if (format < 0 || data < 0 || file.readUInt16LE(format + 22) !== 16 || file.readUInt16LE(format + 10) !== 1) return;
  const length = Math.min(file.readUInt32LE(data + 4), file.length - data - 8) >> 1;
  const pcm = Float32Array.from({ length }, (_, n) => file.readInt16LE(data + 8 + 2 * n) / 32_768);
  const rateHz = file.readUInt32LE(format + 12);
  return rateHz === 8000 ? upsampled(pcm) : resampled(pcm, rateHz);
}

function upsampled(pcm: Float32Array): Float32Array {
  const wide = new Float32Array(2 * pcm.length);
  new Upsampler().push(pcm, pcm.length, wide);
  return wide;
}

/** Of a synthesiser, by straight lines: above 3.4 kHz nothing is compared. */
function resampled(pcm: Float32Array, rateHz: number): Float32Array {
  return Float32Array.from({ length: Math.floor((pcm.length * 16_000) / rateHz) - 1 }, (_, n) => {
    const at = (n * rateHz) / 16_000;
    const low = Math.floor(at);
    return pcm[low]! + (at - low) * ((pcm[low + 1] ?? 0) - pcm[low]!);
  });
}

/** The same in every collection of announcements, and no voice: two "voices" that say these are alike indeed. */
const noVoice = /silence|beep|tone|monkeys|confbridge-(join|leave)/;

function wavs(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.wav') && !noVoice.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function voiceOf(name: string, parts: Iterable<Float32Array>): Voice {
  const frames: Float32Array[] = [];
  for (const part of parts) {
    frames.push(...framesOf(part));
    if (frames.length > minutesMax * 3000) break;
  }
  const overs = Array.from({ length: Math.floor(frames.length / overFrames) }, (_, n) =>
    frames.slice(n * overFrames, (n + 1) * overFrames),
  );
  return { name, overs };
}

function recorded(folder: string): Voice[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory() && wavs(path).length > 0)
    .map((path) =>
      voiceOf(
        basename(path),
        wavs(path).flatMap((file) => readWav(file) ?? []),
      ),
    );
}

const places = ['Tournai', 'Mouscron', 'Lille', 'Courtrai', 'Roubaix', 'Menin', 'Ypres', 'Valenciennes'];
const deeds = ['véhicule rouge', 'two men on foot', 'witte bestelwagen', 'accident grave', 'road closed', 'alarm'];

function spoken(): Voice[] {
  const folder = mkdtempSync(join(tmpdir(), 'escaut-loop-'));
  try {
    return ['fr-be+m3', 'fr-fr+f2', 'nl+m1', 'nl+f4', 'en-gb+m7', 'de+f3'].map((name, v) => {
      const parts = Array.from({ length: 60 }, (_, n) => {
        const file = join(folder, 'said.wav');
        const said = `${places[(n + v) % 8]} ${n * 7}, ${deeds[(n * 5 + v) % 6]}, ${places[(n * 3) % 8]} ${1000 - n}`;
        execFileSync('espeak-ng', ['-v', name, '-s', String(140 + ((n * 13) % 50)), '-w', file, said]);
        return readWav(file) ?? new Float32Array(0);
      });
      return voiceOf(name, parts);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// ── What happens on the way ────────────────────────────────────────────────────────────────────────────────────────

type Way = (frames: readonly Float32Array[]) => Float32Array[];

/** Through A-law, with another gain, and hiss. */
function line(db: number, hissDbov: number): Way {
  return (frames) => {
    const pcm = joined(...frames);
    const narrow = new Float32Array(pcm.length / 2);
    new Downsampler().push(pcm, pcm.length, narrow);
    const hiss = noise(hissDbov, narrow.length);
    const sent = scaled(narrow, db).map((x, n) => x + hiss[n]!);
    const octets = new Uint8Array(sent.length);
    encodeG711('PCMA', sent, sent.length, octets, 0);
    decodeG711('PCMA', octets, 0, octets.length, sent);
    return framesOf(upsampled(sent));
  };
}

/** Through a speech coder at its lowest rate: as hard on a voice as those of TETRA. */
const coder: Way = (frames) => {
  const encoder = new OpusSpeechEncoder({ complexity: 0, bitrateBps: 6000, lossPercent: 0 });
  const decoder = new OpusSpeechDecoder();
  return frames.map((frame) => {
    decoder.decode(encoder.encode(frame));
    return decoder.pcm.slice(0, decoder.samples);
  });
};

const ways: Readonly<Record<string, Way>> = {
  'A-law': line(0, -70),
  'A-law, −12 dB, hiss at −50 dBov': line(-12, -50),
  'A-law, +12 dB (clipped)': line(12, -70),
  'speech coder, 6 kbit/s': coder,
};

// ── Measurements ───────────────────────────────────────────────────────────────────────────────────────────────────

/** ms from the first packet that came back until it was recognised; undefined: never within the over. */
function detection(
  frames: readonly Float32Array[],
  back: readonly Float32Array[],
  delayMs: number,
): number | undefined {
  const sent = new SentVoice();
  const judge = new LoopJudge(likenessMin, owner);
  const lag = delayMs / frameMs;
  for (let n = 0; n < frames.length + lag; n++) {
    const frame = frames[n];
    if (frame !== undefined) sent.keep(frame, n * frameMs, n * frameMs, noOwner);
    const heard = back[n - lag];
    if (heard !== undefined && judge.hear(heard, n * frameMs, n * frameMs, [sent], false)) return (n - lag) * frameMs;
  }
  return undefined;
}

function ranked(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function detections(name: string, way: Way, voices: readonly Voice[]): Row {
  const times: number[] = [];
  let overs = 0;
  for (const voice of voices) {
    for (const [n, over] of voice.overs.filter((_, each) => each % 7 === 0).entries()) {
      overs += 1;
      const found = detection(over, way(over), [60, 300, 900, 1900][n % 4]!);
      if (found !== undefined) times.push(found);
    }
  }
  times.sort((a, b) => a - b);
  const [p50, p95] = [ranked(times, 0.5), ranked(times, 0.95)];
  const missed = (100 * (overs - times.length)) / overs;
  return {
    way: name,
    overs,
    'p50 ms': p50,
    'p95 ms': p95,
    'max ms': times.at(-1) ?? Number.NaN,
    'not found %': missed,
  };
}

/** Two talk at once, all the time: one is sent, the other is judged. */
function falseAlarms(name: string, pairs: Iterable<readonly [Voice, Voice, number]>): Row {
  let frames = 0;
  let alarms = 0;
  for (const [speaker, other, shift] of pairs) {
    const sent = new SentVoice();
    const judge = new LoopJudge(likenessMin, owner);
    let nowMs = 0;
    for (let n = 0; n + shift < Math.min(speaker.overs.length, other.overs.length); n++) {
      judge.reset();
      let alarm = false;
      const theirs = other.overs[n + shift]!;
      for (const [k, frame] of speaker.overs[n]!.entries()) {
        sent.keep(frame, nowMs, nowMs, noOwner);
        alarm = judge.hear(theirs[k]!, nowMs, nowMs, [sent], false) || alarm;
        nowMs += frameMs;
        frames += 1;
      }
      if (alarm) alarms += 1;
    }
  }
  const hours = (frames * frameMs) / 3_600_000;
  return { talkers: name, hours, alarms, 'an hour': alarms / hours };
}

function* others(voices: readonly Voice[]): Iterable<readonly [Voice, Voice, number]> {
  for (const a of voices) for (const b of voices) if (a !== b) yield [a, b, 0];
}

function* themselves(voices: readonly Voice[]): Iterable<readonly [Voice, Voice, number]> {
  for (const voice of voices) for (const shift of [3, 11]) yield [voice, voice, shift];
}

const voices = values.speech === undefined ? spoken() : recorded(values.speech);
const corpus = voices.map(({ name, overs }) => `${name} ${Math.round(overs.length / 10)} min`).join(', ');
report(
  'loop: from the first packet that comes back to its recognition',
  `Every seventh over of 6 s of each voice, back after 60, 300, 900 and 1900 ms in turn; likenessMin ${likenessMin}.\nVoices: ${corpus}`,
  Object.entries(ways).map(([name, way]) => detections(name, way, voices)),
);
report(
  'loop: false alarms while two talk at once',
  'Both without a break, far more than happens on any group; an alarm is an over of 6 s that was taken for the other.',
  [falseAlarms('two voices', others(voices)), falseAlarms('one voice, other words', themselves(voices))],
);
