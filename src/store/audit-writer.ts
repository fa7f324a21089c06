/**
 * Puts lines into the audit log in their order: many in one commit, since a commit costs a flush of the disk, and into
 * the spool while the database cannot be written. A line is told to be safe once it is on the disk in one or the other.
 *
 *   take ─▶ queue ─▶ commit ─▶ safe
 *                      └─ refused ─▶ spool ─▶ safe … once a second: spool, then queue ─▶ commit
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
  #queue: AuditLine[] = [];
  /** Those at the head of the queue that are in the spool. */
  #spooled = 0;
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
    this.#queue = [...this.#ports.spool.read()];
    this.#spooled = this.#queue.length;
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
    while (this.#queue.length > 0 || this.#store === undefined) {
      try {
        this.#store ??= await this.#ports.openStore();
        await this.#commit(this.#store);
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
    const wereSpooled = this.#spooled > 0;
    this.#spooled = Math.max(0, this.#spooled - batch.length);
    if (wereSpooled && this.#spooled === 0) this.#ports.spool.clear();
    this.#tellSafe(batch);
  }

  /** The database would not: whatever is not in the spool goes there, and in a second it is asked again. */
  #putAside(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const fresh = this.#queue.slice(this.#spooled);
    let spooled = true;
    try {
      if (fresh.length > 0) this.#ports.spool.add(fresh);
      this.#spooled = this.#queue.length;
      this.#tellSafe(fresh);
    } catch {
      spooled = false; // they stay in memory, and are told to be safe later
    }
    this.#isAway = true;
    // Whatever was wrong with it: it is opened anew, and its end looked for.
    void this.#store?.close().catch(() => undefined);
    this.#store = undefined;
    this.#ports.tell({ name: 'away', reason, spooled });
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
      this.#putAside(error);
    }
  }
}
