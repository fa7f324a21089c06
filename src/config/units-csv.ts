/**
 * Units as a table for spreadsheets (RFC 4180), one row a unit. Commas or semicolons, by the first line, as spreadsheets of
 * the two countries write either; a byte order mark may stand before it. Pure; any text gives rows or faults.
 */
import { type Coded, coded } from './problem-codes.ts';
import type { Config } from './schema.ts';

type Unit = Config['units'][number];

const columns = ['id', 'network', 'address', 'callSign', 'organisation', 'language', 'controlRoom'] as const;
type Column = (typeof columns)[number];
const optional: ReadonlySet<Column> = new Set(['controlRoom']);

export type UnitRow = Readonly<Partial<Record<Column, string>>>;

export interface CsvFault extends Coded {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export type UnitsReading =
  /** `lines`: on which each begins. */
  | { readonly ok: true; readonly units: readonly UnitRow[]; readonly lines: readonly number[] }
  | { readonly ok: false; readonly faults: readonly CsvFault[] };

/** As many as the configuration may have; more are not read. */
const rowsMax = 20_000;
/** Empty ones among them; none behind is looked at. */
const linesMax = 2 * rowsMax;
/** So many columns, known or not, are looked at. */
const namesMax = 64;
const faultsMax = 200;

export function writeUnitsCsv(units: readonly Unit[]): string {
  const rows = units.map((unit) => columns.map((column) => quoted(unit[column] ?? '')).join(','));
  return [columns.join(','), ...rows, ''].join('\r\n');
}

export function readUnitsCsv(text: string): UnitsReading {
  const body = text.replace(/^\uFEFF/, '');
  const [first = ''] = body.split(/\r?\n/, 1);
  const separator = first.includes(';') && !first.includes(',') ? ';' : ',';
  const { rows, fault } = rowsOf(body, separator);
  if (fault !== undefined) return { ok: false, faults: [fault] };
  const [head, ...others] = rows;
  if (head === undefined)
    return {
      ok: false,
      faults: [
        {
          ...{ line: 1, message: `the first line names the columns: ${columns.join(separator)}` },
          ...coded('csv-columns', { columns: columns.join(separator) }),
        },
      ],
    };
  const names = head.cells.slice(0, namesMax).map((cell) => cell.trim());
  const faults = headFaults(names);
  if (faults.length > 0) return { ok: false, faults };
  const units: UnitRow[] = [];
  const lines: number[] = [];
  const seen = new Map<string, number>();
  for (const { cells, line } of others) {
    if (cells.every((cell) => cell.trim() === '')) continue;
    const unit = Object.fromEntries(
      names.flatMap((name, index) => (cells[index]?.trim() ? [[name, cells[index]?.trim()]] : [])),
    ) as UnitRow;
    const fault =
      cells.length === names.length
        ? rowFault(unit, seen)
        : {
            message: `has ${cells.length} fields, not ${names.length}`,
            ...coded('csv-fields', { fields: cells.length, wanted: names.length }),
          };
    if (fault !== undefined) faults.push({ line, ...fault });
    if (unit.id !== undefined && !seen.has(unit.id)) seen.set(unit.id, line);
    units.push(unit);
    lines.push(line);
    if (faults.length >= faultsMax) break;
  }
  if (units.length > rowsMax) faults.push(tooMany(lines[rowsMax] ?? 1));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, units, lines };
}

function tooMany(line: number): CsvFault {
  const message = `is beyond the ${rowsMax} units that there may be`;
  return { line, message, ...coded('csv-too-many', { max: rowsMax }) };
}

function headFaults(names: readonly string[]): CsvFault[] {
  const unknown = names.filter((name) => !columns.some((column) => column === name));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const missing = columns.filter((column) => !optional.has(column) && !names.includes(column));
  return [
    ...unknown.map((name) => ({
      line: 1,
      message: `${JSON.stringify(name)} is no column: known are ${columns.join(', ')}`,
      ...coded('csv-column-unknown', { column: name.slice(0, 64), columns: columns.join(', ') }),
    })),
    ...twice.map((name) => ({
      ...{ line: 1, message: `column ${name} stands there twice` },
      ...coded('csv-column-twice', { column: name }),
    })),
    ...missing.map((name) => ({
      ...{ line: 1, message: `column ${name} is missing` },
      ...coded('csv-column-missing', { column: name }),
    })),
  ];
}

function rowFault(unit: UnitRow, seen: ReadonlyMap<string, number>): Omit<CsvFault, 'line'> | undefined {
  const missing = columns.filter((column) => !optional.has(column) && unit[column] === undefined);
  if (missing.length > 0) {
    const names = missing.join(', ');
    return { message: `${names} must be given`, ...coded('csv-missing', { columns: names }) };
  }
  const before = seen.get(unit.id ?? '');
  if (before === undefined) return undefined;
  const id = unit.id ?? '';
  return { message: `id ${id} stands on line ${before} already`, ...coded('csv-id-twice', { id, line: before }) };
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/** Fields between quotes may hold separators, line ends, and quotes written twice. */
function rowsOf(text: string, separator: string): { readonly rows: readonly Row[]; readonly fault?: CsvFault } {
  const rows: Row[] = [];
  let cells: string[] = [];
  let line = 1;
  let began = 1;
  let at = 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      const from = line;
      for (at++; ; at++) {
        if (at >= text.length)
          return { rows, fault: { line: from, message: 'a quote is opened and not closed', code: 'csv-quote-open' } };
        if (text[at] === '\n') line++;
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') {
          cell += '"';
          at++;
        } else break;
      }
      at++;
      if (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') {
        return { rows, fault: { line, message: 'something stands behind a closing quote', code: 'csv-quote-behind' } };
      }
    } else {
      while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') cell += text[at++];
    }
    cells.push(cell);
    if (text[at] === separator) {
      at++;
      if (at >= text.length) cells.push('');
      if (at < text.length) continue;
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    rows.push({ cells, line: began });
    if (rows.length > linesMax + 1) return { rows, fault: tooMany(line) };
    cells = [];
    line++;
    began = line;
  }
  return { rows };
}

/** Quotes where the text would be read as something else. */
function quoted(text: string): string {
  return /[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
