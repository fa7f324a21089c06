/** `retention` and `report`: how long evidence is kept, and what is kept of persons. Pure. */
import {
  type CommandSpec,
  configOption,
  fileOf,
  type Given,
  mistake,
  type Reading,
  read,
  readSpan,
  type Span,
  twoWords,
} from './spec.ts';

/** What `escaut retention` does. */
const retentionActs = ['show', 'set', 'hold', 'lift', 'report', 'clock'] as const;
const reportActs = ['register', 'access'] as const;

/** `month`: 2026-11. */
export type ReportAct =
  | { readonly act: 'register' }
  | { readonly act: 'access'; readonly month: string; readonly by?: string };

export type RetentionAct =
  | { readonly act: 'show' }
  /** The last, or that of a day. */
  | { readonly act: 'report'; readonly day?: string }
  | ({
      readonly act: 'hold';
      readonly by: string;
      readonly reason: string;
    } & Span)
  | (Deed & { readonly act: 'set'; readonly rule: string; readonly days: number })
  | (Deed & { readonly act: 'lift'; readonly hold: number })
  | (Deed & { readonly act: 'clock' });

/** By two persons of the configuration; '': nobody stands by. */
interface Deed {
  readonly by: string;
  readonly second: string;
  readonly reason: string;
}

export type RetentionCommand = { readonly name: 'retention'; readonly config?: string } & RetentionAct;
export type ReportCommand = { readonly name: 'report'; readonly config?: string } & ReportAct;

export const reportCommand: CommandSpec<ReportCommand> = {
  says: '`report register`, `report access 2026-11`: what is kept of persons, and who looked at it, as Markdown',
  options: {
    config: configOption,
    by: { value: 'PERSON', says: 'access: the auditor who asks, which is logged; he gets what his law gives him' },
  },
  acts: reportActs,
  words: twoWords,
  read: readReport,
};

export const retentionCommand: CommandSpec<RetentionCommand> = {
  says: '`retention show|set RULE=DAYS|hold|lift NUMBER|report [DAY]|clock`: how long evidence is kept (docs/evidence.md)',
  options: {
    config: configOption,
    by: { value: 'PERSON', says: 'the auditor who sets, holds or lifts' },
    second: { value: 'PERSON', says: 'who stands by: another auditor' },
    reason: { value: 'TEXT', says: 'why, e.g. who ordered it; it stands in the log' },
    from: { value: 'TIME', says: 'hold: what is from then on, such as 2026-11-29T02:15Z' },
    to: { value: 'TIME', says: 'hold: what is before then' },
    incident: { value: 'NAME', says: 'hold: in place of times, as for export' },
    group: { value: 'ID,ID', says: 'hold: only these shared groups' },
  },
  acts: retentionActs,
  words: twoWords,
  read: readRetention,
};

function readReport(given: Given, [act, month]: readonly string[]): Reading<ReportCommand> {
  if (act === 'register' && month === undefined) return read({ name: 'report', ...fileOf(given), act });
  if (act !== 'access') return mistake('say which: report register, or report access 2026-11', act, reportActs);
  if (!/^[0-9]{4}-(0[1-9]|1[0-2])$/.test(month ?? '')) return mistake('say which month: report access 2026-11');
  const by = given.get('by');
  return read({ name: 'report', ...fileOf(given), act, month: month ?? '', ...(by !== undefined && { by }) });
}

function readRetention(given: Given, [word = '', object]: readonly string[]): Reading<RetentionCommand> {
  const act = retentionActs.find((each) => each === word);
  if (act === undefined) return mistake(`say what to do: retention ${retentionActs.join('|')}`, word, retentionActs);
  const command = (rest: RetentionAct): Reading<RetentionCommand> =>
    read({ name: 'retention', ...fileOf(given), ...rest });
  if (act === 'report') return command({ act, ...(object !== undefined && { day: object }) });
  if (object !== undefined && act !== 'set' && act !== 'lift')
    return mistake(`retention ${act} takes no word behind it`);
  if (act === 'show') return command({ act });
  const [by = '', second = '', reason = ''] = ['by', 'second', 'reason'].map((name) => given.get(name)?.trim());
  if (by === '') return mistake(`retention ${act} needs --by`);
  if (act === 'hold') {
    const span = readSpan(given, 'retention hold');
    if (typeof span === 'string') return mistake(span);
    return command({ act, by, reason, ...span });
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
