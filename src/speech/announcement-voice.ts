/**
 * Announcements as speech: made by a program of the operator's choice (espeak-ng by default), or recorded beforehand.
 *
 *   words ─▶ kept in memory? ─▶ kept on disk? ─▶ a file of that name? ─▶ synthesiser ─▶ trimmed, at speech level
 *
 * The program is a command that reads the text on its standard input and writes a WAV file to its standard output, so any
 * synthesiser fits. What it made is kept under the digest of command and words: an announcement that was made once is
 * there at once, and still there when the program is not.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { frameRateHz, frameSamples } from '../media/frame.ts';
import { amplitudeOfDb, levelDbov } from '../media/level.ts';
import { readWav } from '../media/wav.ts';

export interface AnnouncementVoiceOptions {
  /** Program and arguments; `{voice}` stands for the language's voice. */
  readonly command: readonly string[];
  /** Language → its voice, as the program knows it. */
  readonly voices: Readonly<Record<string, string>>;
  /** Where what was made is kept; undefined: in memory alone. */
  readonly cacheFolder: string | undefined;
  /** Recordings `<id>.<language>.wav` that stand for announcements without fields; undefined: none. */
  readonly recordings: string | undefined;
  /** Time that the program has. */
  readonly timeoutMs: number;
}

/** Speech at 16 kHz, ±1, or why there is none. */
export type Spoken =
  | { readonly ok: true; readonly samples: Float32Array }
  | { readonly ok: false; readonly reason: string };

/** Level of active speech, as legs' level control aims for. */
const targetDbov = -20;
const peakMax = 0.89; // −1 dBFS, below the limiter
const silentDbov = -50;
/** Kept in memory: at 320 kB for 5 s, some 32 MB. */
const keptMax = 100;
/** Made at once, and waiting to be. */
const runningMax = 2;
const waitingMax = 100;
/** Largest file of a program: 30 s at 48 kHz. */
const outputMax = 3_000_000;

interface Turn {
  readonly first: boolean;
  take(has: boolean): void;
}

export class AnnouncementVoice {
  readonly #options: AnnouncementVoiceOptions;
  readonly #kept = new Map<string, Promise<Spoken>>();
  #waiting: Turn[] = [];
  #running = 0;

  constructor(options: AnnouncementVoiceOptions) {
    this.#options = options;
  }

  /**
   * Speech of these words. `recordingOf` names the announcement when it has no fields, so that a recording of it may
   * stand for the program; `first`: it waits behind no other, and where too many wait one gives way to it. Never rejects.
   */
  speak(spoken: string, language: string, recordingOf?: string, first = false): Promise<Spoken> {
    const key = this.#keyOf(spoken, language, recordingOf);
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key); // the one used last goes last
      this.#kept.set(key, known);
      return known;
    }
    const made = this.#make(key, spoken, language, recordingOf, first);
    this.#kept.set(key, made);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= keptMax) break;
      this.#kept.delete(oldest);
    }
    void made.then(({ ok }) => {
      if (!ok) this.#kept.delete(key); // the next one tries anew
    });
    return made;
  }

  #keyOf(spoken: string, language: string, recordingOf: string | undefined): string {
    const { command, voices } = this.#options;
    const parts = JSON.stringify([command, voices[language] ?? '', language, spoken, recordingOf ?? '']);
    return createHash('sha256').update(parts).digest('hex');
  }

  async #make(
    key: string,
    spoken: string,
    language: string,
    recordingOf: string | undefined,
    first: boolean,
  ): Promise<Spoken> {
    const recorded = recordingOf === undefined ? undefined : await this.#recorded(recordingOf, language);
    if (recorded !== undefined) return recorded;
    const file = this.#fileOf(key);
    const kept = file === undefined ? undefined : await readOrNothing(file);
    if (kept !== undefined && kept.length > 0 && kept.length % 2 === 0) return { ok: true, samples: ofKept(kept) };
    const made = await this.#inTurn(first, () => this.#synthesise(spoken, language));
    if (made.ok && file !== undefined) await keep(file, made.samples);
    return made;
  }

  async #recorded(announcement: string, language: string): Promise<Spoken | undefined> {
    const { recordings } = this.#options;
    if (recordings === undefined) return undefined;
    const bytes = await readOrNothing(join(recordings, `${announcement}.${language}.wav`));
    return bytes === undefined ? undefined : ofWav(bytes);
  }

  /** At most two programs at once; what finds too many waiting is told so. */
  async #inTurn(first: boolean, work: () => Promise<Spoken>): Promise<Spoken> {
    if (this.#running < runningMax) this.#running += 1;
    else if (!(await this.#turn(first))) return { ok: false, reason: 'too many announcements wait to be spoken' };
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next.take(true);
    }
  }

  /** Resolves when it is its turn; false: it has no place any more. */
  #turn(first: boolean): Promise<boolean> {
    if (this.#waiting.length >= waitingMax) {
      const last = first ? this.#waiting.findLast((turn) => !turn.first) : undefined;
      if (last === undefined) return Promise.resolve(false);
      this.#waiting = this.#waiting.filter((turn) => turn !== last);
      last.take(false);
    }
    return new Promise((take) => {
      const behind = first ? this.#waiting.findIndex((turn) => !turn.first) : -1;
      this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, { first, take });
    });
  }

  #synthesise(spoken: string, language: string): Promise<Spoken> {
    const { command, voices, timeoutMs } = this.#options;
    const voice = voices[language];
    const [program, ...parts] = command.map((part) => part.replaceAll('{voice}', voice ?? ''));
    if (program === undefined || voice === undefined) {
      return Promise.resolve({ ok: false, reason: `no voice is configured for ${language}` });
    }
    return new Promise((resolve) => {
      const options = { encoding: 'buffer', timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: outputMax } as const;
      const child = execFile(program, parts, options, (error, output) => {
        if (error === null) resolve(ofWav(output));
        else resolve({ ok: false, reason: reasonOf(program, error, timeoutMs) });
      });
      child.stdin?.on('error', () => undefined); // a program that ends before it has read says so by its exit
      child.stdin?.end(spoken);
    });
  }

  #fileOf(key: string): string | undefined {
    const { cacheFolder } = this.#options;
    return cacheFolder === undefined ? undefined : join(cacheFolder, `${key}.pcm`);
  }
}

function reasonOf(program: string, error: Error & { code?: unknown; killed?: boolean }, timeoutMs: number): string {
  if (error.code === 'ENOENT') return `${program} is not installed`;
  if (error.killed === true) return `${program} did not end within ${timeoutMs} ms`;
  return `${program} failed: ${String(error.code ?? error.message)}`;
}

function ofWav(bytes: Uint8Array): Spoken {
  const reading = readWav(bytes);
  if (!reading.ok) return { ok: false, reason: `its WAV file cannot be read: ${reading.malformed}` };
  const samples = trimmed(reading.samples);
  if (samples.length === 0) return { ok: false, reason: 'its speech is silent' };
  level(samples);
  return { ok: true, samples };
}

/** Without the silence around it, in whole frames. */
function trimmed(samples: Float32Array): Float32Array {
  const frames = Math.ceil(samples.length / frameSamples);
  const heard = (index: number): boolean =>
    levelDbov(samples.subarray(index * frameSamples, (index + 1) * frameSamples)) > silentDbov;
  let first = 0;
  while (first < frames && !heard(first)) first += 1;
  let end = frames;
  while (end > first && !heard(end - 1)) end -= 1;
  const whole = new Float32Array((end - first) * frameSamples);
  whole.set(samples.subarray(first * frameSamples, end * frameSamples));
  return whole;
}

/** Active speech to the level that legs aim for, peaks below full scale. */
function level(samples: Float32Array): void {
  let sum = 0;
  let active = 0;
  let peak = 0;
  for (let at = 0; at < samples.length; at += frameSamples) {
    const frame = samples.subarray(at, at + frameSamples);
    for (const sample of frame) peak = Math.max(peak, Math.abs(sample));
    const dbov = levelDbov(frame);
    if (dbov <= silentDbov) continue;
    sum += 10 ** (dbov / 10);
    active += 1;
  }
  if (active === 0 || peak === 0) return;
  const gain = Math.min(amplitudeOfDb(targetDbov - 10 * Math.log10(sum / active)), peakMax / peak);
  for (let at = 0; at < samples.length; at++) samples[at]! *= gain;
}

/** How long it lasts. */
export function durationMsOf(samples: Float32Array): number {
  return (samples.length * 1000) / frameRateHz;
}

// ── On disk: 16 bits a sample ────────────────────────────────────────────────────────────────────────────────────────

async function keep(file: string, samples: Float32Array): Promise<void> {
  const bytes = Buffer.alloc(2 * samples.length);
  samples.forEach((sample, index) => {
    bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))), 2 * index);
  });
  try {
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(`${file}.part`, bytes);
    await rename(`${file}.part`, file);
  } catch {
    // A full or read-only disk costs time at the next run, nothing else.
  }
}

function ofKept(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(2 * index) / 32_768);
}

async function readOrNothing(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch {
    return undefined;
  }
}
