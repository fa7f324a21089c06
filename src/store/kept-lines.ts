/**
 * A list that outlives the process and only grows: JSON, a line an entry, put behind the last by one write, so that a kill
 * leaves at most the last line in half. Shortened by an atomic step, as KeptFile does.
 */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../base/errors.ts';
import { type KeptFilePorts, layAside } from './kept-file.ts';

export class KeptLines {
  readonly #file: string;
  /** A line may have been left in half: the next begins on one of its own. */
  #torn = true;
  readonly #ports: KeptFilePorts | undefined;
  /** Why what was there could not be read; it stands where it stood. */
  #unread: string | undefined;

  /** `ports`: of whoever reads it. */
  constructor(file: string, ports?: KeptFilePorts) {
    this.#file = file;
    this.#ports = ports;
  }

  /**
   * In order; lines that are no JSON are left out. Check each like any input. A file that cannot be read is laid aside, and
   * is never written over.
   */
  read(): readonly unknown[] {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      // Where there is no folder yet there is nothing either.
      if (code !== 'ENOENT' && code !== 'ENOTDIR' && !this.#layAside(code)) this.#unread = code;
      return [];
    }
    return linesIn(text);
  }

  /** Undefined: the system has it. Else why not, in its words. */
  append(entry: unknown): string | undefined {
    return this.#try(() => {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      const before = this.#torn ? '\n' : '';
      this.#torn = true;
      appendFileSync(this.#file, `${before}${JSON.stringify(entry)}\n`, { mode: 0o600 });
      this.#torn = false;
    });
  }

  /** Behind the last, by one write; they are on the disk when it returns. Undefined: they are. Else why not, in words of the system. */
  appendAll(entries: readonly unknown[]): string | undefined {
    return this.#try(() => {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      const before = this.#torn ? '\n' : '';
      this.#torn = true;
      const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      appendFileSync(this.#file, `${before}${lines}`, { mode: 0o600, flush: true });
      this.#torn = false;
    });
  }

  /** These alone are kept from now on. */
  replace(entries: readonly unknown[]): string | undefined {
    if (this.#unread !== undefined && !this.#layAside(this.#unread)) return `${this.#file}: ${this.#unread}`;
    this.#unread = undefined;
    return this.#try(() => {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      const part = `${this.#file}.part`;
      writeFileSync(part, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600, flush: true });
      renameSync(part, this.#file);
      this.#torn = false;
    });
  }

  #layAside(reason: string): boolean {
    return this.#ports !== undefined && layAside(this.#file, this.#ports, reason);
  }

  #try(write: () => void): string | undefined {
    try {
      write();
      return undefined;
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      return `${this.#file}: ${code}`;
    }
  }
}

/** What is no JSON is left out. */
export function linesIn(text: string): readonly unknown[] {
  return text.split('\n').flatMap(readLine);
}

function readLine(line: string): unknown[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line)];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
