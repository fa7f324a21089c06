/** Units as a table. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUnitsCsv, writeUnitsCsv } from '../../src/config/units-csv.ts';

const head = 'id,network,address,callSign,organisation,language,controlRoom';
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((each) => each.trim() === each && each.trim() !== '' && !each.startsWith('\uFEFF'));
const unit = fc.record(
  { id: text, network: text, address: text, callSign: text, organisation: text, language: text, controlRoom: text },
  { requiredKeys: ['id', 'network', 'address', 'callSign', 'organisation', 'language'] },
);
type Units = Parameters<typeof writeUnitsCsv>[0];

describe('a table of units', () => {
  it('gives back what was written, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(unit, { selector: ({ id }) => id, maxLength: 8 }), (units) => {
        expect(readUnitsCsv(writeUnitsCsv(units as unknown as Units))).toMatchObject({ ok: true, units });
      }),
    );
  });

  it('reads anything without harm: rows, or faults with the line of each', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', ';', '\n', '\r', 'a', ' ', '\uFEFF') }), (body) => {
        for (const csv of [body, `${head}\n${body}`]) {
          const reading = readUnitsCsv(csv);
          const lines = reading.ok ? reading.lines : reading.faults.map(({ line }) => line);
          for (const line of lines) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(csv.split(/\r\n?|\n/).length);
          }
          if (!reading.ok) expect(reading.faults.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('is taken from a spreadsheet of either country, in any order of columns', () => {
    const csv =
      '\uFEFFcallSign;id;network;address;organisation;language\r\n"Mouscron; 31";m31;astrid;5317 031;zp;fr\r\n';
    expect(readUnitsCsv(csv)).toEqual({
      ok: true,
      units: [
        {
          id: 'm31',
          network: 'astrid',
          address: '5317 031',
          callSign: 'Mouscron; 31',
          organisation: 'zp',
          language: 'fr',
        },
      ],
      lines: [2],
    });
  });

  it.each([
    ['', 1, 'the first line names the columns'],
    [`${head},colour`, 1, '"colour" is no column'],
    [`${head},id`, 1, 'column id stands there twice'],
    ['id,network', 1, 'column address is missing'],
    [`${head}\na,n,1,A,o,fr,\nb,n,2,B,o`, 3, 'has 5 fields, not 7'],
    [`${head}\na,n,1,A,o,fr,\n,n,2,B,o,fr,`, 3, 'id must be given'],
    [`${head}\na,n,"1\n2",A,o,fr,\na,n,2,B,o,fr,`, 4, 'id a stands on line 2 already'],
    [`${head}\na,n,"1,A,o,fr,\nb`, 2, 'a quote is opened and not closed'],
    [`${head}\na,n,"1"x,A,o,fr,`, 2, 'something stands behind a closing quote'],
  ] as const)('%j: names line %i', (csv, line, message) => {
    const reading = readUnitsCsv(csv);
    expect(reading).toMatchObject({ ok: false });
    if (!reading.ok) {
      expect(reading.faults).toContainEqual(
        expect.objectContaining({ line, message: expect.stringContaining(message) }),
      );
    }
  });

  it('names every bad line, not the first alone', () => {
    const reading = readUnitsCsv(`${head}\na\nb\nc`);
    expect(reading).toMatchObject({ ok: false, faults: [{ line: 2 }, { line: 3 }, { line: 4 }] });
  });
});
