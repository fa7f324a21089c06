/** What operators are told of evidence that cannot be written as it should, each with its own remedy. Pure. */

/** Why the database of the audit log cannot be written; `spooled`: its lines are on the disk all the same. */
export interface AuditFault {
  readonly reason: string;
  readonly spooled: boolean;
}

/** Of the audit log, what its database has not. */
export interface EvidenceWaiting {
  /** Lines on the disk or in memory. */
  readonly waiting: number;
  /** When it had the last of what was put aside, and how many lines that were; absent: nothing was in this run. */
  readonly caughtUp?: { readonly lines: number; readonly utcMs: number };
}

export const evidenceAlarms = [
  /** Lines are put aside on the disk. */
  'evidence-away',
  /** Lines are in memory alone: a restart loses them. */
  'evidence-unsafe',
  /** What is signed now can be proven by no key after a restart. */
  'signing-key-not-kept',
] as const;
export type EvidenceAlarm = (typeof evidenceAlarms)[number];

export function alarmsOf(audit: AuditFault | undefined, keyFault: string | undefined): readonly EvidenceAlarm[] {
  return [
    ...(audit === undefined ? [] : ([audit.spooled ? 'evidence-away' : 'evidence-unsafe'] as const)),
    ...(keyFault === undefined ? [] : (['signing-key-not-kept'] as const)),
  ];
}
