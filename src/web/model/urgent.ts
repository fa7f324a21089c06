/** Field units that ask for the floor while this operator talks. Pure. */
import type { TalkBoard } from '../ptt/talk-board.ts';
import { talkedGroups } from '../ptt/talk-board.ts';
import type { ConsoleModel, GroupModel } from './console-model.ts';
import type { TalkerModel } from './terms.ts';

export interface UrgentCall {
  readonly groupId: string;
  readonly talker: TalkerModel;
}

/** Who waits on the groups that the operator talks on, first come first; other consoles do not count. */
export function urgentCalls(model: ConsoleModel, talk: TalkBoard): readonly UrgentCall[] {
  const talked = talkedGroups(talk);
  return model.groups
    .filter(({ id }) => talked.includes(id))
    .flatMap((group) => waitingUnits(group).map((talker) => ({ groupId: group.id, talker })));
}

export function waitingUnits({ floor }: GroupModel): readonly TalkerModel[] {
  return floor.queue.map(({ talker }) => talker).filter(({ isConsole }) => !isConsole);
}

/** Whether somebody waits who did not before. */
export function isNewlyUrgent(before: readonly UrgentCall[], now: readonly UrgentCall[]): boolean {
  const key = ({ groupId, talker }: UrgentCall): string => `${groupId} ${talker.partyId}`;
  const known = new Set(before.map(key));
  return now.some((call) => !known.has(key(call)));
}
