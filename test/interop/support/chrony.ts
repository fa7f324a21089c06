/** A real time server: Debian's chronyd on a port of loopback, which serves this machine's clock and sets nothing. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findUnpacked } from '../../../scripts/setup/debian.mjs';
import { askTime } from '../../../src/gateway/time-request.ts';
import { writeRequest } from '../../../src/protocols/ntp/ntp-message.ts';
import { freeBlock, loopback } from './ports.ts';
import { until } from './until.ts';

const program = findUnpacked('chrony') ?? '';

/** Whether there is one that runs here. */
export const hasChrony = program !== '' && spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;

export class Chrony {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  /** `stratum`: what it says of itself; undefined: that it has no time. */
  static async start(stratum: number | undefined): Promise<Chrony> {
    const port = await freeBlock(1);
    const folder = mkdtempSync(join(tmpdir(), 'escaut-chrony-'));
    const file = join(folder, 'chrony.conf');
    const own = [`port ${port}`, `bindaddress ${loopback}`, `allow ${loopback}`, `pidfile ${join(folder, 'pid')}`];
    const local = stratum === undefined ? [] : [`local stratum ${stratum}`];
    writeFileSync(file, [...own, ...local, 'cmdport 0', 'bindcmdaddress /', ''].join('\n'));
    // -x: sets no clock; -U: asks for no root; -d: stays in the foreground.
    const child = spawn(program, ['-x', '-U', '-d', '-u', userInfo().username, '-f', file], { stdio: 'ignore' });
    const chrony = new Chrony(port, child, folder);
    try {
      await until('chronyd answers', () => answers(port), 20_000);
    } catch (error) {
      await chrony.stop();
      throw error;
    }
    return chrony;
  }

  get address(): string {
    return `${loopback}:${this.port}`;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Whether something comes back within 200 ms. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const over = (is: boolean): void => {
      clearTimeout(patience);
      end();
      resolve(is);
    };
    const patience = setTimeout(() => over(false), 200);
    const end = askTime({
      ...{ address: loopback, port, bytes: writeRequest(1n) },
      ...{ sent: () => undefined, heard: () => over(true), failed: () => over(false) },
    });
  });
}
