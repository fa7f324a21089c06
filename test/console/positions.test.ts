/** Rule R5 as consoles are told it: who gets a place, who never, and what is taken back. */
import { describe, expect, it } from 'vitest';
import { ConsoleModel } from '../../src/console/console-model.ts';
import type { BridgingView } from '../../src/console/console-terms.ts';
import type { SaidData } from '../../src/console/data-list.ts';
import { allRights, world } from './world-of-test.ts';

const belgian = { countries: ['BE'] };
const french = { countries: ['FR'] };
const joint = { countries: ['BE', 'FR'] };
const viewers = [belgian, french, joint];
const nobodyMonitored = { monitored: new Set<string>(), rights: allRights };
const asked = {
  ...world,
  groups: world.groups.map((group) =>
    group.id === 'xb-acc' ? { ...group, onDemand: true, sharesPositions: true } : { ...group, sharesPositions: false },
  ),
};
const leg = 'xb-acc/as-1';
const place = { latitudeDeg: 50.76, longitudeDeg: 3.188 };
const said = (more: Partial<SaidData> = {}): SaidData => ({
  leg,
  address: '5317031',
  said: { position: place },
  ...more,
});
const view = (state: BridgingView['state'], legs: readonly string[]): BridgingView => ({
  group: 'xb-acc',
  state,
  by: 'CCPD 1',
  controlRoom: 'CCPD',
  reason: 'vol',
  sinceUtcMs: 0,
  endsUtcMs: 1,
  ending: false,
  quiet: false,
  scheduled: false,
  lacking: [],
  members: legs.map((each) => ({
    talkgroup: each,
    leg: each,
    own: true,
    by: '',
    reason: '',
    endsUtcMs: undefined,
    consentAwaited: each === 'xb-acc/in-1',
  })),
});

/** What each viewer is told of it: the unit seen or withdrawn, and whether the list of what units say has it. */
function tell(model: ConsoleModel, data: SaidData, nowMs: number) {
  const delta = model.showData(data, 1000 + nowMs, nowMs)!;
  const placed = model.units.placeUnit(data, delta.data!, nowMs);
  return viewers.map((viewer) => ({ ...placed(viewer)?.positions, listed: model.units.isFor(delta, viewer) }));
}

const holds = (model: ConsoleModel, nowMs: number) =>
  viewers.map((viewer) => {
    const { positions, data } = model.snapshot(nobodyMonitored, 0, viewer, nowMs);
    return [positions?.length, data?.length];
  });

describe('where units are', () => {
  it('is told to their own country alone while no link that shares it is open', () => {
    const model = new ConsoleModel(asked);
    const [own, ...others] = tell(model, said(), 10);
    expect(own).toMatchObject({
      seen: [{ unitId: 'astrid 5317031', unit: { callSign: 'Mouscron 31' }, place, atUtcMs: 1010, groupId: 'xb-acc' }],
      withdrawn: [],
      listed: true,
    });
    expect(others).toEqual([{ listed: false }, { listed: false }]);
    expect(holds(model, 10)).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
  });

  it('is told to all from the moment the link is open, and withdrawn from the others when it closes', () => {
    const model = new ConsoleModel(asked);
    tell(model, said(), 10);
    model.units.setWindow(view('opening', [leg]), 20);
    expect(tell(model, said(), 21)[1]).toEqual({ listed: false });
    model.units.setWindow(view('open', [leg]), 30);
    expect(holds(model, 30)[1]).toEqual([0, 0]);
    expect(tell(model, said(), 40).map(({ seen, listed }) => [seen?.length, listed])).toEqual([
      [1, true],
      [1, true],
      [1, true],
    ]);
    const loses = model.units.setWindow(view('closing', [leg]), 50);
    const withdrawn = { positions: { withdrawn: ['astrid 5317031'], dataWithdrawn: [1] } };
    expect(viewers.map(loses)).toEqual([undefined, withdrawn, withdrawn]);
    expect(holds(model, 50)).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
    expect(viewers.map(model.units.setWindow(view('closed', []), 60))).toEqual([undefined, undefined, undefined]);
  });

  it('is not shared by a talkgroup whose owner has not consented, nor by one that has been taken out', () => {
    const model = new ConsoleModel(asked);
    model.units.setWindow(view('open', [leg, 'xb-acc/in-1']), 0);
    const french21 = said({ leg: 'xb-acc/in-1', address: '590 1 92 121' });
    expect(tell(model, french21, 10).map(({ listed }) => listed)).toEqual([false, true, false]);
    tell(model, said(), 10);
    expect(model.units.setWindow(view('open', ['xb-acc/in-1']), 20)(french)).toMatchObject({
      positions: { withdrawn: ['astrid 5317031'] },
    });
  });

  it('is withdrawn when the unit is next heard where nothing is shared', () => {
    const model = new ConsoleModel({ ...asked, groups: asked.groups.map((group) => ({ ...group, onDemand: false })) });
    const inPatrol = said({ leg: 'xb-patr/ru-1', address: '59 1' });
    expect(tell(model, said(), 10)[1]).toMatchObject({ seen: [{}] });
    expect(tell(model, inPatrol, 10)[0]).toEqual({ listed: false });
    // The same radio as a network would name it on another leg of its own.
    const elsewhere = {
      ...asked.groups[1]!,
      onDemand: false,
      legs: [{ id: 'xb-patr/as-9', talkgroup: 'x', network: 'astrid' }],
    };
    const two = new ConsoleModel({ ...asked, groups: [{ ...asked.groups[0]!, onDemand: false }, elsewhere] });
    tell(two, said(), 10);
    expect(tell(two, said({ leg: 'xb-patr/as-9' }), 20)).toMatchObject([
      { seen: [{}], withdrawn: [], listed: true },
      { seen: [], withdrawn: ['astrid 5317031'], listed: false },
      { seen: [], withdrawn: ['astrid 5317031'], listed: false },
    ]);
  });

  it('is told to all where somebody calls for help, whatever is shared', () => {
    const model = new ConsoleModel(asked);
    const delta = model.showData(said({ said: { alarm: { raised: true, place } } }), 0, 0)!;
    expect(viewers.map((viewer) => model.units.isFor(delta, viewer))).toEqual([true, true, true]);
  });

  it('is one unit a leg where the network names nobody', () => {
    const model = new ConsoleModel(asked);
    expect(tell(model, said({ address: '' }), 0)[0]).toMatchObject({ seen: [{ unitId: 'astrid xb-acc/as-1' }] });
    expect(model.units.placeUnit(said({ said: { text: 'x' } }), {}, 0)(belgian)).toBeUndefined();
  });

  it('comes with the places that both sides call by one code', () => {
    const { places, mapStyle } = new ConsoleModel(world).snapshot(nobodyMonitored, 0);
    expect(places).toMatchObject([{ code: 'PF-04', sector: 'north', place: { latitudeDeg: 50.76 } }]);
    expect(mapStyle).toBe('');
  });
});
