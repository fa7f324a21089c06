/** A tone is sounded on one leg and looked for on all: its level, its delay, and whoever talks there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { frameMs, frameSamples } from '../../src/media/frame.ts';
import { codeLength, ProofEar, ProofTone, toneKinds } from '../../src/media/proof-tone.ts';
import type { LegSettings, LineProofReport } from '../../src/talkgroups/terms.ts';
import { speech } from '../media/signals.ts';
import { type FarEnd, VirtualGroup } from './virtual-group.ts';

const code = [0, 3, 1, 5, 2, 4, 0, 2];
const order = { proof: 'p', leg: 'a', code, levelDbov: -16, listenMs: 1500 };
const alone: Partial<LegSettings> = { mayTalk: false };

/** Voice of the far end `from` is heard at `to` so much later, its amplitude times `gain`. */
function join(group: VirtualGroup, from: FarEnd, to: FarEnd, delayMs: number, gain = 1): void {
  from.onArrival = ({ payload }) => {
    const bytes = payload.map((octet) => (gain === 1 ? octet : quieter(octet, gain)));
    const packet = new Uint8Array(12 + bytes.length);
    packet.set(bytes, 12);
    to.sendAt(group.nowMs + delayMs, to.stamp(packet, to.media.payloadType, bytes.length));
  };
}

/** An A-law octet of so much less amplitude; −6 dB is one segment down (G.711). */
function quieter(octet: number, gain: number): number {
  const steps = Math.round(-Math.log2(gain));
  const turned = octet ^ 0x55;
  const segment = Math.max(0, ((turned >> 4) & 7) - steps);
  return ((turned & 0x8f) | (segment << 4)) ^ 0x55;
}

function prove(group: VirtualGroup): LineProofReport | undefined {
  group.group.prove(order, group.nowMs);
  group.run(12_000);
  return group.events.find((event) => event.name === 'proved');
}

describe('a line proof', () => {
  it('finds its tone on a leg whose far end sends everything back, with its level and its delay', () => {
    const group = new VirtualGroup();
    const a = group.leg('a', alone);
    join(group, a, a, 120);
    const report = prove(group);
    expect(report).toMatchObject({ end: 'done', heard: [{ leg: 'a', whole: 1 }] });
    expect(report?.heard[0]?.levelDbov).toBeCloseTo(-16, 0);
    expect(report?.heard[0]?.delayMs).toBeGreaterThanOrEqual(110);
    expect(report?.heard[0]?.delayMs).toBeLessThanOrEqual(130);
    expect(group.events.filter((event) => event.name === 'over')).toHaveLength(1);
  });

  it('finds it on another leg that is joined to the first beyond the gateway, and keys no leg but the first', () => {
    const group = new VirtualGroup();
    const a = group.leg('a', alone);
    const b = group.leg('b', alone);
    join(group, a, b, 300);
    expect(prove(group)?.heard.map(({ leg }) => leg)).toEqual(['b']);
    expect(b.arrivals).toEqual([]);
  });

  it('measures what comes back 12 dB too low, and what comes late', () => {
    const group = new VirtualGroup();
    const a = group.leg('a', alone);
    join(group, a, a, 900, 0.25);
    const [heard] = prove(group)?.heard ?? [];
    expect(heard?.levelDbov).toBeCloseTo(-28, 0);
    expect(heard?.delayMs).toBeCloseTo(900, -2);
  });

  it('finds nothing where nothing comes back, or somebody else’s tone does', () => {
    const silent = new VirtualGroup();
    silent.leg('a', alone);
    expect(prove(silent)).toMatchObject({ end: 'done', heard: [] });
    const other = new VirtualGroup();
    const a = other.leg('a', alone);
    a.talk(toneOf([1, 0, 4, 2, 3, 1, 5, 3], 8000));
    expect(prove(other)).toMatchObject({ end: 'done', heard: [] });
  });

  it.each(['fr', 'nl'] as const)(
    'ends at once when a person talks there in %s, and leaves nothing keyed',
    (language) => {
      const group = new VirtualGroup();
      const a = group.leg('a', alone);
      group.group.prove(order, group.nowMs);
      group.run(700);
      const voice = speech(language);
      a.talk(voice.filter((_, n) => n % 2 === 0).subarray(0, 8000 * 3));
      const beganMs = group.nowMs;
      group.onEvent = (event) => {
        if (event.name === 'proved') expect(group.nowMs - beganMs).toBeLessThanOrEqual(600);
      };
      group.run(4000);
      expect(group.events.find((event) => event.name === 'proved')).toMatchObject({
        end: 'person',
        person: 'a',
        heard: [],
      });
      expect(group.reports('a').at(-1)?.transmission).toBe('idle');
    },
  );

  it('ends at once at an emergency key', () => {
    const group = new VirtualGroup();
    const a = group.leg('a', {
      ...alone,
      keyIn: { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000, emergency: '9' },
    });
    group.group.prove(order, group.nowMs);
    group.run(700);
    a.key('9');
    group.run(100);
    expect(group.events.find((event) => event.name === 'proved')).toMatchObject({ end: 'person', person: 'a' });
  });

  it('says that a network does not take its key, that a leg has no call, that it is busy', () => {
    const group = new VirtualGroup();
    group.leg('a', { ...alone, grant: { mode: 'signalled', timeoutMs: 20_000 }, keyOut: { mode: 'signalled' } });
    group.group.prove(order, group.nowMs);
    group.group.prove({ ...order, proof: 'q' }, group.nowMs);
    group.group.prove({ ...order, proof: 'r', leg: 'none' }, group.nowMs);
    group.run(7000);
    const ends = group.events.flatMap((event) => (event.name === 'proved' ? [`${event.proof} ${event.end}`] : []));
    expect(ends).toEqual(['q busy', 'r gone', 'p refused']);
  });

  it('lets a network that asks for the floor be heard, and takes it back at the end', () => {
    const group = new VirtualGroup();
    const a = group.leg('a', alone);
    const b = group.leg('b', { ...alone, keyIn: { mode: 'signalled' } });
    join(group, a, b, 60);
    group.group.prove(order, group.nowMs);
    group.run(300);
    group.group.request('b', { requestId: 4 }, group.nowMs);
    group.run(12_000);
    expect(group.events.find((event) => event.name === 'proved')).toMatchObject({ heard: [{ leg: 'b', whole: 1 }] });
    expect(group.results('b')).toEqual(['granted', 'revoked cancelled']);
    group.group.prove({ ...order, proof: 'q' }, group.nowMs);
    group.run(300);
    group.group.request('b', { emergency: true }, group.nowMs);
    group.run(100);
    const ends = group.events.flatMap((event) => (event.name === 'proved' ? [event.end] : []));
    expect(ends).toEqual(['done', 'person']);
  });

  it('ends with its leg’s call', () => {
    const group = new VirtualGroup();
    const a = group.leg('a', alone);
    group.group.prove(order, group.nowMs);
    group.run(700);
    group.group.disconnectLeg(a.leg, group.nowMs);
    group.run(100);
    expect(group.events.find((event) => event.name === 'proved')).toMatchObject({ end: 'gone' });
  });
});

describe('a proof tone', () => {
  it('is found at its place and level whatever its code, the noise and the cut of its frames', () => {
    const codes = fc.array(fc.nat({ max: toneKinds - 1 }), { minLength: codeLength, maxLength: codeLength });
    const samples = { delay: fc.nat({ max: 20_000 }), levelDb: fc.integer({ min: -30, max: -10 }), seed: fc.nat() };
    fc.assert(
      fc.property(codes, fc.record(samples), (drawn, { delay, levelDb, seed }) => {
        const symbols = drawn.map((symbol, n) => (symbol === drawn[n - 1] ? (symbol + 1) % toneKinds : symbol));
        const random = new SeededRandom(seed);
        const tone = framesOf(symbols, levelDb);
        const all = new Float32Array(delay + tone.length + 4000).map(() => 0.002 * (random.fraction() - 0.5));
        for (const [n, sample] of tone.entries()) all[delay + n] = (all[delay + n] ?? 0) + sample;
        const ear = new ProofEar();
        for (let n = 0; (n + 1) * frameSamples <= all.length; n++) {
          ear.hear(all.subarray(n * frameSamples, (n + 1) * frameSamples), n * frameMs, 5000 + n * frameMs);
        }
        const heard = ear.find(symbols, 5000);
        expect(ear.hearsPerson).toBe(false);
        expect(heard?.levelDbov).toBeGreaterThan(levelDb - 1);
        expect(heard?.levelDbov).toBeLessThan(levelDb + 1);
        expect(Math.abs((heard?.delayMs ?? 0) - delay / 16)).toBeLessThanOrEqual(20);
      }),
      { numRuns: 30 },
    );
  });
});

function framesOf(symbols: readonly number[], levelDbov: number): Float32Array {
  const tone = new ProofTone(symbols, levelDbov);
  const all: number[] = [];
  for (let frame = tone.pull(); frame !== undefined; frame = tone.pull()) all.push(...frame);
  return Float32Array.from(all);
}

/** At 8 kHz. */
function toneOf(symbols: readonly number[], rateHz: number): Float32Array {
  return framesOf(symbols, -16).filter((_, n) => n % (16_000 / rateHz) === 0);
}
