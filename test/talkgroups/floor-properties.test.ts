import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { deadlineMs, type FloorEvent, type Member, step } from '../../src/talkgroups/floor.ts';
import { contentionCycles } from './floor-contention.ts';
import { FloorWitness } from './floor-witness.ts';

const parties = ['be', 'fr', 'gn', 'console:1', 'console:2'];

const member = (party: string): fc.Arbitrary<Member> =>
  fc.record({
    party: fc.constant(party),
    kind: fc.constant(party.startsWith('console:') ? ('console' as const) : ('leg' as const)),
    priorityMax: fc.integer({ min: 0, max: 14 }),
    mayTalk: fc.constantFrom(true, true, true, false),
    mayQueue: fc.boolean(),
    canBeTold: party.startsWith('console:') ? fc.constant(true) : fc.boolean(),
  });

const event: fc.Arbitrary<FloorEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      name: fc.constant('request' as const),
      party: fc.constantFrom(...parties, 'nobody'),
      priority: fc.integer({ min: -1, max: 20 }),
      emergency: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ name: fc.constant('release' as const), party: fc.constantFrom(...parties, 'nobody') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      name: fc.constant('media' as const),
      party: fc.constantFrom(...parties),
      atMs: fc.constant(0),
    }),
  },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('leave' as const), party: fc.constantFrom(...parties) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('remove' as const), party: fc.constantFrom(...parties) }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...parties)
      .chain((party) => member(party).map((joining) => ({ name: 'join' as const, member: joining }))),
  },
);

const history = fc.array(fc.record({ waitMs: fc.constantFrom(0, 0, 1, 20, 400, 1100, 6000), event }), {
  maxLength: 60,
});

const rules = fc.record({
  talkLimitMs: fc.constantFrom(5000, 30_000),
  talkWarnMs: fc.constantFrom(3000, 20_000, 60_000),
  leaseMs: fc.constantFrom(200, 1000, 6000),
  graceMs: fc.constantFrom(0, 300, 3000),
  queueLimit: fc.integer({ min: 0, max: 4 }),
  queueTimeoutMs: fc.constantFrom(1000, 60_000),
  retryAfterMs: fc.constantFrom(0, 2000),
  override: fc.constantFrom('cut' as const, 'mix' as const, 'duplex' as const),
});

describe('floor arbiter, any history of events', () => {
  it('holds its invariants and returns to idle when all stop (3,000 histories)', () => {
    fc.assert(
      fc.property(rules, fc.tuple(...parties.map(member)), history, (floorRules, members, steps) => {
        const witness = new FloorWitness(floorRules, members);
        for (const { waitMs, event: happened } of steps) {
          witness.passTo(witness.nowMs + waitMs);
          witness.event(happened.name === 'media' ? { ...happened, atMs: witness.nowMs } : happened);
        }
        witness.allStop();
      }),
      { numRuns: 3000 },
    );
  });

  it('is deterministic: the same history gives the same states and actions', () => {
    fc.assert(
      fc.property(rules, fc.tuple(...parties.map(member)), history, (floorRules, members, steps) => {
        const run = (): unknown => {
          const witness = new FloorWitness(floorRules, members);
          const trace: unknown[] = [];
          for (const { waitMs, event: happened } of steps) {
            witness.passTo(witness.nowMs + waitMs);
            trace.push(step(witness.state, happened, witness.nowMs).actions, deadlineMs(witness.state));
            witness.event(happened);
          }
          return trace;
        };
        expect(run()).toEqual(run());
      }),
      { numRuns: 200 },
    );
  });
});

describe('floor arbiter, contention', () => {
  it('never has two holders in 10,000 seeded cycles of everybody keying at once (bar 3)', () => {
    const { overs, requests } = contentionCycles(10_000, new SeededRandom(1));
    expect(overs).toBeGreaterThan(10_000);
    expect(requests).toBeGreaterThan(30_000);
  });
});
