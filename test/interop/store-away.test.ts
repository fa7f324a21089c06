/** PostgreSQL that stops, fails or says nothing while lines are written: none is lost, and it is told while it lasts. */
import { createPublicKey } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { AccountsAway } from '../../src/store/account-methods.ts';
import { AccountThread } from '../../src/store/account-thread.ts';
import { AuditLog } from '../../src/store/audit-log.ts';
import { AuditStore, type AuditTables } from '../../src/store/audit-store.ts';
import { openToRead } from '../../src/store/database.ts';
import { alarmsOf, type EvidenceAlarm } from '../../src/store/evidence-alarms.ts';
import { signingKey } from '../../src/store/signing-key.ts';
import { PostgresServer } from '../store/postgres-server.ts';

const server = new PostgresServer(true);
beforeAll(() => server.start());
afterAll(() => server.end());

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-away-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const key = () => signingKey(join(folder, 'signing-key')).privateKey;
const spool = () => join(folder, 'audit-spool.jsonl');
let logs = 0;

class Writing {
  /** As consoles are told, one after the other. */
  readonly alarms: (readonly EvidenceAlarm[])[] = [];
  readonly place = server.place(`audit_${logs++}`);
  readonly #log = new AuditLog(
    {
      ...{ gateway: 'escaut-test', run: 'run 1', database: this.place, spool: spool() },
      key: key().export({ format: 'pem', type: 'pkcs8' }).toString(),
    },
    {
      clock: new SystemClock(),
      faulty: (fault) => this.#tell(alarmsOf(fault, undefined)),
      waiting: () => undefined,
      caughtUp: () => undefined,
      lost: () => this.#tell(['evidence-unsafe']),
      missing: () => undefined,
    },
  );
  readonly #timer = setInterval(() => this.#write(), 2);
  written = 0;

  #write(): void {
    this.#log.write('info', 'over.ended', { group: 'xb-acc', over: ++this.written });
  }

  /** Another reason is no other alarm. */
  #tell(alarms: readonly EvidenceAlarm[]): void {
    if (this.alarms.at(-1)?.join() !== alarms.join()) this.alarms.push(alarms);
  }

  get waiting(): number {
    return this.#log.waiting;
  }

  /** All that has been written so far is on a disk. */
  async safe(): Promise<void> {
    const upTo = this.written;
    await expect.poll(() => this.written - this.waiting).toBeGreaterThanOrEqual(upTo);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#log.end();
  }
}

it.each([
  ['is stopped', () => server.stop(), () => server.begin()],
  ['fails with its machine', () => server.stop('SIGQUIT'), () => server.begin()],
  ['says nothing', () => server.hold(true), () => server.hold(false)],
] as const)('keeps every line in its order while the server %s', async (_, leave, comeBack) => {
  const writing = new Writing();
  await expect.poll(() => writing.written - writing.waiting).toBeGreaterThan(20);
  await leave();
  await expect.poll(() => writing.alarms).toEqual([['evidence-away']]);
  expect(existsSync(spool())).toBe(true);
  await writing.safe();
  await comeBack();
  await expect.poll(() => writing.alarms).toEqual([['evidence-away'], []]);
  await writing.safe();
  await writing.end();
  const store = AuditStore.reader(openToRead<AuditTables>(writing.place), 'escaut-test');
  const found = (await store.search({ limit: 100_000 })).map(({ entry }) => JSON.parse(entry).about.over);
  expect(found).toEqual(Array.from({ length: writing.written }, (_none, index) => index + 1));
  const { fault, signedTo } = await store.verify(createPublicKey(key()));
  expect([fault, signedTo]).toEqual([undefined, writing.written]);
  await store.close();
});

it('begins without the server, and catches up', async () => {
  await server.stop();
  const writing = new Writing();
  await expect.poll(() => writing.alarms).toEqual([['evidence-away']]);
  await writing.safe();
  await writing.end(); // killed or not: what was spooled is the next run's business
  await server.begin();
  const next = new Writing();
  await next.safe();
  await next.end();
  const store = AuditStore.reader(openToRead<AuditTables>(next.place), 'escaut-test');
  expect((await store.search({ limit: 100_000 })).length).toBe(writing.written + next.written);
  await store.close();
});

it('says that accounts are away, and has them again', async () => {
  const thread = new AccountThread(server.place('accounts'));
  try {
    await thread.keeper.ensure('lotte');
    await server.stop();
    await expect(thread.keeper.accounts()).rejects.toThrow(AccountsAway);
    await server.begin();
    expect((await thread.keeper.accounts()).map(({ person }) => person)).toEqual(['lotte']);
  } finally {
    await thread.close();
  }
});
