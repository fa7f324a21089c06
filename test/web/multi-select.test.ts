import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyModel } from '../../src/web/model/console-model.ts';
import { readGroups } from '../../src/web/model/read-wire.ts';
import { isNewlyUrgent, urgentCalls } from '../../src/web/model/urgent.ts';
import type { MultiEvent, MultiSelect } from '../../src/web/ptt/multi-select.ts';
import { multiOff, stepMulti } from '../../src/web/ptt/multi-select.ts';
import { initialPtt } from '../../src/web/ptt/ptt-machine.ts';
import type { TalkBoard } from '../../src/web/ptt/talk-board.ts';
import { bac2, mouscron31, otherConsole } from './demo-groups.ts';

const reached = (...events: MultiEvent[]): MultiSelect => events.reduce(stepMulti, multiOff);
const toggle = (group: string): MultiEvent => ({ name: 'toggle', group });

describe('several groups under one key', () => {
  it('needs two groups and a yes', () => {
    const begin: MultiEvent = { name: 'begin', group: 'a' };
    expect(reached(begin, { name: 'confirm' })).toEqual({ name: 'choosing', groups: ['a'] });
    expect(reached(begin, toggle('b'), { name: 'confirm' })).toEqual({ name: 'on', groups: ['a', 'b'] });
    expect(reached(begin, toggle('b'), toggle('b'), { name: 'confirm' }).name).toBe('choosing');
  });

  it('is not changed by a slip once it is on, only left', () => {
    const on = reached({ name: 'begin', group: 'a' }, toggle('b'), { name: 'confirm' });
    expect(
      [toggle('c'), { name: 'begin', group: 'c' } as const, { name: 'confirm' } as const].reduce(stepMulti, on),
    ).toBe(on);
    expect(stepMulti(on, { name: 'leave' })).toEqual(multiOff);
  });

  it('loses a group that closes, and ends when fewer than two are left', () => {
    const on = reached({ name: 'begin', group: 'a' }, toggle('b'), toggle('c'), { name: 'confirm' });
    const two = stepMulti(on, { name: 'talkable', groups: new Set(['a', 'c', 'x']) });
    expect(two).toEqual({ name: 'on', groups: ['a', 'c'] });
    expect(stepMulti(two, { name: 'talkable', groups: new Set(['a']) })).toEqual(multiOff);
  });

  it('is never on with fewer than two, nor with one twice, whatever happens', () => {
    const group = fc.constantFrom('', 'a', 'b', 'c');
    const event: fc.Arbitrary<MultiEvent> = fc.oneof(
      fc.record({ name: fc.constantFrom('begin' as const, 'toggle' as const), group }),
      fc.record({ name: fc.constantFrom('confirm' as const, 'leave' as const) }),
      fc.record({ name: fc.constant('talkable' as const), groups: fc.array(group).map((all) => new Set(all)) }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let state = multiOff;
        for (const next of events) {
          state = stepMulti(state, next);
          if (state.name === 'off') continue;
          expect(new Set(state.groups).size).toBe(state.groups.length);
          if (state.name === 'on') expect(state.groups.length).toBeGreaterThanOrEqual(2);
        }
      }),
    );
  });
});

describe('a field unit that wants to speak while the operator talks', () => {
  const queue = [{ talker: otherConsole }, { talker: bac2 }, { talker: mouscron31 }];
  const wire = ['a', 'b'].map((id) => ({ id, floor: { queue } }));
  const model = { ...emptyModel, groups: readGroups(wire, { nowMs: 0, gatewayUtcMs: 0 }) };
  const talk = { group: 'b', requestId: 1, source: 'space' };
  const talking: TalkBoard = {
    lead: { ...initialPtt, phase: { name: 'talking', talk, sinceMs: 0, limitAtMs: 30_000, warned: false } },
    others: {},
  };

  it('is known on the groups that he talks on, and other consoles are not', () => {
    const calls = urgentCalls(model, talking);
    expect(calls.map(({ groupId, talker }) => [groupId, talker.callSign])).toEqual([
      ['b', 'BAC 2'],
      ['b', 'Mouscron 31'],
    ]);
    expect(urgentCalls(model, { lead: initialPtt, others: {} })).toEqual([]);
  });

  it('sounds once for each', () => {
    const calls = urgentCalls(model, talking);
    expect(isNewlyUrgent([], calls)).toBe(true);
    expect(isNewlyUrgent(calls.slice(0, 1), calls)).toBe(true);
    expect(isNewlyUrgent(calls, calls.slice(1))).toBe(false);
  });
});
