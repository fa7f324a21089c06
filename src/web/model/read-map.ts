/** Places and positions from the wire, and what a change makes of them. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import type { ConsoleModel } from './console-model.ts';
import type { MapPlaceModel, PositionModel } from './incident-model.ts';
import { readName, readPlace, readTalker, readWide } from './read-wire.ts';

const placesMax = 1000;
const positionsMax = 1000;

export function readMapPlaces(
  wire: readonly escaut.console.v1.MapPlace.$Properties[] | null | undefined,
): readonly MapPlaceModel[] {
  return (wire ?? []).slice(0, placesMax).flatMap(({ code, name, sector, place: at }) => {
    const place = readPlace(at);
    const shown = cleanText(code);
    return place === undefined || shown === ''
      ? []
      : [{ code: shown, name: readName(name, shown), sector: cleanText(sector), place }];
  });
}

/** Newest last. */
export function readPositions(
  wire: readonly escaut.console.v1.UnitPosition.$Properties[] | null | undefined,
): readonly PositionModel[] {
  return (wire ?? []).slice(-positionsMax).flatMap(({ unitId, unit, place: at, atUtcMs, groupId }) => {
    const place = readPlace(at);
    if (place === undefined || !unitId) return [];
    return [{ unitId, talker: readTalker(unit), place, atUtcMs: readWide(atUtcMs), groupId: groupId ?? '' }];
  });
}

/** What is withdrawn is gone from the page, not only from sight. */
export function changePositions(
  model: ConsoleModel,
  { seen, withdrawn, dataWithdrawn }: escaut.console.v1.PositionsChanged.$Properties,
): ConsoleModel {
  const news = readPositions(seen);
  const gone = new Set([...(withdrawn ?? []), ...news.map(({ unitId }) => unitId)]);
  const left = model.positions.filter(({ unitId }) => !gone.has(unitId));
  return {
    ...model,
    positions: [...left, ...news].slice(-positionsMax),
    data: dataWithdrawn?.length ? model.data.filter(({ id }) => !dataWithdrawn.includes(id)) : model.data,
  };
}

/** A path of the gateway's own server or an address; whatever else is none. */
export function readMapStyle(style: string | null | undefined): string {
  return /^(https?:\/\/[^/\s]+)?\/\S+$/.test(style ?? '') ? (style ?? '') : '';
}
