import { describe, expect, it } from 'vitest';
import { world } from './world-of-test.ts';

describe('directory of units', () => {
  const { directory } = world;

  it('knows a unit by network and address, spaces not counting', () => {
    for (const address of ['5317031', '5317 031', ' 53 17 03 1 ']) {
      expect(directory.identify('astrid', address)).toMatchObject({
        callSign: 'Mouscron 31',
        organisation: 'ZP Mouscron',
        country: 'BE',
        language: 'fr',
        verified: true,
      });
    }
  });

  it('shows an unknown address as number and country of its network, never as a name', () => {
    expect(directory.identify('inpt', '5317031')).toEqual({
      callSign: '',
      address: '5317031',
      organisation: '',
      country: 'FR',
      networkId: 'inpt',
      language: '',
      verified: true,
    });
  });

  it('says of a talker whom the network did not name only the network and its country', () => {
    expect(directory.identify('rubis', undefined)).toMatchObject({ address: '', country: 'FR', verified: false });
  });
});
