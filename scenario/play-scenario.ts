/** Plays one scenario from start to end: sets the stage, performs, clears it, judges. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { judge } from './judge.ts';
import { LiveRun } from './live-run.ts';
import type { Progress } from './live-table.ts';
import { type Performance, Performer } from './performer.ts';
import { type Pace, planOf } from './plan.ts';
import { clockText, readScenario, type Scenario, type Step } from './scenario-file.ts';
import { Stage } from './stage.ts';
import type { Verdict } from './verdict.ts';

export interface PlayOptions {
  readonly pace: Pace;
  readonly watched: boolean;
  /** Only the steps before that time, such as "03:00". */
  readonly until?: string;
  readonly onStep: (index: number, step: Step) => void;
  /** Told of the whole run after every change of it and every second; judging while it goes costs what it costs. */
  readonly onProgress?: (scenario: Scenario, progress: Progress) => void;
  /** Ends the run after the step under way; what was played is judged. */
  readonly signal: AbortSignal;
}

export interface Played {
  readonly scenario: Scenario;
  readonly performance: Performance;
  readonly verdicts: readonly Verdict[];
  /** What this run had otherwise than the customer's configuration and times. */
  readonly changes: readonly string[];
  readonly tookMs: number;
}

const folder = join(import.meta.dirname, '../config/scenarios');
/** After the end of a scenario; where only its beginning is played there is no such end to wait for. */
const silence = { fast: 3000, 'real-time': 600_000 } as const;

/** @throws Error that lists what is wrong with the file. */
function loadScenario(name: string): Scenario {
  const reading = readScenario(parse(readFileSync(join(folder, `${name}.yaml`), 'utf8')));
  if (!reading.ok) throw new Error(`config/scenarios/${name}.yaml:\n${reading.problems.join('\n')}`);
  return reading.scenario;
}

export async function playScenario(name: string, options: PlayOptions): Promise<Played> {
  const { pace, until, onProgress } = options;
  const whole = loadScenario(name);
  const steps = until === undefined ? whole.steps : whole.steps.filter(({ t }) => clockText(t) < until);
  const scenario = { ...whole, steps };
  const silenceMs = until === undefined ? silence[pace] : silence.fast;
  const live = onProgress === undefined ? undefined : new LiveRun({ scenario, pace, silenceMs, onProgress });
  try {
    return await play({ ...options, scenario, silenceMs, live });
  } finally {
    live?.end();
  }
}

interface Play extends Omit<PlayOptions, 'until' | 'onProgress'> {
  readonly scenario: Scenario;
  readonly silenceMs: number;
  readonly live: LiveRun | undefined;
}

async function play({ pace, watched, onStep, signal, scenario, silenceMs, live }: Play): Promise<Played> {
  const startMs = performance.now();
  const fast = pace === 'fast';
  const stage = await Stage.set({ scenario, fast, watched });
  const changes = [...stage.changes];
  let played: Performance;
  try {
    const performer = new Performer(stage, scenario, {
      ...{ fast, silenceMs, signal },
      onPhase: (phase) => live?.enter(phase),
      onStep: (index, step) => {
        onStep(index, step);
        live?.began(index);
      },
      onSettled: (index, undone) => live?.settled(index, undone, stage, () => performer.recorded()),
    });
    played = await performer.play(planOf(scenario, pace));
  } finally {
    await stage.clear();
  }
  if (fast)
    changes.push(
      'A step begins as soon as the one before is settled; lines are cut to 0.7 s, those judged by their sound to 4.5 s.',
    );
  if (played.synthetic) changes.push('No speech synthesiser was there: lines are noise in the rhythm of syllables.');
  const verdicts = judge({ scenario, performance: played, config: stage.config, testbed: stage.testbed });
  return { scenario, performance: played, verdicts, changes, tookMs: performance.now() - startMs };
}
