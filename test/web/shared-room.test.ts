import { describe, expect, it } from 'vitest';
import { emptyModel } from '../../src/web/model/console-model.ts';
import { readGroups } from '../../src/web/model/read-wire.ts';
import { groupsHushed } from '../../src/web/model/shared-room.ts';
import { bac2, floor, otherConsole } from './demo-groups.ts';

const at = { nowMs: 0, gatewayUtcMs: 0 };
const room = 'Hall A';
const model = (sharedRoom: string, talk = floor(otherConsole)) => ({
  ...emptyModel,
  groups: readGroups([{ id: 'a', floor: talk, consoles: [{ consoleId: 'console:2', sharedRoom }] }], at),
});

describe('consoles in one room', () => {
  it('do not play each other, however the room is written', () => {
    expect(groupsHushed(model('hall  a '), new Set(), room)).toEqual(['a']);
    expect(groupsHushed(model('Hall B'), new Set(), room)).toEqual([]);
  });

  it('are none where no room is named', () => {
    expect(groupsHushed(model(''), new Set(), '')).toEqual([]);
    expect(groupsHushed(model(' '), new Set(), ' ')).toEqual([]);
    expect(groupsHushed(model(''), new Set(), room)).toEqual([]);
  });

  it('play radios, and a colleague only when it is he who talks or breaks in', () => {
    expect(groupsHushed(model(room, floor(bac2)), new Set(), room)).toEqual([]);
    expect(groupsHushed(model(room, {}), new Set(), room)).toEqual([]);
    expect(groupsHushed(model(room, floor(bac2, 0, { overriding: otherConsole })), new Set(), room)).toEqual(['a']);
    expect(groupsHushed(model(room), new Set(['console:2']), room)).toEqual([]);
  });
});
