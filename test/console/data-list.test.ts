import { describe, expect, it } from 'vitest';
import { ConsoleModel } from '../../src/console/console-model.ts';
import { DataList, dataMax, type SaidData } from '../../src/console/data-list.ts';
import { allRights, world } from './world-of-test.ts';

const leg = 'xb-acc/as-1';
const from = { groupId: 'xb-acc', atUtcMs: 1000 };
const text = (words: string): SaidData => ({ leg, address: '5317031', said: { text: words } });
const alarm = (address = '5317031'): SaidData => ({ leg, address, said: { alarm: { raised: true } } });
const over: SaidData = { leg, address: '5317031', said: { alarm: { raised: false } } };
const minuteMs = 60_000;
/** The list's two clocks go alike. */
const add = (list: DataList, data: SaidData, atMs = 1000) =>
  list.add(data, { ...from, atUtcMs: atMs, sender: { address: data.address } }, atMs);

describe('what units said beside voice', () => {
  it('is listed the newest first, and no more than 50', () => {
    const list = new DataList();
    for (let n = 0; n < dataMax + 5; n++) add(list, text(String(n)));
    expect(list.entries).toHaveLength(dataMax);
    expect(list.entries[0]).toMatchObject({ text: '54', id: 55 });
  });

  it('shows what became of a text on each side, the last that is known', () => {
    const list = new DataList();
    const id = add(list, text('x')).id!;
    list.noteReceipt(id, { legId: 'a', state: 'sent' });
    list.noteReceipt(id, { legId: 'b', state: 'sent' });
    expect(list.noteReceipt(id, { legId: 'a', state: 'failed', cause: 'refused' })?.receipts).toEqual([
      { legId: 'a', state: 'failed', cause: 'refused' },
      { legId: 'b', state: 'sent' },
    ]);
    expect(list.noteReceipt(99, { legId: 'a', state: 'sent' })).toBeUndefined();
  });

  it('is one entry for a place that is said again and again, and for an alarm that lasts', () => {
    const list = new DataList();
    const position = (latitudeDeg: number) => ({ leg, address: '5317031', said: { position: { latitudeDeg } } });
    add(list, position(50));
    add(list, text('x'));
    add(list, position(51), 2000);
    expect(list.entries).toMatchObject([{ id: 1, position: { latitudeDeg: 51 }, atUtcMs: 2000 }, { id: 2 }]);
    const first = add(list, alarm()).id!;
    expect(add(list, alarm()).id).toBe(first);
    expect(add(list, alarm('other')).id).not.toBe(first);
  });

  it('counts what a radio repeats for 10 minutes from the last; then it is another alarm', () => {
    const list = new DataList();
    const id = add(list, { ...alarm(), said: { alarm: { raised: true, place: { latitudeDeg: 50 } } } }, 0).id!;
    for (const minute of [1, 10, 19]) {
      const repeated = add(list, alarm('53 17031'), minute * minuteMs);
      expect(repeated).toMatchObject({ id, alarm: { place: { latitudeDeg: 50 } } });
    }
    expect(list.entries).toMatchObject([{ alarm: { repeats: 3 } }]);
    expect(add(list, alarm(), 29 * minuteMs).id).not.toBe(id);
  });

  it('shows with an alarm that it was taken back; one that is raised then is another', () => {
    const list = new DataList();
    const id = add(list, alarm(), 1000).id!;
    expect(add(list, over, 5000)).toMatchObject({ id, alarm: { raised: true, clearedAtUtcMs: 5000 } });
    expect(add(list, over, 6000)).toMatchObject({ alarm: { raised: false } }); // of no alarm that is known
    expect(add(list, alarm(), 7000).id).not.toBe(id);
  });

  it('drops no alarm that lasts while there is anything else', () => {
    const list = new DataList();
    add(list, alarm());
    for (let n = 0; n < 2 * dataMax; n++) add(list, text(String(n)));
    expect(list.entries.at(-1)).toMatchObject({ id: 1, alarm: { raised: true } });
    for (let n = 0; n < 2 * dataMax; n++) add(list, alarm(String(n)));
    expect(list.entries).toHaveLength(dataMax);
    expect(list.entries[0]?.sender?.address).toBe('99');
  });

  it('says which legs it did not reach, each once', () => {
    const list = new DataList();
    const id = add(list, text('x')).id!;
    expect(list.noteUndelivered(id, 'xb-acc/in-1')).toMatchObject({ undelivered: ['xb-acc/in-1'] });
    expect(list.noteUndelivered(id, 'xb-acc/in-1')).toBeUndefined();
    expect(list.noteUndelivered(99, 'xb-acc/in-1')).toBeUndefined();
  });

  it('reaches consoles as delta and in the snapshot, its sender named by the directory', () => {
    const model = new ConsoleModel(world);
    const delta = model.showData(text('Rekkem'), 5000, 0);
    const expected = {
      id: 1,
      groupId: 'xb-acc',
      legId: leg,
      text: 'Rekkem',
      atUtcMs: 5000,
      sender: { callSign: 'Mouscron 31', country: 'BE', partyId: leg },
    };
    expect(delta).toMatchObject({ data: expected });
    expect(model.snapshot({ monitored: new Set(), rights: allRights }, 0).data).toMatchObject([expected]);
    expect(model.showData({ ...text('x'), leg: 'elsewhere' }, 0, 0)).toBeUndefined();
    const doubtful = new ConsoleModel(world).showData({ ...text('x'), unproven: true }, 0, 0);
    expect([delta?.data?.sender?.verified, doubtful?.data?.sender?.verified]).toEqual([true, false]);
    const raised = model.showData(alarm('5317 031'), 0, 0)?.data?.id;
    expect(model.showData(alarm('5317031'), 0, 0)?.data?.id).toBe(raised);
  });
});
