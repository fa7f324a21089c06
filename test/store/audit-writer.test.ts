/** The audit log in a real database, and its writer while that database comes and goes. */
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { AuditSpool } from '../../src/store/audit-spool.ts';
import { type AuditLine, AuditStore, type AuditTables, checkpointEvery } from '../../src/store/audit-store.ts';
import { type AuditNews, AuditWriter, type AuditWriterPorts } from '../../src/store/audit-writer.ts';
import { openDatabase } from '../../src/store/database.ts';
import { databaseKinds, type TestDatabases, testDatabases } from './databases.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const gateway = 'escaut-ccpd';
const start = Date.UTC(2026, 10, 29);

let databases: TestDatabases;
const opened: Kysely<AuditTables>[] = [];
function useDatabases(kind: (typeof databaseKinds)[number]): void {
  const ours = testDatabases(kind);
  beforeEach(() => {
    databases = ours;
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.destroy();
  });
}

function database(): Kysely<AuditTables> {
  const one = openDatabase<AuditTables>(databases.place('audit'));
  opened.push(one);
  return one;
}
const openStore = () => AuditStore.open(database(), gateway, privateKey);

const line = (number: number, run = 'run 1', fields: Record<string, unknown> = { group: 'xb-acc' }): AuditLine => ({
  run,
  line: number,
  utcMs: start + 1000 * number,
  upMs: 1000 * number,
  level: 'info',
  event: number % 2 === 0 ? 'bridging.opened' : 'bridging.closed',
  fields,
});
const lines = (from: number, to: number, run?: string) =>
  Array.from({ length: to - from + 1 }, (_, index) => line(from + index, run));

describe.each(databaseKinds)('the audit store in %s', (kind) => {
  useDatabases(kind);

  it('chains what it is given over restarts, and verifies', async () => {
    const first = await openStore();
    await first.append(lines(1, 3));
    const second = await openStore();
    await second.append(lines(1, 2, 'run 2'));
    await second.checkpoint(start);
    expect(await second.verify(publicKey)).toEqual({ entries: 5, checkpoints: 1, signedTo: 5 });
    expect((await second.search({ limit: 9 })).map(({ entry }) => JSON.parse(entry))[3]).toEqual({
      seq: 4,
      utc: '2026-11-29T00:00:01.000Z',
      run: 'run 2',
      line: 1,
      upMs: 1000,
      level: 'info',
      event: 'bridging.closed',
      about: { group: 'xb-acc' },
    });
  });

  it('writes once what it is given twice', async () => {
    const store = await openStore();
    await store.append(lines(1, 3));
    await store.append(lines(2, 5));
    expect((await store.search({ limit: 9 })).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  it('goes on behind what a command has written and signed meanwhile', async () => {
    const [store, command] = [await openStore(), await openStore()];
    for (let round = 1; round <= 3; round++) {
      await store.append([line(round)]);
      await command.append([line(round, 'export')]);
      await command.checkpoint(start);
      await store.checkpoint(start);
    }
    expect(await store.verify(publicKey)).toMatchObject({ entries: 6, signedTo: 6 });
    expect((await store.verify(publicKey)).fault).toBeUndefined();
  });

  it('signs by itself after so many entries', async () => {
    const store = await openStore();
    await store.append(lines(1, checkpointEvery - 1));
    expect(await store.verify(publicKey)).toEqual({ entries: checkpointEvery - 1, checkpoints: 0 });
    await store.append(lines(checkpointEvery, checkpointEvery + 9));
    expect(await store.verify(publicKey)).toMatchObject({ checkpoints: 1, signedTo: checkpointEvery + 9 });
  });

  it('finds by time, event and place', async () => {
    const store = await openStore();
    await store.append(lines(1, 6));
    const found = async (wish: object) => (await store.search({ limit: 9, ...wish })).map(({ seq }) => seq);
    expect(await found({ event: 'bridging.opened' })).toEqual([2, 4, 6]);
    expect(await found({ fromUtcMs: start + 2000, toUtcMs: start + 4000 })).toEqual([2, 3]);
    expect(await found({ afterSeq: 3, limit: 2 })).toEqual([4, 5]);
  });

  it('lets nobody change or delete by mistake, and says where somebody did on purpose', async () => {
    const store = await openStore();
    await store.append(lines(1, 6));
    const direct = database();
    const change = () => direct.updateTable('audit_entry').set({ entry: '{}' }).where('seq', '=', 4).execute();
    await expect(change()).rejects.toThrow('append-only');
    await expect(direct.deleteFrom('audit_entry').execute()).rejects.toThrow('append-only');
    const of = kind === 'SQLite' ? '' : ' ON audit_entry';
    await sql.raw(`DROP TRIGGER audit_entry_no_update${of}`).execute(direct);
    await change();
    expect(await store.verify(publicKey)).toMatchObject({ entries: 3, fault: { seq: 4, fault: 'changed' } });
  });

  it('numbers one after the other what is written at the same time', async () => {
    const stores = [await openStore(), await openStore(), await openStore()];
    for (let round = 0; round < 3; round++) {
      // A file holds its thread up while another writes, and these are of one thread.
      const writes = stores.map((store, at) => () => store.append(lines(round * 2 + 1, round * 2 + 2, `run ${at}`)));
      if (kind === 'PostgreSQL') await Promise.all(writes.map((write) => write()));
      else for (const write of writes) await write();
    }
    const verdict = await (await openStore()).verify(publicKey);
    expect(verdict).toEqual({ entries: 18, checkpoints: 0 });
  });

  it('removes what is before a checkpoint, and is followed from there', async () => {
    const store = await openStore();
    await store.append(lines(1, 4));
    await store.checkpoint(start);
    await store.append(lines(5, 6));
    expect(await store.spanOf(start + 2000, start + 5000)).toEqual({ first: 2, last: 4 });
    expect(await store.spanOf(start - 2000, start)).toBeUndefined();
    const [, , , fourth] = await store.search({ limit: 9 });
    expect(await store.oldUntil(start + 6000)).toMatchObject({ seq: 4, hash: fourth?.hash });
    expect(await store.oldUntil(start + 4000)).toBeUndefined();
    const texts = (await store.search({ limit: 4 })).map(({ entry }) => entry.length);
    expect(await store.sizeUntil(4)).toEqual({ first: 1, octets: texts.reduce((sum, length) => sum + length) });
    await store.append([{ ...line(7), event: 'audit.shortened', fields: { toSeq: 4, hash: fourth?.hash } }]);
    await store.shorten(4);
    expect(await store.verify(publicKey)).toMatchObject({ entries: 7, begin: 4, signedTo: 4 });
    await expect(database().deleteFrom('audit_entry').execute()).rejects.toThrow('append-only');
  });

  it('takes fields of any kind, but not for its own', async () => {
    const store = await openStore();
    await store.append([line(1, 'run 1', { words: 'é\u2028"\\', none: undefined, seq: 99 })]);
    expect(await store.verify(publicKey)).toEqual({ entries: 1, checkpoints: 0 });
  });
});

class Stand {
  readonly clock = new ManualClock({ utcMs: start });
  readonly news: AuditNews[] = [];
  isAway = false;
  isSigned = true;
  diskFull = false;
  /** Another program writes. */
  isBusy = false;
  /** Asked of the database, and not answered yet. */
  #asked = 0;
  /** What is asked of the database is answered when this is. */
  answer: Promise<void> = Promise.resolve();
  readonly spool = new AuditSpool(join(databases.folder, 'audit-spool.jsonl'));
  readonly ports: AuditWriterPorts = {
    clock: this.clock,
    openStore: async () => {
      if (this.isAway) throw new Error('unable to open database file');
      const store = await this.#counted(openStore());
      const append = store.append.bind(store);
      store.append = async (given) => {
        if (this.isAway) throw new Error('database is locked');
        if (this.isBusy) throw Object.assign(new Error('database is locked'), { errcode: 5 });
        await this.answer;
        await this.#counted(append(given));
      };
      const checkpoint = store.checkpoint.bind(store);
      store.checkpoint = async (utcMs) => {
        if (!this.isSigned) throw new Error('database is locked');
        await this.#counted(checkpoint(utcMs));
      };
      return store;
    },
    spool: {
      add: (given) => {
        if (this.diskFull) throw new Error('ENOSPC');
        this.spool.add(given);
      },
      read: () => this.spool.read(),
      clear: () => this.spool.clear(),
    },
    tell: (news) => this.news.push(news),
  };
  readonly writer = new AuditWriter(this.ports);

  /** Nothing is asked any more, and nobody has more to ask. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
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
}

describe.each(databaseKinds)('the audit writer over %s', (kind) => {
  useDatabases(kind);

  it('says that lines are safe once they are in the database', async () => {
    const stand = new Stand();
    await stand.writer.start();
    stand.writer.take(lines(1, 2));
    stand.writer.take(lines(3, 4));
    await stand.settle();
    expect(stand.news.at(-1)).toEqual({ name: 'safe', run: 'run 1', line: 4 });
    expect((await (await openStore()).search({ limit: 9 })).length).toBe(4);
  });

  it('spools while the database is away, and brings all in their order when it is back', async () => {
    const stand = new Stand();
    await stand.writer.start();
    stand.isAway = true;
    stand.writer.take(lines(1, 2));
    await stand.settle();
    expect(stand.news).toEqual([
      { name: 'safe', run: 'run 1', line: 2 },
      { name: 'away', reason: 'database is locked', spooled: true, lines: 2 },
    ]);
    stand.writer.take(lines(3, 3));
    await stand.settle();
    expect([...stand.spool.read()].flat().map((each) => each.line)).toEqual([1, 2, 3]);
    stand.isAway = false;
    stand.clock.advance(1000);
    await stand.settle();
    expect(stand.news.at(-1)).toEqual({ name: 'back', lines: 3 });
    expect([...stand.spool.read()]).toEqual([]);
    const found = await (await openStore()).search({ limit: 9 });
    expect(found.map(({ entry }) => JSON.parse(entry).line)).toEqual([1, 2, 3]);
  });

  it('puts lines aside while it has no answer, once and in their order, and says nothing of it', async () => {
    const stand = new Stand();
    await stand.writer.start();
    let answered = (): void => undefined;
    stand.answer = new Promise((resolve) => {
      answered = resolve;
    });
    stand.writer.take(lines(1, 2));
    await stand.settle();
    stand.writer.take(lines(3, 3));
    await stand.settle();
    expect(stand.news).toEqual([]);
    for (const [to, until] of [
      [3, 500],
      [5, 1000],
    ] as const) {
      stand.clock.advance(500);
      expect(stand.clock.nowMs()).toBe(until);
      expect(stand.news.at(-1)).toEqual({ name: 'safe', run: 'run 1', line: to });
      stand.writer.take(lines(to + 1, to + 2));
    }
    answered();
    await stand.settle();
    expect(stand.news.at(-1)).toEqual({ name: 'safe', run: 'run 1', line: 7 });
    expect([...stand.spool.read()]).toEqual([]);
    const found = await (await openStore()).search({ limit: 9 });
    expect(found.map(({ entry }) => JSON.parse(entry).line)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(stand.news.map(({ name }) => name))).toEqual(new Set(['safe']));
    // Nor when it really is away later: that is another matter.
    stand.isAway = true;
    stand.writer.take(lines(8, 8));
    await stand.settle();
    stand.isAway = false;
    stand.clock.advance(1000);
    await stand.settle();
    expect(stand.news.at(-1)).toEqual({ name: 'back', lines: 1 });
  });

  it('says of another program that writes when it has to wait for it twice', async () => {
    const stand = new Stand();
    await stand.writer.start();
    stand.isBusy = true;
    stand.writer.take(lines(1, 2));
    await stand.settle();
    expect(stand.news).toEqual([{ name: 'safe', run: 'run 1', line: 2 }]);
    stand.isBusy = false;
    stand.clock.advance(1000);
    await stand.settle();
    stand.isBusy = true;
    stand.writer.take(lines(3, 3));
    stand.writer.take(lines(4, 4));
    await stand.settle();
    expect(stand.news.map(({ name }) => name)).toEqual(['safe', 'safe']);
    stand.clock.advance(1000);
    await stand.settle();
    expect(stand.news.at(-1)).toEqual(
      expect.objectContaining({ name: 'away', reason: 'database is locked', spooled: true }),
    );
    stand.isBusy = false;
    stand.clock.advance(1000);
    await stand.settle();
    expect(stand.news.at(-1)).toMatchObject({ name: 'back' });
    expect((await (await openStore()).search({ limit: 9 })).length).toBe(4);
  });

  it('brings in what a run before has spooled, also when it was killed within a line', async () => {
    const before = new Stand();
    before.isAway = true;
    await before.writer.start();
    before.writer.take(lines(1, 2, 'run 0'));
    await before.settle();
    const torn = new AuditSpool(join(databases.folder, 'audit-spool.jsonl'));
    torn.add([]);
    const stand = new Stand();
    await stand.writer.start();
    stand.writer.take(lines(1, 1));
    await stand.settle();
    const found = await (await openStore()).search({ limit: 9 });
    expect(found.map(({ entry }) => JSON.parse(entry).run)).toEqual(['run 0', 'run 0', 'run 1']);
  });

  it('keeps lines in memory when there is no room for the spool either, and says so', async () => {
    const stand = new Stand();
    await stand.writer.start();
    stand.isAway = true;
    stand.diskFull = true;
    stand.writer.take(lines(1, 2));
    await stand.settle();
    expect(stand.news).toEqual([
      expect.objectContaining({ name: 'away', reason: 'database is locked', spooled: false }),
    ]);
    stand.isAway = false;
    stand.clock.advance(1000);
    await stand.settle();
    expect(stand.news.at(-2)).toEqual({ name: 'safe', run: 'run 1', line: 2 });
  });

  it('brings in once what a full disk let into the spool twice, and skips what is no line', async () => {
    const spool = new AuditSpool(join(databases.folder, 'audit-spool.jsonl'));
    spool.add(lines(1, 2, 'run 0'));
    spool.add(lines(1, 3, 'run 0'));
    for (const text of ['{}', '5', 'null', '{"run":"run 0","line":"4"}']) {
      appendFileSync(join(databases.folder, 'audit-spool.jsonl'), `${text}\n`);
    }
    const stand = new Stand();
    await stand.writer.start();
    await stand.settle();
    expect(stand.news).not.toContainEqual(expect.objectContaining({ name: 'away' }));
    const found = await (await openStore()).search({ limit: 9 });
    expect(found.map(({ entry }) => JSON.parse(entry).line)).toEqual([1, 2, 3]);
    expect([...stand.spool.read()]).toEqual([]);
  });

  it('keeps nothing in memory that is in the spool, and reads that a part at a time', async () => {
    const stand = new Stand();
    await stand.writer.start();
    stand.isAway = true;
    const words = 'x'.repeat(1000);
    for (let first = 1; first <= 3000; first += 500) {
      stand.writer.take(lines(first, first + 499, 'run 1').map((each) => ({ ...each, fields: { words } })));
      await stand.settle();
      stand.clock.advance(1000);
      await stand.settle();
    }
    const parts = [...stand.spool.read()].map(({ length }) => length);
    expect(parts.length).toBeGreaterThan(10);
    expect(parts.reduce((sum, count) => sum + count, 0)).toBe(3000);
    stand.isAway = false;
    stand.writer.take([line(3001)]);
    await stand.writer.end();
    expect(
      (await (await openStore()).search({ limit: 1, afterSeq: 3000 })).map(({ entry }) => JSON.parse(entry)),
    ).toMatchObject([{ seq: 3001, line: 3001 }]);
  });

  it('takes what a spool has no room for back into memory', async () => {
    const spool = new AuditSpool(join(databases.folder, 'audit-spool.jsonl'), 1000);
    spool.add(lines(1, 2));
    expect(() => spool.add(lines(3, 30))).toThrow('the spool is full');
    spool.add(lines(3, 3));
    expect([...spool.read()].flat().map((each) => each.line)).toEqual([1, 2, 3]);
  });

  it('says that the database is back after it could not sign', async () => {
    const stand = new Stand();
    await stand.writer.start();
    stand.writer.take(lines(1, 2));
    await stand.settle();
    stand.isSigned = false;
    stand.clock.advance(60_000);
    await stand.settle();
    expect(stand.news.at(-1)).toEqual(
      expect.objectContaining({ name: 'away', reason: 'database is locked', spooled: true }),
    );
    stand.isSigned = true;
    stand.clock.advance(1000);
    await stand.settle();
    expect(stand.news.at(-1)).toMatchObject({ name: 'back' });
    stand.clock.advance(60_000);
    await stand.settle();
    expect(await (await openStore()).verify(publicKey)).toMatchObject({ signedTo: 2 });
  });

  it('says that it can write where the one before has died', async () => {
    const stand = new Stand();
    await new AuditWriter(stand.ports, true).start();
    expect(stand.news).toMatchObject([{ name: 'back' }]);
  });

  it('signs the end within a minute, and when it ends', async () => {
    const stand = new Stand();
    await stand.writer.start();
    stand.writer.take(lines(1, 2));
    await stand.settle();
    stand.clock.advance(60_000);
    await stand.settle();
    expect(await (await openStore()).verify(publicKey)).toMatchObject({ signedTo: 2 });
    stand.writer.take(lines(3, 3));
    await stand.writer.end();
    expect(await (await openStore()).verify(publicKey)).toEqual({ entries: 3, checkpoints: 2, signedTo: 3 });
  });
});
