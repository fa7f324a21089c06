/**
 * Contention of a shared group's floor, simulated with a seed: in each cycle six parties of four networks key and stop
 * at random within milliseconds, and every invariant is checked after every step (test/talkgroups/floor-witness.ts).
 *
 *   node bench/floor-simulation.ts [cycles] [seed]
 */
import { SeededRandom } from '../src/base/random.ts';
import { contentionCycles } from '../test/talkgroups/floor-contention.ts';

const cycles = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const startedMs = performance.now();
const { overs, requests } = contentionCycles(cycles, new SeededRandom(seed));
const seconds = (performance.now() - startedMs) / 1000;

console.log(`${cycles} contention cycles, seed ${seed}: ${requests} requests, ${overs} overs, 0 invariants broken`);
console.log(`${seconds.toFixed(1)} s, ${((seconds * 1e6) / requests).toFixed(2)} µs a request with all checks`);
console.log(JSON.stringify({ bench: 'floor-simulation', cycles, seed, requests, overs, broken: 0, seconds }));
