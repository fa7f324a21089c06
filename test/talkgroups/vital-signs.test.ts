import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeRtcp } from '../../src/protocols/rtp/rtcp.ts';
import { VitalSigns } from '../../src/talkgroups/vital-signs.ts';
import { tone } from '../media/signals.ts';
import { VirtualGroup } from './virtual-group.ts';

/** RTP every 20 ms. */
function stream(signs: VitalSigns, fromMs: number, untilMs: number, quiet: boolean): void {
  for (let atMs = fromMs; atMs <= untilMs; atMs += 20) signs.rtp(atMs, quiet);
}

describe('vital signs of a far end', () => {
  it('that sent a steady stream for 10 s while nobody talked stop 2 s after its last packet', () => {
    const signs = new VitalSigns('auto', 0);
    stream(signs, 0, 9980, true);
    expect(signs.deadMs).toBe(Infinity);
    stream(signs, 10_000, 12_000, true);
    expect(signs.deadMs).toBe(14_000);
    stream(signs, 12_020, 40_000, false); // a long over
    expect(signs.deadMs).toBe(42_000);
  });

  it('are not expected of one that sends only while it talks, however long', () => {
    const signs = new VitalSigns('auto', 0);
    stream(signs, 0, 60_000, false);
    expect(signs.deadMs).toBe(Infinity);
  });

  it('are not expected of one whose quiet voice has pauses, nor of one that announces them by comfort noise', () => {
    const pausing = new VitalSigns('auto', 0);
    for (let atMs = 0; atMs < 60_000; atMs += 6000) stream(pausing, atMs, atMs + 4500, true);
    expect(pausing.deadMs).toBe(Infinity);
    const announcing = new VitalSigns('auto', 0);
    stream(announcing, 0, 20_000, true);
    announcing.comfortNoise();
    stream(announcing, 20_020, 60_000, true);
    expect(announcing.deadMs).toBe(Infinity);
  });

  it('that came as RTCP through a silence are missed after five intervals', () => {
    const signs = new VitalSigns('auto', 0);
    for (const atMs of [5000, 9000, 14_000]) signs.rtcp(atMs);
    expect(signs.deadMs).toBe(Infinity);
    signs.rtcp(20_000);
    expect(signs.deadMs).toBe(20_000 + 5 * 5000);
    signs.rtp(30_000, false);
    expect(signs.deadMs).toBe(30_000 + 5 * 5000);
  });

  it('are not expected as RTCP of one that reports only while it sends', () => {
    const signs = new VitalSigns('auto', 0);
    for (let atMs = 0; atMs < 60_000; atMs += 5000) {
      stream(signs, atMs, atMs + 2000, false);
      signs.rtcp(atMs + 1000);
    }
    expect(signs.deadMs).toBe(Infinity);
  });

  it('are missed between 10 and 60 s after the last report, whatever the intervals', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 4, maxLength: 20 }), (intervals) => {
        const signs = new VitalSigns('auto', 0);
        let nowMs = 0;
        for (const intervalMs of intervals) {
          nowMs += intervalMs;
          signs.rtcp(nowMs);
        }
        expect(signs.deadMs - nowMs).toBeGreaterThanOrEqual(10_000);
        expect(signs.deadMs - nowMs).toBeLessThanOrEqual(60_000);
      }),
    );
  });

  it('are owed within 5 s on a call that follows one that died of silence, and then as on any other', () => {
    const signs = new VitalSigns('owed', 100);
    expect(signs.deadMs).toBe(5100);
    signs.rtcp(4000);
    expect(signs.deadMs).toBe(Infinity);
    const talking = new VitalSigns('owed', 0);
    stream(talking, 3000, 13_000, true);
    expect(talking.deadMs).toBe(15_000);
  });

  it('are RTP within the time that is configured, or nothing at all', () => {
    const signs = new VitalSigns(3000, 100);
    expect(signs.deadMs).toBe(3100);
    signs.rtp(200, false);
    signs.rtcp(2000);
    expect(signs.deadMs).toBe(3200);
    expect(new VitalSigns(0, 100).deadMs).toBe(Infinity);
  });
});

describe('a leg with the default rule', () => {
  const vox = { keyIn: { mode: 'vox', thresholdDbov: -40, attackMs: 20, hangMs: 200 } } as const;
  const deaths = (world: VirtualGroup) => world.events.filter(({ name }) => name === 'legDead');

  it('is dead 2 s after its steady stream stopped, once', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', vox, { rtpTimeoutMs: 'auto' });
    be.talk(tone(1000, -60, 8 * 15_000, 8000));
    world.run(15_000 + 1900);
    expect(deaths(world)).toEqual([]);
    world.run(60_000);
    expect(deaths(world)).toEqual([{ name: 'legDead', leg: 'be', reason: 'rtp-timeout' }]);
  });

  it('may be silent between overs for an hour', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', {}, { rtpTimeoutMs: 'auto' });
    be.talk(tone(1000, -20, 8 * 20_000, 8000));
    world.run(3_600_000);
    expect(deaths(world)).toEqual([]);
  });

  it('is dead when the reports stop that came through its silence', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', {}, { rtpTimeoutMs: 'auto' });
    const report = writeRtcp([{ type: 'rr', ssrc: 1, blocks: [] }]);
    for (let i = 0; i < 12; i++) {
      world.run(5000);
      world.group.onLegReport(be.leg, report, world.nowMs);
    }
    world.run(24_000);
    expect(deaths(world)).toEqual([]);
    world.run(2000);
    expect(deaths(world)).toEqual([{ name: 'legDead', leg: 'be', reason: 'rtp-timeout' }]);
  });
});
