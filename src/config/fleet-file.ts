/**
 * Where the fleet data that holds lies: a file of its own in the state folder of the gateway, written whole by whoever makes
 * a version hold. Its history and who agreed is in the database; the gateway starts without that.
 */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

export interface HoldingFleet {
  readonly version: number;
  /** Without the first line. */
  readonly text: string;
}

/** Of a configuration file in `folder`, by what it says of its gateway. Undefined: it says nothing that could be used. */
export function fleetFileOf(value: unknown, folder: string): string | undefined {
  const gateway = fieldOf(value, 'gateway');
  const id = fieldOf(gateway, 'id');
  const state = fieldOf(gateway, 'stateFolder') ?? 'state';
  if (typeof id !== 'string' || !/^[^/\\\0]{1,64}$/.test(id) || id === '.' || id === '..') return undefined;
  return typeof state === 'string' && state !== '' ? join(resolve(folder, state), id, 'fleet.yaml') : undefined;
}

const head = /^# Version ([1-9][0-9]{0,8}) of the fleet data, sha256 ([0-9a-f]{64})\. Edit it by `escaut fleet`\.\n/;

export function writeFleetFile({ version, text }: HoldingFleet): string {
  return `# Version ${version} of the fleet data, sha256 ${digest(text)}. Edit it by \`escaut fleet\`.\n${text}`;
}

/** Undefined: nobody but a gateway writes it, and this is not what one wrote. */
export function readFleetFile(content: string): HoldingFleet | undefined {
  const [line, version, sha256] = head.exec(content) ?? [];
  if (line === undefined) return undefined;
  const text = content.slice(line.length);
  return digest(text) === sha256 ? { version: Number(version), text } : undefined;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
