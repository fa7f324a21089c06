/** The header by which a gateway knows a program of its own machine: src/api/machine-guard.ts. */
import { readFileSync } from 'node:fs';

/** Empty without a file. @throws Error in words for an operator when the file cannot be read, or is no key. */
export function machineHeader(file: string | undefined): { authorization?: string } {
  if (file === undefined) return {};
  const key = readFileSync(file, 'latin1').trim();
  if (!/^[0-9a-f]{64}$/.test(key)) throw new Error(`${file} is no key of a gateway`);
  return { authorization: `Bearer ${key}` };
}
