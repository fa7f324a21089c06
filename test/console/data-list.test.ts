import { describe, expect, it } from 'vitest';
import { ConsoleModel } from '../../src/console/console-model.ts';
import { DataList, dataMax, type SaidData } from '../../src/console/data-list.ts';
import { readClientMessage } from '../../src/console/wire.ts';
import { escaut } from '../../src/protocols/generated/console.js';
import { world } from './world-of-test.ts';

const leg = 'xb-acc/as-1';
const from = { groupId: 'xb-acc', atUtcMs: 1000 };
const text = (words: string): SaidData => ({ leg, address: '5317031', said: { text: words } });
const alarm = (address = '5317031'): SaidData => ({ leg, address, said: { alarm: { raised: true } } });
const add = (list: DataList, data: SaidData, atUtcMs = 1000) =>
  list.add(data, { ...from, atUtcMs, sender: { address: data.address } });

describe('what units said beside voice', () => {
  it('is listed the newest first, and no more than 50', () => {
    const list = new DataList();
    for (let n = 0; n < dataMax + 5; n++) add(list, text(String(n)));
    expect(list.entries).toHaveLength(dataMax);
    expect(list.entries[0]).toMatchObject({ text: '54', id: 55 });
  });

  it('is one entry for a place that is said again and again, and for an alarm that nobody sees to', () => {
    const list = new DataList();
    const position = (latitudeDeg: number) => ({ leg, address: '5317031', said: { position: { latitudeDeg } } });
    add(list, position(50));
    add(list, text('x'));
    add(list, position(51), 2000);
    expect(list.entries).toMatchObject([{ id: 1, position: { latitudeDeg: 51 }, atUtcMs: 2000 }, { id: 2 }]);
    const first = add(list, alarm()).id!;
    expect(add(list, alarm()).id).toBe(first);
    expect(add(list, alarm('other')).id).not.toBe(first);
    expect(list.acknowledge(first, 'CCPD')).toMatchObject({ id: first, acknowledgedBy: 'CCPD' });
    expect(list.acknowledge(first, 'another')).toBeUndefined();
    expect(add(list, alarm()).id).not.toBe(first);
  });

  it('drops no alarm that nobody sees to while there is anything else', () => {
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
    expect(list.acknowledge(id, 'CCPD')).toBeUndefined();
  });

  it('reaches consoles as delta and in the snapshot, its sender named by the directory', () => {
    const model = new ConsoleModel(world);
    const delta = model.showData(text('Rekkem'), 5000);
    const expected = {
      id: 1,
      groupId: 'xb-acc',
      legId: leg,
      text: 'Rekkem',
      atUtcMs: 5000,
      sender: { callSign: 'Mouscron 31', country: 'BE', partyId: leg },
    };
    expect(delta).toMatchObject({ data: expected });
    expect(model.snapshot({ monitored: new Set() }, 0).data).toMatchObject([expected]);
    expect(model.showData({ ...text('x'), leg: 'elsewhere' }, 0)).toBeUndefined();
    expect(model.acknowledge(1, 'CCPD')).toEqual([]);
    const raised = model.showData(alarm('5317 031'), 0)?.data?.id;
    expect(model.showData(alarm('5317031'), 0)?.data?.id).toBe(raised);
    expect(model.acknowledge(raised!, 'CCPD')).toMatchObject([{ data: { id: raised, acknowledgedBy: 'CCPD' } }]);
  });

  it('is acknowledged by a message of the page', () => {
    const octets = escaut.console.v1.ClientMessage.encode({ acknowledgeAlarm: { id: 7 } }).finish();
    expect(readClientMessage(octets)).toEqual({ name: 'acknowledge', id: 7 });
  });
});
