import { useTranslation } from 'react-i18next';
import type { Replay } from '../app/recall.ts';
import { keyLabel } from '../ptt/key-map.ts';
import { ExerciseWord } from './exercise.tsx';
import { Flag } from './flag.tsx';
import { formatClock, formatElapsed } from './format.ts';
import { useDesk, useRecall, useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { TalkerName } from './talker-name.tsx';
import { useNow } from './use-now.ts';
import { Waveform } from './waveform.tsx';

/** What is heard again, so marked that nobody takes it for live; and the way to stop it. */
export function ReplayBar() {
  const { current } = useRecall();
  return current === undefined ? null : <Playing replay={current} />;
}

function Playing({ replay }: { replay: Replay }) {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const { model } = useView();
  const { left } = useRecall();
  const { keys } = useDesk();
  const { over, groupId, fast } = replay;
  const group = model.groups.find(({ id }) => id === groupId);
  return (
    <section className="replay-bar" aria-label={t('replay.label')}>
      <p className="replay-word" role="status">
        <StateShape name="replay" />
        {fast ? t('replay.fast') : t('replay.word')}
      </p>
      <p className="replay-what">
        <bdi>{group?.shortName ?? groupId}</bdi>
        {over.exercise && <ExerciseWord />}
        <span>{formatClock(over.startUtcMs, i18n.language, model.timezone)}</span>
        <Flag country={over.talker.country} />
        <TalkerName talker={over.talker} />
        {left > 0 && <span>{t('replay.left', { more: left })}</span>}
      </p>
      <Progress replay={replay} />
      <button type="button" className="small-button" data-shortcut="replay" onClick={() => session.recall.stop()}>
        {keys.replay !== '' && <kbd>{keyLabel(keys.replay)}</kbd>}
        <StateShape name="stop" />
        {t('replay.end')}
      </button>
    </section>
  );
}

function Progress({ replay: { playing } }: { replay: Replay }) {
  const { t } = useTranslation();
  const nowMs = useNow(50);
  if (playing === undefined) return <p className="replay-progress">{t('replay.fetching')}</p>;
  const { sinceMs, durationMs, peaks } = playing;
  const elapsedMs = Math.min(durationMs, Math.max(0, nowMs - sinceMs));
  return (
    <p className="replay-progress">
      <Waveform peaks={peaks} heard={durationMs === 0 ? 1 : elapsedMs / durationMs} />
      <span>
        {formatElapsed(elapsedMs)} / {formatElapsed(durationMs)}
      </span>
    </p>
  );
}
