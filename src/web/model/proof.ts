/** Proofs of the lines to the networks, as the gateway tells them (/api/v1/proofs). Pure. */
type ProofCause =
  | 'not-up'
  | 'refused'
  | 'no-answer'
  | 'nothing-back'
  | 'too-low'
  | 'too-high'
  | 'too-slow'
  | 'broken'
  | 'identity'
  | 'busy'
  | 'stopped';
export type ProofVerdict = 'green' | 'red' | 'unproven';
type ProofKind = 'morning' | 'hand' | 'call';

interface ProofAbout {
  readonly number: number;
  readonly kind: ProofKind;
  readonly by: string;
  readonly dueUtcMs?: number;
  readonly endedUtcMs: number;
  readonly verdict: ProofVerdict;
  readonly missed?: true;
}

/** What kept the talkgroups from being called; groups by their short names. */
export interface ProofBusy {
  readonly code: 'talk' | 'no-group' | 'group-open' | 'joined';
  readonly group?: string;
  readonly talkgroup?: string;
}

export interface ProofResult {
  readonly talkgroup: string;
  readonly attachment: string;
  readonly verdict: ProofVerdict;
  readonly causes: readonly ProofCause[];
  readonly reason?: string;
  readonly busy?: ProofBusy;
  /** Why the call did not come up, as of a leg. */
  readonly fault?: string;
  readonly heardOn?: string;
  readonly levelDbov?: number;
  readonly oneWayMs?: number;
  readonly identity?: string;
}

interface ProofReport extends ProofAbout {
  readonly results: readonly ProofResult[];
}

export interface ProofLine {
  readonly talkgroup: string;
  readonly short: string;
  readonly attachment: string;
  readonly networkName: string;
  readonly rank: number;
}

export interface ProofStep {
  readonly utcMs: number;
  readonly step: 'waiting' | 'called' | 'answered' | 'not-answered' | 'sounding' | 'heard' | 'not-heard' | 'ended';
  readonly talkgroup?: string;
  readonly attachment?: string;
  readonly reason?: string;
  readonly busy?: ProofBusy;
  readonly fault?: string;
}

export interface Proofs {
  /** Of the group for tests; absent: none is configured. */
  readonly group?: string;
  readonly nextUtcMs?: number;
  readonly mayRun: boolean;
  readonly lines: readonly ProofLine[];
  readonly isUnderWay: boolean;
  readonly progress?: { readonly kind: ProofKind; readonly by: string; readonly steps: readonly ProofStep[] };
  readonly last?: ProofReport;
  readonly lastCall?: ProofReport;
  readonly history: readonly (ProofAbout & Readonly<Record<ProofVerdict, number>>)[];
}

/** What was last found of a line, by whichever proof it was, and when; undefined: nothing yet. */
export function lastOf(
  { last, lastCall }: Proofs,
  line: ProofLine,
): (ProofResult & { readonly endedUtcMs: number }) | undefined {
  const isNewer = (lastCall?.endedUtcMs ?? 0) > (last?.endedUtcMs ?? 0);
  const reports = isNewer ? [lastCall, last] : [last, lastCall];
  return reports
    .flatMap((report) => report?.results.map((result) => ({ ...result, endedUtcMs: report.endedUtcMs })) ?? [])
    .find(({ talkgroup, attachment }) => talkgroup === line.talkgroup && attachment === line.attachment);
}
