import { describe, expect, it } from 'vitest';
import { levelDbov } from '../../src/media/level.ts';
import { writeRtcp } from '../../src/protocols/rtp/rtcp.ts';
import type { GrantRule, LegSettings } from '../../src/talkgroups/terms.ts';
import { joined, speech, tone } from '../media/signals.ts';
import { align, type FarEnd, narrow, VirtualGroup } from './virtual-group.ts';

const french = narrow(speech('fr'));
const dutch = narrow(speech('nl'));
const tone1k = (seconds: number): Float32Array => tone(1000, -20, Math.round(8000 * seconds), 8000);

const signalled: Partial<LegSettings> = {
  keyIn: { mode: 'signalled' },
  keyOut: { mode: 'signalled' },
  grant: { mode: 'signalled', timeoutMs: 2000 },
};
const slow: Partial<LegSettings> = { grant: { mode: 'delay', delayMs: 500 } };

function world(settings: Partial<LegSettings>): { group: VirtualGroup; be: FarEnd; fr: FarEnd } {
  const group = new VirtualGroup();
  return { group, be: group.leg('be'), fr: group.leg('fr', settings) };
}

/** Delay of the voice around `atMs` of the talk against when it was said, ms. */
function delayMsAt(far: FarEnd, said: Float32Array, atMs: number): number {
  const window = said.subarray(8 * atMs, 8 * (atMs + 150));
  const first = far.voice[0]!;
  const heard = far.heard();
  // What was heard is laid on the time at which it was sent out.
  const offsetMs = first.atMs - 1000;
  let best = { delayMs: NaN, likeness: 0 };
  for (let delayMs = 0; delayMs <= 700; delayMs += 50) {
    const from = 8 * (atMs + delayMs - offsetMs);
    if (from < 0) continue;
    const { lag, likeness } = align(heard.subarray(from, from + window.length + 400), window, 400);
    if (likeness > best.likeness) best = { delayMs: delayMs + lag / 8, likeness };
  }
  expect(best.likeness).toBeGreaterThan(0.7);
  return best.delayMs;
}

describe('first word towards a network that needs 500 ms to set up (A-03)', () => {
  it('misses nothing of the beginning, and its delay is gone before the end of an over of 5 s', () => {
    const { group, be, fr } = world(slow);
    be.talk(french);
    group.run(6000);
    expect(group.overs[0]!.lostMs).toEqual({ fr: 0 });
    expect(delayMsAt(fr, french, 0)).toBeGreaterThanOrEqual(499);
    expect(delayMsAt(fr, french, 4400)).toBeLessThanOrEqual(5);
  });

  it('keys the far end at once with silence, so that its network sets up while we wait', () => {
    const { group, be, fr } = world(slow);
    be.talk(french);
    group.run(480);
    expect(fr.voice.length).toBeGreaterThanOrEqual(24);
    expect(fr.audible).toHaveLength(0);
    expect(group.reports('fr').at(-1)!.transmission).toBe('requested');
    group.run(100);
    expect(group.reports('fr').at(-1)!.transmission).toBe('flowing');
  });

  it('is carried once the far end reports a packet that was sent after the first, and no sooner', () => {
    const { group, be, fr } = world(slow);
    be.talk(french);
    group.run(600);
    const last = fr.voice.at(-1)!;
    const has = (sequenceNumber: number) => {
      const figures = { fractionLost: 0, cumulativeLost: 0, jitterTicks: 0, lastSenderReport: 0, delaySinceLast: 0 };
      const block = { ...figures, ssrc: last.ssrc, extendedHighestSequence: 0x3_0000 + (sequenceNumber & 0xffff) };
      group.group.onLegReport(fr.leg, writeRtcp([{ type: 'rr', ssrc: 1, blocks: [block] }]), group.nowMs);
      return group.reports('fr').at(-1)!.transmission;
    };
    expect(has(last.sequence - 40)).toBe('flowing');
    expect(has(last.sequence)).toBe('carried');
    expect(has(last.sequence - 40)).toBe('carried');
    group.run(6000);
    expect(group.reports('fr').at(-1)!.transmission).toBe('idle');
  });

  it('paces what waited: packets 20 ms apart, numbers and times without a gap', () => {
    const { group, be, fr } = world(slow);
    be.talk(french);
    group.run(6000);
    const played = fr.voice.findLastIndex(({ payload }) => payload.some((octet) => octet !== 0xd5));
    const voice = fr.voice.slice(0, played + 1); // then silence keeps the key until the over is known to have ended
    for (let i = 1; i < voice.length; i++) {
      expect(voice[i]!.atMs - voice[i - 1]!.atMs).toBeGreaterThanOrEqual(10);
      expect(voice[i]!.atMs - voice[i - 1]!.atMs).toBeLessThanOrEqual(40);
      expect((voice[i]!.timestamp - voice[i - 1]!.timestamp) >>> 0).toBe(160);
      expect((voice[i]!.sequence - voice[i - 1]!.sequence) & 0xffff).toBe(1);
    }
    expect(voice.filter(({ marker }) => marker)).toHaveLength(1);
  });

  it('is direct again afterwards: each packet leaves in the ms in which it came', () => {
    const { group, be, fr } = world(slow);
    be.talk(dutch);
    group.run(9000);
    const late = fr.voice.filter(({ atMs }) => atMs > 6000 && atMs < 8900 && (atMs - 1000) % 20 !== 0);
    expect(late).toHaveLength(0);
  });

  it('plays an over of 300 ms to its end although it was over before the network was ready', () => {
    const { group, be, fr } = world(slow);
    be.talk(tone1k(0.3));
    group.run(3000);
    expect(fr.audible.length).toBeGreaterThanOrEqual(12);
    expect(group.overs[0]!.lostMs).toEqual({ fr: 0 });
    expect(group.reports('fr').at(-1)!.transmission).toBe('idle');
    expect(fr.voice.at(-1)!.atMs).toBeLessThan(2000);
  });

  it('goes on without unkeying when the next over begins while the last is still playing', () => {
    const { group, be } = world(slow);
    be.talk(tone1k(0.3));
    group.run(520);
    be.talk(tone1k(1));
    group.run(3000);
    const transmissions = group.reports('fr').map(({ transmission }) => transmission);
    expect(transmissions).toEqual(['idle', 'requested', 'flowing', 'idle']);
    expect(group.overs.map(({ lostMs }) => lostMs)).toEqual([{ fr: 0 }, { fr: 0 }]);
  });

  it('counts what does not fit: 2 s of buffer before a network that takes 3 s loses 1 s', () => {
    const group = new VirtualGroup();
    const be = group.leg('be');
    group.leg('fr', { grant: { mode: 'delay', delayMs: 3000 }, firstWordMsMax: 2000 });
    be.talk(tone1k(4));
    group.run(9000);
    expect(group.overs[0]!.lostMs.fr).toBeGreaterThanOrEqual(960);
    expect(group.overs[0]!.lostMs.fr).toBeLessThanOrEqual(1040);
  });
});

describe('first word towards a network that says when it is ready', () => {
  it('asks it, sends nothing before the grant, and tells it when we are done', () => {
    const { group, be, fr } = world(signalled);
    be.talk(tone1k(2));
    group.run(300);
    expect(group.events.filter(({ name }) => name === 'legTalk')).toEqual([
      { name: 'legTalk', leg: 'fr', wanted: true, party: 'be', priority: 5, emergency: false },
    ]);
    expect(fr.arrivals).toHaveLength(0);
    group.group.legGrant(fr.leg, true, group.nowMs);
    group.run(4000);
    expect(group.overs[0]!.lostMs).toEqual({ fr: 0 });
    expect(group.events.findLast(({ name }) => name === 'legTalk')).toMatchObject({ wanted: false });
  });

  it('counts the whole over as lost where the network refuses, and asks again for the next', () => {
    const { group, be, fr } = world(signalled);
    be.talk(tone1k(1));
    group.run(100);
    group.group.legGrant(fr.leg, false, group.nowMs);
    expect(group.reports('fr').at(-1)!.transmission).toBe('refused');
    group.run(4000); // asked again a second later, it does not answer
    expect(group.overs[0]!.lostMs).toEqual({ fr: 1000 });
    be.talk(tone1k(1));
    group.run(100);
    expect(group.reports('fr').at(-1)!.transmission).toBe('requested');
  });

  it('asks anew after 2000 ms without an answer, and gives up after 2000 ms more', () => {
    const { group, be, fr } = world(signalled);
    be.talk(tone1k(4.5));
    group.run(2100);
    expect(group.events.filter(({ name }) => name === 'legTalk')).toMatchObject([
      { wanted: true },
      { wanted: false },
      { wanted: true },
    ]);
    expect(group.reports('fr').at(-1)!.transmission).toBe('requested');
    group.run(2000);
    expect(group.reports('fr').at(-1)!.transmission).toBe('refused');
    expect(fr.arrivals).toHaveLength(0);
    group.run(4000);
    expect(group.overs[0]!.lostMs).toEqual({ fr: 4500 });
  });

  it('waits for the key A of a box that grants so, and takes B for a refusal', () => {
    const grant: GrantRule = { mode: 'telephone-event', granted: 'A', denied: 'B', timeoutMs: 2000 };
    const granted = world({ grant });
    granted.be.talk(tone1k(2));
    granted.group.run(300);
    expect(granted.fr.audible).toHaveLength(0);
    granted.fr.key('A');
    granted.group.run(4000);
    expect(granted.group.overs[0]!.lostMs).toEqual({ fr: 0 });

    const refused = world({ grant });
    refused.be.talk(tone1k(2));
    refused.group.run(300);
    refused.fr.key('B');
    refused.group.run(4000);
    expect(refused.fr.audible).toHaveLength(0);
    expect(refused.group.overs[0]!.lostMs).toEqual({ fr: 2000 });
  });

  it('tells a signalled network of an emergency that begins during the over', () => {
    const { group, be } = world(signalled);
    be.talk(tone1k(2));
    group.run(300);
    group.group.request('be', { emergency: true }, group.nowMs);
    expect(group.events.findLast(({ name }) => name === 'legTalk')).toMatchObject({
      wanted: true,
      emergency: true,
      priority: 15,
    });
  });

  it('hears a signalled leg only while its network has been granted the floor', () => {
    const group = new VirtualGroup();
    const be = group.leg('be', signalled);
    const fr = group.leg('fr');
    be.talk(tone1k(1));
    group.run(500);
    expect(group.reports('be').at(-1)).toMatchObject({ receiving: true, blocked: true });
    group.group.request('be', { requestId: 9 }, group.nowMs);
    group.run(1000);
    expect(fr.voice).toHaveLength(24); // the packet of that very ms had just been refused
    group.group.release('be', group.nowMs);
    expect(group.results('be')).toEqual(['granted', 'released']);
  });

  it.each([
    [true, ['granted', 'revoked pre-empted']],
    [false, ['granted', 'revoked pre-empted', 'queued', 'granted']],
  ])('lets it have the floor back if it cannot be told that it lost it (can be told: %s)', (canBeTold, results) => {
    const group = new VirtualGroup();
    group.leg('be', { ...signalled, canBeTold });
    group.leg('fr', signalled);
    group.group.request('be', { requestId: 9 }, group.nowMs);
    group.run(100);
    group.group.request('fr', { requestId: 3, emergency: true }, group.nowMs);
    group.run(100);
    group.group.release('fr', group.nowMs);
    expect(group.results('be')).toEqual(results);
  });
});

describe('slow and fast legs of one group', () => {
  it('do not wait for each other', () => {
    const group = new VirtualGroup();
    const be = group.leg('be');
    const fast = group.leg('fast');
    const slowLeg = group.leg('slow', slow);
    be.talk(joined(french));
    group.run(6000);
    expect(fast.voice[0]!.atMs).toBe(1000);
    expect(fast.voice).toHaveLength(Math.floor(french.length / 160));
    expect(levelDbov(slowLeg.heard().subarray(8 * 600, 8 * 3000))).toBeGreaterThan(-35);
  });
});
