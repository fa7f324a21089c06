import { describe, expect, it } from 'vitest';
import { levelDbov } from '../../src/media/level.ts';
import { activeLevelDbov, levelAt, speech, tone } from '../media/signals.ts';
import { narrow, VirtualGroup } from './virtual-group.ts';

const wide = (frequencyHz: number, seconds: number): Float32Array =>
  tone(frequencyHz, -20, Math.round(16_000 * seconds));
const tone1k = (seconds: number): Float32Array => tone(1000, -20, Math.round(8000 * seconds), 8000);

describe('legs to consoles', () => {
  it('sends each frame of the talking leg as one Opus packet, in the ms in which it came', () => {
    const world = new VirtualGroup();
    const [be, fr] = [world.leg('be'), world.leg('fr')];
    const router = world.feed([be, fr]);
    be.talk(tone1k(1));
    world.run(2000);
    const stream = router.stream('be');
    expect(stream).toHaveLength(50);
    expect(stream.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 50 }, (_, i) => 1000 + 20 * i));
    expect(router.stream('fr')).toHaveLength(0);
    expect(levelAt(router.heard('be').subarray(3200, 14_400), 1000, 16_000)).toBeCloseTo(-20, 0);
  });

  it('carries speech at its level', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const router = world.feed([be]);
    const french = narrow(speech('fr'));
    be.talk(french);
    world.run(6000);
    expect(Math.abs(activeLevelDbov(router.heard('be')) - activeLevelDbov(speech('fr')))).toBeLessThan(1.5);
  });

  it('lets timestamps (48 kHz) follow real time between overs, with the marker on the first packet', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const router = world.feed([be]);
    be.talk(tone1k(0.2));
    world.run(3000);
    be.talk(tone1k(0.2));
    world.run(1000);
    const stream = router.stream('be');
    expect(stream.filter(({ marker }) => marker)).toHaveLength(2);
    expect((stream[10]!.timestamp - stream[0]!.timestamp) >>> 0).toBe(48 * 3000);
    expect((stream[10]!.sequence - stream[0]!.sequence) & 0xffff).toBe(10);
  });

  it('encodes and sends nothing while nobody listens', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const router = world.feed([be]);
    router.feed.active = false;
    be.talk(tone1k(0.5));
    world.run(250);
    router.feed.active = true;
    world.run(1000);
    expect(router.stream('be')).toHaveLength(12);
  });

  it('reports on each stream that carries voice, every 2 s', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const router = world.feed([be]);
    be.talk(tone1k(5));
    world.run(60_000);
    expect(router.reports.length).toBeGreaterThanOrEqual(2);
    expect(router.reports.length).toBeLessThanOrEqual(3);
    expect(router.reports[0]![1]).toBe(200);
  });
});

describe('microphones', () => {
  it('reach the other consoles as the very packets, and the legs at their level', () => {
    const world = new VirtualGroup();
    const fr = world.leg('fr');
    const router = world.feed([fr]);
    const operator = world.console('console:1');
    operator.request(1);
    const packets = operator.speak(wide(1000, 1));
    world.run(2000);
    expect(world.answers('console:1')[0]).toEqual({ result: 'granted', talkLimitMs: 30_000 });
    expect(router.stream('operators').map(({ payload }) => payload)).toEqual(packets);
    expect(fr.voice.length).toBeGreaterThanOrEqual(49);
    expect(levelAt(fr.heard().subarray(1600, 7200), 1000, 8000)).toBeCloseTo(-20, 0);
  });

  it('lose nothing of the first syllable when voice arrives up to 100 ms before the request', () => {
    const world = new VirtualGroup();
    const fr = world.leg('fr');
    const router = world.feed([fr]);
    const operator = world.console('console:1');
    operator.speak(wide(1000, 1));
    world.run(95);
    operator.request();
    world.run(2000);
    expect(router.stream('operators')).toHaveLength(50);
    expect(world.overs.every(({ lostMs }) => lostMs.fr === 0)).toBe(true);
    expect(levelDbov(fr.heard().subarray(80, 800))).toBeGreaterThan(-25);
  });

  it('are heard from the key press on when they had to wait out a grace of 300 ms', () => {
    const world = new VirtualGroup({ graceMs: 300 });
    const be = world.leg('be');
    const fr = world.leg('fr');
    const router = world.feed([be, fr]);
    const operator = world.console('console:1', 10);
    be.talk(tone1k(3));
    world.run(1000);
    operator.request();
    operator.speak(wide(1700, 1));
    world.run(4000);
    expect(world.results('console:1').slice(0, 2)).toEqual(['queued', 'granted']);
    expect(router.stream('operators')).toHaveLength(50);
    expect(world.overs.find(({ party }) => party === 'console:1')!.lostMs).toEqual({ be: 0, fr: 0 });
  });

  it('are heard from the grant on, and nothing earlier, when they waited for longer than 1 s (A-08)', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const router = world.feed([be]);
    const operator = world.console('console:1');
    be.talk(tone1k(2));
    world.run(100);
    operator.request();
    operator.speak(wide(1700, 4));
    world.run(6000);
    const stream = router.stream('operators');
    expect(stream[0]!.atMs).toBeGreaterThanOrEqual(3180);
    expect(stream.length).toBeLessThanOrEqual(96);
  });

  it('are heard in every group where their console talks', () => {
    const world = new VirtualGroup();
    const fr = world.leg('fr');
    const other = new VirtualGroup();
    const gn = other.leg('gn');
    const operator = world.console('console:1');
    other.group.joinConsole(operator.party, true, other.nowMs);
    operator.request();
    other.group.request('console:1', {}, other.nowMs);
    operator.speak(wide(1000, 1));
    world.run(1500);
    expect(fr.voice.length).toBeGreaterThanOrEqual(49);
    expect(gn.voice.length).toBeGreaterThanOrEqual(49);
  });

  /** One press on two groups, of which the second has a talker of lower rank in his grace. */
  function pressOnTwo(graceMs: number) {
    const two = new VirtualGroup({ group: 'xb-2', graceMs });
    const one = new VirtualGroup({}, undefined, two.clock);
    const fr = one.leg('fr');
    const [be, gn] = [two.leg('be'), two.leg('gn')];
    const routers = [one.feed([fr]), two.feed([be, gn])] as const;
    const operator = one.console('console:1', 10);
    two.group.joinConsole(operator.party, true, two.nowMs);
    be.talk(tone1k(6));
    two.run(1000);
    const pressMs = two.nowMs;
    one.group.request('console:1', {}, pressMs);
    two.group.request('console:1', {}, pressMs);
    return { one, two, fr, be, gn, routers, operator, pressMs };
  }

  it('are heard from the first syllable in a group that grants 700 ms after the others of one press', () => {
    const { two, fr, gn, routers, operator, pressMs } = pressOnTwo(700);
    const packets = operator.speak(wide(1000, 2));
    two.run(5000);
    expect(two.results('console:1').slice(0, 2)).toEqual(['queued', 'granted']);
    for (const router of routers) expect(router.stream('operators').map(({ payload }) => payload)).toEqual(packets);
    const other = two.overs.find(({ party }) => party === 'console:1');
    expect(other?.lostMs).toMatchObject({ gn: 0 });
    expect(levelAt(fr.heard(pressMs).subarray(1600, 15_200), 1000, 8000)).toBeCloseTo(-20, 0);
    expect(levelAt(gn.heard(pressMs + 720).subarray(1600, 12_000), 1000, 8000)).toBeCloseTo(-20, 0);
  });

  it('are heard from the grant on in a group that grants later than 1 s', () => {
    const { two, routers, operator } = pressOnTwo(1500);
    operator.speak(wide(1000, 4));
    two.run(6000);
    expect(routers[0].stream('operators')).toHaveLength(200);
    expect(routers[1].stream('operators').length).toBeLessThanOrEqual(126);
  });

  it('are heard from the first syllable in a group that grants when the first has just taken the floor away', () => {
    const { one, two, routers, operator, pressMs } = pressOnTwo(700);
    const packets = operator.speak(wide(1000, 2));
    two.run(300);
    one.group.release('console:1', two.nowMs);
    two.run(5000);
    expect(one.overs.find(({ party }) => party === 'console:1')?.durationMs).toBe(two.nowMs - pressMs - 5000);
    expect(routers[1].stream('operators').map(({ payload }) => payload)).toEqual(packets);
  });

  it('say nothing on a group that was said on another in the press before', () => {
    const { two, routers, operator, one } = pressOnTwo(0);
    one.group.release('console:1', two.nowMs);
    two.group.release('console:1', two.nowMs);
    two.run(1000);
    const said = routers.map((router) => router.stream('operators').length);
    one.group.request('console:1', {}, two.nowMs);
    operator.speak(wide(1000, 0.4));
    two.run(60);
    one.group.release('console:1', two.nowMs);
    two.run(20);
    two.group.request('console:1', {}, two.nowMs);
    two.run(2000);
    expect(routers[0].stream('operators').length - said[0]!).toBe(4);
    expect(routers[1].stream('operators').length - said[1]!).toBe(16);
  });

  it('are silent without the floor', () => {
    const world = new VirtualGroup();
    const fr = world.leg('fr');
    const router = world.feed([fr]);
    const operator = world.console('console:1');
    operator.speak(wide(1000, 1));
    world.run(2000);
    expect(fr.arrivals).toHaveLength(0);
    expect(router.arrivals).toHaveLength(0);
  });

  it('lose the floor when they deliver nothing for 1000 ms, and the operator is told', () => {
    const world = new VirtualGroup();
    world.leg('fr');
    const operator = world.console('console:1');
    operator.request(4);
    operator.speak(wide(1000, 0.5));
    world.run(3000);
    expect(world.answers('console:1').at(-1)).toEqual({ result: 'revoked', cause: 'silence' });
    expect(world.overs[0]).toMatchObject({ end: 'silence', durationMs: 1480 });
  });

  it('are concealed where the way from the browser lost up to 60 ms', () => {
    const world = new VirtualGroup();
    const fr = world.leg('fr');
    const operator = world.console('console:1');
    operator.request();
    operator.speak(wide(1000, 1), { network: (i) => (i >= 20 && i < 22 ? [] : [0]) });
    world.run(2000);
    expect(fr.voice.length).toBeGreaterThanOrEqual(49);
    expect(levelDbov(fr.heard().subarray(8 * 400, 8 * 440))).toBeGreaterThan(-32);
  });

  it('stop at once when their console is cut by an emergency', () => {
    const world = new VirtualGroup({ graceMs: 500 });
    const [be, fr] = [world.leg('be'), world.leg('fr')];
    const router = world.feed([be, fr]);
    const operator = world.console('console:1', 14);
    operator.request();
    operator.speak(wide(1700, 3));
    world.run(1000);
    world.group.request('be', { emergency: true }, world.nowMs);
    be.talk(tone1k(1));
    world.run(2000);
    expect(world.results('console:1')).toEqual(['granted', 'revoked pre-empted']);
    expect(router.stream('operators').at(-1)!.atMs).toBeLessThanOrEqual(2000);
    expect(levelAt(fr.heard().subarray(8 * 1100), 1000, 8000)).toBeGreaterThan(-23);
  });
});

/** From 500 to 2500 Hz within a second, 16 kHz. */
const chirp = Float32Array.from({ length: 16_000 }, (_, i) => {
  const s = i / 16_000;
  return 0.14 * Math.sin(2 * Math.PI * (500 * s + 1000 * s * s));
});

describe('a line on which both speak (override duplex)', () => {
  it('carries both ways at once, whoever began, and nobody hears himself', () => {
    for (const consoleFirst of [true, false]) {
      const world = new VirtualGroup({ override: 'duplex', talkLimitMs: 600_000, talkWarnMs: 599_000 });
      const room = world.leg('room', { guardMs: 0 });
      const operator = world.console('console:1', 1);
      const page = world.feed([room]);
      const begin = [
        () => {
          operator.request();
          operator.speak(wide(1700, 3));
        },
        () => room.talk(tone1k(3)),
      ];
      for (const each of consoleFirst ? begin : begin.reverse()) {
        each();
        world.run(500);
      }
      world.run(2400);
      operator.release();
      world.run(500);
      const heard = room.heard().subarray(8 * 700, 8 * 2200);
      expect(levelAt(heard, 1700, 8000)).toBeGreaterThan(-23);
      expect(levelAt(heard, 1000, 8000)).toBeLessThan(-50);
      expect(page.stream('room').length).toBeGreaterThanOrEqual(140);
      expect(levelAt(page.heard('room').subarray(16 * 700, 16 * 2200), 1000, 16_000)).toBeGreaterThan(-23);
      expect(world.overs.map(({ end }) => end)).toEqual(['released', 'released']);
    }
  });
});

describe('two talkers at once (override mix)', () => {
  it('mixes a stronger console over a radio for all legs, and each talker hears only the other', () => {
    const world = new VirtualGroup({ override: 'mix' });
    const [be, fr, gn] = [world.leg('be'), world.leg('fr'), world.leg('gn')];
    const operator = world.console('console:1', 10);
    be.talk(tone1k(3));
    world.run(1000);
    operator.request();
    operator.speak(wide(1700, 1));
    world.run(1000);
    operator.release();
    world.run(2000);
    for (const far of [fr, gn]) {
      expect(far.voice).toHaveLength(150);
      const both = far.heard().subarray(8 * 1200, 8 * 1900);
      expect(levelAt(both, 1000, 8000)).toBeGreaterThan(-22);
      expect(levelAt(both, 1700, 8000)).toBeGreaterThan(-23);
      expect(levelAt(far.heard().subarray(8 * 2200, 8 * 2900), 1700, 8000)).toBeLessThan(-60);
    }
    expect(be.voice.length).toBeGreaterThanOrEqual(48);
    expect(levelAt(be.heard(), 1700, 8000)).toBeGreaterThan(-23);
    expect(levelAt(be.heard(), 1000, 8000)).toBeLessThan(-50);
    expect(world.overs.map(({ party, end }) => [party, end])).toEqual([
      ['console:1', 'released'],
      ['be', 'released'],
    ]);
  });

  it('lets the console be heard on when the radio pauses or ends', () => {
    const world = new VirtualGroup({ override: 'mix' });
    const [be, fr] = [world.leg('be'), world.leg('fr')];
    const operator = world.console('console:1', 10);
    be.talk(tone1k(1));
    world.run(500);
    operator.request();
    operator.speak(wide(1700, 3));
    world.run(3100);
    operator.release();
    world.run(900);
    expect(levelAt(fr.heard().subarray(8 * 1400, 8 * 3200), 1700, 8000)).toBeGreaterThan(-23);
    const steps = fr.voice.slice(1).map(({ atMs }, i) => atMs - fr.voice[i]!.atMs);
    expect(Math.max(...steps)).toBeLessThanOrEqual(100);
  });

  it.each([
    ['at the radio’s pace', 3],
    ['after the radio has ended', 0.5],
  ])('loses nothing of the console, mixed %s', (_, radioS) => {
    const world = new VirtualGroup({ override: 'mix' });
    const [be, fr] = [world.leg('be'), world.leg('fr')];
    const operator = world.console('console:1', 10);
    be.talk(tone1k(radioS).map((sample) => sample / 100));
    world.run(400);
    operator.request();
    operator.speak(chirp);
    world.run(1040);
    operator.release();
    world.run(3000);
    const heard = fr.heard();
    // Each 20 ms of what was said has a frequency of its own.
    const loudest = Array.from({ length: 45 }, (_, step) => {
      const levels = Array.from({ length: Math.floor(heard.length / 80) - 1 }, (_, w) =>
        levelAt(heard.subarray(80 * w, 80 * w + 160), 620 + 40 * step, 8000),
      );
      return Math.max(...levels);
    });
    expect(Math.min(...loudest)).toBeGreaterThan(-32);
  });
});
