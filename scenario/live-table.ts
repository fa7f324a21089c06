/** The table of a run while it goes: what was played, what is under way, and what was judged of it. Pure. */
import { clockText, type Scenario } from './scenario-file.ts';
import { marks, whatOf } from './table.ts';
import type { Verdict } from './verdict.ts';

export interface Progress {
  /** Steps that have begun, and those that have settled with what kept them from being done; empty: nothing. */
  readonly begun: ReadonlySet<number>;
  readonly settled: ReadonlyMap<number, string>;
  readonly verdicts: readonly Verdict[];
}

/** The last `rows` steps up to the one that comes next. */
export function liveTableOf({ scenario, title, steps }: Scenario, progress: Progress, rows: number): string {
  const { begun, settled, verdicts } = progress;
  const next = Math.min(steps.length, Math.max(-1, ...begun) + 2);
  const lines = steps.slice(0, next).map((step, index) => {
    const state = settled.has(index) ? '  ' : begun.has(index) ? '▶ ' : '… ';
    const own = verdicts.filter((verdict) => verdict.step === index);
    const judged = own.map(({ assertion, result, figure }) => `${marks[result]} ${assertion} ${figure}`).join('   ');
    const undone = own.length === 0 ? (settled.get(index) ?? '') : '';
    return `${state}${clockText(step.t)}  ${whatOf(step).padEnd(48)}  ${judged}${undone}`.trimEnd();
  });
  const passed = verdicts.filter(({ result }) => result === 'passed').length;
  const failed = verdicts.filter(({ result }) => result === 'failed').length;
  const head = `${scenario}: ${title}   ${settled.size} of ${steps.length} steps, ${passed} passed, ${failed} failed`;
  return `${head}\n\n${lines.slice(-Math.max(1, rows - 3)).join('\n')}\n`;
}
