import type { ConsoleModel } from './console-model.ts';
import type { OwnIds } from './tile-state.ts';
import { isEmergency } from './tile-state.ts';

/** Groups that are heard at the full level: the selected ones, and those of every unit in distress until it is cleared. */
export function fullLevelGroups(model: ConsoleModel, own: OwnIds, selectedIds: readonly string[]): ReadonlySet<string> {
  const talking = model.groups.filter((group) => isEmergency(group, own)).map(({ id }) => id);
  return new Set([...selectedIds, ...talking, ...model.emergencies.map(({ groupId }) => groupId)]);
}
