import { describe, expect, it } from 'vitest';
import type { VoiceCodec } from '../../src/media/codec.ts';
import { activeLevelDbov, levelAt, speech, tone } from '../media/signals.ts';
import { align, narrow, VirtualGroup } from './virtual-group.ts';

const french = speech('fr');
const wideband = ['G722', 'opus', 'L16/16000'] as const satisfies readonly VoiceCodec[];
const any = ['PCMA', 'PCMU', 'L16/8000', ...wideband] as const satisfies readonly VoiceCodec[];
const clockOf = { PCMA: 8, PCMU: 8, G722: 8, opus: 48, 'L16/8000': 8, 'L16/16000': 16 } as const;

const media = (codec: VoiceCodec) => ({ codec, payloadType: 97 });
const isWide = (codec: VoiceCodec): boolean => wideband.some((each) => each === codec);
const voiceFor = (codec: VoiceCodec): Float32Array => (isWide(codec) ? french : narrow(french));
const toneFor = (codec: VoiceCodec, frequencyHz: number): Float32Array =>
  isWide(codec) ? tone(frequencyHz, -20, 32_000) : tone(frequencyHz, -20, 16_000, 8000);

describe('codecs of legs', () => {
  it.each(any.flatMap((from) => any.map((to) => [from, to] as const)))('carries %s to %s', (from, to) => {
    const world = new VirtualGroup();
    const be = world.leg('be', {}, media(from));
    const fr = world.leg('fr', {}, media(to));
    be.talk(toneFor(from, 1000));
    world.run(3000);
    expect(fr.voice).toHaveLength(100);
    expect(fr.voice.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 100 }, (_, i) => 1000 + 20 * i));
    const ticks = new Set(fr.voice.slice(1).map(({ timestamp }, i) => (timestamp - fr.voice[i]!.timestamp) >>> 0));
    expect([...ticks]).toEqual([20 * clockOf[to]]);
    const rateHz = isWide(to) ? 16_000 : 8000;
    expect(Math.abs(levelAt(fr.heard().subarray(rateHz / 2, 1.5 * rateHz), 1000, rateHz) + 20)).toBeLessThan(1.5);
  });

  it.each(wideband.flatMap((from) => wideband.map((to) => [from, to] as const)))(
    'is wideband in and out from %s to %s: 6 kHz within 3 dB',
    (from, to) => {
      const world = new VirtualGroup();
      const be = world.leg('be', {}, media(from));
      const fr = world.leg('fr', {}, media(to));
      be.talk(toneFor(from, 6000));
      world.run(3000);
      expect(Math.abs(levelAt(fr.heard().subarray(8000, 24_000), 6000, 16_000) + 20)).toBeLessThan(3);
    },
  );

  it.each(wideband)('%s reaches narrow legs without what they cannot carry', (from) => {
    const world = new VirtualGroup();
    const be = world.leg('be', {}, media(from));
    const fr = world.leg('fr');
    be.talk(toneFor(from, 6000));
    world.run(3000);
    expect(levelAt(fr.heard().subarray(4000, 12_000), 2000, 8000)).toBeLessThan(-60);
  });

  it.each(any)('codes %s once for all legs: every one gets the same octets', (to) => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const legs = ['a', 'b', 'c'].map((id) => world.leg(id, {}, media(to)));
    be.talk(narrow(french));
    world.run(6000);
    const [first, ...others] = legs.map((leg) => leg.voice.map(({ payload }) => payload));
    expect(first).toHaveLength(250);
    for (const other of others) expect(other).toEqual(first);
  });

  it.each(any)(
    'keeps the first word for a leg of %s that is granted late, and catches up to the shared coding',
    (to) => {
      const world = new VirtualGroup();
      const be = world.leg('be');
      const fr = world.leg('fr', { grant: { mode: 'delay', delayMs: 400 } }, media(to));
      be.talk(narrow(french));
      world.run(7000);
      expect(fr.leg.out.lostMs).toBe(0);
      expect(Math.abs(activeLevelDbov(fr.heard()) - activeLevelDbov(voiceFor(to)))).toBeLessThan(1.5);
    },
  );

  it.each(any)('conceals what is lost of %s: 5 %% of the packets, no gap, level within 1.5 dB', (from) => {
    const world = new VirtualGroup();
    const be = world.leg('be', {}, media(from));
    const fr = world.leg('fr', {}, media('L16/16000'));
    be.talk(voiceFor(from), { network: (i) => (i % 20 === 7 ? [] : [0]) });
    world.run(6000);
    expect(be.leg.inbound.framesConcealed).toBeGreaterThanOrEqual(12);
    expect(fr.voice.length).toBeGreaterThanOrEqual(249);
    expect(Math.abs(activeLevelDbov(fr.heard()) - activeLevelDbov(french))).toBeLessThan(1.5);
  });

  it.each(wideband)('adds less than 15 ms of delay with %s', (codec) => {
    const world = new VirtualGroup();
    const be = world.leg('be', {}, media(codec));
    const fr = world.leg('fr', {}, media('L16/16000'));
    be.talk(french);
    world.run(6000);
    const { lag, likeness } = align(fr.heard(), french, 320);
    expect(likeness).toBeGreaterThan(0.85);
    expect(lag / 16).toBeLessThan(15);
  });

  it('puts 40 ms of L16 and G.722 into a packet where that is asked for, and what is left at the end', () => {
    for (const [codec, octets, ticks] of [
      ['G722', 320, 320],
      ['L16/16000', 1280, 640],
      ['L16/8000', 640, 320],
    ] as const) {
      const world = new VirtualGroup();
      const be = world.leg('be');
      const fr = world.leg('fr', {}, { ...media(codec), ptimeMs: 40 });
      be.talk(tone(1000, -20, 160 * 11, 8000));
      world.run(2000);
      expect(fr.voice.slice(0, 5).map(({ payload }) => payload.length)).toEqual(Array(5).fill(octets));
      expect((fr.voice[1]!.timestamp - fr.voice[0]!.timestamp) >>> 0).toBe(ticks);
      expect(fr.voice).toHaveLength(6);
      expect(fr.voice[5]!.payload.length).toBe(codec === 'G722' ? 160 : octets);
    }
  });

  it('never sends a packet that does not fit into a datagram', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr', {}, { ...media('L16/16000'), ptimeMs: 60 });
    be.talk(tone(1000, -20, 8000, 8000));
    world.run(2000);
    expect(Math.max(...fr.voice.map(({ payload }) => payload.length))).toBeLessThan(1441);
    expect(fr.voice).toHaveLength(50);
  });

  it.each(['G722', 'opus'] as const)('keys a leg of %s with silence that is coded', (codec) => {
    const world = new VirtualGroup();
    world.leg('be');
    const fr = world.leg('fr', { keyOut: { mode: 'continuous' } }, media(codec));
    world.run(1000);
    expect(fr.voice.length).toBeGreaterThanOrEqual(49);
    expect(Math.max(...fr.heard().map(Math.abs))).toBeLessThan(0.01);
  });

  it('times telephone-events by the clock of Opus', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr', { keyOut: { mode: 'telephone-event', on: '*', off: '#' } }, media('opus'));
    be.talk(tone(1000, -20, 8000, 8000));
    world.run(2000);
    const events = fr.arrivals.filter(({ payloadType }) => payloadType === 101);
    const durations = events.slice(0, 5).map(({ payload }) => (payload[2]! << 8) | payload[3]!);
    expect(durations).toEqual([960, 1920, 2880, 2880, 2880]);
  });
});
