import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DayKey, isSealed, Sealer, sealHeaderBytes, sealKeyId, unseal } from '../../src/media/sealed-file.ts';

const key: DayKey = { id: '00112233445566ff', key: Buffer.alloc(32, 7) };
const salt = Buffer.alloc(16, 9);
const name = '2026-11-29/xb-acc/20261129T021500.000Z-7.opus';

/** What was put into it, and the file; where each record begins. */
function sealed(pieces: readonly Uint8Array[], patch?: { readonly offset: number; readonly bytes: Uint8Array }) {
  const sealer = new Sealer(key, salt, name);
  const parts = [sealer.header, ...pieces.map((piece) => sealer.data(piece))];
  if (patch !== undefined) parts.push(sealer.patch(patch.offset, patch.bytes));
  parts.push(sealer.end());
  const begins: number[] = [];
  let at = 0;
  for (const { length } of parts) {
    begins.push(at);
    at += length;
  }
  const plain = Buffer.concat(pieces);
  if (patch !== undefined) Buffer.from(patch.bytes).copy(plain, patch.offset);
  return { file: Buffer.concat(parts), plain, begins, pieces };
}

/** Pieces as pages are: some octets to some thousands. */
const anyPieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 12 });

/** The record that an octet is in; 0: the header. */
function recordOf(octet: number, begins: readonly number[]): number {
  return begins.findLastIndex((begin) => begin <= octet);
}

describe('a sealed file', () => {
  it('gives back what was put in, with what was put in place of it', () => {
    fc.assert(
      fc.property(anyPieces, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 20 }), (pieces, where, bytes) => {
        const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
        const offset = where % length;
        const { file, plain } = sealed(pieces, { offset, bytes: bytes.subarray(0, length - offset) });
        expect(isSealed(file)).toBe(true);
        expect(sealKeyId(file)).toBe(key.id);
        expect(unseal(file, key.key, name)).toEqual({ bytes: plain });
      }),
    );
  });

  it('cut off anywhere gives all records before, and says where it ends', () => {
    fc.assert(
      fc.property(anyPieces, fc.nat(), (pieces, where) => {
        const { file, begins } = sealed(pieces);
        const length = where % file.length;
        const { bytes, fault } = unseal(file.subarray(0, length), key.key, name);
        const record = length < sealHeaderBytes ? 0 : Math.max(1, recordOf(length, [...begins, file.length]));
        expect(fault).toEqual({ fault: 'cut-off', record, octet: begins[record] });
        expect(bytes).toEqual(Buffer.concat(pieces.slice(0, Math.max(0, record - 1))));
      }),
    );
  });

  it('with any octet changed is found out, at the record where it is', () => {
    fc.assert(
      fc.property(anyPieces, fc.nat(), fc.integer({ min: 1, max: 255 }), (pieces, where, change) => {
        const { file, begins } = sealed(pieces);
        const octet = where % file.length;
        const changed = Buffer.from(file);
        changed[octet]! ^= change;
        if (!isSealed(changed)) return; // the caller sees that it is none
        const { bytes, fault } = unseal(changed, key.key, name);
        // What the header says is in the key of every record.
        const record = Math.max(1, recordOf(octet, begins));
        expect(fault).toMatchObject({ record, octet: begins[record] });
        expect(bytes).toEqual(Buffer.concat(pieces.slice(0, record - 1)));
      }),
      { numRuns: 500 },
    );
  });

  it('with records left out, put twice or in another order is found out', () => {
    const { file, begins } = sealed([Buffer.alloc(10, 1), Buffer.alloc(10, 2), Buffer.alloc(10, 3)]);
    const record = (at: number) => file.subarray(begins[at], begins[at + 1]);
    const put = (...order: number[]) => Buffer.concat([record(0), ...order.map(record)]);
    expect(unseal(put(1, 2, 3, 4), key.key, name).fault).toBeUndefined();
    expect(unseal(put(2, 1, 3, 4), key.key, name).fault).toMatchObject({ fault: 'changed', record: 1 });
    expect(unseal(put(1, 3, 4), key.key, name).fault).toMatchObject({ fault: 'changed', record: 2 });
    expect(unseal(put(1, 1, 2, 3, 4), key.key, name).fault).toMatchObject({ fault: 'changed', record: 2 });
    expect(unseal(put(1, 4), key.key, name).fault).toMatchObject({ fault: 'changed', record: 2 });
    expect(unseal(Buffer.concat([file, file.subarray(0, 5)]), key.key, name).fault).toMatchObject({
      fault: 'trailing',
    });
  });

  it('is bound to its key and its name', () => {
    const { file } = sealed([Buffer.from('voice')]);
    expect(unseal(file, Buffer.alloc(32, 8), name).fault).toMatchObject({ fault: 'changed', record: 1 });
    expect(unseal(file, key.key, name.replace('-7', '-8')).fault).toMatchObject({ fault: 'changed', record: 1 });
  });

  it('shows nothing of what is in it', () => {
    expect(sealed([Buffer.from('OggS voice of somebody')]).file.includes('voice')).toBe(false);
  });

  it('of any octets is a value, never an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const file = Buffer.concat([Buffer.from('ESCSEAL1'), bytes]);
        expect(unseal(file, key.key, name).fault).toBeDefined();
      }),
    );
  });
});
