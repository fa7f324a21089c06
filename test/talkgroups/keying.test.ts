import { describe, expect, it } from 'vitest';
import { levelDbov } from '../../src/media/level.ts';
import { cutTone } from '../../src/talkgroups/cut-tone.ts';
import type { KeyIn } from '../../src/talkgroups/terms.ts';
import { joined, levelAt, tone } from '../media/signals.ts';
import { type FarEnd, VirtualGroup } from './virtual-group.ts';

const tone1k = (seconds: number, dbov = -20): Float32Array => tone(1000, dbov, Math.round(8000 * seconds), 8000);
const silence = (seconds: number): Float32Array => new Float32Array(Math.round(8000 * seconds));
const presence = { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000 } as const;

describe('keying in by presence of RTP', () => {
  it('grants with the first packet and releases 200 ms after the last', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    world.leg('fr');
    be.talk(tone1k(1));
    world.run(0);
    expect(world.holder).toBe('be');
    world.run(980 + 199);
    expect(world.holder).toBe('be');
    world.run(1);
    expect(world.holder).toBeUndefined();
    expect(world.overs[0]).toMatchObject({ party: 'be', durationMs: 1180, end: 'released', lostMs: { fr: 0 } });
  });

  it('holds the over through a pause of 900 ms that comfort noise announces, and shows the pause as it was', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', { keyIn: presence });
    const fr = world.leg('fr');
    be.talk(tone1k(0.5));
    world.run(500);
    be.comfortNoise();
    world.run(900);
    expect(world.holder).toBe('be');
    be.talk(tone1k(0.5));
    world.run(1000);
    expect(world.overs).toHaveLength(1);
    expect(fr.heard().length / 8).toBe(1900);
    expect(levelDbov(fr.heard().subarray(8 * 600, 8 * 1300))).toBeLessThan(-60);
  });

  it('ends the over 1000 ms after the last word however much comfort noise follows', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', { keyIn: presence });
    world.leg('fr');
    be.talk(tone1k(0.5));
    world.run(500);
    for (let i = 0; i < 20; i++) {
      be.comfortNoise();
      world.run(100);
    }
    expect(world.overs[0]?.durationMs).toBe(1480);
    expect(world.holder).toBeUndefined();
  });

  it.each<KeyIn>([
    { ...presence, dtxHoldMs: 5000 },
    { mode: 'telephone-event', on: 'A', off: 'B', releaseAfterMs: 5000 },
    { mode: 'marker', marks: 'first', releaseAfterMs: 5000 },
    { mode: 'vox', thresholdDbov: -40, attackMs: 40, hangMs: 5000 },
  ])('never blocks a talker who pauses longer than the lease: $mode', (keyIn) => {
    const world = new VirtualGroup({ leaseMs: 1000 });
    const be = world.leg('be', { keyIn });
    const fr = world.leg('fr');
    be.key('A');
    world.run(200);
    const heard: number[] = [];
    for (let n = 0; n < 3; n++) {
      const before = fr.audible.length;
      be.talk(tone1k(0.5));
      world.run(500);
      expect(world.holder).toBe('be');
      be.comfortNoise();
      world.run(2000);
      expect(world.holder).toBeUndefined();
      heard.push(fr.audible.length - before);
    }
    expect(world.overs.map(({ end }) => end)).toEqual(['silence', 'silence', 'silence']);
    expect(be.leg.inbound.packetsBlocked).toBeLessThanOrEqual(3); // under the attack of VOX
    expect(heard).toEqual([heard[0], heard[0], heard[0]]);
    expect(heard[0]).toBeGreaterThanOrEqual(24); // of 25
    be.key('B');
    world.run(100);
    if (keyIn.mode !== 'telephone-event') return;
    be.talk(tone1k(0.5));
    world.run(500);
    expect(world.holder).toBeUndefined();
  });

  it('is not keyed by comfort noise alone', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    for (let i = 0; i < 10; i++) {
      be.comfortNoise();
      world.run(100);
    }
    expect(world.answers('be')).toEqual([]);
  });
});

describe('keying in by voice (VOX)', () => {
  const vox = { keyIn: { mode: 'vox', thresholdDbov: -45, attackMs: 40, hangMs: 500 } as const };

  it('keys on speech in a stream that never stops, loses nothing of the first syllable, and lets go 500 ms after', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', vox);
    const fr = world.leg('fr');
    be.talk(joined(silence(1), tone1k(1), silence(2)));
    world.run(5000);
    expect(world.overs).toHaveLength(1);
    expect(world.overs[0]!.durationMs).toBeGreaterThanOrEqual(1460);
    expect(world.overs[0]!.durationMs).toBeLessThanOrEqual(1500);
    const heard = fr.heard();
    const loud = Array.from(
      { length: Math.floor(heard.length / 80) },
      (_, i) => levelDbov(heard.subarray(80 * i, 80 * i + 80)) > -30,
    );
    // Catching up, the tone is played a little faster; what matters is that nothing was dropped.
    expect(loud.filter(Boolean).length * 10).toBeGreaterThanOrEqual(890);
    expect(world.overs[0]!.lostMs).toEqual({ fr: 0 });
  });

  it('paces what it had kept: no packet closer than 15 ms to the one before', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', vox);
    const fr = world.leg('fr');
    be.talk(joined(silence(1), tone1k(2), silence(1)));
    world.run(4000);
    const steps = fr.voice.slice(1).map(({ atMs }, i) => atMs - fr.voice[i]!.atMs);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(15);
    expect(Math.max(...steps)).toBeLessThanOrEqual(25);
  });

  it('releases when the stream itself stops in the middle of a word', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', vox);
    world.leg('fr');
    be.talk(joined(silence(0.5), tone1k(1)));
    world.run(2500);
    expect(world.holder).toBeUndefined();
  });
});

describe('keying in by the marker bit', () => {
  const marker = (marks: 'first' | 'every') => ({ keyIn: { mode: 'marker', marks, releaseAfterMs: 200 } }) as const;
  /** 20 ms each, marked where `marks` says so. */
  const say = (far: FarEnd, world: VirtualGroup, packets: number, marked: (i: number) => boolean) => {
    for (let i = 0; i < packets; i++) {
      far.sendAt(world.nowMs, far.packet(tone1k(0.02), marked(i)));
      world.run(20);
    }
  };

  it('begins with a marked packet and ends 200 ms after the last: what comes without one is no talk', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', marker('first'));
    const fr = world.leg('fr');
    say(be, world, 1, () => true);
    world.run(1000);
    expect(world.overs).toHaveLength(1);
    say(be, world, 25, () => false);
    expect(world.overs).toHaveLength(1);
    expect(world.holder).toBeUndefined();
    world.run(1000);
    say(be, world, 50, (i) => i === 0);
    expect(world.holder).toBe('be');
    world.run(200);
    expect(world.holder).toBeUndefined();
    expect(world.overs[1]).toMatchObject({ durationMs: 1180, end: 'released', lostMs: { fr: 0 } });
    expect(fr.voice).toHaveLength(51);
  });

  it('begins with the packet after one that is lost, for that may have been marked; and with the first of all', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', marker('first'));
    world.leg('fr');
    say(be, world, 5, () => false);
    expect(world.holder).toBe('be');
    world.run(1000);
    expect(world.holder).toBeUndefined();
    be.packet(tone1k(0.02), true); // lost on the way
    say(be, world, 5, () => false);
    expect(world.holder).toBe('be');
  });

  it('every: a stream that never stops is talk while its packets are marked', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', marker('every'));
    const fr = world.leg('fr');
    say(be, world, 200, (i) => i >= 50 && i < 100);
    expect(world.overs).toHaveLength(1);
    expect(world.overs[0]).toMatchObject({ durationMs: 1000, end: 'released' });
    expect(fr.voice).toHaveLength(50);
  });
});

describe('keying in by telephone-event', () => {
  const keyed = { keyIn: { mode: 'telephone-event', on: '*', off: '#', releaseAfterMs: 1000 } as const };

  it('begins with * and ends with #, each once however often its packets come', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', keyed);
    const fr = world.leg('fr');
    be.talk(tone1k(0.2));
    world.run(300);
    expect(world.holder).toBeUndefined();
    be.key('*');
    world.run(100);
    be.talk(tone1k(1));
    world.run(1000);
    expect(world.holder).toBe('be');
    be.key('#');
    world.run(200);
    expect(world.overs).toHaveLength(1);
    expect(fr.voice).toHaveLength(50);
  });

  it('looks at what comes without a key, one packet in 25: speech whose key is not understood is noticed', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', keyed);
    world.leg('fr');
    be.talk(new Float32Array(8000));
    world.run(1000);
    expect(be.leg.inbound.takeUnkeyedDbov()).toBeLessThan(-60);
    be.talk(tone1k(1));
    world.run(1000);
    expect(be.leg.inbound.takeUnkeyedDbov()).toBeGreaterThan(-30);
    be.key('*');
    world.run(100);
    be.leg.inbound.takeUnkeyedDbov();
    be.talk(tone1k(1));
    world.run(1000);
    expect(be.leg.inbound.takeUnkeyedDbov()).toBeUndefined();
  });

  it('ends by itself when nothing comes for 1000 ms: a radio that died stays not keyed', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', keyed);
    world.leg('fr');
    be.key('*');
    world.run(80);
    be.talk(tone1k(0.5));
    world.run(500 + 1001);
    expect(world.holder).toBeUndefined();
  });
});

describe('talk without the floor', () => {
  it('lets one of two that key in the same ms be heard, and shows the other as blocked', () => {
    const world = new VirtualGroup();
    const [be, fr, gn] = [
      world.leg('be', { guardMs: 0 }),
      world.leg('fr', { guardMs: 0, mayQueue: false }),
      world.leg('gn'),
    ];
    be.talk(tone1k(2));
    fr.talk(tone(1700, -20, 16_000, 8000));
    world.run(1500);
    expect(world.results('fr')).toEqual(['denied busy']);
    expect(world.reports('fr').at(-1)).toMatchObject({ receiving: true, blocked: true });
    expect(levelAt(gn.heard(), 1700, 8000)).toBeLessThan(-60);
    expect(be.voice).toHaveLength(0);
    expect(fr.leg.inbound.packetsBlocked).toBeGreaterThan(70);
    world.run(2000);
    expect(world.overs.map(({ party }) => party)).toEqual(['be']);
  });

  it('does not hear the rest of a denied over when the floor becomes free: only its next', () => {
    const world = new VirtualGroup();
    const [be, fr, gn] = [
      world.leg('be', { guardMs: 0 }),
      world.leg('fr', { guardMs: 0, mayQueue: false }),
      world.leg('gn'),
    ];
    be.talk(tone1k(1));
    fr.talk(tone1k(3));
    world.run(4000);
    expect(gn.voice).toHaveLength(50);
    fr.talk(tone1k(1));
    world.run(2000);
    expect(gn.voice).toHaveLength(100);
  });

  it('gives a queued radio that is still talking the floor when it is free, from that moment on (A-08)', () => {
    const world = new VirtualGroup();
    const [be, fr, gn] = [world.leg('be', { guardMs: 0 }), world.leg('fr', { guardMs: 0 }), world.leg('gn')];
    be.talk(tone1k(1));
    fr.talk(joined(tone(1700, -20, 8000, 8000), tone(2300, -20, 16_000, 8000)));
    world.run(4000);
    expect(world.results('fr').slice(0, 2)).toEqual(['queued', 'granted']);
    expect(levelAt(gn.heard(), 1700, 8000)).toBeLessThan(-40);
    expect(levelAt(gn.heard().subarray(8 * 1300), 2300, 8000)).toBeGreaterThan(-22);
  });

  it('forgets a queued radio that stops before its turn', () => {
    const world = new VirtualGroup();
    const [be, fr] = [world.leg('be', { guardMs: 0 }), world.leg('fr', { guardMs: 0 })];
    be.talk(tone1k(2));
    fr.talk(tone1k(0.5));
    world.run(3000);
    expect(world.overs.map(({ party }) => party)).toEqual(['be']);
  });

  it('cuts a radio that never stops at its talk limit, and hears it again once it has stopped', () => {
    const world = new VirtualGroup({ talkLimitMs: 5000, talkWarnMs: 4000 });
    const [be, fr] = [world.leg('be'), world.leg('fr')];
    be.talk(tone1k(12));
    world.run(12_500);
    expect(world.results('be')).toEqual(['granted', 'warned', 'revoked talk-limit']);
    expect(fr.voice).toHaveLength(251 + cutTone.length);
    be.talk(tone1k(1));
    world.run(2000);
    expect(fr.voice).toHaveLength(301 + cutTone.length);
  });

  it('never lets a listen-only leg be heard', () => {
    const world = new VirtualGroup();
    const [be, fr] = [world.leg('be', { mayTalk: false }), world.leg('fr')];
    be.talk(tone1k(1));
    world.run(2000);
    expect(world.results('be')).toEqual(['denied receive-only']);
    expect(fr.voice).toHaveLength(0);
  });
});

describe('guard: what comes back from a network that we feed', () => {
  it('is not keyed by a squelch tail of 280 ms, whenever it comes within 300 ms of our last packet', () => {
    for (let afterMs = 0; afterMs < 300; afterMs += 40) {
      const world = new VirtualGroup();
      const [be, fr] = [world.leg('be'), world.leg('fr')];
      be.talk(tone1k(2));
      world.run(1980 + afterMs);
      fr.talk(tone1k(0.28));
      world.run(1500);
      expect(world.answers('fr')).toEqual([]);
      expect(be.voice).toHaveLength(0);
    }
  });

  it('is not keyed by an echo of our own transmission, while it lasts and after', () => {
    const world = new VirtualGroup();
    const [be, fr] = [world.leg('be'), world.leg('fr')];
    be.talk(tone1k(5));
    world.run(60);
    fr.talk(tone1k(5)); // comes back 60 ms later, and stops 60 ms after us
    world.run(10_000);
    expect(world.overs.map(({ party }) => party)).toEqual(['be']);
    expect(be.voice).toHaveLength(0);
  });

  it('does not ping-pong: 10 minutes of legs that all echo what they hear end in silence (A-13)', () => {
    const world = new VirtualGroup();
    const legs = ['a', 'b', 'c'].map((id) => world.leg(id));
    legs[0]!.talk(tone1k(2));
    for (let atMs = 0; atMs < 600_000; atMs += 100) {
      for (const far of legs)
        if (far.arrivals.some((arrival) => arrival.atMs >= world.nowMs - 100)) far.talk(tone1k(0.1));
      world.run(100);
    }
    expect(world.overs).toHaveLength(1);
    expect(legs.every((far) => (far.arrivals.at(-1)?.atMs ?? 0) < 4000)).toBe(true);
  });

  it('hears a talker who answers before our over has ended, from his first word, after 300 ms of guard', () => {
    const world = new VirtualGroup();
    const [be, fr] = [world.leg('be'), world.leg('fr')];
    be.talk(tone1k(2));
    world.run(2060); // 80 ms after the last packet, 120 ms before that counts as the end
    fr.talk(tone(1700, -20, 8000, 8000));
    world.run(3000);
    expect(world.overs.map(({ party }) => party)).toEqual(['be', 'fr']);
    expect(be.voice[0]!.atMs).toBe(3060 + 300);
    expect(be.voice.length * 20).toBeGreaterThanOrEqual(800);
    expect(world.overs[1]!.lostMs).toEqual({ be: 0 });
  });

  it('keeps all that is said under the longest guard, 2000 ms', () => {
    const world = new VirtualGroup();
    const [be, fr] = [world.leg('be'), world.leg('fr', { guardMs: 2000 })];
    be.talk(tone1k(2));
    world.run(2060);
    fr.talk(joined(tone(2300, -20, 8000, 8000), tone(1700, -20, 24_000, 8000)));
    world.run(8000);
    expect(be.voice[0]!.atMs).toBe(3060 + 2000);
    const firstWord = be.heard().subarray(0, 4000);
    expect(levelAt(firstWord, 2300, 8000)).toBeGreaterThan(-23);
    expect(levelAt(firstWord, 1700, 8000)).toBeLessThan(-40);
    expect(world.overs[1]!.lostMs).toEqual({ be: 0 });
  });

  it('keeps his soft onset and the attack of VOX too, from before the guard began', () => {
    const world = new VirtualGroup();
    const keyIn = { mode: 'vox', thresholdDbov: -40, attackMs: 40, hangMs: 300 } as const;
    const [be, fr] = [world.leg('be'), world.leg('fr', { keyIn, guardMs: 300 })];
    be.talk(tone1k(2));
    fr.talk(silence(2.1));
    world.run(2100);
    // Below the threshold, as a word begins; then the word.
    fr.talk(joined(tone(2300, -43, 480, 8000), tone(2300, -20, 16_000, 8000)));
    world.run(3000);
    expect(world.overs.map(({ party }) => party)).toEqual(['be', 'fr']);
    expect(levelAt(be.heard().subarray(0, 320), 2300, 8000)).toBeLessThan(-30);
    expect(levelAt(be.heard().subarray(640, 960), 2300, 8000)).toBeGreaterThan(-25);
    expect(world.overs[1]!.lostMs).toEqual({ be: 0 });
  });

  it('takes whoever talked against us and goes on 300 ms after, from the end of our transmission on', () => {
    const world = new VirtualGroup();
    const [be, fr] = [world.leg('be'), world.leg('fr')];
    be.talk(tone1k(2));
    world.run(1000);
    fr.talk(joined(tone(1700, -20, 9600, 8000), tone(2300, -20, 16_000, 8000)));
    world.run(500);
    expect(world.reports('fr').at(-1)).toMatchObject({ receiving: true, blocked: true });
    world.run(4000);
    expect(world.overs.map(({ party }) => party)).toEqual(['be', 'fr']);
    expect(levelAt(be.heard(), 1700, 8000)).toBeLessThan(-40);
    expect(levelDbov(be.heard().subarray(1600, 8000))).toBeGreaterThan(-21);
  });
});

describe('keying out', () => {
  it('sends nothing between overs in presence mode', () => {
    const world = new VirtualGroup();
    const [be, fr] = [world.leg('be'), world.leg('fr')];
    be.talk(tone1k(1));
    world.run(60_000);
    expect(fr.voice).toHaveLength(50);
    expect(fr.voice.at(-1)!.atMs).toBe(1980);
  });

  it('sends silence every 20 ms between overs in continuous mode, without drift over a minute', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr', { keyOut: { mode: 'continuous' } });
    world.run(30_000);
    be.talk(tone1k(1));
    world.run(30_000);
    expect(fr.voice.length).toBeGreaterThanOrEqual(2998);
    expect(fr.voice.length).toBeLessThanOrEqual(3002);
    expect(fr.audible).toHaveLength(50);
    for (let i = 1; i < fr.voice.length; i++) {
      expect(fr.voice[i]!.atMs - fr.voice[i - 1]!.atMs).toBeLessThanOrEqual(60);
    }
    expect(be.leg.inbound.packetsBlocked).toBe(0);
  });

  it('keys with * and unkeys with #, with no voice before the key has been held', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr', { keyOut: { mode: 'telephone-event', on: '*', off: '#' } });
    be.talk(tone1k(2));
    world.run(4000);
    const events = fr.arrivals.filter(({ payloadType }) => payloadType === 101);
    expect(events.map(({ payload }) => payload[0])).toEqual([10, 10, 10, 10, 10, 11, 11, 11, 11, 11]);
    expect(events[0]!.atMs).toBe(1000);
    expect(fr.voice[0]!.atMs).toBeGreaterThanOrEqual(1060);
    expect(fr.voice.at(-1)!.atMs).toBeLessThanOrEqual(events[5]!.atMs);
    expect(fr.voice.length).toBeGreaterThan(90);
  });

  it('presses # for a key of an earlier line when it may send again, and not on hold', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const fr = world.leg('fr', { keyOut: { mode: 'telephone-event', on: '*', off: '#' } });
    const digits = (): (number | undefined)[] =>
      fr.arrivals.splice(0).flatMap(({ payloadType, payload }) => (payloadType === 101 ? [payload[0]] : []));
    be.talk(tone1k(1));
    world.run(500);
    expect(digits()).toEqual([10, 10, 10, 10, 10]);
    fr.connect({ send: false }); // on hold within the over
    world.run(2000);
    fr.connect({ send: false }); // and between overs
    world.run(1000);
    expect(digits()).toEqual([]);
    fr.connect();
    world.run(1000);
    expect(digits()).toEqual([11, 11, 11, 11, 11]);
  });

  it('presses # for a key that an earlier line or process may have left down, and for no other', () => {
    const digits = (far: { arrivals: readonly { payloadType: number; payload: Uint8Array }[] }, from = 0) =>
      far.arrivals
        .slice(from)
        .filter(({ payloadType }) => payloadType === 101)
        .map(({ payload }) => payload[0]);
    const keyOut = { mode: 'telephone-event', on: '*', off: '#' } as const;
    const world = new VirtualGroup();
    const be = world.leg('be');
    const [fr, gn] = [world.leg('fr', { keyOut }), world.leg('gn', { keyOut })];
    world.run(500);
    expect([...digits(fr), ...digits(gn)]).toEqual([]);

    be.talk(tone1k(0.5));
    world.run(500); // within the over, its lease still runs
    const before = fr.arrivals.length;
    world.group.release('be', world.nowMs);
    fr.connect(); // the call changed while our key was down
    world.run(1000);
    expect(digits(fr, before)).toEqual([11, 11, 11, 11, 11]);

    gn.leg.out.doubtKey();
    const later = gn.arrivals.length;
    gn.connect();
    world.run(1000);
    gn.connect(); // once is enough
    world.run(1000);
    expect(digits(gn, later)).toEqual([11, 11, 11, 11, 11]);
  });
});

describe('liveness', () => {
  it('reports a call without RTP for 3 s as dead, once', () => {
    const world = new VirtualGroup();
    const be = world.leg('be', {}, { rtpTimeoutMs: 3000 });
    be.talk(tone1k(1));
    world.run(10_000);
    const deaths = world.events.filter(({ name }) => name === 'legDead');
    expect(deaths).toEqual([{ name: 'legDead', leg: 'be', reason: 'rtp-timeout' }]);
  });

  it('ends the over of a leg whose call is gone (left) and tells what each leg missed', () => {
    const world = new VirtualGroup();
    const [be, fr, gn] = [world.leg('be'), world.leg('fr'), world.leg('gn')];
    be.talk(tone1k(2));
    world.run(500);
    world.group.disconnectLeg(gn.leg, world.nowMs);
    world.run(500);
    world.group.disconnectLeg(be.leg, world.nowMs);
    world.run(200);
    expect(world.holder).toBeUndefined();
    expect(world.overs[0]).toMatchObject({ end: 'left', lostMs: { fr: 0, gn: 500 } });
    expect(fr.voice.length).toBeGreaterThanOrEqual(50);
  });

  it('says goodbye on a call that we end', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    world.group.disconnectLeg(be.leg, world.nowMs);
    expect(be.reports.at(-1)!.includes(203)).toBe(true);
  });
});
