/** What persons of a scenario say, as sound: each line as long as what judges it needs. */
import { joined } from '../test/interop/support/sound.ts';
import type { Sound } from '../test/interop/support/wav.ts';
import type { Scenario, StepOf } from './scenario-file.ts';
import type { LineSpeaker } from './speech.ts';

/** Of a fast run. What is judged by its sound lasts until voice that was kept for a slow network has been caught up. */
const fastLineMs = { overlap: 900, judged: 4500, other: 700, overReturn: 8000 } as const;
/** A line that is judged by its sound is said again until it is so long. */
const judgedMsMin = 4500;
const pitchStep = 0.08;
const bySound = new Set(['A-01', 'A-02', 'A-03', 'A-05', 'A-24', 'A-25']);
/** By step; `fast`: no line is longer than its judgement needs. */
export async function lineSounds(
  { steps }: Scenario,
  speaker: LineSpeaker,
  fast: boolean,
): Promise<ReadonlyMap<number, Sound>> {
  const lines = new Map<number, Sound>();
  for (const [index, step] of steps.entries()) {
    if (step.do === 'intercom' || step.do === 'call') {
      const language = step.do === 'intercom' ? step.lang : 'fr';
      const fastMs = step.expect.includes('A-05') ? fastLineMs.judged : fastLineMs.other;
      const maxMs = fast ? fastMs : Infinity;
      lines.set(index, await speaker.line(step.by, step.text, language, maxMs));
    }
    if (step.do !== 'say') continue;
    const next = steps[index + 1];
    const spokenOver = next?.do === 'say' && next.overlap;
    const maxMs = lineMsOf(step, spokenOver, fast);
    const line = await speaker.line(step.by, step.text, step.lang, maxMs);
    lines.set(index, isBySound(step) ? repeated(line, judgedMsMin) : line);
  }
  return lines;
}

function lineMsOf(step: StepOf<'say'>, spokenOver: boolean, fast: boolean): number {
  if (!fast) return Infinity;
  if (step.overlap) return fastLineMs.overlap;
  if (step.expect.includes('A-25')) return fastLineMs.overReturn;
  const isLong = spokenOver || step.cut_by_emergency || step.cut_by_fault || isBySound(step);
  return isLong ? fastLineMs.judged : fastLineMs.other;
}

function isBySound({ expect }: StepOf<'say'>): boolean {
  return expect.some((assertion) => bySound.has(assertion));
}

/** Said again until it is so long, each time in another pitch: else nobody could tell which time he hears. */
function repeated({ rateHz, samples }: Sound, msMin: number): Sound {
  const enough = Math.ceil((msMin * rateHz) / 1000);
  const parts: Float32Array[] = [];
  for (let length = 0; length < enough; length += parts.at(-1)?.length ?? enough) {
    const pitch = 1 + pitchStep * parts.length;
    parts.push(
      Float32Array.from({ length: Math.floor(samples.length / pitch) }, (_, index) => {
        const at = Math.floor(index * pitch);
        const [here = 0, next = here] = [samples[at], samples[at + 1]];
        return here + (next - here) * (index * pitch - at);
      }),
    );
  }
  return { rateHz, samples: joined(...parts) };
}
