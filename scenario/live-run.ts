/** A run as somebody watches it: how far it is, how long it will last, and what was judged of it so far. */
import { setTimeout as sleep } from 'node:timers/promises';
import { judgeStep } from './judge.ts';
import type { Phase, Progress } from './live-table.ts';
import type { Performance } from './performer.ts';
import type { Pace } from './plan.ts';
import type { Scenario } from './scenario-file.ts';
import type { Stage } from './stage.ts';
import type { Verdict } from './verdict.ts';

export interface LiveRunOptions {
  readonly scenario: Scenario;
  readonly pace: Pace;
  readonly silenceMs: number;
  /** Told of the whole run after every change of it and every second. */
  readonly onProgress: (scenario: Scenario, progress: Progress) => void;
}

/** Of fewer steps nobody can tell how long the others take. */
const stepsToTell = 5;
const tickMs = 1000;
/** What a step changes is shown at the consoles by then. */
const shownWithinMs = 1000;

export class LiveRun {
  readonly #options: LiveRunOptions;
  readonly #begun = new Set<number>();
  readonly #settled = new Map<number, string>();
  /** By step. */
  readonly #verdicts = new Map<number, readonly Verdict[]>();
  #phase: Phase = 'setting-up';
  #phaseSinceMs = performance.now();
  #judging: Promise<void> = Promise.resolve();
  readonly #ticking: NodeJS.Timeout;

  constructor(options: LiveRunOptions) {
    this.#options = options;
    this.#ticking = setInterval(() => this.#tell(), tickMs);
    this.#tell();
  }

  enter(phase: Phase): void {
    this.#phase = phase;
    this.#phaseSinceMs = performance.now();
    this.#tell();
  }

  began(index: number): void {
    this.#begun.add(index);
    this.#tell();
  }

  /** Each step is judged as it settles, one after the other. */
  settled(index: number, undone: string, stage: Stage, recorded: () => Promise<Performance>): void {
    this.#settled.set(index, undone);
    this.#tell();
    if (this.#options.scenario.steps[index]?.expect.length === 0) return;
    // Of a stage that is cleared meanwhile nothing more is judged here: the whole table follows.
    this.#judging = this.#judging
      .then(() => sleep(shownWithinMs))
      .then(() => this.#judge(index, stage, recorded))
      .catch(() => undefined);
  }

  end(): void {
    clearInterval(this.#ticking);
  }

  async #judge(index: number, { config, testbed }: Stage, recorded: () => Promise<Performance>): Promise<void> {
    const { scenario } = this.#options;
    const judged = { scenario, performance: await recorded(), config, testbed };
    // Of one that failed what was missing may have come meanwhile.
    const failed = [...this.#verdicts].filter(([, all]) => all.some(({ result }) => result === 'failed'));
    for (const step of [...failed.map(([step]) => step), index]) this.#verdicts.set(step, judgeStep(step, judged));
    this.#tell();
  }

  #tell(): void {
    const { scenario, onProgress } = this.#options;
    const progress = { begun: this.#begun, settled: this.#settled, verdicts: [...this.#verdicts.values()].flat() };
    const times = { atMs: this.#atMs(), leftMs: this.#leftMs() };
    onProgress(scenario, { phase: this.#phase, ...times, ...progress });
  }

  /** In real time a step begins when the scenario says so, and between them time passes as well. */
  #atMs(): number {
    const { scenario, pace } = this.#options;
    const stepMs = scenario.steps[Math.max(0, ...this.#begun)]?.t ?? 0;
    return pace === 'real-time' ? Math.max(stepMs, performance.now() - this.#phaseSinceMs) : stepMs;
  }

  #leftMs(): number | undefined {
    const { scenario, pace, silenceMs } = this.#options;
    const sinceMs = performance.now() - this.#phaseSinceMs;
    if (this.#phase === 'silence') return Math.max(0, silenceMs - sinceMs);
    if (this.#phase !== 'playing') return undefined;
    const steps = scenario.steps.length;
    if (pace === 'real-time') return Math.max(0, (scenario.steps.at(-1)?.t ?? 0) - sinceMs) + silenceMs;
    const settled = this.#settled.size;
    return settled < stepsToTell ? undefined : (sinceMs / settled) * (steps - settled) + silenceMs;
  }
}
