/**
 * What a listener costs: few legs talk, and ever more consoles or radio legs hear them. Consoles really receive: DTLS and
 * SRTP to a socket each (media-listener.ts); radio legs are far ends that send nothing.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { BenchConsole } from './bench-console.ts';
import { cores, type GatewayUnderTest } from './gateway-under-test.ts';
import { measureGateway, wait, warmUpMs, withStand } from './load.ts';
import { ListenerWorker, type MediaListener } from './media-listener.ts';
import { raisePriority } from './priority.ts';
import { type Row, report } from './report.ts';

const consoleSteps = [0, 1, 10, 25, 50, 100, 150, 200];
const talkingGroups = 5;
/** Groups × legs; a group has 64 at most. */
const legSteps = [
  [1, 2],
  [1, 16],
  [1, 64],
  [2, 64],
  [4, 64],
  [8, 64],
] as const;
const openMs = 150;
/** Longer gaps are beyond what a listener's buffer could hide. */
const gapMsMax = 60;
const lateMsMax = 50;

/** Prints what consoles cost that hear all talking groups. */
export async function costOfConsoles(seconds: number): Promise<void> {
  raisePriority();
  const rows: Row[] = [];
  const worker = await ListenerWorker.start();
  const open: BenchConsole[] = [];
  const listeners: MediaListener[] = [];
  const most = consoleSteps.at(-1) ?? 0;
  const load = {
    groups: talkingGroups,
    legsPerGroup: 2,
    silentListeners: true,
    seconds: consoleSteps.length * (seconds + 2) + (most * openMs) / 1000,
  };
  try {
    await withStand(load, async ({ gateway, run }) => {
      void run().catch(() => undefined); // the far ends are taken down while they still talk
      await wait(warmUpMs);
      for (const count of consoleSteps) {
        while (open.length < count) {
          const link = await gateway.nextConsoleUrl();
          const console = await BenchConsole.open(link, open.length, async (offered) => {
            const { listener, dtlsParameters } = await worker.listen(offered);
            listeners.push(listener);
            return dtlsParameters;
          });
          open.push(console);
        }
        await wait(1500); // handshakes
        const row = await listenFor(seconds, gateway, listeners);
        rows.push(row);
        if (row.intact === 'no') break;
      }
    });
  } finally {
    for (const console of open) console.close();
    worker.close();
  }
  report(
    `listeners: consoles that hear ${talkingGroups} talking legs`,
    `One leg of each of ${talkingGroups} groups sends 50 packets/s; each console has a WebSocket, DTLS and ${talkingGroups} SRTP streams to a socket of its own\n` +
      'in the bench process, where packets are counted by their headers, undecrypted. Loss: packets that were said and a console did\n' +
      `not get, by RTP timestamp. Intact: no loss, no gap over ${gapMsMax} ms in any stream; ends at the first load that is not. "not\n` +
      `judged" where the bench itself was late by more than ${lateMsMax} ms. cores = CPU time / wall time from /proc; client = the bench.`,
    rows,
  );
}

async function listenFor(
  seconds: number,
  gateway: GatewayUnderTest,
  listeners: readonly MediaListener[],
): Promise<Row> {
  for (const listener of listeners) listener.startOver();
  const late = monitorEventLoopDelay({ resolution: 5 });
  late.enable();
  const cpuFrom = process.cpuUsage();
  const from = gateway.usage();
  await wait(seconds * 1000);
  const used = cores(from, gateway.usage());
  const { user, system } = process.cpuUsage(cpuFrom);
  late.disable();
  const lateMs = late.max / 1e6;
  const heard = listeners.reduce((sum, { packets }) => sum + packets, 0);
  // A stream that is not heard at all lacks every packet.
  const silent = listeners.reduce((sum, { streams }) => sum + talkingGroups - streams, 0);
  const lost = listeners.reduce((sum, { missing }) => sum + missing, 0) + 50 * seconds * silent;
  const gapMs = Math.max(0, ...listeners.map((listener) => listener.gapMsMax));
  const intact = lost === 0 && gapMs <= gapMsMax ? 'yes' : lateMs > lateMsMax ? 'not judged' : 'no';
  return {
    consoles: listeners.length,
    intact,
    'voice cores': used.voice,
    'main cores': used.main,
    'media cores': used.media,
    'packets/s': heard / seconds,
    'loss %': lost === 0 ? 0 : (100 * lost) / (heard + lost),
    'gap max ms': gapMs,
    'client cores': (user + system) / 1000 / (seconds * 1000),
    'client late max ms': lateMs,
  };
}

/** Prints what radio legs cost that only listen. */
export async function costOfListeningLegs(seconds: number): Promise<void> {
  const rows: Row[] = [];
  for (const [groups, legsPerGroup] of legSteps) {
    const measured = await measureGateway({ groups, legsPerGroup, silentListeners: true, seconds });
    rows.push({
      groups,
      'listening legs': groups * (legsPerGroup - 1),
      'voice cores': measured.cores.voice,
      'main cores': measured.cores.main,
      'media cores': measured.cores.media,
      'p50 ms': measured.delayMs.p50,
      'p99 ms': measured.delayMs.p99,
      'loss %': measured.loss * 100,
      'gap max ms': measured.gapMsMax,
      'sender late max ms': measured.senderLateMs.max,
    });
  }
  report(
    'listeners: radio legs that hear one talking leg a group',
    'One leg of each group sends 50 packets/s, the others only listen; G.711 is coded once a group, so what grows is sending.\n' +
      'Delay, loss and gaps as in voice-delay.',
    rows,
  );
}
