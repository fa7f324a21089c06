import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConsoleModel } from '../../src/console/console-model.ts';
import { writeDelta, writeSnapshot } from '../../src/console/wire.ts';
import { escaut } from '../../src/protocols/generated/console.js';
import type { FloorSnapshot, OverReport } from '../../src/talkgroups/terms.ts';
import type { VoiceEvent } from '../../src/voice/contract.ts';
import { allRights, operator, world } from './world-of-test.ts';

const all = { monitored: new Set(['xb-acc', 'xb-patr']), rights: allRights };
const leg = 'xb-acc/as-1';

function floorOf(party: string | undefined, over = 1): VoiceEvent {
  const holder = party === undefined ? undefined : { party, priority: 5, emergency: false, over, sinceUtcMs: 1000 };
  const floor: FloorSnapshot = { group: 'xb-acc', queue: [], ...(holder === undefined ? {} : { holder }) };
  return { name: 'floor', floor };
}

function legOf(receiving: boolean): VoiceEvent {
  return { name: 'leg', report: { leg, receiving, transmission: 'idle', blocked: false } };
}

function overOf(over: number, party = leg): VoiceEvent {
  const report: OverReport = {
    group: 'xb-acc',
    over,
    party,
    priority: 5,
    emergency: false,
    startUtcMs: 1000,
    durationMs: 1234.4,
    end: 'released',
    lostMs: { 'xb-acc/in-1': 20.6 },
    packetsLost: 0,
  };
  return { name: 'over', report };
}

const named = (address: string): VoiceEvent => ({ name: 'identity', leg, address });

describe('what consoles see', () => {
  it('shows a leg talker as the unit that the network named', () => {
    const model = new ConsoleModel(world);
    model.handleVoiceEvent(legOf(true), 0);
    model.handleVoiceEvent(named('5317031'), 10);
    const [delta] = model.handleVoiceEvent(floorOf(leg), 20);
    expect(delta?.floor?.floor).toMatchObject({
      holder: { partyId: leg, callSign: 'Mouscron 31', country: 'BE', networkId: 'astrid', verified: true },
      priority: 5,
      over: 1,
      sinceUtcMs: 1000,
    });
  });

  it('names a talk that is already shown as soon as the network does', () => {
    const model = new ConsoleModel(world);
    const [before] = model.handleVoiceEvent(floorOf(leg), 0);
    expect(before?.floor?.floor?.holder).toMatchObject({ callSign: '', country: 'BE', verified: false });
    const [after] = model.handleVoiceEvent(named('5317 031'), 300);
    expect(after?.floor?.floor?.holder?.callSign).toBe('Mouscron 31');
  });

  it('does not keep a name for the next over', () => {
    const model = new ConsoleModel(world);
    model.handleVoiceEvent(legOf(true), 0);
    model.handleVoiceEvent(named('5317031'), 0);
    model.handleVoiceEvent(floorOf(leg, 1), 0);
    model.handleVoiceEvent(legOf(false), 5000);
    model.handleVoiceEvent(floorOf(undefined), 5000);
    const [next] = model.handleVoiceEvent(floorOf(leg, 2), 5100);
    expect(next?.floor?.floor?.holder).toMatchObject({ callSign: '', address: '' });
  });

  it('takes a name that comes up to 2000 ms before the voice, and none that is older', () => {
    for (const [aheadMs, callSign] of [
      [2000, 'Mouscron 31'],
      [2001, ''],
    ] as const) {
      const model = new ConsoleModel(world);
      model.handleVoiceEvent(named('5317031'), 0);
      const [delta] = model.handleVoiceEvent(floorOf(leg), aheadMs);
      expect(delta?.floor?.floor?.holder?.callSign).toBe(callSign);
    }
  });

  it('does not take a name that RTCP repeats between overs for the next talker', () => {
    const model = new ConsoleModel(world);
    model.handleVoiceEvent(legOf(true), 0);
    model.handleVoiceEvent(named('5317031'), 0);
    model.handleVoiceEvent(legOf(false), 5000);
    model.handleVoiceEvent(named('5317031'), 5500); // the periodic report
    const [unnamed] = model.handleVoiceEvent(floorOf(leg, 2), 6000);
    expect(unnamed?.floor?.floor?.holder?.callSign).toBe('');
    const [again] = model.handleVoiceEvent(named('5317031'), 6100);
    expect(again?.floor?.floor?.holder?.callSign).toBe('Mouscron 31');
  });

  it("keeps a call's own identity over all its overs, and forgets it with the call", () => {
    const model = new ConsoleModel(world);
    model.setIdentity({ leg, address: '5317031', lasts: 'call' }, 0);
    model.handleVoiceEvent(floorOf(leg, 1), 9000);
    const [second] = model.handleVoiceEvent(floorOf(leg, 2), 60_000);
    expect(second?.floor?.floor?.holder?.callSign).toBe('Mouscron 31');
    model.setLegState({ leg, state: 'down', fault: { code: 'busy', answer: 486 }, sinceUtcMs: 5 });
    const [third] = model.handleVoiceEvent(floorOf(leg, 3), 70_000);
    expect(third?.floor?.floor?.holder?.callSign).toBe('');
  });

  it('keeps the name in the report of an over whose leg fell silent first', () => {
    const model = new ConsoleModel(world);
    model.handleVoiceEvent(named('5317031'), 0);
    model.handleVoiceEvent(floorOf(leg, 7), 0);
    model.handleVoiceEvent(legOf(true), 0);
    model.handleVoiceEvent(legOf(false), 3000);
    model.handleVoiceEvent(floorOf(leg, 7), 3000); // the queue moved meanwhile
    const [delta] = model.handleVoiceEvent(overOf(7), 3010);
    expect(delta?.over?.over).toMatchObject({
      over: 7,
      talker: { callSign: 'Mouscron 31' },
      durationMs: 1234,
      lostMs: { 'xb-acc/in-1': 21 },
      end: 'released',
    });
    expect(model.talkerOf('xb-acc', 7)).toMatchObject({ address: '5317 031', callSign: 'Mouscron 31' });
    expect(model.talkerOf('xb-acc', 8)).toBeUndefined();
    expect(model.talkerOf('xb-patr', 7)).toBeUndefined();
  });

  it('keeps the last 20 overs of a group, newest first', () => {
    const model = new ConsoleModel(world);
    for (let over = 1; over <= 25; over++) model.handleVoiceEvent(overOf(over), over);
    const overs = model.group('xb-acc', all)?.lastOvers?.map((one) => one.over);
    expect(overs).toEqual(Array.from({ length: 20 }, (_, index) => 25 - index));
  });

  it('says at once that words were cut, and amends an over that has been reported', () => {
    const model = new ConsoleModel(world);
    const cut = { name: 'cut', group: 'xb-acc', party: 'xb-acc/in:590-900', end: 'left' } as const;
    expect(model.handleVoiceEvent({ ...cut, over: 8, late: false }, 0)).toMatchObject([
      { overCut: { groupId: 'xb-acc', over: 8, end: 'left', late: false } },
    ]);
    model.handleVoiceEvent(overOf(7), 0);
    expect(model.handleVoiceEvent({ ...cut, over: 7, late: true }, 0)).toMatchObject([
      { overCut: { over: 7, late: true } },
      { over: { groupId: 'xb-acc', over: { over: 7, end: 'left' } } },
    ]);
    expect(model.group('xb-acc', all)?.lastOvers).toMatchObject([{ over: 7, end: 'left' }]);
  });

  it("shows a console's talk with the operator's name, also after he left", () => {
    const model = new ConsoleModel(world);
    model.knowConsole({ console: 'console:1', ...operator, controlRoom: operator.controlRoomName });
    model.handleVoiceEvent(floorOf('console:1', 3), 0);
    model.forgetConsole('console:1');
    const [delta] = model.handleVoiceEvent(overOf(3, 'console:1'), 10);
    expect(delta?.over?.over?.talker).toMatchObject({ isConsole: true, callSign: 'CCPD Tournai', country: 'BE' });
  });

  it('clears floors and legs when the voice process starts afresh', () => {
    const model = new ConsoleModel(world);
    model.handleVoiceEvent(floorOf(leg), 0);
    model.handleVoiceEvent(legOf(true), 0);
    const deltas = model.handleVoiceEvent({ name: 'ready' }, 10);
    expect(deltas).toHaveLength(2);
    expect(model.group('xb-acc', all)?.floor).toEqual({ queue: [] });
    expect(model.group('xb-acc', all)?.legs?.[0]?.receiving).toBe(false);
    expect(model.handleVoiceEvent({ name: 'ready' }, 20)).toEqual([]);
  });

  it('tells loss of the last minute when it moves by 1 % or more, at most every 5 s', () => {
    const model = new ConsoleModel(world);
    const told: number[] = [];
    for (let second = 0; second <= 30; second++) {
      const lost = second < 10 ? 0 : (second - 10) * 5;
      const measured = {
        leg,
        packetsReceived: second * 50 - lost,
        packetsSent: 0,
        packetsLost: lost,
        strangers: 0,
        jitterMs: 2,
      };
      const statistics = { counters: {}, gauges: {}, legs: [measured] };
      const [delta] = model.handleVoiceEvent({ name: 'statistics', statistics }, second * 1000);
      if (delta?.leg?.leg) told.push(delta.leg.leg.packetLoss ?? 0);
    }
    expect(told.length).toBeGreaterThan(2);
    expect(told.length).toBeLessThanOrEqual(6);
    expect(told.at(-1)).toBeGreaterThan(0.05);
    expect(told.at(-1)).toBeLessThan(0.07);
  });

  it('tells a fault once and its end once, and shows those that last in every Snapshot', () => {
    const model = new ConsoleModel(world);
    expect(model.incidents.raiseAlarm('media-worker-lost', 'worker 0', 5)).toHaveLength(1);
    expect(model.incidents.raiseAlarm('media-worker-lost', 'worker 0', 6)).toHaveLength(0);
    const view = { monitored: new Set<string>(), rights: allRights };
    expect(model.snapshot(view, 7).alarms).toMatchObject([{ code: 'media-worker-lost', raised: true, atUtcMs: 5 }]);
    expect(model.incidents.clearAlarm('media-worker-lost', 'worker 0', 9)).toHaveLength(1);
    expect(model.incidents.clearAlarm('media-worker-lost', 'worker 0', 9)).toHaveLength(0);
    expect(model.snapshot(view, 10).alarms).toEqual([]);
  });

  it('raises an alarm when a leg goes down, keeps it while it is called again, and clears it when it is up', () => {
    const model = new ConsoleModel(world);
    const told = (['connecting', 'down', 'connecting', 'down', 'up'] as const).map((state) =>
      model.setLegState({ leg, state, sinceUtcMs: 1 }).flatMap(({ alarm }) => alarm ?? []),
    );
    const about = { code: 'leg-down', subject: leg };
    expect(told).toMatchObject([[], [{ ...about, raised: true }], [], [], [{ ...about, raised: false }]]);
  });

  it('says nothing of consoles that are those it told of', () => {
    const model = new ConsoleModel(world);
    model.knowConsole({ console: 'console:1', ...operator, controlRoom: operator.controlRoomName });
    expect(model.setPresence('xb-acc', ['console:1'])).toHaveLength(1);
    expect(model.setPresence('xb-acc', ['console:1'])).toHaveLength(0);
    expect(model.setPresence('xb-acc', [])).toHaveLength(1);
  });

  it('tells in which room a console stands with others, again when that changes', () => {
    const model = new ConsoleModel(world);
    const room = () => model.setPresence('xb-acc', ['console:1'])[0]?.presence?.consoles?.[0]?.sharedRoom;
    model.knowConsole({ console: 'console:1', ...operator, controlRoom: operator.controlRoomName });
    expect(room()).toBe('');
    model.shareRoom('console:1', 'Hall A');
    expect(room()).toBe('Hall A');
    expect(room()).toBeUndefined();
    model.shareRoom('console:2', 'Hall A'); // nobody
    model.shareRoom('console:1', '');
    expect(room()).toBe('');
  });

  it('a page that applies every Delta sees what a Snapshot shows, whatever happens', () => {
    const parties = fc.constantFrom(leg, 'xb-acc/in-1', 'console:1', 'xb-patr/ru-1', 'stranger');
    const group = fc.constantFrom('xb-acc', 'xb-patr', 'none');
    const holder = fc.record({
      party: parties,
      priority: fc.nat(15),
      emergency: fc.boolean(),
      over: fc.nat(30),
      sinceUtcMs: fc.nat(),
    });
    const event: fc.Arbitrary<VoiceEvent> = fc.oneof(
      fc.record({
        name: fc.constant('floor' as const),
        floor: fc.oneof(
          fc.record({
            group,
            holder,
            queue: fc.array(fc.record({ party: parties, priority: fc.nat(15), sinceUtcMs: fc.nat() })),
          }),
          fc.record({ group, queue: fc.constant([]) }),
        ),
      }),
      fc.record({
        name: fc.constant('leg' as const),
        report: fc.record({
          leg: parties,
          receiving: fc.boolean(),
          blocked: fc.boolean(),
          transmission: fc.constantFrom('idle', 'requested', 'granted', 'flowing', 'carried', 'refused'),
        }),
      }),
      fc.record({ name: fc.constant('identity' as const), leg: parties, address: fc.constantFrom('5317031', '1', '') }),
      fc.nat(30).map((over) => overOf(over)),
      fc.constant<VoiceEvent>({ name: 'ready' }),
    );
    const wire = escaut.console.v1;
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat(3000)), { maxLength: 60 }), (events) => {
        const model = new ConsoleModel(world);
        model.knowConsole({ console: 'console:1', ...operator, controlRoom: operator.controlRoomName });
        const read = () => wire.ServerMessage.decode(writeSnapshot(model.snapshot(all, 0))).snapshot!;
        const page = read();
        let nowMs = 0;
        for (const [one, waitMs] of events) {
          nowMs += waitMs;
          for (const delta of model.handleVoiceEvent(one, nowMs)) {
            const { floor, leg: moved, over } = wire.ServerMessage.decode(writeDelta(delta)).delta!;
            const shown = page.groups!.find((other) => other.id === (floor ?? moved ?? over)!.groupId)!;
            if (floor) shown.floor = floor.floor!;
            if (moved) shown.legs = shown.legs!.map((other) => (other.id === moved.leg!.id ? moved.leg! : other));
            if (over) shown.lastOvers = [over.over!, ...shown.lastOvers!].slice(0, 20);
          }
        }
        expect(JSON.stringify(page)).toBe(JSON.stringify(read()));
      }),
      { numRuns: 300 },
    );
  });
});

describe('another world', () => {
  const [acc, patr] = world.groups;
  if (acc === undefined || patr === undefined) throw new Error('the world has two groups');
  const renamed = { ...acc, shortName: 'NEW', name: { fr: 'Neuf', nl: 'Nieuw', en: 'New' }, priority: 9 };
  const added = { ...patr, id: 'xb-new', onDemand: true, legs: [{ ...patr.legs[0]!, id: 'xb-new/ru-1' }] };

  it('leaves a joined group as it is, voice, legs and all, but for what the data says of it', () => {
    const model = new ConsoleModel(world);
    model.handleVoiceEvent(legOf(true), 0);
    model.handleVoiceEvent(floorOf(leg), 20);
    const before = model.group('xb-acc', all);
    model.setWorld({ ...world, groups: [renamed, patr] });
    expect(model.group('xb-acc', all)).toEqual({
      ...before,
      ...{ shortName: 'NEW', name: renamed.name, priority: renamed.priority },
    });
    expect(model.handleVoiceEvent(overOf(1), 30)).toHaveLength(1);
  });

  it('shows groups that are new, in their order, and none that is gone', () => {
    const waiting = { ...world, groups: [acc, { ...patr, onDemand: true }] };
    const model = new ConsoleModel(waiting);
    model.setWorld({ ...world, groups: [added, acc] });
    expect(model.snapshot(all, 0).groups?.map(({ id }) => id)).toEqual(['xb-new', 'xb-acc']);
    expect(model.setLegState({ leg: 'xb-new/ru-1', state: 'up', sinceUtcMs: 1 })).toHaveLength(1);
    expect(model.setLegState({ leg: 'xb-patr/ru-1', state: 'up', sinceUtcMs: 1 })).toEqual([]);
    expect(model.rightsOf({ ...operator, person: 'x' }).hears).toEqual(new Set(['xb-new', 'xb-acc']));
  });

  it('is what a model shows that was made of it', () => {
    const other = { ...world, groups: [added, renamed], talkgroups: [], places: [] };
    const model = new ConsoleModel({ ...world, groups: [{ ...acc, onDemand: true }] });
    model.setWorld(other);
    expect(model.snapshot(all, 7)).toEqual(new ConsoleModel(other).snapshot(all, 7));
  });
});

describe('groups on demand', () => {
  const waiting = {
    ...world,
    groups: world.groups.map((group) => (group.id === 'xb-patr' ? { ...group, onDemand: true } : group)),
  };
  const own = { talkgroup: 'ru-1', leg: 'xb-patr/ru-1', own: true, by: '', reason: '' };
  const added = { ...own, talkgroup: 'as-9', leg: 'xb-patr/as-9', own: false };
  const member = { endsUtcMs: undefined, consentAwaited: false };
  const view = {
    group: 'xb-patr',
    state: 'open' as const,
    by: 'CCPD 1',
    controlRoom: 'CCPD Tournai',
    reason: 'vol',
    sinceUtcMs: 1000,
    endsUtcMs: 5000,
    ending: false,
    quiet: false,
    scheduled: false,
    lacking: [],
    members: [
      { ...own, ...member },
      { ...added, ...member },
    ],
  };
  const closed = { ...view, state: 'closed' as const, endsUtcMs: undefined, members: [] };

  it('are shown open with who did it, until when, and the legs that were joined', () => {
    const model = new ConsoleModel(waiting);
    expect([...model.joinedGroups]).toEqual(['xb-acc']);
    expect(model.setBridging(view, 0)).toEqual([]);
    expect([...model.joinedGroups]).toEqual(['xb-acc', 'xb-patr']);
    expect(model.group('xb-patr', all)).toMatchObject({
      onDemand: false,
      mayTalk: true,
      bridging: { state: 'open', by: 'CCPD 1', reason: 'vol', endsUtcMs: 5000 },
      legs: [
        { id: 'xb-patr/ru-1', talkgroup: 'GN 59', networkId: 'rubis' },
        { id: 'xb-patr/as-9', talkgroup: 'HT ALERTE 1', networkId: 'astrid' },
      ],
    });
    const up = { leg: 'xb-patr/as-9', state: 'up' as const, sinceUtcMs: 1 };
    expect(model.setLegState(up)).toHaveLength(1);
  });

  it('are as before when they close, and leave no fault behind', () => {
    const model = new ConsoleModel(waiting);
    const before = model.group('xb-patr', all);
    model.setBridging(view, 0);
    model.setLegState({ leg: 'xb-patr/as-9', state: 'down', fault: { code: 'busy', answer: 486 }, sinceUtcMs: 1 });
    expect(model.setBridging(closed, 0)).toMatchObject([{ alarm: { code: 'leg-down', raised: false } }]);
    expect(model.group('xb-patr', all)).toEqual(before);
    expect(model.setLegState({ leg: 'xb-patr/as-9', state: 'up', sinceUtcMs: 2 })).toEqual([]);
  });

  it('opened as an exercise are marked, and so are the overs that were one from their first word to their last', () => {
    const model = new ConsoleModel(waiting);
    const party = 'xb-patr/ru-1';
    const talk = (over: number, emergency = false) => {
      const holder = { party, priority: 5, emergency, over, sinceUtcMs: 0 };
      model.handleVoiceEvent({ name: 'floor', floor: { group: 'xb-patr', holder, queue: [] } }, 0);
    };
    const end = (over: number, emergency = false) => {
      const lasted = { startUtcMs: 0, durationMs: 900, end: 'released' as const, lostMs: {}, packetsLost: 0 };
      const report = { group: 'xb-patr', over, party, priority: 5, emergency, ...lasted };
      model.handleVoiceEvent({ name: 'over', report }, 0);
    };
    const isExercise = (...numbers: readonly number[]) => numbers.map((each) => model.isExercise('xb-patr', each));
    model.setBridging({ ...view, exercise: 'under-way' }, 0);
    expect(model.group('xb-patr', all)).toMatchObject({ mayExercise: false, bridging: { exercise: 'under-way' } });
    talk(1);
    talk(2);
    // As late as its slowest leg, so that the next one is told first.
    for (const over of [2, 1]) end(over);
    expect(isExercise(1, 2)).toEqual([true, true]);
    talk(3);
    model.setBridging({ ...view, exercise: 'suspended' }, 0);
    end(3);
    talk(4, true);
    end(4, true);
    model.setBridging({ ...view, exercise: 'under-way' }, 0);
    talk(5, true);
    end(5, true);
    expect(isExercise(3, 4, 5)).toEqual([false, false, false]);
    talk(6);
    talk(7, true);
    model.setBridging({ ...view, exercise: 'suspended' }, 0);
    end(6);
    expect(isExercise(6)).toEqual([true]);
    model.setBridging({ ...view, exercise: 'under-way' }, 0);
    talk(8);
    model.setBridging(closed, 0);
    end(8);
    expect(isExercise(8, 9)).toEqual([true, false]);
    const leads = { ...all, rights: { ...all.rights, leads: new Set(['xb-patr']) } };
    expect(model.group('xb-patr', leads)).toMatchObject({ mayExercise: true });
  });

  it('that do not exist change nothing', () => {
    expect(new ConsoleModel(waiting).setBridging({ ...view, group: 'nowhere' }, 0)).toEqual([]);
  });
});

describe('a name', () => {
  it('is of now until the talk on its leg has ended, and then when the network says it again', () => {
    const model = new ConsoleModel(world);
    const leg = 'xb-acc/as-1';
    const heard = (receiving: boolean) =>
      model.handleVoiceEvent({ name: 'leg', report: { leg, receiving, transmission: 'idle', blocked: false } }, 0);
    expect(model.isNamedAnew(leg)).toBe(false);
    model.setIdentity({ leg, address: '5317031', lasts: 'call' }, 0);
    heard(true);
    expect(model.isNamedAnew(leg)).toBe(true);
    heard(false);
    expect(model.isNamedAnew(leg)).toBe(false);
    model.setIdentity({ leg, address: '5317031', lasts: 'call' }, 0);
    expect(model.isNamedAnew(leg)).toBe(true);
    expect(model.isNamedAnew('elsewhere')).toBe(false);
  });
});
