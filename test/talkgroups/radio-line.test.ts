import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pttType } from '../../src/protocols/ed137/r2s-extension.ts';
import type { GroupEvent } from '../../src/talkgroups/terms.ts';
import { tone } from '../media/signals.ts';
import { FarRadio } from './far-radio.ts';
import { type FarEnd, narrow, VirtualGroup } from './virtual-group.ts';

const second = narrow(tone(440, -20, 16_000));
const said = (group: VirtualGroup, name: GroupEvent['name']) => group.events.filter((event) => event.name === name);

/** A leg over a radio session beside one whose packets key it. */
function together(make: (group: VirtualGroup) => FarRadio = (group) => new FarRadio(group, 'in')) {
  const group = new VirtualGroup();
  const radio = make(group);
  const other: FarEnd = group.leg('as');
  group.run(500);
  return { group, radio, other };
}

describe('a radio session in the voice path', () => {
  it('keeps itself alive while nobody talks, a packet each period, none of them voice', () => {
    const { group, radio } = together();
    const fromMs = group.nowMs;
    group.run(10_000);
    const packets = radio.since(fromMs);
    expect(packets.length).toBeGreaterThanOrEqual(49);
    expect(packets.length).toBeLessThanOrEqual(52);
    expect(packets.filter(({ voice, pttType: type }) => voice || type !== pttType.off)).toEqual([]);
    expect(said(group, 'legDead')).toEqual([]);
  });

  it('keys in the extension, waits for its PTT-ID and loses nothing of the over', () => {
    const { group, radio, other } = together();
    radio.setUpMs = 450;
    const keyedMs = group.nowMs;
    other.talk(second);
    group.run(100);
    expect(radio.since(keyedMs)[0]).toMatchObject({ pttType: pttType.normal });
    expect(group.reports('in').at(-1)).toMatchObject({ transmission: 'requested' });
    group.run(5000);
    expect(radio.speech[0]!.atMs - keyedMs).toBeGreaterThanOrEqual(450);
    expect(radio.speech.every(({ pttType: type, pttId }) => type === pttType.normal && pttId === 7)).toBe(true);
    expect(20 * radio.speech.length).toBeGreaterThanOrEqual(750); // caught up, so a little shorter
    expect(group.overs).toMatchObject([{ party: 'as', end: 'released', lostMs: { in: 0 } }]);
    expect(group.reports('in').at(-1)).toMatchObject({ transmission: 'idle' });
  });

  it('says key-up ptt_rep + 1 times, 20 ms apart, after its last voice', () => {
    const { group, radio, other } = together();
    other.talk(second);
    group.run(3000);
    const last = radio.heard.findLast(({ pttType: type }) => type !== pttType.off)!;
    const off = radio.since(last.atMs).filter(({ pttType: type }) => type === pttType.off);
    expect(off.slice(0, 3).map(({ atMs }) => atMs - off[0]!.atMs)).toEqual([0, 20, 40]);
    expect(off[0]!.atMs - last.atMs).toBeLessThanOrEqual(20);
  });

  it.each([
    ['normal', 9, false, pttType.normal],
    ['priority', 10, false, pttType.priority],
    ['emergency', 2, true, pttType.emergency],
  ])('keys an over as %s', (_name, priority, emergency, type) => {
    const { group, radio } = together();
    group.console('console:1', 14);
    group.group.request('console:1', { priority, emergency }, group.nowMs);
    group.run(200);
    expect(radio.heard.at(-1)).toMatchObject({ pttType: type });
  });

  it('is refused while the radio has somebody else on the air, says so once, and is heard after', () => {
    const { group, radio, other } = together();
    radio.other = 9;
    group.run(100);
    other.talk(second);
    group.run(400);
    expect(group.reports('in').at(-1)).toMatchObject({ transmission: 'refused' });
    expect(radio.heard.at(-1)).toMatchObject({ pttType: pttType.off });
    radio.other = 0;
    radio.session.release();
    group.run(900);
    expect(group.reports('in').some(({ transmission }) => transmission === 'flowing')).toBe(true);
    expect(said(group, 'radio')).toEqual([
      { name: 'radio', leg: 'in', simultaneous: false, lockedOut: true },
      { name: 'radio', leg: 'in', simultaneous: false, lockedOut: false },
    ]);
  });

  it('does not take the echo of its last key for an answer to the next', () => {
    const { group, radio, other } = together();
    radio.setUpMs = 300;
    other.talk(second);
    group.run(1300);
    for (let i = 0; i < 4; i++) {
      other.talk(second.subarray(0, 4000));
      group.run(700 + 37 * i);
      group.run(600);
    }
    group.run(3000);
    // A radio that sets up anew carries no voice before: none may have come while it did not show our key.
    expect(group.overs.map(({ lostMs }) => lostMs.in)).toEqual([0, 0, 0, 0, 0]);
    let onMs = Infinity;
    for (const { atMs, pttType: type, voice, silent } of radio.heard) {
      if (type === pttType.off) onMs = Infinity;
      else onMs = Math.min(onMs, atMs);
      if (voice && !silent) expect(atMs - onMs).toBeGreaterThanOrEqual(290);
    }
  });

  it('hears what comes with open squelch, to the last packet', () => {
    const { group, radio, other } = together();
    radio.talk(second);
    group.run(2000);
    expect(other.voice.length).toBe(50);
    expect(group.overs).toMatchObject([{ party: 'in', end: 'released' }]);
    expect(group.reports('in').at(-1)).toMatchObject({ receiving: false });
  });

  it('understands a radio of the first edition (0x0067), both ways', () => {
    const { group, radio, other } = together();
    radio.firstEdition = true;
    radio.talk(second);
    group.run(2000);
    expect(other.voice.length).toBe(50);
    other.talk(second);
    group.run(3000);
    expect(group.overs).toMatchObject([
      { party: 'in', end: 'released' },
      { party: 'as', lostMs: { in: 0 } },
    ]);
    expect(radio.speech.length).toBeGreaterThan(40);
  });

  it('lets nobody talk by voice alone', () => {
    const { group, radio, other } = together();
    radio.talk(second);
    radio.session.squelch(false, -1);
    group.run(2000);
    expect(other.voice).toEqual([]);
    expect(group.overs).toEqual([]);
  });

  it('ends the session when nothing has come for period × multiplier, and the over of its talker before', () => {
    const { group, radio, other } = together();
    radio.talk(narrow(tone(440, -20, 80_000)));
    group.run(300);
    expect(group.holder).toBe('in');
    radio.cut = true;
    group.run(1900);
    expect(said(group, 'legDead')).toEqual([]);
    group.run(200);
    expect(said(group, 'legDead')).toEqual([{ name: 'legDead', leg: 'in', reason: 'keep-alive' }]);
    expect(group.holder).toBeUndefined();
    expect(group.reports('in').at(-1)).toMatchObject({ receiving: false });
    const packets = radio.heard.length;
    group.run(5000);
    expect(radio.heard.length).toBe(packets);
    expect(other.leg.dead).toBe(false);
    expect(said(group, 'legDead')).toHaveLength(1);
  });

  it('outlives lost packets', () => {
    const { group, radio } = together();
    for (let i = 0; i < 20; i++) {
      radio.cut = i % 2 === 0;
      group.run(900);
    }
    expect(said(group, 'legDead')).toEqual([]);
  });

  it('goes on with a radio that has started again under another SSRC, even while it is keyed', () => {
    const { group, radio, other } = together();
    other.talk(narrow(tone(440, -20, 48_000)));
    group.run(500);
    radio.restart();
    group.run(4000);
    expect(said(group, 'legDead')).toEqual([]);
    expect(group.overs).toMatchObject([{ party: 'as', lostMs: { in: 0 } }]);
    radio.talk(second);
    group.run(2000);
    expect(group.overs.at(-1)).toMatchObject({ party: 'in', end: 'released' });
  });

  it('gives the floor to one of two radios that key at once, and shows the other blocked', () => {
    const group = new VirtualGroup();
    const one = new FarRadio(group, 'a');
    const two = new FarRadio(group, 'b');
    group.run(500);
    one.talk(second);
    two.talk(second);
    group.run(500);
    expect(group.holder).toBe('a');
    expect(group.reports('b').at(-1)).toMatchObject({ receiving: true, blocked: true });
    group.run(3000);
    expect(group.holder).toBeUndefined();
  });

  it('is heard at once on two radios that grant at the same time', () => {
    const { group, radio, other } = together();
    const third = new FarRadio(group, 'ru');
    radio.setUpMs = 200;
    third.setUpMs = 200;
    group.run(500);
    other.talk(second);
    group.run(3000);
    expect(group.overs).toMatchObject([{ party: 'as', lostMs: { in: 0, ru: 0 } }]);
    expect(third.speech.length).toBe(radio.speech.length);
  });

  it('measures the delay', () => {
    const { group, radio } = together();
    group.run(6000);
    expect(radio.leg.out.radio?.roundTripMs).toBeGreaterThan(0);
    expect(radio.leg.out.radio?.roundTripMs).toBeLessThan(250);
  });

  it('keeps how well the radio heard whom it heard last', () => {
    const { group, radio } = together();
    group.run(500);
    expect(radio.leg.out.radio?.signal).toBeUndefined();
    radio.session.squelch(true, 12);
    group.run(500);
    radio.session.squelch(false, -1);
    group.run(500);
    expect(radio.leg.out.radio?.signal).toBe('RSSI -74 dBm');
  });

  it('is never due before now: a hold-up of the process is told from its timer', () => {
    const { group, radio, other } = together();
    const dueMs: number[] = [];
    group.onEvent = () => void dueMs.push(radio.leg.dueMs - group.nowMs);
    other.talk(second);
    group.run(3000);
    expect(dueMs.length).toBeGreaterThan(3);
    expect(Math.min(...dueMs)).toBeGreaterThan(-250);
  });

  it('takes no key of a packet that newer ones have overtaken', () => {
    const { group, radio } = together();
    radio.talk(second);
    group.run(970);
    radio.lateMs = 40; // the last packet with open squelch comes after the one that closes it
    group.run(11);
    radio.lateMs = 0;
    group.run(1000);
    expect(group.overs).toHaveLength(1);
  });

  it('says once that two transmissions are heard', () => {
    const { group, radio } = together();
    radio.session.hearsTwo(true);
    group.run(1000);
    expect(said(group, 'radio')).toEqual([{ name: 'radio', leg: 'in', simultaneous: true, lockedOut: false }]);
  });
});

it('takes whatever comes as a header extension without harm', () => {
  const { group, radio } = together();
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 60 }),
      fc.integer({ min: 0, max: 0xffff }),
      (octets, profile) => {
        const words = octets.length >> 2;
        const out = new Uint8Array(16 + octets.length);
        out.set([0x90, 123, radio.sequence >> 8, radio.sequence & 0xff]);
        new DataView(out.buffer).setUint32(4, 8 * group.nowMs);
        new DataView(out.buffer).setUint32(8, radio.ssrc);
        out.set([profile >> 8, profile & 0xff, 0, words], 12);
        out.set(octets, 16);
        radio.sequence = (radio.sequence + 1) & 0xffff;
        group.group.onLegDatagram(radio.leg, out, group.nowMs);
        group.run(1);
      },
    ),
    { numRuns: 2000 },
  );
  radio.endTalk();
  group.run(1000);
  expect(group.holder).toBeUndefined();
});
