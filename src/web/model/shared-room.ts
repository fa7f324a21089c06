/**
 * Consoles that stand within earshot of each other: whoever hears a colleague speak across the room is not to hear him a
 * second time from his own loudspeaker, nor to send that sound back to him. Pure.
 */
import type { ConsoleModel, GroupModel } from './console-model.ts';
import type { OwnIds } from './tile-state.ts';

/** Groups on which somebody in the same room talks: other consoles are not played there meanwhile. */
export function groupsHushed({ groups }: ConsoleModel, own: OwnIds, room: string): readonly string[] {
  return groups.filter((group) => isHushed(group, own, room)).map(({ id }) => id);
}

export function isHushed({ floor, consoles }: GroupModel, own: OwnIds, room: string): boolean {
  return [floor.holder, floor.overriding].some((talker) => {
    if (talker === undefined || !talker.isConsole || own.has(talker.partyId)) return false;
    const console = consoles.find(({ consoleId }) => consoleId === talker.partyId);
    return console !== undefined && isSameRoom(console.sharedRoom, room);
  });
}

/** As people write it: capitals and spaces make no other room. No name is no room. */
function isSameRoom(one: string, other: string): boolean {
  const plain = (name: string): string => name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
  return plain(one) !== '' && plain(one) === plain(other);
}
