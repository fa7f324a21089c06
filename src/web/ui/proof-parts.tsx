/** What the views share that show proofs of lines: how verdicts look, faults in words, and looking again while one runs. */
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProofVerdict } from '../model/proof.ts';
import { useProofs, useSession } from './session-context.tsx';
import type { ShapeName } from './state-shape.tsx';

export const proofShapes: Readonly<Record<ProofVerdict, ShapeName>> = { green: 'up', red: 'down', unproven: 'unknown' };
/** What the page has words of its own for. */
const faults = ['no-session', 'locked', 'not-permitted', 'under-way', 'group-in-use', 'rate', 'unreachable'] as const;
/** Who looks on while one runs sees it step by step; else now and then. */
const runningMs = 1000;
const idleMs = 30_000;

/** Asks the gateway for them as long as the view is shown; `isAsked` false: whoever looks on has none. */
export function useProofsLive(isAsked = true): void {
  const { proofs: desk } = useSession();
  const isUnderWay = useProofs().proofs?.isUnderWay === true;
  useEffect(() => {
    if (!isAsked) return undefined;
    void desk.load();
    const timer = setInterval(() => void desk.load(), isUnderWay ? runningMs : idleMs);
    return () => clearInterval(timer);
  }, [desk, isUnderWay, isAsked]);
}

/** Why the last thing was not done; empty: it was. */
export function useProofFault(): string {
  const { t } = useTranslation();
  const { fault } = useProofs();
  const code = faults.find((each) => each === fault);
  return code === undefined ? fault : t(`proofs.fault.${code}`);
}
