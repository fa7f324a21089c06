import { useTranslation } from 'react-i18next';
import type { OperationRefusal } from '../app/operations.ts';
import { useView } from './session-context.tsx';
import { refusalKey } from './words.ts';

/** Why the gateway did not do it, in plain words. `rooms`: the control rooms that might. */
export function Refusal({ refusal, rooms = '' }: { refusal: OperationRefusal | undefined; rooms?: string }) {
  const { t } = useTranslation();
  const { model } = useView();
  if (refusal === undefined) return null;
  const talkgroup = model.talkgroups.find(({ id }) => id === refusal.talkgroupId)?.shortName ?? refusal.talkgroupId;
  const group = model.groups.find(({ id }) => id === refusal.groupId)?.shortName ?? refusal.groupId;
  return (
    <p className="dialog-refusal" role="alert">
      {t(refusalKey(refusal.cause), { talkgroup, group, rooms })}
    </p>
  );
}
