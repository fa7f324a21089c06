/**
 * Lines of the audit log that the database would not take: one JSON text a line, on the disk before anybody relies on
 * it, until the database has them. Read a part at a time: it may be longer than memory has room for.
 */
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { systemCode } from '../base/errors.ts';
import type { AuditLine } from './audit-store.ts';

/** Of a date that there is (ECMA-262 §21.4.1.1). */
const utcMsMax = 8.64e15;
const lineSchema = z.object({
  run: z.string(),
  line: z.int().min(1),
  utcMs: z.number().min(-utcMsMax).max(utcMsMax),
  upMs: z.number(),
  level: z.enum(['info', 'warn', 'error']),
  event: z.string(),
  fields: z.record(z.string(), z.unknown()),
});

/** Days of the busiest gateway; the disk is the recordings' too. */
const octetsMax = 256 * 1024 * 1024;
const chunkOctets = 256 * 1024;
const lineFeed = 0x0a;

export class AuditSpool {
  readonly #file: string;
  readonly #octetsMax: number;
  /** A line may have been left in half, by a kill or a disk that was full: the next begins on one of its own. */
  #torn = true;

  constructor(file: string, spoolOctetsMax = octetsMax) {
    this.#file = file;
    this.#octetsMax = spoolOctetsMax;
  }

  /** @throws Error when they are not on the disk: of the system, or because too much is there */
  add(lines: readonly AuditLine[]): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const descriptor = openSync(this.#file, 'a', 0o600);
    try {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      const before = this.#torn ? '\n' : '';
      if (fstatSync(descriptor).size + Buffer.byteLength(text) > this.#octetsMax) throw new Error('the spool is full');
      this.#torn = true;
      writeFileSync(descriptor, `${before}${text}`);
      fsyncSync(descriptor);
      this.#torn = false;
    } finally {
      closeSync(descriptor);
    }
  }

  /**
   * What is kept, oldest first, some at a time; a last line that a kill has cut off was never relied on, what is no line
   * is skipped. @throws Error of the system
   */
  *read(): Iterable<readonly AuditLine[]> {
    const descriptor = this.#open();
    if (descriptor === undefined) return;
    try {
      let rest = Buffer.alloc(0);
      const chunk = Buffer.alloc(chunkOctets);
      for (;;) {
        const length = readSync(descriptor, chunk);
        if (length === 0) return;
        const text = Buffer.concat([rest, chunk.subarray(0, length)]);
        const end = text.lastIndexOf(lineFeed) + 1;
        rest = text.subarray(end);
        const lines = text
          .toString('utf8', 0, end)
          .split('\n')
          .flatMap((line) => parsed(line) ?? []);
        if (lines.length > 0) yield lines;
      }
    } finally {
      closeSync(descriptor);
    }
  }

  clear(): void {
    rmSync(this.#file, { force: true });
  }

  #open(): number | undefined {
    try {
      return openSync(this.#file, 'r');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function parsed(text: string): AuditLine | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
