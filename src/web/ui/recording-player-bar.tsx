import { useReducer } from 'react';
import { useTranslation } from 'react-i18next';
import type { Heard } from '../app/recordings.ts';
import { nameOf, speeds } from '../model/recordings.ts';
import { keyLabel } from '../ptt/key-map.ts';
import { formatClock, formatElapsed } from './format.ts';
import { Marks } from './recording-rows.tsx';
import { useDesk, useRecordings, useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useNow } from './use-now.ts';
import { Waveform } from './waveform.tsx';

const backMs = 5000;
/** By the arrows. */
const steps: Readonly<Record<string, number>> = { ArrowLeft: -1000, ArrowRight: 1000 };

/** What is heard: marked as a replay, its shape, where it is, how fast. By keys: R plays and pauses, arrows move. */
export function RecordingPlayerBar() {
  const { heard } = useRecordings();
  return heard === undefined ? null : <Player heard={heard} />;
}

function Player({ heard }: { heard: Heard }) {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const { model } = useView();
  const { keys } = useDesk();
  const { speed, skipsPauses } = useRecordings();
  const { recording, shape, isPlaying } = heard;
  return (
    <section className="recording-player" aria-label={t('replay.label')}>
      <p className="replay-word">
        <StateShape name="replay" />
        {t('replay.word')}
      </p>
      <p className="recording-what">
        <bdi>{nameOf(recording) || t('talker.unknown')}</bdi>
        <span>{formatClock(recording.startUtcMs, i18n.language, model.timezone)}</span>
        <Marks recording={recording} />
      </p>
      {shape === undefined ? (
        <p className="replay-progress" role="status">
          {t('replay.fetching')}
        </p>
      ) : (
        <Place heard={heard} />
      )}
      <p className="recording-buttons">
        <button
          type="button"
          className="small-button"
          data-shortcut="replay"
          disabled={shape === undefined}
          onClick={() => session.recordings.toggle()}
        >
          {keys.replay !== '' && <kbd>{keyLabel(keys.replay)}</kbd>}
          {isPlaying ? t('recordings.pause') : t('recordings.play')}
        </button>
        <button
          type="button"
          className="small-button"
          disabled={shape === undefined}
          onClick={() => session.recordings.seek(session.recordings.positionMs - backMs)}
        >
          {t('recordings.back')}
        </button>
        <label className="recordings-check">
          {t('recordings.speed')}
          <select value={speed} onChange={({ target }) => session.recordings.setSpeed(Number(target.value))}>
            {speeds.map((each) => (
              <option key={each} value={each}>
                ×{each.toLocaleString(i18n.language)}
              </option>
            ))}
          </select>
        </label>
        <label className="recordings-check">
          <input
            type="checkbox"
            checked={skipsPauses}
            onChange={({ target }) => session.recordings.setSkipping(target.checked)}
          />
          {t('recordings.skip')}
        </label>
        <button type="button" className="small-button" onClick={() => session.recordings.stop()}>
          <StateShape name="stop" />
          {t('replay.end')}
        </button>
      </p>
    </section>
  );
}

/** The shape, and over it a slider: by mouse on the picture, by arrow keys a second at a time. */
function Place({ heard: { shape, isPlaying } }: { heard: Heard }) {
  const { t } = useTranslation();
  const session = useSession();
  useNow(isPlaying ? 50 : 250);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  // Drawn at once: else the slider is put back to where it was, and says so.
  const seek = (ms: number) => {
    session.recordings.seek(ms);
    redraw();
  };
  if (shape === undefined) return null;
  const { peaks, durationMs } = shape;
  const atMs = Math.min(durationMs, session.recordings.positionMs);
  const told = `${formatElapsed(atMs)} / ${formatElapsed(durationMs)}`;
  return (
    <p className="recording-place">
      <span className="recording-shape">
        <Waveform peaks={peaks} heard={durationMs === 0 ? 1 : atMs / durationMs} />
        <input
          type="range"
          aria-label={t('recordings.place')}
          aria-valuetext={told}
          min={0}
          max={Math.max(1, Math.round(durationMs))}
          step={50}
          onKeyDown={(event) => {
            const by = steps[event.key];
            if (by === undefined) return;
            event.preventDefault();
            seek(session.recordings.positionMs + by);
          }}
          value={Math.round(atMs)}
          onChange={({ target }) => seek(Number(target.value))}
        />
      </span>
      <span className="recording-told">{told}</span>
    </p>
  );
}
