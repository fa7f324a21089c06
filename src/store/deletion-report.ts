/**
 * What was deleted, by which rule, a file a day, signed like the checkpoints of the audit log and chained: each has the
 * SHA-256 of the one before, so that one that was taken out is missed. What `openssl pkeyutl -verify` reads. Pure.
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { dataSaid } from '../operations/data-kinds.ts';
import type { LegalHold, Removed } from './retention-store.ts';

const reportForm = 'escaut deletion report 1';

/** Something that a rule would have removed, and a hold or the disk has kept. */
export interface Spared {
  readonly kind: Removed['kind'];
  readonly day: string;
  readonly group: string;
  readonly count: number;
  /** By which; else the disk would not. */
  readonly hold?: number;
  readonly reason?: string;
}

export interface ReportFacts {
  readonly gateway: string;
  readonly day: string;
  readonly madeUtcMs: number;
  /** SHA-256 of the report before, hexadecimal; undefined: this is the first. */
  readonly before: string | undefined;
  readonly values: Readonly<Record<string, number>>;
  readonly removed: readonly Removed[];
  readonly spared: readonly Spared[];
  readonly holds: readonly LegalHold[];
  /** SHA-256 of SHA256SUMS of packages that hold something of what was removed, and are where nothing is removed. */
  readonly copies: readonly string[];
}

/** As it is kept: JSON, a line feed at its end. */
export function reportText(facts: ReportFacts): string {
  const { gateway, day, madeUtcMs, before, values, removed, spared, holds, copies } = facts;
  const utc = (utcMs: number): string => new Date(utcMs).toISOString();
  const report = {
    form: reportForm,
    gateway,
    day,
    made: utc(madeUtcMs),
    ...(before !== undefined && { before }),
    rules: Object.fromEntries(Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1))),
    kinds: dataSaid(values, removed),
    removed: removed.map(({ removedUtcMs, ...each }) => ({ ...each, at: utc(removedUtcMs) })),
    spared,
    holds: holds.map(({ fromUtcMs, toUtcMs, utcMs, groups, ...each }) => ({
      ...each,
      groups: groups ?? 'all',
      from: utc(fromUtcMs),
      to: utc(toUtcMs),
      since: utc(utcMs),
    })),
    copies,
  };
  return `${JSON.stringify(report, undefined, 1)}\n`;
}

export function signReport(text: string, key: KeyObject): Buffer {
  return sign(null, Buffer.from(text), key);
}

export function reportSha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export interface KeptReport {
  readonly day: string;
  readonly text: string;
  /** 64 octets; undefined: it is not there. */
  readonly signature: Uint8Array | undefined;
}

const readSchema = z.object({ form: z.literal(reportForm), day: z.string(), before: z.string().optional() });

/**
 * By day, in order. The first that is wrong, in words; undefined: all are whole. `logged`: SHA-256 by day, as the audit log
 * has them.
 */
export function reportFault(
  reports: readonly KeptReport[],
  key: KeyObject,
  logged: ReadonlyMap<string, string>,
): string | undefined {
  let before: string | undefined;
  for (const { day, text, signature } of reports) {
    const said = readReport(text);
    if (said?.day !== day) return `${day}: is no report of that day`;
    if (signature === undefined || !verify(null, Buffer.from(text), key, signature)) {
      return `${day}: is not signed by this key`;
    }
    if (before !== undefined && said.before !== before) return `${day}: does not follow the report before it`;
    before = reportSha256(text);
    const known = logged.get(day);
    if (known !== undefined && known !== before) return `${day}: is another one than the audit log names`;
  }
  const there = new Set(reports.map(({ day }) => day));
  const gone = [...logged.keys()].find((day) => !there.has(day));
  return gone === undefined ? undefined : `${gone}: is missing, and the audit log names it`;
}

function readReport(text: string): z.infer<typeof readSchema> | undefined {
  try {
    return readSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // whatever it is, it is no report
  }
}
