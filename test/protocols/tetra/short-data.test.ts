import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readShortData,
  type ShortData,
  shortDataOctetsMax,
  type WrittenData,
  writeShortData,
} from '../../../src/protocols/tetra/short-data.ts';
import { codeOf, statusOf } from '../../../src/protocols/tetra/status.ts';
import { fitsCoding, readText, textCoding, writeText } from '../../../src/protocols/tetra/text-coding.ts';
import { vector } from '../mcptt/vectors.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

describe('short data of type 4 (EN 300 392-2 §29)', () => {
  it('reads t07-sds-text and writes it octet for octet', () => {
    const text: WrittenData = {
      name: 'text',
      protocol: 0x82,
      transfer: { report: 'received', selection: 0, reference: 42 },
      coding: textCoding.latin1,
      text: 'Renfort: peloton Tournai, canal INTEROP 1',
    };
    expect(readShortData(vector('t07-sds-text'))).toEqual(text);
    expect(hex(writeShortData(text))).toBe(hex(vector('t07-sds-text')));
  });

  it.each<[string, string, ShortData]>([
    ['simple text', '0201436f6d696e6573', { name: 'text', protocol: 2, coding: 1, text: 'Comines' }],
    ['simple text in 7 bits', '0200c8329bfd06', { name: 'text', protocol: 2, coding: 0, text: 'Hello' }],
    ['simple text in UCS-2', '021a00e9', { name: 'text', protocol: 2, coding: 26, text: 'é' }],
    [
      'text with a stamp',
      '82000581' + '0bcd2c' + '4f4b',
      {
        name: 'text',
        protocol: 0x82,
        transfer: { report: 'none', selection: 0, reference: 5 },
        coding: 1,
        stamp: { frame: 0, month: 11, day: 25, hour: 20, minute: 44 },
        text: 'OK',
      },
    ],
    [
      'text kept for an SSI',
      '82010509' + '30d401' + '01' + '4f4b',
      {
        name: 'text',
        protocol: 0x82,
        transfer: {
          report: 'none',
          selection: 0,
          reference: 5,
          storage: { validity: 1, addressType: 1, address: 0x30d401 },
        },
        coding: 1,
        text: 'OK',
      },
    ],
    ['report', '82180007', { name: 'report', protocol: 0x82, acknowledge: true, status: 0, reference: 7 }],
    ['acknowledgement', '82200007', { name: 'ack', protocol: 0x82, status: 0, reference: 7 }],
    ['another protocol', '0c0102', { name: 'other', protocol: 0x0c }],
    ['kept for a number of another kind', '8201050b', { name: 'other', protocol: 0x82 }],
  ])('reads %s', (_, octets, data) => {
    expect(readShortData(unhex(octets))).toEqual(data);
    if (data.name !== 'other' && 'protocol' in data) expect(hex(writeShortData(data as WrittenData))).toBe(octets);
  });

  it.each(['', '82', '8204', '82042a', '8210', '82200', '0a00318342'])('finds %s cut', (octets) => {
    expect(readShortData(unhex(octets))).toBeUndefined();
  });

  it('reads back whatever it writes', () => {
    const letters = fc.constantFrom(...'ABCdef 0189éèçàÉüßñ¿?!:,.-/'.split(''));
    const reference = fc.nat(255);
    const storage = fc.oneof(
      ...[8, 24, 48, 0].map((bits, index) =>
        fc.record({
          validity: fc.nat(31),
          addressType: fc.constant([0, 1, 2, 7][index]!),
          address: fc.nat(2 ** Math.min(31, bits) - 1),
        }),
      ),
    );
    const transfer = fc.record(
      { report: fc.constantFrom('none', 'received', 'consumed', 'both'), selection: fc.nat(1), reference, storage },
      { requiredKeys: ['report', 'selection', 'reference'] },
    );
    const stamp = fc.record({
      frame: fc.nat(3),
      month: fc.nat(15),
      day: fc.nat(31),
      hour: fc.nat(31),
      minute: fc.nat(63),
    });
    const part = fc.record({ reference: fc.nat(65_535), total: fc.nat(255), sequence: fc.nat(255) });
    const body = { coding: fc.constantFrom(1, 26), text: fc.string({ unit: letters, maxLength: 90 }), stamp };
    const data = fc.oneof(
      fc.record(
        { name: fc.constant('text'), protocol: fc.constantFrom(0x02, 0x09), ...body },
        { requiredKeys: ['name', 'protocol', 'coding', 'text'] },
      ),
      fc.record(
        { name: fc.constant('text'), protocol: fc.constantFrom(0x82, 0x89), transfer, ...body },
        { requiredKeys: ['name', 'protocol', 'transfer', 'coding', 'text'] },
      ),
      fc.record(
        { name: fc.constant('text'), protocol: fc.constant(0x8a), transfer, ...body, part },
        { requiredKeys: ['name', 'protocol', 'transfer', 'coding', 'text'] },
      ),
      fc.record({
        name: fc.constant('report'),
        protocol: fc.constant(0x82),
        acknowledge: fc.boolean(),
        status: reference,
        reference,
      }),
      fc.record({ name: fc.constant('ack'), protocol: fc.constant(0x82), status: reference, reference }),
    );
    fc.assert(
      fc.property(data, (one) => {
        expect(readShortData(writeShortData(one as WrittenData))).toEqual(one);
      }),
      { numRuns: 500 },
    );
  });

  it('reads a part of a text, and passes over other elements of its header', () => {
    // Of a real radio, as another reader of such messages quotes it; its text cut off.
    expect(readShortData(unhex('8a00c98d045a8f050003c90201'))).toMatchObject({
      name: 'text',
      protocol: 0x8a,
      transfer: { report: 'none', reference: 0xc9 },
      coding: 13,
      part: { reference: 0xc9, total: 2, sequence: 1 },
      text: '',
    });
    expect(readShortData(unhex('8a000101' + '0a' + '7001ff' + '080401c90201' + '00' + '4f4b'))).toEqual({
      name: 'other',
      protocol: 0x8a, // an element without its length
    });
    expect(readShortData(unhex('8a000101' + '09' + '7001ff' + '080401c90201' + '4f4b'))).toMatchObject({
      part: { reference: 0x1c9, total: 2, sequence: 1 },
      text: 'OK',
    });
    expect(readShortData(unhex('8a000101' + '00' + '4f4b'))).toMatchObject({ text: 'OK' });
    expect(readShortData(unhex('8a000101' + '40' + '4f4b'))).toMatchObject({ name: 'other' });
  });

  it('reads anything without a throw, and no more than a message can hold', () => {
    const sources = [
      unhex('8a000101097001ff080401c902014f4b'),
      vector('t07-sds-text'),
      unhex('82010509' + '30d401' + '004f4b4c'),
      vector('t06-lip-long-radio'),
    ];
    const mutated = fc
      .tuple(fc.constantFrom(...sources), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat(60))
      .map(([source, changes, length]) => {
        const octets = Uint8Array.from(source.subarray(0, Math.max(1, length)));
        for (const [at, octet] of changes) octets[at % octets.length] = octet;
        return octets;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (octets) => {
        readShortData(octets);
      }),
      { numRuns: 2000 },
    );
    const data = readShortData(new Uint8Array(1_000_000).fill(0x41).fill(0x02, 0, 1).fill(0x01, 1, 2));
    expect(data).toMatchObject({ name: 'text', text: 'A'.repeat(shortDataOctetsMax - 1) });
  });
});

describe('pre-coded status (EN 300 392-2 §14.8.34)', () => {
  it.each([
    ['t08-sds-report-status', { name: 'answer', outcome: 'received', reference: 42 }],
    ['t09-status-emergency', { name: 'emergency' }],
    ['t10-status-user', { name: 'user', code: 0x8003 }],
  ])('reads %s and writes it octet for octet', (name, status) => {
    const code = Buffer.from(vector(name)).readUInt16BE();
    expect(statusOf(code)).toEqual(status);
    expect(codeOf(statusOf(code))).toBe(code);
  });

  it('has one meaning for each of all numbers', () => {
    for (let code = 0; code < 0x1_0000; code++) if (codeOf(statusOf(code)) !== code) expect.fail(String(code));
  });
});

describe('coding of texts (EN 300 392-2 §29.5.4)', () => {
  it.each([
    [textCoding.gsm, 'e8329bfd4697d9ec37', 'hellohello'],
    [2, 'b1', 'ą'],
    [5, 'bfe0d8d2d5e2', 'Привет'],
    [7, 'e1', 'α'],
    [9, 'fe', 'ş'],
    [13, 'a4', '€'],
    [99, '41ff', 'A\uFFFD'],
  ])('reads coding %i: %s', (coding, octets, text) => {
    expect(readText(unhex(octets), coding)).toBe(text);
  });

  it('takes padding of seven bits for no letter', () => {
    expect(readText(writeText('1234567', textCoding.gsm), textCoding.gsm)).toBe('1234567');
    expect(readText(unhex('31d98c56b3dd00'), textCoding.gsm)).toBe('1234567');
  });

  it('writes letters of the extension in two, and those without a place as a question mark', () => {
    expect(hex(writeText('€', textCoding.gsm))).toBe('9b32');
    expect(readText(writeText('5 € [Ж]', textCoding.gsm), textCoding.gsm)).toBe('5 € [?]');
    expect(readText(writeText('Жé', textCoding.latin1), textCoding.latin1)).toBe('?é');
    expect(fitsCoding('ç', textCoding.gsm)).toBe(false);
    expect(fitsCoding('Éçà', textCoding.latin1)).toBe(true);
  });

  it('reads back every text that fits', () => {
    const letters = '@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&0189ÄÖÑÜ§¿abczäöñüà^{}\\[~]|€';
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...letters), maxLength: 160 }), (text) => {
        fc.pre(!text.endsWith('@')); // looks like padding where it ends an octet
        expect(readText(writeText(text, textCoding.gsm), textCoding.gsm)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});
