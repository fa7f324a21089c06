/**
 * Puts lines into the audit log in their order: many in one commit, since a commit costs a flush of the disk, and into
 * the spool while the database cannot be written. A line is told to be safe once it is on the disk in one or the other.
 *
 *   take ─▶ queue ─▶ commit ─▶ safe
 *                      └─ refused ─▶ spool ─▶ safe … once a second: spool, then queue ─▶ commit
 *
 * Only what is not safe is in memory, which whoever gives it bounds (audit-log.ts).
 */
import type { Clock } from '../base/clock.ts';
import type { AuditSpool } from './audit-spool.ts';
import type { AuditLine, AuditStore } from './audit-store.ts';

export type AuditNews =
  /** All lines of this run up to this one are on the disk. */
  | { readonly name: 'safe'; readonly run: string; readonly line: number }
  /** The database cannot be written, for that reason; `spooled` says whether lines are safe all the same. */
  | { readonly name: 'away'; readonly reason: string; readonly spooled: boolean }
  /** It can be again, and has everything. */
  | { readonly name: 'back' };

export interface AuditWriterPorts {
  readonly clock: Clock;
  /** Opens the database, or throws. */
  openStore(): Promise<AuditStore>;
  readonly spool: Pick<AuditSpool, 'add' | 'read' | 'clear'>;
  tell(news: AuditNews): void;
}

const batchMax = 1000;
const againMs = 1000;
const checkpointEveryMs = 60_000;

export class AuditWriter {
  readonly #ports: AuditWriterPorts;
  #store: AuditStore | undefined;
  /** On no disk yet, and younger than what is in the spool. */
  #queue: AuditLine[] = [];
  /** There may be something in it. */
  #hasSpool = true;
  #isAway: boolean;
  #busy: Promise<void> | undefined;
  #ended = false;

  /** `isAway`: that is what was told last, by a writer before. */
  constructor(ports: AuditWriterPorts, isAway = false) {
    this.#ports = ports;
    this.#isAway = isAway;
  }

  /** Opens the database and brings in what a run before could not write. */
  async start(): Promise<void> {
    await this.#pump();
    this.#planCheckpoint();
  }

  take(lines: readonly AuditLine[]): void {
    this.#queue.push(...lines);
    void this.#pump();
  }

  /** Everything that was taken is on the disk, and signed where the database can be written. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#pump();
    await this.#checkpoint();
  }

  #pump(): Promise<void> {
    this.#busy ??= this.#write().finally(() => {
      this.#busy = undefined;
    });
    return this.#busy;
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0 || this.#hasSpool || this.#store === undefined) {
      try {
        this.#store ??= await this.#ports.openStore();
        await (this.#hasSpool ? this.#bringIn(this.#store) : this.#commit(this.#store));
      } catch (error) {
        this.#putAside(error);
        return;
      }
    }
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#ports.tell({ name: 'back' });
  }

  async #commit(store: AuditStore): Promise<void> {
    const batch = this.#queue.slice(0, batchMax);
    if (batch.length === 0) return;
    await store.append(batch);
    this.#queue.splice(0, batch.length);
    this.#tellSafe(batch);
  }

  /** Cut off anywhere it begins anew: what is in the database already is left out there. */
  async #bringIn(store: AuditStore): Promise<void> {
    for (const lines of this.#ports.spool.read()) {
      for (let at = 0; at < lines.length; at += batchMax) await store.append(lines.slice(at, at + batchMax));
    }
    this.#ports.spool.clear();
    this.#hasSpool = false;
  }

  /** The database would not: what is in memory goes into the spool, and in a second it is asked again. */
  #putAside(error: unknown): void {
    const lines = this.#queue;
    try {
      if (lines.length > 0) {
        this.#hasSpool = true; // whatever becomes of it: a part may be there
        this.#ports.spool.add(lines);
      }
      this.#queue = [];
      this.#tellSafe(lines);
    } catch {
      // They stay in memory, and are told to be safe later.
    }
    this.#tellAway(error);
  }

  #tellAway(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#isAway = true;
    // Whatever was wrong with it: it is opened anew, and its end looked for.
    void this.#store?.close().catch(() => undefined);
    this.#store = undefined;
    this.#ports.tell({ name: 'away', reason, spooled: this.#queue.length === 0 });
    if (!this.#ended) this.#ports.clock.callAt(this.#ports.clock.nowMs() + againMs, () => void this.#pump());
  }

  #tellSafe(lines: readonly AuditLine[]): void {
    const last = lines.at(-1);
    if (last !== undefined) this.#ports.tell({ name: 'safe', run: last.run, line: last.line });
  }

  #planCheckpoint(): void {
    const { clock } = this.#ports;
    clock.callAt(clock.nowMs() + checkpointEveryMs, () => {
      if (this.#ended) return;
      void this.#checkpoint().then(() => this.#planCheckpoint());
    });
  }

  async #checkpoint(): Promise<void> {
    try {
      await this.#store?.checkpoint(this.#ports.clock.utcMs());
    } catch (error) {
      this.#tellAway(error); // lines that are under way find out for themselves
    }
  }
}
