import { useTranslation } from 'react-i18next';
import { systemOutput } from '../audio/output-choice.ts';
import { Icon } from './icons.tsx';
import { useSession, useView } from './session-context.tsx';

/** Devices of this desk that are gone, and what takes their place, for as long as it does. */
export function DeskNotices() {
  const { t } = useTranslation();
  return (
    <section className="alarms" role="alert" aria-label={t('desk.notices')}>
      <LostOutputs />
      <LostSwitches />
    </section>
  );
}

function LostOutputs() {
  const { t } = useTranslation();
  const session = useSession();
  const { choices, missing } = useView().voice.outputs;
  const lost = new Set(missing.map((purpose) => choices[purpose].id));
  return [...lost].map((id) => {
    const concerned = missing.filter((purpose) => choices[purpose].id === id);
    const device = concerned.map((purpose) => choices[purpose].label)[0] || t('desk.outputs');
    const purposes = concerned.map((purpose) => t(`desk.purpose.${purpose}`)).join(', ');
    return (
      <p key={id} className="alarm" data-severity="major" data-device="output">
        <Icon name="fault" />
        <span>{t('desk.lost', { device, purposes })}</span>
        <button
          type="button"
          className="small-button"
          onClick={() => {
            for (const purpose of concerned) session.sound.chooseOutput(purpose, systemOutput);
          }}
        >
          {t('desk.keepSystem')}
        </button>
      </p>
    );
  });
}

function LostSwitches() {
  const { t } = useTranslation();
  const session = useSession();
  const { hid, gamepad } = useView().switches;
  const forget = { hid: () => void session.switches.forgetHid(), gamepad: () => session.switches.chooseGamepad('') };
  return (['hid', 'gamepad'] as const).map((kind) => {
    const state = kind === 'hid' ? hid : gamepad;
    if (state.name !== 'lost') return null;
    return (
      <p key={kind} className="alarm" data-severity="major" data-device={kind}>
        <Icon name="fault" />
        <span>{t('pedal.lost', { device: state.label })}</span>
        <button type="button" className="small-button" onClick={forget[kind]}>
          {t('pedal.forget')}
        </button>
      </p>
    );
  });
}
