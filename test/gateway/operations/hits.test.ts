/** Hits of number-plate cameras as systems send them and persons judge them: shown, logged, kept without the vehicle. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { Hit } from '../../../src/console/hit-list.ts';
import { Hits } from '../../../src/gateway/operations/hits.ts';
import type { Read } from '../../../src/operations/anpr-hit.ts';
import type { Person, Role } from '../../../src/operations/terms.ts';
import { demoConfig } from '../demo-config.ts';
import { quietOlder } from './quiet-ports.ts';

const utc = Date.UTC(2026, 0, 9, 20, 37);
const minute = 60_000;
const vehicle = { fr: 'Renault Master blanche', nl: 'witte Renault Master', en: 'white Renault Master' };
const same = (text: string) => ({ fr: text, nl: text, en: text });
const read = (reference: string, more: Partial<Read> = {}): Read => ({
  source: 'be-anpr',
  reference,
  camera: same('E17 Rekkem'),
  heading: same('France'),
  vehicle,
  reason: same('voertuig gestolen (SIS)'),
  readUtcMs: utc,
  ...more,
});
const person = (role: Role): Person => ({ person: 'ccpd-be-2', display: 'CCPD 2', role, controlRoom: 'cr-ccpd' });

class Stand {
  readonly clock: ManualClock;
  readonly shown: Hit[] = [];
  readonly lines: object[] = [];
  kept: unknown;
  readonly gone: unknown[] = [];
  readonly hits: Hits;

  constructor(kept?: unknown, utcMs = utc, fault?: string) {
    this.clock = new ManualClock({ nowMs: 1000, utcMs });
    this.kept = kept;
    this.hits = new Hits(demoConfig, {
      clock: this.clock,
      events: { operations: { hit: (at) => this.lines.push(at) }, state: { notKept: () => undefined } },
      console: { setHit: (hit) => this.shown.push(hit), forget: (gone) => this.gone.push(gone) },
      older: quietOlder('hits'),
      kept: {
        read: () => this.kept,
        write: (document) => {
          if (fault === undefined) this.kept = JSON.parse(JSON.stringify(document));
          return fault;
        },
      },
    });
    this.hits.start();
  }

  validate(hit: number, confirmed = true, role: Role = 'dispatcher', checked = 'photo and plate'): string {
    let answer = 'unanswered';
    this.hits.operate(person(role), { name: 'validateHit', hit, confirmed, checked }, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }

  get last(): Hit {
    return this.shown.at(-1)!;
  }
}

describe('a hit', () => {
  it('is shown at once, and confirmed by a person who says what he compared (A-19)', () => {
    const stand = new Stand();
    expect(stand.hits.take(read('H-1'), 'a')).toEqual({ as: 'new', hit: 1, state: 'unvalidated' });
    expect(stand.last).toMatchObject({
      id: 1,
      state: 'unvalidated',
      read: { source: 'be-anpr', reference: 'H-1', camera: same('E17 Rekkem'), readUtcMs: utc },
      vehicle,
      cameUtcMs: utc,
    });
    expect(stand.validate(1, true, 'dispatcher', '')).toBe('not-checked');
    expect(stand.validate(1)).toBe('done');
    expect(stand.last).toMatchObject({ state: 'confirmed', validatedBy: 'CCPD 2', checked: 'photo and plate' });
    expect(stand.hits.hit(1)?.name).toBe('confirmed');
    expect(stand.validate(1, false)).toBe('already-validated');
    expect(stand.validate(9)).toBe('unknown-hit');
    expect(stand.lines).toMatchObject([
      { what: 'new', hit: 1, source: 'be-anpr', reference: 'H-1' },
      { what: 'confirmed', refusal: 'not-checked' },
      { what: 'confirmed', hit: 1, operator: 'CCPD 2', role: 'dispatcher', checked: 'photo and plate' },
      { what: 'rejected', refusal: 'already-validated' },
      { what: 'confirmed', refusal: 'unknown-hit' },
    ]);
  });

  it.each(['fleet-admin', 'sys-admin', 'technician', 'auditor', 'observer'] as const)(
    'is nothing that a %s may judge: refused, logged, unchanged (A-20)',
    (role) => {
      const stand = new Stand();
      stand.hits.take(read('H-1'), 'a');
      expect(stand.validate(1, true, role)).toBe('not-permitted');
      expect(stand.hits.hit(1)?.name).toBe('unvalidated');
      expect(stand.lines.at(-1)).toMatchObject({ what: 'confirmed', role, refusal: 'not-permitted' });
    },
  );

  it('of the same vehicle within five minutes is shown as one with the first (S2: H-2 merged into H-1, H-3 rejected)', () => {
    const stand = new Stand();
    stand.hits.take(read('H-1'), 'a');
    stand.validate(1);
    stand.clock.advance(47_000);
    const later = read('H-2', { source: 'fr-lapi', camera: same('A22 Ferrain'), readUtcMs: utc + 47_000 });
    expect(stand.hits.take(later, 'a')).toEqual({ as: 'merged', hit: 1, state: 'confirmed' });
    expect(stand.last.merged).toMatchObject([{ source: 'fr-lapi', reference: 'H-2', camera: same('A22 Ferrain') }]);
    stand.clock.advance(4 * minute);
    expect(stand.hits.take(read('H-3', { source: 'fr-lapi' }), 'b').as).toBe('new');
    expect(stand.validate(2, false, 'supervisor', 'photo does not match')).toBe('done');
    expect(stand.hits.sayable('H-3', false)).toBeUndefined();
    expect(stand.hits.sayable('H-1', false)).toEqual({
      vehicle,
      place: same('A22 Ferrain'),
      heading: same('France'),
    });
    expect(stand.hits.sayable('1', false)).toEqual(stand.hits.sayable('H-1', false));
  });

  it('that nobody looks at lapses after an hour, by itself', () => {
    const stand = new Stand();
    stand.hits.take(read('H-1'), 'a');
    stand.clock.advance(60 * minute);
    expect(stand.last).toMatchObject({ id: 1, state: 'lapsed' });
    expect(stand.lines.at(-1)).toEqual({ what: 'lapsed', hit: 1 });
  });

  it('is there again after a restart, and lapses when it would have; nothing kept knows the vehicle', () => {
    const stand = new Stand();
    stand.hits.take(read('H-1'), 'word-of-the-vehicle');
    stand.hits.take(read('H-2'), 'other-word');
    stand.validate(2);
    expect(JSON.stringify(stand.kept)).not.toContain('word');
    const again = new Stand(stand.kept, utc + 30 * minute);
    expect(again.shown.map(({ id, state, cameUtcMs }) => [id, state, cameUtcMs])).toEqual([
      [1, 'unvalidated', utc],
      [2, 'confirmed', utc],
    ]);
    expect(again.last).toMatchObject({ validatedBy: 'CCPD 2', validatedUtcMs: utc });
    expect(again.hits.take(read('H-2'), 'word-of-the-vehicle').as).toBe('repeated');
    expect(again.hits.take(read('H-4'), 'word-of-the-vehicle')).toMatchObject({ as: 'new', hit: 3 });
    again.clock.advance(30 * minute);
    expect(again.hits.hit(1)?.name).toBe('lapsed');
  });

  it('is forgotten after its time, on the disk too', () => {
    const stand = new Stand();
    stand.hits.take(read('H-1'), 'a');
    stand.hits.take(read('H-2'), 'b');
    expect(stand.hits.forget(['1'])).toBe(true);
    expect(stand.hits.hit(1)).toBeUndefined();
    expect(stand.kept).toMatchObject({ counted: 2, hits: [{ reference: 'H-2' }] });
    const full = new Stand(stand.kept, utc, 'ENOSPC');
    expect(full.hits.forget(['2'])).toBe(false);
  });

  it('does not come out of a file that is none', () => {
    expect(new Stand({ version: 1, hits: [{}] }).shown).toEqual([]);
  });
});

describe('a hit of an exercise', () => {
  const entered = {
    name: 'enterExerciseHit',
    camera: 'E17',
    heading: '',
    vehicle: 'grijze Audi',
    reason: 'diefstal',
  } as const;
  const enter = (stand: Stand, more: Partial<typeof entered> = {}, role: Role = 'dispatcher'): string => {
    let answer = 'unanswered';
    stand.hits.operate(person(role), { ...entered, ...more }, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  };

  it('is made up by a person, marked in all that is shown and logged, and judged as a real one is', () => {
    const stand = new Stand();
    expect(enter(stand)).toBe('done');
    expect(stand.last).toMatchObject({
      id: 1,
      exercise: true,
      state: 'unvalidated',
      vehicle: same('grijze Audi'),
      read: { source: 'CCPD Tournai', reference: 'X-1', camera: same('E17') },
    });
    expect(stand.validate(1)).toBe('done');
    expect(stand.last).toMatchObject({ exercise: true, state: 'confirmed' });
    expect(stand.lines).toEqual([
      expect.objectContaining({ what: 'new', hit: 1, reference: 'X-1', exercise: true, operator: 'CCPD 2' }),
      expect.objectContaining({ what: 'confirmed', hit: 1, exercise: true }),
    ]);
  });

  it('is refused without its words, and to whoever may not judge hits; the log says who asked', () => {
    const stand = new Stand();
    expect(enter(stand, { vehicle: '' as 'grijze Audi' })).toBe('hit-incomplete');
    expect(enter(stand, {}, 'observer')).toBe('not-permitted');
    expect(stand.shown).toEqual([]);
    expect(stand.lines).toEqual([
      expect.objectContaining({ what: 'new', exercise: true, refusal: 'hit-incomplete' }),
      expect.objectContaining({ what: 'new', role: 'observer', refusal: 'not-permitted' }),
    ]);
  });

  it('is said by plans of exercises alone, and a real one by none of those; so after a restart', () => {
    const stand = new Stand();
    stand.hits.take(read('H-1', { exercise: true }), 'a');
    stand.hits.take(read('H-2'), 'a');
    stand.validate(1);
    stand.validate(2);
    const again = new Stand(stand.kept);
    for (const { hits } of [stand, again]) {
      expect(hits.sayable('1', false)).toBeUndefined();
      expect(hits.sayable('H-1', false)).toBeUndefined();
      expect(hits.sayable('H-2', true)).toBeUndefined();
      expect(hits.sayable('1', true)).toMatchObject({ vehicle });
      expect(hits.sayable('2', false)).toMatchObject({ vehicle });
    }
    expect(again.shown.map(({ exercise }) => exercise)).toEqual([true, false]);
  });
});
