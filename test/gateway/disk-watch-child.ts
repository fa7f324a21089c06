/**
 * A disk of a few MiB that fills and empties under a watch and a real audit log. Argument 1: a folder on that disk. Says as JSON
 * what came of it and after how many looks, of which each disk has one a second.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../src/base/clock.ts';
import { DiskWatch } from '../../src/gateway/disk-watch.ts';
import { AuditLog } from '../../src/store/audit-log.ts';
import { freeMiB } from '../../src/store/disk-space.ts';
import { signingKey } from '../../src/store/signing-key.ts';
import { until } from '../interop/support/until.ts';

const folder = process.argv[2] ?? '';
const boundMiB = 4;
const clock = new SystemClock();
const said: string[] = [];
const faults: unknown[] = [];
let looks = 0;
const watch = new DiskWatch({ state: folder, recordings: join(folder, 'not yet there') }, boundMiB, {
  clock,
  events: {
    machine: {
      diskNearlyFull: ({ of }) => void said.push(`full ${of}`),
      diskRoomy: ({ of }) => void said.push(`roomy ${of}`),
    },
  },
  meter: {
    set: (...[name]) => {
      if (name === 'disk_free_bytes') looks += 1;
    },
  },
  alarm: (isRaised) => void said.push(isRaised ? 'raised' : 'cleared'),
});
const { privateKey } = signingKey(join(folder, 'signing-key'));
const log = new AuditLog(
  {
    ...{ gateway: 'escaut-test', run: 'run', database: { kind: 'file' as const, file: join(folder, 'escaut.db') } },
    spool: join(folder, 'audit-spool.jsonl'),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  },
  {
    clock,
    faulty: (fault) => void faults.push(fault),
    lost: () => undefined,
    waiting: () => undefined,
    caughtUp: () => undefined,
    missing: () => undefined,
  },
);
const isSafe = async (): Promise<void> => {
  log.write('info', 'over.ended', { group: 'xb-acc' });
  await until('the line is safe', () => log.waiting === 0);
};
await isSafe();
await watch.start();
const before = watch.isNearlyFull;
const fill = join(folder, 'fill');
writeFileSync(fill, new Uint8Array(Math.floor((freeMiB(folder) - boundMiB / 2) * 1024 * 1024)));
const filled = looks;
await until('it is raised', () => watch.isNearlyFull);
const raisedLooks = looks - filled;
await until('both are', () => said.includes('full recordings'));
// The log goes on into the reserve.
await isSafe();
const { report } = watch;
// A little above the bound is not enough to begin again.
rmSync(fill);
writeFileSync(fill, new Uint8Array(Math.floor((freeMiB(folder) - boundMiB * 1.05) * 1024 * 1024)));
const looked = looks;
await until('it has looked twice', () => looks > looked + 3);
const between = watch.isNearlyFull;
rmSync(fill);
const emptied = looks;
await until('it is cleared', () => !watch.isNearlyFull);
const clearedLooks = looks - emptied;
watch.stop();
await log.end();
process.stdout.write(JSON.stringify({ before, raisedLooks, between, clearedLooks, said, faults, report }));
process.exit();
