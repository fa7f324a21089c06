/** Shifts that are handed over, and the sheets that go with them: read from the wire. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import type { ColleagueModel, HandOverModel } from './incident-model.ts';
import { readWide } from './read-wire.ts';

const states: readonly HandOverModel['state'][] = ['offered', 'confirmed', 'refused', 'withdrawn', 'lapsed'];

const handOversMax = 50;
const colleaguesMax = 200;
const noteMax = 1000;

export function readHandOver(wire: escaut.console.v1.HandOver.$Properties): HandOverModel {
  return {
    id: wire.id ?? 0,
    state: states.find((state) => state === wire.state) ?? 'lapsed',
    from: cleanText(wire.from),
    fromPersonId: wire.fromPersonId ?? '',
    to: cleanText(wire.to),
    toPersonId: wire.toPersonId ?? '',
    note: cleanText(wire.note, noteMax),
    offeredUtcMs: readWide(wire.offeredUtcMs),
    endedUtcMs: readWide(wire.endedUtcMs),
    reason: cleanText(wire.reason, noteMax),
  };
}

export function readHandOvers(
  wire: readonly escaut.console.v1.HandOver.$Properties[] | null | undefined,
): HandOverModel[] {
  return (wire ?? []).slice(-handOversMax).map(readHandOver);
}

export function readColleagues(
  wire: readonly escaut.console.v1.Colleague.$Properties[] | null | undefined,
): ColleagueModel[] {
  return (wire ?? []).slice(0, colleaguesMax).map(({ personId, display }) => ({
    personId: personId ?? '',
    display: cleanText(display) || (personId ?? ''),
  }));
}

/** In place of the one with its number, or the newest. */
export function putHandOver(handOvers: readonly HandOverModel[], handOver: HandOverModel): HandOverModel[] {
  const others = handOvers.filter(({ id }) => id !== handOver.id);
  return [...others, handOver].sort((one, other) => one.id - other.id).slice(-handOversMax);
}

/** What this person has offered and nobody has answered. */
export function ownOffer(handOvers: readonly HandOverModel[], personId: string): HandOverModel | undefined {
  return handOvers.find(({ state, fromPersonId }) => state === 'offered' && fromPersonId === personId);
}

/** What waits for this person's answer, the oldest first. */
export function offersTo(handOvers: readonly HandOverModel[], personId: string): readonly HandOverModel[] {
  return handOvers.filter(({ state, toPersonId }) => state === 'offered' && toPersonId === personId);
}
