/** A leg that goes on over another attachment: other settings, another call, the same party. */
import { describe, expect, it } from 'vitest';
import { speech } from '../media/signals.ts';
import { legSettings } from './settings.ts';
import { FarEnd, narrow, VirtualGroup } from './virtual-group.ts';

/** Five seconds. */
const said = narrow(speech('fr'));

describe('a leg that moves to another attachment', () => {
  /** Its call is gone; 500 ms later another one stands at another port. */
  const move = (world: VirtualGroup, from: FarEnd): FarEnd => {
    world.group.disconnectLeg(from.leg, world.nowMs);
    world.run(500);
    const local = { address: '127.0.0.1', port: 40_010 };
    const leg = world.group.replaceLeg(from.leg, { ...legSettings(from.leg.id), local, guardMs: 500 }, world.nowMs);
    const to = new FarEnd(world, leg, from.media);
    to.connect();
    return to;
  };

  it('hears the rest of an over under way, which lacks the gap and no more', () => {
    const world = new VirtualGroup();
    const [talker, listener, other] = [world.leg('be'), world.leg('fr'), world.leg('nl')];
    talker.talk(said);
    world.run(1000);
    const moved = move(world, listener);
    world.run(6000);
    expect(world.overs).toHaveLength(1);
    const [over] = world.overs;
    expect(over?.end).toBe('released');
    expect(over?.lostMs.fr).toBeGreaterThanOrEqual(480);
    expect(over?.lostMs.fr).toBeLessThanOrEqual(560);
    expect(over?.lostMs.nl).toBe(0);
    expect(moved.voice.length).toBeGreaterThan(120);
    expect(other.voice.length).toBe(250);
  });

  it('never reports less than nothing lost', () => {
    const world = new VirtualGroup();
    const [talker, listener] = [world.leg('be'), world.leg('fr')];
    world.group.disconnectLeg(listener.leg, world.nowMs);
    talker.talk(said);
    world.run(6000);
    talker.talk(said);
    world.run(1000);
    move(world, listener);
    world.run(6000);
    for (const { lostMs } of world.overs) expect(lostMs.fr).toBeGreaterThan(0);
  });

  it('ends the over of one that talked, is a member all the same, and talks again over the new call', () => {
    const world = new VirtualGroup();
    const [talker, listener] = [world.leg('be'), world.leg('fr')];
    talker.talk(said.slice(0, 4000));
    world.run(500);
    const moved = move(world, talker);
    expect(world.overs.map(({ end }) => end)).toEqual(['left']);
    moved.talk(said);
    world.run(1000);
    expect(world.holder).toBe('be');
    world.run(5000);
    expect(world.overs.map(({ end }) => end)).toEqual(['left', 'released']);
    expect(listener.voice.length).toBeGreaterThan(200);
  });

  it('lets go of a key that may still be down', () => {
    const keyOut = { mode: 'telephone-event', on: '*', off: '#' } as const;
    const world = new VirtualGroup();
    const [talker, listener] = [world.leg('be'), world.leg('fr', { keyOut })];
    talker.talk(said.slice(0, 4000));
    world.run(300);
    world.group.disconnectLeg(listener.leg, world.nowMs);
    world.run(2000);
    const leg = world.group.replaceLeg(listener.leg, { ...listener.leg.settings, guardMs: 500 }, world.nowMs);
    const moved = new FarEnd(world, leg, listener.media);
    moved.connect();
    world.run(1000);
    expect(moved.arrivals.map(({ payload }) => payload[0])).toEqual([11, 11, 11, 11, 11]);
  });

  it('counts on: packets in, out and blocked', () => {
    const world = new VirtualGroup();
    const [talker, listener] = [world.leg('be'), world.leg('fr')];
    talker.talk(said);
    world.run(200);
    listener.talk(said); // a second talker is blocked
    world.run(800);
    const before = { ...listener.leg.counts, blocked: listener.leg.inbound.packetsBlocked };
    expect(before.blocked).toBeGreaterThan(0);
    const { leg } = move(world, listener);
    expect({ ...leg.counts, blocked: leg.inbound.packetsBlocked }).toEqual(before);
    expect(world.group.legs.map(({ id }) => id)).toEqual(['be', 'fr']);
  });
});
