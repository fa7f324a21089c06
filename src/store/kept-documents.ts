/** The documents of a folder, each with one writer: two would put back what the other has replaced. */
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { KeptAgain } from './kept-again.ts';
import { type BrokenDocument, KeptFile, type KeptFilePorts } from './kept-file.ts';
import { KeptLines } from './kept-lines.ts';
import { OlderItems, type OlderList } from './older-items.ts';

interface KeptDocumentsPorts {
  readonly clock: Clock;
  broken(name: string, document: BrokenDocument): void;
  /** Whether the disk took it, after each attempt. */
  kept(name: string, isKept: boolean): void;
  /** Of a list, so many older items found room neither on the disk nor in memory. */
  lost(list: OlderList, count: number): void;
}

export class KeptDocuments {
  readonly #folder: string;
  readonly #ports: KeptDocumentsPorts;
  readonly #documents = new Map<string, KeptAgain>();
  readonly #older = new Map<OlderList, OlderItems>();

  constructor(folder: string, ports: KeptDocumentsPorts) {
    this.#folder = folder;
    this.#ports = ports;
  }

  /** The same at every call, whoever asks. Names are the caller's own, and few. */
  at(name: string): KeptAgain {
    const known = this.#documents.get(name);
    if (known !== undefined) return known;
    const file = new KeptFile(join(this.#folder, `${name}.json`), this.#portsOf(name));
    const kept = new KeptAgain(file, this.#ports.clock, (isKept) => this.#ports.kept(name, isKept));
    this.#documents.set(name, kept);
    return kept;
  }

  /** A list that only grows, for its one writer. */
  lines(name: string): KeptLines {
    return new KeptLines(join(this.#folder, `${name}.jsonl`), this.#portsOf(name));
  }

  #portsOf(name: string): KeptFilePorts {
    const { clock } = this.#ports;
    return { utcMs: () => clock.utcMs(), broken: (document) => this.#ports.broken(name, document) };
  }

  /** What of a list is not at hand any more. The same at every call. */
  older(list: OlderList): OlderItems {
    const known = this.#older.get(list);
    if (known !== undefined) return known;
    const older = new OlderItems(this.#folder, list, {
      clock: this.#ports.clock,
      kept: (isKept) => this.#ports.kept(`${list}-older`, isKept),
      lost: (count) => this.#ports.lost(list, count),
    });
    this.#older.set(list, older);
    return older;
  }
}
