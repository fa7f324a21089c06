/** `escaut proof`: how the last proof of the lines fared, and one now, by way of a gateway that runs on this machine. */

import { type ProofReport, type ProofsView, proofsSchema } from './api/proof-schemas.ts';
import { printable } from './base/printable.ts';
import type { Command } from './command-line.ts';
import { machineHeader } from './machine-key.ts';
import { busyWords, type ProofCause } from './operations/line-proof.ts';

type ProofCommand = Extract<Command, { name: 'proof' }>;

const answerMsMax = 5000;
const lookEveryMs = 1000;
/** All lines of a large site, each as slow as it may be, behind a group that is in use. */
const waitMsMax = 3_600_000;

/** Waits for one that was asked for. @throws Error in words for an operator when no gateway answers there, or refuses. */
export async function runProof({ url, key, act, by, attachment }: ProofCommand): Promise<ProofsView> {
  const at = new URL('/proofs', url);
  const known = machineHeader(key);
  if (act === 'show') return ask(at, known);
  const wish = { by, ...(attachment !== undefined && { attachment }) };
  let view = await ask(at, known, wish);
  for (const endMs = Date.now() + waitMsMax; view.isUnderWay && Date.now() < endMs; ) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    view = await ask(at, known);
  }
  return view;
}

async function ask(at: URL, known: { authorization?: string }, wish?: object): Promise<ProofsView> {
  const headers = { 'content-type': 'application/json', ...known };
  const response = await fetch(at, {
    signal: AbortSignal.timeout(answerMsMax),
    ...(wish === undefined ? { headers: known } : { method: 'POST', headers, body: JSON.stringify(wish) }),
  }).catch((error: unknown) => {
    throw new Error(`no gateway answers at ${at.href}; is it running, and is console.listen there?`, { cause: error });
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const detail =
      typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : response.status;
    throw new Error(printable(`the gateway says: ${detail}`, 300));
  }
  const view = proofsSchema.safeParse(body);
  if (!view.success) throw new Error(`${at.href} is no proof of a gateway of this version`);
  return view.data;
}

/** The report that a command is about: a test call's where one was asked for. */
export function proofOf(view: ProofsView, isCall: boolean): ProofReport | undefined {
  return isCall ? view.lastCall : view.last;
}

export function proofText(view: ProofsView, isCall: boolean): string {
  const report = proofOf(view, isCall);
  const next = view.nextUtcMs === undefined ? '' : `; the next is due ${timeOf(view.nextUtcMs)}`;
  if (view.group === undefined) return 'no proof of the lines is configured: morningProof';
  if (report === undefined) return `no proof of the lines yet${next}`;
  const { verdict, missed, kind, by, endedUtcMs, dueUtcMs, results } = report;
  const who = kind === 'morning' ? '' : `, by ${printable(by)}`;
  if (missed) return `NOT PROVEN: it did not take place at ${timeOf(dueUtcMs ?? endedUtcMs)}${next}`;
  const lines = results.map((result) => {
    const name = [result.talkgroup, result.attachment].map((text) => printable(text)).join(' by ');
    const figures = [
      result.heardOn === undefined ? '' : `heard on ${printable(result.heardOn)}`,
      result.levelDbov === undefined ? '' : `${result.levelDbov} dBov`,
      result.oneWayMs === undefined ? '' : `${result.oneWayMs} ms one way`,
      result.identity === undefined ? '' : `talker ${printable(result.identity)}`,
    ].filter(Boolean);
    const why = result.causes.map((cause) => causeWords[cause]).join('; ');
    const said = result.busy === undefined ? result.reason : busyWords(result.busy);
    const reason = said === undefined ? '' : ` (${printable(said, 300)})`;
    return `  ${verdictWords[result.verdict].padEnd(10)}  ${name}: ${[why + reason, ...figures].filter(Boolean).join(', ')}`;
  });
  return [`${verdictWords[verdict]}: proof of ${timeOf(endedUtcMs)}${who}${next}`, ...lines].join('\n');
}

const verdictWords = { green: 'GREEN', red: 'RED', unproven: 'NOT PROVEN' } as const;

const causeWords: Readonly<Record<ProofCause, string>> = {
  'not-up': 'its call did not come up',
  refused: 'its network did not take our key',
  'no-answer': 'not proven: no far end answers',
  'nothing-back': 'others hear it, but nothing comes back on it',
  'too-low': 'too soft',
  'too-high': 'too loud',
  'too-slow': 'too slow',
  broken: 'parts of the tone were lost',
  identity: 'another talker was named than should be, or none',
  busy: 'not proven: busy',
  stopped: 'not proven: it was stopped',
};

function timeOf(utcMs: number): string {
  return `${new Date(utcMs).toISOString().slice(0, 16)}Z`;
}
