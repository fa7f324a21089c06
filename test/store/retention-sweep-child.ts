/**
 * Sweeps a folder, and is killed as by `kill -9` at its so-manieth step on the disk: a file that is removed, renamed or
 * written, counted over all of this run. Says `swept` where it had fewer.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [, , folder, killAt] = process.argv;
let step = 0;
const steps = ['rmSync', 'rmdirSync', 'unlinkSync', 'renameSync', 'writeFileSync'] as const;
for (const name of steps) {
  const act = fs[name] as (...given: unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...given: unknown[]) => {
      step += 1;
      if (step === Number(killAt)) process.kill(process.pid, 'SIGKILL');
      return act(...given);
    },
  });
}
syncBuiltinESMExports();

const { RetentionRig } = await import('./retention-rig.ts');
await new RetentionRig(folder).sweep();
process.stdout.write('swept\n');
