/** Measured figures are printed, so that a run shows what was reached, not only that it passed. */
export function show(what: string, figures: Readonly<Record<string, unknown>>): void {
  const text = Object.entries(figures)
    .filter(([, value]) => typeof value === 'number' || typeof value === 'string')
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`);
  console.log(`${what}: ${text.join(', ')}`);
}
