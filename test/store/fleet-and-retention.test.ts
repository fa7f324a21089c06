/** The stores of fleet versions and of retention, in either kind of database. */
import { afterEach, describe, expect, it } from 'vitest';
import type { FleetVersion } from '../../src/operations/fleet-version.ts';
import { openDatabase } from '../../src/store/database.ts';
import { FleetStore, type FleetTables } from '../../src/store/fleet-store.ts';
import { RetentionStore, type RetentionTables } from '../../src/store/retention-store.ts';
import { databaseKinds, testDatabases } from './databases.ts';

describe.each(databaseKinds)('in %s', (kind) => {
  const databases = testDatabases(kind);
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  const fleetDatabase = () => openDatabase<FleetTables>(databases.place('fleet'));
  async function fleetStore(): Promise<FleetStore> {
    const store = await FleetStore.open(fleetDatabase());
    opened.push(store);
    return store;
  }
  async function retentionStore(): Promise<RetentionStore> {
    const store = await RetentionStore.open(openDatabase<RetentionTables>(databases.place('retention')));
    opened.push(store);
    return store;
  }
  /** No more of a version is looked at by its store. */
  const version = (number: number, name: FleetVersion['name']) => ({ number, name }) as FleetVersion;
  const add = (store: FleetStore, name: FleetVersion['name'] = 'active') =>
    store.change((state) => {
      const number = state.versions.size + 1;
      const versions = new Map([...state.versions, [number, version(number, name)]]);
      return { state: { ...state, versions }, document: `text ${number}`, result: number };
    });

  it('keeps versions and their texts, numbered one after the other', async () => {
    const [one, other] = [await fleetStore(), await fleetStore()];
    expect(await add(one, 'past')).toBe(1);
    expect(await add(other)).toBe(2);
    expect(await Promise.all([add(one, 'refused'), add(one, 'refused')])).toEqual([3, 4]);
    expect([await one.document(2), await one.document(9)]).toEqual(['text 2', undefined]);
    const { active, versions } = await (await fleetStore()).read();
    expect([active, [...versions.keys()]]).toEqual([2, [1, 2, 3, 4]]);
  });

  it('changes nothing where a step fails, and takes the next', async () => {
    const store = await fleetStore();
    const failing = store.change(() => {
      throw new Error('no such version');
    });
    await expect(failing).rejects.toThrow('no such version');
    expect(await add(store)).toBe(1);
  });

  it('lets nobody change a text or remove a version', async () => {
    await add(await fleetStore());
    const direct = fleetDatabase();
    await expect(direct.updateTable('fleet_version').set({ document: 'x' }).execute()).rejects.toThrow('never changes');
    await expect(direct.deleteFrom('fleet_version').execute()).rejects.toThrow('never deleted');
    await direct.updateTable('fleet_version').set({ record: '{}' }).execute();
    await direct.destroy();
  });

  it('keeps rules and holds, whose numbers are given once', async () => {
    const store = await retentionStore();
    await store.setValue('actionLog', 90, 'aud-be', 1);
    await store.setValue('actionLog', 60, 'aud-fr', Date.UTC(2026, 10, 30));
    expect(await store.values()).toEqual({ actionLog: 60 });
    const hold = { fromUtcMs: 1, toUtcMs: Date.UTC(2027, 0, 1), groups: ['xb-acc'], reason: 'court' };
    const set = { ...hold, by: 'aud-be', country: 'BE', utcMs: 5 };
    expect(await store.addHold(set)).toBe(1);
    expect(await store.addHold({ ...set, groups: undefined })).toBe(2);
    await store.liftHold(2, 9);
    expect(await store.addHold(set)).toBe(3);
    expect((await store.holds()).map((each) => each.hold)).toEqual([1, 3]);
    expect((await (await retentionStore()).holds())[0]).toEqual({ hold: 1, ...set });
  });

  it('keeps what is removed until a report has it', async () => {
    const store = await retentionStore();
    const files = [{ file: '2026-11-29/xb-acc/a.opus', octets: 5_000_000_000, sha256: 'ff' }];
    const plan = { kind: 'voice', day: '2026-11-29', group: 'xb-acc', rule: 'voiceSharedGroup', days: 60 } as const;
    const [first, second] = [await store.plan({ ...plan, files }), await store.plan({ ...plan, files: [] })];
    expect([first.id, second.id]).toEqual([1, 2]);
    expect(await store.pending()).toEqual([first, second]);
    await store.forget(2);
    const removed = { count: 1, octets: 5_000_000_000, sha256: 'ee', removedUtcMs: Date.UTC(2026, 10, 30) };
    await store.removed(1, removed);
    expect(await store.pending()).toEqual([]);
    expect(await store.unreported()).toEqual([{ id: 1, ...plan, ...removed }]);
    await store.reported('2026-11-30', [1]);
    expect(await store.unreported()).toEqual([]);
  });

  it('keeps when the clock was believed last', async () => {
    const store = await retentionStore();
    expect([await store.clockMark(), await store.stretch()]).toEqual([undefined, undefined]);
    await store.markClock(1);
    await store.markClock(Date.UTC(2026, 10, 30));
    const stretch = { boot: 'b', fromUtcMs: 1, toUtcMs: 2, isVouched: true };
    await store.keepStretch(stretch as Parameters<RetentionStore['keepStretch']>[0]);
    expect([await store.clockMark(), await store.stretch()]).toEqual([Date.UTC(2026, 10, 30), stretch]);
  });
});
