/**
 * Packages of evidence built by `escaut export` in a process of its own, at the lowest priority, one after the other: it
 * reads, hashes and writes gigabytes, and neither voice nor consoles shall notice.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { type ExportFault, exportFaults } from '../operations/export-fault.ts';
import type { ExportOrder, MadePackage } from '../operations/export-order.ts';

const saidSchema = z.union([
  z.object({ done: z.number(), all: z.number() }),
  z.object({ fault: z.enum(exportFaults) }),
  z.object({
    made: z.object({
      octets: z.number(),
      recordings: z.number(),
      gaps: z.number(),
      manifestSha256: z.string(),
      fingerprint: z.string(),
    }),
  }),
]);

/** What becomes of it; told in this order, `built` or `failed` last. */
export interface BuildNews {
  progress(done: number, all: number): void;
  built(made: MadePackage): void;
  failed(fault: ExportFault, words: string): void;
}

const buildMsMax = 30 * 60_000;
const wordsMax = 400;

export class ExportProcess {
  readonly #configFile: string;
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #child: ChildProcess | undefined;
  #isStopped = false;

  constructor(configFile: string, clock: Clock) {
    this.#configFile = configFile;
    this.#clock = clock;
  }

  build(order: ExportOrder, out: string, news: BuildNews): void {
    if (this.#isStopped) return;
    const begin = () => this.#begin(order, out, news);
    if (this.#child === undefined) begin();
    else this.#waiting.push(begin);
  }

  /** What is being built is lost. */
  stop(): void {
    this.#isStopped = true;
    this.#child?.kill('SIGKILL');
  }

  #begin(
    { fromUtcMs, toUtcMs, groups, incident, reason, by, second }: ExportOrder,
    out: string,
    news: BuildNews,
  ): void {
    const utc = (utcMs: number) => new Date(utcMs).toISOString();
    const args = [
      ...['export', out, `--config=${this.#configFile}`, `--reason=${reason}`, `--group=${groups.join(',')}`],
      ...[`--from=${utc(fromUtcMs)}`, `--to=${utc(toUtcMs)}`, `--by=${by.person}`, `--second=${second.person}`],
      ...(incident === '' ? [] : [`--incident=${incident}`]),
    ];
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    const child = fork(main, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child = child;
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    let made: MadePackage | undefined;
    let words = '';
    let fault: ExportFault | undefined;
    const cancel = this.#clock.callAt(this.#clock.nowMs() + buildMsMax, () => {
      fault = 'took-too-long';
      child.kill('SIGKILL');
    });
    child.stderr?.on('data', (part: Buffer) => {
      words = (words + part.toString()).slice(-wordsMax);
    });
    child.on('message', (message) => {
      const said = saidSchema.safeParse(message);
      if (!said.success) return;
      if ('made' in said.data) made = said.data.made;
      else if ('fault' in said.data) fault = said.data.fault;
      else news.progress(said.data.done, said.data.all);
    });
    let isOver = false;
    const end = (how: string, unsaid: ExportFault) => {
      if (isOver) return;
      isOver = true;
      cancel();
      this.#child = undefined;
      if (!this.#isStopped) {
        if (made === undefined) news.failed(fault ?? unsaid, words.trim() === '' ? how : words.trim());
        else news.built(made);
        this.#waiting.shift()?.();
      }
    };
    child.on('error', (error) => end(error.message, 'other'));
    child.on('close', (code, signal) => end(`it ended with ${signal ?? code}`, code === null ? 'broke-off' : 'other'));
  }
}
