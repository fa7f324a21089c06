/** Memory of each process over minutes of traffic: overs of 2 s with pauses on 10 groups. */
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

export async function memoryOverTime(minutes: number): Promise<void> {
  const readings: Usage[] = [];
  await measureGateway({
    groups: 10,
    legsPerGroup: 4,
    seconds: minutes * 60,
    overMs: 2000,
    lane: 'beside',
    beside: async (gateway, _port, stop) => {
      while (!stop.aborted) {
        readings.push(gateway.usage());
        await new Promise((done) => setTimeout(done, 5000));
      }
    },
  });
  // The first third is warm-up: caches and the collector's idea of the heap.
  const steady = readings.slice(Math.floor(readings.length / 3));
  const hours = steady.map((reading) => reading.atMs / 3_600_000);
  report(
    `memory: ${minutes} min of traffic, 10 groups × 4 legs`,
    'Resident memory from /proc each 5 s; slope by least squares over the last two thirds.',
    (['voice', 'main', 'media'] as const).map((kind) => ({
      process: kind,
      'start MB': readings[0]?.rssMb[kind] ?? Number.NaN,
      'end MB': readings.at(-1)?.rssMb[kind] ?? Number.NaN,
      'slope MB/h': slope(
        hours,
        steady.map((reading) => reading.rssMb[kind]),
      ),
    })),
  );
}
