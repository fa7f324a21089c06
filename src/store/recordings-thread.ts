/** The gateway's side of permanent recordings: asks the thread that searches and reads them (src/evidence). */
import type { FoundPage, FoundRecording, IncidentTime, RecordingWish } from '../operations/recording-search.ts';
import { AskedThread } from './asked-thread.ts';
import type { DatabasePlace } from './database-place.ts';

/** Each rejects with RecordingsAway while log or folder cannot be read, or too many ask. */
export interface RecordingsReader {
  search(wish: RecordingWish): Promise<FoundPage>;
  /** Undefined: there is none. */
  recording(id: number): Promise<(FoundRecording & { readonly file: string }) | undefined>;
  /** By names as `escaut export --incident` takes them; undefined: the log does not name one of them. */
  incident(names: readonly string[], nowUtcMs: number): Promise<IncidentTime | undefined>;
  /** The Ogg Opus file; undefined: it is kept no longer. */
  read(file: string): Promise<Uint8Array | undefined>;
  /** What the log has let go of goes here too, where something has been searched before. */
  follow(): Promise<void>;
}

export class RecordingsAway extends Error {}

export interface RecordingsPlace {
  readonly gateway: string;
  /** Database of the audit log. */
  readonly log: DatabasePlace;
  /** File in the state folder, wherever the log is: it can be made anew. */
  readonly index: string;
  /** Folder of recordings. */
  readonly folder: string;
  /** That unwrap the keys of encrypted ones. */
  readonly masters: readonly Uint8Array[];
}

/** A person waits for each, and few persons may ask. */
const askedMax = 32;

export class RecordingsThread implements RecordingsReader {
  readonly #thread: AskedThread;

  /** `module`: of the thread. */
  constructor(module: URL, place: RecordingsPlace) {
    const away = (reason: string) => new RecordingsAway(reason);
    this.#thread = new AskedThread({ entry: module, workerData: place, of: 'recordings', askedMax, away });
  }

  search(wish: RecordingWish): Promise<FoundPage> {
    return this.#thread.ask('search', [wish]) as Promise<FoundPage>;
  }

  recording(id: number): ReturnType<RecordingsReader['recording']> {
    return this.#thread.ask('recording', [id]) as ReturnType<RecordingsReader['recording']>;
  }

  incident(names: readonly string[], nowUtcMs: number): Promise<IncidentTime | undefined> {
    return this.#thread.ask('incident', [names, nowUtcMs]) as Promise<IncidentTime | undefined>;
  }

  read(file: string): Promise<Uint8Array | undefined> {
    return this.#thread.ask('read', [file]) as Promise<Uint8Array | undefined>;
  }

  async follow(): Promise<void> {
    await this.#thread.ask('follow', []);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
