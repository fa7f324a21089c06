import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '../app/console-session.ts';
import type { GroupModel } from '../model/console-model.ts';
import { CloseDialog } from './close-dialog.tsx';
import { formatMinute } from './format.ts';
import { OpenDialog } from './open-dialog.tsx';
import { useSession, useView } from './session-context.tsx';

type Shown = 'open' | 'add' | 'close';

/** Who opened a group, why and until when, and what can be done about it; of one that waits, how to open it. */
export function BridgingStrip({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<Shown>();
  const close = () => setShown(undefined);
  const { bridging } = group;
  if (group.onDemand) {
    return (
      <div className="bridging">
        <button type="button" className="bridging-open" data-shortcut="open" onClick={() => setShown('open')}>
          {t('bridging.open')}
          <span className="unseen">{group.shortName}</span>
        </button>
        {shown === 'open' && <OpenDialog group={group} onClose={close} />}
      </div>
    );
  }
  if (bridging === undefined || bridging.by === '' || bridging.state === 'closing') return null;
  return (
    <div className="bridging" data-ending={bridging.ending}>
      <p className="bridging-words">
        <bdi className="bridging-reason">{bridging.reason}</bdi>
        <bdi className="bridging-by">{bridging.by}</bdi>
        <Until group={group} />
      </p>
      <Quiet group={group} />
      <div className="bridging-buttons">
        <button type="button" data-shortcut="join" onClick={() => setShown('add')}>
          {t('bridging.add')}
        </button>
        <ExtendButton group={group} />
        <button type="button" className="bridging-close" data-shortcut="close" onClick={() => setShown('close')}>
          {t('bridging.close')}
        </button>
      </div>
      {shown === 'add' && <OpenDialog group={group} adds onClose={close} />}
      {shown === 'close' && <CloseDialog group={group} onClose={close} />}
    </div>
  );
}

function Until({ group }: { group: GroupModel }) {
  const { t, i18n } = useTranslation();
  const { model } = useView();
  const endsUtcMs = group.bridging?.endsUtcMs;
  if (endsUtcMs === undefined) return null;
  const time = formatMinute(endsUtcMs, i18n.language, model.timezone);
  return <span className="bridging-until">{t('bridging.until', { time })}</span>;
}

/** Nobody has spoken for half an hour. */
function Quiet({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const session = useSession();
  if (group.bridging?.quiet !== true) return null;
  return (
    <p className="bridging-quiet" role="alert">
      {t('bridging.quiet')}
      <button type="button" data-shortcut="keep" onClick={() => void session.operate(group.id, { keep: {} })}>
        {t('bridging.keep')}
      </button>
    </p>
  );
}

function ExtendButton({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const extend: Operation = { extend: { durationS: 60 * group.autoCloseMin } };
  return (
    <button type="button" data-shortcut="extend" onClick={() => void session.operate(group.id, extend)}>
      {t('bridging.extend', { minutes: group.autoCloseMin })}
    </button>
  );
}
