/**
 * Pre-coded status: 16 bits that mean something by agreement.
 *
 *   | 0: emergency | 1–31 743: reserved | 011111, type 2, reference 8: answer to a short text | 32 768–65 535: free to use |
 *
 * Standard: ETSI EN 300 392-2 §14.8.34; where sources disagree: docs/standards.md.
 */
export type Status =
  | { readonly name: 'emergency' }
  | { readonly name: 'reserved'; readonly code: number }
  /** What became of a short text of ours that had this reference. */
  | { readonly name: 'answer'; readonly outcome: TextOutcome; readonly reference: number }
  /** Network or user specific: its meaning is a matter of agreement. */
  | { readonly name: 'user'; readonly code: number };

const outcomes = ['not-supported', 'memory-full', 'received', 'consumed'] as const;
export type TextOutcome = (typeof outcomes)[number];

const answerPrefix = 0b011111;
const userFrom = 0x8000;

/** `code`: 0 to 65 535. */
export function statusOf(code: number): Status {
  if (code === 0) return { name: 'emergency' };
  if (code >= userFrom) return { name: 'user', code };
  if (code >> 10 !== answerPrefix) return { name: 'reserved', code };
  return { name: 'answer', outcome: outcomes[(code >> 8) & 3]!, reference: code & 0xff };
}

export function codeOf(status: Status): number {
  switch (status.name) {
    case 'emergency':
      return 0;
    case 'answer':
      return (answerPrefix << 10) | (outcomes.indexOf(status.outcome) << 8) | status.reference;
    case 'reserved':
    case 'user':
      return status.code;
  }
}
