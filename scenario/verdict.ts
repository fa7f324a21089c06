/** What became of a pass condition at a step, with the figure that was measured. */
export type Result = 'passed' | 'failed' | 'not-yet';

export interface Verdict {
  /** Index of the step; absent for what holds throughout. */
  readonly step?: number;
  readonly assertion: string;
  readonly result: Result;
  /** What was measured, in words of the table. */
  readonly figure: string;
}

/** Names of the pass conditions, as the customer has them. */
export const assertionNames: Readonly<Record<string, string>> = {
  'A-01': 'Reach',
  'A-02': 'Delay',
  'A-03': 'Onset',
  'A-04': 'Talker',
  'A-05': 'Recorded',
  'A-06': 'Logged',
  'A-07': 'One floor',
  'A-08': 'Denial',
  'A-09': 'Pre-emption',
  'A-10': 'Emergency shown',
  'A-11': 'Emergency authority',
  'A-12': 'Isolation',
  'A-13': 'No loop',
  'A-14': 'Announcement',
  'A-15': 'Bridge time',
  'A-16': 'Border record',
  'A-17': 'Position window',
  'A-18': 'Meaning',
  'A-19': 'Hit discipline',
  'A-20': 'Refusal',
  'A-21': 'Failover',
  'A-22': 'No split brain',
  'A-23': 'Shedding',
  'A-24': 'Cut speech',
  'A-25': 'Return',
  'A-26': 'Complete record',
  'A-27': 'Time',
  'A-28': 'Closing',
  'A-29': 'Export',
  'A-30': 'Visible state',
};

export function measured(holds: boolean, figure: string): Pick<Verdict, 'result' | 'figure'> {
  return { result: holds ? 'passed' : 'failed', figure };
}

export function notYet(why: string): Pick<Verdict, 'result' | 'figure'> {
  return { result: 'not-yet', figure: why };
}

/** "12" or "0.97": what a table needs. */
export function figure(value: number, digits = 0): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
