/** `audit`, `export` and `verify`: evidence as commands have it. Pure. */
import {
  type CommandSpec,
  configOption,
  fileOf,
  type Given,
  mistake,
  oneWord,
  type Reading,
  read,
  readSpan,
  readTimes,
  type Span,
} from './spec.ts';

export interface AuditCommand {
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

export interface ExportCommand extends Span {
  readonly name: 'export';
  readonly config?: string;
  /** Where the package is to lie. */
  readonly out: string;
  readonly reason: string;
  /** Persons of the configuration. */
  readonly by: string;
  readonly second: string;
}

export interface VerifyCommand {
  readonly name: 'verify';
  readonly path: string;
  readonly fingerprint?: string;
}

export const auditCommand: CommandSpec<AuditCommand> = {
  says: 'print the audit log of the gateway of a configuration, a JSON object a line, or verify it (docs/evidence.md)',
  options: {
    config: configOption,
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
  read: readAudit,
};

export const exportCommand: CommandSpec<ExportCommand> = {
  says: '`export FILE.zip`: an incident as a signed package, with recordings, for those outside (docs/evidence.md)',
  options: {
    config: configOption,
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
  words: oneWord,
  read: (given, [out]) => readExport(given, out),
};

export const verifyCommand: CommandSpec<VerifyCommand> = {
  says: '`verify PACKAGE`: whether a package is as it was signed; exit code 1 where it is not, and says where',
  options: { fingerprint: { value: 'HEX', says: 'of the key that has to have signed it' } },
  words: oneWord,
  read: (given, [path]) => {
    const fingerprint = given.get('fingerprint');
    if (path === undefined) return mistake('say which package: verify PACKAGE');
    return read({ name: 'verify', path, ...(fingerprint !== undefined && { fingerprint }) });
  },
};

function readAudit(given: Given): Reading<AuditCommand> {
  const times = readTimes(given);
  if (typeof times === 'string') return mistake(times);
  const [event, about, by] = [given.get('event'), given.get('about'), given.get('by')];
  if (about !== undefined && by === undefined) return mistake('--about needs --by: who asks is logged');
  return read({
    ...{ name: 'audit', ...fileOf(given), ...times, verify: given.has('verify') },
    ...(event !== undefined && { event }),
    ...(about !== undefined && { about }),
    ...(by !== undefined && { by }),
  });
}

function readExport(given: Given, out: string | undefined): Reading<ExportCommand> {
  const times = readTimes(given);
  if (typeof times === 'string') return mistake(times);
  if (out === undefined) return mistake('say where the package is to lie: export FILE.zip');
  const [reason = '', by = '', second = ''] = ['reason', 'by', 'second'].map((name) => given.get(name)?.trim());
  const absent = Object.entries({ reason, by, second }).find(([, text]) => text === '');
  if (absent !== undefined) return mistake(`export needs --${absent[0]}`);
  const span = readSpan(given, 'export');
  if (typeof span === 'string') return mistake(span);
  return read({ name: 'export', ...fileOf(given), ...span, out, reason, by, second });
}
