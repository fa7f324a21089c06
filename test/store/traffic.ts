/** Traffic of a process of its own (traffic-child.ts), as whoever started it sees it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { DatabasePlace } from '../../src/store/database-place.ts';

export interface KeptSaid {
  readonly line: number;
  readonly file: string;
  readonly sha256: string;
  readonly durationMs: number;
}

export class Traffic {
  /** Told to be whole. */
  readonly kept: KeptSaid[] = [];
  /** Milliseconds that were said of each over. */
  readonly voice = new Map<number, number>();
  /** The log is on the disk up to that line. */
  safe = 0;
  /** What it complained of. */
  faults = '';
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #began: Promise<unknown>;

  /** `run`: from 1, another one each time; `master`: hexadecimal, or ''; `log`: default a file in the folder. */
  constructor(folder: string, run: number, master = '', log?: DatabasePlace) {
    const args = [folder, String(run), master, log === undefined ? '' : JSON.stringify(log)];
    this.#child = spawn(process.execPath, ['test/store/traffic-child.ts', ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#closed = once(this.#child, 'close');
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.faults += data.toString();
    });
    if (this.#child.stdout === null) throw new Error('it has no output');
    const lines = createInterface({ input: this.#child.stdout });
    this.#began = once(lines, 'line');
    lines.on('line', (line) => this.#take(line.split(' ')));
  }

  #take([word, ...rest]: readonly string[]): void {
    const [one = '', file = '', sha256 = '', ms = ''] = rest;
    if (word === 'voice') this.voice.set(Number(one), Number(file));
    if (word === 'safe' && rest.length === 1) this.safe = Math.max(this.safe, Number(one) || 0);
    // The last word may have been cut off.
    if (word === 'kept' && ms !== '') this.kept.push({ line: Number(one), file, sha256, durationMs: Number(ms) });
  }

  /** It writes. */
  async began(): Promise<void> {
    await Promise.race([this.#began, this.#closed]);
  }

  /** kill −9. What was said before is there when it resolves. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
