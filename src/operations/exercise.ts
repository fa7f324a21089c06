/**
 * Exercises: a shared group that was opened to train, and what makes that plain. Pure.
 *
 *             open as an exercise                 emergency, or a person: this is real
 *   not open ───────────────────────▶ under way ───────────────────────────────────────▶ suspended
 *                                         ▲              a person goes on               │
 *                                         └──────────────────────────────────────────────┘
 *
 * While it is under way the word stands before all that the gateway says on the group, and comes again by itself while
 * there is talk. What is real comes first: it takes talkgroups, channels and the group itself from an exercise under way.
 * A suspended one counts as real in every respect until a person goes on with it; none goes on by itself.
 *
 * Driven by: bridging.ts, of whose groups it is a part.
 */

export const exerciseNames = ['under-way', 'suspended'] as const;
export type ExerciseName = (typeof exerciseNames)[number];

export interface Exercise {
  readonly name: ExerciseName;
  /** When its legs last heard that it is one. */
  readonly saidMs: number;
  /** Somebody has talked since. */
  readonly talked: boolean;
}

export function exerciseOf(name: ExerciseName, nowMs: number): Exercise {
  return { name, saidMs: nowMs, talked: false };
}

export function isUnderWay(exercise: Exercise | undefined): boolean {
  return exercise?.name === 'under-way';
}

/** Somebody talks on its group. */
export function talkedOn(exercise: Exercise): Exercise {
  return exercise.talked ? exercise : { ...exercise, talked: true };
}

/** When it is to be said again that it is one: not while nobody talks. */
export function wordDueMs(exercise: Exercise | undefined, everyMs: number): number {
  return exercise?.name === 'under-way' && exercise.talked ? exercise.saidMs + everyMs : Infinity;
}
