import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pttType, R2sExtension, r2sProfile } from '../../../src/protocols/ed137/r2s-extension.ts';
import { RtpPacket } from '../../../src/protocols/rtp/rtp-packet.ts';
import { vector } from '../mcptt/vectors.ts';

type Says = Partial<Pick<R2sExtension, keyof R2sExtension>>;

/** What each vector says beyond an idle extension; all but those marked are what we write for it, octet for octet. */
const vectors: Readonly<Record<string, Says>> = {
  'e01-ptt-normal': { pttType: pttType.normal, pttId: 1 },
  'e02-squ-sqi': { squelchOpen: true, qualityIndex: 12, qualityMethod: 0 },
  'e03-ptt-emergency-summation': {
    pttType: pttType.emergency,
    pttId: 63,
    pttMuted: true,
    pttSummed: true,
    simultaneous: true,
  },
  'e04-r2s-keepalive': {},
  'e05-climax-delay': { pttType: pttType.normal, pttId: 2, climaxDelayMs: 20, climaxAbsolute: true },
  'e06-rmm': { measurement: 'request', clockSynchronised: true, t1Ticks: 0x1234 },
  'e07-legacy-0067': { pttType: pttType.normal, pttId: 1 },
  'e08-two-tlvs': { squelchOpen: true, qualityIndex: 15, climaxDelayMs: 6 },
  'e09-mam-12': {
    measurement: 'answer',
    clockSynchronised: true,
    t1Ticks: 8000,
    t2Ticks: 16_000,
    answeringTicks: 80,
    jitterTicks: 160,
    deviceTicks: 240,
  },
  'e10-mam-14': {
    measurement: 'answer',
    clockSynchronised: true,
    t1Ticks: 8000,
    t2Ticks: 16_000,
    answeringTicks: 80,
    jitterTicks: 160,
    deviceTicks: 240,
    stepTicks: 24,
  },
  'e11-rrc': { remoteControl: 0xa8 },
  'e12-ptt-coupling': { pttType: pttType.coupling, pttId: 5 },
  'e13-vendor-tlv': {},
};
/** First edition, and what a maker adds: read, never sent. */
const neverSent = new Set(['e07-legacy-0067', 'e13-vendor-tlv']);

function readFrom(datagram: Uint8Array, extension = new R2sExtension()): { extension: R2sExtension; read: boolean } {
  const packet = new RtpPacket();
  const read =
    packet.read(datagram) === undefined &&
    extension.read(packet.extensionProfile, datagram, packet.extensionOffset, packet.extensionBytes);
  return { extension, read };
}

function written(extension: R2sExtension): Uint8Array {
  const out = new Uint8Array(64).fill(0xff);
  return out.slice(0, extension.write(out, 0));
}

describe('header extension of radio sessions (ED-137 Volume 1)', () => {
  for (const [name, says] of Object.entries(vectors)) {
    it(`reads ${name}${neverSent.has(name) ? '' : ' and writes it octet for octet'}`, () => {
      const datagram = vector(name);
      const { extension, read } = readFrom(datagram);
      expect(read).toBe(true);
      expect(extension).toEqual(Object.assign(new R2sExtension(), says));
      if (neverSent.has(name)) return;
      const bytes = written(Object.assign(new R2sExtension(), says));
      expect(Buffer.from(bytes).toString('hex')).toBe(
        Buffer.from(datagram.subarray(12, 12 + bytes.length)).toString('hex'),
      );
      const packet = new RtpPacket();
      packet.read(datagram);
      expect(bytes.length).toBe(4 + packet.extensionBytes);
    });
  }

  it('forgets the features of the packet before', () => {
    const { extension } = readFrom(vector('e08-two-tlvs'));
    readFrom(vector('e04-r2s-keepalive'), extension);
    expect(extension.qualityIndex).toBe(-1);
    expect(extension.climaxDelayMs).toBe(-1);
  });

  it('keeps the key of a packet whose feature runs past its end', () => {
    const extension = new R2sExtension();
    const bytes = Uint8Array.of(0x20, 0x41, 0x1f, 0x60);
    expect(extension.read(r2sProfile, bytes, 0, 4)).toBe(true);
    expect(extension).toMatchObject({ pttType: 1, pttId: 1, qualityIndex: -1, broken: true });
  });

  it('passes over a feature of a length that it cannot have, and reads the next', () => {
    const extension = new R2sExtension();
    const bytes = Uint8Array.of(0x10, 0x01, 0x12, 0x60, 0x60, 0x21, 0x8a, 0x00);
    expect(extension.read(r2sProfile, bytes, 0, 8)).toBe(true);
    expect(extension).toMatchObject({ squelchOpen: true, qualityIndex: -1, climaxDelayMs: 20, broken: false });
  });

  it('leaves other profiles, extensions without a word, and lengths beyond the datagram alone', () => {
    const extension = new R2sExtension();
    const bytes = Uint8Array.of(0x20, 0x40, 0, 0);
    expect(extension.read(0xbede, bytes, 0, 4)).toBe(false);
    expect(extension.read(r2sProfile, bytes, 0, 0)).toBe(false);
    expect(extension.read(r2sProfile, bytes, 0, 8)).toBe(false);
    expect(extension).toEqual(new R2sExtension());
  });

  it('reads back whatever it wrote, and stays within 36 octets', () => {
    const optional = (max: number) => fc.oneof(fc.constant(-1), fc.integer({ min: 0, max }));
    const ticks23 = fc.integer({ min: 0, max: 0x7f_ffff });
    const ticks16 = fc.integer({ min: 0, max: 0xffff });
    const any = fc.record({
      pttType: fc.integer({ min: 0, max: 7 }),
      squelchOpen: fc.boolean(),
      pttId: fc.integer({ min: 0, max: 63 }),
      pttMuted: fc.boolean(),
      pttSummed: fc.boolean(),
      simultaneous: fc.boolean(),
      qualityIndex: optional(31),
      qualityMethod: fc.integer({ min: 0, max: 7 }),
      climaxDelayMs: optional(127).map((half) => (half < 0 ? -1 : 2 * half)),
      climaxAbsolute: fc.boolean(),
      remoteControl: optional(255),
      measurement: fc.constantFrom('none' as const, 'request' as const, 'answer' as const),
      clockSynchronised: fc.boolean(),
      t1Ticks: ticks23,
      measureAgain: fc.boolean(),
      t2Ticks: ticks23,
      answeringTicks: ticks16,
      jitterTicks: ticks16,
      deviceTicks: ticks16,
      stepTicks: optional(0xffff),
    });
    fc.assert(
      fc.property(any, (says) => {
        const bytes = written(Object.assign(new R2sExtension(), says));
        expect(bytes.length).toBeLessThanOrEqual(36);
        const back = new R2sExtension();
        expect(back.read(r2sProfile, bytes, 4, bytes.length - 4)).toBe(true);
        expect(back.broken).toBe(false);
        expect(Buffer.from(written(back))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it('bears any change of a vector: reads it or not, and what it read is in range', () => {
    const names = Object.keys(vectors);
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(change, { maxLength: 8 }), fc.nat(), (name, changes, cut) => {
        const datagram = vector(name).slice();
        for (const [at, value] of changes) datagram[at % Math.min(datagram.length, 48)] = value;
        const { extension, read } = readFrom(datagram.subarray(0, datagram.length - (cut % 40)));
        if (!read) expect(extension).toEqual(new R2sExtension());
        expect(extension.pttType).toBeLessThanOrEqual(7);
        expect(extension.pttId).toBeLessThanOrEqual(63);
        expect(extension.t1Ticks).toBeLessThanOrEqual(0x7f_ffff);
      }),
      { numRuns: 2000 },
    );
  });
});
