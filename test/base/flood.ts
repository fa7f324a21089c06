/** A process that logs far more than anybody reads, then ends. Tells on standard error what became of it. */
import { createLog } from '../../src/base/logger.ts';

let dropped = 0;
const log = createLog({ level: 'info', personalData: 'shown', form: 'lines', onDrop: () => dropped++ });
for (let line = 0; line < 20_000; line++) {
  log.logger.info({ event: 'flood', text: 'x'.repeat(200) });
  if (line % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
}
await log.flush(300);
process.stderr.write(JSON.stringify({ dropped }));
process.exit(7);
