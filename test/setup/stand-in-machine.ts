/**
 * A machine on which the set-up runs from nothing to whole in about a second: the real scripts on stand-ins of npm,
 * ninja and flatc (test/setup/stand-in), which write slowly enough to be killed half-way.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { contentHash } from '../../scripts/setup/cache.mjs';
import { inRoot, NODE_MODULES } from '../../scripts/setup/context.mjs';
import { systemCode } from '../../src/base/errors.ts';

const OPUS = join(NODE_MODULES, '@discordjs/opus/prebuild');
const WORKER = join(NODE_MODULES, 'mediasoup/worker/out/Release/mediasoup-worker');

interface Ended {
  readonly code: number | null;
  /** What the set-up told, on standard error. */
  readonly told: string;
}

/** One that is running. */
interface SetUp {
  /** Resolves when it has told `text`; false when it ended before. */
  tells(text: string): Promise<boolean>;
  /** kill −9 of its process group, as a closed container or an impatient person does it; nothing where it has ended. */
  kill(): void;
  readonly ended: Promise<Ended>;
}

export class StandInMachine {
  readonly folder = mkdtempSync(join(tmpdir(), 'escaut-set-up-'));
  readonly checkout = join(this.folder, 'checkout');
  readonly cache = join(this.folder, 'cache');
  readonly #calls = join(this.folder, 'calls');
  readonly #bin = join(this.folder, 'bin');

  constructor() {
    for (const folder of [this.checkout, this.cache, this.#bin]) mkdirSync(folder);
    for (const name of ['scripts', 'package.json', 'package-lock.json', 'proto']) {
      cpSync(inRoot(name), join(this.checkout, name), { recursive: true });
    }
    mkdirSync(join(this.checkout, 'src/web'), { recursive: true });
    writeFileSync(join(this.checkout, 'src/web/vite.config.ts'), '');
    copyFileSync(process.execPath, join(this.#bin, 'node')); // without its headers beside it: not to be used as it is
    for (const name of ['npm', 'ninja'])
      copyFileSync(join(import.meta.dirname, `stand-in/${name}.sh`), join(this.#bin, name));
    writeFileSync(join(this.#bin, 'flatc'), '#!/bin/sh\n');
    // Knows every package as installed.
    writeFileSync(join(this.#bin, 'dpkg-query'), '#!/bin/sh\nfor name; do echo "$name installed"; done\n');
    for (const name of readdirSync(this.#bin)) chmodSync(join(this.#bin, name), 0o755);
  }

  start(): SetUp {
    const child = spawn(join(this.#bin, 'node'), [join(this.checkout, 'scripts/run.mjs'), 'setup'], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: `${this.#bin}:/usr/bin:/bin`,
        HOME: this.folder,
        ESCAUT_CACHE_DIR: this.cache,
        MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD: '1',
        CALLS: this.#calls,
        ARCH: process.arch,
        ABI: process.versions.modules,
        REAL_NODE: process.execPath,
        REAL_OPUS: join(OPUS, readdirSync(OPUS)[0] ?? '', 'opus.node'),
        REAL_WORKER: WORKER,
      },
    });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, told }));
    const isOver = ended.then(() => true);
    const tells = async (text: string): Promise<boolean> => {
      while (!told.includes(text)) {
        if (await Promise.race([isOver, once(child.stderr, 'data').then(() => false), sleep(100, false)])) break;
      }
      return told.includes(text);
    };
    const kill = (): void => {
      if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
    };
    return { tells, kill, ended };
  }

  run(): Promise<Ended> {
    return this.start().ended;
  }

  /** What was really done since the last call of this: node, npm, opus, worker. */
  takeCalls(): string[] {
    if (!existsSync(this.#calls)) return [];
    const calls = readFileSync(this.#calls, 'utf8').trim().split('\n');
    rmSync(this.#calls);
    return calls;
  }

  /** Resolves when something has been written on it since, or that set-up has ended. */
  async writes({ ended }: SetUp): Promise<void> {
    const before = this.#written();
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    await expect.poll(() => isOver || this.#written() !== before, { interval: 2 }).toBe(true);
  }

  /** Names and sizes of all that lies on it. */
  #written(): string {
    try {
      return [this.checkout, this.cache]
        .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))))
        .map((path) => `${path} ${statSync(path, { throwIfNoEntry: false })?.size}`)
        .join();
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      return 'a folder went while it was read';
    }
  }

  /** All files that a whole set-up leaves where it is used from, each with the hash of its content. */
  outcome(): string[] {
    const used = ['node_modules', 'dist', 'src/protocols'].map((name) => join(this.checkout, name));
    const built = ['node', 'opus', 'worker'].map((name) => join(this.cache, name));
    return [...used, ...built].flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => `${relative(this.folder, path)} ${contentHash({ paths: [path] })}`)
        .sort(),
    );
  }

  /** Temporary files that somebody left. */
  leftovers(): string[] {
    const names = [this.checkout, this.cache].flatMap((folder) => readdirSync(folder, { recursive: true }) as string[]);
    const inTmp = readdirSync(join(this.cache, 'tmp'));
    return [...inTmp, ...names.filter((name) => /\.(old|stale|partial)\.\d+$/.test(name))];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
