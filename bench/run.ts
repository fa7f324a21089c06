/**
 * `npm run bench [-- name …] [-- --seconds N --minutes N]`: every measurement of the product, driven from outside.
 * Each prints a table, a JSON line and how it was measured. Compare figures of one run only.
 */
import { parseArgs } from 'node:util';
import { voiceUnderApiLoad } from './api-load.ts';
import { type Load, type Measured, measureGateway, measureIdle, measureReflector } from './load.ts';
import { memoryOverTime } from './memory.ts';
import { type Row, report } from './report.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    minutes: { type: 'string', default: '30' },
    list: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);

const METHOD =
  'Far ends in another process call nothing of ours; every leg sends 50 packets/s of A-law speech, the first leg of each group holds\n' +
  'the floor; delay = arrival of the n-th packet − sending of the n-th, one clock, paired by correlation. "reflector" is the\n' +
  'same load through a process that only copies packets: what the sockets and the generator themselves cost.\n' +
  'filter = delay inside the audio (resampling), not in the packets. cores = CPU time / wall time from /proc.';

function row(name: string, load: Load, measured: Measured): Row {
  return {
    path: name,
    groups: load.groups,
    legs: measured.legs,
    'p50 ms': measured.delayMs.p50,
    'p95 ms': measured.delayMs.p95,
    'p99 ms': measured.delayMs.p99,
    'max ms': measured.delayMs.max,
    'filter ms': measured.filterDelayMs,
    'level dB': measured.levelDb,
    correlation: measured.correlation,
    'loss %': measured.loss * 100,
    'gap max ms': measured.gapMsMax,
    'voice cores': measured.cores.voice,
    'main cores': measured.cores.main,
    'voice MB': measured.rssMb.voice,
  };
}

async function reflectorRow(load: Load): Promise<Row> {
  const result = await measureReflector(load);
  return row('reflector', load, {
    ...result,
    cores: { voice: Number.NaN, main: Number.NaN, media: Number.NaN },
    rssMb: { voice: Number.NaN, main: Number.NaN, media: Number.NaN },
    loss: 1 - result.heard / result.expected,
  });
}

const benches: Record<string, () => Promise<void>> = {
  async 'voice-delay'() {
    const load = { groups: 10, legsPerGroup: 4, seconds };
    const rows = [await reflectorRow(load), row('gateway', load, await measureGateway(load))];
    report('voice-delay: leg to leg, 10 groups × 4 legs', METHOD, rows);
  },
  async 'voice-cost'() {
    const load = { groups: 50, legsPerGroup: 4, seconds };
    const rows = [await reflectorRow(load), row('gateway', load, await measureGateway(load))];
    report('voice-cost: 50 groups × 4 legs', METHOD, rows);
  },
  async saturation() {
    const rows: Row[] = [];
    for (const groups of [50, 100, 150, 200, 250]) {
      const load = { groups, legsPerGroup: 4, seconds };
      rows.push(await reflectorRow(load), row('gateway', load, await measureGateway(load)));
    }
    report('saturation: groups of 4 legs, one process for all voice', METHOD, rows);
  },
  async idle() {
    const { cores, rssMb } = await measureIdle(400, 4, seconds);
    report(
      'idle: 400 groups × 4 legs, calls up, nobody talks',
      'CPU time / wall time from /proc; OPTIONS and RTCP go on.',
      [
        {
          groups: 400,
          'voice cores': cores.voice,
          'main cores': cores.main,
          'voice MB': rssMb.voice,
          'main MB': rssMb.main,
        },
      ],
    );
  },
  async 'floor-first-packet'() {
    const load = { groups: 10, legsPerGroup: 4, seconds: Math.max(20, seconds), overMs: 1000 };
    const measured = await measureGateway(load);
    report(
      'floor-first-packet: key-down of a radio to its first packet at the other legs',
      'Overs of 1 s with 1 s of pause on 10 groups; time from sending the first packet of an over to its arrival at each\n' +
        'listener: talk detection, floor decision and forwarding together.',
      [{ 'p50 ms': measured.firstMs.p50, 'p95 ms': measured.firstMs.p95, 'p99 ms': measured.firstMs.p99 }],
    );
  },
  'voice-under-api-load': () => voiceUnderApiLoad(seconds),
  memory: () => memoryOverTime(Number(values.minutes)),
};

if (values.list) process.stdout.write(`${Object.keys(benches).join('\n')}\n`);
else {
  const wanted = positionals.length > 0 ? positionals : Object.keys(benches);
  for (const name of wanted) {
    const bench = benches[name];
    if (bench === undefined) {
      process.stderr.write(`There is no bench "${name}". There are: ${Object.keys(benches).join(', ')}\n`);
      process.exitCode = 64;
      break;
    }
    await bench();
  }
}
