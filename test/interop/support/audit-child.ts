/** A process that writes into the audit log until it is killed, and says how many of its lines are safe. */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../../src/base/clock.ts';
import { AuditLog } from '../../../src/store/audit-log.ts';
import { fileAt } from '../../../src/store/database-place.ts';
import { signingKey } from '../../../src/store/signing-key.ts';

const [folder = '', run = ''] = process.argv.slice(2);
const { privateKey } = signingKey(join(folder, 'signing-key'));
const log = new AuditLog(
  {
    gateway: 'escaut-test',
    run,
    database: fileAt(join(folder, 'escaut.db')),
    spool: join(folder, 'audit-spool.jsonl'),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  },
  {
    clock: new SystemClock(),
    faulty: (fault) => writeSync(2, `${fault?.reason}\n`),
    lost: () => undefined,
    waiting: () => undefined,
    caughtUp: () => undefined,
    missing: () => undefined,
  },
);
let written = 0;
setInterval(() => {
  for (let line = 0; line < 20; line++) log.write('info', 'over.ended', { group: 'xb-acc', over: ++written });
  writeSync(1, `${written - log.waiting}\n`);
}, 1);
