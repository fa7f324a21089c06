/** The table of a run: one row a pass condition and step, with the figure, and what it comes to. Pure. */
import { clockText, type Scenario, type Step } from './scenario-file.ts';
import { assertionNames, type Result, type Verdict } from './verdict.ts';

export const marks: Readonly<Record<Result, string>> = { passed: '✓', failed: '✗', 'not-yet': '·' };
const words: Readonly<Record<Result, string>> = { passed: 'pass', failed: 'FAIL', 'not-yet': 'not yet' };

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly 'not-yet': number;
}

export function countOf(verdicts: readonly Verdict[]): Count {
  const count = (result: Result) => verdicts.filter((verdict) => verdict.result === result).length;
  return { passed: count('passed'), failed: count('failed'), 'not-yet': count('not-yet') };
}

export function tableOf({ scenario, title, steps }: Scenario, verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ step, assertion, result, figure }) => {
    const at = step === undefined ? undefined : steps[step];
    return [
      at === undefined ? 'all' : clockText(at.t),
      at === undefined ? 'throughout' : whatOf(at),
      `${assertion} ${assertionNames[assertion] ?? ''}`,
      `${marks[result]} ${words[result]}`,
      figure,
    ];
  });
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${scenario}: ${title}\n\n${lines.join('\n')}\n\n${countText(countOf(verdicts))}\n`;
}

export function countText({ passed, failed, 'not-yet': open }: Count): string {
  return `${passed} passed, ${failed} failed, ${open} not yet`;
}

/** What a step is, short. */
export function whatOf(step: Step): string {
  switch (step.do) {
    case 'say':
      return `${step.by} on ${step.tg}`;
    case 'ui':
      return `${step.by}: ${step.action}`;
    case 'ann':
      return `${step.id} to ${step.to.length > 1 ? `${step.to[0]} …` : step.to[0]}`;
    case 'regroup':
      return `${step.by} to ${step.to}`;
    case 'status':
      return `${step.by}: status ${step.code}`;
    case 'pos':
      return `${step.by}: position`;
    case 'emg':
      return `${step.by}: emergency`;
    case 'hit':
      return `hit ${step.id}`;
    case 'call':
    case 'intercom':
      return `${step.by} calls ${step.to}`;
    case 'fault':
      return `cut ${step.target.join(', ')}`;
    case 'heal':
      return `repair ${step.target.join(', ')}`;
    case 'check':
      return step.name.length > 48 ? `${step.name.slice(0, 47)}…` : step.name;
  }
}
