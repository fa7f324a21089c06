/**
 * A small document that outlives the process: JSON in one file, put in place whole by an atomic step, so that a kill
 * leaves the one before or the new one, never half of one. One that cannot be read is laid aside for whoever repairs it.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../base/errors.ts';

/** A document that was there and could not be used. */
export interface BrokenDocument {
  readonly file: string;
  /** Where it has been laid aside; undefined: it could not be. */
  readonly copy: string | undefined;
  readonly reason: string;
}

export interface KeptFilePorts {
  /** Of the wall clock, ms since 1970: for the name of the copy. */
  utcMs(): number;
  broken(document: BrokenDocument): void;
}

export class KeptFile {
  readonly #file: string;
  readonly #ports: KeptFilePorts;

  constructor(file: string, ports: KeptFilePorts) {
    this.#file = file;
    this.#ports = ports;
  }

  /** What was kept; undefined where nothing was, or what is there is no JSON or not whole by the given check. */
  read(isWhole: (document: unknown) => boolean): unknown {
    try {
      const document: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      if (isWhole(document)) return document;
      layAside(this.#file, this.#ports, 'does not have the form of this version');
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined && !(error instanceof SyntaxError)) throw error;
      // Where there is no folder yet there is nothing either.
      if (code !== 'ENOENT' && code !== 'ENOTDIR') layAside(this.#file, this.#ports, code ?? 'is no JSON');
    }
    return undefined;
  }

  /** Undefined: it is on the disk. Else why it is not, as the system says. */
  write(document: unknown): string | undefined {
    return writeWhole(this.#file, `${JSON.stringify(document)}\n`);
  }
}

/** For whoever repairs it. False: it stands where it stood. */
export function layAside(file: string, ports: KeptFilePorts, reason: string): boolean {
  const stamp = new Date(ports.utcMs()).toISOString().slice(0, 19).replaceAll(':', '-');
  const copy = `${file}.broken-${stamp}`;
  try {
    renameSync(file, copy);
    ports.broken({ file, copy, reason });
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    ports.broken({ file, copy: undefined, reason: `${reason}; not laid aside: ${code}` });
    return false;
  }
}

/** Puts a file in its place whole, or leaves the one before. Undefined: it is on the disk. Else why not, as the system says. */
export function writeWhole(file: string, content: string | Uint8Array): string | undefined {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const part = `${file}.part`;
    const descriptor = openSync(part, 'w', 0o600);
    try {
      writeFileSync(descriptor, content); // all of it: a disk that is nearly full takes a part
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(part, file);
    return undefined;
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return `${file}: ${code}`;
  }
}
