import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { FleetOutcome } from '../../src/api/fleet-port.ts';
import { fleetTextOf } from '../../src/config/config-source.ts';
import { checkConfig } from '../../src/config/load.ts';
import { FleetOffice } from '../../src/gateway/fleet-office.ts';
import type { Editor } from '../../src/operations/fleet-version.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { FleetStore, type FleetTables } from '../../src/store/fleet-store.ts';

const root = join(import.meta.dirname, '../..');
const example = readFileSync(join(root, 'config/example.yaml'), 'utf8');
const options = {
  environment: {},
  workingFolder: root,
  secretsRequired: false,
  file: join(root, 'config/example.yaml'),
};
const folder = mkdtempSync(join(tmpdir(), 'escaut-fleet-'));
afterAll(() => rmSync(folder, { recursive: true }));

const opoBe: Editor = { person: 'opo-be', display: 'OPO', role: 'fleet-admin', controlRoom: 'cr-ccpd', country: 'BE' };
const opoFr: Editor = { ...opoBe, person: 'opo-fr', country: 'FR' };
const fleetText = fleetTextOf(parse(example));
type Raw = Record<string, Record<string, unknown>[]>;

function edited(edit: (fleet: Raw) => void, text = fleetText): string {
  const fleet = parse(text) as Raw;
  edit(fleet);
  return stringify(fleet);
}
const named = (callSign: string) =>
  edited((fleet) => {
    for (const unit of fleet.units ?? []) if (unit.id === 'm31') unit.callSign = callSign;
  });
const withoutALeg = edited((fleet) => {
  const legs = fleet.sharedGroups?.[0]?.legs;
  if (Array.isArray(legs)) legs.pop();
});

let opened = 0;
let stores: FleetStore[] = [];
afterEach(async () => {
  for (const store of stores) await store.close();
  stores = [];
});

/** An office with a database of its own, or of another one. */
async function open(ports: { file?: string; fault?: string; nowMs?: number; fileText?: string } = {}) {
  const { file = `${opened++}.db`, nowMs = 0, fileText = example } = ports;
  const store = await FleetStore.open(openDatabase<FleetTables>(fileAt(join(folder, file))));
  stores.push(store);
  const seen = { held: [] as string[], said: [] as string[], nowMs, fault: ports.fault };
  const office = new FleetOffice({
    store,
    fileText,
    textName: 'new.yaml',
    utcMs: () => seen.nowMs,
    check: (text) =>
      checkConfig(fileText, { ...options, ...(text !== undefined && { fleet: { text, file: 'new.yaml' } }) }),
    hold: (version, text) => {
      if (seen.fault === undefined) seen.held.push(`${version} ${/callSign: (Mouscron 3\w+)/.exec(text)?.[1]}`);
      return seen.fault;
    },
    changed: ({ number, name }) => {
      seen.said.push(`${number} ${name}`);
    },
    refused: ({ person }, what, refusal) => {
      seen.said.push(`${person} ${what} ${refusal}`);
    },
  });
  return { office, seen, file };
}

function numberOf(outcome: FleetOutcome): number {
  if (!('version' in outcome)) throw new Error(JSON.stringify(outcome));
  return outcome.version.number;
}

describe('the office', () => {
  it('makes hold what needs nobody else, and says so', async () => {
    const { office, seen } = await open();
    const outcome = await office.propose({ by: opoBe, text: named('Mouscron 3A'), reason: 'Neuf' });
    expect(outcome).toMatchObject({ version: { number: 1, name: 'active' } });
    expect(seen.held).toEqual(['1 Mouscron 3A']);
    expect(seen.said).toEqual(['1 approved', '1 due', '1 active']);
    expect(await office.text(1)).toBe(named('Mouscron 3A'));
  });

  it('waits for the other country where a shared group changes, and tells what would change', async () => {
    const { office, seen } = await open();
    expect(await office.preview(opoBe, withoutALeg)).toMatchObject({
      changes: [{ section: 'sharedGroups', kind: 'changed' }],
      needs: [{ permission: 'edit_groups', country: 'FR' }],
    });
    await office.propose({ by: opoBe, text: withoutALeg, reason: 'Retrait' });
    expect(seen.held).toEqual([]);
    await office.decide({ name: 'approve', by: opoFr, version: 1, reason: 'd’accord' });
    expect(seen.held.length).toBe(1);
  });

  it('changes nothing for a text with errors, and tells each with its line', async () => {
    const { office, seen } = await open();
    const text = named('Mouscron 3A').replaceAll('network: astrid', 'network: nowhere');
    const outcome = await office.propose({ by: opoBe, text, reason: 'Neuf' });
    const problems = 'problems' in outcome ? outcome.problems : [];
    expect(problems.length).toBeGreaterThan(10);
    const lines = text.split('\n');
    for (const { file, line, path } of problems) {
      expect(file).toBe('new.yaml');
      if (path.endsWith('.network')) expect(lines[line - 1]).toContain('nowhere');
    }
    expect([seen.held, seen.said]).toEqual([[], []]);
    expect((await office.fleet()).versions.size).toBe(0);
  });

  it('refuses and says so', async () => {
    const { office, seen } = await open();
    const dispatcher: Editor = { ...opoBe, person: 'ccpd-be-1', role: 'dispatcher' };
    expect(await office.propose({ by: dispatcher, text: named('Mouscron 3A'), reason: 'x' })).toEqual({
      refusal: 'may-not-edit',
    });
    expect(seen.said).toEqual(['ccpd-be-1 propose may-not-edit']);
  });

  it('goes back to an older version, and to the data of the file', async () => {
    const { office, seen } = await open();
    await office.propose({ by: opoBe, text: named('Mouscron 3A'), reason: 'a' });
    await office.propose({ by: opoBe, text: named('Mouscron 3B'), reason: 'b' });
    expect(numberOf(await office.back(opoBe, 1, 'erreur'))).toBe(3);
    expect(numberOf(await office.back(opoBe, 0, 'tout'))).toBe(4);
    expect(seen.held).toEqual(['1 Mouscron 3A', '2 Mouscron 3B', '3 Mouscron 3A', '4 Mouscron 31']);
    expect(await office.changes(0, 4)).toEqual([]);
    expect(await office.back(opoBe, 9, 'x')).toEqual({ refusal: 'version-unknown' });
  });

  it('lets nobody undo unseen what another has changed', async () => {
    const { office } = await open();
    await office.propose({ by: opoBe, text: named('Mouscron 3A'), reason: 'a' });
    const late = await office.propose({ by: opoFr, text: named('Mouscron 3C'), reason: 'c', base: 0 });
    expect(late).toEqual({ refusal: 'base-outdated' });
  });

  it('makes it hold on its day, also after a restart', async () => {
    const { office, file } = await open();
    await office.propose({ by: opoBe, text: named('Mouscron 3A'), reason: 'a', fromUtcMs: 3_600_000 });
    const later = await open({ file, nowMs: 3_600_000 });
    await later.office.start(0);
    expect(later.seen.held).toEqual(['1 Mouscron 3A']);
  });

  it('brings to its end what a kill cut off between the word and its doing', async () => {
    const { office, seen, file } = await open();
    // The process dies in the middle: the version is due, nothing holds yet.
    Object.defineProperty(seen, 'fault', {
      get: () => {
        throw new Error('killed');
      },
    });
    await expect(office.propose({ by: opoBe, text: named('Mouscron 3A'), reason: 'a' })).rejects.toThrow('killed');
    const later = await open({ file });
    await later.office.start(0);
    expect(later.seen.held).toEqual(['1 Mouscron 3A']);
    expect((await later.office.fleet()).active).toBe(1);
  });

  it('keeps what held when the disk is full, and when the file has changed under an agreed version', async () => {
    const { office, file } = await open({ fault: 'fleet.yaml: ENOSPC' });
    const outcome = await office.propose({ by: opoBe, text: named('Mouscron 3A'), reason: 'a' });
    expect(outcome).toMatchObject({ version: { name: 'unfit', fault: 'fleet.yaml: ENOSPC' } });

    const waiting = await open({ file });
    await waiting.office.propose({ by: opoBe, text: named('Mouscron 3B'), reason: 'b', fromUtcMs: 1000 });
    const fileText = example.replace('{id: astrid,', '{id: astrid-2,');
    const later = await open({ file, nowMs: 2000, fileText });
    await later.office.tick();
    const version = (await later.office.fleet()).versions.get(2);
    expect(version).toMatchObject({
      name: 'unfit',
      fault: expect.stringContaining('network is not an id of networks'),
    });
    expect(later.seen.held).toEqual([]);
  });

  it('keeps the texts of versions as they were, whatever asks', async () => {
    const { office, file } = await open();
    await office.propose({ by: opoBe, text: named('Mouscron 3A'), reason: 'a' });
    const database = openDatabase<FleetTables>(fileAt(join(folder, file)));
    await expect(database.updateTable('fleet_version').set({ document: 'x' }).execute()).rejects.toThrow(
      'never changes',
    );
    await expect(database.deleteFrom('fleet_version').execute()).rejects.toThrow('never deleted');
    await database.destroy();
  });

  it('numbers what is proposed at the same time one after the other', async () => {
    const { office } = await open();
    const texts = ['3D', '3E', '3F', '3G'].map((name) => named(`Mouscron ${name}`));
    const outcomes = texts.map((text) => office.propose({ by: opoBe, text, reason: 'x', fromUtcMs: 1000 }));
    const numbers = (await Promise.all(outcomes)).map(numberOf);
    expect(numbers.sort()).toEqual([1, 2, 3, 4]);
  });
});
