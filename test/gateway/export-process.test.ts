/** A package built in a process of its own that fails: the gateway is told why by a code at once, whoever stands at the machine in his language. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { ExportProcess } from '../../src/gateway/export-process.ts';
import { type ExportOrder, newOrder } from '../../src/operations/export-order.ts';
import { AuditStore, type AuditTables } from '../../src/store/audit-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { packagePlace } from '../../src/store/kept-package.ts';
import { signingKey } from '../../src/store/signing-key.ts';

let folder: string;
let config: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'export-process-'));
  config = join(folder, 'escaut.yaml');
  const example = readFileSync('config/example.yaml', 'utf8').replace(
    /stateFolder: .*/,
    `stateFolder: ${folder}/state`,
  );
  writeFileSync(config, example);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hearer = (person: string, country: string) => {
  return { person, display: person, role: 'auditor', controlRoom: 'cr-ccpd', country } as const;
};
const order = newOrder(1, {
  ...{
    by: hearer('aud-be', 'BE'),
    second: hearer('tn-sup', 'FR'),
    reason: 'PV 12/2026',
    fromUtcMs: 1,
    toUtcMs: 60_000,
  },
  ...{ groups: ['xb-acc'], incident: '', askedUtcMs: 120_000 },
});

async function failure(what: ExportOrder, file = config): Promise<{ fault: string; words: string }> {
  const building = new ExportProcess(file, new SystemClock());
  return new Promise((done, fail) => {
    building.build(what, join(folder, 'package'), {
      progress: () => undefined,
      built: () => fail(new Error('it was built')),
      failed: (fault, words) => done({ fault, words }),
    });
  });
}

it('is told by its code and in the words of the machine, as soon as it has failed', async () => {
  expect(await failure(order)).toEqual({ fault: 'log-missing', words: expect.stringContaining('no audit log') });
});

it('is told by another code where a group has gone, and by that of none where the configuration is broken', async () => {
  expect(await failure({ ...order, groups: ['xb-gone'] })).toMatchObject({ fault: 'unknown-group' });
  writeFileSync(config, 'gateway: [');
  expect(await failure(order)).toEqual({ fault: 'other', words: expect.stringContaining('CONFIG_INVALID') });
});

it('is built, and the gateway is told of what was made', async () => {
  const state = join(folder, 'state', 'ccpd-trn');
  const { privateKey } = signingKey(join(state, 'signing-key'));
  const log = await AuditStore.open(
    openDatabase<AuditTables>(fileAt(join(state, 'escaut.db'))),
    'ccpd-trn',
    privateKey,
  );
  const event = { level: 'info', event: 'gateway.started', fields: {} } as const;
  await log.append([{ run: 'r', line: 1, utcMs: 30_000, upMs: 0, ...event }]);
  await log.close();
  const made = await new Promise((done, fail) => {
    new ExportProcess(config, new SystemClock()).build(order, packagePlace(join(folder, 'exports'), '1-1'), {
      progress: () => undefined,
      built: done,
      failed: (fault, words) => fail(new Error(`${fault}: ${words}`)),
    });
  });
  expect(made).toMatchObject({ recordings: 0, manifestSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

it('says at a terminal what is to be done, in the language of who exports', () => {
  mkdirSync(join(folder, 'state'));
  const run = (by: string) =>
    spawnSync(process.execPath, [
      ...['src/main.ts', 'export', join(folder, 'x.zip'), `--config=${config}`, '--reason=PV 12/2026', `--by=${by}`],
      ...['--second=tn-sup', '--from=2026-11-29T02:14Z', '--to=2026-11-29T02:30Z'],
    ]);
  const { status, stderr } = run('aud-be');
  expect(status).toBe(1);
  expect(stderr.toString()).toContain('escaut: there is no audit log');
  expect(stderr.toString()).toContain(
    'log-missing: Het bewijslogboek staat niet waar het hoort. Bel de technische dienst.',
  );
  expect(run('nobody').stderr.toString()).toContain('unknown-person: One of the two persons is no longer configured.');
});
