/** Seeded contention: in each cycle several parties of both networks and consoles key within a few ms and stop again. */
import type { SeededRandom } from '../../src/base/random.ts';
import type { FloorRules, Member } from '../../src/talkgroups/floor.ts';
import { FloorWitness } from './floor-witness.ts';

const parties = ['as:5317010', 'in:590-1-021', 'ru:059-1', 'ro:590-3', 'console:a', 'console:b'];

/** Runs so many cycles with every invariant checked after every step; throws at the first one broken. */
export function contentionCycles(cycles: number, random: SeededRandom): { overs: number; requests: number } {
  let witness = newGroup(random);
  let overs = 0;
  let requests = 0;
  for (let cycle = 0; cycle < cycles; cycle++) {
    const keyed = new Set<string>();
    for (let actions = 4 + below(random, 8); actions > 0; actions--) {
      witness.passTo(witness.nowMs + below(random, 4) * below(random, 4));
      const party = parties[below(random, parties.length)]!;
      if (keyed.has(party) && random.fraction() < 0.4) {
        keyed.delete(party);
        witness.event({ name: 'release', party });
      } else {
        keyed.add(party);
        const emergency = random.fraction() < 0.05;
        witness.event({ name: 'request', party, priority: below(random, 12), emergency });
      }
      for (const talker of keyed) witness.event({ name: 'media', party: talker, atMs: witness.nowMs });
    }
    if (random.fraction() < 0.1) witness.passTo(witness.nowMs + 2500);
    for (const party of keyed) witness.event({ name: 'release', party });
    if (cycle % 100 === 99) {
      witness.allStop();
      overs += witness.overs;
      requests += witness.requests;
      witness = newGroup(random);
    }
  }
  return { overs: overs + witness.overs, requests: requests + witness.requests };
}

function newGroup(random: SeededRandom): FloorWitness {
  const rules: FloorRules = {
    talkLimitMs: 2000,
    talkWarnMs: 1500,
    leaseMs: 300,
    graceMs: random.fraction() < 0.5 ? 0 : 200,
    queueLimit: below(random, 5),
    queueTimeoutMs: 5000,
    retryAfterMs: random.fraction() < 0.5 ? 0 : 500,
    override: random.fraction() < 0.5 ? 'cut' : 'mix',
  };
  const members = parties.map(
    (party): Member => ({
      party,
      kind: party.startsWith('console:') ? 'console' : 'leg',
      priorityMax: 14,
      mayTalk: true,
      mayQueue: random.fraction() < 0.7,
      canBeTold: party.startsWith('console:') || random.fraction() < 0.3,
    }),
  );
  return new FloorWitness(rules, members);
}

function below(random: SeededRandom, limit: number): number {
  return Math.floor(random.fraction() * limit);
}
