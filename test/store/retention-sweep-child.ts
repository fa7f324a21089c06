/** Sweeps a folder; whoever started it kills it meanwhile. */
import { RetentionRig } from './retention-rig.ts';

const rig = new RetentionRig(process.argv[2]);
process.stdout.write('begins\n');
await rig.sweep();
process.stdout.write('swept\n');
