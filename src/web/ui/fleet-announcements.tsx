/** Announcements: their texts in each language, what will be said of them, and how it sounds. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Announcement, announcementsOfGateway, type Heard, listen, urlOfSpeech } from '../app/listening.ts';
import { fieldsIn, sampleOf } from '../model/announcement-fields.ts';
import { type Item, idOf } from '../model/fleet-draft.ts';
import { FleetSection, useDraft } from './fleet-section.tsx';
import { formatLapse } from './format.ts';

export function FleetAnnouncements() {
  const { t } = useTranslation();
  const [models, setModels] = useState<readonly Announcement[]>([]);
  useEffect(() => void announcementsOfGateway().then(setModels), []);
  return (
    <>
      <p>{t('fleet.listen.hint')}</p>
      <FleetSection
        section="announcements"
        models={models.map((text) => ({ ...text }))}
        beside={(item) => <Listening item={item} />}
      />
    </>
  );
}

const languages = ['fr', 'nl', 'en', 'de'] as const;
type Language = (typeof languages)[number];

function Listening({ item }: { item: Item }) {
  const { t } = useTranslation();
  const { data } = useDraft();
  const [said, setSaid] = useState<Readonly<Record<string, string>>>({});
  const texts = languages.map((language) => String(item[language] ?? ''));
  const names = fieldsIn(texts);
  const fields = Object.fromEntries(names.map((name) => [name, said[name] ?? sampleOf(name, data)]));
  return (
    <section className="fleet-listen" aria-label={t('fleet.listen.label')}>
      <h4>{t('fleet.listen.label')}</h4>
      {names.map((name) => (
        <label key={name}>
          {`{${name}}`}
          <input
            type="text"
            maxLength={60}
            value={fields[name] ?? ''}
            onChange={(event) => setSaid({ ...said, [name]: event.target.value })}
          />
        </label>
      ))}
      {languages.map((language, index) => (
        <Voice key={language} language={language} id={idOf(item)} text={texts[index] ?? ''} fields={fields} />
      ))}
    </section>
  );
}

interface VoiceProps {
  readonly language: Language;
  readonly id: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** One language: what is said of it, and its sound, once it has been asked for. */
function Voice({ language, id, text, fields }: VoiceProps) {
  const { t, i18n } = useTranslation();
  const [heard, setHeard] = useState<{ readonly of: string; readonly what: Heard | undefined }>();
  const [isAsked, setAsked] = useState(false);
  const [url, setUrl] = useState('');
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  const wish = { id, text, language, fields };
  const key = JSON.stringify(wish);
  const ask = async () => {
    setAsked(true);
    const what = await listen(wish);
    setHeard({ of: key, what });
    setUrl(what?.wav === undefined ? '' : urlOfSpeech(what.wav));
    setAsked(false);
  };
  // Of another text than this it says nothing.
  const shown = heard?.of === key ? heard : undefined;
  return (
    <div className="fleet-voice" data-language={language}>
      <button type="button" className="fleet-own" disabled={text.trim() === '' || isAsked} onClick={() => void ask()}>
        {t('fleet.listen.ask', { language: t(`fleet.choice.${language}`) })}
      </button>
      {shown !== undefined && shown.what === undefined && <p role="alert">{t('fleet.listen.unanswered')}</p>}
      {shown?.what !== undefined && (
        <div role="status">
          <p lang={language}>
            <q>{shown.what.spelled}</q>
          </p>
          {shown.what.durationMs === undefined ? (
            <p>{t('fleet.listen.silent')}</p>
          ) : (
            <p>{t('fleet.listen.lasts', { time: formatLapse(shown.what.durationMs, i18n.language) })}</p>
          )}
        </div>
      )}
      {shown !== undefined && url !== '' && (
        // biome-ignore lint/a11y/useMediaCaption: its words stand above it
        <audio
          key={url}
          src={url}
          controls
          autoPlay
          aria-label={t('fleet.listen.sound', { language: t(`fleet.choice.${language}`) })}
        />
      )}
    </div>
  );
}
