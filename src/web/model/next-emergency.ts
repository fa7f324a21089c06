import type { ConsoleModel } from './console-model.ts';
import type { OwnIds } from './tile-state.ts';
import { isEmergency } from './tile-state.ts';

/** The next group, in the grid's order and round again, where somebody is in distress; undefined when nobody is. */
export function nextEmergency(model: ConsoleModel, own: OwnIds, selectedId: string): string | undefined {
  const alarmed = new Set(model.emergencies.map(({ groupId }) => groupId));
  const ids = model.groups.filter((group) => isEmergency(group, own) || alarmed.has(group.id)).map(({ id }) => id);
  const order = model.groups.map(({ id }) => id);
  const from = order.indexOf(selectedId);
  return ids.find((id) => order.indexOf(id) > from) ?? ids[0];
}
