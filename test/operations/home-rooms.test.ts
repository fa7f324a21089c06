import { describe, expect, it } from 'vitest';
import { HomeRooms } from '../../src/operations/home-rooms.ts';

const source = {
  controlRooms: [
    { id: 'cr-ccpd', networks: [] },
    { id: 'cr-ht', networks: ['astrid'] },
    { id: 'cr-wv', networks: ['astrid'] },
  ],
  organisations: [{ id: 'zp', controlRoom: 'cr-ht' }, { id: 'pz' }],
  units: [
    { address: '5317 031', network: 'astrid', organisation: 'zp' },
    { address: '5456202', network: 'astrid', organisation: 'zp', controlRoom: 'cr-wv' },
    { address: '5455007', network: 'astrid', organisation: 'pz' },
  ],
  sharedGroups: [
    { id: 'acc', monitoredBy: ['cr-ccpd'] },
    { id: 'all', monitoredBy: [] },
  ],
};

describe('home control rooms', () => {
  const homes = new HomeRooms(source);

  it("are the unit's own, else its organisation's", () => {
    expect(homes.of('astrid', '5456202', 'acc')).toEqual(['cr-wv']);
    expect(homes.of('astrid', '53170 31', 'acc')).toEqual(['cr-ht']);
  });

  it('are those that lead the network, for a unit without one and for an unknown one', () => {
    expect(homes.of('astrid', '5455007', 'acc')).toEqual(['cr-ht', 'cr-wv']);
    expect(homes.of('astrid', '', 'acc')).toEqual(['cr-ht', 'cr-wv']);
  });

  it('are those that hear the group where nobody leads the network, and never none', () => {
    expect(homes.of('inpt', '1', 'acc')).toEqual(['cr-ccpd']);
    expect(homes.of('inpt', '1', 'all')).toEqual(['cr-ccpd', 'cr-ht', 'cr-wv']);
    expect(new HomeRooms({ ...source, controlRooms: [] }).of('inpt', '1', 'all')).toEqual(['']);
  });
});
