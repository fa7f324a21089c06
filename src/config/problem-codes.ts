/**
 * What can be wrong with fleet data, as words for programs: pages say it in the language of their reader, with what stands in
 * `params`. What only infrastructure can have wrong has none: whoever writes that reads the English sentence. Pure.
 */
export const problemCodes = [
  // The text as such.
  ...['yaml', 'not-fleet-data', 'key-unknown'],
  // One value.
  ...['missing', 'empty', 'text-needed', 'number-needed', 'whole-number-needed', 'yes-or-no', 'list-needed'],
  ...['block-needed', 'choice', 'number-min', 'number-max', 'length-min', 'length-max', 'items-min', 'items-max'],
  ...['form', 'form-id', 'form-country', 'form-code', 'form-address', 'form-announcement'],
  // Values that do not fit each other.
  ...['id-twice', 'reference-unknown', 'status-twice', 'status-reserved', 'place-twice', 'plan-groups-or-levels'],
  ...['level-order', 'level-without-group', 'post-unknown', 'encrypted', 'plan-requires', 'positions-contradict'],
  ...['tetra-number', 'tetrapol-number', 'number-twice', 'tetra-address', 'address-twice', 'name-twice', 'leg-twice'],
  ...['two-permanent', 'permanent-elsewhere', 'attachment-elsewhere', 'attachment-off', 'network-unreached'],
  'shadow-by-radio',
  ...['priority-above-max', 'warning-after-limit', 'schedule', 'schedule-missing', 'schedule-mode', 'schedule-empty'],
  'schedule-overlap',
  // A table of units.
  ...['csv-columns', 'csv-column-unknown', 'csv-column-twice', 'csv-column-missing', 'csv-fields', 'csv-missing'],
  ...['csv-id-twice', 'csv-too-many', 'csv-quote-open', 'csv-quote-behind'],
] as const;
export type ProblemCode = (typeof problemCodes)[number];

export type ProblemParams = Readonly<Record<string, string | number>>;

/** Which it is, and what stands in its words. */
export interface Coded {
  readonly code?: ProblemCode;
  readonly params?: ProblemParams;
}

/** For a problem, or nothing. */
export function coded(code?: ProblemCode, params?: ProblemParams): Coded {
  return { ...(code !== undefined && { code }), ...(params !== undefined && { params }) };
}
