/** Presses as legs and radios tell them: one emergency each, shown, said on the air, written down and kept. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { Config } from '../../../src/config/schema.ts';
import type { Emergency } from '../../../src/console/console-terms.ts';
import type { EmergencyOperation } from '../../../src/console/operation.ts';
import type { AnnouncementOrder } from '../../../src/gateway/operations/announcements.ts';
import { Emergencies } from '../../../src/gateway/operations/emergencies.ts';
import type { Person } from '../../../src/operations/terms.ts';
import type { FloorSnapshot } from '../../../src/voice/contract.ts';
import { demoConfig } from '../demo-config.ts';

const group = 'xb-pours-1';
const leg = `${group}/in:590-911`;
const bac2 = { callSign: 'BAC 2', address: '590 1 92 102', networkId: 'inpt', country: 'FR', verified: true };
const lille: Person = { person: 'tn-op-1', display: 'Lille 1', role: 'dispatcher', controlRoom: 'cr-tn59' };
const chief: Person = { person: 'ccpd-sup', display: 'Chef', role: 'supervisor', controlRoom: 'cr-ccpd' };

class Stand {
  readonly clock: ManualClock;
  readonly shown: Emergency[] = [];
  readonly over: number[] = [];
  readonly said: AnnouncementOrder[] = [];
  readonly held: string[] = [];
  readonly lines: object[] = [];
  kept: unknown;
  talker = bac2 as object;
  isNamedAnew = true;
  readonly emergencies: Emergencies;

  constructor(options: { kept?: unknown; utcMs?: number; config?: Config } = {}) {
    this.clock = new ManualClock({ nowMs: 1000, utcMs: options.utcMs ?? Date.UTC(2026, 0, 1) });
    this.kept = options.kept;
    this.emergencies = new Emergencies(options.config ?? demoConfig, {
      clock: this.clock,
      events: { operations: { emergency: (at) => this.lines.push(at) }, state: { notKept: () => undefined } },
      console: {
        identify: (_, address) =>
          address === '' ? { networkId: 'inpt', verified: false } : { ...this.talker, address },
        talkerNow: () => this.talker,
        isNamedAnew: () => this.isNamedAnew,
        setEmergency: (emergency) => this.shown.push(emergency),
        clearEmergency: (id) => this.over.push(id),
      },
      announcements: { say: (order) => this.said.push(order) },
      kept: {
        read: () => this.kept,
        write: (document) => {
          this.kept = JSON.parse(JSON.stringify(document));
          return undefined;
        },
      },
      hearing: () => ['as:5300110', 'in:590-911'],
      hold: (held, open) => this.held.push(`${held} ${open}`),
    });
  }

  talks(over: number | undefined, emergency = true, queue: FloorSnapshot['queue'] = [], party = leg): void {
    const holder = over === undefined ? {} : { holder: { party, priority: 15, emergency, over, sinceUtcMs: 0 } };
    this.emergencies.voiceEvent({ name: 'floor', floor: { group, ...holder, queue } });
  }

  does(person: Person, operation: EmergencyOperation): string {
    let answer = 'unanswered';
    this.emergencies.operate(person, operation, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }

  get last(): Emergency {
    return this.shown.at(-1)!;
  }
}

const about = { emergency: 1 };

describe('an emergency on a leg', () => {
  it('is shown at once with who, network and the room that must answer, and holds the group open', () => {
    const stand = new Stand();
    stand.talks(7);
    expect(stand.shown).toHaveLength(1);
    expect(stand.last).toMatchObject({
      id: 1,
      groupId: group,
      state: 'unacknowledged',
      homeRooms: ['cr-tn59'],
      caller: { callSign: 'BAC 2', country: 'FR', partyId: leg },
    });
    expect(stand.held).toEqual([`${group} true`]);
    expect(stand.lines).toMatchObject([{ what: 'raised', talker: '590192102', home: ['cr-tn59'] }]);
  });

  it('is one with the alarm that its radio sends, and takes its place', () => {
    const stand = new Stand();
    stand.talks(7);
    const place = { latitudeDeg: 50.7, longitudeDeg: 3.1 };
    stand.emergencies.alarmSaid({ group, leg, address: '590192102', raised: true, place });
    expect(stand.last).toMatchObject({ id: 1, repeated: 0, place });
    stand.emergencies.alarmSaid({ group, leg, address: '590 1 92 102', raised: false });
    expect(stand.last).toMatchObject({ id: 1, lowered: true, state: 'unacknowledged' });
  });

  it('gets its name when the network says it later, and with it the right room', () => {
    const stand = new Stand();
    stand.talker = { networkId: 'inpt' };
    stand.talks(7);
    expect(stand.last.homeRooms).toEqual(['cr-tn59']); // of the network
    stand.talker = { ...bac2, address: '590192124' };
    stand.emergencies.talkerNamed(group, leg);
    expect(stand.last).toMatchObject({ id: 1, caller: { address: '590192124' } });
    stand.emergencies.talkerNamed(group, 'elsewhere');
    expect(stand.shown).toHaveLength(2);
  });

  it('is not given the name of whoever talked before him, unless no other comes', () => {
    const stand = new Stand();
    stand.isNamedAnew = false;
    stand.talks(7);
    expect(stand.last).toMatchObject({ id: 1, caller: { verified: false } });
    stand.clock.advance(100);
    stand.talker = { ...bac2, address: '590192124' };
    stand.emergencies.talkerNamed(group, leg);
    expect(stand.last).toMatchObject({ id: 1, caller: { address: '590192124' } });
    stand.clock.advance(5000);
    expect(stand.lines.filter((line) => 'what' in line && line.what === 'raised')).toHaveLength(1);

    const same = new Stand();
    same.isNamedAnew = false;
    same.talks(7);
    same.clock.advance(699);
    expect(same.last).toMatchObject({ caller: { verified: false } });
    same.clock.advance(1);
    expect(same.last).toMatchObject({ id: 1, caller: { callSign: 'BAC 2' } });
  });

  it('is told in words to all who hear the group when its over ends, urgently', () => {
    const stand = new Stand();
    stand.talks(7);
    stand.talks(7);
    stand.clock.advance(3000);
    stand.talks(undefined);
    expect(stand.said).toMatchObject([
      { id: 'ann-emg', urgency: 'emergency', fields: { call_sign: 'BAC 2' }, talkgroups: ['as:5300110', 'in:590-911'] },
    ]);
    stand.talks(8, false);
    expect(stand.lines).toHaveLength(1);
  });

  it('is shown at once when it must wait for another emergency, and is the same one when it is heard', () => {
    const stand = new Stand();
    stand.talks(7);
    stand.talker = { networkId: 'astrid', address: '5317031' };
    const other = `${group}/as:5300110`;
    const waiting = { party: other, priority: 15, emergency: true, sinceUtcMs: 0 } as const;
    stand.talks(7, true, [waiting, { party: 'console:1', priority: 9, sinceUtcMs: 0 }]);
    expect(stand.shown.map(({ id, caller }) => [id, caller?.partyId])).toEqual([
      [1, leg],
      [2, other],
    ]);
    stand.clock.advance(30_000);
    stand.talks(8, true, [], other);
    stand.talks(undefined);
    expect(stand.shown.filter(({ id }) => id === 2).at(-1)).toMatchObject({ repeated: 0 });
    expect(stand.lines.filter((line) => 'what' in line && line.what === 'raised')).toHaveLength(2);
  });

  it('of two radios of one side is two, though the second is named only while it talks', () => {
    const stand = new Stand();
    stand.talks(7);
    stand.talker = { networkId: 'inpt' };
    stand.talks(8);
    expect(stand.last).toMatchObject({ id: 1 });
    stand.talker = { ...bac2, callSign: 'BAC 3', address: '590 1 92 103' };
    stand.emergencies.talkerNamed(group, leg);
    expect(stand.last).toMatchObject({ id: 2, caller: { address: '590192103' } });
    stand.emergencies.talkerNamed(group, leg);
    expect(stand.last).toMatchObject({ id: 2, repeated: 0 });
  });

  it('is said with the code of a place within 3 km, of its alarm or of the position that its radio sends next', () => {
    const places = [{ code: 'PF-05', name: { fr: 'a', nl: 'a', en: 'a' }, latitudeDeg: 50.79, longitudeDeg: 3.12 }];
    const config = { ...demoConfig, places };
    const said = { group, leg, address: '590 1 92 102' };
    const near = { latitudeDeg: 50.78, longitudeDeg: 3.13 };
    const far = { latitudeDeg: 50.6, longitudeDeg: 3.13 };
    for (const [place, code] of [
      [near, 'PF-05'],
      [far, ''],
    ] as const) {
      const stand = new Stand({ config });
      stand.emergencies.placeSaid({ ...said, place: near });
      expect(stand.shown).toEqual([]); // nobody is in distress
      stand.talks(7);
      stand.emergencies.placeSaid({ ...said, address: '', place: near }); // whose, is not said
      expect(stand.last).not.toHaveProperty('place');
      stand.emergencies.placeSaid({ ...said, place });
      expect(stand.last).toMatchObject({ place });
      stand.talks(undefined);
      expect(stand.said).toMatchObject([{ id: 'ann-emg', fields: { call_sign: 'BAC 2', place: code } }]);
      const after = new Stand({ config, kept: stand.kept });
      after.emergencies.start();
      expect(after.last).toMatchObject({ place });
    }
  });

  it('that anybody could have claimed is shown as such', () => {
    const stand = new Stand();
    stand.emergencies.alarmSaid({ group, leg, address: '590192102', raised: true, unproven: true });
    expect(stand.last).toMatchObject({ caller: { callSign: 'BAC 2', verified: false } });
    const after = new Stand({ kept: stand.kept });
    after.emergencies.start();
    expect(after.last).toMatchObject({ caller: { verified: false } });
  });

  it('reminds every 10 s, escalates after 20 s, and is acknowledged on behalf with a proof', () => {
    const stand = new Stand();
    stand.talks(7);
    expect(stand.does(chief, { ...about, name: 'acknowledgeEmergency', proof: 'x' })).toBe('not-escalated');
    stand.clock.advance(20_000);
    expect(stand.last).toMatchObject({ reminders: 2, escalated: true });
    expect(stand.does(chief, { ...about, name: 'acknowledgeEmergency', proof: 'réponse à 18:52:40' })).toBe('done');
    expect(stand.last).toMatchObject({
      state: 'acknowledged',
      acknowledgedRoom: 'CCPD Tournai',
      proof: 'réponse à 18:52:40',
    });
    expect(stand.lines.at(-1)).toMatchObject({ what: 'acknowledge', operator: 'Chef', words: 'réponse à 18:52:40' });
  });

  it('is over for all when it has been cleared in two steps', () => {
    const stand = new Stand();
    stand.talks(7);
    stand.talks(undefined);
    expect(stand.does(lille, { ...about, name: 'acknowledgeEmergency' })).toBe('done');
    expect(stand.does(lille, { ...about, name: 'clearEmergency', cause: 'secours sur place' })).toBe('done');
    expect(stand.last).toMatchObject({ state: 'clearing', clearingCause: 'secours sur place' });
    expect(stand.does(lille, { ...about, name: 'withdrawClear' })).toBe('done');
    stand.does(lille, { ...about, name: 'clearEmergency', cause: 'erreur' });
    expect(stand.does(lille, { ...about, name: 'confirmClear' })).toBe('done');
    expect(stand.over).toEqual([1]);
    expect(stand.held).toEqual([`${group} true`, `${group} false`]);
    expect(stand.said).toMatchObject([
      { id: 'ann-emg', urgency: 'emergency' },
      { id: 'ann-emg-end', urgency: 'patient' },
    ]);
    expect(stand.lines.at(-1)).toMatchObject({ what: 'confirm', group, talker: '590192102', operator: 'Lille 1' });
    expect(stand.does(lille, { ...about, name: 'confirmClear' })).toBe('emergency-over');
  });

  it('does not come of a console, nor of a leg of another group', () => {
    const stand = new Stand();
    const holder = { party: 'console:1', priority: 15, emergency: true, over: 1, sinceUtcMs: 0 };
    stand.emergencies.voiceEvent({ name: 'floor', floor: { group, holder, queue: [] } });
    expect(stand.shown).toEqual([]);
  });
});

describe('after a restart', () => {
  it('what was open is open, with its age and whoever saw to it; nothing is said on the air again', () => {
    const before = new Stand();
    before.talks(7);
    before.does(lille, { ...about, name: 'acknowledgeEmergency' });
    before.talks(undefined);
    const after = new Stand({ kept: before.kept, utcMs: Date.UTC(2026, 0, 1, 0, 5) });
    after.emergencies.start();
    expect(after.shown).toMatchObject([
      {
        id: 1,
        state: 'acknowledged',
        acknowledgedBy: 'Lille 1',
        sinceUtcMs: Date.UTC(2026, 0, 1),
        homeRooms: ['cr-tn59'],
      },
    ]);
    expect(after.held).toEqual([`${group} true`]);
    after.clock.advance(60_000);
    expect(after.said).toEqual([]);
    after.talks(2);
    expect(after.last).toMatchObject({ id: 1, repeated: 1 });
  });

  it('what had not been said on the air yet is, once legs have had time to be called', () => {
    const before = new Stand();
    before.talks(7);
    const after = new Stand({ kept: before.kept });
    after.emergencies.start();
    expect(after.said).toEqual([]);
    after.clock.advance(10_000);
    expect(after.said).toMatchObject([{ id: 'ann-emg' }]);
  });

  it('one that nobody had acknowledged is escalated at once, and a file that is none is no emergency', () => {
    const before = new Stand();
    before.talks(7);
    const after = new Stand({ kept: before.kept, utcMs: Date.UTC(2026, 0, 1, 0, 5) });
    after.emergencies.start();
    expect(after.last).toMatchObject({ id: 1, escalated: true });
    const broken = new Stand({ kept: { version: 1, emergencies: [{}] } });
    broken.emergencies.start();
    expect(broken.shown).toEqual([]);
  });
});
