/**
 * When each step begins. In real time at the time that the scenario gives it; fast as soon as all before it are settled,
 * but for what has to happen while somebody speaks: a second talker, an emergency, a cut. Pure.
 */
import type { Scenario, Step } from './scenario-file.ts';

export type Pace = 'fast' | 'real-time';

export type Begins =
  | { readonly when: 'at'; readonly ms: number }
  | { readonly when: 'settled' }
  /** So long after another step began. */
  | { readonly when: 'within'; readonly of: number; readonly afterMs: number };

/** A fast line lasts some 1.6 s: the second talker and the cut fall into the middle of it. */
const overlapAfterMs = 400;
const cutAfterMs = 700;
const hotMicAfterMs = 100;
/** Legs that return after 10 s of stability find somebody speaking. */
const returnAfterMs = 8000;

export function planOf({ steps }: Pick<Scenario, 'steps'>, pace: Pace): readonly Begins[] {
  return steps.map((step, index) => {
    if (pace === 'real-time') return { when: 'at', ms: step.t };
    return withinOf(steps, step, index) ?? { when: 'settled' };
  });
}

function withinOf(steps: readonly Step[], step: Step, index: number): Begins | undefined {
  if (step.do === 'say' && step.overlap) return within(lastBefore(steps, index, isSaid), overlapAfterMs);
  if (step.do === 'say' && step.hot_mic) {
    return within(
      lastBefore(steps, index, (each) => each.do === 'emg' && each.by === step.by),
      hotMicAfterMs,
    );
  }
  if (step.do === 'say' && step.expect.includes('A-25')) {
    return within(
      lastBefore(steps, index, (each) => each.do === 'heal'),
      returnAfterMs,
    );
  }
  if (step.do === 'emg') return within(directlyBefore(steps, index, 'cut_by_emergency'), cutAfterMs);
  if (step.do === 'fault') return within(directlyBefore(steps, index, 'cut_by_fault'), cutAfterMs);
  // What the gateway says of an emergency waits for the open microphone, which must not wait for it.
  if (step.do === 'ann' && step.after_hot_mic) {
    return within(
      lastBefore(steps, index, (each) => each.do === 'emg'),
      0,
    );
  }
  return undefined;
}

function within(of: number | undefined, afterMs: number): Begins | undefined {
  return of === undefined ? undefined : { when: 'within', of, afterMs };
}

function isSaid(step: Step): boolean {
  return step.do === 'say';
}

function lastBefore(steps: readonly Step[], index: number, fits: (step: Step) => boolean): number | undefined {
  const found = steps.slice(0, index).findLastIndex(fits);
  return found < 0 ? undefined : found;
}

function directlyBefore(
  steps: readonly Step[],
  index: number,
  cut: 'cut_by_emergency' | 'cut_by_fault',
): number | undefined {
  const before = steps[index - 1];
  return before?.do === 'say' && before[cut] ? index - 1 : undefined;
}
