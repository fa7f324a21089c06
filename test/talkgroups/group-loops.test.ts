import { describe, expect, it } from 'vitest';
import { createFrame } from '../../src/media/frame.ts';
import { GroupLoops, LoopPlaces } from '../../src/talkgroups/group-loops.ts';
import type { Leg } from '../../src/talkgroups/leg.ts';
import { LegLoop } from '../../src/talkgroups/leg-loop.ts';

describe('what a group has sent', () => {
  const frame = createFrame();
  const rules = { likenessMin: 0.75, holdMs: 10_000, holdMsMax: 300_000 };
  const legs = ['a', 'b', 'c'].map((id) => ({ id }) as Leg);

  it('is kept with what two legs heard late, and never gives way to that of others', () => {
    const loops = new GroupLoops(new LoopPlaces());
    for (const leg of legs) loops.sendLate(leg, frame, 1000);
    expect(loops.sent.map(({ lastMs }) => lastMs)).toEqual([1000, 1000]);
    loops.send(legs, 'x', frame, 0, 1020, false);
    expect(loops.sent.map(({ lastMs }) => lastMs)).toEqual([1000, 1000, 1020]);
    loops.sendLate(legs[2]!, frame, 9000); // long after what the first one heard
    expect(loops.sent.map(({ lastMs }) => lastMs)).toEqual([9000, 1000, 1020]);
  });

  it('is judged on 32 legs of a process at a time', () => {
    const places = new LoopPlaces();
    expect(Array.from({ length: 33 }, () => places.take(0)).filter(Boolean)).toHaveLength(32);
    expect([places.isWanted(10), places.isWanted(30)]).toEqual([true, false]);
    places.release();
    expect(places.take(30)).toBe(true);
  });

  it('gives the places of its legs back once nobody looks any more', () => {
    const places = new LoopPlaces();
    for (let taken = 0; taken < 31; taken++) places.take(0);
    const loops = new GroupLoops(places);
    loops.send(legs, 'x', frame, 0, 1000, false);
    const leg = { loop: new LegLoop(1, rules), inbound: { talk: 'blocked', activity: { active: true } } };
    expect(loops.watches(leg as Leg, 1020)).toBe(true);
    expect(places.take(1020)).toBe(false);
    for (let times = 0; times < 2; times++) loops.close();
    expect([places.take(1040), places.take(1040)]).toEqual([true, false]);
  });
});
