/**
 * `node bench/gateway-kills.ts [--kills 200] [--seed N] [--groups 6] [--sealed]`: kill −9 of a whole gateway at that many
 * random moments of traffic (test/interop/support/gateway-kills.ts). Exit code 1 where anything that was safe was lost.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../src/base/random.ts';
import { cutMsMost as bound, killGatewayOften } from '../test/interop/support/gateway-kills.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    groups: { type: 'string', default: '6' },
    sealed: { type: 'boolean', default: false },
  },
});
const beganMs = performance.now();
const figures = await killGatewayOften(Number(values.kills), new SeededRandom(Number(values.seed)), {
  groups: Number(values.groups),
  latestMs: 5000,
  master: values.sealed ? randomBytes(32).toString('hex') : '',
});
const { kills, starting, mainAlone, entries, whole, wholeMs, cut, cutMs, cutMsMost, startMs, faults } = figures;
const starts = Math.max(1, kills - 1 - starting);
process.stdout.write(
  [
    `seed ${values.seed}${values.sealed ? ', encrypted' : ''}: ${kills} kills in ${Math.round((performance.now() - beganMs) / 1000)} s, ${starting} of them while it started, ${mainAlone} of the main process alone`,
    `log: ${entries} entries, chain verified after each kill and by "escaut audit --verify" in the end`,
    `overs that were whole: ${whole}, ${Math.round(wholeMs / 1000)} s, all decoded, also by ffmpeg, and as long as they were heard`,
    `overs that were cut: ${cut}; lost of them: ${Math.round(cutMs / Math.max(1, cut))} ms in the mean, ${cutMsMost} ms at most (bound ${bound})`,
    `ready again after ${Math.round(startMs / starts)} ms in the mean`,
    faults.length === 0 ? 'nothing that was safe is lost' : `FAULTS:\n${faults.join('\n')}`,
    JSON.stringify({ seed: Number(values.seed), ...figures }),
    '',
  ].join('\n'),
);
process.exitCode = faults.length === 0 ? 0 : 1;
