/** What the views share that show proofs of lines: how verdicts look, faults in words, and looking again while one runs. */
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import type { ProofResult, ProofVerdict } from '../model/proof.ts';
import { formatMoment } from './format.ts';
import { useProofs, useSession, useView } from './session-context.tsx';
import type { ShapeName } from './state-shape.tsx';
import { useNow } from './use-now.ts';
import { faultKey } from './words.ts';

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

/** An instant as the gateway's place has it. */
export function useMoment(): (utcMs: number) => string {
  const { i18n } = useTranslation();
  const { model, time } = useView();
  const nowUtcMs = gatewayUtcMs(time, useNow(60_000));
  return (utcMs) => formatMoment(utcMs, nowUtcMs, i18n.language, model.timezone);
}

/** Why a call did not come up, or was not tried, in the words of whoever reads where the gateway has a word for it; may be empty. */
export function useWhy(): (said: Pick<ProofResult, 'reason' | 'fault' | 'busy'>) => string {
  const { t } = useTranslation();
  return ({ reason = '', fault, busy }) => {
    if (busy !== undefined) return t(`proofs.busy.${busy.code}`, { group: busy.group, talkgroup: busy.talkgroup });
    return fault === undefined ? reason : t(faultKey(fault));
  };
}

/** Why the last thing was not done; empty: it was. */
export function useProofFault(): string {
  const { t } = useTranslation();
  const { fault } = useProofs();
  const code = faults.find((each) => each === fault);
  return code === undefined ? fault : t(`proofs.fault.${code}`);
}
