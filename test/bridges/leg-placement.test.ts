import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placementDeadlineMs, startPlacement, stepPlacement } from '../../src/bridges/leg-placement.ts';
import {
  exercisePriority,
  type LegNeed,
  type Move,
  type PlacementEvent,
  type PlacementState,
  type Way,
} from '../../src/bridges/placement-terms.ts';
import {
  carrierOf,
  isNeeded,
  networksOnSecondWay,
  previewPlacement,
  shedLegs,
} from '../../src/bridges/placement-views.ts';

const rules = { legPatienceMs: 5000, returnAfterMs: 60_000 };
const way = (attachment: string, rank: number, channels = 8, network = 'inpt'): Way => ({
  attachment,
  network,
  rank,
  channels,
});
const need = (leg: string, priority = 5, more: Partial<LegNeed> = {}): LegNeed => ({
  leg,
  group: `g-${leg}`,
  network: 'inpt',
  priority,
  ...more,
});

/** The planner on a clock, with what it said last. */
class Desk {
  state: PlacementState;
  nowMs = 0;
  moves: readonly Move[] = [];

  constructor(ways: readonly Way[], legs: readonly LegNeed[]) {
    this.state = startPlacement(rules, ways, legs);
    this.feed({ name: 'start' });
  }

  feed(event: PlacementEvent): readonly Move[] {
    const { state, moves } = stepPlacement(this.state, event, this.nowMs);
    this.state = state;
    this.moves = moves;
    return moves;
  }

  /** Lets time pass, with a tick whenever one is due; all moves of that time. */
  pass(ms: number): readonly Move[] {
    const endMs = this.nowMs + ms;
    const moves: Move[] = [];
    for (let atMs = placementDeadlineMs(this.state, this.nowMs); atMs <= endMs; ) {
      this.nowMs = atMs;
      moves.push(...this.feed({ name: 'tick' }));
      atMs = placementDeadlineMs(this.state, this.nowMs);
    }
    this.nowMs = endMs;
    return moves;
  }

  health(attachment: string, health: 'up' | 'down'): readonly Move[] {
    return this.feed({ name: 'attachment', attachment, health });
  }

  leg(leg: string, attachment: string, up = true): readonly Move[] {
    return this.feed({ name: 'leg', leg, attachment, up });
  }

  floor(leg: string, taken: boolean, emergency = false): readonly Move[] {
    return this.feed({ name: 'floor', group: `g-${leg}`, taken, emergency });
  }

  on(leg: string): string | undefined {
    return carrierOf(this.state, leg);
  }
}

/** Two attachments that work, and a leg that is up on the first. */
const twoWays = (...legs: readonly LegNeed[]): Desk => {
  const desk = new Desk([way('second', 2), way('first', 1)], legs.length > 0 ? legs : [need('a')]);
  desk.health('first', 'up');
  desk.health('second', 'up');
  for (const leg of desk.state.seats.keys()) desk.leg(leg, desk.on(leg) ?? '');
  return desk;
};

describe('placing of legs', () => {
  it('begins with the best ranked attachment, and fills the next when its channels are taken', () => {
    const desk = new Desk([way('second', 2, 1), way('first', 1, 1)], [need('a'), need('b', 9), need('c', 1)]);
    expect(desk.moves).toEqual([
      { name: 'carry', leg: 'b', to: 'first', why: 'placed' },
      { name: 'carry', leg: 'a', to: 'second', why: 'placed' },
      { name: 'shed', leg: 'c' },
    ]);
    expect(shedLegs(desk.state)).toEqual(['c']);
    expect(networksOnSecondWay(desk.state).size).toBe(0);
  });

  it('moves a leg at once when its attachment dies, even within an over', () => {
    const desk = twoWays();
    desk.floor('a', true);
    desk.feed({ name: 'talk', leg: 'a', active: true });
    expect(desk.health('first', 'down')).toEqual([
      { name: 'carry', leg: 'a', to: 'second', from: 'first', why: 'lost' },
    ]);
    expect([...networksOnSecondWay(desk.state)]).toEqual(['inpt']);
  });

  it('carries the leg of the group that was talked on last, where two of one priority lose their attachment', () => {
    const desk = new Desk([way('second', 2, 1), way('first', 1, 2)], [need('a'), need('b')]);
    desk.health('first', 'up');
    desk.health('second', 'up');
    for (const leg of ['a', 'b']) desk.leg(leg, 'first');
    desk.floor('a', true);
    desk.floor('a', false);
    desk.pass(30_000);
    desk.floor('b', true);
    desk.floor('b', false);
    desk.pass(4000);
    expect(desk.health('first', 'down')).toEqual([
      { name: 'carry', leg: 'b', to: 'second', from: 'first', why: 'lost' },
      { name: 'shed', leg: 'a' },
    ]);
  });

  it('moves a leg that is not up for 5 s on an attachment that lives, and does not ask that again for 60 s', () => {
    const desk = twoWays();
    desk.leg('a', 'first', false);
    expect(desk.pass(4999)).toEqual([]);
    expect(desk.pass(1)).toEqual([{ name: 'carry', leg: 'a', to: 'second', from: 'first', why: 'not-up' }]);
    desk.leg('a', 'second');
    expect(desk.pass(59_999)).toEqual([]);
    expect(desk.pass(1)).toEqual([{ name: 'try', leg: 'a', on: 'first' }]);
  });

  it('moves a leg that comes up on an attachment that lives, but stays up never for 10 s: 5 s after its first fall', () => {
    const desk = twoWays();
    desk.pass(60_000);
    for (const [up, ms] of [
      [false, 1000],
      [true, 2000],
      [false, 1500],
    ] as const) {
      desk.leg('a', 'first', up);
      expect(desk.pass(ms)).toEqual([]);
    }
    expect(desk.pass(500)).toEqual([{ name: 'carry', leg: 'a', to: 'second', from: 'first', why: 'not-up' }]);
  });

  it('moves it as it falls when those 5 s are over, and counts anew once it was up for 10 s', () => {
    const desk = twoWays();
    desk.pass(60_000);
    desk.leg('a', 'first', false);
    desk.leg('a', 'first');
    desk.pass(9999);
    expect(desk.leg('a', 'first', false)).toMatchObject([{ name: 'carry', to: 'second', why: 'not-up' }]);
    const other = twoWays();
    other.pass(60_000);
    other.leg('a', 'first', false);
    other.leg('a', 'first');
    other.pass(10_000);
    expect(other.leg('a', 'first', false)).toEqual([]);
    expect(other.pass(4999)).toEqual([]);
    expect(other.pass(1)).toHaveLength(1);
  });

  it('leaves a leg that is not up where it is when no other attachment lives', () => {
    const desk = twoWays();
    desk.health('second', 'down');
    desk.leg('a', 'first', false);
    expect(desk.pass(600_000)).toEqual([]);
  });

  it('prefers an attachment that answers to a better ranked one of which nothing is known', () => {
    const desk = new Desk([way('first', 1), way('silent', 2), way('third', 3)], [need('a')]);
    desk.health('first', 'up');
    desk.health('third', 'up');
    desk.health('first', 'down');
    expect(desk.on('a')).toBe('third');
  });

  it('keeps a pinned leg where it is, whatever becomes of it', () => {
    const desk = twoWays(need('a', 5, { pinned: 'first' }));
    desk.health('first', 'down');
    expect(desk.pass(600_000)).toEqual([]);
    expect(desk.on('a')).toBe('first');
    expect(shedLegs(desk.state)).toEqual([]);
  });
});

describe('return to the better attachment (A-25)', () => {
  const onSecond = (): Desk => {
    const desk = twoWays();
    desk.health('first', 'down');
    desk.leg('a', 'second');
    return desk;
  };

  it('tries it beside the other after 60 s of stability, and turns to it when it is up', () => {
    const desk = onSecond();
    desk.health('first', 'up');
    expect(desk.pass(59_999)).toEqual([]);
    expect(desk.pass(1)).toEqual([{ name: 'try', leg: 'a', on: 'first' }]);
    expect(desk.on('a')).toBe('second');
    expect(desk.leg('a', 'first')).toEqual([{ name: 'take', leg: 'a', to: 'first', from: 'second', why: 'return' }]);
    expect(networksOnSecondWay(desk.state).size).toBe(0);
  });

  it('counts the 60 s anew when it is lost meanwhile', () => {
    const desk = onSecond();
    desk.health('first', 'up');
    desk.pass(50_000);
    desk.health('first', 'down');
    desk.health('first', 'up');
    expect(desk.pass(59_999)).toEqual([]);
    expect(desk.pass(1)).toHaveLength(1);
  });

  it('waits twice as long after each return that did not last for 5 min, up to 16 min, then 60 s again', () => {
    const desk = onSecond();
    const waits: number[] = [];
    const returns = (): void => {
      desk.health('first', 'up');
      let waitedS = 0;
      while (desk.pass(1000).length === 0) waitedS += 1;
      waits.push(waitedS + 1);
      desk.leg('a', 'first');
      expect(desk.on('a')).toBe('first');
    };
    for (let n = 0; n < 7; n++) {
      returns();
      desk.pass(299_999);
      desk.health('first', 'down');
      desk.leg('a', 'second');
    }
    expect(waits).toEqual([60, 120, 240, 480, 960, 960, 960]);
    returns();
    desk.pass(300_000);
    desk.health('first', 'down');
    desk.leg('a', 'second');
    returns();
    expect(waits.at(-1)).toBe(60);
  });

  it('goes to an attachment that flaps all the same when the other dies', () => {
    const desk = onSecond();
    desk.health('first', 'up');
    desk.pass(60_000);
    desk.leg('a', 'first');
    desk.health('first', 'down');
    desk.leg('a', 'second');
    desk.health('first', 'up');
    expect(desk.health('second', 'down')).toMatchObject([{ name: 'carry', to: 'first', why: 'lost' }]);
  });

  it('neither tries nor turns within an over, nor while one is played out on the leg', () => {
    const desk = onSecond();
    desk.health('first', 'up');
    desk.floor('a', true);
    expect(desk.pass(100_000)).toEqual([]);
    expect(desk.floor('a', false)).toEqual([{ name: 'try', leg: 'a', on: 'first' }]);
    desk.floor('a', true);
    desk.feed({ name: 'talk', leg: 'a', active: true });
    expect(desk.leg('a', 'first')).toEqual([]);
    expect(desk.floor('a', false)).toEqual([]);
    expect(desk.feed({ name: 'talk', leg: 'a', active: false })).toMatchObject([{ name: 'take', to: 'first' }]);
  });

  it('gives a trial up after 20 s, and tries again 60 s later', () => {
    const desk = onSecond();
    desk.health('first', 'up');
    desk.pass(60_000);
    expect(desk.pass(20_000)).toEqual([{ name: 'giveUp', leg: 'a', on: 'first' }]);
    expect(desk.pass(59_999)).toEqual([]);
    expect(desk.pass(1)).toEqual([{ name: 'try', leg: 'a', on: 'first' }]);
  });

  it('turns to the trial at once when the carrier dies meanwhile', () => {
    const desk = onSecond();
    desk.health('first', 'up');
    desk.pass(60_000);
    desk.floor('a', true);
    expect(desk.health('second', 'down')).toEqual([
      { name: 'take', leg: 'a', to: 'first', from: 'second', why: 'lost' },
    ]);
  });

  it('returns eight at a time', () => {
    const desk = new Desk(
      [way('first', 1, 20), way('second', 2, 20)],
      Array.from({ length: 20 }, (_, n) => need(`l${n}`)),
    );
    for (const id of ['first', 'second'] as const) desk.health(id, 'up');
    desk.health('first', 'down');
    for (let n = 0; n < 20; n++) desk.leg(`l${n}`, 'second');
    desk.health('first', 'up');
    expect(desk.pass(60_000)).toHaveLength(8);
    expect(desk.leg('l0', 'first').map(({ name }) => name)).toEqual(['take', 'try']);
  });
});

describe('shedding (A-23, rule R7)', () => {
  /** Four legs on the first; the second has two channels. */
  const short = (): Desk => {
    const desk = new Desk(
      [way('first', 1), way('second', 2, 2)],
      [need('test', 1), need('patrol', 5), need('pursuit', 9), need('crisis', 11)],
    );
    for (const id of ['first', 'second'] as const) desk.health(id, 'up');
    for (const leg of ['test', 'patrol', 'pursuit', 'crisis']) desk.leg(leg, 'first');
    return desk;
  };

  it('gives two channels to the groups of highest priority, and says of the others that they are shed', () => {
    const desk = short();
    expect(desk.health('first', 'down').map((move) => [move.name, move.leg])).toEqual([
      ['carry', 'crisis'],
      ['carry', 'pursuit'],
      ['shed', 'patrol'],
      ['shed', 'test'],
    ]);
  });

  it('gives the channel of an exercise to anything real at once, within an over too, and an exercise takes none', () => {
    const desk = new Desk([way('only', 1, 1)], [need('exercise', exercisePriority)]);
    desk.health('only', 'up');
    desk.leg('exercise', 'only');
    desk.floor('exercise', true);
    expect(desk.feed({ name: 'wanted', need: need('test', 0) })).toEqual([
      { name: 'leave', leg: 'exercise', from: 'only' },
      { name: 'carry', leg: 'test', to: 'only', why: 'placed' },
      { name: 'shed', leg: 'exercise' },
    ]);
    expect(desk.feed({ name: 'wanted', need: need('another', exercisePriority) })).toEqual([
      { name: 'shed', leg: 'another' },
    ]);
    expect(desk.on('test')).toBe('only');
  });

  it('gives the leg of an exercise that is real now the place that it has by its group', () => {
    const desk = new Desk([way('only', 1, 1)], [need('patrol', 5), need('exercise', exercisePriority)]);
    desk.health('only', 'up');
    expect(desk.on('exercise')).toBeUndefined();
    expect(desk.feed({ name: 'priority', leg: 'exercise', priority: 9 }).map(({ name, leg }) => [name, leg])).toEqual([
      ['leave', 'patrol'],
      ['carry', 'exercise'],
      ['shed', 'patrol'],
    ]);
    expect(desk.feed({ name: 'priority', leg: 'gone', priority: 9 })).toEqual([]);
  });

  it('puts a leg that was shed back at once when its attachment returns, without waiting for stability', () => {
    const desk = short();
    desk.health('first', 'down');
    desk.health('first', 'up');
    expect(shedLegs(desk.state)).toEqual([]);
    expect([desk.on('patrol'), desk.on('test'), desk.on('crisis')]).toEqual(['first', 'first', 'second']);
  });

  it('lets an emergency take the channel of the weakest at once, and keep it for 60 s after its last talk', () => {
    const desk = short();
    desk.health('first', 'down');
    for (const leg of ['crisis', 'pursuit']) desk.leg(leg, 'second');
    desk.floor('pursuit', true);
    expect(desk.floor('test', true, true)).toEqual([
      { name: 'leave', leg: 'pursuit', from: 'second' },
      { name: 'carry', leg: 'test', to: 'second', from: 'first', why: 'lost' },
      { name: 'shed', leg: 'pursuit' },
    ]);
    desk.leg('test', 'second');
    desk.floor('pursuit', false);
    expect(desk.floor('test', false)).toEqual([]);
    expect(desk.pass(59_999)).toEqual([]);
    expect(desk.pass(1).map((move) => [move.name, move.leg])).toEqual([
      ['leave', 'test'],
      ['carry', 'pursuit'],
      ['shed', 'test'],
    ]);
  });

  it('takes no channel from a weaker leg within its over, and none from an equal', () => {
    const desk = new Desk([way('first', 1, 1), way('second', 2, 1)], [need('a', 8), need('b', 5), need('c', 8)]);
    for (const id of ['first', 'second'] as const) desk.health(id, 'up');
    desk.leg('a', 'first');
    desk.leg('c', 'second');
    desk.health('first', 'down');
    expect([desk.on('a'), desk.on('c')]).toEqual(['first', 'second']);

    const other = new Desk([way('first', 1, 1), way('second', 2, 1)], [need('a', 8), need('b', 5)]);
    for (const id of ['first', 'second'] as const) other.health(id, 'up');
    other.leg('a', 'first');
    other.leg('b', 'second');
    other.floor('b', true);
    expect(other.health('first', 'down')).toEqual([{ name: 'shed', leg: 'a' }]);
    expect(other.floor('b', false).map((move) => [move.name, move.leg])).toEqual([
      ['leave', 'b'],
      ['carry', 'a'],
      ['shed', 'b'],
    ]);
  });

  it('among equals that lost their attachment keeps the one on which somebody talks', () => {
    const desk = new Desk([way('first', 1), way('second', 2, 1)], [need('a'), need('b')]);
    for (const id of ['first', 'second'] as const) desk.health(id, 'up');
    desk.floor('b', true);
    desk.health('first', 'down');
    expect([desk.on('b'), shedLegs(desk.state)]).toEqual(['second', ['a']]);
  });
});

describe('whether a leg is needed where it is', () => {
  it('is so within an over, while one is played out, and in an emergency and a minute behind it', () => {
    const desk = new Desk([way('a', 1)], [need('one')]);
    const needed = () => isNeeded(desk.state, 'one', desk.nowMs);
    expect(needed()).toBe(false);
    desk.floor('one', true);
    expect(needed()).toBe(true);
    desk.feed({ name: 'talk', leg: 'one', active: true });
    desk.floor('one', false);
    expect(needed()).toBe(true);
    desk.feed({ name: 'talk', leg: 'one', active: false });
    expect(needed()).toBe(false);
    desk.floor('one', true, true);
    desk.floor('one', false);
    desk.pass(59_999);
    expect(needed()).toBe(true);
    desk.pass(1);
    expect(needed()).toBe(false);
    expect(isNeeded(desk.state, 'none', 0)).toBe(false);
  });
});

describe('legs that come and go', () => {
  it('are placed when they are wanted, behind those of their priority', () => {
    const desk = new Desk([way('first', 1, 2)], [need('a')]);
    desk.health('first', 'up');
    expect(desk.feed({ name: 'wanted', need: need('b') })).toEqual([
      { name: 'carry', leg: 'b', to: 'first', why: 'placed' },
    ]);
    expect(desk.feed({ name: 'wanted', need: need('b') })).toEqual([]);
    expect(desk.feed({ name: 'wanted', need: need('c') })).toEqual([{ name: 'shed', leg: 'c' }]);
  });

  it('take the channel of a weaker one, and give it back when they go', () => {
    const desk = new Desk([way('first', 1, 1)], [need('a', 4)]);
    desk.health('first', 'up');
    expect(desk.feed({ name: 'wanted', need: need('b', 9) }).map(({ name, leg }) => `${name} ${leg}`)).toEqual([
      'leave a',
      'carry b',
      'shed a',
    ]);
    expect(desk.feed({ name: 'unwanted', leg: 'b' }).map(({ name, leg }) => `${name} ${leg}`)).toEqual([
      'end b',
      'carry a',
    ]);
    expect(desk.feed({ name: 'unwanted', leg: 'b' })).toEqual([]);
  });
});

describe('what joining would take', () => {
  it('says how many channels are free, who would find none and who would lose his, and changes nothing', () => {
    const desk = new Desk([way('first', 1, 2), way('second', 2, 1), way('other', 1, 4, 'astrid')], [need('a', 9)]);
    for (const attachment of ['first', 'second', 'other']) desk.health(attachment, 'up');
    const before = desk.state;
    const astrid = need('x', 5, { network: 'astrid' });
    expect(previewPlacement(desk.state, [need('a', 9), need('b', 3), astrid], desk.nowMs)).toEqual({
      networks: [
        { network: 'inpt', needed: 1, free: 2, channels: 3 },
        { network: 'astrid', needed: 1, free: 4, channels: 4 },
      ],
      short: [],
      displaced: [],
    });
    for (const leg of [need('b', 3), need('c', 3)]) desk.feed({ name: 'wanted', need: leg });
    expect(previewPlacement(desk.state, [need('d', 3), need('e', 7)], desk.nowMs)).toMatchObject({
      networks: [{ network: 'inpt', needed: 2, free: 0, channels: 3 }],
      short: ['d'],
      displaced: ['b'],
    });
    expect(desk.moves).toEqual([{ name: 'carry', leg: 'c', to: 'second', why: 'placed' }]);
    expect(before.seats.has('b')).toBe(false);
  });

  it('counts no channel of an attachment that is lost, and takes those within an over for free to go', () => {
    const desk = new Desk([way('first', 1, 1), way('second', 2, 4)], [need('a', 4)]);
    desk.health('first', 'up');
    desk.health('second', 'down');
    desk.feed({ name: 'floor', group: 'g-a', taken: true, emergency: false });
    expect(previewPlacement(desk.state, [need('b', 9)], desk.nowMs)).toEqual({
      networks: [{ network: 'inpt', needed: 1, free: 0, channels: 1 }],
      short: [],
      displaced: ['a'],
    });
  });
});

describe('placing under any history', () => {
  const attachments = ['p', 'q', 'r'] as const;
  const legs = ['a', 'b', 'c', 'd', 'e'] as const;
  const ways = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 3 }));
  const event: fc.Arbitrary<PlacementEvent> = fc.oneof(
    fc.record({
      name: fc.constant('attachment' as const),
      attachment: fc.constantFrom(...attachments),
      health: fc.constantFrom('up' as const, 'down' as const),
    }),
    fc.record({
      name: fc.constant('leg' as const),
      leg: fc.constantFrom(...legs),
      attachment: fc.constantFrom(...attachments),
      up: fc.boolean(),
    }),
    fc.record({ name: fc.constant('talk' as const), leg: fc.constantFrom(...legs), active: fc.boolean() }),
    fc.record({
      name: fc.constant('floor' as const),
      group: fc.constantFrom('g-a', 'g-b', 'g-c', 'g-d'),
      taken: fc.boolean(),
      emergency: fc.boolean(),
    }),
    fc.record({ name: fc.constant('wanted' as const), need: fc.constantFrom(need('f', 1), need('a', 2)) }),
    fc.record({
      name: fc.constant('priority' as const),
      leg: fc.constantFrom(...legs),
      priority: fc.integer({ min: 0, max: 2 }),
    }),
    fc.record({ name: fc.constant('unwanted' as const), leg: fc.constantFrom('b', 'f') }),
    fc.constant({ name: 'tick' as const }),
  );
  const history = fc.record({
    channels: ways,
    priorities: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 5, maxLength: 5 }),
    events: fc.array(fc.tuple(fc.nat(20_000), event), { maxLength: 60 }),
  });

  const play = (
    {
      channels,
      priorities,
      events,
    }: {
      channels: readonly number[];
      priorities: readonly number[];
      events: readonly (readonly [number, PlacementEvent])[];
    },
    check: (before: PlacementState, after: PlacementState, moves: readonly Move[], nowMs: number) => void,
  ): readonly Move[] => {
    const needs = legs.map((leg, n) => need(leg, priorities[n], { pinned: leg === 'e' ? 'r' : undefined }));
    let state = startPlacement(
      rules,
      attachments.map((id, n) => way(id, n + 1, channels[n])),
      needs,
    );
    let nowMs = 0;
    const all: Move[] = [];
    for (const [waitMs, each] of [[0, { name: 'start' }], ...events] as (readonly [number, PlacementEvent])[]) {
      nowMs += waitMs;
      const { state: after, moves } = stepPlacement(state, each, nowMs);
      check(state, after, moves, nowMs);
      state = after;
      all.push(...moves);
    }
    return all;
  };

  it('never puts more legs on an attachment than it has channels, nor a leg elsewhere than it may go', () => {
    fc.assert(
      fc.property(history, (given) => {
        play(given, (_, after) => {
          for (const [n, id] of attachments.entries()) {
            const seats = [...after.seats.values()];
            const used =
              seats.filter(({ on }) => on === id).length + seats.filter(({ trial }) => trial?.on === id).length;
            expect(used).toBeLessThanOrEqual(given.channels[n] ?? 0);
          }
          expect([undefined, 'r']).toContain(carrierOf(after, 'e'));
        });
      }),
      { numRuns: 500 },
    );
  });

  it('leaves no leg without an attachment that lives while one of them has a channel free', () => {
    fc.assert(
      fc.property(history, (given) => {
        play(given, (_, after) => {
          const seats = [...after.seats.values()];
          for (const { on, ways: its } of seats) {
            if (on !== undefined && after.ways.get(on)?.health !== 'down') continue;
            for (const id of its) {
              const used = seats.filter((seat) => seat.on === id || seat.trial?.on === id).length;
              const isFree = after.ways.get(id)?.health !== 'down' && used < (after.ways.get(id)?.way.channels ?? 0);
              expect(isFree).toBe(false);
            }
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('disturbs an over only when the attachment is dead, the leg is not up, or an emergency needs the channel', () => {
    fc.assert(
      fc.property(history, (given) => {
        play(given, (before, after, moves, nowMs) => {
          const isEmergency = [...after.groups.values()].some(({ emergencyUntilMs }) => emergencyUntilMs > nowMs);
          for (const move of moves) {
            const seat = after.seats.get(move.leg);
            if (seat === undefined) continue; // nobody wants it any more
            const isBusy = seat.active || after.groups.get(seat.need.group)?.taken === true;
            if (!isBusy || move.name === 'giveUp' || move.name === 'shed' || move.name === 'carry') continue;
            expect(move.name).not.toBe('try');
            if (move.name === 'take') expect(move.why).toBe('lost');
            if (move.name === 'leave') expect(isEmergency).toBe(true);
          }
          for (const move of moves) {
            if (move.name !== 'carry' || move.from === undefined) continue;
            const former = before.seats.get(move.leg)!;
            expect(
              former.on === undefined || after.ways.get(move.from)?.health === 'down' || !after.seats.get(move.leg)?.up,
            ).toBe(true);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('does not flap: a leg returns to an attachment no sooner than 60 s after it was lost or failed there', () => {
    fc.assert(
      fc.property(history, (given) => {
        const leftMs = new Map<string, number>();
        play(given, (_, __, moves, nowMs) => {
          for (const move of moves) {
            if (move.name === 'carry' && move.from !== undefined) leftMs.set(`${move.leg} ${move.from}`, nowMs);
            if (move.name !== 'take' || move.why !== 'return') continue;
            expect(nowMs - (leftMs.get(`${move.leg} ${move.to}`) ?? -Infinity)).toBeGreaterThanOrEqual(
              rules.returnAfterMs,
            );
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('has a deadline after now, and does the same for the same history', () => {
    fc.assert(
      fc.property(history, (given) => {
        const moves = play(given, (_, after, __, nowMs) => {
          expect(placementDeadlineMs(after, nowMs)).toBeGreaterThan(nowMs);
          expect(stepPlacement(after, { name: 'tick' }, nowMs).moves).toEqual([]);
        });
        expect(play(given, () => undefined)).toEqual(moves);
      }),
      { numRuns: 500 },
    );
  });
});
