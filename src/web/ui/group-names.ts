import type { ConsoleModel } from '../model/console-model.ts';

/** Shown names of groups and, behind `line`, of direct lines, by the id under which they are recorded. */
export function groupNames({ groups, directLines }: ConsoleModel, line: string): (id: string) => string {
  return (id) => {
    const group = groups.find((each) => each.id === id);
    if (group !== undefined) return group.shortName;
    const direct = directLines.find((each) => each.consoleId === id);
    return direct === undefined ? id : `${line} ${direct.display}`;
  };
}
