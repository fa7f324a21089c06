/**
 * `node bench/kills.ts [--kills 200] [--seed N] [--lanes 4] [--sealed]`: kill −9 at that many random moments of traffic
 * (test/interop/support/kills.ts). Exit code 1 where anything that was safe was lost.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../src/base/random.ts';
import { cutMsMax, killOften } from '../test/interop/support/kills.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    lanes: { type: 'string', default: '4' },
    sealed: { type: 'boolean', default: false },
  },
});
const beganMs = performance.now();
const master = values.sealed ? randomBytes(32).toString('hex') : '';
const figures = await killOften(Number(values.kills), new SeededRandom(Number(values.seed)), {
  ...{ lanes: Number(values.lanes), master },
});
const { kills, entries, whole, wholeMs, cut, cutMs, cutMsMost, faults } = figures;
process.stdout.write(
  [
    `seed ${values.seed}${values.sealed ? ', encrypted' : ''}: ${kills} kills in ${Math.round((performance.now() - beganMs) / 1000)} s`,
    `log: ${entries} entries, chain verified after each kill`,
    `overs that were whole: ${whole}, ${Math.round(wholeMs / 1000)} s, all decoded`,
    `overs that were cut: ${cut}; lost of them: ${Math.round(cutMs / Math.max(1, cut))} ms in the mean, ${cutMsMost} ms at most (bound ${cutMsMax})`,
    faults.length === 0 ? 'nothing that was safe is lost' : `FAULTS:\n${faults.join('\n')}`,
    JSON.stringify({ seed: Number(values.seed), ...figures }),
    '',
  ].join('\n'),
);
process.exitCode = faults.length === 0 ? 0 : 1;
