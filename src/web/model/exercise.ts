import type { ConsoleModel, GroupModel } from './console-model.ts';

/** Nothing that is said on it is real. */
export function inExercise(group: GroupModel | undefined): boolean {
  return group?.bridging?.exercise === 'under-way';
}

/** Something real happened in its exercise. */
export function isSuspended(group: GroupModel | undefined): boolean {
  return group?.bridging?.exercise === 'suspended';
}

/** Exercises that the operator hears, or of which he has the group before him. */
export function exercisesBefore(model: ConsoleModel, selectedId: string | undefined): readonly GroupModel[] {
  return model.groups.filter((group) => {
    return group.bridging?.exercise !== undefined && (group.monitored || group.id === selectedId);
  });
}
