/** Speech that was cut ends with a tone for those who heard it; nobody's own end does. */
import { describe, expect, it } from 'vitest';
import { frameMs } from '../../src/media/frame.ts';
import { decodeG711 } from '../../src/media/g711.ts';
import { levelDbov } from '../../src/media/level.ts';
import { cutTone, cutToneMs } from '../../src/talkgroups/cut-tone.ts';
import type { GroupEvent } from '../../src/talkgroups/terms.ts';
import { VoiceTape } from '../../src/talkgroups/voice-tape.ts';
import { levelAt, tone } from '../media/signals.ts';
import { type FarEnd, VirtualGroup } from './virtual-group.ts';

const voice = (frequencyHz: number, seconds: number): Float32Array =>
  tone(frequencyHz, -20, Math.round(8000 * seconds), 8000);
const cuts = (world: VirtualGroup): readonly string[] =>
  world.events
    .filter((event): event is Extract<GroupEvent, { name: 'cut' }> => event.name === 'cut')
    .map(({ party, end, late }) => `${party} ${end}${late ? ' late' : ''}`);
/** How long each of the tone's notes is heard, ms, in steps of 10. */
function notes(far: FarEnd, fromMs = 0, levelMin = -30): readonly [number, number] {
  const heard = far.heard(fromMs);
  const count = (frequencyHz: number): number => {
    let steps = 0;
    for (let at = 0; at + 80 <= heard.length; at += 80) {
      if (levelAt(heard.subarray(at, at + 80), frequencyHz, 8000) > levelMin) steps += 1;
    }
    return 10 * steps;
  };
  return [count(1040), count(520)];
}

function standing(): { world: VirtualGroup; be: FarEnd; fr: FarEnd; ru: FarEnd } {
  const world = new VirtualGroup();
  return { world, be: world.leg('be'), fr: world.leg('fr'), ru: world.leg('ru') };
}

/** None of the tone's notes, and apart from both. */
const talkHz = 2400;
const otherHz = 3200;

/** One talks for 2 s, and the other takes the floor from him. */
function preempt(world: VirtualGroup, be: FarEnd, fr: FarEnd, emergency: boolean): { sinceMs: number } {
  be.talk(voice(talkHz, 5));
  world.run(2000);
  const sinceMs = world.nowMs;
  world.group.request(fr.leg.id, emergency ? { emergency } : { priority: 9 }, sinceMs);
  fr.talk(voice(otherHz, 3));
  world.run(6000);
  return { sinceMs };
}

function firstWordMs(far: FarEnd, sinceMs: number): number {
  const first = far.voice.find(({ atMs, payload }) => atMs >= sinceMs && isToneOf(payload, otherHz));
  return (first?.atMs ?? Infinity) - sinceMs;
}

describe('the tone of cut speech', () => {
  it('is short, of two notes an octave apart, and a little below speech', () => {
    expect(cutTone.length * frameMs).toBe(cutToneMs);
    expect(cutToneMs).toBeLessThanOrEqual(300);
    for (const [index, hz] of [1040, 520].entries()) {
      expect(levelAt(cutTone[4 * index + 1]!, hz, 16_000)).toBeCloseTo(-23, 0);
    }
    for (const frame of cutTone) expect(levelDbov(frame)).toBeLessThan(-20);
  });

  it('is heard where the over was, when the leg of its talker is lost, and ends there', () => {
    const { world, be, fr, ru } = standing();
    be.talk(voice(talkHz, 5));
    world.run(2000);
    world.group.disconnectLeg(be.leg, world.nowMs);
    const sent = fr.voice.length;
    world.run(1000);
    for (const far of [fr, ru]) {
      const [high, low] = notes(far);
      expect(high).toBeGreaterThanOrEqual(50);
      expect(low).toBeGreaterThanOrEqual(50);
      expect(high + low).toBeLessThanOrEqual(cutToneMs + 20);
    }
    expect(fr.voice.length - sent).toBeLessThanOrEqual(cutTone.length);
    expect(cuts(world)).toEqual(['be left']);
    expect(world.overs).toMatchObject([{ end: 'left', lostMs: { fr: 0, ru: 0 } }]);
  });

  it('stands before whoever takes the floor, whose first word is late by no more than the tone and loses nothing', () => {
    const { world, be, fr, ru } = standing();
    const { sinceMs } = preempt(world, be, fr, false);
    expect(cuts(world)).toEqual(['be pre-empted']);
    expect(Math.min(...notes(ru))).toBeGreaterThanOrEqual(50);
    expect(firstWordMs(ru, sinceMs)).toBeLessThanOrEqual(cutToneMs + frameMs);
    expect(world.overs.at(-1)).toMatchObject({ party: 'fr', lostMs: { ru: 0 } });
    // What waited behind it has melted away before the over ends.
    expect(ru.voice.filter(({ atMs }) => atMs > sinceMs + 3000 + 2 * frameMs)).toEqual([]);
  });

  it('is softer under the first words of an emergency, which wait for nothing and lose nothing', () => {
    const { world, be, fr, ru } = standing();
    const { sinceMs } = preempt(world, be, fr, true);
    expect(cuts(world)).toEqual(['be pre-empted']);
    expect(Math.max(...notes(ru, sinceMs, -26))).toBe(0);
    expect(Math.min(...notes(ru, sinceMs, -36))).toBeGreaterThanOrEqual(50);
    expect(firstWordMs(ru, sinceMs)).toBeLessThanOrEqual(frameMs);
    expect(world.overs.at(-1)).toMatchObject({ party: 'fr', lostMs: { ru: 0 } });
    // Whoever cut him hears no tone: he talks.
    expect(fr.voice.filter(({ atMs }) => atMs > sinceMs)).toEqual([]);
  });

  it('is heard after an emergency in which nobody says a word', () => {
    const { world, be, fr, ru } = standing();
    be.talk(voice(talkHz, 2));
    world.run(1500);
    world.group.request(fr.leg.id, { emergency: true }, world.nowMs);
    world.run(4000);
    expect(cuts(world)).toEqual(['be pre-empted']);
    expect(Math.min(...notes(ru, 0, -36))).toBeGreaterThanOrEqual(50);
  });

  it('is not heard on a telephone line, which is heard to end', () => {
    const world = new VirtualGroup({ override: 'duplex' });
    const phone = world.leg('tel');
    const operator = world.console('console:1');
    operator.request(1);
    operator.speak(tone(talkHz, -20, 16_000 * 3));
    world.run(1000);
    world.group.leaveConsole('console:1', world.nowMs);
    world.run(500);
    expect(world.overs).toMatchObject([{ end: 'left' }]);
    expect(cuts(world)).toEqual([]);
    expect(notes(phone)).toEqual([0, 0]);
  });

  it('makes way for an emergency that begins while it is played', () => {
    const { world, be, fr, ru } = standing();
    be.talk(voice(talkHz, 5));
    world.run(2000);
    world.group.disconnectLeg(be.leg, world.nowMs);
    world.run(60);
    const sinceMs = world.nowMs;
    world.group.request(fr.leg.id, { emergency: true }, world.nowMs);
    fr.talk(voice(otherHz, 1));
    world.run(3000);
    expect(firstWordMs(ru, sinceMs)).toBeLessThanOrEqual(frameMs);
    expect(world.overs.map(({ lostMs }) => lostMs)).toMatchObject([{ ru: 0 }, { ru: 0 }]);
  });

  it('is told of a console that goes, and is not heard for one that ends its over', () => {
    const { world, be } = standing();
    const operator = world.console('console:1');
    operator.request(1);
    operator.speak(tone(talkHz, -20, 16_000 * 3));
    world.run(1000);
    operator.release();
    world.run(1000);
    expect(cuts(world)).toEqual([]);
    operator.request(2);
    world.run(1000);
    world.group.leaveConsole('console:1', world.nowMs);
    world.run(500);
    expect(cuts(world)).toEqual(['console:1 left']);
    expect(Math.min(...notes(be))).toBeGreaterThanOrEqual(50);
  });

  it('is heard when a console’s microphone or link is gone within an over', () => {
    const { world } = standing();
    const operator = world.console('console:1');
    operator.request(1);
    operator.speak(tone(talkHz, -20, 16_000));
    world.run(500);
    world.group.loseConsole('console:1', world.nowMs);
    expect(cuts(world)).toEqual(['console:1 left']);
    operator.request(2);
    expect(world.holder).toBe('console:1');
  });

  it('is not heard when a radio lets go of its key, nor when nobody said a word', () => {
    const { world, be, fr } = standing();
    be.talk(voice(talkHz, 2));
    world.run(3000);
    expect(world.overs.map(({ end }) => end)).toEqual(['released']);
    world.console('console:1').request(1); // and no word follows: the lease ends
    world.run(3000);
    expect(world.overs.map(({ end }) => end)).toEqual(['released', 'silence']);
    expect(notes(fr)).toEqual([0, 0]);
    expect(cuts(world)).toEqual([]);
  });

  it('comes behind what a slow network has not heard yet', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const slow = world.leg('fr', { grant: { mode: 'delay', delayMs: 800 } });
    be.talk(voice(talkHz, 5));
    world.run(600);
    world.group.disconnectLeg(be.leg, world.nowMs);
    world.run(3000);
    const words = slow.audible.filter(({ payload }) => isToneOf(payload, talkHz));
    const tones = slow.audible.filter(({ payload }) => isToneOf(payload, 520));
    expect(words.length).toBeGreaterThanOrEqual(25);
    expect(tones[0]!.atMs).toBeGreaterThan(words.at(-1)!.atMs);
    expect(world.overs).toMatchObject([{ lostMs: { fr: 0 } }]);
  });

  it('takes no room from words that wait for a network', () => {
    const world = new VirtualGroup();
    const be = world.leg('be');
    const slow = world.leg('fr', { grant: { mode: 'delay', delayMs: 2000 }, firstWordMsMax: 600 });
    be.talk(voice(talkHz, 5));
    world.run(590);
    world.group.disconnectLeg(be.leg, world.nowMs);
    world.run(4000);
    expect(world.overs).toMatchObject([{ lostMs: { fr: 0 } }]);
    expect(notes(slow)).toEqual([0, 0]);
  });

  it('is on the tape behind the last word', () => {
    const tape = new VoiceTape();
    const world = new VirtualGroup({}, tape);
    const be = world.leg('be');
    be.talk(voice(talkHz, 5));
    world.run(1000);
    const before = tape.read('xb', 1, 0)!.bytes.length;
    world.group.disconnectLeg(be.leg, world.nowMs);
    expect(tape.read('xb', 1, 0)!.bytes.length - before).toBe(cutTone.length * (6 + 160));
  });
});

describe('a radio that falls silent as one does that lets go of its key', () => {
  const fallsSilent = () => {
    const stand = standing();
    stand.be.talk(voice(talkHz, 2));
    stand.world.run(2300);
    expect(stand.world.overs.map(({ end }) => end)).toEqual(['released']);
    expect(cuts(stand.world)).toEqual([]);
    return stand;
  };

  it('was cut off when its far end proves dead soon after: the tone follows', () => {
    const { world, fr, ru } = fallsSilent();
    world.run(3500);
    world.group.disconnectLeg(world.group.legs.find(({ id }) => id === 'be')!, world.nowMs);
    world.group.loseLeg('be', world.nowMs);
    world.run(1000);
    expect(cuts(world)).toEqual(['be left late']);
    for (const far of [fr, ru]) expect(Math.min(...notes(far))).toBeGreaterThanOrEqual(50);
    expect(world.overs).toHaveLength(1); // the tone is no over
    world.group.loseLeg('be', world.nowMs);
    expect(cuts(world)).toHaveLength(1);
  });

  it('was not when it is heard of again before, or the far end dies later', () => {
    const alive = fallsSilent();
    alive.be.comfortNoise();
    alive.world.run(1000);
    alive.world.group.loseLeg('be', alive.world.nowMs);
    expect(cuts(alive.world)).toEqual([]);

    const later = fallsSilent();
    later.world.run(6000);
    later.world.group.loseLeg('be', later.world.nowMs);
    expect(cuts(later.world)).toEqual([]);
    expect(notes(later.fr)).toEqual([0, 0]);
  });

  it('is marked and no more when another has spoken since: the tone would say that he was cut', () => {
    const { world, fr, ru } = fallsSilent();
    fr.talk(voice(otherHz, 1));
    world.run(2000);
    world.group.loseLeg('be', world.nowMs);
    world.run(1000);
    expect(cuts(world)).toEqual(['be left late']);
    expect(notes(ru)).toEqual([0, 0]);
  });
});

function isToneOf(payload: Uint8Array, frequencyHz: number): boolean {
  const pcm = new Float32Array(payload.length);
  decodeG711('PCMA', payload, 0, payload.length, pcm);
  return levelAt(pcm, frequencyHz, 8000) > -27;
}
