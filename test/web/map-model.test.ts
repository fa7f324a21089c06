/** What the map shows, and what a change of positions makes of the page's picture. */
import { describe, expect, it } from 'vitest';
import type { escaut } from '../../src/protocols/generated/console.js';
import { applyDelta, applySnapshot } from '../../src/web/model/apply.ts';
import { type ConsoleModel, emptyModel } from '../../src/web/model/console-model.ts';
import { distanceM, mapPlaces, mapUnits, oldAfterMs } from '../../src/web/model/map-model.ts';
import * as demo from './demo-groups.ts';
import { mapSnapshot, position } from './demo-map.ts';

type Delta = escaut.console.v1.Delta.$Properties;
const arrival = { nowMs: 0, gatewayUtcMs: 0 };
const utcMs = 1_000_000_000;
const at = (unit: escaut.console.v1.Talker.$Properties, ageMs: number, latitudeDeg = 50.762, longitudeDeg = 3.19) => ({
  ...position(unit, latitudeDeg, longitudeDeg, 0),
  atUtcMs: utcMs - ageMs,
});
const shown = (...positions: escaut.console.v1.UnitPosition.$Properties[]) =>
  applySnapshot(emptyModel, mapSnapshot(positions, { data: [] }), arrival);
const changed = (model: ConsoleModel, ...deltas: Delta[]) =>
  deltas.reduce((picture, delta) => applyDelta(picture, delta, arrival), model);

describe('units on the map', () => {
  it('have their age, are old after 30 s, and the nearest place that both sides know', () => {
    const model = shown(at(demo.mouscron31, oldAfterMs), at(demo.bac2, oldAfterMs + 1, 50.79, 3.12));
    const [bac, mouscron] = mapUnits(model, utcMs);
    expect(bac).toMatchObject({ ageMs: 30_001, old: true, near: { code: 'PF-05' }, group: 'FRBE POURS 1' });
    expect(bac?.near?.distanceM).toBeLessThan(1);
    expect(mouscron).toMatchObject({ ageMs: 30_000, old: false, emergency: false, near: { code: 'PF-04' } });
    expect(mouscron?.near?.distanceM).toBeCloseTo(222, 0);
  });

  it('are not shown after an hour, nor where no place on the map is', () => {
    const model = shown(at(demo.mouscron31, 3_600_001), at(demo.bac2, 0, 91, 3.1));
    expect(mapUnits(model, utcMs)).toEqual([]);
    expect(mapUnits(shown(at(demo.bac2, 0, 10, 3)), utcMs)[0]?.near).toBeUndefined();
  });

  it('stand first while they call for help, by voice or by an emergency that nobody has cleared, which may tell a newer place', () => {
    const before = shown(at(demo.bac2, 5000), at(demo.grensleie7, 60_000), at(demo.mouscron31, 5000));
    const floor = demo.floor(demo.mouscron31, 0, { emergency: true });
    const model = changed(
      before,
      { floor: { groupId: 'xb-acc', floor } },
      {
        emergency: {
          id: 9,
          groupId: 'xb-acc',
          caller: { ...demo.grensleie7, address: '5455 007' },
          sinceUtcMs: utcMs - 1000,
          place: { latitudeDeg: 50.6, longitudeDeg: 3.28 },
        },
      },
    );
    expect(mapUnits(model, utcMs).map(({ talker, emergency, ageMs }) => [talker.callSign, emergency, ageMs])).toEqual([
      ['Grensleie 7', true, 1000],
      ['Mouscron 31', true, 5000],
      ['BAC 2', false, 5000],
    ]);
    expect(mapUnits(model, utcMs)[0]?.near?.code).toBe('PF-14');
  });

  it('who call for help without a name are one mark each, and none without a place', () => {
    const nameless = { ...demo.bac2, address: '', callSign: '' };
    const alarm = (id: number, place?: { latitudeDeg: number; longitudeDeg: number }): Delta => ({
      emergency: { id, groupId: 'xb-acc', caller: nameless, sinceUtcMs: utcMs, ...(place && { place }) },
    });
    const place = { latitudeDeg: 50.6, longitudeDeg: 3.28 };
    const model = changed(shown(), alarm(1, place), alarm(2, place), alarm(3));
    expect(mapUnits(model, utcMs).map(({ id, emergency }) => [id, emergency])).toEqual([
      ['emergency 1', true],
      ['emergency 2', true],
    ]);
  });
});

describe('positions that the gateway tells', () => {
  it('take the place of those before, the newest last, and go with all that was said of them when withdrawn', () => {
    const said: Delta = {
      data: { id: 4, groupId: 'xb-pours-1', sender: demo.bac2, position: { latitudeDeg: 50.7, longitudeDeg: 3.1 } },
    };
    const model = changed(shown(at(demo.bac2, 9000), at(demo.mouscron31, 8000)), said, {
      positions: { seen: [at(demo.bac2, 1000, 50.77)] },
    });
    expect(model.positions.map(({ unitId, place }) => [unitId, place.latitudeDeg])).toEqual([
      ['astrid 5317031', 50.762],
      ['inpt 590192102', 50.77],
    ]);
    expect(model.data).toHaveLength(1);
    const after = changed(model, { positions: { withdrawn: ['inpt 590192102'], dataWithdrawn: [4] } });
    expect(after.positions.map(({ unitId }) => unitId)).toEqual(['astrid 5317031']);
    expect(after.data).toEqual([]);
    expect(mapUnits(after, utcMs)).toHaveLength(1);
  });

  it('are no more than 1000', () => {
    const seen = Array.from({ length: 1001 }, (_, n) => ({ ...at(demo.bac2, 0), unitId: `inpt ${n}` }));
    const model = changed(shown(), ...seen.map((one) => ({ positions: { seen: [one] } })));
    expect(model.positions).toHaveLength(1000);
    expect(model.positions[0]?.unitId).toBe('inpt 1');
  });
});

describe('places', () => {
  it('have the post that the plan wants held there', () => {
    const plan = { fr: 'Plan frontières', nl: 'Grensplan', en: 'Border plan' };
    const model = {
      ...shown(),
      posts: [{ place: 'PF-05', manned: true, plan, exercise: false }],
    };
    const posts = mapPlaces(model).map(({ code, post }) => [code, post?.manned]);
    expect(posts).toContainEqual(['PF-05', true]);
    expect(posts).toContainEqual(['PF-04', undefined]);
  });

  it('and a style of the site come from the snapshot; what is no address is none', () => {
    const styled = (mapStyle: string) => applySnapshot(emptyModel, mapSnapshot([], { mapStyle }), arrival).mapStyle;
    expect(styled('https://maps.example.org/style.json')).toBe('https://maps.example.org/style.json');
    expect(styled('/tiles/style.json')).toBe('/tiles/style.json');
    expect([styled(''), styled('javascript:alert(1)')]).toEqual(['', '']);
    expect(shown().places[0]).toMatchObject({ code: 'PF-01', sector: 'north', name: { nl: expect.any(String) } });
  });
});

it('distances are those of the great circle', () => {
  const place = (latitudeDeg: number, longitudeDeg: number) => ({ latitudeDeg, longitudeDeg, radiusM: undefined });
  expect(distanceM(place(50, 3), place(50, 3))).toBe(0);
  // A degree of latitude; Lille to Tournai.
  expect(distanceM(place(50, 3), place(51, 3))).toBeCloseTo(111_195, -1);
  expect(distanceM(place(50.6292, 3.0573), place(50.6056, 3.3879)) / 1000).toBeCloseTo(23.5, 0);
  expect(distanceM(place(0, 0), place(0, 180)) / 1000).toBeCloseTo(20_015, 0);
});
