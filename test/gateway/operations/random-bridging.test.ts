/**
 * 500 random operations on groups while the radios of every talkgroup go on talking, on virtual time: the rules, their
 * shell and the voice path as they are, only calls and sockets are played. All that radios say is two tones at once, one for
 * their talkgroup and one for the group that it is in at that moment, so that every packet that a far end gets says where
 * and when it was said.
 */
import { expect, it } from 'vitest';
import { Alarm, ManualClock } from '../../../src/base/clock.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import type { Config } from '../../../src/config/schema.ts';
import type { GroupOperation } from '../../../src/console/operation.ts';
import { type PlannedLeg, planGroups } from '../../../src/gateway/group-plan.ts';
import { Operations } from '../../../src/gateway/operations/operations.ts';
import { decodeG711, encodeG711 } from '../../../src/media/g711.ts';
import type { Person } from '../../../src/operations/terms.ts';
import { RtpPacket, writeRtpHeader } from '../../../src/protocols/rtp/rtp-packet.ts';
import { LoopPlaces } from '../../../src/talkgroups/group-loops.ts';
import type { Leg } from '../../../src/talkgroups/leg.ts';
import { SharedGroup } from '../../../src/talkgroups/shared-group.ts';
import type { GroupSettings, OverReport } from '../../../src/talkgroups/terms.ts';
import { tone } from '../../media/signals.ts';
import { legMedia, legSettings } from '../../talkgroups/settings.ts';
import { demoConfig as demo } from '../demo-config.ts';
import { quietConsole, quietEvents, quietOlder } from './quiet-ports.ts';

/** Its own two talkgroups talk by turns all the time; whatever else is joined to it listens. */
const pours = 'xb-pours-1';
const pair = ['as:5300110', 'in:590-911'] as const;
const encrypted = 'in:590-880';
const owned = 'in:590-131';
const onDemand = ['xb-patr-b1', 'xb-pours-2', 'xb-pours-3'] as const;
const dispatcher: Person = { person: 'op 1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const owner: Person = { person: 'op 2', display: 'TN 59', role: 'dispatcher', controlRoom: 'cr-tn59' };

const config: Config = {
  ...demo,
  announcements: { ...demo.announcements, enabled: false },
  loops: { ...demo.loops, recognise: false },
  talkgroups: demo.talkgroups.map((each) => (each.id === owned ? { ...each, consentOf: 'cr-tn59' } : each)),
  // Beside the pair's group one permanent and three on demand; most talkgroups are free to be joined to any of them.
  sharedGroups: demo.sharedGroups.flatMap((each) => {
    if (each.id === 'xb-acc') return [{ ...each, legs: each.legs.slice(0, 1) }];
    if (each.id === 'xb-patr-b1') return [{ ...each, mode: 'on-demand' as const, legs: each.legs.slice(0, 2) }];
    return each.id === 'xb-pours-2' ? [each, { ...each, id: 'xb-pours-3', legs: [] }] : [each];
  }),
};
const talkgroups = config.talkgroups.map(({ id }) => id);
const groups = config.sharedGroups.map(({ id }) => id);
/** Whole cycles in 20 ms, so that no tone shows in the place of another. */
const talkgroupHz = new Map(talkgroups.map((talkgroup, index) => [talkgroup, 400 + 100 * index]));
/** What is said on a talkgroup that is in no group must come nowhere. */
const nowhere = 'nowhere';
const groupHz = new Map([...groups, nowhere].map((group, index) => [group, 2600 + 100 * index]));
const overMs = 1200;
const pauseMs = 800;

interface Call {
  readonly group: SharedGroup;
  readonly leg: Leg;
}

/** The radios of a talkgroup, which know nothing of groups. */
class Radios {
  call: Call | undefined;
  talkingUntilMs = 0;
  /** Packets heard so far, by the talkgroup that they came from. */
  readonly heard = new Map<string, number>();
  readonly #voice = new Map<string, Uint8Array>();
  #sequence = 1;
  #timestamp = 0;

  constructor(talkgroup: string) {
    const own = tone(whatIs(talkgroupHz, talkgroup), -20, 160, 8000);
    for (const [group, hz] of groupHz) {
      const there = tone(hz, -20, 160, 8000);
      const voice = new Uint8Array(160);
      encodeG711(
        'PCMA',
        own.map((sample, n) => sample + (there[n] ?? 0)),
        160,
        voice,
        0,
      );
      this.#voice.set(group, voice);
    }
  }

  packet(group: string): Uint8Array {
    const bytes = new Uint8Array(172);
    bytes.set(whatIs(this.#voice, group), 12);
    writeRtpHeader(bytes, false, 8, this.#sequence, this.#timestamp, 0x77);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp += 160;
    return bytes;
  }
}

class World {
  readonly clock = new ManualClock({ nowMs: 1000, utcMs: Date.UTC(2026, 0, 1) });
  readonly random = new SeededRandom(11);
  readonly radios = new Map(talkgroups.map((talkgroup) => [talkgroup, new Radios(talkgroup)]));
  readonly overs: OverReport[] = [];
  readonly leaks: string[] = [];
  packetsHeard = 0;
  /** What the page shows: to which group each talkgroup is joined. */
  readonly shown = new Map<string, string>();
  readonly #voice = new Map<string, SharedGroup>();
  readonly #wanted = new Set<string>();
  readonly #loopPlaces = new LoopPlaces();
  readonly operations: Operations;

  constructor() {
    const nothing = () => undefined;
    this.operations = new Operations(config, {
      clock: this.clock,
      events: quietEvents,
      console: {
        ...quietConsole,
        setBridging: ({ group, state, members }) => {
          const joined = members.filter(({ consentAwaited }) => state !== 'closed' && !consentAwaited);
          this.#show(
            group,
            joined.map(({ talkgroup }) => talkgroup),
          );
        },
      },
      attachments: {
        sendText: () => 0,
        join: (planned) => this.#join(planned),
        leave: (leg) => this.#leave(leg),
        prioritise: nothing,
      },
      rtc: { openGroup: nothing, joinLeg: nothing, leaveLeg: nothing, closeGroup: nothing },
      speech: { speak: async () => ({ ok: false, reason: 'off' }) },
      kept: () => ({ read: nothing, write: nothing }),
      older: quietOlder,
      sendVoice: (command) => {
        if (command.name === 'openGroup') this.#open(command.settings);
        if (command.name === 'closeGroup') this.#close(command.group);
      },
    });
    for (const { settings, legs } of planGroups(config)) {
      this.#open(settings);
      this.#show(
        settings.group,
        legs.map(({ need }) => talkgroupOf(need.leg)),
      );
      for (const leg of legs) this.#join(leg);
    }
  }

  radiosOf(talkgroup: string): Radios {
    return whatIs(this.radios, talkgroup);
  }

  isTalking(talkgroup: string): boolean {
    return this.radiosOf(talkgroup).talkingUntilMs > this.clock.nowMs();
  }

  operate(operation: GroupOperation, person: Person): string {
    let answer = 'unanswered';
    this.operations.operate(person, operation, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }

  /** Now and then, each for a while; those that are joined to the pair's group listen. */
  letOthersTalk(): void {
    const nowMs = this.clock.nowMs();
    for (const [talkgroup, radios] of this.radios) {
      const listens = this.shown.get(talkgroup) === pours || this.#wanted.has(`${pours}/${talkgroup}`);
      if (listens || radios.talkingUntilMs > nowMs || this.random.fraction() > 0.01) continue;
      radios.talkingUntilMs = nowMs + 300 + Math.floor(1700 * this.random.fraction());
    }
  }

  /** 20 ms: whoever talks says one packet on the radio; the gateway has it where there is a call. */
  turn(): void {
    for (const [talkgroup, radios] of this.radios) {
      if (!this.isTalking(talkgroup)) continue;
      const bytes = radios.packet(this.shown.get(talkgroup) ?? nowhere);
      const { call } = radios;
      call?.group.onLegDatagram(call.leg, bytes, this.clock.nowMs());
    }
    this.clock.advance(20);
  }

  #show(group: string, members: readonly string[]): void {
    for (const [talkgroup, at] of this.shown) {
      if (at === group && !members.includes(talkgroup)) this.shown.delete(talkgroup);
    }
    for (const talkgroup of members) {
      expect(this.shown.get(talkgroup) ?? group, `${talkgroup} is in one group at a time`).toBe(group);
      expect(talkgroup).not.toBe(encrypted);
      this.shown.set(talkgroup, group);
    }
  }

  #open(settings: GroupSettings): void {
    const alarm = new Alarm(this.clock, () => {
      group.tick(this.clock.nowMs());
      alarm.setAt(group.dueMs);
    });
    const group: SharedGroup = new SharedGroup(settings, {
      report: (event) => {
        if (event.name === 'over') this.overs.push(event.report);
        this.operations.voiceEvent(event);
      },
      wake: (dueMs) => alarm.setAt(dueMs),
      utcMs: (nowMs) => nowMs,
      nextOver: () => this.overs.length + 1,
      random: this.random,
      loopPlaces: this.#loopPlaces,
    });
    this.#voice.set(settings.group, group);
  }

  #close(id: string): void {
    this.#voice.get(id)?.close(this.clock.nowMs());
    this.#voice.delete(id);
  }

  /** The call stands after as long as call set-up takes. */
  #join({ plan }: PlannedLeg): void {
    const group = this.#voice.get(plan.group);
    if (group === undefined) throw new Error(`${plan.leg} is joined before its group is open`);
    this.#wanted.add(plan.leg);
    const upMs = this.clock.nowMs() + 20 + Math.floor(800 * this.random.fraction());
    this.clock.callAt(upMs, () => {
      const talkgroup = talkgroupOf(plan.leg);
      const radios = this.radiosOf(talkgroup);
      if (!this.#wanted.has(plan.leg) || radios.call !== undefined) return;
      const nowMs = this.clock.nowMs();
      const { priority, priorityMax, mayTalk } = plan;
      const leg = group.addLeg({ ...legSettings(plan.leg), group: plan.group, priority, priorityMax, mayTalk }, nowMs);
      const sendRtp = (bytes: Uint8Array, length: number) => this.#hear(plan, bytes, length);
      group.connectLeg(leg, legMedia, { sendRtp, sendRtcp: () => undefined }, nowMs);
      radios.call = { group, leg };
      this.operations.legState(plan.leg, true, false);
    });
  }

  #leave(id: string): void {
    this.#wanted.delete(id);
    const radios = this.radiosOf(talkgroupOf(id));
    if (radios.call?.leg.id !== id) return;
    radios.call.group.removeLeg(radios.call.leg, this.clock.nowMs());
    radios.call = undefined;
  }

  /** A word is heard in the group that its talkgroup was in when it was said, however late, and in no other. */
  #hear({ leg, group }: PlannedLeg['plan'], bytes: Uint8Array, length: number): void {
    const packet = new RtpPacket();
    if (packet.read(bytes.subarray(0, length)) !== undefined) throw new Error('what we send is no RTP packet');
    const pcm = new Float32Array(packet.payloadBytes);
    decodeG711('PCMA', bytes, packet.payloadOffset, packet.payloadBytes, pcm);
    if (pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length < 1e-5) return;
    if (isCutTone(pcm)) return; // of a talker whose leg has just been taken away
    const talker = strongestOf(talkgroupHz, pcm);
    const saidIn = strongestOf(groupHz, pcm);
    const listener = talkgroupOf(leg);
    const { heard } = this.radiosOf(listener);
    this.packetsHeard += 1;
    heard.set(talker, (heard.get(talker) ?? 0) + 1);
    if (talker === listener || saidIn !== group || !this.#wanted.has(leg)) {
      this.leaks.push(`${leg} heard at ${this.clock.nowMs()} ms what ${talker} said in ${saidIn}`);
    }
  }
}

function talkgroupOf(leg: string): string {
  return leg.slice(leg.indexOf('/') + 1);
}

function whatIs<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = map.get(key);
  if (value === undefined) throw new Error(`no ${key}`);
  return value;
}

/** A tone's two waves, so that each is worked out once. */
function wavesOf(hz: number): { readonly cosine: Float64Array; readonly sine: Float64Array } {
  const angle = (_: unknown, n: number): number => (2 * Math.PI * hz * n) / 8000;
  const angles = Float64Array.from({ length: 160 }, angle);
  return { cosine: angles.map(Math.cos), sine: angles.map(Math.sin) };
}
const waves = new Map([...talkgroupHz.values(), ...groupHz.values()].map((hz) => [hz, wavesOf(hz)]));

/** The key of the tone that is the strongest of these. */
function strongestOf(tones: ReadonlyMap<string, number>, pcm: Float32Array): string {
  const powers = [...tones].map(([key, hz]) => ({ key, power: powerAt(hz, pcm) }));
  return powers.reduce((best, each) => (each.power > best.power ? each : best)).key;
}

/** Every word has the tone of a group, the sign that words were cut has none. */
function isCutTone(pcm: Float32Array): boolean {
  const power = pcm.reduce((sum, sample) => sum + sample * sample, 0);
  return Math.max(...[...groupHz.values()].map((hz) => powerAt(hz, pcm))) / (power * pcm.length) < 0.01;
}

function powerAt(hz: number, pcm: Float32Array): number {
  const { cosine, sine } = whatIs(waves, hz);
  let real = 0;
  let imaginary = 0;
  for (let n = 0; n < pcm.length; n++) {
    real += (pcm[n] ?? 0) * (cosine[n] ?? 0);
    imaginary += (pcm[n] ?? 0) * (sine[n] ?? 0);
  }
  return real * real + imaginary * imaginary;
}

/** The next thing that somebody does, whether it makes sense or not. */
function anyOperation(world: World): readonly [GroupOperation, Person] {
  const { random } = world;
  const one = <T>(choice: readonly T[]): T => choice[Math.floor(choice.length * random.fraction())] as T;
  const durationMs = 61_000 + Math.floor(60_000 * random.fraction());
  const reason = 'essai';
  const person = one([dispatcher, dispatcher, dispatcher, owner]);
  const group = one(groups);
  const talkgroup = one(talkgroups);
  switch (
    one(['open', 'open', 'add', 'add', 'add', 'add', 'remove', 'remove', 'consent', 'extend', 'close', 'keep'] as const)
  ) {
    case 'open': {
      const added = talkgroups.filter((each) => !pair.includes(each as never) && random.fraction() < 0.15);
      return [{ name: 'open', group: one(onDemand), reason, talkgroups: added, durationMs }, person];
    }
    case 'add':
      // Whoever talks would be heard on the pair's group and hold its floor.
      if (group === pours && world.isTalking(talkgroup)) return [{ name: 'keep', group }, person];
      return [{ name: 'add', group, talkgroup, reason, durationMs }, person];
    case 'remove': {
      const [joined, there] = one([...world.shown]);
      const isGuess = random.fraction() < 0.3;
      return [{ name: 'remove', group: isGuess ? group : there, talkgroup: isGuess ? talkgroup : joined }, person];
    }
    case 'consent':
      return [
        { name: 'consent', group, talkgroup: owned, given: random.fraction() < 0.7 },
        one([owner, owner, person]),
      ];
    case 'extend':
      return [{ name: 'extend', group, durationMs }, person];
    case 'close':
      return [{ name: 'close', group: one(onDemand), afterMs: one([0, 5000]) }, person];
    case 'keep':
      return [{ name: 'keep', group }, person];
  }
}

/** An over of the pair, and who is on a call in its group from its beginning. */
class Over {
  readonly #world: World;
  readonly #talker: string;
  readonly #listeners: readonly { readonly radios: Radios; readonly call: Call; readonly before: number }[];

  constructor(world: World, talker: string) {
    this.#world = world;
    this.#talker = talker;
    world.radiosOf(talker).talkingUntilMs = world.clock.nowMs() + overMs;
    this.#listeners = [...world.radios].flatMap(([talkgroup, radios]) => {
      const { call } = radios;
      if (talkgroup === talker || call?.leg.id !== `${pours}/${talkgroup}`) return [];
      return [{ radios, call, before: this.#heardBy(radios) }];
    });
  }

  /** Packets that each heard who stayed on its call. */
  heard(): readonly number[] {
    return this.#listeners
      .filter(({ radios, call }) => radios.call === call)
      .map(({ radios, before }) => this.#heardBy(radios) - before);
  }

  /** Legs that were on a call throughout and that the gateway itself says it lost something for. */
  lost(): readonly OverReport[] {
    return this.#world.overs.filter(
      ({ party, lostMs }) => party === `${pours}/${this.#talker}` && Object.values(lostMs).some((ms) => ms > 0),
    );
  }

  #heardBy(radios: Radios): number {
    return radios.heard.get(this.#talker) ?? 0;
  }
}

it('500 random operations lose no word of those that they do not concern, and let nobody hear who is not joined', () => {
  const world = new World();
  const answers = new Map<string, number>();
  const heard: number[] = [];
  for (let turn = 0; turn < 60; turn++) world.turn();

  let done = 0;
  let nextMs = 0;
  for (let overs = 0; done < 500; overs++) {
    const over = new Over(world, pair[overs % 2] as string);
    for (let turn = 0; turn < (overMs + pauseMs) / 20; turn++) {
      world.letOthersTalk();
      if (world.clock.nowMs() >= nextMs) {
        const [operation, person] = anyOperation(world);
        const answer = `${operation.name} ${world.operate(operation, person)}`;
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        done += 1;
        nextMs = world.clock.nowMs() + Math.floor(900 * world.random.fraction());
      }
      world.turn();
    }
    heard.push(...over.heard());
    expect(over.lost()).toEqual([]);
  }

  expect(world.leaks).toEqual([]);
  expect(heard.filter((packets) => packets !== overMs / 20)).toEqual([]);
  // That all this was put to the test: the pair's overs, those who listened to them, what was done and what was refused.
  expect(heard.length).toBeGreaterThan(150);
  expect(world.packetsHeard).toBeGreaterThan(15_000);
  for (const each of ['open', 'add', 'remove', 'consent', 'extend', 'close', 'keep']) {
    expect(answers.get(`${each} done`), each).toBeGreaterThan(2);
  }
  for (const refused of ['add in-other-group', 'add end-to-end-encrypted', 'remove own-leg', 'consent not-owner']) {
    expect(answers.get(refused), refused).toBeGreaterThan(0);
  }
}, 60_000);
