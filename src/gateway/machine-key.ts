/** The key by which a program of this machine is known (api/machine-guard.ts), kept over a restart. */
import { join } from 'node:path';
import type { SomeEvents } from '../base/events.ts';
import type { ConsoleServer } from '../console/console-server.ts';
import { lastingKey } from '../store/lasting-key.ts';

/** Where it cannot be kept it is another after a restart, and no program finds it: that is told. */
export function machineKey(
  folder: string,
  ports: { readonly events: SomeEvents<'state.notKept'>; readonly console: Pick<ConsoleServer, 'raiseAlarm'> },
): Uint8Array {
  const { key, fault } = lastingKey(join(folder, 'machine-key'));
  if (fault !== undefined) {
    ports.events.state.notKept({ reason: fault });
    ports.console.raiseAlarm('state-not-kept', 'machine-key');
  }
  return key;
}
