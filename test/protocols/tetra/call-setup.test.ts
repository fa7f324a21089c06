import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partyText, readTsi, writeTsi } from '../../../src/protocols/tetra/address.ts';
import {
  type CallSetup,
  callTimeoutS,
  readCallSetup,
  writeCallSetup,
} from '../../../src/protocols/tetra/call-setup.ts';
import { vector } from '../mcptt/vectors.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
const radio = { network: { mcc: 206, mnc: 999 }, ssi: 3_200_001 };

describe('addresses of TETRA (EN 300 392-1 §7)', () => {
  it('reads t11-tsi, says it as people write it, and writes it octet for octet', () => {
    expect(readTsi(vector('t11-tsi'))).toEqual(radio);
    expect(hex(writeTsi(radio))).toBe(hex(vector('t11-tsi')));
    expect([partyText(radio), partyText({ ssi: 910_001 })]).toEqual(['206-999-3200001', '910001']);
  });

  it('takes six octets only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (octets) => {
        const tsi = readTsi(octets);
        expect(tsi !== undefined).toBe(octets.length === 6);
        if (tsi !== undefined) expect(hex(writeTsi(tsi))).toBe(hex(octets));
      }),
    );
  });
});

describe('D-SETUP (EN 300 392-2 §14.7.1.12)', () => {
  const speech = { circuitMode: 0, encryption: false, communication: 'point-to-multipoint', detail: 0 } as const;
  const common = {
    hook: false,
    duplex: false,
    service: speech,
    grant: 'granted-to-another',
    mayRequest: true,
  } as const;

  it.each([
    ['t12-d-setup-lab', 300, { ...common, call: 4, timeout: 7, priority: 0, calling: { ssi: 910_001 } }],
    ['t13-d-setup-emergency', 60, { ...common, call: 4660, timeout: 3, priority: 15, calling: radio }],
  ] as const)('reads %s and writes it octet for octet', (name, seconds, setup) => {
    const read = readCallSetup(vector(name));
    expect(read).toEqual(setup);
    expect(callTimeoutS(read!)).toBe(seconds);
    expect(hex(writeCallSetup(setup))).toBe(hex(vector(name)));
  });

  it('is undefined when it is another message, cut, or of a party that is none', () => {
    const whole = vector('t13-d-setup-emergency');
    for (let octets = 0; octets < whole.length; octets++) {
      expect(readCallSetup(whole.subarray(0, octets))).toBeUndefined();
    }
    expect(readCallSetup(Uint8Array.of(0x40, ...whole.subarray(1)))).toBeUndefined();
    expect(callTimeoutS({ ...readCallSetup(whole)!, timeout: 15 })).toBeUndefined();
  });

  it('reads again what it has written, whatever it was', () => {
    const party = fc.record(
      { ssi: fc.nat(2 ** 24 - 1), network: fc.record({ mcc: fc.nat(1023), mnc: fc.nat(16_383) }) },
      { requiredKeys: ['ssi'] },
    );
    const setup: fc.Arbitrary<CallSetup> = fc.record(
      {
        call: fc.nat(16_383),
        timeout: fc.nat(15),
        hook: fc.boolean(),
        duplex: fc.boolean(),
        service: fc.record({
          circuitMode: fc.nat(7),
          encryption: fc.boolean(),
          communication: fc.constantFrom('point-to-point', 'point-to-multipoint', 'acknowledged', 'broadcast'),
          detail: fc.nat(3),
        }),
        grant: fc.constantFrom('granted', 'not-granted', 'queued', 'granted-to-another'),
        mayRequest: fc.boolean(),
        priority: fc.nat(15),
        notification: fc.nat(63),
        temporaryAddress: fc.nat(2 ** 24 - 1),
        calling: party,
      },
      { requiredKeys: ['call', 'timeout', 'hook', 'duplex', 'service', 'grant', 'mayRequest', 'priority'] },
    );
    fc.assert(
      fc.property(setup, (written) => {
        expect(readCallSetup(writeCallSetup(written))).toEqual(written);
      }),
    );
  });

  it('neither throws nor invents, whatever came', () => {
    const mutated = fc
      .tuple(
        fc.constantFrom('t12-d-setup-lab', 't13-d-setup-emergency'),
        fc.array(fc.tuple(fc.nat(11), fc.nat(255)), { maxLength: 6 }),
        fc.nat(14),
      )
      .map(([name, changes, length]) => {
        const octets = Uint8Array.from(vector(name));
        for (const [at, value] of changes) if (at < octets.length) octets[at] = value;
        return octets.subarray(0, length);
      });
    fc.assert(
      fc.property(mutated, (octets) => {
        const read = readCallSetup(octets);
        if (read !== undefined) expect(readCallSetup(writeCallSetup(read))).toEqual(read);
      }),
      { numRuns: 2000 },
    );
  });
});
