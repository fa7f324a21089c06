/**
 * Where units are, for a dispatcher who has to send somebody: a map, and beside it the same as lists for the keyboard and
 * for whoever does not see it. What is shown is what the gateway tells this operator (rule R5).
 */
import type { TFunction } from 'i18next';
import { useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import type { PlaceModel } from '../model/incident-model.ts';
import { type MapPlace, type MapUnit, mapPlaces, mapUnits } from '../model/map-model.ts';
import { talkerTitle } from '../model/tile-state.ts';
import { ExerciseWord } from './exercise.tsx';
import { Flag } from './flag.tsx';
import { formatKm, placeText } from './format.ts';
import { useView } from './session-context.tsx';
import { type ShapeName, StateShape } from './state-shape.tsx';
import { TalkerName } from './talker-name.tsx';
import { useBorderMap } from './use-border-map.ts';
import { useName } from './use-name.ts';
import { useNow } from './use-now.ts';
import { ViewHeader } from './view-header.tsx';
import { agoText } from './words.ts';

export function MapView() {
  const { t, i18n } = useTranslation();
  const { model, time } = useView();
  const utcMs = gatewayUtcMs(time, useNow(1000));
  const units = useMemo(() => mapUnits(model, utcMs), [model, utcMs]);
  const places = useMemo(() => mapPlaces(model), [model]);
  const container = useRef<HTMLDivElement>(null);
  const marks = useRef<HTMLDivElement>(null);
  const { map, drawn, fault } = useBorderMap(container, marks, model.mapStyle, i18n.language);
  const show = (place: PlaceModel): void => map?.show(place);
  return (
    <main id="groups" className="map-view" aria-label={t('view.map')} tabIndex={-1}>
      <ViewHeader title={t('view.map')} />
      <div className="map-frame">
        <div className="map" data-drawn={drawn} aria-hidden="true">
          <div className="map-canvas" ref={container} />
          <div className="map-marks" ref={marks}>
            {places.map((place) => (
              <PlaceMark key={place.code} place={place} />
            ))}
            {units.toReversed().map((unit) => (
              <UnitMark key={unit.id} unit={unit} />
            ))}
          </div>
          {model.mapStyle === '' && <p className="map-source">{t('map.source')}</p>}
        </div>
        {!drawn && !fault && <p className="map-drawing">{t('map.drawing')}</p>}
        {fault ? (
          <p className="map-fault" role="status">
            {t('map.fault')}
          </p>
        ) : (
          <div className="map-buttons">
            <button type="button" aria-label={t('map.closer')} onClick={() => map?.zoom(1)}>
              +
            </button>
            <button type="button" aria-label={t('map.farther')} onClick={() => map?.zoom(-1)}>
              −
            </button>
            <button type="button" onClick={() => map?.showAll()}>
              {t('map.all')}
            </button>
          </div>
        )}
      </div>
      <section className="map-lists" aria-label={t('map.lists')} tabIndex={-1}>
        <h3>{t('map.units')}</h3>
        {units.length === 0 ? (
          <p className="panel-none">{t('map.noUnits')}</p>
        ) : (
          <UnitTable units={units} show={show} />
        )}
        <h3>{t('map.places')}</h3>
        {places.length === 0 ? (
          <p className="panel-none">{t('map.noPlaces')}</p>
        ) : (
          <PlaceTable places={places} show={show} />
        )}
      </section>
    </main>
  );
}

interface UnitTableProps {
  readonly units: readonly MapUnit[];
  show(place: PlaceModel): void;
}

function UnitTable({ units, show }: UnitTableProps) {
  const { t, i18n } = useTranslation();
  return (
    <table className="map-table">
      <thead>
        <tr>
          <th scope="col">{t('map.column.unit')}</th>
          <th scope="col">{t('map.column.state')}</th>
          <th scope="col">{t('map.column.where')}</th>
        </tr>
      </thead>
      <tbody>
        {units.map((unit) => (
          <tr key={unit.id} data-unit={unit.id} data-state={stateOf(unit)} data-old={unit.old}>
            <th scope="row">
              <Flag country={unit.talker.country} />
              <button type="button" className="map-show" onClick={() => show(unit.place)}>
                <TalkerName talker={unit.talker} />
              </button>
              <small>
                <bdi>{unit.group}</bdi>
              </small>
            </th>
            <td>
              <UnitState unit={unit} />
            </td>
            <td title={placeText(unit.place)}>{whereText(unit, t, i18n.language)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function PlaceTable({ places, show }: { places: readonly MapPlace[]; show(place: PlaceModel): void }) {
  const { t } = useTranslation();
  return (
    <table className="map-table">
      <thead>
        <tr>
          <th scope="col">{t('map.column.code')}</th>
          <th scope="col">{t('map.column.place')}</th>
          <th scope="col">{t('map.column.post')}</th>
        </tr>
      </thead>
      <tbody>
        {places.map((place) => (
          <tr key={place.code} data-place={place.code}>
            <th scope="row">
              <button type="button" className="map-show" onClick={() => show(place.place)}>
                {place.code}
              </button>
            </th>
            <td>
              <PlaceName place={place} />
            </td>
            <td>
              <Post place={place} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Both sides' names stand in it. */
function PlaceName({ place }: { place: MapPlace }) {
  return <bdi>{useName(useView().model.places.find(({ code }) => code === place.code)?.name)}</bdi>;
}

function Post({ place: { post } }: { place: MapPlace }) {
  const { t } = useTranslation();
  const plan = useName(post?.plan);
  if (post === undefined) return <span className="map-none">{t('map.noPost')}</span>;
  return (
    <span className="map-state" data-state={post.manned ? 'manned' : 'unmanned'}>
      <StateShape name={post.manned ? 'up' : 'connecting'} />
      <span>
        {t(post.manned ? 'map.manned' : 'map.unmanned')} <bdi className="map-plan">{plan}</bdi>
        {post.exercise && <ExerciseWord />}
      </span>
    </span>
  );
}

function UnitState({ unit }: { unit: MapUnit }) {
  const { t } = useTranslation();
  const state = stateOf(unit);
  return (
    <span className="map-state" data-state={state}>
      <StateShape name={shapes[state]} />
      <span>
        {state !== 'old' && `${t(`map.state.${state}`)}, `}
        {ageText(unit, t)}
      </span>
    </span>
  );
}

function UnitMark({ unit }: { unit: MapUnit }) {
  const { t } = useTranslation();
  const state = stateOf(unit);
  const { latitudeDeg, longitudeDeg } = unit.place;
  return (
    <div
      className="map-unit"
      data-mark={unit.id}
      data-state={state}
      data-old={unit.old}
      data-latitude={latitudeDeg}
      data-longitude={longitudeDeg}
      data-reach={state === 'emergency' ? 28 : 14}
      data-rise={state === 'emergency' ? 0 : 12}
    >
      <StateShape name={shapes[state]} />
      <span className="map-label">
        <Flag country={unit.talker.country} />
        <b>{talkerTitle(unit.talker) || t('talker.unknown')}</b>
        {state === 'emergency' && <span>{t('map.state.emergency')}</span>}
        <span>{ageText(unit, t)}</span>
      </span>
    </div>
  );
}

function PlaceMark({ place }: { place: MapPlace }) {
  const { t } = useTranslation();
  const { post } = place;
  const { latitudeDeg, longitudeDeg } = place.place;
  return (
    <div
      className="map-place"
      data-mark={place.code}
      data-post={post === undefined ? 'none' : post.manned ? 'manned' : 'unmanned'}
      data-latitude={latitudeDeg}
      data-longitude={longitudeDeg}
      data-reach={0}
      data-rise={0}
    >
      <span className="map-label map-sign">
        <span className="map-code">
          {post !== undefined && <StateShape name={post.manned ? 'up' : 'connecting'} />}
          {place.code}
          {post !== undefined && <span>{t(post.manned ? 'map.manned' : 'map.unmanned')}</span>}
          {post?.exercise && <ExerciseWord />}
        </span>
        <span className="map-name">
          <PlaceName place={place} />
        </span>
      </span>
    </div>
  );
}

type UnitLook = 'now' | 'old' | 'emergency';

const shapes: Readonly<Record<UnitLook, ShapeName>> = { now: 'position', old: 'stale', emergency: 'emergency' };

function stateOf({ emergency, old }: MapUnit): UnitLook {
  return emergency ? 'emergency' : old ? 'old' : 'now';
}

/** How long ago, with the word where that is long: somebody in distress may be there no longer. */
function ageText({ ageMs, old }: MapUnit, t: TFunction): string {
  const age = t('map.age', { age: agoText(ageMs, t) });
  return old ? `${t('map.state.old')}, ${age}` : age;
}

function whereText({ near, place }: MapUnit, t: TFunction, language: string): string {
  if (near === undefined) return placeText(place);
  return t('map.near', { code: near.code, km: formatKm(near.distanceM, language) });
}
