import type { ConsoleSession } from '../app/console-session.ts';
import type { GroupModel } from '../model/console-model.ts';
import { shownGroups } from '../model/group-tabs.ts';
import { inOrder } from '../model/tile-order.ts';
import { isEmergency } from '../model/tile-state.ts';
import { useLook, useSession, useView } from './session-context.tsx';

/** The tiles of the present tab, in the order of the grid. */
export function shownGroupsOf(session: ConsoleSession): readonly GroupModel[] {
  const { model, own } = session.store.get();
  const { plan, tab, order } = session.look.store.get();
  const alarmed = new Set(model.emergencies.map(({ groupId }) => groupId));
  return shownGroups(
    inOrder(model.groups, order),
    plan,
    tab,
    (group) => isEmergency(group, own) || alarmed.has(group.id),
  );
}

export function useShownGroups(): readonly GroupModel[] {
  useView();
  useLook();
  return shownGroupsOf(useSession());
}
