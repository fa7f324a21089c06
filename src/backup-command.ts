/** `escaut backup` and `escaut restore`: all that a gateway on this machine keeps, out and back again (docs/backup.md). */
import { join, resolve } from 'node:path';
import type { BackupAct } from './command-line/backup.ts';
import { CommandProblem, openLog } from './command-log.ts';
import { readFleetFile } from './config/fleet-file.ts';
import { type CheckOptions, checkConfig, type LoadedConfig } from './config/load.ts';
import { recordingMasters } from './config/recording-schema.ts';
import { retentionValues } from './config/retention-schema.ts';
import type { Config } from './config/schema.ts';
import { retentionGroups } from './gateway/retention.ts';
import { type BackupProgress, makeBackup } from './store/backup.ts';
import { BackupProblem } from './store/backup-form.ts';
import { serverPlaces } from './store/database-place.ts';
import { restoreBackup } from './store/restore.ts';

export interface BackupAnswer {
  readonly isDone: boolean;
  readonly words: string;
}

type Show = (words: string, done: number, all: number) => void;

/** @throws CommandProblem, and errors of the system and of the database */
export async function runBackup(
  { workingFolder }: Pick<CheckOptions, 'workingFolder'>,
  { config }: Pick<LoadedConfig, 'config'>,
  { path }: BackupAct,
  utcMs: () => number,
  show: Show,
): Promise<BackupAnswer> {
  const place = placeOf(config);
  const target = resolve(workingFolder, path);
  const made = await inWords(() =>
    makeBackup(place, target, { utcMs, progress: ({ what, done, all }) => show(whatWords[what], done, all) }),
  );
  const { about, recordings, octets, manifestSha256, heldMs, fingerprint, fault } = made;
  const { entries } = about.log;
  const log = await openLog(config);
  await log
    .write(utcMs(), 'info', 'backup.made', { manifestSha256, ofUtc: about.utc, recordings, octets, entries })
    .finally(() => log.store.close());
  const size = `${(octets / (1024 * 1024)).toFixed(1)} MiB`;
  const keys =
    about.keys.master === undefined
      ? 'the keys of this gateway lie in it as they are, since there is no recording.masterKey: keep it for those who may have them'
      : `the keys of this gateway are encrypted in it; to put it back the master key ${about.keys.master} is needed`;
  return {
    isDone: fault === undefined,
    words: [
      `${path}: as of ${about.utc}: ${recordings} recordings, ${entries} entries of the log, ${size}; the log waited ${Math.ceil(heldMs)} ms`,
      keys,
      fingerprint === undefined
        ? 'it is not signed: this gateway has no key'
        : `fingerprint of the key: ${fingerprint}`,
      ...(fault === undefined ? [] : [`THE AUDIT LOG IS BROKEN, here and in the backup: at ${fault}`]),
    ].join('\n'),
  };
}

/** @throws CommandProblem, and errors of the system and of the database */
export async function runRestore(
  options: CheckOptions,
  loaded: Pick<LoadedConfig, 'config' | 'text'>,
  { path, reports, fingerprint }: BackupAct,
  utcMs: () => number,
  show: Show,
): Promise<BackupAnswer> {
  const { workingFolder } = options;
  const place = {
    ...placeOf(loaded.config),
    reports: reports === undefined ? undefined : resolve(workingFolder, reports),
    fingerprint,
  };
  const restored = await inWords(() =>
    restoreBackup(place, resolve(workingFolder, path), {
      utcMs,
      progress: (done, all) => show('files', done, all),
      retention: (fleet) => {
        const config = configWith(options, loaded, fleet);
        return { values: retentionValues(config), groups: retentionGroups(config) };
      },
    }),
  );
  const { about, files, recordings, isSigned, changed, removed, failed, reportedTo, clockIsBehind } = restored;
  const { entries, signedTo } = about.log;
  return {
    isDone: true,
    words: [
      `put back as of ${about.utc}: ${files} files, all as ${isSigned ? 'they were signed' : 'the list says, which nobody has signed'}; ${recordings} recordings`,
      `the audit log is whole: ${entries} entries, signed up to entry ${signedTo}. What was logged after that is lost`,
      ...changed.map((file) => `${file} is not what the log says of it: so it was when it was backed up`),
      removed === 0
        ? 'nothing of it is too old'
        : `too old by now, and removed again: ${removed} recordings, records and entries`,
      ...failed.map((words) => `not removed: ${words}`),
      reportedTo === undefined
        ? `no deletion report of after the backup was given: holds and rules set since ${about.utc} are not known. Set them before the gateway starts (\`escaut retention\`)`
        : `rules, holds and what was removed: as of the deletion report of ${reportedTo}`,
      ...(clockIsBehind ? ['the clock of this machine is behind the backup: set it before the gateway starts'] : []),
    ].join('\n'),
  };
}

const whatWords: Readonly<Record<BackupProgress['what'], string>> = {
  databases: 'databases',
  recordings: 'recordings',
};

/** At a terminal a line that changes; else one every ten seconds. */
export function progressOn(stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>, nowMs: () => number): Show {
  let saidMs = -Infinity;
  return (words, done, all) => {
    const isEnd = done === all;
    if (!stream.isTTY && isEnd) return;
    if (!isEnd && nowMs() - saidMs < (stream.isTTY ? 100 : 10_000)) return;
    saidMs = nowMs();
    const text = `${words}: ${Math.floor(done)} of ${all}`;
    stream.write(stream.isTTY ? `\r\x1b[K${isEnd ? '' : text}` : `${text}\n`);
  };
}

function placeOf(config: Pick<Config, 'gateway' | 'recording' | 'store'>) {
  const { gateway, recording } = config;
  return {
    gateway: gateway.id,
    stateFolder: join(gateway.stateFolder, gateway.id),
    ...{ recordings: recording.folder, masters: recordingMasters(recording), server: serverPlaces(config) },
  };
}

/** As the gateway will run: its groups are those of the fleet data that is put back. */
function configWith(
  options: CheckOptions,
  { config, text }: Pick<LoadedConfig, 'config' | 'text'>,
  content: string | undefined,
): Config {
  const fleet = content === undefined ? undefined : readFleetFile(content);
  if (fleet === undefined) return config;
  const checked = checkConfig(text, { ...options, fleet: { text: fleet.text, file: 'fleet.yaml of the backup' } });
  if (checked.config === undefined)
    throw new CommandProblem('the fleet data of the backup does not go with this configuration: see `escaut validate`');
  return checked.config;
}

async function inWords<Value>(deed: () => Promise<Value>): Promise<Value> {
  try {
    return await deed();
  } catch (error) {
    if (error instanceof BackupProblem) throw new CommandProblem(error.message);
    throw error;
  }
}
