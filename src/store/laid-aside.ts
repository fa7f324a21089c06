/**
 * Documents of the gateway that could not be read and were laid aside (kept-file.ts), as the rules of retention judge them: by
 * the rule of what they are of, any other by the shortest of all, from the day on which they were laid aside. What is in them
 * nobody knows: they may tell of any group, of any country and of any time before.
 *
 *   hits.json.broken-2026-11-29T02-15-00
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Hold, holdOf, type Kept, type KeptKind } from '../operations/retention.ts';
import { removeFiles } from './kept-recordings.ts';
import type { RemovedFile } from './retention-store.ts';

export interface LaidAside {
  /** In the state folder. */
  readonly file: string;
  readonly kept: Kept;
}

const namePattern = /^([a-z][a-z0-9-]*)\.jsonl?\.broken-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)$/;

/** Of the document's name, without the number of a sheet. */
const aboutOf: Readonly<Record<string, KeptKind>> = {
  'border-records': 'borderRecord',
  hits: 'hit',
  'hand-overs': 'handOver',
  'hand-over-sheet': 'handOver',
};

/** By name; what took a document's place may be a folder as well. @throws Error of the system */
export function laidAsideIn(stateFolder: string): readonly LaidAside[] {
  if (!existsSync(stateFolder)) return [];
  return readdirSync(stateFolder)
    .sort()
    .flatMap((file) => {
      const [, document = '', day, ...time] = namePattern.exec(file) ?? [];
      const utcMs = Date.parse(`${day}T${time.join(':')}Z`);
      if (Number.isNaN(utcMs)) return [];
      const about = aboutOf[document.replace(/-\d+$/, '')];
      const kept = { kind: 'laidAside', group: undefined, countries: undefined, fromUtcMs: 0, toUtcMs: utcMs } as const;
      return [{ file, kept: { ...kept, ...(about !== undefined && { about }) } }];
    });
}

/** As a plan of removal has it; a folder by the list of what is in it, as `sha256sum` writes it. @throws Error of the system */
export function plannedLaidAside(stateFolder: string, file: string): RemovedFile {
  const place = join(stateFolder, file);
  if (!lstatSync(place).isDirectory()) return { file, ...sumOf(place) };
  const within = readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(place, join(parentPath, name)))
    .sort()
    .map((name) => ({ name, ...sumOf(join(place, name)) }));
  const list = within.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
  const octets = within.reduce((sum, each) => sum + each.octets, 0);
  return { file, octets, sha256: sha256Of(list) };
}

/** Nobody waits for a pipe or follows a link: of those there is no more than that they were there. */
function sumOf(place: string): Pick<RemovedFile, 'octets' | 'sha256'> {
  const stats = lstatSync(place);
  const bytes = stats.isFile() ? readFileSync(place) : stats.isSymbolicLink() ? readlinkSync(place) : '';
  return { octets: Buffer.byteLength(bytes), sha256: sha256Of(bytes) };
}

function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Those of a plan that a hold keeps by now; the others are gone, so that a loss of power brings none back. @throws Error of the system */
export function removeLaidAside(
  stateFolder: string,
  files: readonly RemovedFile[],
  holds: readonly Hold[],
): ReadonlySet<string> {
  const named = new Set(files.map(({ file }) => file));
  const there = laidAsideIn(stateFolder).filter(({ file }) => named.has(file));
  const held = new Set(there.filter(({ kept }) => holdOf(kept, holds) !== undefined).map(({ file }) => file));
  const gone = there.map(({ file }) => file).filter((file) => !held.has(file));
  for (const file of gone) rmSync(join(stateFolder, file), { recursive: true, force: true });
  removeFiles(stateFolder, gone); // so that the disk has it so
  return held;
}
