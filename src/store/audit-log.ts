/**
 * The gateway's side of the audit log: hands every line to the thread that writes it, keeps it until that says it is on
 * the disk, and starts the thread anew when it dies, with all that is not safe. Nothing waits for it.
 */
import { Worker } from 'node:worker_threads';
import type { Cancel, Clock } from '../base/clock.ts';
import { AuditPending } from './audit-pending.ts';
import type { AuditLine } from './audit-store.ts';
import type { AuditOrder, AuditReply } from './audit-worker.ts';
import type { DatabasePlace } from './database-place.ts';
import type { AuditFault } from './evidence-alarms.ts';

export interface AuditLogSettings {
  readonly gateway: string;
  /** Of this run of the gateway; no other has had it. */
  readonly run: string;
  readonly database: DatabasePlace;
  /** File in the state folder. */
  readonly spool: string;
  /** Private Ed25519 key, PEM. */
  readonly key: string;
}

export interface AuditLogPorts {
  readonly clock: Clock;
  /** The database cannot be written, or (undefined) can be again; said when it changes. */
  faulty(fault: AuditFault | undefined): void;
  /** So many lines are not in the database yet, on the disk or in memory; told about once a second while it is away, then 0. */
  waiting(lines: number): void;
  /** It has all that waited on the disk: so many lines. */
  caughtUp(lines: number): void;
  /** A line that could not be kept, since too many wait. */
  lost(): void;
  /** There is room again: so many were lost. */
  missing(lines: number): void;
}

const crowded: AuditFault = { reason: 'too many lines wait', spooled: false };
const restartAfterMs = 1000;
const endWithinMs = 3000;

export class AuditLog {
  readonly #settings: AuditLogSettings;
  readonly #ports: AuditLogPorts;
  readonly #startedMs: number;
  readonly #pending = new AuditPending();
  /** The thread's, and whether lines are being lost. */
  #fault: AuditFault | undefined;
  #isCrowded = false;
  #told: AuditFault | undefined;
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
    const { clock } = this.#ports;
    const upMs = clock.nowMs() - this.#startedMs;
    const { run } = this.#settings;
    if (!this.#pending.add({ run, utcMs: clock.utcMs(), upMs, level, event, fields })) {
      this.#ports.lost();
      if (this.#isCrowded) return;
      this.#isCrowded = true;
      this.#tellFault();
      return;
    }
    // What one event brings about is handed over together.
    this.#flush ??= clock.afterInput(() => this.#hand());
  }

  /** Lines that are not on the disk yet. */
  get waiting(): number {
    return this.#pending.size;
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
    worker.on('error', ({ message }) => this.#faulty({ reason: message, spooled: false }));
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      if (this.#ended !== undefined) {
        this.#ended();
        return;
      }
      this.#pending.handAgain();
      this.#ports.clock.callAt(this.#ports.clock.nowMs() + restartAfterMs, () => {
        this.#start(true);
        this.#hand();
      });
    });
  }

  #hand(): void {
    this.#flush = undefined;
    if (this.#worker === undefined) return;
    const lines = this.#pending.hand();
    if (lines.length > 0) this.#order({ name: 'take', lines });
  }

  #faulty(fault: AuditFault | undefined): void {
    this.#fault = fault;
    this.#tellFault();
  }

  #tellFault(): void {
    const fault = this.#isCrowded ? crowded : this.#fault;
    if (fault?.reason === this.#told?.reason && fault?.spooled === this.#told?.spooled) return;
    this.#told = fault;
    this.#ports.faulty(fault);
  }

  #order(order: AuditOrder): void {
    this.#worker?.postMessage(order);
  }

  #heed(reply: AuditReply): void {
    switch (reply.name) {
      case 'safe': {
        if (reply.run !== this.#settings.run) return; // of a run before, that could not write it
        this.#pending.safe(reply.line);
        const lost = this.#pending.takeLost();
        if (lost === 0) return;
        this.#isCrowded = false;
        this.#ports.missing(lost);
        this.#tellFault();
        return;
      }
      case 'away':
        this.#faulty({ reason: reply.reason, spooled: reply.spooled });
        this.#ports.waiting(reply.lines + this.#pending.size);
        return;
      case 'back':
        this.#faulty(undefined);
        this.#ports.waiting(0);
        this.#ports.caughtUp(reply.lines);
        return;
      case 'ended':
        this.#ended?.();
        return;
    }
  }
}
