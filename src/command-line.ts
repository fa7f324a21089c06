/**
 * The command line: reads what was said by the table of commands, each of which stands in command-line/. Pure; a mistake
 * is a value with the nearest right word.
 */
import { parseArgs } from 'node:util';
import { printable } from './base/printable.ts';
import { type TokenCommand, tokenCommand, type UserCommand, userCommand } from './command-line/accounts.ts';
import { type BackupCommand, backupCommand, restoreCommand } from './command-line/backup.ts';
import { type ConformanceCommand, conformanceCommand } from './command-line/conformance.ts';
import {
  type AuditCommand,
  auditCommand,
  type ExportCommand,
  exportCommand,
  type VerifyCommand,
  verifyCommand,
} from './command-line/evidence.ts';
import { type FleetCommand, fleetCommand } from './command-line/fleet.ts';
import {
  type ReportCommand,
  type RetentionCommand,
  reportCommand,
  retentionCommand,
} from './command-line/retention.ts';
import {
  configDocsCommand,
  type StartCommand,
  schemaCommand,
  startCommand,
  type ValidateCommand,
  validateCommand,
} from './command-line/running.ts';
import { type CommandSpec, mistake, type Reading, read } from './command-line/spec.ts';
import { type ProofCommand, proofCommand, type StatusCommand, statusCommand } from './command-line/watching.ts';

export type Command =
  | { readonly name: 'help' | 'version' | 'schema' | 'config-docs' }
  | StartCommand
  | ValidateCommand
  | StatusCommand
  | ProofCommand
  | AuditCommand
  | ExportCommand
  | BackupCommand
  | VerifyCommand
  | FleetCommand
  | ReportCommand
  | RetentionCommand
  | TokenCommand
  | UserCommand
  | ConformanceCommand;

/** In the order in which the help shows them. */
const commands: Readonly<Record<Exclude<Command['name'], 'help' | 'version'>, CommandSpec<Command>>> = {
  start: startCommand,
  validate: validateCommand,
  status: statusCommand,
  proof: proofCommand,
  audit: auditCommand,
  export: exportCommand,
  backup: backupCommand,
  restore: restoreCommand,
  verify: verifyCommand,
  fleet: fleetCommand,
  report: reportCommand,
  retention: retentionCommand,
  token: tokenCommand,
  user: userCommand,
  schema: schemaCommand,
  conformance: conformanceCommand,
  'config-docs': configDocsCommand,
};

const everywhere = {
  help: { short: 'h', says: 'show this' },
  version: { short: 'V', says: 'show the version' },
} as const;

const ofCommands = Object.values(commands).flatMap(({ options }) => Object.entries(options));
const allOptions = new Set([...ofCommands.map(([name]) => name), ...Object.keys(everywhere)]);

/** Reads the arguments after the program's name. */
export function readCommandLine(args: readonly string[]): Reading<Command> {
  const kinds = ofCommands.map(
    ([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' }] as const,
  );
  const { tokens } = parseArgs({
    ...{ args: [...args], strict: false, allowPositionals: true, tokens: true },
    options: {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'V' },
      ...Object.fromEntries(kinds),
    },
  });
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const given = new Map<string, string | undefined>();
  for (const token of tokens) if (token.kind === 'option') given.set(token.name, token.value);
  if (given.has('help')) return read({ name: 'help' });
  if (given.has('version')) return read({ name: 'version' });

  const [word = 'start', ...more] = words;
  for (const name of given.keys()) {
    // Said first: the word after an unknown option is taken for a command, which would be a misleading complaint.
    if (!allOptions.has(name)) return mistake(`there is no option ${dashed(name)}`, name, allOptions, '--');
  }
  if (!isCommand(word)) {
    return mistake(`there is no command "${printable(word)}"`, word, Object.keys(commands));
  }
  const command = commands[word];
  const tooMany = more[command.words?.(more[0]) ?? 0];
  if (tooMany !== undefined) return mistake(`"${printable(tooMany)}" is one word too many after ${word}`);
  for (const [name, value] of given) {
    const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
    if (option === undefined) {
      return mistake(`${word} has no option ${dashed(name)}`);
    }
    if (option.value !== undefined && (value === undefined || value === ''))
      return mistake(`${dashed(name)} needs a ${option.value}`);
    if (option.value === undefined && value !== undefined) return mistake(`${dashed(name)} takes no value`);
  }
  return command.read(given, more);
}

/** All that can be asked for, such as `status` and `fleet approve`. */
export function commandDoors(): readonly string[] {
  return Object.entries(commands).flatMap(([name, { acts }]) =>
    acts === undefined ? [name] : acts.map((act) => `${name} ${act}`),
  );
}

export function helpText(): string {
  const lines = ['Escaut, a cross-border radio interoperability gateway', '', 'Usage: escaut [COMMAND] [OPTIONS]', ''];
  for (const [name, { says, options }] of Object.entries(commands)) {
    lines.push(row(`  ${name}`, says));
    for (const [option, about] of Object.entries(options)) {
      lines.push(row(`      --${option}${about.value === undefined ? '' : ` ${about.value}`}`, about.says));
    }
  }
  lines.push('');
  for (const [option, { short, says }] of Object.entries(everywhere)) lines.push(row(`  -${short}, --${option}`, says));
  lines.push('', 'Exit codes, metrics and logs: docs/operations.md. Configuration: docs/configuration.md.');
  return lines.join('\n');
}

function row(left: string, right: string): string {
  return `${left.padEnd(28)}${right}`;
}

function dashed(option: string): string {
  return `${option.length === 1 ? '-' : '--'}${printable(option)}`;
}

function isCommand(word: string): word is keyof typeof commands {
  return Object.hasOwn(commands, word);
}
