/** The thread that writes the audit log: a commit waits for the disk, and nothing else shall. */
import { createPrivateKey } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { assert } from '../base/assert.ts';
import { SystemClock } from '../base/clock.ts';
import { AuditSpool } from './audit-spool.ts';
import { type AuditLine, AuditStore, type AuditTables } from './audit-store.ts';
import { type AuditNews, AuditWriter, type AuditWriterPorts } from './audit-writer.ts';
import { openDatabase } from './database.ts';
import { databasePlaceSchema } from './database-place.ts';

export type AuditOrder = { readonly name: 'take'; readonly lines: readonly AuditLine[] } | { readonly name: 'end' };
export type AuditReply = AuditNews | { readonly name: 'ended' };

/** For another program that writes to the file, ms: this thread stands still meanwhile, with what it has in memory. */
const fileWaitMs = 500;

const { database, spool, gateway, key, isAway } = z
  .object({
    ...{ database: databasePlaceSchema, spool: z.string(), gateway: z.string(), key: z.string(), isAway: z.boolean() },
  })
  .parse(workerData);
const port = parentPort;
assert(port !== null, 'runs as a worker');

const tell = (reply: AuditReply): void => port.postMessage(reply);
const ports: AuditWriterPorts = {
  clock: new SystemClock(),
  openStore: async () => {
    const opened = openDatabase<AuditTables>(database, database.kind === 'file' ? fileWaitMs : undefined);
    try {
      return await AuditStore.open(opened, gateway, createPrivateKey(key));
    } catch (error) {
      await opened.destroy();
      throw error;
    }
  },
  spool: new AuditSpool(spool),
  tell,
};
const writer = new AuditWriter(ports, isAway);

port.on('message', (order: AuditOrder) => {
  if (order.name === 'take') writer.take(order.lines);
  else
    void writer.end().then(() => {
      tell({ name: 'ended' });
      port.close();
    });
});
void writer.start();
