/** `start`, `validate` and what is printed of the configuration. Pure. */
import { type CommandSpec, fileOf, type Given, mistake, type Reading, read } from './spec.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type CommandLineLogLevel = (typeof logLevels)[number];

export interface StartCommand {
  readonly name: 'start';
  readonly config?: string;
  readonly noSimulator: boolean;
  readonly logLevel?: CommandLineLogLevel;
}

export interface ValidateCommand {
  readonly name: 'validate';
  readonly config?: string;
  readonly secretsRequired: boolean;
}

export const startCommand: CommandSpec<StartCommand> = {
  says: 'run the gateway (the command when none is given)',
  options: {
    config: { value: 'FILE', says: 'configuration to run; else ESCAUT_CONFIG, config/escaut.yaml, config/demo.yaml' },
    'no-simulator': { says: 'leave the simulated networks of the configuration out' },
    'log-level': { value: 'LEVEL', says: `${logLevels.join(', ')}; default: logging.level` },
  },
  read: readStart,
};

export const validateCommand: CommandSpec<ValidateCommand> = {
  says: 'check a configuration and list all its problems',
  options: {
    config: { value: 'FILE', says: 'configuration to check; found as for start' },
    'no-secrets': { says: 'warn instead of fail where a secret cannot be had on this machine' },
  },
  read: (given) => read({ name: 'validate', ...fileOf(given), secretsRequired: !given.has('no-secrets') }),
};

export const schemaCommand: CommandSpec<{ readonly name: 'schema' }> = {
  says: 'print the JSON schema of the configuration, for editors',
  options: {},
  read: () => read({ name: 'schema' }),
};

export const configDocsCommand: CommandSpec<{ readonly name: 'config-docs' }> = {
  says: 'print the reference of the configuration, in Markdown',
  options: {},
  read: () => read({ name: 'config-docs' }),
};

function readStart(given: Given): Reading<StartCommand> {
  const level = given.get('log-level');
  const logLevel = logLevels.find((candidate) => candidate === level);
  if (level !== undefined && logLevel === undefined) {
    return mistake(`--log-level must be one of ${logLevels.join(', ')}`, level, logLevels);
  }
  return read({
    ...{ name: 'start', ...fileOf(given), noSimulator: given.has('no-simulator') },
    ...(logLevel === undefined ? {} : { logLevel }),
  });
}
