import { useTranslation } from 'react-i18next';
import type { LegSettings, Place } from '../audio/leg-settings.ts';
import { defaultLegSettings } from '../audio/leg-settings.ts';
import { Icon } from './icons.tsx';
import { useSession, useView } from './session-context.tsx';

const places = [
  { place: -1, name: 'left', short: 'leftShort' },
  { place: 0, name: 'centre', short: 'centreShort' },
  { place: 1, name: 'right', short: 'rightShort' },
] as const satisfies readonly { readonly place: Place; readonly name: string; readonly short: string }[];

interface HearingControlsProps {
  /** Under which this party's settings are kept. */
  readonly settingsKey: string;
  /** How the party is called in the controls' labels. */
  readonly party: string;
}

/** Volume, mute and place between the ears of one party; the operator's own, and remembered. */
export function HearingControls({ settingsKey, party }: HearingControlsProps) {
  const { t } = useTranslation();
  const session = useSession();
  const settings = useView().voice.hearing[settingsKey] ?? defaultLegSettings;
  const change = (part: Partial<LegSettings>): void => {
    // What is drawn may be a frame behind.
    const now = session.store.get().voice.hearing[settingsKey] ?? defaultLegSettings;
    session.setHearing(settingsKey, { ...now, ...part });
  };
  return (
    <div className="hearing-controls" data-muted={settings.muted}>
      <button
        type="button"
        className="mute-button"
        aria-description={settings.muted ? t('panel.unmute') : t('panel.mute')}
        onClick={() => change({ muted: !settings.muted })}
      >
        <Icon name={settings.muted ? 'speakerOff' : 'speaker'} />
        <span>{settings.muted ? t('panel.muted') : t('panel.heard')}</span>
        <span className="unseen">{party}</span>
      </button>
      <input
        type="range"
        min={0}
        max={100}
        step={5}
        aria-label={t('panel.volume', { party })}
        value={Math.round(settings.volume * 100)}
        onChange={(event) => change({ volume: Number(event.target.value) / 100 })}
      />
      <fieldset className="segments" aria-label={t('panel.place', { party })}>
        {places.map(({ place, name, short }) => (
          <button
            key={name}
            type="button"
            aria-label={t(`panel.${name}`)}
            aria-pressed={settings.place === place}
            onClick={() => change({ place })}
          >
            {t(`panel.${short}`)}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
