/** What several questions of the page let a person pick: control rooms, places, words. */
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from './session-context.tsx';
import { useName } from './use-name.ts';

interface Rooms {
  readonly origin: string;
  readonly host: string;
}

/** The first room of each country other than the centre's own, unless the operator sits in one of them. */
export function useRoomPair(): [Rooms, (rooms: Rooms) => void] {
  const { model, operator } = useView();
  const rooms = model.controlRooms.filter(({ id }) => id !== operator?.controlRoomId);
  const origin = rooms.find(({ country }) => country === operator?.country) ?? rooms[0];
  const host = rooms.find(({ country }) => country !== origin?.country) ?? rooms[1];
  const [pair, setPair] = useState<Rooms>({ origin: origin?.id ?? '', host: host?.id ?? '' });
  return [pair, setPair];
}

export function RoomPair({ rooms, onChange }: { readonly rooms: Rooms; readonly onChange: (rooms: Rooms) => void }) {
  const { t } = useTranslation();
  const { controlRooms } = useView().model;
  const options = controlRooms.map(({ id, callSign }) => (
    <option key={id} value={id}>
      {callSign}
    </option>
  ));
  return (
    <div className="dialog-pair">
      <label className="dialog-field">
        <span>{t('border.origin')}</span>
        <select value={rooms.origin} onChange={({ target }) => onChange({ ...rooms, origin: target.value })}>
          {options}
        </select>
      </label>
      <label className="dialog-field">
        <span>{t('border.host')}</span>
        <select value={rooms.host} onChange={({ target }) => onChange({ ...rooms, host: target.value })}>
          {options}
        </select>
      </label>
    </div>
  );
}

interface PlacePickProps {
  readonly value: string;
  readonly onChange: (code: string) => void;
  readonly optional?: boolean;
}

export function PlacePick({ value, onChange, optional = false }: PlacePickProps) {
  const { t } = useTranslation();
  const { places } = useView().model;
  return (
    <label className="dialog-field">
      <span>{t('border.place')}</span>
      <select value={value} required={!optional} onChange={({ target }) => onChange(target.value)}>
        <option value="">{t('border.choose')}</option>
        {places.map((place) => (
          <PlaceOption key={place.code} code={place.code} name={place.name} />
        ))}
      </select>
    </label>
  );
}

function PlaceOption({ code, name }: { readonly code: string; readonly name: Parameters<typeof useName>[0] }) {
  return (
    <option value={code}>
      {code} · {useName(name)}
    </option>
  );
}

interface WordsProps {
  readonly label: string;
  /** One click each. */
  readonly usual: readonly string[];
  readonly value: string;
  readonly onChange: (words: string) => void;
}

/** One click for what is usual, and a line for everything else. */
export function Words({ label, usual, value, onChange }: WordsProps) {
  const { t } = useTranslation();
  const name = useId();
  return (
    <fieldset className="reasons">
      <legend>{label}</legend>
      {usual.map((words) => (
        <label key={words} className="chip">
          <input type="radio" name={name} checked={value === words} onChange={() => onChange(words)} />
          <span>{words}</span>
        </label>
      ))}
      <label className="dialog-field">
        <span>{t('border.ownWords')}</span>
        <input value={value} maxLength={200} onChange={({ target }) => onChange(target.value)} />
      </label>
    </fieldset>
  );
}
