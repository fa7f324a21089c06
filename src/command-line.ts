/** The command line: what may be said, and reading it. Pure; a mistake is a value with the nearest right word. */
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { nearest } from './base/nearest.ts';
import { printable } from './base/printable.ts';
import { readTokenAct, type TokenAct, tokenActs, tokenScopes } from './token-line.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type CommandLineLogLevel = (typeof logLevels)[number];

/** What `escaut fleet` does; the later ones with a version. */
const fleetActs = [
  'list',
  'shadow',
  'units',
  'export',
  'propose',
  'show',
  'approve',
  'refuse',
  'withdraw',
  'back',
] as const;
/** What `escaut retention` does. */
const retentionActs = ['show', 'set', 'hold', 'lift', 'report', 'clock'] as const;
const reportActs = ['register', 'access'] as const;
const userActs = ['add', 'disable', 'reset'] as const;

export type Command =
  | { readonly name: 'help' | 'version' | 'schema' | 'config-docs' }
  | { readonly name: 'validate'; readonly config?: string; readonly secretsRequired: boolean }
  | {
      readonly name: 'audit';
      readonly config?: string;
      readonly verify: boolean;
      readonly fromUtcMs?: number;
      readonly toUtcMs?: number;
      readonly event?: string;
      /** An incident or a hit, by its name. */
      readonly about?: string;
      /** A person of the configuration; the search is logged. */
      readonly by?: string;
    }
  | {
      readonly name: 'export';
      readonly config?: string;
      /** Where the package is to lie. */
      readonly out: string;
      readonly fromUtcMs?: number;
      readonly toUtcMs?: number;
      readonly groups?: readonly string[];
      readonly incident?: string;
      readonly reason: string;
      /** Persons of the configuration. */
      readonly by: string;
      readonly second: string;
    }
  | ({ readonly name: 'backup' | 'restore'; readonly config?: string } & BackupAct)
  | { readonly name: 'verify'; readonly path: string; readonly fingerprint?: string }
  | ({ readonly name: 'fleet'; readonly config?: string } & FleetAct)
  | ({ readonly name: 'retention'; readonly config?: string } & RetentionAct)
  | ({ readonly name: 'report'; readonly config?: string } & ReportAct)
  | { readonly name: 'user'; readonly config?: string; readonly act: 'list' }
  | {
      readonly name: 'user';
      readonly config?: string;
      readonly act: (typeof userActs)[number];
      readonly person: string;
    }
  | ({ readonly name: 'token'; readonly config?: string } & TokenAct)
  | { readonly name: 'status'; readonly url: string; readonly key?: string; readonly json: boolean }
  | {
      readonly name: 'proof';
      readonly url: string;
      readonly key?: string;
      readonly json: boolean;
      readonly act: 'show' | 'run';
      /** A person of the configuration; '': only shown. */
      readonly by: string;
      readonly attachment?: string;
    }
  | {
      readonly name: 'conformance';
      readonly host: string;
      readonly port: number;
      readonly talkgroup: string;
      readonly agent?: string;
      readonly token?: string;
      readonly voice: 'rtp' | 'frames';
    }
  | {
      readonly name: 'start';
      readonly config?: string;
      readonly noSimulator: boolean;
      readonly logLevel?: CommandLineLogLevel;
    };

/** What is made, or put back; the others with restore alone. */
export interface BackupAct {
  readonly path: string;
  readonly reports?: string;
  readonly fingerprint?: string;
}

/** `month`: 2026-11. */
export type ReportAct =
  | { readonly act: 'register' }
  | { readonly act: 'access'; readonly month: string; readonly by?: string };

export type RetentionAct =
  | { readonly act: 'show' }
  /** The last, or that of a day. */
  | { readonly act: 'report'; readonly day?: string }
  | {
      readonly act: 'hold';
      readonly by: string;
      readonly reason: string;
      readonly fromUtcMs?: number;
      readonly toUtcMs?: number;
      readonly groups?: readonly string[];
      readonly incident?: string;
    }
  | (Deed & { readonly act: 'set'; readonly rule: string; readonly days: number })
  | (Deed & { readonly act: 'lift'; readonly hold: number })
  | (Deed & { readonly act: 'clock' });

/** By two persons of the configuration; '': nobody stands by. */
interface Deed {
  readonly by: string;
  readonly second: string;
  readonly reason: string;
}

type FleetAct =
  | { readonly act: 'list' }
  | { readonly act: 'shadow' }
  | { readonly act: 'units' }
  | { readonly act: 'export'; readonly version?: number }
  | { readonly act: 'show'; readonly version: number }
  | {
      readonly act: 'propose';
      readonly path: string;
      readonly by: string;
      readonly reason: string;
      readonly fromUtcMs?: number;
      /** Says what it would change, and changes nothing. */
      readonly check: boolean;
    }
  | {
      readonly act: 'approve' | 'refuse' | 'withdraw' | 'back';
      readonly version: number;
      readonly by: string;
      readonly reason: string;
    };

export type CommandLineReading =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly mistake: string };

type CommandName =
  | 'start'
  | 'validate'
  | 'status'
  | 'proof'
  | 'audit'
  | 'export'
  | 'backup'
  | 'restore'
  | 'verify'
  | 'fleet'
  | 'report'
  | 'retention'
  | 'token'
  | 'user'
  | 'schema'
  | 'config-docs'
  | 'conformance';
/** What follows the name of a command that has several acts. */
const acts: Readonly<Partial<Record<CommandName, readonly string[]>>> = {
  conformance: ['link'],
  fleet: fleetActs,
  report: reportActs,
  retention: retentionActs,
  token: tokenActs,
  user: [...userActs, 'list'],
};
const defaultUrl = 'http://127.0.0.1:8080/';

interface Option {
  readonly value?: string;
  readonly says: string;
}

/** Options by command; `value` names what follows the option. */
const commands: Readonly<Record<CommandName, { says: string; options: Readonly<Record<string, Option>> }>> = {
  start: {
    says: 'run the gateway (the command when none is given)',
    options: {
      config: { value: 'FILE', says: 'configuration to run; else ESCAUT_CONFIG, config/escaut.yaml, config/demo.yaml' },
      'no-simulator': { says: 'leave the simulated networks of the configuration out' },
      'log-level': { value: 'LEVEL', says: `${logLevels.join(', ')}; default: logging.level` },
    },
  },
  validate: {
    says: 'check a configuration and list all its problems',
    options: {
      config: { value: 'FILE', says: 'configuration to check; found as for start' },
      'no-secrets': { says: 'warn instead of fail where a secret cannot be had on this machine' },
    },
  },
  status: {
    says: 'show how the networks of a gateway on this machine fare; exit code 0 when all is up, else 1',
    options: {
      url: { value: 'URL', says: `address of its page; default ${defaultUrl}` },
      key: { value: 'FILE', says: 'its machine-key, in its state folder; where it has TLS or a name' },
      json: { says: 'print it as JSON' },
    },
  },
  proof: {
    says: '`proof`, `proof run`: the proof of all lines to the networks, end to end (docs/proof.md); exit code 0 when green, else 1',
    options: {
      url: { value: 'URL', says: `address of the page of the gateway; default ${defaultUrl}` },
      key: { value: 'FILE', says: 'its machine-key, in its state folder; where it has TLS or a name' },
      by: { value: 'PERSON', says: 'run: who wants it' },
      attachment: { value: 'ID', says: 'run: a test call of this one alone' },
      json: { says: 'print it as JSON' },
    },
  },
  audit: {
    says: 'print the audit log of the gateway of a configuration, a JSON object a line, or verify it (docs/evidence.md)',
    options: {
      config: { value: 'FILE', says: 'configuration of the gateway; found as for start' },
      verify: { says: 'go along the whole chain; exit code 1 where it is broken' },
      from: { value: 'TIME', says: 'entries from then on, such as 2026-11-29T02:15Z' },
      to: { value: 'TIME', says: 'entries before then' },
      event: { value: 'NAME', says: 'only this event, e.g. bridging.changed' },
      about: {
        value: 'NAME',
        says: 'only what is about it: a border record (B1), a plan, an emergency (E1), a hit (H1, or its camera’s reference)',
      },
      by: { value: 'PERSON', says: 'the auditor who asks; who asked for what is logged. --about needs it' },
    },
  },
  export: {
    says: '`export FILE.zip`: an incident as a signed package, with recordings, for those outside (docs/evidence.md)',
    options: {
      config: { value: 'FILE', says: 'configuration of the gateway; found as for start' },
      from: { value: 'TIME', says: 'from then on, such as 2026-11-29T02:15Z' },
      to: { value: 'TIME', says: 'before then' },
      incident: {
        value: 'NAME',
        says: 'in place of times: a border record (B1), an alert plan, a hit (H1) or an emergency (E1); several: B1,B2',
      },
      group: { value: 'ID,ID', says: 'only these shared groups; the log of the time goes along whole' },
      reason: { value: 'TEXT', says: 'what for; it stands in the log and in the package' },
      by: { value: 'PERSON', says: 'who exports' },
      second: { value: 'PERSON', says: 'who stands by: another person who may export too' },
    },
  },
  backup: {
    says: '`backup FOLDER`: all that the gateway keeps, and recordings, as of one instant, while it runs (docs/backup.md)',
    options: { config: { value: 'FILE', says: 'configuration of the gateway; found as for start' } },
  },
  restore: {
    says: '`restore FOLDER`: a backup put back into empty folders, verified whole (docs/backup.md)',
    options: {
      config: { value: 'FILE', says: 'configuration of the gateway; found as for start' },
      reports: { value: 'FOLDER', says: 'deletion reports of after the backup, which are heeded' },
      fingerprint: { value: 'HEX', says: 'of the key that has to have signed it' },
    },
  },
  verify: {
    says: '`verify PACKAGE`: whether a package is as it was signed; exit code 1 where it is not, and says where',
    options: { fingerprint: { value: 'HEX', says: 'of the key that has to have signed it' } },
  },
  fleet: {
    says: '`fleet list|show|shadow|units|export|propose|approve|refuse|withdraw|back`: versions of the fleet data (docs/fleet.md)',
    options: {
      config: { value: 'FILE', says: 'configuration of the gateway; found as for start' },
      by: { value: 'PERSON', says: 'who proposes, agrees, refuses or withdraws' },
      reason: { value: 'TEXT', says: 'why; it stands in the log' },
      from: { value: 'TIME', says: 'propose: holds from then on, such as 2026-11-29T02:15Z; default: once all agree' },
      check: { says: 'propose: only say what it would change, and whose word it needs' },
    },
  },
  report: {
    says: '`report register`, `report access 2026-11`: what is kept of persons, and who looked at it, as Markdown',
    options: {
      config: { value: 'FILE', says: 'configuration of the gateway; found as for start' },
      by: { value: 'PERSON', says: 'access: the auditor who asks, which is logged; he gets what his law gives him' },
    },
  },
  retention: {
    says: '`retention show|set RULE=DAYS|hold|lift NUMBER|report [DAY]|clock`: how long evidence is kept (docs/evidence.md)',
    options: {
      config: { value: 'FILE', says: 'configuration of the gateway; found as for start' },
      by: { value: 'PERSON', says: 'the auditor who sets, holds or lifts' },
      second: { value: 'PERSON', says: 'who stands by: another auditor' },
      reason: { value: 'TEXT', says: 'why, e.g. who ordered it; it stands in the log' },
      from: { value: 'TIME', says: 'hold: what is from then on, such as 2026-11-29T02:15Z' },
      to: { value: 'TIME', says: 'hold: what is before then' },
      incident: { value: 'NAME', says: 'hold: in place of times, as for export' },
      group: { value: 'ID,ID', says: 'hold: only these shared groups' },
    },
  },
  token: {
    says: '`token create|list|revoke ID`: service tokens of systems that send hits and of agents of links (docs/accounts.md)',
    options: {
      config: { value: 'FILE', says: 'configuration of the gateway; found as for start' },
      for: { value: 'ID', says: 'create: the source of hits, or the attachment, whose it is to be' },
      scope: { value: tokenScopes.join('|'), says: 'create: what it opens' },
      days: { value: 'NUMBER', says: 'create: how long it holds' },
      by: { value: 'PERSON', says: 'who creates or revokes; it stands in the log' },
    },
  },
  user: {
    says: '`user add|disable|reset PERSON`, `user list`: accounts of the people of a configuration (docs/accounts.md)',
    options: { config: { value: 'FILE', says: 'configuration of the gateway; found as for start' } },
  },
  schema: { says: 'print the JSON schema of the configuration, for editors', options: {} },
  conformance: {
    says: '`conformance link`: try an agent of the link (docs/kinds/link.md)',
    options: {
      listen: { value: 'HOST:PORT', says: 'where the agent is to connect' },
      talkgroup: { value: 'NUMBER', says: 'talkgroup that it is asked to carry; default 5300110' },
      agent: { value: 'NAME', says: 'name that it has to give' },
      token: { value: 'TOKEN', says: 'token that it has to give' },
      voice: { value: 'rtp|frames', says: 'how voice is to come; default rtp' },
    },
  },
  'config-docs': { says: 'print the reference of the configuration, in Markdown', options: {} },
};

const everywhere = {
  help: { short: 'h', says: 'show this' },
  version: { short: 'V', says: 'show the version' },
} as const;

const allOptions = new Set([
  ...Object.values(commands).flatMap(({ options }) => Object.keys(options)),
  ...Object.keys(everywhere),
]);

/** Commands that need a word behind them. */
const takesWord: ReadonlySet<string> = new Set(['backup', 'conformance', 'export', 'proof', 'restore', 'verify']);
const takesTwo: ReadonlySet<string> = new Set(['fleet', 'report', 'retention', 'token', 'user']);

/** Reads the arguments after the program's name. */
export function readCommandLine(args: readonly string[]): CommandLineReading {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'V' },
      config: { type: 'string' },
      'log-level': { type: 'string' },
      'no-simulator': { type: 'boolean' },
      'no-secrets': { type: 'boolean' },
      verify: { type: 'boolean' },
      check: { type: 'boolean' },
      from: { type: 'string' },
      to: { type: 'string' },
      event: { type: 'string' },
      about: { type: 'string' },
      incident: { type: 'string' },
      group: { type: 'string' },
      reason: { type: 'string' },
      by: { type: 'string' },
      for: { type: 'string' },
      scope: { type: 'string' },
      days: { type: 'string' },
      second: { type: 'string' },
      fingerprint: { type: 'string' },
      reports: { type: 'string' },
      url: { type: 'string' },
      attachment: { type: 'string' },
      json: { type: 'boolean' },
      listen: { type: 'string' },
      talkgroup: { type: 'string' },
      agent: { type: 'string' },
      token: { type: 'string' },
      voice: { type: 'string' },
    },
  });
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const given = new Map<string, string | undefined>();
  for (const token of tokens) if (token.kind === 'option') given.set(token.name, token.value);
  if (given.has('help')) return { ok: true, command: { name: 'help' } };
  if (given.has('version')) return { ok: true, command: { name: 'version' } };

  const [word = 'start', ...more] = words;
  const isUserList = word === 'user' && more[0] === 'list';
  const second = more[takesTwo.has(word) && !isUserList ? 2 : takesWord.has(word) || isUserList ? 1 : 0];
  for (const name of given.keys()) {
    // Said first: the word after an unknown option is taken for a command, which would be a misleading complaint.
    if (!allOptions.has(name)) return mistake(`there is no option ${dashed(name)}`, name, allOptions, '--');
  }
  if (!isCommand(word)) {
    return mistake(`there is no command "${printable(word)}"`, word, Object.keys(commands));
  }
  if (second !== undefined) return mistake(`"${printable(second)}" is one word too many after ${word}`);
  const known = commands[word].options;
  for (const [name, value] of given) {
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (option === undefined) {
      return mistake(`${word} has no option ${dashed(name)}`);
    }
    if (option.value !== undefined && (value === undefined || value === ''))
      return mistake(`${dashed(name)} needs a ${option.value}`);
    if (option.value === undefined && value !== undefined) return mistake(`${dashed(name)} takes no value`);
  }
  if (word === 'conformance')
    return more[0] === 'link' ? readConformance(given) : mistake('say what to try: conformance link');
  if (word === 'status' || word === 'proof') {
    const url = given.get('url') ?? defaultUrl;
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      return mistake(`--url must be such as ${defaultUrl}`);
    const json = given.has('json');
    const key = given.get('key');
    const at = { url, ...(key !== undefined && { key }), json };
    return word === 'status' ? { ok: true, command: { name: word, ...at } } : readProof(given, at, more[0]);
  }
  const config = given.get('config');
  const file = config === undefined ? {} : { config };
  if (word === 'audit') return readAudit(given, file);
  if (word === 'export') return readExport(given, file, more[0]);
  if (word === 'backup' || word === 'restore') {
    if (more[0] === undefined) return mistake(`say which folder: ${word} FOLDER`);
    const [reports, fingerprint] = [given.get('reports'), given.get('fingerprint')];
    const also = { ...(reports !== undefined && { reports }), ...(fingerprint !== undefined && { fingerprint }) };
    return { ok: true, command: { name: word, ...file, path: more[0], ...also } };
  }
  if (word === 'fleet') return readFleet(given, file, more);
  if (word === 'retention') return readRetention(given, file, more);
  if (word === 'report') return readReport(given, file, more);
  if (word === 'token') {
    const act = readTokenAct(given, more);
    return typeof act === 'string' ? mistake(act) : { ok: true, command: { name: word, ...file, ...act } };
  }
  if (word === 'verify') {
    const fingerprint = given.get('fingerprint');
    if (more[0] === undefined) return mistake('say which package: verify PACKAGE');
    return { ok: true, command: { name: word, path: more[0], ...(fingerprint !== undefined && { fingerprint }) } };
  }
  if (word === 'user') return readUser(more, file);
  if (word === 'validate')
    return { ok: true, command: { name: word, ...file, secretsRequired: !given.has('no-secrets') } };
  if (word !== 'start') return { ok: true, command: { name: word } };
  const level = given.get('log-level');
  const logLevel = logLevels.find((candidate) => candidate === level);
  if (level !== undefined && logLevel === undefined) {
    return mistake(`--log-level must be one of ${logLevels.join(', ')}`, level, logLevels);
  }
  return {
    ok: true,
    command: {
      name: word,
      ...file,
      noSimulator: given.has('no-simulator'),
      ...(logLevel === undefined ? {} : { logLevel }),
    },
  };
}

function readUser([what = '', person = '']: readonly string[], file: { config?: string }): CommandLineReading {
  if (what === 'list') return { ok: true, command: { name: 'user', ...file, act: what } };
  const act = userActs.find((each) => each === what);
  if (act === undefined)
    return mistake('say what to do: user add, disable, reset or list', what, [...userActs, 'list']);
  if (person === '') return mistake(`say whom: user ${act} PERSON`);
  return { ok: true, command: { name: 'user', ...file, act, person } };
}

function readAudit(given: ReadonlyMap<string, string | undefined>, file: { config?: string }): CommandLineReading {
  const times = readTimes(given);
  if (typeof times === 'string') return mistake(times);
  const [event, about, by] = [given.get('event'), given.get('about'), given.get('by')];
  if (about !== undefined && by === undefined) return mistake('--about needs --by: who asks is logged');
  return {
    ok: true,
    command: {
      ...{ name: 'audit', ...file, ...times, verify: given.has('verify') },
      ...(event !== undefined && { event }),
      ...(about !== undefined && { about }),
      ...(by !== undefined && { by }),
    },
  };
}

function readExport(
  given: ReadonlyMap<string, string | undefined>,
  file: { config?: string },
  out: string | undefined,
): CommandLineReading {
  const times = readTimes(given);
  if (typeof times === 'string') return mistake(times);
  if (out === undefined) return mistake('say where the package is to lie: export FILE.zip');
  const [reason = '', by = '', second = ''] = ['reason', 'by', 'second'].map((name) => given.get(name)?.trim());
  const absent = Object.entries({ reason, by, second }).find(([, text]) => text === '');
  if (absent !== undefined) return mistake(`export needs --${absent[0]}`);
  const incident = given.get('incident');
  if (incident === undefined && (times.fromUtcMs === undefined || times.toUtcMs === undefined)) {
    return mistake('export needs --from and --to, or --incident');
  }
  if ((times.fromUtcMs ?? -Infinity) >= (times.toUtcMs ?? Infinity)) return mistake('--from must be before --to');
  const groups = given.get('group')?.split(',');
  return {
    ok: true,
    command: {
      name: 'export',
      ...file,
      ...times,
      out,
      reason,
      by,
      second,
      ...(incident !== undefined && { incident }),
      ...(groups !== undefined && { groups }),
    },
  };
}

function readProof(
  given: ReadonlyMap<string, string | undefined>,
  at: { url: string; key?: string; json: boolean },
  act = 'show',
): CommandLineReading {
  const [by = '', attachment] = [given.get('by'), given.get('attachment')];
  if (act !== 'show' && act !== 'run') return mistake('say what to do: proof, or proof run', act, ['show', 'run']);
  if (act === 'run' && by === '') return mistake('proof run needs --by');
  if (act === 'show' && (by !== '' || attachment !== undefined)) return mistake('say `proof run` to have one now');
  const of = attachment === undefined ? {} : { attachment };
  return { ok: true, command: { name: 'proof', ...at, act, by, ...of } };
}

function readReport(
  given: ReadonlyMap<string, string | undefined>,
  file: { config?: string },
  [act, month]: readonly string[],
): CommandLineReading {
  if (act === 'register' && month === undefined) return { ok: true, command: { name: 'report', ...file, act } };
  if (act !== 'access') return mistake('say which: report register, or report access 2026-11', act, reportActs);
  if (!/^[0-9]{4}-(0[1-9]|1[0-2])$/.test(month ?? '')) return mistake('say which month: report access 2026-11');
  const by = given.get('by');
  return { ok: true, command: { name: 'report', ...file, act, month: month ?? '', ...(by !== undefined && { by }) } };
}

function readRetention(
  given: ReadonlyMap<string, string | undefined>,
  file: { config?: string },
  [word = '', object]: readonly string[],
): CommandLineReading {
  const act = retentionActs.find((each) => each === word);
  if (act === undefined) return mistake(`say what to do: retention ${retentionActs.join('|')}`, word, retentionActs);
  const command = (rest: RetentionAct): CommandLineReading => ({
    ok: true,
    command: { name: 'retention', ...file, ...rest },
  });
  if (act === 'report') return command({ act, ...(object !== undefined && { day: object }) });
  if (object !== undefined && act !== 'set' && act !== 'lift')
    return mistake(`retention ${act} takes no word behind it`);
  if (act === 'show') return command({ act });
  const [by = '', second = '', reason = ''] = ['by', 'second', 'reason'].map((name) => given.get(name)?.trim());
  if (by === '') return mistake(`retention ${act} needs --by`);
  if (act === 'hold') {
    const times = readTimes(given);
    if (typeof times === 'string') return mistake(times);
    const incident = given.get('incident');
    if (incident === undefined && (times.fromUtcMs === undefined || times.toUtcMs === undefined)) {
      return mistake('retention hold needs --from and --to, or --incident');
    }
    if ((times.fromUtcMs ?? -Infinity) >= (times.toUtcMs ?? Infinity)) return mistake('--from must be before --to');
    const groups = given.get('group')?.split(',');
    const what = { ...(incident !== undefined && { incident }), ...(groups !== undefined && { groups }) };
    return command({ act, by, reason, ...times, ...what });
  }
  const deed = { by, second, reason };
  if (act === 'clock') return command({ act, ...deed });
  if (act === 'lift') {
    const hold = /^[0-9]{1,9}$/.test(object ?? '') ? Number(object) : undefined;
    return hold === undefined ? mistake('say which hold: retention lift NUMBER') : command({ act, ...deed, hold });
  }
  const [, rule = '', days] = /^([A-Za-z]+(?:\.[A-Z]{2})?)=([0-9]{1,6})$/.exec(object ?? '') ?? [];
  if (days === undefined) return mistake('say what and how long: retention set voiceSharedGroup=60');
  return command({ act, ...deed, rule, days: Number(days) });
}

function readFleet(
  given: ReadonlyMap<string, string | undefined>,
  file: { config?: string },
  [word = '', object]: readonly string[],
): CommandLineReading {
  const act = fleetActs.find((each) => each === word);
  if (act === undefined) return mistake(`say what to do: fleet ${fleetActs.join('|')}`, word, fleetActs);
  const command = (rest: FleetAct): CommandLineReading => ({ ok: true, command: { name: 'fleet', ...file, ...rest } });
  const times = readTimes(given);
  if (typeof times === 'string') return mistake(times);
  if (act === 'list' || act === 'units' || act === 'shadow') {
    return object === undefined ? command({ act }) : mistake(`fleet ${act} takes no word behind it`);
  }
  const by = given.get('by')?.trim() ?? '';
  const reason = given.get('reason')?.trim() ?? '';
  const isCheck = given.has('check');
  if (act === 'propose') {
    if (object === undefined) return mistake('say which file: fleet propose FILE');
    if (by === '') return mistake('fleet propose needs --by');
    if (reason === '' && !isCheck) return mistake('fleet propose needs --reason');
    const { fromUtcMs } = times;
    return command({ act, path: object, by, reason, check: isCheck, ...(fromUtcMs !== undefined && { fromUtcMs }) });
  }
  if (act === 'export' && object === undefined) return command({ act });
  const version = /^[0-9]{1,9}$/.test(object ?? '') ? Number(object) : undefined;
  if (version === undefined) return mistake(`say which version: fleet ${act} NUMBER`);
  if (act === 'export' || act === 'show') return command({ act, version });
  if (by === '') return mistake(`fleet ${act} needs --by`);
  if (reason === '' && (act === 'refuse' || act === 'back')) return mistake(`fleet ${act} needs --reason`);
  return command({ act, version, by, reason });
}

/** What is wrong with them, where something is. */
function readTimes(given: ReadonlyMap<string, string | undefined>): { fromUtcMs?: number; toUtcMs?: number } | string {
  const times: { fromUtcMs?: number; toUtcMs?: number } = {};
  for (const name of ['from', 'to'] as const) {
    const text = given.get(name);
    if (text === undefined) continue;
    const utcMs = Date.parse(text);
    if (Number.isNaN(utcMs)) return `--${name} must be a time such as 2026-11-29T02:15Z`;
    times[`${name}UtcMs`] = utcMs;
  }
  return times;
}

function readConformance(given: ReadonlyMap<string, string | undefined>): CommandLineReading {
  const voice = given.get('voice') ?? 'rtp';
  if (voice !== 'rtp' && voice !== 'frames') return mistake('--voice must be rtp or frames');
  const [, host = '', port = ''] = /^\[?([^\]]+)\]?:([0-9]{1,5})$/.exec(given.get('listen') ?? '') ?? [];
  if (isIP(host) === 0 || Number(port) > 65_535)
    return mistake('--listen needs an address and a port such as 127.0.0.1:5870');
  const agent = given.get('agent');
  const token = given.get('token');
  return {
    ok: true,
    command: {
      name: 'conformance',
      host,
      port: Number(port),
      talkgroup: given.get('talkgroup') ?? '5300110',
      voice,
      ...(agent !== undefined && { agent }),
      ...(token !== undefined && { token }),
    },
  };
}

/** All that can be asked for, such as `status` and `fleet approve`. */
export function commandDoors(): readonly string[] {
  return Object.keys(commands).flatMap((name) => {
    const its = isCommand(name) ? acts[name] : undefined;
    return its === undefined ? [name] : its.map((act) => `${name} ${act}`);
  });
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

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(commands, word);
}

function mistake(what: string, word?: string, known?: Iterable<string>, prefix = ''): CommandLineReading {
  const best = word === undefined || known === undefined ? undefined : nearest(word, known);
  return { ok: false, mistake: best === undefined ? what : `${what}. Did you mean ${prefix}${best}?` };
}
