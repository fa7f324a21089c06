import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrame } from '../../src/media/frame.ts';
import { levelDbov } from '../../src/media/level.ts';
import { type OpusEncoderSettings, OpusSpeechDecoder, OpusSpeechEncoder } from '../../src/media/opus.ts';
import { lostFrameToc, readOpusDuration } from '../../src/media/opus-packet.ts';
import { framesOf, joined, levelAt, scaled, speech, tone } from './signals.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const durationOf = (text: string) => {
  const bytes = hex(text);
  return readOpusDuration(bytes, 0, bytes.length);
};

function packetsOf(pcm: Float32Array, encoder = new OpusSpeechEncoder()): Uint8Array[] {
  return framesOf(pcm).map((frame) => encoder.encode(frame));
}

function decoded(packets: readonly (Uint8Array | undefined)[], decoder = new OpusSpeechDecoder()): Float32Array {
  return joined(
    ...packets.map((packet) => {
      if (packet === undefined) decoder.conceal();
      else expect(decoder.decode(packet)).toBeUndefined();
      return decoder.pcm.slice(0, decoder.samples);
    }),
  );
}

describe('Opus packets from outside (RFC 6716 §3)', () => {
  it('reads durations of all modes and packings, in samples at 48 kHz', () => {
    expect(durationOf('48 00')).toBe(960); // SILK wideband, 20 ms
    expect(durationOf('58 00')).toBe(2880); // SILK wideband, 60 ms
    expect(durationOf('60')).toBe(480); // hybrid, 10 ms, lost
    expect(durationOf('80 11')).toBe(120); // CELT, 2.5 ms
    expect(durationOf('49 01 02')).toBe(1920); // two of one size
    expect(durationOf('4a 01 aa bb cc')).toBe(1920); // two of sizes of their own
    expect(durationOf('4b 03 aa bb cc')).toBe(2880); // three of one size
    expect(durationOf('4b 83 01 01 aa bb cc')).toBe(2880);
    expect(durationOf('4b 41 02 aa 00 00')).toBe(960); // two octets of padding
  });

  it.each([
    ['empty', ''],
    ['length', '49 01 02 03'], // R3: two frames of one size need an even number of octets
    ['length', '4a'], // R4
    ['length', '4a fc'],
    ['length', '4a 05 aa'],
    ['length', '4b'], // R6
    ['duration', '4b 00'], // R5: no frame
    ['duration', '4b 07 00 00 00 00 00 00 00'], // R5: 140 ms
    ['length', '4b 02 aa bb cc'],
    ['length', '4b 41'],
    ['length', '4b 41 05 aa'],
    ['length', '4b 41 ff'],
    ['length', '4b 83 01 05 aa bb'], // R7
    ['length', '4b 83 fc'],
  ] as const)('names what is wrong: %s (%s)', (malformed, text) => {
    expect(durationOf(text)).toBe(malformed);
  });

  it('rejects frames beyond 1275 octets (R2)', () => {
    const long = (toc: number, octets: number) =>
      readOpusDuration(new Uint8Array(1 + octets).fill(toc, 0, 1), 0, 1 + octets);
    expect([long(0x48, 1275), long(0x48, 1276)]).toEqual([960, 'length']);
    expect([long(0x49, 2550), long(0x49, 2552)]).toEqual([1920, 'length']);
  });

  it('does not read beyond the datagram', () => {
    expect(readOpusDuration(Uint8Array.of(0x48, 0), 1, 2)).toBe('empty');
  });

  it('stands for 20 ms of the same mode and channels where a packet was lost', () => {
    for (let toc = 0; toc < 256; toc++) {
      const lost = lostFrameToc(toc);
      expect(readOpusDuration(Uint8Array.of(lost), 0, 1)).toBe(960);
      expect(lost & 4).toBe(toc & 4);
      expect(Math.abs((lost >> 3) - (toc >> 3))).toBeLessThan(4);
    }
  });
});

describe('Opus speech encoder', () => {
  it('sends 32 kb/s of speech within 20 %, every packet 20 ms wideband or below, none discontinued', () => {
    const packets = packetsOf(joined(speech('fr'), speech('nl')));
    const octets = packets.reduce((sum, packet) => sum + packet.length, 0);
    const bitrate = (8 * octets) / (packets.length * 0.02);
    expect(Math.abs(bitrate / 32_000 - 1)).toBeLessThan(0.2);
    for (const packet of packets) {
      expect(readOpusDuration(packet, 0, packet.length)).toBe(960);
      // SILK up to wideband (configurations 0–11) or CELT up to wideband (16–23).
      expect((packet[0]! >> 3) % 16).toBeLessThan(12);
    }
    expect(Math.min(...packetsOf(new Float32Array(32_000)).map((packet) => packet.length))).toBeGreaterThan(2);
  });

  it('carries forward error correction in at least 70 % of the packets of speech, none when no loss is expected', () => {
    // LBRR flag of a SILK packet with one 20 ms frame: the bit after the one VAD bit (RFC 6716 §4.2.3).
    const shareWithFec = (settings: OpusEncoderSettings) => {
      const packets = packetsOf(speech('nl'), new OpusSpeechEncoder(settings));
      return packets.filter((packet) => packet[0]! >> 3 < 12 && (packet[1]! & 0x40) !== 0).length / packets.length;
    };
    expect(shareWithFec({})).toBeGreaterThan(0.7);
    expect(shareWithFec({ lossPercent: 0 })).toBe(0);
  });

  it('clips beyond full scale and takes NaN for silence', () => {
    const encoder = new OpusSpeechEncoder();
    expect(encoder.encode(createFrame().fill(40)).length).toBeGreaterThan(0);
    expect(encoder.encode(createFrame().fill(Number.NaN)).length).toBeGreaterThan(0);
  });
});

describe('Opus speech decoder', () => {
  it('gives speech back at its level, and a tone at its pitch', () => {
    const pcm = speech('fr');
    expect(Math.abs(levelDbov(decoded(packetsOf(pcm))) - levelDbov(pcm))).toBeLessThan(1.5);
    const out = decoded(packetsOf(tone(1000, -20, 32_000)));
    expect(levelAt(out.subarray(8000), 1000, 16_000)).toBeGreaterThan(-21.5);
  });

  it('decodes packets of 10 to 60 ms and of two frames', () => {
    const packets = packetsOf(speech('fr')).filter((packet) => packet[0]! >> 3 === 9);
    const [a, b] = [packets[20]!, packets[21]!];
    const two = Uint8Array.from([(a[0]! & 0xfc) | 2, ...sizeOf(a.length - 1), ...a.subarray(1), ...b.subarray(1)]);
    const decoder = new OpusSpeechDecoder();
    expect(decoder.decode(two)).toBeUndefined();
    expect(decoder.samples).toBe(640);
  });

  it('reads a packet inside a datagram', () => {
    const packet = packetsOf(speech('fr'))[30]!;
    const datagram = new Uint8Array(12 + packet.length + 7);
    datagram.set(packet, 12);
    const decoder = new OpusSpeechDecoder();
    expect(decoder.decode(datagram, 12, packet.length)).toBeUndefined();
    expect(decoder.samples).toBe(320);
  });

  it('conceals a lost frame of speech within 6 dB of its level, and fades to below −40 dBov in 400 ms', () => {
    const pcm = speech('fr');
    const packets = packetsOf(pcm);
    const whole = decoded(packets);
    const levels = framesOf(whole).map((frame) => levelDbov(frame));
    const steady = levels.findIndex((level, n) => n > 20 && level > -24 && Math.abs(level - levels[n - 1]!) < 1);
    const one = decoded(packets.map((packet, n) => (n === steady ? undefined : packet)));
    expect(one.length).toBe(whole.length);
    expect(Math.abs(levelDbov(one.subarray(steady * 320, (steady + 1) * 320)) - levels[steady]!)).toBeLessThan(6);
    const many = decoded(packets.map((packet, n) => (n >= steady ? undefined : packet)));
    expect(levelDbov(many.subarray((steady + 20) * 320, (steady + 25) * 320))).toBeLessThan(-40);
  });

  it('conceals with silence before the first packet', () => {
    expect(levelDbov(decoded([undefined]))).toBe(-127);
  });

  it('survives 10,000 mutated packets: each is decoded to 2.5–120 ms or named malformed, and speech still passes after', () => {
    const packets = packetsOf(scaled(speech('nl'), -3));
    const decoder = new OpusSpeechDecoder();
    const mutation = fc.record({
      n: fc.nat(packets.length - 1),
      changes: fc.array(fc.tuple(fc.nat(80), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      toc: fc.option(fc.integer({ min: 0, max: 255 })),
      length: fc.option(fc.nat(120)),
    });
    let good = 0;
    fc.assert(
      fc.property(mutation, ({ n, changes, toc, length }) => {
        const bytes = new Uint8Array(length ?? packets[n]!.length);
        bytes.set(packets[n]!.subarray(0, bytes.length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        if (toc !== null && bytes.length > 0) bytes[0] = toc;
        const malformed = decoder.decode(bytes);
        if (malformed === undefined) {
          good += 1;
          expect(decoder.samples).toBeGreaterThanOrEqual(40);
          expect(decoder.samples).toBeLessThanOrEqual(1920);
          expect(3 * decoder.samples).toBe(readOpusDuration(bytes, 0, bytes.length));
        } else {
          expect(decoder.samples).toBe(0);
        }
        for (let i = 0; i < decoder.samples; i++) if (!(Math.abs(decoder.pcm[i]!) <= 1)) expect.unreachable();
      }),
      { numRuns: 10_000 },
    );
    expect(good).toBeGreaterThan(3000);
    const after = decoded(packets.slice(0, 100), decoder);
    expect(levelDbov(after.subarray(16_000))).toBeGreaterThan(-40);
  });
});

function sizeOf(octets: number): number[] {
  return octets < 252 ? [octets] : [252 + (octets & 3), (octets - 252 - (octets & 3)) >> 2];
}
