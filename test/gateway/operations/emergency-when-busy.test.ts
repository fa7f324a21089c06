/**
 * A radio presses its emergency button, whatever the group is doing: within 300 ms it has the floor, within 1 s
 * consoles show it, whoever is interrupted is told, and no word is lost. The real floor, legs and rules, on
 * virtual time; two kinds of radio: one with a key in its voice, one whose network signals.
 */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { Emergency } from '../../../src/console/console-terms.ts';
import type { AnnouncementOrder } from '../../../src/gateway/operations/announcements.ts';
import { Emergencies } from '../../../src/gateway/operations/emergencies.ts';
import { OpusSpeechEncoder } from '../../../src/media/opus.ts';
import type { Announcement, GroupSettings, LegSettings } from '../../../src/talkgroups/terms.ts';
import { joined, speech, tone } from '../../media/signals.ts';
import { type FarEnd, narrow, VirtualGroup } from '../../talkgroups/virtual-group.ts';
import { demoConfig } from '../demo-config.ts';

const voice = (seconds: number): Float32Array => tone(1000, -20, 8000 * seconds, 8000);
const mayday = tone(700, -20, 8 * 1500, 8000);

type Radio = 'key' | 'signalled';
const keyIns: Readonly<Record<Radio, LegSettings['keyIn']>> = {
  key: { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000, emergency: 'D' },
  signalled: { mode: 'signalled' },
};

/** A group of three legs and two operators: `be` presses. */
class Scene {
  readonly radio: Radio;
  readonly shown: { readonly atMs: number; readonly emergency: Emergency }[] = [];
  readonly said: AnnouncementOrder[] = [];
  readonly held: boolean[] = [];
  readonly clock = new ManualClock({ nowMs: 0, utcMs: 0 });
  readonly emergencies: Emergencies;
  world!: VirtualGroup;
  be!: FarEnd;
  fr!: FarEnd;
  nl!: FarEnd;

  constructor(
    radio: Radio,
    settings: Partial<GroupSettings> = {},
    legs: Partial<Record<string, Partial<LegSettings>>> = {},
  ) {
    this.radio = radio;
    this.emergencies = new Emergencies(demoConfig, {
      clock: this.clock,
      events: { operations: { emergency: () => undefined }, state: { notKept: () => undefined } },
      console: {
        identify: (_, address) => ({ address }),
        isNamedAnew: () => true,
        talkerNow: (_, party) => ({ address: party === 'xb/be' ? '3200001' : '590192102', networkId: 'astrid' }),
        setEmergency: (emergency) => this.shown.push({ atMs: this.world.nowMs, emergency }),
        clearEmergency: () => undefined,
      },
      announcements: { say: (order) => this.said.push(order) },
      kept: { read: () => undefined, write: () => undefined },
      hearing: () => [],
      hold: (_, open) => this.held.push(open),
    });
    this.begin(settings, legs);
  }

  /** A voice process that is afresh. */
  begin(settings: Partial<GroupSettings> = {}, legs: Partial<Record<string, Partial<LegSettings>>> = {}): void {
    this.world = new VirtualGroup(settings);
    this.emergencies.voiceEvent({ name: 'ready' });
    this.world.onEvent = (event) => event.name === 'floor' && this.emergencies.voiceEvent(event);
    this.be = this.world.leg('xb/be', { keyIn: keyIns[this.radio], ...legs.be });
    this.fr = this.world.leg('xb/fr', legs.fr);
    this.nl = this.world.leg('xb/nl', legs.nl);
  }

  run(ms: number): void {
    this.world.run(ms);
    this.clock.advance(ms);
  }

  /** By its emergency key, or by its network's word; what he says comes 100 ms later. */
  press(words = mayday): void {
    if (this.radio === 'key') this.be.key('D');
    else this.world.group.request('xb/be', { requestId: 9, emergency: true }, this.world.nowMs);
    this.run(100);
    this.be.talk(words);
  }

  /** His network says when he has let go. */
  letGo(): void {
    if (this.radio === 'signalled') this.world.group.release('xb/be', this.world.nowMs);
  }

  announce(urgency: Announcement['urgency']): void {
    const encoder = new OpusSpeechEncoder();
    const pcm = tone(500, -20, 16_000 * 3);
    const packets = Array.from({ length: 150 }, (_, at) => encoder.encode(pcm.subarray(at * 320, (at + 1) * 320)));
    const voices = [{ legs: ['xb/fr', 'xb/nl'], packets }];
    this.world.group.announce({ announcement: 'ann', urgency, voices }, this.world.nowMs);
  }

  /** When the floor first was his emergency's, ms after `fromMs`. */
  heardAfterMs(fromMs: number): number {
    const at = this.floors.find(({ atMs, party }) => atMs >= fromMs && party === 'xb/be')?.atMs;
    return (at ?? Infinity) - fromMs;
  }

  readonly floors: { readonly atMs: number; readonly party: string }[] = [];
  watch(): void {
    const { onEvent } = this.world;
    this.world.onEvent = (event) => {
      onEvent(event);
      if (event.name !== 'floor' || event.floor.holder?.emergency !== true) return;
      this.floors.push({ atMs: this.world.nowMs, party: event.floor.holder.party });
    };
  }
}

interface Situation {
  readonly name: string;
  readonly settings?: Partial<GroupSettings>;
  readonly legs?: Partial<Record<string, Partial<LegSettings>>>;
  readonly before: (scene: Scene) => void;
  /** Who is told that he has lost the floor. */
  readonly interrupted?: readonly string[];
  /** A leg that has no call: it loses what is said. */
  readonly absent?: string;
}

const situations: readonly Situation[] = [
  { name: 'nobody talks', before: () => undefined },
  {
    name: 'another leg talks',
    before: ({ fr }) => fr.talk(voice(20)),
    interrupted: ['xb/fr'],
  },
  {
    name: 'a console talks',
    before: (scene) => {
      const console = scene.world.console('console:1');
      console.request(1);
      console.speak(tone(900, -20, 16_000 * 20));
    },
    interrupted: ['console:1'],
  },
  {
    name: 'a console of the highest priority talks',
    before: (scene) => {
      const console = scene.world.console('console:1', 14);
      console.request(1);
      console.speak(tone(900, -20, 16_000 * 20));
    },
    interrupted: ['console:1'],
  },
  {
    name: 'a console talks over a leg',
    settings: { override: 'mix' },
    before: (scene) => {
      scene.fr.talk(voice(20));
      scene.run(200);
      const console = scene.world.console('console:1', 14);
      console.request(1);
      console.speak(tone(900, -20, 16_000 * 20));
    },
    interrupted: ['xb/fr', 'console:1'],
  },
  {
    name: 'the queue is full',
    settings: { queueLimit: 1 },
    before: (scene) => {
      scene.fr.talk(voice(20));
      scene.run(100);
      for (const id of ['console:1', 'console:2']) scene.world.console(id).request(1);
      expect(scene.world.results('console:2')).toEqual(['denied queue-full']);
    },
    interrupted: ['xb/fr'],
  },
  {
    name: 'its own network waits in the queue',
    before: (scene) => {
      scene.fr.talk(voice(20));
      scene.run(100);
      if (scene.radio === 'key') scene.be.talk(voice(0.5));
      else scene.world.group.request('xb/be', { requestId: 1 }, scene.world.nowMs);
    },
    interrupted: ['xb/fr'],
  },
  {
    name: 'it talks itself',
    before: (scene) => {
      if (scene.radio === 'signalled') scene.world.group.request('xb/be', { requestId: 1 }, scene.world.nowMs);
      scene.be.talk(voice(0.5));
    },
  },
  {
    name: 'it has reached its talk limit and not let go',
    settings: { talkLimitMs: 2000, talkWarnMs: 1000 },
    before: (scene) => {
      if (scene.radio === 'signalled') scene.world.group.request('xb/be', { requestId: 1 }, scene.world.nowMs);
      scene.be.talk(voice(2.5));
      scene.run(2200);
      expect(scene.world.results('xb/be')).toContain('revoked talk-limit');
    },
  },
  {
    name: 'another has just lost the floor and is still heard',
    settings: { talkLimitMs: 2000, talkWarnMs: 1000, graceMs: 2000 },
    before: (scene) => {
      scene.fr.talk(voice(20));
      scene.run(2100);
      expect(scene.world.holder).toBe('xb/fr');
    },
    interrupted: ['xb/fr'],
  },
  { name: 'an announcement is spoken', before: (scene) => scene.announce('patient') },
  { name: 'an urgent announcement is spoken', before: (scene) => scene.announce('urgent') },
  {
    name: 'it has just been sent the tail of another’s talk',
    before: (scene) => {
      scene.fr.talk(voice(1));
      scene.run(1000);
      expect(scene.be.leg.mustGuard(scene.world.nowMs)).toBe(true);
    },
  },
  {
    name: 'its leg is kept out because our own voice came back on it',
    settings: { loops: { likenessMin: 0.75, holdMs: 10_000, holdMsMax: 300_000 } },
    before: (scene) => {
      const { world, fr, be } = scene;
      const french = narrow(speech('fr'));
      fr.talk(french.subarray(0, 8000 * 3));
      let cut = false;
      be.onArrival = ({ payload, payloadType }) => {
        if (payloadType !== 8 || cut) return;
        const bytes = new Uint8Array(12 + payload.length);
        bytes.set(payload, 12);
        be.sendAt(world.nowMs + 300, be.stamp(bytes, 8, 160));
      };
      scene.run(3200);
      cut = true;
      expect(world.reports('xb/be').at(-1)?.isolated).toBe(true);
    },
  },
  {
    name: 'another leg has no call',
    before: (scene) => scene.world.group.disconnectLeg(scene.nl.leg, scene.world.nowMs),
    absent: 'xb/nl',
  },
  {
    name: 'another leg’s network is slow to grant',
    legs: { nl: { grant: { mode: 'delay', delayMs: 800 } } },
    before: () => undefined,
  },
  {
    name: 'the call of its own leg has just been set up again',
    before: (scene) => {
      scene.world.group.disconnectLeg(scene.be.leg, scene.world.nowMs);
      scene.run(500);
      scene.be.connect();
    },
  },
  { name: 'the voice process has just been started again', before: (scene) => scene.begin() },
];

describe.each(['key', 'signalled'] as const)('a press (%s)', (radio) => {
  it.each(situations)(
    'while $name has the floor and is shown',
    ({ settings, legs, before, interrupted = [], absent }) => {
      const scene = new Scene(radio, settings, legs);
      before(scene);
      scene.run(100);
      scene.watch();
      const { world } = scene;
      const pressMs = world.nowMs;
      const told = interrupted.map((party) => world.results(party).length);
      scene.press();
      expect(scene.heardAfterMs(pressMs)).toBeLessThanOrEqual(20);
      expect(scene.shown[0]).toMatchObject({
        emergency: { state: 'unacknowledged', caller: { address: '3200001', partyId: 'xb/be' } },
      });
      expect((scene.shown[0]?.atMs ?? Infinity) - pressMs).toBeLessThanOrEqual(20);
      expect(scene.held).toEqual([true]);
      for (const [at, party] of interrupted.entries()) {
        const results = world.results(party).slice(party === 'xb/fr' && settings?.graceMs ? 0 : told[at]);
        expect(results).toContain(settings?.graceMs ? 'revoked talk-limit' : 'revoked pre-empted');
      }
      scene.run(1500);
      scene.letGo();
      scene.run(4000);
      const emergency = world.overs.filter((over) => over.party === 'xb/be' && over.emergency);
      expect(emergency).toHaveLength(1);
      const { [absent ?? '']: _, ...lostMs } = emergency[0]!.lostMs;
      expect(Object.values(lostMs).every((ms) => ms === 0)).toBe(true);
      expect(emergency[0]).toMatchObject({ priority: 15, end: 'released' });
      // One press, told in words once it is over.
      expect(new Set(scene.shown.map(({ emergency: { id } }) => id)).size).toBe(1);
      scene.run(10_000);
      expect(scene.said.map(({ id }) => id)).toEqual(['ann-emg']);
    },
  );

  it('while another emergency is heard is shown at once, and heard as soon as that ends', () => {
    const scene = new Scene(radio);
    const { world } = scene;
    world.group.request('xb/fr', { emergency: true }, world.nowMs);
    scene.fr.talk(voice(2));
    scene.run(500);
    scene.watch();
    const pressMs = world.nowMs;
    if (radio === 'key') scene.be.key('D');
    else world.group.request('xb/be', { requestId: 9, emergency: true }, world.nowMs);
    scene.run(20);
    expect(world.holder).toBe('xb/fr');
    expect(scene.shown.at(-1)).toMatchObject({ atMs: pressMs, emergency: { caller: { partyId: 'xb/be' } } });
    scene.be.talk(joined(mayday, mayday));
    const endMs = (): number => world.overs.find(({ party }) => party === 'xb/fr')?.durationMs ?? Infinity;
    scene.run(2500);
    expect(endMs()).toBeLessThan(3000);
    expect(world.holder).toBe('xb/be');
    scene.run(1000);
    scene.letGo();
    scene.run(3000);
    expect(scene.shown.map(({ emergency }) => emergency.repeated)).toEqual(scene.shown.map(() => 0));
    expect(new Set(scene.shown.map(({ emergency }) => emergency.id)).size).toBe(2);
  });

  it.runIf(radio === 'key')('counts for the words that come a little later, whoever talks by then', () => {
    const scene = new Scene(radio);
    scene.be.key('D');
    scene.run(1500);
    expect(scene.world.holder).toBeUndefined();
    scene.fr.talk(voice(5));
    scene.run(500);
    scene.be.talk(mayday);
    scene.run(20);
    expect(scene.world.holder).toBe('xb/be');
    expect(scene.shown.every(({ emergency: { id, repeated } }) => id === 1 && repeated === 0)).toBe(true);
  });

  it('is heard by a leg whose call comes up meanwhile', () => {
    const scene = new Scene(radio);
    scene.world.group.disconnectLeg(scene.nl.leg, scene.world.nowMs);
    scene.press(joined(mayday, mayday));
    scene.run(500);
    scene.nl.connect();
    scene.run(3000);
    expect(scene.nl.audible.length).toBeGreaterThan(110);
  });

  it('of a side that may only listen has no floor, and consoles are shown nothing that is not so', () => {
    const scene = new Scene(radio, {}, { be: { mayTalk: false } });
    scene.press();
    scene.run(3000);
    expect(scene.world.results('xb/be')).toContain('denied receive-only');
    expect(scene.shown).toEqual([]);
    expect(scene.held).toEqual([]);
  });

  it('goes as an emergency to sides that talk, as an over like any other to those that only listen (R6)', () => {
    const signalled = { keyOut: { mode: 'signalled' }, grant: { mode: 'signalled', timeoutMs: 1000 } } as const;
    const scene = new Scene(radio, {}, { fr: signalled, nl: { ...signalled, mayTalk: false } });
    scene.press();
    const asked = scene.world.events.filter((event) => event.name === 'legTalk' && event.wanted);
    expect(asked).toMatchObject([
      { leg: 'xb/fr', emergency: true, priority: 15 },
      { leg: 'xb/nl', emergency: false, priority: 14 },
    ]);
  });
});
