/**
 * Speaks the demonstration's texts with espeak-ng and keeps them as small A-law WAV files (8 kHz, as a radio would
 * sound: 300–3400 Hz). Run by hand when config/demo-scenario.yaml changes; the files are shipped, so that neither the
 * demonstration nor the tests need a synthesiser. Needs espeak-ng and sox.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Say {
  readonly do: string;
  readonly text: string;
  readonly voice: string;
  readonly speech: string;
}

/** How the synthesiser must see what a radio operator says as letters and figures. */
const spoken: readonly (readonly [RegExp, string])[] = [
  [/\bCCPD\b/g, 'C C P D'],
  [/\bTN 59\b/g, 'T N cinquante-neuf'],
  [/\bTV 21\b/g, 'T V vingt et un'],
  [/\bCORG 59\b/g, 'corgue cinquante-neuf'],
  [/\bGMSI 4\b/g, 'G M S I quatre'],
  [/\bPF\b/g, 'P F'],
  [/\bFRBE\b/g, 'F R B E'],
  [/\bBAC 2\b/g, 'bac deux'],
];

const root = join(import.meta.dirname, '..');
const { steps } = parse(readFileSync(join(root, 'config/demo-scenario.yaml'), 'utf8')) as { steps: readonly Say[] };
const folder = mkdtempSync(join(tmpdir(), 'escaut-speech-'));
try {
  for (const step of steps) {
    if (step.do !== 'say') continue;
    const words = spoken.reduce((text, [pattern, words]) => text.replace(pattern, words), step.text);
    const raw = join(folder, step.speech);
    execFileSync('espeak-ng', ['-v', step.voice, '-s', '160', '-w', raw, words]);
    const effects = ['rate', '-v', '8k', 'sinc', '300-3400', 'silence', '1', '0.02', '-50d', 'norm', '-6'];
    const file = join(root, 'config/demo-speech', step.speech);
    execFileSync('sox', ['-R', raw, '-r', '8000', '-c', '1', '-e', 'a-law', file, ...effects]);
    process.stdout.write(`${step.speech}: ${step.text}\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
