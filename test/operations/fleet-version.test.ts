import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deadlineUtcMs,
  type Editor,
  type Fleet,
  type FleetEvent,
  type FleetTouch,
  needsOf,
  noFleet,
  openNeeds,
  step,
  type VersionName,
  waitingMax,
} from '../../src/operations/fleet-version.ts';
import { defaultPermissions } from '../../src/operations/permissions.ts';
import { roles } from '../../src/operations/terms.ts';

const opoBe = editor('opo-be', 'fleet-admin', 'BE');
const opoBe2 = editor('opo-be-2', 'fleet-admin', 'BE');
const opoFr = editor('opo-fr', 'fleet-admin', 'FR');
const sys1 = editor('sys-1', 'sys-admin', 'FR');
const sys2 = editor('sys-2', 'sys-admin', 'BE');
const dispatcher = editor('ccpd-be-1', 'dispatcher', 'BE');

const own: FleetTouch = { groups: true, people: false, countries: ['BE'] };
const shared: FleetTouch = { groups: true, people: false, countries: ['FR', 'BE'] };
const rights: FleetTouch = { groups: false, people: true, countries: [] };

function editor(person: string, role: Editor['role'], country: string): Editor {
  return { person, display: person, role, controlRoom: 'cr-ccpd', country };
}

/** Versions under test; the time in s. */
class Book {
  state: Fleet = noFleet;

  feed(event: FleetEvent, atS: number): string {
    const { state, actions } = step(this.state, event, atS * 1000);
    this.state = state;
    return actions
      .map((action) => {
        if (action.name === 'answer') return action.refusal ?? `done ${action.version}`;
        if (action.name === 'changed') return `${action.version.number} ${action.version.name}`;
        return `apply ${action.version}`;
      })
      .join(', ');
  }

  propose(by: Editor, touches: FleetTouch, atS = 0, more: { base?: number; reason?: string; fromS?: number } = {}) {
    const { base = this.state.active, reason = 'Nouveau groupe de Menin', fromS } = more;
    const from = fromS === undefined ? {} : { fromUtcMs: fromS * 1000 };
    return this.feed({ name: 'propose', by, base, reason, touches, ...from }, atS);
  }

  approve(by: Editor, version = 1, atS = 10) {
    return this.feed({ name: 'approve', by, version }, atS);
  }

  name(version: number): VersionName | undefined {
    return this.state.versions.get(version)?.name;
  }
}

describe('a version', () => {
  it('of one country needs nobody else', () => {
    const book = new Book();
    expect(book.propose(opoBe, own)).toBe('done 1, 1 approved, 1 due, apply 1');
    expect(book.feed({ name: 'applied', version: 1 }, 1)).toBe('1 active');
    expect(book.state.active).toBe(1);
  });

  it('that changes a group of two countries needs somebody of the other', () => {
    const book = new Book();
    expect(book.propose(opoBe, shared)).toBe('done 1, 1 proposed');
    expect(book.approve(opoBe)).toBe('author-cannot-approve');
    expect(book.approve(opoBe2)).toBe('word-not-needed');
    expect(book.approve(dispatcher)).toBe('may-not-edit');
    expect(book.approve(opoFr)).toBe('done 1, 1 approved, 1 due, apply 1');
  });

  it('that changes who may do what needs a second system administrator', () => {
    const book = new Book();
    expect(book.propose(sys1, rights)).toBe('done 1, 1 proposed');
    expect(book.approve(opoFr)).toBe('may-not-edit');
    expect(book.approve(sys2)).toBe('done 1, 1 approved, 1 due, apply 1');
  });

  it.each([
    ['groups by a system administrator', sys1, own],
    ['people by a fleet administrator', opoBe, rights],
    ['both by either', opoBe, { ...own, people: true }],
    ['anything by a dispatcher', dispatcher, own],
  ])('is refused: %s', (_, by, touches) => {
    expect(new Book().propose(by, touches)).toBe('may-not-edit');
  });

  it.each([
    ['without a reason', { reason: '  ' }, 'reason-missing'],
    ['with a reason of a page', { reason: 'x'.repeat(501) }, 'reason-too-long'],
    ['of a base that never was', { base: 7 }, 'base-outdated'],
    ['for a day in ten years', { fromS: 10 * 366 * 86_400 }, 'time-out-of-range'],
    ['for no day', { fromS: Number.NaN }, 'time-out-of-range'],
  ])('is refused %s', (_, more, refusal) => {
    expect(new Book().propose(opoBe, own, 0, more)).toBe(refusal);
  });

  it('is refused when it changes nothing', () => {
    expect(new Book().propose(opoBe, { groups: false, people: false, countries: [] })).toBe('nothing-changed');
  });

  it('waits for its day', () => {
    const book = new Book();
    expect(book.propose(opoBe, own, 0, { fromS: 3600 })).toBe('done 1, 1 approved');
    expect(deadlineUtcMs(book.state)).toBe(3_600_000);
    expect(book.feed({ name: 'tick' }, 3599)).toBe('');
    expect(book.feed({ name: 'tick' }, 3600)).toBe('1 due, apply 1');
    expect(deadlineUtcMs(book.state)).toBeUndefined();
  });

  it('is outdated by another that came to hold before it', () => {
    const book = new Book();
    book.propose(opoBe, shared);
    book.propose(opoBe2, own, 1);
    expect(book.feed({ name: 'applied', version: 2 }, 2)).toBe('1 outdated, 2 active');
    expect(book.approve(opoFr, 1, 3)).toBe('version-settled');
    expect(book.propose(opoBe, shared, 4, { base: 0 })).toBe('base-outdated');
    expect(book.propose(opoBe, shared, 4)).toBe('done 3, 3 proposed');
  });

  it('that does not fit any more lets the next in, and what held goes on', () => {
    const book = new Book();
    book.propose(opoBe, own, 0, { fromS: 60 });
    book.propose(opoBe2, own, 1, { fromS: 60 });
    expect(book.feed({ name: 'tick' }, 60)).toBe('1 due, apply 1');
    expect(book.feed({ name: 'unfit', version: 1, fault: 'talkgroups[3]: unknown network' }, 61)).toBe(
      '1 unfit, 2 due, apply 2',
    );
    expect(book.state.active).toBe(0);
    expect(book.state.versions.get(1)?.fault).toBe('talkgroups[3]: unknown network');
  });

  it('is refused with a cause by whoever could agree, also after he has agreed', () => {
    const book = new Book();
    book.propose(opoBe, shared, 0, { fromS: 3600 });
    expect(book.feed({ name: 'refuse', by: opoFr, version: 1, reason: ' ' }, 1)).toBe('reason-missing');
    expect(book.feed({ name: 'refuse', by: dispatcher, version: 1, reason: 'non' }, 1)).toBe('may-not-edit');
    book.approve(opoFr);
    expect(book.feed({ name: 'refuse', by: opoFr, version: 1, reason: 'mauvais numéro' }, 11)).toBe(
      'done 1, 1 refused',
    );
    expect(book.feed({ name: 'tick' }, 4000)).toBe('');
  });

  it('is withdrawn by its author alone', () => {
    const book = new Book();
    book.propose(opoBe, shared);
    expect(book.feed({ name: 'withdraw', by: opoFr, version: 1 }, 1)).toBe('not-the-author');
    expect(book.feed({ name: 'withdraw', by: opoBe, version: 1 }, 1)).toBe('done 1, 1 withdrawn');
    expect(book.feed({ name: 'withdraw', by: opoBe, version: 1 }, 2)).toBe('version-settled');
    expect(book.feed({ name: 'withdraw', by: opoBe, version: 9 }, 2)).toBe('version-unknown');
  });

  it('cut off while it was applied is tried again when the gateway starts', () => {
    const book = new Book();
    book.propose(opoBe, own);
    expect(book.feed({ name: 'started' }, 5)).toBe('apply 1');
  });

  it(`waits with at most ${waitingMax - 1} others`, () => {
    const book = new Book();
    for (let i = 0; i < waitingMax; i++) book.propose(opoBe, shared);
    expect(book.propose(opoBe, shared)).toBe('too-many-waiting');
  });
});

describe('the words that are needed', () => {
  it('are those of every other country, once', () => {
    expect(needsOf(opoBe, { ...shared, countries: ['NL', 'FR', 'FR', 'BE'] })).toEqual([
      { permission: 'edit_groups', country: 'FR' },
      { permission: 'edit_groups', country: 'NL' },
    ]);
  });

  it('are those of a second person where the matrix has four eyes', () => {
    const edit_groups = { ...defaultPermissions.edit_groups, 'fleet-admin': 'four-eyes' } as const;
    expect(needsOf(opoBe, own, { ...defaultPermissions, edit_groups })).toEqual([{ permission: 'edit_groups' }]);
  });
});

const anEditor = fc.record({
  person: fc.constantFrom('a', 'b', 'c', 'd'),
  display: fc.constant('x'),
  role: fc.constantFrom(...roles),
  controlRoom: fc.constant('cr'),
  country: fc.constantFrom('BE', 'FR', 'NL'),
});
const aVersion = fc.integer({ min: 0, max: 8 });
const aReason = fc.constantFrom('', 'raison');
const anEvent: fc.Arbitrary<FleetEvent> = fc.oneof(
  fc.record({
    name: fc.constant('propose' as const),
    by: anEditor.map((by) => ({ ...by, role: 'fleet-admin' as const })),
    base: aVersion,
    reason: fc.constant('raison'),
    touches: fc.record({
      groups: fc.boolean(),
      people: fc.constant(false),
      countries: fc.subarray(['BE', 'FR', 'NL']),
    }),
    fromUtcMs: fc.integer({ min: 0, max: 40_000 }),
  }),
  fc.record({ name: fc.constant('approve' as const), by: anEditor, version: aVersion }),
  fc.record({ name: fc.constant('refuse' as const), by: anEditor, version: aVersion, reason: aReason }),
  fc.record({ name: fc.constant('withdraw' as const), by: anEditor, version: aVersion }),
  fc.constant({ name: 'tick' as const }),
  fc.constant({ name: 'started' as const }),
  fc.record({ name: fc.constant('applied' as const), version: aVersion }),
  fc.record({ name: fc.constant('unfit' as const), version: aVersion, fault: fc.constant('x') }),
);

describe('whatever happens', () => {
  it('one version holds at most, made from the one before, with every word that it needed', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 60 }), (events) => {
        let state = noFleet;
        events.forEach((event, index) => {
          const before = state;
          state = step(state, event, index * 1000).state;
          const all = [...state.versions.values()];
          expect(all.filter(({ name }) => name === 'active').length).toBe(state.active === 0 ? 0 : 1);
          expect(all.filter(({ name }) => name === 'due').length).toBeLessThanOrEqual(1);
          for (const number of before.versions.keys()) expect(state.versions.has(number)).toBe(true);
          for (const version of all) {
            const settled: readonly VersionName[] = ['past', 'refused', 'withdrawn', 'outdated', 'unfit'];
            const last = before.versions.get(version.number);
            if (last !== undefined && settled.includes(last.name)) expect(version).toBe(last);
            if (!['approved', 'due', 'active', 'past'].includes(version.name)) continue;
            expect(openNeeds(version)).toEqual([]);
            for (const { by } of version.decisions) expect(by.person).not.toBe(version.author.person);
          }
          if (state.active !== before.active) {
            expect(state.versions.get(state.active)?.base).toBe(before.active);
            expect(all.filter(({ name }) => ['proposed', 'approved', 'due'].includes(name))).toEqual([]);
          }
        });
      }),
      { numRuns: 400 },
    );
  });
});
