import { describe, expect, it } from 'vitest';
import { OpusSpeechEncoder } from '../../src/media/opus.ts';
import type { Announcement, GroupEvent } from '../../src/talkgroups/terms.ts';
import { levelAt, tone } from '../media/signals.ts';
import { type FarEnd, VirtualGroup } from './virtual-group.ts';

const narrowTone = (frequencyHz: number, seconds: number): Float32Array =>
  tone(frequencyHz, -20, Math.round(8000 * seconds), 8000);
/** Opus of a tone, as a language that can be told apart. */
function speech(frequencyHz: number, seconds: number): Uint8Array[] {
  const encoder = new OpusSpeechEncoder();
  const pcm = tone(frequencyHz, -20, Math.round(16_000 * seconds));
  return Array.from({ length: seconds * 50 }, (_, at) => encoder.encode(pcm.subarray(at * 320, (at + 1) * 320)));
}
const french = speech(500, 1);
const dutch = speech(1500, 1.4);
const order = (id: string, legs: readonly FarEnd[], more: Partial<Announcement> = {}): Announcement => ({
  announcement: id,
  urgency: 'patient',
  voices: [
    { legs: legs.slice(0, 1).map(({ leg }) => leg.id), packets: dutch },
    { legs: legs.slice(1).map(({ leg }) => leg.id), packets: french },
  ],
  ...more,
});
const ends = (world: VirtualGroup): readonly string[] =>
  world.events
    .filter((event): event is Extract<GroupEvent, { name: 'announced' }> => event.name === 'announced')
    .map(({ announcement, end }) => `${announcement} ${end}`);

function standing(): { world: VirtualGroup; be: FarEnd; fr: FarEnd; ru: FarEnd } {
  const world = new VirtualGroup();
  return { world, be: world.leg('be'), fr: world.leg('fr'), ru: world.leg('ru') };
}

describe('an announcement', () => {
  it('is heard by each leg in its language, to its end, at its pace', () => {
    const { world, be, fr, ru } = standing();
    world.group.announce(order('a', [be, fr]), world.nowMs);
    world.run(3000);
    expect(levelAt(be.heard().subarray(1600, 9600), 1500, 8000)).toBeCloseTo(-20, 0);
    expect(levelAt(fr.heard().subarray(1600, 6400), 500, 8000)).toBeCloseTo(-20, 0);
    expect(be.voice).toHaveLength(70);
    expect(fr.voice).toHaveLength(50);
    expect(be.voice.map(({ atMs }, index) => atMs - be.voice[0]!.atMs - 20 * index)).toEqual(new Array(70).fill(0));
    expect(ru.arrivals).toHaveLength(0); // it is for nobody there
    expect(ends(world)).toEqual(['a played']);
    expect(world.holder).toBeUndefined();
    expect(world.overs).toMatchObject([{ party: 'announcement', end: 'released', lostMs: { be: 0, fr: 0, ru: 0 } }]);
  });

  it('reaches consoles in the language that is theirs, as the very packets', () => {
    const { world, be, fr } = standing();
    const router = world.feed([be, fr]);
    world.group.announce(order('a', [be, fr], { consoles: 1 }), world.nowMs);
    world.run(3000);
    expect(router.stream('operators').map(({ payload }) => Buffer.from(payload).toString('hex'))).toEqual(
      french.map((packet) => Buffer.from(packet).toString('hex')),
    );
  });

  it('waits for the end of the over, and goes before whoever waits', () => {
    const { world, be, fr } = standing();
    be.talk(narrowTone(1000, 2));
    world.run(500);
    const operator = world.console('console:1');
    operator.request(1);
    world.group.announce(order('a', [be, fr]), world.nowMs);
    world.run(1000);
    expect(world.holder).toBe('be');
    world.run(1700);
    expect(world.holder).toBe('announcement');
    world.run(700);
    expect(world.holder).toBe('console:1');
    expect(ends(world)).toEqual(['a played']);
  });

  it('that is urgent takes the floor from anybody', () => {
    const { world, be, fr } = standing();
    be.talk(narrowTone(1000, 2));
    world.run(500);
    world.group.announce(order('a', [be, fr], { urgency: 'urgent' }), world.nowMs);
    expect(world.holder).toBe('announcement');
    expect(world.overs.map(({ end }) => end)).toEqual(['pre-empted']);
  });

  it('takes it from no emergency, however urgent, and gives it to one at once; cut, it is said again after that', () => {
    const { world, be, fr } = standing();
    const operator = world.console('console:1');
    world.group.announce(order('a', [be, fr]), world.nowMs);
    world.run(300);
    world.group.request('console:1', { emergency: true }, world.nowMs);
    expect(world.holder).toBe('console:1');
    world.group.announce(order('b', [be, fr], { urgency: 'urgent' }), world.nowMs);
    expect(world.holder).toBe('console:1');
    operator.speak(tone(1000, -20, 16_000));
    world.run(1000);
    operator.release();
    world.run(6000);
    expect(ends(world)).toEqual(['b played', 'a played']);
    expect(world.overs.map(({ party, end }) => `${party} ${end}`)).toEqual([
      'announcement pre-empted',
      'console:1 released',
      'announcement released',
      'announcement released',
    ]);
  });

  it('cut twice is given up', () => {
    const { world, be, fr } = standing();
    world.console('console:1');
    world.group.announce(order('a', [be, fr]), world.nowMs);
    for (let time = 0; time < 2; time++) {
      world.run(300);
      world.group.request('console:1', { emergency: true }, world.nowMs);
      world.group.release('console:1', world.nowMs);
    }
    world.run(3000);
    expect(ends(world)).toEqual(['a cut']);
  });

  it('that is withdrawn is not said, or no further, and whoever waits behind it comes at once', () => {
    const { world, be, fr } = standing();
    world.group.announce(order('a', [be, fr]), world.nowMs);
    world.group.announce(order('b', [be, fr]), world.nowMs);
    world.group.announce(order('c', [be, fr]), world.nowMs);
    world.run(300);
    world.group.withdraw('b', world.nowMs);
    world.group.withdraw('a', world.nowMs);
    world.group.withdraw('nothing', world.nowMs);
    world.run(3000);
    expect(ends(world)).toEqual(['b cut', 'a cut', 'c played']);
    expect(world.overs[0]?.durationMs).toBeLessThan(400);
    expect(be.voice.length).toBeLessThan(70 + 20);
  });

  it('that is withdrawn while it waits holds no place: nothing is asked for in its name', () => {
    const { world, be, fr } = standing();
    be.talk(narrowTone(1000, 2));
    world.run(500);
    world.group.announce(order('a', [be, fr]), world.nowMs);
    world.group.withdraw('a', world.nowMs);
    world.run(3000);
    expect(ends(world)).toEqual(['a cut']);
    expect(world.overs.map(({ party }) => party)).toEqual(['be']);
    expect(world.holder).toBeUndefined();
  });

  it('that an emergency has cut is not said after it when it is withdrawn meanwhile', () => {
    const { world, be, fr } = standing();
    const operator = world.console('console:1');
    world.group.announce(order('a', [be, fr]), world.nowMs);
    world.run(300);
    world.group.request('console:1', { emergency: true }, world.nowMs);
    world.group.withdraw('a', world.nowMs);
    operator.speak(tone(1000, -20, 16_000));
    world.run(1000);
    operator.release();
    world.run(6000);
    expect(ends(world)).toEqual(['a cut']);
    expect(world.overs.map(({ party }) => party)).toEqual(['announcement', 'console:1']);
  });

  it('that finds no place within two minutes is told so', () => {
    const { world, be, fr } = standing();
    world.group.update({ ...world.settings, talkLimitMs: 600_000 }, world.nowMs);
    be.talk(narrowTone(1000, 125));
    world.run(500);
    world.group.announce(order('a', [be, fr]), world.nowMs);
    world.run(121_000);
    expect(ends(world)).toEqual(['a late']);
    world.run(20_000);
    expect(world.overs.map(({ party }) => party)).toEqual(['be']);
  });

  it('of nothing, or one too many, is refused', () => {
    const { world, be, fr } = standing();
    world.group.announce(order('empty', [be], { voices: [] }), world.nowMs);
    be.talk(narrowTone(1000, 2));
    world.run(500);
    for (let index = 0; index < 17; index++) world.group.announce(order(`${index}`, [be, fr]), world.nowMs);
    expect(ends(world)).toEqual(['empty refused', '16 refused']);
    world.group.announce(order('urgent', [be, fr], { urgency: 'urgent' }), world.nowMs);
    expect(ends(world)).toEqual(['empty refused', '16 refused', '15 refused']);
  });

  it('of an emergency finds room among sixteen that are urgent, goes before them, and tells which gave way', () => {
    const { world, be, fr } = standing();
    world.console('console:1');
    world.group.request('console:1', { emergency: true }, world.nowMs);
    for (let index = 0; index < 16; index++)
      world.group.announce(order(`${index}`, [be, fr], { urgency: 'urgent' }), world.nowMs);
    world.group.announce(order('emergency', [be, fr], { urgency: 'emergency' }), world.nowMs);
    expect(ends(world)).toEqual(['15 refused']);
    world.group.release('console:1', world.nowMs);
    world.run(2000);
    expect(ends(world)).toEqual(['15 refused', 'emergency played']);
  });

  it('of an emergency gives way to none of its kind that waits, and is said however often it was cut', () => {
    const { world, be, fr } = standing();
    world.console('console:1');
    for (let index = 0; index < 18; index++)
      world.group.announce(order(`${index}`, [be, fr], { urgency: 'emergency' }), world.nowMs);
    expect(ends(world)).toEqual(['17 refused']); // one is being said, sixteen wait
    for (let time = 0; time < 3; time++) {
      world.run(300);
      world.group.request('console:1', { emergency: true }, world.nowMs);
      world.group.release('console:1', world.nowMs);
    }
    world.run(3000);
    expect(ends(world)[1]).toBe('0 played');
  });

  it('waits for a leg whose network is slow, and is reported when that has heard it', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr', { grant: { mode: 'delay', delayMs: 800 } });
    world.group.announce(order('a', [be, fr]), world.nowMs);
    world.run(1500);
    expect(ends(world)).toEqual([]);
    world.run(2500);
    expect(ends(world)).toEqual(['a played']);
    expect(world.overs[0]?.lostMs).toEqual({ be: 0, fr: 0 });
    expect(fr.audible.length).toBeGreaterThan(40);
  });

  it('dies with its group, and says so', () => {
    const { world, be, fr } = standing();
    world.group.announce(order('a', [be, fr]), world.nowMs);
    world.group.announce(order('b', [be, fr]), world.nowMs);
    world.run(300);
    world.group.close(world.nowMs);
    expect(ends(world)).toEqual(['a cut', 'b cut']);
    world.run(5000);
  });
});
