import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type LocationMessage,
  readLocation,
  reportReason,
  shortReport,
  whereaboutsOf,
  writeLocation,
} from '../../../src/protocols/tetra/location-report.ts';
import { readShortData, writeShortData } from '../../../src/protocols/tetra/short-data.ts';
import { vector } from '../mcptt/vectors.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

function locationOf(name: string): LocationMessage {
  const data = readShortData(vector(name));
  if (data?.name !== 'location') expect.fail(`${name} is no location`);
  expect(hex(writeShortData(data))).toBe(hex(vector(name)));
  return data.message;
}

describe('location reports (TS 100 392-18-1)', () => {
  it.each([
    [
      't01-lip-short-brussels',
      0,
      3,
      { latitudeDeg: 50.8466041, longitudeDeg: 4.3517017, radiusM: 20, speedKmh: 50.843793, courseDeg: 90 },
    ],
    [
      't02-lip-short-emergency-dunkerque',
      1,
      2,
      { latitudeDeg: 51.0344017, longitudeDeg: 2.376802, radiusM: 200, speedKmh: 0, courseDeg: 0 },
    ],
    [
      't03-lip-short-west-south',
      0,
      129,
      { latitudeDeg: -33.2500041, longitudeDeg: -1.4999986, radiusM: 2, speedKmh: 119.8883746, courseDeg: 337.5 },
    ],
    ['t04-lip-short-radio-a', 0, 129, { latitudeDeg: 51.3250995, longitudeDeg: 12.0180988 }],
    ['t05-lip-short-radio-b', 1, 129, { latitudeDeg: 44.9386418, longitudeDeg: 26.0443461 }],
  ])('reads %s and writes it octet for octet', (name, elapsed, reason, where) => {
    const message = locationOf(name);
    expect(message).toMatchObject({ name: 'short', elapsed, additional: { reason } });
    const found = whereaboutsOf(message)!;
    expect(Object.keys(found).sort()).toEqual(Object.keys(where).sort());
    for (const [key, value] of Object.entries(where)) expect(found[key as keyof typeof where]).toBeCloseTo(value, 6);
  });

  it('reads t06-lip-long-radio and writes it octet for octet', () => {
    const message = locationOf('t06-lip-long-radio');
    expect(message).toMatchObject({
      name: 'long',
      time: { name: 'at', day: 14, hour: 15, minute: 29, second: 42 },
      shape: 1,
      velocityType: 0,
      acknowledge: false,
      additional: { reason: 129 },
    });
    expect(whereaboutsOf(message)!.longitudeDeg).toBeCloseTo(11.0158539, 6);
    expect(whereaboutsOf(message)!.latitudeDeg).toBeCloseTo(52.2342181, 6);
  });

  it('makes the short reports of our worked examples from what they say', () => {
    const brussels = { latitudeDeg: 50.8466, longitudeDeg: 4.3517, radiusM: 20, speedKmh: 50, courseDeg: 90 };
    const dunkerque = { latitudeDeg: 51.0344, longitudeDeg: 2.3768, radiusM: 200, speedKmh: 0, courseDeg: 0 };
    const south = { latitudeDeg: -33.25, longitudeDeg: -1.5, radiusM: 2, speedKmh: 120, courseDeg: 337.5 };
    const written = (message: LocationMessage): string => hex(writeShortData({ name: 'location', message }));
    expect(written(shortReport(brussels, 0, reportReason.pushToTalk))).toBe(hex(vector('t01-lip-short-brussels')));
    expect(written(shortReport(dunkerque, 1, reportReason.emergency))).toBe(
      hex(vector('t02-lip-short-emergency-dunkerque')),
    );
    expect(written(shortReport(south, 0, 129))).toBe(hex(vector('t03-lip-short-west-south')));
  });

  it('says a place to within its steps, and nothing that it does not know', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -90, max: 89.99999, noNaN: true }),
        fc.double({ min: -180, max: 179.99999, noNaN: true }),
        fc.double({ min: 0, max: 900, noNaN: true }),
        (latitudeDeg, longitudeDeg, speedKmh) => {
          const octets = writeLocation(shortReport({ latitudeDeg, longitudeDeg, speedKmh }, 3, 0));
          const read = whereaboutsOf(readLocation(octets)!)!;
          expect(Math.abs(read.latitudeDeg - latitudeDeg)).toBeLessThan(2e-5);
          expect(Math.abs(read.longitudeDeg - longitudeDeg)).toBeLessThan(2e-5);
          expect(Math.abs(read.speedKmh! - speedKmh)).toBeLessThanOrEqual(Math.max(0.5, speedKmh * 0.02));
          expect(read.radiusM).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
    const beyond = shortReport({ latitudeDeg: 90, longitudeDeg: 180, radiusM: 1e9, speedKmh: 5000 }, 0, 0);
    expect(beyond).toMatchObject({ place: { latitude: 2 ** 23 - 1, longitude: 2 ** 24 - 1, error: 6, speed: 126 } });
  });

  it.each([
    [0, -200],
    [1200, 999],
    [1201, 1000],
    [1926, 2450],
    [1927, 2450],
    [2047, 11_450],
  ])('takes altitude %i for %i m', (altitude, metres) => {
    const message: LocationMessage = {
      name: 'long',
      time: { name: 'none' },
      shape: 4,
      place: { longitude: 0, latitude: 0, altitudeType: 0, altitude },
      velocityType: 0,
      velocity: {},
      acknowledge: false,
      additional: { reason: 0 },
    };
    expect(whereaboutsOf(readLocation(writeLocation(message))!)!.altitudeM).toBe(metres);
  });

  it('reads requests, and keeps what else there is as it came', () => {
    const request: LocationMessage = { name: 'immediate', response: false, reportType: 3 };
    expect(readLocation(writeLocation(request))).toEqual(request);
    expect(readLocation(Uint8Array.of(0b0101_0111, 0xff, 0xc0))).toMatchObject({ name: 'other', extension: 5 });
    expect(readLocation(Uint8Array.of(0x80))).toBeUndefined();
    expect(readLocation(vector('t06-lip-long-radio').subarray(1, 9))).toBeUndefined();
    expect(whereaboutsOf(request)).toBeUndefined();
  });

  it('writes again what it has read, bit for bit, whatever it was', () => {
    const octets = fc
      .tuple(
        fc.constantFrom('t01-lip-short-brussels', 't03-lip-short-west-south', 't06-lip-long-radio'),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
        fc.uint8Array({ maxLength: 20 }),
      )
      .map(([name, changes, more]) => {
        const changed = Uint8Array.from([...vector(name).subarray(1), ...more]);
        for (const [at, octet] of changes) changed[at % changed.length] = octet;
        return changed;
      });
    fc.assert(
      fc.property(octets, (came) => {
        const message = readLocation(came);
        if (message === undefined) return;
        whereaboutsOf(message);
        expect(readLocation(writeLocation(message))).toEqual(message);
      }),
      { numRuns: 2000 },
    );
  });
});
