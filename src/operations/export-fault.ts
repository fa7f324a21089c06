/**
 * Why an export of recordings could not be made: codes that consoles, programs and `escaut export` say in words, with what
 * is to be done (docs/evidence.md). What the machine said stands in the log. Pure.
 */
import type { AccessRefusal } from './recording-access.ts';

export const exportFaults = [
  // What was asked for.
  'nothing-there',
  'unknown-group',
  'unknown-incident',
  'unknown-person',
  'too-many-entries',
  'too-large',
  'took-too-long',
  'file-there',
  // Who asked.
  'not-permitted',
  'second-person-is-the-first',
  'second-person-may-not',
  'second-person-same-country',
  'not-own-country',
  'log-of-another-law',
  // What was found.
  'recording-changed',
  'recording-key-missing',
  'records-unreadable',
  'log-missing',
  'signing-key',
  'store-away',
  'disk-full',
  // What became of it.
  'broke-off',
  'gateway-ended',
  'package-lost',
  'package-unreadable',
  /** None of these. */
  'other',
] as const;
export type ExportFault = (typeof exportFaults)[number];

/** Of a refusal of the two persons. */
export function faultOfRefusal(
  refusal: AccessRefusal | 'second-person-same-country' | 'log-of-another-law',
): ExportFault {
  return exportFaults.find((fault) => fault === refusal) ?? 'not-permitted';
}
