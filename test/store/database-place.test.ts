/** Where tables lie by the configuration, and that a password goes nowhere else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { checkStore, readStoreUrl } from '../../src/config/store-schema.ts';
import { databasePlace, placeWords, unreadFiles } from '../../src/store/database-place.ts';

const gateway = { id: 'ccpd', stateFolder: '/state' };

it('is a file a store without a server, and a schema a store on one', () => {
  expect(databasePlace({ gateway }, 'audit')).toEqual({ kind: 'file', file: '/state/ccpd/escaut.db' });
  const store = { url: 'postgresql://es%40caut@db.example:5433/evidence', password: new Secret('hunter2') };
  const place = databasePlace({ gateway, store }, 'audit');
  expect(place).toEqual({
    kind: 'postgresql',
    ...{ host: 'db.example', port: 5433, user: 'es@caut', database: 'evidence' },
    ...{ password: 'hunter2', tls: '', schema: 'audit_ccpd' },
  });
  expect(placeWords(place)).toBe('audit_ccpd on db.example:5433/evidence');
});

it.each([
  ['localhost', undefined],
  ['127.0.0.1', undefined],
  ['[::1]', undefined],
  ['127.example.be', ''],
  ['10.0.0.1', ''],
])('speaks to %s by TLS %s', (host, tls) => {
  const place = databasePlace({ gateway, store: { url: `postgresql://u@${host}/x` } }, 'fleet');
  expect(place).toMatchObject({ port: 5432 });
  expect('tls' in place ? place.tls : undefined).toBe(tls);
});

it('reads any text as an address or says why not', () => {
  const text = fc.oneof(
    fc.string(),
    fc.tuple(fc.string(), fc.string(), fc.string()).map(([user, host, end]) => `postgresql://${user}@${host}/${end}`),
  );
  fc.assert(
    fc.property(text, (url) => {
      try {
        const { host, user, database, port } = readStoreUrl(url);
        expect([host, user, database].every((part) => part !== '')).toBe(true);
        expect(port).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(String(error)).toMatch(/^Error: must /);
      }
    }),
  );
});

it('wants a name of the gateway that a schema has room for', () => {
  const store = {};
  expect(checkStore({ gateway: { id: 'g'.repeat(53) }, store })).toEqual([]);
  expect(checkStore({ gateway: { id: 'g'.repeat(54) } })).toEqual([]);
  expect(checkStore({ gateway: { id: 'g'.repeat(54) }, store })).toMatchObject([{ path: ['gateway', 'id'] }]);
});

it('names the files that are read no more', () => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'place-'));
  const settings = { gateway: { id: 'ccpd', stateFolder } };
  mkdirSync(join(stateFolder, 'ccpd'));
  writeFileSync(join(stateFolder, 'ccpd', 'accounts.db'), '');
  expect(unreadFiles(settings)).toEqual([]);
  expect(unreadFiles({ ...settings, store: { url: 'postgresql://u@db/x' } })).toEqual([
    join(stateFolder, 'ccpd', 'accounts.db'),
  ]);
  rmSync(stateFolder, { recursive: true });
});
