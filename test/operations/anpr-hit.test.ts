import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Words } from '../../src/operations/announcement-text.ts';
import {
  announcementFields,
  deadlineMs,
  type HitAction,
  type HitEvent,
  type HitState,
  hitRules,
  knownHits,
  mayBeAnnounced,
  noHits,
  type Read,
  step,
} from '../../src/operations/anpr-hit.ts';
import type { Person } from '../../src/operations/terms.ts';

const minute = 60_000;
const ccpd: Person = { person: 'ccpd-be-1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const same = (text: string): Words => ({ fr: text, nl: text, en: text });
const read = (reference: string, more: Partial<Read> = {}): Read => ({
  source: 'be-anpr',
  reference,
  camera: same('E17 Rekkem'),
  heading: same('France'),
  vehicle: { fr: 'Renault Master blanche', nl: 'witte Renault Master', en: 'white Renault Master' },
  reason: same('véhicule volé'),
  readUtcMs: Date.parse('2026-01-10T20:37:00Z'),
  ...more,
});

/** Hits under test: events in, and what was done as short words in the order it happened. */
class Intake {
  state: HitState;
  nowMs = 0;
  constructor(rules = hitRules) {
    this.state = noHits(rules);
  }

  feed(event: HitEvent): readonly string[] {
    const { state, actions } = step(this.state, event, this.nowMs);
    this.state = state;
    return actions.flatMap(word);
  }

  read(reference: string, sameAs: string, more: Partial<Read> = {}) {
    return this.feed({ name: 'read', read: read(reference, more), sameAs });
  }

  validate(hit: number, result: 'confirmed' | 'rejected', checked = 'photo and plate compared') {
    return this.feed({ name: 'validate', request: 1, person: ccpd, hit, result, checked });
  }

  until(ms: number): readonly string[] {
    const done: string[] = [];
    for (let dueMs = deadlineMs(this.state); dueMs <= ms; dueMs = deadlineMs(this.state)) {
      this.nowMs = dueMs;
      done.push(...this.feed({ name: 'tick' }));
    }
    this.nowMs = ms;
    return done;
  }
}

function word(action: HitAction): readonly string[] {
  if (action.name === 'taken') return [`${action.as} ${action.hit}`];
  if (action.name === 'answer') return [action.refusal === undefined ? 'done' : `refused ${action.refusal}`];
  return [];
}

describe('a read', () => {
  it('is a hit that nobody has looked at', () => {
    const intake = new Intake();
    expect(intake.read('H-1', 'a')).toEqual(['new 1']);
    expect(mayBeAnnounced(intake.state.hits.get(1)!)).toBe(false);
  });

  it('that comes again is the same message, whenever it comes', () => {
    const intake = new Intake();
    intake.read('H-1', 'a');
    intake.until(20 * minute);
    expect(intake.read('H-1', 'a')).toEqual(['repeated 1']);
    expect(intake.read('H-1', 'a', { source: 'fr-lapi' })).toEqual(['new 2']);
  });

  it('of the same vehicle within 5 minutes of the last is the same hit', () => {
    const intake = new Intake();
    intake.read('H-1', 'a');
    intake.until(4 * minute);
    expect(intake.read('H-2', 'a', { source: 'fr-lapi', camera: same('A22 Ferrain') })).toEqual(['merged 1']);
    intake.until(8 * minute);
    expect(intake.read('H-3', 'a')).toEqual(['merged 1']);
    intake.until(13 * minute);
    expect(intake.read('H-4', 'a')).toEqual(['new 2']);
    expect(intake.read('H-3', 'a')).toEqual(['repeated 1']);
    expect(intake.state.hits.get(1)?.merged.map(({ camera }) => camera.fr)).toEqual(['A22 Ferrain', 'E17 Rekkem']);
  });

  it('that says something else under a reference that had come before changes nothing', () => {
    const intake = new Intake();
    intake.read('H-1', 'a');
    expect(intake.read('H-1', 'a', { reason: same('plaques volées') })).toEqual(['conflict 1']);
    expect(intake.read('H-1', 'another vehicle')).toEqual(['conflict 1']);
    intake.until(6 * minute);
    expect(intake.read('H-1', 'another vehicle')).toEqual(['repeated 1']);
    expect(intake.state.hits.get(1)).toMatchObject({ reason: same('véhicule volé'), merged: [] });
  });

  it('of an exercise and a real one are never the same, whatever vehicle or message they name', () => {
    const intake = new Intake();
    expect(intake.read('H-1', 'a', { exercise: true })).toEqual(['new 1']);
    expect(intake.read('H-2', 'a')).toEqual(['new 2']);
    expect(intake.read('H-3', 'a', { exercise: true })).toEqual(['merged 1']);
    expect(intake.read('H-4', 'a')).toEqual(['merged 2']);
    expect(intake.read('H-1', 'a')).toEqual(['conflict 1']);
    expect(intake.read('H-2', 'a', { exercise: true })).toEqual(['conflict 2']);
  });

  it('of an exercise makes no room among real ones, nor a real one among those', () => {
    const intake = new Intake({ ...hitRules, keptMax: 2, exercisesMax: 1 });
    intake.read('R-1', 'a');
    intake.read('R-2', 'b');
    intake.read('X-1', 'c', { exercise: true });
    intake.read('X-2', 'd', { exercise: true });
    expect([...intake.state.hits.values()].map(({ reference }) => reference)).toEqual(['R-1', 'R-2', 'X-2']);
    intake.read('R-3', 'e');
    expect([...intake.state.hits.values()].map(({ reference }) => reference)).toEqual(['R-2', 'X-2', 'R-3']);
  });

  it('without a plate is like no other', () => {
    const intake = new Intake();
    expect(intake.feed({ name: 'read', read: read('H-1') })).toEqual(['new 1']);
    expect(intake.feed({ name: 'read', read: read('H-2') })).toEqual(['new 2']);
  });

  it('is forgotten when its days are over, and known again after a restart but for its vehicle', () => {
    const intake = new Intake();
    intake.read('H-1', 'a');
    const { sameAs: _, ...known } = intake.state.hits.get(1)!;
    const after = new Intake();
    after.state = knownHits(hitRules, [{ ...known, sinceMs: -minute }], 7);
    expect(after.read('H-2', 'a')).toEqual(['new 8']);
    expect(after.read('H-1', 'a')).toEqual(['repeated 1']);
    expect(after.feed({ name: 'forget', hits: [1, 8, 99] })).toEqual([]);
    expect([...after.state.hits.keys()]).toEqual([]);
    expect(after.state.counted).toBe(8);
    expect(deadlineMs(after.state)).toBe(Infinity);
  });

  it('gives the announcement its fields: the vehicle, and where it was read last', () => {
    const intake = new Intake();
    intake.read('H-1', 'a');
    const { heading: _, ...without } = read('H-2', { camera: same('A22 Ferrain') });
    intake.feed({ name: 'read', read: without, sameAs: 'a' });
    const fields = announcementFields(intake.state.hits.get(1)!);
    expect(fields).toEqual({ vehicle: read('').vehicle, place: same('A22 Ferrain') });
  });

  it('leaves nothing behind by which the vehicle is known after 5 minutes', () => {
    const intake = new Intake();
    intake.read('H-1', 'keyed-word');
    intake.until(5 * minute);
    expect(JSON.stringify([...intake.state.hits.values()])).not.toContain('keyed-word');
  });
});

describe('validation', () => {
  it('says once what it is, and what was compared', () => {
    const intake = new Intake();
    intake.read('H-1', 'a');
    expect(intake.validate(1, 'confirmed', ' ')).toEqual(['refused not-checked']);
    expect(intake.validate(1, 'confirmed')).toEqual(['done']);
    expect(mayBeAnnounced(intake.state.hits.get(1)!)).toBe(true);
    expect(intake.validate(1, 'rejected')).toEqual(['refused already-validated']);
    expect(intake.validate(9, 'rejected')).toEqual(['refused unknown-hit']);
  });

  it('rejects for good: later reads do not bring it on the air', () => {
    const intake = new Intake();
    intake.read('H-1', 'a');
    intake.validate(1, 'rejected');
    expect(intake.read('H-2', 'a')).toEqual(['merged 1']);
    expect(mayBeAnnounced(intake.state.hits.get(1)!)).toBe(false);
  });

  it('that never came lapses in an hour, and may still come', () => {
    const intake = new Intake();
    intake.read('H-1', 'a');
    intake.until(60 * minute);
    expect(intake.state.hits.get(1)?.name).toBe('lapsed');
    expect(mayBeAnnounced(intake.state.hits.get(1)!)).toBe(false);
    expect(intake.validate(1, 'confirmed')).toEqual(['done']);
  });
});

it('holds whatever comes: what no person confirmed is never announced, and the list stays bounded', () => {
  const vehicle = fc.constantFrom('a', 'b', 'c');
  const anyEvent: fc.Arbitrary<HitEvent> = fc.oneof(
    fc.record({
      name: fc.constant('read' as const),
      read: fc.constantFrom('1', '2', '3', '4', '5', '6').map((reference) => read(reference)),
      sameAs: vehicle,
    }),
    fc.record({
      name: fc.constant('validate' as const),
      request: fc.nat(),
      person: fc.constant(ccpd),
      hit: fc.integer({ min: 0, max: 7 }),
      result: fc.constantFrom('confirmed' as const, 'rejected' as const),
      checked: fc.constantFrom('', 'photo'),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(anyEvent, fc.constantFrom(0, minute, 10 * minute))), (events) => {
      let state = noHits({ ...hitRules, keptMax: 3 });
      let nowMs = 0;
      const confirmed = new Set<number>();
      const gaveWay: number[] = [];
      for (const [event, laterMs] of events) {
        nowMs += laterMs;
        const { state: next, actions } = step(state, event, nowMs);
        const done = actions.some((action) => action.name === 'answer' && action.refusal === undefined);
        if (event.name === 'validate' && event.result === 'confirmed' && done) confirmed.add(event.hit);
        state = next;
        expect(state.hits.size).toBeLessThanOrEqual(3);
        // Every one that ever was is at hand, or was handed on, once: by number alone none is lost.
        for (const action of actions) if (action.name === 'gaveWay') gaveWay.push(action.hit.hit);
        const all = [...state.hits.keys(), ...gaveWay].toSorted((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: state.counted }, (_, at) => at + 1));
        expect(deadlineMs(state)).toBeGreaterThan(nowMs);
        for (const hit of state.hits.keys()) expect(mayBeAnnounced(state.hits.get(hit)!)).toBe(confirmed.has(hit));
      }
    }),
    { numRuns: 300 },
  );
});
