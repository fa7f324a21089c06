/**
 * Memory of each process over minutes of traffic: overs of 2 s with pauses on 10 groups; and what the voice process's
 * own gauges say it is made of.
 */
import type { Usage } from './gateway-under-test.ts';
import { measureGateway } from './load.ts';
import { report } from './report.ts';

/** Least-squares slope of `ys` over `xs`. */
function slope(xs: readonly number[], ys: readonly number[]): number {
  const meanX = xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const meanY = ys.reduce((sum, y) => sum + y, 0) / ys.length;
  let over = 0;
  let under = 0;
  xs.forEach((x, i) => {
    over += (x - meanX) * ((ys[i] as number) - meanY);
    under += (x - meanX) ** 2;
  });
  return over / under;
}

/** MB of the voice process by its own account. */
const parts = ['heap', 'heap_used', 'external'] as const;
type Parts = Readonly<Record<(typeof parts)[number], number>>;

async function partsOf(httpPort: number): Promise<Parts> {
  const page = await fetch(`http://127.0.0.1:${httpPort}/metrics`).then((reply) => reply.text());
  const read = (part: string) =>
    Number(new RegExp(`^escaut_voice_memory_${part}_bytes (\\S+)`, 'm').exec(page)?.[1]) / 1e6;
  return { heap: read('heap'), heap_used: read('heap_used'), external: read('external') };
}

export async function memoryOverTime(minutes: number): Promise<void> {
  const readings: (Usage & { readonly parts: Parts })[] = [];
  await measureGateway({
    groups: 10,
    legsPerGroup: 4,
    seconds: minutes * 60,
    overMs: 2000,
    lane: 'beside',
    beside: async (gateway, httpPort, stop) => {
      while (!stop.aborted) {
        readings.push({ ...gateway.usage(), parts: await partsOf(httpPort) });
        await new Promise((done) => setTimeout(done, 5000));
      }
    },
  });
  // The first third is warm-up: caches and the collector's idea of the heap.
  const steady = readings.slice(Math.floor(readings.length / 3));
  const hours = steady.map((reading) => reading.atMs / 3_600_000);
  const row = (name: string, of: (reading: (typeof readings)[number]) => number) => ({
    process: name,
    'start MB': readings[0] === undefined ? Number.NaN : of(readings[0]),
    'middle MB': steady[0] === undefined ? Number.NaN : of(steady[0]),
    'end MB': readings.at(-1) === undefined ? Number.NaN : of(readings.at(-1)!),
    'slope MB/h': slope(hours, steady.map(of)),
  });
  report(
    `memory: ${minutes} min of traffic, 10 groups × 4 legs`,
    'Resident memory from /proc each 5 s; slope by least squares over the last two thirds.',
    [
      ...(['voice', 'main', 'media'] as const).map((kind) => row(kind, (reading) => reading.rssMb[kind])),
      row('voice: outside the heap', ({ rssMb, parts: { heap } }) => rssMb.voice - heap),
      ...parts.map((part) => row(`voice: ${part.replace('_', ' ')}`, (reading) => reading.parts[part])),
    ],
  );
}
