/** Fetches the secrets that a configuration refers to, and wraps each so that it is never printed. */
import { type BigIntStats, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { printable } from '../base/printable.ts';
import { Secret } from '../base/secret.ts';
import type { PathProblem } from './problems.ts';
import type { Config, ConfigDraft } from './schema.ts';
import type { SecretReference } from './schema-values.ts';
import type { Path } from './yaml-source.ts';

export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths begin at. */
  readonly folder: string;
  /** False: a secret that cannot be had is a warning, for checking a file where its secrets are not. */
  readonly required: boolean;
}

type Fetched =
  | { readonly ok: true; readonly value: string; readonly warning?: string }
  | { readonly ok: false; readonly reason: string; readonly variable?: string };

/** References to what everybody may know: only private keys and passwords are to be kept. */
const publicKeys: ReadonlySet<unknown> = new Set(['certificate', 'clientCa', 'ca']);
/** A certificate comes with those of its authorities. */
const secretBytesMax = 32_768;

/** Replaces every reference by its secret; problems name the variable or file, never what is in it. */
export function fetchSecrets(
  draft: ConfigDraft,
  sources: SecretSources,
): {
  readonly config: Config;
  readonly problems: PathProblem[];
  /** Environment variables that would have to be set. */
  readonly unset: readonly string[];
} {
  const problems: PathProblem[] = [];
  const unset = new Set<string>();
  const replace = (value: unknown, path: Path): unknown => {
    if (isReference(value)) {
      const fetched = 'env' in value ? fromEnvironment(value.env, sources) : fromFile(value.file, sources);
      const severity = fetched.ok || !sources.required ? 'warning' : 'error';
      const warning = fetched.ok && !publicKeys.has(path.at(-1)) ? fetched.warning : undefined;
      const message = fetched.ok ? warning : fetched.reason;
      if (!fetched.ok && fetched.variable !== undefined) unset.add(fetched.variable);
      if (message !== undefined) problems.push({ severity, path, part: 'value', message });
      return new Secret(fetched.ok ? fetched.value : '');
    }
    if (Array.isArray(value)) return value.map((item, index) => replace(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner, [...path, key])]));
  };
  return { config: replace(draft, []) as Config, problems, unset: [...unset] };
}

function isReference(value: unknown): value is SecretReference {
  if (typeof value !== 'object' || value === null) return false;
  const [entry, ...others] = Object.entries(value);
  return (
    entry !== undefined &&
    others.length === 0 &&
    (entry[0] === 'env' || entry[0] === 'file') &&
    typeof entry[1] === 'string'
  );
}

function fromEnvironment(name: string, { environment }: SecretSources): Fetched {
  // Not repeated: what cannot be a name may be the secret itself.
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return { ok: false, reason: 'must name an environment variable: letters, digits and "_", without "$"' };
  const value = environment[name];
  if (value === undefined)
    return { ok: false, reason: `names the environment variable ${name}, which is not set`, variable: name };
  if (value === '')
    return { ok: false, reason: `names the environment variable ${name}, which is empty`, variable: name };
  return { ok: true, value };
}

function fromFile(name: string, { folder }: SecretSources): Fetched {
  const shown = printable(name);
  let stats: BigIntStats;
  let value: string;
  try {
    const file = resolve(folder, name);
    stats = statSync(file, { bigint: true });
    if (!stats.isFile()) return { ok: false, reason: `names ${shown}, which is not a file` };
    if (stats.size > secretBytesMax)
      return { ok: false, reason: `names ${shown}, which is longer than ${secretBytesMax} bytes` };
    value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    // Whatever the system says (no entry, no right, a NUL in the name), the remedy is the same.
    return { ok: false, reason: `names the file ${shown}, which is not there or may not be read` };
  }
  if (value === '') return { ok: false, reason: `names the file ${shown}, which is empty` };
  const everybody = (stats.mode & 0o007n) !== 0n;
  return {
    ok: true,
    value,
    ...(everybody ? { warning: `names the file ${shown}, which everybody may read: chmod o-rwx it` } : {}),
  };
}
