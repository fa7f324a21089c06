/**
 * The thread that searches and reads permanent recordings: log, index and disk take their time, and neither voice nor
 * consoles have any. Answers one question after the other; what is asked is the gateway's own, and has been permitted.
 */
import { existsSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { assert } from '../base/assert.ts';
import type { RecordingWish } from '../operations/recording-search.ts';
import { AuditStore, type AuditTables } from '../store/audit-store.ts';
import { openDatabase, openToRead } from '../store/database.ts';
import { databasePlaceSchema, fileAt } from '../store/database-place.ts';
import type { RecordingsReader } from '../store/recordings-thread.ts';
import { hasRecording, readRecording } from './recording-files.ts';
import { type IndexTables, RecordingIndex } from './recording-index.ts';

/** What has come since the last question is little; after a first start on a long log it takes several questions. */
const catchUpMsMax = 2000;

const place = z
  .object({
    ...{ gateway: z.string(), log: databasePlaceSchema, index: z.string(), folder: z.string() },
    masters: z.array(z.instanceof(Uint8Array)),
  })
  .parse(workerData);
const methods = [
  'search',
  'recording',
  'incident',
  'read',
  'follow',
] as const satisfies readonly (keyof RecordingsReader)[];
const askSchema = z.object({ id: z.number(), method: z.enum(methods), args: z.array(z.unknown()) });
const port = parentPort;
assert(port !== null, 'runs as a worker');

let opened: RecordingIndex | undefined;

async function index(): Promise<{ readonly index: RecordingIndex; readonly isCurrent: boolean }> {
  opened ??= await open();
  try {
    return { index: opened, isCurrent: await opened.catchUp(catchUpMsMax) };
  } catch (error) {
    // Opened anew by the next question, and made anew where it is broken.
    const broken = opened;
    opened = undefined;
    await broken?.close();
    throw error;
  }
}

async function open(): Promise<RecordingIndex> {
  const log = AuditStore.reader(openToRead<AuditTables>(place.log), place.gateway);
  try {
    await log.search({ limit: 1 });
    return await openIndex(log);
  } catch (error) {
    await log.close();
    throw error;
  }
}

async function openIndex(log: AuditStore): Promise<RecordingIndex> {
  const ports = {
    log,
    nowMs: () => performance.now(),
    isKept: (file: string) => hasRecording(place.folder, file),
  };
  const attempt = async () => {
    const database = openDatabase<IndexTables>(fileAt(place.index));
    try {
      return await RecordingIndex.open(database, ports);
    } catch (error) {
      await database.destroy();
      throw error;
    }
  };
  try {
    return await attempt();
  } catch {
    // All that it has stands in the log: what cannot be read is no loss.
    for (const end of ['', '-wal', '-shm']) rmSync(`${place.index}${end}`, { force: true });
    return attempt();
  }
}

const reader: RecordingsReader = {
  search: async (wish: RecordingWish) => {
    const { index: at, isCurrent } = await index();
    return at.search(wish, isCurrent);
  },
  recording: async (id) => (await index()).index.recording(id),
  incident: async (names, nowUtcMs) => (await index()).index.incident(names, nowUtcMs),
  follow: async () => {
    if (existsSync(place.index)) await index();
  },
  read: async (file) => readRecording(place.folder, file, place.masters),
};

async function answer(message: unknown): Promise<void> {
  const { id, method, args } = askSchema.parse(message);
  try {
    const value: unknown = await Reflect.apply(reader[method], reader, args);
    port?.postMessage({ id, value });
  } catch (error) {
    port?.postMessage({ id, fault: error instanceof Error ? error.message : String(error) });
  }
}

let last: Promise<void> = Promise.resolve();
port.on('message', (message: unknown) => {
  last = last.then(() => answer(message));
});
