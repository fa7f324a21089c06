/**
 * A small document that outlives the process: JSON in one file, put in place whole by an atomic step, so that a kill
 * leaves the one before or the new one, never half of one.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../base/errors.ts';

export class KeptFile {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** What was kept; undefined where nothing was, or what is there is no JSON. Check it like any input. */
  read(): unknown {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8'));
    } catch (error) {
      if (error instanceof SyntaxError || systemCode(error) !== undefined) return undefined;
      throw error;
    }
  }

  /** Undefined: it is on the disk. Else why it is not, as the system says. */
  write(document: unknown): string | undefined {
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      const part = `${this.#file}.part`;
      const descriptor = openSync(part, 'w', 0o600);
      try {
        writeSync(descriptor, `${JSON.stringify(document)}\n`);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      renameSync(part, this.#file);
      return undefined;
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      return `${this.#file}: ${code}`;
    }
  }
}
