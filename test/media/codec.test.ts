import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecOf, codecs } from '../../src/media/codec.ts';
import { G722Decoder, G722Encoder } from '../../src/media/g722.ts';
import { activeLevelDbov, levelAt, noise, scaled, speech, tone } from './signals.ts';

const french = speech('fr');

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The same signal at a codec's rate: coded and decoded in packets of 20 ms. */
function through(name: (typeof codecs)[number]['name'], pcm: Float32Array): Float32Array {
  const codec = codecOf(name);
  const encoder = codec.createEncoder();
  const decoder = codec.createDecoder();
  const samples = codec.audioRateHz / 50;
  const out = new Float32Array(pcm.length);
  for (let at = 0; at + samples <= pcm.length; at += samples) {
    const bytes = encoder.encode(pcm.subarray(at, at + samples));
    expect(codec.durationTicks(bytes, 0, bytes.length)).toBe(codec.clockRateHz / 50);
    expect(decoder.decode(bytes, 0, bytes.length, out.subarray(at))).toBe(samples);
  }
  return out;
}

describe('G.722 (ITU-T G.722, mode 1)', () => {
  it('codes five seconds of speech to the octets of ffmpeg’s g722', () => {
    const bytes = new Uint8Array(french.length / 2);
    expect(new G722Encoder().encode(french, french.length, bytes, 0)).toBe(40_000);
    expect(sha256(bytes)).toBe('77732ac738771dd7787248b7558b48d4cf92d8947d066fa6b77ff228b3894439');
  });

  it('decodes them to the samples of ffmpeg’s g722', () => {
    const bytes = new Uint8Array(french.length / 2);
    new G722Encoder().encode(french, french.length, bytes, 0);
    const pcm = new Float32Array(french.length);
    expect(new G722Decoder().decode(bytes, 0, bytes.length, pcm)).toBe(80_000);
    const linear = Buffer.alloc(2 * pcm.length);
    for (const [i, sample] of pcm.entries()) linear.writeInt16LE(Math.round(32_768 * sample), 2 * i);
    expect(sha256(linear)).toBe('8423b1cc808c46abae2fbcd297c921a11aa880b228359a58fe8c675751fa63e8');
  });

  it('gives the same however the voice is cut', () => {
    const whole = new Uint8Array(1600);
    new G722Encoder().encode(french, 3200, whole, 0);
    const cut = new Uint8Array(1600);
    const encoder = new G722Encoder();
    for (let at = 0; at < 3200; at += 160) encoder.encode(french.subarray(at, at + 160), 160, cut, at / 2);
    expect(cut).toEqual(whole);
  });

  it('is followed by a decoder that comes in late: 18 dB below the voice after 0.15 s', () => {
    const bytes = new Uint8Array(french.length / 2);
    new G722Encoder().encode(french, french.length, bytes, 0);
    const whole = new Float32Array(french.length);
    new G722Decoder().decode(bytes, 0, bytes.length, whole);
    for (const beginMs of [500, 1230, 2510]) {
      const late = new Float32Array(16_000);
      new G722Decoder().decode(bytes, 8 * beginMs, 8000, late);
      let error = 0;
      let power = 0;
      for (let i = 2400; i < 16_000; i++) {
        error += (late[i]! - whole[16 * beginMs + i]!) ** 2;
        power += whole[16 * beginMs + i]! ** 2;
      }
      expect(10 * Math.log10(error / power)).toBeLessThan(-18);
    }
  });

  it('clips what is beyond full scale and takes what is no number', () => {
    const bytes = new Uint8Array(160);
    expect(() => new G722Encoder().encode(new Float32Array(320).fill(Number.NaN), 320, bytes, 0)).not.toThrow();
    const loud = through('G722', scaled(tone(1000, 0, 3200), 20));
    expect(loud.every((sample) => Math.abs(sample) <= 1)).toBe(true);
  });
});

describe('L16 (RFC 3551 §4.5.11)', () => {
  it('puts the higher octet first', () => {
    const encoder = codecOf('L16/8000').createEncoder();
    const pcm = new Float32Array(160);
    pcm.set([0, 0.5, -0.5, 1, -1, 1 / 32_768]);
    expect([...encoder.encode(pcm).subarray(0, 12)]).toEqual([0, 0, 0x40, 0, 0xc0, 0, 0x7f, 0xff, 0x80, 0, 0, 1]);
  });

  it('gives every value of 16 bits back', () => {
    const decoder = codecOf('L16/16000').createDecoder();
    const bytes = new Uint8Array(2 * 65_536);
    for (let i = 0; i < 65_536; i++) bytes.set([i >> 8, i & 0xff], 2 * i);
    const pcm = new Float32Array(65_536);
    expect(decoder.decode(bytes, 0, bytes.length, pcm)).toBe(65_536);
    expect(pcm.every((sample, i) => sample === ((i << 16) >> 16) / 32_768)).toBe(true);
    expect(decoder.decode(Uint8Array.of(1, 2, 3), 0, 3, pcm)).toBe(1);
  });
});

describe.each(codecs.map((codec) => [codec.name, codec] as const))('%s behind the port', (name, codec) => {
  it('keeps a tone of 1 kHz within 1 dB', () => {
    const rateHz = codec.audioRateHz;
    const out = through(name, tone(1000, -20, 2 * rateHz, rateHz));
    expect(Math.abs(levelAt(out.subarray(rateHz / 2, 1.5 * rateHz), 1000, rateHz) + 20)).toBeLessThan(1);
  });

  it('keeps the level of speech within 1 dB', () => {
    const pcm = codec.audioRateHz === 16_000 ? french : french.filter((_, i) => i % 2 === 0);
    expect(Math.abs(activeLevelDbov(through(name, pcm)) - activeLevelDbov(pcm))).toBeLessThan(1);
  });

  it('stands at its index', () => expect(codecs[codec.index]).toBe(codec));

  it('takes any octets without a throw, and gives no more than fits', () => {
    const decoder = codec.createDecoder();
    const pcm = new Float32Array(1920);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), fc.nat({ max: 1920 }), (bytes, room) => {
        const samples = decoder.decode(bytes, 0, bytes.length, pcm.subarray(0, room));
        expect(samples).toBeGreaterThanOrEqual(0);
        expect(samples).toBeLessThanOrEqual(room);
        expect(codec.durationTicks(bytes, 0, bytes.length)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });

  it('begins anew after a reset as if nothing had been', () => {
    const decoder = codec.createDecoder();
    const encoder = codec.createEncoder();
    const packets = Array.from({ length: 10 }, (_, i) => encoder.encode(noise(-20, 320, i + 1)).slice());
    const decoded = () =>
      packets.map((packet) => {
        const pcm = new Float32Array(1920);
        decoder.decode(packet, 0, packet.length, pcm);
        return pcm;
      });
    const first = decoded();
    decoder.reset();
    expect(decoded()).toEqual(first);
  });
});
