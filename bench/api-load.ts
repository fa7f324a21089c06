/** Does a busy HTTP side move voice frames? The same load with and without requests as fast as they are answered. */
import { type Load, type Measured, measureGateway } from './load.ts';
import { report } from './report.ts';

const CLIENTS = 16;

export async function voiceUnderApiLoad(seconds: number): Promise<void> {
  const load: Load = { groups: 10, legsPerGroup: 4, seconds };
  const quiet = await measureGateway(load);
  let requests = 0;
  const hammered = await measureGateway({
    ...load,
    beside: async (_gateway, httpPort, stop) => {
      const client = async () => {
        while (!stop.aborted) {
          await fetch(`http://127.0.0.1:${httpPort}/metrics`).then((reply) => reply.arrayBuffer());
          requests++;
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, client));
    },
  });
  const row = (name: string, measured: Measured) => ({
    api: name,
    'p50 ms': measured.delayMs.p50,
    'p95 ms': measured.delayMs.p95,
    'p99 ms': measured.delayMs.p99,
    'max ms': measured.delayMs.max,
    'gap max ms': measured.gapMsMax,
    'loss %': measured.loss * 100,
    'sender late p99 ms': measured.senderLateMs.p99,
    'main cores': measured.cores.main,
    'voice cores': measured.cores.voice,
  });
  report(
    'voice-under-api-load: 10 groups × 4 legs',
    `Leg to leg delay, quiet and with ${CLIENTS} clients that ask for /metrics without pause (${Math.round(requests / seconds)}/s answered);\n` +
      'the clients run in the bench process and share the two cores with everything else.',
    [row('quiet', quiet), row('hammered', hammered)],
  );
}
