import { useTranslation } from 'react-i18next';
import type { GroupModel, OverModel } from '../model/console-model.ts';
import { isMissed, withGaps } from '../model/gap.ts';
import { mayReplay } from '../model/operator.ts';
import { ExerciseWord } from './exercise.tsx';
import { Flag } from './flag.tsx';
import { formatClock, formatElapsed } from './format.ts';
import { GapWords } from './gap-words.tsx';
import { useRecall, useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { TalkerName } from './talker-name.tsx';
import { endKey, talkerText } from './words.ts';

/** What was said last on the group: when, by whom, how long, how it ended, and what was lost on the way; to be heard again. */
export function LastOvers({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const { gaps } = useView();
  if (group.lastOvers.length + gaps.length === 0) return <p className="panel-none">{t('talker.none')}</p>;
  return (
    <table className="overs">
      <thead>
        <tr>
          <th scope="col">
            <span className="unseen">{t('replay.word')}</span>
          </th>
          <th scope="col">{t('over.time')}</th>
          <th scope="col">{t('over.talker')}</th>
          <th scope="col">{t('over.length')}</th>
          <th scope="col">{t('over.result')}</th>
        </tr>
      </thead>
      <tbody>
        {withGaps(group.lastOvers, gaps, ({ startUtcMs }) => startUtcMs).map((row) =>
          'gap' in row ? (
            <tr key={`gap-${row.gap.toUtcMs}`} className="over-away">
              <td colSpan={5}>
                <GapWords gap={row.gap} />
              </td>
            </tr>
          ) : (
            <OverRow key={row.item.over} over={row.item} group={group} />
          ),
        )}
      </tbody>
    </table>
  );
}

function OverRow({ over, group }: { over: OverModel; group: GroupModel }) {
  const { t, i18n } = useTranslation();
  const { model, gaps, operator } = useView();
  const { timezone } = model;
  const session = useSession();
  const { current } = useRecall();
  const replays = current?.groupId === group.id && current.over.over === over.over;
  const time = formatClock(over.startUtcMs, i18n.language, timezone);
  const talker = talkerText(over.talker, t);
  const complete = over.end === 'released';
  const lost = group.legs.filter((leg) => (over.lostMs[leg.id] ?? 0) > 0);
  return (
    <tr data-complete={complete} data-replays={replays} data-exercise={over.exercise}>
      <td className="over-replay">
        {mayReplay(operator) && (
          <button
            type="button"
            className="small-button"
            onClick={() => (replays ? session.recall.stop() : session.recall.replay(group.id, over))}
          >
            <StateShape name={replays ? 'stop' : 'replay'} />
            <span className="unseen">{replays ? t('replay.stop') : t('replay.over', { time, talker })}</span>
          </button>
        )}
      </td>
      <td className="over-time">{time}</td>
      <td className="over-talker">
        <Flag country={over.talker.country} />
        <TalkerName talker={over.talker} />
        {over.exercise && <ExerciseWord />}
        {over.emergency && (
          <span className="over-emergency">
            <StateShape name="emergency" />
            {t('over.emergency')}
          </span>
        )}
        {!complete && <span className="over-cut">{t(endKey(over.end))}</span>}
        {isMissed(gaps, over.startUtcMs, over.startUtcMs + over.durationMs) && (
          <span className="over-missed">{t('gap.unheard')}</span>
        )}
        {lost.map((leg) => (
          <span key={leg.id} className="over-lost">
            {t('over.lost', { ms: over.lostMs[leg.id], leg: leg.talkgroup })}
          </span>
        ))}
      </td>
      <td className="over-length">{formatElapsed(over.durationMs)}</td>
      <td className="over-end">
        <span>
          <StateShape name={complete ? 'done' : 'revoked'} />
          {complete && <span className="unseen">{t(endKey(over.end))}</span>}
        </span>
      </td>
    </tr>
  );
}
