import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { msBetween, readAnswer, timestampOf, writeRequest } from '../../../src/protocols/ntp/ntp-message.ts';

/** What chronyd 4.3 answered (`local stratum 1`) at 16:36:03.566 UTC on 29 November 2026. */
const fromChrony = Buffer.from(
  '240100e600000000000000007f7f0101eeb6d2f207d134650123456789abcdefeeb6d2f390f9a417eeb6d2f390ffdf70',
  'hex',
);
/** The same, not synchronised with anything. */
const unsynchronised = Buffer.from(
  'e40000e600010000000100000000000000000000000000000123456789abcdefeeb6d2f58a118fb9eeb6d2f58a16b43a',
  'hex',
);
const nonce = 0x0123_4567_89ab_cdefn;

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(fromChrony);
  change(bytes);
  return bytes;
}

describe('NTP messages (RFC 5905 §7.3)', () => {
  it('asks as a client of version 4, with a nonce where its own time would be and nothing else', () => {
    expect(Buffer.from(writeRequest(nonce)).toString('hex')).toBe(`23${'00'.repeat(39)}0123456789abcdef`);
  });

  it("reads chrony's answer", () => {
    const reading = readAnswer(fromChrony, nonce);
    expect(reading).toMatchObject({ is: 'time', stratum: 1, rootDelayMs: 0, rootDispersionMs: 0 });
    if (reading.is !== 'time') return;
    // Date.now() of whoever asked, before and after.
    expect(msBetween(timestampOf(1_795_970_163_560), reading.receive)).toBeGreaterThan(0);
    expect(msBetween(reading.transmit, timestampOf(1_795_970_163_567))).toBeGreaterThan(0);
    expect(msBetween(reading.receive, reading.transmit)).toBeCloseTo(0.095, 3);
  });

  it('reads delay and dispersion of the root in 1/65536 s', () => {
    const answer = changed((bytes) => {
      bytes.writeUInt32BE(0x0000_8000, 4);
      bytes.writeUInt32BE(0x0001_4000, 8);
    });
    expect(readAnswer(answer, nonce)).toMatchObject({ rootDelayMs: 500, rootDispersionMs: 1250 });
  });

  it('takes no time of a server that has none (leap indicator 3), stratum 16 and above neither', () => {
    expect(
      readAnswer(
        changed((bytes) => bytes.writeUInt8(0xe4, 0)),
        nonce,
      ),
    ).toEqual({ is: 'unsynchronised' });
    expect(
      readAnswer(
        changed((bytes) => bytes.writeUInt8(16, 1)),
        nonce,
      ),
    ).toEqual({ is: 'wrong', what: 'stratum' });
    // chrony says stratum 0 as well, without a code.
    expect(readAnswer(unsynchronised, nonce)).toEqual({ is: 'kiss', code: '' });
  });

  it("hears a kiss-o'-death (§7.4), but only of the server that was asked", () => {
    const kiss = changed((bytes) => {
      bytes.writeUInt8(0, 1);
      bytes.write('RATE', 12, 'latin1');
    });
    expect(readAnswer(kiss, nonce)).toEqual({ is: 'kiss', code: 'RATE' });
    expect(readAnswer(kiss, nonce + 1n)).toEqual({ is: 'wrong', what: 'origin' });
  });

  it.each([
    ['short', fromChrony.subarray(0, 47)],
    ['version', changed((bytes) => bytes.writeUInt8(0x14, 0))],
    ['mode', changed((bytes) => bytes.writeUInt8(0x23, 0))],
    ['origin', changed((bytes) => bytes.writeUInt8(0xff, 24))],
    ['times', changed((bytes) => bytes.fill(0, 40, 48))],
    ['times', changed((bytes) => bytes.fill(0, 32, 40))],
    ['times', changed((bytes) => bytes.writeUInt8(bytes.readUInt8(35) + 1, 35))],
  ] as const)('refuses what is wrong: %s', (what, bytes) => {
    expect(readAnswer(bytes, nonce)).toEqual({ is: 'wrong', what });
  });

  it('gives a value for any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bytes, asked) => {
        expect(['time', 'kiss', 'unsynchronised', 'wrong']).toContain(readAnswer(bytes, asked).is);
      }),
    );
  });

  it('takes differences across the end of the era, on 7 February 2036 (§6)', () => {
    const endMs = Date.UTC(2036, 1, 7, 6, 28, 16);
    expect(timestampOf(endMs)).toBe(0n);
    expect(msBetween(timestampOf(endMs - 40), timestampOf(endMs + 20))).toBeCloseTo(60, 5);
    expect(msBetween(timestampOf(endMs + 20), timestampOf(endMs - 40))).toBeCloseTo(-60, 5);
  });

  it('takes differences right to a microsecond, whatever lies between up to 60 years', () => {
    const instant = fc.integer({ min: Date.UTC(2000), max: Date.UTC(2060) });
    fc.assert(
      fc.property(instant, instant, (one, other) => {
        expect(Math.abs(msBetween(timestampOf(one), timestampOf(other)) - (other - one))).toBeLessThan(0.001);
      }),
    );
  });
});
