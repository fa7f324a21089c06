/** Plays one scenario from start to end: sets the stage, performs, clears it, judges. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { judge, judgeStep } from './judge.ts';
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
  /** Told of the whole run after every change of it; judging while it goes costs what it costs. */
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
const silence = { fast: 3000, 'real-time': 600_000 } as const;

/** @throws Error that lists what is wrong with the file. */
function loadScenario(name: string): Scenario {
  const reading = readScenario(parse(readFileSync(join(folder, `${name}.yaml`), 'utf8')));
  if (!reading.ok) throw new Error(`config/scenarios/${name}.yaml:\n${reading.problems.join('\n')}`);
  return reading.scenario;
}

export async function playScenario(
  name: string,
  { pace, watched, until, onStep, onProgress, signal }: PlayOptions,
): Promise<Played> {
  const startMs = performance.now();
  const whole = loadScenario(name);
  const steps = until === undefined ? whole.steps : whole.steps.filter(({ t }) => clockText(t) < until);
  const scenario = { ...whole, steps };
  const fast = pace === 'fast';
  const stage = await Stage.set({ scenario, fast, watched });
  const changes = [...stage.changes];
  let played: Performance;
  try {
    const live = new LiveJudge(scenario, stage, onProgress);
    const performer = new Performer(stage, scenario, {
      ...{ fast, silenceMs: silence[pace], signal },
      onStep: (index, step) => {
        onStep(index, step);
        live.began(index);
      },
      onSettled: (index, undone) => live.settled(index, undone, performer),
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

/** Judges each step as it settles, one after the other, where somebody wants to see it. */
class LiveJudge {
  readonly #scenario: Scenario;
  readonly #stage: Stage;
  readonly #onProgress: PlayOptions['onProgress'];
  readonly #begun = new Set<number>();
  readonly #settled = new Map<number, string>();
  #verdicts: readonly Verdict[] = [];
  #judging: Promise<void> = Promise.resolve();

  constructor(scenario: Scenario, stage: Stage, onProgress: PlayOptions['onProgress']) {
    this.#scenario = scenario;
    this.#stage = stage;
    this.#onProgress = onProgress;
  }

  began(index: number): void {
    this.#begun.add(index);
    this.#tell();
  }

  settled(index: number, undone: string, performer: Performer): void {
    this.#settled.set(index, undone);
    this.#tell();
    if (this.#onProgress === undefined || this.#scenario.steps[index]?.expect.length === 0) return;
    // Of a stage that is cleared meanwhile nothing more is judged here: the whole table follows.
    this.#judging = this.#judging.then(() => this.#judge(index, performer)).catch(() => undefined);
  }

  async #judge(index: number, performer: Performer): Promise<void> {
    const { config, testbed } = this.#stage;
    const recorded = await performer.recorded();
    const verdicts = judgeStep(index, { scenario: this.#scenario, performance: recorded, config, testbed });
    this.#verdicts = [...this.#verdicts, ...verdicts];
    this.#tell();
  }

  #tell(): void {
    const progress = { begun: this.#begun, settled: this.#settled, verdicts: this.#verdicts };
    this.#onProgress?.(this.#scenario, progress);
  }
}
