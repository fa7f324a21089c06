import { useTranslation } from 'react-i18next';
import type { VoiceView } from '../app/voice.ts';
import { Indicator, type Tone } from './indicator.tsx';
import { useView } from './session-context.tsx';
import type { ShapeName } from './state-shape.tsx';

type Listening = 'on' | 'opening' | 'off' | 'gesture';

const looks: Readonly<Record<Listening, { readonly tone: Tone; readonly shape: ShapeName }>> = {
  on: { tone: 'good', shape: 'up' },
  opening: { tone: 'pending', shape: 'connecting' },
  off: { tone: 'bad', shape: 'down' },
  gesture: { tone: 'bad', shape: 'blocked' },
};

function listeningOf({ audible, rtc }: VoiceView): Listening {
  if (!audible) return 'gesture';
  if (rtc === 'open') return 'on';
  return rtc === 'opening' ? 'opening' : 'off';
}

/** Whether the operator would hear somebody who talked now. */
export function ListeningIndicator() {
  const { t } = useTranslation();
  const { voice } = useView();
  const listening = listeningOf(voice);
  return (
    <Indicator label={t('listening.label')} word={t(`listening.state.${listening}`)} {...looks[listening]}>
      {/* Any click or key unlocks the sound; the button is where a hand looks for it. */}
      {listening === 'gesture' && (
        <button type="button" className="small-button" data-urgent>
          {t('listening.unlock')}
        </button>
      )}
    </Indicator>
  );
}
