/**
 * The gateway's side of the audit log: hands every line to the thread that writes it, keeps it until that says it is on
 * the disk, and starts the thread anew when it dies, with all that is not safe. Nothing waits for it.
 */
import { Worker } from 'node:worker_threads';
import type { Cancel, Clock } from '../base/clock.ts';
import type { AuditLine } from './audit-store.ts';
import type { AuditOrder, AuditReply } from './audit-worker.ts';
import type { AuditFault } from './evidence-alarms.ts';

export interface AuditLogSettings {
  readonly gateway: string;
  /** Of this run of the gateway; no other has had it. */
  readonly run: string;
  /** Files in the state folder. */
  readonly database: string;
  readonly spool: string;
  /** Private Ed25519 key, PEM. */
  readonly key: string;
}

export interface AuditLogPorts {
  readonly clock: Clock;
  /** The database cannot be written, or (undefined) can be again. */
  faulty(fault: AuditFault | undefined): void;
  /** Lines that could not be kept because too many waited. */
  overflowed(lines: number): void;
}

/** Lines that are not safe yet: minutes of the busiest gateway. */
const pendingMax = 50_000;
const restartAfterMs = 1000;
const endWithinMs = 3000;

export class AuditLog {
  readonly #settings: AuditLogSettings;
  readonly #ports: AuditLogPorts;
  readonly #startedMs: number;
  #pending: AuditLine[] = [];
  /** Of `pending`: handed to the thread that now runs. */
  #handed = 0;
  #lines = 0;
  #worker: Worker | undefined;
  #flush: Cancel | undefined;
  #ended: (() => void) | undefined;

  constructor(settings: AuditLogSettings, ports: AuditLogPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#startedMs = ports.clock.nowMs();
    this.#start();
  }

  write(level: AuditLine['level'], event: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#pending.length >= pendingMax) {
      this.#lines += 1; // its number is missing in the log for good: that a line was lost is seen there
      this.#ports.overflowed(1);
      return;
    }
    const { clock } = this.#ports;
    const upMs = clock.nowMs() - this.#startedMs;
    const { run } = this.#settings;
    this.#pending.push({ run, line: ++this.#lines, utcMs: clock.utcMs(), upMs, level, event, fields });
    // What one event brings about is handed over together.
    this.#flush ??= clock.afterInput(() => this.#hand());
  }

  /** Lines that are not on the disk yet. */
  get waiting(): number {
    return this.#pending.length;
  }

  /** Everything is on the disk, or 3 s have passed. */
  async end(): Promise<void> {
    this.#flush?.();
    this.#hand();
    const worker = this.#worker;
    if (worker === undefined) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#ports.clock.callAt(this.#ports.clock.nowMs() + endWithinMs, resolve);
      this.#ended = () => {
        cancel();
        resolve();
      };
      this.#order({ name: 'end' });
    });
    this.#worker = undefined;
    await worker.terminate();
  }

  /** `isAway`: the thread before has died, which was told; once this one can write, that is told too. */
  #start(isAway = false): void {
    const workerData = { ...this.#settings, isAway };
    const worker = new Worker(new URL('audit-worker.ts', import.meta.url), { workerData });
    this.#worker = worker;
    worker.on('message', (reply: AuditReply) => this.#heed(reply));
    worker.on('error', ({ message }) => this.#ports.faulty({ reason: message, spooled: false }));
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      if (this.#ended !== undefined) {
        this.#ended();
        return;
      }
      this.#handed = 0;
      this.#ports.clock.callAt(this.#ports.clock.nowMs() + restartAfterMs, () => {
        this.#start(true);
        this.#hand();
      });
    });
  }

  #hand(): void {
    this.#flush = undefined;
    const lines = this.#pending.slice(this.#handed);
    if (lines.length === 0 || this.#worker === undefined) return;
    this.#order({ name: 'take', lines });
    this.#handed = this.#pending.length;
  }

  #order(order: AuditOrder): void {
    this.#worker?.postMessage(order);
  }

  #heed(reply: AuditReply): void {
    switch (reply.name) {
      case 'safe': {
        if (reply.run !== this.#settings.run) return; // of a run before, that could not write it
        const safe = this.#pending.findIndex(({ line }) => line > reply.line);
        const count = safe === -1 ? this.#pending.length : safe;
        this.#pending.splice(0, count);
        this.#handed = Math.max(0, this.#handed - count);
        return;
      }
      case 'away':
        this.#ports.faulty({ reason: reply.reason, spooled: reply.spooled });
        return;
      case 'back':
        this.#ports.faulty(undefined);
        return;
      case 'ended':
        this.#ended?.();
        return;
    }
  }
}
