import { describe, expect, it } from 'vitest';
import { codecOf } from '../../src/media/codec.ts';
import type { PcmFrame } from '../../src/media/frame.ts';
import { cutTone } from '../../src/talkgroups/cut-tone.ts';
import type { GroupEvent } from '../../src/talkgroups/terms.ts';
import type { OverTap, TappedOver, VoiceTap } from '../../src/talkgroups/voice-tape.ts';
import { joined, noise, scaled, speech } from '../media/signals.ts';
import { type FarEnd, narrow, VirtualGroup } from './virtual-group.ts';

const loops = { likenessMin: 0.75, holdMs: 10_000, holdMsMax: 300_000 };
const world = (tap?: VoiceTap): VirtualGroup => new VirtualGroup({ loops }, tap);
const dutch = narrow(speech('nl'));
const french = narrow(speech('fr'));
const seconds = (pcm: Float32Array, from: number, to: number): Float32Array => pcm.subarray(8000 * from, 8000 * to);

/** Somebody else's gateway: what comes out of one talkgroup goes into another `delayMs` later, altered. */
function bridge(
  group: VirtualGroup,
  from: FarEnd,
  to: FarEnd,
  delayMs: number,
  db = 0,
  noiseDbov = -70,
): { cut: boolean } {
  const state = { cut: false };
  const decoder = codecOf('PCMA').createDecoder();
  const hiss = noise(noiseDbov, 160);
  from.onArrival = ({ payload, payloadType }) => {
    if (payloadType !== 8 || state.cut) return;
    const pcm = new Float32Array(payload.length);
    decoder.decode(payload, 0, payload.length, pcm);
    const altered = scaled(pcm, db).map((x, i) => x + (hiss[i] ?? 0));
    const timestamp = to.timestamp;
    to.sendAt(group.nowMs + delayMs, to.packet(altered));
    to.timestamp = timestamp + 160;
  };
  return state;
}

const loopsOf = (group: VirtualGroup): Extract<GroupEvent, { name: 'loop' }>[] =>
  group.events.filter((event) => event.name === 'loop');
const isolated = (group: VirtualGroup, leg: string): boolean => group.reports(leg).at(-1)?.isolated === true;

describe('our own voice that comes back through another gateway', () => {
  it.each([60, 300, 900, 1900])('isolates the leg within 2 s of its return, %i ms late', (delayMs) => {
    const group = world();
    const be = group.leg('be');
    const fr = group.leg('fr');
    const nl = group.leg('nl');
    bridge(group, fr, nl, delayMs, -8, -50);
    be.talk(seconds(dutch, 0, 6));
    group.run(delayMs + 2000);
    expect(loopsOf(group)).toMatchObject([{ leg: 'nl', isolated: true, times: 1 }]);
    expect(Math.abs(loopsOf(group)[0]!.delayMs - delayMs)).toBeLessThanOrEqual(40);
    expect(isolated(group, 'nl')).toBe(true);
    group.run(12_000);
    expect(group.overs.map(({ party }) => party)).toEqual(['be']);
  });

  it('recognises it on a leg that heard the voice late and slightly fast, after its network had set up its call', () => {
    const group = world();
    const be = group.leg('be');
    const fr = group.leg('fr', { grant: { mode: 'delay', delayMs: 500 } });
    const nl = group.leg('nl');
    bridge(group, fr, nl, 200);
    be.talk(seconds(french, 0, 4));
    group.run(500 + 200 + 2000);
    expect(loopsOf(group)).toMatchObject([{ leg: 'nl', isolated: true }]);
  });

  it('keeps what comes after the talker has ended off the floor', () => {
    const group = world();
    const be = group.leg('be');
    const fr = group.leg('fr');
    const nl = group.leg('nl');
    bridge(group, fr, nl, 1500);
    be.talk(seconds(french, 0, 3));
    group.run(12_000);
    expect(isolated(group, 'nl')).toBe(true);
    expect(group.overs.map(({ party }) => party)).toEqual(['be']);
    expect(be.voice).toHaveLength(0);
  });

  it('hears a talker of an isolated leg from his first word on', () => {
    const group = world();
    const be = group.leg('be');
    const fr = group.leg('fr');
    const nl = group.leg('nl');
    const loop = bridge(group, fr, nl, 300);
    be.talk(seconds(french, 0, 3));
    group.run(3000);
    loop.cut = true;
    group.run(1000);
    expect(isolated(group, 'nl')).toBe(true);
    nl.talk(seconds(dutch, 0, 4)); // one second after our last word: it might be ours
    group.run(7000);
    const over = group.overs.at(-1)!;
    expect(over).toMatchObject({ party: 'nl', end: 'released' });
    expect(Object.values(over.lostMs)).toEqual([0, 0]);
    expect(be.heard().length / 8).toBeGreaterThan(3000); // slightly fast, pauses trimmed
  });

  it('lets a talker of an isolated leg in at once when nothing can come back any more', () => {
    const group = world();
    const be = group.leg('be');
    const fr = group.leg('fr');
    const nl = group.leg('nl');
    bridge(group, fr, nl, 300).cut = false;
    be.talk(seconds(french, 0, 3));
    group.run(6000);
    nl.talk(seconds(dutch, 0, 2));
    group.run(0);
    expect(group.holder).toBe('nl');
  });

  it('heals by itself: tried again after 10 s, isolated for 20 s if that was too early, and clear in the end', () => {
    const group = world();
    const be = group.leg('be');
    const fr = group.leg('fr');
    const nl = group.leg('nl');
    const loop = bridge(group, fr, nl, 300);
    const say = (): void => {
      be.talk(seconds(french, 0, 4));
      group.run(6000);
    };
    say();
    expect(isolated(group, 'nl')).toBe(true);
    group.run(10_000);
    expect(isolated(group, 'nl')).toBe(false);
    say();
    expect(loopsOf(group).at(-1)).toMatchObject({ isolated: true, times: 2 });
    loop.cut = true;
    group.run(14_000);
    expect(isolated(group, 'nl')).toBe(true);
    group.run(6000);
    expect(isolated(group, 'nl')).toBe(false);
    say();
    say();
    expect(group.group.legs.find(({ id }) => id === 'nl')?.loop?.wary).toBe(false);
    expect(group.events.filter(({ name }) => name === 'loop')).toHaveLength(4);
  });

  it('is looked for no more once that is switched off, and again on legs that are called anew', () => {
    const group = world();
    const be = group.leg('be');
    const fr = group.leg('fr');
    const nl = group.leg('nl');
    bridge(group, fr, nl, 300);
    const { loops: _, ...off } = group.settings;
    group.group.update(off, group.nowMs);
    be.talk(seconds(french, 0, 4));
    group.run(8000);
    expect(loopsOf(group)).toEqual([]);
    expect(group.overs.map(({ party }) => party)).toContain('nl'); // our own voice, which nobody looks for
    group.run(20_000); // for as long as it may go round
    group.group.update(group.settings, group.nowMs);
    for (const { leg } of [be, fr, nl]) group.group.removeLeg(leg, group.nowMs);
    const [again, out, back] = [group.leg('be'), group.leg('fr'), group.leg('nl')];
    bridge(group, out, back, 300);
    again.talk(seconds(french, 0, 4));
    group.run(3000);
    expect(loopsOf(group)).toMatchObject([{ leg: 'nl', isolated: true }]);
  });

  it('tells a far end that is signalled: what it asks within 2.1 s of our voice is denied, but for an emergency', () => {
    const group = world();
    const be = group.leg('be');
    const fr = group.leg('fr');
    const nl = group.leg('nl', { keyIn: { mode: 'signalled' } });
    bridge(group, fr, nl, 300);
    be.talk(seconds(french, 0, 3));
    group.run(100);
    group.group.request('nl', { requestId: 1 }, group.nowMs);
    group.run(3000);
    expect(group.results('nl')).toEqual(['queued', 'denied loop']);
    group.group.request('nl', { requestId: 2 }, group.nowMs);
    expect(group.results('nl').at(-1)).toBe('denied loop');
    group.run(3000);
    group.group.request('nl', { requestId: 3 }, group.nowMs);
    expect(group.results('nl').at(-1)).toBe('granted');
    group.group.release('nl', group.nowMs);
    be.talk(seconds(french, 0, 1));
    group.run(1500);
    group.group.request('nl', { requestId: 4, emergency: true }, group.nowMs);
    expect(group.results('nl').at(-1)).toBe('granted');
  });

  it('takes the floor back from a leg whose talk turns out to be ours', () => {
    const group = world();
    const be = group.leg('be');
    const fr = group.leg('fr');
    const nl = group.leg('nl', { guardMs: 0, priority: 9 }); // stronger: it takes the floor from him whom it repeats
    bridge(group, fr, nl, 700);
    be.talk(seconds(dutch, 0, 6));
    group.run(3000);
    expect(isolated(group, 'nl')).toBe(true);
    expect(group.overs.find(({ party }) => party === 'nl')?.end).toBe('loop');
  });
});

describe('a talker who is taken for a loop', () => {
  /** Answers in the words of the other, as if they came back, and goes on in his own. */
  const answer = joined(seconds(french, 1.6, 3), seconds(dutch, 0, 4));

  /** Counts frames that passed the floor gate, by who said them. */
  class FramesHeard implements VoiceTap {
    readonly of = new Map<string, number>();
    begin({ party }: TappedOver): OverTap {
      const count = (frame: PcmFrame) => {
        if (!cutTone.includes(frame)) this.of.set(party, (this.of.get(party) ?? 0) + 1);
      };
      return { hear: () => undefined, hearFrame: count, turnReal: () => undefined, end: () => undefined };
    }
    amend(): void {}
  }
  const framesOfAnswer = answer.length / 160;

  it.each([0, 150, 300])('while he holds the floor is heard whole, %i ms after the other', (pauseMs) => {
    const heard = new FramesHeard();
    const group = world(heard);
    const be = group.leg('be');
    group.leg('fr');
    const nl = group.leg('nl');
    be.talk(seconds(french, 0, 3));
    group.run(3000 + 260 + pauseMs);
    nl.talk(answer);
    group.run(12_000);
    expect(loopsOf(group)).toMatchObject([{ leg: 'nl', isolated: true, times: 1 }, ...loopsOf(group).slice(1)]);
    expect(group.overs.map(({ party, end }) => `${party} ${end}`)).toEqual(['be released', 'nl loop', 'nl released']);
    expect(group.overs.flatMap(({ lostMs }) => Object.values(lostMs))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(heard.of.get('nl')).toBe(framesOfAnswer);
  });

  it('is heard even where all that he says is too short to be judged', () => {
    const heard = new FramesHeard();
    const group = world(heard);
    const be = group.leg('be');
    const fr = group.leg('fr');
    const nl = group.leg('nl');
    const loop = bridge(group, fr, nl, 300);
    be.talk(seconds(french, 0, 3));
    group.run(3000);
    loop.cut = true;
    group.run(700);
    heard.of.clear();
    nl.talk(seconds(dutch, 0, 0.5));
    group.run(7000);
    expect(heard.of.get('nl')).toBe(25);
    expect(group.overs.at(-1)).toMatchObject({ party: 'nl', end: 'released' });
    expect(Object.values(group.overs.at(-1)!.lostMs)).toEqual([0, 0]);
    expect(be.heard().length / 8).toBeGreaterThan(400);
  });

  it.each([300, 700])('while what is as short and comes back after %i ms is not', (delayMs) => {
    const group = world();
    const be = group.leg('be');
    const fr = group.leg('fr');
    const nl = group.leg('nl');
    bridge(group, fr, nl, delayMs, -8, -50);
    be.talk(seconds(french, 0, 3));
    group.run(6000);
    expect(isolated(group, 'nl')).toBe(true);
    for (const from of [0, 1, 2, 3]) {
      be.talk(seconds(dutch, from, from + 0.6));
      group.run(4000);
    }
    expect(group.overs.map(({ party }) => party)).toEqual(['be', 'be', 'be', 'be', 'be']);
  });
});

describe('talk that is nobody else’s', () => {
  it('is let through with its overlaps, answers and repeated words', () => {
    const group = world();
    const be = group.leg('be');
    const nl = group.leg('nl');
    group.leg('fr');
    for (let turn = 0; turn < 6; turn++) {
      be.talk(seconds(french, 0, 4));
      group.run(2500);
      nl.talk(seconds(dutch, 0, 4)); // over the end of the other's
      group.run(7000);
    }
    expect(loopsOf(group)).toEqual([]);
    expect(group.overs).toHaveLength(12);
  });

  it('is not taken for ours when a talker says the same again', () => {
    const group = world();
    const be = group.leg('be');
    group.leg('fr');
    be.talk(joined(seconds(french, 0, 2), seconds(french, 0, 2), seconds(french, 0, 2)));
    group.run(8000);
    be.talk(seconds(french, 0, 2));
    group.run(4000);
    expect(loopsOf(group)).toEqual([]);
    expect(group.overs).toHaveLength(2);
  });

  it('is not decoded, nor judged, while nothing was sent that could come back', () => {
    const group = world();
    const be = group.leg('be');
    group.leg('fr');
    be.talk(seconds(french, 0, 3));
    group.run(2000);
    expect(be.leg.inbound.watched).toBe(false);
  });
});
