/**
 * What a controller has to keep of the processing (Regulation (EU) 2016/679 art. 30, Directive (EU) 2016/680 art. 24), and
 * who looked at it in a month (art. 25 of the latter), as Markdown; from the configuration and the audit log. Pure.
 */
import { dataKinds, ruleWords } from '../operations/data-kinds.ts';
import { defaultPermissions, type Permission } from '../operations/permissions.ts';
import type { KeptKind } from '../operations/retention.ts';
import { type Role, roles } from '../operations/terms.ts';
import { type LogEntry, textOf } from './log-entry.ts';

export interface RegisterFacts {
  readonly gateway: string;
  readonly name: string;
  readonly madeUtcMs: number;
  /** Days by rule, as they are in force. */
  readonly values: Readonly<Record<string, number>>;
  readonly isRecorded: boolean;
  readonly isEncrypted: boolean;
  /** Countries of the networks, and their services. */
  readonly countries: readonly string[];
  readonly organisations: readonly string[];
  readonly holds: number;
}

export function dataRegister(facts: RegisterFacts): string {
  const { gateway, name, madeUtcMs, values, isRecorded, isEncrypted, holds } = facts;
  const days = (kind: KeptKind): string => ruleWords(kind, values);
  const said = (data: string): string => dataKinds.find((each) => each.data === data)?.words ?? '';
  const form = isEncrypted ? 'encrypted (AES-256-GCM)' : 'not encrypted';
  const rows: readonly (readonly string[])[] = [
    [
      'Voice of shared groups, consoles, direct lines',
      'whoever speaks or is spoken of',
      isRecorded ? days('voice') : 'not recorded',
      isRecorded ? `recordings, ${form}` : '–',
      readers('search_recordings', 'export_recordings'),
    ],
    [
      'The last minutes of voice, to be heard again',
      'the same',
      '15 minutes',
      'memory',
      readers('instant_replay_15min'),
    ],
    [
      'Packages of incidents that wait to be fetched, and who ordered them why',
      'as above and below',
      '1 day; the order 7 days',
      `state folder, ${form}`,
      'the two who ordered and approved',
    ],
    [
      'Actions, refusals, who talked when',
      'officers: name, call sign, radio number',
      days('actionLog'),
      'audit log',
      readers('read_audit_log'),
    ],
    [
      'Border records',
      'officers; no name of a suspect',
      days('borderRecord'),
      'state folder',
      'consoles of the rooms that hear the group',
    ],
    [
      'Hits of number plates: reference, camera, who validated',
      'officers; neither plate nor photo',
      days('hit'),
      'state folder',
      'consoles',
    ],
    [
      'Hand-overs of shifts, with note and sheet',
      'officers',
      days('handOver'),
      'state folder',
      'consoles of the control room',
    ],
    ['Timeline', 'officers', days('timeline'), 'state folder', 'consoles of the rooms that hear the group'],
    ['Emergencies', 'units', said('emergencies'), 'state folder', 'consoles of the rooms that hear the group'],
    ['Documents that could not be read, laid aside', 'as above', said('laid-aside'), 'state folder', 'nobody'],
    ['Positions', 'units', said('positions'), 'memory', 'consoles, by rule R5'],
    ['Texts', 'units, officers', said('texts'), 'memory', 'consoles of the rooms that hear the group'],
    ['Statuses', 'units', said('statuses'), 'memory', 'consoles of the rooms that hear the group'],
    ['Accounts: argon2id of passwords, sessions', 'operators', 'until removed', 'accounts database', 'nobody'],
  ];
  return [
    `# Register of processing: ${name} (${gateway})`,
    '',
    `Made ${utc(madeUtcMs)} from the configuration and what two auditors have set.`,
    '',
    `Purpose: cross-border voice between services of ${facts.countries.join(', ')}, and proof of what was said.`,
    `Services: ${facts.organisations.length === 0 ? 'none configured' : facts.organisations.join(', ')}.`,
    `Held for courts beyond these times: ${holds === 0 ? 'nothing' : `${holds} holds (escaut retention show)`}.`,
    'Handed out: packages of incidents, by two persons each (evidence.exported; `escaut report access`).',
    '',
    ...table(['Data', 'Of whom', 'Kept', 'Where', 'Who may read'], rows),
  ].join('\n');
}

/** What of the log is somebody looking at what was kept, or deciding on it. */
export const accessEvents = [
  ...['over.recalled', 'recording.searched', 'recording.heard', 'audit.searched'],
  ...['export.ordered', 'evidence.exported', 'backup.made', 'backup.restored'],
  ...['permission.refused', 'hold.set', 'hold.lifted', 'retention.changed', 'retention.clock-trusted'],
] as const;

/** `month`: 2026-11. `outsideLaw`: how many more are about groups of another law than that of whoever asks. */
export function accessReport(gateway: string, month: string, entries: readonly LogEntry[], outsideLaw: number): string {
  const who = (entry: LogEntry): string => {
    const second = textOf(entry, 'second');
    const refused = textOf(entry, 'refusal') === '' ? '' : ' (refused)';
    return [
      textOf(entry, 'operator') || '?',
      textOf(entry, 'role') || '?',
      second || '–',
      `${entry.event}${refused}`,
    ].join('\u0000');
  };
  const counted = [...Map.groupBy(entries, who)].map(([key, all]) => [...key.split('\u0000'), String(all.length)]);
  const handed = entries.filter(({ event }) => event === 'evidence.exported');
  return [
    `# Access to what is kept: ${gateway}, ${month}`,
    '',
    ...(outsideLaw === 0 ? [] : [`${outsideLaw} more entries are about groups of another country's law.`, '']),
    `${entries.length} entries of the audit log. Whoever may run commands on the machine can read without one.`,
    '',
    ...table(['Person', 'Role', 'Second', 'What', 'Times'], counted.sort(byText)),
    '',
    '## Handed out',
    '',
    ...(handed.length === 0
      ? ['Nothing.']
      : table(
          ['When', 'By', 'Second', 'Reason', 'From', 'To', 'SHA-256 of its list'],
          handed.map((entry) => [
            utc(entry.utcMs),
            ...['operator', 'second', 'reason', 'fromUtc', 'toUtc', 'manifestSha256'].map((name) =>
              textOf(entry, name),
            ),
          ]),
        )),
  ].join('\n');
}

function readers(...permissions: readonly Permission[]): string {
  const may = (role: Role) => permissions.some((permission) => defaultPermissions[permission][role] !== 'deny');
  return roles.filter(may).join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}

/** Words of persons end no cell and begin no markup. */
function cell(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\|<>`*_[\]]/g, (mark) => `\\${mark}`);
}

function byText(one: readonly string[], other: readonly string[]): number {
  return one.join('\u0000') < other.join('\u0000') ? -1 : 1;
}

function utc(utcMs: number): string {
  return new Date(utcMs).toISOString();
}
