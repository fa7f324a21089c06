/** One table for people and one JSON line for machines, a measurement. */
import { cpus } from 'node:os';

const round = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : value);

export type Row = Readonly<Record<string, string | number>>;

/** Prints `rows` as a table under `title`, how it was measured, and the same as one line of JSON. */
export function report(name: string, method: string, rows: readonly Row[]): void {
  const shown = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? round(value) : value]),
    ),
  );
  process.stdout.write(`\n## ${name}\n${method}\n`);
  console.table(shown);
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  process.stdout.write(`${JSON.stringify({ bench: name, at: new Date().toISOString(), machine, rows: shown })}\n`);
}
