import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  forgetAfterMs,
  initialPositions,
  lostTo,
  maySee,
  type PositionState,
  seenBy,
  share,
  sharesPositions,
  sight,
  type UnitPosition,
  unitsMax,
  type Viewer,
} from '../../src/operations/position-window.ts';

const leg = 'xb-pours-1/as:5300110';
const mouscron = (atMs: number, more: Partial<UnitPosition<string>> = {}): UnitPosition<string> => ({
  unit: 'astrid 5317031',
  country: 'BE',
  leg,
  atMs,
  shown: `at ${atMs}`,
  ...more,
});
const belgian: Viewer = { countries: ['BE'] };
const french: Viewer = { countries: ['FR'] };
const joint: Viewer = { countries: ['BE', 'FR'] };
const sees = (state: PositionState<string>, viewer: Viewer, nowMs: number) =>
  seenBy(state, viewer, nowMs).map(({ unit }) => unit);

describe('the position window (R5, A-17)', () => {
  it('shows a unit to its own country always, to the other and to a joint centre while its leg is shared', () => {
    let state: PositionState<string> = sight(initialPositions, mouscron(1000));
    expect([belgian, french, joint].map((viewer) => sees(state, viewer, 2000))).toEqual([['astrid 5317031'], [], []]);
    state = sight(share(state, 'xb-pours-1', [leg], 2000), mouscron(3000));
    for (const viewer of [belgian, french, joint]) expect(sees(state, viewer, 3000)).toEqual(['astrid 5317031']);
    state = share(state, 'xb-pours-1', [], 4000);
    expect([belgian, french, joint].map((viewer) => sees(state, viewer, 4000))).toEqual([['astrid 5317031'], [], []]);
  });

  it('shows nothing that was said before the window, however it opens', () => {
    const state = share(sight(initialPositions, mouscron(1999)), 'xb-pours-1', [leg], 2000);
    expect(sees(state, french, 2000)).toEqual([]);
    expect(sees(sight(state, mouscron(2000)), french, 2000)).toEqual(['astrid 5317031']);
    const again = share(share(sight(state, mouscron(2000)), 'xb-pours-1', [], 3000), 'xb-pours-1', [leg], 4000);
    expect(sees(again, french, 4000)).toEqual([]);
  });

  it('goes on for those who stay when another joins or leaves, and is the matter of one group alone', () => {
    const other = 'xb-pours-1/in:590-131';
    let state: PositionState<string> = share(initialPositions, 'xb-pours-1', [leg], 0);
    state = share(sight(state, mouscron(10)), 'xb-pours-1', [leg, other], 20);
    expect(sees(state, french, 20)).toEqual(['astrid 5317031']);
    state = share(state, 'xb-pours-1', [leg], 30);
    state = share(state, 'xb-pours-10', ['xb-pours-10/as:1'], 30);
    state = share(state, 'xb-pours-10', [], 40);
    expect(sees(state, french, 40)).toEqual(['astrid 5317031']);
    expect(sees(share(state, 'xb-pours-1', [other], 50), french, 50)).toEqual([]);
  });

  it('takes somebody without country, and a unit without one, for the other country', () => {
    const state = sight(initialPositions, mouscron(0, { country: '' }));
    for (const viewer of [belgian, { countries: [] }, { countries: [''] }]) expect(sees(state, viewer, 0)).toEqual([]);
    expect(maySee(initialPositions, { country: 'BE', leg, atMs: 0 }, { countries: [] })).toBe(false);
  });

  it('is withdrawn from those who lose it: the window shuts, the unit goes elsewhere, or it is forgotten', () => {
    const open = sight(share(initialPositions, 'xb-pours-1', [leg], 0), mouscron(1));
    const lost = (after: PositionState<string>) =>
      [belgian, french, joint].map((viewer) => lostTo(open, after, viewer, open.units.keys()).length);
    expect(lost(share(open, 'xb-pours-1', [], 2))).toEqual([0, 1, 1]);
    expect(lost(sight(open, mouscron(2, { leg: 'xb-acc/as:5990001' })))).toEqual([0, 1, 1]);
    expect(lost(sight(open, mouscron(2 + forgetAfterMs, { unit: 'another' })))).toEqual([1, 1, 1]);
    expect(lost(sight(open, mouscron(2)))).toEqual([0, 0, 0]);
  });

  it('forgets a place after an hour, and holds 1000 units at most, those heard last', () => {
    const old = sight(initialPositions, mouscron(0));
    expect(sees(old, belgian, forgetAfterMs)).toHaveLength(1);
    expect(sees(old, belgian, forgetAfterMs + 1)).toEqual([]);
    expect(sight(old, mouscron(forgetAfterMs + 1, { unit: 'b' })).units.size).toBe(1);
    let state: PositionState<string> = initialPositions;
    for (let n = 0; n <= unitsMax; n++) state = sight(state, mouscron(n, { unit: String(n) }));
    expect(state.units.size).toBe(unitsMax);
    expect(state.units.has('0')).toBe(false);
  });

  it('is open where a group shares: as configured, else by its use, or because radios are told', () => {
    const group = (use: string, passes: readonly string[] = [], sharePositions?: boolean) =>
      sharesPositions({ use, passes, sharePositions });
    expect(['pursuit', 'alert-plan', 'joint-patrol', 'crisis'].map((use) => group(use))).not.toContain(false);
    expect(['hailing', 'test', 'other'].map((use) => group(use))).not.toContain(true);
    expect([group('pursuit', [], false), group('other', [], true), group('other', ['position'])]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('never shows the other country what did not come within an open window, whatever happens in whatever order', () => {
    const legs = ['g/a', 'g/b', 'h/a'] as const;
    const happening = fc.oneof(
      fc.record({ name: fc.constant('sight' as const), unit: fc.nat(3), leg: fc.constantFrom(...legs) }),
      fc.record({ name: fc.constant('share' as const), group: fc.constantFrom('g', 'h'), of: fc.subarray([...legs]) }),
    );
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        let state: PositionState<string> = initialPositions;
        // Told separately: since when each leg is shared, and what each unit said last.
        const openSince = new Map<string, number>();
        const last = new Map<string, { readonly leg: string; readonly atMs: number }>();
        for (const [atMs, each] of happenings.entries()) {
          if (each.name === 'sight') {
            const unit = String(each.unit);
            state = sight(state, mouscron(atMs, { unit, leg: each.leg }));
            last.set(unit, { leg: each.leg, atMs });
          } else {
            const of = each.of.filter((one) => one.startsWith(`${each.group}/`));
            state = share(state, each.group, of, atMs);
            for (const one of legs) {
              if (!one.startsWith(`${each.group}/`)) continue;
              if (!of.includes(one)) openSince.delete(one);
              else if (!openSince.has(one)) openSince.set(one, atMs);
            }
          }
          const expected = [...last].filter(([, said]) => said.atMs >= (openSince.get(said.leg) ?? Infinity));
          expect(new Set(sees(state, french, atMs))).toEqual(new Set(expected.map(([unit]) => unit)));
          expect(new Set(sees(state, belgian, atMs))).toEqual(new Set(last.keys()));
          expect(sees(state, joint, atMs)).toEqual(sees(state, french, atMs));
        }
      }),
    );
  });
});
