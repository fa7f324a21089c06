/** A test call of one attachment where its health stands: who will hear it, what becomes of it step by step, what came back. */
import { useTranslation } from 'react-i18next';
import { lastOf, type ProofLine, type Proofs } from '../model/proof.ts';
import { proofShapes, useMoment, useProofFault, useWhy } from './proof-parts.tsx';
import { useProofs, useSession } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';

export function TestCall({ attachment }: { attachment: string }) {
  const { t } = useTranslation();
  const { proofs: desk } = useSession();
  const { proofs } = useProofs();
  const fault = useProofFault();
  if (proofs?.mayRun !== true) return null;
  if (proofs.group === undefined) return <p className="test-call">{t('proofs.noGroup')}</p>;
  const lines = proofs.lines.filter((line) => line.attachment === attachment);
  if (lines.length === 0) return <p className="test-call">{t('proofs.noLine', { group: proofs.group })}</p>;
  return (
    <div className="test-call">
      <button
        type="button"
        className="small-button"
        disabled={proofs.isUnderWay}
        aria-label={t('proofs.callOf', { attachment })}
        onClick={() => void desk.run(attachment)}
      >
        {t('proofs.call')}
      </button>
      <p>{t('proofs.who', { group: proofs.group })}</p>
      <div role="status" className="test-call-said">
        {fault !== '' && <p>{fault}</p>}
        {lines.map((line) => (
          <Said key={line.talkgroup} line={line} proofs={proofs} />
        ))}
      </div>
    </div>
  );
}

function Said({ line, proofs }: { line: ProofLine; proofs: Proofs }) {
  const { t, i18n } = useTranslation();
  const moment = useMoment();
  const whyText = useWhy();
  const step = proofs.isUnderWay
    ? proofs.progress?.steps.findLast(({ attachment, talkgroup }) => {
        return attachment === line.attachment && talkgroup === line.talkgroup;
      })
    : undefined;
  if (step !== undefined) {
    return (
      <p data-step={step.step}>
        <bdi>{line.short}</bdi> · {t(`proofs.step.${step.step}`)}
      </p>
    );
  }
  const found = lastOf(proofs, line);
  if (found === undefined) return null;
  const { verdict, causes, levelDbov, oneWayMs, identity, endedUtcMs } = found;
  const facts = [
    ...causes.map((cause) => t(`proofs.cause.${cause}`)),
    whyText(found),
    levelDbov === undefined ? '' : `${t('proofs.column.level')} ${levelDbov.toLocaleString(i18n.language)} dBov`,
    oneWayMs === undefined ? '' : `${t('proofs.column.way')} ${oneWayMs} ms`,
    identity === undefined ? '' : `${t('proofs.column.talker')} ${identity}`,
  ];
  return (
    <p data-verdict={verdict}>
      <bdi>{line.short}</bdi>{' '}
      <span className="proofs-mark">
        <StateShape name={proofShapes[verdict]} />
        {t(`proofs.verdict.${verdict}`)}
      </span>{' '}
      <time>{moment(endedUtcMs)}</time> {facts.filter((fact) => fact !== '').join(' · ')}
    </p>
  );
}
