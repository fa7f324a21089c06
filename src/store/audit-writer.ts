/**
 * Puts lines into the audit log in their order: many in one commit, since a commit costs a flush of the disk, and into
 * the spool while the database cannot be written. A line is told to be safe once it is on the disk in one or the other.
 *
 *   take ─▶ queue ─▶ commit ─▶ safe
 *                      ├─ no answer in half a second ─▶ spool ─▶ safe; what was committed all the same is left out later
 *                      └─ refused ─▶ spool ─▶ safe … once a second: spool, then queue ─▶ commit
 *
 * Only what is not safe is in memory, which whoever gives it bounds (audit-log.ts).
 */
import type { Cancel, Clock } from '../base/clock.ts';
import type { AuditSpool } from './audit-spool.ts';
import type { AuditLine, AuditStore } from './audit-store.ts';

export type AuditNews =
  /** All lines of this run up to this one are on the disk. */
  | { readonly name: 'safe'; readonly run: string; readonly line: number }
  /** The database cannot be written, for that reason; `spooled` says whether lines are safe all the same, `lines` how many of them wait on the disk. */
  | { readonly name: 'away'; readonly reason: string; readonly spooled: boolean; readonly lines: number }
  /** It can be again, and has everything; so many lines waited on the disk. */
  | { readonly name: 'back'; readonly lines: number };

export interface AuditWriterPorts {
  readonly clock: Clock;
  /** Opens the database, or throws. */
  openStore(): Promise<AuditStore>;
  readonly spool: Pick<AuditSpool, 'add' | 'read' | 'clear'>;
  tell(news: AuditNews): void;
}

const batchMax = 1000;
const againMs = 1000;
/** Lines wait no longer in memory for an answer, ms: a server may be silent, and a kill meanwhile would take them. */
const asideAfterMs = 500;
/** SQLITE_BUSY: another program writes. */
const busy = 5;
const checkpointEveryMs = 60_000;

export class AuditWriter {
  readonly #ports: AuditWriterPorts;
  #store: AuditStore | undefined;
  /** On no disk yet, and younger than what is in the spool. */
  #queue: AuditLine[] = [];
  /** There may be something in it. */
  #hasSpool = true;
  /** In the spool; undefined: nobody has counted. */
  #spooled: number | undefined;
  /** Brought in since it was away. */
  #broughtIn = 0;
  #isAway: boolean;
  /** In a row. */
  #refused = 0;
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
    // One that would not is asked again in a second: nothing waits for that.
    if (this.#refused > 0 && this.#busy === undefined) this.#spool();
    else void this.#pump();
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
        await this.#attended(async () => {
          this.#store ??= await this.#ports.openStore();
          await (this.#hasSpool ? this.#bringIn(this.#store) : this.#commit(this.#store));
        });
        this.#refused = 0;
      } catch (error) {
        this.#putAside(error);
        return;
      }
    }
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#ports.tell({ name: 'back', lines: this.#broughtIn });
    this.#broughtIn = 0;
  }

  /** As long as that takes what waits is put aside, time and again. */
  async #attended(deed: () => Promise<void>): Promise<void> {
    const { clock } = this.#ports;
    const plan = (): Cancel =>
      clock.callAt(clock.nowMs() + asideAfterMs, () => {
        this.#spool();
        cancel = plan();
      });
    let cancel = plan();
    try {
      await deed();
    } finally {
      cancel();
    }
  }

  async #commit(store: AuditStore): Promise<void> {
    const batch = this.#queue.slice(0, batchMax);
    if (batch.length === 0) return;
    await store.append(batch);
    if (this.#queue[0] !== batch[0]) return; // put aside meanwhile
    this.#queue.splice(0, batch.length);
    this.#tellSafe(batch);
  }

  /** Cut off anywhere it begins anew: what is in the database already is left out there. */
  async #bringIn(store: AuditStore): Promise<void> {
    let count = 0;
    for (const lines of this.#ports.spool.read()) {
      count += lines.length;
      for (let at = 0; at < lines.length; at += batchMax) await store.append(lines.slice(at, at + batchMax));
    }
    this.#ports.spool.clear();
    this.#hasSpool = false;
    this.#spooled = 0;
    this.#broughtIn += count;
  }

  /** The database would not: what is in memory goes into the spool, and in a second it is asked again. */
  #putAside(error: unknown): void {
    this.#spool();
    this.#tellAway(error);
  }

  #spool(): void {
    const lines = this.#queue;
    if (lines.length === 0) return;
    try {
      this.#hasSpool = true; // whatever becomes of it: a part may be there
      this.#ports.spool.add(lines);
      if (this.#spooled !== undefined) this.#spooled += lines.length;
      this.#queue = [];
      this.#tellSafe(lines);
    } catch {
      // They stay in memory, and are told to be safe later.
    }
  }

  /** What a run before has left there counts as well; read once, when it has to be said: it may be long. */
  #countSpool(): number {
    if (this.#spooled !== undefined) return this.#spooled;
    let count = 0;
    try {
      for (const lines of this.#ports.spool.read()) count += lines.length;
      this.#spooled = count;
    } catch {
      // The disk takes nothing either: it is counted when it does.
    }
    return count;
  }

  #tellAway(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const spooled = this.#queue.length === 0;
    // Whatever was wrong with it: it is opened anew, and its end looked for.
    void this.#store?.close().catch(() => undefined);
    this.#store = undefined;
    this.#refused += 1;
    // One that only has to wait for a command is told of when it has to wait again.
    if (!spooled || this.#refused > 1 || !isBusy(error)) {
      if (!this.#isAway) this.#broughtIn = 0; // what was only slow before is no part of it
      this.#isAway = true;
      this.#ports.tell({ name: 'away', reason, spooled, lines: this.#countSpool() });
    }
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

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === busy;
}
