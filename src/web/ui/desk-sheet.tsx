import { useTranslation } from 'react-i18next';
import type { Levels } from '../audio/levels.ts';
import { type Purpose, purposes, systemOutput } from '../audio/output-choice.ts';
import type { SwitchState } from '../devices/talk-switch.ts';
import { Dialog } from './dialog.tsx';
import { useDesk, useSession, useView } from './session-context.tsx';
import { type ShapeName, StateShape } from './state-shape.tsx';

/** How this desk sounds, and by what. */
export function DeskSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('desk.title')} onClose={onClose} onSubmit={onClose}>
      <h3>{t('desk.levels')}</h3>
      <LevelSlider level="selected" />
      <LevelSlider level="unselected" />
      <h3>{t('desk.outputs')}</h3>
      <Outputs />
      <h3>{t('pedal.title')}</h3>
      <Pedals />
      <h3>{t('room.title')}</h3>
      <SharedRoom />
      <div className="dialog-buttons">
        <button type="submit" className="dialog-main">
          {t('keys.done')}
        </button>
      </div>
    </Dialog>
  );
}

function LevelSlider({ level }: { level: keyof Levels }) {
  const { t } = useTranslation();
  const session = useSession();
  const { levels } = useView().voice;
  return (
    <label className="desk-row">
      <span>{t(`desk.${level}`)}</span>
      <input
        type="range"
        name={level}
        min={0}
        max={100}
        step={5}
        value={Math.round(levels[level] * 100)}
        onChange={(event) => session.sound.setLevels({ ...levels, [level]: Number(event.target.value) / 100 })}
      />
    </label>
  );
}

function Outputs() {
  const { t } = useTranslation();
  const { canChoose } = useView().voice.outputs;
  if (!canChoose) return <p>{t('desk.cannotChoose')}</p>;
  return purposes.map((purpose) => <OutputPicker key={purpose} purpose={purpose} />);
}

function OutputPicker({ purpose }: { purpose: Purpose }) {
  const { t } = useTranslation();
  const session = useSession();
  const { choices, devices, missing } = useView().voice.outputs;
  const choice = choices[purpose];
  return (
    <label className="desk-row">
      <span>{t(`desk.purpose.${purpose}`)}</span>
      <select
        name={`output-${purpose}`}
        value={choice.id}
        onChange={(event) => {
          const device = devices.find(({ id }) => id === event.target.value);
          session.sound.chooseOutput(purpose, device ?? systemOutput);
        }}
      >
        <option value="">{t('desk.system')}</option>
        {missing.includes(purpose) && !devices.some(({ id }) => id === choice.id) && (
          <option value={choice.id}>{t('desk.missing', { device: choice.label })}</option>
        )}
        {devices.map(({ id, label }, index) => (
          <option key={id} value={id}>
            {label || t('desk.unnamed', { number: index + 1 })}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What talks beside the keyboard. */
function Pedals() {
  const { t } = useTranslation();
  const session = useSession();
  const { hid, gamepad, canChooseHid, gamepads } = useView().switches;
  const chosen = gamepad.name === 'none' ? '' : gamepad.label;
  return (
    <>
      <div className="desk-row">
        <span>{t('pedal.hid')}</span>
        {canChooseHid ? (
          <div className="desk-pedal">
            <SwitchWord state={hid} />
            <button type="button" className="small-button" onClick={() => void session.switches.chooseHid()}>
              {t('pedal.choose')}
            </button>
            {hid.name !== 'none' && (
              <button type="button" className="small-button" onClick={() => void session.switches.forgetHid()}>
                {t('pedal.forget')}
              </button>
            )}
          </div>
        ) : (
          <span>{t('pedal.cannot')}</span>
        )}
      </div>
      <div className="desk-row">
        <span id="gamepad-label">{t('pedal.gamepad')}</span>
        <div className="desk-pedal">
          <select
            name="gamepad"
            aria-labelledby="gamepad-label"
            value={chosen}
            onChange={(event) => session.switches.chooseGamepad(event.target.value)}
          >
            <option value="">{t('pedal.none')}</option>
            {[...new Set([...gamepads, ...(chosen === '' ? [] : [chosen])])].map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
          {gamepad.name !== 'none' && <SwitchWord state={gamepad} />}
        </div>
      </div>
    </>
  );
}

/** Whether it is there, and lit while it is down: its holder sees that it works. */
function SwitchWord({ state }: { state: SwitchState }) {
  const { t } = useTranslation();
  return (
    <span className="desk-switch" data-switch={state.name}>
      <StateShape name={switchShapes[state.name]} />
      {state.name !== 'none' && <bdi>{state.label}</bdi>}
      {t(`pedal.state.${state.name}`)}
    </span>
  );
}

const switchShapes: Readonly<Record<SwitchState['name'], ShapeName>> = {
  none: 'closed',
  up: 'up',
  down: 'transmitting',
  stuck: 'blocked',
  lost: 'down',
};

function SharedRoom() {
  const { t } = useTranslation();
  const session = useSession();
  const { room } = useDesk();
  return (
    <>
      <label className="desk-row">
        <span>{t('room.name')}</span>
        <input
          type="text"
          name="room"
          maxLength={64}
          autoComplete="off"
          value={room}
          onChange={(event) => session.shareRoom(event.target.value)}
        />
      </label>
      <p className="dialog-preview">{t('room.help')}</p>
    </>
  );
}
