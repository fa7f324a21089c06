/** The documents of the gateway's state folder; what of them cannot be read or kept is told on every console. */
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { Meter } from '../base/meter.ts';
import type { ConsoleServer } from '../console/console-server.ts';
import { KeptDocuments } from '../store/kept-documents.ts';

export interface DocumentsPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'state.broken'>;
  readonly meter: Pick<Meter, 'add'>;
  readonly console: Pick<ConsoleServer, 'raiseAlarm' | 'clearAlarm'>;
}

export function documentsIn(folder: string, { clock, events, meter, console }: DocumentsPorts): KeptDocuments {
  return new KeptDocuments(folder, {
    clock,
    broken: (name, { file, copy, reason }) => {
      events.state.broken({ file, ...(copy === undefined ? {} : { copy }), reason });
      console.raiseAlarm('state-broken', name);
    },
    kept: (name, isKept) => {
      if (isKept) console.clearAlarm('state-not-kept', name);
      else console.raiseAlarm('state-not-kept', name);
    },
    lost: (list, count) => meter.add('older_lost_total', count, { list }),
  });
}
