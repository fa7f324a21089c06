import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { isCut, nameOf, type RecordingModel } from '../model/recordings.ts';
import { ExerciseWord } from './exercise.tsx';
import { formatClock, formatDate, formatElapsed, formatMinute } from './format.ts';
import { groupNames } from './group-names.ts';
import { useRecordings, useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { endKey } from './words.ts';

/** What was found: when, where, who, how long, and what is to be known of it; a button to hear it. */
export function RecordingRows({ rows }: { rows: readonly RecordingModel[] }) {
  const { t } = useTranslation();
  const table = useRef<HTMLTableElement>(null);
  // On a low screen they begin below the form: whoever searched sees that something was found.
  useEffect(() => {
    table.current?.querySelector('tbody tr')?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <table className="recordings-rows" ref={table}>
      <caption className="unseen">{t('view.recordings')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('recordings.listen')}</th>
          <th scope="col">{t('over.time')}</th>
          <th scope="col">{t('timeline.group')}</th>
          <th scope="col">{t('over.talker')}</th>
          <th scope="col">{t('over.length')}</th>
          <th scope="col">{t('recordings.priority')}</th>
          <th scope="col">{t('recordings.marks')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((recording) => (
          <Row key={recording.id} recording={recording} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ recording }: { recording: RecordingModel }) {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const { model } = useView();
  const { heard } = useRecordings();
  const { id, groupId, startUtcMs, durationMs, priority, emergency, kept, partyId } = recording;
  const isHeard = heard?.recording.id === id;
  const talker = partyId === 'announcement' ? t('talker.announcement') : nameOf(recording) || t('talker.unknown');
  const time = formatMinute(startUtcMs, i18n.language, model.timezone);
  return (
    <tr data-recording={id} data-emergency={emergency} data-heard={isHeard}>
      <td>
        <button
          type="button"
          className="small-button recording-listen"
          disabled={!kept}
          aria-pressed={isHeard}
          onClick={() => (isHeard ? session.recordings.stop() : void session.recordings.listen(recording))}
        >
          <StateShape name={isHeard ? 'stop' : 'replay'} />
          <span className="unseen">{isHeard ? t('replay.stop') : t('recordings.listenTo', { talker, time })}</span>
        </button>
      </td>
      <td className="recording-time">
        <time dateTime={new Date(startUtcMs).toISOString()}>
          {formatDate(startUtcMs, i18n.language, model.timezone)}{' '}
          {formatClock(startUtcMs, i18n.language, model.timezone)}
        </time>
      </td>
      <td>
        <bdi>{groupNames(model, t('recordings.line'))(groupId)}</bdi>
      </td>
      <td>
        <bdi className="recording-talker">{talker}</bdi>
        {recording.callSign !== '' && recording.address !== '' && (
          <bdi className="recording-address">{recording.address}</bdi>
        )}
      </td>
      <td className="recording-length">{formatElapsed(durationMs)}</td>
      <td>{priority}</td>
      <td>
        <Marks recording={recording} />
      </td>
    </tr>
  );
}

/** Each by shape and word: emergency, cut, lost, missing, exercise. */
export function Marks({ recording }: { recording: RecordingModel }) {
  const { t } = useTranslation();
  const { emergency, exercise, end, lostMs, packetsLost, missing, kept } = recording;
  const { removedUtcMs, removedReport } = recording;
  const removed = { day: new Date(removedUtcMs).toISOString().slice(0, 10), report: removedReport };
  return (
    <span className="recording-marks">
      {exercise && <ExerciseWord />}
      {emergency && (
        <span className="recording-mark" data-mark="emergency">
          <StateShape name="emergency" />
          {t('over.emergency')}
        </span>
      )}
      {isCut(recording) && (
        <span className="recording-mark" data-mark="cut">
          <StateShape name="revoked" />
          {t('recordings.cut', { how: t(endKey(end)) })}
        </span>
      )}
      {lostMs > 0 && (
        <span className="recording-mark" data-mark="lost">
          <StateShape name="stale" />
          {t('timeline.lost', { ms: lostMs })}
        </span>
      )}
      {packetsLost > 0 && (
        <span className="recording-mark" data-mark="lost">
          <StateShape name="stale" />
          {t('recordings.packetsLost', { count: packetsLost })}
        </span>
      )}
      {missing !== '' && (
        <span className="recording-mark" data-mark="missing">
          <StateShape name="down" />
          {kept ? t('recordings.partMissing', { why: missing }) : t('recordings.notRecorded', { why: missing })}
        </span>
      )}
      {!kept && (missing === '' || removedUtcMs > 0) && (
        <span className="recording-mark" data-mark="gone">
          <StateShape name="closed" />
          {removedUtcMs === 0 && t('recordings.gone')}
          {removedUtcMs > 0 && t(removedReport === '' ? 'recordings.removedUnreported' : 'recordings.removed', removed)}
        </span>
      )}
    </span>
  );
}
