import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escaut } from '../../src/protocols/generated/console.js';
import { readServerMessage } from '../../src/web/link/codec.ts';
import { applyDelta, applyMonitored, applySnapshot, endedAlarmMs, forgetEnded } from '../../src/web/model/apply.ts';
import type { ConsoleModel, GroupModel } from '../../src/web/model/console-model.ts';
import { emptyModel } from '../../src/web/model/console-model.ts';
import {
  alarming,
  byUrgency,
  concerns,
  isSilenced,
  mayAcknowledge,
  mayClear,
  type Silenced,
  silence,
  sounds,
} from '../../src/web/model/emergency.ts';
import { ownIds, talkFault, tileState, unreachedLegs } from '../../src/web/model/tile-state.ts';
import { lossesOf, ownLastOver, truthOf } from '../../src/web/model/truth.ts';
import type { PttState } from '../../src/web/ptt/ptt-machine.ts';
import { initialPtt } from '../../src/web/ptt/ptt-machine.ts';
import { formatClock } from '../../src/web/ui/format.ts';
import * as demo from './demo-groups.ts';

type Delta = escaut.console.v1.Delta.$Properties;
const wire = escaut.console.v1;
const { State, Transmission } = wire.Leg;
const utc = Date.UTC(2030, 2, 14, 22, 41);
const at = { nowMs: 10_000, gatewayUtcMs: utc };
const pours = 'xb-pours-1';

function shown(...deltas: Delta[]): ConsoleModel {
  const start = applySnapshot(emptyModel, demo.demoSnapshot(), at);
  return deltas.reduce((model, delta) => applyDelta(model, delta, at), start);
}

function group(model: ConsoleModel, id = pours): GroupModel {
  const found = model.groups.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no group ${id}`);
  return found;
}

describe('model: snapshot and deltas', () => {
  it('shows the groups in the order of the gateway, with their names in three languages', () => {
    const model = shown();
    expect(model.groups.map((one) => one.shortName)).toEqual(['FRBE POURS 1', 'FRBE ACC', 'FRBE PATR B1']);
    expect(group(model).name.nl).toBe('Grensachtervolging 1');
    expect(model.networks.astrid?.country).toBe('BE');
  });

  it("puts an over's start on the page's own clock", () => {
    const model = shown({ floor: { groupId: pours, floor: demo.floor(demo.bac2, 0, { sinceUtcMs: utc - 4000 }) } });
    expect(group(model).floor.sinceMs).toBe(6000);
  });

  it('leaves the start of an over alone when the gateway corrects its clock by an hour', () => {
    const first = shown({ floor: { groupId: pours, floor: demo.floor(demo.bac2, 0, { sinceUtcMs: utc }) } });
    const later = { nowMs: 12_000, gatewayUtcMs: utc - 3_598_000 };
    const floor = demo.floor(demo.bac2, 0, { sinceUtcMs: utc, queue: [{ talker: demo.grensleie7 }] });
    const second = applyDelta(first, { floor: { groupId: pours, floor } }, later);
    expect(group(second).floor.sinceMs).toBe(10_000);
    expect(group(second).floor.queue).toHaveLength(1);
  });

  it('replaces one leg and leaves the others', () => {
    const leg = demo.leg(pours, 'inpt', 'FRBE POURS 1', { state: State.DOWN, fault: 'busy', faultAnswer: 486 });
    const model = shown({ leg: { groupId: pours, leg } });
    expect(group(model).legs.map((one) => one.state)).toEqual(['up', 'down']);
  });

  it('lists what units say beside voice, the newest first, cleaned, and brings it up to date in its place', () => {
    const said = (id: number, more: object): Delta => ({
      data: { id, groupId: pours, sender: demo.mouscron31, atUtcMs: utc + id, ...more },
    });
    const place = { latitudeDeg: 50.7, longitudeDeg: 3.2, radiusM: 20 };
    const meaning = { fr: 'Sur place', nl: 'Ter plaatse', en: 'On scene' };
    const before = shown(said(1, { text: `a\u202eb ${'x'.repeat(2000)}` }), said(2, { status: { code: 16, meaning } }));
    const model = [said(3, { position: place }), said(4, { alarm: { raised: true, place } }), said(5, {})].reduce(
      (now, delta) => applyDelta(now, delta, at),
      before,
    );
    expect(model.data.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
    expect(model.data[2]!.said).toEqual({ kind: 'status', code: 16, meaning });
    const [text] = model.data.slice(-1).map(({ said: { kind, ...rest } }) => ({ kind, ...rest }));
    expect(text).toMatchObject({ kind: 'text', text: expect.stringMatching(/^a b x{995}…$/) });
    const seen = applyDelta(model, said(4, { alarm: { raised: true, repeats: 1 } }), at);
    expect(seen.data.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
    const alarm = { raised: true, repeats: 2, clearedAtUtcMs: utc + 20 };
    const [over] = applyDelta(seen, said(4, { alarm }), at).data;
    expect(over!.said).toEqual({ kind: 'alarm', ...alarm, place: undefined });
    const moved = applyDelta(seen, { data: { ...said(3, { position: place }).data, atUtcMs: utc + 9 } }, at);
    expect(moved.data.map(({ id }) => id)).toEqual([3, 4, 2, 1]);
  });

  it('keeps 50 of what was said, and alarms that last before all else', () => {
    const deltas = Array.from({ length: 70 }, (_, id): Delta => {
      const what = id < 3 ? { alarm: { raised: true } } : { text: 'x' };
      return { data: { id, groupId: pours, atUtcMs: id, ...what } };
    });
    const model = shown(...deltas);
    expect(model.data).toHaveLength(50);
    expect(model.data.slice(-3).map(({ id }) => id)).toEqual([2, 1, 0]);
    expect(applySnapshot(model, demo.demoSnapshot(), at).data).toEqual([]);
  });

  it('keeps the last 20 overs, newest first', () => {
    const overs = Array.from({ length: 30 }, (_, n) => ({
      over: { groupId: pours, over: demo.over(1000 + n, demo.bac2, 0) },
    }));
    const { lastOvers } = group(shown(...overs));
    expect(lastOvers).toHaveLength(20);
    expect(lastOvers[0]?.over).toBe(1029);
  });

  it('knows whose words were cut before the over is reported, and amends one in its place', () => {
    const cut = { groupId: pours, over: 1000, talker: demo.bac2, end: 'left' };
    expect(group(shown({ overCut: cut })).cut).toMatchObject({ over: 1000, end: 'left' });
    const report = (over: number, end: string) => ({
      over: { groupId: pours, over: { ...demo.over(over, demo.bac2, 0), end } },
    });
    const amended = shown(report(1000, 'released'), report(1001, 'released'), report(1000, 'left'));
    expect(group(amended).lastOvers.slice(0, 2)).toMatchObject([
      { over: 1001, end: 'released' },
      { over: 1000, end: 'left' },
    ]);
  });

  it('adds, changes and removes groups, and changes who is there', () => {
    const added = shown({ group: { group: { id: 'new', shortName: 'NEW' } } });
    expect(added.groups).toHaveLength(4);
    expect(applyDelta(added, { group: { group: { id: 'new' }, removed: true } }, at).groups).toHaveLength(3);
    const alone = applyDelta(added, { presence: { groupId: pours, consoles: [] } }, at);
    expect(group(alone).consoles).toEqual([]);
    expect(group(applyMonitored(added, pours, false)).monitored).toBe(false);
  });

  it('changes nothing for a group that is not shown, or for a change it does not know', () => {
    const model = shown();
    expect(applyDelta(model, { floor: { groupId: 'elsewhere', floor: demo.floor(demo.bac2) } }, at)).toBe(model);
    expect(applyDelta(model, {}, at)).toBe(model);
  });

  it('keeps a fault until its end is told, and the end for 8 s', () => {
    const raised = shown(
      { alarm: { code: 'attachment-down', raised: true, subject: 'in-1' } },
      { alarm: { code: 'media-worker-lost', raised: true, subject: '2' } },
    );
    expect(raised.alarms.map((alarm) => alarm.endedMs)).toEqual([undefined, undefined]);
    const ended = [
      { alarm: { code: 'attachment-down', raised: false, subject: 'in-1' } },
      { alarm: { code: 'media-worker-lost', raised: false, subject: '2' } },
    ].reduce((model, delta) => applyDelta(model, delta, at), raised);
    expect(ended.alarms.map((alarm) => alarm.endedMs)).toEqual([at.nowMs, at.nowMs]);
    expect(forgetEnded(ended, at.nowMs + endedAlarmMs - 1)).toBe(ended);
    expect(forgetEnded(ended, at.nowMs + endedAlarmMs).alarms).toEqual([]);
  });

  it('takes from a snapshot which faults last: what it does not name ended while the link was away', () => {
    const before = shown(
      { alarm: { code: 'attachment-down', raised: true, subject: 'in-1' } },
      { alarm: { code: 'attachment-down', raised: true, subject: 'ru-1' } },
    );
    const alarms = [{ code: 'attachment-down', raised: true, subject: 'ru-1', atUtcMs: utc }];
    const after = applySnapshot(before, { ...demo.demoSnapshot(), alarms }, at);
    expect(after.alarms.map(({ subject, endedMs }) => [subject, endedMs])).toEqual([
      ['ru-1', undefined],
      ['in-1', at.nowMs],
    ]);
  });

  it('shows times where the gateway is, and in UTC where its zone is not known', () => {
    const zoneOf = (timezone: string) => applySnapshot(emptyModel, { timezone }, at).timezone;
    expect(['Europe/Brussels', 'Mars/Olympus', ''].map(zoneOf)).toEqual(['Europe/Brussels', 'UTC', 'UTC']);
    expect(formatClock(utc, 'fr', 'Europe/Brussels')).toBe('23:41:00');
    expect(formatClock(utc, 'en', 'America/New_York')).toBe('18:41:00');
  });

  it('cleans what radios and other consoles supplied', () => {
    const hostile = { ...demo.bac2, callSign: '\u202eEVIL\u0007\n<b>x</b>'.padEnd(500, 'A'), country: '<svg>' };
    const { holder } = group(shown({ floor: { groupId: pours, floor: demo.floor(hostile) } })).floor;
    expect(holder?.callSign).toMatch(/^EVIL <b>x<\/b>A+…$/);
    expect(holder?.callSign.length).toBe(64);
    expect(holder?.country).toBe('');
  });

  it('bounds every list that a message may carry', () => {
    const many = { id: 'g', legs: Array.from({ length: 9000 }, (_, n) => ({ id: `${n}` })) };
    const model = applySnapshot(emptyModel, { groups: Array.from({ length: 900 }, () => many) }, at);
    expect(model.groups).toHaveLength(200);
    expect(model.groups[0]?.legs).toHaveLength(50);
  });

  it('shows whatever bytes decode to, and takes for no message whatever does not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const message = readServerMessage(bytes);
        if (message?.snapshot) applySnapshot(emptyModel, message.snapshot, at);
        if (message?.delta) applyDelta(shown(), message.delta, at);
      }),
      { numRuns: 3000 },
    );
  });

  it('shows a mutated snapshot or calls it no message', () => {
    const good = wire.ServerMessage.encode({ seq: 1, snapshot: demo.demoSnapshot() }).finish();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }), (edits) => {
        const bytes = new Uint8Array(good);
        for (const [index, value] of edits) bytes[index] = value;
        const message = readServerMessage(bytes);
        if (message?.snapshot) expect(applySnapshot(emptyModel, message.snapshot, at).groups).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the one state of a tile', () => {
  const own = ownIds('console:1');
  const ready: PttState = { ...initialPtt, linkReady: true, voiceFault: '' };
  const talk = { group: pours, requestId: 1, source: 'space' };
  const kind = (model: ConsoleModel, ptt: PttState = ready, lostAtMs?: number) =>
    tileState(group(model), ptt, own, lostAtMs).kind;
  const held = (floor: escaut.console.v1.Floor.$Properties) => shown({ floor: { groupId: pours, floor } });

  it('is free, receiving, or another console', () => {
    expect(kind(shown())).toBe('idle');
    expect(kind(held(demo.floor(demo.bac2)))).toBe('receiving');
    expect(kind(held(demo.floor(demo.otherConsole)))).toBe('otherConsole');
  });

  it("shows the operator's own request above who talks, and an emergency above that", () => {
    const busy = held(demo.floor(demo.bac2));
    expect(kind(busy, { ...ready, phase: { name: 'queued', talk, position: 2 } })).toBe('queued');
    expect(kind(busy, { ...ready, phase: { name: 'requested', talk, deadlineMs: 0 } })).toBe('requested');
    const notice = { kind: 'denied', group: pours, cause: 'busy', untilMs: 0 } as const;
    expect(kind(busy, { ...ready, notice })).toBe('denied');
    expect(kind(held(demo.floor(demo.bac2, 0, { emergency: true })))).toBe('emergency');
    const emergency = held(demo.floor(demo.bac2, 0, { emergency: true }));
    expect(kind(emergency, { ...ready, notice })).toBe('emergency');
    expect(kind(emergency, { ...ready, phase: { name: 'queued', talk, position: 1 } })).toBe('emergency');
    const phase = { name: 'talking', talk, sinceMs: 0, limitAtMs: 1, warned: false } as const;
    expect(kind(emergency, { ...ready, phase })).toBe('transmitting');
  });

  it('does not show a request for another group', () => {
    const elsewhere = { ...talk, group: 'xb-acc' };
    expect(kind(shown(), { ...ready, phase: { name: 'requested', talk: elsewhere, deadlineMs: 0 } })).toBe('idle');
  });

  it('warns its talker while he talks', () => {
    const phase = { name: 'talking', talk, sinceMs: 0, limitAtMs: 1, warned: true } as const;
    expect(kind(shown(), { ...ready, phase })).toBe('warned');
    expect(kind(shown(), { ...ready, phase: { ...phase, warned: false } })).toBe('transmitting');
  });

  it('is stale above everything while the link is lost', () => {
    expect(kind(held(demo.floor(demo.bac2, 0, { emergency: true })), ready, 1)).toBe('stale');
  });

  it('says blocked when somebody talks on a leg and nobody has the floor', () => {
    const leg = demo.leg(pours, 'inpt', 'FRBE POURS 1', { receiving: true, blocked: true });
    expect(kind(shown({ leg: { groupId: pours, leg } }))).toBe('blocked');
  });

  it('does not show the tail of the own over as somebody else', () => {
    expect(kind(held(demo.floor({ ...demo.otherConsole, partyId: 'console:1' })))).toBe('idle');
  });

  it('names the legs that the own talk does not reach', () => {
    const change = { transmission: Transmission.REFUSED };
    const model = shown({ leg: { groupId: pours, leg: demo.leg(pours, 'inpt', 'FRBE POURS 1', change) } });
    expect(unreachedLegs(group(model)).map((leg) => leg.networkId)).toEqual(['inpt']);
  });

  it('shows a group that is not joined as that, whatever else it seems to be, and why it cannot be talked on', () => {
    const waiting = { ...group(held(demo.floor(demo.bac2))), onDemand: true, mayTalk: false };
    expect(tileState(waiting, ready, ownIds(''), undefined).kind).toBe('onDemand');
    expect(talkFault(waiting, ready)).toBe('not-joined');
  });

  it('says why the key would not talk: link first, then the right to talk, then the voice path', () => {
    const receiveOnly = { ...group(shown()), mayTalk: false };
    expect(talkFault(receiveOnly, initialPtt)).toBe('link-lost');
    expect(talkFault(receiveOnly, ready)).toBe('receive-only');
    expect(talkFault(group(shown()), { ...ready, voiceFault: 'no-microphone' })).toBe('no-microphone');
    expect(talkFault(group(shown()), ready)).toBe('');
  });
});

describe('truth line', () => {
  const sided = (...legs: readonly ReturnType<typeof demo.leg>[]) => {
    return group(shown(...legs.map((leg) => ({ leg: { groupId: pours, leg } }))));
  };
  const ids = (legs: readonly { readonly networkId: string }[]) => legs.map(({ networkId }) => networkId);

  it('names the sides that fail, that are set up, that have the voice, and that say so', () => {
    const truth = truthOf(
      sided(
        demo.leg(pours, 'astrid', 'HT ALERTE 1', { transmission: Transmission.CARRIED }),
        demo.leg(pours, 'inpt', 'FRBE POURS 1', { transmission: Transmission.REFUSED }),
      ),
    );
    expect(ids(truth.carried)).toEqual(['astrid']);
    expect(ids(truth.flowing)).toEqual(['astrid']);
    expect(ids(truth.failing)).toEqual(['inpt']);
    expect(truth.pending).toEqual([]);
    const down = truthOf(sided(demo.leg(pours, 'inpt', 'FRBE POURS 1', { state: State.DOWN })));
    expect(ids(down.failing)).toEqual(['inpt']);
    expect(ids(down.pending)).toEqual(['astrid']);
    const closed = truthOf(sided(demo.leg(pours, 'inpt', 'FRBE POURS 1', { state: State.CLOSED })));
    expect([...closed.failing, ...closed.pending].map(({ networkId }) => networkId)).toEqual(['astrid']);
  });

  it('says for 10 s after an own over what it lost, and nothing of another one', () => {
    const own = ownIds('console:1');
    const over = { over: 900, startUtcMs: utc, durationMs: 2000, end: 'released' };
    const ended = (partyId: string, lostMs: Record<string, number>) =>
      group(shown({ over: { groupId: pours, over: { ...over, talker: { partyId, isConsole: true }, lostMs } } }));
    const [leg] = ended('console:1', {}).legs;
    const mine = ended('console:1', { [leg!.id]: 120 });
    const reported = ownLastOver(mine, own, utc + 11_999);
    expect(reported?.over).toBe(900);
    expect(lossesOf(mine, reported!)).toEqual([{ leg, ms: 120 }]);
    expect(ownLastOver(mine, own, utc + 12_000)).toBeUndefined();
    expect(ownLastOver(ended('console:2', {}), own, utc + 3000)).toBeUndefined();
  });
});

describe('emergencies', () => {
  const press = { id: 1, groupId: pours, caller: demo.bac2, sinceUtcMs: utc, homeRooms: ['cr-tn59'] };
  const who = { personId: 'tn-op-1', controlRoomId: 'cr-tn59', role: 'dispatcher' };
  const chief = { personId: 'ccpd-sup', controlRoomId: 'cr-ccpd', role: 'supervisor' };
  const then = (...changes: readonly object[]) =>
    changes.reduce<ConsoleModel>(
      (model, change) => applyDelta(model, { emergency: { ...press, state: 'unacknowledged', ...change } }, at),
      shown(),
    );

  it('sound when they are new, pressed again, escalated, or another 10 s old without anybody', () => {
    const heard = (old: ConsoleModel, now: ConsoleModel) =>
      sounds(old.emergencies, now.emergencies).map(({ id }) => id);
    expect(heard(shown(), then({}))).toEqual([1]);
    expect(heard(then({}), then({}))).toEqual([]);
    expect(heard(then({}), then({ reminders: 1 }))).toEqual([1]);
    expect(heard(then({ reminders: 1 }), then({ reminders: 1, escalated: true }))).toEqual([1]);
    expect(heard(then({}), then({ state: 'acknowledged' }))).toEqual([]);
    expect(heard(then({ state: 'acknowledged' }), then({ state: 'acknowledged', repeated: 1 }))).toEqual([1]);
    expect(heard(shown(), then({ state: 'acknowledged' }))).toEqual([]);
  });

  it('sound on until somebody acknowledges, or this console is silenced and nothing new comes', () => {
    const quiet = shown().groups.map((each) => ({ ...each, monitored: false }));
    const [call] = then({}).emergencies;
    const on = (change: object, silenced: Silenced = new Map(), groups = shown().groups) =>
      alarming([{ ...call!, ...change }], groups, chief, silenced).length > 0;
    expect([on({}), on({ state: 'acknowledged' }), on({}, new Map(), quiet)]).toEqual([true, false, false]);
    const silenced = silence([call!], new Map());
    expect([on({}, silenced), on({ reminders: 3 }, silenced)]).toEqual([false, false]);
    expect([on({ repeated: 1 }, silenced), on({ escalated: true }, silenced), on({ id: 2 }, silenced)]).toEqual([
      true,
      true,
      true,
    ]);
    const again = silence([{ ...call!, escalated: true }], silenced);
    expect([on({ escalated: true }, again), isSilenced({ ...call!, escalated: true }, again)]).toEqual([false, true]);
  });

  it('concern who hears the group, whose unit it is, and supervisors once it is escalated', () => {
    const [call] = then({}).emergencies;
    const quiet = shown().groups.map((each) => ({ ...each, monitored: false }));
    expect(concerns(call!, shown().groups, chief)).toBe(true);
    expect(concerns(call!, quiet, who)).toBe(true);
    expect(concerns(call!, quiet, chief)).toBe(false);
    expect(concerns({ ...call!, escalated: true }, quiet, chief)).toBe(true);
    expect(concerns({ ...call!, escalated: true }, quiet, { ...chief, role: 'dispatcher' })).toBe(false);
  });

  it('are acknowledged at home, on behalf once escalated, and cleared at home or by a supervisor', () => {
    const [call] = then({}).emergencies;
    const other = { ...chief, role: 'dispatcher' };
    const may = (change: object) => [who, chief, other].map((each) => mayAcknowledge({ ...call!, ...change }, each));
    expect(may({})).toEqual(['own', 'others', 'others']);
    expect(may({ escalated: true })).toEqual(['own', 'on-behalf', 'others']);
    for (const role of ['auditor', 'observer', 'technician', 'fleet-admin', 'sys-admin', '']) {
      expect(
        [
          { ...who, role },
          { ...chief, role },
        ].map((each) => mayAcknowledge(call!, each)),
      ).toEqual(['no', 'no']);
    }
    expect(may({ state: 'acknowledged' })).toEqual(['no', 'no', 'no']);
    const seen = { ...call!, state: 'acknowledged' } as const;
    expect([who, chief, other].map((each) => mayClear(seen, each))).toEqual([true, true, false]);
    expect(mayClear(seen, { ...who, role: 'observer' })).toBe(false);
    expect(mayClear(call!, who)).toBe(false);
  });

  it('stand in the order in which they need somebody, and are gone when they are over', () => {
    const model = [
      { id: 1, state: 'acknowledged', sinceUtcMs: utc + 2 },
      { id: 2, state: 'unacknowledged', sinceUtcMs: utc },
      { id: 3, state: 'unacknowledged', sinceUtcMs: utc + 1 },
    ].reduce<ConsoleModel>((now, each) => applyDelta(now, { emergency: { ...press, ...each } }, at), shown());
    expect(byUrgency(model.emergencies).map(({ id }) => id)).toEqual([3, 2, 1]);
    const over = applyDelta(model, { emergencyOver: { emergencyId: 3, groupId: pours } }, at);
    expect(over.emergencies.map(({ id }) => id)).toEqual([1, 2]);
  });
});

it('lets go of what the gateway has no longer at hand', () => {
  const told = [
    { hit: { id: 1, state: 'lapsed' } },
    { hit: { id: 2, state: 'lapsed' } },
    { borderRecord: { id: 'B1', groupId: pours } },
    { borderRecord: { id: 'B2', groupId: pours } },
    { handOver: { id: 4, state: 'confirmed' } },
  ].reduce<ConsoleModel>((now, each) => applyDelta(now, each, at), shown());
  const forgotten = { hitIds: [1], borderRecordIds: ['B1'], handOverIds: [4], timelineIds: [] };
  const left = applyDelta(told, { forgotten }, at);
  expect(left.hits.map(({ id }) => id)).toEqual([2]);
  expect(left.borderRecords.map(({ id }) => id)).toEqual(['B2']);
  expect(left.handOvers).toEqual([]);
});
