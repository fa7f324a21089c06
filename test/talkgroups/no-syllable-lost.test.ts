import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GrantRule, KeyOut, LegSettings } from '../../src/talkgroups/terms.ts';
import { joined, speech, tone } from '../media/signals.ts';
import { RadioFarEnd } from './radio-far-end.ts';
import { narrow, type VirtualConsole, VirtualGroup } from './virtual-group.ts';

const keyOuts: readonly KeyOut[] = [
  { mode: 'presence', releaseMs: 300 },
  { mode: 'continuous' },
  { mode: 'telephone-event', on: '*', off: '#' },
  { mode: 'signalled' },
];
const grants: readonly GrantRule[] = [
  { mode: 'immediate' },
  { mode: 'delay', delayMs: 500 },
  { mode: 'telephone-event', granted: 'A', denied: 'B', timeoutMs: 2000 },
  { mode: 'signalled', timeoutMs: 2000 },
];
/** A far end that sees no key cannot say when it is ready; the configuration refuses that pair. */
const pairs = keyOuts
  .flatMap((keyOut) => grants.map((grant) => ({ keyOut, grant })))
  .filter(({ keyOut, grant }) => keyOut.mode !== 'continuous' || grant.mode !== 'telephone-event');

const wide = joined(speech('fr'), speech('nl'));
const spoken = narrow(wide);
const tone16k = (ms: number): Float32Array => tone(700, -20, 16 * ms);

const over = fc.record({
  who: fc.constantFrom('be', 'gn', 'console'),
  durationMs: fc.integer({ min: 2, max: 100 }).map((frames) => 20 * frames),
  gapMs: fc.integer({ min: 0, max: 1000 }),
  /** In the middle of the over nothing arrives for so long; then everything at once, or nothing of it. */
  stallMs: fc.constantFrom(0, 0, 80, 190, 400, 800),
  stalled: fc.constantFrom('late', 'lost'),
});

describe('towards a simulated network that grants, whatever the gaps between and within overs (A-03)', () => {
  for (const { keyOut, grant } of pairs) {
    it(`cuts and loses nothing, and the delay is gone: keyOut ${keyOut.mode}, grant ${grant.mode}`, () => {
      fc.assert(
        fc.property(fc.array(over, { maxLength: 6 }), fc.constantFrom(0, 20, 40), (overs, lineMs) => {
          const world = new VirtualGroup();
          const legs = { be: world.leg('be'), gn: world.leg('gn') };
          const operator = world.console('console:1', 5);
          const setUpMs = grant.mode === 'immediate' ? 0 : 450;
          const { far, network } = new RadioFarEnd(world, 'fr', { keyOut, grant }, setUpMs, lineMs);
          world.run(500);
          for (const { who, durationMs, gapMs, stallMs, stalled } of overs) {
            const first = Math.floor(durationMs / 40);
            const frames = Math.ceil(Math.min(stallMs, durationMs / 2) / 20);
            const transport = (i: number): number[] => {
              if (i < first || i >= first + frames) return [0];
              return stalled === 'lost' ? [] : [20 * (first + frames - i)];
            };
            if (who === 'console') {
              operator.request();
              operator.speak(wide.subarray(0, 16 * durationMs), { network: transport });
              world.run(durationMs);
              operator.release();
            } else {
              legs[who as 'be' | 'gn'].talk(spoken.subarray(0, 8 * durationMs), { network: transport });
              world.run(durationMs);
            }
            world.run(gapMs);
          }
          legs.be.talk(spoken.subarray(0, 8 * 8500));
          world.run(8000);
          expect(far.leg.out.isDirect(world.nowMs), 'the delay is gone').toBe(true);
          world.run(5000);
          expect(network.cutMs).toBe(0);
          expect(world.overs.map(({ lostMs }) => lostMs.fr)).toEqual(world.overs.map(() => 0));
          expect(world.overs.length).toBeGreaterThan(0);
          expect(world.reports('fr').at(-1)!.transmission).toBe('idle');
          if (keyOut.mode !== 'continuous') expect(network.state).toBe('idle');
        }),
        { numRuns: 25 },
      );
    });
  }
});

const byDigit = (timeoutMs = 2000): GrantRule => ({ mode: 'telephone-event', granted: 'A', denied: 'B', timeoutMs });
const byPresence: KeyOut = { mode: 'presence', releaseMs: 300 };
const byKey: KeyOut = { mode: 'telephone-event', on: '*', off: '#' };

interface Stage {
  readonly world: VirtualGroup;
  readonly operator: VirtualConsole;
  readonly radio: RadioFarEnd;
}

function stage(settings: Partial<LegSettings>, setUpMs = 450): Stage {
  const world = new VirtualGroup();
  const operator = world.console('console:1');
  return { world, operator, radio: new RadioFarEnd(world, 'fr', { ...settings, guardMs: 0 }, setUpMs) };
}

/** The operator presses, speaks for so long and lets go. */
function press({ world, operator }: Stage, durationMs: number): void {
  operator.request();
  operator.speak(tone16k(durationMs));
  world.run(durationMs);
  operator.release();
}

const digitsOf = ({ radio }: Stage): string =>
  radio.far.arrivals
    .filter(({ payloadType, marker }) => payloadType === 101 && marker)
    .map(({ payload }) => '0123456789*#ABCD'[payload[0]!])
    .join('');

describe('an operator who presses again soon', () => {
  it('is heard in full after any gap up to 400 ms, on a leg whose network grants with a key', () => {
    for (let gapMs = 0; gapMs <= 400; gapMs += 10) {
      const at = stage({ keyOut: byPresence, grant: byDigit() });
      press(at, 1000);
      at.world.run(gapMs);
      press(at, 1000);
      at.world.run(4000);
      expect(at.radio.network.cutMs, `cut after ${gapMs} ms`).toBe(0);
      expect(at.world.overs.map(({ lostMs }) => lostMs)).toEqual([{ fr: 0 }, { fr: 0 }]);
    }
  });

  it('goes on under the same key within 150 ms of our last packet; beyond, the network is keyed anew after 300 ms', () => {
    const keyedAfter = [60, 140, 160, 250, 400].map((gapMs) => {
      const at = stage({ keyOut: byPresence, grant: byDigit() });
      press(at, 1000);
      while (at.radio.far.leg.out.transmission !== 'idle') at.world.run(1);
      const lastMs = at.radio.far.voice.at(-1)!.atMs;
      at.world.run(lastMs + gapMs - at.world.nowMs);
      const seen = at.radio.far.voice.length;
      press(at, 1000);
      at.world.run(3000);
      expect(at.radio.network.cutMs).toBe(0);
      expect(at.world.reports('fr').at(-1)!.transmission).toBe('idle');
      return at.radio.far.voice[seen]!.atMs - lastMs;
    });
    expect(keyedAfter).toEqual([60, 140, 300, 300, 400]);
  });

  it('has its keys pressed one after the other, none cut: 5 packets each', () => {
    const at = stage({ keyOut: byKey, grant: { mode: 'immediate' } }, 0);
    for (let i = 0; i < 4; i++) {
      press(at, 120);
      at.world.run(30);
    }
    at.world.run(2000);
    const events = at.radio.far.arrivals.filter(({ payloadType }) => payloadType === 101);
    const runs = new Map<number, number>();
    for (const { timestamp } of events) runs.set(timestamp, (runs.get(timestamp) ?? 0) + 1);
    expect([...runs.values()].every((packets) => packets === 5)).toBe(true);
    expect(digitsOf(at)).toMatch(/^(\*#)+$/);
    expect(at.world.overs.map(({ lostMs }) => lostMs)).toEqual([{ fr: 0 }, { fr: 0 }, { fr: 0 }, { fr: 0 }]);
    expect(at.radio.network.cutMs).toBe(0);
  });
});

describe('a talker whose stream stays away within the over', () => {
  it('has the key of his leg held with silence, numbers without a gap, time as it passed', () => {
    for (const keyOut of [byPresence, byKey]) {
      const at = stage({ keyOut, grant: { mode: 'delay', delayMs: 500 } });
      at.operator.request();
      at.operator.speak(tone16k(3000));
      at.world.run(3800); // 800 ms without a packet; the lease is 1000
      at.operator.speak(tone16k(1000));
      at.world.run(1000);
      at.operator.release();
      at.world.run(3000);
      expect(at.radio.network.cutMs).toBe(0);
      expect(at.world.overs).toHaveLength(1);
      const { voice } = at.radio.far;
      for (let i = 1; i < voice.length; i++) {
        expect(voice[i]!.atMs - voice[i - 1]!.atMs).toBeLessThanOrEqual(120);
        const passedMs = (voice[i]!.timestamp - voice[0]!.timestamp) / 8;
        expect(Math.abs(passedMs - (voice[i]!.atMs - voice[0]!.atMs))).toBeLessThanOrEqual(20);
      }
      const { arrivals } = at.radio.far;
      for (let i = 1; i < arrivals.length; i++) {
        expect((arrivals[i]!.sequence - arrivals[i - 1]!.sequence) & 0xffff).toBe(1);
      }
    }
  });

  it('costs nothing between overs, nor where the network grants at once', () => {
    const at = stage({ keyOut: byPresence, grant: byDigit() });
    press(at, 1000);
    at.world.run(5000);
    const sent = at.radio.far.arrivals.length;
    at.world.run(60_000);
    expect(at.radio.far.arrivals).toHaveLength(sent);
    expect(at.radio.far.leg.out.dueMs).toBe(Infinity);

    const fast = stage({ keyOut: byPresence, grant: { mode: 'immediate' } }, 0);
    fast.operator.request();
    fast.operator.speak(tone16k(1000));
    fast.world.run(1900);
    expect(fast.radio.far.voice.length).toBeLessThanOrEqual(51);
  });
});

describe('a network that does not answer, or refuses', () => {
  it('that misses our key-down is keyed anew after the time-out, and hears the over from its first word', () => {
    const at = stage({ keyOut: byPresence, grant: byDigit(1000) });
    at.radio.mute = true;
    at.operator.request();
    at.operator.speak(tone16k(4000));
    at.world.run(1050);
    at.radio.mute = false;
    at.world.run(3000);
    at.operator.release();
    at.world.run(5000);
    expect(at.world.overs[0]!.lostMs).toEqual({ fr: 0 });
    expect(at.radio.network.cutMs).toBe(0);
    expect(at.radio.carriedMs).toBeGreaterThan(3000);
  });

  it('that never answers counts as refused after the second wait, and all of the over as lost', () => {
    const at = stage({ keyOut: byKey, grant: byDigit(500) });
    at.radio.mute = true;
    at.operator.request();
    at.operator.speak(tone16k(1400));
    at.world.run(1390);
    expect(at.world.reports('fr').at(-1)!.transmission).toBe('refused');
    at.world.run(10);
    at.operator.release();
    at.world.run(3000);
    expect(at.world.overs[0]!.lostMs).toEqual({ fr: 1400 });
    expect(digitsOf(at)).toBe('*#*#');
  });

  it('that is busy with its own talker is asked again when he stops: the over is heard from what the buffer holds', () => {
    for (const keyOut of [byPresence, byKey]) {
      const at = stage({ keyOut, grant: byDigit() });
      at.radio.network.setTalking(true);
      at.radio.far.talk(tone(1700, -20, 8 * 400, 8000));
      at.world.run(100);
      at.operator.request(undefined, true); // nobody else's talk stands in the way of an emergency
      at.operator.speak(tone16k(5000));
      at.world.run(300);
      at.radio.network.setTalking(false);
      expect(at.world.reports('fr').at(-1)!.transmission).toBe('refused');
      at.world.run(220);
      expect(at.world.reports('fr').at(-1)!.transmission).toBe('requested');
      at.world.run(4480);
      at.operator.release();
      at.world.run(3000);
      expect(at.world.overs.at(-1)!.lostMs).toEqual({ fr: 0 });
      expect(at.radio.network.cutMs).toBe(0);
    }
  });

  it('is asked again every second, and what did not fit into the buffer is counted', () => {
    const at = stage({ keyOut: byPresence, grant: byDigit(), firstWordMsMax: 1000 });
    at.radio.network.setTalking(true);
    at.operator.request();
    at.operator.speak(tone16k(6000));
    at.world.run(2500);
    at.radio.network.setTalking(false);
    at.world.run(3500);
    at.operator.release();
    at.world.run(3000);
    const lostMs = at.world.overs[0]!.lostMs.fr!;
    expect(lostMs).toBeGreaterThan(1500);
    expect(lostMs).toBeLessThan(2800);
    expect(at.radio.network.cutMs).toBe(0);
  });

  it('cannot grant with an answer that came before our key was down', () => {
    const at = stage({ keyOut: byPresence, grant: byDigit() });
    press(at, 1000);
    while (at.radio.far.leg.out.transmission !== 'idle') at.world.run(20);
    at.world.run(200);
    at.operator.request();
    at.operator.speak(tone16k(2000));
    at.radio.far.key('A');
    at.world.run(100);
    expect(at.world.reports('fr').at(-1)!.transmission).not.toBe('flowing');
    at.world.run(1900);
    at.operator.release();
    at.world.run(3000);
    expect(at.radio.network.cutMs).toBe(0);
    expect(at.world.overs.at(-1)!.lostMs).toEqual({ fr: 0 });
  });
});

describe('the far end of a leg, told of its own request in its own signalling (issue 2 §5)', () => {
  const answers = { granted: '1', queued: '2', denied: '3', revoked: '4' };
  const keyIn = { mode: 'telephone-event', on: '*', off: '#', releaseAfterMs: 1000, emergency: 'D' } as const;

  function twoKeyed(settings: Partial<LegSettings> = {}, talkLimitMs = 30_000) {
    const world = new VirtualGroup({ talkLimitMs, talkWarnMs: talkLimitMs - 1000 });
    const leg = { keyIn, answers, guardMs: 0, ...settings };
    return { world, be: world.leg('be', leg), fr: world.leg('fr', leg) };
  }
  const told = (far: { arrivals: readonly { payloadType: number; marker: boolean; payload: Uint8Array }[] }): string =>
    far.arrivals
      .filter(({ payloadType, marker }) => payloadType === 101 && marker)
      .map(({ payload }) => '0123456789*#ABCD'[payload[0]!])
      .join('');

  it('hears that it may talk, that it has to wait and that it has been cut off', () => {
    const { world, be, fr } = twoKeyed({}, 5000);
    be.key('*');
    be.talk(tone(1000, -20, 8 * 6000, 8000));
    world.run(500);
    fr.key('*');
    fr.talk(tone(1700, -20, 8 * 6000, 8000));
    world.run(5000);
    expect(told(be)).toBe('14');
    expect(told(fr)).toBe('21');
  });

  it('hears that it is refused, and nothing where nothing is configured', () => {
    for (const [settings, heard] of [
      [{ mayQueue: false }, '3'],
      [{ mayQueue: false, answers: {} }, ''],
    ] as const) {
      const { world, be, fr } = twoKeyed(settings);
      be.key('*');
      be.talk(tone(1000, -20, 8 * 2000, 8000));
      world.run(500);
      fr.key('*');
      world.run(2600);
      expect(told(fr)).toBe(heard);
      expect(world.overs.every(({ lostMs }) => Object.values(lostMs).every((lost) => lost === 0))).toBe(true);
    }
  });

  it('loses nothing of the voice that it hears meanwhile', () => {
    const { world, be, fr } = twoKeyed({ mayQueue: false });
    be.key('*');
    be.talk(spoken.subarray(0, 8 * 5000));
    world.run(500);
    fr.key('*');
    world.run(3500);
    expect(fr.leg.out.isDirect(world.nowMs)).toBe(true);
    be.key('#');
    world.run(2000);
    expect(world.overs[0]!.lostMs).toEqual({ fr: 0 });
  });
});

describe('the emergency key of a far end', () => {
  const keyIns: readonly LegSettings['keyIn'][] = [
    { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000, emergency: 'D' },
    { mode: 'vox', thresholdDbov: -45, attackMs: 40, hangMs: 300, emergency: 'D' },
    { mode: 'telephone-event', on: '*', off: '#', releaseAfterMs: 500, emergency: 'D' },
  ];
  const emergencies = (world: VirtualGroup): readonly boolean[] => world.overs.map(({ emergency }) => emergency);

  for (const keyIn of keyIns) {
    it(`takes the floor from whoever talks, for the talk that follows, and ends with it: keyIn ${keyIn.mode}`, () => {
      const world = new VirtualGroup();
      const [be, fr] = [world.leg('be', { keyIn }), world.leg('fr')];
      const key = (digit: string) => keyIn.mode === 'telephone-event' && be.key(digit);
      fr.talk(tone(1000, -20, 8 * 5000, 8000));
      world.run(1000);
      be.key('D');
      world.run(0);
      expect(world.holder).toBe('be');
      world.run(100);
      be.talk(tone(700, -20, 8 * 1000, 8000));
      world.run(1000);
      expect(world.holder).toBe('be');
      key('#');
      world.run(5000);
      expect(world.holder).toBeUndefined();
      expect(emergencies(world).filter(Boolean)).toHaveLength(1);
      key('*');
      be.talk(tone(700, -20, 8 * 1000, 8000));
      world.run(1100);
      key('#');
      world.run(2000);
      expect(world.overs.at(-1)).toMatchObject({ party: 'be', emergency: false });
    });

    it(`makes the talk under way an emergency: keyIn ${keyIn.mode}`, () => {
      const world = new VirtualGroup();
      const be = world.leg('be', { keyIn });
      world.leg('fr');
      if (keyIn.mode === 'telephone-event') be.key('*');
      be.talk(tone(700, -20, 8 * 2000, 8000));
      world.run(1000);
      be.key('D');
      world.run(4000);
      expect(world.overs).toMatchObject([{ party: 'be', emergency: true }]);
    });

    it(`without any talk frees the floor after the lease, and counts for talk within 10 s: keyIn ${keyIn.mode}`, () => {
      const world = new VirtualGroup();
      const be = world.leg('be', { keyIn });
      world.leg('fr');
      be.key('D');
      world.run(1200);
      expect(world.holder).toBeUndefined();
      if (keyIn.mode === 'telephone-event') return; // there it is a key-down, which ended
      be.talk(tone(700, -20, 8 * 1000, 8000));
      world.run(3000);
      expect(emergencies(world)).toEqual([true, true]);
    });
  }

  it('is no key where none is configured', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    world.leg('fr');
    be.key('D');
    world.run(2000);
    expect(world.overs).toEqual([]);
  });
});
