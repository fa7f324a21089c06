/**
 * The voice process: forked by the main process (voice-client.ts), so that nothing there can make speech stutter.
 *
 * It speaks voice/contract.ts over Node's IPC channel. It falls safe: when the parent is gone every transmission ends
 * with BYE and the process with it; a fault of its own ends it with code 70 and the parent starts it anew.
 */
import { constants, setPriority } from 'node:os';
import { SystemClock } from '../base/clock.ts';
import { systemCode } from '../base/errors.ts';
import { SeededRandom } from '../base/random.ts';
import type { VoiceCommand, VoiceEvent } from './contract.ts';
import { VoiceEngine } from './engine.ts';
import { mastersVariable } from './recording-keys.ts';
import { RecordingThread } from './recording-thread.ts';

/** Messages that may wait for the parent to read them; a parent that reads none for so long is not alive. */
const backlogMax = 20_000;
const exitFault = 70;

let backlog = 0;
let batch: VoiceEvent[] = [];

/** Events of one turn travel in one message: writing to the channel costs as much as ten frames of voice. */
function emit(event: VoiceEvent): void {
  // Statistics and signs of life come again; everything else is news.
  if ((event.name === 'statistics' || event.name === 'alive') && backlog > 100) return;
  batch.push(event);
  if (batch.length === 1) queueMicrotask(sendBatch);
}

function sendBatch(): void {
  const events = batch;
  batch = [];
  backlog += 1;
  process.send?.(events, undefined, undefined, () => {
    backlog -= 1;
  });
  if (backlog > backlogMax) fail(new Error(`the main process has not read ${backlogMax} messages`));
}

function fail(error: unknown): never {
  process.stderr.write(`voice process: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(exitFault);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
// Ctrl-C reaches the whole process group: the parent ends us in order.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

try {
  setPriority(constants.priority.PRIORITY_HIGH);
} catch (error) {
  // Needs a privilege that the gateway's user may not have; voice then competes as everybody else.
  if (systemCode(error) === undefined) throw error;
}

/** How voice is marked, and where recordings go. */
const [dscp = '0', recordings] = process.argv.slice(2);
/** Not among the arguments, which everybody on the machine may read; and nobody whom we start is given them. */
const masters = process.env[mastersVariable] ?? '';
process.env[mastersVariable] = '';
const clock = new SystemClock();
const recorder = recordings === undefined ? undefined : new RecordingThread(recordings, masters, clock, emit);
const engine = new VoiceEngine(clock, new SeededRandom(randomSeed()), emit, {
  dscp: Number(dscp),
  ...(recorder && { recorder: recorder.tap }),
});

process.on('message', (command: VoiceCommand) => {
  engine.command(command);
  if (command.name === 'shutdown') void leave();
});
process.on('disconnect', () => {
  engine.close();
  void leave();
});
emit({ name: 'ready' });

/** The last datagrams are with the kernel; recordings are whole, and the channel is flushed before the process ends. */
async function leave(): Promise<void> {
  await recorder?.stop();
  setImmediate(() => process.exit(0));
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! * 0x10_0000 + Date.now();
}
