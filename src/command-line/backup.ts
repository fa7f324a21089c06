/** `backup` and `restore`. Pure. */
import { type CommandSpec, configOption, fileOf, type Given, mistake, oneWord, type Reading, read } from './spec.ts';

/** What is made, or put back: a folder or an archive; the others with restore alone. */
export interface BackupAct {
  readonly path: string;
  readonly reports?: string;
  readonly fingerprint?: string;
}

export interface BackupCommand extends BackupAct {
  readonly name: 'backup' | 'restore';
  readonly config?: string;
}

export const backupCommand: CommandSpec<BackupCommand> = {
  says: '`backup FOLDER`, or `backup FILE.tar`: all that the gateway keeps, and recordings, as of one instant, while it runs (docs/backup.md)',
  options: { config: configOption },
  words: oneWord,
  read: (given, [folder]) => readFolder('backup', given, folder),
};

export const restoreCommand: CommandSpec<BackupCommand> = {
  says: '`restore FOLDER`, or `restore FILE.tar`: a backup put back into empty folders, verified whole (docs/backup.md)',
  options: {
    config: configOption,
    reports: { value: 'FOLDER', says: 'deletion reports of after the backup, which are heeded' },
    fingerprint: { value: 'HEX', says: 'of the key that has to have signed it' },
  },
  words: oneWord,
  read: (given, [folder]) => readFolder('restore', given, folder),
};

function readFolder(name: 'backup' | 'restore', given: Given, path: string | undefined): Reading<BackupCommand> {
  if (path === undefined) return mistake(`say which folder: ${name} FOLDER`);
  const [reports, fingerprint] = [given.get('reports'), given.get('fingerprint')];
  const also = { ...(reports !== undefined && { reports }), ...(fingerprint !== undefined && { fingerprint }) };
  return read({ name, ...fileOf(given), path, ...also });
}
