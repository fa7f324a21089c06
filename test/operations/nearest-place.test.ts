import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestPlace } from '../../src/operations/nearest-place.ts';

const rekkem = { code: 'PF-04', latitudeDeg: 50.7784, longitudeDeg: 3.1634 };
const menen = { code: 'PF-05', latitudeDeg: 50.7937, longitudeDeg: 3.1203 };
const places = [rekkem, menen];

describe('the nearest place with a code', () => {
  it('is the nearer of two, and the place itself where one stands on it', () => {
    expect(nearestPlace(places, { latitudeDeg: 50.78, longitudeDeg: 3.16 })).toBe(rekkem);
    expect(nearestPlace(places, { latitudeDeg: 50.79, longitudeDeg: 3.125 })).toBe(menen);
    expect(nearestPlace(places, rekkem)).toBe(rekkem);
  });

  it('is none beyond 3 km: half a minute of latitude is 927 m', () => {
    const north = (minutes: number) => ({ ...menen, latitudeDeg: menen.latitudeDeg + minutes / 60 });
    expect(nearestPlace([menen], north(1.6))).toBe(menen);
    expect(nearestPlace([menen], north(1.65))).toBeUndefined();
    expect(nearestPlace([], rekkem)).toBeUndefined();
  });

  it('is found across the date line, and from any point of the earth without fault', () => {
    const east = { latitudeDeg: 10, longitudeDeg: 179.999 };
    expect(nearestPlace([east], { latitudeDeg: 10, longitudeDeg: -179.999 })).toBe(east);
    const latitude = fc.double({ min: -90, max: 90, noNaN: true });
    const longitude = fc.double({ min: -180, max: 180, noNaN: true });
    fc.assert(
      fc.property(latitude, longitude, (latitudeDeg, longitudeDeg) => {
        const here = { latitudeDeg, longitudeDeg };
        expect(nearestPlace([here], here)).toBe(here);
        const antipode = { latitudeDeg: -latitudeDeg, longitudeDeg: longitudeDeg - 180 };
        expect(nearestPlace([here], antipode)).toBeUndefined();
      }),
    );
  });
});
