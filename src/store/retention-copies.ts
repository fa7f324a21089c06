/** What is where nothing is removed, by the audit log: packages that were handed out, and backups. Pure but for the log. */
import { z } from 'zod';
import { recordingFolderOf } from '../base/recording-folder.ts';
import type { AuditStore } from './audit-store.ts';

export interface RemovedPart {
  readonly kind: string;
  readonly day: string;
  /** Folder of the group. */
  readonly group: string;
}

const dayMs = 24 * 3_600_000;
const exportedSchema = z.object({
  about: z.object({
    fromUtc: z.string(),
    toUtc: z.string(),
    groups: z.union([z.literal('all'), z.array(z.string())]),
    manifestSha256: z.string(),
  }),
});
const backedUpSchema = z.object({ about: z.object({ ofUtc: z.string(), manifestSha256: z.string() }) });

/** SHA-256 of the list of sums of each that has something, by the log's entries of that name. */
export async function copiesIn(
  audit: AuditStore,
  event: string,
  copyOf: (entry: unknown) => string | undefined,
): Promise<ReadonlySet<string>> {
  const copies = new Set<string>();
  for (let afterSeq = 0; ; ) {
    const page = await audit.search({ event, limit: 1000, afterSeq });
    for (const { seq, entry } of page) {
      afterSeq = seq;
      const copy = copyOf(JSON.parse(entry));
      if (copy !== undefined) copies.add(copy);
    }
    if (page.length === 0) return copies;
  }
}

/** Of one that was handed out; a removed part of no group stands in the extract of the log that goes along. Undefined: it has nothing of it. */
export function packageWith(
  entry: unknown,
  removed: readonly RemovedPart[],
  groupOf: (folder: string) => string,
): string | undefined {
  const said = exportedSchema.safeParse(entry).data?.about;
  if (said === undefined) return undefined;
  const { fromUtc, toUtc, groups, manifestSha256 } = said;
  const has = removed.some(({ kind, day, group: folder }) => {
    if (kind === 'laidAside') return false; // is in none
    const group = groupOf(folder);
    const utcMs = Date.parse(`${day}T00:00:00Z`);
    // Of the log all went up to that day.
    const isOfDay = Date.parse(fromUtc) < utcMs + dayMs && (kind === 'actionLog' || Date.parse(toUtc) >= utcMs);
    return (
      isOfDay &&
      (folder === '' || groups === 'all' || groups.some((each) => each === group || recordingFolderOf(each) === group))
    );
  });
  return has ? manifestSha256 : undefined;
}

/** One that was made on that day or later; what was gone before stands in a report before. */
export function backupWith(entry: unknown, removed: readonly RemovedPart[]): string | undefined {
  const said = backedUpSchema.safeParse(entry).data?.about;
  if (said === undefined) return undefined;
  return removed.some(({ day }) => said.ofUtc.slice(0, 10) >= day) ? said.manifestSha256 : undefined;
}
