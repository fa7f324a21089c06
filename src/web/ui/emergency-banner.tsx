import { useTranslation } from 'react-i18next';
import { isEmergency } from '../model/tile-state.ts';
import { useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { talkerText } from './words.ts';

/** Who calls in distress, on whatever group, for as long as it lasts; a press takes the operator to the group. */
export function EmergencyBanner() {
  const { t } = useTranslation();
  const session = useSession();
  const { model, own } = useView();
  return model.groups
    .filter((group) => isEmergency(group, own))
    .map(({ id, shortName, floor }) => (
      <button key={id} type="button" className="emergency" onClick={() => session.select(id)}>
        <StateShape name="emergency" />
        <span>
          {t('say.emergency', {
            group: shortName,
            name: floor.holder ? talkerText(floor.holder, t) : t('talker.unknown'),
          })}
        </span>
      </button>
    ));
}
