import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Caller,
  deadlineMs,
  type EmergencyAction,
  type EmergencyEvent,
  type EmergencyState,
  emergencyRules,
  openEmergencies,
  step,
} from '../../src/operations/emergency.ts';
import type { Person } from '../../src/operations/terms.ts';

const lille: Person = { person: 'tn-op-1', display: 'Lille 1', role: 'dispatcher', controlRoom: 'cr-tn59' };
const lilleChief: Person = { person: 'tn-sup', display: 'Lille chief', role: 'supervisor', controlRoom: 'cr-tn59' };
const ccpd: Person = { person: 'ccpd-be-1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const ccpdChief: Person = { person: 'ccpd-sup', display: 'CCPD chief', role: 'supervisor', controlRoom: 'cr-ccpd' };
const bac2: Caller = { network: 'inpt', leg: 'pours/in', address: '590192102', home: ['cr-tn59'] };
const m31: Caller = { network: 'astrid', leg: 'pours/as', address: '5317031', home: ['cr-ht'] };

/** Emergencies under test: events in, and everything that is to be done as short words in the order it happened. */
class Room {
  state: EmergencyState;
  nowMs = 0;
  constructor(rules = emergencyRules) {
    this.state = openEmergencies(rules);
  }

  feed(event: EmergencyEvent): readonly string[] {
    const { state, actions } = step(this.state, event, this.nowMs);
    this.state = state;
    return actions.flatMap(word);
  }

  press(caller = bac2, group = 'pours') {
    return this.feed({ name: 'raised', group, caller });
  }

  ack(person: Person, proof?: string, emergency = 1) {
    return this.feed({
      name: 'acknowledge',
      request: 1,
      person,
      emergency,
      ...(proof === undefined ? {} : { proof }),
    });
  }

  clear(person: Person, cause = 'secours sur place', emergency = 1) {
    return this.feed({ name: 'clear', request: 2, person, emergency, cause });
  }

  confirm(person: Person, emergency = 1) {
    return this.feed({ name: 'confirm', request: 3, person, emergency });
  }

  until(ms: number): readonly string[] {
    const done: string[] = [];
    for (let dueMs = deadlineMs(this.state); dueMs <= ms; dueMs = deadlineMs(this.state)) {
      this.nowMs = dueMs;
      done.push(...this.feed({ name: 'tick' }));
    }
    this.nowMs = ms;
    return done;
  }
}

function word(action: EmergencyAction): readonly string[] {
  switch (action.name) {
    case 'answer':
      return [action.refusal === undefined ? 'done' : `refused ${action.refusal}`];
    case 'announce':
      return [`announce ${action.announcement}`];
    case 'group':
      return [`${action.group} ${action.open ? 'in emergency' : 'calm'}`];
    case 'changed':
    case 'record':
      return [];
    default:
      return [action.name];
  }
}

describe('a press', () => {
  it('alarms at once, and is told in words after the open microphone', () => {
    const room = new Room();
    expect(room.press()).toEqual(['alarm', 'pours in emergency']);
    room.ack(lille);
    expect(room.until(9_999)).toEqual([]);
    expect(room.until(10_000)).toEqual(['announce emergency']);
  });

  it('is told in words as soon as the talker ends', () => {
    const room = new Room();
    room.press();
    room.nowMs = 4000;
    expect(room.feed({ name: 'silent', group: 'pours', leg: bac2.leg })).toEqual(['announce emergency']);
  });

  it('again alarms again, and is the same emergency', () => {
    const room = new Room();
    room.press();
    room.ack(lille);
    room.until(10_000);
    expect(room.press()).toEqual(['alarm']);
    expect([...room.state.open.values()]).toMatchObject([{ repeated: 1, name: 'acknowledged' }]);
  });

  it('that comes as a call and as a message is one press', () => {
    const room = new Room();
    room.press();
    room.nowMs = 9999;
    expect(room.press()).toEqual([]);
    expect([...room.state.open.values()]).toMatchObject([{ repeated: 0 }]);
  });

  it('is told whose it is when the network says so later, and a message of the same radio is no second one', () => {
    const room = new Room();
    room.press({ ...bac2, address: '', home: ['cr-tn59', 'cr-x'] });
    room.feed({ name: 'identified', emergency: 1, caller: bac2 });
    expect(room.press()).toEqual([]);
    expect([...room.state.open.values()]).toMatchObject([{ caller: bac2, repeated: 0 }]);
    room.feed({ name: 'identified', emergency: 1, caller: m31 });
    expect([...room.state.open.values()]).toMatchObject([{ caller: bac2 }]);
  });

  it('of a radio without address is another emergency once somebody has seen to the one before', () => {
    const room = new Room();
    const unnamed = { ...bac2, address: '' };
    room.press(unnamed);
    expect(room.press(unnamed)).toEqual([]);
    room.ack(lille);
    expect(room.press(unnamed)).toEqual(['alarm']);
    expect(room.state.open.size).toBe(2);
  });

  it('of another radio is another emergency', () => {
    const room = new Room();
    room.press();
    expect(room.press(m31)).toEqual(['alarm']);
    expect(room.state.open.size).toBe(2);
  });

  it('taken back by the radio stays open until a person clears it', () => {
    const room = new Room();
    room.press();
    room.feed({ name: 'lowered', group: 'pours', caller: bac2 });
    expect(room.state.open.get(1)).toMatchObject({ lowered: true, name: 'unacknowledged' });
  });

  it('while it is about to be cleared takes that back: whoever presses is not well', () => {
    const room = new Room();
    room.press();
    room.ack(lille);
    room.until(12_000);
    room.clear(lille);
    expect(room.press()).toEqual(['alarm']);
    expect(room.confirm(lille)).toEqual(['refused not-clearing']);
    expect(room.state.open.get(1)).toMatchObject({ name: 'acknowledged', repeated: 1 });
  });

  it('after the radio had taken it back has to be acknowledged anew, and is told in words again', () => {
    const room = new Room();
    room.press();
    room.ack(lille);
    room.until(60_000);
    room.feed({ name: 'lowered', group: 'pours', caller: bac2 });
    expect(room.press()).toEqual(['alarm']);
    expect(room.state.open.get(1)).toMatchObject({ name: 'unacknowledged', repeated: 1, sinceMs: 60_000 });
    expect(room.state.open.get(1)).not.toHaveProperty('acknowledged');
    expect(room.until(80_000)).toEqual(['announce emergency', 'remind', 'remind', 'escalate']);
  });

  it('of a radio that is named is none of one that pressed long before without a name', () => {
    const room = new Room();
    const unnamed = { ...bac2, address: '' };
    room.press(unnamed);
    room.until(9_000);
    room.press(bac2);
    expect([...room.state.open.values()]).toMatchObject([{ caller: bac2 }]);
    room.press({ ...unnamed, leg: 'pours/ru' });
    room.until(19_000);
    expect(room.press({ ...bac2, leg: 'pours/ru' })).toEqual(['alarm']);
    expect(room.state.open.size).toBe(3);
  });

  it('that anybody could have claimed is believed once its network vouches for it, and never the other way', () => {
    const room = new Room();
    const claimed = { ...bac2, unproven: true };
    room.press(claimed);
    expect(room.state.open.get(1)?.caller.unproven).toBe(true);
    room.press(bac2);
    room.press(claimed);
    expect(room.state.open.get(1)?.caller).toEqual(bac2);
  });

  it('ends with the talk of its own leg, not with that of another', () => {
    const room = new Room();
    room.press();
    room.nowMs = 4000;
    expect(room.feed({ name: 'silent', group: 'pours', leg: m31.leg })).toEqual([]);
    expect(room.feed({ name: 'silent', group: 'crise', leg: bac2.leg })).toEqual([]);
    expect(room.until(10_000)).toContain('announce emergency');
  });

  it('has room when too many are open: what is acknowledged gives way first', () => {
    const room = new Room({ ...emergencyRules, openMax: 2 });
    room.press(bac2);
    room.press(m31);
    room.ack({ ...lille, controlRoom: 'cr-ht' }, undefined, 2);
    room.press({ ...bac2, address: '590192121' });
    expect([...room.state.open.keys()]).toEqual([1, 3]);
  });
});

describe('acknowledging', () => {
  it('is for the home control room alone', () => {
    const room = new Room();
    room.press();
    expect(room.ack(ccpd)).toEqual(['refused not-home-control-room']);
    expect(room.ack(ccpdChief)).toEqual(['refused not-home-control-room']);
    expect(room.ack(lille)).toEqual(['done']);
    expect(room.ack(lille)).toEqual(['refused already-acknowledged']);
  });

  it('is reminded of every 10 s, and escalated after 20 s', () => {
    const room = new Room();
    room.press();
    expect(room.until(10_000)).toEqual(['announce emergency', 'remind']);
    expect(room.until(20_000)).toEqual(['remind', 'escalate']);
    expect(room.until(40_000)).toEqual(['remind', 'remind']);
    room.ack(lille);
    expect(room.until(100_000)).toEqual([]);
  });

  it('on behalf is for supervisors, once it is escalated, with a proof', () => {
    const room = new Room();
    room.press();
    expect(room.ack(ccpdChief, 'ambulance sent')).toEqual(['refused not-escalated']);
    room.until(20_000);
    expect(room.ack(ccpd, 'ambulance sent')).toEqual(['refused supervisors-only']);
    expect(room.ack(ccpdChief, ' ')).toEqual(['refused no-proof']);
    expect(room.ack(ccpdChief, 'ambulance sent')).toEqual(['done']);
    expect(room.state.open.get(1)?.acknowledged).toMatchObject({ by: ccpdChief, proof: 'ambulance sent' });
  });
});

describe('clearing', () => {
  const acknowledged = (): Room => {
    const room = new Room();
    room.press();
    room.ack(lille);
    room.until(15_000);
    return room;
  };

  it('takes two steps of one person, with a cause', () => {
    const room = acknowledged();
    expect(room.clear(lilleChief, ' ')).toEqual(['refused no-cause']);
    expect(room.confirm(lilleChief)).toEqual(['refused not-clearing']);
    expect(room.clear(lilleChief)).toEqual(['done']);
    expect(room.confirm(lille)).toEqual(['refused other-person']);
    expect(room.confirm(lilleChief)).toEqual(['over', 'announce emergency-end', 'done', 'pours calm']);
    expect(room.confirm(lilleChief)).toEqual(['refused emergency-over']);
  });

  it('is for the home control room and supervisors', () => {
    expect(acknowledged().clear(ccpd)).toEqual(['refused not-home-control-room']);
    expect(acknowledged().clear(ccpdChief)).toEqual(['done']);
  });

  it('comes after the acknowledgement', () => {
    const room = new Room();
    room.press();
    expect(room.clear(lille)).toEqual(['refused not-acknowledged']);
  });

  it('half done is forgotten after 30 s, or taken back', () => {
    const room = acknowledged();
    room.clear(lille);
    room.until(45_000);
    expect(room.confirm(lille)).toEqual(['refused not-clearing']);
    room.clear(lille);
    const observer: Person = { ...lille, role: 'observer' };
    const withdraw = { name: 'withdraw', request: 4, emergency: 1 } as const;
    expect(room.feed({ ...withdraw, person: observer })).toEqual(['refused not-permitted']);
    expect(room.feed({ ...withdraw, person: ccpd })).toEqual(['done']);
    expect(room.state.open.get(1)?.name).toBe('acknowledged');
  });

  it('of one of two leaves the group in emergency', () => {
    const room = acknowledged();
    room.press(m31);
    room.clear(lille);
    expect(room.confirm(lille)).toEqual(['over', 'done']);
  });
});

it('holds whatever happens: nothing unacknowledged is cleared, none is forgotten', () => {
  const who = fc.constantFrom(lille, lilleChief, ccpd, ccpdChief);
  const asked = { request: fc.nat(), person: who, emergency: fc.integer({ min: 0, max: 5 }) };
  const group = fc.constantFrom('pours', 'crise');
  const text = fc.constantFrom('', 'words');
  const anyEvent: fc.Arbitrary<EmergencyEvent> = fc.oneof(
    fc.record({ name: fc.constant('raised' as const), group, caller: fc.constantFrom(bac2, m31) }),
    fc.record({ name: fc.constant('lowered' as const), group, caller: fc.constantFrom(bac2, m31) }),
    fc.record({ name: fc.constant('silent' as const), group, leg: fc.constantFrom(bac2.leg, m31.leg) }),
    fc.record({ name: fc.constant('acknowledge' as const), ...asked }),
    fc.record({ name: fc.constant('acknowledge' as const), ...asked, proof: text }),
    fc.record({ name: fc.constant('clear' as const), ...asked, cause: text }),
    fc.record({ name: fc.constant('confirm' as const), ...asked }),
    fc.record({ name: fc.constant('withdraw' as const), ...asked }),
  );
  const history = fc.array(fc.tuple(anyEvent, fc.constantFrom(0, 1, 5000, 20_000)), { maxLength: 60 });
  fc.assert(
    fc.property(history, (events) => {
      let state = openEmergencies(emergencyRules);
      let nowMs = 0;
      let pressed = 0;
      let over = 0;
      const performed = (event: EmergencyEvent): void => {
        const done = step(state, event, nowMs);
        expect(done.actions.filter(({ name }) => name === 'answer')).toHaveLength('request' in event ? 1 : 0);
        for (const action of done.actions) {
          if (action.name === 'over') {
            over += 1;
            expect(action.emergency.acknowledged).toBeDefined();
          }
          if (action.name === 'record' && action.what === 'raised') pressed += 1;
        }
        state = done.state;
        expect(deadlineMs(state)).toBeGreaterThan(nowMs);
        expect(state.open.size).toBe(pressed - over);
      };
      for (const [event, laterMs] of events) {
        performed(event);
        const untilMs = nowMs + laterMs;
        for (let dueMs = deadlineMs(state); dueMs <= untilMs; dueMs = deadlineMs(state)) {
          nowMs = dueMs;
          performed({ name: 'tick' });
        }
        nowMs = untilMs;
        for (const { name, escalated, sinceMs, announced } of state.open.values()) {
          if (name === 'unacknowledged' && nowMs >= sinceMs + 20_000) expect(escalated).toBe(true);
          if (nowMs >= sinceMs + 10_000) expect(announced).toBe(true);
        }
      }
    }),
    { numRuns: 300 },
  );
});
