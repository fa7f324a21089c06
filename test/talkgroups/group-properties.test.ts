import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LegMedia, LegSettings } from '../../src/talkgroups/terms.ts';
import { tone } from '../media/signals.ts';
import { type Arrival, type FarEnd, type VirtualConsole, VirtualGroup } from './virtual-group.ts';

const keyIn = fc.constantFrom<LegSettings['keyIn']>(
  { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000 },
  { mode: 'vox', thresholdDbov: -45, attackMs: 40, hangMs: 300 },
  { mode: 'telephone-event', on: '*', off: '#', releaseAfterMs: 500 },
  { mode: 'signalled' },
);
const keyOut = fc.constantFrom<LegSettings['keyOut']>(
  { mode: 'presence', releaseMs: 300 },
  { mode: 'continuous' },
  { mode: 'telephone-event', on: '*', off: '#' },
  { mode: 'signalled' },
);
const grant = fc.constantFrom<LegSettings['grant']>(
  { mode: 'immediate' },
  { mode: 'delay', delayMs: 300 },
  { mode: 'telephone-event', granted: 'A', denied: 'B', timeoutMs: 700 },
  { mode: 'signalled', timeoutMs: 700 },
);
const leg = fc.record({
  settings: fc.record({
    keyIn,
    keyOut,
    grant,
    guardMs: fc.constantFrom(0, 300),
    mayQueue: fc.boolean(),
    mayTalk: fc.constantFrom(true, true, true, false),
    priority: fc.integer({ min: 3, max: 6 }),
    firstWordMsMax: fc.constantFrom(500, 3000),
  }),
  media: fc.record({
    ptimeMs: fc.constantFrom(10, 20, 30, 60),
    codec: fc.constantFrom<LegMedia['codec']>('PCMA', 'PCMU'),
  }),
});
type Deed = (world: VirtualGroup, far: FarEnd, operator: VirtualConsole) => void;

const deeds: Readonly<Record<string, Deed>> = {
  talk: (_, far) => far.talk(tone(1000, -20, 2400, 8000)),
  long: (_, far) => far.talk(tone(1000, -20, 20_000, 8000), { network: (i) => (i % 9 === 4 ? [] : [i % 5]) }),
  silence: (_, far) => far.talk(new Float32Array(2400)),
  noise: (_, far) => far.comfortNoise(),
  on: (_, far) => far.key('*'),
  off: (_, far) => far.key('#'),
  A: (_, far) => far.key('A'),
  B: (_, far) => far.key('B'),
  request: ({ group, nowMs }, far) => group.request(far.leg.id, {}, nowMs),
  emergency: ({ group, nowMs }, far) => group.request(far.leg.id, { emergency: true }, nowMs),
  release: ({ group, nowMs }, far) => group.release(far.leg.id, nowMs),
  granted: ({ group, nowMs }, far) => group.legGrant(far.leg, true, nowMs),
  refused: ({ group, nowMs }, far) => group.legGrant(far.leg, false, nowMs),
  disconnect: ({ group, nowMs }, far) => group.disconnectLeg(far.leg, nowMs),
  connect: (_, far) => far.connect(),
  console: (_world, _far, operator) => {
    operator.request();
    operator.speak(tone(700, -20, 9600));
  },
  consoleEnd: (_world, _far, operator) => operator.release(),
};

const deed = fc.record({
  waitMs: fc.constantFrom(0, 0, 7, 20, 60, 250, 1300),
  leg: fc.integer({ min: 0, max: 2 }),
  what: fc.constantFrom('talk', 'talk', ...Object.keys(deeds)),
});

/** Each stream (a call's SSRC) is numbered without a gap, and its time never runs back. */
function expectWellFormed(arrivals: readonly Arrival[], legLabel: string): void {
  const last = new Map<number, Arrival>();
  for (const arrival of arrivals) {
    const before = last.get(arrival.ssrc);
    if (before !== undefined) {
      expect((arrival.sequence - before.sequence) & 0xffff, `${legLabel}: numbers run on`).toBe(1);
      if (arrival.payloadType !== 101 && before.payloadType !== 101) {
        const stepTicks = (arrival.timestamp - before.timestamp) | 0;
        expect(stepTicks, `${legLabel}: time runs on`).toBeGreaterThanOrEqual(before.payload.length);
      }
    }
    last.set(arrival.ssrc, arrival);
  }
}

describe('a shared group, any history', () => {
  it('answers, falls silent and idle again, and sends only well-formed streams (60 histories)', () => {
    fc.assert(
      fc.property(
        fc.tuple(leg, leg, leg),
        fc.constantFrom<'cut' | 'mix' | 'duplex'>('cut', 'mix', 'duplex'),
        fc.constantFrom(0, 200),
        fc.array(deed, { maxLength: 40 }),
        (legs, override, graceMs, history) => {
          const world = new VirtualGroup({ override, graceMs, talkLimitMs: 5000, talkWarnMs: 4000, leaseMs: 600 });
          const fars = legs.map(({ settings, media }, i) => world.leg(`leg${i}`, settings, media));
          const router = world.feed(fars);
          const operator = world.console('console:1', 10);
          for (const { waitMs, leg: index, what } of history) {
            deeds[what]!(world, fars[index]!, operator);
            world.run(waitMs);
            expect(world.group.dueMs, 'a deadline lies ahead').toBeGreaterThan(world.nowMs);
          }
          world.run(Math.max(0, ...fars.map(({ silentMs }) => silentMs - world.nowMs)) + 15_000);
          expect(world.holder, 'nobody holds the floor when all are silent').toBeUndefined();
          for (const far of fars) {
            expect(far.leg.inbound.talk).toBe('quiet');
            expect(world.reports(far.leg.id).at(-1)).toMatchObject({
              receiving: false,
              transmission: 'idle',
              blocked: false,
            });
            expectWellFormed(far.arrivals, far.leg.id);
            expect(far.leg.out.lostMs).toBeGreaterThanOrEqual(0);
            if (far.leg.settings.keyOut.mode !== 'continuous') {
              expect(far.arrivals.filter(({ atMs }) => atMs > world.nowMs - 2000)).toHaveLength(0);
            }
          }
          for (const { party } of router.feed.settings.streams)
            expectWellFormed(
              router.stream(party).map((packet) => ({ ...packet, payload: packet.payload.subarray(0, 0) })),
              party,
            );
          const begun = world.events.filter(
            (event) => event.name === 'answer' && event.answer.result === 'granted',
          ).length;
          expect(world.overs.length).toBeLessThanOrEqual(begun);
        },
      ),
      { numRuns: 60 },
    );
  });
});
