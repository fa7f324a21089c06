import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backlog } from '../../src/talkgroups/backlog.ts';
import { tone } from '../media/signals.ts';
import { VirtualGroup } from './virtual-group.ts';

const tone1k = (seconds: number): Float32Array => tone(1000, -20, Math.round(8000 * seconds), 8000);

describe('backlog', () => {
  it('gives back the newest five in order, whole, and counts what it dropped, whatever came', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 12, maxLength: 1500 }), { maxLength: 40 }), (datagrams) => {
        const backlog = new Backlog();
        for (const bytes of datagrams) backlog.push(bytes);
        for (let turn = 0; turn < 2; turn++) {
          const given: Uint8Array[] = [];
          const dropped = backlog.drain((bytes) => given.push(bytes.slice()));
          expect(given).toEqual(turn === 0 ? datagrams.slice(-5) : []);
          expect(dropped).toBe(turn === 0 ? Math.max(0, datagrams.length - 5) : 0);
        }
      }),
    );
  });

  it('asks for another round of reading as long as rounds are full', () => {
    const backlog = new Backlog();
    for (let i = 0; i < 32; i++) backlog.push(new Uint8Array(172));
    expect(backlog.endRound()).toBe(true);
    for (let i = 0; i < 7; i++) backlog.push(new Uint8Array(172));
    expect(backlog.endRound()).toBe(false);
  });
});

describe('a group whose process is held up', () => {
  /** The far end talks on while nothing here runs; its packets wait. */
  const talkOverStall = (stallMs: number, settings: Parameters<VirtualGroup['leg']>[1] = {}) => {
    const world = new VirtualGroup();
    const [be, fr] = [world.leg('be', settings), world.leg('fr')];
    be.talk(tone1k(1));
    world.run(1000);
    const waiting = Array.from({ length: stallMs / 20 }, () => be.packet(tone1k(0.02)));
    world.clock.stall(stallMs, () => {
      for (const bytes of waiting) world.group.onLegDatagram(be.leg, bytes, world.nowMs);
    });
    be.timestamp -= 160 * waiting.length; // talk() adds the time that has passed
    be.talk(tone1k(1));
    world.run(3000);
    return { world, fr };
  };

  it.each([
    ['presence', { keyIn: { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000 } }],
    ['VOX', { keyIn: { mode: 'vox', thresholdDbov: -40, attackMs: 20, hangMs: 200 } }],
  ] as const)('does not cut a talker whose packets wait (%s)', (_, settings) => {
    const { world, fr } = talkOverStall(300, settings);
    expect(world.overs).toHaveLength(1);
    expect(world.overs[0]).toMatchObject({ end: 'released', packetsLost: 0 });
    expect(fr.voice.length).toBeGreaterThanOrEqual(115);
  });

  it('does not take the floor from a talker whose packets wait longer than his lease', () => {
    const { world } = talkOverStall(1200);
    expect(world.overs.map(({ end }) => end)).toEqual(['released']);
  });

  it('ends the over of a talker from whom nothing waits', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    world.leg('fr');
    be.talk(tone1k(1));
    world.run(1000);
    world.clock.stall(1500);
    expect(world.overs.map(({ end }) => end)).toEqual(['released']);
  });
});
