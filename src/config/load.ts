/**
 * Reads the configuration: finds the file, checks it, fetches its secrets, freezes it. The only module that reads the
 * environment. All problems are found in one go, each with file, line, column, path and what to write instead.
 */
import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { assert } from '../base/assert.ts';
import { GatewayError, systemCode } from '../base/errors.ts';
import { checkAccounts } from './account-rules.ts';
import { checkCertificates, missingFile } from './certificates.ts';
import { type ConfigSource, fileSource, fleetSource, type NamedText } from './config-source.ts';
import { fleetFileOf, type HoldingFleet, readFleetFile } from './fleet-file.ts';
import { checkFloorKeys } from './floor-keys.ts';
import { checkHitSources } from './hit-sources.ts';
import { coded } from './problem-codes.ts';
import {
  formatKeyPath,
  formatPath,
  formatProblem,
  type PathProblem,
  type Problem,
  problemsMax,
  type SchemaNode,
  wordIssues,
} from './problems.ts';
import { checkRecording } from './recording-schema.ts';
import { checkRules } from './rules.ts';
import { checkSchedules } from './schedule-rules.ts';
import { type Config, type ConfigDraft, configSchema } from './schema.ts';
import { fetchSecrets } from './secrets.ts';
import { checkStore } from './store-schema.ts';
import { readWorld } from './world.ts';
import { type Position, textBytesMax } from './yaml-source.ts';

export interface LoadOptions {
  /** The file asked for on the command line. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  /** False: secrets that cannot be had are warnings. Such a configuration is for checking only. */
  readonly secretsRequired?: boolean;
  /** `of-the-file`: whatever version of the fleet data holds is not looked at. */
  readonly fleet?: 'of-the-file';
}

export interface CheckOptions extends Omit<LoadOptions, 'file' | 'fleet'> {
  /** Absolute path, for what is relative to it and for the words of problems. */
  readonly file: string;
  /** Fleet data that holds in place of the file's own. */
  readonly fleet?: NamedText | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path. */
  readonly file: string;
  /** Of that file. */
  readonly text: string;
  /** The version of the fleet data that holds; 0: the file's own. */
  readonly fleetVersion: number;
  readonly warnings: readonly Problem[];
}

const installation = resolve(import.meta.dirname, '../..');
/** Looked for in this order when neither --config nor ESCAUT_CONFIG names a file. */
const usualFiles = ['config/escaut.yaml', 'config/demo.yaml'];

/** @throws GatewayError CONFIG_NOT_FOUND, or CONFIG_INVALID whose message lists every problem on a line of its own. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const file = findFile(options);
  const text = readText(file, options.workingFolder);
  const fleet = options.fleet === 'of-the-file' ? undefined : holdingFleet(text, file, options.workingFolder);
  const { config, problems, unset } = checkConfig(text, { ...options, file, fleet });
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new GatewayError('CONFIG_INVALID', wordProblems(problems) + wordOwed(unset, errors));
  assert(config !== undefined, 'a configuration without errors is a configuration');
  return { config, file, text, fleetVersion: fleet?.version ?? 0, warnings: problems };
}

/** The fleet data that holds in place of that of the file. */
function holdingFleet(text: string, file: string, workingFolder: string): (NamedText & HoldingFleet) | undefined {
  const path = fleetFileOf(fileSource({ text, file }).value, dirname(file));
  if (path === undefined || !existsSync(path)) return undefined;
  const fleet = readFleetFile(readText(path, workingFolder));
  if (fleet !== undefined) return { ...fleet, file: shownAs(path, workingFolder) };
  const message =
    'is not as the gateway wrote it: delete it, then `escaut fleet list` writes what has been agreed on anew';
  const problem = {
    severity: 'error',
    file: shownAs(path, workingFolder),
    line: 1,
    column: 1,
    path: '',
    message,
  } as const;
  throw new GatewayError('CONFIG_INVALID', wordProblems([problem]));
}

/**
 * Checks the text of a configuration as if it stood in `file`. `config` is there when no problem is an error.
 * Never throws for anything that the text may hold.
 */
export function checkConfig(
  text: string,
  options: CheckOptions,
): { readonly config?: Config; readonly problems: readonly Problem[]; readonly unset: readonly string[] } {
  const { fleet } = options;
  const file = { text, file: shownAs(options.file, options.workingFolder) };
  return checkSource(fleet === undefined ? fileSource(file) : fleetSource(file, fleet), options);
}

function checkSource(
  source: ConfigSource,
  options: CheckOptions,
): { readonly config?: Config; readonly problems: readonly Problem[]; readonly unset: readonly string[] } {
  const placed = ({ severity, path, part, message, code, params }: PathProblem): Problem => ({
    ...coded(code, params),
    severity,
    ...source.locate(path, part),
    path: part === 'key' ? formatKeyPath(path) : formatPath(path),
    message,
  });
  if (source.faults.length > 0) {
    const faults = source.faults.map((fault) => ({
      ...fault,
      severity: 'error' as const,
      path: '',
      code: 'yaml' as const,
    }));
    return { problems: faults, unset: [] };
  }
  const folder = dirname(options.file);
  const parsed = configSchema.safeParse(source.value);
  const found = [...source.problems];
  if (!parsed.success) found.push(...wordIssues(parsed.error.issues, source.value, jsonSchema()));
  found.push(...checkRules(readWorld(source.value)));
  let config: Config | undefined;
  let unset: readonly string[] = [];
  if (parsed.success) {
    const secrets = { environment: options.environment, folder, required: options.secretsRequired ?? true };
    const fetched = fetchSecrets(withPathsIn(folder, parsed.data), secrets);
    found.push(...fetched.problems, ...scenarioIsThere(fetched.config));
    found.push(...checkFloorKeys(fetched.config));
    found.push(...checkHitSources(fetched.config), ...checkAccounts(fetched.config));
    found.push(...checkRecording(fetched.config), ...checkStore(fetched.config));
    found.push(...checkSchedules(fetched.config, Date.now()));
    found.push(...checkCertificates(fetched.config, Date.now(), secrets.required));
    config = deepFreeze(fetched.config);
    unset = fetched.unset;
  }
  const problems = found.slice(0, problemsMax).map(placed).sort(inOrderOfTheFile);
  const invalid = found.some(({ severity }) => severity === 'error');
  return { problems, unset, ...(invalid || config === undefined ? {} : { config }) };
}

/** The configuration's JSON schema, as editors read it. */
export function jsonSchema(): SchemaNode {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input' });
  return { $schema, title: 'Configuration of Escaut', ...schema } as SchemaNode;
}

function findFile({ file, environment, workingFolder }: LoadOptions): string {
  const named = file ?? (environment.ESCAUT_CONFIG || undefined);
  if (named !== undefined) return resolve(workingFolder, named);
  const found = usualFiles
    .map((name) => join(installation, name))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  if (found === undefined)
    throw new GatewayError('CONFIG_NOT_FOUND', `none of ${usualFiles.join(', ')} is in ${installation}`);
  return found;
}

/** A file as an operator reads it. */
export function shownAs(file: string, workingFolder: string): string {
  const short = relative(workingFolder, file);
  // Above the working folder most of a relative path is dots.
  return short === '' || short.startsWith('..') ? file : short;
}

function readText(file: string, workingFolder: string): string {
  const refuse = (message: string, at: Position = { line: 1, column: 1 }): GatewayError => {
    const problem = { severity: 'error', file: shownAs(file, workingFolder), ...at, path: '', message } as const;
    return new GatewayError('CONFIG_INVALID', wordProblems([problem]));
  };
  let bytes: Buffer;
  try {
    const stats = statSync(file);
    if (!stats.isFile()) throw new GatewayError('CONFIG_NOT_FOUND', `${file} is not a file`);
    if (stats.size > textBytesMax) throw refuse(`is longer than ${textBytesMax} bytes: is it a configuration?`);
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError(
      'CONFIG_NOT_FOUND',
      `${file} cannot be read (${systemCode(error) ?? 'unknown cause'})`,
      error,
    );
  }
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  if (bytes.indexOf('\xff\xfe', 0, 'latin1') === 0 || bytes.indexOf('\xfe\xff', 0, 'latin1') === 0)
    throw refuse('is UTF-16: save the file as UTF-8');
  throw refuse('is not UTF-8 from here on: save the file as UTF-8', positionOfNoUtf8(bytes));
}

function positionOfNoUtf8(bytes: Buffer): Position {
  // What is not UTF-8 is read as a replacement character, so that it does not come back as the same bytes.
  const readable = Buffer.from(bytes.toString('utf8'));
  const before = bytes
    .subarray(
      0,
      bytes.findIndex((byte, index) => byte !== readable[index]),
    )
    .toString('utf8');
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

function wordProblems(problems: readonly Problem[]): string {
  const count = problems.filter(({ severity }) => severity === 'error').length;
  const head = count === 1 ? 'the configuration has a problem:' : `the configuration has ${count} problems:`;
  const more = problems.length < problemsMax ? [] : ['… and perhaps more: these are the first'];
  return [head, ...problems.map(formatProblem), ...more].join('\n  ');
}

/** What the site owes: files in their places, and the lines to type where secrets are missing from the environment. */
function wordOwed(unset: readonly string[], errors: readonly Problem[]): string {
  const names = unset.filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)).slice(0, problemsMax);
  if (names.length === 0) return '';
  const files = errors.filter(({ message }) => message === missingFile).length;
  const rest = unset.length + files === errors.length ? 'All else is right. ' : '';
  const lay = files === 0 ? 'Set' : 'Lay the files that are named into their places, set';
  const lines = names.map((name) => `\n    export ${name}='…'`).join('');
  return `\n\n  ${rest}${lay} what is not set, or check without secrets (\`escaut validate --no-secrets\`):${lines}\n`;
}

function inOrderOfTheFile(a: Problem, b: Problem): number {
  return a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column;
}

/** Paths are relative to the file that names them; from here on they are absolute. */
function withPathsIn(folder: string, draft: ConfigDraft): ConfigDraft {
  const at = (path: string): string => resolve(folder, path);
  const gateway = { ...draft.gateway, stateFolder: at(draft.gateway.stateFolder) };
  const recording = { ...draft.recording, folder: at(draft.recording.folder) };
  const listen = draft.sip.listen.map(({ tls, ...entry }) => {
    if (tls === undefined) return entry;
    const files = { certificate: at(tls.certificate), key: at(tls.key), ca: at(tls.ca) };
    return { ...entry, tls: { ...tls, ...files } };
  });
  const attachments = draft.attachments.map((attachment) => {
    const within = <T extends { tls?: { ca?: string | undefined } | undefined }>(settings: T): T =>
      settings.tls?.ca === undefined ? settings : { ...settings, tls: { ...settings.tls, ca: at(settings.tls.ca) } };
    if (attachment.kind === 'sip') return { ...attachment, sip: within(attachment.sip) };
    if (attachment.kind === 'mcptt') return { ...attachment, mcptt: within(attachment.mcptt) };
    return attachment.kind === 'ed137' ? { ...attachment, ed137: within(attachment.ed137) } : attachment;
  });
  const { recordings } = draft.announcements;
  const announcements =
    recordings === undefined ? draft.announcements : { ...draft.announcements, recordings: at(recordings) };
  const { breachedPasswords } = draft.accounts;
  const accounts =
    breachedPasswords === undefined ? draft.accounts : { ...draft.accounts, breachedPasswords: at(breachedPasswords) };
  const { tls } = draft.console;
  const cards = tls?.clientCertificates;
  const cardFiles = cards && { ...cards, authorities: at(cards.authorities), revoked: cards.revoked.map(at) };
  const ownTls = tls && {
    ...{ certificate: at(tls.certificate), key: at(tls.key) },
    ...(cardFiles !== undefined && { clientCertificates: cardFiles }),
  };
  const console = { ...draft.console, ...(ownTls !== undefined && { tls: ownTls }) };
  const rest = {
    ...draft,
    gateway,
    console,
    accounts,
    recording,
    announcements,
    attachments,
    sip: { ...draft.sip, listen },
  };
  const { simulator } = draft;
  const scenario = simulator?.scenario;
  return simulator === undefined || scenario === undefined
    ? rest
    : { ...rest, simulator: { ...simulator, scenario: at(scenario) } };
}

function scenarioIsThere({ simulator }: Config): PathProblem[] {
  if (simulator?.scenario === undefined || isFile(simulator.scenario)) return [];
  return [
    { severity: 'error', path: ['simulator', 'scenario'], part: 'value', message: 'names a file that is not there' },
  ];
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // not there, not allowed, or not a name that a file can have
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
