/** What an announcement should sound like, made apart from the gateway: espeak-ng reads the words. */
import { execFileSync } from 'node:child_process';
import { resampled } from './sound.ts';
import type { Sound } from './wav.ts';

/** As espeak-ng says it, at 8 kHz. */
export function speechMade(words: string, voice: string): Sound {
  const bytes = execFileSync('espeak-ng', ['-v', voice, '-s', '150', '--stdin', '--stdout'], { input: words });
  const rateHz = bytes.readUInt32LE(24);
  const samples = Float32Array.from(
    { length: (bytes.length - 44) >> 1 },
    (_, at) => bytes.readInt16LE(44 + 2 * at) / 32_768,
  );
  return resampled({ rateHz, samples }, 8000);
}
