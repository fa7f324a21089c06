/** What is done with evidence in a running gateway: kept for its time, searched, heard, and handed out. */
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Events, SomeEvents } from '../base/events.ts';
import { secretToken } from '../base/random.ts';
import { recordingMasters } from '../config/recording-schema.ts';
import type { Config } from '../config/schema.ts';
import type { ConsoleServer } from '../console/console-server.ts';
import { writeExportOrder } from '../console/recordings-wire.ts';
import type { Person } from '../operations/terms.ts';
import { databasePlace } from '../store/database-place.ts';
import type { KeptDocuments } from '../store/kept-documents.ts';
import { RecordingsAway, RecordingsThread } from '../store/recordings-thread.ts';
import { removeHalfRestored } from '../store/restore-places.ts';
import { ExportDesk } from './export-desk.ts';
import { ExportProcess } from './export-process.ts';
import type { Operations } from './operations/operations.ts';
import type { Timeline } from './operations/timeline.ts';
import { RecordingsDesk } from './recordings-desk.ts';
import { Retention } from './retention.ts';

export interface EvidenceHost {
  readonly clock: Clock;
  readonly events: Events;
  readonly configFile: string;
  readonly console: ConsoleServer;
  readonly timeline: Timeline;
  readonly operations: Operations;
  readonly documents: KeptDocuments;
  /** Who has logged in with that cookie. */
  readonly signedIn: (token: string) => { readonly person: Person; readonly isLocked: boolean } | undefined;
  readonly isDiskNearlyFull: () => boolean;
}

export class EvidenceDesks {
  readonly retention: Retention;
  readonly recordings: RecordingsDesk;
  readonly exports: ExportDesk;
  readonly #process: ExportProcess;
  readonly #thread: RecordingsThread;
  readonly #stateFolder: string;
  readonly #events: SomeEvents<'retention.failed'>;

  constructor(config: Config, host: EvidenceHost) {
    const { clock, events } = host;
    const { id } = config.gateway;
    const masters = recordingMasters(config.recording);
    this.retention = new Retention(config, {
      ...{ clock, events },
      alarm: (isHalted) => {
        if (isHalted) host.console.raiseAlarm('retention-halted', '');
        else host.console.clearAlarm('retention-halted', '');
      },
      forget: (kind, names) =>
        kind === 'timeline' ? host.timeline.forget(names) : host.operations.forget(kind, names),
      words: host.documents.at('retention-words'),
      signedIn: (token) => host.signedIn(token),
      incident: (names, nowUtcMs) => this.#thread.incident(names, nowUtcMs),
      swept: () => {
        this.#thread.follow().catch((error: unknown) => {
          if (!(error instanceof RecordingsAway)) throw error; // the next sweep asks again
        });
      },
    });
    const folder = join(config.gateway.stateFolder, id);
    this.#stateFolder = folder;
    this.#events = events;
    this.#thread = new RecordingsThread(new URL('../evidence/recordings-worker.ts', import.meta.url), {
      gateway: id,
      log: databasePlace(config, 'audit'),
      index: join(folder, 'recordings-index.db'),
      folder: config.recording.folder,
      masters,
    });
    this.#process = new ExportProcess(host.configFile, clock);
    this.exports = new ExportDesk(id, join(folder, 'exports'), {
      ...{ clock, events, masters, kept: host.documents.at('export-orders') },
      isDiskNearlyFull: () => host.isDiskNearlyFull(),
      build: (order, out, news) => this.#process.build(order, out, news),
      show: (order) => host.console.setExportOrder(writeExportOrder(order)),
    });
    this.recordings = new RecordingsDesk(config, {
      clock,
      events,
      exports: this.exports,
      reader: this.#thread,
      newToken: () => secretToken(32),
      isHere: (person) => host.console.presence(person).isHere,
    });
  }

  /** No other gateway has our files by now. */
  start(): void {
    const fault = removeHalfRestored(this.#stateFolder);
    if (fault !== undefined) this.#events.retention.failed({ kind: 'restore', day: '', reason: fault });
    this.exports.start();
  }

  /** Who has been disabled: what he has asked for with a second person counts no more. */
  left(person: string): void {
    this.retention.office.left(person);
    this.exports.left(person);
  }

  /** Begins nothing new. */
  stop(): void {
    this.exports.stop();
    this.#process.stop();
  }

  async close(): Promise<void> {
    await Promise.all([this.retention.stop(), this.#thread.close()]);
  }
}
