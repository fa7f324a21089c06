import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GroupModel } from '../model/console-model.ts';
import { mayReplay } from '../model/operator.ts';
import { keyLabel } from '../ptt/key-map.ts';
import { useDesk, useRecall, useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { recallRefusalKey } from './words.ts';

const minutes = [2, 5, 15] as const;

/** Hear the last over of the group again, or all that was said within the last minutes; and why that is not possible. */
export function ReplayControls({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const { keys } = useDesk();
  const { current, refusal, refusedGroupId } = useRecall();
  const [lastMin, setLastMin] = useState<number>(5);
  const { operator } = useView();
  const last = group.lastOvers[0];
  const onReplay = () => {
    if (current !== undefined) session.recall.stop();
    else if (last !== undefined) session.recall.replay(group.id, last);
  };
  if (!mayReplay(operator)) return null;
  return (
    <div className="replay-controls">
      <button
        type="button"
        className="small-button"
        data-shortcut="replay"
        disabled={current === undefined && last === undefined}
        title={current === undefined && last === undefined ? t('talker.none') : undefined}
        onClick={onReplay}
      >
        {keys.replay !== '' && <kbd>{keyLabel(keys.replay)}</kbd>}
        <StateShape name={current === undefined ? 'replay' : 'stop'} />
        {current === undefined ? t('replay.last') : t('replay.stop')}
      </button>
      <span className="replay-catch-up">
        <button
          type="button"
          className="small-button"
          data-shortcut="catchUp"
          onClick={() => session.catchUp(group.id, lastMin)}
        >
          {keys.catchUp !== '' && <kbd>{keyLabel(keys.catchUp)}</kbd>}
          {t('replay.catchUp')}
        </button>
        <select
          aria-label={t('replay.since')}
          value={lastMin}
          onChange={(event) => setLastMin(Number(event.target.value))}
        >
          {minutes.map((count) => (
            <option key={count} value={count}>
              {t('replay.minutes', { count })}
            </option>
          ))}
        </select>
      </span>
      {refusal !== '' && refusedGroupId === group.id && (
        <p className="replay-refusal" role="alert">
          {t(recallRefusalKey(refusal))}
        </p>
      )}
    </div>
  );
}
