/**
 * Lines of the audit log that the database would not take: one JSON text a line, on the disk before anybody relies on
 * it, until the database has them.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

export class AuditSpool {
  readonly #file: string;
  /** A line may have been left in half, by a kill or a disk that was full: the next begins on one of its own. */
  #torn = true;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws Error of the system when they are not on the disk */
  add(lines: readonly AuditLine[]): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const descriptor = openSync(this.#file, 'a', 0o600);
    try {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      const before = this.#torn ? '\n' : '';
      this.#torn = true;
      writeFileSync(descriptor, `${before}${text}`);
      fsyncSync(descriptor);
      this.#torn = false;
    } finally {
      closeSync(descriptor);
    }
  }

  /** What is kept, oldest first; a last line that a kill has cut off was never relied on, what is no line is skipped. */
  read(): readonly AuditLine[] {
    const text = this.#text();
    return text
      .split('\n')
      .slice(0, -1)
      .flatMap((line) => parsed(line) ?? []);
  }

  clear(): void {
    rmSync(this.#file, { force: true });
  }

  #text(): string {
    try {
      return readFileSync(this.#file, 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return '';
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
