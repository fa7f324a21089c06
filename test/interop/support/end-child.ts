import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const patienceMs = 5000;

/**
 * Asks a program of others to end, and makes it after 5 s: it may hang as it ends, which is not ours to judge. `group`:
 * it leads a process group (spawned `detached`), which is killed with it.
 */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals, group = false): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const limit = setTimeout(() => process.kill(group ? -pid : pid, 'SIGKILL'), patienceMs);
  await ended;
  clearTimeout(limit);
}
