/**
 * How long an operator waits for the floor: 50 consoles on their WebSockets beside 10 groups whose legs talk; one console
 * after another asks for an idle group, holds it for 200 ms and lets go.
 * No media flows to or from these consoles: what is measured lies before the first packet.
 */
import { BenchConsole } from './bench-console.ts';
import { wait, warmUpMs, withStand } from './load.ts';
import { report } from './report.ts';

const consolesCount = 50;
const talkingGroups = 10;
/** Enough that none is asked for again while it is held. */
const idleGroups = 20;
const askEveryMs = 50;
const holdMs = 200;
/** A 99th percentile of fewer is chance. */
const requestsMin = 1000;

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

/** Prints FloorRequest → FloorAnswer as consoles see it. */
export async function floorDecision(seconds: number): Promise<void> {
  const requests = Math.max(requestsMin, Math.round((seconds * 1000) / askEveryMs));
  // Opening 50 consoles takes its time, and the legs talk all the while.
  const openWithinMs = 30_000;
  const groups = talkingGroups + idleGroups;
  const load = { groups, legsPerGroup: 4, talkingGroups, seconds: (requests * askEveryMs + openWithinMs) / 1000 };
  const consoles: BenchConsole[] = [];
  const grantedMs: number[] = [];
  const refused = new Map<string, number>();
  let asked = 0;
  await withStand(load, async ({ gateway, run }) => {
    try {
      for (let n = 0; n < consolesCount; n++) consoles.push(await BenchConsole.open(await gateway.nextConsoleUrl(), n));
      const running = run();
      await wait(warmUpMs);
      const pending: Promise<void>[] = [];
      const startMs = performance.now();
      for (; asked < requests; asked++) {
        // Not in step with the releases before it.
        const dueMs = startMs + asked * askEveryMs + ((asked * 37) % 41);
        await wait(Math.max(0, dueMs - performance.now()));
        const group = `load-${talkingGroups + (asked % idleGroups)}`;
        const console = consoles[asked % consolesCount] as BenchConsole;
        pending.push(
          console.key(group).then(async ({ ms, granted, answer }) => {
            if (granted) grantedMs.push(ms);
            else refused.set(answer, (refused.get(answer) ?? 0) + 1);
            await wait(holdMs);
            console.release(group);
          }),
        );
      }
      await Promise.all(pending);
      void running.catch(() => undefined); // the far ends are taken down while they still talk
    } finally {
      for (const console of consoles) console.close();
    }
  });
  grantedMs.sort((a, b) => a - b);
  report(
    `floor: FloorRequest to FloorAnswer, ${consolesCount} consoles, ${talkingGroups} groups of 4 legs talking`,
    `A console asks about each ${askEveryMs} ms for one of ${idleGroups} idle groups and holds it for ${holdMs} ms; time from writing the request to\n` +
      'reading the answer in one process that holds all consoles: WebSocket, operator link, process channel, arbiter and back.\n' +
      'Consoles have transports, a consumer for every stream and a microphone, but no media flows to or from them.',
    [
      {
        asked,
        granted: grantedMs.length,
        'not granted': [...refused].map(([answer, count]) => `${count} ${answer}`).join(', ') || '0',
        'p50 ms': at(grantedMs, 0.5),
        'p95 ms': at(grantedMs, 0.95),
        'p99 ms': at(grantedMs, 0.99),
        'max ms': grantedMs.at(-1) ?? Number.NaN,
      },
    ],
  );
}
