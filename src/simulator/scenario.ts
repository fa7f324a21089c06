/**
 * What the simulated networks do, and when: read from config/demo-scenario.yaml, played in rounds on a given clock.
 * Texts stand beside the speech so that scripts/make-demo-speech.ts can speak them and people can follow.
 */
import { z } from 'zod';
import type { Cancel, Clock } from '../base/clock.ts';

const who = {
  atMs: z.number().int().min(0).describe('From the start of the round.'),
  unit: z.string().optional().describe('Id of a unit of the configuration.'),
  address: z.string().optional().describe('In place of `unit`: a radio that the configuration does not know.'),
  talkgroup: z.string(),
};

const sayStep = z
  .strictObject({
    ...who,
    do: z.literal('say'),
    lang: z.enum(['fr', 'nl', 'en', 'de']),
    voice: z.string().describe('espeak-ng voice, for the maker of the speech.'),
    speech: z.string().regex(/^[A-Za-z0-9-]+\.wav$/),
    text: z.string(),
    overlap: z.boolean().default(false).describe('Keys while another talks; expects to be refused.'),
  })
  .refine(({ unit, address }) => (unit === undefined) !== (address === undefined), {
    message: 'must have either unit or address',
  });

/** A radio says something beside voice. */
const tellSteps = [
  z.strictObject({ ...who, do: z.literal('status'), code: z.number().int().min(1).max(65_535) }),
  z.strictObject({ ...who, do: z.literal('text'), text: z.string().min(1).max(200) }),
  z.strictObject({
    ...who,
    do: z.literal('position'),
    latitudeDeg: z.number().min(-90).max(90),
    longitudeDeg: z.number().min(-180).max(180),
  }),
  z.strictObject({
    ...who,
    do: z.literal('alarm'),
    raised: z.boolean().describe('false: taken back, by the status that stands for it.'),
  }),
] as const;

const scenarioSchema = z.strictObject({
  scenario: z.string(),
  title: z.string(),
  operatorPauseMs: z.number().int().min(0).max(600_000),
  steps: z
    .array(z.discriminatedUnion('do', [sayStep, ...tellSteps]))
    .min(1)
    .max(500),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type Step = Scenario['steps'][number];
export type SayStep = z.infer<typeof sayStep>;

/** @throws ZodError when the file is not a scenario; it is shipped with the program. */
export function readScenario(document: unknown): Scenario {
  return scenarioSchema.parse(document);
}

/** Plays rounds for ever: every step at its time, then the operator's pause, then again. */
export class ScenarioPlayer {
  readonly #scenario: Scenario;
  readonly #clock: Clock;
  readonly #perform: (step: Step) => number;
  #cancel: Cancel | undefined;

  /** `perform` starts a step and says how long it takes, ms. */
  constructor(scenario: Scenario, clock: Clock, perform: (step: Step) => number) {
    this.#scenario = scenario;
    this.#clock = clock;
    this.#perform = perform;
  }

  start(): void {
    this.#playRound(this.#clock.nowMs());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #playRound(startMs: number): void {
    const steps = [...this.#scenario.steps].sort((a, b) => a.atMs - b.atMs);
    let endMs = startMs;
    const next = (index: number): void => {
      const step = steps[index];
      if (step === undefined) {
        const againMs = endMs + this.#scenario.operatorPauseMs;
        this.#cancel = this.#clock.callAt(againMs, () => this.#playRound(againMs));
        return;
      }
      this.#cancel = this.#clock.callAt(startMs + step.atMs, () => {
        endMs = Math.max(endMs, startMs + step.atMs + this.#perform(step));
        next(index + 1);
      });
    };
    next(0);
  }
}
