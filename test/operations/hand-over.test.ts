import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deadlineUtcMs,
  type HandOverEvent,
  type HandOvers,
  handOverRules,
  noHandOvers,
  step,
} from '../../src/operations/hand-over.ts';
import type { Person, Role } from '../../src/operations/terms.ts';

const hour = 3_600_000;
const began = Date.parse('2026-01-10T14:00:00Z');
const person = (id: string, controlRoom = 'cr-ccpd', role: Role = 'dispatcher'): Person => {
  return { person: id, display: id.toUpperCase(), role, controlRoom };
};
const [anne, bart, chris] = [person('anne'), person('bart'), person('chris', 'cr-ccpd', 'supervisor')];
const observer = person('obs', 'cr-ccpd', 'observer');

class Desk {
  state: HandOvers;
  utcMs = began;
  constructor(state = noHandOvers()) {
    this.state = state;
  }

  feed(event: HandOverEvent): string {
    const { state, actions } = step(this.state, event, this.utcMs);
    this.state = state;
    const answer = actions.find((action) => action.name === 'answer');
    return answer?.refusal ?? 'done';
  }

  offer(from: Person, to: Person | undefined, note = '') {
    return this.feed({ name: 'offer', request: 1, person: from, to, note });
  }

  answer(name: 'confirm' | 'withdraw', by: Person, id = 1) {
    return this.feed({ name, request: 1, person: by, id });
  }

  refuse(by: Person, reason: string, id = 1) {
    return this.feed({ name: 'refuse', request: 1, person: by, id, reason });
  }

  get last() {
    return this.state.all.at(-1);
  }
}

describe('a shift', () => {
  it('is the colleague’s once he has confirmed it, with both names and times', () => {
    const desk = new Desk();
    expect(desk.offer(anne, bart, ' PF-14 sous filtrage ')).toBe('done');
    expect(desk.last).toMatchObject({ name: 'offered', from: anne, to: bart, note: 'PF-14 sous filtrage' });
    desk.utcMs += 60_000;
    expect(desk.answer('confirm', bart)).toBe('done');
    expect(desk.last).toMatchObject({ name: 'confirmed', offeredUtcMs: began, endedUtcMs: began + 60_000 });
  });

  it('stays with whoever offered it when it is refused, with the reason, or withdrawn', () => {
    const desk = new Desk();
    desk.offer(anne, bart);
    expect(desk.refuse(bart, ' ')).toBe('no-reason');
    expect(desk.refuse(bart, 'détresse en cours')).toBe('done');
    expect(desk.last).toMatchObject({ name: 'refused', reason: 'détresse en cours' });
    expect(desk.offer(anne, chris)).toBe('done');
    expect(desk.answer('withdraw', anne, 2)).toBe('done');
    expect(desk.last?.name).toBe('withdrawn');
  });

  it('is confirmed and refused by the colleague alone, withdrawn by whoever offered it, and once', () => {
    const desk = new Desk();
    desk.offer(anne, bart);
    expect(desk.answer('confirm', anne)).toBe('not-yours');
    expect(desk.answer('confirm', chris)).toBe('not-yours');
    expect(desk.answer('withdraw', bart)).toBe('not-yours');
    expect(desk.answer('confirm', bart, 7)).toBe('unknown-hand-over');
    expect(desk.answer('confirm', bart)).toBe('done');
    expect(desk.answer('confirm', bart)).toBe('already-answered');
    expect(desk.answer('withdraw', anne)).toBe('already-answered');
  });

  it('goes to another person of the same room who may lead one', () => {
    const desk = new Desk();
    expect(desk.offer(anne, undefined)).toBe('unknown-person');
    expect(desk.offer(anne, anne)).toBe('same-person');
    expect(desk.offer(anne, person('tn', 'cr-tn59'))).toBe('other-control-room');
    expect(desk.offer(anne, observer)).toBe('other-control-room');
    expect(desk.offer(observer, anne)).toBe('not-permitted');
    expect(desk.offer(anne, bart)).toBe('done');
    expect(desk.offer(anne, chris)).toBe('already-offered');
  });

  it('lapses when nobody answers for twelve hours', () => {
    const desk = new Desk();
    expect(deadlineUtcMs(desk.state)).toBe(Infinity);
    desk.offer(anne, bart);
    expect(deadlineUtcMs(desk.state)).toBe(began + 12 * hour);
    desk.utcMs += 12 * hour - 1;
    desk.feed({ name: 'tick' });
    expect(desk.last?.name).toBe('offered');
    desk.utcMs += 1;
    desk.feed({ name: 'tick' });
    expect(desk.last).toMatchObject({ name: 'lapsed', endedUtcMs: began + 12 * hour });
    expect(desk.answer('confirm', bart)).toBe('already-answered');
  });
});

describe('over any history', () => {
  const people = [anne, bart, chris, observer, person('tn', 'cr-tn59')];
  const who = fc.constantFrom(...people);
  const events: fc.Arbitrary<HandOverEvent> = fc.oneof(
    fc.record({ name: fc.constant('offer' as const), request: fc.nat(9), person: who, to: who, note: fc.string() }),
    fc.record({ name: fc.constant('confirm' as const), request: fc.nat(9), person: who, id: fc.nat(9) }),
    fc.record({ name: fc.constant('withdraw' as const), request: fc.nat(9), person: who, id: fc.nat(9) }),
    fc.record({
      name: fc.constant('refuse' as const),
      request: fc.nat(9),
      person: who,
      id: fc.nat(9),
      reason: fc.constantFrom('', 'non'),
    }),
    fc.constant({ name: 'tick' as const }),
  );

  it('answers each request once, changes nothing that it refuses, and leaves one offer a person', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(events, fc.nat(hour)), { maxLength: 80 }), (all) => {
        let state = noHandOvers({ ...handOverRules, keptMax: 5 });
        let utcMs = began;
        const offered = new Set<number>();
        const gaveWay = new Set<number>();
        for (const [event, waitMs] of all) {
          utcMs += waitMs;
          const before = state;
          const next = step(state, event, utcMs);
          ({ state } = next);
          for (const action of next.actions) {
            if (action.name === 'gaveWay') gaveWay.add(action.handOver.id);
            else if (action.name === 'changed') offered.add(action.handOver.id);
          }
          // Every one that ever was is at hand, or was handed on: by number alone none is lost.
          expect(new Set([...gaveWay, ...state.all.map(({ id }) => id)])).toEqual(offered);
          expect(state.all.filter(({ id }) => gaveWay.has(id))).toEqual([]);
          // Nobody’s sheet is in the place of another’s, while there are places.
          const waiting = state.all.filter(({ name }) => name === 'offered').length;
          if (waiting < 5) expect(new Set(state.all.map(({ id }) => id % 5)).size).toBe(state.all.length);
          const answers = next.actions.filter(({ name }) => name === 'answer');
          expect(answers).toHaveLength(event.name === 'tick' ? 0 : 1);
          const refused = answers.some((action) => 'refusal' in action);
          if (refused) expect(state).toBe(before);
          const open = state.all.filter(({ name }) => name === 'offered');
          expect(new Set(open.map(({ from }) => from.person)).size).toBe(open.length);
          expect(state.all.length).toBeLessThanOrEqual(5 + people.length);
          for (const each of state.all) {
            const was = before.all.find(({ id }) => id === each.id);
            if (was !== undefined && was.name !== 'offered') expect(each).toBe(was);
            if (each.name === 'confirmed' && was?.name === 'offered') {
              expect(event).toMatchObject({ name: 'confirm', person: each.to });
            }
          }
        }
      }),
    );
  });
});
