/** Hits of number-plate cameras as the page shows them. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import type { HitModel, HitReadModel } from './incident-model.ts';
import { readName, readWide } from './read-wire.ts';

export const hitsMax = 100;
/** Of those of exercises, beside the real ones. */
const exercisesMax = 50;
const readsMax = 50;
const wordsMax = 1000;
const states = ['confirmed', 'rejected', 'lapsed'] as const;

export function readHit(wire: escaut.console.v1.Hit.$Properties): HitModel {
  return {
    id: wire.id ?? 0,
    read: readHitRead(wire.read ?? {}),
    merged: (wire.merged ?? []).slice(-readsMax).map(readHitRead),
    vehicle: readName(wire.vehicle, '?'),
    reason: readName(wire.reason, '?'),
    state: states.find((state) => state === wire.state) ?? 'unvalidated',
    cameUtcMs: readWide(wire.cameUtcMs),
    validatedBy: cleanText(wire.validatedBy),
    controlRoom: cleanText(wire.controlRoom),
    checked: cleanText(wire.checked, wordsMax),
    validatedUtcMs: readWide(wire.validatedUtcMs),
    exercise: wire.exercise ?? false,
  };
}

function readHitRead(wire: escaut.console.v1.HitRead.$Properties): HitReadModel {
  return {
    source: cleanText(wire.source),
    country: /^[A-Z]{2}$/.test(wire.country ?? '') ? (wire.country ?? '') : '',
    reference: cleanText(wire.reference),
    camera: readName(wire.camera, '?'),
    heading: wire.heading ? readName(wire.heading, '?') : undefined,
    readUtcMs: readWide(wire.readUtcMs),
  };
}

/** New, or in place of the one with its id; the oldest goes first, each kind for itself. */
export function putHit(hits: readonly HitModel[], hit: HitModel): readonly HitModel[] {
  if (hits.some(({ id }) => id === hit.id)) return hits.map((other) => (other.id === hit.id ? hit : other));
  const ofKind = hits.filter(({ exercise }) => exercise === hit.exercise);
  const [oldest] = ofKind.length < (hit.exercise ? exercisesMax : hitsMax) ? [] : ofKind;
  return [...hits.filter((other) => other !== oldest), hit];
}

/** What somebody must look at, the oldest first: it waits longest. Of exercises none. */
export function openHits(hits: readonly HitModel[]): readonly HitModel[] {
  return hits.filter(({ state, exercise }) => state === 'unvalidated' && !exercise);
}

/** What somebody who trains must look at. */
export function openExerciseHits(hits: readonly HitModel[]): readonly HitModel[] {
  return hits.filter(({ state, exercise }) => state === 'unvalidated' && exercise);
}

/** What somebody must look at first, what is real before what is not, then the rest of the day, the newest on top. */
export function byNeed(hits: readonly HitModel[]): readonly HitModel[] {
  const settled = hits.filter(({ state }) => state !== 'unvalidated');
  return [
    ...openHits(hits),
    ...openExerciseHits(hits),
    ...settled.toSorted((a, b) => b.cameUtcMs - a.cameUtcMs || b.id - a.id),
  ];
}

/** Whether a real one has come that nobody has looked at. */
export function hasNewHit(before: readonly HitModel[], after: readonly HitModel[]): boolean {
  return openHits(after).some(({ id }) => before.every((old) => old.id !== id));
}
