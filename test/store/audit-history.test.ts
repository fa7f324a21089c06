/**
 * The audit log over random histories: whatever fails and whenever it is cut off, the chain is whole, what was told to be
 * safe is in it once and in its order, and what was lost for want of room was counted.
 */
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { AuditPending } from '../../src/store/audit-pending.ts';
import { AuditSpool } from '../../src/store/audit-spool.ts';
import { type AuditLine, AuditStore, type AuditTables } from '../../src/store/audit-store.ts';
import { type AuditNews, AuditWriter } from '../../src/store/audit-writer.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type DatabasePlace, fileAt } from '../../src/store/database-place.ts';
import { PostgresServer } from './postgres-server.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const roomFor = 20;

type Step =
  | { readonly name: 'write'; readonly count: number }
  /** `cut`: it has the lines, and fails before it says so. */
  | { readonly name: 'database'; readonly is: 'well' | 'locked' | 'cut' }
  /** `torn`: the disk takes a part of what it is given. */
  | { readonly name: 'spool'; readonly is: 'well' | 'full' | 'torn' }
  | { readonly name: 'wait'; readonly ms: number }
  /** The thread dies: all that is not safe is handed to the next. */
  | { readonly name: 'threadDies' }
  /** kill −9: what is not safe is gone. */
  | { readonly name: 'killed' };

class Gateway {
  readonly folder = mkdtempSync(join(tmpdir(), 'audit-'));
  readonly databases: Kysely<AuditTables>[] = [];
  readonly #place: DatabasePlace;
  /** Of the database, and not answered yet. */
  #asked = 0;
  database: Extract<Step, { name: 'database' }>['is'] = 'well';
  disk: Extract<Step, { name: 'spool' }>['is'] = 'well';
  run = 1;
  pending = new AuditPending(roomFor);
  clock = new ManualClock();
  /** Of each run: what was told to be safe, and what there was no room for. */
  readonly safe = new Map<string, number>();
  readonly lost = new Map<string, Set<number>>();
  lostCounted = 0;
  #written = 0;
  #writer = this.#begin();

  constructor(place: (folder: string) => DatabasePlace) {
    this.#place = place(this.folder);
    void this.#writer.start();
  }

  async openStore(): Promise<AuditStore> {
    // A thread that has died goes on in ours: waiting for what it has begun would be waiting for ourselves.
    const database = openDatabase<AuditTables>(this.#place, this.#place.kind === 'file' ? 0 : 5000);
    this.databases.push(database);
    return AuditStore.open(database, 'ccpd', privateKey);
  }

  #begin(isAway = false): AuditWriter {
    const clock = new ManualClock({ nowMs: 0, utcMs: 0 });
    const spool = new AuditSpool(join(this.folder, 'spool.jsonl'));
    const { run } = this;
    /** A thread that has died does nothing any more. */
    const alive = (): void => {
      if (writer !== this.#writer) throw new Error('dead');
    };
    const writer: AuditWriter = new AuditWriter(
      {
        clock,
        openStore: async () => {
          alive();
          if (this.database === 'locked') throw new Error('database is locked');
          const store = await this.#counted(this.openStore());
          const append = store.append.bind(store);
          store.append = async (lines) => {
            alive();
            if (this.database === 'locked') throw new Error('database is locked');
            await this.#counted(append(lines));
            if (this.database === 'cut') throw new Error('disk I/O error');
          };
          const checkpoint = store.checkpoint.bind(store);
          store.checkpoint = (utcMs) => this.#counted(checkpoint(utcMs));
          return store;
        },
        spool: {
          add: (lines) => {
            alive();
            this.#spool(spool, lines);
          },
          read: () => {
            alive();
            return spool.read();
          },
          clear: () => {
            alive();
            spool.clear();
          },
        },
        tell: (news) => {
          if (writer === this.#writer && run === this.run) this.#hear(news);
        },
      },
      isAway,
    );
    this.clock = clock;
    return writer;
  }

  #spool(spool: AuditSpool, lines: readonly AuditLine[]): void {
    if (this.disk === 'well') {
      spool.add(lines);
      return;
    }
    if (this.disk === 'torn') {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      appendFileSync(join(this.folder, 'spool.jsonl'), `\n${text.slice(0, text.length / 2)}`);
    }
    throw new Error('ENOSPC');
  }

  #hear(news: AuditNews): void {
    if (news.name !== 'safe' || news.run !== `run ${this.run}`) return;
    this.safe.set(news.run, Math.max(news.line, this.safe.get(news.run) ?? 0));
    this.pending.safe(news.line);
    this.lostCounted += this.pending.takeLost();
  }

  write(count: number): void {
    const run = `run ${this.run}`;
    for (let each = 0; each < count; each++) {
      this.#written += 1;
      const line = { run, utcMs: this.#written, upMs: 0, level: 'info', event: 'a', fields: {} } as const;
      if (!this.pending.add(line)) this.lost.set(run, (this.lost.get(run) ?? new Set()).add(this.#written));
    }
    const lines = this.pending.hand();
    if (lines.length > 0) this.#writer.take(lines);
  }

  async take(step: Step): Promise<void> {
    // What has died asks a server nothing more; what it has asked is answered before the next is there.
    const dies = step.name === 'threadDies' || step.name === 'killed';
    while (dies && this.#place.kind === 'postgresql' && this.#asked > 0) await this.settle(1);
    switch (step.name) {
      case 'write':
        this.write(step.count);
        break;
      case 'database':
        this.database = step.is;
        break;
      case 'spool':
        this.disk = step.is;
        break;
      case 'wait':
        this.clock.advance(step.ms);
        break;
      case 'threadDies':
        this.#writer = this.#begin(true);
        this.pending.handAgain();
        void this.#writer.start();
        this.write(0);
        break;
      case 'killed':
        this.run += 1;
        this.#written = 0;
        this.pending = new AuditPending(roomFor);
        this.#writer = this.#begin();
        void this.#writer.start();
        break;
    }
  }

  async settle(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Nothing is asked any more, and nobody has more to ask. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < 40; turn++) {
      await this.settle(1);
      if (this.#asked > 0) turn = 0;
    }
  }

  async #counted<T>(asked: Promise<T>): Promise<T> {
    this.#asked += 1;
    try {
      return await asked;
    } finally {
      this.#asked -= 1;
    }
  }

  async end(): Promise<void> {
    for (const database of this.databases) await database.destroy();
    rmSync(this.folder, { recursive: true });
  }
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ name: fc.constant('write' as const), count: fc.integer({ min: 1, max: 12 }) }) },
  fc.record({ name: fc.constant('database' as const), is: fc.constantFrom('well', 'locked', 'cut') }),
  fc.record({ name: fc.constant('spool' as const), is: fc.constantFrom('well', 'full', 'torn') }),
  fc.record({ name: fc.constant('wait' as const), ms: fc.constantFrom(500, 1000, 60_000) }),
  fc.constant({ name: 'threadDies' as const }),
  fc.constant({ name: 'killed' as const }),
);

/** Of the event loop, until the next: lines come while others are written. */
const anyTurns = fc.constantFrom(0, 1, 2, 5, 30);

const server = new PostgresServer();
let logs = 0;
beforeAll(() => server.start(), 60_000);
afterAll(() => server.end());

it.each([
  ['SQLite', (folder: string) => fileAt(join(folder, 'escaut.db')), 50],
  ['PostgreSQL', () => server.place(`audit_${++logs}`), 6],
] as const)(
  'loses nothing that %s said was safe, whatever fails and whenever it is cut off',
  async (_, place, numRuns) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(anyStep, anyTurns), { maxLength: 25 }), async (steps) => {
        const gateway = new Gateway(place);
        try {
          for (const [step, turns] of steps) {
            await gateway.take(step);
            await gateway.settle(turns);
          }
          for (const step of [
            { name: 'database', is: 'well' },
            { name: 'spool', is: 'well' },
            { name: 'wait', ms: 1000 },
            { name: 'write', count: 1 },
            { name: 'wait', ms: 1000 },
            { name: 'wait', ms: 60_000 },
          ] as const) {
            await gateway.take(step);
            await gateway.rest();
          }
          const store = await gateway.openStore();
          const found = (await store.search({ limit: 10_000 })).map(({ entry }) => JSON.parse(entry));
          expect(await store.verify(publicKey)).toMatchObject({ entries: found.length, signedTo: found.length });
          const numbersOf = (run: string) => found.filter((each) => each.run === run).map(({ line }) => line as number);
          const runs = found.map(({ run }) => Number(run.slice(4)));
          expect(runs).toEqual([...runs].sort((a, b) => a - b));
          for (let run = 1; run <= gateway.run; run++) {
            const numbers = numbersOf(`run ${run}`);
            const lost = gateway.lost.get(`run ${run}`) ?? new Set();
            const isLast = run === gateway.run;
            const safeTo = gateway.safe.get(`run ${run}`) ?? 0;
            expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
            expect(numbers.filter((number) => lost.has(number))).toEqual([]);
            for (let number = 1; number <= safeTo; number++) {
              if (!lost.has(number)) expect(numbers).toContain(number);
            }
            if (isLast) expect(gateway.pending.size).toBe(0);
          }
          const lostOfAll = [...gateway.lost.values()].reduce((sum, { size }) => sum + size, 0);
          const wasKilled = steps.some(([{ name }]) => name === 'killed');
          if (wasKilled) expect(gateway.lostCounted).toBeLessThanOrEqual(lostOfAll);
          else expect(gateway.lostCounted).toBe(lostOfAll);
        } finally {
          await gateway.end();
        }
      }),
      { numRuns },
    );
  },
  180_000,
);
