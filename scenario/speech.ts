/**
 * What is spoken: by espeak-ng where it is there, else noise that swells and falls as syllables do, of another colour for
 * each talker. Every line is its own sound, so that it is known again wherever it is heard.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '../src/base/random.ts';
import { frameRateHz } from '../src/media/frame.ts';
import { encodeG711 } from '../src/media/g711.ts';
import { amplitudeOfDb, levelDbov } from '../src/media/level.ts';
import { resample } from '../src/media/wav.ts';
import { AnnouncementVoice } from '../src/speech/announcement-voice.ts';
import type { Sound } from '../test/interop/support/wav.ts';
import type { Language } from './scenario-file.ts';

const lineRateHz = 8000;
const packetSamples = 160;
/** Level of speech at which legs are joined. */
const targetDbov = -20;
const wordsPerS = { fr: 2.7, nl: 2.6, en: 2.6, de: 2.4 } as const;
const breathS = 0.8;
const voices: Readonly<Record<Language, readonly string[]>> = {
  fr: ['fr+m1', 'fr+f2', 'fr-be+m4', 'fr-be+f3', 'fr+m7'],
  nl: ['nl+m2', 'nl+f4', 'nl+m5', 'nl+f1', 'nl+m3'],
  en: ['en-gb+m3', 'en-gb+f2', 'en-gb+m1', 'en-gb+f4', 'en-gb+m6'],
  de: ['de+m4', 'de+f3', 'de+m6', 'de+f2', 'de+m1'],
};

export class LineSpeaker {
  readonly #speaking: readonly AnnouncementVoice[];
  /** Synthesisers that failed: the rest of the run is noise, and the report says so. */
  synthetic = false;

  constructor() {
    const cacheFolder = join(tmpdir(), 'escaut-scenario-speech');
    this.#speaking = voices.fr.map(
      (_, index) =>
        new AnnouncementVoice({
          command: ['espeak-ng', '-v', '{voice}', '-s', '165', '--stdin', '--stdout'],
          voices: { fr: voices.fr[index]!, nl: voices.nl[index]!, en: voices.en[index]!, de: voices.de[index]! },
          cacheFolder,
          recordings: undefined,
          timeoutMs: 10_000,
        }),
    );
  }

  /** A talker's line at 8 kHz, whole 20 ms packets; cut to `maxMs` where that is given. */
  async line(talker: string, text: string, language: Language, maxMs = Infinity): Promise<Sound> {
    const voice = this.#speaking[digest(talker) % this.#speaking.length]!;
    const made = await voice.speak(text, language);
    if (!made.ok) this.synthetic = true;
    const words = made.ok ? resample(made.samples, frameRateHz, lineRateHz) : noiseFor(text, language);
    const length = Math.min(words.length, (maxMs * lineRateHz) / 1000);
    return { rateHz: lineRateHz, samples: levelled(words.slice(0, packetSamples * Math.ceil(length / packetSamples))) };
  }
}

/** A-law of a sound at 8 kHz. */
export function alawOf({ samples }: Sound): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  encodeG711('PCMA', samples, samples.length, bytes, 0);
  return bytes;
}

function levelled(samples: Float32Array): Float32Array {
  const whole = new Float32Array(packetSamples * Math.ceil(samples.length / packetSamples));
  whole.set(samples);
  const gain = amplitudeOfDb(targetDbov - levelDbov(samples));
  return whole.map((sample) => Math.max(-0.98, Math.min(0.98, gain * sample)));
}

/** As long as the words would take, with five syllables a second. */
function noiseFor(text: string, language: Language): Float32Array {
  const random = new SeededRandom(digest(text));
  const seconds = breathS + text.split(' ').length / wordsPerS[language];
  let before = 0;
  const colour = 0.3 + 0.6 * random.fraction();
  return Float32Array.from({ length: Math.round(seconds * lineRateHz) }, (_, at) => {
    before = colour * before + (1 - colour) * (2 * random.fraction() - 1);
    return 0.3 * before * (0.55 + 0.45 * Math.sin((2 * Math.PI * 5 * at) / lineRateHz));
  });
}

/** FNV-1a. */
function digest(text: string): number {
  let hash = 0x811c9dc5;
  for (const octet of Buffer.from(text)) hash = Math.imul(hash ^ octet, 0x01000193) >>> 0;
  return hash;
}
