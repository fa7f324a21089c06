/**
 * Folder of a group's recordings: its id, without what file systems do not like. The configuration allows no id of dots
 * alone, which would be another folder than its own; this does not rely on it.
 */
export function recordingFolderOf(group: string): string {
  const name = group.replaceAll(/[^\w.-]/g, '_');
  return /^\.*$/.test(name) ? `_${name.replaceAll('.', '_')}` : name;
}
