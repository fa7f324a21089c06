/** Whether every line to the networks carries voice: the last proof, test calls of single attachments, and what there was. */
import { useTranslation } from 'react-i18next';
import { lastOf, type ProofLine, type Proofs } from '../model/proof.ts';
import { formatClock } from './format.ts';
import { proofShapes, useMoment, useProofFault, useProofsLive, useWhy } from './proof-parts.tsx';
import { useProofs, useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { ViewHeader } from './view-header.tsx';

export function ProofsView() {
  const { t } = useTranslation();
  const { proofs, waiting } = useProofs();
  const fault = useProofFault();
  useProofsLive();
  return (
    <main className="proofs" id="groups" aria-label={t('proofs.label')} aria-busy={waiting} tabIndex={-1}>
      <ViewHeader title={t('proofs.label')} />
      <p className="proofs-fault" role="alert">
        {fault}
      </p>
      {proofs === undefined ? null : proofs.group === undefined ? (
        <p>{t('proofs.notConfigured')}</p>
      ) : (
        <>
          <Verdict proofs={proofs} />
          {proofs.mayRun && <p className="proofs-who">{t('proofs.who', { group: proofs.group })}</p>}
          <Steps proofs={proofs} />
          <Lines proofs={proofs} />
          <History proofs={proofs} />
        </>
      )}
    </main>
  );
}

function Verdict({ proofs: { last, nextUtcMs, mayRun, isUnderWay } }: { proofs: Proofs }) {
  const { t } = useTranslation();
  const { proofs: desk } = useSession();
  const moment = useMoment();
  return (
    <section className="proofs-verdict" data-verdict={last?.verdict ?? 'unproven'} aria-label={t('proofs.last')}>
      <p>
        <StateShape name={proofShapes[last?.verdict ?? 'unproven']} />
        <strong>
          {last === undefined ? t('proofs.never') : last.missed ? t('proofs.missed') : t(`proofs.all.${last.verdict}`)}
        </strong>{' '}
        {last !== undefined && moment(last.dueUtcMs !== undefined && last.missed ? last.dueUtcMs : last.endedUtcMs)}
      </p>
      {nextUtcMs !== undefined && <p>{t('proofs.next', { when: moment(nextUtcMs) })}</p>}
      {mayRun && (
        <button type="button" disabled={isUnderWay} onClick={() => void desk.run()}>
          {t('proofs.run')}
        </button>
      )}
    </section>
  );
}

function Steps({ proofs: { progress, isUnderWay, lines } }: { proofs: Proofs }) {
  const { t, i18n } = useTranslation();
  const { timezone } = useView().model;
  const whyText = useWhy();
  if (progress === undefined) return null;
  const nameOf = (talkgroup: string | undefined, attachment: string | undefined): string => {
    const line = lines.find((each) => each.talkgroup === talkgroup && each.attachment === attachment);
    return line === undefined ? '' : `${line.networkName} · ${line.attachment}`;
  };
  return (
    <section aria-label={t('proofs.steps')}>
      <h3>{isUnderWay ? t('proofs.underWay') : t('proofs.steps')}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard */}
      <ol className="proofs-steps" aria-live="polite" tabIndex={0}>
        {progress.steps.map(({ utcMs, step, talkgroup, attachment, ...why }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added
          <li key={index} data-step={step}>
            <time>{formatClock(utcMs, i18n.language, timezone)}</time> <bdi>{nameOf(talkgroup, attachment)}</bdi>{' '}
            <span>
              {t(`proofs.step.${step}`)}
              {whyText(why) !== '' && <bdi> ({whyText(why)})</bdi>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Lines({ proofs }: { proofs: Proofs }) {
  const { t } = useTranslation();
  return (
    <section aria-label={t('proofs.lines')}>
      <table className="proofs-lines">
        <caption>{t('proofs.lines')}</caption>
        <thead>
          <tr>
            {(['network', 'attachment', 'verdict', 'level', 'way', 'talker'] as const).map((each) => (
              <th key={each} scope="col">
                {t(`proofs.column.${each}`)}
              </th>
            ))}
            {proofs.mayRun && <th scope="col">{t('proofs.column.call')}</th>}
          </tr>
        </thead>
        <tbody>
          {proofs.lines.map((line) => (
            <Line key={`${line.talkgroup} ${line.attachment}`} line={line} proofs={proofs} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Line({ line, proofs }: { line: ProofLine; proofs: Proofs }) {
  const { t, i18n } = useTranslation();
  const { proofs: desk } = useSession();
  const found = lastOf(proofs, line);
  const { levelDbov, oneWayMs, identity } = found ?? {};
  const why = useWhy()(found ?? {});
  const verdict = found?.verdict ?? 'unproven';
  const causes = (found?.causes ?? []).map((cause) => t(`proofs.cause.${cause}`)).join(' · ');
  return (
    <tr data-verdict={verdict} data-line={line.attachment}>
      <th scope="row">
        <bdi>{line.networkName}</bdi> <bdi className="proofs-group">{line.short}</bdi>
      </th>
      <td>
        <bdi>{line.attachment}</bdi> <span className="proofs-group">{t('proofs.rank', { rank: line.rank })}</span>
      </td>
      <td>
        <span className="proofs-mark">
          <StateShape name={proofShapes[verdict]} />
          {t(found === undefined ? 'proofs.verdict.none' : `proofs.verdict.${verdict}`)}
        </span>{' '}
        {causes}
        {why !== '' && <bdi className="proofs-reason"> {why}</bdi>}
      </td>
      <td>{levelDbov === undefined ? '–' : `${levelDbov.toLocaleString(i18n.language)} dBov`}</td>
      <td>{oneWayMs === undefined ? '–' : `${oneWayMs} ms`}</td>
      <td>
        <bdi>{identity ?? '–'}</bdi>
      </td>
      {proofs.mayRun && (
        <td>
          <button
            type="button"
            disabled={proofs.isUnderWay}
            aria-label={t('proofs.callOf', { attachment: line.attachment })}
            onClick={() => void desk.run(line.attachment)}
          >
            {t('proofs.call')}
          </button>
        </td>
      )}
    </tr>
  );
}

function History({ proofs: { history } }: { proofs: Proofs }) {
  const { t } = useTranslation();
  const moment = useMoment();
  if (history.length === 0) return null;
  return (
    <section aria-label={t('proofs.history')}>
      <h3>{t('proofs.history')}</h3>
      <ul className="proofs-history">
        {history.map(({ number, kind, by, endedUtcMs, verdict, missed, green, red, unproven }) => (
          <li key={number} data-verdict={verdict}>
            <span className="proofs-mark">
              <StateShape name={proofShapes[verdict]} />
              {missed ? t('proofs.missed') : t(`proofs.verdict.${verdict}`)}
            </span>
            <time>{moment(endedUtcMs)}</time>
            <span>
              {t(`proofs.kind.${kind}`)}
              {by !== '' && <bdi> · {by}</bdi>}
            </span>
            {missed !== true && <span>{t('proofs.counts', { green, red, unproven })}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
