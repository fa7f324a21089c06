/** A gateway that makes room, and a retention that removes, once a backup has listed the folder and before it copies documents. */
import { mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const { state } = workerData as { state: string };
const file = join(state, 'other.db');
const database = new DatabaseSync(file);
database.exec('CREATE TABLE one (id); BEGIN EXCLUSIVE; INSERT INTO one VALUES (1)');

/** How often this process has it open. */
function opened(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file;
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}

const own = opened();
parentPort?.postMessage('held');
// The backup opens it after it has listed the folder, and waits for it.
while (opened() === own) await wait(2);
mkdirSync(join(state, 'older'), { recursive: true });
writeFileSync(join(state, 'older/hits-2026-11-29.jsonl'), '{"name":"1","item":{"hit":1}}\n');
writeFileSync(join(state, 'hits.json'), '{"hits":[]}\n');
rmSync(join(state, 'older/hits-2026-01-01.jsonl'));
database.exec('COMMIT');
database.close();
parentPort?.postMessage('moved');
