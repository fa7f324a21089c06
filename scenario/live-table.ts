/**
 * The picture of a run while it goes, for whoever watches it at a terminal. Pure: no line is wider than the terminal, and
 * there are no more of them than it has.
 *
 *   S2: ANPR hit handled by a joint patrol
 *   ██████░░░░░░░░  02:30 of 15:30, step 16 of 48, about 1 min left
 *   21 passed, 1 failed, 2 not yet
 *
 *   ▶ dh6 on xb-patr-b2@rorcal: « CCPD de Douane Halluin 6 … »
 *
 *   ✗ 01:16 A-01 Reach: 4 legs: least 81 % heard          what failed, as long as it fits
 *
 *     01:13  ccpd-be-2: mark-crossing     ✓ A-16 …         the steps up to the one that comes next
 *   ▶ 02:30  dh6 on xb-patr-b2@rorcal
 *   … 02:40  ccpd-be-2 on xb-patr-b2@console
 */
import { clockText, type Scenario, type Step } from './scenario-file.ts';
import { countOf, countText, marks, whatOf } from './table.ts';
import { assertionNames, type Verdict } from './verdict.ts';

export type Phase = 'setting-up' | 'playing' | 'silence' | 'judging';

export interface Progress {
  readonly phase: Phase;
  /** Where it is in the scenario's time, ms. */
  readonly atMs: number;
  /** How long until its end, ms; undefined: nobody can tell yet. */
  readonly leftMs: number | undefined;
  /** Steps that have begun, and those that have settled with what kept them from being done; empty: nothing. */
  readonly begun: ReadonlySet<number>;
  readonly settled: ReadonlyMap<number, string>;
  readonly verdicts: readonly Verdict[];
}

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
}

const barColumns = 24;
const whatColumns = 40;
const failuresShown = 5;
/** The last row stays free: a line break in it would push the picture up. */
const spareRows = 1;

export function liveTableOf(scenario: Scenario, progress: Progress, { columns, rows }: Terminal): string {
  const above = [
    `${scenario.scenario}: ${scenario.title}`,
    positionOf(scenario, progress),
    countText(countOf(progress.verdicts)),
    ...under(saidOf(scenario, progress, columns)),
    ...under(failuresOf(scenario, progress.verdicts)),
    '',
  ];
  const left = Math.max(1, rows - spareRows - above.length);
  const lines = [...above, ...stepsOf(scenario, progress).slice(-left)];
  return lines
    .slice(0, rows - spareRows)
    .map((line) => cut(line, columns))
    .join('\n');
}

function under(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function positionOf({ steps, length }: Scenario, { phase, atMs, leftMs, begun, settled }: Progress): string {
  const left = leftMs === undefined ? '' : `, about ${leftText(leftMs)} left`;
  if (phase === 'setting-up') return 'The gateway, its networks and the consoles are being started.';
  if (phase === 'silence') return `All is said: nobody may be heard any more${left}`;
  if (phase === 'judging') return 'The run is over and is being judged.';
  const full = Math.round((barColumns * settled.size) / steps.length);
  const bar = '█'.repeat(full) + '░'.repeat(barColumns - full);
  return `${bar}  ${clockText(Math.min(atMs, length))} of ${clockText(length)}, step ${begun.size} of ${steps.length}${left}`;
}

function leftText(ms: number): string {
  return ms < 60_000 ? `${Math.max(1, Math.ceil(ms / 1000))} s` : `${Math.ceil(ms / 60_000)} min`;
}

/** Who speaks, or spoke last, and what: two lines of it at the most. */
function saidOf({ steps }: Scenario, { begun, settled }: Progress, columns: number): readonly string[] {
  const last = [...begun].filter((index) => wordsOf(steps[index]) !== undefined).at(-1);
  if (last === undefined) return [];
  const step = steps[last] as Step;
  const [first = '', ...rest] = wrapped(`${whatOf(step)}: “${wordsOf(step)}”`, columns - 4);
  const mark = settled.has(last) ? '  ' : '▶ ';
  return [`${mark}${first}`, ...(rest.length === 0 ? [] : [`    ${rest.join(' ')}`])];
}

function wordsOf(step: Step | undefined): string | undefined {
  return step !== undefined && 'text' in step ? step.text : undefined;
}

function wrapped(text: string, columns: number): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (lengthOf(line) + 1 + lengthOf(word) > columns && line !== '') lines.push(word);
    else lines.splice(-1, 1, line === '' ? word : `${line} ${word}`);
  }
  return lines;
}

/** The newest of them; how many more there are. */
function failuresOf({ steps }: Scenario, verdicts: readonly Verdict[]): readonly string[] {
  const failed = verdicts.filter(({ result }) => result === 'failed');
  const shown = failed.slice(-failuresShown).map(({ step, assertion, figure }) => {
    const at = step === undefined ? 'all' : clockText(steps[step]?.t ?? 0);
    return `${marks.failed} ${at} ${assertion} ${assertionNames[assertion] ?? ''}: ${figure}`;
  });
  const more = failed.length - shown.length;
  return more === 0 ? shown : [`${marks.failed} ${more} before these`, ...shown];
}

function stepsOf({ steps }: Scenario, { begun, settled, verdicts }: Progress): readonly string[] {
  const next = Math.min(steps.length, Math.max(-1, ...begun) + 2);
  return steps.slice(0, next).map((step, index) => {
    const state = settled.has(index) ? '  ' : begun.has(index) ? '▶ ' : '… ';
    const own = verdicts.filter((verdict) => verdict.step === index);
    const judged = own.map(({ assertion, result, figure }) => `${marks[result]} ${assertion} ${figure}`).join('   ');
    const undone = own.length === 0 ? (settled.get(index) ?? '') : '';
    return `${state}${clockText(step.t)}  ${whatOf(step).padEnd(whatColumns)}  ${judged}${undone}`.trimEnd();
  });
}

function cut(line: string, columns: number): string {
  return lengthOf(line) <= columns ? line : `${[...line].slice(0, columns - 1).join('')}…`;
}

/** Each of our characters fills one column. */
function lengthOf(text: string): number {
  return [...text].length;
}
