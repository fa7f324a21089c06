/** Where a store of a test lies: each suite runs once for every kind of database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type DatabasePlace, fileAt } from '../../src/store/database-place.ts';
import { PostgresServer } from './postgres-server.ts';

export const databaseKinds = ['SQLite', 'PostgreSQL'] as const;

export interface TestDatabases {
  /** Of one test. */
  readonly folder: string;
  /** The same name the same database, within a test. */
  place(name: string): DatabasePlace;
}

/** Within a `describe`. */
export function testDatabases(kind: (typeof databaseKinds)[number]): TestDatabases {
  const server = kind === 'PostgreSQL' ? new PostgresServer() : undefined;
  const state = { folder: '', test: 0 };
  if (server !== undefined) {
    beforeAll(() => server.start(), 60_000);
    afterAll(() => server.end());
  }
  beforeEach(() => {
    state.test += 1;
    state.folder = mkdtempSync(join(tmpdir(), 'store-'));
  });
  afterEach(() => rmSync(state.folder, { recursive: true }));
  return {
    get folder() {
      return state.folder;
    },
    place: (name) =>
      server === undefined ? fileAt(join(state.folder, `${name}.db`)) : server.place(`${name}-${state.test}`),
  };
}
