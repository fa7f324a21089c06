/**
 * `npm run bench [-- name …] [-- --seconds N --minutes N]`: every measurement of the product, driven from outside.
 * Each prints a table, a JSON line and how it was measured. Compare figures of one run only.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { voiceUnderApiLoad } from './api-load.ts';
import { consoleDelay } from './console.ts';
import { floorDecision } from './floor.ts';
import { costOfConsoles, costOfListeningLegs } from './listeners.ts';
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
const seconds = numberOf('seconds', values.seconds);
const minutes = numberOf('minutes', values.minutes);

const METHOD =
  'Far ends in another process call nothing of ours; every leg sends 50 packets/s of A-law speech, the first leg of each group holds\n' +
  'the floor; delay = arrival of a packet − sending of the one with the same sound, one clock, paired by RTP timestamp and checked\n' +
  'by correlation. "reflector" is the same load through a process that only copies packets: what the sockets and the generator\n' +
  'themselves cost. filter = delay inside the audio (resampling), not in the packets. cores = CPU time / wall time from /proc,\n' +
  'user and system. sender late = by how much the generator missed its own time: what the machine did to the measurement.';

const nothing = { voice: Number.NaN, main: Number.NaN, media: Number.NaN };

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
    'sender cores': measured.senderCores,
    'sender late p99 ms': measured.senderLateMs.p99,
    'sender late max ms': measured.senderLateMs.max,
  };
}

async function reflectorRow(load: Load): Promise<Row> {
  const result = await measureReflector(load);
  return row('reflector', load, {
    ...result,
    cores: nothing,
    rssMb: nothing,
    loss: 1 - result.heard / result.expected,
  });
}

/** A generator that late sends bursts that no radio sends: the run says nothing. */
const lateMsMax = 50;
const attempts = 4;

/** Sound is intact: every packet is heard and none comes later than a listener's buffer of 60 ms could hide. */
function verdict({ loss, gapMsMax, senderLateMs }: Measured): 'yes' | 'no' | 'not judged' {
  if (loss <= 0 && gapMsMax <= 60) return 'yes';
  return senderLateMs.max > lateMsMax ? 'not judged' : 'no';
}

async function saturation(): Promise<void> {
  const rows: Row[] = [];
  let intactLegs = 0;
  for (const groups of [50, 100, 150, 200, 250]) {
    const load = { groups, legsPerGroup: 4, seconds };
    let measured = await measureGateway(load);
    for (let more = attempts - 1; more > 0 && verdict(measured) !== 'yes'; more--)
      measured = await measureGateway(load);
    rows.push({ intact: verdict(measured), ...row('gateway', load, measured) });
    if (verdict(measured) !== 'yes') break;
    intactLegs = measured.legs;
  }
  report(
    `saturation: sound intact to ${intactLegs} legs, groups of 4, one process for all voice`,
    `${METHOD}\nIntact: no packet lost, no gap over 60 ms at any listener; ends at the first load that is not, tried ${attempts} times, for a\n` +
      `busy machine spoils a run too: "not judged" where the generator itself was late by more than ${lateMsMax} ms.`,
    rows,
  );
}

async function idle(): Promise<void> {
  const { cores, rssMb } = await measureIdle(400, 4, seconds);
  report(
    'idle: 400 groups × 4 legs, calls up, nobody talks',
    'CPU time / wall time from /proc, user and system; OPTIONS and RTCP go on.',
    [
      {
        groups: 400,
        'voice cores': cores.voice,
        'main cores': cores.main,
        'media cores': cores.media,
        'voice MB': rssMb.voice,
        'main MB': rssMb.main,
      },
    ],
  );
}

async function floorFirstPacket(): Promise<void> {
  const load = { groups: 10, legsPerGroup: 4, seconds: Math.max(20, seconds), overMs: 1000 };
  const measured = await measureGateway(load);
  report(
    'floor-first-packet: key-down of a radio to its first packet at the other legs',
    'Overs of 1 s with 1 s of pause on 10 groups; time from sending the first packet of an over to its arrival at each\n' +
      'listener: talk detection, floor decision and forwarding together.',
    [
      {
        'p50 ms': measured.firstMs.p50,
        'p95 ms': measured.firstMs.p95,
        'p99 ms': measured.firstMs.p99,
        'loss %': measured.loss * 100,
        'sender late p99 ms': measured.senderLateMs.p99,
      },
    ],
  );
}

/** A bench that is a program of its own: it measures a part by itself, without a gateway. */
function program(file: string, ...args: readonly string[]): () => Promise<void> {
  return () =>
    new Promise((done, failed) => {
      const child = fork(join(import.meta.dirname, file), args, { stdio: 'inherit' });
      child.once('error', failed);
      child.once('exit', (code) => (code === 0 ? done() : failed(new Error(`${file} ended with ${code}`))));
    });
}

/** One load, through the reflector and through a gateway. */
function besideReflector(title: string, groups: number): () => Promise<void> {
  return async () => {
    const load = { groups, legsPerGroup: 4, seconds };
    report(title, METHOD, [await reflectorRow(load), row('gateway', load, await measureGateway(load))]);
  };
}

const benches: Readonly<Record<string, () => Promise<void>>> = {
  'voice-delay': besideReflector('voice-delay: leg to leg, 10 groups × 4 legs', 10),
  'voice-cost': besideReflector('voice-cost: 50 groups × 4 legs', 50),
  saturation,
  idle,
  console: () => consoleDelay(seconds),
  floor: () => floorDecision(seconds),
  'floor-first-packet': floorFirstPacket,
  listeners: () => costOfConsoles(seconds),
  'listening-legs': () => costOfListeningLegs(seconds),
  'floor-simulation': program('floor-simulation.ts', '100000'),
  'voice-under-api-load': () => voiceUnderApiLoad(seconds),
  loop: program('loop.ts'),
  'media-cost': program('media-cost.ts'),
  'opus-settings': program('opus-settings.ts'),
  kills: program('kills.ts'),
  'gateway-kills': program('gateway-kills.ts'),
  memory: () => memoryOverTime(minutes),
};

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  process.stderr.write(`--${option} takes a number above 0, not "${text}"\n`);
  process.exit(64);
}

// A bench that is cut leaves no gateway behind (gateway-under-test.ts).
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

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
