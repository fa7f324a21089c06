/** `escaut fleet`: versions of the fleet data of a gateway on this machine, and the ways to a new one (docs/fleet.md). */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { FleetOutcome, FleetPreview } from './api/fleet-port.ts';
import { systemCode } from './base/errors.ts';
import type { Command } from './command-line.ts';
import { CommandProblem, openLog, personOf } from './command-log.ts';
import type { FieldChange, FleetChange } from './config/fleet-diff.ts';
import { writeFleetFile } from './config/fleet-file.ts';
import { type CheckOptions, checkConfig, type LoadedConfig } from './config/load.ts';
import { formatProblem } from './config/problems.ts';
import type { Config } from './config/schema.ts';
import { shadowWords } from './fleet-shadow-words.ts';
import { FleetOffice } from './gateway/fleet-office.ts';
import { fleetChangedLine, personLine } from './operations/fleet-line.ts';
import { type Editor, type FleetRefusal, type FleetVersion, type Need, openNeeds } from './operations/fleet-version.ts';
import { openDatabase } from './store/database.ts';
import { databasePlace } from './store/database-place.ts';
import { diskRefusal } from './store/disk-space.ts';
import { FleetStore, type FleetTables } from './store/fleet-store.ts';
import { writeWhole } from './store/kept-file.ts';

type FleetCommand = Extract<Command, { name: 'fleet' }>;

export interface FleetAnswer {
  readonly isDone: boolean;
  readonly words: string;
}

const fieldsShown = 20;

/** @throws CommandProblem, and errors of the system */
export async function runFleetCommand(
  loaded: LoadedConfig,
  command: FleetCommand,
  surroundings: Pick<CheckOptions, 'environment' | 'workingFolder'>,
  utcMs: () => number,
): Promise<FleetAnswer> {
  const { config } = loaded;
  const folder = join(config.gateway.stateFolder, config.gateway.id);
  const options: CheckOptions = { ...surroundings, file: loaded.file, secretsRequired: false };
  const isNew = ['propose', 'approve', 'back'].includes(command.act) && !('check' in command && command.check);
  const full = isNew ? diskRefusal(folder, config.gateway.diskReserveMiB) : undefined;
  if (full !== undefined) throw new CommandProblem(full);
  const store = await FleetStore.open(openDatabase<FleetTables>(databasePlace(config, 'fleet')));
  const log = await openLog(config, true);
  const door = { door: 'command', ...machineUser(surroundings.environment) };
  const refused = (about: object): Promise<void> => {
    return log.write(utcMs(), 'warn', 'fleet.refused', { what: command.act, ...about, ...door });
  };
  try {
    if ('by' in command && !config.people.some(({ id }) => id === command.by)) {
      await refused({ operator: command.by.slice(0, 64), refusal: 'person-unknown' });
    }
    const office = new FleetOffice({
      store,
      fileText: loaded.text,
      textName: fleetName(command),
      utcMs,
      check: (text) =>
        checkConfig(loaded.text, {
          ...options,
          ...(text !== undefined && { fleet: { text, file: fleetName(command) } }),
        }),
      hold: (version, text) => writeWhole(join(folder, 'fleet.yaml'), writeFleetFile({ version, text })),
      changed: (version) => log.write(utcMs(), 'info', 'fleet.changed', { ...fleetChangedLine(version), ...door }),
      refused: (by, what, refusal) => refused({ what, ...personLine(by), refusal }),
    });
    await office.start(loaded.fleetVersion);
    await office.tick();
    if (command.act === 'shadow') return done(shadowWords(folder));
    return await perform(office, command, config, surroundings.workingFolder);
  } finally {
    await store.close();
    await log.store.close();
  }
}

/**
 * Whose word `--by` is taken for is believed here, as whoever may run this may write the files anyway; so the log says as
 * well which user of the machine has said it.
 */
function machineUser(environment: CheckOptions['environment']): {
  readonly machineUser: string;
  readonly sudoOf?: string;
} {
  const { SUDO_USER: sudoOf } = environment;
  return { machineUser: userName(), ...(sudoOf !== undefined && { sudoOf: sudoOf.slice(0, 64) }) };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // a user that no list of the machine names
  }
}

async function perform(
  office: FleetOffice,
  command: Exclude<FleetCommand, { act: 'shadow' }>,
  config: Config,
  workingFolder: string,
): Promise<FleetAnswer> {
  switch (command.act) {
    case 'list': {
      const { versions, active } = await office.fleet();
      const lines = [...versions.values()].reverse().map(listLine);
      return done([...lines, listFile(active)].join('\n'));
    }
    case 'units':
      return done((await office.units()).trimEnd());
    case 'show': {
      const version = (await office.fleet()).versions.get(command.version);
      if (version === undefined) throw new CommandProblem(`there is no version ${command.version}`);
      const changes = await office.changes(version.base, version.number);
      return done([...versionLines(version), ...changeLines(changes ?? [])].join('\n'));
    }
    case 'export': {
      const number = command.version ?? (await office.fleet()).active;
      const text = await office.text(number);
      if (text === undefined) throw new CommandProblem(`there is no version ${number}`);
      return done(text.trimEnd());
    }
    case 'propose': {
      const by = editorOf(config, command.by);
      const brought = readProposal(resolve(workingFolder, command.path), command.path);
      const read = command.path.endsWith('.csv') ? await office.withUnits(brought) : { text: brought };
      if ('problems' in read) return told(read, by);
      const { text } = read;
      if (command.check) return previewed(await office.preview(by, text));
      const { reason, fromUtcMs } = command;
      return told(await office.propose({ by, text, reason, ...(fromUtcMs !== undefined && { fromUtcMs }) }), by);
    }
    case 'back': {
      const by = editorOf(config, command.by);
      return told(await office.back(by, command.version, command.reason), by);
    }
    case 'approve':
    case 'refuse':
    case 'withdraw': {
      const by = editorOf(config, command.by);
      return told(await office.decide({ name: command.act, by, version: command.version, reason: command.reason }), by);
    }
  }
}

// ── Words ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function told(outcome: FleetOutcome, by: Editor): FleetAnswer {
  if ('refusal' in outcome) return { isDone: false, words: `refused: ${refusalWords[outcome.refusal](by)}` };
  if ('problems' in outcome) {
    const problems = outcome.problems.map((problem) => `  ${formatProblem(problem)}`);
    return { isDone: false, words: ['nothing has changed; mend first:', ...problems].join('\n') };
  }
  return done(versionLines(outcome.version).join('\n'));
}

function previewed({ problems, changes, needs }: FleetPreview): FleetAnswer {
  const isDone = !problems.some(({ severity }) => severity === 'error');
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
  if (!isDone) return { isDone, words: ['mend first:', ...lines].join('\n') };
  const none = changes.length === 0 ? ['it changes nothing'] : [];
  return done([...lines, ...none, ...changeLines(changes), ...needLines(needs)].join('\n'));
}

function listLine(version: FleetVersion): string {
  const when = version.activeUtcMs ?? version.fromUtcMs;
  const words = [`${version.number}`.padStart(4), version.name.padEnd(9), time(when), version.author.person.padEnd(12)];
  return `${words.join('  ')}  ${version.reason}`;
}

function listFile(active: number): string {
  return `   0  ${active === 0 ? 'active' : 'past'}${active === 0 ? '   ' : '     '}  of the configuration file`;
}

function versionLines(version: FleetVersion): string[] {
  const { number, name, author, reason, fromUtcMs, proposedUtcMs, base, backTo } = version;
  const lines = [`version ${number}: ${stateWords(version)}`];
  const back = backTo === undefined ? '' : `, back to version ${backTo}`;
  lines.push(`  from version ${base}${back}, by ${author.display} (${author.role}, ${author.country}): ${reason}`);
  for (const { name: what, by, utcMs, reason: why } of version.decisions) {
    lines.push(`  ${what} ${time(utcMs)} by ${by.display} (${by.role}, ${by.country})${why === '' ? '' : `: ${why}`}`);
  }
  if (name === 'approved' && fromUtcMs > proposedUtcMs) lines.push(`  holds from ${time(fromUtcMs)}`);
  return name === 'proposed' ? [...lines, ...needLines(openNeeds(version))] : lines;
}

function stateWords({ name, fault }: FleetVersion): string {
  if (name === 'active')
    return 'holds; a gateway that runs takes it over within 5 s, or says what waits (fleet.taken in its log)';
  return name === 'unfit' ? `does not fit any more: ${fault}` : name;
}

function needLines(needs: readonly Need[]): string[] {
  return needs.map(({ permission, country }) => {
    const who = permission === 'edit_groups' ? 'a fleet administrator' : 'a second system administrator';
    return `  wanted: the word of ${who}${country === undefined ? '' : ` of ${country}`}`;
  });
}

function changeLines(changes: readonly FleetChange[]): string[] {
  return changes.flatMap(({ section, item, kind, fields }) => {
    if (kind === 'moved') return [`  ${section}: in another order`];
    const head = `  ${section} ${item}: ${kind}`;
    if (kind === 'added') return [head];
    if (kind === 'removed') return [head];
    const more = fields.length > fieldsShown ? [`    … and ${fields.length - fieldsShown} more`] : [];
    return [head, ...fields.slice(0, fieldsShown).map(fieldLine), ...more];
  });
}

function fieldLine({ path, before, after }: FieldChange): string {
  const word = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return `    ${path}: ${word(before)} → ${word(after)}`;
}

const refusalWords: Readonly<Record<FleetRefusal, (by: Editor) => string>> = {
  'reason-missing': () => 'a reason is needed (--reason)',
  'reason-too-long': () => 'the reason is too long',
  'nothing-changed': () => 'it changes nothing',
  'may-not-edit': ({ display, role }) => `${display} (${role}) may not edit this`,
  'base-outdated': () => 'another version has come to hold since: begin again from `escaut fleet export`',
  'time-out-of-range': () => '--from lies too far ahead',
  'too-many-waiting': () => 'too many proposals wait already: withdraw or refuse some',
  'version-unknown': () => 'there is no such version',
  'version-settled': () => 'nothing can be said to this version any more',
  'author-cannot-approve': ({ display }) => `${display} has proposed it: somebody else has to agree`,
  'already-approved': ({ display }) => `${display} has agreed already`,
  'word-not-needed': ({ display, country }) =>
    `${display} cannot speak for the country that is wanted, being of ${country}`,
  'disk-nearly-full': () => 'the disk is nearly full: only evidence is written until there is room',
  'no-administrator': () => 'nobody would be left who may change people, or its author not any more',
  'not-the-author': () => 'only its author can withdraw it; others refuse it',
};

function time(utcMs: number): string {
  return `${new Date(utcMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function done(words: string): FleetAnswer {
  return { isDone: true, words };
}

// ── Files ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function fleetName(command: FleetCommand): string {
  return command.act === 'propose' ? command.path : 'fleet data';
}

function readProposal(path: string, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof TypeError) throw new CommandProblem(`${shown} is not UTF-8`);
    throw new CommandProblem(`${shown} cannot be read (${systemCode(error) ?? 'unknown cause'})`);
  }
}

function editorOf(config: Config, id: string): Editor {
  const country = config.people.find((each) => each.id === id)?.country ?? '';
  return { ...personOf(config, id), country };
}
